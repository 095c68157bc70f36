//! Rows of columns: the first one may name them, and all have equally many.

use super::firstline::names_columns;
use super::record::{Cell, Fields, Next, Record, Source};
use crate::domain::error::{Error, Id, Result};

/// The rows of data, without the one that names the columns.
pub struct Table {
    rows: Box<dyn Source>,
    /// What was read to find out, and comes next.
    first: Option<Next>,
    /// How many columns there are; unknown until there is a row, and for objects.
    width: Option<usize>,
    /// How many rows before the data there were.
    before: u64,
}

impl Table {
    /// Looks at the first row; gives the names of the columns too, if it has them. `firstline` says whether it does; without
    /// it that is found out. Errors: those of the first row.
    pub fn open(mut rows: Box<dyn Source>, firstline: Option<bool>) -> Result<(Table, Option<Vec<Cell>>)> {
        let first = rows.next()?;
        let cells = match &first {
            Next::Row(Record { fields: Fields::List(cells), .. }) => Some(cells),
            _ => None,
        };
        let width = cells.map(Vec::len);
        let names = cells.filter(|cells| firstline.unwrap_or_else(|| names_columns(cells))).cloned();
        let (first, before) = if names.is_some() { (None, 1) } else { (Some(first), 0) };
        Ok((Table { rows, first, width, before }, names))
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
        let next = match self.first.take() {
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
