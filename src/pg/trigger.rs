//! What a row trigger is told: the event, the rows, the arguments.

use crate::domain::error::{Error, Id, Result};
use crate::pg::boundary::Call;
use pgrx::pg_sys;
use std::ffi::CStr;
use std::slice;

/// The event a row trigger fired for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowEvent {
    /// A row came.
    Insert,
    /// A row changed.
    Update,
    /// A row went.
    Delete,
}

/// One firing of a row trigger.
pub struct Firing<'c> {
    data: &'c pg_sys::TriggerData,
    /// What fired it.
    pub event: RowEvent,
}

impl<'c> Firing<'c> {
    /// The firing that a call is for. Errors: `error/sync/argument` when it is no row trigger on a table.
    pub fn of(call: &'c Call) -> Result<Firing<'c>> {
        // SAFETY: Postgres passed fcinfo; a context of tag T_TriggerData is a TriggerData.
        let data = unsafe {
            let context = (*call.fcinfo()).context;
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                return Err(Error::new(Id::SyncArgument, "member_sync is for CREATE TRIGGER"));
            }
            &*context.cast::<pg_sys::TriggerData>()
        };
        if data.tg_event & pg_sys::TRIGGER_EVENT_ROW == 0 {
            return Err(Error::new(Id::SyncArgument, "write FOR EACH ROW"));
        }
        let event = match data.tg_event & pg_sys::TRIGGER_EVENT_OPMASK {
            pg_sys::TRIGGER_EVENT_INSERT => RowEvent::Insert,
            pg_sys::TRIGGER_EVENT_DELETE => RowEvent::Delete,
            pg_sys::TRIGGER_EVENT_UPDATE => RowEvent::Update,
            _ => return Err(Error::new(Id::SyncArgument, "the trigger is for INSERT, UPDATE and DELETE")),
        };
        Ok(Firing { data, event })
    }

    /// The row as it was; none for an insert.
    pub fn old_row(&self) -> Option<pg_sys::Datum> {
        (self.event != RowEvent::Insert).then(|| self.composite(self.data.tg_trigtuple))
    }

    /// The row as it is; none for a delete.
    pub fn new_row(&self) -> Option<pg_sys::Datum> {
        match self.event {
            RowEvent::Insert => Some(self.composite(self.data.tg_trigtuple)),
            RowEvent::Update => Some(self.composite(self.data.tg_newtuple)),
            RowEvent::Delete => None,
        }
    }

    /// A column of the row as it comes, by its number from 1; `None` is NULL.
    pub fn column(&self, number: i32) -> Option<pg_sys::Datum> {
        let mut is_null = false;
        // SAFETY: tuple and description are of the trigger's relation; a number beyond its columns gives NULL.
        let datum = unsafe {
            pg_sys::heap_getattr(self.data.tg_trigtuple, number, (*self.data.tg_relation).rd_att, &mut is_null)
        };
        (!is_null).then_some(datum)
    }

    /// The type of the table's rows.
    pub fn row_type(&self) -> pg_sys::Oid {
        // SAFETY: the relation is open while the trigger runs.
        unsafe { (*(*self.data.tg_relation).rd_rel).reltype }
    }

    /// What the trigger function must return: the row that goes on.
    pub fn outcome(&self) -> pg_sys::Datum {
        match self.event {
            RowEvent::Update => self.data.tg_newtuple.into(),
            RowEvent::Insert | RowEvent::Delete => self.data.tg_trigtuple.into(),
        }
    }

    /// The arguments of CREATE TRIGGER.
    pub fn arguments(&self) -> impl Iterator<Item = &'c str> {
        // SAFETY: the trigger holds `tgnargs` terminated strings in the database's encoding, UTF-8.
        let arguments: &[*mut std::ffi::c_char] = unsafe {
            let trigger = &*self.data.tg_trigger;
            if trigger.tgnargs <= 0 { &[] } else { slice::from_raw_parts(trigger.tgargs, trigger.tgnargs as usize) }
        };
        arguments.iter().map(|text| unsafe { CStr::from_ptr(*text) }.to_str().unwrap_or_default())
    }

    fn composite(&self, tuple: pg_sys::HeapTuple) -> pg_sys::Datum {
        // SAFETY: the tuple is of the trigger's relation; the server makes a composite datum of it.
        unsafe { pg_sys::heap_copy_tuple_as_datum(tuple, (*self.data.tg_relation).rd_att) }
    }
}
