//! What the log says of a person, read whole and blanked. A person's events are few beside the log, and whose data name
//! an identifier no index knows: these statements read all of it.

use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT8ARRAYOID, TEXTARRAYOID, TEXTOID};

static LIVES: Statement = Statement::scanning(
    c"WITH RECURSIVE life (dataset) AS (
          SELECT pg_catalog.unnest($1)
           UNION
          SELECT e.dataset FROM member.event e
           WHERE e.address_id OPERATOR(pg_catalog.=) ANY ($2) AND e.event_type OPERATOR(pg_catalog.=) 'member_delete'
             AND pg_catalog.jsonb_extract_path_text(e.body, 'event_data', 'body') OPERATOR(pg_catalog.=) '1'
             AND NOT EXISTS (SELECT FROM member.body b WHERE b.dataset OPERATOR(pg_catalog.=) e.dataset)), chain (dataset) AS (
          SELECT dataset FROM life
           UNION
          SELECT r.dataset FROM chain c
            JOIN member.retired_dataset r ON r.successor OPERATOR(pg_catalog.=) c.dataset)
      SELECT dataset FROM chain ORDER BY dataset",
    &[INT8ARRAYOID, INT8ARRAYOID],
);

/// The numbers of all bodies that a person has or had: those given, those that were merged into them, and those that
/// were deleted together with one of the heads.
pub fn lives(session: &Session, datasets: &[i64], heads: &[i64]) -> Vec<i64> {
    let rows = session.run(&LIVES, &[Arg::bigints(datasets), Arg::bigints(heads)]);
    rows.iter().filter_map(|row| row.bigint()).collect()
}

/// An event as it stands in the log.
pub struct Told<'s> {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: i64,
    /// What happened.
    pub event_type: &'s str,
    /// Whom it concerns: the identifier.
    pub address_id: Option<i64>,
    /// Whom it concerns: the body.
    pub dataset: Option<i64>,
    /// The version of the body.
    pub version: Option<i64>,
    /// Its data, as jsonb.
    pub body: &'s [u8],
}

static OF: Statement = Statement::scanning(
    c"SELECT id, at, event_type, address_id, dataset, version, body FROM member.event
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) OR address_id OPERATOR(pg_catalog.=) ANY ($2)
       ORDER BY id",
    &[INT8ARRAYOID, INT8ARRAYOID],
);

/// The events of bodies and heads, in order.
pub fn of<'s>(session: &'s Session, datasets: &[i64], heads: &[i64]) -> Vec<Told<'s>> {
    let rows = session.run(&OF, &[Arg::bigints(datasets), Arg::bigints(heads)]);
    rows.iter().map(|row| told(&row)).collect()
}

fn told<'s>(row: &Row<'s>) -> Told<'s> {
    Told {
        id: row.bigint().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        event_type: row.text().unwrap_or_default(),
        address_id: row.bigint(),
        dataset: row.bigint(),
        version: row.bigint(),
        body: row.jsonb().unwrap_or_default(),
    }
}

static BLANK: Statement = Statement::scanning(
    c"UPDATE member.event SET body = '{}'
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) OR address_id OPERATOR(pg_catalog.=) ANY ($2)
          OR (event_type OPERATOR(pg_catalog.=) 'member_merge'
              AND pg_catalog.jsonb_extract_path_text(body, 'event_data', 'source_dataset') OPERATOR(pg_catalog.=) ANY ($3))
          OR (event_type OPERATOR(pg_catalog.=) 'member_unmerge'
              AND pg_catalog.jsonb_extract_path_text(body, 'event_data', 'journal') OPERATOR(pg_catalog.=) ANY ($4))
          OR pg_catalog.lower(body::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $5
      RETURNING id",
    &[INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTOID],
);

/// Empties the data of all events of bodies and heads, of those that tell of their merges and of undoing them, and of
/// those whose data name them. Gives the numbers of these events.
pub fn blank(session: &Session, datasets: &[i64], heads: &[i64], journal: &[i64], mentions: Option<&str>) -> Vec<i64> {
    let args = [Arg::bigints(datasets), Arg::bigints(heads), written(datasets), written(journal), mentions.into()];
    session.run(&BLANK, &args).iter().filter_map(|row| row.bigint()).collect()
}

fn written(numbers: &[i64]) -> Arg {
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Arg::texts(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

static POSITIONS: Statement = Statement::scanning(
    c"SELECT o.pos OPERATOR(pg_catalog.+) n.place OPERATOR(pg_catalog.-) 1
        FROM member.event_order o
       CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(o.ids)) WITH ORDINALITY AS n (id, place)
       WHERE n.id OPERATOR(pg_catalog.=) ANY ($1)
       ORDER BY 1",
    &[INT8ARRAYOID],
);

/// The positions of events, those that have one.
pub fn positions(session: &Session, ids: &[i64]) -> Vec<i64> {
    session.run(&POSITIONS, &[Arg::bigints(ids)]).iter().filter_map(|row| row.bigint()).collect()
}
