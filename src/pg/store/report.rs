//! `member.report` and `report_row`: answers in rows, kept with the tracks that made them (members.md 4.3).

use crate::domain::json;
use crate::domain::report::Report;
use crate::pg::append::append as append_rows;
use crate::pg::spi::{Arg, Query, Row, Session, Statement};
use crate::pg::store::sequence::{self, relation};
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TEXTOID, TIMESTAMPTZOID};

/// A report that is to be made.
pub struct New<'a> {
    /// The track that it goes with; none where a call keeps it by itself.
    pub track: Option<i64>,
    /// The call that it is of.
    pub name: &'a str,
    /// The names of its columns, as a jsonb list.
    pub columns: &'a [u8],
}

/// Writes a report without rows; gives its number.
pub fn create(new: &New, at: i64) -> i64 {
    let id = sequence::next_report_id();
    let row = [id.into(), new.track.into(), Arg::instant(at), new.name.into(), Arg::jsonb(new.columns), 0_i64.into()];
    append_rows(relation(c"report"), [row]);
    id
}

/// A row that is to be written.
pub struct Line {
    /// The identifier that it is about, which it is erased with.
    pub address_id: Option<i64>,
    /// Its values in the order of the columns, as a jsonb list.
    pub row: Vec<u8>,
}

static COUNT: Statement = Statement::new(
    c"UPDATE member.report SET rows = rows OPERATOR(pg_catalog.+) $2 WHERE id OPERATOR(pg_catalog.=) $1 RETURNING rows",
    &[INT8OID, INT8OID],
);

/// Adds rows behind those that a report has; gives how many it has then, none where there is no such report.
pub fn append(session: &Session, report: i64, lines: &[Line]) -> Option<i64> {
    let more = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    // Who adds to it at the same time waits for this transaction: the numbers have no gaps.
    let rows = session.run(&COUNT, &[report.into(), more.into()]).first()?.bigint()?;
    let numbered = lines.iter().zip(rows - more + 1..);
    append_rows(
        relation(c"report_row"),
        numbered.map(|(line, n)| [report.into(), n.into(), line.address_id.into(), Arg::jsonb(&line.row)]),
    );
    Some(rows)
}

static FIND: Statement = Statement::new(
    c"SELECT id, track, created_at, name, columns, rows FROM member.report WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The report of this number.
pub fn find(session: &Session, id: i64) -> Option<Report<'_>> {
    session.run(&FIND, &[id.into()]).first().and_then(|row| report_of(&row))
}

fn report_of<'s>(row: &Row<'s>) -> Option<Report<'s>> {
    Some(Report {
        id: row.bigint().unwrap_or_default(),
        track: row.bigint(),
        dt: row.bigint().unwrap_or_default(),
        name: row.text().unwrap_or_default(),
        columns: json::root(row.jsonb()?).ok()?.as_array()?,
        rows: row.bigint().unwrap_or_default(),
    })
}

/// The query for the rows of a report, by their numbers.
pub fn all(report: i64) -> Query {
    let mut query = Query::default();
    let report = query.bind(INT8OID, report);
    query.push(&format!(
        "SELECT r.n, r.\"row\" FROM member.report_row r WHERE r.report OPERATOR(pg_catalog.=) {report} ORDER BY r.n"
    ));
    query
}

static NEXT: Statement = Statement::new(
    c"SELECT r.n, r.\"row\" FROM member.report_row r
       WHERE r.report OPERATOR(pg_catalog.=) $1 AND r.n OPERATOR(pg_catalog.>) $2 ORDER BY r.n LIMIT $3",
    &[INT8OID, INT8OID, INT8OID],
);

/// The next rows of a report behind a number: each with its own, as a jsonb list.
pub fn next(session: &Session, report: i64, behind: i64, limit: i64) -> Vec<(i64, &[u8])> {
    let rows = session.run(&NEXT, &[report.into(), behind.into(), limit.into()]);
    rows.iter().map(|row| (row.bigint().unwrap_or_default(), row.jsonb().unwrap_or_default())).collect()
}

static DELETE: Statement = Statement::new(
    c"WITH rows AS (DELETE FROM member.report_row WHERE report OPERATOR(pg_catalog.=) $1)
      DELETE FROM member.report WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Deletes a report. Whether it was there.
pub fn delete(session: &Session, id: i64) -> bool {
    session.run(&DELETE, &[id.into()]).processed() > 0
}

static FORGET: Statement = Statement::scanning(
    c"WITH gone AS (
          DELETE FROM member.report r
           WHERE r.created_at OPERATOR(pg_catalog.<) $1
             AND NOT EXISTS (SELECT FROM member.track t WHERE t.id OPERATOR(pg_catalog.=) r.track)
          RETURNING r.id)
      DELETE FROM member.report_row w WHERE w.report OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT g.id FROM gone g))",
    &[TIMESTAMPTZOID],
);

/// Deletes reports made before an instant whose tracks are forgotten.
pub fn forget(session: &Session, before: i64) {
    session.run(&FORGET, &[Arg::instant(before)]);
}

static NAMING: Statement = Statement::scanning(
    c"SELECT w.report, w.n, w.\"row\" FROM member.report_row w
       WHERE w.address_id OPERATOR(pg_catalog.=) ANY ($1)
          OR pg_catalog.lower(w.\"row\"::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $2
       ORDER BY w.report, w.n",
    &[INT8ARRAYOID, TEXTOID],
);

/// Every row about these identifiers, or that names one of them: report, number, values as jsonb.
pub fn naming<'s>(session: &'s Session, ids: &[i64], mentions: Option<&str>) -> Vec<(i64, i64, &'s [u8])> {
    let rows = session.run(&NAMING, &[Arg::bigints(ids), mentions.into()]);
    let naming = rows.iter().map(|row| {
        (row.bigint().unwrap_or_default(), row.bigint().unwrap_or_default(), row.jsonb().unwrap_or_default())
    });
    naming.collect()
}

static BLANK: Statement = Statement::scanning(
    c"UPDATE member.report_row w SET address_id = NULL, \"row\" = '[]'
       WHERE w.address_id OPERATOR(pg_catalog.=) ANY ($1)
          OR pg_catalog.lower(w.\"row\"::pg_catalog.text COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.~) $2",
    &[INT8ARRAYOID, TEXTOID],
);

/// Empties those rows. How many.
pub fn blank(session: &Session, ids: &[i64], mentions: Option<&str>) -> u64 {
    session.run(&BLANK, &[Arg::bigints(ids), mentions.into()]).processed()
}
