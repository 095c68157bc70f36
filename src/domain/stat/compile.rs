//! A question as SQL.

use super::have;
use super::key::{EventKind, Key};
use super::read::Stat;
use crate::domain::datakey::Path;
use crate::domain::error::Result;
use crate::domain::group::{Compiled as Condition, Matcher, Param, Target};
use std::fmt::Write;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// text
    Text,
    /// bigint
    Integer,
    /// timestamptz
    Instant,
}

/// A question as SQL, fully qualified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// A query with one column for each of [`Stat::names`].
    pub sql: String,
    /// Its parameters, from the first of the target on.
    pub params: Vec<Param>,
    /// What its columns are.
    pub shapes: Vec<Shape>,
}

impl Stat {
    /// The query; `filter` and `have` are its own at the moment of the call, and `target` what they are compiled for.
    ///
    /// Errors: `error/filter/cycle`, `error/json/limit`.
    pub fn compile(&self, filter: &Matcher, have: &Matcher, target: &Target) -> Result<Compiled> {
        let of_event = |path: &Path| Key::of_event(&path.to_string()).map(|key| key.column);
        let mut params = vec![Param::Text(target.zone.to_owned())];
        let zone = format!("${}", target.first);
        let inner = filter.compile_with(&Target { first: target.first + params.len(), ..*target }, &of_event)?;
        params.extend(inner.params.iter().cloned());
        let of_term = |path: &Path| have::column(&self.terms, &path.to_string());
        let outer = have.compile_with(&Target { first: target.first + params.len(), ..*target }, &of_term)?;
        params.extend(outer.params.iter().cloned());
        let sql = self.whole(&self.rows(filter, &inner, &zone), &outer.sql);
        Ok(Compiled {
            sql,
            params,
            shapes: self.terms.iter().take(self.names.len()).map(|term| term.shape()).collect(),
        })
    }

    /// The rows, put together where there are aggregates: the columns `c0`, `c1`, …
    fn rows(&self, filter: &Matcher, condition: &Condition, zone: &str) -> String {
        let terms = self.terms.iter().enumerate();
        let columns: Vec<String> = terms.map(|(place, term)| format!("{} AS c{place}", term.sql(zone))).collect();
        let mut sql = format!("SELECT {}", columns.join(", "));
        let reads_body = Condition { sql: format!("{sql} {}", condition.sql), params: Vec::new() }.reads_body();
        sql.push_str(" FROM member.head h");
        if reads_body {
            sql.push_str(" JOIN member.body b ON b.dataset OPERATOR(pg_catalog.=) h.dataset");
        }
        for kind in &self.kinds {
            sql.push_str(&joined(*kind, needs(filter, *kind)));
        }
        _ = write!(sql, " WHERE {}", condition.sql);
        if self.is_grouped() {
            let keys = self.terms.iter().enumerate().filter(|(_, term)| !term.is_aggregate());
            let keys: Vec<String> = keys.map(|(place, _)| (place + 1).to_string()).collect();
            if !keys.is_empty() {
                _ = write!(sql, " GROUP BY {}", keys.join(", "));
            }
        }
        sql
    }

    /// Those of the rows that are shown, in their order.
    fn whole(&self, rows: &str, have: &str) -> String {
        let shown: Vec<String> = (0..self.names.len()).map(|place| format!("q.c{place}")).collect();
        let verb = if self.unique { "SELECT DISTINCT" } else { "SELECT" };
        let mut sql = format!("{verb} {} FROM ({rows}) q WHERE {have} ORDER BY ", shown.join(", "));
        for (place, is_descending) in &self.order {
            let direction = if *is_descending { "DESC NULLS LAST" } else { "ASC NULLS LAST" };
            _ = write!(sql, "q.c{place} {direction}, ");
        }
        // Rows that are equal by what was asked for go by what they show, so that pages fit together.
        sql.push_str(&shown.join(", "));
        if let Some(first) = self.first {
            _ = write!(sql, " LIMIT {first} OFFSET {}", self.skip);
        }
        sql
    }
}

/// The events of a kind, beside the identifier that they are about; none of them where there is none.
fn joined(kind: EventKind, is_needed: bool) -> String {
    let alias = kind.as_str();
    let types: Vec<String> = kind.types().iter().map(|code| format!("'{code}'")).collect();
    let types = types.join(", ");
    let join = if is_needed { "JOIN" } else { "LEFT JOIN" };
    format!(
        " {join} member.event {alias} ON {alias}.address_id OPERATOR(pg_catalog.=) h.id \
           AND {alias}.event_type OPERATOR(pg_catalog.=) ANY (ARRAY( \
               SELECT t.code FROM member.event_type t \
                WHERE t.code OPERATOR(pg_catalog.=) ANY (ARRAY[{types}]) OR t.base OPERATOR(pg_catalog.=) ANY (ARRAY[{types}])))"
    )
}

/// Whether no row without an event of this kind can meet the filter: then the join begins with the events.
fn needs(filter: &Matcher, kind: EventKind) -> bool {
    filter.refuses_absent(&|path| Key::of_event(&path.to_string()).is_some_and(|key| key.kind == Some(kind)))
}
