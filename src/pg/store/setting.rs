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
    let bytes = json::encoded(&read(session, setting)?)?;
    Ok(json::root(&bytes).ok().and_then(|value| value.as_i64()))
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.setting (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value",
    &[TEXTOID, JSONBOID],
);

/// Stores a value. Errors: `error/json/limit`.
pub fn write(session: &Session, setting: Setting, value: &Node) -> Result<()> {
    session.run(&WRITE, &[setting.name.into(), Arg::jsonb(&json::encoded(value)?)]);
    Ok(())
}
