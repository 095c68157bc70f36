//! Writing nodes as the server writes them.

use super::container::Parts;
use super::fields::Fields;
use super::items::Items;
use super::layout::{
    ARRAY, Damaged, HAS_END, KIND, Kind, LENGTH, MAX_ELEMENTS, MAX_PAIRS, OBJECT, SCALAR, STRIDE, WORD, align,
    too_large,
};
use super::node::Node;
use super::raw::Raw;
use crate::domain::error::Result;
use std::ops::Range;

/// How many containers that were made or opened here may lie inside one another. Stored ones are written without
/// looking inside, however deep they are.
pub const MAX_NESTING: usize = 1000;

/// Appends the document of a node to `out`: what follows the varlena header. Positions count from the end of `out`, so
/// the caller may have put a header there. Errors: `error/json/limit`, `error/json/corrupt`.
pub fn encode(node: &Node, out: &mut Vec<u8>) -> Result<()> {
    let mut writer = Writer::new(out);
    if node.raw().is_none_or(Raw::is_container) {
        writer.write(node, MAX_NESTING)?;
    } else {
        let mut table = writer.open(ARRAY | SCALAR, 1, 1)?;
        let entry = writer.write(node, MAX_NESTING)?;
        writer.fill(&mut table, entry)?;
    }
    Ok(())
}

/// The document of a node. Errors: as [`encode`].
pub fn encoded(node: &Node) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    encode(node, &mut bytes)?;
    Ok(bytes)
}

/// The entries of an open container: where the next one goes, and what its children have taken so far.
pub(super) struct Table {
    position: usize,
    index: usize,
    total: usize,
}

pub(super) struct Writer<'o> {
    /// Where the document begins in `out`.
    origin: usize,
    out: &'o mut Vec<u8>,
}

impl<'o> Writer<'o> {
    /// One that appends a document to `out`.
    pub(super) fn new(out: &'o mut Vec<u8>) -> Writer<'o> {
        Writer { origin: out.len(), out }
    }

    /// Appends a node and gives its entry: its kind and its length, padding included.
    fn write(&mut self, node: &Node, nesting: usize) -> Result<u32> {
        let start = self.out.len();
        let kind = match node.raw() {
            Some(raw) => {
                if raw.kind.is_aligned() {
                    self.pad();
                }
                self.out.extend_from_slice(raw.bytes);
                raw.kind
            }
            None => {
                self.pad();
                let nesting = nesting.checked_sub(1).ok_or_else(|| too_large("the document is nested too deep"))?;
                match node {
                    Node::Array(items) => self.array(items, nesting)?,
                    Node::Object(fields) => self.object(fields, nesting)?,
                    _ => {}
                }
                Kind::Container
            }
        };
        Ok(kind.bits() | length(self.out.len() - start)?)
    }

    fn array(&mut self, items: &Items, nesting: usize) -> Result<()> {
        let count = items.len();
        if count > MAX_ELEMENTS {
            return Err(too_large("an array has more elements than jsonb can hold"));
        }
        let mut table = self.open(ARRAY, count, count)?;
        for node in items.front.iter().rev() {
            self.child(&mut table, node, nesting)?;
        }
        let (parts, mut next) = (items.parts(), 0);
        for (at, node) in &items.replaced {
            self.copy(&mut table, parts, next..*at)?;
            self.child(&mut table, node, nesting)?;
            next = at + 1;
        }
        self.copy(&mut table, parts, next..items.kept)?;
        for node in &items.back {
            self.child(&mut table, node, nesting)?;
        }
        Ok(())
    }

    /// Appends an object: first all keys, then all values.
    fn object(&mut self, fields: &Fields, nesting: usize) -> Result<()> {
        let count = fields.len();
        if count > MAX_PAIRS {
            return Err(too_large("an object has more keys than jsonb can hold"));
        }
        let mut table = self.open(OBJECT, count, 2 * count)?;
        let (parts, stored) = (fields.parts(), fields.stored().len());
        let mut next = 0;
        for field in fields.changes() {
            self.copy(&mut table, parts, next..field.at)?;
            if field.value.is_some() {
                self.out.extend_from_slice(&field.key);
                self.fill(&mut table, Kind::String.bits() | length(field.key.len())?)?;
            }
            next = field.after();
        }
        self.copy(&mut table, parts, next..stored)?;
        let mut next = 0;
        for field in fields.changes() {
            self.copy(&mut table, parts, stored + next..stored + field.at)?;
            if let Some(node) = &field.value {
                self.child(&mut table, node, nesting)?;
            }
            next = field.after();
        }
        self.copy(&mut table, parts, stored + next..2 * stored)
    }

    /// Appends a child and its entry.
    fn child(&mut self, table: &mut Table, node: &Node, nesting: usize) -> Result<()> {
        let entry = self.write(node, nesting)?;
        self.fill(table, entry)
    }

    /// Appends a child of this kind that is stored as these bytes, and its entry.
    #[inline]
    pub(super) fn bytes(&mut self, table: &mut Table, kind: Kind, bytes: &[u8]) -> Result<()> {
        let start = self.out.len();
        if kind.is_aligned() {
            self.pad();
        }
        self.out.extend_from_slice(bytes);
        self.end(table, kind, start)
    }

    /// Where a container begins that is appended next, padding included.
    pub(super) fn begin(&mut self) -> usize {
        let start = self.out.len();
        self.pad();
        start
    }

    /// Puts the entry of a child in its place that began here and has just been appended.
    #[inline]
    pub(super) fn end(&mut self, table: &mut Table, kind: Kind, start: usize) -> Result<()> {
        self.fill(table, kind.bits() | length(self.out.len() - start)?)
    }

    /// Appends a header and room for the entries.
    pub(super) fn open(&mut self, flags: u32, count: usize, children: usize) -> Result<Table> {
        self.out.extend_from_slice(&(flags | length(count)?).to_ne_bytes());
        let position = self.out.len();
        self.out.resize(position + WORD * children, 0);
        Ok(Table { position, index: 0, total: 0 })
    }

    /// Puts a child's entry in its place.
    pub(super) fn fill(&mut self, table: &mut Table, entry: u32) -> Result<()> {
        let length_of_child = (entry & LENGTH) as usize;
        table.total += length_of_child;
        let word = entry_of(entry & KIND, table.index, length_of_child, table.total);
        if let Some(place) = self.out.get_mut(table.position..table.position + WORD) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        table.index += 1;
        table.position += WORD;
        length(table.total).map(drop)
    }

    /// Appends stored children of one container, bytes and entries, in few pieces. Their alignment can be off only up to
    /// the first number or container: it gets new padding, and what follows lies as it did.
    fn copy(&mut self, table: &mut Table, parts: Parts, range: Range<usize>) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        self.copy_from(parts.start(range.start), table, parts, range).map(drop)
    }

    /// The same for children of which it is known where they begin; gives where they end.
    pub(super) fn copy_from(
        &mut self,
        begin: usize,
        table: &mut Table,
        parts: Parts,
        range: Range<usize>,
    ) -> Result<usize> {
        if range.is_empty() {
            return Ok(begin);
        }
        let entries = parts.entries.get(range).unwrap_or_default();
        let places = self.out.get_mut(table.position..).unwrap_or_default();
        let (places, _) = places.as_chunks_mut::<WORD>();
        let Table { position, mut index, mut total } = *table;
        let mut is_off = begin % WORD != total % WORD;
        // Where the first piece ends and the second one begins.
        let mut seam = None;
        let mut at = begin;
        for (place, entry) in places.iter_mut().zip(entries) {
            let entry = u32::from_ne_bytes(*entry);
            let end = if entry & HAS_END == 0 { at } else { 0 } + (entry & LENGTH) as usize;
            let mut length = end.checked_sub(at).ok_or(Damaged)?;
            if is_off && Kind::of(entry).is_some_and(Kind::is_aligned) {
                is_off = false;
                seam = Some((at, align(at)));
                let padding = align(total) - total;
                length = padding + end.checked_sub(align(at)).ok_or(Damaged)?;
            }
            total += length;
            *place = entry_of(entry & KIND, index, length, total).to_ne_bytes();
            index += 1;
            at = end;
        }
        *table = Table { position: position + WORD * entries.len(), index, total };
        let (first, second) = seam.unwrap_or((at, at));
        self.out.extend_from_slice(parts.data.get(begin..first).ok_or(Damaged)?);
        if seam.is_some() {
            self.pad();
            self.out.extend_from_slice(parts.data.get(second..at).ok_or(Damaged)?);
        }
        length(total)?;
        Ok(at)
    }

    /// Appends zeros up to a multiple of four.
    fn pad(&mut self) {
        let length = self.out.len() - self.origin;
        self.out.resize(self.origin + align(length), 0);
    }
}

/// The entry of a child; every 32nd says where the child ends instead of how long it is.
fn entry_of(kind: u32, index: usize, length: usize, end: usize) -> u32 {
    kind | if index.is_multiple_of(STRIDE) { end as u32 | HAS_END } else { length as u32 }
}

/// A length as an entry holds it: 28 bits.
fn length(bytes: usize) -> Result<u32> {
    match u32::try_from(bytes) {
        Ok(length) if length <= LENGTH => Ok(length),
        _ => Err(too_large("the document is larger than jsonb can hold")),
    }
}
