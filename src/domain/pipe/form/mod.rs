//! Pipes from JSON: every kind with every parameter, default and alias (pipelines-and-hooks.md 2 and 3). Whatever is
//! wrong is noted with its pipe, and reading goes on: who wrote a pipeline wants to see all of it at once.

mod draft;
mod event;
mod http;
mod params;
mod sql;
mod work;

#[cfg(test)]
mod tests;

pub use draft::{Draft, Type};
pub use sql::bound;

use super::channel::Event;
use super::data::Data;
use super::pipes::{Pipe, PipeId};
use super::problem::Problems;
use crate::domain::error::Id;
use draft::Findings;
use params::Params;
use std::collections::BTreeSet;

/// The most pipes of a pipeline: as many as steps that a run may make.
pub const MOST_PIPES: usize = 1000;

/// What is known around a pipeline; what is not known is not checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The channel: its number and its events.
    pub channel: Option<(i64, &'a [Event])>,
    /// The pipes of its Schedule pipeline.
    pub schedule: Option<&'a BTreeSet<PipeId>>,
    /// The connectors to other databases.
    pub connectors: Option<&'a BTreeSet<i64>>,
}

/// Reads the list of pipes, as far as they can be read.
pub fn read(document: &Data, around: &Around, problems: &mut Problems) -> Vec<Draft> {
    let Data::List(pipes) = document else {
        problems.error(None, Id::PipelineForm, format!("pipes must be a list, not {}", document.kind()));
        return Vec::new();
    };
    if pipes.is_empty() {
        problems.error(None, Id::PipelineEmpty, "there is no pipe");
    }
    if pipes.len() > MOST_PIPES {
        problems.error(None, Id::PipelineLimit, format!("there are {} pipes, at most {MOST_PIPES}", pipes.len()));
        return Vec::new();
    }
    pipes.iter().enumerate().filter_map(|(place, pipe)| read_pipe(place, pipe, around, problems)).collect()
}

fn read_pipe(place: usize, pipe: &Data, around: &Around, problems: &mut Problems) -> Option<Draft> {
    let place = format!("element {place}");
    let Data::Object(object) = pipe else {
        problems.error(None, Id::PipelineForm, format!("{place} must be an object, not {}", pipe.kind()));
        return None;
    };
    let id = match object.get("id") {
        Some(Data::Number(number)) => number.as_i64().filter(|id| *id > 0),
        _ => None,
    };
    let mut findings = Findings { id, place, ..Findings::default() };
    if id.is_none() {
        findings.error(Id::PipelineId, "id must be a whole number above 0".to_owned());
    }
    let mut params = Params::new(object, &mut findings);
    params.check_keys(&["id", "type", "params", "outs"]);
    let kind = read_type(&mut params);
    let outs = read_outs(&mut params, kind);
    let work = kind.and_then(|kind| work::read(kind, &mut params, around));
    let pipe = id.zip(work).zip(outs).map(|((id, work), [success, error])| Pipe { id, work, success, error });
    problems.append(findings.problems);
    Some(Draft { id, kind, exits: findings.exits, roots: findings.roots, pipe })
}

fn read_type(pipe: &mut Params) -> Option<Type> {
    let read = match pipe.value("type") {
        Some(Data::Text(name)) => Type::parse(name).ok_or("type names no pipe"),
        Some(_) => Err("type must be a text"),
        None => Err("type is missing"),
    };
    read.map_or_else(|explain| pipe.refuse(Id::PipelineType, explain.to_owned()), Some)
}

/// The exits that every pipe may have; an Errors pipe has none.
fn read_outs(pipe: &mut Params, kind: Option<Type>) -> Option<[Option<PipeId>; 2]> {
    let mut outs = pipe.inner_or_empty("outs")?;
    if kind == Some(Type::Error) {
        outs.check_keys(&[]);
        return Some([None, None]);
    }
    outs.check_keys(&["success", "error"]);
    let (success, error) = (outs.optional("success", Params::exit), outs.optional("error", Params::exit));
    Some([success?, error?])
}
