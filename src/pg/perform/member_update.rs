//! `member.update`: the answers of a stored format are given to many (members.md 9.11).

use crate::domain::anketa::fill::{Rules, filled};
use crate::domain::anketa::format::{Field, Purpose as FormatPurpose};
use crate::domain::anketa::{Anketa, id::is_reserved};
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::set::SetRequest;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::Kind;
use crate::pg::perform::lock::Purpose;
use crate::pg::perform::mass::{self, Deed, Mass, Unseen};
use crate::pg::perform::newbie::Letters;
use crate::pg::perform::set::{Source, Work};
use crate::pg::perform::update::update;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::body::{self, Locked};
use crate::pg::store::{anketa, format, group};

/// The call on many.
const UPDATE: Mass = Mass {
    action: "member.update",
    phase: "updating",
    parameters: &["format", "if_has", "if_hasnt"],
    purpose: Purpose::Touch,
    unseen: Unseen::Skip,
    prepare: |session, request| {
        let filling = Filling::read(session, request)?;
        Ok(Deed::each(move |known| filling.fill(known)))
    },
};

/// Its track; one at a time.
pub const KIND: Kind =
    Kind { action: UPDATE.action, is_alone: true, chunk: |session, part| mass::part(session, part, &UPDATE) };

/// `member.update {format, if_has?, if_hasnt?, …}`, of any selector: `{"list": {as sent: 1 | 0}}`, 0 for one that is invalid,
/// is nobody's, or gets no answer by these rules; later `{"track.id"}`.
///
/// Errors: `error/param/…`, `error/format/notexists`, `error/quest/…`, `error/member/concurrent`,
/// `error/member/versioning`.
pub fn update_members(session: &Session, request: Value) -> Result<Encoded> {
    mass::call(session, request, &UPDATE)
}

/// What is filled in.
struct Filling<'a> {
    session: &'a Session,
    rules: Rules,
    fields: Vec<Field<'a>>,
    ankets: Vec<Anketa<'a>>,
    /// The instant of the call.
    now: Now,
}

impl<'a> Filling<'a> {
    fn read(session: &'a Session, request: &Request<'a>) -> Result<Filling<'a>> {
        let rules = Rules::read(request)?;
        let id = request.required("format", request.text("format")?)?;
        let format = format::find(session, id).ok_or_else(|| Error::new(Id::FormatNotexists, "format"))?;
        if FormatPurpose::parse(format.code) == Some(FormatPurpose::View) {
            return Err(Error::new(Id::ParamWrong, "format must be one of the types fill and uni"));
        }
        let fields = root(format.fields)?.as_array().map(Field::read_all).transpose()?.unwrap_or_default();
        // Before any body: somebody may be deleting them.
        let groups = fields.iter().filter(|field| field.aid == "-group").map(|field| field.qid);
        group::hold(session, &groups.collect::<Vec<_>>());
        let named: Vec<&str> = fields.iter().map(|field| field.aid).filter(|aid| !is_reserved(aid)).collect();
        Ok(Filling { session, rules, ankets: anketa::named(session, &named), fields, now: guc::now()? })
    }

    /// Gives the answers to a subscriber whose body is under lock; whether there were any to give.
    fn fill(&self, known: &Known) -> Result<bool> {
        let Some(owner) = known.owner else { return Ok(false) };
        let Some((version, data)) = body::state(self.session, owner.dataset)? else { return Ok(false) };
        let Some(written) = filled(&self.fields, self.rules, &self.ankets, root(data)?, &self.now)? else {
            return Ok(false);
        };
        let keys = [
            ("email", Node::from(known.address.value.as_str())),
            ("addr_type", Node::from(known.address.addr_type.as_str())),
            ("datakey", Node::from(root(&written.program)?)),
        ];
        let (request, limits) = (encoded(&Node::object(keys))?, guc::limits());
        let request = SetRequest::read(root(&request)?, None, &limits)?;
        let work = Work {
            session: self.session,
            request: &request,
            source: Source::Own,
            limits,
            now: self.now.clone(),
            letters: &Letters::default(),
            passage: None,
        };
        update(&work, known.clone(), Locked { dataset: owner.dataset, version, data: root(data)? })?;
        Ok(true)
    }
}
