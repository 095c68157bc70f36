//! What differs between two documents, as the log and the journal show it.

use crate::domain::datakey::{Change, Path};
use crate::domain::error::Result;
use crate::domain::json::{Node, Object, Value, View};
use std::borrow::Cow;

/// How many levels are compared key by key; what lies deeper is one value.
pub(super) const DEEPEST: usize = 64;

/// One row per datakey that differs, the innermost there is: objects on both sides are compared key by key.
///
/// Errors: `error/json/corrupt`.
pub fn difference<'a>(before: Object<'a>, after: Object<'a>) -> Result<Vec<Change<'a>>> {
    let mut walk = Walk { keys: Vec::new(), found: Vec::new() };
    walk.objects(before, after)?;
    Ok(walk.found)
}

/// Whether two values are stored by the same bytes, or neither is there.
pub(super) fn same(one: Option<Value>, other: Option<Value>) -> Result<bool> {
    Ok(match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => View::from(one).same(View::from(other))?,
        _ => false,
    })
}

struct Walk<'a> {
    keys: Vec<Cow<'a, str>>,
    found: Vec<Change<'a>>,
}

impl<'a> Walk<'a> {
    fn objects(&mut self, before: Object<'a>, after: Object<'a>) -> Result<()> {
        for pair in before.iter() {
            let (key, old) = pair?;
            self.pair(key, Some(old), after.get(key)?)?;
        }
        for pair in after.iter() {
            let (key, new) = pair?;
            if before.get(key)?.is_none() {
                self.pair(key, None, Some(new))?;
            }
        }
        Ok(())
    }

    fn pair(&mut self, key: &'a str, old: Option<Value<'a>>, new: Option<Value<'a>>) -> Result<()> {
        if same(old, new)? {
            return Ok(());
        }
        self.keys.push(key.into());
        match (old, new) {
            (Some(Value::Object(old)), Some(Value::Object(new))) if self.keys.len() < DEEPEST => {
                self.objects(old, new)?;
            }
            _ => self.found.push(Change {
                path: Path::of_keys(self.keys.iter().cloned()).to_string(),
                old: old.map(Node::from),
                new: new.map(Node::from),
            }),
        }
        self.keys.pop();
        Ok(())
    }
}
