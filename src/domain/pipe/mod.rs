//! Pipelines: graphs of pipes that send messages (pipelines-and-hooks.md 1–6, shapes.md 11).
//!
//! [`data`] is what travels through a pipeline, [`scope`] what its templates see, [`template`] their language.
//! [`pipe`] is the twelve kinds of pipes with their parameters, read. [`codec`] packs documents into bytes and back,
//! [`rate`] keeps the requests of a pipe below its cap.

pub mod codec;
pub mod data;
pub mod demand;
pub mod failure;
pub mod jsonql;
pub mod machine;
pub mod pipe;
pub mod rate;
pub mod scope;
pub mod template;
pub mod trace;
