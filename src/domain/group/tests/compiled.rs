//! The SQL that filters become. That it means the same is tested on a server (tests/filters.rs); here, what it looks like.

use super::random_filter::{PATHS, filter};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn compile(filter: &Json, attributes: &[&str], first: usize) -> Compiled {
    let attributes: BTreeSet<String> = attributes.iter().map(|path| (*path).to_owned()).collect();
    let known: HashMap<String, (Matcher, Option<AddrType>)> =
        HashMap::from([("f1".to_owned(), (matcher(&json!([{"a": "a", "op": "==", "v": 1}])), Some(AddrType::Email)))]);
    matcher(filter).compile(&Target { attributes: &attributes, groups: &known, zone: "Europe/Moscow", first }).unwrap()
}

#[test]
fn registered_datakeys_are_read_from_their_table() {
    let city = json!([{"a": "base.city", "op": "==", "v": "Moscow"}]);
    let compiled = compile(&city, &["base.city"], 1);
    assert_eq!(
        compiled.sql,
        "h.dataset OPERATOR(pg_catalog.=) ANY (\
         SELECT a.dataset FROM member.attr_value a WHERE a.path OPERATOR(pg_catalog.=) $1 AND (a.value OPERATOR(pg_catalog.=) $2 \
         OR (a.value IS NULL AND a.kind OPERATOR(pg_catalog.=) 'c' AND member.filter_body($3, a.dataset))))"
    );
    assert_eq!(compiled.params[..2], [Param::Text("base.city".into()), Param::Text("Moscow".into())]);
    let Param::Jsonb(leaf) = &compiled.params[2] else { panic!("{:?}", compiled.params) };
    assert_eq!(text(leaf), r#"[{"a": "base.city", "v": "Moscow", "op": "=="}]"#);
    // Without the table the document is asked.
    assert_eq!(compile(&city, &[], 5).sql, "member.filter_match($5, b.data)");
}

#[test]
fn columns_are_compared_as_they_are() {
    for (a, op, v, sql) in [
        ("member.email", "==", json!("a@b.ru"), "(h.value COLLATE pg_catalog.\"C\") OPERATOR(pg_catalog.=) $1"),
        ("member.id", "==", json!(7), "h.id OPERATOR(pg_catalog.=) $1::bigint"),
        ("member.haslock", "!=", json!("0"), "NOT (h.lock OPERATOR(pg_catalog.=) $1::bigint)"),
        (
            "member.id",
            ">",
            json!("1.5"),
            "h.id::pg_catalog.numeric OPERATOR(pg_catalog.>) $1::pg_catalog.text::pg_catalog.numeric",
        ),
        ("member.origin", "==", json!(7), "COALESCE(h.origin OPERATOR(pg_catalog.=) $1::bigint, false)"),
        ("member.create.time", ">", json!("2024"), "member.filter_time($1, b.create_time, $2)"),
        ("member.id", "like", json!("7%"), "member.filter_text($1, h.id::pg_catalog.text)"),
    ] {
        assert_eq!(compile(&json!([{"a": a, "op": op, "v": v}]), &[], 1).sql, sql);
    }
}

#[test]
fn sets_stay_sets_and_the_document_is_asked_once() {
    let is = |a: &str| json!({"a": a, "op": "exists"});
    let either = json!([{"op": "or", "v": [is("x"), {"op": "and", "v": [is("y"), {"a": "z", "op": "!exists"}]}]}]);
    let sql = compile(&either, &["x", "y", "z"], 1).sql;
    assert!(
        sql.starts_with("h.dataset OPERATOR(pg_catalog.=) ANY (SELECT")
            && sql.contains("UNION ALL SELECT s.dataset FROM"),
        "{sql}"
    );
    assert_eq!(sql.matches("h.dataset").count(), 1, "{sql}");
    let documents = json!([is("p"), is("x"), is("q"), {"op": "!or", "v": [is("r"), {"a": "l", "op": "has", "v": []}]}]);
    assert_eq!(compile(&documents, &["x"], 1).sql.matches("filter_match").count(), 1);
    let mixed = json!([{"op": "or", "v": [is("p"), is("x"), is("q"), {"op": "in_group", "v": ["f1", "l1"]}]}]);
    let sql = compile(&mixed, &["x"], 1).sql;
    assert_eq!(sql.matches("filter_match").count(), 2, "{sql}");
}

/// Every name and operator is written with its schema: the statements run with the rights of the owner.
fn is_qualified(sql: &str) -> bool {
    let bare = regex::Regex::new(r"(?:^|[^.a-z_0-9])[a-z_]+\(|(?:FROM|JOIN) [a-gi-z]|::(?:[^p]|p[^g])").unwrap();
    let operators = regex::Regex::new(r"OPERATOR\(pg_catalog\.[=<>&|]+\)").unwrap().replace_all(sql, "");
    !bare.is_match(
        &sql.replace("FROM member.", "")
            .replace("1::smallint", "")
            .replace("lock::integer", "")
            .replace("::bigint", ""),
    ) && !operators.contains(['=', '<', '>', '&', '|'])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn parameters_are_numbered_and_names_qualified(filter in filter(&["l1", "f1"]), every in any::<bool>(), first in 1usize..9) {
        let compiled = compile(&filter, if every { &PATHS } else { &[] }, first);
        prop_assert!(is_qualified(&compiled.sql), "{}", compiled.sql);
        let named: BTreeSet<usize> = regex::Regex::new(r"\$(\d+)").unwrap().captures_iter(&compiled.sql).map(|found| found[1].parse().unwrap()).collect();
        prop_assert!(named.into_iter().eq(first..first + compiled.params.len()), "{}", compiled.sql);
    }
}
