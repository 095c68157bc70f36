//! Queries of SQL pipes: how values go in and rows come out (pipelines-and-hooks.md 3.10).
//!
//! Values go in as text, in the form that the server's own type reads; so one text does for a number, a date or a key.
//! In the rows that come out numbers are exact, booleans and JSON are what they are, and everything else is the text
//! that the server writes.

use super::codec::check_storable;
use super::data::Data;
use super::failure::{Code, Failure};
use super::template::print;
use crate::domain::json;
use serde_json::Number;
use std::fmt::Write;
use std::str::FromStr;

/// The numbers of the types that are not read as text; the same in every server.
mod oid {
    pub const BOOL: u32 = 16;
    pub const BYTEA: u32 = 17;
    pub const NUMBERS: [u32; 7] = [20, 21, 23, 26, 700, 701, 1700];
    pub const JSON: [u32; 2] = [114, 3802];
}

/// The most rows of an answer. A pipeline handles one event; a query that yields more misses its condition.
const ROWS: usize = 10_000;

/// How many rows are asked for: one more than an answer may have, to know that there are too many.
pub const ASKED: usize = ROWS + 1;

/// A value as the text that a parameter of this type reads; nothing for null.
pub fn bound(value: &Data, type_oid: u32) -> Option<String> {
    let mut text = String::new();
    match value {
        Data::Null => return None,
        Data::Bytes(bytes) if type_oid == oid::BYTEA => {
            text.push_str("\\x");
            // Writing to a text does not fail.
            bytes.iter().for_each(|byte| _ = write!(text, "{byte:02x}"));
        }
        value => print(value, &mut text),
    }
    Some(text)
}

/// The text of a column of this type as a value.
fn cell(type_oid: u32, text: &str) -> Result<Data, Failure> {
    Ok(match type_oid {
        oid::BOOL => Data::Bool(text == "t"),
        // What is no finite number stays a text.
        number if oid::NUMBERS.contains(&number) => Number::from_str(text).map_or_else(|_| text.into(), Data::Number),
        json if oid::JSON.contains(&json) => {
            let tree = json::tree(text).map_err(|_| failed("a column holds JSON that cannot be read"))?;
            Data::from_json(tree)
        }
        _ => text.into(),
    })
}

/// The rows of an answer, as they come.
pub struct Rows {
    columns: Vec<(String, u32)>,
    rows: Vec<Data>,
    /// How many octets may still come.
    room: usize,
}

impl Rows {
    /// Of these columns, names and types, with so many octets of text at most.
    pub fn new(columns: Vec<(String, u32)>, room: usize) -> Rows {
        Rows { columns, rows: Vec::new(), room }
    }

    /// Takes the next row: the text of each column, nothing for null. Failures: `limit`, `query`, `codec`.
    pub fn push<'t>(&mut self, texts: impl IntoIterator<Item = Option<&'t str>>) -> Result<(), Failure> {
        if self.rows.len() >= ROWS {
            return Err(Failure::new(Code::Limit, format!("the answer has more than {ROWS} rows")));
        }
        let mut row = Vec::with_capacity(self.columns.len());
        for ((name, type_oid), text) in self.columns.iter().zip(texts) {
            let length = name.len() + text.map_or(0, str::len);
            self.room = self.room.checked_sub(length).ok_or_else(too_large)?;
            row.push((name.clone(), text.map_or(Ok(Data::Null), |text| cell(*type_oid, text))?));
        }
        let row = Data::object(row);
        check_storable(&row)?;
        self.rows.push(row);
        Ok(())
    }

    /// The answer: a list of objects, or with `map` the first of them, or null.
    pub fn answer(self, map: bool) -> Data {
        if map { self.rows.into_iter().next().unwrap_or_default() } else { Data::List(self.rows) }
    }
}

/// A query that failed, in the server's words.
pub fn refused(state: &str, message: &str) -> Failure {
    failed(format!("{state} {message}"))
}

fn failed(message: impl Into<String>) -> Failure {
    Failure::new(Code::Query, message)
}

/// An answer that is larger than its room.
pub fn too_large() -> Failure {
    Failure::new(Code::Limit, "the answer is too large")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_go_in_as_text() {
        let cases = [
            (json!("it's"), Some("it's")),
            (json!(12), Some("12")),
            (json!(true), Some("true")),
            (json!(null), None),
            (json!({"a": ["ё"]}), Some(r#"{"a":["ё"]}"#)),
        ];
        for (value, text) in cases {
            assert_eq!(bound(&Data::from_json(value), 25).as_deref(), text);
        }
        let bytes = Data::Bytes(vec![0x41, 0x0a].into());
        assert_eq!(bound(&bytes, 17).as_deref(), Some("\\x410a"));
        assert_eq!(bound(&bytes, 25).as_deref(), Some("A\n"));
    }

    #[test]
    fn columns_come_out_by_their_types() {
        let columns = [("i", 20), ("n", 1700), ("nan", 701), ("b", 16), ("j", 3802), ("d", 1184), ("none", 23)];
        let mut rows = Rows::new(columns.map(|(name, oid)| (name.to_owned(), oid)).into(), 1000);
        let texts = ["-7", "1.10", "NaN", "t", r#"{"a": 1.50}"#, "2026-01-01 00:00:00+00"];
        rows.push(texts.iter().map(|text| Some(*text)).chain([None])).unwrap();
        let expected =
            r#"{"b":true,"d":"2026-01-01 00:00:00+00","i":-7,"j":{"a":1.50},"n":1.10,"nan":"NaN","none":null}"#;
        assert_eq!(rows.answer(true).into_json().to_string(), expected);
    }

    #[test]
    fn an_answer_is_a_list_or_its_first_row() {
        let of = |count| {
            let mut rows = Rows::new(vec![("n".to_owned(), 23)], 1000);
            (0..count).for_each(|n: i32| rows.push([Some(n.to_string().as_str())]).unwrap());
            rows
        };
        assert_eq!(of(2).answer(false).into_json(), json!([{"n": 0}, {"n": 1}]));
        assert_eq!(of(0).answer(false).into_json(), json!([]));
        assert_eq!(of(2).answer(true).into_json(), json!({"n": 0}));
        assert_eq!(of(0).answer(true), Data::Null);
    }

    #[test]
    fn an_answer_has_its_bounds() {
        let mut rows = Rows::new(vec![("n".to_owned(), 25)], 10);
        rows.push([Some("12345678")]).unwrap();
        assert_eq!(rows.push([Some("")]).unwrap(), ());
        assert_eq!(rows.push([Some("")]).unwrap_err().code, Code::Limit as i64);
        let mut rows = Rows::new(Vec::new(), 10);
        (0..ROWS).for_each(|_| rows.push([]).unwrap());
        assert_eq!(rows.push([]).unwrap_err().code, Code::Limit as i64);
        let mut rows = Rows::new(vec![("j".to_owned(), 114)], 1000);
        let deep = "[".repeat(120) + &"]".repeat(120);
        assert_eq!(rows.push([Some(deep.as_str())]).unwrap_err().code, Code::Codec as i64);
        assert_eq!(rows.push([Some("{\"\\u0000\":1}")]).unwrap_err().code, Code::Codec as i64);
    }
}
