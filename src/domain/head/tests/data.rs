//! `data_rule`: cells of the table, and random documents against the model.

use super::*;
use crate::domain::datakey::{Context, CopySource, apply};
use crate::domain::json::tests::server_text;
use proptest::prelude::*;
use serde_json::json;

/// Receiver and source after a merge, and how many datakeys stayed with a warning.
fn merged(receiver: &Json, source: &Json, rule: &Json) -> (Json, Json, usize) {
    let (ours, theirs) = (bytes(&receiver.to_string()), bytes(&source.to_string()));
    with_rule(&rule.to_string(), |rule| {
        let merged = merge(object(&ours), object(&theirs), rule).unwrap();
        let after = |body: &[u8], ops: &[_]| {
            let (limits, now) = (Limits::default(), now());
            let context = Context { limits: &limits, now: &now, copy: CopySource::Own, system: None };
            json(&apply(value(body), ops, &context).unwrap().encode().unwrap())
        };
        (after(&ours, &merged.receiver), after(&theirs, &merged.source), merged.warnings.len())
    })
}

#[test]
fn each_mode_in_its_situation() {
    let receiver = json!({"both": {"k": 1}, "ours": {"k": 2}});
    let source = json!({"both": {"k": 3}, "theirs": {"k": 4}});
    let cell = |rule: Json| merged(&receiver, &source, &rule);
    let start = json!({"both": {"k": 1}, "ours": {"k": 2}, "theirs": {"k": 4}});
    assert_eq!(cell(json!({})), (start.clone(), source.clone(), 0));
    assert_eq!(cell(json!({"hasmiss": "none"})), (receiver.clone(), source.clone(), 0));
    let moved = json!({"both": {"k": 3}, "theirs": {}});
    assert_eq!(cell(json!({"hasmiss": "move"})), (start.clone(), moved, 0));
    let set = json!({"both": {"k": 3}, "ours": {"k": 2}, "theirs": {"k": 4}});
    assert_eq!(cell(json!({"hashas": "set"})), (set.clone(), source.clone(), 0));
    let moved = json!({"both": {}, "theirs": {"k": 4}});
    assert_eq!(cell(json!({"hashas": "move"})), (set, moved, 0));
    let gone = json!({"both": {}, "ours": {"k": 2}, "theirs": {"k": 4}});
    assert_eq!(cell(json!({"hashas": "delete"})), (gone, source.clone(), 0));
    let gone = json!({"both": {"k": 1}, "ours": {}, "theirs": {"k": 4}});
    assert_eq!(cell(json!({"misshas": "delete"})), (gone, source.clone(), 0));
    // Two numbers do not unite.
    assert_eq!(cell(json!({"hashas": "merge"})), (start, source.clone(), 1));
}

#[test]
fn merge_unites_objects_and_joins_lists() {
    let receiver = json!({"o": {"a": 1, "b": {"x": 1}}, "l": [1], "m": [1]});
    let source = json!({"o": {"b": {"y": 2}, "c": 3}, "l": [2, 1], "m": {"k": 1}});
    let (ours, _, warnings) = merged(&receiver, &source, &json!({"level": 1, "hashas": "merge"}));
    assert_eq!(ours, json!({"o": {"a": 1, "b": {"y": 2}, "c": 3}, "l": [1, 2, 1], "m": [1]}));
    assert_eq!(warnings, 1);
}

#[test]
fn level_nought_compares_the_documents() {
    let (receiver, source) = (json!({"a": 1}), json!({"b": 2}));
    let at = |mode: &str| merged(&receiver, &source, &json!({"level": 0, "hashas": mode}));
    assert_eq!(at("none"), (receiver.clone(), source.clone(), 0));
    assert_eq!(at("set"), (source.clone(), source.clone(), 0));
    assert_eq!(at("move"), (source.clone(), json!({}), 0));
    assert_eq!(at("delete"), (json!({}), source.clone(), 0));
    assert_eq!(at("merge"), (json!({"a": 1, "b": 2}), source.clone(), 0));
}

#[test]
fn what_lies_in_the_way_of_a_key_stays() {
    let (ours, _, warnings) =
        merged(&json!({"a": 1, "n": null, "e": {}}), &json!({"a": {"b": 2}, "n": {"b": 2}, "e": {"b": 2}}), &json!({}));
    assert_eq!((ours, warnings), (json!({"a": 1, "n": {"b": 2}, "e": {"b": 2}}), 1));
    let (ours, _, warnings) = merged(&json!({"a": {"b": 2}}), &json!({"a": 1}), &json!({}));
    assert_eq!((ours, warnings), (json!({"a": {"b": 2}}), 1));
    let (ours, ..) = merged(&json!({"a": {"b": 2}}), &json!({"a": 1}), &json!({"misshas": "delete"}));
    assert_eq!(ours, json!({"a": 1}));
}

#[test]
fn keys_with_rules_of_their_own_are_left_alone_by_the_others() {
    let (receiver, source) =
        (json!({"a": {"b": {"c": 1, "d": 1}, "e": 1}}), json!({"a": {"b": {"c": 2, "d": 2}, "e": 2}}));
    let rule = json!({"level": 1, "hashas": "set", "dk_rule": {"a.b.c": "none"}});
    assert_eq!(merged(&receiver, &source, &rule).0, json!({"a": {"b": {"c": 1, "d": 2}, "e": 2}}));
    let rule = json!({"level": 0, "hashas": "delete", "dk_rule": {"a.b.c": "none", "a.b": "set"}});
    assert_eq!(merged(&receiver, &source, &rule).0, json!({"a": {"b": {"c": 1, "d": 2}}}));
    let rule = json!({"dk_rule": {"a.b.x": "set", "q": "delete"}});
    assert_eq!(merged(&receiver, &source, &rule).0, receiver, "what the source does not have is nothing to set");
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d.e"]).prop_map(str::to_owned)
}

fn document() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![Just(json!(null)), (0..4).prop_map(|n| json!(n)), Just(json!([1])), Just(json!([2, 3]))];
    let tree =
        leaf.prop_recursive(3, 20, 4, |inner| prop::collection::btree_map(key(), inner, 0..4).prop_map(|it| json!(it)));
    prop::collection::btree_map(key(), tree, 0..4).prop_map(|it| json!(it))
}

fn any_mode() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["set", "none", "move", "delete", "merge"])
}

fn written(keys: &[String]) -> String {
    keys.iter().map(|key| key.replace('.', "\\.")).collect::<Vec<_>>().join(".")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30_000))]

    #[test]
    fn random_documents_and_rules(
        receiver in document(), source in document(), level in 0usize..4,
        hasmiss in prop::sample::select(vec!["set", "none", "move"]), hashas in any_mode(),
        misshas in prop::sample::select(vec!["none", "delete"]),
        own in prop::collection::btree_map(prop::collection::vec(key(), 1..4), any_mode(), 0..3),
    ) {
        let rules: serde_json::Map<String, Json> = own.iter().map(|(keys, mode)| (written(keys), json!(mode))).collect();
        let rule = json!({"level": level, "hasmiss": hasmiss, "hashas": hashas, "misshas": misshas, "dk_rule": rules});
        let own: Vec<_> = own.into_iter().map(|(keys, mode)| (keys, mode.to_owned())).collect();
        let (ours, theirs, warnings) = merged(&receiver, &source, &rule);
        let (a, b, c) = model::merge(&receiver, &source, level, [hasmiss, hashas, misshas], &own);
        prop_assert_eq!(server_text(&ours), server_text(&a), "{} {} {}", receiver, source, rule);
        prop_assert_eq!(server_text(&theirs), server_text(&b), "{} {} {}", receiver, source, rule);
        prop_assert_eq!(warnings, c, "{} {} {}", receiver, source, rule);
    }
}
