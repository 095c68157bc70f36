//! `member.group_def`: segments, with their rules.

use crate::domain::address::AddrType;
use crate::domain::group::GroupKind;
use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

/// A group.
#[derive(Clone, Debug)]
pub struct Group<'s> {
    /// Its code.
    pub gid: &'s str,
    /// Its number, `segment_id` in events and hooks.
    pub number: i64,
    /// Its name.
    pub name: &'s str,
    /// Whether it has members or a rule.
    pub kind: GroupKind,
    /// The type of its members.
    pub addr_type: AddrType,
    /// When it was made, in the server's microseconds.
    pub create_time: i64,
    /// When it was last changed.
    pub update_time: i64,
    /// The community or bot whose audience it is.
    pub community: Option<i64>,
    /// How its members are kept up to date: filling, exact or periodic; none for a group that is not live.
    pub live: Option<&'s str>,
    /// Its rule, as jsonb.
    pub filter: Option<&'s [u8]>,
}

fn group_of<'s>(row: &Row<'s>) -> Group<'s> {
    Group {
        gid: row.text().unwrap_or_default(),
        number: row.bigint().unwrap_or_default(),
        name: row.text().unwrap_or_default(),
        kind: row.text().and_then(GroupKind::parse).unwrap_or(GroupKind::List),
        addr_type: row.text().and_then(AddrType::parse).unwrap_or(AddrType::Email),
        create_time: row.bigint().unwrap_or_default(),
        update_time: row.bigint().unwrap_or_default(),
        community: row.bigint(),
        live: row.text(),
        filter: row.jsonb(),
    }
}

static FIND: Statement = Statement::new(
    c"SELECT gid, number, name, kind, addr_type, create_time, update_time, community, live, filter FROM member.group_def
       WHERE gid OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// The group of this code.
pub fn find<'s>(session: &'s Session, gid: &str) -> Option<Group<'s>> {
    session.run(&FIND, &[gid.into()]).first().map(|row| group_of(&row))
}

static BY_NUMBER: Statement = Statement::new(
    c"SELECT gid, number, name, kind, addr_type, create_time, update_time, community, live, filter
        FROM member.group_def WHERE number OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The group of this number.
pub fn by_number(session: &Session, number: i64) -> Option<Group<'_>> {
    session.run(&BY_NUMBER, &[number.into()]).first().map(|row| group_of(&row))
}

static LIST: Statement = Statement::scanning(
    c"SELECT gid, number, name, kind, addr_type, create_time, update_time, community, live, filter FROM member.group_def
       ORDER BY gid",
    &[],
);

/// Every group, by code.
pub fn list(session: &Session) -> Vec<Group<'_>> {
    session.run(&LIST, &[]).iter().map(|row| group_of(&row)).collect()
}

static LIVE: Statement = Statement::scanning(
    c"SELECT gid, number, name, kind, addr_type, create_time, update_time, community, live, filter
        FROM member.group_def WHERE live IS NOT NULL ORDER BY gid",
    &[],
);

/// The live groups, by code.
pub fn live(session: &Session) -> Vec<Group<'_>> {
    session.run(&LIVE, &[]).iter().map(|row| group_of(&row)).collect()
}

static NOTE_FILLED: Statement = Statement::new(
    c"UPDATE member.group_def SET live = $2, filled = $3
       WHERE gid OPERATOR(pg_catalog.=) $1 AND live IS NOT NULL AND update_time OPERATOR(pg_catalog.=) $4",
    &[TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID],
);

/// Notes that the members of a live group were worked out, unless it was changed since it was read.
pub fn note_filled(session: &Session, group: &Group, live: &str, at: i64) {
    let args = [group.gid.into(), live.into(), Arg::instant(at), Arg::instant(group.update_time)];
    session.run(&NOTE_FILLED, &args);
}

static PERIODIC: Statement = Statement::scanning(
    c"SELECT g.gid FROM member.group_def g
       WHERE g.live OPERATOR(pg_catalog.=) 'periodic' AND g.filled OPERATOR(pg_catalog.<) $1
         AND NOT EXISTS (SELECT FROM member.track t
                          WHERE t.action OPERATOR(pg_catalog.=) 'group.live'
                            AND (t.status OPERATOR(pg_catalog.>=) 0 OR t.status_at OPERATOR(pg_catalog.>=) $1)
                            AND (t.request OPERATOR(pg_catalog.->>) 'id') OPERATOR(pg_catalog.=) g.gid)",
    &[TIMESTAMPTZOID],
);

/// The live groups that depend on the clock and were worked out before an instant, unless a track is at it, or one ended
/// since, however it ended: what fails is tried again as seldom as what succeeds.
pub fn periodic_since(session: &Session, at: i64) -> Vec<&str> {
    session.run(&PERIODIC, &[Arg::instant(at)]).iter().filter_map(|row| row.text()).collect()
}

static LOCK: Statement = Statement::new(
    c"SELECT pg_catalog.pg_advisory_xact_lock_shared(1886217063, pg_catalog.hashtext(g.gid))
        FROM (SELECT DISTINCT u.gid FROM pg_catalog.unnest($1) AS u (gid) ORDER BY u.gid) g",
    &[TEXTARRAYOID],
);

/// Keeps groups from being deleted until the transaction ends. Before bodies are locked: whoever deletes a group waits
/// for this and for no body.
pub fn hold(session: &Session, gids: &[&str]) {
    session.run(&LOCK, &[Arg::texts(gids)]);
}

static HOLD_AT_ONCE: Statement = Statement::new(
    c"SELECT g.gid FROM (SELECT DISTINCT r.gid FROM pg_catalog.jsonb_populate_recordset(NULL::member.group_member, $1) r) g
       WHERE pg_catalog.pg_try_advisory_xact_lock_shared(1886217063, pg_catalog.hashtext(g.gid))",
    &[JSONBOID],
);

static LISTS_AMONG: Statement = Statement::new(
    c"SELECT gid FROM member.group_def WHERE gid OPERATOR(pg_catalog.=) ANY ($1) AND kind OPERATOR(pg_catalog.=) 'list'",
    &[TEXTARRAYOID],
);

/// The list groups that rows of `member.group_member` name and that stay until the transaction ends; never waits.
pub fn hold_lists_of<'s>(session: &'s Session, rows: &[u8]) -> Vec<&'s str> {
    let held = session.run(&HOLD_AT_ONCE, &[Arg::jsonb(rows)]);
    let held: Vec<&str> = held.iter().filter_map(|row| row.text()).collect();
    session.run(&LISTS_AMONG, &[Arg::texts(&held)]).iter().filter_map(|row| row.text()).collect()
}

static LOCK_TO_DELETE: Statement =
    Statement::new(c"SELECT pg_catalog.pg_advisory_xact_lock(1886217063, pg_catalog.hashtext($1))", &[TEXTOID]);

/// Waits for everybody who holds the group, and keeps others from holding it.
pub fn hold_to_delete(session: &Session, gid: &str) {
    session.run(&LOCK_TO_DELETE, &[gid.into()]);
}

static LOCK_RULES: Statement =
    Statement::new(c"SELECT pg_catalog.pg_advisory_xact_lock(1886217064, $1::pg_catalog.int4)", &[INT8OID]);

/// Changes of rules come one after the other: two at once could make a circle that neither sees.
pub fn hold_rules(session: &Session) {
    session.run(&LOCK_RULES, &[0_i64.into()]);
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.group_def (gid, number, name, kind, addr_type, create_time, update_time, community, filter)
      VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8) ON CONFLICT DO NOTHING",
    &[TEXTOID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT8OID, JSONBOID],
);

/// Writes a new group; false when its code is taken.
pub fn create(session: &Session, group: &Group) -> bool {
    let args = [
        group.gid.into(),
        group.number.into(),
        group.name.into(),
        group.kind.as_str().into(),
        group.addr_type.as_str().into(),
        Arg::instant(group.create_time),
        group.community.into(),
        group.filter.map(Arg::jsonb).into(),
    ];
    session.run(&CREATE, &args).processed() == 1
}

static CHANGE: Statement = Statement::new(
    c"UPDATE member.group_def SET name = $2, update_time = $3, community = $4, live = $5, filter = $6
       WHERE gid OPERATOR(pg_catalog.=) $1",
    &[TEXTOID, TEXTOID, TIMESTAMPTZOID, INT8OID, TEXTOID, JSONBOID],
);

/// Writes what may change of a group.
pub fn change(session: &Session, group: &Group) {
    let filter = group.filter.map(Arg::jsonb).into();
    let args = [
        group.gid.into(),
        group.name.into(),
        Arg::instant(group.update_time),
        group.community.into(),
        group.live.into(),
        filter,
    ];
    session.run(&CHANGE, &args);
}

static DELETE: Statement =
    Statement::new(c"DELETE FROM member.group_def WHERE gid OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// Deletes a group.
pub fn delete(session: &Session, gid: &str) {
    session.run(&DELETE, &[gid.into()]);
}

static NAMING: Statement = Statement::scanning(
    c"SELECT gid FROM member.group_def g
       WHERE pg_catalog.lower(pg_catalog.to_jsonb(g)::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $1
       ORDER BY gid",
    &[TEXTOID],
);

/// The groups whose rules, names or codes name an identifier.
pub fn naming<'s>(session: &'s Session, mentions: Option<&str>) -> Vec<&'s str> {
    session.run(&NAMING, &[mentions.into()]).iter().filter_map(|row| row.text()).collect()
}
