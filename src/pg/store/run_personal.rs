//! What runs of pipelines keep about a person.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys::{INT8ARRAYOID, TEXTOID};

// Bodies are kept as bytes: what is ASCII in them is looked through too.
static FORGET: Statement = Statement::scanning(
    c"WITH named AS (
          SELECT r.id FROM member.pipeline_run r
           WHERE r.address_id OPERATOR(pg_catalog.=) ANY ($1)
              OR pg_catalog.lower(pg_catalog.to_jsonb(r)::pg_catalog.text COLLATE pg_catalog.\"C\")
                 OPERATOR(pg_catalog.~) $2
              OR pg_catalog.lower(pg_catalog.encode(
                     pg_catalog.decode((r.input OPERATOR(pg_catalog.->) 'body') OPERATOR(pg_catalog.->>) '$bytes', 'base64'),
                     'escape') COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $2
           UNION
          SELECT o.run FROM member.run_outcome o
           WHERE pg_catalog.lower(pg_catalog.to_jsonb(o)::pg_catalog.text COLLATE pg_catalog.\"C\")
                 OPERATOR(pg_catalog.~) $2), log AS (
          DELETE FROM member.pipe_log l
           WHERE l.run_id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT n.id FROM named n))
              OR pg_catalog.lower(l.message COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $2), kept AS (
          DELETE FROM member.pipe_store s
           WHERE pg_catalog.lower(pg_catalog.to_jsonb(s)::pg_catalog.text COLLATE pg_catalog.\"C\")
                 OPERATOR(pg_catalog.~) $2), ended AS (
          DELETE FROM member.run_outcome o
           WHERE o.run OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT n.id FROM named n)))
      DELETE FROM member.pipeline_run r WHERE r.id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT n.id FROM named n))",
    &[INT8ARRAYOID, TEXTOID],
);

/// Deletes the runs that send to these identifiers or name one of them, with their ends and their lines of the log, and
/// values of the store that name one. How many runs.
pub fn forget(session: &Session, ids: &[i64], mentions: Option<&str>) -> u64 {
    session.run(&FORGET, &[Arg::bigints(ids), mentions.into()]).processed()
}

static THERE: Statement = Statement::new(
    c"SELECT r.id FROM member.pipeline_run r WHERE r.id OPERATOR(pg_catalog.=) ANY ($1)",
    &[INT8ARRAYOID],
);

/// Which of these runs are still there.
pub fn still_there(session: &Session, runs: &[i64]) -> Vec<i64> {
    session.run(&THERE, &[Arg::bigints(runs)]).iter().filter_map(|row| row.bigint()).collect()
}
