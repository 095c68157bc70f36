//! The left side of a condition: which value it is about, and which side of it.
//!
//! ```text
//! attr := datakey | datakey ":" LR | "size(" datakey ")"
//! ```

use super::operand::Operand;
use super::system_key::{entry_of, state_of, system_key};
use crate::domain::datakey::date::{self, Precision};
use crate::domain::datakey::{Limits, Path, Step, look};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Read, View};
use std::borrow::Cow;
use std::fmt;

/// Where a condition looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The data of the body.
    Body,
    /// What the system knows of the head: `member` and `-group`.
    System,
    /// The element that `has` looks at.
    Element,
}

/// Which side of a value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// The value itself.
    Itself,
    /// The date that it is, cut to a precision; what is no date counts as absent.
    Date(Precision),
    /// The number of its elements or keys; what has none to count counts as absent.
    Size,
}

/// The left side of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attr {
    source: Source,
    /// None inside of `has` for the element itself.
    path: Option<Path<'static>>,
    aspect: Aspect,
}

impl Attr {
    /// Reads it; `inside_has` says that paths begin at an element, and that an empty one is the element itself.
    ///
    /// Errors: `error/filter/attribute`, `error/filter/unsupported` for what datakeys can name and filters cannot.
    pub fn parse(text: &str, inside_has: bool) -> Result<Attr> {
        let (path, aspect) = split(text)?;
        if path.is_empty() && inside_has {
            return Ok(Attr { source: Source::Element, path: None, aspect });
        }
        let path = Path::parse(path, &Limits::WIDEST).map_err(|error| wrong(&error.explain))?.into_owned();
        let source = match path.special() {
            _ if inside_has => Source::Element,
            None => Source::Body,
            Some("member" | "-group") => Source::System,
            Some(_) => return Err(unsupported("the data of a sequence cannot be asked for in a filter")),
        };
        if path.has_wildcard() {
            return Err(unsupported("a path with wildcards stands for many places: ask them one by one with has"));
        }
        if source == Source::System && (aspect == Aspect::Size || !is_known(&path)) {
            return Err(wrong("the system has no such key with a value of its own"));
        }
        Ok(Attr { source, path: Some(path), aspect })
    }

    /// The key of the body or of the element that an AVO condition or a `has` names. Errors: as [`Attr::parse`].
    pub fn of_keys(keys: Vec<String>) -> Result<Attr> {
        let path = Path::of_keys(keys.into_iter().map(Cow::Owned));
        Attr::parse(&escape_colon(path.to_string()), false)
    }

    /// Where it looks.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The path, without which it is the element itself.
    pub fn path(&self) -> Option<&Path<'static>> {
        self.path.as_ref()
    }

    /// Which side of the value.
    pub fn aspect(&self) -> Aspect {
        self.aspect
    }

    /// The precision it is cut to, if it is a date.
    pub fn precision(&self) -> Option<Precision> {
        match self.aspect {
            Aspect::Date(precision) => Some(precision),
            _ => None,
        }
    }

    /// What stands there in a tree. Errors: damaged bytes.
    pub fn find<'t, 'a>(&self, root: View<'t, 'a>) -> Read<Option<View<'t, 'a>>> {
        match &self.path {
            Some(path) => look(root, path.steps()),
            None => Ok(Some(root)),
        }
    }

    /// The value as conditions see it. Errors: damaged bytes.
    pub fn operand<'t, 'a: 't>(&self, root: View<'t, 'a>) -> Read<Operand<'t, 'a>> {
        let value = self.find(root)?.map_or(Ok(Operand::Absent), Operand::of)?;
        Ok(self.side(value))
    }

    /// The side of a value that it is about.
    pub fn side<'t, 'a: 't>(&self, value: Operand<'t, 'a>) -> Operand<'t, 'a> {
        match self.aspect {
            Aspect::Itself => value,
            Aspect::Date(precision) => {
                let date = value.text().and_then(|text| date::cut(&text, precision));
                date.map_or(Operand::Absent, |date| Operand::Text(Cow::Owned(date)))
            }
            Aspect::Size => value.size().map_or(Operand::Absent, Operand::Count),
        }
    }

    /// What a label shows: the value itself, whatever it is, or the side of it. Null where there is nothing.
    pub fn shown<'t, 'a: 't>(&self, root: View<'t, 'a>) -> Read<Node<'a>> {
        if self.aspect == Aspect::Itself {
            return Ok(self.find(root)?.map_or(Node::Null, View::to_node));
        }
        let operand = self.operand(root)?;
        Ok(match operand.integer() {
            Some(count) => Node::from(count),
            None => Node::from(operand.text().map(Cow::into_owned)),
        })
    }
}

fn is_known(path: &Path) -> bool {
    system_key(path).is_some() || entry_of(path).is_some() || state_of(path).is_some()
}

/// Path and aspect. A key that ends like `:YD` is written `\:YD`, one that begins like `size(` is written `\size(`.
fn split(text: &str) -> Result<(&str, Aspect)> {
    if let Some(inside) = text.strip_prefix("size(").and_then(|rest| rest.strip_suffix(')')) {
        return Ok((inside, Aspect::Size));
    }
    let Some((path, letters)) = text.rsplit_once(':').filter(|(path, _)| !is_escaped(path)) else {
        return Ok((text, Aspect::Itself));
    };
    match Precision::parse(letters) {
        Some(precision) => Ok((path, Aspect::Date(precision))),
        None if is_like_precision(letters) => {
            Err(wrong("behind the colon go two letters of Y M D h m s, the first not after the second"))
        }
        None => Ok((text, Aspect::Itself)),
    }
}

/// Whether what follows stands behind a backslash that is none of a pair.
fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn is_like_precision(letters: &str) -> bool {
    letters.len() == 2 && letters.chars().all(|letter| "YMDhms".contains(letter))
}

/// A path whose end could be taken for a precision, or whose whole for a size, so that it is not.
fn escape_colon(mut path: String) -> String {
    if let Some((before, letters)) = path.rsplit_once(':')
        && is_like_precision(letters)
    {
        path = format!("{before}\\:{letters}");
    }
    if path.starts_with("size(") && path.ends_with(')') { format!("\\{path}") } else { path }
}

/// Written so that reading it gives the same one.
impl fmt::Display for Attr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_ref().map(Path::to_string).unwrap_or_default();
        match self.aspect {
            Aspect::Itself => f.write_str(&escape_colon(path)),
            Aspect::Date(precision) => write!(f, "{path}:{precision}"),
            Aspect::Size => write!(f, "size({path})"),
        }
    }
}

/// The keys that a path begins with, up to the first that may stand for an element of a list: what a change of data is
/// compared with.
pub fn stem(path: &Path) -> Option<String> {
    let is_plain = |key: &str| key.bytes().any(|byte| !byte.is_ascii_digit());
    let plain = path.steps().iter().map_while(|step| match step {
        Step::Key(key) if is_plain(key) => Some(Cow::Borrowed(&**key)),
        _ => None,
    });
    let keys: Vec<Cow<str>> = plain.collect();
    if keys.is_empty() { None } else { Some(Path::of_keys(keys).to_string()) }
}

#[cold]
fn wrong(explain: &str) -> Error {
    Error::new(Id::FilterAttribute, explain)
}

#[cold]
fn unsupported(explain: &str) -> Error {
    Error::new(Id::FilterUnsupported, explain)
}
