//! Programs that can be written in one pass over a body.

use super::budget::ENTRY;
use super::limits::Limits;
use super::mode::Mode;
use super::path::Step;
use super::program::{Op, Operand, Program};
use crate::domain::json::{Keys, Raw, Value, root};
use std::borrow::Cow;

/// A program of nothing but `set` of values on keys that do not lie inside one another: the order of its operations
/// has no meaning, so all of them are written in one pass. It gives what [`super::apply`] gives, or nothing.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    keys: Keys<'a>,
    /// Octets that it adds to a body, at most.
    cost: usize,
    max_size: usize,
}

impl<'a> Plan<'a> {
    /// The plan of a program, if it is of that kind.
    pub fn of(program: &Program<'a>, limits: &Limits) -> Option<Plan<'a>> {
        let mut plan = Plan { keys: Keys::default(), cost: 0, max_size: limits.max_result_size };
        program.ops().iter().all(|op| plan.add(op, limits.depth())).then_some(plan)
    }

    /// Adds an operation. False if it does not fit in.
    fn add(&mut self, op: &Op<'a>, max_depth: usize) -> bool {
        let (Mode::Set, Operand::Value(value), None) = (op.mode(), op.operand(), op.date()) else { return false };
        let steps = op.path().steps();
        let keys = steps.iter().filter_map(|step| if let Step::Key(key) = step { Some(key) } else { None });
        let length: usize = keys.clone().map(|key| key.len() + 2 * ENTRY).sum();
        self.cost = self.cost.saturating_add(length + Raw::from(*value).len() + ENTRY);
        keys.clone().count() == steps.len()
            && steps.len().saturating_add(op.depth()) <= max_depth
            && self.keys.insert(keys, *value)
    }

    /// The body after the program; None where that cannot be said without performing the operations one by one, which
    /// also tells the error, if there is one.
    pub fn apply<'b>(&self, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
        let Value::Object(object) = root(body).ok()? else { return None };
        let size = body.len().saturating_add(self.cost);
        if size > self.max_size {
            return None;
        }
        let mut out = Vec::with_capacity(size);
        let changed = self.keys.write(object, &mut out).ok()?;
        Some(if changed { Cow::Owned(out) } else { Cow::Borrowed(body) })
    }
}
