//! Writing nodes as the server writes them.

use super::layout::{
    ARRAY, HAS_END, KIND, Kind, LENGTH, MAX_ELEMENTS, MAX_PAIRS, OBJECT, SCALAR, STRIDE, WORD, align, too_large,
};
use super::node::Node;
use super::raw::Raw;
use crate::domain::error::Result;

/// How many built or expanded containers may lie inside one another. Stored ones are written without looking inside,
/// however deep they are.
pub const MAX_NESTING: usize = 1000;

/// Appends the document of a node to `out`: what follows the varlena header. Positions count from the end of `out`, so
/// the caller may have put a header there. Errors: `error/json/limit`.
pub fn encode(node: &Node, out: &mut Vec<u8>) -> Result<()> {
    let mut writer = Writer { origin: out.len(), out };
    if is_container(node) {
        writer.write(node, MAX_NESTING)?;
    } else {
        let mut table = writer.open(ARRAY | SCALAR, 1, 1)?;
        let entry = writer.write(node, MAX_NESTING)?;
        writer.fill(&mut table, entry)?;
    }
    Ok(())
}

/// How many bytes [`encode`] will append.
pub fn encoded_len(node: &Node) -> usize {
    if is_container(node) { end_of(node, 0, MAX_NESTING) } else { end_of(node, 2 * WORD, MAX_NESTING) }
}

fn is_container(node: &Node) -> bool {
    node.raw().is_none_or(Raw::is_container)
}

/// Where a node ends that is written at this position.
fn end_of(node: &Node, at: usize, nesting: usize) -> usize {
    let Some(nesting) = nesting.checked_sub(1) else { return at };
    match node {
        Node::Array(elements) => {
            let first = align(at) + WORD * (1 + elements.len());
            elements.iter().fold(first, |at, element| end_of(element, at, nesting))
        }
        Node::Object(fields) => {
            let pairs = fields.pairs();
            let keys: usize = pairs.iter().map(|pair| pair.key.len()).sum();
            let first = align(at) + WORD * (1 + 2 * pairs.len()) + keys;
            pairs.iter().fold(first, |at, pair| end_of(&pair.value, at, nesting))
        }
        scalar => scalar.raw().map_or(at, |raw| {
            let start = if raw.kind.is_aligned() { align(at) } else { at };
            start + raw.bytes.len()
        }),
    }
}

/// Where the next entry of an open container goes, and what its children have taken so far.
struct Table {
    position: usize,
    index: usize,
    total: usize,
}

struct Writer<'o> {
    /// Where the document begins in `out`.
    origin: usize,
    out: &'o mut Vec<u8>,
}

impl Writer<'_> {
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
                self.container(node, nesting)?;
                Kind::Container
            }
        };
        Ok(kind.bits() | length(self.out.len() - start)?)
    }

    /// Appends an array or object, its children one by one.
    fn container(&mut self, node: &Node, nesting: usize) -> Result<()> {
        let nesting = nesting.checked_sub(1).ok_or_else(|| too_large("the document is nested too deep"))?;
        match node {
            Node::Array(elements) => {
                if elements.len() > MAX_ELEMENTS {
                    return Err(too_large("an array has more elements than jsonb can hold"));
                }
                let mut table = self.open(ARRAY, elements.len(), elements.len())?;
                for element in elements {
                    let entry = self.write(element, nesting)?;
                    self.fill(&mut table, entry)?;
                }
            }
            Node::Object(fields) => {
                let pairs = fields.pairs();
                if pairs.len() > MAX_PAIRS {
                    return Err(too_large("an object has more keys than jsonb can hold"));
                }
                let mut table = self.open(OBJECT, pairs.len(), 2 * pairs.len())?;
                for pair in pairs {
                    self.out.extend_from_slice(&pair.key);
                    let entry = Kind::String.bits() | length(pair.key.len())?;
                    self.fill(&mut table, entry)?;
                }
                for pair in pairs {
                    let entry = self.write(&pair.value, nesting)?;
                    self.fill(&mut table, entry)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Appends a header and room for the entries.
    fn open(&mut self, flags: u32, count: usize, children: usize) -> Result<Table> {
        self.out.extend_from_slice(&(flags | length(count)?).to_ne_bytes());
        let position = self.out.len();
        self.out.resize(position + WORD * children, 0);
        Ok(Table { position, index: 0, total: 0 })
    }

    /// Puts a child's entry in its place; every 32nd says where the child ends instead of how long it is.
    fn fill(&mut self, table: &mut Table, entry: u32) -> Result<()> {
        table.total += (entry & LENGTH) as usize;
        let end = length(table.total)?;
        let entry = if table.index.is_multiple_of(STRIDE) { entry & KIND | end | HAS_END } else { entry };
        if let Some(place) = self.out.get_mut(table.position..table.position + WORD) {
            place.copy_from_slice(&entry.to_ne_bytes());
        }
        table.index += 1;
        table.position += WORD;
        Ok(())
    }

    /// Appends zeros up to a multiple of four.
    fn pad(&mut self) {
        let length = self.out.len() - self.origin;
        self.out.resize(self.origin + align(length), 0);
    }
}

/// A length as an entry holds it: 28 bits.
fn length(bytes: usize) -> Result<u32> {
    match u32::try_from(bytes) {
        Ok(length) if length <= LENGTH => Ok(length),
        _ => Err(too_large("the document is larger than jsonb can hold")),
    }
}
