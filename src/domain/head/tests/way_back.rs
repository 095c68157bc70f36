//! A plan and its inverse: what was done is undone, and what came later stays.

use super::*;
use crate::domain::error::Id;
use crate::domain::json::Node;
use proptest::prelude::*;
use serde_json::json;

/// Merges person 2 into person 1.
fn merged(people: Vec<Person>, n: i64, rule: HeadRule, data: &str) -> Plan {
    let (limits, now) = (Limits::default(), now());
    let mut planner = Planner::new(people, head(0), Guard::default(), &limits, &now);
    with_rule(data, |data| planner.merge(&head(n), rule, data)).unwrap();
    planner.finish()
}

/// The inverse of a plan as it stands in the journal.
fn inverse(before: &[Person], plan: &Plan) -> Vec<u8> {
    let kept: Vec<Kept> = plan.steps.iter().map(|step| Kept { row: row(before, step), ..Kept::default() }).collect();
    let mut bytes = Vec::new();
    crate::domain::json::encode(&inverse_of(plan, &kept).unwrap(), &mut bytes).unwrap();
    bytes
}

/// What the tables would give for what a step takes away.
fn row(before: &[Person], step: &Step) -> Vec<u8> {
    let row = match step {
        Step::Retire { from, .. } => json!({"data": json(&before[*from].before), "version": before[*from].version}),
        _ => json!({"row": "of a head"}),
    };
    bytes(&row.to_string())
}

/// Takes a plan back from how things stand now.
fn taken_back(people: Vec<Person>, inverse: &[u8], force: bool) -> Result<(Plan, Vec<Json>), Id> {
    let (limits, now) = (Limits::default(), now());
    let ways = read_inverse(value(inverse)).unwrap();
    let heads: Vec<Head> = (0..10).map(head).collect();
    let people = people.into_iter().map(|person| Person { is_new: !person.exists, ..again(person) }).collect();
    let mut planner = Planner::new(people, head(0), Guard::default(), &limits, &now);
    let undone = planner.undo(&ways, &heads, force).map_err(|error| error.id)?;
    Ok((planner.finish(), undone.conflicts.iter().map(|conflict| json(conflict)).collect()))
}

/// A person as the next call finds it.
fn again(person: Person) -> Person {
    let data = if person.exists { person.data.clone() } else { bytes("{}") };
    Person { before: data.clone(), data, is_touched: false, ..person }
}

/// Data and heads of everybody who is there.
fn state(people: &[Person]) -> Vec<(Option<i64>, Json, Vec<Option<i64>>)> {
    let mut state: Vec<_> = people
        .iter()
        .filter(|person| person.exists)
        .map(|person| {
            let mut heads: Vec<_> = person.heads.iter().map(|head| head.id).collect();
            heads.sort_unstable();
            (person.dataset, json(&person.data), heads)
        })
        .collect();
    state.sort_by_key(|person| person.0);
    state
}

#[test]
fn what_came_later_stays_and_what_was_changed_again_is_a_conflict() {
    let before =
        vec![person(1, r#"{"a": {"x": 1}}"#, &[0]), person(2, r#"{"a": {"y": 2}, "b": {"z": 3, "t": 4}}"#, &[3])];
    let plan = merged(before.clone(), 3, HeadRule::Transplant, r#"{"level": 1, "hashas": "merge"}"#);
    let inverse = inverse(&before, &plan);
    let edited = |data: &str| {
        let mut people = plan.people.clone();
        people[0].data = bytes(data);
        people
    };
    // A key beside those that came.
    let (undone, conflicts) =
        taken_back(edited(r#"{"a": {"x": 1, "y": 2, "new": 5}, "b": {"z": 3, "t": 4}}"#), &inverse, false).unwrap();
    assert_eq!(state(&undone.people)[0].1, json!({"a": {"x": 1, "new": 5}}));
    assert_eq!(conflicts, [] as [Json; 0]);
    // A key that came and was changed: its neighbour goes back, it does not.
    let changed = || edited(r#"{"a": {"x": 1, "y": 2}, "b": {"z": 9, "t": 4}}"#);
    let (_, conflicts) = taken_back(changed(), &inverse, false).unwrap();
    assert_eq!(conflicts, [json!({"path": "b.z", "ours": 9, "theirs": null})]);
    let (undone, _) = taken_back(changed(), &inverse, true).unwrap();
    assert_eq!(state(&undone.people)[0].1["a"], json!({"x": 1}));
    assert_eq!(state(&undone.people)[1].1, json!({"a": {"y": 2}, "b": {"z": 3, "t": 4}}));
}

#[test]
fn a_head_that_is_elsewhere_stays_there() {
    let before = vec![person(1, "{}", &[0]), person(2, "{}", &[3, 4])];
    let plan = merged(before.clone(), 3, HeadRule::Transplant, "{}");
    let inverse = inverse(&before, &plan);
    let mut people = plan.people.clone();
    people[0].heads.retain(|known| known.id == Some(0));
    assert_eq!(taken_back(people, &inverse, false).unwrap_err(), Id::JournalGone, "nothing can go back");
    let mut people = plan.people;
    people[0].heads.retain(|known| known.id != Some(0));
    assert_eq!(taken_back(people, &inverse, false).unwrap_err(), Id::HeadLast, "a body keeps a head");
}

#[test]
fn a_damaged_row_is_told() {
    for row in ["{}", "[1]", r#"[{"step": "fly"}]"#, r#"[{"step": "move", "address": 1, "from": 1}]"#] {
        assert_eq!(read_inverse(value(&bytes(row))).err().unwrap().id, Id::JsonCorrupt, "{row}");
    }
}

fn document() -> impl Strategy<Value = Json> {
    let key = || prop::sample::select(vec!["a", "b", "c.d", "ы"]).prop_map(str::to_owned);
    let leaf = prop_oneof![Just(json!(null)), (0..4).prop_map(|n| json!(n)), Just(json!([1, 2]))];
    let tree = leaf.prop_recursive(3, 20, 4, move |inner| {
        prop::collection::btree_map(key(), inner, 0..4).prop_map(|it| json!(it))
    });
    prop::collection::btree_map(key(), tree, 0..4).prop_map(|it| json!(it))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn merge_then_unmerge_is_the_identity(
        receiver in document(), source in document(), several in any::<bool>(), level in 0usize..4,
        rule in prop::sample::select(vec![
            HeadRule::None, HeadRule::Transplant, HeadRule::Decapitate, HeadRule::Replace, HeadRule::ReplaceSameType]),
        hasmiss in prop::sample::select(vec!["set", "none", "move"]),
        hashas in prop::sample::select(vec!["set", "none", "move", "delete", "merge"]),
        misshas in prop::sample::select(vec!["none", "delete"]),
    ) {
        let before = vec![
            person(1, &receiver.to_string(), &[0, 1]),
            person(2, &source.to_string(), if several { &[3, 4] } else { &[3] }),
        ];
        let data = json!({"level": level, "hasmiss": hasmiss, "hashas": hashas, "misshas": misshas}).to_string();
        let plan = merged(before.clone(), 3, rule, &data);
        if plan.steps.is_empty() {
            prop_assert_eq!(state(&plan.people), state(&before));
            return Ok(());
        }
        let inverse = inverse(&before, &plan);
        let (undone, conflicts) = taken_back(plan.people, &inverse, false).unwrap();
        prop_assert_eq!(conflicts, Vec::<Json>::new());
        prop_assert_eq!(state(&undone.people), state(&before), "{} {}", rule.as_str(), data);
    }

    #[test]
    fn a_difference_tells_all(before in document(), after in document()) {
        let (before, after) = (bytes(&before.to_string()), bytes(&after.to_string()));
        let changes = difference(object(&before), object(&after)).unwrap();
        let ops: Vec<_> = changes.iter().map(|change| {
            let value = |node: &Node| { let mut out = Vec::new(); crate::domain::json::encode(node, &mut out).unwrap(); json(&out) };
            match &change.new { Some(new) => json!([change.path, "set", value(new)]), None => json!([change.path, "delete"]) }
        }).collect();
        let program = bytes(&json!(ops).to_string());
        let program = crate::domain::datakey::Program::parse(value(&program), &Limits::default()).unwrap();
        let (limits, now) = (Limits::default(), now());
        let context = crate::domain::datakey::Context {
            limits: &limits, now: &now, copy: crate::domain::datakey::CopySource::Own, system: None };
        let made = crate::domain::datakey::apply(value(&before), program.ops(), &context).unwrap().encode().unwrap();
        prop_assert_eq!(made, after);
    }
}
