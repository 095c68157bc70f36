//! The head and body a call works on, and the system document of a head.

use crate::domain::address::AddrType;
use crate::domain::error::Result;
use crate::domain::group::Statistics;
use crate::domain::json::{self, Node, Value};
use crate::domain::member::get::Selection;
use crate::domain::member::select::select;
use crate::domain::member::system::{self, Body, Head};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::rules::Who;
use crate::pg::spi::Session;
use crate::pg::store::{body, delivery_error, group_member, head, head_state};

/// The bytes of the document `{"member", "-group"}` of one head. Errors: `error/json/limit`, `error/param/wrong`.
pub fn document(session: &Session, body: &Body, head: &Head) -> Result<Vec<u8>> {
    document_with(session, body, head, Vec::new())
}

/// The same with further keys of `member`. Errors: as [`document`].
pub fn document_with<'n>(
    session: &'n Session,
    body: &Body<'n>,
    head: &Head<'n>,
    mut more: Vec<(&'static str, Node<'n>)>,
) -> Result<Vec<u8>> {
    let zone = guc::time_zone()?;
    let error = delivery_error::read(session, &head.address);
    let groups = group_member::of_head(session, body.dataset, head.id);
    if !system::states_of(head.address.addr_type).is_empty() {
        let states = head_state::of_head(session, body.dataset, head.id);
        more.extend(system::communities(head.address.addr_type, &states, &zone));
    }
    let mut bytes = Vec::with_capacity(1024);
    json::encode(&system::document(body, head, &error, &groups, more, &zone), &mut bytes)?;
    Ok(bytes)
}

/// Everything a reader sees through a head, as `datakey: "*"` shows it; nothing when it is gone.
///
/// Errors: `error/json/…`, `error/param/wrong`.
pub fn everything(session: &Session, dataset: i64, id: i64) -> Result<Option<Encoded>> {
    let Some(read) = Read::head(session, dataset, id)? else { return Ok(None) };
    Encoded::new(&select(read.data, read.system()?.as_object(), &Selection::All)?).map(Some)
}

/// What is known of a head and its body.
pub struct Read<'s> {
    /// The data of the body.
    pub data: Value<'s>,
    /// What the system knows of the head, as jsonb.
    pub system: Vec<u8>,
    /// The type of the head.
    pub addr_type: AddrType,
}

impl<'s> Read<'s> {
    /// Reads it; nothing when it is gone. Errors: `error/json/…`, `error/param/wrong`.
    pub fn head(session: &'s Session, dataset: i64, id: i64) -> Result<Option<Read<'s>>> {
        let read = body::read(session, dataset)?.zip(head::read(session, dataset, id)?);
        let Some(((body, data), head)) = read else { return Ok(None) };
        let system = document(session, &body, &head)?;
        Ok(Some(Read { data, system, addr_type: head.address.addr_type }))
    }

    /// What the system knows of the head. Errors: `error/json/corrupt`.
    pub fn system(&self) -> Result<Value<'_>> {
        json::root(&self.system)
    }

    /// Whom a rule is asked about; `heads` are the types of all heads of the body, `statistics` answers about the head.
    ///
    /// Errors: `error/json/corrupt`.
    pub fn who<'w>(&'w self, heads: &'w [AddrType], statistics: &'w dyn Statistics) -> Result<Who<'w>> {
        Ok(Who { data: self.data, system: self.system()?, heads, statistics })
    }
}

/// The types of all heads of a body. Errors: `error/json/corrupt`.
pub fn types(session: &Session, dataset: i64) -> Result<Vec<AddrType>> {
    Ok(head::names(session, dataset)?.iter().map(|head| head.address.addr_type).collect())
}
