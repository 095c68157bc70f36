//! Conditions on registered datakeys: sets of datasets, read from `member.attr_value` by its indexes.
//!
//! A row of the table is a scalar (`value`, and `number` where it looks like one), a null, or says that the value is in
//! the document alone: a list, an object, a long text. No row means that nothing stands there. So every test is a set
//! or, where it is true of what is not there, the outside of one.

use super::column::texts;
use super::sets::Sql;
use super::walk::{Walk, is_plain, operator};
use crate::domain::error::Result;
use crate::domain::group::attr::Attr;
use crate::domain::group::literal::Bound;
use crate::domain::group::test::{Relation, Test};
use crate::domain::group::tree::{Condition, Kind};

/// A test of the value at a registered path; `leaf` is the condition as it is asked in functions.
pub fn test(walk: &mut Walk, path: &str, attr: &Attr, test: &Test, leaf: &Condition) -> Result<Sql> {
    let path = walk.params.text(path);
    if !is_plain(attr) {
        return on_aspect(walk, &path, attr, test, leaf);
    }
    let rows = match test {
        Test::Exists => return Ok(Sql::Inside(rows(&path, "true"))),
        Test::Null => return Ok(Sql::Outside(rows(&path, "a.kind OPERATOR(pg_catalog.<>) 'n'"))),
        Test::Empty => {
            let some = Condition { negated: true, ..leaf.clone() };
            let full = rows(&path, "a.value OPERATOR(pg_catalog.<>) ''");
            return Ok(Sql::Outside(format!("{full} UNION ALL {}", documents(walk, &path, &some)?)));
        }
        Test::Value(relation, bound) if bound.literal().is_number() => by_value(walk, &path, *relation, bound),
        Test::Value(relation, bound) | Test::Bytes(relation, bound) => by_bytes(walk, &path, *relation, bound),
        Test::In(bounds) => {
            let texts = texts(walk, bounds);
            rows(&path, &format!("a.value OPERATOR(pg_catalog.=) ANY ({texts})"))
        }
        Test::Prefix(prefix) => {
            let range = range(walk, prefix);
            rows(&path, &range)
        }
        Test::Like(pattern) => {
            let range = range(walk, &pattern.prefix());
            let leaf = walk.leaf(leaf)?;
            rows(&path, &format!("{range} AND member.filter_text({leaf}, a.value)"))
        }
        Test::Suffix(_) | Test::Regexp(_) => tested(walk, &path, leaf)?,
    };
    Ok(Sql::Inside(format!("{rows} UNION ALL {}", documents(walk, &path, leaf)?)))
}

/// A condition on what only documents hold: `has`, and the size of a value.
pub fn in_documents(walk: &mut Walk, path: &str, leaf: &Condition) -> Result<Sql> {
    Ok(Sql::Inside(documents(walk, path, leaf)?))
}

/// A test of a date or a size. What is none is absent; a date is always a short text, a size always in the document.
fn on_aspect(walk: &mut Walk, path: &str, attr: &Attr, test: &Test, leaf: &Condition) -> Result<Sql> {
    // Neither dates nor sizes are null or empty: these ask whether there is one.
    let is_absence = matches!(test, Test::Null | Test::Empty);
    let exists = || Condition { kind: Kind::Test(attr.clone(), Test::Exists), negated: false, label: None };
    let leaf = if is_absence { exists() } else { leaf.clone() };
    let query = match attr.precision() {
        Some(_) => tested(walk, path, &leaf)?,
        None => documents(walk, path, &leaf)?,
    };
    Ok(Sql::Inside(query).negated(is_absence))
}

/// The datasets whose row at the path meets a condition over `a`.
fn rows(path: &str, condition: &str) -> String {
    format!("SELECT a.dataset FROM member.attr_value a WHERE a.path OPERATOR(pg_catalog.=) {path} AND {condition}")
}

/// Those whose text a function accepts.
fn tested(walk: &mut Walk, path: &str, leaf: &Condition) -> Result<String> {
    let leaf = walk.leaf(leaf)?;
    Ok(rows(path, &format!("a.value IS NOT NULL AND member.filter_text({leaf}, a.value)")))
}

/// Those whose value is in the document alone, where a function accepts the document. Each is looked up by itself: there
/// are few as a rule, and a join could make the planner read every body.
fn documents(walk: &mut Walk, path: &str, leaf: &Condition) -> Result<String> {
    let leaf = walk.leaf(leaf)?;
    let document = "(SELECT d.data FROM member.body d WHERE d.dataset OPERATOR(pg_catalog.=) a.dataset)";
    let condition =
        format!("a.value IS NULL AND a.kind OPERATOR(pg_catalog.=) 'c' AND member.filter_match({leaf}, {document})");
    Ok(rows(path, &condition))
}

/// Compared with a number: numbers by value, other texts by bytes. No other text has the same bytes.
fn by_value(walk: &mut Walk, path: &str, relation: Relation, bound: &Bound) -> String {
    let number = walk.params.number(bound.literal().text());
    let numbers = rows(path, &format!("a.number {} {number}", operator(relation)));
    if relation == Relation::Equal {
        return numbers;
    }
    let text = walk.params.text(bound.literal().text());
    let others = rows(path, &format!("a.value {} {text} AND a.number IS NULL", operator(relation)));
    format!("{numbers} UNION ALL {others}")
}

fn by_bytes(walk: &mut Walk, path: &str, relation: Relation, bound: &Bound) -> String {
    let text = walk.params.text(bound.literal().text());
    rows(path, &format!("a.value {} {text}", operator(relation)))
}

/// The texts that begin with a prefix: from it up to the first text that is greater than all of them.
fn range(walk: &mut Walk, prefix: &str) -> String {
    let from = walk.params.text(prefix);
    let from = format!("a.value OPERATOR(pg_catalog.>=) {from}");
    match next_prefix(prefix) {
        Some(next) => {
            let next = walk.params.text(&next);
            format!("{from} AND a.value OPERATOR(pg_catalog.<) {next}")
        }
        None => from,
    }
}

/// The least text that is greater than every text that begins with this one; none where there is no such text. The order
/// of UTF-8's bytes is that of its characters.
fn next_prefix(prefix: &str) -> Option<String> {
    let mut next = prefix.to_owned();
    while let Some(last) = next.pop() {
        // Behind a character comes the next one; behind the last before the surrogates the first after them.
        if let Some(after) = (last..=char::MAX).nth(1) {
            next.push(after);
            return Some(next);
        }
    }
    None
}
