//! Which datakeys of a document are compared in a merge (members.md 7.3).

use super::data_rule::DataRule;
use crate::domain::datakey::{Path, Step};
use crate::domain::error::Result;
use crate::domain::json::{Object, Value};

/// Keys from the root to a place.
pub(super) type Keys<'a> = Vec<&'a str>;

/// The keys of a document that the general rule compares: those at the rule's level, and leaves above it. Keys with a
/// rule of their own are left out; what lies beside them is taken apart so that nothing overwrites them. At level 0 the
/// document itself is the one key, of no elements.
pub(super) fn general<'a>(document: Object<'a>, rule: &DataRule) -> Result<Vec<(Keys<'a>, Value<'a>)>> {
    if rule.level == 0 && rule.own.is_empty() {
        return Ok(vec![(Vec::new(), Value::Object(document))]);
    }
    let mut walk = Walk { level: rule.level, rule, found: Vec::new() };
    walk.object(&mut Vec::new(), document)?;
    Ok(walk.found)
}

/// The parts of what stands under a key with a rule of its own: all of it, unless keys below have rules of theirs.
pub(super) fn parts<'a>(document: Object<'a>, own: &Path, rule: &DataRule) -> Result<Vec<(Keys<'a>, Value<'a>)>> {
    let (mut keys, mut value) = (Vec::new(), Value::Object(document));
    for step in own.steps() {
        let (Step::Key(step), Value::Object(object)) = (step, value) else { return Ok(Vec::new()) };
        let Some((key, child)) = entry(object, step)? else { return Ok(Vec::new()) };
        keys.push(key);
        value = child;
    }
    let mut walk = Walk { level: 0, rule, found: Vec::new() };
    walk.value(&mut keys, value)?;
    Ok(walk.found)
}

/// A pair by its key, the key borrowed from the document.
fn entry<'a>(object: Object<'a>, key: &str) -> Result<Option<(&'a str, Value<'a>)>> {
    for pair in object.iter() {
        let pair = pair?;
        if pair.0 == key {
            return Ok(Some(pair));
        }
    }
    Ok(None)
}

struct Walk<'r, 'a> {
    level: usize,
    rule: &'r DataRule<'r>,
    found: Vec<(Keys<'a>, Value<'a>)>,
}

impl<'a> Walk<'_, 'a> {
    /// A value that is not left out. Descends as far as the level, or the longest key with a rule of its own.
    fn value(&mut self, keys: &mut Keys<'a>, value: Value<'a>) -> Result<()> {
        let deeper = keys.len() < self.level || self.rule.own.iter().any(|(own, _)| leads_to(keys, own));
        match value {
            Value::Object(object) if deeper && object.len() > 0 => self.object(keys, object),
            value => {
                self.found.push((keys.clone(), value));
                Ok(())
            }
        }
    }

    fn object(&mut self, keys: &mut Keys<'a>, object: Object<'a>) -> Result<()> {
        for pair in object.iter() {
            let (key, value) = pair?;
            keys.push(key);
            if !self.rule.own.iter().any(|(own, _)| is(keys, own)) {
                self.value(keys, value)?;
            }
            keys.pop();
        }
        Ok(())
    }
}

/// Whether these keys are a path.
fn is(keys: &[&str], path: &Path) -> bool {
    keys.len() == path.steps().len() && begins(keys, path)
}

/// Whether a path goes on below these keys.
fn leads_to(keys: &[&str], path: &Path) -> bool {
    keys.len() < path.steps().len() && begins(keys, path)
}

fn begins(keys: &[&str], path: &Path) -> bool {
    keys.iter().zip(path.steps()).all(|(key, step)| matches!(step, Step::Key(name) if name == key))
}
