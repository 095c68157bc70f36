//! Usage, depth, what is mentioned, groups within groups.

use super::*;

#[test]
fn usage_and_depth_are_what_the_page_says() {
    let one = json!({"a": "a", "op": "==", "v": 1});
    for (filter, usage, depth) in [
        (json!([]), 0, 0),
        (json!([one]), 1, 1),
        (json!([{"a": "a", "op": "like", "v": "x"}]), 2, 1),
        (json!([{"a": "a", "op": "like", "v": "x".repeat(19)}]), 2, 1),
        (json!([{"a": "a", "op": "!like", "v": "%я".repeat(20)}]), 5, 1),
        (json!([{"a": "a", "op": "like", "v": "x".repeat(1000)}]), 52, 1),
        (json!([{"a": "a", "op": "rx", "v": "x"}]), 50, 1),
        (json!([{"a": "a", "op": "in", "v": vec!["x"; 15]}]), 1, 1),
        (json!([{"a": "a", "op": "in", "v": vec!["x"; 32]}]), 3, 1),
        (json!([{"op": "in_group", "v": ["a", "b"]}]), 6, 1),
        (json!([{"a": "size(member.heads)", "op": ">", "v": 1}]), 3, 1),
        (json!([{"op": "or", "v": [one, one]}]), 3, 2),
        (json!([{"a": "l", "op": "has", "v": [one, {"a": "m", "op": "has", "v": [one]}]}]), 36, 3),
    ] {
        let read = read(&filter).unwrap();
        assert_eq!((read.usage(), read.depth()), (usage, depth), "{filter}");
        let figures = check_groups(&matcher(&filter), None, &NoGroups, &Limits::default()).unwrap();
        assert_eq!((figures.usage, figures.depth), (usage.max(1), depth), "{filter}");
    }
}

#[test]
fn mentions_are_the_stems_of_datakeys() {
    let filter = read(&json!([
        {"a": "orders[-1].sum", "op": ">", "v": "current - 1 day", "label": "sum"},
        {"a": "base.gender.1", "op": "exists"},
        {"a": "base.city:YD", "op": "is_null"},
        {"a": "size(tags)", "op": "==", "v": 1},
        {"op": "!or", "v": [{"a": "leads", "op": "has", "v": [{"a": "sum", "op": "==", "v": 1}], "save": "leads"}, {"op": "in_group", "v": ["l1", "f1"]}]},
        {"a": "member.haslock", "op": "==", "v": 0},
        {"a": "-group.l2", "op": "exists"},
        {"a": "size(member.heads)", "op": ">", "v": 1}
    ]))
    .unwrap();
    let mentions = filter.mentions();
    let texts = |set: &std::collections::BTreeSet<String>| set.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    assert_eq!(texts(&mentions.paths), "-group.l2 base.city base.gender leads member.haslock member.heads orders tags");
    assert_eq!((texts(&mentions.groups), texts(&mentions.entries)), ("f1 l1".to_owned(), "l2".to_owned()));
    assert_eq!(mentions.asked_for().map(String::as_str).collect::<Vec<_>>().join(" "), "f1 l1 l2");
    assert_eq!((texts(&mentions.saves), texts(&mentions.labels)), ("leads".to_owned(), "sum".to_owned()));
    assert!(filter.uses_clock() && !filter.is_about_data());
    for yes in [
        "orders",
        "orders[3]",
        "orders[0].no",
        "base",
        "base.gender",
        "base.gender.0",
        "base.city.x",
        "tags[0]",
        "leads.a.sum",
        "member.haslock",
        "-group.l2",
    ] {
        assert!(mentions.touched_by(yes), "{yes}");
    }
    for no in ["base.cit", "base.city2", "orde", "order", "tags2", "member.email", "-group.l1", "x.base.city"] {
        assert!(!mentions.touched_by(no), "{no}");
    }
}

fn groups(filters: &[(&str, Json)]) -> HashMap<String, (Matcher, Option<AddrType>)> {
    filters.iter().map(|(gid, filter)| ((*gid).to_owned(), (matcher(filter), None))).collect()
}

fn asks(gid: &str) -> Json {
    json!([{"op": "in_group", "v": gid}])
}

#[test]
fn a_group_within_its_own_filter_is_a_cycle() {
    let known =
        groups(&[("a", asks("b")), ("b", json!([{"op": "!or", "v": asks("c")}])), ("c", asks("a")), ("d", asks("d"))]);
    let limits = Limits::default();
    for start in ["a", "b", "c", "d"] {
        let error = check_groups(&matcher(&asks(start)), None, &known, &limits).unwrap_err();
        assert_eq!(error.id, Id::FilterCycle);
    }
    // The filter that is about to become that of a group.
    assert_eq!(check_groups(&matcher(&asks("x")), Some("x"), &groups(&[]), &limits).unwrap_err().id, Id::FilterCycle);
    assert_eq!(
        check_groups(&matcher(&asks("x")), Some("y"), &groups(&[]), &limits).unwrap(),
        Figures { usage: 3, depth: 1 }
    );

    // Readers notice it too.
    let data = crate::domain::json::View::from(crate::domain::json::Value::Null);
    let subject = Subject { data, system: data, heads: &[], groups: &known, statistics: &NoStatistics };
    assert_eq!(matcher(&asks("d")).evaluate(&subject).unwrap_err().id, Id::FilterCycle);
    let target = Target { attributes: &Default::default(), groups: &known, zone: "UTC", first: 1 };
    assert_eq!(matcher(&asks("d")).compile(&target).unwrap_err().id, Id::FilterCycle);
}

#[test]
fn the_filters_of_groups_count() {
    let limits = Limits { max_depth: 6, max_usage: 100 };
    let nested = json!([{"op": "and", "v": [{"op": "in_group", "v": "inner"}]}]);
    let known = groups(&[("inner", json!([{"a": "a", "op": "rx", "v": "x"}])), ("outer", nested)]);
    let figures = check_groups(&matcher(&asks("outer")), None, &known, &limits).unwrap();
    assert_eq!(figures, Figures { usage: 3 + 1 + 3 + 50, depth: 4 });
    assert_eq!(
        check_groups(&matcher(&asks("outer")), None, &known, &Limits { max_depth: 3, ..limits }).unwrap_err().id,
        Id::FilterDepth
    );
    assert_eq!(
        check_groups(&matcher(&asks("outer")), None, &known, &Limits { max_usage: 56, ..limits }).unwrap_err().id,
        Id::FilterUsage
    );
    // Each level doubles the work: the limit ends the walk, not the patience of the caller.
    let doubling: Vec<(String, Json)> = (0..60).map(|n| (format!("g{n}"), json!([{"op": "in_group", "v": [format!("g{}", n + 1)]}, {"op": "!in_group", "v": [format!("g{}", n + 1)]}]))).collect();
    let known = doubling.iter().map(|(gid, filter)| (gid.clone(), (matcher(filter), None))).collect::<HashMap<_, _>>();
    let wide = Limits { max_depth: 100, max_usage: 100_000 };
    assert_eq!(check_groups(&matcher(&asks("g0")), None, &known, &wide).unwrap_err().id, Id::FilterUsage);
}

#[test]
fn a_row_says_what_stands_there() {
    let row = |json: &str| {
        let bytes = bytes(&format!("[{json}]"));
        let row = attr_of(root(&bytes).unwrap().as_array().unwrap().get(0).unwrap()).unwrap().unwrap();
        (row.kind.letter(), row.value.clone(), row.number().map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    for (json, expected) in [
        ("null", ("n", None, None)),
        ("[]", ("c", None, None)),
        ("{\"a\": 1}", ("c", None, None)),
        ("true", ("s", some("true"), None)),
        ("1.10", ("s", some("1.10"), some("1.10"))),
        ("1e3", ("s", some("1000"), some("1000"))),
        ("\"+07\"", ("s", some("+07"), some("+07"))),
        ("\"1e3\"", ("s", some("1e3"), None)),
        ("\"\"", ("s", some(""), None)),
    ] {
        assert_eq!(row(json), expected, "{json}");
    }
    assert_eq!(row(&format!("\"{}\"", "x".repeat(512))).0, "s");
    assert_eq!(row(&format!("\"{}\"", "x".repeat(513))), ("c", None, None));
    assert_eq!(row(&"9".repeat(513)), ("c", None, None));
    assert_eq!(attr_of(None).unwrap(), None);
}
