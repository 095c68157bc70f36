//! `member.setting`: the values of `sys.settings` that somebody gave.

use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use crate::domain::setting::Setting;
use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{JSONBOID, TEXTOID};

static READ: Statement =
    Statement::new(c"SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// The value of a setting, its default where nobody gave one. Errors: `error/json/corrupt`.
pub fn read(session: &Session, setting: Setting) -> Result<Node<'_>> {
    match session.run(&READ, &[setting.name.into()]).first().and_then(|row| row.jsonb()) {
        Some(bytes) => json::root(bytes).map(Node::from),
        None => Ok(setting.default_value()),
    }
}

/// The value of a setting as a number; `None` for no limit. Errors: `error/json/corrupt`.
pub fn number(session: &Session, setting: Setting) -> Result<Option<i64>> {
    let mut bytes = Vec::new();
    json::encode(&read(session, setting)?, &mut bytes)?;
    Ok(json::root(&bytes).ok().and_then(|value| value.as_i64()))
}

static LIMITS: Statement = Statement::new(
    c"SELECT (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $1),
             (SELECT value FROM member.setting WHERE name OPERATOR(pg_catalog.=) $2)",
    &[TEXTOID, TEXTOID],
);

/// Two limits in one reading, `None` for no limit: every new e-mail asks for both. Errors: `error/json/corrupt`.
pub fn limits(session: &Session, first: Setting, second: Setting) -> Result<(Option<i64>, Option<i64>)> {
    let Some(row) = session.run(&LIMITS, &[first.name.into(), second.name.into()]).first() else {
        return Ok((None, None));
    };
    Ok((limit(row.jsonb())?, limit(row.jsonb())?))
}

fn limit(stored: Option<&[u8]>) -> Result<Option<i64>> {
    Ok(stored.map(json::root).transpose()?.and_then(|value| value.as_i64()))
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.setting (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value",
    &[TEXTOID, JSONBOID],
);

/// Stores a value. Errors: `error/json/limit`.
pub fn write(session: &Session, setting: Setting, value: &Node) -> Result<()> {
    let mut bytes = Vec::new();
    json::encode(value, &mut bytes)?;
    session.run(&WRITE, &[setting.name.into(), Arg::jsonb(&bytes)]);
    Ok(())
}
