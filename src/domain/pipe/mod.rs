//! Pipelines: graphs of pipes that send messages (pipelines-and-hooks.md 1–6, shapes.md 11).
//!
//! [`data`] is what travels through a pipeline, [`scope`] what its templates see, [`template`] their language.
//! [`pipe`] is the twelve kinds of pipes with their parameters; [`mod@form`] reads them, [`graph`] checks how they lead to
//! one another, [`problem`] is what both find wrong. [`channel`] and [`field`] are what pipelines belong to. [`codec`]
//! packs documents into bytes and back, [`rate`] keeps the requests of a pipe below its cap.

pub mod channel;
pub mod codec;
pub mod connector;
pub mod data;
pub mod demand;
pub mod entity;
pub mod failure;
pub mod field;
pub mod form;
pub mod graph;
pub mod jsonql;
pub mod kind;
pub mod machine;
pub mod pipe;
pub mod problem;
pub mod rate;
pub mod scope;
pub mod template;
pub mod trace;
