//! What a condition asks of a value (members.md 12.3). Every test has one meaning; a filter writes its opposite with an
//! operator of its own, and the condition keeps that apart.

use super::like::Like;
use super::literal::Bound;
use super::operand::Operand;
use super::pattern::Pattern;
use crate::domain::datakey::date::{Now, Precision};
use crate::domain::error::Result;
use crate::domain::json::Read;
use std::cmp::Ordering;

/// How a value has to stand to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

impl Relation {
    /// Whether two values that stand so to each other fit.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Relation::Equal => order.is_eq(),
            Relation::Less => order.is_lt(),
            Relation::LessOrEqual => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A test of one value. Of what is not there, is null, or has no text of its own, only the last three can be true;
/// equality with the key of an object too, which is how an answer of a choice question is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `== < <= > >=`: by value if both look like numbers, else by bytes.
    Value(Relation, Bound),
    /// `eq lt le gt ge`: by bytes.
    Bytes(Relation, Bound),
    /// `in`: equal by bytes to one of these, which are sorted.
    In(Vec<Bound>),
    /// `like`.
    Like(Like),
    /// `^=`.
    Prefix(String),
    /// `$=`.
    Suffix(String),
    /// `rx`.
    Regexp(Pattern),
    /// `is_null`: absent, or null.
    Null,
    /// `empty`: absent, null, `""`, `[]` or `{}`.
    Empty,
    /// `exists`: present, null too.
    Exists,
}

impl Test {
    /// One of these, as texts.
    pub fn one_of(mut bounds: Vec<Bound>) -> Test {
        bounds.sort_by(|left, right| left.literal().text().cmp(right.literal().text()));
        Test::In(bounds)
    }

    /// Whether a value passes. Errors: damaged bytes.
    pub fn passes(&self, operand: &Operand) -> Read<bool> {
        let text = |passes: &dyn Fn(&str) -> bool| Ok(operand.text().is_some_and(|text| passes(&text)));
        match self {
            Test::Value(relation, bound) => {
                let order = bound.literal().order(operand);
                related(*relation, order, bound, operand)
            }
            Test::Bytes(relation, bound) => {
                let order = bound.literal().order_of_bytes(operand);
                related(*relation, order, bound, operand)
            }
            Test::In(bounds) => is_in(bounds, operand),
            Test::Like(pattern) => text(&|text| pattern.matches(text)),
            Test::Prefix(prefix) => text(&|text| text.starts_with(prefix)),
            Test::Suffix(suffix) => text(&|text| text.ends_with(suffix)),
            Test::Regexp(pattern) => text(&|text| pattern.matches(text)),
            Test::Null => Ok(matches!(operand, Operand::Absent | Operand::Null)),
            Test::Empty => Ok(match operand {
                Operand::Absent | Operand::Null => true,
                Operand::Text(text) => text.is_empty(),
                other => other.size() == Some(0),
            }),
            Test::Exists => Ok(!matches!(operand, Operand::Absent)),
        }
    }

    /// Its values.
    pub fn bounds(&self) -> &[Bound] {
        match self {
            Test::Value(_, bound) | Test::Bytes(_, bound) => std::slice::from_ref(bound),
            Test::In(bounds) => bounds,
            _ => &[],
        }
    }

    /// The test with every moment known. Errors: `error/datakey/date`.
    pub fn at(&self, now: &Now, precision: Option<Precision>) -> Result<Test> {
        Ok(match self {
            Test::Value(relation, bound) => Test::Value(*relation, bound.at(now, precision)?),
            Test::Bytes(relation, bound) => Test::Bytes(*relation, bound.at(now, precision)?),
            Test::In(bounds) => {
                Test::one_of(bounds.iter().map(|bound| bound.at(now, precision)).collect::<Result<_>>()?)
            }
            other => other.clone(),
        })
    }
}

fn related(relation: Relation, order: Option<Ordering>, bound: &Bound, operand: &Operand) -> Read<bool> {
    match order {
        Some(order) => Ok(relation.holds(order)),
        None if relation == Relation::Equal => operand.has_key(bound.literal().text()),
        None => Ok(false),
    }
}

fn is_in(bounds: &[Bound], operand: &Operand) -> Read<bool> {
    if let Some(text) = operand.text() {
        return Ok(bounds.binary_search_by(|bound| bound.literal().text().cmp(&*text)).is_ok());
    }
    for bound in bounds {
        if operand.has_key(bound.literal().text())? {
            return Ok(true);
        }
    }
    Ok(false)
}
