//! A pipeline as a whole: what can be said of its pipes together, and the graph that runs (pipelines-and-hooks.md 2).

use super::data::Data;
use super::form::{self, Around, Draft, Type};
use super::kind::Kind;
use super::pipe::{Pipe, PipeId};
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
mod tests {
    use super::*;
    use crate::domain::pipe::problem::Level;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    /// A pipeline as its ways: for each pipe, the later ones that it leads to.
    #[derive(Clone, Debug)]
    struct Ways(Vec<Vec<usize>>);

    /// Pipe `place` of any type that may stand in a Message pipeline, with these exits.
    fn pipe(place: usize, to: &[usize]) -> Json {
        let id = |place: usize| place as i64 + 1;
        let outs: Vec<Json> = to.iter().map(|to| json!({"query": "1 = 1", "out": id(*to)})).collect();
        match to {
            [] => json!({"id": id(place), "type": "log"}),
            [next] if place.is_multiple_of(2) => {
                json!({"id": id(place), "type": "unpack", "outs": {"success": id(*next)}})
            }
            [next] => json!({"id": id(place), "type": "log", "outs": {"success": id(*next)}}),
            [one, two] => json!({"id": id(place), "type": "store_get", "params": {"key": "k", "not_found": id(*one)},
                                 "outs": {"success": id(*two)}}),
            _ => json!({"id": id(place), "type": "selector", "params": {"outs": outs}}),
        }
    }

    impl Ways {
        fn document(&self) -> Vec<Json> {
            self.0.iter().enumerate().map(|(place, to)| pipe(place, to)).collect()
        }
    }

    /// Valid ones: each pipe but the first is led to by an earlier one, none leads back.
    fn ways() -> impl Strategy<Value = Ways> {
        prop::collection::vec(
            (any::<prop::sample::Index>(), prop::collection::vec(any::<prop::sample::Index>(), 0..2)),
            2..12,
        )
        .prop_map(|draws| {
            let mut ways = vec![Vec::new(); draws.len()];
            for (place, (from, more)) in draws.iter().enumerate().skip(1) {
                let mut sources: Vec<usize> = more.iter().map(|more| more.index(place)).collect();
                sources.push(from.index(place));
                sources.sort_unstable();
                sources.dedup();
                for from in sources {
                    ways[from].push(place);
                }
            }
            Ways(ways)
        })
    }

    fn check(kind: Kind, pipes: &[Json]) -> Vec<(Level, Option<PipeId>, Id)> {
        let (graph, problems) = Graph::check(kind, &Data::from_json(json!(pipes)), &Around::default());
        assert_eq!(graph.is_some(), problems.iter().all(|problem| problem.level == Level::Warning));
        problems.into_iter().map(|problem| (problem.level, problem.pipe, problem.id)).collect()
    }

    /// The same by the definition: whether there is a way.
    fn leads(ways: &Ways, from: usize, to: usize) -> bool {
        ways.0[from].iter().any(|next| *next == to || leads(ways, *next, to))
    }

    proptest! {
        #[test]
        fn a_valid_pipeline_has_no_problems(ways in ways()) {
            prop_assert_eq!(check(Kind::Message, &ways.document()), []);
        }

        #[test]
        fn one_fault_is_one_problem(ways in ways(), at in any::<prop::sample::Index>(), fault in 0..7_u8) {
            let place = at.index(ways.0.len());
            let id = Some(place as i64 + 1);
            let mut pipes = ways.document();
            let count = pipes.len() as i64;
            let expected = match fault {
                0 => {
                    pipes[place]["outs"]["error"] = json!(count + 1);
                    (Level::Error, id, Id::PipelineExit)
                }
                1 => {
                    pipes.push(json!({"id": count + 1, "type": "log"}));
                    (Level::Warning, Some(count + 1), Id::PipelineUnreachable)
                }
                2 => {
                    pipes.push(pipes[place].clone());
                    (Level::Error, id, Id::PipelineId)
                }
                3 => {
                    pipes[place]["params"]["nothing"] = json!(1);
                    (Level::Warning, id, Id::PipelineUnknown)
                }
                4 => {
                    // From a last pipe back to this one, if that one leads there.
                    let last = (place..ways.0.len()).rev().find(|last| leads(&ways, place, *last)).unwrap_or(place);
                    prop_assume!(ways.0[last].is_empty());
                    pipes[last]["outs"]["error"] = id.into();
                    let on_the_way = |other: &usize| *other == place || leads(&ways, *other, last) && leads(&ways, place, *other);
                    let first = (0..ways.0.len()).find(on_the_way).map(|first| first as i64 + 1);
                    (Level::Error, first, Id::PipelineCycle)
                }
                5 => {
                    pipes[place]["type"] = json!("nothing");
                    prop_assume!(ways.0[place].len() < 2);
                    (Level::Error, id, Id::PipelineType)
                }
                _ => {
                    prop_assume!(ways.0[place].is_empty());
                    pipes[place]["type"] = json!("result");
                    (Level::Error, id, Id::PipelineKind)
                }
            };
            prop_assert_eq!(check(Kind::Message, &pipes), [expected]);
        }

        #[test]
        fn results_in_one_chain_are_found(ways in ways(), one in any::<prop::sample::Index>(), two in any::<prop::sample::Index>()) {
            let (one, two) = (one.index(ways.0.len()), two.index(ways.0.len()));
            prop_assume!(one != two && ways.0[one].len() < 2 && ways.0[two].len() < 2);
            let mut pipes = ways.document();
            pipes[one]["type"] = json!("result");
            pipes[two]["type"] = json!("result");
            let behind = [(one, two), (two, one)].into_iter().find(|(from, to)| leads(&ways, *from, *to));
            let expected = behind.map(|(_, to)| (Level::Error, Some(to as i64 + 1), Id::PipelineResult));
            prop_assert_eq!(check(Kind::Operation, &pipes), Vec::from_iter(expected));
        }
    }

    #[test]
    fn a_graph_is_walked_by_numbers() {
        let pipes = json!([{"id": 7, "type": "log", "outs": {"success": 3}}, {"id": 3, "type": "log"}]);
        let graph = Graph::open(Kind::Message, &Data::from_json(pipes), &Around::default()).unwrap();
        assert_eq!((graph.entry(), graph.ids()), (7, BTreeSet::from([3, 7])));
        assert_eq!(graph.pipe(7).and_then(|pipe| pipe.success), Some(3));
        assert!(graph.pipe(8).is_none());
    }
}
