//! `member.retired_dataset`: numbers of bodies that are no more, and who took their place.

use crate::pg::spi::{Session, Statement};
use pgrx::pg_sys::INT8OID;

static DELETED: Statement = Statement::new(
    c"INSERT INTO member.retired_dataset (dataset)
      SELECT $1
       WHERE EXISTS (SELECT FROM member.journal WHERE dataset OPERATOR(pg_catalog.=) $1)
          OR EXISTS (SELECT FROM member.journal WHERE source_dataset OPERATOR(pg_catalog.=) $1)
          OR EXISTS (SELECT FROM member.retired_dataset WHERE successor OPERATOR(pg_catalog.=) $1)",
    &[INT8OID],
);

/// Notes that a body is deleted, if the journal names it.
pub fn note_deleted(session: &Session, dataset: i64) {
    session.run(&DELETED, &[dataset.into()]);
}

static MERGED: Statement =
    Statement::new(c"INSERT INTO member.retired_dataset (dataset, successor) VALUES ($1, $2)", &[INT8OID, INT8OID]);

/// Notes that a body was merged into another.
pub fn note_merged(session: &Session, dataset: i64, successor: Option<i64>) {
    session.run(&MERGED, &[dataset.into(), successor.into()]);
}

static FORGET: Statement =
    Statement::new(c"DELETE FROM member.retired_dataset WHERE dataset OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Takes the note back: the body is there again.
pub fn forget(session: &Session, dataset: i64) {
    session.run(&FORGET, &[dataset.into()]);
}

static PREDECESSORS: Statement = Statement::new(
    c"WITH RECURSIVE chain (dataset) AS (
          SELECT r.dataset FROM member.retired_dataset r WHERE r.successor OPERATOR(pg_catalog.=) $1
          UNION
          SELECT r.dataset FROM chain c
            JOIN member.retired_dataset r ON r.successor OPERATOR(pg_catalog.=) c.dataset)
      SELECT dataset FROM chain",
    &[INT8OID],
);

/// The bodies whose place this one took, also by way of others.
pub fn predecessors(session: &Session, dataset: i64) -> Vec<i64> {
    session.run(&PREDECESSORS, &[dataset.into()]).iter().filter_map(|row| row.bigint()).collect()
}

static SUCCESSOR: Statement = Statement::new(
    c"WITH RECURSIVE chain (dataset) AS (
          SELECT r.successor FROM member.retired_dataset r WHERE r.dataset OPERATOR(pg_catalog.=) $1
          UNION
          SELECT r.successor FROM chain c
            JOIN member.retired_dataset r ON r.dataset OPERATOR(pg_catalog.=) c.dataset)
      SELECT b.dataset FROM chain c JOIN member.body b ON b.dataset OPERATOR(pg_catalog.=) c.dataset",
    &[INT8OID],
);

/// The body that took the place of one that is no more, however many merges later.
pub fn successor(session: &Session, dataset: i64) -> Option<i64> {
    session.run(&SUCCESSOR, &[dataset.into()]).first().and_then(|row| row.bigint())
}
