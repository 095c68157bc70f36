//! Reports: answers in rows, and the ways of returning them (members.md 4.3).

mod file;
mod way;

pub use file::{File, Format};
pub use way::Returned;

use crate::domain::json::{Array, Node, Value};
use crate::domain::time::show_pg_micros;
use jiff::tz::TimeZone;

/// A report as it is kept; instants in the server's microseconds.
pub struct Report<'a> {
    /// Its number.
    pub id: i64,
    /// The track that made it.
    pub track: Option<i64>,
    /// When it was begun.
    pub dt: i64,
    /// The call that it is of.
    pub name: &'a str,
    /// The names of its columns.
    pub columns: Array<'a>,
    /// How many rows it has.
    pub rows: i64,
}

/// `{"id","track","dt","name","columns","rows"}`.
pub fn shown<'a>(report: &Report<'a>, zone: &TimeZone) -> Node<'a> {
    Node::object([
        ("id", Node::from(report.id)),
        ("track", Node::from(report.track)),
        ("dt", Node::from(show_pg_micros(report.dt, zone))),
        ("name", Node::from(report.name)),
        ("columns", Node::from(Value::Array(report.columns))),
        ("rows", Node::from(report.rows)),
    ])
}
