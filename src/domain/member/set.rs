//! `member.set`: what a request asks for (members.md 6 and 8.1). Answers to questionnaires come as a program already.

use crate::domain::anketa::write::Written;
use crate::domain::datakey::{Limits, Program};
use crate::domain::error::{Error, Id, Result};
use crate::domain::head::Attach;
use crate::domain::json::{Value, root};
use crate::domain::member::special::{self, OriginRef, Parted};
use crate::domain::member::target::Kind;
use crate::domain::request::{Request, wrong};
use std::borrow::Cow;
use std::net::IpAddr;

/// What the call takes.
const KNOWN: &[&str] = &[
    "email",
    "addr_type",
    "source",
    "if_exists",
    "newbie.confirm",
    "newbie.letter.confirm",
    "newbie.letter.no-confirm",
    "datakey",
    "obj",
    "copy_email",
    "copy_addr_type",
    "copy_missing",
    "copy_data",
    "return_fresh_obj",
    "head_attach",
    "dry_run",
    "sequence.passage",
];

/// What of it has a meaning beside `obj`, which copies nothing.
const KNOWN_WITH_OBJ: &[&str] = &[
    "email",
    "addr_type",
    "source",
    "if_exists",
    "newbie.confirm",
    "newbie.letter.confirm",
    "newbie.letter.no-confirm",
    "datakey",
    "obj",
    "return_fresh_obj",
    "head_attach",
    "dry_run",
];

/// How a request states data, and how its reply shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// By datakeys.
    Datakeys,
    /// By answers to questionnaires.
    Questionnaires,
}

/// What to do about a subscriber that is there, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Update it, or create it.
    Upsert,
    /// `error`: it must be new.
    Error,
    /// `must`: it must be there.
    Must,
}

/// Where the copying modes read.
#[derive(Clone, Debug)]
pub enum CopyFrom<'a> {
    /// The subscriber itself, with the effect of earlier operations.
    Own,
    /// The document in the request.
    Data(Value<'a>),
    /// Another subscriber.
    Member {
        /// Its identifier as written.
        email: Cow<'a, str>,
        /// Its kind.
        kind: Kind,
        /// What if there is none.
        missing: CopyMissing,
    },
}

/// What to do when the subscriber to copy from does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyMissing {
    /// Refuse the call.
    Error,
    /// Copy null.
    Null,
    /// Leave out the copying operations.
    Skip,
}

/// A valid request of `member.set`.
pub struct SetRequest<'a> {
    /// The identifier as written.
    pub email: Cow<'a, str>,
    /// Its kind.
    pub kind: Kind,
    /// How data are stated and shown.
    pub form: Form,
    /// The rule about existence.
    pub if_exists: IfExists,
    /// The origin of who is new, unless the program states one; requests state it in the program.
    pub origin: Option<OriginRef>,
    /// Whether a new e-mail needs confirmation.
    pub confirm: bool,
    /// The letter to who is new and must confirm.
    pub letter_confirm: Option<i64>,
    /// The letter to who is new and need not.
    pub letter_other: Option<i64>,
    /// The IP address of who asked for it first.
    pub source: Option<&'a str>,
    /// The program, taken apart.
    pub program: Parted<'a>,
    /// The passage of a sequence whose data it reads and writes.
    pub passage: Option<i64>,
    /// Where copies read.
    pub copy: CopyFrom<'a>,
    /// Whether the reply shows the data.
    pub fresh: bool,
    /// Identifiers to attach.
    pub attach: Vec<Attach<'a>>,
    /// Whether the call is only to be shown.
    pub dry_run: bool,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> SetRequest<'a> {
    /// Reads a request; of one in the questionnaire format, `written` is its `obj` as a program.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/param/unsupported`, `error/addr_type/…`,
    /// and those of the program (`error/datakey/…`).
    pub fn read(value: Value<'a>, written: Option<&'a Written>, limits: &Limits) -> Result<SetRequest<'a>> {
        let (form, known) = match written {
            Some(_) => (Form::Questionnaires, KNOWN_WITH_OBJ),
            None => (Form::Datakeys, KNOWN),
        };
        let mut request = Request::open(value, known, &[])?;
        let program = match (written, request.value("datakey")?) {
            (Some(written), _) => special::part(Program::parse(root(&written.program)?, limits)?.fill())?,
            (None, Some(list)) => special::part(Program::parse(list, limits)?)?,
            (None, None) => Parted::default(),
        };
        let mut warnings = std::mem::take(&mut request.warnings);
        warnings.extend(written.iter().flat_map(|written| &written.warnings).cloned());
        warnings.extend(program.warnings.iter().cloned());
        let attach = Attach::read_list(&request, limits, &mut warnings)?;
        Ok(SetRequest {
            email: request.required("email", request.identifier("email")?)?,
            kind: writable(Kind::of(&request, "addr_type")?)?,
            form,
            if_exists: read_if_exists(&request, form)?,
            origin: None,
            confirm: request.flag("newbie.confirm")?,
            letter_confirm: read_letter(&request, "newbie.letter.confirm")?,
            letter_other: read_letter(&request, "newbie.letter.no-confirm")?,
            source: read_source(&request)?,
            copy: if form == Form::Datakeys { read_copy(&request)? } else { CopyFrom::Own },
            fresh: request.flag("return_fresh_obj")?,
            attach,
            dry_run: request.flag("dry_run")?,
            passage: request.number("sequence.passage")?,
            program,
            warnings,
        })
    }
}

/// The number of a letter; an empty text is none. Errors: `error/param/wrong`.
fn read_letter(request: &Request, name: &str) -> Result<Option<i64>> {
    match request.value(name)? {
        Some(Value::String("")) => Ok(None),
        _ => Ok(request.number(name)?.filter(|letter| *letter != 0)),
    }
}

/// Refuses the number of a body: only reading takes it. Errors: `error/addr_type/unusable`.
pub fn writable(kind: Kind) -> Result<Kind> {
    match kind {
        Kind::Dataset => Err(Error::new(Id::AddrTypeUnusable, "addr_type dataset is for member_get")),
        kind => Ok(kind),
    }
}

/// Of answers to questionnaires the parameter may also state the rule about answers, and then existence has none.
fn read_if_exists(request: &Request, form: Form) -> Result<IfExists> {
    match (request.text("if_exists")?, form) {
        (None | Some(""), _) | (Some("update" | "overwrite"), Form::Questionnaires) => Ok(IfExists::Upsert),
        (Some("error"), _) => Ok(IfExists::Error),
        (Some("must"), _) => Ok(IfExists::Must),
        (Some(_), Form::Datakeys) => Err(wrong("if_exists", "error or must")),
        (Some(_), Form::Questionnaires) => Err(wrong("if_exists", "error, must, update or overwrite")),
    }
}

/// The IP address that a request names as its origin. Errors: `error/param/wrong`.
pub fn read_source<'a>(request: &Request<'a>) -> Result<Option<&'a str>> {
    match request.text("source")? {
        None | Some("") => Ok(None),
        Some(text) if text.parse::<IpAddr>().is_ok() => Ok(Some(text)),
        Some(_) => Err(wrong("source", "an IP address")),
    }
}

fn read_copy<'a>(request: &Request<'a>) -> Result<CopyFrom<'a>> {
    let missing = match request.text("copy_missing")? {
        None | Some("" | "error") => CopyMissing::Error,
        Some("do") => CopyMissing::Null,
        Some("skip") => CopyMissing::Skip,
        Some(_) => return Err(wrong("copy_missing", "error, do or skip")),
    };
    let data = if request.has("copy_data")? { request.value("copy_data")?.or(Some(Value::Null)) } else { None };
    match (request.identifier("copy_email")?, data) {
        (Some(_), Some(_)) => Err(Error::new(Id::ParamWrong, "copy_email and copy_data exclude each other")),
        (Some(email), None) => {
            Ok(CopyFrom::Member { email, kind: writable(Kind::of(request, "copy_addr_type")?)?, missing })
        }
        (None, Some(data)) => Ok(CopyFrom::Data(data)),
        (None, None) => Ok(CopyFrom::Own),
    }
}
