//! Programs that are written in one pass: which they are, and that it makes no difference.

use super::*;
use proptest::prelude::*;
use serde_json::json;

/// The body after the plan of a program; None where there is no plan, or it cannot tell.
fn planned(body: &str, program: &str) -> Option<String> {
    let (body, program) = (bytes(body), bytes(program));
    let limits = Limits::default();
    let program = Program::parse(root(&program).unwrap(), &limits).unwrap();
    let after = Plan::of(&program, &limits)?.apply(&body)?.into_owned();
    Some(text(&after))
}

#[test]
fn sets_on_keys_apart_have_a_plan() {
    let body = r#"{"a": 1, "b": {"c": [1, 2], "d": null}}"#;
    let made = |program: &str| planned(body, program).unwrap();
    assert_eq!(made("[]"), body);
    assert_eq!(made(r#"[["a", "set", 1]]"#), body);
    assert_eq!(
        made(r#"[["b.e.f", "set", {"x": 1.50}]]"#),
        r#"{"a": 1, "b": {"c": [1, 2], "d": null, "e": {"f": {"x": 1.50}}}}"#
    );
    assert_eq!(made(r#"[["b.d.e", "set", 2], ["a", "set", [3]]]"#), r#"{"a": [3], "b": {"c": [1, 2], "d": {"e": 2}}}"#);
    assert_eq!(made(r#"[["a", "set", 2], ["a", "set", 3]]"#), r#"{"a": 3, "b": {"c": [1, 2], "d": null}}"#);
}

#[test]
fn what_depends_on_the_order_or_on_the_body_has_none() {
    for program in [
        r#"[["a", "set", {}], ["a.b", "set", 1]]"#,
        r#"[["a.b", "set", 1], ["a", "set", {}]]"#,
        r#"[["a", "insert", 1]]"#,
        r#"[["a[0]", "set", 1]]"#,
        r#"[["a", "set.copy", "b"]]"#,
        r#"[["a", "set", "current", "dt"]]"#,
    ] {
        assert_eq!(planned("{}", program), None, "{program}");
    }
}

#[test]
fn a_plan_leaves_what_is_wrong_to_the_engine() {
    for body in ["[1]", "1", r#"{"a": 1}"#, r#"{"a": [{}]}"#] {
        assert_eq!(planned(body, r#"[["a.b", "set", 1]]"#), None, "{body}");
    }
    let narrow = Limits { max_result_size: 64, ..Limits::default() };
    let program = bytes(r#"[["a", "set", 1]]"#);
    let program = Program::parse(root(&program).unwrap(), &narrow).unwrap();
    let plan = Plan::of(&program, &narrow).unwrap();
    assert!(plan.apply(&bytes("{}")).is_some());
    assert!(plan.apply(&bytes(&format!(r#"{{"b": "{}"}}"#, "x".repeat(100)))).is_none());
    let flat = Limits { max_depth: 2, ..Limits::default() };
    let program = bytes(r#"[["a.b", "set", {}]]"#);
    assert!(Plan::of(&Program::parse(root(&program).unwrap(), &flat).unwrap(), &flat).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// `run` compares the plan with the engine; here the programs are of the kind that has one.
    #[test]
    fn make_no_difference(
        body in prop::collection::btree_map("[a-f]{1,2}", inner(), 0..40),
        ops in prop::collection::vec((prop::collection::vec("[a-f]{1,2}", 1..4), inner()), 0..30),
    ) {
        let program: Vec<_> = ops.iter().map(|(path, value)| json!([path.join("."), "set", value])).collect();
        let (body, program) = (json!(body).to_string(), json!(program).to_string());
        let crosses = ops.iter().any(|(one, _)| ops.iter().any(|(other, _)| one.len() < other.len() && other.starts_with(one)));
        let outcome = run(&body, &program);
        prop_assert_eq!(planned(&body, &program).is_some(), !crosses && outcome.is_ok(), "{} {}", body, program);
    }
}

fn inner() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<i32>().prop_map(|number| json!(number)),
        "[a-zа-я]{0,9}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(2, 60, 40, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(|list| json!(list)),
            3 => prop::collection::btree_map("[a-f]{1,2}", inner, 0..36).prop_map(|pairs| json!(pairs)),
        ]
    })
}
