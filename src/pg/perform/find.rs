//! `member.find`: every subscriber that a string may name, of whatever type (members.md 9.3).

use crate::domain::address::{AddrType, Address};
use crate::domain::error::Result;
use crate::domain::json::{Node, Value};
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::{self, reply};
use crate::domain::request::Request;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::resolve;
use crate::pg::spi::Session;
use crate::pg::store::address;

/// Performs a request: the list of `{id, addr_type, email}`, in the order of the types.
///
/// Errors: those of reading the request.
pub fn find(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, &["email"], &[])?;
    let warnings = std::mem::take(&mut request.warnings);
    let raw = request.required("email", request.identifier("email")?)?;
    let mut found = Vec::new();
    for addr_type in AddrType::ALL {
        if let Some((id, address)) = subscriber(session, &raw, *addr_type)? {
            found.push(reply::member(id, &address));
        }
    }
    Encoded::new(&reply(vec![("list", Node::array(found))], &warnings))
}

/// The subscriber a string names as this type; a string that is no identifier of the type names none.
fn subscriber(session: &Session, raw: &str, addr_type: AddrType) -> Result<Option<(i64, Address)>> {
    let Ok(target) = resolve::target(session, raw, Kind::Type(addr_type), &mut Vec::new()) else { return Ok(None) };
    let Target::Address(address) = target else { return Ok(None) };
    let known = address::by_address(session, &address);
    Ok(known.filter(|known| known.owner.is_some()).map(|known| (known.id, address)))
}
