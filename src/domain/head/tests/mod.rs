mod data;
mod model;
mod rules;
mod way_back;

use super::*;
use crate::domain::address::{AddrType, Address};
use crate::domain::datakey::{Limits, date::Now};
use crate::domain::json::tests::{bytes, text};
use crate::domain::json::{Object, Value, root};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value as Json;

fn now() -> Now {
    Now { instant: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC }
}

fn object(bytes: &[u8]) -> Object<'_> {
    root(bytes).unwrap().as_object().unwrap()
}

fn json(bytes: &[u8]) -> Json {
    serde_json::from_str(&text(bytes)).unwrap()
}

/// The identifier number `n`: an e-mail, a phone or a client's own id, in turn.
fn head(n: i64) -> Head {
    let addr_type = [AddrType::Email, AddrType::Msisdn, AddrType::Csid][n as usize % 3];
    Head { id: Some(n), address: Address { addr_type, value: format!("head-{n}") } }
}

fn person(dataset: i64, data: &str, heads: &[i64]) -> Person {
    Person::new(Some(dataset), 1, bytes(data), heads.iter().map(|n| head(*n)).collect())
}

/// The rule `data_rule` of a request.
fn with_rule<T>(rule: &str, work: impl FnOnce(&DataRule) -> T) -> T {
    let bytes = bytes(rule);
    let rule = DataRule::read(Some(object(&bytes)), &Limits::default()).unwrap();
    work(&rule)
}

fn value(bytes: &[u8]) -> Value<'_> {
    root(bytes).unwrap()
}
