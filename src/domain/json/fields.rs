//! An object under construction: a stored one, and what is different from it.

use super::container::{Object, Parts};
use super::layout::Read;
use super::node::Node;
use super::view::View;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

/// How many pairs of an object are changed as a rule.
const USUAL: usize = 4;

/// Stored pairs, and those that were set or removed. An object that is made here has no stored pairs.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    stored: Object<'a>,
    /// In the order of keys, each key once.
    own: Vec<Field<'a>>,
}

/// A pair that differs from the stored object.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    /// The key's bytes: UTF-8 unless the stored document is damaged.
    pub(super) key: Cow<'a, [u8]>,
    /// None if the pair is removed.
    pub(super) value: Option<Node<'a>>,
    /// Where the key stands in the stored object, or before which pair it belongs.
    pub(super) at: usize,
    /// Whether it stands there.
    replaces: bool,
}

impl Field<'_> {
    /// The stored pair that comes next.
    pub(super) fn after(&self) -> usize {
        self.at + usize::from(self.replaces)
    }
}

/// Where a key stands in an object, or where it would. Good until the object changes.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    /// An own pair.
    Own(usize),
    /// A stored pair, and the own pair before which it comes.
    Stored(usize, usize),
    /// No pair: the stored and the own one before which it would come.
    Missing(usize, usize),
}

/// The order of keys: shorter ones first, then by bytes.
pub(super) fn order(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

impl<'a> Fields<'a> {
    /// Those of a stored object.
    pub(super) fn of(stored: Object<'a>) -> Fields<'a> {
        Fields { stored, own: Vec::with_capacity(USUAL) }
    }

    /// An object of these pairs in any order; of equal keys the last one counts.
    pub(super) fn collect(pairs: impl Iterator<Item = (Cow<'a, str>, Node<'a>)>) -> Fields<'a> {
        let field = |(key, value)| Field { key: bytes_of(key), value: Some(value), at: 0, replaces: false };
        let mut own = pairs.map(field).collect();
        sort(&mut own);
        Fields { stored: Object::EMPTY, own }
    }

    /// How many pairs there are.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.own.iter().fold(self.stored.len(), |count, field| match (&field.value, field.replaces) {
            (Some(_), false) => count + 1,
            (None, true) => count.saturating_sub(1),
            _ => count,
        })
    }

    /// Finds a key.
    pub fn locate(&self, key: &str) -> Read<Slot> {
        match find(&self.own, key.as_bytes()) {
            Ok(own) => Ok(Slot::Own(own)),
            Err(own) => Slot::stored(self.stored, key, own),
        }
    }

    /// The value in a slot.
    pub fn get(&self, slot: Slot) -> Read<Option<View<'_, 'a>>> {
        Ok(match slot {
            Slot::Own(own) => self.own.get(own).and_then(|field| field.value.as_ref()).map(View::from),
            Slot::Stored(at, _) => Some(View::Stored(self.stored.raw_at(at)?)),
            Slot::Missing(..) => None,
        })
    }

    /// The value in a slot of this key, to be replaced; a missing one is null.
    pub fn entry(&mut self, slot: Slot, key: Cow<'a, str>) -> Read<Option<&mut Node<'a>>> {
        Ok(self.own(slot, key)?.map(|field| field.value.get_or_insert(Node::Null)))
    }

    /// Removes the pair in a slot of this key.
    pub fn remove(&mut self, slot: Slot, key: Cow<'a, str>) -> Read<()> {
        if let Some(field) = self.own(slot, key)? {
            field.value = None;
        }
        Ok(())
    }

    /// Sets these keys.
    pub fn set(&mut self, pairs: Vec<(Cow<'a, str>, Node<'a>)>) -> Read<()> {
        self.own.reserve(pairs.len());
        for (key, value) in pairs {
            let (at, replaces) = match self.stored.position(key.as_bytes())? {
                Ok(at) => (at, true),
                Err(at) => (at, false),
            };
            self.own.push(Field { key: bytes_of(key), value: Some(value), at, replaces });
        }
        sort(&mut self.own);
        Ok(())
    }

    /// The pair in a slot, made an own one.
    fn own(&mut self, slot: Slot, key: Cow<'a, str>) -> Read<Option<&mut Field<'a>>> {
        let (own, at, stored) = match slot {
            Slot::Own(own) => return Ok(self.own.get_mut(own)),
            Slot::Stored(at, own) => (own, at, Some(Node::Raw(self.stored.raw_at(at)?))),
            Slot::Missing(at, own) => (own, at, None),
        };
        let replaces = stored.is_some();
        let place = own.min(self.own.len());
        self.own.insert(place, Field { key: bytes_of(key), value: stored, at, replaces });
        Ok(self.own.get_mut(place))
    }

    /// The stored object that this one began as.
    pub(super) fn stored(&self) -> Object<'a> {
        self.stored
    }

    pub(super) fn parts(&self) -> Parts<'a> {
        self.stored.parts()
    }

    /// What differs from the stored object, in the order of keys.
    pub(super) fn changes(&self) -> &[Field<'a>] {
        &self.own
    }

    /// Keys and values in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Read<(&[u8], View<'_, 'a>)>> {
        let mut next = 0;
        let until_own = self.own.iter().flat_map(move |field| {
            let before = next..field.at;
            next = field.after();
            let own = field.value.as_ref().map(|node| Ok((&*field.key, View::from(node))));
            self.stored_pairs(before).chain(own)
        });
        let rest = self.own.last().map_or(0, Field::after);
        until_own.chain(self.stored_pairs(rest..self.stored.len()))
    }

    fn stored_pairs(&self, range: Range<usize>) -> impl Iterator<Item = Read<(&[u8], View<'_, 'a>)>> {
        self.stored.raws_in(range).map(|pair| pair.map(|(key, raw)| (key, View::Stored(raw))))
    }

    /// What differs from the stored object: for each key the stored value and its own one.
    pub(super) fn differences(&self) -> impl Iterator<Item = Read<(Option<View<'_, 'a>>, Option<View<'_, 'a>>)>> {
        self.own.iter().map(|field| {
            let stored = if field.replaces { Some(View::Stored(self.stored.raw_at(field.at)?)) } else { None };
            Ok((stored, field.value.as_ref().map(View::from)))
        })
    }
}

/// Puts pairs in order; of equal keys the last one counts.
fn sort(fields: &mut Vec<Field>) {
    fields.sort_by(|left, right| order(&left.key, &right.key));
    fields.dedup_by(|later, kept| {
        let same = later.key == kept.key;
        if same {
            std::mem::swap(later, kept);
        }
        same
    });
}

impl Slot {
    /// Where a key stands in a stored object; `own` is the own pair before which it comes.
    pub(super) fn stored(object: Object, key: &str, own: usize) -> Read<Slot> {
        Ok(match object.position(key.as_bytes())? {
            Ok(at) => Slot::Stored(at, own),
            Err(at) => Slot::Missing(at, own),
        })
    }
}

/// Where a key stands, or where it would.
fn find(fields: &[Field], key: &[u8]) -> Result<usize, usize> {
    fields.binary_search_by(|field| order(&field.key, key))
}

fn bytes_of(key: Cow<str>) -> Cow<[u8]> {
    match key {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}
