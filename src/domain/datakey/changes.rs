//! Which places a program changed (shapes.md 7, `event_data.changed`).

use super::path::Path;
use super::place::{Place, look};
use crate::domain::error::Result;
use crate::domain::json::{Node, Value, View};
use std::borrow::Cow;

/// Octets that most paths take.
const USUAL: usize = 32;

/// A place that differs before and after.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Its path.
    pub path: String,
    /// What stood there; None for nothing.
    pub old: Option<Node<'a>>,
    /// What stands there; None for nothing.
    pub new: Option<Node<'a>>,
}

/// A place that an operation wrote to.
#[derive(Clone, Debug)]
pub(super) struct Touch<'a> {
    pub(super) place: Place<'a>,
    /// A key below the place, for modes that write key by key.
    pub(super) key: Option<Cow<'a, str>>,
}

impl<'a> Touch<'a> {
    fn path(&self) -> Path<'a> {
        match &self.key {
            Some(key) => self.place.path().below(key.clone()),
            None => self.place.path().clone(),
        }
    }
}

/// One row per touched place that differs, in the order of the first touch. A place below another touched place has no
/// row: it is part of that one's.
///
/// Errors: `error/json/corrupt`.
pub(super) fn between<'a>(before: Value<'a>, after: &Node<'a>, touches: &[Touch<'a>]) -> Result<Vec<Change<'a>>> {
    let mut changes = Vec::new();
    for path in outermost(touches) {
        let old = look(View::from(before), path.steps())?;
        let new = look(View::from(after), path.steps())?;
        let same = match (old, new) {
            (Some(old), Some(new)) => old.same(new)?,
            (None, None) => true,
            _ => false,
        };
        if !same {
            let mut text = String::with_capacity(USUAL);
            // Writing to a String cannot fail.
            let _ = path.write(&mut text);
            changes.push(Change { path: text, old: old.map(View::to_node), new: new.map(View::to_node) });
        }
    }
    Ok(changes)
}

/// The touched paths, each once, without those that continue another.
fn outermost<'a>(touches: &[Touch<'a>]) -> Vec<Path<'a>> {
    let mut paths: Vec<(usize, Path)> = touches.iter().map(Touch::path).enumerate().collect();
    // In this order a path is directly followed by those that continue it.
    paths.sort_by(|left, right| left.1.steps().cmp(right.1.steps()).then(left.0.cmp(&right.0)));
    let mut kept: Vec<(usize, Path)> = Vec::with_capacity(paths.len());
    for (order, path) in paths {
        if !kept.last().is_some_and(|(_, outer)| path.steps().starts_with(outer.steps())) {
            kept.push((order, path));
        }
    }
    kept.sort_by_key(|(order, _)| *order);
    kept.into_iter().map(|(_, path)| path).collect()
}
