//! JSON, with exact numbers.

use super::{failure, text_of};
use crate::domain::json;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Failure;

/// Writes a document that has been checked.
pub(super) fn pack(document: Data) -> Vec<u8> {
    readable(document).into_json().to_string().into_bytes()
}

/// Reads one.
pub(super) fn unpack(text: &str) -> Result<Data, Failure> {
    let tree = json::tree(text).map_err(|error| failure(format!("no JSON: {}", error.explain)))?;
    Ok(Data::from_json(tree))
}

/// The document with texts for bytes: their stored form means nothing to others.
fn readable(document: Data) -> Data {
    match document {
        Data::Bytes(_) => Data::Text(text_of(&document)),
        Data::List(items) => Data::List(items.into_iter().map(readable).collect()),
        Data::Object(pairs) => Data::object(pairs.into_iter().map(|(key, value)| (key, readable(value)))),
        other => other,
    }
}
