//! `sql_pipe`: a query whose templates become bound values (pipelines-and-hooks.md 3.10).
//!
//! A value never becomes part of the query's text, whatever it holds: a template that stands where a value does, also one
//! that is the whole of a quoted text, is replaced by `$1`, `$2`, …; any other place is refused. Reading the query wrongly
//! could at worst give a query that the server refuses.

use super::Around;
use super::params::Params;
use crate::domain::error::Id;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::pipes::{Sql, Work};
use crate::domain::pipe::template::{Form, Start, start};

/// The most values of a query: as many as the server binds are more than anybody writes.
const MOST_VALUES: usize = 1000;
/// Seconds that connecting and a query may take.
const TIMEOUT: (f64, f64) = (0.001, 3600.0);

/// Reads the parameters. Without a connector, or with number 0, it is this database.
pub fn read(params: &mut Params, around: &Around) -> Option<Work> {
    params.check_keys(&["connector_id", "map", "query", "connection_timeout", "query_timeout"]);
    let connector = params.or("connector_id", 0, |params, key| params.whole(key, 0..=i64::MAX));
    let connector = connector.and_then(|id| match around.connectors {
        Some(known) if id != 0 && !known.contains(&id) => {
            params.refuse(Id::PipelineConnector, format!("params.connector_id: there is no connector {id}"))
        }
        _ => Some(id),
    });
    let map = params.or("map", false, Params::flag);
    let query = params.need("query", |params, key| match params.plain(key)? {
        "" => params.wrong(key, "a query"),
        query => bound_values(params, key, query),
    });
    let timeout = |params: &mut Params, key: &str| params.seconds(key, TIMEOUT.0, TIMEOUT.1);
    let connection_timeout = params.optional("connection_timeout", timeout);
    let query_timeout = params.optional("query_timeout", timeout);
    let (query, values) = query?;
    Some(Work::Sql(Sql {
        connector: connector?,
        map: map?,
        query,
        values,
        connection_timeout: connection_timeout?,
        query_timeout: query_timeout?,
    }))
}

fn bound_values(params: &mut Params, key: &str, query: &str) -> Option<(String, Vec<Form>)> {
    match bound(query) {
        Err(explain) => params.refuse(Id::PipelineQuery, format!("{}: {explain}", params.named(key))),
        Ok((query, templates)) => {
            let forms: Vec<Option<Form>> =
                templates.into_iter().map(|template| params.form_of(key, &Data::Text(template))).collect();
            Some((query, forms.into_iter().collect::<Option<_>>()?))
        }
    }
}

/// The query with `$1`, `$2`, … in place of its templates, and the templates in that order; or what is wrong with it.
pub fn bound(query: &str) -> Result<(String, Vec<String>), String> {
    let mut binder =
        Binder { rest: query, before: None, query: String::with_capacity(query.len()), values: Vec::new() };
    while !binder.rest.is_empty() {
        binder.next()?;
    }
    Ok((binder.query, binder.values))
}

/// A query while it is read.
struct Binder<'q> {
    /// What is not read yet.
    rest: &'q str,
    /// The last letter of what is.
    before: Option<char>,
    query: String,
    values: Vec<String>,
}

impl<'q> Binder<'q> {
    /// Reads the next token, or the next letter.
    fn next(&mut self) -> Result<(), String> {
        let rest = self.rest;
        if rest.starts_with('\'') {
            return self.quoted();
        }
        if rest.starts_with('"') {
            let end = end_of_quoted(rest, '"', false).ok_or("a quoted name is not closed")?;
            return self.keep(end, "a quoted name");
        }
        if rest.starts_with("--") {
            let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
            return self.keep(end, "a comment");
        }
        if rest.starts_with("/*") {
            let end = end_of_comment(rest).ok_or("a comment is not closed")?;
            return self.keep(end, "a comment");
        }
        if !self.before.is_some_and(is_of_name)
            && let Some(tag) = dollar_tag(rest)
        {
            let behind = rest.get(tag.len()..).and_then(|inside| inside.find(tag));
            let end = behind.map(|at| at + 2 * tag.len()).ok_or("a text in dollar signs is not closed")?;
            let goes_on = |letter: char| is_of_name(letter) || letter == '{';
            if rest.get(end..).and_then(|behind| behind.chars().next()).is_some_and(goes_on) {
                return Err("a name stands right behind a text in dollar signs".to_owned());
            }
            return self.keep(end, "a text in dollar signs");
        }
        match template(rest)? {
            Some(written) => self.value(written, written.len()),
            None if starts_with_parameter(rest) => Err("$1, $2, … are made from templates".to_owned()),
            None => {
                self.take(rest.chars().next().map_or(rest.len(), char::len_utf8));
                Ok(())
            }
        }
    }

    /// A text in single quotes: kept, or bound where it is one template and nothing else.
    fn quoted(&mut self) -> Result<(), String> {
        let has_escapes = matches!(self.before, Some('e' | 'E'));
        let end = end_of_quoted(self.rest, '\'', has_escapes).ok_or("a quoted text is not closed")?;
        let inside = self.rest.get(1..end - 1).unwrap_or_default();
        match template(inside)? {
            Some(written) if written.len() == inside.len() => self.value(written, end),
            _ => self.keep(end, "other text; join them with ||"),
        }
    }

    /// Binds a template that takes this much of the query.
    fn value(&mut self, written: &str, length: usize) -> Result<(), String> {
        let behind = self.rest.get(length..).and_then(|behind| behind.chars().next());
        let touches =
            |letter: Option<char>| letter.is_some_and(|letter| is_of_name(letter) || "\"'$.\\{}".contains(letter));
        if touches(self.before) || touches(behind) || behind == Some('(') {
            return Err(format!("{written} stands within a name or beside other text; only whole values are bound"));
        }
        if self.values.len() == MOST_VALUES {
            return Err(format!("there are more than {MOST_VALUES} templates"));
        }
        // The same template again is a value of its own: the server may give the two different types.
        self.values.push(written.to_owned());
        self.query.push_str(&format!("${}", self.values.len()));
        self.pass(length);
        Ok(())
    }

    /// Keeps a token as it is, in which no template may be.
    fn keep(&mut self, length: usize, what: &str) -> Result<(), String> {
        let token = self.rest.get(..length).unwrap_or_default();
        for (at, _) in token.match_indices('$') {
            if let Some(written) = template(token.get(at..).unwrap_or_default())? {
                return Err(format!("{written} stands within {what}; only whole values are bound"));
            }
        }
        self.take(length);
        Ok(())
    }

    fn take(&mut self, length: usize) {
        self.query.push_str(self.rest.get(..length).unwrap_or_default());
        self.pass(length);
    }

    fn pass(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.before = passed.chars().next_back();
        self.rest = rest;
    }
}

/// The template that the text begins with, as it is written.
fn template(text: &str) -> Result<Option<&str>, String> {
    match start(text, false).map_err(|problem| problem.to_string())? {
        Some((Start::Value(_), behind)) => Ok(text.get(..text.len() - behind.len())),
        Some((Start::Dollar, _)) | None => Ok(None),
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$' || !letter.is_ascii()
}

fn starts_with_parameter(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next() == Some('$') && letters.next().is_some_and(|letter| letter.is_ascii_digit())
}

/// The length of a text in quotes, which are doubled within it; a backslash takes the next letter along if it is an escape.
fn end_of_quoted(text: &str, quote: char, has_escapes: bool) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && has_escapes {
            letters.next();
        } else if letter == quote {
            match letters.peek() {
                Some((_, next)) if *next == quote => _ = letters.next(),
                _ => return Some(at + quote.len_utf8()),
            }
        }
    }
    None
}

/// The length of a comment, in which others may be.
fn end_of_comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let step = match rest {
            rest if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            rest if rest.starts_with("*/") => {
                depth = depth.saturating_sub(1);
                2
            }
            rest => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The tag that a text in dollar signs begins with: `$$`, `$body$`.
fn dollar_tag(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('$')?;
    let end = inside.find('$')?;
    let tag = inside.get(..end)?;
    let is_tag = !tag.starts_with(|letter: char| letter.is_ascii_digit())
        && tag.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || !letter.is_ascii());
    if is_tag { text.get(..end + 2) } else { None }
}
