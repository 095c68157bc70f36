//! `member.head.*` and `member.merge`: what a request asks for (members.md 7.4 and 7.5).

use crate::domain::datakey::Limits;
use crate::domain::error::{Error, Result};
use crate::domain::head::{Attach, DataRule, HeadRule};
use crate::domain::json::Value;
use crate::domain::member::set::writable;
use crate::domain::member::target::Kind;
use crate::domain::request::Request;
use std::borrow::Cow;

/// A subscriber named by one of its identifiers.
pub struct Named<'a> {
    /// The identifier as written.
    pub email: Cow<'a, str>,
    /// Its kind.
    pub kind: Kind,
    /// Whether the call is only to be shown.
    pub dry_run: bool,
    /// Warnings of reading the request.
    pub warnings: Vec<Error>,
}

impl<'a> Named<'a> {
    fn of(request: &mut Request<'a>) -> Result<Named<'a>> {
        Ok(Named {
            email: request.required("email", request.identifier("email")?)?,
            kind: writable(Kind::of(request, "addr_type")?)?,
            dry_run: request.flag("dry_run")?,
            warnings: std::mem::take(&mut request.warnings),
        })
    }

    /// Reads a request of `member.head.list`. Errors: `error/param/…`, `error/addr_type/…`.
    pub fn read(value: Value<'a>) -> Result<Named<'a>> {
        Named::of(&mut Request::open(value, &["email", "addr_type"], &[])?)
    }
}

/// A valid request of `member.head.attach` or `member.head.replace`.
pub struct AttachRequest<'a> {
    /// The receiver.
    pub named: Named<'a>,
    /// The identifier to attach.
    pub item: Attach<'a>,
}

impl<'a> AttachRequest<'a> {
    /// Reads a request. Errors: `error/param/…`, `error/addr_type/…`, `error/origin/notexists`.
    pub fn read(value: Value<'a>) -> Result<AttachRequest<'a>> {
        const KNOWN: &[&str] =
            &["email", "addr_type", "head", "head_addr_type", "head_origin", "newbie.confirm", "dry_run"];
        let mut request = Request::open(value, KNOWN, &[])?;
        Ok(AttachRequest { item: Attach::of_head(&request)?, named: Named::of(&mut request)? })
    }
}

/// A valid request of `member.head.detach`.
pub struct DetachRequest<'a> {
    /// The identifier that leaves.
    pub named: Named<'a>,
    /// Whether it becomes a subscriber of its own.
    pub split: bool,
}

impl<'a> DetachRequest<'a> {
    /// Reads a request. Errors: `error/param/…`, `error/addr_type/…`.
    pub fn read(value: Value<'a>) -> Result<DetachRequest<'a>> {
        let mut request = Request::open(value, &["email", "addr_type", "split", "dry_run"], &[])?;
        Ok(DetachRequest { split: request.flag("split")?, named: Named::of(&mut request)? })
    }
}

/// A valid request of `member.merge`.
pub struct MergeRequest<'a> {
    /// The receiver.
    pub named: Named<'a>,
    /// An identifier of the source, as written.
    pub head: Cow<'a, str>,
    /// Its kind.
    pub head_kind: Kind,
    /// What happens to that identifier.
    pub rule: HeadRule,
    /// What happens to the data.
    pub data_rule: DataRule<'a>,
    /// Whether the reply shows the data.
    pub fresh: bool,
}

impl<'a> MergeRequest<'a> {
    /// Reads a request. Errors: `error/param/…`, `error/addr_type/…`, `error/datakey/…`.
    pub fn read(value: Value<'a>, limits: &Limits) -> Result<MergeRequest<'a>> {
        const KNOWN: &[&str] =
            &["email", "addr_type", "head", "head_addr_type", "head_rule", "data_rule", "return_fresh_obj", "dry_run"];
        let mut request = Request::open(value, KNOWN, &[])?;
        Ok(MergeRequest {
            head: request.required("head", request.identifier("head")?)?,
            head_kind: writable(Kind::of(&request, "head_addr_type")?)?,
            rule: HeadRule::of_merge(request.text("head_rule")?)?,
            data_rule: DataRule::read(request.object("data_rule")?, limits)?,
            fresh: request.flag("return_fresh_obj")?,
            named: Named::of(&mut request)?,
        })
    }
}
