//! The head and body a call works on, and the system document of a head.

use crate::domain::error::Result;
use crate::domain::json;
use crate::domain::member::system::{self, Body, Head};
use crate::pg::guc;
use crate::pg::spi::Session;
use crate::pg::store::{delivery_error, group};

/// The bytes of the document `{"member", "-group"}` of one head. Errors: `error/json/limit`, `error/param/wrong`.
pub fn document(session: &Session, body: &Body, head: &Head) -> Result<Vec<u8>> {
    let error = delivery_error::read(session, &head.address);
    let groups = group::of_head(session, body.dataset, head.id);
    let mut bytes = Vec::with_capacity(1024);
    json::encode(&system::document(body, head, &error, &groups, &guc::time_zone()?), &mut bytes)?;
    Ok(bytes)
}
