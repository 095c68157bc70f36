//! The order of the log: `member.event_order` and `member.event_seen` (DESIGN 6).
//!
//! What is visible now and was not visible in the last snapshot gets the next positions, sorted by number. An open
//! transaction anywhere delays only its own events: they come when it commits.

use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::pg::append::append;
use crate::pg::fresh::{Column, Sight};
use crate::pg::snapshot::Latest;
use crate::pg::spi::{Arg, Row, Session, Statement};
use crate::pg::store::address::address_of;
use crate::pg::store::sequence::relation;
use crate::pg::store::{event, sequence};
use pgrx::pg_sys::{self, INT2OID, INT4OID, INT8ARRAYOID, INT8OID, OIDOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZOID};
use std::collections::BTreeMap;

/// What the sequencer has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The snapshot, as the server writes it.
    pub snapshot: String,
    /// The first position not given yet.
    pub next_pos: i64,
    /// The life whose transactions it names.
    pub life: i32,
    /// While transactions before this one may still commit what they wrote into the life before.
    pub carried: Option<String>,
}

/// Where a log lives: the cluster and the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// The cluster's number.
    pub system: i64,
    /// The database.
    pub database: pg_sys::Oid,
}

impl Home {
    /// Where this process is.
    pub fn here() -> Home {
        // SAFETY: reads the control file's copy and a variable of the server's.
        unsafe { Home { system: pg_sys::GetSystemIdentifier() as i64, database: pg_sys::MyDatabaseId } }
    }
}

static LAST: Statement = Statement::new(
    c"SELECT s.snapshot::pg_catalog.text, s.next_pos, s.life, s.system_id, s.database, s.carried::pg_catalog.text
        FROM member.event_seen s ORDER BY s.id DESC LIMIT 1",
    &[],
);

/// What was seen last, and where.
pub fn last_seen(session: &Session) -> Option<(Seen, Home)> {
    session.run(&LAST, &[]).first().map(|row| {
        let snapshot = row.text().unwrap_or_default().to_owned();
        let next_pos = row.bigint().unwrap_or_default();
        let life = row.integer().unwrap_or_default();
        let home = home_of(&row);
        let carried = row.text().map(str::to_owned);
        (Seen { snapshot, next_pos, life, carried }, home)
    })
}

/// The cluster and the database that the next two columns name.
pub fn home_of(row: &Row) -> Home {
    let system = row.bigint().unwrap_or_default();
    let database = row.next().map_or(pg_sys::InvalidOid, |oid| pg_sys::Oid::from(oid.value() as u32));
    Home { system, database }
}

static NEXT_POS: Statement =
    Statement::scanning(c"SELECT COALESCE(pg_catalog.max(next_pos), 1) FROM member.event_seen", &[]);

/// The first position not given yet.
pub fn next_pos(session: &Session) -> i64 {
    session.run(&NEXT_POS, &[]).first().and_then(|row| row.bigint()).unwrap_or(1)
}

/// A life of which nothing has been seen. What transactions of now may have written into the one before is carried over.
pub fn new_life(next_pos: i64, life: i32) -> Seen {
    // SAFETY: reads the counter of transactions; the struct has one field.
    let next = unsafe { pg_sys::ReadNextFullTransactionId().value };
    Seen { snapshot: String::from("3:3:"), next_pos, life, carried: Some(next.to_string()) }
}

static NOTE: Statement = Statement::new(
    c"INSERT INTO member.event_seen (id, at, snapshot, next_pos, life, system_id, database, carried)
      VALUES ($1, $2, $3::pg_catalog.pg_snapshot, $4, $5, $6, $7, $8::pg_catalog.xid8)",
    &[INT8OID, TIMESTAMPTZOID, TEXTOID, INT8OID, INT4OID, INT8OID, OIDOID, TEXTOID],
);

/// Notes what has been seen where no new event of this life does.
pub fn note(session: &Session, seen: &Seen, at: i64, home: Home) {
    let args = [
        sequence::next_event_seen_id().into(),
        Arg::instant(at),
        seen.snapshot.as_str().into(),
        seen.next_pos.into(),
        seen.life.into(),
        home.system.into(),
        Arg::datum(home.database.into()),
        seen.carried.as_deref().into(),
    ];
    session.run(&NOTE, &args);
}

/// How many events a row of the order holds at most.
const EVENTS_OF_ROW: usize = 1000;

/// Gives positions to what can be seen now and could not be before; what has been seen since, if that is new. `slots` are
/// those of the ring that somebody may still write to.
pub fn sequence(seen: &Seen, slots: &[i16], at: i64, home: Home) -> Option<Seen> {
    let latest = Latest::take();
    let mut fresh = Vec::new();
    for slot in slots {
        event::written(*slot).since(&latest, seen.life, &seen.snapshot, |row| fresh.push(Fresh::of(row)));
    }
    if fresh.is_empty() {
        return None;
    }
    fresh.sort_unstable_by_key(|event| event.id);
    let sight = Sight::now(&latest);
    drop(latest);
    append(relation(c"event_order"), rows_of_order(seen.next_pos, &fresh));
    let next_pos = seen.next_pos + i64::try_from(fresh.len()).unwrap_or_default();
    append(
        relation(c"event_seen"),
        [[
            sequence::next_event_seen_id().into(),
            Arg::instant(at),
            Arg::datum(sight.datum),
            next_pos.into(),
            seen.life.into(),
            home.system.into(),
            Arg::datum(home.database.into()),
            seen.carried
                .as_deref()
                .and_then(|xid| xid.parse::<u64>().ok())
                .map_or(Arg::NULL, |xid| Arg::datum(xid.into())),
        ]],
    );
    Some(Seen { snapshot: sight.text, next_pos, life: seen.life, carried: seen.carried.clone() })
}

/// An event without a position.
struct Fresh {
    slot: i16,
    /// 0 for nobody.
    dataset: i64,
    id: i64,
}

impl Fresh {
    fn of(row: &[Column; event::COLUMNS]) -> Fresh {
        let [slot, _, id, _, _, _, dataset, ..] = row;
        let number = |column: &Column| column.map_or(0, |datum| datum.value() as i64);
        Fresh { slot: number(slot) as i16, dataset: number(dataset), id: number(id) }
    }
}

/// The rows of `event_order` that give events, sorted by number, the positions from one on.
fn rows_of_order(first_pos: i64, events: &[Fresh]) -> impl Iterator<Item = [Arg; 6]> {
    (first_pos..).step_by(EVENTS_OF_ROW).zip(events.chunks(EVENTS_OF_ROW)).map(|(pos, events)| {
        let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
        let slots: Vec<i16> = events.iter().map(|event| event.slot).collect();
        let datasets: Vec<i64> = events.iter().map(|event| event.dataset).collect();
        let (first, last) = (ids.first().copied().unwrap_or_default(), ids.last().copied().unwrap_or_default());
        [pos.into(), first.into(), last.into(), Arg::smallints(&slots), Arg::bigints(&datasets), Arg::bigints(&ids)]
    })
}

static LEFT_OVER: Statement = Statement::scanning(
    c"WITH known AS (
          SELECT pg_catalog.unnest(o.slots) AS slot, pg_catalog.unnest(o.datasets) AS dataset,
                 pg_catalog.unnest(o.ids) AS id FROM member.event_order o), numbered AS (
          SELECT e.slot, e.dataset, e.id, pg_catalog.row_number() OVER (ORDER BY e.id) OPERATOR(pg_catalog.-) 1 AS n
            FROM member.event e
           WHERE e.life OPERATOR(pg_catalog.<>) $1
             AND NOT EXISTS (SELECT FROM known k WHERE k.slot OPERATOR(pg_catalog.=) e.slot
                                AND k.dataset OPERATOR(pg_catalog.=) COALESCE(e.dataset, 0)
                                AND k.id OPERATOR(pg_catalog.=) e.id)), written AS (
          INSERT INTO member.event_order (pos, first_id, last_id, slots, datasets, ids)
          SELECT $2 OPERATOR(pg_catalog.+) pg_catalog.min(n), pg_catalog.min(id), pg_catalog.max(id),
                 pg_catalog.array_agg(slot ORDER BY n),
                 pg_catalog.array_agg(COALESCE(dataset, 0) ORDER BY n), pg_catalog.array_agg(id ORDER BY n)
            FROM numbered GROUP BY n OPERATOR(pg_catalog./) 1000
          RETURNING pg_catalog.cardinality(ids) AS count)
      SELECT $2 OPERATOR(pg_catalog.+) COALESCE(pg_catalog.sum(count), 0)::bigint FROM written",
    &[INT4OID, INT8OID],
);

/// Gives positions to what other lives left without; the next position after.
pub fn sequence_left_over(session: &Session, life: i32, next_pos: i64) -> i64 {
    let rows = session.run(&LEFT_OVER, &[life.into(), next_pos.into()]);
    rows.first().and_then(|row| row.bigint()).unwrap_or(next_pos)
}

static HAVE_ENDED: Statement = Statement::scanning(
    c"SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
             OPERATOR(pg_catalog.>=) $1::pg_catalog.xid8",
    &[TEXTOID],
);

/// Whether all transactions before this one have ended.
pub fn have_ended(session: &Session, before: &str) -> bool {
    session.run(&HAVE_ENDED, &[before.into()]).first().is_some_and(|row| row.truth())
}

static FORGET_SEEN: Statement = Statement::new(
    c"DELETE FROM member.event_seen
       WHERE id OPERATOR(pg_catalog.<)
             ((SELECT pg_catalog.max(id) FROM member.event_seen) OPERATOR(pg_catalog.-) $1)",
    &[INT8OID],
);

/// Keeps the last rows of what was seen.
pub fn forget_seen(session: &Session, keep: i64) {
    session.run(&FORGET_SEEN, &[keep.into()]);
}

/// An event with its position and, where it is about an identifier, that.
pub struct Logged<'s> {
    /// Its position.
    pub pos: i64,
    /// Its number.
    pub id: i64,
    /// When, in the server's microseconds.
    pub at: i64,
    /// What happened.
    pub event_type: &'s str,
    /// The body it is about; 0 for nobody.
    pub dataset: i64,
    /// The identifier it is about.
    pub address: Option<Address>,
    /// The event's own data.
    pub body: &'s [u8],
    /// The life that it was written in.
    pub life: i32,
    /// The transaction that wrote it.
    pub transaction: u64,
}

static ORDER: Statement = Statement::new(
    c"SELECT pos, slots, datasets, ids FROM member.event_order
       WHERE pos OPERATOR(pg_catalog.>) ($1 OPERATOR(pg_catalog.-) 1000) AND pos OPERATOR(pg_catalog.<=) $2
       ORDER BY pos",
    &[INT8OID, INT8OID],
);

/// Events of one slot: where each of them is.
#[derive(Default)]
struct Places {
    positions: Vec<i64>,
    datasets: Vec<i64>,
    ids: Vec<i64>,
}

/// Where the events behind one position up to another are, by slot.
fn places(session: &Session, behind: i64, up_to: i64) -> BTreeMap<i16, Places> {
    let mut slots: BTreeMap<i16, Places> = BTreeMap::new();
    for row in session.run(&ORDER, &[behind.into(), up_to.into()]).iter() {
        let first = row.bigint().unwrap_or_default();
        let (numbers, datasets, ids) = (row.smallints(), row.bigints(), row.bigints());
        for (pos, ((slot, dataset), id)) in (first..).zip(numbers.into_iter().zip(datasets).zip(ids)) {
            if pos > behind && pos <= up_to {
                let places = slots.entry(slot).or_default();
                places.positions.push(pos);
                places.datasets.push(dataset);
                places.ids.push(id);
            }
        }
    }
    slots
}

// One slot at a time: of 32 partitions the others are not even looked at.
static READ: Statement = Statement::new(
    c"SELECT n.pos, e.id, e.at, e.event_type, COALESCE(e.dataset, 0), e.body, e.life, e.xid::pg_catalog.text,
             a.addr_type, a.value
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4)) AS n (pos, dataset, id)
        JOIN member.event e ON e.slot OPERATOR(pg_catalog.=) $1 AND e.dataset OPERATOR(pg_catalog.=) n.dataset
                           AND e.id OPERATOR(pg_catalog.=) n.id
        LEFT JOIN member.address a ON a.id OPERATOR(pg_catalog.=) e.address_id
       WHERE ($6 IS NULL OR e.event_type OPERATOR(pg_catalog.=) ANY ($6)
              OR pg_catalog.strpos(e.event_type, '.') OPERATOR(pg_catalog.>) 0)
         AND (e.life OPERATOR(pg_catalog.<=) (SELECT h.life FROM member.hook h WHERE h.id OPERATOR(pg_catalog.=) $5)
              AND pg_catalog.pg_visible_in_snapshot(e.xid,
                      (SELECT h.born FROM member.hook h WHERE h.id OPERATOR(pg_catalog.=) $5))) IS NOT TRUE
         AND ($5 OPERATOR(pg_catalog.=) 0 AND e.is_quiet) IS NOT TRUE",
    &[INT2OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8OID, TEXTARRAYOID],
);

/// For whom events are read.
pub struct Reader<'a> {
    /// The hook. What was committed before it was made is left out: it may have waited for its position. 0 for sequences, which
    /// leave out what starts none.
    pub hook: i64,
    /// The types that it takes. Those of one's own channels are read too: a hook may name what they are based on.
    pub types: &'a [&'a str],
}

/// The events behind one position up to another, in order. Errors: `error/json/corrupt`.
pub fn read<'s>(session: &'s Session, behind: i64, up_to: i64, reader: Option<&Reader>) -> Result<Vec<Logged<'s>>> {
    let mut events = Vec::new();
    for (slot, places) in places(session, behind, up_to) {
        let args = [
            slot.into(),
            Arg::bigints(&places.positions),
            Arg::bigints(&places.datasets),
            Arg::bigints(&places.ids),
            reader.map(|reader| reader.hook).into(),
            reader.map_or(Arg::NULL, |reader| Arg::texts(reader.types)),
        ];
        for row in session.run(&READ, &args).iter() {
            events.push(logged(&row)?);
        }
    }
    // Here, where it moves references: the server would copy every row.
    events.sort_unstable_by_key(|event| event.pos);
    Ok(events)
}

static FIND: Statement = Statement::new(
    c"SELECT o.pos OPERATOR(pg_catalog.+) n.place OPERATOR(pg_catalog.-) 1, e.id, e.at, e.event_type,
             COALESCE(e.dataset, 0), e.body, e.life, e.xid::pg_catalog.text, a.addr_type, a.value
        FROM member.event_order o
       CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(o.slots), pg_catalog.unnest(o.datasets), pg_catalog.unnest(o.ids))
             WITH ORDINALITY AS n (slot, dataset, id, place)
        JOIN member.event e ON e.slot OPERATOR(pg_catalog.=) n.slot AND e.dataset OPERATOR(pg_catalog.=) n.dataset
                           AND e.id OPERATOR(pg_catalog.=) n.id
        LEFT JOIN member.address a ON a.id OPERATOR(pg_catalog.=) e.address_id
       WHERE o.first_id OPERATOR(pg_catalog.<=) $1 AND o.last_id OPERATOR(pg_catalog.>=) $1
         AND n.id OPERATOR(pg_catalog.=) $1",
    &[INT8OID],
);

/// The event of this number, if it has a position. Errors: `error/json/corrupt`.
pub fn find(session: &Session, id: i64) -> Result<Option<Logged<'_>>> {
    session.run(&FIND, &[id.into()]).first().map(|row| logged(&row)).transpose()
}

fn logged<'s>(row: &Row<'s>) -> Result<Logged<'s>> {
    let pos = row.bigint().unwrap_or_default();
    let id = row.bigint().unwrap_or_default();
    let at = row.bigint().unwrap_or_default();
    let event_type = row.text().unwrap_or_default();
    let dataset = row.bigint().unwrap_or_default();
    let body = row.jsonb().unwrap_or_default();
    let life = row.integer().unwrap_or_default();
    let transaction = row.text().and_then(|xid| xid.parse().ok()).unwrap_or_default();
    let address = address_of(row).ok();
    Ok(Logged { pos, id, at, event_type, dataset, address, body, life, transaction })
}

static OF_PERSON: Statement = Statement::new(
    c"SELECT (SELECT o.pos OPERATOR(pg_catalog.+) n.place OPERATOR(pg_catalog.-) 1
                FROM member.event_order o
               CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(o.ids)) WITH ORDINALITY AS n (id, place)
               WHERE o.first_id OPERATOR(pg_catalog.<=) e.id AND o.last_id OPERATOR(pg_catalog.>=) e.id
                 AND n.id OPERATOR(pg_catalog.=) e.id LIMIT 1),
             e.id, e.at, e.event_type, e.dataset, e.body, e.life, e.xid::pg_catalog.text, a.addr_type, a.value
        FROM member.event e LEFT JOIN member.address a ON a.id OPERATOR(pg_catalog.=) e.address_id
       WHERE e.dataset OPERATOR(pg_catalog.=) $1 ORDER BY e.id",
    &[INT8OID],
);

static DATASETS: Statement = Statement::scanning(
    c"SELECT DISTINCT dataset FROM member.event
       WHERE address_id OPERATOR(pg_catalog.=) $1 AND dataset OPERATOR(pg_catalog.<>) 0",
    &[INT8OID],
);

/// The bodies that events about an identifier name. The log has no index by identifier, so all of it is read.
pub fn datasets_of(session: &Session, address_id: i64) -> Vec<i64> {
    session.run(&DATASETS, &[address_id.into()]).iter().filter_map(|row| row.bigint()).collect()
}

/// The events about a body, in order; those without a position have 0. Errors: `error/json/corrupt`.
pub fn of_person(session: &Session, dataset: i64) -> Result<Vec<Logged<'_>>> {
    session.run(&OF_PERSON, &[dataset.into()]).iter().map(|row| logged(&row)).collect()
}
