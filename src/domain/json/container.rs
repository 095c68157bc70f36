//! Arrays and objects as they are stored.

use super::layout::{ARRAY, COUNT, HAS_END, Kind, LENGTH, OBJECT, SCALAR, WORD, align, corrupt};
use super::raw::{Raw, text};
use super::value::Value;
use crate::domain::error::Result;
use std::cmp::Ordering;

/// One word of a container.
type Word = [u8; WORD];

/// What arrays and objects have in common: a table of entries and the children's bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Container<'a> {
    bytes: &'a [u8],
}

impl<'a> Container<'a> {
    /// Reads a header below the root. Errors: `error/json/corrupt`.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Value<'a>> {
        match Container::check(bytes)? {
            (ARRAY, container) => Ok(Value::Array(Array(container))),
            (OBJECT, container) => Ok(Value::Object(Object(container))),
            _ => Err(corrupt("a container is neither array nor object")),
        }
    }

    /// Reads the root's header, where an array may stand for the scalar in it. Errors: `error/json/corrupt`.
    pub(super) fn open_root(bytes: &'a [u8]) -> Result<Value<'a>> {
        const WRAPPED: u32 = ARRAY | SCALAR;
        match Container::check(bytes)? {
            (WRAPPED, container) if container.children() == 1 => match container.child(0)? {
                scalar if scalar.is_container() => Err(corrupt("a container stands where a scalar is announced")),
                scalar => scalar.value(),
            },
            _ => Container::open(bytes),
        }
    }

    /// The flags, and the container if its table lies within the bytes.
    fn check(bytes: &'a [u8]) -> Result<(u32, Container<'a>)> {
        let container = Container { bytes };
        if bytes.len() < WORD * (1 + container.children()) {
            return Err(corrupt("a container is cut off"));
        }
        Ok((container.header() & !COUNT, container))
    }

    fn header(&self) -> u32 {
        self.bytes.first_chunk::<WORD>().map_or(0, |word| u32::from_ne_bytes(*word))
    }

    /// How many children it has: the elements of an array, keys and values of an object.
    fn children(&self) -> usize {
        let header = self.header();
        let count = (header & COUNT) as usize;
        if header & OBJECT == 0 { count } else { 2 * count }
    }

    /// The entries.
    fn table(&self) -> &'a [Word] {
        let (words, _) = self.bytes.as_chunks::<WORD>();
        words.get(1..=self.children()).unwrap_or_default()
    }

    /// The children's bytes.
    fn data(&self) -> &'a [u8] {
        self.bytes.get(WORD * (1 + self.children())..).unwrap_or_default()
    }

    fn entry(&self, index: usize) -> Result<u32> {
        let word = self.table().get(index).ok_or_else(|| corrupt("an entry lies outside its container"))?;
        Ok(u32::from_ne_bytes(*word))
    }

    /// Where a child begins: the sum of the lengths before it, back to the nearest end.
    fn start(&self, index: usize) -> usize {
        let mut start = 0;
        for word in self.table().get(..index).unwrap_or_default().iter().rev() {
            let entry = u32::from_ne_bytes(*word);
            start += (entry & LENGTH) as usize;
            if entry & HAS_END != 0 {
                break;
            }
        }
        start
    }

    /// How long a child is, its padding included.
    fn length(&self, index: usize) -> Result<usize> {
        let entry = self.entry(index)?;
        let length = (entry & LENGTH) as usize;
        if entry & HAS_END == 0 {
            return Ok(length);
        }
        length.checked_sub(self.start(index)).ok_or_else(|| corrupt("a child ends before it begins"))
    }

    /// A child by its position.
    fn child(&self, index: usize) -> Result<Raw<'a>> {
        let mut children = self.children_from(index);
        children.next().unwrap_or_else(|| Err(corrupt("an entry lies outside its container")))
    }

    /// The children from a position on.
    fn children_from(&self, index: usize) -> Children<'a> {
        let table = self.table().get(index..).unwrap_or_default();
        Children { table: table.iter(), data: self.data(), at: self.start(index) }
    }
}

/// Children one after another.
#[derive(Clone, Debug)]
struct Children<'a> {
    table: std::slice::Iter<'a, Word>,
    data: &'a [u8],
    /// Where the next child begins.
    at: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<Raw<'a>>;

    fn next(&mut self) -> Option<Result<Raw<'a>>> {
        let entry = u32::from_ne_bytes(*self.table.next()?);
        let length = (entry & LENGTH) as usize;
        let end = if entry & HAS_END == 0 { self.at + length } else { length };
        let raw = Kind::of(entry).and_then(|kind| {
            let start = if kind.is_aligned() { align(self.at) } else { self.at };
            Some(Raw { kind, bytes: self.data.get(start..end)? })
        });
        self.at = end;
        Some(raw.ok_or_else(|| corrupt("a child lies outside its container")))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.table.size_hint()
    }
}

/// A stored array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array<'a>(Container<'a>);

impl<'a> Array<'a> {
    /// How many elements it has.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.0.children()
    }

    /// The element at this position, from 0. Errors: `error/json/corrupt`.
    pub fn get(&self, index: usize) -> Result<Option<Value<'a>>> {
        self.raw(index)?.map(Raw::value).transpose()
    }

    /// The elements in order.
    pub fn iter(&self) -> Elements<'a> {
        Elements(self.0.children_from(0))
    }

    /// The element at this position, unread.
    pub fn raw(&self, index: usize) -> Result<Option<Raw<'a>>> {
        if index < self.len() { self.0.child(index).map(Some) } else { Ok(None) }
    }

    /// The elements in order, unread.
    pub fn raws(&self) -> impl ExactSizeIterator<Item = Result<Raw<'a>>> {
        Unread(self.0.children_from(0))
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }
}

/// A stored object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a>(Container<'a>);

impl<'a> Object<'a> {
    /// How many pairs it has.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.0.children() / 2
    }

    /// The value of this key. Errors: `error/json/corrupt`.
    pub fn get(&self, key: &str) -> Result<Option<Value<'a>>> {
        self.raw(key)?.map(Raw::value).transpose()
    }

    /// The pairs in stored order: shorter keys first, then by bytes.
    pub fn iter(&self) -> Pairs<'a> {
        let (keys, values) = self.halves();
        Pairs { keys, values }
    }

    /// The value of this key, unread.
    pub fn raw(&self, key: &str) -> Result<Option<Raw<'a>>> {
        match self.find(key.as_bytes())? {
            Some(index) => self.0.child(self.len() + index).map(Some),
            None => Ok(None),
        }
    }

    /// Keys and values in stored order, unread.
    pub(super) fn raws(&self) -> impl Iterator<Item = Result<(&'a [u8], Raw<'a>)>> + use<'a> {
        let (keys, values) = self.halves();
        keys.zip(values).map(|(key, value)| Ok((key?.bytes, value?)))
    }

    /// Keys and values apart.
    fn halves(&self) -> (Children<'a>, Children<'a>) {
        (self.0.children_from(0), self.0.children_from(self.len()))
    }

    /// The position of a key, by halving: most comparisons need only the lengths, which stand in the entries.
    fn find(&self, key: &[u8]) -> Result<Option<usize>> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.compare(middle, key)? {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(Some(middle)),
            }
        }
        Ok(None)
    }

    /// How the key at this position stands to another one.
    fn compare(&self, index: usize, key: &[u8]) -> Result<Ordering> {
        let order = self.0.length(index)?.cmp(&key.len());
        if order.is_ne() {
            return Ok(order);
        }
        let start = self.0.start(index);
        let stored = self.0.data().get(start..start + key.len());
        stored.map(|stored| stored.cmp(key)).ok_or_else(|| corrupt("a key lies outside its container"))
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }
}

/// Children with a known number.
struct Unread<'a>(Children<'a>);

impl<'a> Iterator for Unread<'a> {
    type Item = Result<Raw<'a>>;

    fn next(&mut self) -> Option<Result<Raw<'a>>> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Unread<'_> {}

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Elements<'a>(Children<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>>;

    fn next(&mut self) -> Option<Result<Value<'a>>> {
        Some(self.0.next()?.and_then(Raw::value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// The pairs of an object.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    keys: Children<'a>,
    values: Children<'a>,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<(&'a str, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = (self.keys.next()?, self.values.next()?);
        Some(key.and_then(|key| Ok((text(key.bytes)?, value?.value()?))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}
