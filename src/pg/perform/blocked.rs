//! `blocked_value.*`: identifiers that never join subscribers.

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::head::{Blocked, Pattern};
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::blocked_value::{self, Entry};

const KNOWN: &[&str] = &["value", "kind", "addr_type"];

/// `blocked_value.list`: `{"list": [{"value", "kind", "addr_type"}]}`. Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let rows = blocked_value::list(session).into_iter().map(|entry| {
        Node::object([
            ("value", Node::from(entry.value)),
            ("kind", Node::from(entry.kind)),
            ("addr_type", Node::from(entry.addr_type)),
        ])
    });
    Encoded::new(&reply(vec![("list", Node::array(rows))], &request.warnings))
}

/// `blocked_value.create {value, kind?, addr_type?}`: `{"created": 0|1}`.
///
/// Errors: `error/param/missing`, `error/blocked/pattern`, `error/addr_type/unknown`.
pub fn create(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, KNOWN, &[])?;
    let created = blocked_value::add(session, &entry(&request)?);
    Encoded::new(&reply(vec![("created", Node::from(i64::from(created)))], &request.warnings))
}

/// `blocked_value.delete {value, kind?, addr_type?}`: `{"deleted": 0|1}`. Errors: as [`create`].
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, KNOWN, &[])?;
    let deleted = blocked_value::remove(session, &entry(&request)?);
    Encoded::new(&reply(vec![("deleted", Node::from(i64::from(deleted)))], &request.warnings))
}

fn entry<'a>(request: &Request<'a>) -> Result<Entry<'a>> {
    let value = request.required("value", request.text("value")?)?;
    let kind = Pattern::parse(request.text("kind")?)?;
    let addr_type = match request.text("addr_type")? {
        None | Some("") => None,
        Some(name) => Some(AddrType::parse(name).ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type"))?),
    };
    Blocked::new(value, kind, addr_type)?;
    let kind = if kind == Pattern::Regexp { "regexp" } else { "literal" };
    Ok(Entry { value, kind, addr_type: addr_type.map_or("", |addr_type| addr_type.as_str()) })
}
