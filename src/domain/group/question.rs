//! A question to the statistics as a condition: `filter.stat.uni` (members.md 12.3 and 12.4).

use super::limits::Limits;
use super::nested::Groups;
use super::place::Place;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, Value, encoded, root};
use crate::domain::stat::Stat;

/// What `a` is where the statistics are asked.
pub const STATISTICS: &str = "filter.stat.uni";

/// A question to the statistics that holds of each head of which it finds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub stat: Stat,
    /// The code under which the rows that it finds are collected.
    pub save: Option<String>,
    /// It as it was written, as jsonb.
    written: Vec<u8>,
}

/// What answers questions about the head that a filter is asked about.
pub trait Statistics {
    /// Nothing where the question finds nothing of the head; else the rows that it finds, each as jsonb, an object by the
    /// names of what is selected. No rows where it saves none. `groups` are those of the filter.
    ///
    /// Errors: `error/filter/…`, `error/json/…`.
    fn found(&self, question: &Question, groups: &dyn Groups) -> Result<Option<Vec<Vec<u8>>>>;
}

/// Where nothing ever happened to anybody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStatistics;

impl Statistics for NoStatistics {
    fn found(&self, _: &Question, _: &dyn Groups) -> Result<Option<Vec<Vec<u8>>>> {
        Ok(None)
    }
}

impl Question {
    /// Reads `v`: `{filter, have?, select?}`; `select` says what `save` collects.
    ///
    /// Errors: `error/filter/…`, with the place of `v`.
    pub fn read(v: Object, save: Option<String>, limits: &Limits, place: &Place) -> Result<Question> {
        let stat = Stat::condition(v, limits).map_err(|error| place.explained(&as_filter(error)))?;
        if save.is_some() && v.get("select")?.is_none() {
            return Err(place.error(Id::FilterValue, "save needs select, which says what of the rows is saved"));
        }
        Ok(Question { stat, save, written: encoded(&Node::from(Value::Object(v)))? })
    }

    /// The question with every moment known. Errors: `error/filter/value` for one beyond the calendar.
    pub fn at(&self, now: &Now) -> Result<Question> {
        Ok(Question { stat: self.stat.at(now)?, save: self.save.clone(), written: self.written.clone() })
    }

    /// It as it was written. Two that are written alike find the same at one moment.
    pub fn written(&self) -> &[u8] {
        &self.written
    }

    /// It as it was written; reading it gives the same question.
    pub(super) fn to_node(&self) -> Node<'_> {
        root(&self.written).map_or(Node::Null, Node::from)
    }
}

/// What is wrong with a question is wrong with the filter.
fn as_filter(error: Error) -> Error {
    let id = match error.id {
        Id::ParamWrong | Id::ParamMissing => Id::FilterValue,
        Id::ParamUnsupported => Id::FilterUnsupported,
        id => id,
    };
    Error::new(id, error.explain)
}
