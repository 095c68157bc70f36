//! The heads of one page of `member.list`, found and put in order by one query (members.md 9.9).

use crate::domain::datakey::{Path, Step};
use crate::domain::error::Result;
use crate::domain::group::GroupKind;
use crate::domain::group::system_key::{Column, SystemKey};
use crate::domain::json::Node;
use crate::domain::member::list::{ListRequest, Sort};
use crate::domain::member::list_column::Others;
use crate::domain::member::lock_state::LockState;
use crate::pg::perform::express;
use crate::pg::perform::members::number;
use crate::pg::perform::selection::{Joins, Selection, Source};
use crate::pg::spi::{Arg, Query, Row, Session};
use crate::pg::store::express::Member;
use crate::pg::store::group::Group;
use crate::pg::store::group_count::STRETCH;
use crate::pg::store::{self, group_count};
use pgrx::pg_sys::{INT8OID, TEXTARRAYOID, TEXTOID};

/// A row of the page: a head, and the other heads that it stands beside.
pub struct Found<'s> {
    /// The body.
    pub dataset: i64,
    /// The number of the identifier.
    pub id: i64,
    /// The identifier.
    pub value: &'s str,
    /// The other heads, one for each of [`ListRequest::others`].
    pub others: Vec<Other<'s>>,
    /// The row of an express import, as jsonb: then there are no body and no number.
    pub row: Option<&'s [u8]>,
}

impl Found<'_> {
    /// The place that the rows after it are behind.
    pub fn place(&self) -> Node<'_> {
        if self.row.is_some() { Node::from(self.value) } else { Node::from(self.id) }
    }
}

/// Where a page of a report goes on.
#[derive(Clone, Copy)]
pub enum Behind<'v> {
    /// Behind the number of an identifier.
    Number(i64),
    /// Behind an identifier, of the group of an express import.
    Value(&'v str),
}

/// Another head of the same subscriber; nothing of it where there is none.
pub struct Other<'s> {
    /// Its number.
    pub id: Option<i64>,
    /// Its type.
    pub addr_type: Option<&'s str>,
    /// The identifier.
    pub value: Option<&'s str>,
    /// Its origin.
    pub origin: Option<i32>,
}

/// Finds the heads of the page, in their order; with `behind` those behind a place alone.
///
/// Errors: those of the rule, `error/group/express` for an order or columns that the rows of an express import have not.
pub fn find<'s>(
    session: &'s Session,
    selection: &Selection,
    shown: &ListRequest,
    behind: Option<Behind>,
) -> Result<Vec<Found<'s>>> {
    if let Some(group) = selection.express() {
        return page_of_rows(session, group, selection, shown, behind);
    }
    if let Source::Members(group) = &selection.source
        && behind.is_none()
        && matches!(shown.sort, Sort::Number)
        && shown.others.is_empty()
        && selection.lock == LockState::Any
    {
        return Ok(page_of_members(session, group, shown));
    }
    let mut query = Query::default();
    query.push("SELECT h.dataset, h.id, h.value");
    let mut joins = String::new();
    for (place, others) in shown.others.iter().enumerate() {
        query.push(&format!(", o{place}.id, o{place}.addr_type, o{place}.value, o{place}.origin"));
        joins.push_str(&join_of(&mut query, place, others));
    }
    let joined = Joins { bodies: reads_body(&shown.sort), by_number: matches!(shown.sort, Sort::Number), more: &joins };
    selection.add_to(session, &mut query, joined)?;
    if let Some(Behind::Number(behind)) = behind {
        let behind = query.bind(INT8OID, behind);
        query.push(&format!(" AND {} OPERATOR(pg_catalog.>) {behind}", number(selection)));
    }
    add_order(&mut query, selection, shown);
    let (limit, offset) = (query.bind(INT8OID, shown.first), query.bind(INT8OID, shown.skip));
    query.push(&format!(" LIMIT {limit} OFFSET {offset}"));
    let rows = session.query(&query);
    Ok(rows
        .iter()
        .map(|row| Found {
            dataset: row.bigint().unwrap_or_default(),
            id: row.bigint().unwrap_or_default(),
            value: row.text().unwrap_or_default(),
            row: None,
            others: shown
                .others
                .iter()
                .map(|_| Other { id: row.bigint(), addr_type: row.text(), value: row.text(), origin: row.integer() })
                .collect(),
        })
        .collect())
}

/// The join with the other heads of one column's type.
fn join_of(query: &mut Query, place: usize, others: &Others) -> String {
    let kind = if others.outer { "LEFT JOIN" } else { "JOIN" };
    let mut join = format!(
        " {kind} member.head o{place} ON o{place}.dataset OPERATOR(pg_catalog.=) h.dataset
             AND o{place}.id OPERATOR(pg_catalog.<>) h.id"
    );
    if let Some(addr_type) = others.addr_type {
        let named = query.bind(TEXTOID, addr_type.as_str());
        join.push_str(&format!(" AND o{place}.addr_type OPERATOR(pg_catalog.=) {named}"));
    }
    join
}

fn reads_body(sort: &Sort) -> bool {
    match sort {
        Sort::Number => false,
        Sort::System(key) => key.column.sql().starts_with("b."),
        Sort::Key(_) => true,
    }
}

/// A page of the members that are written down, by number: the page is cut before heads are looked at, and it begins where
/// the counted stretches of numbers say, so that the last page costs what the first does.
fn page_of_members<'s>(session: &'s Session, group: &Group, shown: &ListRequest) -> Vec<Found<'s>> {
    let mut query = Query::default();
    let table = if group.kind == GroupKind::List { "group_member" } else { "live_member" };
    let (edge, skip) = stretch_of(session, group.gid, shown);
    let (gid, edge) = (query.bind(TEXTOID, group.gid), query.bind(INT8OID, edge));
    let (limit, offset) = (query.bind(INT8OID, shown.first), query.bind(INT8OID, skip));
    let (direction, within) = if shown.is_descending { ("DESC", "<=") } else { ("ASC", ">=") };
    query.push(&format!(
        "SELECT h.dataset, h.id, h.value
           FROM (SELECT p.dataset, p.id FROM member.{table} p
                  WHERE p.gid OPERATOR(pg_catalog.=) {gid} AND p.id OPERATOR(pg_catalog.{within}) {edge}
                  ORDER BY p.id {direction} LIMIT {limit} OFFSET {offset}) m
           JOIN member.head h ON h.dataset OPERATOR(pg_catalog.=) m.dataset AND h.id OPERATOR(pg_catalog.=) m.id
          ORDER BY m.id {direction}"
    ));
    let rows = session.query(&query);
    let found = |row: Row<'s>| Found {
        dataset: row.bigint().unwrap_or_default(),
        id: row.bigint().unwrap_or_default(),
        value: row.text().unwrap_or_default(),
        others: Vec::new(),
        row: None,
    };
    rows.iter().map(found).collect()
}

/// A page of the group of an express import, whose members are in the order of their identifiers.
fn page_of_rows<'s>(
    session: &'s Session,
    group: &Group,
    selection: &Selection,
    shown: &ListRequest,
    behind: Option<Behind>,
) -> Result<Vec<Found<'s>>> {
    let is_plain = matches!(shown.sort, Sort::Number) && shown.others.is_empty() && selection.lock == LockState::Any;
    if !is_plain {
        return Err(express::refused(group.gid));
    }
    let members = match behind {
        Some(Behind::Value(value)) => store::express::next(session, group.number, value, shown.first),
        _ => store::express::page(session, group.number, shown.first, shown.skip, shown.is_descending),
    };
    let found = |member: Member<'s>| Found {
        dataset: 0,
        id: 0,
        value: member.value,
        others: Vec::new(),
        row: Some(member.data),
    };
    Ok(members.into_iter().map(found).collect())
}

/// The number at which the stretch begins that a page begins in, on the side that the page comes from, and how many members
/// to pass over from there.
fn stretch_of(session: &Session, gid: &str, shown: &ListRequest) -> (i64, i64) {
    let (nearest, beyond) = if shown.is_descending { (i64::MAX, -1) } else { (0, i64::MAX) };
    if shown.skip == 0 {
        return (nearest, 0);
    }
    let mut buckets = group_count::buckets(session, gid);
    if shown.is_descending {
        buckets.reverse();
    }
    let mut left = shown.skip;
    for (bucket, n) in buckets {
        if left < n {
            let first = bucket << STRETCH;
            return (if shown.is_descending { first | ((1 << STRETCH) - 1) } else { first }, left);
        }
        left -= n;
    }
    // Behind the last member: nothing is found there.
    (beyond, 0)
}

/// Rows that are equal by what was asked for go by number, so that pages fit together.
fn add_order(query: &mut Query, selection: &Selection, shown: &ListRequest) {
    let number = number(selection);
    let direction = if shown.is_descending { "DESC NULLS LAST" } else { "ASC NULLS LAST" };
    let keys: Vec<String> = match &shown.sort {
        Sort::Number => vec![],
        Sort::System(key) => by_system_key(key),
        Sort::Key(path) => by_key(query, path),
    };
    query.push(" ORDER BY ");
    for key in keys {
        query.push(&format!("{key} {direction}, "));
    }
    query.push(&format!("{number} {}", if shown.is_descending { "DESC" } else { "ASC" }));
    for place in 0..shown.others.len() {
        query.push(&format!(", o{place}.id"));
    }
}

/// By a key of the system, texts by their bytes; those of one domain by the address.
fn by_system_key(key: &SystemKey) -> Vec<String> {
    let mut keys = vec![match key.column {
        Column::Text(sql) => format!("(({sql}) COLLATE pg_catalog.\"C\")"),
        Column::Integer(sql) | Column::Instant(sql) => sql.to_owned(),
    }];
    if key.name == "member.domain" {
        keys.push("h.value".to_owned());
    }
    keys
}

/// By what stands at a datakey: numbers first, then texts by their bytes, then the rest.
fn by_key(query: &mut Query, path: &Path) -> Vec<String> {
    let steps: Vec<String> = path.steps().iter().map(step_of).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let steps = query.bind(TEXTARRAYOID, Arg::texts(&steps));
    let at = format!("(b.data OPERATOR(pg_catalog.#>) {steps})");
    vec![
        format!(
            "(CASE WHEN pg_catalog.jsonb_typeof({at}) OPERATOR(pg_catalog.=) 'number' THEN {at}::pg_catalog.numeric END)"
        ),
        format!("((b.data OPERATOR(pg_catalog.#>>) {steps}) COLLATE pg_catalog.\"C\")"),
    ]
}

fn step_of(step: &Step) -> String {
    match step {
        Step::Key(key) => key.clone().into_owned(),
        Step::Index(index) => index.to_string(),
        Step::FromEnd(index) => format!("-{index}"),
        Step::AnyKey | Step::AnyIndex => "*".to_owned(),
    }
}
