//! What a step shows in the trace.

use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::demand::{Demand, Payload};
use crate::domain::pipe::pipes::{Pipe, Work};
use crate::domain::pipe::trace::MASK;
use std::collections::BTreeMap;

/// Headers by which a caller shows who it is: their values are not shown, whether a secret field or the pipe itself says
/// them.
const PROOFS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// What a demand shows in the trace.
pub fn shown(demand: &Demand) -> Data {
    match demand {
        Demand::Http(request) => Data::object([
            ("url", Data::from(request.url.as_str())),
            (
                "headers",
                Data::object(request.headers.iter().map(|(name, value)| (name, Data::from(header(name, value))))),
            ),
            (
                "content",
                match &request.content {
                    Payload::Form(pairs) | Payload::Parts(pairs) => of_fields(pairs),
                    Payload::Body { bytes, .. } => bytes.clone().map_or(Data::Null, Data::Bytes),
                },
            ),
        ]),
        Demand::Sql(query) => {
            Data::object([("query", Data::from(query.text.as_str())), ("values", Data::List(query.values.clone()))])
        }
        Demand::StoreSet { table, key, value, .. } => Data::object([
            ("table", Data::from(table.as_str())),
            ("key", Data::from(key.as_str())),
            ("value", value.clone()),
        ]),
        Demand::StoreGet { table, key, .. } => {
            Data::object([("table", Data::from(table.as_str())), ("key", Data::from(key.as_str()))])
        }
        Demand::Log { message, .. } => Data::object([("message", Data::from(message.as_str()))]),
        Demand::Event(event) => Data::object([
            ("event_type", Data::from(event.code.name())),
            ("send_message_id", Data::from(event.send_message_id.as_str())),
            ("rest", Data::Object(event.rest.clone())),
        ]),
        Demand::Schedule { document, .. } => document.clone(),
        Demand::KeepBack(reason) => Data::from(*reason),
    }
}

/// The value of a header as it is shown.
fn header<'a>(name: &str, value: &'a str) -> &'a str {
    if PROOFS.iter().any(|proof| name.eq_ignore_ascii_case(proof)) { MASK } else { value }
}

/// Fields as an object: those of one name as a list.
fn of_fields(fields: &[(String, Data)]) -> Data {
    let mut shown: BTreeMap<&str, Vec<Data>> = BTreeMap::new();
    for (name, value) in fields {
        shown.entry(name).or_default().push(value.clone());
    }
    Data::object(shown.into_iter().map(|(name, mut values)| match values.len() {
        1 => (name, values.remove(0)),
        _ => (name, Data::List(values)),
    }))
}

/// What a pipe gave, for the trace.
pub fn given(pipe: &Pipe, input: &Object) -> Data {
    let keys: &[&str] = match &pipe.work {
        Work::Pack { .. } => &["body"],
        Work::Unpack { .. } => &["data"],
        Work::Http(_) => &["http_code", "body"],
        Work::Sql(_) => &["sql_query"],
        Work::StoreGet { name: Some(name), .. } => return input.get(name).cloned().unwrap_or_default(),
        _ => &[],
    };
    if keys.is_empty() {
        return Data::Null;
    }
    Data::object(keys.iter().filter_map(|key| input.get(*key).map(|value| (*key, value.clone()))))
}
