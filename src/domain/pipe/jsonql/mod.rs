//! JsonQL: conditions on documents (pipelines-and-hooks.md 3.9).
//!
//! A [`Query`] is read once, into a list of operations on a stack. Templates in it are places whose values are put in when
//! it is asked: a value is an operand and nothing else, whatever it holds, so nobody's data can change a query.
//!
//! Operators from the loosest to the tightest: `||`; `&&`; `= != > < >= <= ~= !~= is isnot`; `+ -`; `* / %`; `^`. Those of
//! one line go from left to right, `^` from right to left.

mod evaluate;
mod number;
mod operand;
mod operation;
mod parse;
mod scan;
mod stored;

#[cfg(test)]
mod tests;

use super::failure::Failure;
use super::scope::Scope;
use super::template::{Path, Problem};
use crate::domain::error::Result;
use crate::domain::json::Value;
use operand::Operand;
use operation::{Binding, Operation};

/// A query with templates in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    operations: Vec<Operation>,
    bindings: Vec<Binding>,
}

impl Query {
    /// Reads a query.
    ///
    /// A problem, with the place where reading stopped: an operand or an operator is missing, a bracket or a quote is not
    /// closed, a name cannot stand there, a template is written wrongly, a regular expression is none, the query is too
    /// long or too deep.
    pub fn parse(query: &str) -> std::result::Result<Query, Problem> {
        parse::parse(query)
    }

    /// Whether it holds for an event: names are fields of `$in`.
    ///
    /// Fails with code 1 where a template's field is missing, with code 5 where operands do not fit their operator or the
    /// whole is neither true nor false, with code 8 where a number or a text grows too large.
    pub fn matches(&self, scope: &Scope) -> std::result::Result<bool, Failure> {
        evaluate::evaluate(self, scope, |name| name.find_in(&scope.input).map(Operand::from).unwrap_or_default())
    }

    /// Whether it holds for a stored document, of which names are fields and whose keys are the roots of templates.
    ///
    /// Errors: `error/template/missing` where a template's field is missing, `error/template/scope` where there are templates
    /// and the document is no scope, `error/jsonql/evaluation`, `error/jsonql/limit`, `error/json/corrupt`.
    pub fn holds(&self, document: Value) -> Result<bool> {
        stored::holds(self, document)
    }

    /// Whether it has no templates.
    pub fn is_plain(&self) -> bool {
        self.bindings.is_empty()
    }

    /// The values of the scope that it names.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.bindings.iter().flat_map(|binding| match binding {
            Binding::Quoted(text) => text.paths().collect(),
            Binding::Bare { path, .. } => vec![path],
        })
    }
}
