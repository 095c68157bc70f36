//! A pipeline as a whole: what can be said of its pipes together, and the graph that runs (pipelines-and-hooks.md 2).

use super::data::Data;
use super::form::{self, Around, Draft, Type};
use super::kind::Kind;
use super::pipes::{Pipe, PipeId};
use super::problem::{Problem, Problems, refusal};
use super::scope::Root;
use crate::domain::error::{Error, Id, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The largest list of pipes, in octets as stored: it is read whole by whoever runs it.
pub const LARGEST: usize = 1 << 20;

/// A pipeline that can run.
#[derive(Clone, Debug)]
pub struct Graph {
    entry: PipeId,
    pipes: BTreeMap<PipeId, Pipe>,
    roots: BTreeSet<Root>,
}

impl Graph {
    /// Reads a pipeline and everything that is wrong with it; the graph where nothing is but warnings.
    pub fn check(kind: Kind, document: &Data, around: &Around) -> (Option<Graph>, Vec<Problem>) {
        let mut problems = Problems::default();
        let drafts = form::read(document, around, &mut problems);
        Shape::of(&drafts).check(kind, &mut problems);
        let graph = if problems.has_error() { None } else { Graph::of(drafts) };
        (graph, problems.sorted())
    }

    /// Opens a pipeline that was checked when it was set. Errors: `error/pipeline/invalid`.
    pub fn open(kind: Kind, document: &Data, around: &Around) -> Result<Graph> {
        let (graph, problems) = Graph::check(kind, document, around);
        let refused = || refusal(&problems).unwrap_or_else(|| Error::new(Id::PipelineInvalid, "there is no pipe"));
        graph.ok_or_else(refused)
    }

    fn of(drafts: Vec<Draft>) -> Option<Graph> {
        let entry = drafts.first()?.id?;
        let roots = drafts.iter().flat_map(|draft| draft.roots.iter().copied()).collect();
        let pipes = drafts.into_iter().map(|draft| draft.pipe.map(|pipe| (pipe.id, pipe)));
        Some(Graph { entry, pipes: pipes.collect::<Option<_>>()?, roots })
    }

    /// The pipe where an event enters, unless it was handed over to another one.
    pub fn entry(&self) -> PipeId {
        self.entry
    }

    /// Whether a template in it asks for something under this root.
    pub fn mentions(&self, root: Root) -> bool {
        self.roots.contains(&root)
    }

    /// The pipe of this number.
    pub fn pipe(&self, id: PipeId) -> Option<&Pipe> {
        self.pipes.get(&id)
    }

    /// Every pipe, by number.
    pub fn pipes(&self) -> impl Iterator<Item = &Pipe> {
        self.pipes.values()
    }

    /// The numbers of its pipes.
    pub fn ids(&self) -> BTreeSet<PipeId> {
        self.pipes.keys().copied().collect()
    }
}

/// How pipes lead to one another, by their places in the list.
struct Shape<'d> {
    drafts: &'d [Draft],
    /// The places that have a number; more than one is an error, and all of them are followed.
    places: BTreeMap<PipeId, Vec<usize>>,
    /// For each place, whether an event can come from it to each other one.
    reach: Vec<Vec<bool>>,
}

impl<'d> Shape<'d> {
    fn of(drafts: &'d [Draft]) -> Shape<'d> {
        let mut places: BTreeMap<PipeId, Vec<usize>> = BTreeMap::new();
        for (place, draft) in drafts.iter().enumerate() {
            if let Some(id) = draft.id {
                places.entry(id).or_default().push(place);
            }
        }
        let next: Vec<Vec<usize>> = drafts.iter().map(|draft| targets(draft, &places)).collect();
        let reach = (0..drafts.len()).map(|from| reachable(from, &next)).collect();
        Shape { drafts, places, reach }
    }

    fn leads(&self, from: usize, to: usize) -> bool {
        self.reach.get(from).and_then(|reach| reach.get(to)).copied().unwrap_or_default()
    }

    fn check(&self, kind: Kind, problems: &mut Problems) {
        self.check_numbers(problems);
        self.check_exits(problems);
        self.check_cycles(problems);
        if kind != Kind::Schedule {
            self.check_reachable(problems);
        }
        self.check_results(problems);
        for draft in self.drafts {
            check_kind(draft, kind, problems);
            check_roots(draft, kind, problems);
        }
    }

    fn check_numbers(&self, problems: &mut Problems) {
        for (id, places) in self.places.iter().filter(|(_, places)| places.len() > 1) {
            problems.error(Some(*id), Id::PipelineId, format!("{} pipes have this number", places.len()));
        }
    }

    fn check_exits(&self, problems: &mut Problems) {
        for draft in self.drafts {
            for exit in draft.exits.iter().filter(|exit| !self.places.contains_key(&exit.to)) {
                let explain = format!("{} names pipe {}, which is not there", exit.name, exit.to);
                problems.error(draft.id, Id::PipelineExit, explain);
            }
        }
    }

    /// Each set of pipes that lead back to one another, once, at the first of them.
    fn check_cycles(&self, problems: &mut Problems) {
        for from in 0..self.drafts.len() {
            let is_back = |to: &usize| self.leads(from, *to) && self.leads(*to, from);
            let cycle: Vec<usize> = (0..self.drafts.len()).filter(is_back).collect();
            if cycle.first() == Some(&from) {
                let ids: BTreeSet<PipeId> = cycle.iter().filter_map(|place| self.drafts.get(*place)?.id).collect();
                let names: Vec<String> = ids.iter().map(PipeId::to_string).collect();
                let explain = match names.as_slice() {
                    [_] => "the pipe leads to itself".to_owned(),
                    names => format!("pipes {} lead back to one another", names.join(", ")),
                };
                problems.error(ids.first().copied(), Id::PipelineCycle, explain);
            }
        }
    }

    fn check_reachable(&self, problems: &mut Problems) {
        let entry = self.drafts.first().and_then(|draft| draft.id);
        for (id, places) in &self.places {
            if entry != Some(*id) && !places.iter().any(|place| self.leads(0, *place)) {
                problems.warn(Some(*id), Id::PipelineUnreachable, "no way leads here from the entry");
            }
        }
    }

    fn check_results(&self, problems: &mut Problems) {
        let results = || self.drafts.iter().enumerate().filter(|(_, draft)| draft.kind == Some(Type::Result));
        for (place, draft) in results() {
            let before = results().find(|(other, _)| *other != place && self.leads(*other, place));
            if let Some(before) = before.and_then(|(_, before)| before.id) {
                problems.error(draft.id, Id::PipelineResult, format!("the answer was set by pipe {before} already"));
            }
        }
    }
}

/// Where a pipe leads, by place.
fn targets(draft: &Draft, places: &BTreeMap<PipeId, Vec<usize>>) -> Vec<usize> {
    let to: BTreeSet<usize> = draft.exits.iter().filter_map(|exit| places.get(&exit.to)).flatten().copied().collect();
    to.into_iter().collect()
}

/// Which places an event can come to from this one; the place itself only by a way back.
fn reachable(from: usize, next: &[Vec<usize>]) -> Vec<bool> {
    let mut reach = vec![false; next.len()];
    let mut waiting = vec![from];
    while let Some(place) = waiting.pop() {
        for to in next.get(place).into_iter().flatten() {
            if let Some(seen) = reach.get_mut(*to)
                && !std::mem::replace(seen, true)
            {
                waiting.push(*to);
            }
        }
    }
    reach
}

/// A pipe that its kind of pipeline cannot have.
fn check_kind(draft: &Draft, kind: Kind, problems: &mut Problems) {
    let Some(pipe) = draft.kind else { return };
    let fits = match pipe {
        Type::Result | Type::Error => kind == Kind::Operation,
        Type::Event | Type::Scheduled => kind != Kind::Operation,
        _ => true,
    };
    if !fits {
        let place =
            if kind == Kind::Operation { "an operation".to_owned() } else { format!("a {} pipeline", kind.name()) };
        problems.error(draft.id, Id::PipelineKind, format!("{} must not be in {place}", pipe.name()));
    }
}

/// Templates that never find anything.
fn check_roots(draft: &Draft, kind: Kind, problems: &mut Problems) {
    for root in draft.roots.iter().filter(|root| !kind.has(**root)) {
        let place =
            if kind == Kind::Operation { "an operation".to_owned() } else { format!("a {} pipeline", kind.name()) };
        problems.warn(draft.id, Id::PipelineTemplate, format!("${} is never there in {place}", root.name()));
    }
}

#[cfg(test)]
mod tests;
