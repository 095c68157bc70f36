//! One chunk of rows: read, counted, done with arrays or row by row.

use super::by_row::Rows;
use super::people::People;
use super::{Import, Open, Seen, by_row, express, register};
use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::import::record::Next;
use crate::domain::import::{Counters, Outcome, Reader, Row, Told};
use crate::domain::member::special::Parted;
use crate::domain::member::target::{Kind, Target};
use crate::pg::guc;
use crate::pg::perform::resolve;
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::anketa;
use crate::pg::store::event::Only;

/// What became of a chunk.
pub struct Done {
    /// Its rows, counted.
    pub counters: Counters,
    /// The rows that were refused.
    pub refused: Vec<Refused>,
    /// What was left out of others.
    pub warnings: Vec<Error>,
}

/// A row that was refused.
pub struct Refused {
    /// Its number.
    pub number: u64,
    /// The identifier as written; empty where it could not be read.
    pub raw: String,
    /// The same in normal form; none where it has none.
    pub address: Option<Address>,
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
    if import.options.express {
        return express::chunk(session, import, lines, seen);
    }
    let ankets = anketa::all(session);
    let open = import.open(session, &ankets)?;
    let mut counters = Counters::default();
    let mut rows: Vec<Result<Row>> = Vec::with_capacity(lines.len());
    let mut addresses: Vec<Result<Address>> = Vec::with_capacity(lines.len());
    for line in lines {
        let address = address_of(session, &open.reader, open.addr_type, line);
        // Also of a row that is refused for something else.
        counters.repeats += i64::from(address.as_ref().is_ok_and(|address| seen.note(address)));
        addresses.push(address);
        rows.push(read(&open, line));
    }
    let mut outcomes: Vec<Result<Outcome>> = Vec::with_capacity(lines.len());
    let mut ready = Vec::with_capacity(rows.len());
    let mut warnings = open.reader.left_out();
    for ((place, row), address) in rows.iter().enumerate().zip(addresses) {
        match prepare(&open, row, address, place) {
            Ok(mut row) => {
                warnings.append(&mut row.parted.warnings);
                ready.push(row);
                outcomes.push(Ok(Outcome::Unchanged));
            }
            Err(error) => outcomes.push(Err(error)),
        }
    }
    let mut done = perform(&open, ready, &mut outcomes, &mut seen.told)?;
    counters.added = done.added;
    warnings.append(&mut done.warnings);
    let mut refused = Vec::new();
    for (outcome, line) in outcomes.into_iter().zip(lines) {
        counters.count(*outcome.as_ref().unwrap_or(&Outcome::Refused));
        if let Err(error) = outcome {
            let (number, raw) = named(&open.reader, line);
            let address = address_of(session, &open.reader, open.addr_type, line).ok();
            refused.push(Refused { number, raw, address, error });
        }
    }
    Ok(Done { counters, refused, warnings })
}

/// Puts the outcome of a row in its place.
pub fn set(outcomes: &mut [Result<Outcome>], place: usize, outcome: Result<Outcome>) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = outcome;
    }
}

/// The number of a row, and its identifier as written.
pub fn named(reader: &Reader, line: &Next) -> (u64, String) {
    match line {
        Next::Row(record) => (record.number, reader.address(record).into_owned()),
        Next::Bad { number, .. } => (*number, String::new()),
        Next::End => (0, String::new()),
    }
}

/// The identifier of a row in normal form.
pub fn address_of(session: &Session, reader: &Reader, addr_type: AddrType, line: &Next) -> Result<Address> {
    let Next::Row(record) = line else { return Err(unreadable(line)) };
    let kind = Kind::Type(addr_type);
    match resolve::target(session, &reader.address(record), kind, &mut Vec::new())? {
        Target::Address(address) => Ok(address),
        Target::Id(_) | Target::Dataset(_) => Err(unreadable(line)),
    }
}

fn read<'r, 'a: 'r>(open: &Open<'a>, line: &'r Next) -> Result<Row<'r>> {
    match line {
        Next::Row(record) => open.reader.read(record),
        _ => Err(unreadable(line)),
    }
}

/// Why a row that could not be read could not.
fn unreadable(line: &Next) -> Error {
    match line {
        Next::Bad { error, .. } => error.clone(),
        _ => Error::new(Id::EmailEmpty, "the row has no identifier"),
    }
}

/// Reads the operations of a row.
fn prepare<'r>(open: &Open, row: &'r Result<Row<'r>>, address: Result<Address>, place: usize) -> Result<Ready<'r>> {
    let address = address?;
    let row = row.as_ref().map_err(Error::clone)?;
    Ok(Ready { place, row, address, parted: open.reader.program(row)? })
}

/// Does the rows.
fn perform(open: &Open, ready: Vec<Ready>, outcomes: &mut [Result<Outcome>], told: &mut Told) -> Result<Rows> {
    let by_arrays = |added| Rows { added, warnings: Vec::new() };
    let _events = Only::of(&open.wanted);
    if open.import.options.no_member {
        return register::perform(open.session, &ready, outcomes).map(|()| by_arrays(0));
    }
    let needs_rows = |row: &Ready| {
        let Ready { row, parted, .. } = row;
        let is_of_passage = parted.reads_passage || !parted.passage.is_empty();
        !row.attach.is_empty() || !row.detach.is_empty() || parted.reads_system || is_of_passage
    };
    if guc::versioning() || ready.iter().any(needs_rows) {
        return by_row::perform(open, &ready, outcomes, told);
    }
    let savepoint = Savepoint::begin();
    let mut planned: Vec<Result<Outcome>> = outcomes.to_vec();
    let people = People::find(open, &ready, told)?;
    if let Some(added) = people.map(|people| people.perform(&ready, &mut planned, told)).transpose()?.flatten() {
        savepoint.release();
        for (slot, outcome) in outcomes.iter_mut().zip(planned) {
            *slot = outcome;
        }
        return Ok(by_arrays(added));
    }
    // Somebody else was faster with one of the identifiers: what was done goes, the locks with it.
    drop(savepoint);
    by_row::perform(open, &ready, outcomes, told)
}
