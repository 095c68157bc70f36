//! Paths into a document (members.md 5.2 and 5.3).

use super::limits::{Limits, beyond};
use crate::domain::error::{Error, Id, Result};
use arrayvec::ArrayVec;
use std::borrow::Cow;
use std::fmt;

/// What the passage of a sequence keeps for itself, to be read.
pub const PASSAGE: &str = "@member.sequence_data@";
/// The same, to be written.
pub const PASSAGE_STORE: &str = "@member.sequence_data.store@";
/// Names with a dot in them that are one element (shapes.md 5).
const WHOLE: [&str; 2] = [PASSAGE, PASSAGE_STORE];

/// Elements that most paths have at most; these paths need no allocation.
const USUAL: usize = 3;

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
    steps: Steps<'a>,
    /// Whether the first key begins with an `@` that was not escaped.
    marked: bool,
}

/// The elements of a path, in place while they are few.
#[derive(Clone, Debug)]
enum Steps<'a> {
    Few(ArrayVec<Step<'a>, USUAL>),
    Many(Vec<Step<'a>>),
}

impl<'a> Steps<'a> {
    fn as_slice(&self) -> &[Step<'a>] {
        match self {
            Steps::Few(steps) => steps,
            Steps::Many(steps) => steps,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [Step<'a>] {
        match self {
            Steps::Few(steps) => steps,
            Steps::Many(steps) => steps,
        }
    }

    fn push(&mut self, step: Step<'a>) {
        match self {
            Steps::Few(steps) => {
                if let Err(full) = steps.try_push(step) {
                    let mut many: Vec<_> = steps.drain(..).collect();
                    many.push(full.element());
                    *self = Steps::Many(many);
                }
            }
            Steps::Many(steps) => steps.push(step),
        }
    }
}

impl PartialEq for Steps<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Steps<'_> {}

impl<'a> Path<'a> {
    /// Reads a path. Errors: `error/datakey/syntax`, `error/datakey/limit`.
    pub fn parse(text: &'a str, limits: &Limits) -> Result<Path<'a>> {
        Path::read(text, limits)
            .map_err(|error| Error::new(error.id, format!("key {}: {}", Shown(text), error.explain)))
    }

    /// The path of these keys; at least one.
    pub fn of_keys(keys: impl IntoIterator<Item = Cow<'a, str>>) -> Path<'a> {
        let mut path = Path { steps: Steps::Few(ArrayVec::new()), marked: false };
        keys.into_iter().for_each(|key| path.steps.push(Step::Key(key)));
        path
    }

    /// Reads a path; its errors do not show the text.
    pub(super) fn read(text: &'a str, limits: &Limits) -> Result<Path<'a>> {
        let mut reader = Reader { rest: text };
        let mut path = Path { steps: Steps::Few(ArrayVec::new()), marked: text.starts_with('@') };
        let mut next = if path.marked { reader.whole() } else { None };
        if next.is_none() {
            next = Some(reader.element()?);
        }
        let mut left = limits.depth();
        while let Some(step) = next {
            if matches!(&step, Step::Key(key) if key.len() > limits.max_key_length) {
                return Err(beyond("max_key_length", limits.max_key_length));
            }
            left = left.checked_sub(1).ok_or_else(|| beyond("max_depth", limits.depth()))?;
            path.steps.push(step);
            next = reader.step()?;
        }
        Ok(path)
    }

    /// The path with keys of its own.
    pub fn into_owned(self) -> Path<'static> {
        let own = |step: &Step| match step {
            Step::Key(key) => Step::Key(Cow::Owned(key.to_string())),
            Step::Index(number) => Step::Index(*number),
            Step::FromEnd(number) => Step::FromEnd(*number),
            Step::AnyKey => Step::AnyKey,
            Step::AnyIndex => Step::AnyIndex,
        };
        let mut owned = Path { steps: Steps::Few(ArrayVec::new()), marked: self.marked };
        self.steps().iter().for_each(|step| owned.steps.push(own(step)));
        owned
    }

    /// Its elements.
    pub fn steps(&self) -> &[Step<'a>] {
        self.steps.as_slice()
    }

    /// The first element, if it is a key.
    pub fn first_key(&self) -> Option<&str> {
        match self.steps().first() {
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
        self.steps().iter().any(|step| matches!(step, Step::AnyKey | Step::AnyIndex))
    }

    /// The path with another element in one place.
    pub(super) fn replace(&mut self, index: usize, step: Step<'a>) {
        if let Some(place) = self.steps.as_mut_slice().get_mut(index) {
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
        let plain = self.plain();
        match self.rest.as_bytes().first() {
            None | Some(b'.') => {}
            Some(b'[') if self.bracket().is_some() => {}
            _ => return self.continued(plain),
        }
        match plain {
            "" => Err(syntax("an element is empty")),
            "*" => Ok(Step::AnyKey),
            key => Ok(Step::Key(Cow::Borrowed(key))),
        }
    }

    /// A key that has a backslash or an ordinary bracket behind its first part.
    fn continued(&mut self, first: &'a str) -> Result<Step<'a>> {
        let mut key = String::from(first);
        loop {
            match self.rest.as_bytes().first() {
                Some(b'[') if self.bracket().is_none() => key.push_str(self.skip(1)),
                Some(b'\\') => {
                    self.skip(1);
                    let next = self.rest.chars().next().ok_or_else(|| syntax("a backslash stands at the end"))?;
                    key.push_str(self.skip(next.len_utf8()));
                }
                _ => return Ok(Step::Key(Cow::Owned(key))),
            }
            key.push_str(self.plain());
        }
    }

    /// Takes what stands before the next dot, bracket or backslash.
    fn plain(&mut self) -> &'a str {
        let end = self.rest.bytes().position(|byte| matches!(byte, b'.' | b'[' | b'\\'));
        self.skip(end.unwrap_or(self.rest.len()))
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

    /// What stands in the brackets that the rest begins with, if that makes them an index. Looks no further than an
    /// index could go on, so that a key of many brackets is read in one pass.
    fn bracket(&self) -> Option<&'a str> {
        let rest = self.rest.strip_prefix('[')?;
        let end = rest.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'*'))?;
        let inside = rest.get(..end).filter(|_| rest.as_bytes().get(end) == Some(&b']'))?;
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

#[cold]
fn syntax(explain: &str) -> Error {
    Error::new(Id::DatakeySyntax, explain)
}

/// Writing it.
impl Path<'_> {
    /// Appends the path, written so that reading it gives the same one.
    pub(super) fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        for (index, step) in self.steps().iter().enumerate() {
            match step {
                Step::Key(key) => {
                    let is_first = index == 0;
                    if !is_first {
                        out.write_char('.')?;
                    }
                    if is_first && self.marked && WHOLE.contains(&&**key) {
                        out.write_str(key)?;
                        continue;
                    }
                    if is_first && !self.marked && key.starts_with('@') || key == "*" {
                        out.write_char('\\')?;
                    }
                    escape(key, out)?;
                }
                Step::AnyKey => out.write_str(if index > 0 { ".*" } else { "*" })?,
                Step::Index(number) => write!(out, "[{number}]")?,
                Step::FromEnd(number) => write!(out, "[-{number}]")?,
                Step::AnyIndex => out.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

fn escape(key: &str, out: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = key;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'.' | b'[' | b'\\')) {
        let (before, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let (special, behind) = special.split_at_checked(1).unwrap_or((special, ""));
        write!(out, "{before}\\{special}")?;
        rest = behind;
    }
    out.write_str(rest)
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
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
