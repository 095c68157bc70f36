//! Rows of CSV (members.md 10.5).
//!
//! Rows are cut by the core of the library that reads CSV, in a buffer that has a limit. It reads any quoting somehow; what
//! was quoted wrongly is seen in the bytes of the row.

use super::charset::Charset;
use super::limit::{ROW_MAX, too_long, unreadable};
use super::record::{Cell, Fields, Next, Record, Source};
use super::separator::Separator;
use crate::domain::error::{Error, Id, Result};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::memchr;
use std::io::Read;

/// How much is read at once.
const STEP: usize = 64 * 1024;
const QUOTE: u8 = b'"';

/// The rows of CSV, the first one included.
pub struct Csv<R> {
    rows: Rows<R>,
    charset: Charset,
    separator: u8,
    number: u64,
}

impl<R: Read> Csv<R> {
    /// The rows of data that were converted if their charset asks for it, from where they stand.
    pub fn new(data: R, charset: Charset, separator: Separator) -> Csv<R> {
        Csv { rows: Rows::new(data, separator.byte()), charset, separator: separator.byte(), number: 0 }
    }
}

impl<R: Read> Source for Csv<R> {
    fn next(&mut self) -> Result<Next> {
        self.number += 1;
        let number = self.number;
        let Some(row) = self.rows.next(number)? else { return Ok(Next::End) };
        match quoting(row.raw, self.separator) {
            Quoting::Sound => {}
            Quoting::Stray => {
                return Ok(Next::Bad { number, error: Error::new(Id::ImportCsv, "text behind a closing quote") });
            }
            Quoting::Open => {
                return Err(Error::new(Id::ImportCsv, format!("a quote that row {number} opens is never closed")));
            }
        }
        Ok(match row.fields(self.charset) {
            Ok(cells) => Next::Row(Record { number, fields: Fields::List(cells) }),
            Err(error) => Next::Bad { number, error },
        })
    }
}

/// A row that was cut.
struct Row<'r> {
    /// As it stands in the data.
    raw: &'r [u8],
    /// Its fields without quotes, one behind the other.
    text: &'r [u8],
    /// Where each field ends.
    ends: &'r [usize],
}

impl Row<'_> {
    /// What stands in the columns. Errors: `error/import/charset`.
    fn fields(&self, charset: Charset) -> Result<Vec<Cell>> {
        let mut start = 0;
        let cell = |(column, end): (usize, &usize)| {
            let bytes = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            if bytes.is_empty() {
                return Ok(Cell::Empty);
            }
            let not =
                || Error::new(Id::ImportCharset, format!("column {} is no text in {}", column + 1, charset.name()));
            charset.decode(bytes).map(Cell::Text).ok_or_else(not)
        };
        self.ends.iter().enumerate().map(cell).collect()
    }
}

/// Cuts rows, in a buffer as large as the longest one.
struct Rows<R> {
    data: R,
    cutter: Reader,
    /// What was read: from `begin` on the row that is being cut, of which the cutter has seen what lies before `seen`.
    buffer: Vec<u8>,
    begin: usize,
    seen: usize,
    is_over: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: Read> Rows<R> {
    fn new(data: R, separator: u8) -> Rows<R> {
        let cutter = ReaderBuilder::new().delimiter(separator).comment(Some(b'#')).build();
        let (text, ends) = (vec![0; STEP], vec![0; 64]);
        Rows { data, cutter, buffer: Vec::new(), begin: 0, seen: 0, is_over: false, text, ends }
    }

    /// The next row. Errors: `error/import/toolarge`, those of reading.
    fn next(&mut self, number: u64) -> Result<Option<Row<'_>>> {
        self.begin = self.seen;
        let (mut length, mut count) = (0, 0);
        loop {
            if self.seen == self.buffer.len() && !self.is_over {
                self.read(number)?;
            }
            let input = self.buffer.get(self.seen..).unwrap_or_default();
            let text = self.text.get_mut(length..).unwrap_or_default();
            let ends = self.ends.get_mut(count..).unwrap_or_default();
            let (result, read, written, ended) = self.cutter.read_record(input, text, ends);
            self.seen += read;
            length += written;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break,
            }
        }
        let raw = self.buffer.get(self.begin..self.seen).unwrap_or_default();
        Ok(Some(Row {
            raw: raw.get(skipped(raw)..).unwrap_or_default(),
            text: self.text.get(..length).unwrap_or_default(),
            ends: self.ends.get(..count).unwrap_or_default(),
        }))
    }

    /// Reads on; of what was read before, the row that is being cut stays.
    fn read(&mut self, number: u64) -> Result<()> {
        self.begin += skipped(self.buffer.get(self.begin..).unwrap_or_default());
        self.buffer.drain(..self.begin);
        self.seen -= self.begin;
        self.begin = 0;
        if self.buffer.len() > ROW_MAX {
            return Err(too_long("row", number));
        }
        let read = (&mut self.data).take(STEP as u64).read_to_end(&mut self.buffer).map_err(unreadable)?;
        self.is_over = read == 0;
        Ok(())
    }
}

/// How long the empty rows and those of a `#` at the beginning are.
fn skipped(raw: &[u8]) -> usize {
    let mut rest = raw;
    loop {
        let line = match rest.first() {
            Some(b'\r' | b'\n') => 1,
            Some(b'#') => match rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                Some(end) => end,
                None => break,
            },
            _ => break,
        };
        rest = rest.get(line..).unwrap_or_default();
    }
    raw.len() - rest.len()
}

/// How a row is quoted.
#[derive(Debug, PartialEq)]
enum Quoting {
    /// As it should be. A quote within a field that does not begin with one is itself.
    Sound,
    /// Something stands between a closing quote and the next separator.
    Stray,
    /// A quoted field does not end.
    Open,
}

/// Looks at the bytes of a row.
fn quoting(row: &[u8], separator: u8) -> Quoting {
    let mut rest = row;
    while memchr(QUOTE, rest).is_some() {
        if let [QUOTE, quoted @ ..] = rest {
            let Some(behind) = behind_quotes(quoted) else { return Quoting::Open };
            rest = behind;
            match rest.first() {
                None | Some(b'\r' | b'\n') => return Quoting::Sound,
                Some(byte) if *byte == separator => {}
                Some(_) => return Quoting::Stray,
            }
        }
        let Some(end) = memchr(separator, rest) else { break };
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Quoting::Sound
}

/// What follows the quote that closes a field.
fn behind_quotes(quoted: &[u8]) -> Option<&[u8]> {
    let mut rest = quoted;
    loop {
        rest = rest.get(memchr(QUOTE, rest)? + 1..)?;
        match rest {
            [QUOTE, behind @ ..] => rest = behind,
            behind => return Some(behind),
        }
    }
}
