//! One row of what is imported, and where rows come from.

use crate::domain::error::{Error, Result};

/// A row as its source has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number, as people count rows of data: from 1, without the first row that names columns.
    pub number: u64,
    /// What it holds.
    pub fields: Fields,
}

/// What a row holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Fields {
    /// Cells in the order of the columns.
    List(Vec<Cell>),
    /// One object whose keys name the columns, as jsonb.
    Object(Vec<u8>),
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing: the column changes nothing.
    Empty,
    /// A text.
    Text(String),
    /// Any other value, as jsonb.
    Json(Vec<u8>),
}

/// What a source gives next.
#[derive(Debug)]
pub enum Next {
    /// A row.
    Row(Record),
    /// A row that cannot be read; those behind it can.
    Bad {
        /// Its number.
        number: u64,
        /// What is wrong with it.
        error: Error,
    },
    /// There are no more rows.
    End,
}

/// Where rows come from, one after the other, in memory that does not grow with their number.
pub trait Source {
    /// The next row; behind the last one the end, however often it is asked. Errors: `error/import/…` where nothing behind
    /// this place can be read.
    fn next(&mut self) -> Result<Next>;
}
