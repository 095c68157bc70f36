//! `datakey_apply`, `datakey_get`, `datakey_changes`: the engine on any jsonb (members.md 5 and 6).

use crate::domain::datakey::{self, Applied, Context, CopySource, Limits, Path, Program};
use crate::domain::error::Result;
use crate::domain::json::{self, Node};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::call_site;
use crate::pg::guc;
use crate::pg::jsonb::{self, Encoded};
use crate::pg::rows::RowSink;
use crate::pg::spi::Arg;

sql_function! { datakey_apply => |call: &Call| apply(call, false) }
sql_function! { datakey_apply_from => |call: &Call| apply(call, true) }
sql_function! { datakey_get => get }
sql_function! { datakey_changes => changes }

/// The data after the program; the very same datum where nothing changed.
fn apply(call: &Call, from: bool) -> Result<Answer> {
    let (Some(data), Some(program)) = (call.jsonb(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    let limits = guc::limits();
    let kept = call_site::program(call, program, &limits)?;
    if let Some(after) = kept.plan().and_then(|plan| plan.apply(data)) {
        return Ok(Answer::Datum(jsonb::varlena_datum(&after)));
    }
    let copy = match call.jsonb(2) {
        Some(source) if from => CopySource::Data(json::root(source)?),
        _ => CopySource::Own,
    };
    perform(data, kept.program(), copy, &limits, |applied| Ok(Answer::Datum(jsonb::varlena_datum(&applied.encode()?))))
}

/// Performs the operations one by one and hands the outcome on.
fn perform(
    data: &[u8],
    program: &Program,
    copy: CopySource,
    limits: &Limits,
    answer: impl FnOnce(Applied) -> Result<Answer>,
) -> Result<Answer> {
    let now = guc::now()?;
    let context = Context { limits, now: &now, copy, system: None };
    answer(datakey::apply(json::root(data)?, program.ops(), &context)?)
}

fn get(call: &Call) -> Result<Answer> {
    let (Some(data), Some(path)) = (call.jsonb(0), call.text(1)) else { return Ok(Answer::Null) };
    // The path is not written anywhere: its bounds are those of the engine, so that the result is immutable.
    let path = Path::parse(path, &Limits::WIDEST)?;
    match datakey::get(json::root(data)?, &path)? {
        Some(node) => Answer::jsonb(&node),
        None => Ok(Answer::Null),
    }
}

fn changes(call: &Call) -> Result<Answer> {
    let mut rows = RowSink::open(call);
    let (Some(data), Some(program)) = (call.jsonb(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    let limits = guc::limits();
    let kept = call_site::program(call, program, &limits)?;
    perform(data, kept.program(), CopySource::Own, &limits, |applied| {
        for change in applied.changes()? {
            rows.push([change.path.as_str().into(), side(change.old)?, side(change.new)?]);
        }
        Ok(Answer::Null)
    })
}

/// One side of a change; SQL NULL where there is nothing.
fn side(node: Option<Node>) -> Result<Arg> {
    Ok(match node {
        Some(node) => Arg::datum(Encoded::new(&node)?.into_datum()),
        None => Arg::NULL,
    })
}
