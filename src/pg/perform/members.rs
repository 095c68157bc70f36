//! The members of a group of either kind, in the order of their numbers.

use crate::domain::address::Address;
use crate::domain::error::Result;
use crate::domain::group::GroupKind;
use crate::pg::perform::selection::{Joins, Selection, Source};
use crate::pg::spi::{Arg, Query, Session};
use crate::pg::store::address::address_of;
use crate::pg::store::group::Group;
use crate::pg::store::group_count;
use pgrx::pg_sys::{INT8ARRAYOID, INT8OID};
use std::collections::HashSet;

/// The next members behind a number: body and identifier.
///
/// Errors: those of the rule.
pub fn next(session: &Session, group: &Group, behind: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    next_of(session, &Selection::of(session, group.clone())?, behind, limit)
}

/// The next heads of a selection behind a number: body and identifier. Errors: those of the rule.
pub fn next_of(session: &Session, selection: &Selection, behind: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    let mut query = Query::default();
    query.push("SELECT h.dataset, h.id");
    add_next(session, selection, &mut query, behind, limit)?;
    Ok(session.query(&query).pairs())
}

/// The next heads of a selection behind a number, with their identifiers. Errors: those of the rule.
pub fn named(session: &Session, selection: &Selection, behind: i64, limit: i64) -> Result<Vec<(i64, Address)>> {
    let mut query = Query::default();
    query.push("SELECT h.id, h.addr_type, h.value");
    add_next(session, selection, &mut query, behind, limit)?;
    session.query(&query).iter().map(|row| Ok((row.bigint().unwrap_or_default(), address_of(&row)?))).collect()
}

/// Which of these heads a selection holds now. Errors: those of the rule.
pub fn still(session: &Session, selection: &Selection, ids: &[i64]) -> Result<HashSet<i64>> {
    let mut query = Query::default();
    query.push("SELECT h.id");
    selection.add_to(session, &mut query, Joins::default())?;
    let ids = query.bind(INT8ARRAYOID, Arg::bigints(ids));
    query.push(&format!(" AND {} OPERATOR(pg_catalog.=) ANY ({ids})", number(selection)));
    Ok(session.query(&query).iter().filter_map(|row| row.bigint()).collect())
}

/// Adds the heads of a selection behind a number, in the order of their numbers.
fn add_next(session: &Session, selection: &Selection, query: &mut Query, behind: i64, limit: i64) -> Result<()> {
    selection.add_to(session, query, Joins { by_number: true, ..Joins::default() })?;
    let number = number(selection);
    let (behind, limit) = (query.bind(INT8OID, behind), query.bind(INT8OID, limit));
    query.push(&format!(" AND {number} OPERATOR(pg_catalog.>) {behind} ORDER BY {number} LIMIT {limit}"));
    Ok(())
}

/// The number of a head where an index has it.
pub fn number(selection: &Selection) -> &'static str {
    if matches!(selection.source, Source::Members(_)) { "m.id" } else { "h.id" }
}

/// The query for every member of a group: number, body, type, identifier. Errors: those of the rule.
pub fn all(session: &Session, group: &Group) -> Result<Query> {
    written(session, group, "SELECT")
}

fn written(session: &Session, group: &Group, verb: &str) -> Result<Query> {
    let selection = Selection::of(session, group.clone())?;
    let mut query = Query::default();
    query.push(&format!("{verb} h.id, h.dataset, h.addr_type, h.value"));
    selection.add_to(session, &mut query, Joins::default())?;
    Ok(query)
}

/// That query and how the server would run it, line by line. Errors: those of the rule.
pub fn explain(session: &Session, group: &Group) -> Result<Vec<String>> {
    let query = written(session, group, "EXPLAIN SELECT")?;
    let shown = query.sql.strip_prefix("EXPLAIN ").unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    let plan = session.query(&query);
    Ok(shown.into_iter().chain(plan.iter().filter_map(|row| row.text().map(str::to_owned))).collect())
}

/// How many members it has, where that is counted already.
pub fn known_total(session: &Session, group: &Group) -> Option<i64> {
    (group.kind == GroupKind::List || group.live == Some("exact")).then(|| group_count::total(session, group.gid))
}
