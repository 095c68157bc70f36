//! `pipeline_*`: pipelines are checked, set, shown, taken away (shapes.md 11).

use super::channel::{self, Opened};
use super::{connector, entity, graphs, sql_role};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::pipe::data::Data;
use crate::domain::pipe::form::Around;
use crate::domain::pipe::graph::{Graph, LARGEST};
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::picture::{Language, draw};
use crate::domain::pipe::pipes::{PipeId, Work};
use crate::domain::pipe::problem::{Problem, Problems, nodes, refusal};
use crate::domain::request::{Request, wrong};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::pipeline;
use crate::pg::store::sequence;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a checked pipeline is: the graph where it can run, and everything that is wrong.
type Checked = (Option<Graph>, Vec<Problem>);

/// Checks a pipeline: `{"problems"}`. The list of pipes alone is a Message pipeline; `{channel?, kind, pipes}` is checked
/// with what is known of the channel, of kind `entity` as an operation. Never refuses: what is wrong with the request is
/// a problem too.
pub fn check(session: &Session, request: Value) -> Result<Encoded> {
    let problems = find_problems(session, request).unwrap_or_else(|error| {
        let mut problems = Problems::default();
        problems.refusal(error);
        problems.sorted()
    });
    Encoded::new(&Node::object([("problems", nodes(&problems))]))
}

fn find_problems(session: &Session, request: Value) -> Result<Vec<Problem>> {
    let Value::Object(_) = request else {
        return Ok(check_pipes(session, None, Kind::Message, request)?.1);
    };
    let keys = Request::open(request, &["channel", "kind", "pipes"], &[])?;
    let kind = match keys.text("kind")? {
        None => Kind::Message,
        Some(name) => Kind::parse_any(name).ok_or_else(wrong_kind)?,
    };
    let channel = match keys.identifier("channel")? {
        None => None,
        Some(name) => Some(channel::open(session, &name)?),
    };
    let pipes = keys.required("pipes", keys.value("pipes")?)?;
    let mut problems = check_pipes(session, channel.as_ref(), kind, pipes)?.1;
    if let Some(Err(error)) = channel.map(|channel| channel.settings.check_kind(kind)) {
        let mut more = Problems::default();
        more.refusal(error);
        problems.splice(0..0, more.sorted());
    }
    Ok(problems)
}

/// Checks a list of pipes with all that is known around it.
fn check_pipes(session: &Session, channel: Option<&Opened>, kind: Kind, pipes: Value) -> Result<Checked> {
    let octets = encoded(&Node::from(pipes))?.len();
    if octets > LARGEST {
        let mut problems = Problems::default();
        problems.error(None, Id::PipelineLimit, format!("{octets} octets, at most {LARGEST}"));
        return Ok((None, problems.sorted()));
    }
    let document = Data::open(pipes)?;
    let connectors = connector::ids(session);
    let schedule = match (channel, kind) {
        (None, _) => None,
        (Some(_), Kind::Schedule) => Some(numbers(&document)),
        (Some(channel), _) => Some(schedule(session, channel.id)?),
    };
    let around = match channel {
        None => Around::default(),
        Some(channel) => channel.settings.around(channel.id),
    };
    let around = Around { schedule: schedule.as_ref(), connectors: Some(&connectors), ..around };
    Ok(Graph::check(kind, &document, &around))
}

/// The numbers of a list of pipes that may have other faults.
fn numbers(pipes: &Data) -> BTreeSet<PipeId> {
    let number = |pipe: &Data| match pipe.get("id") {
        Some(Data::Number(number)) => number.as_i64(),
        _ => None,
    };
    match pipes {
        Data::List(pipes) => pipes.iter().filter_map(number).collect(),
        _ => BTreeSet::new(),
    }
}

/// The numbers of the pipes of the Schedule pipeline, which may not be there.
fn schedule(session: &Session, channel: i64) -> Result<BTreeSet<PipeId>> {
    let pipes = pipeline::current(session, channel, Kind::Schedule.name()).and_then(|kept| kept.pipes);
    pipes.map_or_else(|| Ok(BTreeSet::new()), |pipes| Ok(numbers(&Data::open(root(pipes)?)?)))
}

/// Sets a pipeline: `{"channel", "kind", "version", "problems"}`, where the problems are warnings.
///
/// Errors: `error/pipeline/invalid` with every error, `error/channel/notexists`, `error/channel/kind`,
/// `error/param/wrong`, `error/worker/role`, `error/worker/nologin`.
pub fn set(session: &Session, name: &str, kind: &str, pipes: Value) -> Result<Encoded> {
    let kind = Kind::parse(kind).ok_or_else(wrong_kind)?;
    let channel = held(session, name)?;
    channel.settings.check_kind(kind)?;
    let (graph, problems) = check_pipes(session, Some(&channel), kind, pipes)?;
    let Some(graph) = graph else {
        return Err(refusal(&problems).unwrap_or_else(|| Error::new(Id::PipelineInvalid, "there is no pipe")));
    };
    check_role(session, &channel, &graph)?;
    if kind == Kind::Schedule {
        check_entries(session, &channel, &graph.ids())?;
    }
    let stored = encoded(&Node::from(pipes))?;
    let version = write(session, &channel, kind, Some(&stored));
    Encoded::new(&Node::object([
        ("channel", Node::from(channel.id)),
        ("kind", Node::from(kind.name())),
        ("version", Node::from(i64::from(version))),
        ("problems", nodes(&problems)),
    ]))
}

/// The channel, held until the transaction ends and said to have changed.
pub fn held(session: &Session, name: &str) -> Result<Opened> {
    let id = channel::open(session, name)?.id;
    channel::touch(session, id)?;
    // Read again: somebody may have changed it until it was held.
    channel::open_by_id(session, id)
}

/// Whoever writes SQL for this database must be a member of the role that it runs as.
pub fn check_role(session: &Session, channel: &Opened, graph: &Graph) -> Result<()> {
    let runs_here = |work: &Work| matches!(work, Work::Sql(sql) if sql.connector == 0);
    match graph.pipes().any(|pipe| runs_here(&pipe.work)) {
        true => sql_role::check(session, &channel.sql_role),
        false => Ok(()),
    }
}

/// Refuses a Schedule pipeline without a pipe where another one lets events enter.
fn check_entries(session: &Session, channel: &Opened, ids: &BTreeSet<PipeId>) -> Result<()> {
    let mut problems = Problems::default();
    for (name, kind) in Kind::ALL.into_iter().filter(|(_, kind)| *kind != Kind::Schedule) {
        let Some((_, graph)) = find_current(session, channel, kind)? else { continue };
        for pipe in graph.pipes() {
            if let Work::Scheduled { pipe: entry, .. } = &pipe.work
                && !ids.contains(entry)
            {
                let explain =
                    format!("pipe {} of the {name} pipeline enters at pipe {entry}, which is not there", pipe.id);
                problems.error(None, Id::PipelineExit, explain);
            }
        }
    }
    refusal(&problems.sorted()).map_or(Ok(()), Err)
}

fn write(session: &Session, channel: &Opened, kind: Kind, pipes: Option<&[u8]>) -> i32 {
    pipeline::write(session, channel.id, kind.name(), sequence::next_pipeline_id(), guc::statement_micros(), pipes)
}

/// A pipeline, the current version or another one: `{"channel", "kind", "version", "at", "pipes"}`.
///
/// Errors: `error/channel/notexists`, `error/pipeline/notexists`, `error/param/wrong`.
pub fn get(session: &Session, name: &str, kind: &str, version: Option<i32>) -> Result<Encoded> {
    let kind = Kind::parse(kind).ok_or_else(wrong_kind)?;
    let channel = channel::open(session, name)?.id;
    let kept = match version {
        None => pipeline::current(session, channel, kind.name()),
        Some(version) => pipeline::version(session, channel, kind.name(), version),
    };
    let kept = kept.ok_or_else(not_exists)?;
    let pipes = kept.pipes.ok_or_else(not_exists)?;
    Encoded::new(&Node::object([
        ("channel", Node::from(channel)),
        ("kind", Node::from(kind.name())),
        ("version", Node::from(i64::from(kept.version))),
        ("at", Node::from(time::rfc3339(kept.at, 6))),
        ("pipes", Node::from(root(pipes)?)),
    ]))
}

/// The picture of a pipeline, of its current version: of one of the five kinds, or `<entity>.<operation>`.
///
/// Errors: `error/channel/notexists`, `error/pipeline/notexists`, `error/entity/notexists`, `error/entity/operation`,
/// `error/param/wrong`.
pub fn picture(session: &Session, name: &str, kind: &str, language: &str) -> Result<String> {
    let language = Language::parse(language)?;
    let channel = channel::open(session, name)?;
    if let Some((shortname, operation)) = kind.split_once('.') {
        let (operation, _) = entity::operation(session, &channel, shortname, operation)?;
        return Ok(draw(&operation.graph, &operation.pipes, language));
    }
    let kind = Kind::parse(kind).ok_or_else(wrong_kind)?;
    let kept = pipeline::current(session, channel.id, kind.name()).ok_or_else(not_exists)?;
    let graph = graphs::opened(&channel, kind, &kept)?.ok_or_else(not_exists)?;
    Ok(draw(&graph, &Data::open(root(kept.pipes.ok_or_else(not_exists)?)?)?, language))
}

/// Takes a pipeline away; its versions stay. `{"channel", "kind", "version"}`.
///
/// Errors: `error/channel/notexists`, `error/pipeline/notexists`, `error/param/wrong`; `error/pipeline/invalid` for a
/// Schedule pipeline that others let events enter.
pub fn delete(session: &Session, name: &str, kind: &str) -> Result<Encoded> {
    let kind = Kind::parse(kind).ok_or_else(wrong_kind)?;
    let channel = held(session, name)?;
    pipeline::current(session, channel.id, kind.name()).and_then(|kept| kept.pipes).ok_or_else(not_exists)?;
    if kind == Kind::Schedule {
        check_entries(session, &channel, &BTreeSet::new())?;
    }
    let version = write(session, &channel, kind, None);
    Encoded::new(&Node::object([
        ("channel", Node::from(channel.id)),
        ("kind", Node::from(kind.name())),
        ("version", Node::from(i64::from(version))),
    ]))
}

/// The pipeline of a channel that counts now: its version and its graph. None where the channel has none of this kind.
///
/// Errors: `error/channel/notexists`, `error/pipeline/invalid` where an event that it names was taken from the channel.
pub fn find_current(session: &Session, channel: &Opened, kind: Kind) -> Result<Option<(i32, Arc<Graph>)>> {
    let kept = pipeline::current(session, channel.id, kind.name());
    kept.map_or(Ok(None), |kept| Ok(graphs::opened(channel, kind, &kept)?.map(|graph| (kept.version, graph))))
}

fn wrong_kind() -> Error {
    wrong("kind", "message, schedule, listener, moderate or stop")
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::PipelineNotexists, "the channel has no such pipeline")
}
