//! Transactions of this database that have written something and are open.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::INT8ARRAYOID;

static WRITING: Statement = Statement::new(
    c"SELECT backend_xid::pg_catalog.text::bigint FROM pg_catalog.pg_stat_activity
       WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND backend_xid IS NOT NULL
         AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
       UNION ALL
      SELECT transaction::pg_catalog.text::bigint FROM pg_catalog.pg_prepared_xacts
       WHERE database OPERATOR(pg_catalog.=) pg_catalog.current_database()",
    &[],
);

/// Their numbers, of 32 bits.
pub fn writing(session: &Session) -> Vec<i64> {
    forget_activity();
    session.run(&WRITING, &[]).iter().filter_map(|row| row.bigint()).collect()
}

static OPEN: Statement = Statement::new(
    c"SELECT FROM (
          SELECT backend_xid::pg_catalog.text::bigint AS xid FROM pg_catalog.pg_stat_activity
           WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND backend_xid IS NOT NULL
           UNION ALL
          SELECT transaction::pg_catalog.text::bigint FROM pg_catalog.pg_prepared_xacts) t
       WHERE t.xid OPERATOR(pg_catalog.=) ANY ($1) LIMIT 1",
    &[INT8ARRAYOID],
);

/// Whether one of these is open still.
pub fn are_open(session: &Session, xids: &[i64]) -> bool {
    if xids.is_empty() {
        return false;
    }
    forget_activity();
    session.run(&OPEN, &[Arg::bigints(xids)]).first().is_some()
}

/// The server shows a transaction the activity of one moment unless it is asked to look again.
fn forget_activity() {
    // SAFETY: clears the backend's own copy.
    unsafe { pgrx::pg_sys::pgstat_clear_snapshot() };
}
