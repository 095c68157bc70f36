//! `member.list.count`: how many heads, of which types, and how many of them are locked (members.md 9.10).

use crate::domain::address::AddrType;
use crate::domain::cache::Cached;
use crate::domain::error::Result;
use crate::domain::group::GroupKind;
use crate::domain::json::{Node, Value, encoded};
use crate::domain::member::count::{Audience, Counts, OfType, shown, shown_audience};
use crate::domain::member::lock_state::LockState;
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::job::{self, Kind, Part, Progress};
use crate::pg::perform::selection::{Joins, PARAMETERS, Selection, Source};
use crate::pg::perform::{express, track};
use crate::pg::spi::{Query, Session};
use crate::pg::store::track::New;
use crate::pg::store::{count_cache, group_count, group_member, live_member};
use pgrx::pg_sys::INT8OID;

/// The track of an asynchronous call.
pub const KIND: Kind = Kind { action: "member.list.count", is_alone: false, chunk: part };

/// `{group | group.filter, addr_type?, member.haslock?, cache?: {ttl}, sync?, with_minmax?, track.info?}`: `{"obj"}`, whose
/// counters are those of the community where the group is the audience of one; with sync 0 `{"track.id"}`, unless the answer is
/// in the cache.
///
/// Errors: those of the request and of its rule.
pub fn count(session: &Session, request: Value) -> Result<Encoded> {
    let opened = open(request)?;
    let cached = cached(&opened)?;
    if let Some(kept) = cached.and_then(|cached| count_cache::find(session, &cached, guc::statement_micros())) {
        return Encoded::new(&reply(job::keys_of(kept)?, &opened.warnings));
    }
    if opened.value("sync")?.is_some() && !opened.flag("sync")? {
        let info = opened.text("track.info")?;
        let work = encoded(&Node::from(request))?;
        let track = track::begin(&New { action: KIND.action, info, request: &work, total: None })?;
        return Encoded::new(&reply(vec![("track.id", Node::from(track))], &opened.warnings));
    }
    let answer = answer(session, &opened)?;
    Encoded::new(&reply(job::keys_of(&answer)?, &opened.warnings))
}

fn open(request: Value<'_>) -> Result<Request<'_>> {
    let known: Vec<&str> = PARAMETERS.into_iter().chain(["cache", "sync", "with_minmax", "track.info"]).collect();
    Request::open(request, &known, &[])
}

fn part(session: &Session, part: &Part) -> Result<Progress> {
    let result = answer(session, &open(part.request)?)?;
    Ok(Progress::Done { done: 1, result })
}

/// The cache that a request names: the parameters that select tell its question.
fn cached(request: &Request) -> Result<Option<Cached>> {
    let mut keys = Vec::new();
    for name in PARAMETERS.into_iter().chain(["with_minmax"]) {
        keys.extend(request.value(name)?.map(|value| (name, Node::from(value))));
    }
    Cached::read(request, keys)
}

/// `{"obj"}`, as jsonb; kept where the request names a cache.
fn answer(session: &Session, request: &Request) -> Result<Vec<u8>> {
    let selection = Selection::read(session, request)?;
    let with_bounds = request.flag("with_minmax")?;
    let counters = match selection.community {
        Some(community) => shown_audience(&audience(session, &selection, community)?, with_bounds),
        None => shown(&counted(session, &selection)?, with_bounds),
    };
    let answer = encoded(&Node::object([("obj", counters)]))?;
    if let Some(cached) = cached(request)? {
        count_cache::keep(session, &cached, guc::statement_micros(), &answer);
    }
    Ok(answer)
}

/// Counts; of a group whose members are counted already only the locked ones are looked at.
fn counted(session: &Session, selection: &Selection) -> Result<Counts> {
    if let Some(group) = selection.express() {
        return express::counted(session, group, selection);
    }
    let Source::Members(group) = &selection.source else { return scanned(session, selection, LockState::Any) };
    if selection.lock != LockState::Any {
        return scanned(session, selection, LockState::Any);
    }
    let mut counts = scanned(session, selection, LockState::Locked)?;
    let total = group_count::total(session, group.gid);
    let of_type = counts.of(group.addr_type);
    let bounds = match group.kind {
        GroupKind::List | GroupKind::Express => group_member::bounds(session, group.gid),
        GroupKind::Filter => live_member::bounds(session, group.gid),
    };
    *of_type = OfType { total, least: bounds.0, greatest: bounds.1, ..*of_type };
    Ok(counts)
}

/// Counts by looking at every head; with `only` at those that have such locks besides.
fn scanned(session: &Session, selection: &Selection, only: LockState) -> Result<Counts> {
    let mut query = Query::default();
    query.push(
        "SELECT h.addr_type, pg_catalog.count(*),
                pg_catalog.count(*) FILTER (WHERE h.lock OPERATOR(pg_catalog.<>) 0),
                pg_catalog.count(*) FILTER (WHERE h.lock OPERATOR(pg_catalog.&) 1::smallint OPERATOR(pg_catalog.<>) 0),
                pg_catalog.count(*) FILTER (WHERE h.lock OPERATOR(pg_catalog.&) 2::smallint OPERATOR(pg_catalog.<>) 0),
                pg_catalog.count(*) FILTER (WHERE h.lock OPERATOR(pg_catalog.&) 4::smallint OPERATOR(pg_catalog.<>) 0),
                pg_catalog.count(*) FILTER (WHERE h.lock OPERATOR(pg_catalog.&) 1::smallint OPERATOR(pg_catalog.<>) 0
                    AND EXISTS (SELECT FROM member.stoplist s
                                 WHERE s.value OPERATOR(pg_catalog.=) h.value
                                   AND s.addr_type OPERATOR(pg_catalog.=) h.addr_type
                                   AND s.sender OPERATOR(pg_catalog.=) 0)),
                pg_catalog.min(h.id), pg_catalog.max(h.id)",
    );
    selection.add_to(session, &mut query, Joins::default())?;
    if only == LockState::Locked {
        query.push(" AND h.lock OPERATOR(pg_catalog.<>) 0");
    }
    query.push(" GROUP BY h.addr_type");
    let mut counts = Counts::default();
    for row in session.query(&query).iter() {
        let Some(addr_type) = row.text().and_then(AddrType::parse) else { continue };
        let number = || row.bigint().unwrap_or_default();
        let of_type = OfType {
            total: number(),
            locked: number(),
            unsubscribed: number(),
            unconfirmed: number(),
            bounced: number(),
            stopped: number(),
            least: row.bigint(),
            greatest: row.bigint(),
        };
        *counts.of(addr_type) = of_type;
    }
    Ok(counts)
}

/// Counts what the heads are to a community. Errors: those of compiling the rule.
fn audience(session: &Session, selection: &Selection, community: i64) -> Result<Audience> {
    let mut query = Query::default();
    query.push(
        "SELECT pg_catalog.count(*) FILTER (WHERE c.is_member),
                pg_catalog.count(*) FILTER (WHERE c.allows),
                pg_catalog.count(*) FILTER (WHERE c.allows AND NOT c.fails AND h.lock OPERATOR(pg_catalog.=) 0),
                pg_catalog.count(*) FILTER (WHERE c.allows AND h.lock OPERATOR(pg_catalog.&) 2::smallint OPERATOR(pg_catalog.=) 0),
                pg_catalog.count(*) FILTER (WHERE c.fails OR h.lock OPERATOR(pg_catalog.&) 4::smallint OPERATOR(pg_catalog.<>) 0),
                pg_catalog.count(*) FILTER (WHERE c.forbids OR h.lock OPERATOR(pg_catalog.&) 1::smallint OPERATOR(pg_catalog.<>) 0),
                pg_catalog.count(*) FILTER (WHERE c.has_left),
                pg_catalog.min(h.id), pg_catalog.max(h.id)",
    );
    let community = query.bind(INT8OID, community);
    let states = format!(
        " CROSS JOIN LATERAL (SELECT {}, {}, {}, {}, {} FROM member.head_state s
             WHERE s.dataset OPERATOR(pg_catalog.=) h.dataset AND s.id OPERATOR(pg_catalog.=) h.id
               AND s.community OPERATOR(pg_catalog.=) {community}) c",
        stands("member", ">", "left", "is_member"),
        stands("sub", ">", "unsub", "allows"),
        stands("err", ">=", "sub", "fails"),
        stands("unsub", ">=", "sub", "forbids"),
        stands("left", ">=", "member", "has_left"),
    );
    selection.add_to(session, &mut query, Joins { more: &states, ..Joins::default() })?;
    let rows = session.query(&query);
    let Some(row) = rows.first() else { return Ok(Audience::default()) };
    let number = || row.bigint().unwrap_or_default();
    Ok(Audience {
        members: number(),
        total: number(),
        active: number(),
        confirmed: number(),
        bounced: number(),
        unsubscribed: number(),
        left: number(),
        least: row.bigint(),
        greatest: row.bigint(),
    })
}

/// Whether a state was reported, and later than the one that ends it.
fn stands(state: &str, later: &str, end: &str, name: &str) -> String {
    let at = |state: &str| format!("pg_catalog.max(s.at) FILTER (WHERE s.state OPERATOR(pg_catalog.=) '{state}')");
    format!(
        "COALESCE({} OPERATOR(pg_catalog.{later}) COALESCE({}, '-infinity'::pg_catalog.timestamptz), false) AS {name}",
        at(state),
        at(end)
    )
}
