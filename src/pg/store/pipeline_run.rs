//! `member.pipeline_run`: runs that were asked for. Rows are appended; what became of a run is in `run_outcome`.

use crate::pg::append::append;
use crate::pg::fresh::{Column, Sight, Written};
use crate::pg::snapshot::Latest;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::event::transaction;
use crate::pg::store::sequence::{self, relation};
use crate::pg::worker::wake;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID, TIMESTAMPTZOID};

/// What is asked for: which pipeline, when, for whom, with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run<'a> {
    /// The channel whose pipeline it is.
    pub channel: i64,
    /// Which pipeline: `message`, `schedule`, `listener`, `moderate`, `stop`.
    pub kind: &'a str,
    /// The pipe where it enters; none is the first.
    pub entry: Option<i64>,
    /// Not before this, in the server's microseconds.
    pub run_at: Option<i64>,
    /// The run whose Scheduler asked for it.
    pub parent: Option<i64>,
    /// How many Schedulers stand between it and the first one.
    pub generation: i32,
    /// The launch; 0 for none.
    pub launch: i64,
    /// The message that it sends.
    pub send_message_id: Option<&'a str>,
    /// The identifier that it sends to; 0 for none.
    pub address_id: i64,
    /// The body of that identifier; 0 for none.
    pub dataset: i64,
    /// The passage of a sequence that started it; 0 for none.
    pub passage: i64,
    /// What `$in` and `$origin` are, as jsonb.
    pub input: &'a [u8],
    /// Its own `$template`, `$sender`, … by their names, as jsonb; those of a launch are with the launch.
    pub objects: Option<&'a [u8]>,
    /// The real address behind a substitute, sealed.
    pub sealed: Option<&'a [u8]>,
}

/// Asks for runs, in this order; gives the number of the last. They begin when the transaction has committed.
pub fn enqueue(runs: &[Run], at: i64) -> i64 {
    // First the transaction's number, then the life, as events do.
    let xid = transaction();
    let life = sequence::event_life();
    wake::at_commit();
    let mut last = 0;
    let rows = runs.iter().map(|run| {
        last = sequence::next_pipeline_run_id();
        [
            last.into(),
            life.into(),
            Arg::datum(xid),
            Arg::instant(at),
            run.channel.into(),
            run.kind.into(),
            run.entry.into(),
            run.run_at.map_or(Arg::NULL, Arg::instant),
            run.parent.into(),
            run.generation.into(),
            run.launch.into(),
            run.send_message_id.into(),
            run.address_id.into(),
            run.dataset.into(),
            run.passage.into(),
            Arg::jsonb(run.input),
            run.objects.map_or(Arg::NULL, Arg::jsonb),
            run.sealed.map_or(Arg::NULL, Arg::bytea),
        ]
    });
    append(relation(c"pipeline_run"), rows);
    last
}

/// A run that waits to be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The run.
    pub id: i64,
    /// Its channel.
    pub channel: i64,
    /// Not before this.
    pub run_at: Option<i64>,
    /// How often it was begun.
    pub tried: u32,
}

fn waiting(row: &Row) -> Waiting {
    Waiting {
        id: row.bigint().unwrap_or_default(),
        channel: row.bigint().unwrap_or_default(),
        run_at: row.bigint(),
        tried: row.bigint().and_then(|count| u32::try_from(count).ok()).unwrap_or_default(),
    }
}

static UNFINISHED: Statement = Statement::scanning(
    c"SELECT r.id, r.channel, r.run_at, COALESCE(c.tried, 0)
        FROM member.pipeline_run r
        LEFT JOIN (SELECT b.begun, pg_catalog.count(*) AS tried
                     FROM (SELECT pg_catalog.unnest(k.runs) AS begun FROM member.run_claim k) b
                    GROUP BY b.begun) c ON c.begun OPERATOR(pg_catalog.=) r.id
       WHERE NOT EXISTS (SELECT FROM member.run_outcome o WHERE o.run OPERATOR(pg_catalog.=) r.id)
       ORDER BY r.id",
    &[],
);

/// All runs that have not ended: for a worker that begins.
pub fn unfinished(session: &Session) -> Vec<Waiting> {
    session.run(&UNFINISHED, &[]).iter().map(|row| waiting(&row)).collect()
}

/// What can be seen of transactions now, as the server writes it.
pub fn snapshot() -> String {
    Sight::now(&Latest::take()).text
}

/// How many columns a run has.
const COLUMNS: usize = 18;

/// Runs that can be seen now and could not be in an earlier snapshot, by number, and the snapshot that shows them.
pub fn fresh(life: i32, seen: &str) -> Option<(Vec<Waiting>, String)> {
    let written =
        Written { table: relation(c"pipeline_run"), index: relation(c"pipeline_run_writer"), life: 2, xid: 3 };
    let latest = Latest::take();
    let mut found = Vec::new();
    written.since(&latest, life, seen, |row: &[Column; COLUMNS]| {
        let [id, _, _, _, channel, _, _, run_at, ..] = row;
        let number = |column: &Column| column.map(|datum| datum.value() as i64);
        let (id, channel) = (number(id).unwrap_or_default(), number(channel).unwrap_or_default());
        found.push(Waiting { id, channel, run_at: number(run_at), tried: 0 });
    });
    found.sort_unstable_by_key(|run| run.id);
    (!found.is_empty()).then(|| (found, Sight::now(&latest).text))
}

static DUE: Statement = Statement::new(
    c"SELECT r.id, r.channel, r.run_at, 0::bigint
        FROM member.pipeline_run r
       WHERE r.run_at OPERATOR(pg_catalog.>) $1 AND r.run_at OPERATOR(pg_catalog.<=) $2
         AND NOT EXISTS (SELECT FROM member.run_outcome o WHERE o.run OPERATOR(pg_catalog.=) r.id)
       ORDER BY r.id",
    &[TIMESTAMPTZOID, TIMESTAMPTZOID],
);

/// Runs that were to begin after one instant and until another, and have not ended.
pub fn due(session: &Session, after: i64, until: i64) -> Vec<Waiting> {
    session.run(&DUE, &[Arg::instant(after), Arg::instant(until)]).iter().map(|row| waiting(&row)).collect()
}

/// A run as it is kept.
pub struct Kept<'s> {
    /// Its number.
    pub id: i64,
    /// The life of the database that it was asked for in.
    pub life: i32,
    /// What was asked for.
    pub run: Run<'s>,
}

// A head may have gone to another body since. One that came later is another subscriber's.
static READ: Statement = Statement::new(
    c"SELECT r.id, r.life, r.channel, r.kind, r.entry, r.run_at, r.parent, r.generation, r.launch, r.send_message_id,
             r.address_id, COALESCE(h.dataset, r.dataset), r.passage, r.input, r.objects, r.sealed
        FROM member.pipeline_run r
        LEFT JOIN member.address a ON a.id OPERATOR(pg_catalog.=) r.address_id
                                  AND r.address_id OPERATOR(pg_catalog.<>) 0
        LEFT JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) a.dataset AND h.id OPERATOR(pg_catalog.=) a.id
                               AND h.enter_time OPERATOR(pg_catalog.<=) r.at
       WHERE r.id OPERATOR(pg_catalog.=) ANY ($1) ORDER BY r.id",
    &[INT8ARRAYOID],
);

/// The runs of these numbers that are there, by number; each with the body that its head belongs to now.
pub fn read<'s>(session: &'s Session, ids: &[i64]) -> Vec<Kept<'s>> {
    session.run(&READ, &[Arg::bigints(ids)]).iter().map(kept).collect()
}

fn kept<'s>(row: Row<'s>) -> Kept<'s> {
    Kept {
        id: row.bigint().unwrap_or_default(),
        life: row.integer().unwrap_or_default(),
        run: Run {
            channel: row.bigint().unwrap_or_default(),
            kind: row.text().unwrap_or_default(),
            entry: row.bigint(),
            run_at: row.bigint(),
            parent: row.bigint(),
            generation: row.integer().unwrap_or_default(),
            launch: row.bigint().unwrap_or_default(),
            send_message_id: row.text(),
            address_id: row.bigint().unwrap_or_default(),
            dataset: row.bigint().unwrap_or_default(),
            passage: row.bigint().unwrap_or_default(),
            input: row.jsonb().unwrap_or_default(),
            objects: row.jsonb(),
            sealed: row.octets(),
        },
    }
}

static FORGET: Statement = Statement::new(
    c"WITH old AS (
          DELETE FROM member.run_outcome o
           WHERE o.run OPERATOR(pg_catalog.=) ANY (ARRAY(
                 SELECT i.run FROM member.run_outcome i WHERE i.at OPERATOR(pg_catalog.<) $1 ORDER BY i.at LIMIT $2))
          RETURNING o.run), gone AS (
          DELETE FROM member.pipe_log l
           WHERE l.id OPERATOR(pg_catalog.=) ANY (ARRAY(
                 SELECT i.id FROM member.pipe_log i WHERE i.at OPERATOR(pg_catalog.<) $1 ORDER BY i.at LIMIT $2)))
      DELETE FROM member.pipeline_run r USING old WHERE r.id OPERATOR(pg_catalog.=) old.run",
    &[TIMESTAMPTZOID, INT8OID],
);

/// Deletes runs that ended before an instant, their outcomes, and lines of the log from before it, so many at most.
pub fn forget(session: &Session, before: i64, limit: i64) {
    session.run(&FORGET, &[Arg::instant(before), limit.into()]);
}
