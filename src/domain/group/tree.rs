//! The tree of a filter: one, whichever format it was written in and whoever reads it.

use super::attr::{Attr, Source};
use super::question::Question;
use super::test::{Relation, Test};
use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};

/// A condition: something that a subject is or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What is asked.
    pub kind: Kind,
    /// Whether it must not be so: exactly the opposite, for values that are not there too.
    pub negated: bool,
    /// The name under which a list shows the value when the condition holds.
    pub label: Option<String>,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All of these hold; true of none.
    All(Vec<Condition>),
    /// One of these holds; false of none.
    Any(Vec<Condition>),
    /// A value passes a test.
    Test(Attr, Test),
    /// The body has so many heads.
    Heads(Relation, i64),
    /// The body owns a head of this type.
    OwnsHead(AddrType),
    /// The head is in one of these groups.
    InGroup(Vec<String>),
    /// An element of a list or object satisfies all of these.
    Has(Has),
    /// A question to the statistics finds something of the head.
    Statistics(Box<Question>),
}

/// A search among the elements of a list or the values of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Has {
    /// The list or object.
    pub place: Attr,
    /// What an element must satisfy; their paths begin at the element.
    pub each: Vec<Condition>,
    /// The code under which the paths of these elements are collected.
    pub save: Option<String>,
}

impl Condition {
    /// Those right below it, which are asked of the same subject, in `has` of an element, in a question to the statistics
    /// of its rows.
    pub fn children(&self) -> &[Condition] {
        match &self.kind {
            Kind::All(conditions) | Kind::Any(conditions) => conditions,
            Kind::Has(has) => &has.each,
            Kind::Statistics(question) => question.stat.filter.conditions(),
            _ => &[],
        }
    }

    /// Whether it or one below it means something else later: it compares with the clock, or asks the log.
    pub fn uses_clock(&self) -> bool {
        let own = match &self.kind {
            Kind::Test(_, test) => test.bounds().iter().any(|bound| bound.uses_clock()),
            Kind::Statistics(_) => true,
            _ => false,
        };
        own || self.children().iter().any(Condition::uses_clock)
    }

    /// Whether it or one below it looks for elements.
    pub fn searches_elements(&self) -> bool {
        matches!(self.kind, Kind::Has(_)) || self.children().iter().any(Condition::searches_elements)
    }

    /// Whether it and all below it are about the data alone.
    pub fn is_about_data(&self) -> bool {
        let own = match &self.kind {
            Kind::Test(attr, _) => attr.source() != Source::System,
            Kind::Heads(..) | Kind::OwnsHead(_) | Kind::InGroup(_) | Kind::Statistics(_) => false,
            Kind::All(_) | Kind::Any(_) | Kind::Has(_) => true,
        };
        own && self.children().iter().all(Condition::is_about_data)
    }

    /// How many levels there are, its own counted.
    pub fn depth(&self) -> usize {
        1 + deepest(self.children())
    }

    /// The condition with every moment known. Errors: `error/filter/value` for one beyond the calendar.
    pub fn at(&self, now: &Now) -> Result<Condition> {
        let kind = match &self.kind {
            Kind::All(conditions) => Kind::All(all_at(conditions, now)?),
            Kind::Any(conditions) => Kind::Any(all_at(conditions, now)?),
            Kind::Has(has) => {
                Kind::Has(Has { place: has.place.clone(), each: all_at(&has.each, now)?, save: has.save.clone() })
            }
            Kind::Statistics(question) => Kind::Statistics(Box::new(question.at(now)?)),
            Kind::Test(attr, test) => {
                let test = test.at(now, attr.precision());
                Kind::Test(attr.clone(), test.map_err(|error| Error::new(Id::FilterValue, error.explain))?)
            }
            other => other.clone(),
        };
        Ok(Condition { kind, negated: self.negated, label: self.label.clone() })
    }
}

/// The conditions with every moment known. Errors: as [`Condition::at`].
pub fn all_at(conditions: &[Condition], now: &Now) -> Result<Vec<Condition>> {
    conditions.iter().map(|condition| condition.at(now)).collect()
}

/// How many levels the deepest of these has.
pub fn deepest(conditions: &[Condition]) -> usize {
    conditions.iter().map(Condition::depth).max().unwrap_or(0)
}
