//! `pg_roles`: as whom workers can run.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{OIDOID, Oid};

static HAS_LOGIN: Statement =
    Statement::new(c"SELECT r.rolcanlogin FROM pg_catalog.pg_roles r WHERE r.oid OPERATOR(pg_catalog.=) $1", &[OIDOID]);

/// Whether a role may log in; none where it is gone.
pub fn has_login(session: &Session, role: Oid) -> Option<bool> {
    session.run(&HAS_LOGIN, &[Arg::datum(role.into())]).first().map(|row| row.truth())
}
