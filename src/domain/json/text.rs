//! Reading JSON text.

use super::decimal::Decimal;
use super::encode::encode;
use super::node::Node;
use crate::domain::error::{Error, Id, Result};

/// The key by which the parser passes exact numbers around inside; in a document it would be mistaken for one.
const RESERVED: &str = "$serde_json::private::Number";

/// Reads JSON text into the bytes of a document, numbers exactly, of equal keys the last one.
///
/// Errors: `error/json/syntax` for what the server would not take as jsonb either, and for more than 127 levels;
/// `error/json/limit`.
pub fn parse(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    encode(&convert(tree(text)?)?, &mut bytes)?;
    Ok(bytes)
}

/// Reads JSON text into a tree, numbers as they are written, of equal keys the last one; not everything in it can be
/// stored.
///
/// Errors: `error/json/syntax`, also for more than 127 levels.
pub fn tree(text: &str) -> Result<serde_json::Value> {
    if text.contains(RESERVED) {
        return Err(Error::new(Id::JsonSyntax, "a key is reserved"));
    }
    serde_json::from_str(text).map_err(|problem| Error::new(Id::JsonSyntax, problem.to_string()))
}

/// The parser has bounded the depth.
fn convert(tree: serde_json::Value) -> Result<Node<'static>> {
    Ok(match tree {
        serde_json::Value::Null => Node::Null,
        serde_json::Value::Bool(truth) => Node::from(truth),
        serde_json::Value::Number(number) => Node::Number(Decimal::parse(number.as_str())?),
        serde_json::Value::String(text) => Node::from(storable(text)?),
        serde_json::Value::Array(elements) => {
            Node::array(elements.into_iter().map(convert).collect::<Result<Vec<_>>>()?)
        }
        serde_json::Value::Object(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| Ok((storable(key)?, convert(value)?)));
            Node::object(pairs.collect::<Result<Vec<_>>>()?)
        }
    })
}

/// The server has no text with a zero byte.
fn storable(text: String) -> Result<String> {
    if text.contains('\0') { Err(Error::new(Id::JsonSyntax, "jsonb cannot hold \\u0000")) } else { Ok(text) }
}
