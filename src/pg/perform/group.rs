//! `group.*`: segments are made, shown, renamed and deleted (members.md 12.1).

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{GroupKind, NewGroup, audience_key, check_gid};
use crate::domain::json::{self, Array, Node, Value, encoded};
use crate::domain::list::{Column, PARAMETERS, Scalar, keys_of};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::domain::time::show_pg_micros;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::rules::filter_of;
use crate::pg::perform::{express, live, membership, outdated};
use crate::pg::spi::Session;
use crate::pg::store;
use crate::pg::store::group::{self, Group};
use crate::pg::store::{group_count, group_member, sequence};
use jiff::tz::TimeZone;

/// `group.create {id?, name, type: list|filter, addr_type?, community?, bot?}`: `{"id"}`. The rule of a new filter group has no
/// conditions: it holds for everybody of its type.
///
/// Errors: those of the request, `error/group/id`, `error/group/exists`.
pub fn create(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "name", "type", "addr_type", "community", "bot"], &[])?;
    let new = NewGroup::read(&request)?;
    let gid = make(session, &new)?.ok_or_else(|| Error::new(Id::GroupExists, "id"))?;
    Encoded::new(&reply(vec![("id", Node::from(gid))], &request.warnings))
}

/// Makes a group and gives its code: one of its own, or one made of its number; then a code that somebody chose already is
/// passed over. Nothing where its own is taken.
pub fn make(session: &Session, new: &NewGroup) -> Result<Option<String>> {
    let rule = encoded(&Node::array([]))?;
    loop {
        let number = sequence::next_group_number();
        let gid = new.gid.map_or_else(|| new.kind.gid(number), str::to_owned);
        let at = guc::statement_micros();
        let group = Group {
            gid: &gid,
            number,
            name: new.name,
            kind: new.kind,
            addr_type: new.addr_type,
            create_time: at,
            update_time: at,
            community: new.community,
            live: None,
            filter: (new.kind == GroupKind::Filter).then_some(&rule),
        };
        if group::create(session, &group) {
            return Ok(Some(gid));
        }
        if new.gid.is_some() {
            return Ok(None);
        }
    }
}

/// `group.get {id: code | [code] | ["*"], with_filter?}`: `{"obj"}`, for a list `{"list"}`; list groups and live ones with
/// the number of their members; one group of an express import with its caption and the number of its members.
///
/// Errors: `error/param/missing`, `group_id_not_exists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "with_filter"], &[])?;
    let (zone, with_filter) = (guc::time_zone()?, request.flag("with_filter")?);
    let answer = match request.required("id", request.value("id")?)? {
        Value::String(gid) => ("obj", one(session, &find(session, gid)?, &zone, with_filter)?),
        Value::Array(gids) => {
            let groups = several(session, &gids)?;
            let list = groups.iter().map(|group| shown(session, group, &zone, with_filter).map(Node::object));
            let list: Result<Vec<_>> = list.collect();
            ("list", Node::array(list?))
        }
        _ => return Err(wrong("id", "a code or a list of codes")),
    };
    Encoded::new(&reply(vec![answer], &request.warnings))
}

/// The groups of these codes; `*` is every group.
fn several<'s>(session: &'s Session, gids: &Array) -> Result<Vec<Group<'s>>> {
    let mut groups = Vec::new();
    for gid in gids.iter() {
        match gid? {
            Value::String("*") => groups.extend(group::list(session)),
            Value::String(gid) => groups.push(find(session, gid)?),
            _ => return Err(wrong("id", "a list of codes")),
        }
    }
    Ok(groups)
}

/// `group.list {filter?, order?, skip?, first?}`: `{"list", "last_page"?}`; without any of them every group, by code. Fields are
/// `group.gid`, `group.name`, `group.type`, `group.addr_type`, `group.create.time`, `group.update.time`, `group.expimp`.
///
/// Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &PARAMETERS, &[])?;
    let zone = guc::time_zone()?;
    let groups = group::list(session).into_iter().map(|group| Item::of(group, &zone)).collect();
    let keys = keys_of(&request, &columns(), groups, |item| Node::object(card(&item.group, &zone)))?;
    Encoded::new(&reply(keys, &request.warnings))
}

/// A group of a list, with its times as they are shown.
struct Item<'s> {
    group: Group<'s>,
    create: String,
    update: String,
}

impl<'s> Item<'s> {
    fn of(group: Group<'s>, zone: &TimeZone) -> Item<'s> {
        let time = |micros| show_pg_micros(micros, zone);
        Item { create: time(group.create_time), update: time(group.update_time), group }
    }
}

fn columns<'s>() -> [Column<Item<'s>>; 7] {
    [
        Column { name: "group.gid", value: |item| Scalar::Text(item.group.gid) },
        Column { name: "group.name", value: |item| Scalar::Text(item.group.name) },
        Column { name: "group.type", value: |item| Scalar::Text(item.group.kind.shown()) },
        Column { name: "group.addr_type", value: |item| Scalar::Text(item.group.addr_type.as_str()) },
        Column { name: "group.create.time", value: |item| Scalar::Text(&item.create) },
        Column { name: "group.update.time", value: |item| Scalar::Text(&item.update) },
        Column { name: "group.expimp", value: |item| Scalar::Number(i64::from(item.group.kind == GroupKind::Express)) },
    ]
}

/// `group.set {id, name?, live?, sync?}`: `{"id"}`; for a group that becomes live `{"id", "track.id"}`: the track that works out
/// its members. With sync 1 the call itself does, and nobody changes anybody until it is committed.
///
/// Errors: `group_id_not_exists`, `wrong_group_id` where a list group is to be live.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id", "name", "live", "sync"], &[])?;
    hold_rules(session)?;
    let old = named(session, &request)?;
    let name = request.text("name")?.unwrap_or(old.name);
    let new = Group { name, update_time: guc::statement_micros(), ..old.clone() };
    let mut keys = vec![("id", Node::from(old.gid))];
    match live::switch(&request)? {
        Some(true) if request.flag("sync")? => live::begin_now(session, &new)?,
        Some(true) => keys.push(("track.id", Node::from(live::begin(session, &new)?))),
        Some(false) if old.live.is_some() => live::end(session, &new)?,
        _ => group::change(session, &new),
    }
    Encoded::new(&reply(keys, &request.warnings))
}

/// Has changes of rules come one after the other. Errors: `error/member/concurrent` where one was changed that the
/// transaction does not see.
pub fn hold_rules(session: &Session) -> Result<()> {
    group::hold_rules(session);
    let seen = |group: Group| (group.gid.to_owned(), group.update_time);
    outdated::refuse(session, |session| Vec::from_iter(group::list(session).into_iter().map(seen)))
}

/// `group.delete {id}`: `{"id"}`; its members stay subscribers, and the log hears nothing of each. Waits for calls that put
/// somebody into it.
///
/// Errors: `group_id_not_exists`, `error/group/used`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let gid = request.required("id", request.text("id")?)?;
    hold_rules(session)?;
    group::hold_to_delete(session, gid);
    outdated::refuse(session, |session| group_count::buckets(session, gid))?;
    let old = find(session, gid)?;
    refuse_if_asked_for(session, gid)?;
    if old.kind == GroupKind::Express {
        store::express::delete(session, old.number);
    }
    group::delete(session, old.gid);
    group_member::delete_group(session, old.gid);
    live::forget(session, &old)?;
    Encoded::new(&reply(vec![("id", Node::from(old.gid))], &request.warnings))
}

/// Refuses to delete what the rules of other groups ask for. Errors: `error/group/used`.
fn refuse_if_asked_for(session: &Session, gid: &str) -> Result<()> {
    let mut asking = Vec::new();
    for group in group::list(session) {
        if group.kind != GroupKind::Filter || group.gid == gid {
            continue;
        }
        if filter_of(&group)?.mentions().asked_for().any(|asked| asked == gid) {
            asking.push(group.gid);
        }
    }
    if asking.is_empty() { Ok(()) } else { Err(Error::new(Id::GroupUsed, asking.join(", "))) }
}

/// The group that `id` names. Errors: `error/param/missing`, `group_id_not_exists`.
pub fn named<'s>(session: &'s Session, request: &Request) -> Result<Group<'s>> {
    find(session, request.required("id", request.text("id")?)?)
}

/// The group of this code. Errors: `group_id_not_exists`.
pub fn find<'s>(session: &'s Session, gid: &str) -> Result<Group<'s>> {
    group::find(session, gid).ok_or_else(|| Error::new(Id::GroupNotexists, "no group has this code"))
}

/// A list group that is there, or is made now. Errors: `error/group/id`, `wrong_group_id`.
pub fn list_group_or_new<'s>(session: &'s Session, gid: Option<&str>, addr_type: AddrType) -> Result<Group<'s>> {
    match gid {
        Some(gid) => list_group_named(session, gid, gid, addr_type),
        None => {
            let new = NewGroup { gid: None, name: "List", kind: GroupKind::List, addr_type, community: None };
            membership::list_group(session, &make(session, &new)?.unwrap_or_default(), addr_type)
        }
    }
}

/// A list group of this code that is there, or is made now with this name. Errors: `error/group/id`, `wrong_group_id`.
fn list_group_named<'s>(session: &'s Session, gid: &str, name: &str, addr_type: AddrType) -> Result<Group<'s>> {
    if group::find(session, gid).is_none() {
        let gid = Some(check_gid(gid)?);
        // Where somebody made it just now, it is theirs that is taken.
        make(session, &NewGroup { gid, name, kind: GroupKind::List, addr_type, community: None })?;
    }
    membership::list_group(session, gid, addr_type)
}

/// A group as `group.get` shows it alone.
fn one<'s>(session: &'s Session, group: &Group<'s>, zone: &TimeZone, with_filter: bool) -> Result<Node<'s>> {
    let mut keys = shown(session, group, zone, with_filter)?;
    if group.kind == GroupKind::Express {
        keys.extend(express::shown(session, group)?);
    }
    Ok(Node::object(keys))
}

/// A group as `group.get` shows it among others.
fn shown<'s>(
    session: &Session,
    group: &Group<'s>,
    zone: &TimeZone,
    with_filter: bool,
) -> Result<Vec<(&'static str, Node<'s>)>> {
    let mut keys = card(group, zone);
    if group.kind == GroupKind::List || group.live.is_some() {
        keys.push(("count", Node::from(group_count::total(session, group.gid))));
    }
    if let Some(filter) = group.filter.filter(|_| with_filter) {
        keys.push(("filter", Node::from(json::root(filter)?)));
    }
    Ok(keys)
}

fn card<'s>(group: &Group<'s>, zone: &TimeZone) -> Vec<(&'static str, Node<'s>)> {
    let mut keys = vec![
        ("id", Node::from(group.gid)),
        ("number", Node::from(group.number)),
        ("name", Node::from(group.name)),
        ("type", Node::from(group.kind.shown())),
        ("addr_type", Node::from(group.addr_type.as_str())),
        ("create.time", Node::from(show_pg_micros(group.create_time, zone))),
        ("update.time", Node::from(show_pg_micros(group.update_time, zone))),
    ];
    keys.extend(audience_key(group.addr_type).zip(group.community.map(Node::from)));
    keys.extend(group.live.map(|live| ("live", Node::from(live))));
    keys.extend((group.kind == GroupKind::Express).then(|| ("expimp", Node::from(1))));
    keys
}
