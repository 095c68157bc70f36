//! Documents as bytes and back: the Pack and Unpack pipes (pipelines-and-hooks.md 3.4, 3.5).
//!
//! What is unpacked can always be stored: no `\u0000`, no number that numeric cannot hold, no more levels than a run
//! carries. Packing keeps to the same bounds, so that what is packed can be unpacked again, by the same format, into
//! what it was. What does not come back as it went: bytes, which neither format has; in XML everything that is no text,
//! and what [`xml`] tells.

mod json;
mod xml;

#[cfg(test)]
mod tests;

use super::data::Data;
use super::failure::{Code, Failure};
use super::pipes::Format;
use super::template::print;
use crate::domain::json::Decimal;
use serde_json::Number;

/// The most levels of a document: jsonb's reader takes 127, and a run puts documents into its own.
const LEVELS: usize = 100;

/// The most octets of a document that is packed or unpacked. An answer is far below; a body that comes by a Listener is
/// bounded here.
const OCTETS: usize = 16 * 1024 * 1024;

/// The largest exponent of a number: doubles go to 308, and one of a few characters must not become megabytes when it is
/// written out.
const EXPONENT: i32 = 400;

/// Writes a document. Bytes in it become text: their own where they are UTF-8, else Base64, as templates print them.
///
/// Failures: `codec`, `limit`.
pub fn pack(format: Format, document: Data) -> Result<Vec<u8>, Failure> {
    check_storable(&document)?;
    let packed = match format {
        Format::Json => json::pack(document),
        Format::Xml => xml::pack(&document)?,
    };
    if packed.len() > OCTETS { Err(too_large()) } else { Ok(packed) }
}

/// Reads a document of UTF-8, with or without a byte order mark.
///
/// Failures: `codec`, `limit`.
pub fn unpack(format: Format, bytes: &[u8]) -> Result<Data, Failure> {
    if bytes.len() > OCTETS {
        return Err(too_large());
    }
    let text = str::from_utf8(bytes).map_err(|_| failure("the body is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = match format {
        Format::Json => json::unpack(text)?,
        Format::Xml => xml::unpack(text)?,
    };
    check_storable(&document)?;
    Ok(document)
}

/// Whether a document from outside can be stored within a run. Failures: `codec`.
pub fn check_storable(document: &Data) -> Result<(), Failure> {
    check(document, LEVELS)
}

/// A value as templates print it.
fn text_of(value: &Data) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}

fn check(document: &Data, levels: usize) -> Result<(), Failure> {
    match document {
        Data::Null | Data::Bool(_) | Data::Bytes(_) => Ok(()),
        Data::Number(number) => check_number(number),
        Data::Text(text) => check_text(text),
        Data::List(items) => {
            let below = next_level(levels)?;
            items.iter().try_for_each(|item| check(item, below))
        }
        Data::Object(pairs) => {
            let below = next_level(levels)?;
            pairs.iter().try_for_each(|(key, value)| check_text(key).and_then(|()| check(value, below)))
        }
    }
}

fn next_level(levels: usize) -> Result<usize, Failure> {
    levels.checked_sub(1).ok_or_else(|| failure(format!("the document has more than {LEVELS} levels")))
}

fn check_text(text: &str) -> Result<(), Failure> {
    if text.contains('\0') { Err(failure("a text holds U+0000")) } else { Ok(()) }
}

fn check_number(number: &Number) -> Result<(), Failure> {
    let text = number.as_str();
    let exponent = text.split_once(['e', 'E']).map_or(Ok(0), |(_, exponent)| exponent.parse::<i32>());
    let is_near = exponent.is_ok_and(|exponent| exponent.unsigned_abs() <= EXPONENT.unsigned_abs());
    let is_held = is_near && Decimal::parse(text).is_ok();
    if is_held { Ok(()) } else { Err(failure("a number has too many digits or too large an exponent")) }
}

fn failure(text: impl Into<String>) -> Failure {
    Failure::new(Code::Codec, text)
}

fn too_large() -> Failure {
    Failure::new(Code::Limit, format!("the body has more than {OCTETS} octets"))
}
