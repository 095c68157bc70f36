//! A chunk of an express import: identifiers and their rows, apart from subscribers (members.md 10.7).

use super::chunk::{Done, Refused, address_of, named};
use super::{Import, Seen};
use crate::domain::error::{Error, Id, Result};
use crate::domain::import::record::Next;
use crate::domain::import::{Counters, Outcome, Reader};
use crate::pg::guc;
use crate::pg::perform::express::columns;
use crate::pg::perform::group::find;
use crate::pg::spi::Session;
use crate::pg::store::{anketa, express, group};
use std::collections::HashMap;

/// Does a chunk of rows: the last row of an identifier is the one that stays.
///
/// Errors: `group_id_not_exists` where the group was deleted meanwhile.
pub fn chunk(session: &Session, import: &Import, lines: &[Next], seen: &mut Seen) -> Result<Done> {
    let gid = import.group.ok_or_else(|| Error::new(Id::GroupNotexists, "the group of the import is gone"))?;
    group::hold(session, &[gid]);
    let group = find(session, gid)?;
    let columns = columns(session, &group)?;
    let ankets = anketa::all(session);
    let reader = Reader::new(import.caption, &ankets, &[], import.limits, import.now);
    let (mut counters, mut refused) = (Counters::default(), Vec::new());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(lines.len());
    let mut rows: Vec<(String, Vec<u8>)> = Vec::with_capacity(lines.len());
    for line in lines {
        let address = address_of(session, &reader, group.addr_type, line);
        counters.repeats += i64::from(address.as_ref().is_ok_and(|address| seen.note(address)));
        let stored = address.and_then(|address| match line {
            Next::Row(record) => Ok((address.value, columns.stored(&record.fields)?)),
            _ => Err(Error::new(Id::EmailEmpty, "the row has no identifier")),
        });
        match stored {
            Ok((value, data)) => match places.get(&value).and_then(|place| rows.get_mut(*place)) {
                Some(row) => row.1 = data,
                None => {
                    places.insert(value.clone(), rows.len());
                    rows.push((value, data));
                }
            },
            Err(error) => {
                counters.count(Outcome::Refused);
                let (number, raw) = named(&reader, line);
                refused.push(Refused { number, raw, address: None, error });
            }
        }
    }
    // The index is met in its own order.
    rows.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    let members: Vec<(&str, &[u8])> = rows.iter().map(|(value, data)| (value.as_str(), data.as_slice())).collect();
    let added = i64::try_from(express::write(session, group.number, &members)).unwrap_or(i64::MAX);
    express::note_used(session, group.number, guc::statement_micros());
    let taken = lines.len() as i64 - counters.errors;
    (0..added).for_each(|_| counters.count(Outcome::New { unconfirmed: false }));
    (added..taken).for_each(|_| counters.count(Outcome::Updated));
    counters.added = added;
    Ok(Done { counters, refused, warnings: Vec::new() })
}
