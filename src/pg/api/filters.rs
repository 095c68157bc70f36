//! `filter_check`, `filter_matches` and what compiled filters call (members.md 12).

use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{Filter, Limits, Matcher};
use crate::domain::json::{self, Node};
use crate::domain::time;
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::call_site;
use crate::pg::guc;
use crate::pg::spi::{Access, Session};
use crate::pg::store::body;
use jiff::tz::TimeZone;

sql_function! { filter_check => check }
sql_function! { filter_matches => matches }
sql_function! { filter_match => compiled_match }
sql_function! { filter_body => compiled_body }
sql_function! { filter_text => compiled_text }
sql_function! { filter_time => compiled_time }

/// A parsed filter, kept with the place in the query that asks it.
struct Kept {
    bytes: Box<[u8]>,
    matcher: Matcher,
    /// The moment it was made for, unless it is the same at every moment.
    now: Option<Now>,
    /// The zone that instants are shown in, with its name.
    zone: (String, TimeZone),
}

/// A filter of a compiled condition: read within limits before, and without a clock; with the zone of this name, if one
/// is needed: looking it up costs more than the comparison. Errors: `error/filter/…`, `error/param/wrong`.
fn compiled<'c>(call: &'c Call, bytes: &[u8], zone: &str) -> Result<&'c Kept> {
    let make = || {
        let matcher = Filter::read(json::root(bytes)?, &Limits::WIDEST)?.timeless()?;
        let known = if zone.is_empty() { TimeZone::UTC } else { time::zone(zone)? };
        Ok(Kept { bytes: bytes.into(), matcher, now: None, zone: (zone.to_owned(), known) })
    };
    Ok(call_site::kept(call, |kept: &Kept| *kept.bytes == *bytes && kept.zone.0 == zone, make)?.0)
}

fn compiled_match(call: &Call) -> Result<Answer> {
    let (Some(filter), Some(data)) = (call.jsonb(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    compiled(call, filter, "")?.matcher.evaluate_data(json::root(data)?).map(Answer::truth)
}

/// Reads with the caller's rights: whoever may not read bodies learns nothing of them here.
fn compiled_body(call: &Call) -> Result<Answer> {
    let (Some(filter), Some(dataset)) = (call.jsonb(0), call.datum(1)) else { return Ok(Answer::Null) };
    let kept = compiled(call, filter, "")?;
    let session = Session::open_as_caller(Access::Read);
    let found = body::read(&session, dataset.value() as i64)?;
    let holds = found.map(|(_, data)| kept.matcher.evaluate_data(data)).transpose()?;
    Ok(Answer::truth(holds.unwrap_or(false)))
}

fn compiled_text(call: &Call) -> Result<Answer> {
    let (Some(filter), Some(text)) = (call.jsonb(0), call.text(1)) else { return Ok(Answer::Null) };
    compiled(call, filter, "")?.matcher.accepts(text).map(Answer::truth)
}

fn compiled_time(call: &Call) -> Result<Answer> {
    let (Some(filter), Some(at), Some(zone)) = (call.jsonb(0), call.datum(1), call.text(2)) else {
        return Ok(Answer::Null);
    };
    let kept = compiled(call, filter, zone)?;
    let shown = time::show_pg_micros(at.value() as i64, &kept.zone.1);
    kept.matcher.accepts(&shown).map(Answer::truth)
}

fn matches(call: &Call) -> Result<Answer> {
    let (Some(data), Some(bytes)) = (call.jsonb(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    let now = guc::now()?;
    let is_same_moment =
        |kept: &Kept| kept.now.as_ref().is_none_or(|then| then.instant == now.instant && then.zone == now.zone);
    let fits = |kept: &Kept| *kept.bytes == *bytes && is_same_moment(kept);
    let (kept, _) = call_site::kept(call, fits, || at(bytes, &now))?;
    kept.matcher.evaluate_data(json::root(data)?).map(Answer::truth)
}

/// A filter about data, for a moment. Errors: `error/filter/…`.
fn at(bytes: &[u8], now: &Now) -> Result<Kept> {
    let filter = Filter::read(json::root(bytes)?, &Limits::default())?;
    if !filter.is_about_data() {
        let explain = "the filter asks for groups, heads or keys of member, which data do not have";
        return Err(Error::new(Id::FilterUnsupported, explain));
    }
    let zone = (String::new(), TimeZone::UTC);
    Ok(Kept { bytes: bytes.into(), matcher: filter.at(now)?, now: filter.uses_clock().then(|| now.clone()), zone })
}

fn check(call: &Call) -> Result<Answer> {
    let Some(bytes) = call.jsonb(0) else { return Ok(Answer::Null) };
    let limits = Limits::default();
    let whole = |number: u64| Node::from(i64::try_from(number).unwrap_or(i64::MAX));
    let (problems, usage, depth) = match Filter::read(json::root(bytes)?, &limits) {
        Ok(filter) => (Vec::new(), whole(filter.usage()), whole(filter.depth() as u64)),
        Err(error) => {
            let problem = [("id", Node::from(error.id.as_str())), ("explain", Node::from(error.explain))];
            (vec![Node::object(problem)], Node::Null, Node::Null)
        }
    };
    Answer::jsonb(&Node::object([
        ("problems", Node::array(problems)),
        ("usage", usage),
        ("depth", depth),
        ("max_usage", whole(limits.max_usage)),
    ]))
}
