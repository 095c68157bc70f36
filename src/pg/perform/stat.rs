//! `stat.uni`: questions about subscribers and what happened to them (members.md 13, shapes.md 12).

use crate::domain::error::Result;
use crate::domain::json::{Array, Node, Object, Value, encoded, root};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::domain::stat::{Compiled, PARAMETERS, Shape, Stat};
use crate::domain::time::show_pg_micros;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::rules::Rule;
use crate::pg::perform::selection::bind;
use crate::pg::spi::{Query, Row, Session};
use crate::pg::store::count_cache;
use jiff::tz::TimeZone;

/// Performs a request: `{"order": [name], "list": [[value]]}`, a list of values in the order of the names for each row.
///
/// Errors: `error/param/…`, `error/filter/…`, `group_id_not_exists`.
pub fn stat(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &PARAMETERS, &["cache"])?;
    let stat = Stat::read(&request, &guc::filter_limits())?;
    let compiled = compiled(session, &stat)?;
    let zone = guc::time_zone()?;
    let rows = session.query(&query_of(&compiled, &compiled.sql));
    let list = rows.iter().map(|row| Node::array(compiled.shapes.iter().map(|shape| value(&row, *shape, &zone))));
    let keys = vec![
        ("order", Node::array(stat.names.iter().map(|name| Node::from(name.as_str())))),
        ("list", Node::array(list)),
    ];
    Encoded::new(&reply(keys, &request.warnings))
}

/// The longest list that is kept for who asks the same again: a longer one is worked out anew.
const MOST_KEPT: usize = 100_000;

/// The addresses that a question selects, each once: the selector `stat.uni`. With `cache` they may be those of before.
///
/// Errors: as [`stat`].
pub fn addresses(session: &Session, question: Object) -> Result<Vec<String>> {
    let (stat, cached) = Stat::source(question, &guc::time_zone_name(), &guc::filter_limits())?;
    let at = guc::statement_micros();
    if let Some(kept) = cached.as_ref().and_then(|cached| count_cache::find(session, cached, at)) {
        let list = root(kept)?.as_array();
        let text = |item: Result<Value>| Ok(item?.as_str().unwrap_or_default().to_owned());
        return list.iter().flat_map(Array::iter).map(text).collect();
    }
    let compiled = compiled(session, &stat)?;
    if compiled.shapes.contains(&Shape::Instant) {
        return Err(wrong("stat.uni.select", "a key that names identifiers"));
    }
    let sql = format!("SELECT a.address::pg_catalog.text FROM ({}) AS a (address)", compiled.sql);
    let rows = session.query(&query_of(&compiled, &sql));
    let list: Vec<String> = rows.iter().filter_map(|row| row.text().map(str::to_owned)).collect();
    if let Some(cached) = cached.filter(|_| list.len() <= MOST_KEPT) {
        let answer = encoded(&Node::array(list.iter().map(|text| Node::from(text.as_str()))))?;
        count_cache::keep(session, &cached, at, &answer);
    }
    Ok(list)
}

/// A question at the moment of the call. Errors: `error/filter/…`, `group_id_not_exists`.
fn compiled(session: &Session, stat: &Stat) -> Result<Compiled> {
    let have = stat.have.at(&guc::now()?)?;
    Rule::now(session, stat.filter.clone())?.compile_stat(stat, &have)
}

fn query_of(compiled: &Compiled, sql: &str) -> Query {
    let mut query = Query::default();
    compiled.params.iter().for_each(|param| _ = bind(&mut query, param));
    query.push(sql);
    query
}

/// The next value of a row, as answers show it.
pub fn value<'s>(row: &Row<'s>, shape: Shape, zone: &TimeZone) -> Node<'s> {
    match shape {
        Shape::Text => row.text().map_or(Node::Null, Node::from),
        Shape::Integer => Node::from(row.bigint()),
        Shape::Instant => row.bigint().map_or(Node::Null, |at| Node::from(show_pg_micros(at, zone))),
    }
}
