//! pg_member: subscribers inside PostgreSQL. See README.md for what it does and DESIGN.md for how it is built.

pub mod domain;

#[cfg(feature = "pg")]
pub mod pg;
#[cfg(feature = "sink")]
pub mod sink;

/// The hand-written SQL of the extension, in the order in which it is installed.
#[cfg(feature = "pg")]
mod install {
    use pgrx::extension_sql_file;

    extension_sql_file!("../sql/schema.sql", name = "schema", bootstrap);
    extension_sql_file!("../sql/groups.sql", name = "groups", requires = ["schema"]);
    extension_sql_file!("../sql/events.sql", name = "events", requires = ["groups"]);
    extension_sql_file!("../sql/filters.sql", name = "filters", requires = ["events"]);
    extension_sql_file!("../sql/anketa.sql", name = "anketa", requires = ["events"]);
    extension_sql_file!("../sql/addresses.sql", name = "addresses", requires = ["events"]);
    extension_sql_file!("../sql/erase.sql", name = "erase", requires = ["events"]);
    extension_sql_file!("../sql/channels.sql", name = "channels", requires = ["events"]);
    extension_sql_file!("../sql/runs.sql", name = "runs", requires = ["events"]);
    extension_sql_file!("../sql/reports.sql", name = "reports", requires = ["events"]);
    extension_sql_file!("../sql/uploads.sql", name = "uploads", requires = ["events"]);
    extension_sql_file!("../sql/express.sql", name = "express", requires = ["groups"]);
    extension_sql_file!("../sql/messages.sql", name = "messages", requires = ["runs"]);
    extension_sql_file!("../sql/sequences.sql", name = "sequences", requires = ["runs"]);
    extension_sql_file!("../sql/functions.sql", name = "functions", finalize);
}

/// Called by the server when the library is loaded into a backend.
#[cfg(feature = "pg")]
#[allow(non_snake_case)]
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    pg::guc::define();
    pg::watch_changes();
    pg::start_workers();
}
