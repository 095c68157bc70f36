//! `have`: conditions on what is selected and on aggregates, in the language of filters.
//!
//! Aggregates are no datakeys. So the conditions are written anew with the columns of the answer in their place, and
//! then read like any other filter.

use super::term::Term;
use crate::domain::datakey::date::Precision;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::system_key::Column;
use crate::domain::group::{Filter, Limits};
use crate::domain::json::{Array, Node, Object, Value, encoded, root};

/// The columns that conditions can name: as many as a question may have terms.
const COLUMNS: [&str; 32] = [
    "q.c0", "q.c1", "q.c2", "q.c3", "q.c4", "q.c5", "q.c6", "q.c7", "q.c8", "q.c9", "q.c10", "q.c11", "q.c12", "q.c13",
    "q.c14", "q.c15", "q.c16", "q.c17", "q.c18", "q.c19", "q.c20", "q.c21", "q.c22", "q.c23", "q.c24", "q.c25",
    "q.c26", "q.c27", "q.c28", "q.c29", "q.c30", "q.c31",
];

/// The most terms of a question.
pub const MOST_TERMS: usize = COLUMNS.len();

/// Where a condition reads a column: `c3` is that of the term of this place.
pub fn column(terms: &[Term], name: &str) -> Option<Column> {
    let place: usize = name.strip_prefix('c')?.parse().ok()?;
    let (term, column) = (terms.get(place)?, COLUMNS.get(place)?);
    Some(match term.shape() {
        super::Shape::Text => Column::Text(column),
        super::Shape::Integer => Column::Integer(column),
        super::Shape::Instant => Column::Instant(column),
    })
}

/// Reads `have`; what it compares is added to the terms.
///
/// Errors: `error/filter/…`; `error/filter/unsupported` for groups, because rows that are put together are in none.
pub fn read(list: Array, terms: &mut Vec<Term>, limits: &Limits) -> Result<Filter> {
    let written = conditions(list, terms, limits.max_depth)?;
    let bytes = encoded(&written)?;
    let have = Filter::read(root(&bytes)?, limits)?;
    if !have.mentions().groups.is_empty() {
        return Err(Error::new(Id::FilterUnsupported, "have: groups are asked for in filter"));
    }
    Ok(have)
}

fn conditions(list: Array, terms: &mut Vec<Term>, left: usize) -> Result<Node<'static>> {
    let left = left.checked_sub(1).ok_or_else(|| Error::new(Id::FilterDepth, "have: too many levels"))?;
    let mut written = Vec::new();
    for item in list.iter() {
        written.push(match item? {
            Value::Object(condition) => self::condition(condition, terms, left)?,
            other => owned(other)?,
        });
    }
    Ok(Node::array(written))
}

fn condition(condition: Object, terms: &mut Vec<Term>, left: usize) -> Result<Node<'static>> {
    let mut keys = Vec::new();
    for pair in condition.iter() {
        let (key, value) = pair?;
        let value = match (key, value) {
            ("a", Value::String(a)) => Node::from(named(a, terms)?),
            ("v", Value::Array(list)) if list.get(0)?.is_some_and(|first| first.as_object().is_some()) => {
                conditions(list, terms, left)?
            }
            (_, other) => owned(other)?,
        };
        keys.push((key.to_owned(), value));
    }
    Ok(Node::object(keys))
}

/// The column of a term, with the precision that follows it. Errors: `error/filter/attribute`.
fn named(a: &str, terms: &mut Vec<Term>) -> Result<String> {
    if let Some(term) = Term::parse(a) {
        return Ok(format!("c{}", place(term, terms)));
    }
    let cut = a.rsplit_once(':').filter(|(_, letters)| Precision::parse(letters).is_some());
    let cut = cut.and_then(|(name, letters)| Some((Term::parse(name)?, letters)));
    let (term, letters) = cut.ok_or_else(|| {
        let explain = "have: a is a key that is selected, count(*), count(member.id), min or max of a key";
        Error::new(Id::FilterAttribute, explain)
    })?;
    Ok(format!("c{}:{letters}", place(term, terms)))
}

/// Where a term stands among the terms; at their end if it is new.
pub fn place(term: Term, terms: &mut Vec<Term>) -> usize {
    terms.iter().position(|known| *known == term).unwrap_or_else(|| {
        terms.push(term);
        terms.len() - 1
    })
}

/// A value that owns what it holds.
fn owned(value: Value) -> Result<Node<'static>> {
    Ok(match value {
        Value::Null => Node::Null,
        Value::String(text) => Node::from(text.to_owned()),
        Value::Bool(truth) => Node::from(truth),
        Value::Number(number) => Node::from(number.to_string()),
        Value::Array(list) => Node::array(list.iter().map(|item| owned(item?)).collect::<Result<Vec<_>>>()?),
        Value::Object(_) => return Err(Error::new(Id::FilterSyntax, "have: v is a value or a list of conditions")),
    })
}
