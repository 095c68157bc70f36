//! How much of what is read may lie in memory, and how trouble with reading is told.

use crate::domain::error::{Error, Id};
use std::io;

/// How much is looked at to find out what data are.
pub const SAMPLE: usize = 64 * 1024;
/// The longest row, in octets as they come: more is not one row any more, most likely a quote that nobody closed.
pub const ROW_MAX: usize = 16 * 1024 * 1024;

/// Says that a row, an element or a cell goes beyond its limit.
#[cold]
pub fn too_long(what: &str, number: u64) -> Error {
    Error::new(Id::ImportToolarge, format!("{what} {number} has more than {} MB", ROW_MAX >> 20))
}

/// What an error of reading says: a refusal of ours that was carried through a reader, or trouble with the data.
#[cold]
pub fn unreadable(error: io::Error) -> Error {
    let kind = error.kind();
    let inner = error.into_inner().and_then(|inner| inner.downcast::<Error>().ok());
    inner.map_or_else(|| Error::new(Id::ImportBroken, kind.to_string()), |refusal| *refusal)
}

/// Carries a refusal through a reader; [`unreadable`] gives it back.
#[cold]
pub fn carried(refusal: Error) -> io::Error {
    io::Error::other(refusal)
}
