//! `member.channel`: channels and their settings, secrets included.

use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::event_log::{Home, home_of};
use pgrx::pg_sys::{BOOLOID, INT8ARRAYOID, INT8OID, JSONBOID, OIDOID, Oid, TEXTOID, TIMESTAMPTZOID};
use std::collections::HashMap;

static STATES: Statement = Statement::scanning(
    c"SELECT id, revision, enabled, system_id, database, settings OPERATOR(pg_catalog.->>) 'notify'
        FROM member.channel",
    &[],
);

/// What workers compare to notice a change of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Grows with each change.
    pub revision: i64,
    /// Whether it sends here.
    pub is_active: bool,
    /// The channel of NOTIFY that starts its Listener pipeline.
    pub notify: Option<String>,
}

/// Every channel by its number.
pub fn states(session: &Session) -> HashMap<i64, State> {
    let here = Home::here();
    let state = |row: Row| {
        let (id, revision) = (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default());
        let is_enabled = row.truth();
        let is_active = home_of(&row) == here && is_enabled;
        (id, State { revision, is_active, notify: row.text().map(str::to_owned) })
    };
    session.run(&STATES, &[]).iter().map(state).collect()
}

/// A channel as it is kept.
pub struct Kept<'s> {
    /// Its number.
    pub id: i64,
    /// Grows with each change.
    pub revision: i64,
    /// Whether somebody said here that it shall send.
    pub enabled: bool,
    /// Whether somebody said so elsewhere: this is a copy of that database.
    pub is_copy: bool,
    /// The role that its SQL runs as.
    pub sql_role: &'s str,
    /// Its settings, as jsonb.
    pub settings: &'s [u8],
}

fn kept<'s>(row: &Row<'s>) -> Kept<'s> {
    let (id, revision) = (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default());
    let (enabled, is_here) = (row.truth(), home_of(row) == Home::here());
    Kept {
        id,
        revision,
        enabled: enabled && is_here,
        is_copy: enabled && !is_here,
        sql_role: row.text().unwrap_or_default(),
        settings: row.jsonb().unwrap_or_default(),
    }
}

static BY_ID: Statement = Statement::new(
    c"SELECT id, revision, enabled, system_id, database, sql_role::pg_catalog.text, settings
        FROM member.channel WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The channel of this number.
pub fn find(session: &Session, id: i64) -> Option<Kept<'_>> {
    session.run(&BY_ID, &[id.into()]).first().map(|row| kept(&row))
}

static BY_NAME: Statement = Statement::new(
    c"SELECT id, revision, enabled, system_id, database, sql_role::pg_catalog.text, settings
        FROM member.channel WHERE string_id OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// The channel of this string_id.
pub fn named<'s>(session: &'s Session, string_id: &str) -> Option<Kept<'s>> {
    session.run(&BY_NAME, &[string_id.into()]).first().map(|row| kept(&row))
}

static LIST: Statement = Statement::scanning(
    c"SELECT id, revision, enabled, system_id, database, sql_role::pg_catalog.text, settings
        FROM member.channel ORDER BY id",
    &[],
);

/// Every channel, by number.
pub fn list(session: &Session) -> Vec<Kept<'_>> {
    session.run(&LIST, &[]).iter().map(|row| kept(&row)).collect()
}

/// Lets nobody else change a channel until the transaction ends: what one writes is checked against all others.
pub fn hold_all(session: &Session) {
    session.command(c"LOCK TABLE member.channel IN SHARE ROW EXCLUSIVE MODE");
}

static HOLD: Statement =
    Statement::new(c"SELECT revision FROM member.channel WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE", &[INT8OID]);

/// Keeps a channel from being deleted until the transaction ends; whether it is there.
pub fn hold(session: &Session, id: i64) -> bool {
    session.run(&HOLD, &[id.into()]).first().is_some()
}

/// What is written of a channel.
pub struct Change<'a> {
    /// The revision that it gets.
    pub revision: i64,
    /// Whether it sends.
    pub enabled: bool,
    /// The role that its SQL runs as.
    pub sql_role: &'a str,
    /// Its settings, as jsonb.
    pub settings: &'a [u8],
    /// When.
    pub at: i64,
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.channel
             (id, string_id, revision, enabled, system_id, database, sql_role, settings, created_at, changed_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7::pg_catalog.name, $8, $9, $9)
      ON CONFLICT (id) DO UPDATE
         SET string_id = $2, revision = $3, enabled = $4, system_id = $5, database = $6, sql_role = $7::pg_catalog.name,
             settings = $8, changed_at = $9",
    &[INT8OID, TEXTOID, INT8OID, BOOLOID, INT8OID, OIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID],
);

/// Writes a channel, new or changed, said to send here or not to.
pub fn write(session: &Session, id: i64, string_id: &str, change: &Change) {
    let home = Home::here();
    let args = [
        id.into(),
        string_id.into(),
        change.revision.into(),
        change.enabled.into(),
        home.system.into(),
        Arg::datum(home.database.into()),
        change.sql_role.into(),
        Arg::jsonb(change.settings),
        Arg::instant(change.at),
    ];
    session.run(&WRITE, &args);
}

static TOUCH: Statement = Statement::new(
    c"UPDATE member.channel SET revision = $2, changed_at = $3 WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID, INT8OID, TIMESTAMPTZOID],
);

/// Gives a channel a new revision, and locks it until the transaction ends; whether it is there.
pub fn touch(session: &Session, id: i64, revision: i64, at: i64) -> bool {
    session.run(&TOUCH, &[id.into(), revision.into(), Arg::instant(at)]).processed() == 1
}

static DELETE: Statement = Statement::new(
    c"WITH one AS (DELETE FROM member.pipeline WHERE channel OPERATOR(pg_catalog.=) $1), two AS (
          DELETE FROM member.entity WHERE channel OPERATOR(pg_catalog.=) $1)
      DELETE FROM member.channel WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Deletes a channel with its pipelines and entities.
pub fn delete(session: &Session, id: i64) {
    session.run(&DELETE, &[id.into()]);
}

static EVENT_USED: Statement = Statement::scanning(
    c"SELECT (e.value OPERATOR(pg_catalog.->>) 'id')::pg_catalog.int8
        FROM member.channel c, LATERAL pg_catalog.jsonb_array_elements(c.settings OPERATOR(pg_catalog.->) 'events') e
       WHERE c.id OPERATOR(pg_catalog.<>) $1
         AND (e.value OPERATOR(pg_catalog.->>) 'id')::pg_catalog.int8 OPERATOR(pg_catalog.=) ANY ($2)
       ORDER BY 1 LIMIT 1",
    &[INT8OID, INT8ARRAYOID],
);

/// The first of these events that belongs to another channel.
pub fn used_event(session: &Session, id: i64, events: &[i64]) -> Option<i64> {
    session.run(&EVENT_USED, &[id.into(), Arg::bigints(events)]).first().and_then(|row| row.bigint())
}

static ROLE: Statement = Statement::new(
    c"SELECT pg_catalog.pg_has_role($1, r.oid, 'MEMBER'),
             r.rolsuper AND NOT (SELECT c.rolsuper FROM pg_catalog.pg_roles c WHERE c.oid OPERATOR(pg_catalog.=) $1),
             r.rolcanlogin
        FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) $2::pg_catalog.name",
    &[OIDOID, TEXTOID],
);

/// A role, as a caller stands to it.
pub struct Role {
    /// Whether the caller is a member of it.
    pub is_callers: bool,
    /// Whether it is a superuser and the caller is none.
    pub is_above: bool,
    /// Whether it can log in.
    pub has_login: bool,
}

/// The role of this name, as the caller stands to it.
pub fn role(session: &Session, name: &str) -> Option<Role> {
    let caller = Arg::datum(session.caller().into());
    session.run(&ROLE, &[caller, name.into()]).first().map(|row| Role {
        is_callers: row.truth(),
        is_above: row.truth(),
        has_login: row.truth(),
    })
}

static SQL_ROLE: Statement = Statement::new(
    c"SELECT r.oid::pg_catalog.int8
        FROM member.channel c JOIN pg_catalog.pg_roles r ON r.rolname OPERATOR(pg_catalog.=) c.sql_role
       WHERE c.id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The role that the SQL of a channel runs as, if there is one of this name.
pub fn sql_role(session: &Session, id: i64) -> Option<Oid> {
    let oid = session.run(&SQL_ROLE, &[id.into()]).first()?.bigint()?;
    u32::try_from(oid).ok().map(Oid::from)
}

static CALLER: Statement = Statement::new(
    c"SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles r WHERE r.oid OPERATOR(pg_catalog.=) $1",
    &[OIDOID],
);

/// The caller's own role.
pub fn caller(session: &Session) -> String {
    let row = session.run(&CALLER, &[Arg::datum(session.caller().into())]).first();
    row.and_then(|row| row.text()).unwrap_or_default().to_owned()
}
