//! `member_import_from`: the rows of a query are imported in the caller's transaction (members.md 10).

use super::warnings::Warnings;
use super::{Import, Seen, chunk, group, report, wanted};
use crate::domain::datakey::Limits;
use crate::domain::error::Result;
use crate::domain::event::EventType;
use crate::domain::import::record::{Fields, Next, Record};
use crate::domain::import::{Caption, Counters, Options, PARAMETERS};
use crate::domain::json::{Node, Value};
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::cursor::Cursor;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::group_fill;
use crate::pg::spi::{Access, Session};
use crate::pg::store::anketa;
use crate::pg::store::event::Only;
use std::borrow::Cow;

/// How many rows a chunk has.
pub const CHUNK: i64 = 2000;

/// Imports the rows of a query; `mapping` says what its columns mean and holds the parameters of `member.import`: `{"rows",
/// "new", "updated", "unchanged", "ignored", "errors", "repeats", "unique", "confirmed", "unconfirmed", "added", "group.id"?,
/// "report"?}`. Rows that are refused are in the report, and the others are imported.
///
/// Errors: those of the parameters, `error/import/caption`, `error/param/wrong` for a query without rows to give.
pub fn import_from(query: &str, mapping: Value) -> Result<Encoded> {
    let (limits, now) = (guc::limits(), guc::now()?);
    let request = Request::open(mapping, PARAMETERS, &[])?;
    let options = Options::read(&request, &limits)?;
    let cursor = Cursor::open(query)?;
    let mut part = cursor.next(CHUNK)?;
    let names: Vec<Cow<str>> = part.names.iter().map(|name| Cow::Borrowed(name.as_str())).collect();
    let session = Session::open(Access::Write);
    let caption = caption_of(&session, &options, &names, &limits)?;
    let gid = group::of(&session, &options, &caption, &now)?;
    if let Some(gid) = gid.as_deref().filter(|_| options.clean_group) {
        let _events = Only::of(&wanted(&session, &options));
        group_fill::empty(&session, gid)?;
    }
    drop(session);
    let (options, limits, caption) = (&options, &limits, &caption);
    let import = Import { options, caption, group: gid.as_deref(), limits, now: &now, event: EventType::ImportApi };
    let (mut counters, mut seen, mut report) = (Counters::default(), Seen::default(), None);
    let mut warnings = Warnings::default();
    warnings.add(request.warnings.iter().cloned().chain(caption.left_out()));
    loop {
        let is_last = (part.rows.len() as i64) < CHUNK;
        let rows = part.rows.into_iter().zip(counters.rows as u64 + 1..);
        let lines: Vec<Next> =
            rows.map(|(cells, number)| Next::Row(Record { number, fields: Fields::List(cells) })).collect();
        let session = Session::open(Access::Write);
        let done = chunk(&session, &import, &lines, &mut seen)?;
        counters.add(&done.counters);
        report = report::write(&session, None, report, &done.refused)?;
        warnings.add(done.warnings);
        drop(session);
        if is_last {
            break;
        }
        part = cursor.next(CHUNK)?;
    }
    cursor.close();
    let mut keys = counters.keys();
    keys.extend(gid.as_deref().map(|gid| ("group.id", Node::from(gid))));
    keys.extend(report.map(|report| ("report", Node::from(report))));
    Encoded::new(&reply(keys, warnings.list()))
}

/// What the columns of a query mean. Errors: `error/param/wrong`, those of the caption.
fn caption_of(session: &Session, options: &Options, names: &[Cow<str>], limits: &Limits) -> Result<Caption> {
    if names.is_empty() {
        return Err(wrong("query", "a query with columns"));
    }
    let ankets = anketa::all(session);
    let caption = Caption::of_data(options.caption, options.addr_type, Some(names), None, &ankets)?;
    caption.check(limits, &ankets)?;
    options.check_caption(&caption)?;
    Ok(caption)
}
