//! A query that somebody wrote to name identifiers: it runs with its writer's rights, whatever those of our own statements are
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

/// The texts that a query of one column gives, NULLs left out; it runs as the caller.
///
/// Errors: `error/param/wrong` for a text that is no query of one text column. Errors of the query leave as they are.
pub fn texts(session: &Session, sql: &str) -> Result<Vec<String>> {
    let _rights = CallerRights::give(session);
    let mut texts = Vec::new();
    for_each(sql, |text| {
        texts.push(text.to_owned());
        Ok(())
    })?;
    Ok(texts)
}

/// Checks a query that runs later: that it is one of one text column, and that all it names is there for the caller.
///
/// Errors: as [`texts`].
pub fn check(session: &Session, sql: &str) -> Result<()> {
    let text = c_text(sql)?;
    let _rights = CallerRights::give(session);
    // SAFETY: a connection of its own inside the session's; the server closes both after an error.
    unsafe {
        pg_sys::SPI_connect();
        let checked = prepared(&text).map(drop);
        pg_sys::SPI_finish();
        checked
    }
}

/// Hands on the texts that a query gives, NULLs left out, as they come; it runs as whoever this process is now.
///
/// Errors: as [`texts`], and those of `take`.
pub fn for_each(sql: &str, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let text = c_text(sql)?;
    // SAFETY: as in `check`.
    unsafe {
        pg_sys::SPI_connect();
        let walked = walk(&text, &mut take);
        pg_sys::SPI_finish();
        walked
    }
}

fn c_text(sql: &str) -> Result<CString> {
    CString::new(sql).map_err(|_| unfit())
}

/// The plan of a query of one text column.
///
/// # Safety
/// A connection is open.
unsafe fn prepared(text: &CString) -> Result<pg_sys::SPIPlanPtr> {
    // SAFETY: the plan lives until the connection is closed; a plan of one query has one source.
    unsafe {
        let plan = pg_sys::SPI_prepare(text.as_ptr(), 0, ptr::null_mut());
        if plan.is_null() || !pg_sys::SPI_is_cursor_plan(plan) {
            return Err(unfit());
        }
        let sources = pg_sys::SPI_plan_get_plan_sources(plan);
        let source = pg_sys::list_nth(sources, 0).cast::<pg_sys::CachedPlanSource>();
        let shape = (*source).resultDesc;
        match shape.is_null() || (*shape).natts != 1 || !is_text(pg_sys::SPI_gettypeid(shape, 1)) {
            true => Err(unfit()),
            false => Ok(plan),
        }
    }
}

/// # Safety
/// A connection is open.
unsafe fn walk(text: &CString, take: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
    // SAFETY: passed on; what the server allocates lives until the connection is closed.
    unsafe {
        let portal = pg_sys::SPI_cursor_open(ptr::null(), prepared(text)?, ptr::null_mut(), ptr::null(), false);
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
                    take(jsonb::text_of(datum))?;
                }
            }
            pg_sys::SPI_freetuptable(table);
        }
        pg_sys::SPI_cursor_close(portal);
        Ok(())
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
