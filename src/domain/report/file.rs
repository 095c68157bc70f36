//! A report as a file: CSV, XLSX or JSON.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Value, compact};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

/// The largest file, in octets: it is made and sent as a whole.
const LARGEST: usize = 256 * 1024 * 1024;
/// The most cells of an XLSX file: all of them are in memory until it is written.
const MOST_CELLS: usize = 2_000_000;
/// The most digits of a number that a spreadsheet keeps.
const EXACT_DIGITS: usize = 15;

/// A file that a report is sent as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where to, `http` or `https`.
    pub to: String,
    /// How it is called there.
    pub name: String,
    /// How it is written.
    pub format: Format,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line for each row, the names of the columns first, in UTF-8.
    Csv,
    /// A sheet.
    Xlsx,
    /// `{"columns": [name], "rows": [[value]]}`.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 3] = [Format::Csv, Format::Xlsx, Format::Json];

    /// Its code, which is how names of such files end.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Json => "json",
        }
    }

    /// The format of this code.
    pub fn parse(code: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.as_str() == code)
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Json => "application/json",
        }
    }

    /// A file of this format that has its first row: the names of the columns. Errors: those of [`Writer::row`].
    pub fn begin(self, columns: Array) -> Result<Writer> {
        let mut writer = match self {
            Format::Csv => Writer::Csv(Box::new(csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()))),
            Format::Xlsx => Writer::Xlsx(Box::new(Sheet { sheet: Worksheet::new(), row: 0, cells: 0 })),
            Format::Json => {
                let mut text = "{\"columns\":".to_owned();
                compact(Value::Array(columns), &mut text)?;
                text.push_str(",\"rows\":[");
                return Ok(Writer::Json { text, is_first: true });
            }
        };
        writer.row(columns)?;
        Ok(writer)
    }
}

/// A file that is being written.
pub enum Writer {
    /// CSV.
    Csv(Box<csv::Writer<Vec<u8>>>),
    /// XLSX.
    Xlsx(Box<Sheet>),
    /// JSON.
    Json {
        /// What is written of it.
        text: String,
        /// Whether it has no row yet.
        is_first: bool,
    },
}

/// The sheet of an XLSX file.
pub struct Sheet {
    sheet: Worksheet,
    row: u32,
    cells: usize,
}

impl Writer {
    /// Adds a row. Errors: `error/report/toolarge`, `error/json/corrupt`.
    pub fn row(&mut self, values: Array) -> Result<()> {
        match self {
            Writer::Csv(lines) => {
                for value in values.iter() {
                    lines.write_field(text_of(value?)?).map_err(|_| too_large())?;
                }
                lines.write_record(None::<&[u8]>).map_err(|_| too_large())?;
                within(lines.get_ref().len())
            }
            Writer::Xlsx(sheet) => sheet.row(values),
            Writer::Json { text, is_first } => {
                if !std::mem::take(is_first) {
                    text.push(',');
                }
                compact(Value::Array(values), text)?;
                within(text.len())
            }
        }
    }

    /// The whole file. Errors: `error/report/toolarge`.
    pub fn end(self) -> Result<Vec<u8>> {
        match self {
            Writer::Csv(lines) => lines.into_inner().map_err(|_| too_large()),
            Writer::Xlsx(sheet) => sheet.end().map_err(|_| too_large()),
            Writer::Json { mut text, .. } => {
                text.push_str("]}");
                Ok(text.into_bytes())
            }
        }
    }
}

impl Sheet {
    fn row(&mut self, values: Array) -> Result<()> {
        for (column, value) in values.iter().enumerate() {
            let (value, column) = (value?, u16::try_from(column).map_err(|_| too_large())?);
            let written = match exact(&value) {
                Some(number) => self.sheet.write_number(self.row, column, number),
                None => self.sheet.write_string(self.row, column, text_of(value)?),
            };
            written.map_err(|_| too_large())?;
            self.cells += 1;
        }
        self.row += 1;
        if self.cells > MOST_CELLS { Err(too_large()) } else { Ok(()) }
    }

    fn end(self) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        book.push_worksheet(self.sheet);
        book.save_to_buffer()
    }
}

/// A value in a cell: a text as it is, nothing for null, JSON for what has parts.
fn text_of(value: Value) -> Result<String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.to_owned()),
        value => {
            let mut text = String::new();
            compact(value, &mut text)?;
            Ok(text)
        }
    }
}

/// A number that a spreadsheet shows as it is: longer ones stay texts.
fn exact(value: &Value) -> Option<f64> {
    let Value::Number(number) = value else { return None };
    let text = number.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.parse().ok().filter(|_| digits <= EXACT_DIGITS)
}

fn within(octets: usize) -> Result<()> {
    if octets > LARGEST { Err(too_large()) } else { Ok(()) }
}

#[cold]
fn too_large() -> Error {
    let most = format!("a file has at most {LARGEST} octets, of xlsx {MOST_CELLS} cells and 32767 characters in each");
    Error::new(Id::ReportToolarge, most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    fn file(format: Format, columns: &str, rows: &str) -> Result<Vec<u8>> {
        let (columns, rows) = (parse(columns).unwrap(), parse(rows).unwrap());
        let mut writer = format.begin(root(&columns).unwrap().as_array().unwrap())?;
        for row in root(&rows).unwrap().as_array().unwrap().iter() {
            writer.row(row.unwrap().as_array().unwrap())?;
        }
        writer.end()
    }

    const COLUMNS: &str = r#"["email", "name", "n"]"#;
    const ROWS: &str = r#"[["a@example.com", "Ann \"A\", Б\nC", 12345678901234567890], ["b@example.com", null, 1.10], ["c", {"k": [1]}, true], []]"#;

    #[test]
    fn a_csv_is_read_back_as_it_was() {
        let written = file(Format::Csv, COLUMNS, ROWS).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(written.as_slice());
        let read: Vec<Vec<String>> =
            reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect();
        let expected = [
            vec!["email", "name", "n"],
            vec!["a@example.com", "Ann \"A\", Б\nC", "12345678901234567890"],
            vec!["b@example.com", "", "1.10"],
            vec!["c", r#"{"k":[1]}"#, "true"],
            vec![""],
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn json_has_the_same_values() {
        let written = String::from_utf8(file(Format::Json, COLUMNS, ROWS).unwrap()).unwrap();
        let expected = r#"{"columns":["email","name","n"],"rows":[["a@example.com","Ann \"A\", Б\nC",12345678901234567890],["b@example.com",null,1.10],["c",{"k":[1]},true],[]]}"#;
        assert_eq!(written, expected);
    }

    #[test]
    fn an_xlsx_is_a_zip_and_keeps_long_numbers_as_texts() {
        let written = file(Format::Xlsx, COLUMNS, ROWS).unwrap();
        assert!(written.starts_with(b"PK"));
        let number = |text: &str| {
            exact(
                &root(&parse(&format!("[{text}]")).unwrap())
                    .unwrap()
                    .as_array()
                    .unwrap()
                    .iter()
                    .next()
                    .unwrap()
                    .unwrap(),
            )
        };
        assert_eq!(number("1.10"), Some(1.1));
        assert_eq!(number("12345678901234567890"), None);
        assert_eq!(number("\"1\""), None);
        // One cell cannot hold it.
        let long = format!(r#"[["{}"]]"#, "x".repeat(32_768));
        assert_eq!(file(Format::Xlsx, r#"["a"]"#, &long).unwrap_err().id, Id::ReportToolarge);
    }
}
