//! `member.get`: what a request asks for (members.md 9.4 to 9.6).

use crate::domain::datakey::{Limits, PASSAGE, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;
use crate::domain::member::system::StopForm;
use crate::domain::member::target::Kind;
use crate::domain::request::{Request, wrong};
use std::borrow::Cow;

const KNOWN: &[&str] =
    &["email", "addr_type", "datakey", "with_heads", "with_stoplist", "missing_too", "sequence.passage"];

/// Which data are asked for.
pub enum Selection<'a> {
    /// `*`: everything.
    All,
    /// One key; the reply is its value.
    One(Path<'a>),
    /// Several keys, each with the text it was asked by; the reply is an object.
    Many(Vec<(&'a str, Path<'a>)>),
}

impl<'a> Selection<'a> {
    /// Reads the parameter `datakey`. Errors: `error/datakey/syntax`, `error/datakey/limit`, `error/param/wrong`.
    pub fn read(value: Value<'a>, limits: &Limits) -> Result<Selection<'a>> {
        match value {
            Value::String(text) => Selection::parse(text, limits),
            Value::Array(list) => {
                let keys = list.iter().map(|item| match item? {
                    Value::String(text) => Ok((text, Path::parse(text, limits)?)),
                    _ => Err(wrong("datakey", "a text or a list of texts")),
                });
                Ok(Selection::Many(keys.collect::<Result<_>>()?))
            }
            _ => Err(wrong("datakey", "a text or a list of texts")),
        }
    }

    /// Reads one key or `*`. Errors: `error/datakey/syntax`, `error/datakey/limit`.
    pub fn parse(text: &'a str, limits: &Limits) -> Result<Selection<'a>> {
        if text == "*" { Ok(Selection::All) } else { Ok(Selection::One(Path::parse(text, limits)?)) }
    }

    /// Whether an answer needs what the system knows of the head: `member` and `-group`.
    pub fn reads_system(&self) -> bool {
        match self {
            Selection::All => true,
            Selection::One(path) => is_system(path),
            Selection::Many(keys) => keys.iter().any(|(_, path)| is_system(path)),
        }
    }

    /// Whether it asks for what a passage of a sequence keeps for itself.
    pub fn reads_passage(&self) -> bool {
        let is_passage = |path: &Path| path.special() == Some(PASSAGE);
        match self {
            Selection::All => false,
            Selection::One(path) => is_passage(path),
            Selection::Many(keys) => keys.iter().any(|(_, path)| is_passage(path)),
        }
    }
}

/// Whether a path leads into what the system keeps rather than into the data.
pub fn is_system(path: &Path) -> bool {
    matches!(path.special(), Some("member" | "-group" | PASSAGE))
}

/// A valid request of `member.get`.
pub struct GetRequest<'a> {
    /// The identifier as written.
    pub email: Cow<'a, str>,
    /// Its kind.
    pub kind: Kind,
    /// Which data; nothing where the answers to questionnaires are asked for.
    pub selection: Option<Selection<'a>>,
    /// Whether the answer lists all heads.
    pub with_heads: bool,
    /// Whether the answer shows the stop-list, and how.
    pub stoplist: Option<StopForm>,
    /// Whether an identifier that had a subscriber once is answered for, too.
    pub missing_too: bool,
    /// The passage of a sequence whose data it reads.
    pub passage: Option<i64>,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> GetRequest<'a> {
    /// Reads a request.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/param/unsupported`, `error/addr_type/unknown`,
    /// `error/datakey/syntax`, `error/datakey/limit`.
    pub fn read(value: Value<'a>, limits: &Limits) -> Result<GetRequest<'a>> {
        let mut request = Request::open(value, KNOWN, &[])?;
        let kind = Kind::of(&request, "addr_type")?;
        let selection = match request.value("datakey")? {
            Some(value) => Some(Selection::read(value, limits)?),
            None if kind == Kind::Dataset => Some(Selection::All),
            None => None,
        };
        let email = request.required("email", request.identifier("email")?)?;
        let with_heads = request.flag("with_heads")?;
        let stoplist = stoplist_form(&request)?;
        let missing_too = request.flag("missing_too")?;
        let passage = request.number("sequence.passage")?;
        let mut warnings = std::mem::take(&mut request.warnings);
        if kind == Kind::Dataset {
            // A body is answered for with all of its heads, as they are (members.md 9.5).
            let asked =
                [("with_heads", with_heads), ("with_stoplist", stoplist.is_some()), ("missing_too", missing_too)];
            let idle =
                |name: &str| Error::new(Id::ParamUnknown, format!("{name} has no effect with addr_type dataset"));
            warnings.extend(asked.into_iter().filter(|(_, is_asked)| *is_asked).map(|(name, _)| idle(name)));
        }
        Ok(GetRequest { email, kind, selection, with_heads, stoplist, missing_too, passage, warnings })
    }
}

/// What `with_stoplist` asks for. Errors: `error/param/wrong`.
fn stoplist_form(request: &Request) -> Result<Option<StopForm>> {
    match request.number("with_stoplist")? {
        None | Some(0) => Ok(None),
        Some(number @ (1 | 2)) => Ok(Some(StopForm::of(Some(number)))),
        Some(_) => Err(wrong("with_stoplist", "0, 1 or 2")),
    }
}
