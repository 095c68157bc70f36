//! A filter as it was written: read once, kept, and made ready for a moment.

use super::limits::{Limits, cost_of_all};
use super::matcher::Matcher;
use super::mentions::Mentions;
use super::read;
use super::tree::{Condition, all_at, deepest};
use super::write::written;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};

/// A filter: everyone who meets all of its conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    conditions: Vec<Condition>,
}

impl Filter {
    pub(super) fn new(conditions: Vec<Condition>) -> Filter {
        Filter { conditions }
    }

    /// Reads a filter of either format (members.md 12.2 and 12.3): a list of conditions.
    ///
    /// Errors: `error/filter/syntax`, `operator`, `value`, `regexp`, `attribute` and `unsupported`, each with the place
    /// in the filter; `error/filter/depth`, `error/filter/usage`.
    pub fn read(value: Value, limits: &Limits) -> Result<Filter> {
        read::read(value, limits)
    }

    /// The conditions, all of which must hold.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The filter in the KD format; reading it gives the same filter.
    pub fn to_node(&self) -> Node<'_> {
        written(&self.conditions)
    }

    /// What it costs, the filters of its groups left out ([`super::limits::cost`]).
    pub fn usage(&self) -> u64 {
        cost_of_all(&self.conditions)
    }

    /// How many levels of conditions it has, the filters of its groups left out.
    pub fn depth(&self) -> usize {
        deepest(&self.conditions)
    }

    /// Whether its meaning changes with the clock: it compares with `current`, or asks the statistics.
    pub fn uses_clock(&self) -> bool {
        self.conditions.iter().any(Condition::uses_clock)
    }

    /// What it speaks of.
    pub fn mentions(&self) -> Mentions {
        Mentions::of(&self.conditions)
    }

    /// Whether a condition looks for elements of a list or an object.
    pub fn searches_elements(&self) -> bool {
        self.conditions.iter().any(Condition::searches_elements)
    }

    /// Whether it is about the data alone: not about groups, heads or what the system knows.
    pub fn is_about_data(&self) -> bool {
        self.conditions.iter().all(Condition::is_about_data)
    }

    /// The filter, if it needs no clock, or its moments are known. Errors: `error/filter/unsupported`.
    pub fn timeless(&self) -> Result<Matcher> {
        if self.uses_clock() {
            return Err(Error::new(Id::FilterUnsupported, "current has no meaning here"));
        }
        Ok(Matcher::new(self.conditions.clone()))
    }

    /// The filter at a moment: what can be asked. One that does not use the clock is the same at every moment.
    ///
    /// Errors: `error/filter/value` for a moment beyond the calendar.
    pub fn at(&self, now: &Now) -> Result<Matcher> {
        all_at(&self.conditions, now).map(Matcher::new)
    }

    /// The filter with every moment known. Errors: as [`Filter::at`].
    pub fn fixed(&self, now: &Now) -> Result<Filter> {
        all_at(&self.conditions, now).map(Filter::new)
    }
}
