//! How a plan and its inverse stand in the journal (shapes.md 6).
//!
//! Both are lists of steps. Heads are named by number, bodies by dataset. A step of the inverse carries what it brings
//! back: the row of a head with its lists, the row of a body, the datakeys that were changed.

use super::difference::difference;
use super::plan::{Plan, object};
use super::step::Step;
use super::three_way::Done;
use crate::domain::datakey::{Limits, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::event;
use crate::domain::json::{EMPTY_OBJECT, Node, Object, Value, encoded, root};

/// What a step takes away, as the tables had it: rows as jsonb.
#[derive(Debug, Default)]
pub struct Kept {
    /// The row of a head, or of a body.
    pub row: Vec<u8>,
    /// The lists of a head.
    pub groups: Option<Vec<u8>>,
    /// What a head is to communities and bots.
    pub states: Option<Vec<u8>>,
    /// The values of channels' fields on a head.
    pub subscriptions: Option<Vec<u8>>,
}

/// The steps of a plan.
pub fn written<'a>(plan: &Plan) -> Node<'a> {
    Node::array(plan.steps.iter().map(|step| {
        let (from, to) = step.ends();
        let mut keys = vec![("step", Node::from(step.name()))];
        keys.extend(step.head().map(|head| ("address", Node::from(head.id))));
        keys.extend(from.map(|from| ("from", dataset(plan, from))));
        keys.extend(to.map(|to| ("to", dataset(plan, to))));
        Node::object(keys)
    }))
}

fn dataset<'a>(plan: &Plan, place: usize) -> Node<'a> {
    Node::from(plan.people.get(place).and_then(|person| person.dataset))
}

/// The steps that undo a plan; `kept` is what each of its steps took away. Errors: `error/json/corrupt`.
pub fn inverse_of<'a>(plan: &'a Plan, kept: &'a [Kept]) -> Result<Node<'a>> {
    let mut steps = Vec::with_capacity(plan.steps.len() + 1);
    for (step, kept) in plan.steps.iter().zip(kept).rev() {
        if let Some(keys) = inverse(plan, step, kept)? {
            steps.push(Node::object(keys));
        }
    }
    for person in plan.people.iter().filter(|person| person.exists && person.has_new_data()) {
        let changed = changed(&person.before, &person.data)?;
        let to = Node::from(person.dataset);
        steps.push(Node::object([("step", Node::from("data")), ("to", to), ("changed", changed)]));
    }
    Ok(Node::array(steps))
}

type Keys<'a> = Vec<(&'static str, Node<'a>)>;

fn inverse<'a>(plan: &'a Plan, step: &Step, kept: &'a Kept) -> Result<Option<Keys<'a>>> {
    let at = |place: usize| dataset(plan, place);
    let name = |name: &'static str| ("step", Node::from(name));
    Ok(Some(match step {
        Step::Create { to, .. } => {
            let data = plan.people.get(*to).map_or(&EMPTY_OBJECT[..], |person| &person.data);
            vec![name("retire"), ("from", at(*to)), ("data", Node::from(root(data)?))]
        }
        Step::Attach { head, to, .. } => vec![name("detach"), ("address", Node::from(head.id)), ("from", at(*to))],
        Step::Detach { head, from } => {
            let mut keys = vec![name("attach"), ("address", Node::from(head.id)), ("to", at(*from))];
            keys.push(("head", Node::from(root(&kept.row)?)));
            keys.push(("groups", kept.groups.as_deref().map(root).transpose()?.map_or(Node::Null, Node::from)));
            for (name, rows) in [("states", &kept.states), ("subscriptions", &kept.subscriptions)] {
                if let Some(rows) = rows {
                    keys.push((name, Node::from(root(rows)?)));
                }
            }
            keys
        }
        Step::Move { head, from, to } => {
            vec![name("move"), ("address", Node::from(head.id)), ("from", at(*to)), ("to", at(*from))]
        }
        Step::Retire { from, .. } => vec![name("create"), ("to", at(*from)), ("body", Node::from(root(&kept.row)?))],
        // Told once for each body, by what differs in the end.
        Step::Data { .. } => return Ok(None),
    }))
}

/// `[{"path", "old"?, "new"?}]` between two documents; a side that held nothing is left out.
///
/// Errors: `error/json/corrupt`.
fn changed<'a>(before: &'a [u8], after: &'a [u8]) -> Result<Node<'a>> {
    let changes = difference(object(before)?, object(after)?)?;
    Ok(Node::array(changes.into_iter().map(|change| {
        let mut keys = vec![("path", Node::from(change.path))];
        keys.extend(change.old.map(|old| ("old", old)));
        keys.extend(change.new.map(|new| ("new", new)));
        Node::object(keys)
    })))
}

/// What the log tells of a change of data, as a document: as in [`event::member_change`], null where there is nothing.
///
/// Errors: `error/json/…`.
pub fn told(before: &[u8], after: &[u8]) -> Result<Vec<u8>> {
    encoded(&event::changed(difference(object(before)?, object(after)?)?))
}

/// One step of the way back.
pub enum Way<'a> {
    /// A body comes back: its row.
    Create {
        /// Which.
        to: i64,
        /// Its row.
        body: Value<'a>,
    },
    /// A head comes back.
    Attach {
        /// Which.
        id: i64,
        /// Its body.
        to: i64,
        /// Its row.
        head: Value<'a>,
        /// Its lists.
        groups: Option<Value<'a>>,
        /// What it is to communities and bots.
        states: Option<Value<'a>>,
        /// The values of channels' fields on it.
        subscriptions: Option<Value<'a>>,
    },
    /// A head leaves.
    Detach {
        /// Which.
        id: i64,
        /// Its body.
        from: i64,
    },
    /// A head goes back.
    Move {
        /// Which.
        id: i64,
        /// Its body.
        from: i64,
        /// The one it had.
        to: i64,
    },
    /// Data become what they were.
    Data {
        /// Whose.
        to: i64,
        /// What was changed.
        changes: Vec<Done<'a>>,
    },
    /// A body that was made goes.
    Retire {
        /// Which.
        from: i64,
        /// The data it was made with.
        data: Value<'a>,
    },
}

impl Way<'_> {
    /// The head it moves.
    pub fn head(&self) -> Option<i64> {
        match *self {
            Way::Attach { id, .. } | Way::Detach { id, .. } | Way::Move { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The bodies it concerns.
    pub fn datasets(&self) -> impl Iterator<Item = i64> {
        let (one, other) = match *self {
            Way::Create { to, .. } | Way::Attach { to, .. } | Way::Data { to, .. } => (to, None),
            Way::Detach { from, .. } | Way::Retire { from, .. } => (from, None),
            Way::Move { from, to, .. } => (from, Some(to)),
        };
        std::iter::once(one).chain(other)
    }
}

/// Reads the inverse of a journal row. Errors: `error/json/corrupt`.
pub fn read_inverse<'a>(steps: Value<'a>) -> Result<Vec<Way<'a>>> {
    let steps = steps.as_array().ok_or_else(corrupt)?;
    steps.iter().map(|step| way(step?.as_object().ok_or_else(corrupt)?)).collect()
}

fn way<'a>(step: Object<'a>) -> Result<Way<'a>> {
    let number = |name: &str| step.get(name)?.and_then(|value| value.as_i64()).ok_or_else(corrupt);
    let value = |name: &str| step.get(name)?.ok_or_else(corrupt);
    Ok(match value("step")?.as_str().unwrap_or_default() {
        "create" => Way::Create { to: number("to")?, body: value("body")? },
        "attach" => Way::Attach {
            id: number("address")?,
            to: number("to")?,
            head: value("head")?,
            groups: step.get("groups")?.filter(|groups| !groups.is_null()),
            states: step.get("states")?.filter(|states| !states.is_null()),
            subscriptions: step.get("subscriptions")?.filter(|subscriptions| !subscriptions.is_null()),
        },
        "detach" => Way::Detach { id: number("address")?, from: number("from")? },
        "move" => Way::Move { id: number("address")?, from: number("from")?, to: number("to")? },
        "data" => Way::Data { to: number("to")?, changes: changes(value("changed")?)? },
        "retire" => Way::Retire { from: number("from")?, data: value("data")? },
        _ => return Err(corrupt()),
    })
}

fn changes<'a>(list: Value<'a>) -> Result<Vec<Done<'a>>> {
    let list = list.as_array().ok_or_else(corrupt)?;
    let read = |change: Value<'a>| {
        let change = change.as_object().ok_or_else(corrupt)?;
        let path = change.get("path")?.and_then(|path| path.as_str()).ok_or_else(corrupt)?;
        Ok(Done { path: Path::parse(path, &Limits::WIDEST)?, old: change.get("old")?, new: change.get("new")? })
    };
    list.iter().map(|change| read(change?)).collect()
}

#[cold]
fn corrupt() -> Error {
    Error::new(Id::JsonCorrupt, "a row of the journal is not what the calls write")
}
