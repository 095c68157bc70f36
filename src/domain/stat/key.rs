//! What can be asked about: keys of the system, and of events of six kinds.

use crate::domain::datakey::Path;
use crate::domain::group::system_key::{Column, system_key};

/// A kind of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A message was handed over.
    Issue,
    /// It was delivered.
    Deliv,
    /// It was opened.
    Read,
    /// A link in it was followed.
    Click,
    /// The subscriber opted out.
    Unsub,
    /// It was not delivered.
    Error,
}

impl EventKind {
    /// All of them.
    pub const ALL: [EventKind; 6] =
        [EventKind::Issue, EventKind::Deliv, EventKind::Read, EventKind::Click, EventKind::Unsub, EventKind::Error];

    /// Its word, which is its alias in SQL too.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::Issue => "issue",
            EventKind::Deliv => "deliv",
            EventKind::Read => "read",
            EventKind::Click => "click",
            EventKind::Unsub => "unsub",
            EventKind::Error => "error",
        }
    }

    /// The types of events that are of this kind; so are those of channels' own that are based on them.
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            EventKind::Issue => &["send", "send_sms", "send_push"],
            EventKind::Deliv => &["deliv", "deliv_sms", "deliv_push"],
            EventKind::Read => &["open", "open_push", "read"],
            EventKind::Click => &["click", "click_sms", "click_push"],
            EventKind::Unsub => &["unsub", "unsub_sms", "unsub_push"],
            EventKind::Error => &["hbounce", "sbounce", "undeliv_sms", "undeliv_push"],
        }
    }

    fn parse(word: &str) -> Option<EventKind> {
        EventKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    fn columns(self) -> &'static [(&'static str, Column); 5] {
        match self {
            EventKind::Issue => &ISSUE,
            EventKind::Deliv => &DELIV,
            EventKind::Read => &READ,
            EventKind::Click => &CLICK,
            EventKind::Unsub => &UNSUB,
            EventKind::Error => &ERROR,
        }
    }
}

/// A value of the event's own data, which may stand beside it too.
macro_rules! data {
    ($alias:literal, $key:literal) => {
        Column::Text(concat!(
            "COALESCE(",
            $alias,
            ".body OPERATOR(pg_catalog.#>>) '{event_data,",
            $key,
            "}', ",
            $alias,
            ".body OPERATOR(pg_catalog.->>) '",
            $key,
            "')"
        ))
    };
}

macro_rules! columns {
    ($name:ident, $alias:literal) => {
        const $name: [(&str, Column); 5] = [
            ("dt", Column::Instant(concat!($alias, ".at"))),
            ("issue.id", data!($alias, "launch_id")),
            ("letter.id", data!($alias, "message_id")),
            ("link.url", data!($alias, "link_url")),
            ("member.id", Column::Integer(concat!($alias, ".address_id"))),
        ];
    };
}

columns!(ISSUE, "issue");
columns!(DELIV, "deliv");
columns!(READ, "read");
columns!(CLICK, "click");
columns!(UNSUB, "unsub");
columns!(ERROR, "error");

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The kind of events that it is of; none for a key of the system.
    pub kind: Option<EventKind>,
    /// Where SQL reads it.
    pub column: Column,
}

impl Key {
    /// The key of an event that a path names: `click.issue.id`. The launch of a message handed over is `issue.id` too.
    pub fn of_event(name: &str) -> Option<Key> {
        let (kind, rest) = name.split_once('.')?;
        let kind = EventKind::parse(kind)?;
        let rest = if kind == EventKind::Issue && rest == "id" { "issue.id" } else { rest };
        let (_, column) = kind.columns().iter().find(|(key, _)| *key == rest)?;
        Some(Key { kind: Some(kind), column: *column })
    }

    /// The key that a path names.
    pub fn of(path: &Path) -> Option<Key> {
        let of_system = || system_key(path).map(|key| Key { kind: None, column: key.column });
        Key::of_event(&path.to_string()).or_else(of_system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_same_keys() {
        for kind in EventKind::ALL {
            for key in ["dt", "issue.id", "letter.id", "link.url", "member.id"] {
                let found = Key::of_event(&format!("{}.{key}", kind.as_str())).unwrap();
                assert_eq!(found.kind, Some(kind));
                let (Column::Text(sql) | Column::Integer(sql) | Column::Instant(sql)) = found.column;
                assert!(sql.contains(&format!("{}.", kind.as_str())), "{sql}");
            }
        }
        assert_eq!(Key::of_event("issue.id"), Key::of_event("issue.issue.id"));
        for other in ["click", "click.", "click.at", "send.dt", "click.dt.x", "member.id"] {
            assert_eq!(Key::of_event(other), None, "{other}");
        }
    }
}
