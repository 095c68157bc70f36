//! Rows of columns: the first one may name them, and all have equally many.

use super::firstline::names_columns;
use super::open::Reading;
use super::record::{Cell, Fields, Next, Record, Source};
use crate::domain::error::{Error, Id, Result};
use std::collections::VecDeque;

/// How many bad rows are passed over, to find out what the first of them was.
const LOOKED_AT: usize = 100;

/// The rows of data, without the one that names the columns.
pub struct Table {
    rows: Box<dyn Source>,
    /// What was read to find out, and comes next.
    waiting: VecDeque<Next>,
    /// How many columns there are; unknown until there is a row, and for objects.
    width: Option<usize>,
    /// How many rows before the data there were.
    before: u64,
}

impl Table {
    /// Looks at the first row; gives the names of the columns too, if it has them. `firstline` says whether it does; without
    /// it that is found out. Errors: those of reading; that of the first row, where it may be the one that says what the
    /// columns are.
    pub fn open(mut rows: Box<dyn Source>, reading: &Reading) -> Result<(Table, Option<Vec<Cell>>)> {
        let mut waiting = VecDeque::new();
        let mut first = rows.next()?;
        while matches!(first, Next::Bad { .. }) && waiting.len() < LOOKED_AT {
            waiting.push_back(first);
            first = rows.next()?;
        }
        let cells = match &first {
            Next::Row(Record { fields: Fields::List(cells), .. }) => Some(cells),
            _ => None,
        };
        let width = cells.map(Vec::len);
        if let Some(Next::Bad { error, .. }) = waiting.front() {
            // Objects name their columns themselves.
            let has_objects = matches!(&first, Next::Row(Record { fields: Fields::Object(_), .. }));
            if !has_objects && reading.firstline.unwrap_or(!reading.has_caption) {
                return Err(Error::new(
                    error.id,
                    format!("the first row, which may name the columns: {}", error.explain),
                ));
            }
            waiting.push_back(first);
            return Ok((Table { rows, waiting, width, before: 0 }, None));
        }
        let names = cells.filter(|cells| reading.firstline.unwrap_or_else(|| names_columns(cells))).cloned();
        let before = u64::from(names.is_some());
        waiting.extend(names.is_none().then_some(first));
        Ok((Table { rows, waiting, width, before }, names))
    }

    /// Checks how many columns a row has.
    fn checked(&mut self, number: u64, fields: Fields) -> Next {
        let Fields::List(cells) = &fields else { return Next::Row(Record { number, fields }) };
        let (count, width) = (cells.len(), *self.width.get_or_insert(cells.len()));
        if count == width {
            return Next::Row(Record { number, fields });
        }
        Next::Bad { number, error: Error::new(Id::ImportColumns, format!("{count} columns instead of {width}")) }
    }
}

impl Source for Table {
    fn next(&mut self) -> Result<Next> {
        let next = match self.waiting.pop_front() {
            Some(first) => first,
            None => self.rows.next()?,
        };
        Ok(match next {
            Next::Row(Record { number, fields }) => self.checked(number.saturating_sub(self.before), fields),
            Next::Bad { number, error } => Next::Bad { number: number.saturating_sub(self.before), error },
            Next::End => Next::End,
        })
    }
}
