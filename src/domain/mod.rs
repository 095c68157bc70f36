//! What pg_member knows, free of Postgres: no clock, no randomness, no I/O. Time and rows are passed in.
//! Nothing here panics; every refusal is an [`error::Error`] with an id.

pub mod address;
pub mod anketa;
pub mod cache;
pub mod datakey;
pub mod email_test;
pub mod erasure;
pub mod error;
pub mod event;
pub mod group;
pub mod head;
pub mod hook;
pub mod import;
pub mod json;
pub mod list;
pub mod member;
pub mod message;
pub mod metrics;
pub mod pipe;
pub mod reply;
pub mod report;
pub mod request;
pub mod sequence;
pub mod setting;
pub mod stat;
pub mod sync;
pub mod time;
pub mod track;
