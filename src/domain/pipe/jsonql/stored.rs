//! Asking a stored document, in place: only what a query names is read.

use super::Query;
use super::evaluate::evaluate;
use super::operand::Operand;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::scope::Scope;
use crate::domain::pipe::template::{Step, Steps};

/// See [`Query::holds`].
pub(super) fn holds(query: &Query, document: Value) -> Result<bool> {
    let scope = if query.is_plain() { Scope::default() } else { Scope::read(Data::open(document)?)? };
    let mut damage = None;
    let look = |name: &Steps| match find(document, name) {
        Ok(found) => found.map(Operand::from).unwrap_or_default(),
        Err(error) => {
            damage = Some(error);
            Operand::Absent
        }
    };
    let answer = evaluate(query, &scope, look);
    match damage {
        Some(error) => Err(error),
        None => answer.map_err(refusal),
    }
}

fn find<'d>(document: Value<'d>, name: &Steps) -> Result<Option<Value<'d>>> {
    let mut at = document;
    for step in &name.0 {
        let next = match (at, step) {
            (Value::Object(object), Step::Key(key)) => object.get(key)?,
            (Value::Array(array), Step::Index(index)) => array.get(*index)?,
            _ => None,
        };
        let Some(next) = next else { return Ok(None) };
        at = next;
    }
    Ok(Some(at))
}

fn refusal(failure: Failure) -> Error {
    let id = match failure.code {
        code if code == Code::Template as i64 => Id::TemplateMissing,
        code if code == Code::Limit as i64 => Id::JsonqlLimit,
        _ => Id::JsonqlEvaluation,
    };
    Error::new(id, failure.message)
}
