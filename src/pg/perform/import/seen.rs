//! Which identifiers an import had already: repeats are counted; and of which persons it has told the log.

use crate::domain::address::Address;
use crate::domain::import::Told;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// How many identifiers are remembered surely: 75 MB. Of a larger import only repeats of the last so many rows are counted.
const MOST: usize = 4 << 20;

/// Hashes of identifiers, in memory that does not grow without end, and the persons of whom the log has heard.
#[derive(Default)]
pub struct Seen {
    hasher: RandomState,
    present: HashSet<u64>,
    before: HashSet<u64>,
    /// The persons with an event of this import.
    pub told: Told,
}

impl Seen {
    /// Notes an identifier; whether it was there.
    pub fn note(&mut self, address: &Address) -> bool {
        let hash = self.hasher.hash_one(&address.value);
        if self.present.len() >= MOST {
            self.before = std::mem::take(&mut self.present);
        }
        !self.present.insert(hash) || self.before.contains(&hash)
    }
}
