//! Made-up data of an event, to try a hook with (pipelines-and-hooks.md 10.6).

use crate::domain::json::{Decimal, Node};

/// The form of a value in `event_data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
    /// A truth value.
    Bool,
    /// An object.
    Object,
    /// A list.
    List,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [Kind::Text, Kind::Int, Kind::Float, Kind::Bool, Kind::Object, Kind::List];

    /// Its name in the dictionary of event types.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Bool => "bool",
            Kind::Object => "object",
            Kind::List => "list",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// A value of this kind.
    fn value(self) -> Node<'static> {
        match self {
            Kind::Text => Node::from(""),
            Kind::Int => Node::from(1),
            // Scale and digits of any such number: no float is involved.
            Kind::Float => Decimal::parse("0.5").map_or(Node::Null, Node::from),
            Kind::Bool => Node::from(false),
            Kind::Object => Node::object::<&str>([]),
            Kind::List => Node::array([]),
        }
    }
}

/// Texts that a receiver may want to take apart: addresses and names that are reserved for examples.
const TEXTS: [(&str, &str); 8] = [
    ("ip", "192.0.2.1"),
    ("country", ".ru"),
    ("tz", "Europe/Moscow"),
    ("link_url", "https://www.example.com/"),
    ("url", "https://www.example.com/"),
    ("device", "web"),
    ("dsn", "5.1.1"),
    ("channel", "email"),
];

/// A sample of `event_data` with these keys.
pub fn sample<'k>(keys: impl IntoIterator<Item = (&'k str, Kind)>) -> Node<'k> {
    Node::object(keys.into_iter().map(|(key, kind)| {
        let text = TEXTS.into_iter().find(|(known, _)| kind == Kind::Text && *known == key);
        (key, text.map_or_else(|| kind.value(), |(_, text)| Node::from(text)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::encoded;
    use crate::domain::json::tests::text;

    #[test]
    fn every_key_has_a_value_of_its_kind() {
        let keys = [
            ("ip", Kind::Text),
            ("os", Kind::Text),
            ("url", Kind::Int),
            ("lat", Kind::Float),
            ("new", Kind::Bool),
            ("form", Kind::Object),
            ("lists", Kind::List),
        ];
        let expected = r#"{"ip": "192.0.2.1", "os": "", "lat": 0.5, "new": false, "url": 1, "form": {}, "lists": []}"#;
        assert_eq!(text(&encoded(&sample(keys)).unwrap()), expected);
        assert_eq!(text(&encoded(&sample([])).unwrap()), "{}");
    }

    #[test]
    fn kinds_are_known_by_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("date"), None);
    }
}
