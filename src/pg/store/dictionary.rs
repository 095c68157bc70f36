//! The dictionaries that events and hooks name: campaigns, resources, senders, templates, pixels. Five tables of one
//! form.

use crate::domain::pipe::channel::Place;
use crate::pg::spi::{Arg, Row, Session, Statement};
use pgrx::pg_sys::{INT8OID, JSONBOID, TEXTOID};
use std::ffi::CStr;

/// One of them, as statements on its table.
pub struct Dictionary {
    /// Which fields of channels its entries carry, if any.
    pub place: Option<Place>,
    find: Statement,
    list: Statement,
    write: Statement,
    delete: Statement,
}

/// An entry.
pub struct Entry<'s> {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: &'s str,
    /// A second name of the account's own.
    pub subid: Option<&'s str>,
    /// The subject of its messages.
    pub subject: Option<&'s str>,
    /// Fields of the account's own, as jsonb.
    pub fields: &'s [u8],
}

/// A constant of SQL text that ends in a zero; empty, and refused by the server, if it did not.
const fn sql(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(sql) => sql,
        Err(_) => c"",
    }
}

macro_rules! dictionary {
    ($(#[$doc:meta])* $name:ident, $table:literal, $place:expr) => {
        $(#[$doc])*
        pub static $name: Dictionary = Dictionary {
            place: $place,
            find: Statement::new(
                sql(concat!(
                    "SELECT id, name, subid, subject, fields FROM member.", $table,
                    " WHERE id OPERATOR(pg_catalog.=) $1\0"
                )),
                &[INT8OID],
            ),
            list: Statement::scanning(
                sql(concat!("SELECT id, name, subid, subject, fields FROM member.", $table, " ORDER BY id\0")),
                &[],
            ),
            write: Statement::new(
                sql(concat!(
                    "INSERT INTO member.", $table, " (id, name, subid, subject, fields) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (id) DO UPDATE SET name = $2, subid = $3, subject = $4, fields = $5\0"
                )),
                &[INT8OID, TEXTOID, TEXTOID, TEXTOID, JSONBOID],
            ),
            delete: Statement::new(
                sql(concat!("DELETE FROM member.", $table, " WHERE id OPERATOR(pg_catalog.=) $1\0")),
                &[INT8OID],
            ),
        };
    };
}

dictionary! {
    /// Campaigns.
    CAMPAIGN, "campaign", Some(Place::Campaign)
}
dictionary! {
    /// Resources.
    RESOURCE, "resource", Some(Place::Resource)
}
dictionary! {
    /// Senders.
    SENDER, "sender", Some(Place::Sender)
}
dictionary! {
    /// Message templates.
    TEMPLATE, "template", Some(Place::Template)
}
dictionary! {
    /// Pixels.
    PIXEL, "pixel", None
}

impl Dictionary {
    /// The entry of this number.
    pub fn find<'s>(&'static self, session: &'s Session, id: i64) -> Option<Entry<'s>> {
        session.run(&self.find, &[id.into()]).first().map(|row| entry(&row))
    }

    /// Every entry, by number.
    pub fn list<'s>(&'static self, session: &'s Session) -> Vec<Entry<'s>> {
        session.run(&self.list, &[]).iter().map(|row| entry(&row)).collect()
    }

    /// Writes an entry, new or changed.
    pub fn write(&'static self, session: &Session, entry: &Entry) {
        let args =
            [entry.id.into(), entry.name.into(), entry.subid.into(), entry.subject.into(), Arg::jsonb(entry.fields)];
        session.run(&self.write, &args);
    }

    /// Deletes an entry; whether it was there.
    pub fn delete(&'static self, session: &Session, id: i64) -> bool {
        session.run(&self.delete, &[id.into()]).processed() == 1
    }
}

fn entry<'s>(row: &Row<'s>) -> Entry<'s> {
    Entry {
        id: row.bigint().unwrap_or_default(),
        name: row.text().unwrap_or_default(),
        subid: row.text(),
        subject: row.text(),
        fields: row.jsonb().unwrap_or_default(),
    }
}
