//! Asking a query: its operations on a stack, without descending.

use super::Query;
use super::number;
use super::operand::Operand;
use super::operation::{Binding, Operation, State};
use crate::domain::group::Pattern;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::scope::Scope;
use crate::domain::pipe::template::{Room, Steps};
use std::borrow::Cow;

/// See [`Query::matches`]; `look` finds what a name means.
///
/// Every template is put in before anything is asked, so whether a field is missing does not depend on the others.
pub(super) fn evaluate<'v>(
    query: &'v Query,
    scope: &'v Scope,
    mut look: impl FnMut(&Steps) -> Operand<'v>,
) -> Result<bool, Failure> {
    let room = Room::default();
    let mut bound = query.bindings.iter().map(|binding| bind(binding, scope, &room)).collect::<Result<Vec<_>, _>>()?;
    let mut stack = Stack { values: Vec::new(), room };
    let mut operations = query.operations.iter();
    while let Some(operation) = operations.next() {
        match operation {
            Operation::Constant(constant) => stack.push(Operand::from(constant)),
            // Each stands in one place.
            Operation::Bound(index) => stack.push(bound.get_mut(*index).map(std::mem::take).unwrap_or_default()),
            Operation::Name(name) => stack.push(look(name)),
            Operation::Skip { when, over } => {
                if stack.truth()? == *when {
                    stack.push(Operand::Bool(*when));
                    operations = operations.as_slice().get(*over..).unwrap_or_default().iter();
                }
            }
            other => stack.perform(other)?,
        }
    }
    match stack.pop() {
        Operand::Bool(truth) => Ok(truth),
        _ => Err(Failure::new(Code::Query, "the query gives neither true nor false")),
    }
}

fn bind<'v>(binding: &'v Binding, scope: &'v Scope, room: &Room) -> Result<Operand<'v>, Failure> {
    match binding {
        Binding::Quoted(text) => Ok(Operand::Text(text.render_within(scope, room)?.into())),
        Binding::Bare { path, typed } => {
            let operand = match path.read(scope)? {
                Cow::Borrowed(data) => Operand::from(data),
                // Only `$in` itself is no one's own.
                Cow::Owned(_) => Operand::Other,
            };
            Ok(if *typed { operand } else { operand.read() })
        }
    }
}

struct Stack<'v> {
    values: Vec<Operand<'v>>,
    room: Room,
}

impl<'v> Stack<'v> {
    fn push(&mut self, value: Operand<'v>) {
        self.values.push(value);
    }

    /// The value on top. A query that was read leaves none out.
    fn pop(&mut self) -> Operand<'v> {
        self.values.pop().unwrap_or_default()
    }

    fn truth(&mut self) -> Result<bool, Failure> {
        match self.pop() {
            Operand::Bool(truth) => Ok(truth),
            _ => Err(Failure::new(Code::Query, "&& and || join what is true or false")),
        }
    }

    fn perform(&mut self, operation: &Operation) -> Result<(), Failure> {
        let value = match operation {
            Operation::Compare(comparison) => {
                let (right, left) = (self.pop(), self.pop());
                Operand::Bool(left.compares(*comparison, &right)?)
            }
            Operation::Is { what, not } => Operand::Bool(is(&self.pop(), *what, *not)),
            Operation::Match { pattern, not } => Operand::Bool(self.matches(pattern.as_ref())? != *not),
            Operation::Add => {
                let (right, left) = (self.pop(), self.pop());
                self.add(left, right)?
            }
            Operation::Calculate(operator) => {
                let (right, left) = (self.pop(), self.pop());
                let (Some(left), Some(right)) = (left.number()?, right.number()?) else {
                    return Err(Failure::new(Code::Query, "- * / % ^ take numbers"));
                };
                Operand::Exact(number::calculate(*operator, &left, &right)?)
            }
            Operation::Truth => Operand::Bool(self.truth()?),
            // These have no operands, and were seen to.
            Operation::Constant(_) | Operation::Bound(_) | Operation::Name(_) | Operation::Skip { .. } => return Ok(()),
        };
        self.push(value);
        Ok(())
    }

    /// Numbers are added, everything else that has a text is joined.
    fn add(&self, left: Operand<'v>, right: Operand<'v>) -> Result<Operand<'v>, Failure> {
        let is_number = |value: &Operand| matches!(value, Operand::Number(_) | Operand::Exact(_));
        if is_number(&left) && is_number(&right) {
            let (Some(left), Some(right)) = (left.number()?, right.number()?) else { return Ok(Operand::Absent) };
            return number::add(&left, &right).map(Operand::Exact);
        }
        let (Some(left), Some(right)) = (left.text(), right.text()) else {
            return Err(Failure::new(Code::Query, "+ takes numbers and texts"));
        };
        self.room.take(left.len() + right.len())?;
        Ok(Operand::Text(format!("{left}{right}").into()))
    }

    /// Whether an expression is found in what is on top. What has no text has nothing to find it in.
    fn matches(&mut self, pattern: Option<&Pattern>) -> Result<bool, Failure> {
        let given = if pattern.is_none() { Some(self.pop()) } else { None };
        let made = given.map(|written| expression(&written)).transpose()?;
        let subject = self.pop();
        let text = subject.text();
        Ok(text.is_some_and(|text| pattern.or(made.as_ref()).is_some_and(|pattern| pattern.matches(&text))))
    }
}

/// A regular expression that is known only now.
fn expression(written: &Operand) -> Result<Pattern, Failure> {
    let text = written.text().ok_or_else(|| Failure::new(Code::Query, "behind ~= and !~= goes a text"))?;
    Pattern::parse(&text)
        .map_err(|error| Failure::new(Code::Query, format!("the regular expression: {}", error.explain)))
}

/// What is not there is neither null nor, with `isnot`, anything else.
fn is(value: &Operand, what: State, not: bool) -> bool {
    match what {
        State::Defined => (*value != Operand::Absent) != not,
        State::Null => *value != Operand::Absent && (*value == Operand::Null) != not,
    }
}
