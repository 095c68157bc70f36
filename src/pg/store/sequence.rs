//! The explicit sequences that all numbers come from.

use pgrx::pg_sys;
use std::ffi::CStr;

/// The next number of an identifier.
pub fn next_address_id() -> i64 {
    next(c"address_id")
}

/// The next number of a body.
pub fn next_dataset() -> i64 {
    next(c"dataset_id")
}

/// The next number of an event. Drawn under the lock of the body, so that a person's events are in order.
pub fn next_event_id() -> i64 {
    next(c"event_id")
}

/// The next number of a row of what the sequencer saw.
pub fn next_event_seen_id() -> i64 {
    next(c"event_seen_id")
}

/// The next number of a hook.
pub fn next_hook_id() -> i64 {
    next(c"hook_id")
}

/// The next revision of hooks.
pub fn next_hook_revision() -> i64 {
    next(c"hook_revision")
}

/// The next number of a campaign, resource, sender, template, letter or pixel.
pub fn next_dictionary_id() -> i64 {
    next(c"dictionary_id")
}

/// The next number of a channel.
pub fn next_channel_id() -> i64 {
    next(c"channel_id")
}

/// The next number of an event of a channel.
pub fn next_channel_event_id() -> i64 {
    next(c"channel_event_id")
}

/// The next revision of channels and connectors.
pub fn next_channel_revision() -> i64 {
    next(c"channel_revision")
}

/// The next number of a version of a pipeline.
pub fn next_pipeline_id() -> i64 {
    next(c"pipeline_id")
}

/// The next number of a connector.
pub fn next_sql_connector_id() -> i64 {
    next(c"sql_connector_id")
}

/// Begins a new life of this copy of the database. Set, not drawn: a crash lets drawn numbers jump ahead, and everybody
/// reads the last one.
pub fn next_event_life() -> i32 {
    let life = last(c"event_life") + 1;
    set(c"event_life", life);
    life as i32
}

/// Has events written to this slot of the ring from now on, whatever becomes of the transaction.
pub fn set_event_slot(slot: i16) {
    set(c"event_slot", slot.into());
}

/// The next number of a track.
pub fn next_track_id() -> i64 {
    next(c"track_id")
}

/// The next number of a report.
pub fn next_report_id() -> i64 {
    next(c"report_id")
}

/// The next number of a part of an upload.
pub fn next_upload_part_id() -> i64 {
    next(c"upload_part_id")
}

/// The next number in the code of a group.
pub fn next_group_number() -> i64 {
    next(c"group_number")
}

/// The next number of an origin.
pub fn next_origin_id() -> i64 {
    next(c"origin_id")
}

/// The next number in the id of a questionnaire.
pub fn next_anketa_id() -> i64 {
    next(c"anketa_id")
}

/// The next number in the id of a question.
pub fn next_quest_id() -> i64 {
    next(c"quest_id")
}

/// The next number in the id of a format.
pub fn next_format_id() -> i64 {
    next(c"format_id")
}

/// The next number of external credentials.
pub fn next_authext_id() -> i64 {
    next(c"authext_id")
}

/// The next number of a run of a pipeline.
pub fn next_pipeline_run_id() -> i64 {
    next(c"pipeline_run_id")
}

/// The next number of a line of pipe_log.
pub fn next_pipe_log_id() -> i64 {
    next(c"pipe_log_id")
}

/// The next number of a launch.
pub fn next_launch_id() -> i64 {
    next(c"launch_id")
}

/// The next number of a message among those that agree in the rest of their send_message_id.
pub fn next_message_number() -> i64 {
    next(c"message_number")
}

/// The next number of a sequence of passages.
pub fn next_sequence_id() -> i64 {
    next(c"sequence_id")
}

/// The next revision of such sequences.
pub fn next_sequence_revision() -> i64 {
    next(c"sequence_revision")
}

/// The next number of a passage.
pub fn next_passage_id() -> i64 {
    next(c"passage_id")
}

/// The next number of a journal row.
pub fn next_journal_id() -> i64 {
    next(c"journal_id")
}

/// Counts one more erasure; everybody sees it at once, committed or not.
pub fn next_erasure() {
    next(c"erasure");
}

/// A number that grows with each erasure; [`NO_ERASURE`] while nobody was ever erased.
pub fn erasures() -> i64 {
    last(c"erasure")
}

/// What [`erasures`] begins with.
pub const NO_ERASURE: i64 = 1;

/// The slot of the ring that events are written to now.
pub fn event_slot() -> i16 {
    last(c"event_slot") as i16
}

/// The life of this copy of the database.
pub fn event_life() -> i32 {
    last(c"event_life") as i32
}

fn next(name: &CStr) -> i64 {
    call(pg_sys::F_NEXTVAL, name)
}

fn last(name: &CStr) -> i64 {
    call(pg_sys::F_PG_SEQUENCE_LAST_VALUE, name)
}

fn set(name: &CStr, value: i64) {
    // SAFETY: the server's own function on a sequence of ours.
    unsafe {
        pg_sys::OidFunctionCall2Coll(
            pg_sys::Oid::from(pg_sys::F_SETVAL_REGCLASS_INT8),
            pg_sys::InvalidOid,
            relation(name).into(),
            value.into(),
        );
    }
}

/// Calls a function of the server that takes a sequence and gives a bigint.
fn call(function: u32, name: &CStr) -> i64 {
    // SAFETY: both functions have that form; all our sequences were set by the install script, so none gives NULL.
    unsafe {
        pg_sys::OidFunctionCall1Coll(pg_sys::Oid::from(function), pg_sys::InvalidOid, relation(name).into()).value()
            as i64
    }
}

/// The number of a relation of the schema `member`.
pub fn relation(name: &CStr) -> pg_sys::Oid {
    // SAFETY: look-ups in the catalog caches.
    unsafe { pg_sys::get_relname_relid(name.as_ptr(), pg_sys::get_namespace_oid(c"member".as_ptr(), false)) }
}
