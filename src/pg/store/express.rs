//! `member.express_group` and `member.express_member`: groups of express imports and their rows (members.md 10.7).

use crate::domain::address::{AddrType, Address};
use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBARRAYOID, JSONBOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

/// A member of such a group.
#[derive(Clone, Copy, Debug)]
pub struct Member<'s> {
    /// The identifier, of the type of the group.
    pub value: &'s str,
    /// Its row, as jsonb.
    pub data: &'s [u8],
}

fn member_of<'s>(row: &Row<'s>) -> Member<'s> {
    Member { value: row.text().unwrap_or_default(), data: row.jsonb().unwrap_or_default() }
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.express_group (number, caption, used_at) VALUES ($1, $2, $3)",
    &[INT8OID, JSONBOID, TIMESTAMPTZOID],
);

/// Writes what is known of a new group of this number; `caption` as jsonb.
pub fn create(session: &Session, number: i64, caption: &[u8], at: i64) {
    session.run(&CREATE, &[number.into(), Arg::jsonb(caption), Arg::instant(at)]);
}

static CAPTION: Statement =
    Statement::new(c"SELECT caption FROM member.express_group WHERE number OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// What the columns of a group's rows mean, as jsonb; nothing for a group that is gone.
pub fn caption(session: &Session, number: i64) -> Option<&[u8]> {
    session.run(&CAPTION, &[number.into()]).first()?.jsonb()
}

static USE: Statement = Statement::new(
    c"UPDATE member.express_group SET used_at = $2 WHERE number OPERATOR(pg_catalog.=) $1",
    &[INT8OID, TIMESTAMPTZOID],
);

/// Notes that a group is used.
pub fn note_used(session: &Session, number: i64, at: i64) {
    session.run(&USE, &[number.into(), Arg::instant(at)]);
}

static UNUSED: Statement = Statement::scanning(
    c"SELECT g.gid FROM member.express_group e JOIN member.group_def g ON g.number OPERATOR(pg_catalog.=) e.number
       WHERE e.used_at OPERATOR(pg_catalog.<) $1 ORDER BY g.gid",
    &[TIMESTAMPTZOID],
);

/// The codes of the groups that nobody used since an instant.
pub fn unused(session: &Session, since: i64) -> Vec<&str> {
    session.run(&UNUSED, &[Arg::instant(since)]).iter().filter_map(|row| row.text()).collect()
}

static ADD: Statement = Statement::new(
    c"INSERT INTO member.express_member (group_number, value, data)
      SELECT $1, n.value, n.data FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (value, data)
          ON CONFLICT DO NOTHING",
    &[INT8OID, TEXTARRAYOID, JSONBARRAYOID],
);
static CHANGE: Statement = Statement::new(
    c"UPDATE member.express_member e SET data = n.data
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS n (value, data)
       WHERE e.group_number OPERATOR(pg_catalog.=) $1 AND e.value OPERATOR(pg_catalog.=) n.value
         AND e.data OPERATOR(pg_catalog.<>) n.data",
    &[INT8OID, TEXTARRAYOID, JSONBARRAYOID],
);

/// Writes rows, each identifier once; those that are there get the new data. How many were not there.
pub fn write(session: &Session, number: i64, members: &[(&str, &[u8])]) -> u64 {
    let (values, data): (Vec<&str>, Vec<&[u8]>) = members.iter().copied().unzip();
    let args = [number.into(), Arg::texts(&values), Arg::jsonbs(&data)];
    let added = session.run(&ADD, &args).processed();
    if added < members.len() as u64 {
        session.run(&CHANGE, &args);
    }
    added
}

static COPY: Statement = Statement::new(
    c"WITH next AS (
          SELECT value, data FROM member.express_member
           WHERE group_number OPERATOR(pg_catalog.=) $1 AND value OPERATOR(pg_catalog.>) $3 ORDER BY value LIMIT $4),
      written AS (
          INSERT INTO member.express_member AS e (group_number, value, data)
          SELECT $2, n.value, n.data FROM next n
              ON CONFLICT (group_number, value) DO UPDATE SET data = EXCLUDED.data)
      SELECT pg_catalog.count(*), pg_catalog.max(value) FROM next",
    &[INT8OID, INT8OID, TEXTOID, INT8OID],
);

/// Copies the next members behind an identifier to another group; how many, and the last of them.
pub fn copy<'s>(session: &'s Session, from: i64, to: i64, behind: &str, limit: i64) -> (i64, Option<&'s str>) {
    let copied = session.run(&COPY, &[from.into(), to.into(), behind.into(), limit.into()]).first();
    copied.map_or((0, None), |row| (row.bigint().unwrap_or_default(), row.text()))
}

static NEXT: Statement = Statement::new(
    c"SELECT value, data FROM member.express_member
       WHERE group_number OPERATOR(pg_catalog.=) $1 AND value OPERATOR(pg_catalog.>) $2 ORDER BY value LIMIT $3",
    &[INT8OID, TEXTOID, INT8OID],
);

/// The next members behind an identifier, by identifier.
pub fn next<'s>(session: &'s Session, number: i64, behind: &str, limit: i64) -> Vec<Member<'s>> {
    session.run(&NEXT, &[number.into(), behind.into(), limit.into()]).iter().map(|row| member_of(&row)).collect()
}

static PAGE: Statement = Statement::new(
    c"SELECT value, data FROM member.express_member
       WHERE group_number OPERATOR(pg_catalog.=) $1 ORDER BY value LIMIT $2 OFFSET $3",
    &[INT8OID, INT8OID, INT8OID],
);
static PAGE_BACKWARDS: Statement = Statement::new(
    c"SELECT value, data FROM member.express_member
       WHERE group_number OPERATOR(pg_catalog.=) $1 ORDER BY value DESC LIMIT $2 OFFSET $3",
    &[INT8OID, INT8OID, INT8OID],
);

/// A page of the members, by identifier.
pub fn page<'s>(session: &'s Session, number: i64, limit: i64, skip: i64, is_descending: bool) -> Vec<Member<'s>> {
    let statement = if is_descending { &PAGE_BACKWARDS } else { &PAGE };
    session.run(statement, &[number.into(), limit.into(), skip.into()]).iter().map(|row| member_of(&row)).collect()
}

static TOTAL: Statement = Statement::new(
    c"SELECT pg_catalog.count(*) FROM member.express_member WHERE group_number OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// How many members a group has.
pub fn total(session: &Session, number: i64) -> i64 {
    session.run(&TOTAL, &[number.into()]).first().and_then(|row| row.bigint()).unwrap_or_default()
}

/// How many members of a group are locked, and by what.
pub struct Locked {
    /// By anything.
    pub any: i64,
    /// By the global stop-list.
    pub removed: i64,
    /// Because they were not confirmed.
    pub unconfirmed: i64,
    /// By delivery errors.
    pub errors: i64,
}

static LOCKED: Statement = Statement::new(
    c"SELECT pg_catalog.count(*) FILTER (WHERE l.removed OR l.unconfirmed OR l.errors),
             pg_catalog.count(*) FILTER (WHERE l.removed),
             pg_catalog.count(*) FILTER (WHERE l.unconfirmed),
             pg_catalog.count(*) FILTER (WHERE l.errors)
        FROM (SELECT EXISTS (SELECT FROM member.stoplist s
                              WHERE s.value OPERATOR(pg_catalog.=) e.value AND s.addr_type OPERATOR(pg_catalog.=) $2
                                AND s.sender OPERATOR(pg_catalog.=) 0) AS removed,
                     EXISTS (SELECT FROM member.delivery_error d
                              WHERE d.value OPERATOR(pg_catalog.=) e.value AND d.addr_type OPERATOR(pg_catalog.=) $2
                                AND d.lock) AS errors,
                     EXISTS (SELECT FROM member.address a
                               JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) a.dataset
                                                 AND h.id OPERATOR(pg_catalog.=) a.id
                              WHERE a.value OPERATOR(pg_catalog.=) e.value AND a.addr_type OPERATOR(pg_catalog.=) $2
                                AND h.lock OPERATOR(pg_catalog.&) 2::smallint OPERATOR(pg_catalog.<>) 0) AS unconfirmed
                FROM member.express_member e WHERE e.group_number OPERATOR(pg_catalog.=) $1) l",
    &[INT8OID, TEXTOID],
);

/// How many members of a group of this type are locked.
pub fn locked(session: &Session, number: i64, addr_type: AddrType) -> Locked {
    let found = session.run(&LOCKED, &[number.into(), addr_type.as_str().into()]).first();
    let next = || found.as_ref().and_then(Row::bigint).unwrap_or_default();
    Locked { any: next(), removed: next(), unconfirmed: next(), errors: next() }
}

static CLEAN: Statement = Statement::new(
    c"DELETE FROM member.express_member
       WHERE group_number OPERATOR(pg_catalog.=) $1
         AND value OPERATOR(pg_catalog.=) ANY (ARRAY(
             SELECT n.value FROM member.express_member n
              WHERE n.group_number OPERATOR(pg_catalog.=) $1 ORDER BY n.value LIMIT $2))",
    &[INT8OID, INT8OID],
);

/// Takes away the next members; how many.
pub fn clean(session: &Session, number: i64, limit: i64) -> u64 {
    session.run(&CLEAN, &[number.into(), limit.into()]).processed()
}

static REMOVE: Statement = Statement::new(
    c"DELETE FROM member.express_member
       WHERE group_number OPERATOR(pg_catalog.=) $1 AND value OPERATOR(pg_catalog.=) $2",
    &[INT8OID, TEXTOID],
);

/// Takes a member away; false where it was none.
pub fn remove(session: &Session, number: i64, value: &str) -> bool {
    session.run(&REMOVE, &[number.into(), value.into()]).processed() == 1
}

static DELETE_MEMBERS: Statement =
    Statement::new(c"DELETE FROM member.express_member WHERE group_number OPERATOR(pg_catalog.=) $1", &[INT8OID]);
static DELETE: Statement =
    Statement::new(c"DELETE FROM member.express_group WHERE number OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Forgets a group that is deleted.
pub fn delete(session: &Session, number: i64) {
    session.run(&DELETE_MEMBERS, &[number.into()]);
    session.run(&DELETE, &[number.into()]);
}

static OF_ADDRESS: Statement = Statement::new(
    c"SELECT g.gid, e.data FROM member.express_group x
        JOIN member.group_def g ON g.number OPERATOR(pg_catalog.=) x.number
        JOIN member.express_member e ON e.group_number OPERATOR(pg_catalog.=) x.number
       WHERE g.addr_type OPERATOR(pg_catalog.=) $1 AND e.value OPERATOR(pg_catalog.=) $2 ORDER BY g.gid",
    &[TEXTOID, TEXTOID],
);

/// The groups that an identifier is in, each with its row, as jsonb.
pub fn of_address<'s>(session: &'s Session, address: &Address) -> Vec<(&'s str, &'s [u8])> {
    let rows = session.run(&OF_ADDRESS, &[address.addr_type.as_str().into(), address.value.as_str().into()]);
    rows.iter().map(|row| (row.text().unwrap_or_default(), row.jsonb().unwrap_or_default())).collect()
}

static FORGET: Statement = Statement::new(
    c"DELETE FROM member.express_member e
       USING member.express_group x, member.group_def g
       WHERE g.number OPERATOR(pg_catalog.=) x.number AND g.addr_type OPERATOR(pg_catalog.=) $1
         AND e.group_number OPERATOR(pg_catalog.=) x.number AND e.value OPERATOR(pg_catalog.=) $2",
    &[TEXTOID, TEXTOID],
);

/// Takes an identifier out of every group; out of how many.
pub fn forget(session: &Session, address: &Address) -> u64 {
    session.run(&FORGET, &[address.addr_type.as_str().into(), address.value.as_str().into()]).processed()
}
