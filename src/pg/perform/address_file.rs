//! A file of identifiers, one on a line, as `url` names it (members.md 9.1).

use crate::domain::error::Result;
use crate::domain::import::open::Reading;
use crate::domain::import::record::{Cell, Fields, Next};
use crate::domain::import::separator::Separator;
use crate::domain::json::root;
use crate::domain::request::identifier_of;
use crate::pg::guc;
use crate::pg::perform::upload;
use crate::pg::spi::Session;

/// The identifiers in a file that was fetched: what stands first on each line; lines that cannot be read, and empty ones, are
/// left out.
///
/// Errors: `error/import/…` where nothing behind a place can be read.
pub fn read(session: &Session, uid: &str) -> Result<Vec<String>> {
    let reading = Reading {
        separator: Some(Separator::Tab),
        firstline: Some(false),
        strings_max: guc::xlsx_strings_max(),
        ..Reading::default()
    };
    let mut source = upload::open(session, uid, &reading)?.source;
    let mut list = Vec::new();
    loop {
        match source.next()? {
            Next::End => return Ok(list),
            Next::Bad { .. } => {}
            Next::Row(record) => {
                let Fields::List(cells) = record.fields else { continue };
                match cells.into_iter().next() {
                    Some(Cell::Text(text)) => list.extend(Some(text).filter(|text| !text.trim().is_empty())),
                    Some(Cell::Json(value)) => list.extend(identifier_of(root(&value)?).map(|text| text.into_owned())),
                    Some(Cell::Empty) | None => {}
                }
            }
        }
    }
}
