//! `member.hook`: action hooks and their settings, secrets included.

use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::event_log::{Home, home_of};
use crate::pg::store::sequence;
use pgrx::pg_sys::{BOOLOID, INT4OID, INT8OID, JSONBOID, OIDOID, TEXTOID, TIMESTAMPTZOID};

/// Why a hook waits in a copy of the database that it was told to send in.
pub const COPIED: &str = "copied";
/// Why a hook waits that somebody stopped.
pub const PAUSED: &str = "paused";

/// A hook as it is kept.
pub struct Kept<'s> {
    /// Its number.
    pub id: i64,
    /// Grows with each change.
    pub revision: i64,
    /// Whether it sends.
    pub active: bool,
    /// Why it does not.
    pub reason: Option<&'s str>,
    /// Where somebody said that it shall send.
    pub home: Home,
    /// The position that it began behind.
    pub since: i64,
    /// When somebody had it send.
    pub begun_at: i64,
    /// Its settings, as jsonb.
    pub settings: &'s [u8],
}

impl<'s> Kept<'s> {
    /// Why it does not send here; nothing if it does. One that was told to send elsewhere waits for hook_resume: two
    /// copies that send would tell everything twice.
    pub fn held_by(&self) -> Option<&'s str> {
        match self.active {
            true => (self.home != Home::here()).then_some(COPIED),
            false => Some(self.reason.unwrap_or(PAUSED)),
        }
    }
}

fn kept<'s>(row: &Row<'s>) -> Kept<'s> {
    Kept {
        id: row.bigint().unwrap_or_default(),
        revision: row.bigint().unwrap_or_default(),
        active: row.truth(),
        reason: row.text(),
        home: home_of(row),
        since: row.bigint().unwrap_or_default(),
        begun_at: row.bigint().unwrap_or_default(),
        settings: row.jsonb().unwrap_or_default(),
    }
}

static FIND: Statement = Statement::new(
    c"SELECT id, revision, active, reason, system_id, database, since, begun_at, settings
        FROM member.hook WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The hook of this number.
pub fn find(session: &Session, id: i64) -> Option<Kept<'_>> {
    session.run(&FIND, &[id.into()]).first().map(|row| kept(&row))
}

static LIST: Statement = Statement::scanning(
    c"SELECT id, revision, active, reason, system_id, database, since, begun_at, settings FROM member.hook ORDER BY id",
    &[],
);

/// Every hook, by number.
pub fn list(session: &Session) -> Vec<Kept<'_>> {
    session.run(&LIST, &[]).iter().map(|row| kept(&row)).collect()
}

static WANTS_CONTENT: Statement = Statement::scanning(
    c"SELECT EXISTS (SELECT FROM member.hook
                      WHERE active AND settings OPERATOR(pg_catalog.@>) '{\"with_content\": true}'::pg_catalog.jsonb)",
    &[],
);

/// Whether an active hook tells what messages said.
pub fn wants_content(session: &Session) -> bool {
    session.run(&WANTS_CONTENT, &[]).first().is_some_and(|row| row.truth())
}

static WANTED: Statement = Statement::scanning(
    c"SELECT DISTINCT e.code
        FROM member.hook h,
             pg_catalog.jsonb_array_elements_text(h.settings OPERATOR(pg_catalog.->) 'events') AS e (code)
       WHERE h.active",
    &[],
);

/// The codes of the events that active hooks take.
pub fn wanted(session: &Session) -> Vec<String> {
    session.run(&WANTED, &[]).iter().filter_map(|row| row.text().map(str::to_owned)).collect()
}

static REVISIONS: Statement = Statement::scanning(c"SELECT id, revision FROM member.hook", &[]);

/// The number and revision of every hook: what workers compare to notice a change.
pub fn revisions(session: &Session) -> Vec<(i64, i64)> {
    session.run(&REVISIONS, &[]).pairs()
}

/// A change of a hook, by whoever says that it shall send here, or why not.
pub struct Change<'a> {
    /// The revision that it gets by it.
    pub revision: i64,
    /// Why it does not send; nothing if it does.
    pub reason: Option<&'a str>,
    /// When.
    pub at: i64,
}

impl Change<'_> {
    /// The first parameters of the statements that write it; new settings are the last of them.
    fn args(&self, id: i64, settings: Option<&[u8]>) -> [Arg; 8] {
        let home = Home::here();
        [
            id.into(),
            self.revision.into(),
            self.reason.is_none().into(),
            self.reason.into(),
            Arg::instant(self.at),
            home.system.into(),
            Arg::datum(home.database.into()),
            settings.map_or(Arg::NULL, Arg::jsonb),
        ]
    }
}

static CREATE: Statement = Statement::new(
    c"INSERT INTO member.hook
             (id, revision, active, reason, since, born, created_at, changed_at, begun_at, system_id, database, settings,
              life)
      VALUES ($1, $2, $3, $4,
              (SELECT COALESCE(pg_catalog.max(s.next_pos), 1) OPERATOR(pg_catalog.-) 1 FROM member.event_seen s),
              pg_catalog.pg_current_snapshot(), $5, $5, $5, $6, $7, $8, $9)",
    &[INT8OID, INT8OID, BOOLOID, TEXTOID, TIMESTAMPTZOID, INT8OID, OIDOID, JSONBOID, INT4OID],
);

/// Writes a new hook, which takes what is committed after it; with a reason, one that does not send yet.
pub fn create(session: &Session, id: i64, settings: &[u8], change: &Change) {
    let args = [change.args(id, Some(settings)).as_slice(), &[sequence::event_life().into()]].concat();
    session.run(&CREATE, &args);
}

static CHANGE: Statement = Statement::new(
    c"UPDATE member.hook
         SET revision = $2, active = $3, reason = $4, changed_at = $5, system_id = $6, database = $7,
             settings = COALESCE($8, settings),
             begun_at = CASE WHEN $3 AND NOT active THEN $5 ELSE begun_at END,
             life = CASE WHEN system_id OPERATOR(pg_catalog.=) $6 AND database OPERATOR(pg_catalog.=) $7
                         THEN life ELSE 0 END
       WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID, INT8OID, BOOLOID, TEXTOID, TIMESTAMPTZOID, INT8OID, OIDOID, JSONBOID],
);

/// Starts or stops a hook, with new settings or those that it has; whether it is there. One that comes from elsewhere
/// forgets the snapshot that it was made with: transactions have other numbers here.
pub fn change(session: &Session, id: i64, settings: Option<&[u8]>, change: &Change) -> bool {
    session.run(&CHANGE, &change.args(id, settings)).processed() == 1
}

static TOUCH: Statement =
    Statement::new(c"UPDATE member.hook SET revision = $2 WHERE id OPERATOR(pg_catalog.=) $1", &[INT8OID, INT8OID]);

/// Gives a hook a new revision: its dispatcher reads its batches anew.
pub fn touch(session: &Session, id: i64, revision: i64) {
    session.run(&TOUCH, &[id.into(), revision.into()]);
}

static STOP_COPIES: Statement = Statement::scanning(
    c"UPDATE member.hook SET revision = pg_catalog.nextval('member.hook_revision'), active = false, reason = $1
       WHERE active AND NOT (system_id OPERATOR(pg_catalog.=) $2 AND database OPERATOR(pg_catalog.=) $3)",
    &[TEXTOID, INT8OID, OIDOID],
);

/// Stops every hook that was told to send somewhere else than here.
pub fn stop_copies(session: &Session, home: Home) {
    session.run(&STOP_COPIES, &[COPIED.into(), home.system.into(), Arg::datum(home.database.into())]);
}

static DELETE: Statement = Statement::new(
    c"WITH one AS (DELETE FROM member.hook_batch WHERE hook OPERATOR(pg_catalog.=) $1), two AS (
          DELETE FROM member.hook_outcome WHERE hook OPERATOR(pg_catalog.=) $1), three AS (
          DELETE FROM member.hook_attempt WHERE hook OPERATOR(pg_catalog.=) $1)
      DELETE FROM member.hook WHERE id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// Deletes a hook and all that it did; whether it was there.
pub fn delete(session: &Session, id: i64) -> bool {
    session.run(&DELETE, &[id.into()]).processed() == 1
}
