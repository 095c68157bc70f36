//! Arrays and objects as they are stored.

use super::layout::{ARRAY, COUNT, Damaged, HAS_END, Kind, LENGTH, OBJECT, Read, SCALAR, WORD, align};
use super::raw::{Raw, text};
use super::value::Value;
use crate::domain::error::{Error, Result};
use std::cmp::Ordering;
use std::ops::Range;

/// One word of a container.
pub(super) type Word = [u8; WORD];

/// What arrays and objects have in common. The header has been checked: the entries lie within the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Container<'a> {
    bytes: &'a [u8],
}

impl<'a> Container<'a> {
    /// One without children.
    const EMPTY: Container<'static> = Container { bytes: &[] };

    /// Reads a header below the root.
    pub(super) fn open(bytes: &'a [u8]) -> Read<Value<'a>> {
        match Container::check(bytes)? {
            (ARRAY, container) => Ok(Value::Array(Array(container))),
            (OBJECT, container) => Ok(Value::Object(Object(container))),
            _ => Err(Damaged),
        }
    }

    /// Reads the root's header, where an array may stand for the scalar in it.
    pub(super) fn open_root(bytes: &'a [u8]) -> Read<Value<'a>> {
        const WRAPPED: u32 = ARRAY | SCALAR;
        match Container::check(bytes)? {
            (WRAPPED, container) if container.children() == 1 => match container.parts().child(0)? {
                raw if raw.is_container() => Err(Damaged),
                raw => raw.read(),
            },
            _ => Container::open(bytes),
        }
    }

    /// The flags, and the container if its entries lie within the bytes.
    fn check(bytes: &'a [u8]) -> Read<(u32, Container<'a>)> {
        let container = Container { bytes };
        if bytes.len() < WORD * (1 + container.children()) {
            return Err(Damaged);
        }
        Ok((container.header() & !COUNT, container))
    }

    fn header(self) -> u32 {
        self.bytes.first_chunk::<WORD>().map_or(0, |word| u32::from_ne_bytes(*word))
    }

    /// How many children it has: the elements of an array, keys and values of an object.
    fn children(self) -> usize {
        let header = self.header();
        let count = (header & COUNT) as usize;
        if header & OBJECT == 0 { count } else { 2 * count }
    }

    fn parts(self) -> Parts<'a> {
        let (_, bytes) = self.bytes.split_at_checked(WORD).unwrap_or_default();
        let (entries, data) = bytes.split_at_checked(WORD * self.children()).unwrap_or_default();
        let (entries, _) = entries.as_chunks::<WORD>();
        Parts { entries, data }
    }
}

/// A container taken apart.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) entries: &'a [Word],
    /// The children's bytes.
    pub(super) data: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Where a child begins: the sum of the lengths before it, back to the nearest end.
    pub(super) fn start(self, index: usize) -> usize {
        let mut start = 0;
        for word in self.entries.get(..index).unwrap_or_default().iter().rev() {
            let entry = u32::from_ne_bytes(*word);
            start += (entry & LENGTH) as usize;
            if entry & HAS_END != 0 {
                break;
            }
        }
        start
    }

    /// The length of the children in a range.
    pub(super) fn span(self, range: Range<usize>) -> usize {
        self.start(range.end).saturating_sub(self.start(range.start))
    }

    /// A child by its position.
    fn child(self, index: usize) -> Read<Raw<'a>> {
        let entry = self.entries.get(index).ok_or(Damaged)?;
        Ok(self.raw(u32::from_ne_bytes(*entry), self.start(index))?.0)
    }

    /// A child by its position and where it begins, and where it ends.
    pub(super) fn child_at(self, index: usize, start: usize) -> Read<(Raw<'a>, usize)> {
        self.raw(u32::from_ne_bytes(*self.entries.get(index).ok_or(Damaged)?), start)
    }

    /// A child by its entry and where it begins, and where it ends.
    fn raw(self, entry: u32, start: usize) -> Read<(Raw<'a>, usize)> {
        let length = (entry & LENGTH) as usize;
        let end = if entry & HAS_END == 0 { start + length } else { length };
        let kind = Kind::of(entry).ok_or(Damaged)?;
        let start = if kind.is_aligned() { align(start) } else { start };
        let bytes = self.data.get(start..end).ok_or(Damaged)?;
        Ok((Raw { kind, bytes }, end))
    }

    /// The children in a range.
    fn children(self, range: Range<usize>) -> Children<'a> {
        let at = self.start(range.start);
        let rest = self.entries.get(range).unwrap_or_default();
        Children { rest: rest.iter(), parts: self, at }
    }

    /// Where a key stands among these children, or before which of them it belongs. Halves the range; most comparisons
    /// need only the lengths, which stand in the entries.
    fn find(self, key: &[u8], range: Range<usize>) -> Read<std::result::Result<usize, usize>> {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.compare(middle, key)? {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(Ok(middle)),
            }
        }
        Ok(Err(low))
    }

    /// How the key at this position stands to another one.
    fn compare(self, index: usize, key: &[u8]) -> Read<Ordering> {
        let entry = u32::from_ne_bytes(*self.entries.get(index).ok_or(Damaged)?);
        if entry & HAS_END == 0 {
            let order = (entry & LENGTH).cmp(&(key.len() as u32));
            if order.is_ne() {
                return Ok(order);
            }
        }
        let (stored, _) = self.raw(entry, self.start(index))?;
        Ok(stored.bytes.len().cmp(&key.len()).then_with(|| stored.bytes.cmp(key)))
    }
}

/// Children one after another.
#[derive(Clone)]
struct Children<'a> {
    rest: std::slice::Iter<'a, Word>,
    parts: Parts<'a>,
    /// Where the next child begins.
    at: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = Read<Raw<'a>>;

    fn next(&mut self) -> Option<Read<Raw<'a>>> {
        let entry = u32::from_ne_bytes(*self.rest.next()?);
        let child = self.parts.raw(entry, self.at);
        Some(child.map(|(raw, end)| {
            self.at = end;
            raw
        }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }
}

/// A stored array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array<'a>(Container<'a>);

impl<'a> Array<'a> {
    /// An array without elements.
    pub(super) const EMPTY: Array<'static> = Array(Container::EMPTY);

    /// How many elements it has.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.0.children()
    }

    /// The element at this position, from 0. Errors: `error/json/corrupt`.
    pub fn get(&self, index: usize) -> Result<Option<Value<'a>>> {
        Ok(self.raw(index)?.map(Raw::read).transpose()?)
    }

    /// The elements in order. Errors: `error/json/corrupt`.
    pub fn iter(&self) -> Elements<'a> {
        Elements(self.0.parts().children(0..self.len()))
    }

    /// The element at this position, unread.
    pub(super) fn raw(&self, index: usize) -> Read<Option<Raw<'a>>> {
        if index < self.len() { self.raw_at(index).map(Some) } else { Ok(None) }
    }

    /// The elements in order, unread.
    pub fn raws(&self) -> impl Iterator<Item = Read<Raw<'a>>> + use<'a> {
        self.raws_in(0..self.len())
    }

    /// The element at a position that there is, unread.
    pub(super) fn raw_at(&self, index: usize) -> Read<Raw<'a>> {
        self.parts().child(index)
    }

    /// The elements in a range, unread.
    pub(super) fn raws_in(&self, range: Range<usize>) -> impl Iterator<Item = Read<Raw<'a>>> + use<'a> {
        self.parts().children(range)
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }

    pub(super) fn parts(&self) -> Parts<'a> {
        self.0.parts()
    }
}

/// A stored object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a>(Container<'a>);

/// One without pairs.
impl Default for Object<'_> {
    fn default() -> Self {
        Object::EMPTY
    }
}

impl<'a> Object<'a> {
    /// An object without pairs.
    pub(super) const EMPTY: Object<'static> = Object(Container::EMPTY);

    /// How many pairs it has.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.0.children() / 2
    }

    /// The value of this key. Errors: `error/json/corrupt`.
    pub fn get(&self, key: &str) -> Result<Option<Value<'a>>> {
        Ok(self.raw(key)?.map(Raw::read).transpose()?)
    }

    /// The pairs in stored order: shorter keys first, then by bytes. Errors: `error/json/corrupt`.
    pub fn iter(&self) -> Pairs<'a> {
        let (keys, values) = self.halves(0..self.len());
        Pairs { keys, values }
    }

    /// The value of this key, unread.
    pub(super) fn raw(&self, key: &str) -> Read<Option<Raw<'a>>> {
        match self.position(key.as_bytes())? {
            Ok(index) => self.raw_at(index).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Where a key stands, or before which pair it belongs.
    pub(super) fn position(&self, key: &[u8]) -> Read<std::result::Result<usize, usize>> {
        self.position_from(0, key)
    }

    /// Where a key stands from this pair on, or before which pair it belongs.
    pub(super) fn position_from(&self, first: usize, key: &[u8]) -> Read<std::result::Result<usize, usize>> {
        self.parts().find(key, first..self.len())
    }

    /// The value of a pair that there is, unread.
    pub(super) fn raw_at(&self, index: usize) -> Read<Raw<'a>> {
        self.parts().child(self.len() + index)
    }

    /// Keys and values in a range, unread.
    pub(super) fn raws_in(&self, range: Range<usize>) -> impl Iterator<Item = Read<(&'a [u8], Raw<'a>)>> + use<'a> {
        let (keys, values) = self.halves(range);
        keys.zip(values).map(|(key, value)| Ok((key?.key()?, value?)))
    }

    /// Keys and values apart.
    fn halves(&self, range: Range<usize>) -> (Children<'a>, Children<'a>) {
        let (parts, count) = (self.parts(), self.len());
        let values = count + range.start..count + range.end;
        (parts.children(range), parts.children(values))
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }

    pub(super) fn parts(&self) -> Parts<'a> {
        self.0.parts()
    }
}

/// The elements of an array.
#[derive(Clone)]
pub struct Elements<'a>(Children<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>>;

    fn next(&mut self) -> Option<Result<Value<'a>>> {
        Some(self.0.next()?.and_then(Raw::read).map_err(Error::from))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// The pairs of an object.
#[derive(Clone)]
pub struct Pairs<'a> {
    keys: Children<'a>,
    values: Children<'a>,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<(&'a str, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = (self.keys.next()?, self.values.next()?);
        let pair = key.and_then(|key| Ok((text(key.key()?)?, value?.read()?)));
        Some(pair.map_err(Error::from))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}
