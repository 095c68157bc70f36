//! What travels through a pipeline: JSON with exact numbers, and bytes (pipelines-and-hooks.md 4.3, 13.3).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The key that bytes are stored under.
const BYTES: &str = "$bytes";

/// An object: keys in the order of their bytes.
pub type Object = BTreeMap<String, Data>;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An exact decimal, with the digits that it was written with.
    Number(Number),
    /// A text.
    Text(String),
    /// Bytes: a body to send, an answer that has come. Stored as `{"$bytes": "<base64>"}`.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Vec<Data>),
    /// An object.
    Object(Object),
}

impl Data {
    /// A document as it is stored. Errors: `error/json/corrupt`, `error/json/syntax` for one that is too deep.
    pub fn open(stored: Value) -> Result<Data> {
        let mut text = String::new();
        json::compact(stored, &mut text)?;
        let deep = |_| Error::new(Id::JsonSyntax, "the document is deeper than 127 levels");
        serde_json::from_str(&text).map(Data::from_json).map_err(deep)
    }

    /// The document as jsonb, in its stored form. Errors: `error/json/syntax` for what jsonb cannot hold,
    /// `error/json/limit`.
    pub fn stored(self) -> Result<Vec<u8>> {
        json::parse(&self.into_json().to_string())
    }

    /// JSON, with stored bytes as bytes.
    pub fn from_json(json: Json) -> Data {
        match json {
            Json::Null => Data::Null,
            Json::Bool(truth) => Data::Bool(truth),
            Json::Number(number) => Data::Number(number),
            Json::String(text) => Data::Text(text),
            Json::Array(items) => Data::List(items.into_iter().map(Data::from_json).collect()),
            Json::Object(pairs) => bytes_of(&pairs).unwrap_or_else(|| {
                Data::Object(pairs.into_iter().map(|(key, value)| (key, Data::from_json(value))).collect())
            }),
        }
    }

    /// JSON, bytes in their stored form.
    pub fn into_json(self) -> Json {
        match self {
            Data::Null => Json::Null,
            Data::Bool(truth) => Json::Bool(truth),
            Data::Number(number) => Json::Number(number),
            Data::Text(text) => Json::String(text),
            Data::Bytes(bytes) => Json::Object(Map::from_iter([(BYTES.to_owned(), STANDARD.encode(bytes).into())])),
            Data::List(items) => Json::Array(items.into_iter().map(Data::into_json).collect()),
            Data::Object(pairs) => {
                Json::Object(pairs.into_iter().map(|(key, value)| (key, value.into_json())).collect())
            }
        }
    }

    /// An object of these pairs.
    pub fn object<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Data)>) -> Data {
        Data::Object(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// What stands under this key, if it is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Data> {
        match self {
            Data::Object(pairs) => pairs.get(key),
            _ => None,
        }
    }

    /// What it is, for messages: `a text`.
    pub fn kind(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a text",
            Data::Bytes(_) => "bytes",
            Data::List(_) => "a list",
            Data::Object(_) => "an object",
        }
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Data {
        Data::Text(text.to_owned())
    }
}

impl From<String> for Data {
    fn from(text: String) -> Data {
        Data::Text(text)
    }
}

impl From<i64> for Data {
    fn from(number: i64) -> Data {
        Data::Number(number.into())
    }
}

/// The bytes that this object stands for, if it does.
fn bytes_of(pairs: &Map<String, Json>) -> Option<Data> {
    let text = pairs.get(BYTES).filter(|_| pairs.len() == 1)?.as_str()?;
    STANDARD.decode(text).ok().map(|bytes| Data::Bytes(bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn through_storage(data: Data) -> Data {
        let stored = data.stored().unwrap();
        Data::open(json::root(&stored).unwrap()).unwrap()
    }

    #[test]
    fn what_is_stored_comes_back() {
        let text = r#"{"n":1.10,"big":123456789012345678901234567890,"list":[null,true,"x"],"body":{"$bytes":"AAH/"}}"#;
        let data = Data::from_json(serde_json::from_str(text).unwrap());
        assert_eq!(data.get("body"), Some(&Data::Bytes(vec![0, 1, 255].into())));
        assert_eq!(through_storage(data.clone()), data);
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        for (depth, is_taken) in [(127, true), (128, false), (1000, false)] {
            let mut stored = json::Node::from(json::Value::Null);
            for _ in 0..depth {
                stored = json::Node::array([stored]);
            }
            let stored = json::encoded(&stored).unwrap();
            assert_eq!(Data::open(json::root(&stored).unwrap()).is_ok(), is_taken, "{depth}");
        }
    }

    #[test]
    fn an_object_that_only_looks_like_bytes_stays_an_object() {
        for json in [json!({"$bytes": 1}), json!({"$bytes": "?"}), json!({"$bytes": "", "more": 1})] {
            assert_eq!(Data::from_json(json.clone()).kind(), "an object", "{json}");
            assert_eq!(Data::from_json(json.clone()).into_json(), json);
        }
    }
}
