//! Import: rows of a file or a query become programs for subscribers (members.md 10, shapes.md 12).
//!
//! ```text
//!  bytes ──▶ open ──▶ ZIP? unpacked while it is read ──▶ what is it? ──▶ charset, separator ──▶ cut ──▶ rows ──▶ Table
//!                                                     CSV  JSON  NDJSON  XLSX              a row at a time    names, widths
//! ```

pub mod charset;
mod csv;
mod firstline;
mod inflated;
mod json;
mod limit;
pub mod open;
pub mod record;
pub mod separator;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod xlsx;
mod zip;
