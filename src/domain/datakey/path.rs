//! Paths into a document (members.md 5.2 and 5.3).

use super::limits::{Limits, beyond};
use crate::domain::error::{Error, Id, Result};
use std::borrow::Cow;
use std::fmt;

/// Names with a dot in them that are one element (shapes.md 5).
const WHOLE: [&str; 2] = ["@member.sequence_data@", "@member.sequence_data.store@"];

/// Elements that most paths have at most.
const USUAL: usize = 4;

/// One element of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step<'a> {
    /// A key of an object.
    Key(Cow<'a, str>),
    /// `[N]`: an element of an array, from 0.
    Index(u32),
    /// `[-N]`: an element of an array, counted from its end; -1 is the last.
    FromEnd(u32),
    /// `*`: every key of an object.
    AnyKey,
    /// `[*]`: every element of an array.
    AnyIndex,
}

/// A path: at least one element, the first of which is a key or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<'a> {
    steps: Vec<Step<'a>>,
    /// Whether the first key begins with an `@` that was not escaped.
    marked: bool,
}

impl<'a> Path<'a> {
    /// Reads a path. Errors: `error/datakey/syntax`, `error/datakey/limit`.
    pub fn parse(text: &'a str, limits: &Limits) -> Result<Path<'a>> {
        Path::read(text, limits).map_err(|error| Error::new(error.id, format!("key {}: {}", Shown(text), error.explain)))
    }

    /// Reads a path; its errors do not show the text.
    pub(super) fn read(text: &'a str, limits: &Limits) -> Result<Path<'a>> {
        let mut reader = Reader { rest: text };
        let mut path = Path { steps: Vec::with_capacity(USUAL), marked: text.starts_with('@') };
        path.push(reader.whole().map_or_else(|| reader.element(), Ok)?, limits)?;
        while let Some(step) = reader.step()? {
            path.push(step, limits)?;
        }
        Ok(path)
    }

    fn push(&mut self, step: Step<'a>, limits: &Limits) -> Result<()> {
        if matches!(&step, Step::Key(key) if key.len() > limits.max_key_length) {
            return Err(beyond("max_key_length", limits.max_key_length));
        }
        if self.steps.len() >= limits.depth() {
            return Err(beyond("max_depth", limits.depth()));
        }
        self.steps.push(step);
        Ok(())
    }

    /// Its elements.
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// The first element, if it is a key.
    pub fn first_key(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// The first key where it stands for something else than data (members.md 6.6): `member`, `-group`, and keys
    /// that begin with an `@`, unless it is written `\@`.
    pub fn special(&self) -> Option<&str> {
        self.first_key().filter(|key| self.marked || matches!(*key, "member" | "-group"))
    }

    /// Whether it stands for many places (members.md 5.3).
    pub fn has_wildcard(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::AnyKey | Step::AnyIndex))
    }

    /// The path with another element in one place.
    pub(super) fn replace(&mut self, index: usize, step: Step<'a>) {
        if let Some(place) = self.steps.get_mut(index) {
            *place = step;
        }
    }

    /// The path of a key below this one.
    pub(super) fn below(&self, key: Cow<'a, str>) -> Path<'a> {
        let mut path = self.clone();
        path.steps.push(Step::Key(key));
        path
    }
}

/// What has not been read yet.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// A name that is taken whole, dots and all.
    fn whole(&mut self) -> Option<Step<'a>> {
        let name = WHOLE.into_iter().find(|name| {
            self.rest.strip_prefix(*name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })?;
        self.skip(name.len());
        Some(Step::Key(Cow::Borrowed(name)))
    }

    /// What follows an element: another key behind a dot, an index, or nothing.
    fn step(&mut self) -> Result<Option<Step<'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            return self.element().map(Some);
        }
        match self.index()? {
            Some(step) => Ok(Some(step)),
            None => Err(syntax("after an index comes a dot, another index or the end")),
        }
    }

    /// A key or `*`, up to a dot, an index or the end.
    fn element(&mut self) -> Result<Step<'a>> {
        let mut key = Cow::Borrowed("");
        let mut escaped = false;
        loop {
            let plain = self.rest.bytes().position(|byte| matches!(byte, b'.' | b'[' | b'\\'));
            add(&mut key, self.skip(plain.unwrap_or(self.rest.len())));
            match self.rest.as_bytes().first() {
                Some(b'[') if self.bracket().is_none() => add(&mut key, self.skip(1)),
                Some(b'\\') => {
                    self.skip(1);
                    escaped = true;
                    let next = self.rest.chars().next().ok_or_else(|| syntax("a backslash stands at the end"))?;
                    add(&mut key, self.skip(next.len_utf8()));
                }
                _ => break,
            }
        }
        match &*key {
            "" => Err(syntax("an element is empty")),
            "*" if !escaped => Ok(Step::AnyKey),
            _ => Ok(Step::Key(key)),
        }
    }

    /// An index, if the rest begins with one.
    fn index(&mut self) -> Result<Option<Step<'a>>> {
        let Some(inside) = self.bracket() else { return Ok(None) };
        self.skip(inside.len() + 2);
        if inside == "*" {
            return Ok(Some(Step::AnyIndex));
        }
        let (digits, step): (_, fn(u32) -> Step<'a>) = match inside.strip_prefix('-') {
            Some(digits) => (digits, Step::FromEnd),
            None => (inside, Step::Index),
        };
        let number = digits.parse().map_err(|_| Error::new(Id::DatakeyLimit, "an index is too large"))?;
        match step(number) {
            Step::FromEnd(0) => Err(syntax("[-1] is the last element; there is no [-0]")),
            step => Ok(Some(step)),
        }
    }

    /// What stands in the brackets that the rest begins with, if that makes them an index.
    fn bracket(&self) -> Option<&'a str> {
        let (inside, _) = self.rest.strip_prefix('[')?.split_once(']')?;
        let digits = inside.strip_prefix('-').unwrap_or(inside);
        let is_index = inside == "*" || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
        is_index.then_some(inside)
    }

    /// Takes so many bytes.
    fn skip(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

/// Appends to a key, which stays borrowed while it is one piece.
fn add<'a>(key: &mut Cow<'a, str>, piece: &'a str) {
    if key.is_empty() {
        *key = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        key.to_mut().push_str(piece);
    }
}

fn syntax(explain: &str) -> Error {
    Error::new(Id::DatakeySyntax, explain)
}

/// Written so that reading it gives the same path.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(_) | Step::AnyKey if index > 0 => f.write_str(".")?,
                _ => {}
            }
            match step {
                Step::Key(key) if index == 0 && self.marked && WHOLE.contains(&&**key) => f.write_str(key)?,
                Step::Key(key) => {
                    if index == 0 && !self.marked && key.starts_with('@') || key == "*" {
                        f.write_str("\\")?;
                    }
                    escape(key, f)?;
                }
                Step::Index(number) => write!(f, "[{number}]")?,
                Step::FromEnd(number) => write!(f, "[-{number}]")?,
                Step::AnyKey => f.write_str("*")?,
                Step::AnyIndex => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

fn escape(key: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for piece in key.split_inclusive(['.', '[', '\\']) {
        match piece.char_indices().next_back() {
            Some((at, last @ ('.' | '[' | '\\'))) => write!(f, "{}\\{last}", piece.get(..at).unwrap_or_default())?,
            _ => f.write_str(piece)?,
        }
    }
    Ok(())
}

/// A key as error messages show it: quoted, and cut when it is long.
pub(super) struct Shown<'t>(pub(super) &'t str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ENOUGH: usize = 100;
        match self.0.char_indices().nth(ENOUGH) {
            Some((end, _)) => write!(f, "\"{}…\"", self.0.get(..end).unwrap_or_default()),
            None => write!(f, "\"{}\"", self.0),
        }
    }
}
