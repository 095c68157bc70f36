//! `member.origin`: where heads come from.

use crate::domain::member::special::OriginRef;
use crate::pg::spi::{Row, Session, Statement};
use pgrx::pg_sys::{INT4OID, TEXTOID};

/// An origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'s> {
    /// Its number.
    pub id: i32,
    /// Its label.
    pub label: &'s str,
    /// Its name.
    pub name: &'s str,
}

fn origin_of<'s>(row: &Row<'s>) -> Origin<'s> {
    Origin {
        id: row.integer().unwrap_or_default(),
        label: row.text().unwrap_or_default(),
        name: row.text().unwrap_or_default(),
    }
}

static BY_ID: Statement =
    Statement::new(c"SELECT id, label, name FROM member.origin WHERE id OPERATOR(pg_catalog.=) $1", &[INT4OID]);
static BY_LABEL: Statement =
    Statement::new(c"SELECT id, label, name FROM member.origin WHERE label OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// The origin of this number or label.
pub fn find<'s>(session: &'s Session, origin: &OriginRef) -> Option<Origin<'s>> {
    let rows = match origin {
        OriginRef::Number(number) => session.run(&BY_ID, &[i32::try_from(*number).ok()?.into()]),
        OriginRef::Label(label) => session.run(&BY_LABEL, &[label.as_str().into()]),
    };
    rows.first().map(|row| origin_of(&row))
}

static LIST: Statement = Statement::scanning(c"SELECT id, label, name FROM member.origin ORDER BY id", &[]);

/// Every origin, by number.
pub fn list(session: &Session) -> Vec<Origin<'_>> {
    session.run(&LIST, &[]).iter().map(|row| origin_of(&row)).collect()
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.origin (id, label, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    &[INT4OID, TEXTOID, TEXTOID],
);

/// Writes a new origin; false when the number or the label is taken.
pub fn create(session: &Session, origin: &Origin) -> bool {
    session.run(&CREATE, &[origin.id.into(), origin.label.into(), origin.name.into()]).processed() == 1
}

static CHANGE: Statement = Statement::new(
    c"UPDATE member.origin SET label = $2, name = $3 WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT4OID, TEXTOID, TEXTOID],
);

/// Writes label and name of an origin.
pub fn change(session: &Session, origin: &Origin) {
    session.run(&CHANGE, &[origin.id.into(), origin.label.into(), origin.name.into()]);
}

static DELETE: Statement = Statement::new(c"DELETE FROM member.origin WHERE id OPERATOR(pg_catalog.=) $1", &[INT4OID]);

/// Deletes an origin; heads keep its number.
pub fn delete(session: &Session, id: i32) {
    session.run(&DELETE, &[id.into()]);
}
