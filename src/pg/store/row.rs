//! A row of any table as jsonb, by the server's own rules.

use crate::pg::spi::{Arg, Session, Statement};
use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// One statement per row type: the type of the parameter is part of the plan. Kept as long as the backend.
    static STATEMENTS: RefCell<HashMap<u32, &'static Statement>> = RefCell::new(HashMap::new());
}

/// The row as an object of its columns. Run it with the caller's rights: a type may bring a cast of its own.
pub fn to_jsonb(session: &Session, row_type: pg_sys::Oid, row: pg_sys::Datum) -> Option<&[u8]> {
    let statement = STATEMENTS.with_borrow_mut(|known| {
        *known.entry(row_type.to_u32()).or_insert_with(|| {
            let types: &'static [pg_sys::Oid] = Box::leak(Box::new([row_type]));
            Box::leak(Box::new(Statement::new(c"SELECT pg_catalog.to_jsonb($1)", types)))
        })
    });
    session.run(statement, &[Arg::datum(row)]).first().and_then(|row| row.jsonb())
}
