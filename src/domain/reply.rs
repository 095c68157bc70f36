//! Writing a reply: the keys of the specification, and `warnings` where there are any (shapes.md 3).

use crate::domain::address::Address;
use crate::domain::error::Error;
use crate::domain::json::{Decimal, Node};
use std::time::Duration;

/// A reply with these keys, and the warnings if there are any.
pub fn reply<'a>(mut keys: Vec<(&'a str, Node<'a>)>, warnings: &[Error]) -> Node<'a> {
    if !warnings.is_empty() {
        keys.push(("warnings", problems(warnings)));
    }
    Node::object(keys)
}

/// Errors or warnings as data: `[{"id", "explain"}]`.
pub fn problems<'a>(errors: &[Error]) -> Node<'a> {
    Node::array(errors.iter().map(|error| {
        Node::object([("id", Node::from(error.id.as_str())), ("explain", Node::from(error.explain.clone()))])
    }))
}

/// A span of time as a number of seconds with six decimals.
pub fn seconds<'a>(span: Duration) -> Node<'a> {
    Decimal::parse(&format!("{}.{:06}", span.as_secs(), span.subsec_micros())).map_or(Node::Null, Node::from)
}

/// `{"id", "email", "addr_type"}`: how replies name an identifier.
pub fn member<'a>(id: i64, address: &Address) -> Node<'a> {
    Node::object([
        ("id", Node::from(id)),
        ("email", Node::from(address.value.clone())),
        ("addr_type", Node::from(address.addr_type.as_str())),
    ])
}

/// `{"id", "email", "addr_type", "dataset"}`: an identifier with its body, null for one of nobody.
pub fn head<'a>(id: Option<i64>, address: &Address, dataset: Option<i64>) -> Node<'a> {
    Node::object([
        ("id", Node::from(id)),
        ("email", Node::from(address.value.clone())),
        ("addr_type", Node::from(address.addr_type.as_str())),
        ("dataset", Node::from(dataset)),
    ])
}
