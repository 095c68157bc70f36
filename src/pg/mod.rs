//! The glue: everything that touches Postgres. What a call means is decided in [`crate::domain`].

mod api;
mod append;
mod boundary;
mod call_site;
mod caller_query;
mod cursor;
mod fresh;
pub mod guc;
mod jsonb;
mod no_wait;
mod owner;
mod perform;
mod qualified;
mod rows;
mod savepoint;
mod snapshot;
mod spi;
mod store;
mod trigger;
mod worker;

pub use worker::start as start_workers;

pgrx::pg_module_magic!();

/// Has the server tell this backend when others change what it keeps in memory.
pub fn watch_changes() {
    perform::kept::watch();
}
