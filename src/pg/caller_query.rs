//! A query that came from the caller: it runs with the caller's rights, whatever those of our own statements are
//! (shapes.md 2).

use crate::domain::error::{Error, Id, Result};
use crate::pg::jsonb;
use crate::pg::owner::CallerRights;
use crate::pg::spi::Session;
use pgrx::pg_sys;
use std::ffi::{CString, c_long};
use std::ptr;

/// How many rows are fetched at a time.
const FETCHED: c_long = 1000;

/// The texts that a query of one column gives, NULLs left out.
///
/// Errors: `error/param/wrong` for a text that is no query of one text column. Errors of the query leave as they are.
pub fn texts(session: &Session, sql: &str) -> Result<Vec<String>> {
    let text = CString::new(sql).map_err(|_| unfit())?;
    let _rights = CallerRights::give(session);
    // SAFETY: a connection of its own inside the session's; the server closes both after an error.
    unsafe {
        pg_sys::SPI_connect();
        let texts = fetch(&text);
        pg_sys::SPI_finish();
        texts
    }
}

/// # Safety
/// A connection is open.
unsafe fn fetch(text: &CString) -> Result<Vec<String>> {
    // SAFETY: passed on; what the server allocates lives until the connection is closed.
    unsafe {
        let plan = pg_sys::SPI_prepare(text.as_ptr(), 0, ptr::null_mut());
        if plan.is_null() || !pg_sys::SPI_is_cursor_plan(plan) {
            return Err(unfit());
        }
        let portal = pg_sys::SPI_cursor_open(ptr::null(), plan, ptr::null_mut(), ptr::null(), false);
        let shape = (*portal).tupDesc;
        if (*shape).natts != 1 || !is_text(pg_sys::SPI_gettypeid(shape, 1)) {
            return Err(unfit());
        }
        let mut texts = Vec::new();
        loop {
            pg_sys::SPI_cursor_fetch(portal, true, FETCHED);
            let (table, count) = (pg_sys::SPI_tuptable, pg_sys::SPI_processed as usize);
            if count == 0 {
                break;
            }
            for row in std::slice::from_raw_parts((*table).vals, count) {
                let mut is_null = false;
                let datum = pg_sys::SPI_getbinval(*row, (*table).tupdesc, 1, &mut is_null);
                if !is_null {
                    texts.push(jsonb::text_of(datum).to_owned());
                }
            }
            pg_sys::SPI_freetuptable(table);
        }
        pg_sys::SPI_cursor_close(portal);
        Ok(texts)
    }
}

/// Whether values of a type are kept as texts are: text, varchar, char(n), and domains over them.
fn is_text(oid: pg_sys::Oid) -> bool {
    // SAFETY: looks the type up in the catalog.
    let base = unsafe { pg_sys::getBaseType(oid) };
    [pg_sys::TEXTOID, pg_sys::VARCHAROID, pg_sys::BPCHAROID].contains(&base)
}

#[cold]
fn unfit() -> Error {
    Error::new(Id::ParamWrong, "sql must be one query that gives one column of type text")
}
