//! `member.call`: which level gives which function, and the granting of levels.

use crate::domain::error::{Error, Id, Result};
use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::{NAMEOID, TEXTARRAYOID, TEXTOID};
use std::ffi::CString;

/// The levels that can be granted, each with those before it.
const LEVELS: [&str; 3] = ["read", "write", "admin"];

/// The levels that granting one gives: itself and those before it. Errors: `error/role/level`.
pub fn levels_up_to(level: &str) -> Result<&'static [&'static str]> {
    LEVELS.get(..=place(level)?).ok_or_else(unknown)
}

/// The levels that revoking one takes: itself and those above it. Errors: `error/role/level`.
pub fn levels_from(level: &str) -> Result<&'static [&'static str]> {
    LEVELS.get(place(level)?..).ok_or_else(unknown)
}

fn place(level: &str) -> Result<usize> {
    LEVELS.iter().position(|known| *known == level).ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::new(Id::RoleLevel, "level")
}

/// The commands that grant or revoke; the names come from the catalog, quoted there.
static COMMANDS: Statement = Statement::scanning(
    c"SELECT pg_catalog.format(
                 CASE WHEN $2 THEN 'GRANT EXECUTE ON FUNCTION %1$s TO %2$I'
                                ELSE 'REVOKE EXECUTE ON FUNCTION %1$s FROM %2$I' END,
                 pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.signature, $1)
        FROM member.call c, pg_catalog.pg_extension e
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
       WHERE e.extname OPERATOR(pg_catalog.=) 'pg_member' AND c.level OPERATOR(pg_catalog.=) ANY ($3)
       UNION ALL
      SELECT pg_catalog.format(
                 CASE WHEN $2 THEN 'GRANT %3$s ON %1$s TO %2$I' ELSE 'REVOKE %3$s ON %1$s FROM %2$I' END,
                 pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) v.name, $1, v.privilege)
        FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
        JOIN (VALUES ('member_stats', 'read', 'SELECT'), ('member_progress', 'read', 'SELECT'), ('hook_status', 'admin', 'SELECT'),
                      ('hook_attempt', 'admin', 'SELECT'), ('member_import_rows', 'write', 'INSERT')) AS v (name, level, privilege)
          ON v.level OPERATOR(pg_catalog.=) ANY ($3)
       WHERE e.extname OPERATOR(pg_catalog.=) 'pg_member'",
    &[NAMEOID, pgrx::pg_sys::BOOLOID, TEXTARRAYOID],
);

/// Grants or revokes the functions of these levels.
pub fn change(session: &Session, role: pgrx::pg_sys::Datum, grant: bool, levels: &[&str]) {
    let args = [crate::pg::spi::Arg::datum(role), grant.into(), crate::pg::spi::Arg::texts(levels)];
    let commands: Vec<CString> = session
        .run(&COMMANDS, &args)
        .iter()
        .filter_map(|row| CString::new(row.text().unwrap_or_default()).ok())
        .collect();
    for command in &commands {
        session.command(command);
    }
}

static MAY: Statement = Statement::scanning(
    c"SELECT pg_catalog.has_function_privilege(
                 $2, p.oid, 'EXECUTE')
        FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
        JOIN pg_catalog.pg_proc p
          ON p.oid OPERATOR(pg_catalog.=) (pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.'
                                           OPERATOR(pg_catalog.||) $1)::pg_catalog.regprocedure
       WHERE e.extname OPERATOR(pg_catalog.=) 'pg_member'",
    &[TEXTOID, pgrx::pg_sys::OIDOID],
);

/// Whether the caller may execute a function of the extension.
pub fn may_execute(session: &Session, function: &str) -> bool {
    let caller = crate::pg::spi::Arg::datum(session.caller().into());
    session.run(&MAY, &[function.into(), caller]).first().is_some_and(|row| row.truth())
}
