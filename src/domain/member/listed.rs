//! Identifiers that a call acts on one by one, whether they have a subscriber or not (members.md 9.1).

use super::delete::one_or_list;
use super::set::{read_source, writable};
use super::target::Kind;
use crate::domain::error::{Error, Id, Result};
use crate::domain::request::Request;
use std::borrow::Cow;

/// The parameters that name them.
pub const KNOWN: &[&str] = &["email", "list", "addr_type", "source", "sync", "track.info"];
/// Those that will name them one day.
pub const UNSUPPORTED: &[&str] = &["group", "group.filter", "url", "stat.uni", "sql"];

/// The identifiers of a request.
pub struct Listed<'a> {
    /// As written.
    pub list: Vec<Cow<'a, str>>,
    /// The kind of all of them.
    pub kind: Kind,
    /// The IP address of who asked for it first.
    pub source: Option<&'a str>,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> Listed<'a> {
    /// Reads them. Errors: `error/param/…`, `error/addr_type/…`.
    pub fn read(request: &mut Request<'a>) -> Result<Listed<'a>> {
        refuse_track(request)?;
        Ok(Listed {
            list: one_or_list(request)?,
            kind: writable(Kind::of(request, "addr_type")?)?,
            source: read_source(request)?,
            warnings: std::mem::take(&mut request.warnings),
        })
    }
}

/// Refuses to do it later. Errors: `error/param/unsupported`.
pub fn refuse_track(request: &Request) -> Result<()> {
    match request.value("sync")? {
        Some(_) if !request.flag("sync")? => Err(Error::new(Id::ParamUnsupported, "sync: 0")),
        _ => Ok(()),
    }
}
