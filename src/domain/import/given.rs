//! Where a request says that its data are, and how they are to be read (members.md 10.2).

use super::charset::Charset;
use super::open::Reading;
use super::separator::Separator;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Value, compact};
use crate::domain::request::{Request, wrong};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The parameters that this module reads.
pub const PARAMETERS: &[&str] = &[
    "users.list",
    "encoding",
    "users.url",
    "users.url.tries",
    "users.url.pause",
    "uid",
    "charset",
    "separator",
    "firstline",
];

/// The parameters that say how data are read.
pub const READING: &[&str] = &["charset", "separator", "firstline"];

/// Where data are.
#[derive(Debug, PartialEq)]
pub enum Given<'a> {
    /// In the request, as text that needs no charset.
    Text(Cow<'a, str>),
    /// In the request, as octets of any form.
    Octets(Vec<u8>),
    /// They were sent before.
    Uid(&'a str),
    /// They are to be fetched.
    Url(&'a str),
}

impl<'a> Given<'a> {
    /// Where a request says that its data are.
    ///
    /// Errors: `error/import/source` for none and for more than one, `error/import/uid`, `error/param/wrong`.
    pub fn read(request: &Request<'a>) -> Result<Given<'a>> {
        let (list, url, uid) = (request.value("users.list")?, request.text("users.url")?, request.text("uid")?);
        match (list, url, uid) {
            (Some(list), None, None) => Given::of_list(list, request.text("encoding")?.unwrap_or_default()),
            (None, Some(url), None) => Ok(Given::Url(url)),
            (None, None, Some(uid)) if is_uid(uid) => Ok(Given::Uid(uid)),
            (None, None, Some(_)) => Err(Error::new(Id::ImportUid, "no upload has such a uid")),
            (None, None, None) => Err(Error::new(Id::ImportSource, "no data are given")),
            _ => Err(Error::new(Id::ImportSource, "data are given in more than one way")),
        }
    }

    fn of_list(list: Value<'a>, encoding: &str) -> Result<Given<'a>> {
        match (list, encoding) {
            (Value::String(text), "") => Ok(Given::Text(Cow::Borrowed(text))),
            (Value::String(text), "base64") => {
                let bytes: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                STANDARD.decode(bytes).map(Given::Octets).map_err(|_| wrong("users.list", "base64"))
            }
            (list @ Value::Array(_), "") => {
                let mut text = String::new();
                compact(list, &mut text)?;
                Ok(Given::Text(Cow::Owned(text)))
            }
            (_, "" | "base64") => Err(wrong("users.list", "a text, or a list")),
            _ => Err(wrong("encoding", "base64, or nothing")),
        }
    }
}

/// What a request says of how its data are read; `strings_max` is the limit for workbooks.
///
/// Errors: `error/import/charset`, `error/param/wrong`.
pub fn reading(request: &Request, strings_max: u64) -> Result<Reading> {
    let stated = |name| Ok::<_, Error>(request.text(name)?.filter(|text| !text.is_empty()));
    let firstline = match request.value("firstline")? {
        None | Some(Value::String("")) => None,
        Some(_) => Some(request.flag("firstline")?),
    };
    Ok(Reading {
        charset: stated("charset")?.map(Charset::parse).transpose()?,
        separator: stated("separator")?.map(Separator::parse).transpose()?,
        firstline,
        has_caption: request.value("caption")?.is_some(),
        strings_max,
    })
}

/// Whether a text is written as the uid of an upload is.
fn is_uid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}
