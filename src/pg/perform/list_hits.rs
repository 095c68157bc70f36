//! What the hits of a filter show in `member.list` (members.md 12.4).

use crate::domain::error::Result;
use crate::domain::group::Hits;
use crate::domain::json::{self, Node};
use std::collections::BTreeMap;

/// `save`: by its code the places of elements, and the rows of questions to the statistics. Errors: `error/json/corrupt`.
pub fn saves(hits: &Hits) -> Result<Node<'_>> {
    let mut saves: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for (code, places) in &hits.saves {
        saves.entry(code).or_default().extend(places.iter().map(|place| Node::from(place.as_str())));
    }
    for (code, rows) in &hits.rows {
        let found = saves.entry(code).or_default();
        for row in rows {
            found.push(Node::from(json::root(row)?));
        }
    }
    Ok(Node::object(saves.into_iter().map(|(code, found)| (code, Node::array(found)))))
}

/// A column `{save, datakey}`: what `below` gives of each place, and what each row has under the name; null where the code
/// collected nothing.
///
/// Errors: `error/json/corrupt`, those of `below`.
pub fn saved<'n>(hits: &'n Hits, code: &str, name: &str, below: impl Fn(&str) -> Result<Node<'n>>) -> Result<Node<'n>> {
    let (places, rows) = (hits.saves.get(code), hits.rows.get(code));
    if places.is_none() && rows.is_none() {
        return Ok(Node::Null);
    }
    let mut values = Vec::new();
    for place in places.into_iter().flatten() {
        values.push(below(place)?);
    }
    for row in rows.into_iter().flatten() {
        let value = json::root(row)?.as_object().unwrap_or_default().get(name)?;
        values.push(value.map_or(Node::Null, Node::from));
    }
    Ok(Node::array(values))
}

/// `label`: by its name the value. Errors: `error/json/corrupt`.
pub fn labels(hits: &Hits) -> Result<Node<'_>> {
    let mut labels = Vec::new();
    for (name, value) in &hits.labels {
        labels.push((name.as_str(), Node::from(json::root(value)?)));
    }
    Ok(Node::object(labels))
}
