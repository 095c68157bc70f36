//! The head and body a call works on, and the system document of a head.

use crate::domain::address::AddrType;
use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use crate::domain::member::get::Selection;
use crate::domain::member::select::select;
use crate::domain::member::system::{self, Body, Head};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::{body, delivery_error, group, head, head_state};

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
    let groups = group::of_head(session, body.dataset, head.id);
    if matches!(head.address.addr_type, AddrType::Vk | AddrType::Tg | AddrType::Max) {
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
    let (Some((body, data)), Some(head)) = (body::read(session, dataset)?, head::read(session, dataset, id)?) else {
        return Ok(None);
    };
    let system = document(session, &body, &head)?;
    Encoded::new(&select(data, json::root(&system)?.as_object(), &Selection::All)?).map(Some)
}
