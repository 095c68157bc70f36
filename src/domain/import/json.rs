//! Rows of JSON: a list of lists, a list of objects, or objects line by line (members.md 10.5).
//!
//! The document is never in memory as a whole: an element is cut by its brackets and quotes, and only then read. So a bad
//! element is a bad row, and those behind it can be read.

use super::limit::{ROW_MAX, too_long, unreadable};
use super::record::{Cell, Fields, Next, Record, Source};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Value, encoded, root};
use std::io::{BufRead, BufReader, Read};

/// The elements of one list, each a list or an object.
pub struct Elements<R> {
    data: BufReader<R>,
    number: u64,
    /// Whether the list has ended.
    is_over: bool,
}

/// Objects, one in a line.
pub struct Lines<R> {
    data: BufReader<R>,
    number: u64,
}

impl<R: Read> Elements<R> {
    /// The elements of the list that the data are, from where they stand.
    pub fn new(data: R) -> Elements<R> {
        Elements { data: BufReader::with_capacity(64 * 1024, data), number: 0, is_over: false }
    }

    /// The text of the next element. Errors: `error/import/json`, `error/import/toolarge`, those of reading.
    fn element(&mut self) -> Result<Option<Vec<u8>>> {
        let first = if self.number == 1 { b'[' } else { b',' };
        match self.significant()? {
            Some(byte) if byte == first => {}
            Some(b']') if self.number > 1 => return self.end(),
            _ => return Err(broken("a list", self.number)),
        }
        match self.significant()? {
            Some(b']') if self.number == 1 => self.end(),
            Some(byte) => self.cut(byte).map(Some),
            None => Err(broken("an element", self.number)),
        }
    }

    /// Nothing may follow the list.
    fn end(&mut self) -> Result<Option<Vec<u8>>> {
        match self.significant()? {
            None => Ok(None),
            Some(_) => Err(broken("the end of the data behind the list", self.number)),
        }
    }

    /// Takes the next byte that is no white space.
    fn significant(&mut self) -> Result<Option<u8>> {
        loop {
            let ready = self.data.fill_buf().map_err(unreadable)?;
            let found = ready.iter().position(|byte| !byte.is_ascii_whitespace());
            let byte = found.and_then(|place| ready.get(place).copied());
            let passed = found.map_or(ready.len(), |place| place + 1);
            self.data.consume(passed);
            if byte.is_some() || passed == 0 {
                return Ok(byte);
            }
        }
    }

    /// Cuts the element that begins with this byte.
    fn cut(&mut self, first: u8) -> Result<Vec<u8>> {
        let mut text = vec![first];
        let mut edge = Edge::default();
        edge.passes(first);
        loop {
            let ready = self.data.fill_buf().map_err(unreadable)?;
            if ready.is_empty() {
                return Err(broken("the end of an element", self.number));
            }
            let end = ready.iter().position(|byte| edge.passes(*byte));
            let taken = end.unwrap_or(ready.len());
            text.extend_from_slice(ready.get(..taken).unwrap_or_default());
            self.data.consume(taken);
            if end.is_some() {
                return Ok(text);
            }
            if text.len() > ROW_MAX {
                return Err(too_long("element", self.number));
            }
        }
    }
}

/// Finds where an element ends: at the comma or the bracket that is not its own.
#[derive(Default)]
struct Edge {
    depth: u32,
    in_text: bool,
    is_escaped: bool,
}

impl Edge {
    /// Whether the element ended before this byte.
    fn passes(&mut self, byte: u8) -> bool {
        if self.in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' if self.depth > 0 => self.depth -= 1,
            b',' | b']' if self.depth == 0 => return true,
            _ => {}
        }
        false
    }
}

impl<R: Read> Source for Elements<R> {
    fn next(&mut self) -> Result<Next> {
        if self.is_over {
            return Ok(Next::End);
        }
        self.number += 1;
        let element = self.element()?;
        self.is_over = element.is_none();
        Ok(element.map_or(Next::End, |text| read(self.number, &text)))
    }
}

impl<R: Read> Lines<R> {
    /// The objects of the data, from where they stand.
    pub fn new(data: R) -> Lines<R> {
        Lines { data: BufReader::with_capacity(64 * 1024, data), number: 0 }
    }
}

impl<R: Read> Source for Lines<R> {
    fn next(&mut self) -> Result<Next> {
        self.number += 1;
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut self.data).take(ROW_MAX as u64 + 1).read_until(b'\n', &mut line).map_err(unreadable)?;
            if read > ROW_MAX {
                return Err(too_long("line", self.number));
            }
            if read == 0 || !line.trim_ascii().is_empty() {
                break;
            }
        }
        if line.is_empty() {
            return Ok(Next::End);
        }
        Ok(read(self.number, &line))
    }
}

/// The row that a text is.
fn read(number: u64, text: &[u8]) -> Next {
    match fields(text) {
        Ok(fields) => Next::Row(Record { number, fields }),
        Err(error) => Next::Bad { number, error },
    }
}

fn fields(text: &[u8]) -> Result<Fields> {
    let bad = |explain: String| Error::new(Id::ImportJson, explain);
    let text = std::str::from_utf8(text).map_err(|_| Error::new(Id::ImportCharset, "the row is no text in utf-8"))?;
    let bytes = json::parse(text).map_err(|error| bad(error.explain))?;
    let list = match root(&bytes)? {
        Value::Object(_) => None,
        Value::Array(list) => Some(list),
        _ => return Err(bad("the row is neither a list nor an object".to_owned())),
    };
    match list {
        Some(list) => Ok(Fields::List(list.iter().map(|value| cell(value?)).collect::<Result<_>>()?)),
        None => Ok(Fields::Object(bytes)),
    }
}

/// An empty text says nothing, as an empty column of CSV does; null is a value.
fn cell(value: Value) -> Result<Cell> {
    match value {
        Value::String("") => Ok(Cell::Empty),
        Value::String(text) => Ok(Cell::Text(text.to_owned())),
        value => encoded(&Node::from(value)).map(Cell::Json),
    }
}

#[cold]
fn broken(missing: &str, number: u64) -> Error {
    Error::new(Id::ImportJson, format!("at row {number} {missing} is missing"))
}
