//! `member.journal`: one row per call that moved heads, with what undoes it (shapes.md 6).

use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::sequence;
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.journal (id, at, call, dataset, plan, inverse) VALUES ($1, $2, $3, $4, $5, $6)",
    &[INT8OID, TIMESTAMPTZOID, TEXTOID, INT8OID, JSONBOID, JSONBOID],
);

/// Writes what a call did to the heads of a body, under its lock. Errors: `error/json/limit`.
pub fn write(session: &Session, call: &str, at: i64, dataset: i64, plan: &Node, inverse: &Node) -> Result<()> {
    let mut bytes = (Vec::new(), Vec::new());
    json::encode(plan, &mut bytes.0)?;
    json::encode(inverse, &mut bytes.1)?;
    let number = sequence::next_journal_id();
    let args =
        [number.into(), Arg::instant(at), call.into(), dataset.into(), Arg::jsonb(&bytes.0), Arg::jsonb(&bytes.1)];
    session.run(&WRITE, &args);
    Ok(())
}

static RETIRE: Statement = Statement::new(
    c"INSERT INTO member.retired_dataset (dataset)
      SELECT $1
       WHERE EXISTS (SELECT FROM member.journal WHERE dataset OPERATOR(pg_catalog.=) $1)
          OR EXISTS (SELECT FROM member.journal WHERE source_dataset OPERATOR(pg_catalog.=) $1)",
    &[INT8OID],
);

/// Notes that a body is deleted, if the journal names it.
pub fn retire(session: &Session, dataset: i64) {
    session.run(&RETIRE, &[dataset.into()]);
}
