//! Rows of the first sheet of a workbook (members.md 10.5).
//!
//! The sheet is read as it is unpacked. The texts that its cells share have to be in memory; so do styles and the like.

use super::inflated::check_growth;
use super::limit::unreadable;
use super::open::Data;
use super::record::{Cell, Fields, Next, Record, Source};
use super::sheet::SheetCheck;
use crate::domain::error::{Error, Id, Result};
use ::zip::ZipArchive;
use ::zip::result::ZipError;
use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader, XlsxError};
use self_cell::{MutBorrow, self_cell};
use std::io::{BufRead, BufReader};

/// From here on whole numbers lie further apart than one: what was written is not what is read.
const EXACT: f64 = 9_007_199_254_740_992.0;

type Archive = BufReader<Box<dyn Data>>;
type Cells<'b> = XlsxCellReader<'b, Archive>;

self_cell! {
    /// A workbook with the reader that goes through its sheet.
    struct Sheet {
        owner: MutBorrow<Xlsx<Archive>>,
        #[not_covariant]
        dependent: Cells,
    }
}

/// The rows of the first sheet; empty ones and those that begin with `#` are passed over.
pub struct Workbook {
    sheet: Sheet,
    /// The cell that a later row begins with.
    ahead: Option<(u32, u32, Result<Cell>)>,
    number: u64,
    /// How many cells the first row has; shorter ones end in empty cells.
    width: usize,
    is_over: bool,
}

/// Checks that a workbook can be read: that what has to lie in memory is no more than `most` octets, and that no cell of a
/// sheet is endless. Errors: `error/import/toolarge`, `error/import/xlsx`, those of reading.
pub fn checked(mut data: Box<dyn Data>, most: u64) -> Result<Box<dyn Data>> {
    let mut archive = ZipArchive::new(BufReader::new(&mut data)).map_err(of_archive)?;
    let mut in_memory = 0;
    for number in 0..archive.len() {
        let file = archive.by_index(number).map_err(of_archive)?;
        let packed = file.compressed_size();
        let mut check = is_sheet(&file.name().map_err(of_archive)?).then(SheetCheck::default);
        let mut unpacked = BufReader::with_capacity(64 * 1024, file);
        let mut length = 0;
        loop {
            let ready = unpacked.fill_buf().map_err(unreadable)?;
            let count = ready.len();
            if count == 0 {
                break;
            }
            length += count as u64;
            match &mut check {
                Some(check) => check.look_at(ready)?,
                None => in_memory += count as u64,
            }
            check_growth(packed, length)?;
            if in_memory > most {
                return Err(Error::new(Id::ImportToolarge, format!("shared texts of more than {} MB", most >> 20)));
            }
            unpacked.consume(count);
        }
    }
    drop(archive);
    Ok(data)
}

/// Whether a file of a workbook is one of those that are read cell by cell.
fn is_sheet(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let number = name.strip_prefix("xl/worksheets/sheet").and_then(|rest| rest.strip_suffix(".xml"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Workbook {
    /// Opens a workbook that was checked. Errors: `error/import/xlsx`, those of reading.
    pub fn open(data: Box<dyn Data>) -> Result<Workbook> {
        let book = Xlsx::new(BufReader::new(data)).map_err(trouble)?;
        let first = book.sheet_names().first().cloned().ok_or_else(|| broken("a sheet"))?;
        let sheet = Sheet::try_new(MutBorrow::new(book), |book| book.borrow_mut().worksheet_cells_reader(&first));
        let sheet = sheet.map_err(trouble)?;
        Ok(Workbook { sheet, ahead: None, number: 0, width: 0, is_over: false })
    }

    /// The next cell with its row and column.
    fn cell(&mut self) -> Result<Option<(u32, u32, Result<Cell>)>> {
        if self.is_over {
            return Ok(None);
        }
        let cell = self.sheet.with_dependent_mut(|_, cells| {
            let cell = cells.next_cell().map_err(trouble)?;
            Ok::<_, Error>(cell.map(|cell| (cell.get_position().0, cell.get_position().1, value(cell.get_value()))))
        })?;
        self.is_over = cell.is_none();
        Ok(cell)
    }

    /// The cells of the next row.
    fn row(&mut self) -> Result<Option<Result<Vec<Cell>>>> {
        let Some((row, mut column, mut value)) =
            self.ahead.take().map_or_else(|| self.cell(), |cell| Ok(Some(cell)))?
        else {
            return Ok(None);
        };
        let mut cells = Ok(Vec::with_capacity(self.width));
        loop {
            cells = match (cells, value) {
                (Ok(cells), Ok(value)) => Ok(placed(cells, column, value)),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            match self.cell()? {
                None => break,
                Some((of, next, found)) if of == row => (column, value) = (next, found),
                Some(later) => {
                    self.ahead = Some(later);
                    break;
                }
            }
        }
        Ok(Some(cells))
    }
}

/// Puts a cell into its column; empty ones at the end are left out.
fn placed(mut cells: Vec<Cell>, column: u32, value: Cell) -> Vec<Cell> {
    if value != Cell::Empty {
        cells.resize((column as usize).max(cells.len()), Cell::Empty);
        cells.push(value);
    }
    cells
}

impl Source for Workbook {
    fn next(&mut self) -> Result<Next> {
        loop {
            let cells = match self.row()? {
                None => return Ok(Next::End),
                Some(Ok(cells)) if is_silent(&cells) => continue,
                Some(cells) => cells,
            };
            self.number += 1;
            return Ok(match cells {
                Ok(mut cells) => {
                    self.width = if self.number == 1 { cells.len() } else { self.width };
                    cells.resize(cells.len().max(self.width), Cell::Empty);
                    Next::Row(Record { number: self.number, fields: Fields::List(cells) })
                }
                Err(error) => Next::Bad { number: self.number, error },
            });
        }
    }
}

/// Whether a row is empty or a remark.
fn is_silent(cells: &[Cell]) -> bool {
    match cells.first() {
        Some(Cell::Text(text)) => text.starts_with('#'),
        first => first.is_none(),
    }
}

/// What a cell says, as the text that people see in the plainest format. Errors: `error/import/xlsx` for a cell that is an
/// error itself, and for a number that is not exact any more.
fn value(value: &DataRef) -> Result<Cell> {
    let text = match value {
        DataRef::Empty => return Ok(Cell::Empty),
        DataRef::Error(_) => return Err(Error::new(Id::ImportXlsx, "a cell holds an error")),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() >= EXACT => {
            return Err(Error::new(
                Id::ImportXlsx,
                "a number of more than 15 digits, of which a workbook keeps no more",
            ));
        }
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => u8::from(*truth).to_string(),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTimeIso(text) => text.replacen('T', " ", 1),
        DataRef::DateTime(instant) => written(instant),
    };
    Ok(if text.is_empty() { Cell::Empty } else { Cell::Text(text) })
}

/// `YYYY-MM-DD`, with a time `hh:mm:ss` where there is one; a time of day or a length of time alone as `hh:mm:ss`.
fn written(instant: &ExcelDateTime) -> String {
    if instant.is_duration() || instant.as_f64() < 1.0 {
        let seconds = (instant.as_f64() * 86_400.0).round() as i64;
        return format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, _) = instant.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
}

/// What the reader of workbooks says, without what it quotes.
#[cold]
fn trouble(error: XlsxError) -> Error {
    match error {
        XlsxError::Io(error) => unreadable(error),
        XlsxError::Password => Error::new(Id::ImportFormat, "the workbook is encrypted"),
        _ => broken("what belongs into a workbook"),
    }
}

/// What is wrong with the archive that a workbook is: a refusal of what lies below goes through it.
#[cold]
fn of_archive(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<Error>()) => unreadable(error),
        _ => broken("the archive"),
    }
}

#[cold]
fn broken(missing: &str) -> Error {
    Error::new(Id::ImportXlsx, format!("{missing} cannot be read"))
}
