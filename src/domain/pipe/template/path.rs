//! Where a value stands: `in.data.items.%0` (pipelines-and-hooks.md 4.4).

use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::scope::{Root, Scope};
use std::borrow::Cow;
use std::fmt;

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// To what stands under this key of an object.
    Key(String),
    /// To this element of a list, counted from nought.
    Index(usize),
}

/// Steps into a document; none stay where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Steps(pub Vec<Step>);

/// A value of the scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The first word.
    pub root: Root,
    /// What follows it.
    pub steps: Steps,
}

/// What a template names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A value of the scope.
    Scope(Path),
    /// A value of the current item: `[$]id`.
    Item(Steps),
}

impl Step {
    /// To the element of this number; nothing for what is no number. No list has the elements that cannot be counted.
    pub fn index(digits: &str) -> Option<Step> {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Step::Index(digits.parse().unwrap_or(usize::MAX)))
    }
}

impl Steps {
    /// What they lead to from here; nothing where a key or an element is missing.
    pub fn find<'d>(&self, from: &'d Data) -> Option<&'d Data> {
        walk(&self.0, from)
    }

    /// The same from an object. Without steps there is nothing: the object is no value of its own.
    pub fn find_in<'d>(&self, from: &'d Object) -> Option<&'d Data> {
        let (Step::Key(key), rest) = self.0.split_first()? else { return None };
        walk(rest, from.get(key)?)
    }

    /// The last step, if it is a key.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
}

/// The failure of a field that is not there.
pub(super) fn missing(written: impl fmt::Display) -> Failure {
    Failure::new(Code::Template, format!("{written} was not found"))
}

fn walk<'d>(steps: &[Step], from: &'d Data) -> Option<&'d Data> {
    steps.iter().try_fold(from, |at, step| match (at, step) {
        (Data::Object(pairs), Step::Key(key)) => pairs.get(key),
        (Data::List(items), Step::Index(index)) => items.get(*index),
        _ => None,
    })
}

impl Path {
    /// What it leads to; nothing where a field is missing. Only `$in` as a whole has to be copied.
    pub fn find<'s>(&self, scope: &'s Scope) -> Option<Cow<'s, Data>> {
        let from = match self.root {
            Root::In if self.steps.0.is_empty() => return Some(Cow::Owned(Data::Object(scope.input.clone()))),
            Root::In => return self.steps.find_in(&scope.input).map(Cow::Borrowed),
            Root::Origin => Some(&*scope.origin).filter(|origin| **origin != Data::Null)?,
            Root::Error => scope.error.as_ref()?,
            Root::Now => scope.now.as_ref()?,
            other => scope.objects.get(other.name())?,
        };
        self.steps.find(from).map(Cow::Borrowed)
    }

    /// The same; fails with code 1 where a field is missing, and names the path.
    pub fn read<'s>(&self, scope: &'s Scope) -> Result<Cow<'s, Data>, Failure> {
        self.find(scope).ok_or_else(|| missing(format_args!("${self}")))
    }

    /// The last name that it is written with.
    pub fn last_name(&self) -> Option<&str> {
        if self.steps.0.is_empty() { Some(self.root.name()) } else { self.steps.last_key() }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) => f.write_str(key),
            Step::Index(index) => write!(f, "%{index}"),
        }
    }
}

/// With dots between: `data.%0`.
impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            write!(f, "{}{step}", if at == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// Without a prefix: `in.data.%0`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root.name())?;
        if self.steps.0.is_empty() { Ok(()) } else { write!(f, ".{}", self.steps) }
    }
}

/// As a template that puts it into a text: `$in.data.%0`, `[$]id`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Scope(path) => write!(f, "${path}"),
            Place::Item(steps) => write!(f, "[$]{steps}"),
        }
    }
}
