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
    /// A query with the columns that [`Compiled::shapes`] tells.
    pub sql: String,
    /// Its parameters, from the first of the target on.
    pub params: Vec<Param>,
    /// What its columns are.
    pub shapes: Vec<Shape>,
}

/// The conditions of a question, compiled.
struct Parts {
    /// That on rows.
    condition: Condition,
    /// That on what comes of them.
    have: String,
    /// The parameter of the zone that dates are shown in.
    zone: String,
    /// The parameters of all.
    params: Vec<Param>,
}

/// Of whom a question is asked.
#[derive(Clone, Copy)]
enum Of<'h> {
    /// Of all heads together.
    All,
    /// Of each head by itself; of these alone, where a list of them is given.
    Each(Option<&'h str>),
}

impl Stat {
    /// The query; `filter` and `have` are its own at the moment of the call, and `target` what they are compiled for.
    ///
    /// Errors: `error/filter/cycle`, `error/json/limit`.
    pub fn compile(&self, filter: &Matcher, have: &Matcher, target: &Target) -> Result<Compiled> {
        let parts = self.parts(filter, have, target, 0)?;
        let sql = self.whole(&self.rows(filter, &parts, Of::All), &parts.have);
        Ok(Compiled { sql, params: parts.params, shapes: self.shapes() })
    }

    /// The heads that it finds where it is asked of each by itself: a query of their numbers. Every moment in it must be
    /// known, and so many groups lie around it.
    ///
    /// Errors: as [`Stat::compile`].
    pub(in crate::domain) fn compile_heads(&self, target: &Target, nested: usize) -> Result<Compiled> {
        let filter = self.filter.timeless()?;
        let parts = self.parts(&filter, &self.have.timeless()?, target, nested)?;
        let sql = format!("SELECT q.id FROM ({}) q WHERE {}", self.rows(&filter, &parts, Of::Each(None)), parts.have);
        Ok(Compiled { sql, params: parts.params, shapes: vec![Shape::Integer] })
    }

    /// What it finds of some heads, asked of each by itself; the SQL of a list of their numbers is `heads`. The number of the
    /// head comes first, then what is selected, each row once, so many at most for each head. Every moment in it must be known.
    ///
    /// Errors: as [`Stat::compile`].
    pub fn compile_found(&self, target: &Target, heads: &str, most: usize) -> Result<Compiled> {
        let filter = self.filter.timeless()?;
        let parts = self.parts(&filter, &self.have.timeless()?, target, 0)?;
        let rows = self.rows(&filter, &parts, Of::Each(Some(heads)));
        let shown = self.shown("q").join(", ");
        let (order, listed) = (self.shown("d").join(", "), self.shown("s").join(", "));
        let sql = format!(
            "SELECT s.id, {listed} FROM ( \
                 SELECT d.*, pg_catalog.row_number() OVER (PARTITION BY d.id ORDER BY {order}) AS n \
                   FROM (SELECT DISTINCT q.id, {shown} FROM ({rows}) q WHERE {have}) d) s \
              WHERE s.n OPERATOR(pg_catalog.<=) {most} ORDER BY s.id, s.n",
            have = parts.have,
        );
        let shapes = std::iter::once(Shape::Integer).chain(self.shapes()).collect();
        Ok(Compiled { sql, params: parts.params, shapes })
    }

    fn parts(&self, filter: &Matcher, have: &Matcher, target: &Target, nested: usize) -> Result<Parts> {
        let of_event = |path: &Path| Key::of_event(&path.to_string()).map(|key| key.column);
        let mut params = vec![Param::Text(target.zone.to_owned())];
        let zone = format!("${}", target.first);
        let behind = |params: &Vec<Param>| Target { first: target.first + params.len(), ..*target };
        let condition = filter.compile_within(&behind(&params), &of_event, nested)?;
        params.extend(condition.params.iter().cloned());
        let of_term = |path: &Path| have::column(&self.terms, &path.to_string());
        let have = have.compile_with(&behind(&params), &of_term)?;
        params.extend(have.params);
        Ok(Parts { condition, have: have.sql, zone, params })
    }

    fn shapes(&self) -> Vec<Shape> {
        self.terms.iter().take(self.names.len()).map(|term| term.shape()).collect()
    }

    /// The columns that are shown, of a row of this name.
    fn shown(&self, row: &str) -> Vec<String> {
        (0..self.names.len()).map(|place| format!("{row}.c{place}")).collect()
    }

    /// The rows, put together where there are aggregates: the columns `c0`, `c1`, …, and of each head by itself `id`.
    fn rows(&self, filter: &Matcher, parts: &Parts, of: Of) -> String {
        let Parts { condition, zone, .. } = parts;
        let terms = self.terms.iter().enumerate();
        let mut columns: Vec<String> = terms.map(|(place, term)| format!("{} AS c{place}", term.sql(zone))).collect();
        if let Of::Each(_) = of {
            columns.push("h.id AS id".to_owned());
        }
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
        if let Of::Each(Some(heads)) = of {
            _ = write!(sql, " AND h.id OPERATOR(pg_catalog.=) ANY ({heads})");
        }
        if self.is_grouped() {
            let keys = self.terms.iter().enumerate().filter(|(_, term)| !term.is_aggregate());
            let mut keys: Vec<String> = keys.map(|(place, _)| (place + 1).to_string()).collect();
            if let Of::Each(_) = of {
                keys.push("h.id".to_owned());
            }
            if !keys.is_empty() {
                _ = write!(sql, " GROUP BY {}", keys.join(", "));
            }
        }
        sql
    }

    /// Those of the rows that are shown, in their order.
    fn whole(&self, rows: &str, have: &str) -> String {
        let shown = self.shown("q");
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
