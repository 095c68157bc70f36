//! Pipelines: graphs of pipes that send messages (pipelines-and-hooks.md 1–6, shapes.md 11).
//!
//! [`data`] is what travels through a pipeline, [`scope`] what its templates see, [`template`] their language, [`jsonql`]
//! that of conditions. [`pipes`] is the twelve kinds of pipes with their parameters; [`mod@form`] reads them, [`graph`]
//! checks how they lead to one another, [`problem`] is what both find wrong. [`channel`], [`field`], [`entity`] and
//! [`connector`] are what pipelines belong to.
//!
//! [`machine`] is a run: it does what needs nothing from outside, [`codec`] packs and unpacks for it, and says by a
//! [`demand`] what else it needs. [`rate`] keeps the requests of a pipe below its cap, [`trace`] keeps what a run did.

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
pub mod picture;
pub mod pipes;
pub mod problem;
pub mod rate;
pub mod scope;
pub mod sql;
pub mod template;
pub mod trace;
