//! How far data are read: what is left of them is estimated from it.

use std::cell::Cell;

/// The length of an upload, and the place in it that was read last.
pub struct Meter {
    length: u64,
    place: Cell<u64>,
}

impl Meter {
    /// Of so many octets none is read.
    pub fn new(length: u64) -> Meter {
        Meter { length, place: Cell::new(0) }
    }

    /// Notes up to where data were read.
    pub fn note(&self, place: u64) {
        self.place.set(place);
    }

    /// How many rows there are, if those behind are as long as the `read` ones; none where the octets tell nothing: they were
    /// all read, and rows of them wait in buffers.
    pub fn rows(&self, read: u64) -> Option<i64> {
        let place = self.place.get();
        if place == 0 || place >= self.length {
            return None;
        }
        let rows = u128::from(read) * u128::from(self.length) / u128::from(place);
        i64::try_from(rows).ok()
    }
}
