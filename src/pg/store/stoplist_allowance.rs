//! `member.stoplist_allowance`: how many records of subscribers' own calls changed, month by month.

use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::{INT8OID, TEXTOID};

static SPEND: Statement = Statement::new(
    c"INSERT INTO member.stoplist_allowance AS a (month, used)
          SELECT $1, $2 WHERE $2 OPERATOR(pg_catalog.<=) $3
          ON CONFLICT (month) DO UPDATE SET used = a.used OPERATOR(pg_catalog.+) EXCLUDED.used
            WHERE a.used OPERATOR(pg_catalog.+) EXCLUDED.used OPERATOR(pg_catalog.<=) $3",
    &[TEXTOID, INT8OID, INT8OID],
);

/// Counts so many more, if they are within the limit with what was counted before; whether they are. Waits for whoever counts
/// in another transaction.
pub fn spend(session: &Session, month: &str, records: i64, limit: i64) -> bool {
    session.run(&SPEND, &[month.into(), records.into(), limit.into()]).processed() > 0
}

static USED: Statement =
    Statement::new(c"SELECT used FROM member.stoplist_allowance WHERE month OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// How many were counted in a month.
pub fn used(session: &Session, month: &str) -> i64 {
    session.run(&USED, &[month.into()]).first().and_then(|row| row.bigint()).unwrap_or_default()
}
