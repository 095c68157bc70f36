//! How much a filter may ask for, and what each condition costs.

use super::test::Test;
use super::tree::{Condition, Kind};
use crate::domain::error::{Error, Id};

/// The limits of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of conditions; a condition in the list of the filter is the first. Groups within groups count on.
    pub max_depth: usize,
    /// What the filter may cost, the filters of its groups included.
    pub max_usage: u64,
}

/// The most levels that there can be, whatever a limit says: reading, asking and writing descend with each.
const DEEPEST: usize = 100;

impl Limits {
    /// As far as the engine goes at all: for what was read within limits before.
    pub const WIDEST: Limits = Limits { max_depth: DEEPEST, max_usage: u64::MAX };

    /// The levels that have effect.
    pub(super) fn depth(&self) -> usize {
        self.max_depth.min(DEEPEST)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_depth: 32, max_usage: 10_000 }
    }
}

/// What comparing one value costs, looking for it included: the unit.
const ONE: u64 = 1;
/// A pattern of LIKE is tried at many places of a text.
const LIKE: u64 = 2;
/// Octets of such a pattern that cost as much as one comparison: at each place it is tried up to where it does not fit.
const PER_LIKE: u64 = 20;
/// A regular expression looks at each character of a text, with many states, and takes room for them.
const REGEXP: u64 = 50;
/// Values of `in` that cost as much as one comparison: they are sorted.
const PER_IN: u64 = 16;
/// Another look into the tables: the heads of the body, a group.
const LOOK: u64 = 3;
/// A look through the log of events.
const LOG: u64 = 100;
/// Elements that a list is taken to have.
const ELEMENTS: u64 = 5;

/// What a condition costs, those below it included:
///
/// | condition | cost |
/// |---|---|
/// | comparison, `is_null`, `empty`, `exists`, `^=`, `$=` | 1 |
/// | `in` | 1, and 1 more for each 16 values |
/// | `like` | 2, and 1 more for each 20 octets |
/// | `rx` | 50 |
/// | `in_group`, heads of the body | 3 for each group; for a filter group its own filter on top |
/// | `has` | 1 + 5 times what its conditions cost |
/// | `filter.stat.uni` | 100 + what its conditions cost |
/// | `and`, `or` | 1 + what their conditions cost |
pub fn cost(condition: &Condition) -> u64 {
    match &condition.kind {
        Kind::All(_) | Kind::Any(_) => ONE.saturating_add(cost_of_all(condition.children())),
        Kind::Has(has) => ONE.saturating_add(cost_of_all(&has.each).saturating_mul(ELEMENTS)),
        Kind::Statistics(question) => LOG.saturating_add(question.stat.usage()),
        Kind::Heads(..) | Kind::OwnsHead(_) => LOOK,
        Kind::InGroup(gids) => LOOK.saturating_mul(gids.len() as u64),
        Kind::Test(_, Test::In(bounds)) => ONE + bounds.len() as u64 / PER_IN,
        Kind::Test(_, Test::Like(like)) => LIKE + like.written().len() as u64 / PER_LIKE,
        Kind::Test(_, Test::Regexp(_)) => REGEXP,
        Kind::Test(..) => ONE,
    }
}

/// What conditions cost together.
pub fn cost_of_all(conditions: &[Condition]) -> u64 {
    conditions.iter().fold(0, |sum, condition| sum.saturating_add(cost(condition)))
}

#[cold]
pub(super) fn too_deep(limits: &Limits) -> Error {
    Error::new(Id::FilterDepth, format!("more than {} levels of conditions", limits.depth()))
}

#[cold]
pub(super) fn too_costly(limits: &Limits) -> Error {
    Error::new(Id::FilterUsage, format!("a usage of more than {}", limits.max_usage))
}
