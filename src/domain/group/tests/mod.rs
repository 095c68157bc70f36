//! Filters against tables of the specification, against a slow reading of it, and against themselves.

use super::*;
use crate::domain;
use crate::domain::address::AddrType;
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::tests::{bytes, text};
use crate::domain::json::{encoded, root};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::HashMap;

mod against_model;
mod compiled;
mod figures;
mod formats;
mod model;
mod refusals;
mod rules;
mod statistics;
mod words;

// Shared with the tests that ask a server.
#[path = "../../../../tests/support/random_filter.rs"]
mod random_filter;

fn now() -> Now {
    let instant: Timestamp = "2024-05-02T09:30:00Z".parse().unwrap();
    Now { instant, zone: crate::domain::time::zone("Europe/Moscow").unwrap() }
}

fn read(filter: &Json) -> Result<Filter> {
    Filter::read(root(&bytes(&filter.to_string())).unwrap(), &Limits::default())
}

fn matcher(filter: &Json) -> Matcher {
    read(filter).unwrap_or_else(|error| panic!("{filter}: {error:?}")).at(&now()).unwrap()
}

/// Whether data meet a filter about data.
fn meets(data: &Json, filter: &Json) -> bool {
    matcher(filter).evaluate_data(root(&bytes(&data.to_string())).unwrap()).unwrap()
}

fn refusal(filter: &Json) -> Error {
    read(filter).expect_err(&filter.to_string())
}

/// The filter as it is written.
fn written(filter: &Filter) -> Json {
    serde_json::from_str(&text(&encoded(&filter.to_node()).unwrap())).unwrap()
}
