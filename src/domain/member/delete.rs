//! `member.delete`: what a request asks for (members.md 9.1 and 9.7).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;
use crate::domain::member::set::writable;
use crate::domain::member::target::Kind;
use crate::domain::request::Request;
use std::borrow::Cow;

const KNOWN: &[&str] = &["email", "list", "addr_type", "wipe", "sync", "track.info"];
const UNSUPPORTED: &[&str] = &["group", "group.filter", "url", "stat.uni", "sql"];

/// A valid request of `member.delete`.
pub struct DeleteRequest<'a> {
    /// The identifiers as written.
    pub list: Vec<Cow<'a, str>>,
    /// The kind of all of them.
    pub kind: Kind,
    /// Whether the whole subscriber goes, with all other heads.
    pub wipe: bool,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> DeleteRequest<'a> {
    /// Reads a request. Errors: `error/param/missing`, `error/param/wrong`, `error/param/unsupported`,
    /// `error/addr_type/…`.
    pub fn read(value: Value<'a>) -> Result<DeleteRequest<'a>> {
        let mut request = Request::open(value, KNOWN, UNSUPPORTED)?;
        if request.has("sync")? && request.value("sync")?.is_some() && !request.flag("sync")? {
            return Err(Error::new(Id::ParamUnsupported, "sync: 0"));
        }
        Ok(DeleteRequest {
            list: one_or_list(&request)?,
            kind: writable(Kind::of(&request, "addr_type")?)?,
            wipe: request.flag("wipe")?,
            warnings: std::mem::take(&mut request.warnings),
        })
    }
}

/// The identifiers of `email` or of `list`, exactly one of which must be there.
///
/// Errors: `error/param/missing`, `error/param/wrong`.
pub fn one_or_list<'a>(request: &Request<'a>) -> Result<Vec<Cow<'a, str>>> {
    match (request.identifier("email")?, request.identifiers("list")?) {
        (Some(email), None) => Ok(vec![email]),
        (None, Some(list)) => Ok(list),
        (None, None) => Err(Error::new(Id::ParamMissing, "email or list")),
        (Some(_), Some(_)) => Err(Error::new(Id::ParamWrong, "email and list exclude each other")),
    }
}
