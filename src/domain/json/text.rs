//! JSON as text.

use super::container::{Elements, Pairs};
use super::decimal::Decimal;
use super::encode::encode;
use super::node::Node;
use super::value::Value;
use crate::domain::error::{Error, Id, Result};

/// The key by which the parser passes exact numbers around inside; in a document it would be mistaken for one.
const RESERVED: &str = "$serde_json::private::Number";

/// Reads JSON text into the bytes of a document, numbers exactly, of equal keys the last one.
///
/// Errors: `error/json/syntax` for what the server would not take as jsonb either, and for more than 127 levels;
/// `error/json/limit`.
pub fn parse(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    encode(&read(text)?, &mut bytes)?;
    Ok(bytes)
}

fn read(text: &str) -> Result<Node<'static>> {
    if text.contains(RESERVED) {
        return Err(Error::new(Id::JsonSyntax, "a key is reserved"));
    }
    let tree: serde_json::Value =
        serde_json::from_str(text).map_err(|problem| Error::new(Id::JsonSyntax, problem.to_string()))?;
    convert(tree)
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

/// A container whose printing has begun.
enum Open<'a> {
    Array(Elements<'a>),
    Object(Pairs<'a>),
}

/// Prints a value as the server does: `{"a": 1, "b": [1, 2]}`, keys in stored order. Takes any depth.
///
/// Errors: `error/json/corrupt`.
pub fn print(value: Value) -> Result<String> {
    let mut out = String::new();
    let mut open = Vec::new();
    begin(value, &mut out, &mut open);
    while let Some(container) = open.last_mut() {
        let (child, close) = match container {
            Open::Array(elements) => (elements.next().transpose()?.map(|value| (None, value)), ']'),
            Open::Object(pairs) => (pairs.next().transpose()?.map(|(key, value)| (Some(key), value)), '}'),
        };
        let Some((key, value)) = child else {
            out.push(close);
            open.pop();
            continue;
        };
        if !out.ends_with(['[', '{']) {
            out.push_str(", ");
        }
        if let Some(key) = key {
            quote(key, &mut out);
            out.push_str(": ");
        }
        begin(value, &mut out, &mut open);
    }
    Ok(out)
}

/// Prints a scalar, or the bracket of a container that will be continued.
fn begin<'a>(value: Value<'a>, out: &mut String, open: &mut Vec<Open<'a>>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => quote(text, out),
        Value::Array(array) => {
            out.push('[');
            open.push(Open::Array(array.iter()));
        }
        Value::Object(object) => {
            out.push('{');
            open.push(Open::Object(object.iter()));
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
