//! The extension itself, as the catalog has it.

use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::INT4OID;

static VERSION: Statement = Statement::scanning(
    c"SELECT extversion FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'pg_member'",
    &[],
);

/// The installed version; none where the extension is not there.
pub fn version(session: &Session) -> Option<&str> {
    session.run(&VERSION, &[]).first().and_then(|row| row.text())
}

static LOCK_WORKER: Statement =
    Statement::scanning(c"SELECT pg_catalog.pg_try_advisory_lock($1, $2)", &[INT4OID, INT4OID]);

/// The first key of the locks of workers: the letters pmbr.
const WORKERS: i32 = 0x706d_6272;

/// Takes the lock of a worker until its process ends; whether it was free.
pub fn lock_worker(session: &Session, number: i32) -> bool {
    session.run(&LOCK_WORKER, &[WORKERS.into(), number.into()]).first().is_some_and(|row| row.truth())
}
