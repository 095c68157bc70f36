//! Performing the calls: read what is there, lock, ask the domain what follows, write it, answer.

pub mod api;
pub mod blocked;
pub mod carry_out;
pub mod create;
pub mod delete;
pub mod entrance;
pub mod exists;
pub mod explain;
pub mod find;
pub mod get;
pub mod heads;
pub mod history;
pub mod lock;
pub mod lock_call;
pub mod merge;
pub mod origin;
pub mod people;
pub mod resolve;
pub mod set;
pub mod set_heads;
pub mod settings;
pub mod stage;
pub mod subject;
pub mod sync;
pub mod unmerge;
pub mod update;
