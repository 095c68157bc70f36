//! `group.clean` and `group.snapshot`: many heads leave a list group, or come to one (members.md 12.1).
//!
//! By identifier at once; a whole group in parts, as a track or in the call.

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, group as told};
use crate::domain::group::GroupKind;
use crate::domain::json::{Node, Object, Value, encoded};
use crate::domain::member::delete::one_or_list;
use crate::domain::member::set::writable;
use crate::domain::member::target::{Kind as TargetKind, Target};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::delete::answer_list;
use crate::pg::perform::follow::follow_heads;
use crate::pg::perform::group::{find, list_group_or_new, named};
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::membership::{list_group, today};
use crate::pg::perform::{express, members, resolve, track};
use crate::pg::spi::Session;
use crate::pg::store::event::{self, Event};
use crate::pg::store::group::{self, Group};
use crate::pg::store::track::New;
use crate::pg::store::{body, express as express_member, group_count, group_member, head};
use std::borrow::Cow;
use std::collections::HashMap;

/// The track that empties a group.
pub const CLEAN: Kind = Kind { action: "group.clean", is_alone: false, chunk: clean_part };
/// The track that copies a group into another.
pub const SNAPSHOT: Kind = Kind { action: "group.snapshot", is_alone: false, chunk: snapshot_part };

/// How many heads a part takes: as many bodies are under lock at a time.
const CHUNK: i64 = 1000;

/// `group.clean {id, all: 1 | email | list, addr_type?, sync?, track.info?}`: `{"list": {as sent: 0|1}}`; for all `{"track.id"}`,
/// or with sync 1 `{"count"}`.
///
/// Errors: those of the request, `error/param/unsupported` for `sync` 0 with identifiers, `group_id_not_exists`,
/// `wrong_group_id`.
pub fn clean(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "all", "email", "list", "addr_type", "sync", "track.info"], &[])?;
    check_whom(&request, "all", request.flag("all")?)?;
    let group = named(session, &request)?;
    if group.kind == GroupKind::Express {
        return clean_express(session, &request, &group);
    }
    list_group(session, group.gid, group.addr_type)?;
    if !request.flag("all")? {
        group::hold(session, &[group.gid]);
        return each(session, &request, &request, Vec::new(), |head| leave(session, group.gid, &[head]));
    }
    let work = encoded(&Node::object([("id", Node::from(group.gid))]))?;
    let total = group_count::total(session, group.gid);
    begin(session, &request, &request, &CLEAN, &work, Some(total), Vec::new())
}

/// The same for the group of an express import, whose members need not be subscribers.
fn clean_express(session: &Session, request: &Request, group: &Group) -> Result<Encoded> {
    group::hold(session, &[group.gid]);
    if request.flag("all")? {
        let work = encoded(&Node::object([("id", Node::from(group.gid))]))?;
        return begin(session, request, request, &CLEAN, &work, None, Vec::new());
    }
    let mut warnings = request.warnings.clone();
    let list = one_or_list(request)?;
    let gone = resolve::each(session, &list, TargetKind::Type(group.addr_type), &mut warnings);
    let gone = gone.iter().map(|target| target.as_ref().and_then(Target::address));
    let gone = gone
        .map(|address| address.is_some_and(|address| express_member::remove(session, group.number, &address.value)));
    let answers = list.iter().map(Cow::as_ref).zip(gone).collect();
    Encoded::new(&reply(vec![("list", answer_list(answers))], &warnings))
}

/// `group.snapshot {to: {id?, clean?}, from: {group | list | email, addr_type?, sync?}, track.info?}`: members of a group, or
/// identifiers, come to a list group, which is made where it is not there. `{"id", "list"}`; of a group `{"id", "track.id"}`,
/// or with sync 1 `{"id", "count"}`. The members of an express import come to another group of the same form, with their data.
///
/// Errors: those of the request, `error/param/unsupported` for `sync` 0 with identifiers, `group_id_not_exists`,
/// `wrong_group_id`, `error/group/express`.
pub fn snapshot(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["to", "from", "track.info"], &[])?;
    let to = inner(&request, "to", &["id", "clean"])?;
    let from = inner(&request, "from", &["group", "list", "email", "addr_type", "sync"])?;
    check_whom(&from, "group", from.value("group")?.is_some())?;
    let source = from.text("group")?.map(|gid| find(session, gid)).transpose()?;
    let addr_type = match (&source, to.text("id")?) {
        (Some(source), _) => source.addr_type,
        (None, Some(gid)) if group::find(session, gid).is_some() => find(session, gid)?.addr_type,
        _ => match TargetKind::of(&from, "addr_type")? {
            TargetKind::Type(addr_type) => addr_type,
            _ => return Err(Error::new(Id::ParamMissing, "from.addr_type: the group is new")),
        },
    };
    // Before it is looked for: somebody may be deleting it.
    group::hold(session, &Vec::from_iter(to.text("id")?));
    let target = match source.as_ref().filter(|source| source.kind == GroupKind::Express) {
        Some(source) => express::target(session, source, to.text("id")?)?,
        None => list_group_or_new(session, to.text("id")?, addr_type)?,
    };
    if to.flag("clean")? {
        empty(session, target.gid)?;
    }
    let Some(source) = source else {
        let day = today()?;
        let id = vec![("id", Node::from(target.gid))];
        return each(session, &request, &from, id, |head| {
            enter(session, &target, &head::of_type_among(session, &[head], target.addr_type), &day)
        });
    };
    let work = encoded(&Node::object([("to", Node::from(target.gid)), ("group", Node::from(source.gid))]))?;
    let total = members::known_total(session, &source);
    begin(session, &request, &from, &SNAPSHOT, &work, total, vec![("id", Node::from(target.gid))])
}

/// Of `email`, `list` and the parameter for a whole group there is one at most; identifiers are done in the call.
///
/// Errors: `error/param/wrong`, `error/param/unsupported` for `sync` 0 with identifiers.
fn check_whom(request: &Request, whole: &str, is_whole: bool) -> Result<()> {
    let mut named = Vec::from_iter(is_whole.then_some(whole));
    for name in ["email", "list"] {
        named.extend(request.value(name)?.map(|_| name));
    }
    if named.len() > 1 {
        return Err(Error::new(Id::ParamWrong, format!("{} exclude each other", named.join(" and "))));
    }
    let is_put_off = match request.value("sync")? {
        None | Some(Value::String("")) => false,
        Some(_) => !request.flag("sync")?,
    };
    if !is_whole && is_put_off {
        let explain = format!("sync 0 without {whole}: identifiers that the request names are done in the call");
        return Err(Error::new(Id::ParamUnsupported, explain));
    }
    Ok(())
}

/// A request inside a request.
fn inner<'a>(request: &Request<'a>, name: &str, known: &[&str]) -> Result<Request<'a>> {
    let object: Object = request.required(name, request.object(name)?)?;
    Request::open(Value::Object(object), known, &[])
}

/// Has the work done by a track; with `sync` 1 in this call.
pub fn begin(
    session: &Session,
    request: &Request,
    options: &Request,
    kind: &Kind,
    work: &[u8],
    total: Option<i64>,
    mut keys: Vec<(&str, Node)>,
) -> Result<Encoded> {
    if options.flag("sync")? {
        let result = job::run(session, kind, work)?;
        let answer = keys.into_iter().chain(job::keys_of(&result)?).collect();
        return Encoded::new(&reply(answer, &request.warnings));
    }
    let info = request.text("track.info")?;
    let track = track::begin(&New { action: kind.action, info, request: work, total })?;
    keys.push(("track.id", Node::from(track)));
    Encoded::new(&reply(keys, &request.warnings))
}

/// Locks the identifiers of `email` or `list` and does something with each head: 1 where it changed.
pub fn each(
    session: &Session,
    request: &Request,
    selector: &Request,
    keys: Vec<(&str, Node)>,
    change: impl Fn((i64, i64)) -> Result<Vec<(i64, i64)>>,
) -> Result<Encoded> {
    let kind = writable(TargetKind::of(selector, "addr_type")?)?;
    each_of(session, request, &one_or_list(selector)?, kind, keys, change)
}

/// The same with identifiers of a list. Errors: `error/member/concurrent`, those of the change.
pub fn each_of(
    session: &Session,
    request: &Request,
    list: &[Cow<str>],
    kind: TargetKind,
    keys: Vec<(&str, Node)>,
    change: impl Fn((i64, i64)) -> Result<Vec<(i64, i64)>>,
) -> Result<Encoded> {
    let mut warnings = request.warnings.clone();
    let targets = resolve::each(session, list, kind, &mut warnings);
    let known: Vec<_> = targets.iter().flatten().cloned().collect();
    let lock::HeldAll { known, savepoint, .. } = lock::hold_all(session, &known, &[], Purpose::Touch)?;
    let mut held = known.into_iter();
    let mut answers = Vec::with_capacity(list.len());
    for (raw, target) in list.iter().zip(&targets) {
        let known = target.as_ref().and_then(|_| held.next().flatten());
        let head = known.and_then(|known| Some((known.owner?.dataset, known.id)));
        let changed = head.map(&change).transpose()?.is_some_and(|changed| !changed.is_empty());
        answers.push((raw.as_ref(), changed));
    }
    savepoint.release();
    let keys = keys.into_iter().chain([("list", answer_list(answers))]).collect();
    Encoded::new(&reply(keys, &warnings))
}

/// Empties a group in this transaction. Errors: `group_id_not_exists`.
pub fn empty(session: &Session, gid: &str) -> Result<()> {
    let work = encoded(&Node::object([("id", Node::from(gid))]))?;
    job::run(session, &CLEAN, &work).map(drop)
}

/// Has heads of the right type come to a list group; those that are heads no more are left out. Errors: `group_id_not_exists`,
/// `wrong_group_id`.
pub fn add(session: &Session, gid: &str, addr_type: AddrType, heads: &[(i64, i64)]) -> Result<()> {
    group::hold(session, &[gid]);
    let (target, day) = (list_group(session, gid, addr_type)?, today()?);
    let there = |heads: &[(i64, i64)]| head::of_type_among(session, heads, addr_type);
    locked(session, heads, |heads| enter(session, &target, &there(heads), &day)).map(drop)
}

/// The next heads leave.
fn clean_part(session: &Session, part: &Part) -> Result<Progress> {
    let request = Request::open(part.request, &["id"], &[])?;
    let gid = request.required("id", request.text("id")?)?;
    group::hold(session, &[gid]);
    if let Some(group) = group::find(session, gid).filter(|group| group.kind == GroupKind::Express) {
        return express::clean_part(session, &group, part);
    }
    let heads = group_member::next(session, gid, 0, CHUNK);
    let done = part.done + count(&locked(session, &heads, |heads| leave(session, gid, heads))?);
    // Until nobody is left: a head that went to another body while its own was waited for is in the group still.
    finish(heads.is_empty(), done, 0, ("count", done))
}

/// The next heads come.
fn snapshot_part(session: &Session, part: &Part) -> Result<Progress> {
    let request = Request::open(part.request, &["to", "group"], &[])?;
    let text = |name| request.required(name, request.text(name)?);
    let behind = part.state.and_then(|state| state.as_i64()).unwrap_or_default();
    group::hold(session, &[text("to")?]);
    let source = find(session, text("group")?)?;
    if source.kind == GroupKind::Express {
        return express::copy_part(session, &source, &find(session, text("to")?)?, part);
    }
    let target = list_group(session, text("to")?, source.addr_type)?;
    let day = today()?;
    let heads = members::next(session, &source, behind, CHUNK)?;
    let mut all_there = true;
    let came = locked(session, &heads, |heads| {
        let there = head::of_type_among(session, heads, target.addr_type);
        all_there = there.len() == heads.len();
        enter(session, &target, &there, &day)
    })?;
    let done = part.done + count(&came);
    // Heads that went to other bodies while theirs were waited for are looked for again.
    let last = heads.last().filter(|_| all_there).map_or(behind, |(_, id)| *id);
    finish(all_there && (heads.len() as i64) < CHUNK, done, last, ("count", done))
}

fn finish(is_over: bool, done: i64, behind: i64, answer: (&str, i64)) -> Result<Progress> {
    if !is_over {
        return Ok(Progress::More { done, state: encoded(&Node::from(behind))? });
    }
    Ok(Progress::Done { done, result: encoded(&Node::object([(answer.0, Node::from(answer.1))]))? })
}

fn count(heads: &[(i64, i64)]) -> i64 {
    i64::try_from(heads.len()).unwrap_or(i64::MAX)
}

/// Locks the bodies of heads in one order, and changes what belongs to them.
fn locked(
    session: &Session,
    heads: &[(i64, i64)],
    change: impl FnOnce(&[(i64, i64)]) -> Result<Vec<(i64, i64)>>,
) -> Result<Vec<(i64, i64)>> {
    let datasets: Vec<i64> = heads.iter().map(|(dataset, _)| *dataset).collect();
    body::lock_all(session, &datasets);
    change(heads)
}

/// Heads whose bodies are under lock leave a group; gives those that were in it.
fn leave(session: &Session, gid: &str, heads: &[(i64, i64)]) -> Result<Vec<(i64, i64)>> {
    let day = today()?;
    let gone = group_member::leave_heads(session, gid, heads);
    tell(session, EventType::GroupLeave, gid, &day, &gone)?;
    Ok(gone)
}

/// Heads of the right type whose bodies are under lock come to a group; gives those that were not in it.
fn enter(session: &Session, group: &Group, heads: &[(i64, i64)], day: &str) -> Result<Vec<(i64, i64)>> {
    let came = group_member::enter_heads(session, group.gid, heads, day);
    tell(session, EventType::GroupEnter, group.gid, day, &came)?;
    Ok(came)
}

/// Gives the bodies new versions, and tells the log.
fn tell(session: &Session, event_type: EventType, gid: &str, day: &str, heads: &[(i64, i64)]) -> Result<()> {
    let at = guc::statement_micros();
    let mut datasets: Vec<i64> = heads.iter().map(|(dataset, _)| *dataset).collect();
    datasets.dedup();
    let versions: HashMap<i64, i64> = body::touch_all(session, &datasets, at).into_iter().collect();
    let mut events = Vec::with_capacity(heads.len());
    for (dataset, address_id) in heads {
        let version = versions.get(dataset).copied().unwrap_or_default();
        let body = told(gid, day);
        events.push(Event { event_type, at, address_id: *address_id, dataset: *dataset, version, body }.prepare()?);
    }
    event::write(&events);
    follow_heads(session, &datasets)
}
