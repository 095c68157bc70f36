use super::super::Query;
use crate::domain::json;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::scope::Scope;
use proptest::prelude::*;

/// Pieces of queries: put together at random they are sometimes right.
fn almost() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b.c",
        "[0]",
        "'x'",
        "'$in.a'",
        "$in.a",
        "$#in.b",
        "1",
        "2.5",
        "-3",
        "true",
        "null",
        "(",
        ")",
        "||",
        "&&",
        "=",
        "!=",
        ">",
        "<=",
        "~=",
        "!~=",
        "is",
        "isnot",
        "defined",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        " ",
        "'",
        "$",
        "\\$",
        "(((",
        "999999999999",
        "''",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Any text is read or refused, and what was read is answered or fails.
    #[test]
    fn any_text(query in "\\PC{0,40}") {
        ask(&query);
    }

    #[test]
    fn texts_that_are_almost_queries(query in almost()) {
        ask(&query);
    }
}

fn ask(query: &str) {
    let document = json::parse(r#"{"in": {"a": 2, "b": {"c": "x"}}, "a": 2, "b": {"c": "x"}}"#).unwrap();
    let scope = Scope::read(Data::from_json(serde_json::json!({"in": {"a": "2", "b": null}}))).unwrap();
    if let Ok(query) = Query::parse(query) {
        let _ = query.matches(&scope);
        let _ = query.holds(json::root(&document).unwrap());
    }
}
