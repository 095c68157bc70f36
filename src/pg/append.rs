//! Appending a row to a plain table of ours without a plan: what starting the executor for a statement costs is more
//! than such an insert itself. The row is written by the executor's own routine, indexes and checks included.

use crate::pg::spi::Arg;
use pgrx::pg_sys;
use std::{ptr, slice};

/// Writes rows, their columns in the order of the table's. Later statements of the transaction see them.
///
/// Only for tables of ours that stay local to their node. Errors of the server leave through pgrx' guard.
pub fn append<const COLUMNS: usize>(table: pg_sys::Oid, rows: impl IntoIterator<Item = [Arg; COLUMNS]>) {
    // SAFETY: the server's own routines, each with what the one before gave; the slot has as many places as the table
    // has columns, which is checked. After an error the server frees all of it with the transaction.
    unsafe {
        pg_sys::PreventCommandIfReadOnly(c"INSERT".as_ptr());
        let relation = pg_sys::table_open(table, pg_sys::RowExclusiveLock as pg_sys::LOCKMODE);
        let state = pg_sys::CreateExecutorState();
        let target = pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast::<pg_sys::ResultRelInfo>();
        (*target).type_ = pg_sys::NodeTag::T_ResultRelInfo;
        pg_sys::InitResultRelInfo(target, relation, 1, ptr::null_mut(), 0);
        pg_sys::ExecOpenIndices(target, false);
        let slot = pg_sys::table_slot_create(relation, ptr::null_mut());
        for row in rows {
            fill(slot, &row);
            pg_sys::ExecSimpleRelationInsert(target, state, slot);
            pg_sys::ExecClearTuple(slot);
        }
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::ExecCloseIndices(target);
        pg_sys::FreeExecutorState(state);
        pg_sys::pfree(target.cast());
        pg_sys::table_close(relation, pg_sys::NoLock as pg_sys::LOCKMODE);
        pg_sys::CommandCounterIncrement();
    }
}

/// Puts the columns into a slot.
///
/// # Safety
/// The slot is an empty one of a relation.
unsafe fn fill(slot: *mut pg_sys::TupleTableSlot, row: &[Arg]) {
    // SAFETY: the arrays of a slot are as long as its description says.
    unsafe {
        let columns = (*(*slot).tts_tupleDescriptor).natts as usize;
        if columns != row.len() {
            pgrx::error!("pg_member: a table has {columns} columns instead of {}", row.len());
        }
        let values = slice::from_raw_parts_mut((*slot).tts_values, columns);
        let nulls = slice::from_raw_parts_mut((*slot).tts_isnull, columns);
        for ((value, is_null), column) in values.iter_mut().zip(nulls).zip(row) {
            (*value, *is_null) = (column.value(), column.is_null());
        }
        pg_sys::ExecStoreVirtualTuple(slot);
    }
}
