//! Merging the data of two subscribers (members.md 7.3).

use super::data_rule::{DataMode, DataRule};
use super::enumerate::{Keys, general, parts};
use crate::domain::datakey::{Mode, Op, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Object, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a merge does to both sides.
#[derive(Debug, Default)]
pub struct Merged<'a> {
    /// Operations on the receiver's data, in order.
    pub receiver: Vec<Op<'a>>,
    /// Operations on the source's data.
    pub source: Vec<Op<'a>>,
    /// Datakeys that could not be merged and stay as they are: `error/member/merge/skipped`.
    pub warnings: Vec<Error>,
}

/// Works out what a rule does with the data of two subscribers. Errors: `error/json/corrupt`.
pub fn merge<'a>(receiver: Object<'a>, source: Object<'a>, rule: &DataRule) -> Result<Merged<'a>> {
    let mut join = Join { receiver, verdicts: Vec::new(), kept: Vec::new() };
    for (own, mode) in &rule.own {
        let (ours, theirs) = (parts(receiver, own, rule)?, parts(source, own, rule)?);
        join.compare(ours, theirs, [*mode; 3]);
    }
    let modes = [rule.hasmiss, rule.hashas, rule.misshas];
    join.compare(general(receiver, rule)?, general(source, rule)?, modes);
    join.carry_out()
}

/// What is to happen to one datakey.
struct Verdict<'a> {
    keys: Keys<'a>,
    mode: DataMode,
    ours: Option<Value<'a>>,
    theirs: Option<Value<'a>>,
}

struct Join<'a> {
    receiver: Object<'a>,
    verdicts: Vec<Verdict<'a>>,
    /// Keys of the receiver that stay, for what must not be overwritten.
    kept: Vec<Keys<'a>>,
}

impl<'a> Join<'a> {
    /// Compares the keys of both sides; the modes are for those of the source alone, of both, of the receiver alone.
    fn compare(&mut self, ours: Vec<(Keys<'a>, Value<'a>)>, theirs: Vec<(Keys<'a>, Value<'a>)>, modes: [DataMode; 3]) {
        let [hasmiss, hashas, misshas] = modes;
        let mut ours: BTreeMap<Keys, Value> = ours.into_iter().collect();
        for (keys, value) in theirs {
            let own = ours.remove(&keys);
            let mode = if own.is_some() { hashas } else { hasmiss };
            self.verdicts.push(Verdict { keys, mode, ours: own, theirs: Some(value) });
        }
        for (keys, value) in ours {
            self.verdicts.push(Verdict { keys, mode: misshas, ours: Some(value), theirs: None });
        }
    }

    fn carry_out(mut self) -> Result<Merged<'a>> {
        let (gone, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.verdicts)
            .into_iter()
            .partition(|verdict| verdict.mode == DataMode::Delete && verdict.ours.is_some());
        let mut merged = Merged::default();
        for verdict in gone {
            remove(&mut merged.receiver, &verdict.keys, self.receiver)?;
        }
        self.kept = rest.iter().filter(|verdict| verdict.ours.is_some()).map(|verdict| verdict.keys.clone()).collect();
        for verdict in &rest {
            self.write(&mut merged, verdict)?;
        }
        Ok(merged)
    }

    /// Brings a value of the source to the receiver.
    fn write(&self, merged: &mut Merged<'a>, verdict: &Verdict<'a>) -> Result<()> {
        let Verdict { keys, mode, ours, theirs: Some(theirs) } = verdict else { return Ok(()) };
        if matches!(mode, DataMode::None | DataMode::Delete) {
            return Ok(());
        }
        if self.is_in_the_way(keys) {
            merged.warnings.push(skipped(keys));
            return Ok(());
        }
        match (mode, ours, theirs) {
            (DataMode::Merge, Some(Value::Object(_)), Value::Object(more)) => {
                for pair in more.iter() {
                    let (key, value) = pair?;
                    merged.receiver.push(Op::of_value(path(keys.iter().chain([&key])), Mode::Set, value));
                }
            }
            (DataMode::Merge, Some(Value::Array(_)), Value::Array(_)) => {
                merged.receiver.push(Op::of_value(path(keys), Mode::Push, *theirs));
            }
            (DataMode::Merge, Some(_), _) => merged.warnings.push(skipped(keys)),
            _ => put(&mut merged.receiver, keys, *theirs, self.receiver)?,
        }
        if *mode == DataMode::Move {
            remove(&mut merged.source, keys, theirs.as_object().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Whether a key that stays lies above or below: writing would destroy it, or cannot be done.
    fn is_in_the_way(&self, keys: &[&str]) -> bool {
        self.kept.iter().any(|kept| {
            let common = kept.iter().zip(keys).take_while(|(one, other)| one == other).count();
            kept.len() != keys.len() && common == kept.len().min(keys.len()) && !self.is_empty_at(kept, keys)
        })
    }

    /// Whether what stands at a key above is null or an empty object, so that a key can be made below it.
    fn is_empty_at(&self, kept: &[&str], keys: &[&str]) -> bool {
        let mut value = Value::Object(self.receiver);
        for key in kept {
            match value {
                Value::Object(object) => value = object.get(key).ok().flatten().unwrap_or(Value::Null),
                _ => return false,
            }
        }
        kept.len() < keys.len()
            && match value {
                Value::Null => true,
                Value::Object(object) => object.len() == 0,
                _ => false,
            }
    }
}

fn path<'a, 'k>(keys: impl IntoIterator<Item = &'k &'a str>) -> Path<'a>
where
    'a: 'k,
{
    Path::of_keys(keys.into_iter().map(|key| Cow::Borrowed(*key)))
}

/// Writes a value under keys; under none it is the document itself.
fn put<'a>(ops: &mut Vec<Op<'a>>, keys: &[&'a str], value: Value<'a>, document: Object<'a>) -> Result<()> {
    match value {
        Value::Object(whole) if keys.is_empty() => {
            remove(ops, keys, document)?;
            for pair in whole.iter() {
                let (key, value) = pair?;
                ops.push(Op::of_value(path([&key]), Mode::Set, value));
            }
        }
        value => ops.push(Op::of_value(path(keys), Mode::Set, value)),
    }
    Ok(())
}

/// Removes what stands under keys; under none, all of the document.
fn remove<'a>(ops: &mut Vec<Op<'a>>, keys: &[&'a str], document: Object<'a>) -> Result<()> {
    if keys.is_empty() {
        for pair in document.iter() {
            ops.push(Op::removal(path([&pair?.0])));
        }
    } else {
        ops.push(Op::removal(path(keys)));
    }
    Ok(())
}

#[cold]
fn skipped(keys: &[&str]) -> Error {
    Error::new(Id::MergeSkipped, format!("{} stays as it is", path(keys)))
}
