//! Writing a tree in the KD format; reading it gives the same tree.

use super::kd::{ADDR_TYPE, HEADS};
use super::literal::Bound;
use super::question::STATISTICS;
use super::test::{Relation, Test};
use super::tree::{Condition, Kind};
use crate::domain::json::Node;

/// A list of conditions.
pub fn written(conditions: &[Condition]) -> Node<'_> {
    Node::array(conditions.iter().map(condition))
}

fn condition(condition: &Condition) -> Node<'_> {
    let (a, op, v) = parts(&condition.kind);
    let op = match (condition.negated, op) {
        (false, op) => op.to_owned(),
        (true, "==") => "!=".to_owned(),
        (true, "eq") => "ne".to_owned(),
        (true, op) => format!("!{op}"),
    };
    let save = match &condition.kind {
        Kind::Has(has) => has.save.clone(),
        Kind::Statistics(question) => question.save.clone(),
        _ => None,
    };
    let keys = [
        ("a", a.map(Node::from)),
        ("op", Some(Node::from(op))),
        ("v", v),
        ("label", condition.label.clone().map(Node::from)),
        ("save", save.map(Node::from)),
    ];
    Node::object(keys.into_iter().filter_map(|(key, value)| Some((key, value?))))
}

/// `a`, the operator without its negation, `v`.
fn parts(kind: &Kind) -> (Option<String>, &'static str, Option<Node<'_>>) {
    match kind {
        Kind::All(conditions) => (None, "and", Some(written(conditions))),
        Kind::Any(conditions) => (None, "or", Some(written(conditions))),
        Kind::Heads(relation, number) => (Some(HEADS.to_owned()), by_value(*relation), Some(Node::from(*number))),
        Kind::OwnsHead(addr_type) => (Some(ADDR_TYPE.to_owned()), "eq", Some(Node::from(addr_type.as_str()))),
        Kind::InGroup(gids) => (None, "in_group", Some(texts(gids.iter().map(String::as_str)))),
        Kind::Has(has) => (Some(has.place.to_string()), "has", Some(written(&has.each))),
        Kind::Statistics(question) => (Some(STATISTICS.to_owned()), "has", Some(question.to_node())),
        Kind::Test(attr, test) => {
            let (op, v) = of_test(test);
            (Some(attr.to_string()), op, v)
        }
    }
}

fn of_test(test: &Test) -> (&'static str, Option<Node<'static>>) {
    let text = |text: &str| Some(Node::from(text.to_owned()));
    match test {
        Test::Value(relation, bound) => (by_value(*relation), text(bound.written())),
        Test::Bytes(relation, bound) => (by_bytes(*relation), text(bound.written())),
        Test::In(bounds) => ("in", Some(texts(bounds.iter().map(Bound::written)))),
        Test::Like(pattern) => ("like", text(pattern.written())),
        Test::Prefix(prefix) => ("^=", text(prefix)),
        Test::Suffix(suffix) => ("$=", text(suffix)),
        Test::Regexp(pattern) => ("rx", text(pattern.written())),
        Test::Null => ("is_null", None),
        Test::Empty => ("empty", None),
        Test::Exists => ("exists", None),
    }
}

fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Node<'static> {
    Node::array(texts.map(|text| Node::from(text.to_owned())))
}

fn by_value(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "==",
        Relation::Less => "<",
        Relation::LessOrEqual => "<=",
        Relation::Greater => ">",
        Relation::GreaterOrEqual => ">=",
    }
}

fn by_bytes(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "eq",
        Relation::Less => "lt",
        Relation::LessOrEqual => "le",
        Relation::Greater => "gt",
        Relation::GreaterOrEqual => "ge",
    }
}
