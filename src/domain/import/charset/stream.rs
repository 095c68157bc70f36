//! Charsets whose separators are no single bytes, converted to UTF-8 as they are read.
//!
//! What is no text becomes a byte that no UTF-8 has, so that the row that it stands in is found to be bad, and no other.

use super::Charset;
use crate::domain::import::limit::{ROW_MAX, carried, too_long};
use encoding_rs::{Decoder, DecoderResult};
use std::io::{self, BufRead, BufReader, Read};

/// Stands for what is no text.
const BAD: u8 = 0xFF;
/// How much is converted at once.
const STEP: usize = 32 * 1024;

/// The data as UTF-8, from where they stand; those that are cut as bytes as they are.
pub fn converted<'r, R: Read + 'r>(data: R, charset: Charset) -> Box<dyn Read + 'r> {
    match charset {
        Charset::Utf7 => Box::new(Converted::new(Utf7 { data: BufReader::new(data), lines: 0 })),
        Charset::Utf16Le | Charset::Utf16Be => match charset.encoding() {
            Some(encoding) => {
                let decoder = encoding.new_decoder_without_bom_handling();
                Box::new(Converted::new(Utf16 { data, decoder, is_over: false }))
            }
            None => Box::new(data),
        },
        _ => Box::new(data),
    }
}

/// What converts piece by piece.
trait Convert {
    /// Appends the next piece; false when there is none.
    fn step(&mut self, out: &mut Vec<u8>) -> io::Result<bool>;
}

/// A reader of what was converted.
struct Converted<C> {
    convert: C,
    ready: Vec<u8>,
    given: usize,
}

impl<C: Convert> Converted<C> {
    fn new(convert: C) -> Converted<C> {
        Converted { convert, ready: Vec::new(), given: 0 }
    }
}

impl<C: Convert> Read for Converted<C> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.ready.len() {
            self.ready.clear();
            self.given = 0;
            if !self.convert.step(&mut self.ready)? {
                return Ok(0);
            }
        }
        let mut rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.read(room)?;
        self.given += count;
        Ok(count)
    }
}

struct Utf16<R> {
    data: R,
    decoder: Decoder,
    is_over: bool,
}

impl<R: Read> Convert for Utf16<R> {
    fn step(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        let mut units = Vec::with_capacity(STEP);
        (&mut self.data).take(STEP as u64).read_to_end(&mut units)?;
        self.is_over = units.len() < STEP;
        let mut rest = units.as_slice();
        let mut text = String::with_capacity(STEP * 2);
        loop {
            let (result, read) = self.decoder.decode_to_string_without_replacement(rest, &mut text, self.is_over);
            out.append(&mut std::mem::take(&mut text).into_bytes());
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return Ok(true),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => out.push(BAD),
            }
            text.reserve(STEP * 2);
        }
    }
}

/// No run of base64 goes over the end of a line, so lines are converted one by one.
struct Utf7<R> {
    data: BufReader<R>,
    lines: u64,
}

impl<R: Read> Convert for Utf7<R> {
    fn step(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        self.lines += 1;
        let mut line = Vec::new();
        (&mut self.data).take(ROW_MAX as u64).read_until(b'\n', &mut line)?;
        if line.len() >= ROW_MAX {
            return Err(carried(too_long("line", self.lines)));
        }
        let Some(utf7) = charset::Charset::for_label(b"utf-7") else { return Ok(false) };
        let (text, is_broken) = utf7.decode_without_bom_handling(&line);
        if is_broken {
            out.push(BAD);
        }
        out.extend_from_slice(text.as_bytes());
        Ok(!line.is_empty())
    }
}
