//! Internal savepoints: what an attempt locked or wrote goes away again when the attempt does not succeed.

use crate::domain::error::Result;
use pgrx::pg_sys;
use std::ptr;

/// A subtransaction that is rolled back when it is dropped without [`Savepoint::release`], also by an error.
pub struct Savepoint {
    memory: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
    open: bool,
}

impl Savepoint {
    /// Begins one. The caller's memory context stays current, so that what is read survives the savepoint.
    pub fn begin() -> Savepoint {
        // SAFETY: the pattern of the server's own procedural languages.
        unsafe {
            let savepoint =
                Savepoint { memory: pg_sys::CurrentMemoryContext, owner: pg_sys::CurrentResourceOwner, open: true };
            pg_sys::BeginInternalSubTransaction(ptr::null());
            pg_sys::MemoryContextSwitchTo(savepoint.memory);
            savepoint
        }
    }

    /// Does work that can be refused after it wrote something: then nothing of it stays, whoever turns the refusal into
    /// data. Errors: those of the work.
    pub fn around<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
        let savepoint = Savepoint::begin();
        let done = work()?;
        savepoint.release();
        Ok(done)
    }

    /// Keeps what was done.
    pub fn release(mut self) {
        // SAFETY: this savepoint is the innermost open one.
        unsafe { pg_sys::ReleaseCurrentSubTransaction() };
        self.close();
    }

    fn close(&mut self) {
        self.open = false;
        // SAFETY: both were current when the savepoint began and outlive it.
        unsafe {
            pg_sys::MemoryContextSwitchTo(self.memory);
            pg_sys::CurrentResourceOwner = self.owner;
        }
    }
}

impl Drop for Savepoint {
    fn drop(&mut self) {
        if self.open {
            // SAFETY: as in release; after an error the server expects each level to roll back its own.
            unsafe { pg_sys::RollbackAndReleaseCurrentSubTransaction() };
            self.close();
        }
    }
}
