//! Where Postgres calls Rust and Rust answers: the C entry of every SQL function.
//!
//! pgrx's own guard knows only Postgres' SQLSTATEs and adds Rust's backtrace to the DETAIL, so it is not used here.
//! [`sql_function!`] makes an outer frame that owns nothing and raises what [`run`] left for it: a refusal of the domain
//! with its own SQLSTATE, or an error of the server as it was.

use crate::domain::error::{Error, Result};
use crate::domain::json::Node;
use crate::pg::jsonb::{self, Encoded};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::{CaughtError, ErrorReportWithLevel};
use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
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

    /// A boolean answer.
    pub fn truth(truth: bool) -> Answer {
        Answer::Datum(truth.into())
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
    message: *const c_char,
    detail: *const c_char,
    hint: *const c_char,
}

impl Refusal {
    /// No refusal.
    pub const NONE: Refusal = Refusal { state: 0, message: ptr::null(), detail: ptr::null(), hint: ptr::null() };

    /// Whether there is something to raise.
    pub fn is_some(&self) -> bool {
        !self.message.is_null()
    }

    fn of(error: &Error) -> Refusal {
        Refusal {
            state: pack_state(error.id.sqlstate()),
            message: c_text(error.id.as_str()),
            detail: c_text(&error.explain),
            hint: c_text(error.id.hint()),
        }
    }

    /// An error of the server, which pgrx made a panic of so that Rust could clean up, as it was; or a panic of Rust.
    fn of_panic(payload: Box<dyn Any + Send>) -> Refusal {
        match payload.downcast::<CaughtError>().map(|caught| *caught) {
            Ok(CaughtError::PostgresError(report) | CaughtError::ErrorReport(report)) => Refusal::of_report(&report),
            Ok(CaughtError::RustPanic { payload, .. }) => Refusal::of_bug(payload.as_ref()),
            Err(payload) => match payload.downcast::<ErrorReportWithLevel>() {
                Ok(report) => Refusal::of_report(&report),
                Err(payload) => Refusal::of_bug(payload.as_ref()),
            },
        }
    }

    fn of_report(report: &ErrorReportWithLevel) -> Refusal {
        Refusal {
            state: report.sql_error_code() as c_int,
            message: c_text(report.message()),
            detail: report.detail().map_or(ptr::null(), c_text),
            hint: report.hint().map_or(ptr::null(), c_text),
        }
    }

    /// A panic is a bug. Its text is shown only if it is a literal: a made one could hold personal data.
    fn of_bug(payload: &(dyn Any + Send)) -> Refusal {
        Refusal {
            state: pack_state("XX000"),
            message: c_text("pg_member: a bug made the call fail"),
            detail: payload.downcast_ref::<&'static str>().map_or(ptr::null(), |text| c_text(text)),
            hint: c_text("Nothing was changed. Please report what you called."),
        }
    }
}

/// The SQLSTATE and the message of an error of the server, which pgrx made a panic of.
pub fn state_and_message(payload: Box<dyn Any + Send>) -> (String, String) {
    let refusal = Refusal::of_panic(payload);
    // SAFETY: the texts were copied a moment ago.
    let message = unsafe { CStr::from_ptr(refusal.message) }.to_string_lossy().into_owned();
    (unpack_state(refusal.state), message)
}

/// The five characters of a packed SQLSTATE.
fn unpack_state(packed: c_int) -> String {
    (0..5).map(|place| char::from(((packed >> (6 * place)) & 0x3f) as u8 + b'0')).collect()
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
            errmsg(AS_IT_IS.as_ptr(), refusal.message);
            if !refusal.detail.is_null() {
                errdetail(AS_IT_IS.as_ptr(), refusal.detail);
            }
            if !refusal.hint.is_null() {
                errhint(AS_IT_IS.as_ptr(), refusal.hint);
            }
            errfinish(c"pg_member".as_ptr(), 0, c"".as_ptr());
        }
    }
}

/// Runs one SQL function: its answer goes to Postgres; a refusal, an error of the server and a panic go to the outer
/// frame.
///
/// # Safety
/// `fcinfo` is the pointer Postgres passed; only called by the entry that [`sql_function!`] makes.
pub unsafe fn run(
    fcinfo: pg_sys::FunctionCallInfo,
    refusal: &mut Refusal,
    body: fn(&Call) -> Result<Answer>,
) -> pg_sys::Datum {
    // SAFETY: passed on from the caller.
    let call = unsafe { Call::new(fcinfo) };
    match catch_unwind(AssertUnwindSafe(|| body(&call))) {
        Ok(Ok(Answer::Datum(datum))) => return datum,
        // SAFETY: passed on from the caller.
        Ok(Ok(Answer::Null)) => unsafe { (*fcinfo).isnull = true },
        Ok(Err(error)) => *refusal = Refusal::of(&error),
        Err(payload) => *refusal = Refusal::of_panic(payload),
    }
    pg_sys::Datum::null()
}

/// Declares the C entry `$name` of a SQL function whose work `$body: fn(&Call) -> Result<Answer>` does.
macro_rules! sql_function {
    ($name:ident => $body:expr) => {
        const _: () = {
            use pgrx::pg_sys;
            use $crate::pg::boundary;

            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
                let mut refusal = boundary::Refusal::NONE;
                // SAFETY: fcinfo is Postgres' own; this frame owns nothing, so `raise` may leave it by a jump.
                unsafe {
                    let datum = boundary::run(fcinfo, &mut refusal, $body);
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
