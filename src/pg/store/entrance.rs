//! What decides how an identifier that was nobody's enters: locks that outlive subscribers, and limits. One statement.

use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::json;
use crate::domain::member::system::lock;
use crate::domain::setting::{HARD_LIMIT, NOCONFIRM_LIMIT, TARIF_LIMIT};
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::address::columns;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

/// The limits of an account; `None` for no limit.
#[derive(Clone, Copy, Default)]
pub struct Limits {
    /// How many heads there may be before every new e-mail needs confirmation.
    pub heads: Option<i64>,
    /// How many new e-mails a month may enter without it.
    pub emails_a_month: Option<i64>,
    /// How many heads there may be at all.
    pub all_heads: Option<i64>,
}

static OF_ONE: Statement = Statement::new(
    c"SELECT EXISTS (SELECT FROM member.stoplist
                      WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2
                        AND sender OPERATOR(pg_catalog.=) 0),
             EXISTS (SELECT FROM member.delivery_error
                      WHERE value OPERATOR(pg_catalog.=) $1 AND addr_type OPERATOR(pg_catalog.=) $2 AND lock),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $3),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $4),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $5)",
    &[TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID],
);

// Not EXISTS: the planner would rather read the whole stop-list once than ask it for each.
static OF_MANY: Statement = Statement::new(
    c"SELECT (SELECT true FROM member.stoplist s
               WHERE s.value OPERATOR(pg_catalog.=) n.value
                 AND s.addr_type OPERATOR(pg_catalog.=) n.addr_type AND s.sender OPERATOR(pg_catalog.=) 0 LIMIT 1),
             (SELECT e.lock FROM member.delivery_error e
               WHERE e.value OPERATOR(pg_catalog.=) n.value AND e.addr_type OPERATOR(pg_catalog.=) n.addr_type),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $3),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $4),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $5)
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n (value, addr_type)",
    &[TEXTARRAYOID, TEXTARRAYOID, TEXTOID, TEXTOID, TEXTOID],
);

/// The lock bits that identifiers bring with them, in their order, and the limits. Errors: `error/json/corrupt`.
pub fn read(session: &Session, addresses: &[&Address]) -> Result<(Vec<i16>, Limits)> {
    let [heads, emails, all] = names();
    let rows = match addresses {
        [] => return Ok((Vec::new(), Limits::default())),
        [one] => session.run(&OF_ONE, &[one.value.as_str().into(), one.addr_type.as_str().into(), heads, emails, all]),
        _ => {
            let [values, types] = columns(addresses);
            session.run(&OF_MANY, &[values, types, heads, emails, all])
        }
    };
    let mut locks = Vec::with_capacity(addresses.len());
    let mut limits = Limits::default();
    for row in rows.iter() {
        let removed = if row.truth() { lock::REMOVED } else { 0 };
        let errors = if row.truth() { lock::ERRORS } else { 0 };
        locks.push(removed | errors);
        limits = limits_of(&row)?;
    }
    Ok((locks, limits))
}

/// The lock bits that one identifier brings with it. Errors: `error/json/corrupt`.
pub fn locks(session: &Session, address: &Address) -> Result<i16> {
    Ok(read(session, &[address])?.0.first().copied().unwrap_or_default())
}

static LIMITS: Statement = Statement::new(
    c"SELECT (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $1),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $2),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $3)",
    &[TEXTOID, TEXTOID, TEXTOID],
);

/// The limits alone. Errors: `error/json/corrupt`.
pub fn limits(session: &Session) -> Result<Limits> {
    let rows = session.run(&LIMITS, &names());
    rows.first().map_or(Ok(Limits::default()), |row| limits_of(&row))
}

/// The settings that the limits are, in the order in which they are read.
fn names() -> [Arg; 3] {
    [TARIF_LIMIT, NOCONFIRM_LIMIT, HARD_LIMIT].map(|setting| setting.name.into())
}

fn limits_of(row: &Row) -> Result<Limits> {
    Ok(Limits { heads: number(row.jsonb())?, emails_a_month: number(row.jsonb())?, all_heads: number(row.jsonb())? })
}

static CAME: Statement = Statement::new(
    c"SELECT pg_catalog.count(*) FROM (
          SELECT FROM member.entrance WHERE month OPERATOR(pg_catalog.=) $1 LIMIT $2) came",
    &[TEXTOID, INT8OID],
);

/// How many e-mails entered in a month, those that are gone included; counted no further than `limit`.
pub fn came(session: &Session, month: &str, limit: i64) -> i64 {
    session.run(&CAME, &[month.into(), limit.into()]).first().and_then(|row| row.bigint()).unwrap_or_default()
}

static NOTE: Statement = Statement::new(
    c"INSERT INTO member.entrance (month, id) SELECT $1, n.id FROM pg_catalog.unnest($2) AS n (id) ON CONFLICT DO NOTHING",
    &[TEXTOID, INT8ARRAYOID],
);

/// Notes e-mails that enter in a month; one that did before counts once.
pub fn note(session: &Session, month: &str, ids: &[i64]) {
    session.run(&NOTE, &[month.into(), Arg::bigints(ids)]);
}

static FORGET: Statement =
    Statement::scanning(c"DELETE FROM member.entrance WHERE month OPERATOR(pg_catalog.<>) $1", &[TEXTOID]);
static NOTE_ALL: Statement = Statement::scanning(
    c"INSERT INTO member.entrance (month, id)
      SELECT $1, id FROM member.head
       WHERE addr_type OPERATOR(pg_catalog.=) 'email' AND enter_time OPERATOR(pg_catalog.>=) $2
          ON CONFLICT DO NOTHING",
    &[TEXTOID, TIMESTAMPTZOID],
);

/// Notes the e-mails that entered in a month since it began, and forgets other months: what calls noted where there was no
/// limit is nothing.
pub fn note_all(session: &Session, month: &str, since: i64) {
    session.run(&FORGET, &[month.into()]);
    session.run(&NOTE_ALL, &[month.into(), Arg::instant(since)]);
}

fn number(stored: Option<&[u8]>) -> Result<Option<i64>> {
    Ok(stored.map(json::root).transpose()?.and_then(|value| value.as_i64()))
}
