//! The tables: every statement, as a constant next to its typed wrapper. Nothing is decided here.

pub mod address;
pub mod blocked_value;
pub mod body;
pub mod check;
pub mod delivery_error;
pub mod dictionary;
pub mod entrance;
pub mod event;
pub mod event_log;
pub mod event_type;
pub mod extension;
pub mod grant;
pub mod group;
pub mod head;
pub mod hook;
pub mod hook_batch;
pub mod journal;
pub mod numbering;
pub mod origin;
pub mod retired_dataset;
pub mod row;
pub mod sequence;
pub mod setting;
pub mod stoplist;
