//! `member.passage`, `member.passage_data`, `member.passage_end`: ways of people through sequences. Beginnings and ends
//! are appended.

use crate::pg::append::append;
use crate::pg::spi::{Arg, Session, Statement};
use crate::pg::store::sequence::relation;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, JSONBOID, TEXTARRAYOID, TIMESTAMPTZOID};

/// A passage that begins.
#[derive(Clone, Copy, Debug)]
pub struct New {
    /// Its number.
    pub id: i64,
    /// The sequence.
    pub sequence: i64,
    /// The body of its identifier.
    pub dataset: i64,
    /// The identifier.
    pub address_id: i64,
    /// The event that starts it; 0 for a call.
    pub event: i64,
}

/// Writes passages that begin at an instant.
pub fn write(passages: &[New], at: i64) {
    let rows = passages.iter().map(|new| {
        [
            new.id.into(),
            new.sequence.into(),
            new.dataset.into(),
            new.address_id.into(),
            Arg::instant(at),
            new.event.into(),
        ]
    });
    append(relation(c"passage"), rows);
}

static STOP: Statement = Statement::new(
    c"WITH open AS (
          SELECT h.dataset, p.id
            FROM member.head h JOIN member.passage p ON p.address_id OPERATOR(pg_catalog.=) h.id
           WHERE h.dataset OPERATOR(pg_catalog.=) ANY ($1) AND p.sequence OPERATOR(pg_catalog.=) ANY ($2)
             AND NOT EXISTS (SELECT FROM member.passage_end e WHERE e.passage OPERATOR(pg_catalog.=) p.id)), ended AS (
          INSERT INTO member.passage_end (passage, at, reason) SELECT o.id, $3, 'stopped' FROM open o)
      SELECT DISTINCT o.dataset FROM open o",
    &[INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID],
);

/// Ends all passages of the heads of these bodies through these sequences; the bodies that had one.
pub fn stop(session: &Session, datasets: &[i64], sequences: &[i64], at: i64) -> Vec<i64> {
    let args = [Arg::bigints(datasets), Arg::bigints(sequences), Arg::instant(at)];
    session.run(&STOP, &args).iter().filter_map(|row| row.bigint()).collect()
}

/// Where a passage is whose run is about to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on.
    Open,
    /// It has ended before.
    Ended,
    /// It ends now: its head, or its sequence, is not there any more.
    Ends(&'static str),
}

// A head that came later is another subscriber's.
static STANDING: Statement = Statement::new(
    c"SELECT n.id, p.id IS NULL OR EXISTS (
             SELECT FROM member.passage_end e WHERE e.passage OPERATOR(pg_catalog.=) n.id),
             EXISTS (SELECT FROM member.sequence s WHERE s.id OPERATOR(pg_catalog.=) p.sequence), h.id IS NOT NULL
        FROM pg_catalog.unnest($1) AS n (id)
        LEFT JOIN member.passage p ON p.id OPERATOR(pg_catalog.=) n.id
        LEFT JOIN member.address a ON a.id OPERATOR(pg_catalog.=) p.address_id
        LEFT JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) a.dataset AND h.id OPERATOR(pg_catalog.=) a.id
                               AND h.enter_time OPERATOR(pg_catalog.<=) p.started_at",
    &[INT8ARRAYOID],
);

/// Where these passages are.
pub fn standing(session: &Session, passages: &[i64]) -> Vec<(i64, Standing)> {
    let rows = session.run(&STANDING, &[Arg::bigints(passages)]);
    let standing = rows.iter().map(|row| {
        let id = row.bigint().unwrap_or_default();
        let (has_ended, has_sequence, has_head) = (row.truth(), row.truth(), row.truth());
        let standing = match (has_ended, has_sequence, has_head) {
            (true, ..) => Standing::Ended,
            (_, false, _) => Standing::Ends("deleted"),
            (_, _, false) => Standing::Ends("gone"),
            _ => Standing::Open,
        };
        (id, standing)
    });
    standing.collect()
}

/// Notes that passages end for these reasons.
pub fn end(ends: &[(i64, &str)], at: i64) {
    append(
        relation(c"passage_end"),
        ends.iter().map(|(id, reason)| [(*id).into(), Arg::instant(at), (*reason).into()]),
    );
}

static FINISH: Statement = Statement::new(
    c"INSERT INTO member.passage_end (passage, at, reason)
      SELECT n.id, $3, n.reason
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS n (id, reason)
       WHERE NOT EXISTS (SELECT FROM member.passage_end e WHERE e.passage OPERATOR(pg_catalog.=) n.id)
         AND EXISTS (SELECT FROM member.passage p WHERE p.id OPERATOR(pg_catalog.=) n.id)
         AND NOT EXISTS (SELECT FROM member.pipeline_run r
                          WHERE r.passage OPERATOR(pg_catalog.=) n.id AND r.passage OPERATOR(pg_catalog.<>) 0
                            AND NOT EXISTS (SELECT FROM member.run_outcome o WHERE o.run OPERATOR(pg_catalog.=) r.id))",
    &[INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID],
);

/// Ends those of these passages, a run of each of which has just ended, that have no other run: for the reason beside
/// them.
pub fn finish(session: &Session, ended: &[(i64, &str)], at: i64) {
    let (ids, reasons): (Vec<i64>, Vec<&str>) = ended.iter().copied().unzip();
    session.run(&FINISH, &[Arg::bigints(&ids), Arg::texts(&reasons), Arg::instant(at)]);
}

/// A passage as its runs and the calls on its data see it.
pub struct Kept<'s> {
    /// The sequence.
    pub sequence: i64,
    /// The identifier.
    pub address_id: i64,
    /// When it began.
    pub started_at: i64,
    /// Whether it has ended.
    pub has_ended: bool,
    /// What it keeps for itself, as jsonb.
    pub data: Option<&'s [u8]>,
}

static FIND: Statement = Statement::new(
    c"SELECT p.sequence, p.address_id, p.started_at,
             EXISTS (SELECT FROM member.passage_end e WHERE e.passage OPERATOR(pg_catalog.=) p.id), d.data
        FROM member.passage p LEFT JOIN member.passage_data d ON d.passage OPERATOR(pg_catalog.=) p.id
       WHERE p.id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The passage of this number.
pub fn find(session: &Session, id: i64) -> Option<Kept<'_>> {
    session.run(&FIND, &[id.into()]).first().map(|row| Kept {
        sequence: row.bigint().unwrap_or_default(),
        address_id: row.bigint().unwrap_or_default(),
        started_at: row.bigint().unwrap_or_default(),
        has_ended: row.truth(),
        data: row.jsonb(),
    })
}

static STORE: Statement = Statement::new(
    c"INSERT INTO member.passage_data (passage, data) VALUES ($1, $2)
      ON CONFLICT (passage) DO UPDATE SET data = $2",
    &[INT8OID, JSONBOID],
);

/// Writes what a passage keeps, under the lock of its person's body.
pub fn store(session: &Session, id: i64, data: &[u8]) {
    session.run(&STORE, &[id.into(), Arg::jsonb(data)]);
}

/// A passage, for whoever it is about.
pub struct Told<'s> {
    /// Its number.
    pub id: i64,
    /// The sequence.
    pub sequence: i64,
    /// The identifier.
    pub address_id: i64,
    /// When it began.
    pub started_at: i64,
    /// When and why it ended.
    pub end: Option<(i64, &'s str)>,
    /// What it keeps for itself, as jsonb.
    pub data: Option<&'s [u8]>,
}

static OF: Statement = Statement::new(
    c"SELECT m.passage, m.sequence, m.address_id, m.started_at, m.ended_at, m.reason, m.data
        FROM member.sequence_member m WHERE m.address_id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY m.passage",
    &[INT8ARRAYOID],
);

/// The passages of these identifiers, by number.
pub fn of<'s>(session: &'s Session, addresses: &[i64]) -> Vec<Told<'s>> {
    let rows = session.run(&OF, &[Arg::bigints(addresses)]);
    let told = rows.iter().map(|row| Told {
        id: row.bigint().unwrap_or_default(),
        sequence: row.bigint().unwrap_or_default(),
        address_id: row.bigint().unwrap_or_default(),
        started_at: row.bigint().unwrap_or_default(),
        end: row.bigint().zip(row.text()),
        data: row.jsonb(),
    });
    told.collect()
}

static ERASE: Statement = Statement::new(
    c"WITH gone AS (
          DELETE FROM member.passage p WHERE p.address_id OPERATOR(pg_catalog.=) ANY ($1) RETURNING p.id), ended AS (
          DELETE FROM member.passage_end e USING gone g WHERE e.passage OPERATOR(pg_catalog.=) g.id)
      DELETE FROM member.passage_data d USING gone g WHERE d.passage OPERATOR(pg_catalog.=) g.id",
    &[INT8ARRAYOID],
);

/// Deletes all passages of these identifiers.
pub fn erase(session: &Session, addresses: &[i64]) {
    session.run(&ERASE, &[Arg::bigints(addresses)]);
}

static FORGET: Statement = Statement::new(
    c"WITH old AS (
          SELECT p.id FROM member.passage p
           WHERE p.started_at OPERATOR(pg_catalog.<) $1
             AND EXISTS (SELECT FROM member.passage_end e
                          WHERE e.passage OPERATOR(pg_catalog.=) p.id AND e.at OPERATOR(pg_catalog.<) $1)
           ORDER BY p.started_at LIMIT $2), ended AS (
          DELETE FROM member.passage_end e USING old o WHERE e.passage OPERATOR(pg_catalog.=) o.id), kept AS (
          DELETE FROM member.passage_data d USING old o WHERE d.passage OPERATOR(pg_catalog.=) o.id)
      DELETE FROM member.passage p USING old o WHERE p.id OPERATOR(pg_catalog.=) o.id",
    &[TIMESTAMPTZOID, INT8OID],
);

/// Deletes passages that ended before an instant, so many at most.
pub fn forget(session: &Session, before: i64, limit: i64) {
    session.run(&FORGET, &[Arg::instant(before), limit.into()]);
}
