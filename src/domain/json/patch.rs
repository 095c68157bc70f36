//! Values to be put under keys of stored objects, prepared once and written in one pass over each document.

use super::container::Object;
use super::encode::{MAX_NESTING, Table, Writer};
use super::fields::order;
use super::layout::{Damaged, Kind, MAX_PAIRS, OBJECT, Read};
use super::raw::Raw;
use super::value::Value;
use crate::domain::error::{Error, Result};
use std::borrow::Cow;

/// What is written under a key.
#[derive(Clone, Debug)]
enum Patch<'p> {
    /// This value.
    Value(Raw<'p>),
    /// These keys of the object there, which is made if there is none.
    Keys(Keys<'p>),
}

/// Keys in the order in which they are stored, and what is written under them.
#[derive(Clone, Debug, Default)]
pub struct Keys<'p>(Vec<(Cow<'p, [u8]>, Patch<'p>)>);

impl<'p> Keys<'p> {
    /// Adds a value under a path; of equal paths the last one counts. False where one of two paths leads through the
    /// other: then their order would matter, and nothing is added.
    pub fn insert<'k>(&mut self, path: impl IntoIterator<Item = &'k Cow<'p, str>>, value: Value<'p>) -> bool
    where
        'p: 'k,
    {
        let mut path = path.into_iter().peekable();
        let mut keys = self;
        while let Some(key) = path.next() {
            let is_last = path.peek().is_none();
            let (at, is_new) = match keys.0.binary_search_by(|(known, _)| order(known, key.as_bytes())) {
                Ok(at) => (at, false),
                Err(at) => (at, true),
            };
            if is_new {
                let patch = if is_last { Patch::Value(Raw::from(value)) } else { Patch::Keys(Keys::default()) };
                keys.0.insert(at, (bytes_of(key), patch));
            }
            match (keys.0.get_mut(at), is_last) {
                (Some((_, Patch::Value(known))), true) => {
                    *known = Raw::from(value);
                    return true;
                }
                (Some((_, Patch::Keys(below))), false) => keys = below,
                _ => return false,
            }
        }
        false
    }

    /// Writes the object with these values and says whether it differs from the stored one.
    ///
    /// Errors: `error/json/limit`; `error/json/corrupt`, also where a path leads through what is no object.
    pub fn write(&self, object: Object, out: &mut Vec<u8>) -> Result<bool> {
        let mut patcher = Patcher { writer: Writer::new(out), spots: Vec::with_capacity(USUAL), changed: false };
        patcher.object(object, self, MAX_NESTING)?;
        Ok(patcher.changed)
    }
}

fn bytes_of<'p>(key: &Cow<'p, str>) -> Cow<'p, [u8]> {
    match key {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.clone().into_bytes()),
    }
}

/// How many keys are written as a rule.
const USUAL: usize = 32;

/// Where a key stands in the stored object, or before which pair it belongs.
type Spot = std::result::Result<usize, usize>;

struct Patcher<'o> {
    writer: Writer<'o>,
    /// The spots of the keys of all objects that are open, the innermost last.
    spots: Vec<Spot>,
    changed: bool,
}

impl Patcher<'_> {
    fn object(&mut self, stored: Object, keys: &Keys, nesting: usize) -> Result<()> {
        let nesting = nesting.checked_sub(1).ok_or(Damaged)?;
        let first = self.spots.len();
        let added = self.locate(stored, keys)?;
        let count = stored.len();
        if count + added > MAX_PAIRS {
            return Err(Error::from(Damaged));
        }
        let mut table = self.writer.open(OBJECT, count + added, 2 * (count + added))?;
        let begin = self.keys(&mut table, stored, keys, first)?;
        self.values(begin, &mut table, stored, keys, first, nesting)?;
        self.spots.truncate(first);
        Ok(())
    }

    /// Finds all keys in the stored object; gives how many are not there.
    fn locate(&mut self, stored: Object, keys: &Keys) -> Read<usize> {
        let (mut low, mut added) = (0, 0);
        for (key, _) in &keys.0 {
            let spot = stored.position_from(low, key)?;
            low = match spot {
                Ok(at) => at + 1,
                Err(at) => at,
            };
            added += usize::from(spot.is_err());
            self.spots.push(spot);
        }
        Ok(added)
    }

    /// Writes all keys; gives where the stored ones end.
    fn keys(&mut self, table: &mut Table, stored: Object, keys: &Keys, first: usize) -> Result<usize> {
        let (parts, mut next, mut begin) = (stored.parts(), 0, 0);
        let spots = self.spots.get(first..).unwrap_or_default();
        for ((key, _), spot) in keys.0.iter().zip(spots) {
            if let Err(at) = *spot {
                begin = self.writer.copy_from(begin, table, parts, next..at)?;
                self.writer.bytes(table, Kind::String, key)?;
                next = at;
            }
        }
        self.writer.copy_from(begin, table, parts, next..stored.len())
    }

    /// Writes all values, of which the stored ones begin here.
    fn values(
        &mut self,
        mut begin: usize,
        table: &mut Table,
        stored: Object,
        keys: &Keys,
        first: usize,
        nesting: usize,
    ) -> Result<()> {
        let (parts, count) = (stored.parts(), stored.len());
        let mut next = count;
        for (index, (_, patch)) in keys.0.iter().enumerate() {
            let spot = self.spots.get(first + index).copied().ok_or(Damaged)?;
            let (Ok(at) | Err(at)) = spot;
            begin = self.writer.copy_from(begin, table, parts, next..count + at)?;
            next = count + at;
            let mut present = None;
            if spot.is_ok() {
                let (raw, end) = parts.child_at(next, begin)?;
                (present, begin, next) = (Some(raw), end, next + 1);
            }
            self.value(table, present, patch, nesting)?;
        }
        self.writer.copy_from(begin, table, parts, next..2 * count).map(drop)
    }

    fn value(&mut self, table: &mut Table, present: Option<Raw>, patch: &Patch, nesting: usize) -> Result<()> {
        match patch {
            Patch::Value(value) => {
                self.changed |= present.is_none_or(|present| !present.same(*value));
                self.writer.bytes(table, value.kind, value.bytes)
            }
            Patch::Keys(keys) => {
                let object = match present.filter(|present| !present.is_null()).map(Raw::read).transpose()? {
                    None => Object::EMPTY,
                    Some(Value::Object(object)) => object,
                    Some(_) => return Err(Error::from(Damaged)),
                };
                let start = self.writer.begin();
                self.object(object, keys, nesting)?;
                self.writer.end(table, Kind::Container, start)
            }
        }
    }
}
