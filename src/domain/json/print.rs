//! Writing JSON as text, without recursion: documents may be of any depth.

use super::container::{Elements, Pairs};
use super::value::Value;
use crate::domain::error::Result;
use std::fmt::{Display, Write};

/// Prints a value as the server does: `{"a": 1, "b": [1, 2]}`, keys in stored order. Takes any depth.
///
/// Errors: `error/json/corrupt`.
pub fn print(value: Value) -> Result<String> {
    let mut out = String::new();
    let style = Style { comma: ", ", colon: ": ", is_sorted: false };
    print_in(value, &style, &mut out)?;
    Ok(out)
}

/// Appends a value without spaces, the keys of every object in the order of their bytes: `{"a":1,"bb":[1,2],"c":3}`.
/// Numbers as the server prints them. Takes any depth.
///
/// Errors: `error/json/corrupt`, with a part of the value appended.
pub fn compact(value: Value, out: &mut String) -> Result<()> {
    print_in(value, &Style { comma: ",", colon: ":", is_sorted: true }, out)
}

/// Appends a text in quotes, escaped where it must be.
pub fn quote(text: &str, out: &mut String) {
    // Without a way out of the loop the compiler compares many bytes at once.
    let is_plain =
        text.bytes().fold(true, |is_plain, byte| is_plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'));
    if is_plain {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// Appends a value as it is shown; a text takes whatever is written to it.
pub fn append(value: impl Display, out: &mut String) {
    _ = write!(out, "{value}");
}

/// How a document is written.
struct Style {
    comma: &'static str,
    colon: &'static str,
    /// Whether keys go by their bytes, not as they are stored: by length first.
    is_sorted: bool,
}

/// A container whose printing has begun.
enum Open<'a> {
    Array(Elements<'a>),
    Object(Pairs<'a>),
    Sorted(std::vec::IntoIter<(&'a str, Value<'a>)>),
}

impl<'a> Open<'a> {
    /// The next child, with its key in an object.
    fn next(&mut self) -> Result<Option<(Option<&'a str>, Value<'a>)>> {
        let keyed = |(key, value)| (Some(key), value);
        Ok(match self {
            Open::Array(elements) => elements.next().transpose()?.map(|value| (None, value)),
            Open::Object(pairs) => pairs.next().transpose()?.map(keyed),
            Open::Sorted(pairs) => pairs.next().map(keyed),
        })
    }

    /// The bracket that ends it.
    fn end(&self) -> char {
        if matches!(self, Open::Array(_)) { ']' } else { '}' }
    }
}

fn print_in(value: Value, style: &Style, out: &mut String) -> Result<()> {
    let mut open = Vec::new();
    begin(value, style, out, &mut open)?;
    while let Some(container) = open.last_mut() {
        let Some((key, value)) = container.next()? else {
            out.push(container.end());
            open.pop();
            continue;
        };
        if !out.ends_with(['[', '{']) {
            out.push_str(style.comma);
        }
        if let Some(key) = key {
            quote(key, out);
            out.push_str(style.colon);
        }
        begin(value, style, out, &mut open)?;
    }
    Ok(())
}

/// Prints a scalar, or the bracket of a container that will be continued.
fn begin<'a>(value: Value<'a>, style: &Style, out: &mut String, open: &mut Vec<Open<'a>>) -> Result<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if truth { "true" } else { "false" }),
        Value::Number(number) => append(number, out),
        Value::String(text) => quote(text, out),
        Value::Array(array) => {
            out.push('[');
            open.push(Open::Array(array.iter()));
        }
        Value::Object(object) if style.is_sorted => {
            out.push('{');
            let mut pairs = object.iter().collect::<Result<Vec<_>>>()?;
            pairs.sort_unstable_by_key(|(key, _)| *key);
            open.push(Open::Sorted(pairs.into_iter()));
        }
        Value::Object(object) => {
            out.push('{');
            open.push(Open::Object(object.iter()));
        }
    }
    Ok(())
}
