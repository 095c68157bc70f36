//! Questions to the statistics as conditions. What they find on a server is tested there (tests/stat.rs); here, how they are
//! read, asked and written.

use super::*;
use crate::domain::json::{Node, Value};
use std::collections::BTreeSet;

fn asks(question: Json) -> Json {
    json!({"a": "filter.stat.uni", "op": "has", "v": question})
}

fn clicked() -> Json {
    asks(json!({"filter": [{"a": "click.dt", "op": "exists"}]}))
}

/// Finds these rows, whatever is asked.
struct Fixed(Option<Vec<&'static str>>);

impl Statistics for Fixed {
    fn found(&self, _: &Question, _: &dyn Groups) -> Result<Option<Vec<Vec<u8>>>> {
        Ok(self.0.as_ref().map(|rows| rows.iter().map(|row| bytes(row)).collect()))
    }
}

fn hits(filter: &Json, statistics: &Fixed) -> Option<Hits> {
    let nothing = crate::domain::json::View::from(Value::Null);
    let subject = Subject { data: nothing, system: nothing, heads: &[], groups: &NoGroups, statistics };
    let hits = matcher(filter).evaluate_with_hits(&subject).unwrap();
    assert_eq!(matcher(filter).evaluate(&subject).unwrap(), hits.is_some());
    hits
}

fn compile(filter: &Json, groups: &dyn Groups) -> Result<Compiled> {
    let target = Target { attributes: &BTreeSet::from(["click.dt".to_owned()]), groups, zone: "UTC", first: 3 };
    matcher(filter).compile(&target)
}

#[test]
fn a_question_holds_where_it_finds_something() {
    let (yes, no) = (Fixed(Some(Vec::new())), Fixed(None));
    for op in ["has", "!has"] {
        let mut condition = clicked();
        condition["op"] = json!(op);
        let filter = json!([condition]);
        assert_eq!(hits(&filter, &yes).is_some(), op == "has");
        assert_eq!(hits(&filter, &no).is_some(), op == "!has");
        assert_eq!(written(&read(&filter).unwrap()), filter);
    }
    // Data alone know nothing of what happened.
    assert!(!meets(&json!({"filter": {"stat": {"uni": [1]}}}), &json!([clicked()])));
    // A datakey of that name is looked into with a list of conditions.
    let of_data = json!([{"a": "filter.stat.uni", "op": "has", "v": [{"a": "", "op": "==", "v": 1}]}]);
    assert!(meets(&json!({"filter": {"stat": {"uni": [1]}}}), &of_data));
}

#[test]
fn its_rows_are_saved_where_the_filter_holds() {
    let statistics = Fixed(Some(vec![r#"{"click.dt": "2024-05-01"}"#, r#"{"click.dt": null}"#]));
    let mut saving = asks(json!({"filter": [], "select": ["click.dt"]}));
    saving["save"] = json!("clicks");
    saving["label"] = json!("clicked");
    let found = hits(&json!([saving]), &statistics).unwrap();
    let rows: Vec<String> = found.rows["clicks"].iter().map(|row| text(row)).collect();
    assert_eq!(rows, [r#"{"click.dt": "2024-05-01"}"#, r#"{"click.dt": null}"#]);
    assert_eq!(text(&found.labels["clicked"]), "true");
    // Twice under one code: each row once. Below what does not hold nothing is found.
    assert_eq!(hits(&json!([saving, saving]), &statistics).unwrap().rows["clicks"].len(), 2);
    let lost =
        json!([{"op": "or", "v": [{"op": "and", "v": [saving, {"a": "x", "op": "exists"}]}, {"op": "and", "v": []}]}]);
    assert_eq!(hits(&lost, &statistics), Some(Hits::default()));
    assert_eq!(written(&read(&json!([saving])).unwrap()), json!([saving]));
}

#[test]
fn what_is_wrong_with_a_question_is_named_with_its_place() {
    let with = |key: &str, value: Json| {
        let mut condition = clicked();
        condition[key] = value;
        condition
    };
    for (condition, id, explain) in [
        (with("v", json!(1)), Id::FilterSyntax, "filter[0].v: a list is needed here"),
        (with("op", json!("==")), Id::FilterValue, "filter[0].v: a text"),
        (with("v", json!({"first": 5})), Id::FilterValue, "filter[0].v: stat.uni must be of select, filter, have"),
        (with("v", json!({"filter": {}})), Id::FilterValue, "filter[0].v: filter must be a list"),
        (with("v", json!({"select": []})), Id::FilterValue, "filter[0].v: select must be"),
        (with("v", json!({"select": ["base.city"]})), Id::FilterValue, "filter[0].v: select[0] must be a key"),
        (with("v", json!({"cache": {"ttl": 5}})), Id::FilterUnsupported, "filter[0].v: cache"),
        (
            with("v", json!({"filter": [{"a": "base.city", "op": "exists"}]})),
            Id::FilterAttribute,
            "filter[0].v: stat.uni knows",
        ),
        (
            with("v", json!({"filter": [{"a": "click.dt", "op": "near"}]})),
            Id::FilterOperator,
            "filter[0].v: filter[0].op:",
        ),
        (
            with("v", json!({"filter": [{"a": "click.dt", "op": ">", "v": "current - 7 dais"}]})),
            Id::FilterValue,
            "filter[0].v: filter[0].v:",
        ),
        (with("v", json!({"filter": [clicked()]})), Id::FilterUnsupported, "filter[0].v: stat.uni has no"),
        (
            with("v", json!({"have": [{"op": "in_group", "v": "l1"}]})),
            Id::FilterUnsupported,
            "filter[0].v: have: groups",
        ),
        (with("save", json!("x")), Id::FilterValue, "filter[0].v: save needs select"),
    ] {
        let error = refusal(&json!([condition]));
        assert_eq!(error.id, id, "{condition}: {error:?}");
        assert!(error.explain.starts_with(explain), "{condition}: {error:?}");
    }
    let mut never = asks(json!({"select": ["click.dt"]}));
    (never["op"], never["save"]) = (json!("!has"), json!("x"));
    assert_eq!(refusal(&json!([never])).id, Id::FilterUnsupported);
    let inside = json!([{"a": "orders", "op": "has", "v": [clicked()]}]);
    assert!(refusal(&inside).explain.starts_with("filter[0].v[0]: inside of has"));
}

#[test]
fn a_question_counts_with_its_conditions() {
    let question = asks(json!({
        "filter": [{"op": "or", "v": [{"a": "click.dt", "op": "exists"}, {"op": "in_group", "v": ["l1", "f1"]}]}],
        "have": [{"a": "count(*)", "op": ">", "v": 1}]
    }));
    let filter = read(&json!([question])).unwrap();
    assert_eq!((filter.usage(), filter.depth()), (100 + 1 + 1 + 6 + 1, 3));
    assert!(filter.uses_clock() && !filter.is_about_data() && filter.timeless().is_err());
    let mentions = filter.mentions();
    assert!(mentions.asks_statistics && mentions.paths.is_empty());
    assert_eq!(mentions.groups, ["f1", "l1"].map(str::to_owned).into());
    let many = json!((0..100).map(|_| clicked()).collect::<Vec<_>>());
    assert_eq!(refusal(&many).id, Id::FilterUsage);
}

/// Each question within a question takes a level, before it is refused.
#[test]
fn questions_cannot_be_nested_without_end() {
    let mut inner = Node::array([]);
    for _ in 0..120 {
        let question = Node::object([("filter", inner)]);
        let keys = [("a", Node::from("filter.stat.uni")), ("op", Node::from("has")), ("v", question)];
        inner = Node::array([Node::object(keys)]);
    }
    let bytes = encoded(&inner).unwrap();
    for (limits, most) in [(Limits::default(), 32), (Limits { max_depth: usize::MAX, max_usage: u64::MAX }, 100)] {
        let error = Filter::read(root(&bytes).unwrap(), &limits).unwrap_err();
        assert_eq!((error.id, error.explain), (Id::FilterDepth, format!("more than {most} levels of conditions")));
    }
}

#[test]
fn groups_of_a_question_are_followed() {
    let asks_group = |gid: &str| json!([asks(json!({"filter": [{"op": "in_group", "v": gid}]}))]);
    let known: HashMap<String, (Matcher, Option<AddrType>)> =
        [("a", "b"), ("b", "a")].map(|(gid, other)| (gid.to_owned(), (matcher(&asks_group(other)), None))).into();
    let error = check_groups(&matcher(&asks_group("a")), None, &known, &Limits::default()).unwrap_err();
    assert_eq!(error.id, Id::FilterCycle);
    assert_eq!(compile(&asks_group("a"), &known).unwrap_err().id, Id::FilterCycle);
}

#[test]
fn a_question_becomes_a_set_of_heads() {
    let question = asks(json!({
        "filter": [{"a": "click.dt:YD", "op": "==", "v": "current"}, {"a": "click.link.url", "op": "==", "v": "x"}],
        "select": ["click.issue.id"],
        "have": [{"a": "count(*)", "op": ">", "v": 1}]
    }));
    let compiled = compile(&json!([{"a": "a", "op": "==", "v": 1}, question]), &NoGroups).unwrap();
    let sql = &compiled.sql;
    assert!(sql.contains("h.id OPERATOR(pg_catalog.=) ANY (SELECT q.id FROM (SELECT "), "{sql}");
    assert!(sql.contains("h.id AS id FROM member.head h JOIN member.event click ON "), "{sql}");
    assert!(sql.contains(" GROUP BY 1, h.id) q WHERE COALESCE(q.c1 OPERATOR(pg_catalog.>) $"), "{sql}");
    assert!(!sql.contains("attr_value"), "{sql}");
    let named: BTreeSet<usize> =
        regex::Regex::new(r"\$(\d+)").unwrap().captures_iter(sql).map(|found| found[1].parse().unwrap()).collect();
    // Without dates in the answer its zone is asked by nobody.
    assert!(named.iter().all(|number| (3..3 + compiled.params.len()).contains(number)), "{sql}");
}

/// In the filter of a group `click.dt` is a datakey, in the question around it the time of a click.
#[test]
fn the_filter_of_a_group_is_about_data() {
    let known: HashMap<String, (Matcher, Option<AddrType>)> =
        HashMap::from([("f".to_owned(), (matcher(&json!([{"a": "click.issue.id", "op": "==", "v": 1}])), None))]);
    let question = asks(json!({"filter": [{"op": "in_group", "v": "f"}, {"a": "click.dt", "op": "exists"}]}));
    let sql = compile(&json!([question]), &known).unwrap().sql;
    assert!(sql.contains("member.filter_match(") && sql.contains("JOIN member.body b"), "{sql}");
}
