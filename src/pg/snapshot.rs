//! Looking at what is committed now, whatever snapshot the transaction has.

use pgrx::pg_sys;

/// Whether the transaction keeps the snapshot of its first statement.
pub fn is_kept() -> bool {
    // SAFETY: reads the isolation level of the transaction.
    unsafe { pg_sys::XactIsoLevel > pg_sys::XACT_READ_COMMITTED as i32 }
}

/// While it lives, statements that only read see what is committed now.
pub struct Latest(());

impl Latest {
    /// Takes a new snapshot.
    pub fn take() -> Latest {
        // SAFETY: the server's own routines, inside a transaction; dropped in reverse order.
        unsafe { pg_sys::PushActiveSnapshot(pg_sys::GetLatestSnapshot()) };
        Latest(())
    }
}

impl Drop for Latest {
    fn drop(&mut self) {
        // After an error the server drops its snapshots itself.
        if !std::thread::panicking() {
            // SAFETY: the snapshot taken above is the active one.
            unsafe { pg_sys::PopActiveSnapshot() };
        }
    }
}
