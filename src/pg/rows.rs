//! Set-returning functions: the rows go to the server's tuple store in one go.

use crate::pg::boundary::Call;
use crate::pg::spi::{Arg, Query, Session};
use pgrx::pg_sys;

/// The server's flag for taking the caller's description of the rows; the servers name it differently.
const EXPECTED_DESCRIPTION: u32 = 1;

/// The rows that a function returns.
pub struct RowSink {
    info: *mut pg_sys::ReturnSetInfo,
}

impl RowSink {
    /// Prepares the call to return rows of its declared type; raises if the caller does not expect any.
    pub fn open(call: &Call) -> RowSink {
        let fcinfo = call.fcinfo();
        // SAFETY: Postgres passed fcinfo; the server's own helper fills resultinfo and checks the caller.
        unsafe {
            pg_sys::InitMaterializedSRF(fcinfo, 0);
            RowSink { info: (*fcinfo).resultinfo.cast() }
        }
    }

    /// The same for a function that returns values of one type rather than rows.
    pub fn of_values(call: &Call) -> RowSink {
        let fcinfo = call.fcinfo();
        // SAFETY: as in `open`; the description is the one that the caller expects.
        unsafe {
            pg_sys::InitMaterializedSRF(fcinfo, EXPECTED_DESCRIPTION);
            RowSink { info: (*fcinfo).resultinfo.cast() }
        }
    }

    /// Adds what a query finds; its columns are the declared ones. Errors of the server leave through pgrx' guard.
    pub fn fill(&mut self, session: &Session, query: &Query) {
        // SAFETY: the server's helper made the store in this memory, which lives as long as the caller's query.
        unsafe {
            let info = &*self.info;
            session.store(query, info.setResult, (*info.econtext).ecxt_per_query_memory);
        }
    }

    /// Adds a row of the declared columns.
    pub fn push<const N: usize>(&mut self, row: [Arg; N]) {
        let mut values = row.map(|arg| arg.value());
        let mut nulls = row.map(|arg| arg.is_null());
        // SAFETY: the arrays have as many entries as the SQL declaration has columns.
        unsafe {
            let info = &*self.info;
            pg_sys::tuplestore_putvalues(info.setResult, info.setDesc, values.as_mut_ptr(), nulls.as_mut_ptr());
        }
    }
}
