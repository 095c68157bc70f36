//! Identifiers that a request writes out.

use crate::domain::error::{Error, Id, Result};
use crate::domain::request::Request;
use std::borrow::Cow;

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
