//! The rules once more, as plainly as can be, over the JSON values of another library: no bytes, no sharing, no speed.

use crate::domain::error::Id;
use serde_json::{Map, Value as Json};

/// One element of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
    FromEnd(usize),
}

/// Where an operation's value comes from.
#[derive(Clone, Debug)]
pub enum Operand {
    None,
    Value(Json),
    Copy(Vec<Step>),
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Op {
    pub path: Vec<Step>,
    pub mode: &'static str,
    pub operand: Operand,
}

/// A place that differs: its steps, what was there, what is there.
pub type Row = (Vec<Step>, Option<Json>, Option<Json>);

/// Performs a program; gives the body and the rows.
pub fn apply(body: &Json, ops: &[Op], data: Option<&Json>) -> Result<(Json, Vec<Row>), Id> {
    let mut after = body.clone();
    let mut touched: Vec<Vec<Step>> = Vec::new();
    for op in ops {
        let value = match &op.operand {
            Operand::None => Json::Null,
            Operand::Value(value) => value.clone(),
            Operand::Copy(source) => read(data.unwrap_or(&after), source).cloned().unwrap_or(Json::Null),
        };
        let before = after.clone();
        let path = resolved(&before, &op.path, creates(op.mode));
        let edited = edit(Some(after), &op.path, creates(op.mode), &|old| act(op.mode, old, value.clone()))?;
        after = edited.unwrap_or(Json::Null);
        if after == before {
            continue;
        }
        match (op.mode.starts_with("merge"), read(&before, &path), &value) {
            (true, Some(Json::Object(_)), Json::Object(keys)) => {
                let mut keys: Vec<_> = keys.keys().collect();
                keys.sort_by_key(|key| (key.len(), key.as_bytes()));
                for key in keys {
                    let below: Vec<_> = path.iter().cloned().chain([Step::Key(key.clone())]).collect();
                    if read(&before, &below) != read(&after, &below) {
                        touched.push(below);
                    }
                }
            }
            _ => touched.push(path),
        }
    }
    let rows = rows(body, &after, &touched);
    Ok((after, rows))
}

fn creates(mode: &str) -> bool {
    !matches!(mode, "update" | "merge_update" | "delete")
}

/// What a mode makes of what is there.
fn act(mode: &str, old: Option<Json>, value: Json) -> Result<Option<Json>, Id> {
    let missing = matches!(old, None | Some(Json::Null));
    Ok(match mode {
        "set" => Some(value),
        "update" => old.map(|_| value),
        "insert" => Some(old.unwrap_or(value)),
        "delete" => None,
        "push" | "unshift" => {
            let new = if let Json::Array(new) = value { new } else { vec![value] };
            match old {
                Some(Json::Array(old)) if mode == "push" => Some([old, new].concat().into()),
                Some(Json::Array(old)) => Some([new, old].concat().into()),
                _ if missing => Some(new.into()),
                _ => return Err(Id::DatakeyNotarray),
            }
        }
        _ => match (old, value) {
            (old, Json::Object(_)) if missing && mode == "merge_update" => old,
            (_, value @ Json::Object(_)) if missing => Some(value),
            (Some(Json::Object(mut old)), Json::Object(new)) => {
                for (key, value) in new {
                    let is_there = old.contains_key(&key);
                    if mode == "merge" || is_there == (mode == "merge_update") {
                        old.insert(key, value);
                    }
                }
                Some(old.into())
            }
            _ => return Err(Id::DatakeyMerge),
        },
    })
}

type Action<'a> = &'a dyn Fn(Option<Json>) -> Result<Option<Json>, Id>;

/// Follows a path and acts at its end; None in and out means nothing there.
fn edit(node: Option<Json>, path: &[Step], creates: bool, action: Action) -> Result<Option<Json>, Id> {
    let Some((step, rest)) = path.split_first() else { return action(node) };
    match (node, step) {
        // The value may be wrong even if there is no place for it.
        (node @ (None | Some(Json::Null)), _) if !creates => action(None).map(|_| node),
        (None | Some(Json::Null), Step::FromEnd(_)) => Err(Id::DatakeySyntax),
        (None | Some(Json::Null), Step::Key(_)) => edit(Some(Json::Object(Map::new())), path, creates, action),
        (None | Some(Json::Null), Step::Index(_)) => edit(Some(Json::Array(Vec::new())), path, creates, action),
        (Some(Json::Object(mut pairs)), Step::Key(key)) => {
            let child = pairs.remove(key);
            if let Some(child) = edit(child, rest, creates, action)? {
                pairs.insert(key.clone(), child);
            }
            Ok(Some(pairs.into()))
        }
        (Some(Json::Array(mut elements)), step) => {
            let index = index(step, elements.len(), creates)?;
            let child = elements.get(index).cloned();
            let was_there = child.is_some();
            match edit(child, rest, creates, action)? {
                Some(child) => {
                    while elements.len() <= index {
                        elements.push(Json::Null);
                    }
                    elements[index] = child;
                }
                None if was_there && index + 1 == elements.len() => drop(elements.pop()),
                None if was_there => elements[index] = Json::Null,
                None => {}
            }
            Ok(Some(elements.into()))
        }
        (Some(_), Step::Key(_)) => Err(Id::DatakeyNotobject),
        (Some(_), _) => Err(Id::DatakeyNotarray),
    }
}

fn index(step: &Step, length: usize, creates: bool) -> Result<usize, Id> {
    match step {
        Step::Index(index) => Ok(*index),
        Step::FromEnd(back) if *back <= length => Ok(length - back),
        Step::FromEnd(_) => Err(Id::DatakeySyntax),
        Step::Key(key) if !creates => key.parse().map_err(|_| Id::DatakeyNotobject),
        Step::Key(_) => Err(Id::DatakeyNotobject),
    }
}

/// Reading: what cannot be followed is not there.
pub fn read<'j>(json: &'j Json, path: &[Step]) -> Option<&'j Json> {
    path.iter().try_fold(json, |json, step| match (json, step) {
        (Json::Object(pairs), Step::Key(key)) => pairs.get(key),
        (Json::Array(elements), step) => elements.get(index(step, elements.len(), false).ok()?),
        _ => None,
    })
}

/// The path with the positions that its elements have in a document.
fn resolved(json: &Json, path: &[Step], creates: bool) -> Vec<Step> {
    let mut at = Some(json);
    let mut steps = Vec::new();
    for step in path {
        let found = match at {
            Some(Json::Array(elements)) => index(step, elements.len(), creates).map_or(step.clone(), Step::Index),
            _ => step.clone(),
        };
        at = at.and_then(|json| read(json, std::slice::from_ref(&found)));
        steps.push(found);
    }
    steps
}

/// Before against after at the touched places: each once, none below another.
fn rows(before: &Json, after: &Json, touched: &[Vec<Step>]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for path in touched {
        let is_below = touched.iter().any(|other| other.len() < path.len() && path.starts_with(other));
        if is_below || rows.iter().any(|row| row.0 == *path) {
            continue;
        }
        rows.push((path.clone(), read(before, path).cloned(), read(after, path).cloned()));
    }
    rows.retain(|(_, old, new)| old != new);
    rows
}
