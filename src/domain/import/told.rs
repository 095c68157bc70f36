//! Of whom an import has told already: one event for each person, however many rows name it (shapes.md 7).

use std::collections::BTreeMap;

/// As many numbers lie beside each other in one block.
const BLOCK: i64 = 4096;
const WORD: i64 = 64;

/// A set of numbers of bodies. People who are made get numbers in a row, so most of them take a bit.
#[derive(Default)]
pub struct Told(BTreeMap<i64, Box<[u64; (BLOCK / WORD) as usize]>>);

impl Told {
    /// Whether the person was told of.
    pub fn has(&self, dataset: i64) -> bool {
        let block = self.0.get(&dataset.div_euclid(BLOCK));
        block.and_then(|block| block.get(word(dataset))).is_some_and(|word| word & bit(dataset) != 0)
    }

    /// Notes that it was.
    pub fn add(&mut self, dataset: i64) {
        let block = self.0.entry(dataset.div_euclid(BLOCK)).or_insert_with(|| Box::new([0; (BLOCK / WORD) as usize]));
        if let Some(word) = block.get_mut(word(dataset)) {
            *word |= bit(dataset);
        }
    }
}

fn word(dataset: i64) -> usize {
    usize::try_from(dataset.rem_euclid(BLOCK) / WORD).unwrap_or_default()
}

fn bit(dataset: i64) -> u64 {
    1 << dataset.rem_euclid(WORD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_has_what_was_added(added in prop::collection::vec(-9000_i64..9000, 0..200), asked in -9000_i64..9000) {
            let mut told = Told::default();
            added.iter().for_each(|dataset| told.add(*dataset));
            let expected: BTreeSet<i64> = added.into_iter().collect();
            prop_assert_eq!(told.has(asked), expected.contains(&asked));
            prop_assert!(expected.iter().all(|dataset| told.has(*dataset)));
        }
    }

    #[test]
    fn any_number_can_be_added() {
        let mut told = Told::default();
        for dataset in [i64::MIN, -1, 0, 63, 64, 4095, 4096, i64::MAX] {
            assert!(!told.has(dataset));
            told.add(dataset);
            assert!(told.has(dataset));
        }
    }
}
