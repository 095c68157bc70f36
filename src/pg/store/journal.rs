//! `member.journal`: one row per call that moved heads, with what undoes it (shapes.md 6).

use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use crate::pg::append::append;
use crate::pg::spi::{Arg, Row, Rows, Session, Statement};
use crate::pg::store::sequence;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPTZOID};

/// What a call did.
pub struct Entry<'a> {
    /// Its name.
    pub call: &'a str,
    /// When.
    pub at: i64,
    /// The body that received.
    pub dataset: i64,
    /// The body that gave, if any.
    pub source: Option<i64>,
    /// Its steps.
    pub plan: &'a [u8],
    /// The steps that undo it.
    pub inverse: &'a [u8],
    /// The heads it moved.
    pub heads: &'a [i64],
}

/// Writes what a call did, under the locks of its bodies; gives the row's number.
pub fn write(entry: &Entry) -> i64 {
    let number = sequence::next_journal_id();
    let row = [
        number.into(),
        Arg::instant(entry.at),
        entry.call.into(),
        entry.dataset.into(),
        entry.source.into(),
        Arg::jsonb(entry.plan),
        Arg::jsonb(entry.inverse),
        Arg::NULL,
        Arg::bigints(entry.heads),
    ];
    append(sequence::relation(c"journal"), [row]);
    number
}

/// A row that is to be undone.
pub struct Written<'s> {
    /// The body that received.
    pub dataset: i64,
    /// The body that gave, if any.
    pub source: Option<i64>,
    /// The steps that undo it.
    pub inverse: &'s [u8],
    /// Whether it was undone.
    pub is_undone: bool,
}

static READ: Statement = Statement::new(
    c"SELECT dataset, source_dataset, inverse, undone_by FROM member.journal WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Reads a row by its number.
pub fn read(session: &Session, id: i64) -> Option<Written<'_>> {
    let row = session.run(&READ, &[id.into()]).first()?;
    Some(Written {
        dataset: row.bigint()?,
        source: row.bigint(),
        inverse: row.jsonb()?,
        is_undone: row.bigint().is_some(),
    })
}

static UNDONE: Statement = Statement::new(
    c"UPDATE member.journal SET undone_by = $2 WHERE id OPERATOR(pg_catalog.=) $1 AND undone_by IS NULL",
    &[INT8OID, INT8OID],
);

/// Notes which row undid another; false when one did already.
pub fn note_undone(session: &Session, id: i64, by: i64) -> bool {
    session.run(&UNDONE, &[id.into(), by.into()]).processed() == 1
}

static LATER: Statement = Statement::new(
    c"SELECT j.id FROM member.journal j
       WHERE (j.source_dataset OPERATOR(pg_catalog.=) $1
              OR j.dataset OPERATOR(pg_catalog.=)
                 (SELECT r.successor FROM member.retired_dataset r WHERE r.dataset OPERATOR(pg_catalog.=) $1))
         AND j.id OPERATOR(pg_catalog.>) $2 AND j.undone_by IS NULL AND j.plan OPERATOR(pg_catalog.@>) $3
       ORDER BY j.id DESC LIMIT 1",
    &[INT8OID, INT8OID, JSONBOID],
);

/// The last row after this one that merged a body away and was not undone. Errors: `error/json/limit`.
pub fn later(session: &Session, dataset: i64, id: i64) -> Result<Option<i64>> {
    let step = Node::object([("step", Node::from("retire")), ("from", Node::from(dataset))]);
    let steps = json::encoded(&Node::array([step]))?;
    let rows = session.run(&LATER, &[dataset.into(), id.into(), Arg::jsonb(&steps)]);
    Ok(rows.first().and_then(|row| row.bigint()))
}

static MERGES: Statement = Statement::new(
    c"SELECT pg_catalog.count(*) FROM member.journal
       WHERE (dataset OPERATOR(pg_catalog.=) $1 OR source_dataset OPERATOR(pg_catalog.=) $1)
         AND source_dataset IS NOT NULL AND undone_by IS NULL AND at OPERATOR(pg_catalog.>) $2
         AND call OPERATOR(pg_catalog.<>) 'member_unmerge' AND call OPERATOR(pg_catalog.<>) 'member_head_detach'",
    &[INT8OID, TIMESTAMPTZOID],
);

/// How many merges a body took part in since an instant; those that were undone do not count.
pub fn merges_since(session: &Session, dataset: i64, at: i64) -> i64 {
    let rows = session.run(&MERGES, &[dataset.into(), Arg::instant(at)]);
    rows.first().and_then(|row| row.bigint()).unwrap_or_default()
}

static HISTORY: Statement = Statement::scanning(
    c"WITH RECURSIVE chain (dataset) AS (
          SELECT $2
          UNION
          SELECT r.dataset FROM chain f
            JOIN member.retired_dataset r ON r.successor OPERATOR(pg_catalog.=) f.dataset)
      SELECT j.id, j.at, j.call, j.dataset, j.source_dataset, j.plan, j.inverse, j.undone_by, j.address_ids
        FROM member.journal j
       WHERE j.address_ids OPERATOR(pg_catalog.@>) ARRAY[$1]
          OR j.dataset OPERATOR(pg_catalog.=) ANY (SELECT dataset FROM chain)
          OR j.source_dataset OPERATOR(pg_catalog.=) ANY (SELECT dataset FROM chain)
       ORDER BY j.id",
    &[INT8OID, INT8OID],
);

/// Every row that names a head, its body, or a body that was merged into that one; oldest first.
pub fn history<'s>(session: &'s Session, head: i64, dataset: Option<i64>) -> Rows<'s> {
    session.run(&HISTORY, &[head.into(), dataset.into()])
}

/// The columns of a row of [`history`].
pub fn columns(row: &Row) -> [Arg; 9] {
    std::array::from_fn(|_| row.arg())
}

/// A row that names a person.
pub struct Naming<'s> {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: i64,
    /// Which call.
    pub call: &'s str,
    /// The body that received.
    pub dataset: i64,
    /// The body that gave, if any.
    pub source: Option<i64>,
    /// Its steps, as jsonb.
    pub plan: &'s [u8],
    /// The steps that undo it, as jsonb.
    pub inverse: &'s [u8],
    /// The row that undid it.
    pub undone_by: Option<i64>,
}

static NAMING: Statement = Statement::scanning(
    c"SELECT id, at, call, dataset, source_dataset, plan, inverse, undone_by FROM member.journal
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) OR source_dataset OPERATOR(pg_catalog.=) ANY ($1)
          OR address_ids OPERATOR(pg_catalog.&&) $2
       ORDER BY id",
    &[INT8ARRAYOID, INT8ARRAYOID],
);

/// The rows that name these bodies or heads, oldest first.
pub fn naming<'s>(session: &'s Session, datasets: &[i64], heads: &[i64]) -> Vec<Naming<'s>> {
    let rows = session.run(&NAMING, &[Arg::bigints(datasets), Arg::bigints(heads)]);
    let naming = rows.iter().map(|row| Naming {
        id: row.bigint().unwrap_or_default(),
        at: row.bigint().unwrap_or_default(),
        call: row.text().unwrap_or_default(),
        dataset: row.bigint().unwrap_or_default(),
        source: row.bigint(),
        plan: row.jsonb().unwrap_or_default(),
        inverse: row.jsonb().unwrap_or_default(),
        undone_by: row.bigint(),
    });
    naming.collect()
}

static BLANK: Statement = Statement::scanning(
    c"UPDATE member.journal SET inverse = 'null'
       WHERE dataset OPERATOR(pg_catalog.=) ANY ($1) OR source_dataset OPERATOR(pg_catalog.=) ANY ($1)
          OR address_ids OPERATOR(pg_catalog.&&) $2
          OR pg_catalog.lower(inverse::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $3
      RETURNING id",
    &[INT8ARRAYOID, INT8ARRAYOID, TEXTOID],
);

/// Takes the way back from the rows that name these bodies or heads, or hold a text that names them. Steps stay: they
/// are numbers. Gives the numbers of the rows.
pub fn blank(session: &Session, datasets: &[i64], heads: &[i64], mentions: Option<&str>) -> Vec<i64> {
    let rows = session.run(&BLANK, &[Arg::bigints(datasets), Arg::bigints(heads), mentions.into()]);
    rows.iter().filter_map(|row| row.bigint()).collect()
}
