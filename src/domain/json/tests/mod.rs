mod damage;
mod documents;
mod edits;
mod numbers;
mod server;

use super::*;
use proptest::prelude::*;
use serde_json::Value as Json;

/// The bytes of a document given as text.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    parse(text).unwrap()
}

/// A document's bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    print(root(bytes).unwrap()).unwrap()
}

/// A decimal in the form in which the server prints it.
pub(crate) fn number() -> impl Strategy<Value = Json> {
    let whole = prop_oneof![4 => "(0|[1-9][0-9]{0,3})", 2 => "[1-9][0-9]{0,25}", 1 => "[1-9]0{0,40}"];
    let fraction = prop_oneof![3 => Just(String::new()), 2 => "\\.[0-9]{1,6}", 1 => "\\.0{0,80}[0-9]{1,20}"];
    (any::<bool>(), whole, fraction).prop_map(|(negative, whole, fraction)| {
        let digits = format!("{whole}{fraction}");
        let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = if negative && !is_zero { "-" } else { "" };
        serde_json::from_str(&format!("{sign}{digits}")).unwrap()
    })
}

/// Text with every kind of letter, quotes and control characters; never a zero byte, which jsonb cannot hold.
pub(crate) fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z]{0,12}",
        2 => "[а-яё €𝄞\"\\\\/\u{1}-\u{1f}\u{7f}]{0,10}",
        1 => "[a-z]{100,400}",
    ]
}

/// Documents of every shape, some with more children than one stride.
pub(crate) fn document() -> impl Strategy<Value = Json> {
    let leaf =
        prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), number(), words().prop_map(Json::from),];
    leaf.prop_recursive(5, 120, 40, |inner| {
        let key = prop_oneof![4 => "[a-h]{1,2}", 1 => words()];
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..8).prop_map(Json::from),
            1 => prop::collection::vec(inner.clone(), 30..80).prop_map(Json::from),
            3 => prop::collection::btree_map(key.clone(), inner.clone(), 0..8).prop_map(object),
            1 => prop::collection::btree_map(key, inner, 20..80).prop_map(object),
        ]
    })
}

fn object(pairs: std::collections::BTreeMap<String, Json>) -> Json {
    Json::Object(pairs.into_iter().collect())
}

/// What the server prints: an oracle that shares nothing with the codec.
pub(crate) fn server_text(json: &Json) -> String {
    match json {
        Json::Array(elements) => format!("[{}]", elements.iter().map(server_text).collect::<Vec<_>>().join(", ")),
        Json::Object(pairs) => {
            let mut pairs: Vec<_> = pairs.iter().collect();
            pairs.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            let pair =
                |(key, value): &(&String, &Json)| format!("{}: {}", Json::from(key.as_str()), server_text(value));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// A node that is built anew from top to bottom.
fn rebuilt<'a>(value: Value<'a>) -> Node<'a> {
    match value {
        Value::Null => Node::Null,
        Value::Bool(truth) => Node::from(truth),
        Value::Number(number) => Node::from(Decimal::parse(&number.to_string()).unwrap()),
        Value::String(text) => Node::from(text.to_owned()),
        Value::Array(array) => Node::array(array.iter().map(|element| rebuilt(element.unwrap()))),
        Value::Object(object) => Node::object(object.iter().map(|pair| {
            let (key, value) = pair.unwrap();
            (key.to_owned(), rebuilt(value))
        })),
    }
}

fn encoded(node: &Node) -> Vec<u8> {
    let mut out = Vec::new();
    encode(node, &mut out).unwrap();
    out
}
