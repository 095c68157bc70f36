//! Where Postgres calls Rust and Rust answers: the C entry of every SQL function.
//!
//! pgrx turns an error into one of Postgres' own SQLSTATEs on its way out, so an error with a SQLSTATE of ours
//! cannot pass through it. [`sql_function!`] therefore makes two frames: the inner one is guarded by pgrx and runs
//! Rust; the outer one owns nothing, and raises the refusal that the inner one left behind.

use crate::domain::error::{Error, Result};
use crate::domain::json::Node;
use crate::pg::jsonb::{self, Encoded};
use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// The arguments of one call and the ways to answer it.
pub struct Call {
    fcinfo: pg_sys::FunctionCallInfo,
}

impl Call {
    /// The call that Postgres makes with this `fcinfo`.
    ///
    /// # Safety
    /// `fcinfo` is the pointer Postgres passed, and the value does not outlive the call.
    pub unsafe fn new(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        Call { fcinfo }
    }

    /// Argument `n` (from 0) as a datum, or `None` for NULL and for an argument that was not passed.
    pub fn datum(&self, n: usize) -> Option<pg_sys::Datum> {
        // SAFETY: Postgres passed the pointer and it holds `nargs` arguments.
        unsafe {
            let info = &*self.fcinfo;
            if n >= info.nargs as usize {
                return None;
            }
            let arg = info.args.as_slice(info.nargs as usize).get(n)?;
            if arg.isnull { None } else { Some(arg.value) }
        }
    }

    /// Argument `n` of type text, detoasted; it lives as long as the call.
    pub fn text(&self, n: usize) -> Option<&str> {
        // SAFETY: the SQL declaration says that the argument is text, and the database is UTF-8 (schema.sql).
        self.datum(n).map(|datum| unsafe { jsonb::text_of(datum) })
    }

    /// Argument `n` of type jsonb: the bytes of its root container; they live as long as the call.
    pub fn jsonb(&self, n: usize) -> Option<&[u8]> {
        // SAFETY: the SQL declaration says that the argument is jsonb.
        self.datum(n).map(|datum| unsafe { jsonb::bytes_of(datum) })
    }

    /// The raw call, for what only a few functions need (triggers, set-returning functions, per-call caches).
    pub fn fcinfo(&self) -> pg_sys::FunctionCallInfo {
        self.fcinfo
    }
}

/// What a SQL function answers.
pub enum Answer {
    /// SQL NULL.
    Null,
    /// A datum of the declared type.
    Datum(pg_sys::Datum),
}

impl Answer {
    /// A jsonb answer.
    pub fn jsonb(node: &Node) -> Result<Answer> {
        Ok(Answer::encoded(Encoded::new(node)?))
    }

    /// A jsonb answer that is encoded already.
    pub fn encoded(encoded: Encoded) -> Answer {
        Answer::Datum(encoded.into_datum())
    }

    /// A text answer.
    pub fn text(text: &str) -> Answer {
        Answer::Datum(jsonb::text_datum(text))
    }

    /// A whole number.
    pub fn bigint(number: i64) -> Answer {
        Answer::Datum(number.into())
    }
}

/// A refusal on its way to the outer frame: plain pointers, so that a longjmp over it leaks and drops nothing.
#[repr(C)]
pub struct Refusal {
    state: c_int,
    id: *const c_char,
    explain: *const c_char,
    hint: *const c_char,
}

impl Refusal {
    /// No refusal.
    pub const NONE: Refusal = Refusal { state: 0, id: ptr::null(), explain: ptr::null(), hint: ptr::null() };

    /// Whether there is something to raise.
    pub fn is_some(&self) -> bool {
        !self.id.is_null()
    }

    fn of(error: &Error) -> Refusal {
        Refusal {
            state: pack_state(error.id.sqlstate()),
            id: c_text(error.id.as_str()),
            explain: c_text(&error.explain),
            hint: c_text(error.id.hint()),
        }
    }
}

/// A copy for Postgres, in the memory context of the statement.
fn c_text(text: &str) -> *const c_char {
    let owned = CString::new(text.replace('\0', "")).unwrap_or_default();
    // SAFETY: pstrdup copies a terminated string.
    unsafe { pg_sys::pstrdup(owned.as_ptr()) }
}

/// The server's packing of a SQLSTATE: five characters of six bits each.
fn pack_state(state: &str) -> c_int {
    state.bytes().enumerate().fold(0, |packed, (place, byte)| packed | ((c_int::from(byte) - 48) & 0x3f) << (6 * place))
}

unsafe extern "C-unwind" {
    // Not bound by pgrx: the outer frame must call the server's own functions, without a guard between.
    fn errstart(elevel: c_int, domain: *const c_char) -> bool;
    fn errcode(sqlerrcode: c_int) -> c_int;
    fn errmsg(format: *const c_char, ...) -> c_int;
    fn errdetail(format: *const c_char, ...) -> c_int;
    fn errhint(format: *const c_char, ...) -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

/// Raises the refusal as an error of its own SQLSTATE. Does not return.
///
/// # Safety
/// Only from a frame that owns nothing: Postgres jumps over it.
pub unsafe fn raise(refusal: &Refusal) {
    const AS_IT_IS: &CStr = c"%s";
    // SAFETY: the pointers were made by `c_text`; the format takes one string.
    unsafe {
        if errstart(pgrx::PgLogLevel::ERROR as c_int, ptr::null()) {
            errcode(refusal.state);
            errmsg(AS_IT_IS.as_ptr(), refusal.id);
            errdetail(AS_IT_IS.as_ptr(), refusal.explain);
            errhint(AS_IT_IS.as_ptr(), refusal.hint);
            errfinish(c"pg_member".as_ptr(), 0, c"".as_ptr());
        }
    }
}

/// Runs one SQL function: its answer goes to Postgres, its refusal to the outer frame.
///
/// # Safety
/// `fcinfo` is the pointer Postgres passed; only called by the inner frame of [`sql_function!`].
pub unsafe fn run(
    fcinfo: pg_sys::FunctionCallInfo,
    refusal: &mut Refusal,
    body: fn(&Call) -> Result<Answer>,
) -> pg_sys::Datum {
    // SAFETY: passed on from the caller.
    let (call, info) = unsafe { (Call::new(fcinfo), &mut *fcinfo) };
    match body(&call) {
        Ok(Answer::Datum(datum)) => datum,
        Ok(Answer::Null) => {
            info.isnull = true;
            pg_sys::Datum::null()
        }
        Err(error) => {
            *refusal = Refusal::of(&error);
            pg_sys::Datum::null()
        }
    }
}

/// Declares the C entry `$name` of a SQL function whose work `$body: fn(&Call) -> Result<Answer>` does.
macro_rules! sql_function {
    ($name:ident => $body:expr) => {
        const _: () = {
            use pgrx::pg_sys;
            use $crate::pg::boundary;

            #[pgrx::pg_guard]
            unsafe extern "C-unwind" fn guarded(
                fcinfo: pg_sys::FunctionCallInfo,
                refusal: &mut boundary::Refusal,
            ) -> pg_sys::Datum {
                // SAFETY: called below with the pointer Postgres passed.
                unsafe { boundary::run(fcinfo, refusal, $body) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
                let mut refusal = boundary::Refusal::NONE;
                // SAFETY: this frame owns nothing, so both calls may leave it by a jump.
                unsafe {
                    let datum = guarded(fcinfo, &mut refusal);
                    if refusal.is_some() {
                        boundary::raise(&refusal);
                    }
                    datum
                }
            }

            /// Tells Postgres which calling convention the entry follows.
            #[unsafe(export_name = concat!("pg_finfo_", stringify!($name)))]
            extern "C" fn finfo() -> &'static pg_sys::Pg_finfo_record {
                const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
                &V1
            }
        };
    };
}
pub(crate) use sql_function;
