//! A query that a user wrote, run with the rights of whoever this process is connected as.
//!
//! The types of its parameters are those that the parser finds for them, and each value is read by its type's own input
//! function: nothing of a value ever becomes part of the query.

use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::sql::{ASKED, Rows, bound};
use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

unsafe extern "C-unwind" {
    // Not bound by pgrx.
    fn setup_parse_variable_parameters(state: *mut pg_sys::ParseState, types: *mut *mut pg_sys::Oid, count: *mut c_int);
}

/// A query with its values.
pub struct UserQuery {
    /// The text, with `$1`, `$2`, …
    pub text: String,
    /// The values.
    pub values: Vec<Data>,
    /// Whether the first row is wanted.
    pub map: bool,
}

/// What the parser is to find out.
struct Parameters {
    types: *mut pg_sys::Oid,
    count: c_int,
}

unsafe extern "C-unwind" fn set_up(state: *mut pg_sys::ParseState, parameters: *mut c_void) {
    // SAFETY: the argument that it was registered with, which outlives the plan.
    unsafe {
        let parameters = parameters.cast::<Parameters>();
        setup_parse_variable_parameters(state, &raw mut (*parameters).types, &raw mut (*parameters).count);
    }
}

impl UserQuery {
    /// Runs it in the open transaction, what it put off until the commit included; its rows have room for so many octets.
    ///
    /// Failures: `query`, `limit`, `codec`. Errors of the server leave as they are.
    pub fn run(&self, room: usize) -> Result<Data, Failure> {
        let text = CString::new(self.text.as_str()).map_err(|_| Failure::new(Code::Query, "the query holds U+0000"))?;
        // SAFETY: inside a transaction; closed below, or with it.
        unsafe { pg_sys::SPI_connect() };
        let rows = self.execute(&text, room)?;
        // At the commit nothing limits how long they take.
        // SAFETY: a connection is open.
        unsafe {
            pg_sys::SPI_execute(c"SET CONSTRAINTS ALL IMMEDIATE".as_ptr(), false, 0);
            pg_sys::SPI_finish();
        }
        Ok(rows.answer(self.map))
    }

    fn execute(&self, text: &CStr, room: usize) -> Result<Rows, Failure> {
        // SAFETY: a connection is open; what is passed lives until it is closed.
        unsafe {
            let mut parameters = Parameters { types: self.unknown_types(), count: self.values.len() as c_int };
            let options = pg_sys::SPIPrepareOptions {
                parserSetup: Some(set_up),
                parserSetupArg: (&raw mut parameters).cast(),
                parseMode: pg_sys::RawParseMode::RAW_PARSE_DEFAULT,
                cursorOptions: 0,
            };
            let plan = pg_sys::SPI_prepare_extended(text.as_ptr(), &options);
            if plan.is_null() {
                return Err(unfit(pg_sys::SPI_result));
            }
            let known = parameters.count as usize;
            if known > self.values.len() {
                return Err(Failure::new(Code::Query, format!("the query has {known} parameters")));
            }
            let options = pg_sys::SPIExecuteOptions {
                params: self.bind(std::slice::from_raw_parts(parameters.types, known)),
                read_only: false,
                allow_nonatomic: false,
                must_return_tuples: false,
                tcount: ASKED as u64,
                dest: ptr::null_mut(),
                owner: ptr::null_mut(),
            };
            match pg_sys::SPI_execute_plan_extended(plan, &options) {
                code if code < 0 => Err(unfit(code)),
                _ => rows(room),
            }
        }
    }

    /// Places for the types that the parser finds, which makes room for more by itself.
    unsafe fn unknown_types(&self) -> *mut pg_sys::Oid {
        // SAFETY: memory of the connection; an oid of zero is one that is not known yet.
        unsafe { pg_sys::palloc0((self.values.len() + 1) * size_of::<pg_sys::Oid>()).cast() }
    }

    /// The values, each read as its type.
    unsafe fn bind(&self, types: &[pg_sys::Oid]) -> pg_sys::ParamListInfo {
        // SAFETY: the list has as many places as are filled; input functions raise errors themselves.
        unsafe {
            let list = pg_sys::makeParamList(types.len() as c_int);
            let places = (*list).params.as_mut_slice(types.len());
            for ((place, value), found) in places.iter_mut().zip(&self.values).zip(types) {
                let is_known = *found != pg_sys::InvalidOid && *found != pg_sys::UNKNOWNOID;
                let oid = if is_known { *found } else { pg_sys::TEXTOID };
                let text = bound(value, pg_sys::getBaseType(oid).to_u32()).and_then(|text| CString::new(text).ok());
                place.isnull = text.is_none();
                place.ptype = if *found == pg_sys::UNKNOWNOID { *found } else { oid };
                place.pflags = pg_sys::PARAM_FLAG_CONST as u16;
                let (mut input, mut element) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
                pg_sys::getTypeInputInfo(place.ptype, &mut input, &mut element);
                let text = text.map_or(ptr::null_mut(), CString::into_raw);
                place.value = pg_sys::OidInputFunctionCall(input, text, element, -1);
                if !text.is_null() {
                    drop(CString::from_raw(text));
                }
            }
            list
        }
    }
}

/// The rows that the statement gave.
///
/// # Safety
/// A connection is open, and a statement ran in it.
unsafe fn rows(room: usize) -> Result<Rows, Failure> {
    // SAFETY: the table of the last statement, null where it gives no rows; columns count from 1.
    unsafe {
        let Some(table) = pg_sys::SPI_tuptable.as_ref() else { return Ok(Rows::new(Vec::new(), room)) };
        let shape = table.tupdesc;
        let numbers = 1..=(*shape).natts;
        let column =
            |n| (own(pg_sys::SPI_fname(shape, n)), pg_sys::getBaseType(pg_sys::SPI_gettypeid(shape, n)).to_u32());
        let mut rows = Rows::new(numbers.clone().map(column).collect(), room);
        let found =
            if table.vals.is_null() { &[][..] } else { std::slice::from_raw_parts(table.vals, table.numvals as usize) };
        for row in found {
            let texts: Vec<Option<String>> = numbers
                .clone()
                .map(|n| {
                    let text = pg_sys::SPI_getvalue(*row, shape, n);
                    (!text.is_null()).then(|| taken(text))
                })
                .collect();
            rows.push(texts.iter().map(Option::as_deref))?;
        }
        Ok(rows)
    }
}

/// A text of the server's, copied.
unsafe fn own(text: *const c_char) -> String {
    // SAFETY: terminated.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// The same, given back: a row may be large, and there may be many.
unsafe fn taken(text: *mut c_char) -> String {
    // SAFETY: allocated for us and used no more.
    unsafe {
        let copy = own(text);
        pg_sys::pfree(text.cast());
        copy
    }
}

/// A statement that cannot be run within a transaction of ours: COPY to the client, BEGIN, COMMIT.
fn unfit(code: c_int) -> Failure {
    let words = match code {
        pg_sys::SPI_ERROR_COPY => "COPY from or to the client is not possible here",
        pg_sys::SPI_ERROR_TRANSACTION => "a query cannot begin or end transactions",
        _ => "the query cannot be run",
    };
    Failure::new(Code::Query, words)
}
