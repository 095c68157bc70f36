//! One chunk of rows: read, counted, done with arrays or row by row.

use super::people::People;
use super::{Import, Open, Seen, by_row};
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::domain::import::record::{Next, Record};
use crate::domain::import::{Counters, Outcome, Row};
use crate::domain::member::special::Parted;
use crate::domain::member::target::{Kind, Target};
use crate::pg::guc;
use crate::pg::perform::{resolve, returning};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::event::Only;
use crate::pg::store::{address, anketa};

/// What became of a chunk.
pub struct Done {
    /// Its rows, counted.
    pub counters: Counters,
    /// The rows that were refused.
    pub refused: Vec<Refused>,
}

/// A row that was refused.
pub struct Refused {
    /// Its number.
    pub number: u64,
    /// The identifier as written; empty where it could not be read.
    pub address: String,
    /// Why.
    pub error: Error,
}

/// A row that can be done: its identifier in normal form and its operations.
pub struct Ready<'r> {
    /// Its place in the chunk.
    pub place: usize,
    /// What it says.
    pub row: &'r Row<'r>,
    /// The identifier.
    pub address: Address,
    /// The operations.
    pub parted: Parted<'r>,
}

/// Does a chunk of rows; `seen` are the identifiers of the chunks before. A row that is refused leaves nothing behind, and
/// the others are done.
///
/// Errors: those that concern all rows; `error/member/concurrent`.
pub fn chunk(session: &Session, import: &Import, lines: &[Next], seen: &mut Seen) -> Result<Done> {
    let ankets = anketa::all(session);
    let open = import.open(session, &ankets)?;
    let mut outcomes: Vec<Result<Outcome>> = Vec::with_capacity(lines.len());
    let mut rows: Vec<Option<Row>> = Vec::with_capacity(lines.len());
    for line in lines {
        let (row, outcome) = read(&open, line);
        rows.push(row);
        outcomes.push(outcome);
    }
    let mut counters = Counters::default();
    let mut ready = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let Some(row) = row else { continue };
        match prepare(&open, row, place, seen, &mut counters) {
            Ok(row) => ready.push(row),
            Err(error) => set(&mut outcomes, place, Err(error)),
        }
    }
    counters.added = perform(&open, ready, &mut outcomes)?;
    let mut refused = Vec::new();
    for ((outcome, line), row) in outcomes.into_iter().zip(lines).zip(&rows) {
        counters.count(*outcome.as_ref().unwrap_or(&Outcome::Refused));
        if let Err(error) = outcome {
            let address = row.as_ref().map(|row| row.email.to_string()).unwrap_or_default();
            refused.push(Refused { number: number_of(line), address, error });
        }
    }
    Ok(Done { counters, refused })
}

/// Puts the outcome of a row in its place.
pub fn set(outcomes: &mut [Result<Outcome>], place: usize, outcome: Result<Outcome>) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = outcome;
    }
}

fn number_of(line: &Next) -> u64 {
    match line {
        Next::Row(Record { number, .. }) | Next::Bad { number, .. } => *number,
        Next::End => 0,
    }
}

fn read<'r, 'a: 'r>(open: &Open<'a>, line: &'r Next) -> (Option<Row<'r>>, Result<Outcome>) {
    match line {
        Next::Row(record) => match open.reader.read(record) {
            Ok(row) => (Some(row), Ok(Outcome::Unchanged)),
            Err(error) => (None, Err(error)),
        },
        Next::Bad { error, .. } => (None, Err(error.clone())),
        Next::End => (None, Ok(Outcome::Unchanged)),
    }
}

/// Brings the identifier into normal form, counts it where it was there before, and reads the operations.
fn prepare<'r>(
    open: &Open,
    row: &'r Row<'r>,
    place: usize,
    seen: &mut Seen,
    counters: &mut Counters,
) -> Result<Ready<'r>> {
    let kind = Kind::Type(open.addr_type);
    let target = resolve::target(open.session, &row.email, kind, &mut Vec::new())?;
    let address =
        target.address().cloned().unwrap_or_else(|| Address { addr_type: open.addr_type, value: String::new() });
    counters.repeats += i64::from(seen.note(&address));
    Ok(Ready { place, row, address, parted: open.reader.program(row)? })
}

/// Does the rows; how many heads came to the group of the import.
fn perform(open: &Open, ready: Vec<Ready>, outcomes: &mut [Result<Outcome>]) -> Result<i64> {
    let _events = Only::of(&open.wanted);
    if open.import.options.no_member {
        return register(open, &ready, outcomes).map(|()| 0);
    }
    let needs_rows = |row: &Ready| !row.row.attach.is_empty() || !row.row.detach.is_empty() || row.parted.reads_system;
    if guc::versioning() || ready.iter().any(needs_rows) {
        return by_row::perform(open, &ready, outcomes);
    }
    let savepoint = Savepoint::begin();
    let mut planned: Vec<Result<Outcome>> = outcomes.to_vec();
    if let Some(added) =
        People::find(open, &ready)?.map(|people| people.perform(&ready, &mut planned)).transpose()?.flatten()
    {
        savepoint.release();
        for (slot, outcome) in outcomes.iter_mut().zip(planned) {
            *slot = outcome;
        }
        return Ok(added);
    }
    // Somebody else was faster with one of the identifiers: what was done goes, the locks with it.
    drop(savepoint);
    by_row::perform(open, &ready, outcomes)
}

/// Registers identifiers without making subscribers.
fn register(open: &Open, ready: &[Ready], outcomes: &mut [Result<Outcome>]) -> Result<()> {
    let session = open.session;
    for row in ready {
        // One after the other in their order would wait crosswise with others: a savepoint each, nothing held for long.
        let outcome = match address::find(session, &Target::Address(row.address.clone()))? {
            Some(_) => Outcome::Unchanged,
            None => match address::register(session, &[&row.address], None) {
                Some(_) => {
                    returning::take_back(session, &row.address)?;
                    Outcome::New { unconfirmed: false }
                }
                None => Outcome::Unchanged,
            },
        };
        set(outcomes, row.place, Ok(outcome));
    }
    Ok(())
}
