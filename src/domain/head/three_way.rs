//! Taking changes back where others came after them: a three-way comparison (shapes.md 6, `member_unmerge`).

use super::difference::{DEEPEST, same};
use crate::domain::datakey::{Mode, Op, Path, Step, read};
use crate::domain::error::Result;
use crate::domain::json::{Object, Value};
use std::borrow::Cow;

/// A change that is to be taken back.
pub struct Done<'a> {
    /// Where.
    pub path: Path<'a>,
    /// What stood there before it.
    pub old: Option<Value<'a>>,
    /// What it wrote.
    pub new: Option<Value<'a>>,
}

/// A datakey that was changed again since.
#[derive(Debug)]
pub struct Conflict<'a> {
    /// Where.
    pub path: String,
    /// What stands there now.
    pub ours: Option<Value<'a>>,
    /// What stood there before the change that is to be taken back.
    pub theirs: Option<Value<'a>>,
}

/// How the data become what they were.
#[derive(Debug, Default)]
pub struct Restored<'a> {
    /// What is taken back without touching anything that came later.
    pub ops: Vec<Op<'a>>,
    /// What is taken back only by force: it overwrites what came later.
    pub forced: Vec<Op<'a>>,
    /// Where that is.
    pub conflicts: Vec<Conflict<'a>>,
}

/// Compares what stands there now with what a change wrote and what it found. What nobody touched since goes back; what
/// was added beside it stays; what was changed again is a conflict.
///
/// Errors: `error/json/corrupt`.
pub fn restore<'a>(current: Value<'a>, changes: &[Done<'a>]) -> Result<Restored<'a>> {
    let mut walk = Walk { keys: Vec::new(), restored: Restored::default() };
    for change in changes {
        walk.keys = keys_of(&change.path);
        let ours = read(current, &change.path)?;
        match obstacle(current, &walk.keys)? {
            Some((depth, there)) if ours.is_none() && change.old.is_some() => walk.clear(depth, there, change.old),
            _ => walk.compare(change.new, ours, change.old)?,
        }
    }
    Ok(walk.restored)
}

/// What keeps a key from being made: a scalar or a list above it, and how many keys lead there.
fn obstacle<'a>(current: Value<'a>, keys: &[Cow<str>]) -> Result<Option<(usize, Value<'a>)>> {
    let mut value = current;
    for (depth, key) in keys.iter().enumerate() {
        match value {
            Value::Object(object) => value = object.get(key)?.unwrap_or(Value::Null),
            Value::Null => return Ok(None),
            value => return Ok(Some((depth, value))),
        }
    }
    Ok(None)
}

fn keys_of<'a>(path: &Path<'a>) -> Vec<Cow<'a, str>> {
    path.steps().iter().filter_map(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None }).collect()
}

struct Walk<'a> {
    keys: Vec<Cow<'a, str>>,
    restored: Restored<'a>,
}

impl<'a> Walk<'a> {
    fn compare(&mut self, base: Option<Value<'a>>, ours: Option<Value<'a>>, theirs: Option<Value<'a>>) -> Result<()> {
        if same(ours, theirs)? {
            return Ok(());
        }
        if same(ours, base)? {
            let op = self.back_to(theirs);
            self.restored.ops.push(op);
            return Ok(());
        }
        match (base, ours, theirs) {
            (Some(Value::Object(base)), Some(Value::Object(ours)), Some(Value::Object(theirs)))
                if self.keys.len() < DEEPEST =>
            {
                self.objects(base, ours, theirs)
            }
            (Some(Value::Object(base)), Some(Value::Object(ours)), None) if self.keys.len() < DEEPEST => {
                self.objects(base, ours, Object::default())
            }
            _ => {
                self.conflict(ours, theirs);
                let op = self.back_to(theirs);
                self.restored.forced.push(op);
                Ok(())
            }
        }
    }

    /// A key is to come back where something else stands now: by force that goes first.
    fn clear(&mut self, depth: usize, there: Value<'a>, theirs: Option<Value<'a>>) {
        let above = Path::of_keys(self.keys.iter().take(depth).cloned());
        if !self.restored.forced.iter().any(|op| *op.path() == above) {
            let path = above.to_string();
            self.restored.conflicts.push(Conflict { path, ours: Some(there), theirs: None });
            self.restored.forced.push(Op::removal(above));
        }
        let op = self.back_to(theirs);
        self.restored.forced.push(op);
    }

    fn conflict(&mut self, ours: Option<Value<'a>>, theirs: Option<Value<'a>>) {
        let path = Path::of_keys(self.keys.iter().cloned()).to_string();
        self.restored.conflicts.push(Conflict { path, ours, theirs });
    }

    /// Compares key by key: only keys that the change wrote or removed can differ from what they were.
    fn objects(&mut self, base: Object<'a>, ours: Object<'a>, theirs: Object<'a>) -> Result<()> {
        let mut keys: Vec<&'a str> = Vec::with_capacity(base.len());
        for pair in base.iter().chain(theirs.iter()) {
            keys.push(pair?.0);
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let (was, is, before) = (base.get(key)?, ours.get(key)?, theirs.get(key)?);
            if !same(was, before)? {
                self.keys.push(key.into());
                self.compare(was, is, before)?;
                self.keys.pop();
            }
        }
        Ok(())
    }

    fn back_to(&self, theirs: Option<Value<'a>>) -> Op<'a> {
        let path = Path::of_keys(self.keys.iter().cloned());
        match theirs {
            Some(value) => Op::of_value(path, Mode::Set, value),
            None => Op::removal(path),
        }
    }
}
