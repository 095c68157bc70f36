//! Import: rows of a file or a query become programs for subscribers (members.md 10, shapes.md 12).
//!
//! ```text
//!  bytes ──▶ open ──▶ ZIP? unpacked while it is read ──▶ what is it? ──▶ charset, separator ──▶ cut ──▶ rows ──▶ Table
//!                                                     CSV  JSON  NDJSON  XLSX              a row at a time    names, widths
//! ```

pub mod caption;
pub mod charset;
mod column;
mod counters;
mod csv;
mod dynamic;
pub mod express;
mod firstline;
mod fit;
pub mod given;
mod inflated;
mod json;
mod limit;
pub mod open;
mod options;
pub mod place;
pub mod record;
mod row;
pub mod separator;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod told;
mod xlsx;
mod zip;

pub use caption::{Caption, type_of};
pub use column::{Column, Datakey, Key, Meaning, main_name};
pub use counters::{Counters, Outcome};
pub use options::{AttachRules, IfExists, Options, PARAMETERS};
pub use row::{Reader, Row};
pub use told::Told;
