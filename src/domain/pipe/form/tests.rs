use super::bound;
use crate::domain::pipe::channel::Event;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::form::Around;
use crate::domain::pipe::graph::Graph;
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::pipes::{Content, EventCode, Format, Level, Method, Work};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// The work of the only pipe of a pipeline.
fn work(kind: Kind, around: &Around, pipe: Json) -> Work {
    let (graph, problems) = Graph::check(kind, &Data::from_json(json!([pipe])), around);
    let graph = graph.unwrap_or_else(|| panic!("{problems:?}"));
    graph.pipe(graph.entry()).unwrap().work.clone()
}

#[test]
fn what_is_not_stated_has_its_default() {
    let work = |kind, pipe| work(kind, &Around::default(), pipe);
    assert!(matches!(
        work(Kind::Operation, json!({"id": 1, "type": "error"})),
        Work::Error { code: 500, message: None }
    ));
    assert!(matches!(work(Kind::Operation, json!({"id": 1, "type": "result"})), Work::Result { path: None }));
    assert!(matches!(work(Kind::Message, json!({"id": 1, "type": "unpack"})), Work::Unpack { format: Format::Json }));
    let Work::Log(log) = work(Kind::Message, json!({"id": 1, "type": "log", "params": null})) else { panic!() };
    assert!(log.prefix.is_none() && log.message.plain() == Some("") && log.level == Level::Info);
    let Work::Http(http) = work(Kind::Message, json!({"id": 1, "type": "http_request"})) else { panic!() };
    assert!(matches!(&http.content, Content::Form(form) if form.is_empty()));
    assert_eq!((http.method, http.url.plain(), http.auth.is_some()), (Method::Get, Some(""), false));
    assert_eq!(http.success_codes, [200, 201, 202, 203, 204, 205, 206, 207, 208]);
    assert!(http.timeout.is_none() && http.pool_size.is_none() && http.limit.is_none());
    let get = json!({"id": 1, "type": "store_get", "params": {"key": "k"}});
    let Work::StoreGet { table, name, delete, not_found, .. } = work(Kind::Message, get) else { panic!() };
    assert!(table.plain() == Some("") && name.is_none() && !delete && not_found.is_none());
    let sql = json!({"id": 1, "type": "sql_pipe", "params": {"query": "select 1"}});
    let Work::Sql(sql) = work(Kind::Message, sql) else { panic!() };
    assert!(sql.connector == 0 && !sql.map && sql.connection_timeout.is_none() && sql.query_timeout.is_none());
    let later = json!({"id": 1, "type": "scheduled", "params": {"pipe_id": 5, "template": {}}});
    assert!(matches!(work(Kind::Message, later), Work::Scheduled { pipe: 5, delay: None, .. }));
}

#[test]
fn what_is_stated_is_read() {
    let http = json!({"id": 1, "type": "http_requester", "params": {"content_type": "FORM-DATA", "method": "put",
        "auth_username": "u", "auth_password": "p", "timeout": 0.5, "success_codes": [200, 202], "pool_size": 3,
        "limit": {"count": 10, "period": 1.5}, "headers": {"X-A": "$in.a"}, "form": {"a": 1, "b": "$in.b"}}});
    let Work::Http(http) = work(Kind::Message, &Around::default(), http) else { panic!() };
    assert!(matches!(&http.content, Content::FormData(form) if form.len() == 2));
    assert_eq!((http.method, http.timeout), (Method::Put, Some(Duration::from_millis(500))));
    assert_eq!((http.success_codes, http.pool_size), (vec![200, 202], Some(3)));
    let limit = http.limit.unwrap();
    assert_eq!((limit.count, limit.period), (10, Duration::from_millis(1500)));
    assert!(http.auth.is_some() && http.headers.len() == 1);
}

#[test]
fn an_event_may_be_named_by_its_string_id() {
    let events = [Event { id: 100_022, name: "D".into(), string_id: "mydeliv".into(), base: EventCode::Deliv }];
    let around = Around { channel: Some((10_001, &events)), ..Around::default() };
    let event = json!({"id": 1, "type": "event", "params": {"name": "mydeliv",
        "event": {"send_message_id": "x", "message": "$error.message"}}});
    let Work::Event(event) = work(Kind::Message, &around, event) else { panic!() };
    assert_eq!((event.code, event.channel, event.action), (EventCode::Deliv, Some(10_001), Some(100_022)));
    assert_eq!(event.rest.keys().collect::<Vec<_>>(), ["message"]);
}

#[test]
fn a_template_becomes_a_bound_value_or_is_refused() {
    for (query, written, values) in [
        ("select 1", "select 1", vec![]),
        ("a=$in.a", "a=$1", vec!["$in.a"]),
        ("a = '$in.a' and b = '$#in.b'", "a = $1 and b = $2", vec!["$in.a", "$#in.b"]),
        ("f($in.a,$#{origin.b}::int)", "f($1,$2::int)", vec!["$in.a", "$#{origin.b}"]),
        ("$in.a||'%'", "$1||'%'", vec!["$in.a"]),
        ("a = $in.a or b = $in.a", "a = $1 or b = $2", vec!["$in.a", "$in.a"]),
        ("select 'it''s $5' /* $x */ -- $y\n, $in.l.%0", "select 'it''s $5' /* $x */ -- $y\n, $1", vec!["$in.l.%0"]),
        ("select $q$ $in $q$", "", vec!["refused"]),
        ("select $q$ $x $q$", "select $q$ $x $q$", vec![]),
        (r"select E'\'' || $in.a", r"select E'\'' || $1", vec!["$in.a"]),
    ] {
        match bound(query) {
            Ok(read) => assert_eq!(read, (written.to_owned(), values.iter().map(ToString::to_string).collect())),
            Err(explain) => assert_eq!(values, ["refused"], "{query}: {explain}"),
        }
    }
    for query in [
        "'a $in.a'",
        "'$in.a b'",
        "'$in.a$in.b'",
        "\"$in.a\"",
        "t$in.a",
        "$in.a$in.b",
        "${in.a}b",
        "s.$in.a",
        "$in.a.",
        "x'$in.a'",
        "$in.a('x')",
        "-- $in.a",
        "/* /* */ $in.a */",
        "$$ $in.a $$",
        "$1",
        "$in.a = $2",
        "'open",
        "\"open",
        "/* open",
        "$$ open",
        "$a$ open",
        "$$$q$$in.x",
        "$q$ $q${in.x}",
        "${in.a",
    ] {
        assert!(bound(query).is_err(), "{query}");
    }
}

/// What letters of a value could do any harm.
const VALUES: &str = "[a-z'\"$;\\\\-]{0,8}";

proptest! {
    /// No letter of a template stays in the query: what is put in later cannot be read as SQL.
    #[test]
    fn nothing_of_a_template_is_left_in_a_query(query in "([a-z '\"$();*/-]|\\$in\\.x|\\$\\{in\\.x\\}|'\\$in\\.x'|\\$\\$|\\$q\\$){0,16}") {
        if let Ok((query, values)) = bound(&query) {
            let is_left = query.contains("$in.x") || query.contains("${in.x");
            prop_assert!(!is_left, "{}", query);
            for number in 1..=values.len() {
                let place = format!("${number}");
                prop_assert!(query.contains(&place), "{}", place);
            }
        }
    }

    #[test]
    fn binding_never_panics(query in VALUES) {
        _ = bound(&query);
    }
}

/// Any JSON, with the keys and words of pipes in it.
fn any_json() -> impl Strategy<Value = Json> {
    let word = prop_oneof![
        Just("log"),
        Just("selector"),
        Just("sql_pipe"),
        Just("event"),
        Just("scheduled"),
        Just("http_request"),
        Just("pack"),
        Just("store_set"),
        Just("store_get"),
        Just("result"),
        Just("error"),
        Just("$in.a"),
        Just("${in"),
        Just("$#in.x"),
        Just("$$in.x[y]"),
        Just("send"),
        Just("'$in.a' = 1"),
        Just("XML"),
        Just("")
    ];
    let key = prop_oneof![
        Just("id"),
        Just("type"),
        Just("params"),
        Just("outs"),
        Just("success"),
        Just("error"),
        Just("query"),
        Just("out"),
        Just("template"),
        Just("key"),
        Just("value"),
        Just("ttl"),
        Just("event"),
        Just("event_type"),
        Just("pipe_id"),
        Just("limit"),
        Just("headers"),
        Just("form"),
        Just("delay"),
        Just("timeout"),
        Just("$$in.a[b]")
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (0..9_i64).prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        word.prop_map(Json::from),
        ".{0,6}".prop_map(Json::from)
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|pairs| Json::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_is_too_odd(document in any_json(), kind in 0..6_usize) {
        let kind = Kind::ALL.get(kind).map_or(Kind::Operation, |(_, kind)| *kind);
        for document in [document.clone(), json!([document])] {
            let (graph, problems) = Graph::check(kind, &Data::from_json(document), &Around::default());
            // What cannot run says why.
            prop_assert!(graph.is_some() || !problems.is_empty());
        }
    }
}
