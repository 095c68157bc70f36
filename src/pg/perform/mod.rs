//! Performing the calls: read what is there, lock, ask the domain what follows, write it, answer.

pub mod api;
pub mod create;
pub mod delete;
pub mod detach;
pub mod exists;
pub mod find;
pub mod get;
pub mod lock;
pub mod origin;
pub mod resolve;
pub mod set;
pub mod settings;
pub mod subject;
pub mod sync;
pub mod update;
