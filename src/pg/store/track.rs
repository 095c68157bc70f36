//! `member.track`: asynchronous calls. A track is held by the one worker whose number stands in its row; the row of a
//! worker that died is released when another of that number starts.

use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use crate::domain::track::{Status, Track};
use crate::pg::append::append;
use crate::pg::guc;
use crate::pg::spi::{Arg, Query, Row, Session, Statement};
use crate::pg::store::sequence::{self, relation};
use pgrx::pg_sys::{self, INT2OID, INT4OID, INT8OID, JSONBOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};

/// A track that is to be made.
pub struct New<'a> {
    /// The call.
    pub action: &'a str,
    /// What the caller wrote beside it.
    pub info: Option<&'a str>,
    /// What is to be done, as jsonb.
    pub request: &'a [u8],
    /// How much that is, if it is known.
    pub total: Option<i64>,
}

/// Writes a track, with the settings of the session that its parts have too; gives its number. Workers see it when the
/// transaction commits. Errors: `error/json/limit`.
pub fn create(new: &New, at: i64) -> Result<i64> {
    let settings = guc::of_session().map(|(name, value)| (name, Node::from(value)));
    let settings = json::encoded(&Node::object(settings))?;
    let id = sequence::next_track_id();
    // SAFETY: asks the transaction manager; the struct has one field.
    let xid = unsafe { pg_sys::GetTopFullTransactionId().value };
    let row = [
        id.into(),
        new.action.into(),
        Status::Accepted.code().into(),
        Arg::instant(at),
        Arg::instant(at),
        Arg::datum(xid.into()),
        sequence::event_life().into(),
        new.info.into(),
        Arg::NULL,
        Arg::NULL,
        0_i64.into(),
        new.total.into(),
        Arg::jsonb(new.request),
        Arg::NULL,
        Arg::NULL,
        Arg::NULL,
        0_i16.into(),
        false.into(),
        Arg::NULL,
        Arg::NULL,
        Arg::NULL,
        Arg::jsonb(&settings),
    ];
    append(relation(c"track"), [row]);
    Ok(id)
}

static FIND: Statement = Statement::new(
    c"SELECT id, action, status, created_at, status_at, info, error, error_info, done, total, result
        FROM member.track WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The track of this number.
pub fn find(session: &Session, id: i64) -> Option<Track<'_>> {
    session.run(&FIND, &[id.into()]).first().map(|row| track_of(&row))
}

fn track_of<'s>(row: &Row<'s>) -> Track<'s> {
    Track {
        id: row.bigint().unwrap_or_default(),
        action: row.text().unwrap_or_default(),
        status: row.integer().unwrap_or_default(),
        dt: row.bigint().unwrap_or_default(),
        dt_status: row.bigint().unwrap_or_default(),
        info: row.text(),
        error: row.text(),
        error_info: row.text(),
        done: row.bigint().unwrap_or_default(),
        total: row.bigint(),
        param: row.jsonb().and_then(|result| json::root(result).ok()),
    }
}

/// What a list of tracks begins with; conditions and an order over `t` follow.
pub const LISTED: &str = "SELECT t.id, t.action, t.status, t.created_at, t.status_at, t.info, t.error, t.error_info, t.done, t.total, t.result
        FROM member.track t";

/// The tracks that a query gives which begins with [`LISTED`].
pub fn list<'s>(session: &'s Session, query: &Query) -> Vec<Track<'s>> {
    session.query(query).iter().map(|row| track_of(&row)).collect()
}

static STATE: Statement = Statement::new(
    c"SELECT status, xid::pg_catalog.text::bigint FROM member.track WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The state of a track, and whether the present transaction made it.
pub fn state(session: &Session, id: i64) -> Option<(i32, bool)> {
    // SAFETY: asks the transaction manager; the struct has one field.
    let own = unsafe { pg_sys::GetTopFullTransactionIdIfAny().value };
    let row = session.run(&STATE, &[id.into()]).first()?;
    Some((row.integer()?, row.bigint()? as u64 == own))
}

static ARE_OPEN: Statement = Statement::new(
    c"SELECT EXISTS (SELECT FROM member.track
                      WHERE status OPERATOR(pg_catalog.>=) 0 AND life OPERATOR(pg_catalog.=) $1
                        AND xid OPERATOR(pg_catalog.<>) $2)",
    &[INT4OID, pg_sys::XID8OID],
);

/// Whether there are tracks of this life not at their end, but for those of the present transaction.
pub fn are_open(session: &Session) -> bool {
    // SAFETY: asks the transaction manager; the struct has one field.
    let own = unsafe { pg_sys::GetTopFullTransactionIdIfAny().value };
    let args = [sequence::event_life().into(), Arg::datum(own.into())];
    session.run(&ARE_OPEN, &args).first().is_some_and(|row| row.truth())
}

static WAITING: Statement = Statement::new(
    c"SELECT pg_catalog.count(*) FROM member.track
       WHERE status OPERATOR(pg_catalog.=) 0 AND action OPERATOR(pg_catalog.=) $1",
    &[TEXTOID],
);

/// How many tracks of a call wait for a worker.
pub fn waiting(session: &Session, action: &str) -> i64 {
    session.run(&WAITING, &[action.into()]).first().and_then(|row| row.bigint()).unwrap_or_default()
}

// Locks of rows go to whoever comes first when they are free, which would be the worker with its next chunk; these go in
// the order in which they were asked for.
static TURN: Statement =
    Statement::new(c"SELECT pg_catalog.pg_advisory_xact_lock(1886217065, pg_catalog.hashint8($1))", &[INT8OID]);

static STOP: Statement = Statement::new(
    c"UPDATE member.track
         SET is_stopping = true,
             status = CASE WHEN status OPERATOR(pg_catalog.=) 0 THEN $3 ELSE status END,
             status_at = CASE WHEN status OPERATOR(pg_catalog.=) 0 THEN $2 ELSE status_at END
       WHERE id OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.>=) 0",
    &[INT8OID, TIMESTAMPTZOID, INT4OID],
);

/// Stops a track: at once if it waits, else after its present chunk. One at its end stays as it is.
pub fn stop(session: &Session, id: i64, at: i64) {
    session.run(&TURN, &[id.into()]);
    session.run(&STOP, &[id.into(), Arg::instant(at), Status::Stopped.code().into()]);
}

// A track that is committed late has a smaller number than one that runs: who looks must see what the others have taken.
static CLAIMING: Statement = Statement::new(c"SELECT pg_catalog.pg_advisory_xact_lock(1886217066, 0)", &[]);

static CLAIM: Statement = Statement::new(
    c"UPDATE member.track t
         SET status = 1, status_at = $2, begun_at = COALESCE(t.begun_at, $2), worker = $1, tries = t.tries OPERATOR(pg_catalog.+) 1::smallint,
             not_before = NULL
       WHERE t.id OPERATOR(pg_catalog.=) (
             SELECT w.id FROM member.track w
              WHERE w.status OPERATOR(pg_catalog.=) 0 AND w.life OPERATOR(pg_catalog.=) $4
                AND (w.not_before OPERATOR(pg_catalog.<=) $2) IS NOT FALSE
                AND (w.action OPERATOR(pg_catalog.<>) ALL ($3) OR NOT EXISTS (
                        SELECT FROM member.track r
                         WHERE r.status OPERATOR(pg_catalog.>=) 0 AND r.action OPERATOR(pg_catalog.=) w.action
                           AND (r.status OPERATOR(pg_catalog.>) 0 OR r.id OPERATOR(pg_catalog.<) w.id)))
              ORDER BY w.id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING t.id, t.tries",
    &[INT2OID, TIMESTAMPTZOID, TEXTARRAYOID, INT4OID],
);

/// Takes the oldest track that waits and is not to be left alone for now; of the calls in `alone`, one at a time. Gives its number and how often it was taken
/// since it last got on.
pub fn claim(session: &Session, worker: i16, alone: &[&str], at: i64) -> Option<(i64, i16)> {
    let life = sequence::event_life();
    session.run(&CLAIMING, &[]);
    let rows = session.run(&CLAIM, &[worker.into(), Arg::instant(at), Arg::texts(alone), life.into()]);
    rows.first().and_then(|row| row.bigint().zip(row.smallint()))
}

static RELEASE: Statement = Statement::new(
    c"UPDATE member.track SET status = 0, status_at = $3, worker = NULL
       WHERE status OPERATOR(pg_catalog.>) 0
         AND (worker OPERATOR(pg_catalog.=) $1 OR worker OPERATOR(pg_catalog.>=) $2)",
    &[INT2OID, INT2OID, TIMESTAMPTZOID],
);

/// Gives back what a worker held that had this number before, and those whose number nobody has now.
pub fn release(session: &Session, worker: i16, workers: i16, at: i64) {
    session.run(&RELEASE, &[worker.into(), workers.into(), Arg::instant(at)]);
}

/// A track at work.
pub struct Held<'s> {
    /// The call.
    pub action: &'s str,
    /// What is to be done, as jsonb.
    pub request: &'s [u8],
    /// Where the work is, as jsonb; none at the beginning.
    pub state: Option<&'s [u8]>,
    /// How much is done.
    pub done: i64,
    /// Whether it is to stop.
    pub is_stopping: bool,
}

static HOLD: Statement = Statement::new(
    c"SELECT action, request, state, done, is_stopping FROM member.track
       WHERE id OPERATOR(pg_catalog.=) $1 AND worker OPERATOR(pg_catalog.=) $2 AND status OPERATOR(pg_catalog.>) 0
         FOR UPDATE",
    &[INT8OID, INT2OID],
);

/// Locks a track that this worker holds, after whoever wants to stop it.
pub fn hold(session: &Session, id: i64, worker: i16) -> Option<Held<'_>> {
    session.run(&TURN, &[id.into()]);
    session.run(&HOLD, &[id.into(), worker.into()]).first().map(|row| Held {
        action: row.text().unwrap_or_default(),
        request: row.jsonb().unwrap_or_default(),
        state: row.jsonb(),
        done: row.bigint().unwrap_or_default(),
        is_stopping: row.truth(),
    })
}

static SETTLE: Statement = Statement::new(
    c"SELECT pg_catalog.set_config(pg_catalog.concat('pg_member.', s.key), s.value, true)
        FROM member.track t, LATERAL pg_catalog.jsonb_each_text(t.settings) s
       WHERE t.id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Has the settings of a track's session hold until the transaction ends.
pub fn settle(session: &Session, id: i64) {
    session.run(&SETTLE, &[id.into()]);
}

static GIVE_BACK: Statement = Statement::new(
    c"UPDATE member.track SET status = 0, worker = NULL, tries = 0, state = $2, not_before = $3
       WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID, JSONBOID, TIMESTAMPTZOID],
);

/// Gives back a track that waits for the world outside, with where it is, as jsonb: nobody looks after it before that instant.
pub fn give_back(session: &Session, id: i64, state: &[u8], not_before: i64) {
    session.run(&GIVE_BACK, &[id.into(), Arg::jsonb(state), Arg::instant(not_before)]);
}

static IS_STOPPING: Statement =
    Statement::new(c"SELECT is_stopping FROM member.track WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID]);

/// Whether somebody asked for the end of a track.
pub fn is_stopping(session: &Session, id: i64) -> bool {
    session.run(&IS_STOPPING, &[id.into()]).first().is_some_and(|row| row.truth())
}

static ADVANCE: Statement = Statement::new(
    c"UPDATE member.track SET done = $2, total = COALESCE($3, total), state = $4, tries = 0 WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID, INT8OID, INT8OID, JSONBOID],
);

/// Notes how far a track is, in the transaction that did the work.
pub fn advance(session: &Session, id: i64, done: i64, total: Option<i64>, state: &[u8]) {
    session.run(&ADVANCE, &[id.into(), done.into(), total.into(), Arg::jsonb(state)]);
}

static TELL: Statement = Statement::new(
    c"UPDATE member.track SET phase = COALESCE($2, phase), total = COALESCE($3, total), result = COALESCE($4, result)
       WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID, TEXTOID, INT8OID, JSONBOID],
);

/// What a track tells of itself while it runs; what is none stays as it was.
#[derive(Default)]
pub struct Telling<'a> {
    /// What it is doing, in words.
    pub phase: Option<&'a str>,
    /// How much there is to do.
    pub total: Option<i64>,
    /// What its answer is so far, as jsonb.
    pub result: Option<&'a [u8]>,
}

/// Notes what a track tells of itself, in the transaction of its present part.
pub fn tell(session: &Session, id: i64, telling: &Telling) {
    let args = [id.into(), telling.phase.into(), telling.total.into(), telling.result.map_or(Arg::NULL, Arg::jsonb)];
    session.run(&TELL, &args);
}

static END: Statement = Statement::new(
    c"UPDATE member.track
         SET status = $2, status_at = $3, done = COALESCE($4, done), result = COALESCE($5, result), error = $6,
             error_info = $7, worker = NULL, state = NULL
       WHERE id OPERATOR(pg_catalog.=) $1 AND status OPERATOR(pg_catalog.>=) 0",
    &[INT8OID, INT4OID, TIMESTAMPTZOID, INT8OID, JSONBOID, TEXTOID, TEXTOID],
);

/// How a track ended.
pub struct End<'a> {
    /// Its last state.
    pub status: Status,
    /// How much was done, if that changed.
    pub done: Option<i64>,
    /// The call's own answer, as jsonb.
    pub result: Option<&'a [u8]>,
    /// The id of an error and what was wrong.
    pub error: Option<(&'a str, &'a str)>,
}

/// Notes the end of a track.
pub fn end(session: &Session, id: i64, end: &End, at: i64) {
    let args = [
        id.into(),
        end.status.code().into(),
        Arg::instant(at),
        end.done.into(),
        end.result.map_or(Arg::NULL, Arg::jsonb),
        end.error.map(|(id, _)| id).into(),
        end.error.map(|(_, info)| info).into(),
    ];
    session.run(&END, &args);
}

static END_COPIES: Statement = Statement::scanning(
    c"UPDATE member.track SET status = $3, status_at = $2, error = 'copied', worker = NULL
       WHERE status OPERATOR(pg_catalog.>=) 0 AND life OPERATOR(pg_catalog.<>) $1",
    &[INT4OID, TIMESTAMPTZOID, INT4OID],
);

/// Stops the tracks of other lives: where they were made, they are done.
pub fn end_copies(session: &Session, life: i32, at: i64) {
    session.run(&END_COPIES, &[life.into(), Arg::instant(at), Status::Stopped.code().into()]);
}

static COUNTS: Statement =
    Statement::scanning(c"SELECT status, pg_catalog.count(*) FROM member.track GROUP BY status ORDER BY status", &[]);

/// How many tracks there are, by state.
pub fn counts(session: &Session) -> Vec<(&'static str, i64)> {
    let rows = session.run(&COUNTS, &[]);
    let counted: Vec<(i32, i64)> =
        rows.iter().map(|row| (row.integer().unwrap_or_default(), row.bigint().unwrap_or_default())).collect();
    let count = |status: Status| counted.iter().find(|(code, _)| *code == status.code()).map_or(0, |(_, count)| *count);
    Status::ALL.map(|status| (status.name(), count(status))).to_vec()
}

static FORGET: Statement = Statement::scanning(
    c"DELETE FROM member.track
       WHERE status OPERATOR(pg_catalog.<) 0 AND status_at OPERATOR(pg_catalog.<) $1",
    &[TIMESTAMPTZOID],
);

/// Deletes tracks that ended before an instant.
pub fn forget(session: &Session, before: i64) {
    session.run(&FORGET, &[Arg::instant(before)]);
}
