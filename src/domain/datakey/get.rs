//! Reading by a path (members.md 5.2 and 5.3).

use super::path::{Path, Step};
use super::place::look;
use crate::domain::error::Result;
use crate::domain::json::{Node, Raw, Read, Value, View};

/// What stands under a path; None where there is nothing.
///
/// `*` gives an object of the keys under which the rest of the path exists, `[*]` a list with null where it does not;
/// a path with wildcards that fits nowhere gives null, and `*` alone the document. Paths through scalars are absent.
///
/// Errors: `error/json/corrupt`.
pub fn get<'a>(document: Value<'a>, path: &Path) -> Result<Option<Node<'a>>> {
    if !path.has_wildcard() {
        return Ok(read(document, path)?.map(Node::from));
    }
    if let ([Step::AnyKey], Value::Object(_)) = (path.steps(), document) {
        return Ok(Some(Node::from(document)));
    }
    Ok(Some(collect(document, path.steps())?.unwrap_or(Node::Null)))
}

/// What stands under a path without wildcards, borrowed; None where there is nothing. Wildcards fit nowhere.
///
/// Errors: `error/json/corrupt`.
pub fn read<'a>(document: Value<'a>, path: &Path) -> Result<Option<Value<'a>>> {
    Ok(stored(document, path.steps())?.map(Raw::read).transpose()?)
}

fn stored<'a>(document: Value<'a>, steps: &[Step]) -> Read<Option<Raw<'a>>> {
    match look(View::from(document), steps)? {
        Some(View::Stored(raw)) => Ok(Some(raw)),
        _ => Ok(None),
    }
}

/// Collects over the first wildcard, and so on for what follows it: as deep as the path is long.
fn collect<'a>(document: Value<'a>, steps: &[Step]) -> Result<Option<Node<'a>>> {
    let wildcard = steps.iter().position(|step| matches!(step, Step::AnyKey | Step::AnyIndex));
    let (straight, rest) = steps.split_at_checked(wildcard.unwrap_or(steps.len())).unwrap_or((steps, &[]));
    let Some(raw) = stored(document, straight)? else { return Ok(None) };
    let Some((wildcard, rest)) = rest.split_first() else { return Ok(Some(Node::from(raw))) };
    match (wildcard, raw.container()?) {
        (Step::AnyKey, Some(Value::Object(object))) => {
            let mut found = Vec::new();
            for pair in object.iter() {
                let (key, value) = pair?;
                if let Some(node) = collect(value, rest)? {
                    found.push((key, node));
                }
            }
            Ok(if found.is_empty() { None } else { Some(Node::object(found)) })
        }
        (Step::AnyIndex, Some(Value::Array(array))) => {
            let found = array.iter().map(|element| collect(element?, rest)).collect::<Result<Vec<_>>>()?;
            let any = found.iter().any(Option::is_some);
            Ok(any.then(|| Node::array(found.into_iter().map(Node::from))))
        }
        _ => Ok(None),
    }
}
