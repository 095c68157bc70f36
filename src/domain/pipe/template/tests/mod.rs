//! The language: tables of what is written and what it gives, and an independent renderer to agree with.

mod against_model;
mod forms;
mod texts;

use super::*;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::scope::Scope;

/// A document written as JSON.
pub(super) fn json(text: &str) -> Data {
    Data::from_json(serde_json::from_str(text).unwrap())
}

/// A scope with something of every kind in it.
pub(super) fn scope() -> Scope {
    Scope::read(json(
        r#"{
            "in": {"c_id": 973, "name": "Аня", "rate": 1.10, "big": 123456789012345678901234567890, "yes": true,
                   "nothing": null, "trap": "$in.name \\$ ${in.c_id} $$in.list", "list": [1, "two", null],
                   "data": {"items": [{"id": 7, "sub": {"n": [5]}}, {"id": "b"}], "a-b": "dash"},
                   "text_bytes": {"$bytes": "aGk="}, "raw_bytes": {"$bytes": "/w=="}},
            "origin": {"send_message_id": "s1"},
            "template": {"file": {"name": "a.png"}, "files": [{"name": "b.png"}, {"name": "c.png"}], "none": null},
            "campaign": {"segment": [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}]},
            "camp_schedule": {"start_time": "2026-11-22T10:00:00Z"},
            "now": "2026-11-22T16:00:00Z"
        }"#,
    ))
    .unwrap()
}
