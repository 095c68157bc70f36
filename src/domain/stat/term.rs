//! What is selected, ordered by and compared in `have`: keys and aggregates.

use super::compile::Shape;
use super::key::Key;
use crate::domain::datakey::date::Precision;
use crate::domain::datakey::{Limits, Path};
use crate::domain::group::system_key::Column;

/// A key, dates of it cut to a precision where that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The key.
    pub key: Key,
    /// `:LR`.
    pub precision: Option<Precision>,
}

/// A column of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A value of the row.
    Field(Field),
    /// `count(*)`: how many rows.
    Rows,
    /// `count(member.id)`: of how many identifiers.
    Members,
    /// `min(key)`.
    Least(Field),
    /// `max(key)`.
    Greatest(Field),
}

impl Term {
    /// Reads it: `member.email`, `click.dt:YD`, `count(*)`, `min(click.dt)`.
    pub fn parse(text: &str) -> Option<Term> {
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        match (inside("count"), inside("min"), inside("max")) {
            (Some("*"), ..) => Some(Term::Rows),
            (Some("member.id"), ..) => Some(Term::Members),
            (None, Some(key), _) => Field::parse(key).map(Term::Least),
            (None, None, Some(key)) => Field::parse(key).map(Term::Greatest),
            (None, None, None) => Field::parse(text).map(Term::Field),
            _ => None,
        }
    }

    /// Whether it is one value for many rows.
    pub fn is_aggregate(&self) -> bool {
        !matches!(self, Term::Field(_))
    }

    /// The key that it reads.
    pub fn key(&self) -> Option<Key> {
        match self {
            Term::Field(field) | Term::Least(field) | Term::Greatest(field) => Some(field.key),
            Term::Rows | Term::Members => None,
        }
    }

    /// What its values are.
    pub fn shape(&self) -> Shape {
        match self {
            Term::Rows | Term::Members => Shape::Integer,
            Term::Field(field) | Term::Least(field) | Term::Greatest(field) => field.shape(),
        }
    }

    /// It as SQL; `zone` is the parameter of the zone that dates are shown in.
    pub fn sql(&self, zone: &str) -> String {
        match self {
            Term::Field(field) => field.sql(zone),
            Term::Rows => "pg_catalog.count(*)".to_owned(),
            Term::Members => "pg_catalog.count(DISTINCT h.id)".to_owned(),
            Term::Least(field) => format!("pg_catalog.min({})", field.sql(zone)),
            Term::Greatest(field) => format!("pg_catalog.max({})", field.sql(zone)),
        }
    }
}

impl Field {
    fn parse(text: &str) -> Option<Field> {
        let parsed = |text: &str| Key::of(&Path::parse(text, &Limits::WIDEST).ok()?);
        let (name, precision) = match text.rsplit_once(':') {
            Some((name, letters)) => (name, Some(Precision::parse(letters)?)),
            None => (text, None),
        };
        let key = parsed(name)?;
        let is_instant = matches!(key.column, Column::Instant(_));
        (precision.is_none() || is_instant).then_some(Field { key, precision })
    }

    fn shape(&self) -> Shape {
        match (self.key.column, self.precision) {
            (Column::Instant(_), None) => Shape::Instant,
            (Column::Integer(_), _) => Shape::Integer,
            _ => Shape::Text,
        }
    }

    fn sql(&self, zone: &str) -> String {
        match (self.key.column, self.precision) {
            (Column::Text(sql), _) => format!("(({sql}) COLLATE pg_catalog.\"C\")"),
            (Column::Integer(sql), _) => format!("({sql})::bigint"),
            (Column::Instant(sql), None) => sql.to_owned(),
            (Column::Instant(sql), Some(precision)) => {
                let form = precision.to_char();
                format!("(pg_catalog.to_char(pg_catalog.timezone({zone}, {sql}), '{form}') COLLATE pg_catalog.\"C\")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_keys_and_aggregates_of_them() {
        assert_eq!(Term::parse("count(*)"), Some(Term::Rows));
        assert_eq!(Term::parse("count(member.id)"), Some(Term::Members));
        for text in
            ["member.email", "click.dt", "click.dt:YD", "min(click.dt)", "max(member.create.time:Ys)", "issue.id"]
        {
            assert!(Term::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "count(click.dt)",
            "min(*)",
            "sum(member.id)",
            "base.city",
            "member.email:YD",
            "click.dt:DY",
            "member",
            "min(min(click.dt))",
        ] {
            assert_eq!(Term::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_cut_by_the_server() {
        let sql = Term::parse("click.dt:Yh").unwrap().sql("$1");
        let expected =
            r#"(pg_catalog.to_char(pg_catalog.timezone($1, click.at), 'YYYY-MM-DD HH24') COLLATE pg_catalog."C")"#;
        assert_eq!(sql, expected);
    }
}
