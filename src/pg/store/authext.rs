//! `member.authext`: credentials of other systems. What is secret of them is written and never read here.

use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT2OID, INT4OID, INT8OID, JSONBOID, TEXTOID};

/// Credentials, without their secret.
#[derive(Clone, Debug)]
pub struct Authext<'s> {
    /// Their number.
    pub id: i64,
    /// What they are for.
    pub kind: i32,
    /// Their name.
    pub login: &'s str,
    /// 1 active, 0 broken or switched off.
    pub status: i16,
    /// The kind of what they belong to.
    pub reltype: Option<&'s str>,
    /// What they belong to.
    pub relref: Option<&'s str>,
}

static FIND: Statement = Statement::new(
    c"SELECT id, type, login, status, reltype, relref FROM member.authext WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Those of this number.
pub fn find(session: &Session, id: i64) -> Option<Authext<'_>> {
    session.run(&FIND, &[id.into()]).first().map(|row| authext_of(&row))
}

static LIST: Statement =
    Statement::scanning(c"SELECT id, type, login, status, reltype, relref FROM member.authext ORDER BY id", &[]);

/// All, by number.
pub fn list(session: &Session) -> Vec<Authext<'_>> {
    session.run(&LIST, &[]).iter().map(|row| authext_of(&row)).collect()
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.authext (id, type, login, status, reltype, relref, auth) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    &[INT8OID, INT4OID, TEXTOID, INT2OID, TEXTOID, TEXTOID, JSONBOID],
);

static CHANGE: Statement = Statement::new(
    c"UPDATE member.authext
         SET type = $2, login = $3, status = $4, reltype = $5, relref = $6, auth = COALESCE($7, auth)
       WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID, INT4OID, TEXTOID, INT2OID, TEXTOID, TEXTOID, JSONBOID],
);

/// Writes new ones.
pub fn create(session: &Session, authext: &Authext, auth: &[u8]) {
    session.run(&CREATE, &args(authext, Some(auth)));
}

/// Changes some; their secret only where a new one is given.
pub fn change(session: &Session, authext: &Authext, auth: Option<&[u8]>) {
    session.run(&CHANGE, &args(authext, auth));
}

fn args(authext: &Authext, auth: Option<&[u8]>) -> [Arg; 7] {
    [
        authext.id.into(),
        authext.kind.into(),
        authext.login.into(),
        authext.status.into(),
        authext.reltype.into(),
        authext.relref.into(),
        auth.map(Arg::jsonb).into(),
    ]
}

static DELETE: Statement = Statement::new(c"DELETE FROM member.authext WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Deletes some; identifiers that name them keep the number.
pub fn delete(session: &Session, id: i64) {
    session.run(&DELETE, &[id.into()]);
}

fn authext_of<'s>(row: &Row<'s>) -> Authext<'s> {
    Authext {
        id: row.bigint().unwrap_or_default(),
        kind: row.integer().unwrap_or_default(),
        login: row.text().unwrap_or_default(),
        status: row.smallint().unwrap_or_default(),
        reltype: row.text(),
        relref: row.text(),
    }
}
