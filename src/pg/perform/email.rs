//! `email.*`: what is known of an identifier, whether it has a subscriber or not (members.md 11).

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::member::set::{read_source, writable};
use crate::domain::member::system::{self, StopForm};
use crate::domain::member::target::Kind;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::each::follow;
use crate::pg::perform::job::Kind as Job;
use crate::pg::perform::lock::Purpose;
use crate::pg::perform::mass::{self, Deed, Mass, Unseen};
use crate::pg::perform::resolve;
use crate::pg::spi::Session;
use crate::pg::store::{address, delivery_error, stoplist};

/// `email.get {email, addr_type?, with_stoplist?}`: `{"obj": {"member"}}`.
///
/// Errors: those of the identifier, `error/member/notexists` for one that was never seen.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, &["email", "addr_type", "with_stoplist"], &[])?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let raw = request.required("email", request.identifier("email")?)?;
    let kind = writable(Kind::of(&request, "addr_type")?)?;
    let form = StopForm::of(request.number("with_stoplist")?);
    let known = address::find(session, &resolve::target(session, &raw, kind, &mut warnings)?)?;
    let known = known.ok_or_else(|| Error::new(Id::MemberNotexists, "the identifier was never seen"))?;
    let obj = Node::object([("member", card(session, known.id, &known.address, form)?)]);
    Encoded::new(&reply(vec![("obj", obj)], &warnings))
}

/// What is known of an identifier. Errors: those of the time zone.
pub fn card<'s>(session: &'s Session, id: i64, address: &Address, form: StopForm) -> Result<Node<'s>> {
    let (error, stops) = (delivery_error::read(session, address), stoplist::read(session, address));
    Ok(system::address_card(id, address, &error, &stops, form, &guc::time_zone()?))
}

/// The call on many.
const CLEAN: Mass = Mass {
    action: "email.cleanerror",
    phase: "cleaning",
    parameters: &["source"],
    purpose: Purpose::Change,
    unseen: Unseen::Skip,
    prepare: |session, request| {
        let source = read_source(request)?;
        Ok(Deed::each(move |known| {
            let is_clean = delivery_error::clear(session, &known.address);
            if is_clean {
                follow(session, known, source)?;
            }
            Ok(is_clean)
        }))
    },
};

/// Its track.
pub const KIND: Job =
    Job { action: CLEAN.action, is_alone: false, chunk: |session, part| mass::part(session, part, &CLEAN) };

/// `email.cleanerror {…, addr_type?, source?}`, of any selector: `{"list": {as sent: 1 | 0}}`, 0 where there were no errors;
/// later `{"track.id"}`.
///
/// Errors: those of reading the request, `error/member/concurrent`, `error/member/versioning`.
pub fn clean_error(session: &Session, request: Value) -> Result<Encoded> {
    mass::call(session, request, &CLEAN)
}
