//! The table of operators (members.md 12.3) and the dates of section 13.

use super::*;

fn table(data: &Json, rows: &[(&str, &str, Json, bool)]) {
    for (a, op, v, expected) in rows {
        let filter = if v.is_null() { json!([{"a": a, "op": op}]) } else { json!([{"a": a, "op": op, "v": v}]) };
        assert_eq!(meets(data, &filter), *expected, "{filter}");
    }
}

#[test]
fn numbers_are_compared_by_value_and_texts_by_bytes() {
    let data = json!({"n": 10, "t": "9", "f": 5.0, "z": "007", "w": "abc", "e": "1e1", "b": true, "s": " 5"});
    table(
        &data,
        &[
            ("n", "==", json!("10.0"), true),
            ("n", ">", json!(9), true),
            ("t", "<", json!(10), true),
            ("t", "lt", json!("10"), false),
            ("f", "==", json!(5), true),
            ("f", "eq", json!("5"), false),
            ("f", "eq", json!("5.0"), true),
            ("z", "==", json!(7), true),
            ("z", "eq", json!("7"), false),
            ("z", ">=", json!("+07.00"), true),
            ("w", ">", json!("Zebra"), true),
            ("w", ">", json!(1), true),
            ("w", "==", json!("ABC"), false),
            ("e", "==", json!(10), false),
            ("e", "==", json!("1e1"), true),
            ("b", "==", json!(true), true),
            ("b", "==", json!("true"), true),
            ("s", "==", json!(5), false),
        ],
    );
}

#[test]
fn long_numbers_are_exact() {
    let data: Json = serde_json::from_str(r#"{"n": 12345678901234567890.10, "h": 0.1}"#).unwrap();
    table(
        &data,
        &[
            ("n", "==", json!("12345678901234567890.1"), true),
            ("n", "==", json!("12345678901234567890.11"), false),
            ("n", ">", json!("12345678901234567890.099999999999999999"), true),
            ("h", "==", json!("0.1000000000000000055511151231257827"), false),
        ],
    );
}

#[test]
fn what_is_not_there_meets_only_negations() {
    let data = json!({"null": null, "list": [1], "object": {"1": null}, "scalar": 1});
    for a in ["none", "none.deeper", "scalar.below", "list[7]", "null", "list"] {
        for (op, v) in [("==", json!("")), ("<", json!("~")), (">=", json!("")), ("eq", json!("1")), ("le", json!("~"))]
        {
            table(&data, &[(a, op, v, false)]);
        }
        for (op, v) in [
            ("in", json!(["", "1", "null"])),
            ("like", json!("%")),
            ("rx", json!("")),
            ("^=", json!("")),
            ("$=", json!("")),
        ] {
            table(&data, &[(a, op, v.clone(), false), (a, &format!("!{op}"), v, true)]);
        }
        table(&data, &[(a, "!=", json!("1"), true), (a, "ne", json!("1"), true)]);
    }
    table(
        &data,
        &[
            ("none", "exists", Json::Null, false),
            ("null", "exists", Json::Null, true),
            ("none", "is_null", Json::Null, true),
            ("null", "is_null", Json::Null, true),
            ("list", "is_null", Json::Null, false),
            ("none", "empty", Json::Null, true),
            ("list", "!empty", Json::Null, true),
            ("scalar", "!exists", Json::Null, false),
        ],
    );
    let empty = json!({"t": "", "l": [], "o": {}, "z": 0, "f": false});
    for a in ["t", "l", "o"] {
        table(&empty, &[(a, "empty", Json::Null, true), (a, "!is_null", Json::Null, true)]);
    }
    table(&empty, &[("z", "empty", Json::Null, false), ("f", "empty", Json::Null, false)]);
}

/// An answer of a choice question is a key.
#[test]
fn an_object_equals_each_of_its_keys() {
    let data = json!({"base": {"gender": {"1": null}, "colours": {"red": null, "2": null}}});
    table(
        &data,
        &[
            ("base.gender.1", "exists", Json::Null, true),
            ("base.gender", "==", json!("1"), true),
            ("base.gender", "==", json!(1), true),
            ("base.gender", "!=", json!("0"), true),
            ("base.gender", ">=", json!("1"), false),
            ("base.colours", "eq", json!("red"), true),
            ("base.colours", "in", json!(["blue", "2"]), true),
            ("base.colours", "!in", json!(["blue", "3"]), true),
            ("base.colours", "like", json!("red"), false),
        ],
    );
}

#[test]
fn sizes_count_elements_and_keys() {
    let data = json!({"l": [1, null, []], "o": {"x": 1}, "e": [], "t": "three", "n": null});
    table(
        &data,
        &[
            ("size(l)", "==", json!(3), true),
            ("size(l)", ">", json!("2.5"), true),
            ("size(l[2])", "==", json!(0), true),
            ("size(o)", "<", json!(2), true),
            ("size(e)", "==", json!(0), true),
            ("size(t)", "==", json!(5), false),
            ("size(t)", "is_null", Json::Null, true),
            ("size(n)", "!=", json!(0), true),
            ("size(none)", "<", json!(1), false),
            ("size(l)", "in", json!(["2", "3"]), true),
        ],
    );
}

#[test]
fn dates_are_cut_to_the_precision_of_the_field() {
    let data = json!({
        "day": "2024-05-02", "full": "2024-05-02 11:29:59", "t": "2024-05-02T11:29", "birth": "1990-05-02", "md": "05-02",
        "wrong": "2024-02-31", "word": "soon", "number": 2024
    });
    table(
        &data,
        &[
            // It is 12:30 in Moscow.
            ("day:YD", "==", json!("current"), true),
            ("full:YD", "==", json!("CURRENT"), true),
            ("birth:MD", "==", json!("current"), true),
            ("md:MD", "==", json!("current"), true),
            ("full:Yh", "==", json!("current - 1 hour"), true),
            ("t:Ym", "==", json!("2024-5-2 11:29"), true),
            ("full:Ys", ">=", json!("current:YD"), true),
            ("day:Ys", "==", json!("current:YD"), true),
            ("full:YD", ">", json!("current - 7 DAY"), true),
            ("full:YD", "in", json!(["2024-05-01", "current"]), true),
            ("number:YY", "==", json!("current"), true),
            ("md:YD", "==", json!("2024-05-02"), false),
            ("md:YD", "!=", json!("2024-05-02"), true),
            ("wrong:YD", "exists", Json::Null, false),
            ("word:YD", "is_null", Json::Null, true),
            ("word:YD", "<", json!("2030-01-01"), false),
            // Without a precision the moment is written whole.
            ("full", "<", json!("current"), true),
            ("full", "==", json!("current - 3601 seconds"), true),
            ("full", ">", json!("current - 61 minutes"), true),
            // What is not compared by value is a text.
            ("word", "ne", json!("current"), true),
        ],
    );
    assert!(meets(&json!({"w": "current"}), &json!([{"a": "w", "op": "eq", "v": "current"}])));
    assert!(meets(&json!({"w": "current events"}), &json!([{"a": "w", "op": "==", "v": "current events"}])));
}

#[test]
fn conditions_are_joined_and_negated() {
    let data = json!({"a": 1, "b": 2});
    let (yes, no) = (json!({"a": "a", "op": "==", "v": 1}), json!({"a": "b", "op": "==", "v": 1}));
    for (filter, expected) in [
        (json!([]), true),
        (json!([yes, no]), false),
        (json!([{"op": "or", "v": [yes, no]}]), true),
        (json!([{"op": "or", "v": []}]), false),
        (json!([{"op": "and", "v": []}]), true),
        (json!([{"op": "!and", "v": [yes, no]}]), true),
        (json!([{"op": "!or", "v": [yes, no]}]), false),
        (json!([{"op": "!and", "v": []}]), false),
        (json!([{"op": "!or", "v": [no, {"op": "!and", "v": [yes]}]}]), true),
    ] {
        assert_eq!(meets(&data, &filter), expected, "{filter}");
    }
}

#[test]
fn has_looks_at_each_element() {
    let data = json!({
        "orders": [{"no": 17, "sum": 9.50, "items": [{"sku": "A"}]}, {"no": 18, "sum": 20, "items": [{"sku": "B"}, {"sku": "A"}]}],
        "tags": ["new", "vip"], "addresses": {"home.1": {"city": "Perm"}, "work": {"city": "Omsk"}}, "nested": [[1, 2], [3]]
    });
    let has = |a: &str, v: Json| json!([{"a": a, "op": "has", "v": v, "save": "hit"}]);
    let above = json!([{"a": "sum", "op": ">", "v": 10}]);
    for (filter, places) in [
        (has("orders", above.clone()), vec!["orders[1]"]),
        (has("orders", json!([{"a": "sum", "op": ">", "v": 5}, {"a": "no", "op": "!=", "v": 17}])), vec!["orders[1]"]),
        (has("orders", json!([])), vec!["orders[0]", "orders[1]"]),
        (has("tags", json!([{"a": "", "op": "==", "v": "vip"}])), vec!["tags[1]"]),
        (has("tags", json!([{"op": "^=", "v": "n"}])), vec!["tags[0]"]),
        (has("addresses", json!([{"a": "city", "op": "==", "v": "Perm"}])), vec!["addresses.home\\.1"]),
        (has("nested", json!([{"a": "size()", "op": "==", "v": 2}])), vec!["nested[0]"]),
    ] {
        assert_eq!(saved(&data, &filter)["hit"], places, "{filter}");
    }
    for filter in
        [has("orders[0].no", json!([])), has("none", json!([])), has("tags", json!([{"a": "x", "op": "exists"}]))]
    {
        assert!(!meets(&data, &filter), "{filter}");
    }
    assert!(meets(&data, &json!([{"a": "orders", "op": "!has", "v": [{"a": "sum", "op": ">", "v": 100}]}])));

    // Inside of an element that does not satisfy the outer conditions nothing is saved.
    let inner = json!({"a": "items", "op": "has", "v": [{"a": "sku", "op": "==", "v": "A"}], "save": "item"});
    let filter = json!([{"a": "orders", "op": "has", "v": [inner, above[0]], "save": "order"}]);
    let found = saved(&data, &filter);
    assert_eq!(
        (&found["order"], &found["item"]),
        (&vec!["orders[1]".to_owned()], &vec!["orders[1].items[1]".to_owned()])
    );
}

fn hits(data: &Json, filter: &Json) -> Option<Hits> {
    let bytes = bytes(&data.to_string());
    let data = root(&bytes).unwrap().into();
    let system = crate::domain::json::View::from(crate::domain::json::Value::Null);
    let (groups, statistics) = (&NoGroups, &NoStatistics);
    matcher(filter).evaluate_with_hits(&Subject { data, system, heads: &[], groups, statistics }).unwrap()
}

fn saved(data: &Json, filter: &Json) -> std::collections::BTreeMap<String, Vec<String>> {
    hits(data, filter).expect("the filter is met").saves
}

#[test]
fn labels_show_what_held() {
    let data = json!({"a": 1.25, "b": [1, {"x": null}], "c": "2024-05-02 10:00:00"});
    let labelled = |a: &str, op: &str, v: Json, label: &str| json!({"a": a, "op": op, "v": v, "label": label});
    let filter = json!([
        {"op": "or", "label": "either", "v": [
            labelled("a", "==", json!("1.250"), "number"),
            labelled("a", "==", json!(7), "not this"),
            {"op": "and", "v": [labelled("b", "!=", json!(1), "lost"), {"a": "a", "op": "==", "v": 8}]},
            labelled("size(b)", "==", json!(2), "size"),
            labelled("c:YD", "==", json!("current"), "day"),
            {"a": "b", "op": "!empty", "label": "whole"},
            {"a": "none", "op": "is_null", "label": "nothing"},
            {"op": "!or", "v": [labelled("a", "==", json!("1.25"), "hidden")], "label": "untrue"}
        ]}
    ]);
    let labels: HashMap<_, _> =
        hits(&data, &filter).unwrap().labels.into_iter().map(|(name, value)| (name, text(&value))).collect();
    let expected = [
        ("either", "true"),
        ("number", "1.25"),
        ("size", "2"),
        ("day", "\"2024-05-02\""),
        ("whole", "[1, {\"x\": null}]"),
        ("nothing", "null"),
    ];
    assert_eq!(labels, expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    assert_eq!(hits(&data, &json!([labelled("a", "==", json!(2), "x")])), None);
}
