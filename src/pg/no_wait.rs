//! Work that must not wait for another transaction (`pg_member.versioning`).

use crate::pg::savepoint::Savepoint;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The shortest wait the server knows, in milliseconds: an insert that meets another transaction's row cannot be asked
/// not to wait at all.
const SHORTEST: i32 = 1;

/// Runs `work` in a savepoint; `None`, with everything it did undone, when it would have waited.
pub fn without_waiting<T>(work: impl FnOnce() -> T) -> Option<T> {
    let savepoint = Savepoint::begin();
    let limit = LockTimeout::set(SHORTEST);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    drop(limit);
    match outcome {
        Ok(value) => {
            savepoint.release();
            Some(value)
        }
        Err(payload) if is_lock_timeout(payload.as_ref()) => None,
        Err(payload) => {
            drop(savepoint);
            resume_unwind(payload)
        }
    }
}

fn is_lock_timeout(payload: &(dyn Any + Send)) -> bool {
    let Some(CaughtError::PostgresError(report)) = payload.downcast_ref::<CaughtError>() else { return false };
    report.sql_error_code() == pgrx::PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE
}

/// The server's lock_timeout while it lives; then what it was.
struct LockTimeout(i32);

impl LockTimeout {
    fn set(milliseconds: i32) -> LockTimeout {
        // SAFETY: the server's own variable, read when a wait begins; the main thread alone runs here.
        unsafe {
            let before = pg_sys::LockTimeout;
            pg_sys::LockTimeout = milliseconds;
            LockTimeout(before)
        }
    }
}

impl Drop for LockTimeout {
    fn drop(&mut self) {
        // SAFETY: as in set.
        unsafe { pg_sys::LockTimeout = self.0 };
    }
}
