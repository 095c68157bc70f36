//! The rows that an import refused, as a report (members.md 10.8).

use super::Refused;
use crate::domain::error::Result;
use crate::domain::json::{Node, encoded};
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::report::{self, Line, New};

/// Its columns.
const COLUMNS: [&str; 4] = ["row", "address", "error", "explain"];

/// Adds rows to the report of an import, which is begun with the first; gives its number.
///
/// Errors: `error/json/limit`.
pub fn write(session: &Session, track: Option<i64>, known: Option<i64>, refused: &[Refused]) -> Result<Option<i64>> {
    if refused.is_empty() {
        return Ok(known);
    }
    let columns = encoded(&Node::array(COLUMNS.map(Node::from)))?;
    let make = || report::create(&New { track, name: "member.import", columns: &columns }, guc::statement_micros());
    let id = known.unwrap_or_else(make);
    let line = |row: &Refused| {
        let values = [
            Node::from(i64::try_from(row.number).unwrap_or(i64::MAX)),
            Node::from(row.address.as_str()),
            Node::from(row.error.id.as_str()),
            Node::from(row.error.explain.as_str()),
        ];
        Ok(Line { address_id: None, row: encoded(&Node::array(values))? })
    };
    let lines: Vec<Line> = refused.iter().map(line).collect::<Result<_>>()?;
    report::append(session, id, &lines);
    Ok(Some(id))
}
