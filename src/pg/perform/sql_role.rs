//! The role that the SQL in a channel's pipelines runs as (shapes.md 9).

use crate::domain::error::{Error, Id, Result};
use crate::pg::spi::Session;
use crate::pg::store::{channel, role};
use pgrx::pg_sys::Oid;

/// Whether workers can run as a role without LOGIN: from PostgreSQL 17 on.
const NEEDS_LOGIN: bool = cfg!(any(feature = "pg15", feature = "pg16"));

/// Checks that the caller may have SQL run as this role: as a member of it, and as a superuser only if the caller is one.
///
/// Errors: `error/worker/role`, `error/worker/nologin`.
pub fn check(session: &Session, name: &str) -> Result<()> {
    let refused = |explain: &str| Err(Error::new(Id::WorkerRole, explain));
    match channel::role(session, name) {
        None => refused("sql_role names no role"),
        Some(role) if !role.is_callers => refused("the caller is no member of sql_role"),
        Some(role) if role.is_above => refused("sql_role is a superuser"),
        Some(role) if NEEDS_LOGIN && !role.has_login => Err(Error::new(Id::WorkerNologin, "sql_role")),
        Some(_) => Ok(()),
    }
}

/// The caller's own role, as which a worker runs what the caller wrote. Errors: `error/worker/nologin`.
pub fn own(session: &Session) -> Result<Oid> {
    check_still(session, session.caller())?;
    Ok(session.caller())
}

/// Checks a role before a worker runs something as it. Errors: `error/worker/role` for one that is gone, `error/worker/nologin`.
pub fn check_still(session: &Session, oid: Oid) -> Result<()> {
    match role::has_login(session, oid) {
        None => Err(Error::new(Id::WorkerRole, "the role that asked is gone")),
        Some(false) if NEEDS_LOGIN => Err(Error::new(Id::WorkerNologin, "the role that asked; sync 1 needs no worker")),
        Some(_) => Ok(()),
    }
}
