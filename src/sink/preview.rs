//! What an attempt sends, for people who look at it: the same addresses, headers and bytes, its secrets hidden.

use super::wire::USER_AGENT;
use super::{Item, Parcel, http, kafka, rabbit};
use crate::domain::hook::transport::{Auth, Http, Kafka, Transport};
use crate::domain::hook::{MASK, shown_header};
use crate::domain::json::Node;

/// The request of a parcel at this time, in Unix seconds: `{method, url, headers, body}`; to a broker `{messages}`.
pub fn request<'a>(transport: &'a Transport, parcel: &'a Parcel, now: i64) -> Node<'a> {
    match transport {
        Transport::Http(settings) => post(settings, parcel, now),
        Transport::Queue(queue) => messages(parcel, |item| routed("", queue.name(item).to_owned(), item)),
        Transport::Exchange(exchange) => {
            messages(parcel, |item| routed(&exchange.exchange, rabbit::routing_key(parcel.db_id, item), item))
        }
        Transport::Kafka(settings) => messages(parcel, |item| record(settings, parcel, item)),
    }
}

fn post<'a>(settings: &'a Http, parcel: &'a Parcel, now: i64) -> Node<'a> {
    let body = http::array(parcel);
    let own = settings.headers.iter().map(|(name, value)| (name.as_str(), shown_header(name, value, true)));
    let proof = http::proof(&settings.signing_secrets, parcel, now, &body);
    let mut headers = vec![("content-type", Node::from("application/json")), ("user-agent", Node::from(USER_AGENT))];
    headers.extend(own);
    headers.extend(proof.into_iter().map(|(name, value)| (name, Node::from(value))));
    if settings.auth != Auth::None {
        headers.push(("authorization", Node::from(MASK)));
    }
    Node::object([
        ("method", Node::from("POST")),
        ("url", Node::from(settings.url.as_str())),
        ("headers", Node::object(headers)),
        ("body", Node::from(body)),
    ])
}

fn messages<'a>(parcel: &'a Parcel, message: impl Fn(&'a Item) -> Node<'a>) -> Node<'a> {
    Node::object([("messages", Node::array(parcel.items.iter().map(message)))])
}

fn routed<'a>(exchange: &'a str, key: String, item: &'a Item) -> Node<'a> {
    let properties = Node::object([
        ("content_type", Node::from(rabbit::CONTENT_TYPE)),
        ("delivery_mode", Node::from(i64::from(rabbit::PERSISTENT))),
        ("message_id", Node::from(item.id.as_str())),
        ("timestamp", Node::from(item.at)),
    ]);
    Node::object([
        ("exchange", Node::from(exchange)),
        ("routing_key", Node::from(key)),
        ("properties", properties),
        ("body", Node::from(item.json.as_str())),
    ])
}

fn record<'a>(settings: &Kafka, parcel: &Parcel, item: &'a Item) -> Node<'a> {
    Node::object([
        ("topic", Node::from(kafka::topic(settings, parcel, item))),
        ("key", Node::from(kafka::key(settings, parcel, item))),
        ("headers", Node::object(kafka::headers(item).map(|(name, value)| (name, Node::from(value))))),
        ("body", Node::from(item.json.as_str())),
    ])
}
