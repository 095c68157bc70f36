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
