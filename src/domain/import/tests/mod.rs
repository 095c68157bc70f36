//! Data of every form, written by the libraries that write them, are read back.

mod broken;
mod charsets;
mod csv;
mod json;
mod workbooks;
mod zips;

use super::charset::Charset;
use super::open::{Data, Opened, Reading, open};
use super::record::{Cell, Fields, Next};
use super::separator::Separator;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{print, root};
use std::io::Cursor;

/// What is read when nothing is stated.
fn auto() -> Reading {
    Reading { strings_max: 1 << 20, ..Reading::default() }
}

fn stated(charset: Charset, separator: Separator) -> Reading {
    Reading { charset: Some(charset), separator: Some(separator), firstline: Some(false), ..auto() }
}

fn opened(data: impl Into<Vec<u8>>, reading: &Reading) -> Result<Opened> {
    let data: Box<dyn Data> = Box::new(Cursor::new(data.into()));
    open(data, reading)
}

/// The rows of data; of an object its text; what is wrong with a bad row.
fn rows(data: impl Into<Vec<u8>>, reading: &Reading) -> Result<Vec<std::result::Result<Vec<String>, Error>>> {
    drain(opened(data, reading)?)
}

fn drain(mut opened: Opened) -> Result<Vec<std::result::Result<Vec<String>, Error>>> {
    let mut rows = Vec::new();
    loop {
        let (number, row) = match opened.source.next()? {
            Next::End => {
                assert!(matches!(opened.source.next(), Ok(Next::End)), "the end stays the end");
                return Ok(rows);
            }
            Next::Bad { number, error } => (number, Err(error)),
            Next::Row(record) => (record.number, Ok(texts(&record.fields))),
        };
        rows.push(row);
        assert_eq!(number, rows.len() as u64);
    }
}

fn texts(fields: &Fields) -> Vec<String> {
    let printed = |bytes: &[u8]| print(root(bytes).unwrap()).unwrap();
    match fields {
        Fields::Object(bytes) => vec![printed(bytes)],
        Fields::List(cells) => cells
            .iter()
            .map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Text(text) => text.clone(),
                Cell::Json(bytes) => printed(bytes),
            })
            .collect(),
    }
}

/// The rows of data that are all good.
fn good(data: impl Into<Vec<u8>>, reading: &Reading) -> Vec<Vec<String>> {
    rows(data, reading).unwrap().into_iter().map(|row| row.unwrap()).collect()
}

/// The id of what ends the reading.
fn refusal(data: impl Into<Vec<u8>>, reading: &Reading) -> Id {
    rows(data, reading).unwrap_err().id
}

/// The rows of a table in words.
fn table(rows: &[&[&str]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}
