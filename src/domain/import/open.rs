//! Opening data of any form: what they are is found out, and what the caller says wins (members.md 10.2, 10.5).

use super::charset::{self, Charset};
use super::csv::Csv;
use super::json::{Elements, Lines};
use super::limit::{SAMPLE, unreadable};
use super::record::{Cell, Source};
use super::separator::Separator;
use super::table::Table;
use super::xlsx::{self, Workbook};
use super::zip::{self, Inside};
use crate::domain::error::{Error, Id, Result};
use std::io::{Read, Seek, SeekFrom};

/// Data that can be read from any place.
pub trait Data: Read + Seek {}

impl<T: Read + Seek> Data for T {}

/// What the caller says of how data are read; what is left open is found out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The charset; without meaning for XLSX and JSON.
    pub charset: Option<Charset>,
    /// The separator; without meaning for XLSX and JSON.
    pub separator: Option<Separator>,
    /// Whether the first row names the columns; without meaning for objects.
    pub firstline: Option<bool>,
    /// Whether the caller says what the columns mean: then a first row that cannot be read takes nothing with it.
    pub has_caption: bool,
    /// How much of an XLSX may lie in memory: its shared texts and styles, unpacked, in octets.
    pub strings_max: u64,
}

/// What data are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CSV, TXT.
    Csv,
    /// A JSON list of lists or of objects.
    Json,
    /// JSON objects line by line.
    Ndjson,
    /// The first sheet of a workbook.
    Xlsx,
}

/// Data that were opened.
pub struct Opened {
    /// What they are.
    pub format: Format,
    /// The charset of CSV.
    pub charset: Option<Charset>,
    /// The separator of CSV.
    pub separator: Option<Separator>,
    /// The first row, if it names the columns.
    pub names: Option<Vec<Cell>>,
    /// The rows of data.
    pub source: Box<dyn Source>,
}

/// Opens data. Errors: `error/import/…` where nothing can be read.
pub fn open(mut data: Box<dyn Data>, reading: &Reading) -> Result<Opened> {
    let head = head(&mut data)?;
    if head.starts_with(b"PK\x03\x04") {
        return match zip::look_into(data)? {
            Inside::Workbook(data) => open_workbook(data, reading),
            Inside::File(mut data) => {
                let head = self::head(&mut data)?;
                match head.starts_with(b"PK\x03\x04") {
                    true => open_inner_workbook(data, reading),
                    false => open_text(data, &head, reading),
                }
            }
        };
    }
    open_text(data, &head, reading)
}

/// An archive within an archive has to be a workbook.
fn open_inner_workbook(data: Box<dyn Data>, reading: &Reading) -> Result<Opened> {
    match zip::look_into(data)? {
        Inside::Workbook(data) => open_workbook(data, reading),
        Inside::File(_) => Err(Error::new(Id::ImportZip, "an archive within the archive")),
    }
}

fn open_workbook(data: Box<dyn Data>, reading: &Reading) -> Result<Opened> {
    let data = xlsx::checked(data, reading.strings_max)?;
    table(Format::Xlsx, Box::new(Workbook::open(data)?), reading)
}

fn open_text(data: Box<dyn Data>, head: &[u8], reading: &Reading) -> Result<Opened> {
    const OLE: &[u8] = b"\xD0\xCF\x11\xE0";
    let start = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    match head.get(start..).unwrap_or_default().iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(Error::new(Id::ImportEmpty, "no data")),
        _ if head.starts_with(OLE) => {
            Err(Error::new(Id::ImportFormat, "a workbook that is encrypted, or of the old form"))
        }
        Some(b'[') => table(Format::Json, Box::new(Elements::new(at(data, start)?)), reading),
        Some(b'{') => table(Format::Ndjson, Box::new(Lines::new(at(data, start)?)), reading),
        Some(_) => open_csv(data, head, reading),
    }
}

fn open_csv(mut data: Box<dyn Data>, head: &[u8], reading: &Reading) -> Result<Opened> {
    let (charset, mark) = match (reading.charset, charset::marked(head)) {
        // Which byte comes first is for the data to say.
        (None | Some(Charset::Utf16Le), _) => agreed(reading.charset, charset::detect(&mut data)?),
        (Some(stated), Some((marked, mark))) if stated == marked => (stated, mark),
        (Some(stated), _) => (stated, 0),
    };
    let mut sample = Vec::new();
    charset::converted(at(&mut data, mark)?, charset)
        .take(SAMPLE as u64)
        .read_to_end(&mut sample)
        .map_err(unreadable)?;
    if sample.iter().filter(|byte| **byte == 0).count().saturating_mul(16) > sample.len() {
        return Err(Error::new(Id::ImportFormat, "neither text, XLSX nor ZIP"));
    }
    let separator = reading.separator.unwrap_or_else(|| Separator::detect(&sample));
    let rows = Csv::new(charset::converted(at(data, mark)?, charset), charset, separator);
    let opened = table(Format::Csv, Box::new(rows), reading)?;
    Ok(Opened { charset: Some(charset), separator: Some(separator), ..opened })
}

/// The charset that was found out, unless another one is stated.
fn agreed(stated: Option<Charset>, found: (Charset, usize)) -> (Charset, usize) {
    match stated {
        Some(stated) if !matches!(found.0, Charset::Utf16Le | Charset::Utf16Be) => (stated, 0),
        _ => found,
    }
}

fn table(format: Format, rows: Box<dyn Source>, reading: &Reading) -> Result<Opened> {
    let (table, names) = Table::open(rows, reading)?;
    Ok(Opened { format, charset: None, separator: None, names, source: Box::new(table) })
}

/// The beginning of data.
fn head(data: &mut impl Data) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    data.rewind().map_err(unreadable)?;
    data.take(512).read_to_end(&mut head).map_err(unreadable)?;
    Ok(head)
}

/// The data from a place on.
fn at<D: Data>(mut data: D, place: usize) -> Result<D> {
    data.seek(SeekFrom::Start(place as u64)).map_err(unreadable)?;
    Ok(data)
}
