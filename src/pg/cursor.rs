//! A query of the caller's, read in parts with the caller's rights.

use crate::domain::error::{Error, Id, Result};
use crate::domain::import::record::Cell;
use crate::domain::json;
use crate::pg::jsonb;
use crate::pg::spi::{Access, Session};
use pgrx::pg_sys;
use std::ffi::{CStr, CString};
use std::{ptr, slice};

/// An open query. It sees what was there when it was opened; its transaction closes it.
pub struct Cursor {
    name: CString,
}

/// What a part holds.
pub struct Rows {
    /// The names of the columns.
    pub names: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Cursor {
    /// Opens a query. Errors: `error/param/wrong` for what gives no rows; errors of the server leave as they are.
    pub fn open(query: &str) -> Result<Cursor> {
        let refuse = |explain: &str| Error::new(Id::ParamWrong, format!("query {explain}"));
        let text = CString::new(query).map_err(|_| refuse("must not hold U+0000"))?;
        let _session = Session::open_as_caller(Access::Write);
        // SAFETY: a connection is open; the portal belongs to the transaction and outlives it.
        unsafe {
            let plan = pg_sys::SPI_prepare(text.as_ptr(), 0, ptr::null_mut());
            if plan.is_null() {
                return Err(refuse("cannot be run here"));
            }
            if !pg_sys::SPI_is_cursor_plan(plan) {
                return Err(refuse("must be one statement that gives rows"));
            }
            let portal = pg_sys::SPI_cursor_open(ptr::null(), plan, ptr::null_mut(), ptr::null(), false);
            Ok(Cursor { name: CStr::from_ptr((*portal).name).to_owned() })
        }
    }

    /// The next rows, at most so many; fewer are the last. Errors: `error/param/wrong` if somebody closed the query.
    pub fn next(&self, limit: i64) -> Result<Rows> {
        let _session = Session::open_as_caller(Access::Write);
        // SAFETY: a connection is open; the rows live until it is closed.
        unsafe {
            let portal = pg_sys::SPI_cursor_find(self.name.as_ptr());
            if portal.is_null() {
                return Err(Error::new(Id::ParamWrong, "query was closed while it was read"));
            }
            pg_sys::SPI_cursor_fetch(portal, true, limit as std::ffi::c_long);
            Ok(read((*portal).tupDesc, pg_sys::SPI_tuptable))
        }
    }

    /// Closes it.
    pub fn close(self) {
        let _session = Session::open_as_caller(Access::Write);
        // SAFETY: a connection is open.
        unsafe {
            let portal = pg_sys::SPI_cursor_find(self.name.as_ptr());
            if !portal.is_null() {
                pg_sys::SPI_cursor_close(portal);
            }
        }
    }
}

/// The rows of a table of SPI's.
///
/// # Safety
/// Both are what SPI gave, in a connection that is open.
unsafe fn read(shape: pg_sys::TupleDesc, table: *mut pg_sys::SPITupleTable) -> Rows {
    // SAFETY: passed on from the caller; columns count from 1.
    unsafe {
        let numbers = 1..=(*shape).natts;
        let name = |n| CStr::from_ptr(pg_sys::SPI_fname(shape, n)).to_string_lossy().into_owned();
        let names = numbers.clone().map(name).collect();
        let types: Vec<pg_sys::Oid> =
            numbers.clone().map(|n| pg_sys::getBaseType(pg_sys::SPI_gettypeid(shape, n))).collect();
        let found = match table.as_ref() {
            Some(table) if !table.vals.is_null() => slice::from_raw_parts(table.vals, table.numvals as usize),
            _ => &[],
        };
        let row = |tuple: &pg_sys::HeapTuple| {
            numbers.clone().zip(&types).map(|(n, oid)| cell(*tuple, shape, n, *oid)).collect::<Vec<Cell>>()
        };
        Rows { names, rows: found.iter().map(row).collect() }
    }
}

/// One value: numbers, truth values and JSON keep their type, everything else is what the server writes for it.
///
/// # Safety
/// As [`read`].
unsafe fn cell(tuple: pg_sys::HeapTuple, shape: pg_sys::TupleDesc, n: i32, oid: pg_sys::Oid) -> Cell {
    const TYPED: [pg_sys::Oid; 9] = [
        pg_sys::INT2OID,
        pg_sys::INT4OID,
        pg_sys::INT8OID,
        pg_sys::NUMERICOID,
        pg_sys::FLOAT4OID,
        pg_sys::FLOAT8OID,
        pg_sys::BOOLOID,
        pg_sys::JSONOID,
        pg_sys::JSONBOID,
    ];
    // SAFETY: passed on from the caller; a text is what its type says.
    unsafe {
        if oid == pg_sys::TEXTOID || oid == pg_sys::VARCHAROID {
            let mut is_null = false;
            let datum = pg_sys::SPI_getbinval(tuple, shape, n, &mut is_null);
            return if is_null { Cell::Empty } else { Cell::Text(jsonb::text_of(datum).to_owned()) };
        }
        let written = pg_sys::SPI_getvalue(tuple, shape, n);
        if written.is_null() {
            return Cell::Empty;
        }
        let text = CStr::from_ptr(written).to_string_lossy().into_owned();
        pg_sys::pfree(written.cast());
        let text = match (oid, text.as_str()) {
            (pg_sys::BOOLOID, "t") => "true".to_owned(),
            (pg_sys::BOOLOID, _) => "false".to_owned(),
            _ => text,
        };
        // NaN and the infinities are no JSON.
        let typed = TYPED.contains(&oid).then(|| json::parse(&text).ok()).flatten();
        typed.map_or(Cell::Text(text), Cell::Json)
    }
}
