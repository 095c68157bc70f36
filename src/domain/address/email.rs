//! E-mail addresses: syntax and normal form (members.md 2.2, shapes.md 4).
//!
//! The normal form is lower case, Unicode NFC and readable: a domain written as `xn--` is stored in its own letters.
//! No setting is read here, so the result can stand in an index: whether the top-level domain exists and whether
//! national addresses are wanted is asked by [`super::normalize`].

mod domain_name;
mod local_part;
mod plain;
#[cfg(test)]
mod tests;

use crate::domain::error::{Error, Id, Result};
use plain::plain;
use std::borrow::Cow;

/// The most octets of a whole address, its domain encoded for DNS (RFC 5321 4.5.3.1.3, without the angle brackets).
const MAX_ADDRESS: usize = 254;
/// Longer texts are refused unread: no address becomes valid by dropping that much.
const MAX_RAW: usize = 4096;

/// An e-mail address in normal form; borrowed when the text is its own normal form.
///
/// White space around it is dropped. Errors, the first that applies: `error/email/empty`, `nodog` (no `@`),
/// `badlocal` (quoted), `multydog` (more than one `@`), `nolocal`, `nodomain`, `badlocal`, `baddomain`, `toolong`.
pub fn normalize(raw: &str) -> Result<Cow<'_, str>> {
    let text = raw.trim();
    match plain(text) {
        Some(form) => Ok(form),
        None => careful(text).map(Cow::Owned),
    }
}

/// The domain of an address in normal form: what stands behind its `@`.
pub fn domain(address: &str) -> Option<&str> {
    address.split_once('@').map(|(_, domain)| domain)
}

/// The whole way, for every text.
fn careful(text: &str) -> Result<String> {
    let (local, domain) = split(text)?;
    let local = local_part::normalize(local)?;
    let domain = domain_name::normalize(domain)?;
    let octets = local.len() + 1 + domain.encoded_len;
    if octets > MAX_ADDRESS {
        return Err(Error::new(Id::EmailToolong, format!("the address has {octets} octets, its domain encoded")));
    }
    Ok(format!("{local}@{}", domain.readable))
}

/// The two sides of the one `@`.
fn split(text: &str) -> Result<(&str, &str)> {
    let fail = |id, explain: &str| Err(Error::new(id, explain));
    if text.is_empty() {
        return fail(Id::EmailEmpty, "the address is empty");
    }
    let Some((local, domain)) = text.split_once('@') else {
        return fail(Id::EmailNodog, "the address has no @");
    };
    if local.starts_with('"') {
        return fail(Id::EmailBadlocal, "quoted local parts are not accepted");
    }
    if domain.contains('@') {
        return fail(Id::EmailMultydog, "the address has more than one @");
    }
    if local.is_empty() {
        return fail(Id::EmailNolocal, "nothing stands before the @");
    }
    if domain.is_empty() {
        return fail(Id::EmailNodomain, "nothing stands behind the @");
    }
    if text.len() > MAX_RAW {
        return fail(Id::EmailToolong, "the address is longer than any that could be valid");
    }
    Ok((local, domain))
}
