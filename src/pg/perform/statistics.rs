//! What the statistics answer about some heads: the condition `filter.stat.uni` (members.md 12.3).
//!
//! No index leads from an identifier to its events, so a question is asked once for all heads that are at hand, when it is
//! first needed.

use crate::domain::error::Result;
use crate::domain::group::{Groups, Question, Statistics, Target};
use crate::domain::json::{Node, encoded};
use crate::pg::guc;
use crate::pg::perform::selection::bind;
use crate::pg::perform::stat::value;
use crate::pg::spi::{Arg, Query, Session};
use pgrx::pg_sys::INT8ARRAYOID;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// How many rows of a head a `save` collects at most.
const MOST_SAVED: usize = 100;

/// What questions found, by the number of the head.
type Found = HashMap<i64, Vec<Vec<u8>>>;

/// What is asked, as it was written, and whether rows are wanted.
type Key = (Vec<u8>, bool);

/// What questions to the statistics find of some heads, at one moment.
pub struct Findings<'s> {
    session: &'s Session,
    heads: Vec<i64>,
    known: RefCell<HashMap<Key, Rc<Found>>>,
}

/// What they find of one of them.
pub struct About<'a> {
    findings: &'a Findings<'a>,
    head: i64,
}

impl<'s> Findings<'s> {
    /// Nothing is asked yet.
    pub fn about_all(session: &'s Session, heads: Vec<i64>) -> Findings<'s> {
        Findings { session, heads, known: RefCell::default() }
    }

    /// One of the heads.
    pub fn about(&self, head: i64) -> About<'_> {
        About { findings: self, head }
    }

    fn found(&self, question: &Question, groups: &dyn Groups) -> Result<Rc<Found>> {
        let key = (question.written().to_vec(), question.save.is_some());
        if let Some(found) = self.known.borrow().get(&key) {
            return Ok(found.clone());
        }
        let found = Rc::new(self.ask(question, groups)?);
        self.known.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    fn ask(&self, question: &Question, groups: &dyn Groups) -> Result<Found> {
        let mut query = Query::default();
        let heads = query.bind(INT8ARRAYOID, Arg::bigints(&self.heads));
        let zone_name = guc::time_zone_name();
        let target = Target { attributes: &BTreeSet::new(), groups, zone: &zone_name, first: query.bound() + 1 };
        let compiled = question.stat.compile_found(&target, &heads, most(question))?;
        compiled.params.iter().for_each(|param| _ = bind(&mut query, param));
        query.push(&compiled.sql);
        let zone = guc::time_zone()?;
        let mut found = Found::new();
        for row in self.session.query(&query).iter() {
            let rows = found.entry(row.bigint().unwrap_or_default()).or_default();
            if question.save.is_some() {
                let shapes = compiled.shapes.iter().skip(1);
                let values = shapes.map(|shape| value(&row, *shape, &zone));
                let names = question.stat.names.iter().map(String::as_str);
                rows.push(encoded(&Node::object(names.zip(values)))?);
            }
        }
        Ok(found)
    }
}

/// One row says that there is something.
fn most(question: &Question) -> usize {
    if question.save.is_some() { MOST_SAVED } else { 1 }
}

impl Statistics for About<'_> {
    fn found(&self, question: &Question, groups: &dyn Groups) -> Result<Option<Vec<Vec<u8>>>> {
        Ok(self.findings.found(question, groups)?.get(&self.head).cloned())
    }
}
