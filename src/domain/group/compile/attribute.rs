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

/// The rows whose value is in the body alone; the index by value finds them.
const IN_BODY: &str = "a.value IS NULL AND a.kind OPERATOR(pg_catalog.=) 'c'";

/// A test of the value at a registered path; `leaf` is the condition as it is asked in functions.
pub fn test(walk: &mut Walk, path: &str, attr: &Attr, test: &Test, leaf: &Condition) -> Result<Sql> {
    let path = walk.params.text(path);
    if !is_plain(attr) {
        return on_aspect(walk, &path, attr, test, leaf);
    }
    let condition = match test {
        Test::Exists => return Ok(Sql::Inside(rows(&path, "true"))),
        Test::Null => return Ok(Sql::Outside(rows(&path, "a.kind OPERATOR(pg_catalog.<>) 'n'"))),
        Test::Empty => {
            let some = Condition { negated: true, ..leaf.clone() };
            let some = or_in_body(walk, "a.value OPERATOR(pg_catalog.<>) ''", &some)?;
            return Ok(Sql::Outside(rows(&path, &some)));
        }
        Test::Value(relation, bound) if bound.literal().is_number() => by_value(walk, *relation, bound),
        Test::Value(relation, bound) | Test::Bytes(relation, bound) => by_bytes(walk, *relation, bound),
        Test::In(bounds) => format!("a.value OPERATOR(pg_catalog.=) ANY ({})", texts(walk, bounds)),
        Test::Prefix(prefix) => range(walk, prefix),
        Test::Like(pattern) => format!("({} AND {})", range(walk, &pattern.prefix()), tested(walk, leaf)?),
        Test::Suffix(_) | Test::Regexp(_) => tested(walk, leaf)?,
    };
    Ok(Sql::Inside(rows(&path, &or_in_body(walk, &condition, leaf)?)))
}

/// A condition on what only documents hold: `has`, and the size of a value. The document is at hand, so the table only
/// says whose is worth a look.
pub fn in_documents(walk: &mut Walk, path: &str, leaf: &Condition) -> Result<Sql> {
    let leaf = walk.leaf(leaf)?;
    Ok(Sql::All(vec![Sql::Inside(rows(path, IN_BODY)), Sql::Row(format!("member.filter_match({leaf}, b.data)"))]))
}

/// A test of a date or a size. What is none is absent; a date is always a short text, a size always in the document.
fn on_aspect(walk: &mut Walk, path: &str, attr: &Attr, test: &Test, leaf: &Condition) -> Result<Sql> {
    // Neither dates nor sizes are null or empty: these ask whether there is one.
    let is_absence = matches!(test, Test::Null | Test::Empty);
    let exists = || Condition { kind: Kind::Test(attr.clone(), Test::Exists), negated: false, label: None };
    let leaf = if is_absence { exists() } else { leaf.clone() };
    let sql = match attr.precision() {
        Some(_) => Sql::Inside(rows(path, &tested(walk, &leaf)?)),
        None => in_documents(walk, path, &leaf)?,
    };
    Ok(sql.negated(is_absence))
}

/// The datasets whose row at the path meets a condition over `a`.
fn rows(path: &str, condition: &str) -> String {
    format!("SELECT a.dataset FROM member.attr_value a WHERE a.path OPERATOR(pg_catalog.=) {path} AND {condition}")
}

/// The text, where a function accepts it.
fn tested(walk: &mut Walk, leaf: &Condition) -> Result<String> {
    let leaf = walk.leaf(leaf)?;
    Ok(format!("(a.value IS NOT NULL AND member.filter_text({leaf}, a.value))"))
}

/// A condition, or that the value is in the body alone and passes there. One look into the table for both: a set that is
/// read by the path alone is unique by its key, and the planner joins it as it would any table.
fn or_in_body(walk: &mut Walk, condition: &str, leaf: &Condition) -> Result<String> {
    let leaf = walk.leaf(leaf)?;
    Ok(format!("({condition} OR ({IN_BODY} AND member.filter_body({leaf}, a.dataset)))"))
}

/// Compared with a number: numbers by value, other texts by bytes. No other text has the same bytes.
fn by_value(walk: &mut Walk, relation: Relation, bound: &Bound) -> String {
    let numbers = format!("a.number {} {}", operator(relation), walk.params.number(bound.literal().text()));
    if relation == Relation::Equal {
        return numbers;
    }
    format!("{numbers} OR (a.number IS NULL AND {})", by_bytes(walk, relation, bound))
}

fn by_bytes(walk: &mut Walk, relation: Relation, bound: &Bound) -> String {
    format!("a.value {} {}", operator(relation), walk.params.text(bound.literal().text()))
}

/// The texts that begin with a prefix: from it up to the first text that is greater than all of them.
fn range(walk: &mut Walk, prefix: &str) -> String {
    let from = walk.params.text(prefix);
    let from = format!("a.value OPERATOR(pg_catalog.>=) {from}");
    match next_prefix(prefix) {
        Some(next) => format!("({from} AND a.value OPERATOR(pg_catalog.<) {})", walk.params.text(&next)),
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
