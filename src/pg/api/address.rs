//! `email_normalize`, `phone_normalize`, `address_normalize`, `address_check` (shapes.md 2).

use crate::domain::address::{Address, Region, email, phone};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Node;
use crate::domain::reply::problems;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::guc;
use crate::pg::perform::resolve;
use crate::pg::spi::{Access, Session};

sql_function! { email_normalize => email_normalize_text }
sql_function! { phone_normalize => |call: &Call| phone_normalize_text(call, guc::default_region()) }
sql_function! { phone_normalize_in => |call: &Call| phone_normalize_text(call, region_of(call)) }
sql_function! { address_normalize => address_normalize_text }
sql_function! { address_check => address_check_text }

fn email_normalize_text(call: &Call) -> Result<Answer> {
    let Some(raw) = call.text(0) else { return Ok(Answer::Null) };
    Ok(Answer::text(&email::normalize(raw)?))
}

fn phone_normalize_text(call: &Call, region: Result<Region>) -> Result<Answer> {
    let Some(raw) = call.text(0) else { return Ok(Answer::Null) };
    Ok(Answer::text(&phone::normalize(raw, region?)?))
}

fn region_of(call: &Call) -> Result<Region> {
    Region::parse(call.text(1).unwrap_or_default())
}

fn address_normalize_text(call: &Call) -> Result<Answer> {
    let Some(raw) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Read);
    let address = resolve::address(&session, raw, call.text(1), &mut Vec::new())?;
    drop(session);
    let mut keys = named(&address);
    keys.push(("domain", address.domain().map_or(Node::Null, Node::from)));
    Answer::jsonb(&Node::object(keys))
}

fn address_check_text(call: &Call) -> Result<Answer> {
    let Some(raw) = call.text(0) else { return Ok(Answer::Null) };
    let session = Session::open(Access::Read);
    let mut warnings = Vec::new();
    let read = resolve::address(&session, raw, call.text(1), &mut warnings);
    drop(session);
    let keys = match &read {
        Ok(address) => accepted(address, &warnings),
        Err(refusal) => refused(refusal, raw, call.text(1)),
    };
    Answer::jsonb(&Node::object(keys))
}

fn named(address: &Address) -> Vec<(&'static str, Node<'_>)> {
    vec![("addr_type", Node::from(address.addr_type.as_str())), ("email", Node::from(address.value.as_str()))]
}

fn accepted<'a>(address: &'a Address, warnings: &[Error]) -> Vec<(&'static str, Node<'a>)> {
    let mut keys = named(address);
    keys.push(("syntax", Node::from("ok")));
    if !warnings.is_empty() {
        keys.push(("warnings", problems(warnings)));
    }
    keys
}

fn refused<'a>(refusal: &Error, raw: &str, addr_type: Option<&str>) -> Vec<(&'static str, Node<'a>)> {
    let read_as =
        if refusal.id == Id::AddrTypeUnknown { None } else { resolve::type_of(raw, addr_type).ok().flatten() };
    vec![
        ("addr_type", read_as.map_or(Node::Null, |addr_type| Node::from(addr_type.as_str()))),
        ("email", Node::Null),
        ("syntax", Node::from(refusal.id.as_str())),
    ]
}
