//! `member.sequence`: sequences and their settings; `member.sequence_place` and `member.sequence_loss`: how far in the log
//! they are, and what they did not come to.

use crate::pg::append::append;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::sequence::{self, relation};
use pgrx::pg_sys::{BOOLOID, INT4OID, INT8OID, JSONBOID, TIMESTAMPTZOID};

/// A sequence as it is kept.
pub struct Kept<'s> {
    /// Its number.
    pub id: i64,
    /// Grows with each change.
    pub revision: i64,
    /// The position behind which it takes events.
    pub since: i64,
    /// What was committed when it became active, as the server writes snapshots.
    pub born: &'s str,
    /// The life whose transactions that names.
    pub life: i32,
    /// Its settings, as jsonb.
    pub settings: &'s [u8],
}

fn kept<'s>(row: &Row<'s>) -> Kept<'s> {
    Kept {
        id: row.bigint().unwrap_or_default(),
        revision: row.bigint().unwrap_or_default(),
        since: row.bigint().unwrap_or_default(),
        born: row.text().unwrap_or_default(),
        life: row.integer().unwrap_or_default(),
        settings: row.jsonb().unwrap_or_default(),
    }
}

static FIND: Statement = Statement::new(
    c"SELECT id, revision, since, born::pg_catalog.text, life, settings
        FROM member.sequence WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The sequence of this number.
pub fn find(session: &Session, id: i64) -> Option<Kept<'_>> {
    session.run(&FIND, &[id.into()]).first().map(|row| kept(&row))
}

static LIST: Statement = Statement::scanning(
    c"SELECT id, revision, since, born::pg_catalog.text, life, settings FROM member.sequence ORDER BY id",
    &[],
);

/// Every sequence, by number.
pub fn list(session: &Session) -> Vec<Kept<'_>> {
    session.run(&LIST, &[]).iter().map(|row| kept(&row)).collect()
}

static REVISIONS: Statement = Statement::scanning(c"SELECT id, revision FROM member.sequence ORDER BY id", &[]);

/// The number and revision of every sequence: what the dispatcher compares to notice a change.
pub fn revisions(session: &Session) -> Vec<(i64, i64)> {
    session.run(&REVISIONS, &[]).pairs()
}

static WRITE: Statement = Statement::new(
    c"INSERT INTO member.sequence AS s (id, revision, since, born, life, created_at, changed_at, settings)
      SELECT $1, $2, COALESCE(pg_catalog.max(e.next_pos), 1) OPERATOR(pg_catalog.-) 1,
             pg_catalog.pg_current_snapshot(), $3, $4, $4, $5
        FROM member.event_seen e
      ON CONFLICT (id) DO UPDATE
         SET revision = $2, changed_at = $4, settings = $5,
             since = CASE WHEN $6 THEN excluded.since ELSE s.since END,
             born = CASE WHEN $6 THEN excluded.born ELSE s.born END,
             life = CASE WHEN $6 THEN excluded.life ELSE s.life END",
    &[INT8OID, INT8OID, INT4OID, TIMESTAMPTZOID, JSONBOID, BOOLOID],
);

/// Writes a sequence, new or changed. A new one, and one that `begins` again, takes what is committed after this.
pub fn write(session: &Session, id: i64, settings: &[u8], begins: bool, at: i64) {
    let args = [
        id.into(),
        sequence::next_sequence_revision().into(),
        sequence::event_life().into(),
        Arg::instant(at),
        Arg::jsonb(settings),
        begins.into(),
    ];
    session.run(&WRITE, &args);
}

static DELETE: Statement =
    Statement::new(c"DELETE FROM member.sequence WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Deletes a sequence; its passages end at their next step. Whether it was there.
pub fn delete(session: &Session, id: i64) -> bool {
    session.run(&DELETE, &[id.into()]).processed() == 1
}

static PLACE: Statement = Statement::new(c"SELECT pg_catalog.max(pos) FROM member.sequence_place", &[]);

/// Up to which position every event has started what it starts.
pub fn place(session: &Session) -> Option<i64> {
    session.run(&PLACE, &[]).first().and_then(|row| row.bigint())
}

/// Notes that place, further than any before.
pub fn note_place(pos: i64, at: i64) {
    append(relation(c"sequence_place"), [[pos.into(), Arg::instant(at)]]);
}

static FORGET_PLACES: Statement =
    Statement::new(c"DELETE FROM member.sequence_place WHERE pos OPERATOR(pg_catalog.<) $1", &[INT8OID]);

/// Deletes places before one.
pub fn forget_places(session: &Session, before: i64) {
    session.run(&FORGET_PLACES, &[before.into()]);
}

/// Notes that the events from one position to another were lost.
pub fn note_loss(first: i64, last: i64, at: i64) {
    append(relation(c"sequence_loss"), [[first.into(), last.into(), Arg::instant(at)]]);
}
