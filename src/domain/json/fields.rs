//! The pairs of an object under construction.

use super::container::Object;
use super::node::Node;
use super::raw::text;
use crate::domain::error::Result;
use std::borrow::Cow;
use std::cmp::Ordering;

/// One pair.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The key's bytes: UTF-8 unless the stored document is damaged.
    pub(super) key: Cow<'a, [u8]>,
    pub(super) value: Node<'a>,
}

impl<'a> Field<'a> {
    /// The key as text. Errors: `error/json/corrupt`.
    pub(super) fn key_text(&self) -> Result<Cow<'a, str>> {
        match &self.key {
            Cow::Borrowed(key) => text(key).map(Cow::Borrowed),
            Cow::Owned(key) => text(key).map(|key| Cow::Owned(key.to_owned())),
        }
    }
}

/// Pairs in the order in which they are stored, each key once.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    pairs: Vec<Field<'a>>,
}

/// The order of keys: shorter ones first, then by bytes.
fn order(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

impl<'a> Fields<'a> {
    /// Sorts pairs; of equal keys the last one counts.
    pub(super) fn collect(pairs: impl Iterator<Item = Field<'a>>) -> Fields<'a> {
        let mut pairs: Vec<Field> = pairs.collect();
        pairs.sort_by(|left, right| order(&left.key, &right.key));
        pairs.dedup_by(|later, kept| {
            let same = later.key == kept.key;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Fields { pairs }
    }

    /// Sets these keys, each of which stands there once.
    pub fn set(&mut self, pairs: Vec<(Cow<'a, str>, Node<'a>)>) {
        let known = self.pairs.len();
        for (key, value) in pairs {
            let sorted = self.pairs.get_mut(..known).unwrap_or_default();
            let place = find(sorted, key.as_bytes()).ok().and_then(|index| sorted.get_mut(index));
            match place {
                Some(pair) => pair.value = value,
                None => self.pairs.push(Field { key: bytes_of(key), value }),
            }
        }
        // Two sorted runs at most, as a rule: keys come in stored order.
        if self.pairs.len() > known {
            self.pairs.sort_by(|left, right| order(&left.key, &right.key));
        }
    }

    /// The pairs of a stored object, their values left as they are. Errors: `error/json/corrupt`.
    pub(super) fn expand(object: Object<'a>) -> Result<Fields<'a>> {
        // Room for one more: objects are expanded to be changed.
        let mut pairs = Vec::with_capacity(object.len() + 1);
        for pair in object.raws() {
            let (key, value) = pair?;
            pairs.push(Field { key: Cow::Borrowed(key), value: Node::Raw(value) });
        }
        Ok(Fields { pairs })
    }

    /// How many pairs there are.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        let index = find(&self.pairs, key.as_bytes()).ok()?;
        self.pairs.get(index).map(|pair| &pair.value)
    }

    /// The value of a key, which is added as null where it is missing.
    pub fn entry(&mut self, key: &Cow<'a, str>) -> Option<&mut Node<'a>> {
        let index = match find(&self.pairs, key.as_bytes()) {
            Ok(index) => index,
            Err(index) => {
                self.pairs.insert(index, Field { key: bytes_of(key.clone()), value: Node::Null });
                index
            }
        };
        self.pairs.get_mut(index).map(|pair| &mut pair.value)
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &str) {
        if let Ok(index) = find(&self.pairs, key.as_bytes()) {
            self.pairs.remove(index);
        }
    }

    pub(super) fn pairs(&self) -> &[Field<'a>] {
        &self.pairs
    }
}

/// Where a key stands, or where it would.
fn find(pairs: &[Field], key: &[u8]) -> std::result::Result<usize, usize> {
    pairs.binary_search_by(|pair| order(&pair.key, key))
}

/// A key as bytes.
pub(super) fn bytes_of(key: Cow<str>) -> Cow<[u8]> {
    match key {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}
