//! One step of a plan, how it is shown, and what undoes it.

use super::person::{Head, Person};
use crate::domain::json::Node;

/// What happens to a head or a body. Persons are named by their place in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A body is made.
    Create {
        /// Which.
        to: usize,
        /// The row it had before, among those the plan keeps; a new one without.
        kept: Option<usize>,
    },
    /// A head of nobody becomes one of a body.
    Attach {
        /// The head.
        head: Head,
        /// The body.
        to: usize,
        /// What it comes by.
        entry: Entry,
    },
    /// A head leaves a body and is nobody's.
    Detach {
        /// The head.
        head: Head,
        /// The body.
        from: usize,
    },
    /// A head goes from one body to another, with its lists.
    Move {
        /// The head.
        head: Head,
        /// Its body.
        from: usize,
        /// Its next one.
        to: usize,
    },
    /// Data of one body go into another; `to` alone where data go back.
    Data {
        /// The source.
        from: Option<usize>,
        /// The receiver.
        to: usize,
        /// What changed there, `[{"path", "old", "new"}]`, as the log tells it.
        changed: Vec<u8>,
    },
    /// A body without heads goes.
    Retire {
        /// Which.
        from: usize,
        /// Who takes its place for whoever knows its number.
        to: Option<usize>,
    },
}

/// How a head comes to be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// As this item of the request says.
    Item(usize),
    /// As it was: the row is this one among those the plan keeps.
    Kept(usize),
}

impl Step {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Create { .. } => "create",
            Step::Attach { .. } => "attach",
            Step::Detach { .. } => "detach",
            Step::Move { .. } => "move",
            Step::Data { .. } => "data",
            Step::Retire { .. } => "retire",
        }
    }

    /// The head it moves.
    pub fn head(&self) -> Option<&Head> {
        match self {
            Step::Attach { head, .. } | Step::Detach { head, .. } | Step::Move { head, .. } => Some(head),
            _ => None,
        }
    }

    /// The bodies it goes from and to.
    pub fn ends(&self) -> (Option<usize>, Option<usize>) {
        match *self {
            Step::Create { to, .. } | Step::Attach { to, .. } => (None, Some(to)),
            Step::Detach { from, .. } => (Some(from), None),
            Step::Move { from, to, .. } => (Some(from), Some(to)),
            Step::Data { from, to, .. } => (from, Some(to)),
            Step::Retire { from, to } => (Some(from), to),
        }
    }

    /// `{"step", "address", "from", "to"}`: how `dry_run` and `member_explain` show it.
    pub fn shown<'a>(&self, people: &[Person]) -> Node<'a> {
        let number = |place: Option<usize>| {
            Node::from(place.and_then(|place| people.get(place)).and_then(|person| person.dataset))
        };
        let (from, to) = self.ends();
        Node::object([
            ("step", Node::from(self.name())),
            ("address", Node::from(self.head().map(|head| head.address.value.clone()))),
            ("from", number(from)),
            ("to", number(to)),
        ])
    }
}
