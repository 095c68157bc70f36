//! A pipe while it is read: what is known of it, right or wrong.

use crate::domain::error::Id;
use crate::domain::pipe::pipes::{Pipe, PipeId};
use crate::domain::pipe::problem::Problems;
use crate::domain::pipe::scope::Root;
use std::collections::BTreeSet;

/// An exit to a pipe of the same pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// How explanations call it: `outs.success`, `params.outs[0].out`.
    pub name: String,
    /// Where it leads.
    pub to: PipeId,
}

/// A pipe as far as it could be read.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its number, if it has one.
    pub id: Option<PipeId>,
    /// Its type, if that is known.
    pub kind: Option<Type>,
    /// Where it leads, also when something else about it is wrong.
    pub exits: Vec<Exit>,
    /// What its templates look at.
    pub roots: BTreeSet<Root>,
    /// The pipe, if all of it could be read.
    pub pipe: Option<Pipe>,
}

/// The twelve types of pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `result`.
    Result,
    /// `error`.
    Error,
    /// `log`.
    Log,
    /// `pack`.
    Pack,
    /// `unpack`.
    Unpack,
    /// `http_request`.
    Http,
    /// `store_set`.
    StoreSet,
    /// `store_get`.
    StoreGet,
    /// `selector`.
    Selector,
    /// `sql_pipe`.
    Sql,
    /// `event`.
    Event,
    /// `scheduled`.
    Scheduled,
}

impl Type {
    /// Every type by its name; older spellings are at the end.
    const NAMES: [(&'static str, Type); 14] = [
        ("result", Type::Result),
        ("error", Type::Error),
        ("log", Type::Log),
        ("pack", Type::Pack),
        ("unpack", Type::Unpack),
        ("http_request", Type::Http),
        ("store_set", Type::StoreSet),
        ("store_get", Type::StoreGet),
        ("selector", Type::Selector),
        ("sql_pipe", Type::Sql),
        ("event", Type::Event),
        ("scheduled", Type::Scheduled),
        ("packer", Type::Pack),
        ("http_requester", Type::Http),
    ];

    /// The type of this name.
    pub fn parse(name: &str) -> Option<Type> {
        Type::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Type::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What reading one pipe finds out beside the pipe itself.
#[derive(Debug, Default)]
pub struct Findings {
    /// The pipe that is read, if it has a number.
    pub id: Option<PipeId>,
    /// How explanations begin that are about a pipe without a number.
    pub place: String,
    /// What is wrong.
    pub problems: Problems,
    /// Where it leads.
    pub exits: Vec<Exit>,
    /// What its templates look at.
    pub roots: BTreeSet<Root>,
}

impl Findings {
    /// Notes an error of the pipe.
    pub fn error(&mut self, id: Id, explain: String) {
        let explain = self.placed(explain);
        self.problems.error(self.id, id, explain);
    }

    /// Notes a warning of the pipe.
    pub fn warn(&mut self, id: Id, explain: String) {
        let explain = self.placed(explain);
        self.problems.warn(self.id, id, explain);
    }

    fn placed(&self, explain: String) -> String {
        if self.id.is_some() { explain } else { format!("{}: {explain}", self.place) }
    }
}
