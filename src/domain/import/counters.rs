//! What became of the rows of an import (members.md 10.8, shapes.md 12).

use crate::domain::error::Result;
use crate::domain::json::{Node, Object};

/// How many rows came to what. `rows = new + updated + unchanged + ignored + errors`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Rows of data.
    pub rows: i64,
    /// Rows that made a subscriber.
    pub new: i64,
    /// Rows that changed one.
    pub updated: i64,
    /// Rows that found everything as they say.
    pub unchanged: i64,
    /// Rows left out because the subscriber exists and `if_exists` is `ignore`.
    pub ignored: i64,
    /// Rows refused.
    pub errors: i64,
    /// Rows whose identifier another row had before, counted among the above too.
    pub repeats: i64,
    /// Of the new subscribers, those that need no confirmation.
    pub confirmed: i64,
    /// Of the new subscribers, those that must be confirmed.
    pub unconfirmed: i64,
    /// Heads that came to the group `auto_group`.
    pub added: i64,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It made a subscriber, who must be confirmed or not.
    New {
        /// Whether it must be confirmed.
        unconfirmed: bool,
    },
    /// It changed one.
    Updated,
    /// It found everything as it says.
    Unchanged,
    /// It was left out.
    Ignored,
    /// It was refused.
    Refused,
}

impl Counters {
    /// Counts a row.
    pub fn count(&mut self, outcome: Outcome) {
        self.rows += 1;
        match outcome {
            Outcome::New { unconfirmed } => {
                self.new += 1;
                self.unconfirmed += i64::from(unconfirmed);
                self.confirmed += i64::from(!unconfirmed);
            }
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Ignored => self.ignored += 1,
            Outcome::Refused => self.errors += 1,
        }
    }

    /// Adds those of another part.
    pub fn add(&mut self, other: &Counters) {
        let mut other = *other;
        for ((_, number), (_, more)) in self.fields().into_iter().zip(other.fields()) {
            *number += *more;
        }
    }

    fn fields(&mut self) -> [(&'static str, &mut i64); 10] {
        [
            ("rows", &mut self.rows),
            ("new", &mut self.new),
            ("updated", &mut self.updated),
            ("unchanged", &mut self.unchanged),
            ("ignored", &mut self.ignored),
            ("errors", &mut self.errors),
            ("repeats", &mut self.repeats),
            ("confirmed", &mut self.confirmed),
            ("unconfirmed", &mut self.unconfirmed),
            ("added", &mut self.added),
        ]
    }

    /// Its keys, as replies and the state of a track have them, with how many different identifiers there were.
    pub fn keys<'n>(mut self) -> Vec<(&'static str, Node<'n>)> {
        let unique = ("unique", Node::from(self.rows - self.repeats));
        self.fields().map(|(name, number)| (name, Node::from(*number))).into_iter().chain([unique]).collect()
    }

    /// The counters in an object of these keys. Errors: `error/json/corrupt`.
    pub fn read(object: Object) -> Result<Counters> {
        let mut counters = Counters::default();
        for (name, number) in counters.fields() {
            *number = object.get(name)?.and_then(|value| value.as_i64()).unwrap_or_default();
        }
        Ok(counters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{encoded, root};

    #[test]
    fn every_row_is_counted_once_and_the_counters_come_back() {
        let mut counters = Counters { repeats: 2, added: 3, ..Counters::default() };
        for outcome in [
            Outcome::New { unconfirmed: true },
            Outcome::New { unconfirmed: false },
            Outcome::Updated,
            Outcome::Unchanged,
            Outcome::Ignored,
            Outcome::Refused,
        ] {
            counters.count(outcome);
        }
        let Counters { rows, new, updated, unchanged, ignored, errors, .. } = counters;
        assert_eq!((rows, rows), (6, new + updated + unchanged + ignored + errors));
        assert_eq!((counters.confirmed, counters.unconfirmed), (1, 1));
        let bytes = encoded(&Node::object(counters.keys())).unwrap();
        assert_eq!(Counters::read(root(&bytes).unwrap().as_object().unwrap()).unwrap(), counters);
    }
}
