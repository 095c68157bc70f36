//! `member.format`: stored formats.

use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{JSONBOID, TEXTOID};

/// A format.
#[derive(Clone, Copy)]
pub struct Format<'s> {
    /// Its id.
    pub id: &'s str,
    /// Its name.
    pub name: &'s str,
    /// What it is for: view, fill or uni.
    pub code: &'s str,
    /// Its fields, as jsonb.
    pub fields: &'s [u8],
}

fn format_of<'s>(row: &Row<'s>) -> Format<'s> {
    Format {
        id: row.text().unwrap_or_default(),
        name: row.text().unwrap_or_default(),
        code: row.text().unwrap_or_default(),
        fields: row.jsonb().unwrap_or_default(),
    }
}

static FIND: Statement =
    Statement::new(c"SELECT id, name, type, fields FROM member.format WHERE id OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// The format of this id.
pub fn find<'s>(session: &'s Session, id: &str) -> Option<Format<'s>> {
    session.run(&FIND, &[id.into()]).first().map(|row| format_of(&row))
}

static LIST: Statement = Statement::scanning(c"SELECT id, name, type, fields FROM member.format ORDER BY id", &[]);

/// Every format, by id.
pub fn list(session: &Session) -> Vec<Format<'_>> {
    session.run(&LIST, &[]).iter().map(|row| format_of(&row)).collect()
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.format (id, name, type, fields) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, type = EXCLUDED.type, fields = EXCLUDED.fields",
    &[TEXTOID, TEXTOID, TEXTOID, JSONBOID],
);

/// Writes a format, new or changed.
pub fn write(session: &Session, format: &Format) {
    session.run(&WRITE, &[format.id.into(), format.name.into(), format.code.into(), Arg::jsonb(format.fields)]);
}

static DELETE: Statement = Statement::new(c"DELETE FROM member.format WHERE id OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// Deletes a format.
pub fn delete(session: &Session, id: &str) {
    session.run(&DELETE, &[id.into()]);
}
