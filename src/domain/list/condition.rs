//! `filter`: conditions `{a, op, v}`, all of which must hold. The operators are those of members.md 12.3 that ask about
//! one scalar.

use super::{Column, Scalar, column};
use crate::domain::error::{Error, Result};
use crate::domain::json::{Object, Value};
use crate::domain::request::{Request, identifier_of, wrong};
use std::borrow::Cow;
use std::cmp::Ordering;

/// One condition on a row.
pub(super) struct Condition<'a, R> {
    value: fn(&R) -> Scalar<'_>,
    test: Test<'a>,
}

enum Test<'a> {
    /// A comparison; by number where both sides are whole numbers, unless it is one of texts.
    Compare { relation: Relation, as_text: bool, operand: Cow<'a, str> },
    /// Whether it is one of these texts.
    Among { operands: Vec<Cow<'a, str>>, wanted: bool },
    /// Whether there is none.
    Absent { wanted: bool },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Relation {
    /// The relation of an operator, and whether it compares texts.
    fn parse(operator: &str) -> Option<(Relation, bool)> {
        Some(match operator {
            "==" => (Relation::Equal, false),
            "!=" => (Relation::Unequal, false),
            "<" => (Relation::Less, false),
            "<=" => (Relation::AtMost, false),
            ">" => (Relation::Greater, false),
            ">=" => (Relation::AtLeast, false),
            "eq" => (Relation::Equal, true),
            "ne" => (Relation::Unequal, true),
            "lt" => (Relation::Less, true),
            "le" => (Relation::AtMost, true),
            "gt" => (Relation::Greater, true),
            "ge" => (Relation::AtLeast, true),
            _ => return None,
        })
    }

    fn holds(self, compared: Ordering) -> bool {
        match self {
            Relation::Equal => compared.is_eq(),
            Relation::Unequal => compared.is_ne(),
            Relation::Less => compared.is_lt(),
            Relation::AtMost => compared.is_le(),
            Relation::Greater => compared.is_gt(),
            Relation::AtLeast => compared.is_ge(),
        }
    }
}

impl<'a, R> Condition<'a, R> {
    /// Reads the parameter. Errors: `error/param/wrong`.
    pub(super) fn read_all(request: &Request<'a>, columns: &[Column<R>]) -> Result<Vec<Condition<'a, R>>> {
        let Some(list) = request.list("filter")? else { return Ok(Vec::new()) };
        let read = |item: Result<Value<'a>>| match item? {
            Value::Object(condition) => Condition::read(condition, columns),
            _ => Err(form()),
        };
        list.iter().map(read).collect()
    }

    fn read(condition: Object<'a>, columns: &[Column<R>]) -> Result<Condition<'a, R>> {
        let (name, operator) = (condition.get("a")?, condition.get("op")?);
        let (Some(Value::String(name)), Some(Value::String(operator))) = (name, operator) else { return Err(form()) };
        let operand = condition.get("v")?.filter(|value| !value.is_null());
        Ok(Condition { value: column(columns, name, "filter")?, test: Test::read(operator, operand)? })
    }

    /// Whether it holds for this row.
    pub(super) fn holds(&self, row: &R) -> bool {
        self.test.holds((self.value)(row))
    }
}

impl<'a> Test<'a> {
    fn read(operator: &str, operand: Option<Value<'a>>) -> Result<Test<'a>> {
        match (operator, operand) {
            ("is_null" | "!is_null", None) => Ok(Test::Absent { wanted: operator == "is_null" }),
            ("in" | "!in", Some(Value::Array(list))) => {
                let operands = list.iter().map(|item| identifier_of(item?).ok_or_else(form)).collect::<Result<_>>()?;
                Ok(Test::Among { operands, wanted: operator == "in" })
            }
            (_, operand) => {
                let (relation, as_text) = Relation::parse(operator).ok_or_else(form)?;
                let operand = operand.and_then(identifier_of).ok_or_else(form)?;
                Ok(Test::Compare { relation, as_text, operand })
            }
        }
    }

    /// Of what is absent, only `is_null` and what denies an equality hold.
    fn holds(&self, value: Scalar) -> bool {
        let text = text_of(value);
        match (self, text) {
            (Test::Absent { wanted }, text) => text.is_none() == *wanted,
            (Test::Among { wanted, .. }, None) => !wanted,
            (Test::Among { operands, wanted }, Some(text)) => operands.contains(&text) == *wanted,
            (Test::Compare { relation, .. }, None) => *relation == Relation::Unequal,
            (Test::Compare { relation, as_text, operand }, Some(text)) => {
                relation.holds(compare(&text, operand, *as_text))
            }
        }
    }
}

fn text_of(value: Scalar<'_>) -> Option<Cow<'_, str>> {
    match value {
        Scalar::Absent => None,
        Scalar::Number(number) => Some(Cow::Owned(number.to_string())),
        Scalar::Text(text) => Some(Cow::Borrowed(text)),
    }
}

fn compare(one: &str, other: &str, as_text: bool) -> Ordering {
    match (one.parse::<i64>(), other.parse::<i64>()) {
        (Ok(one), Ok(other)) if !as_text => one.cmp(&other),
        _ => one.cmp(other),
    }
}

fn form() -> Error {
    wrong(
        "filter",
        "a list of {a, op, v}; op is ==, !=, <, <=, >, >=, eq, ne, lt, le, gt, ge with a text or a number, in or !in \
         with a list of them, is_null or !is_null without v",
    )
}
