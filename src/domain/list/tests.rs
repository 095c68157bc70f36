use super::*;
use crate::domain::json::{parse, root};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// A row: a number that may be absent, and a text.
type Sample = (Option<i64>, String);

const COLUMNS: [Column<Sample>; 2] = [
    Column { name: "n", value: |row| row.0.map_or(Scalar::Absent, Scalar::Number) },
    Column { name: "t", value: |row| Scalar::Text(&row.1) },
];

fn page(request: &Json, rows: Vec<Sample>) -> Result<Page<Sample>> {
    let bytes = parse(&request.to_string()).unwrap();
    let request = Request::open(root(&bytes).unwrap(), &PARAMETERS, &[])?;
    Ok(List::read(&request, &COLUMNS)?.apply(rows))
}

fn texts(request: Json) -> String {
    let rows = [(Some(2), "b"), (None, "a"), (Some(10), "c"), (Some(2), "10"), (Some(-1), "9")];
    let rows = rows.map(|(number, text)| (number, text.to_owned())).to_vec();
    page(&request, rows).unwrap().rows.iter().map(|row| row.1.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn conditions_are_those_of_filters() {
    for (a, op, v, kept) in [
        ("n", "==", json!(2), "b 10"),
        ("n", "==", json!("2"), "b 10"),
        ("n", "!=", json!(2), "a c 9"),
        ("n", "<", json!(2), "9"),
        ("n", ">=", json!(2), "b c 10"),
        ("n", "gt", json!(10), "b 10"),
        ("t", ">", json!("9"), "b a c 10"),
        ("t", "gt", json!("9"), "b a c"),
        ("t", "le", json!("9"), "10 9"),
        ("n", "in", json!([2, "10"]), "b c 10"),
        ("n", "!in", json!([2, "10"]), "a 9"),
        ("n", "is_null", json!(null), "a"),
        ("n", "!is_null", json!(null), "b c 10 9"),
    ] {
        assert_eq!(texts(json!({"filter": [{"a": a, "op": op, "v": v}]})), kept, "{a} {op} {v}");
    }
    assert_eq!(texts(json!({"filter": [{"a": "n", "op": ">", "v": 0}, {"a": "t", "op": "ne", "v": "b"}]})), "c 10");
}

#[test]
fn rows_come_in_the_order_and_the_portion_asked_for() {
    assert_eq!(texts(json!({"order": ["n", "-t"]})), "a 9 b 10 c");
    assert_eq!(texts(json!({"order": ["-n"]})), "c b 10 9 a");
    assert_eq!(texts(json!({"order": ["t"], "skip": 1, "first": "2"})), "9 a");
    assert_eq!(texts(json!({"skip": 4})), "9");
    assert_eq!(texts(json!({"skip": 40})), "");
}

#[test]
fn what_cannot_be_read_is_refused() {
    assert_eq!(page(&json!({}), Vec::new()).map(|_| ()).unwrap_err().id, Id::ParamMissing);
    for request in [
        json!({"first": 51}),
        json!({"first": -1}),
        json!({"skip": "x"}),
        json!({"order": "n"}),
        json!({"order": ["x"]}),
        json!({"order": [1]}),
        json!({"filter": {}}),
        json!({"filter": ["n"]}),
        json!({"filter": [{"a": "n", "v": 1}]}),
        json!({"filter": [{"a": "x", "op": "==", "v": 1}]}),
        json!({"filter": [{"a": "n", "op": "like", "v": "1"}]}),
        json!({"filter": [{"a": "n", "op": "=="}]}),
        json!({"filter": [{"a": "n", "op": "==", "v": [1]}]}),
        json!({"filter": [{"a": "n", "op": "in", "v": 1}]}),
        json!({"filter": [{"a": "n", "op": "is_null", "v": 1}]}),
    ] {
        assert_eq!(page(&request, Vec::new()).map(|_| ()).unwrap_err().id, Id::ParamWrong, "{request}");
    }
}

proptest! {
    /// Walking through a list by portions gives every row once, in one order, and says where it ends.
    #[test]
    fn portions_make_the_whole(rows in prop::collection::vec((prop::option::of(-3i64..3), "[a-c]{0,2}"), 0..130), first in 1usize..=50) {
        let mut whole = rows.clone();
        whole.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
        let mut walked = Vec::new();
        loop {
            let request = json!({"order": ["-t", "n"], "skip": walked.len(), "first": first});
            let page = page(&request, rows.clone()).unwrap();
            walked.extend(page.rows);
            prop_assert_eq!(page.is_last, walked.len() == rows.len());
            if page.is_last {
                break;
            }
        }
        prop_assert_eq!(walked, whole);
    }
}
