//! Conditions on what the system knows: columns of `member.head`, `member.body` and a few tables more.

use super::params::Param;
use super::sets::Sql;
use super::walk::{Walk, is_plain, operator};
use crate::domain::error::Result;
use crate::domain::group::attr::Attr;
use crate::domain::group::literal::Bound;
use crate::domain::group::operand::Operand;
use crate::domain::group::system_key::{Column, StateKey, Unknown, entry_of, state_of, system_key};
use crate::domain::group::test::{Relation, Test};
use crate::domain::group::tree::Condition;

/// The day of entry into a list group, as the document shows it.
fn entry(gid: &str) -> String {
    format!(
        "(SELECT pg_catalog.to_char(m.since, 'YYYY-MM-DD 00:00:00') FROM member.group_member m \
          WHERE m.dataset OPERATOR(pg_catalog.=) h.dataset AND m.id OPERATOR(pg_catalog.=) h.id \
            AND m.gid OPERATOR(pg_catalog.=) {gid})"
    )
}

/// When the head last came to a state with a community or a bot; null where it did not, or is of another type.
fn reported(walk: &mut Walk, key: &StateKey) -> String {
    let addr_type = walk.params.text(key.addr_type.as_str());
    let community = walk.params.integer(key.community);
    let state = walk.params.text(key.state);
    format!(
        "(SELECT s.at FROM member.head_state s \
          WHERE h.addr_type OPERATOR(pg_catalog.=) {addr_type} AND s.dataset OPERATOR(pg_catalog.=) h.dataset \
            AND s.id OPERATOR(pg_catalog.=) h.id AND s.community OPERATOR(pg_catalog.=) {community} \
            AND s.state OPERATOR(pg_catalog.=) {state})"
    )
}

/// A test of a key of the system; `leaf` is the condition as it is asked in functions.
pub fn test(walk: &mut Walk, attr: &Attr, test: &Test, leaf: &Condition) -> Result<Sql> {
    let Some(path) = attr.path() else { return Ok(Sql::truth(false)) };
    let (condition, unknown) = if let Some(key) = system_key(path) {
        (on_column(walk, key.column, attr, test, leaf)?, key.unknown)
    } else if let Some(gid) = entry_of(path) {
        let entry = entry(&walk.params.text(gid));
        (on_text(walk, &entry, attr, test, leaf)?, Unknown::Absent)
    } else if let Some(key) = state_of(path) {
        let at = reported(walk, &key);
        (on_instant(walk, &at, leaf)?, Unknown::Absent)
    } else {
        // What the system does not have is not read from a document either.
        return Ok(Sql::truth(test.passes(&attr.side(Operand::Absent))?));
    };
    Ok(Sql::Row(match unknown {
        Unknown::Never => condition,
        Unknown::Null => or_else(&condition, test.passes(&attr.side(Operand::Null))?),
        Unknown::Absent => or_else(&condition, test.passes(&attr.side(Operand::Absent))?),
    }))
}

/// A test of a column of the row, which is not there while it is null.
pub fn of_row(walk: &mut Walk, column: Column, attr: &Attr, test: &Test, leaf: &Condition) -> Result<Sql> {
    let condition = on_column(walk, column, attr, test, leaf)?;
    Ok(Sql::Row(or_else(&condition, test.passes(&attr.side(Operand::Absent))?)))
}

/// What a condition is where the column is null.
fn or_else(condition: &str, truth: bool) -> String {
    format!("COALESCE({condition}, {truth})")
}

fn on_column(walk: &mut Walk, column: Column, attr: &Attr, test: &Test, leaf: &Condition) -> Result<String> {
    match column {
        Column::Text(column) => on_text(walk, column, attr, test, leaf),
        Column::Integer(column) => on_integer(walk, column, attr, test, leaf),
        Column::Instant(column) => on_instant(walk, column, leaf),
    }
}

/// Instants are compared as they are shown, in the zone of the settings.
fn on_instant(walk: &mut Walk, column: &str, leaf: &Condition) -> Result<String> {
    let (leaf, zone) = (walk.leaf(leaf)?, walk.params.text(walk.target.zone));
    Ok(format!("member.filter_time({leaf}, {column}, {zone})"))
}

/// Texts are compared by bytes, also where a filter compares by value but its own side is no number.
fn on_text(walk: &mut Walk, column: &str, attr: &Attr, test: &Test, leaf: &Condition) -> Result<String> {
    let collated = format!("({column} COLLATE pg_catalog.\"C\")");
    Ok(match test {
        Test::Bytes(relation, bound) if is_plain(attr) => compared(walk, &collated, *relation, bound),
        Test::Value(relation, bound) if is_plain(attr) && !bound.literal().is_number() => {
            compared(walk, &collated, *relation, bound)
        }
        Test::In(bounds) if is_plain(attr) => {
            let texts = texts(walk, bounds);
            format!("{collated} OPERATOR(pg_catalog.=) ANY ({texts})")
        }
        _ => {
            let leaf = walk.leaf(leaf)?;
            format!("member.filter_text({leaf}, {column})")
        }
    })
}

/// Numbers are compared as such where the filter's side is one too, and as texts otherwise.
fn on_integer(walk: &mut Walk, column: &str, attr: &Attr, test: &Test, leaf: &Condition) -> Result<String> {
    if let Test::Value(relation, bound) = test
        && is_plain(attr)
        && bound.literal().is_number()
    {
        let operator = operator(*relation);
        return Ok(match bound.literal().integer() {
            Some(integer) => format!("{column} {operator} {}", walk.params.integer(integer)),
            None => format!("{column}::pg_catalog.numeric {operator} {}", walk.params.number(bound.literal().text())),
        });
    }
    let leaf = walk.leaf(leaf)?;
    Ok(format!("member.filter_text({leaf}, {column}::pg_catalog.text)"))
}

fn compared(walk: &mut Walk, column: &str, relation: Relation, bound: &Bound) -> String {
    let text = walk.params.text(bound.literal().text());
    format!("{column} {} {text}", operator(relation))
}

/// The texts of `in`, as one array.
pub fn texts(walk: &mut Walk, bounds: &[Bound]) -> String {
    walk.params.bind(Param::Texts(bounds.iter().map(|bound| bound.literal().text().to_owned()).collect()))
}
