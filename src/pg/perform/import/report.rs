//! The rows that an import refused, as a report (members.md 10.8).

use super::Refused;
use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::json::{Node, encoded};
use crate::domain::report::Returned;
use crate::pg::guc;
use crate::pg::perform::reported;
use crate::pg::spi::Session;
use crate::pg::store::address;
use crate::pg::store::report::{self, Line, New};

/// Its columns.
const COLUMNS: [&str; 4] = ["row", "address", "error", "explain"];

/// Refuses a report that the rows cannot be appended to; gives its number. Errors: `error/report/notexists`,
/// `error/report/columns`.
pub fn appended(session: &Session, returned: &Returned) -> Result<Option<i64>> {
    reported::check(session, returned, &COLUMNS.map(str::to_owned))?;
    match returned {
        Returned::Report { append, .. } => Ok(*append),
        Returned::Reply => Ok(None),
    }
}

/// Begins the report of an import; gives its number. Errors: `error/json/limit`.
pub fn begin(track: Option<i64>) -> Result<i64> {
    let columns = encoded(&Node::array(COLUMNS.map(Node::from)))?;
    Ok(report::create(&New { track, name: "member.import", columns: &columns }, guc::statement_micros()))
}

/// Adds rows to the report of an import, which is begun with the first; gives its number.
///
/// Errors: `error/json/limit`, `error/report/notexists` where somebody deleted it.
pub fn write(session: &Session, track: Option<i64>, known: Option<i64>, refused: &[Refused]) -> Result<Option<i64>> {
    if refused.is_empty() {
        return Ok(known);
    }
    let id = known.map_or_else(|| begin(track), Ok)?;
    let named: Vec<&Address> = refused.iter().filter_map(|row| row.address.as_ref()).collect();
    // Whoever is in the register is erased with the row, too.
    let mut known = address::by_addresses(session, &named).into_iter();
    let line = |row: &Refused| {
        let known = row.address.as_ref().and_then(|_| known.next().flatten());
        let values = [
            Node::from(i64::try_from(row.number).unwrap_or(i64::MAX)),
            Node::from(row.raw.as_str()),
            Node::from(row.error.id.as_str()),
            Node::from(row.error.explain.as_str()),
        ];
        Ok(Line { address_id: known.map(|known| known.id), row: encoded(&Node::array(values))? })
    };
    let lines: Vec<Line> = refused.iter().map(line).collect::<Result<_>>()?;
    reported::add(session, id, &lines)?;
    Ok(Some(id))
}
