//! `member.where`: which filter groups somebody is in (members.md 9.8).

use crate::domain::error::{Error, Id, Result};
use crate::domain::group::GroupKind;
use crate::domain::json::{Node, Value, encoded};
use crate::domain::member::target::Kind as TargetKind;
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::rules::{Rule, filter_of};
use crate::pg::perform::statistics::Findings;
use crate::pg::perform::subject::{Read, types};
use crate::pg::perform::{group as groups, lock, resolve, track};
use crate::pg::spi::Session;
use crate::pg::store::group::{self, Group};
use crate::pg::store::track::New;
use std::time::Instant;

/// The track of an asynchronous call.
pub const KIND: Kind = Kind { action: "member.where", is_alone: false, chunk: part };

/// `{email, addr_type?, group?: code | [code], sync?, track.info?}`: `{"list": {as sent: [code]|null}}`; null is invalid or nobody's.
/// With sync 0 `{"track.id"}`.
///
/// Errors: those of the request, `group_id_not_exists`, `wrong_group_id`, `error/group/timeout`.
pub fn member_where(session: &Session, request: Value) -> Result<Encoded> {
    let opened = open(request)?;
    if opened.value("sync")?.is_some() && !opened.flag("sync")? {
        let info = opened.text("track.info")?;
        let work = encoded(&Node::from(request))?;
        let track = track::begin(&New { action: KIND.action, info, request: &work, total: None })?;
        return Encoded::new(&reply(vec![("track.id", Node::from(track))], &opened.warnings));
    }
    let mut warnings = opened.warnings.clone();
    let answer = answer(session, &opened, &mut warnings)?;
    Encoded::new(&reply(job::keys_of(&answer)?, &warnings))
}

fn open(request: Value<'_>) -> Result<Request<'_>> {
    Request::open(request, &["email", "addr_type", "group", "sync", "track.info"], &[])
}

fn part(session: &Session, part: &Part) -> Result<Progress> {
    let result = answer(session, &open(part.request)?, &mut Vec::new())?;
    Ok(Progress::Done { done: 1, result })
}

/// `{"list"}`, as jsonb.
fn answer(session: &Session, request: &Request, warnings: &mut Vec<Error>) -> Result<Vec<u8>> {
    let raw = request.required("email", request.identifier("email")?)?;
    let asked = asked(session, request)?;
    let target = match resolve::target(session, &raw, TargetKind::of(request, "addr_type")?, warnings) {
        Ok(target) => lock::look(session, &[target])?.pop().flatten(),
        Err(error) if error.id.is_about_address() => {
            warnings.push(error);
            None
        }
        Err(error) => return Err(error),
    };
    let head = target.and_then(|known| Some((known.owner?.dataset, known.id)));
    let gids = head.map(|(dataset, id)| holding(session, &asked, dataset, id)).transpose()?.flatten();
    let gids = gids.map(|gids| Node::array(gids.into_iter().map(Node::from)));
    encoded(&Node::object([("list", Node::object([(raw.as_ref(), Node::from(gids))]))]))
}

/// The filter groups that are asked about.
fn asked<'s>(session: &'s Session, request: &Request) -> Result<Vec<Group<'s>>> {
    let named = match request.value("group")? {
        None => {
            return Ok(group::list(session).into_iter().filter(|group| group.kind == GroupKind::Filter).collect());
        }
        Some(Value::String(gid)) => vec![gid],
        Some(Value::Array(gids)) => gids
            .iter()
            .map(|gid| gid?.as_str().ok_or_else(|| wrong("group", "a code or a list of codes")))
            .collect::<Result<_>>()?,
        Some(_) => return Err(wrong("group", "a code or a list of codes")),
    };
    named.into_iter().map(|gid| groups::find(session, gid)).collect()
}

/// The codes of those whose rules hold for a head; nothing where there is no such head.
fn holding<'g>(session: &Session, asked: &[Group<'g>], dataset: i64, id: i64) -> Result<Option<Vec<&'g str>>> {
    let begun = Instant::now();
    let Some(read) = Read::head(session, dataset, id)? else { return Ok(None) };
    let heads = types(session, dataset)?;
    let statistics = Findings::about_all(session, vec![id]);
    let statistics = statistics.about(id);
    let who = read.who(&heads, &statistics)?;
    let mut gids = Vec::new();
    for group in asked {
        let filter = filter_of(group)?;
        if group.addr_type == read.addr_type && Rule::now(session, filter)?.holds(&who)? {
            gids.push(group.gid);
        }
        if begun.elapsed() > guc::where_timeout() {
            return Err(Error::new(Id::GroupTimeout, format!("after group {}", group.gid)));
        }
    }
    Ok(Some(gids))
}
