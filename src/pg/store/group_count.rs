//! `member.group_count` and `member.group_count_change`: how many members a group has, exact in every snapshot.

use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::{INT8OID, TEXTOID};

/// Members are counted by stretches of numbers of identifiers: 2 to the power of this, as the statements write it.
pub const STRETCH: u32 = 12;

static TOTAL: Statement = Statement::new(
    c"SELECT COALESCE(pg_catalog.sum(n), 0)::bigint FROM (
          SELECT n FROM member.group_count WHERE gid OPERATOR(pg_catalog.=) $1
           UNION ALL
          SELECT n FROM member.group_count_change WHERE gid OPERATOR(pg_catalog.=) $1) counted",
    &[TEXTOID],
);

/// How many members a group has.
pub fn total(session: &Session, gid: &str) -> i64 {
    session.run(&TOTAL, &[gid.into()]).first().and_then(|row| row.bigint()).unwrap_or_default()
}

static BUCKETS: Statement = Statement::new(
    c"SELECT bucket, pg_catalog.sum(n)::bigint FROM (
          SELECT bucket, n FROM member.group_count WHERE gid OPERATOR(pg_catalog.=) $1
           UNION ALL
          SELECT bucket, n FROM member.group_count_change WHERE gid OPERATOR(pg_catalog.=) $1) counted
       GROUP BY bucket ORDER BY bucket",
    &[TEXTOID],
);

/// How many members a group has in each stretch of 4096 numbers, in their order.
pub fn buckets(session: &Session, gid: &str) -> Vec<(i64, i64)> {
    session.run(&BUCKETS, &[gid.into()]).pairs()
}

static DELETE_CHANGES: Statement =
    Statement::new(c"DELETE FROM member.group_count_change WHERE gid OPERATOR(pg_catalog.=) $1", &[TEXTOID]);
static DELETE_COUNTS: Statement =
    Statement::new(c"DELETE FROM member.group_count WHERE gid OPERATOR(pg_catalog.=) $1", &[TEXTOID]);

/// Forgets a group that is deleted: first the changes, as who folds them does.
pub fn delete(session: &Session, gid: &str) {
    session.run(&DELETE_CHANGES, &[gid.into()]);
    session.run(&DELETE_COUNTS, &[gid.into()]);
}

static FOLD: Statement = Statement::scanning(
    c"WITH gone AS (
          DELETE FROM member.group_count_change WHERE ctid OPERATOR(pg_catalog.=) ANY (
              SELECT c.ctid FROM member.group_count_change c ORDER BY c.gid, c.bucket LIMIT $1)
          RETURNING gid, bucket, n), summed AS (
          SELECT gid, bucket, pg_catalog.sum(n)::bigint AS n FROM gone GROUP BY gid, bucket)
      INSERT INTO member.group_count AS c (gid, bucket, n)
      SELECT gid, bucket, n FROM summed WHERE n OPERATOR(pg_catalog.<>) 0 ORDER BY gid, bucket
          ON CONFLICT (gid, bucket) DO UPDATE SET n = c.n OPERATOR(pg_catalog.+) EXCLUDED.n",
    &[INT8OID],
);

/// Folds up to `limit` changes into the counts; one worker at a time does it.
pub fn fold(session: &Session, limit: i64) {
    session.run(&FOLD, &[limit.into()]);
}

static ANY: Statement = Statement::new(c"SELECT FROM member.group_count_change OFFSET $1 LIMIT 1", &[INT8OID]);

/// Whether more than `number` changes wait to be folded.
pub fn has_more_than(session: &Session, number: i64) -> bool {
    session.run(&ANY, &[number.into()]).first().is_some()
}
