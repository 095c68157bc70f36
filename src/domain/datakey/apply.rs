//! Performing a program on a body (members.md 6.3 to 6.7).

use super::budget::{Budget, octets};
use super::changes::{self, Change, Touch};
use super::date::Now;
use super::edit::{Edit, decide};
use super::limits::Limits;
use super::list;
use super::mode::Mode;
use super::path::Path;
use super::place::{self, Place, Trail};
use super::program::{Op, Operand};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, View, encode, size};

/// Where the copying modes read (members.md 6.4).
#[derive(Clone, Copy, Debug)]
pub enum CopySource<'a> {
    /// The body itself, with the effect of earlier operations.
    Own,
    /// This document.
    Data(Value<'a>),
    /// Nowhere, and null is written, whatever the type: `copy_missing` is `do`.
    Null,
    /// Nowhere, and copying operations are left out: `copy_missing` is `skip`.
    Skip,
}

/// What a program needs to know beside the body.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// How far it may go.
    pub limits: &'a Limits,
    /// The instant of `current`.
    pub now: &'a Now,
    /// Where copies read.
    pub copy: CopySource<'a>,
    /// What the system keeps of the subscriber who is copied from, by the first key: `member`, `-group`, and names
    /// with an `@`. Where it is given, copies of these keys read it instead of the data.
    pub system: Option<Value<'a>>,
}

/// The outcome of a program.
#[derive(Clone, Debug)]
pub struct Applied<'a> {
    before: Value<'a>,
    after: Node<'a>,
    touches: Vec<Touch<'a>>,
    changed: bool,
    /// Octets of the outcome, at most.
    size: usize,
}

/// Performs all operations in order, or none.
///
/// Errors, which name the operation: `error/datakey/notobject` (also for a body that is no object),
/// `error/datakey/notarray`, `error/datakey/merge`, `error/datakey/date`, `error/datakey/limit`,
/// `error/datakey/syntax` for `[-N]` without such an element, `error/json/corrupt`, `error/json/limit`.
pub fn apply<'a>(body: Value<'a>, ops: &'a [Op<'a>], context: &Context<'a>) -> Result<Applied<'a>> {
    if !matches!(body, Value::Object(_)) {
        return Err(Error::new(Id::DatakeyNotobject, "the body is not an object"));
    }
    let root = Node::from(body);
    let budget = Budget::new(context.limits, size(&root));
    let mut run = Run { context, root, budget, touches: Vec::new(), operations: ops.len(), trail: Trail::new() };
    for op in ops {
        run.perform(op).map_err(|error| op.locate(error))?;
    }
    run.finish(body)
}

impl<'a> Applied<'a> {
    /// Whether the body differs from what it was.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The body as it is now.
    pub fn body(&self) -> &Node<'a> {
        &self.after
    }

    /// The body as a document. Errors: `error/json/limit`.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.size);
        encode(&self.after, &mut bytes)?;
        Ok(bytes)
    }

    /// One row per place that differs, in the order in which the operations first wrote to them. A place below another
    /// one that was written to is part of that one's row. Errors: `error/json/corrupt`.
    pub fn changes(&self) -> Result<Vec<Change<'a>>> {
        if self.changed { changes::between(self.before, &self.after, &self.touches) } else { Ok(Vec::new()) }
    }
}

/// A program under way.
struct Run<'a, 'c> {
    context: &'c Context<'a>,
    root: Node<'a>,
    budget: Budget,
    touches: Vec<Touch<'a>>,
    /// How many operations there are.
    operations: usize,
    /// Where the keys of the present operation's path stand.
    trail: Trail,
}

/// A value on its way to its place.
struct Incoming<'a> {
    node: Node<'a>,
    /// Levels of containers.
    depth: usize,
}

impl Incoming<'_> {
    const NULL: Self = Incoming { node: Node::Null, depth: 0 };
}

impl<'a> Run<'a, '_> {
    fn perform(&mut self, op: &'a Op<'a>) -> Result<()> {
        let Some(mut incoming) = self.incoming(op)? else { return Ok(()) };
        if matches!(op.mode(), Mode::Push | Mode::Unshift) && !list::is_list(&incoming.node)? {
            incoming = Incoming { node: Node::array([incoming.node]), depth: incoming.depth + 1 };
        }
        let target = place::find(View::from(&self.root), op.path(), op.mode(), &mut self.trail)?;
        let (place, cost) = (target.place, target.cost);
        match decide(op.mode(), target.present, target.is_inner, incoming.node)? {
            Edit::Nothing => Ok(()),
            edit => {
                if self.touches.is_empty() {
                    self.touches = Vec::with_capacity(self.operations);
                }
                self.budget.check_depth(place.steps().len(), incoming.depth)?;
                let replaced = target.present.filter(|_| matches!(edit, Edit::Put(_)));
                self.budget.grow(&self.root, cost.saturating_add(edit.octets()), replaced)?;
                self.write(place, edit)
            }
        }
    }

    /// The value of an operation; None if the operation is left out.
    fn incoming(&mut self, op: &Op<'a>) -> Result<Option<Incoming<'a>>> {
        let incoming = match (op.operand(), self.context.copy) {
            (Operand::None, _) | (Operand::Copy(_), CopySource::Null) => return Ok(Some(Incoming::NULL)),
            (Operand::Copy(_), CopySource::Skip) => return Ok(None),
            (Operand::Value(value), _) => Incoming { node: Node::from(*value), depth: op.depth() },
            (Operand::Copy(source), CopySource::Own) => self.copy(source, None)?,
            (Operand::Copy(source), CopySource::Data(data)) => self.copy(source, Some(data))?,
        };
        let Some(date) = op.date() else { return Ok(Some(incoming)) };
        let text = text_of(&incoming.node)?;
        let node = Node::from(date.normalize(text, self.context.now)?);
        Ok(Some(Incoming { node, depth: 0 }))
    }

    /// A copy of what stands under a path of the copy source, null for nothing.
    fn copy(&mut self, source: &Path, data: Option<Value<'a>>) -> Result<Incoming<'a>> {
        let document = match (self.context.system, data) {
            (Some(system), _) if source.special().is_some() => View::from(system),
            (_, Some(data)) => View::from(data),
            (_, None) => View::from(&self.root),
        };
        let Some(found) = place::look(document, source.steps())? else { return Ok(Incoming::NULL) };
        self.budget.copy(octets(found))?;
        Ok(Incoming { depth: self.budget.depth(found)?, node: found.to_node() })
    }

    /// Carries out what was decided.
    fn write(&mut self, place: Place<'a>, edit: Edit<'a>) -> Result<()> {
        let (root, steps, trail) = (&mut self.root, place.steps(), &self.trail);
        match edit {
            Edit::Nothing => return Ok(()),
            Edit::Put(node) => *place::reach(root, steps, trail)? = node,
            Edit::Remove => place::remove(root, steps, trail)?,
            Edit::Front(nodes) => place::reach_list(root, steps, trail)?.unshift(nodes),
            Edit::Back(nodes) => place::reach_list(root, steps, trail)?.push(nodes),
            Edit::Keys(pairs) => {
                let keys = pairs.iter().map(|(key, _)| Touch { place: place.clone(), key: Some(key.clone()) });
                self.touches.extend(keys);
                place::reach_object(root, steps, trail)?.set(pairs)?;
                return Ok(());
            }
        }
        self.touches.push(Touch { place, key: None });
        Ok(())
    }

    fn finish(self, before: Value<'a>) -> Result<Applied<'a>> {
        let changed = match self.touches.len() {
            0 => false,
            1 => true,
            // Later writes may have taken back earlier ones.
            _ => !View::from(before).same(View::from(&self.root))?,
        };
        let size = self.budget.size();
        Ok(Applied { before, after: self.root, touches: self.touches, changed, size })
    }
}

/// The text that a type checks.
fn text_of<'n>(node: &'n Node) -> Result<&'n str> {
    let text = match node {
        Node::Raw(raw) => raw.read()?.as_str(),
        Node::String(text) => Some(&**text),
        _ => None,
    };
    text.ok_or_else(|| Error::new(Id::DatakeyDate, "a date is a text"))
}
