//! Runs without a world: what comes of a demand is said by the test.

use super::*;
use crate::domain::pipe::demand::Payload;
use crate::domain::pipe::form::Around;
use crate::domain::pipe::kind::Kind;
use serde_json::{Value, json};

const LIMITS: Limits = Limits { steps: 100, body: 1000 };
/// The first day of 2000, noon.
const NOW: i64 = 43_200_000_000;

fn machine_of(kind: Kind, pipes: Value, input: Value) -> Machine {
    let graph = Graph::open(kind, &Data::from_json(pipes), &Around::default()).unwrap();
    let origin = Arc::new(Data::from_json(input));
    let Data::Object(input) = origin.as_ref().clone() else { panic!("an input is an object") };
    let scope = Scope { input, origin, ..Scope::default() };
    Machine::new(Arc::new(graph), None, scope, Secrets::default(), LIMITS)
}

fn machine(pipes: Value, input: Value) -> Machine {
    machine_of(Kind::Message, pipes, input)
}

fn operation(pipes: Value, input: Value) -> Machine {
    machine_of(Kind::Operation, pipes, input)
}

fn ended(next: Move) -> Ending {
    match next {
        Move::End(ending) => ending,
        Move::Ask(demand) => panic!("it asks for {demand:?}"),
    }
}

fn asked(next: Move) -> Demand {
    match next {
        Move::Ask(demand) => demand,
        Move::End(ending) => panic!("it ended: {ending:?}"),
    }
}

fn answer(code: u16, body: &str) -> Result<Effect, Failure> {
    Ok(Effect::Answer(Answer { code, headers: Default::default(), body: body.as_bytes().into() }))
}

fn failed(code: i64, pipe: PipeId, ending: Ending) -> String {
    match ending {
        Ending::Failed { failure, pipe: at } if (failure.code, at) == (code, pipe) => failure.message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_pipes_give_stays_in_the_event() {
    let mut run = operation(
        json!([
            {"id": 1, "type": "pack", "params": {"template": {"a": "$#in.a"}}, "outs": {"success": 2}},
            {"id": 2, "type": "unpack", "outs": {"success": 3}},
            {"id": 3, "type": "store_get", "params": {"key": "k", "name": "kept"}, "outs": {"success": 4}},
            {"id": 4, "type": "result", "params": {"path": "$#in"}},
        ]),
        serde_json::from_str(r#"{"a": 1.10}"#).unwrap(),
    );
    assert!(matches!(asked(run.go(NOW)), Demand::StoreGet { key, .. } if key == "k"));
    let ending = ended(run.take(Ok(Effect::Found(Some(Data::from("old")))), NOW));
    let Ending::Done(Some(answer)) = ending else { panic!("{ending:?}") };
    let answer = answer.into_json();
    assert_eq!((answer["a"].to_string(), &answer["kept"]), ("1.10".to_owned(), &json!("old")));
    assert_eq!(answer["data"].to_string(), r#"{"a":1.10}"#);
    assert!(answer["body"]["$bytes"].is_string());
}

#[test]
fn a_failure_takes_its_exit_and_is_there_until_the_next() {
    let mut run = machine(
        json!([
            {"id": 1, "type": "unpack", "outs": {"error": 2}},
            {"id": 2, "type": "log", "params": {"message": "$error.code $error.pipe $error.message"}, "outs": {"success": 3}},
            {"id": 3, "type": "log", "params": {"message": "$in.nothing"}, "outs": {"error": 4}},
            {"id": 4, "type": "log", "params": {"message": "$error.code $error.pipe"}},
        ]),
        json!({}),
    );
    let Demand::Log { message, .. } = asked(run.go(NOW)) else { panic!() };
    assert_eq!(message, "3 1 there is no $in.body");
    let Demand::Log { message, .. } = asked(run.take(Ok(Effect::Done), NOW)) else { panic!() };
    assert_eq!(message, "1 3");
    assert_eq!(ended(run.take(Ok(Effect::Done), NOW)), Ending::Done(None));
}

#[test]
fn a_failure_without_an_exit_ends_the_run() {
    let mut run = machine(json!([{"id": 5, "type": "unpack"}]), json!({"body": "a text"}));
    assert_eq!(failed(3, 5, ended(run.go(NOW))), "$in.body is a text, not bytes");
    let mut run =
        machine(json!([{"id": 5, "type": "unpack", "params": {"type": "xml"}}]), json!({"body": {"$bytes": "PA=="}}));
    failed(4, 5, ended(run.go(NOW)));
}

#[test]
fn a_code_that_is_no_success_fails_and_the_answer_is_there_all_the_same() {
    let mut run = operation(
        json!([
            {"id": 1, "type": "http_request", "params": {"url": "http://x/", "success_codes": [204]}, "outs": {"error": 2}},
            {"id": 2, "type": "unpack", "outs": {"success": 3}},
            {"id": 3, "type": "error", "params": {"code": 7, "message": "$in.data.why $in.http_code $error.message"}},
        ]),
        json!({}),
    );
    asked(run.go(NOW));
    let ending = ended(run.take(answer(404, r#"{"why":"gone"}"#), NOW));
    let message = r#"gone 404 404 Not Found {"why":"gone"}"#.to_owned();
    assert_eq!(ending, Ending::Refused { code: 7, message });
}

#[test]
fn a_form_spreads_lists_to_fields_of_one_name() {
    let form =
        json!({"$$in.tags[tag]": "<[$]name>", "$$in.tags": ["[$#]n", "x"], "all": "$#in.tags", "of": "$$in.tags[n]"});
    let fields = |kind: &str| {
        let params = json!({"url": "http://x/", "method": "POST", "content_type": kind, "form": form});
        let input = json!({"tags": [{"name": "a", "n": 1}, {"name": "b", "n": 2}]});
        let Demand::Http(request) =
            asked(machine(json!([{"id": 1, "type": "http_request", "params": params}]), input).go(NOW))
        else {
            panic!()
        };
        let (Payload::Form(fields) | Payload::Parts(fields)) = request.content else { panic!() };
        fields.into_iter().map(|(name, value)| format!("{name}={}", value.into_json())).collect::<Vec<_>>()
    };
    let all = r#"all=[{"n":1,"name":"a"},{"n":2,"name":"b"}]"#;
    let expected = [all, "of=1", "of=2", "tag=\"<a>\"", "tag=\"<b>\"", "tags=1", "tags=\"x\"", "tags=2", "tags=\"x\""];
    assert_eq!(fields("form"), expected);
    assert_eq!(fields("form-data"), expected);
    let twice =
        json!([{"id": 1, "type": "http_request", "params": {"url": "http://x/", "form": {"$$in.a[b]": 1, "b": 2}}}]);
    let (_, problems) = Graph::check(Kind::Message, &Data::from_json(twice), &Around::default());
    assert!(problems.iter().any(|problem| problem.explain == "params.form has the key b twice"), "{problems:?}");
}

#[test]
fn a_request_that_comes_again_is_known_by_its_run_and_its_pipe() {
    let pipes = json!([
        {"id": 8, "type": "http_request", "params": {"url": "http://x/"}, "outs": {"success": 9}},
        {"id": 9, "type": "http_request", "params": {"url": "http://x/"}},
    ]);
    let headers = |next: Move| match asked(next) {
        Demand::Http(request) => request.headers,
        other => panic!("{other:?}"),
    };
    let key = |value: &str| [("idempotency-key".to_owned(), value.to_owned())];
    let mut run = machine(pipes.clone(), json!({})).keyed("5a9.1".to_owned());
    assert_eq!(headers(run.go(NOW)), key("5a9.1.8"));
    assert_eq!(headers(run.take(answer(200, ""), NOW)), key("5a9.1.9"), "each pipe asks for something else");
    // What a caller writes into the document is no key: two runs may say the same there.
    assert_eq!(headers(machine(pipes, json!({"send_message_id": "5a9.1"})).go(NOW)), []);
    let own =
        json!([{"id": 8, "type": "http_request", "params": {"url": "http://x/", "headers": {"Idempotency-Key": "k"}}}]);
    let mut run = machine(own, json!({})).keyed("5a9.1".to_owned());
    assert_eq!(headers(run.go(NOW)), [("Idempotency-Key".to_owned(), "k".to_owned())]);
}

#[test]
fn a_body_is_needed_but_to_read_and_to_delete() {
    for (method, needs) in [("POST", true), ("PUT", true), ("GET", false), ("DELETE", false)] {
        let pipes = json!([{"id": 1, "type": "http_request",
                            "params": {"url": "http://x/", "method": method, "content_type": "json"}}]);
        let next = machine(pipes, json!({})).go(NOW);
        assert_eq!(matches!(next, Move::End(Ending::Failed { .. })), needs, "{method}");
    }
}

#[test]
fn the_first_condition_that_holds_says_where_it_goes() {
    let pipes = json!([
        {"id": 1, "type": "selector", "outs": {"success": 4, "error": 5},
         "params": {"outs": [{"query": "($in.n > 10)", "out": 2}, {"query": "($in.n > 5)", "out": 3}]}},
        {"id": 2, "type": "error", "params": {"code": 2}}, {"id": 3, "type": "error", "params": {"code": 3}},
        {"id": 4, "type": "error", "params": {"code": 4}}, {"id": 5, "type": "error", "params": {"code": 5}},
    ]);
    for (n, code) in [(json!(11), 2), (json!(7), 3), (json!(1), 4), (json!(null), 4)] {
        let ending = ended(operation(pipes.clone(), json!({"n": n})).go(NOW));
        assert!(matches!(ending, Ending::Refused { code: found, .. } if found == code), "{n}: {ending:?}");
    }
    assert!(matches!(ended(operation(pipes, json!({})).go(NOW)), Ending::Refused { code: 5, .. }));
}

#[test]
fn what_is_not_kept_goes_its_own_way() {
    let get = |params: Value| {
        let pipes = json!([
            {"id": 1, "type": "store_get", "params": params, "outs": {"success": 2}},
            {"id": 2, "type": "error", "params": {"code": 2}}, {"id": 3, "type": "error", "params": {"code": 3}},
        ]);
        let mut run = operation(pipes, json!({}));
        asked(run.go(NOW));
        ended(run.take(Ok(Effect::Found(None)), NOW))
    };
    assert!(matches!(get(json!({"key": "k", "not_found": 3})), Ending::Refused { code: 3, .. }));
    failed(6, 1, get(json!({"key": "k"})));
}

#[test]
fn an_answer_is_an_object_or_a_list_of_objects() {
    let result = |data: Value| {
        ended(
            operation(json!([{"id": 1, "type": "result", "params": {"path": "$#in.data"}}]), json!({"data": data}))
                .go(NOW),
        )
    };
    for good in [json!({}), json!([]), json!([{"a": 1}]), json!(null)] {
        assert_eq!(result(good.clone()), Ending::Done(Some(Data::from_json(good))));
    }
    for bad in [json!(1), json!("x"), json!([1]), json!([{}, null])] {
        failed(3, 1, result(bad));
    }
    failed(3, 1, ended(operation(json!([{"id": 1, "type": "result"}]), json!({})).go(NOW)));
    failed(
        1,
        1,
        ended(operation(json!([{"id": 1, "type": "result", "params": {"path": "$#in.x"}}]), json!({})).go(NOW)),
    );
}

#[test]
fn an_error_pipe_says_what_it_is_told() {
    let error = |params: Value| {
        ended(operation(json!([{"id": 1, "type": "error", "params": params}]), json!({"e": ""})).go(NOW))
    };
    let refused = |code, message: &str| Ending::Refused { code, message: message.to_owned() };
    assert_eq!(error(json!({})), refused(500, "pipeline error"));
    assert_eq!(error(json!({"code": 400, "message": "no"})), refused(400, "no"));
    failed(1, 1, error(json!({"message": "$in.e"})));
}

#[test]
fn ttl_is_a_positive_number_of_seconds() {
    let set = |ttl: Value| {
        machine(
            json!([{"id": 1, "type": "store_set", "params": {"key": "k", "value": 1, "ttl": ttl}}]),
            json!({"t": "15"}),
        )
        .go(NOW)
    };
    for (good, seconds) in [(json!(900), 900.0), (json!("$in.t"), 15.0), (json!(0.5), 0.5)] {
        let Demand::StoreSet { ttl, .. } = asked(set(good)) else { panic!() };
        assert_eq!(ttl.as_secs_f64(), seconds);
    }
    for bad in [json!("$in.t x"), json!("0$in.t")] {
        let next = set(bad.clone());
        assert!(matches!(next, Move::End(Ending::Failed { .. })) == (bad == json!("$in.t x")), "{next:?}");
    }
}

#[test]
fn a_run_takes_no_more_steps_than_it_may_and_makes_no_larger_body() {
    let mut chain: Vec<Value> = (1..=150)
        .map(|id| json!({"id": id, "type": "pack", "params": {"template": {}}, "outs": {"success": id + 1}}))
        .collect();
    chain.push(json!({"id": 151, "type": "log"}));
    assert_eq!(failed(8, 101, ended(machine(json!(chain), json!({})).go(NOW))), "more than 100 steps");
    let big = json!([{"id": 1, "type": "pack", "params": {"template": {"x": "$in.x"}}}]);
    failed(8, 1, ended(machine(big, json!({"x": "x".repeat(1000)})).go(NOW)));
}

#[test]
fn the_trace_tells_each_step() {
    let mut run = machine(
        json!([
            {"id": 1, "type": "pack", "params": {"template": {"n": 1}}, "outs": {"success": 2}},
            {"id": 2, "type": "http_request", "params": {"url": "http://x/", "method": "POST", "content_type": "json"},
             "outs": {"success": 3, "error": 3}},
            {"id": 3, "type": "unpack"},
        ]),
        json!({}),
    );
    asked(run.go(NOW));
    ended(run.take(answer(200, "oops"), NOW + 1500));
    let steps = run.take_trace().into_json();
    let row = |n: usize| format!("{} {} {}", steps[n]["pipe"], steps[n]["exit"], steps[n]["took_ms"]);
    assert_eq!([row(0), row(1), row(2)], [r#"1 "success" 0.000"#, r#"2 "success" 1.500"#, r#"3 "error" 0.000"#]);
    assert_eq!(steps[1]["input"]["content"], json!("{\"n\":1}"));
    assert_eq!(steps[2]["output"]["code"], json!(4));
}

#[test]
fn the_trace_shows_nobody_who_the_caller_is() {
    let headers = json!({"Authorization": "Bearer sesame", "X-Shop": "north", "cookie": "id=sesame"});
    let params = json!({"url": "http://x/", "headers": headers, "auth_username": "me", "auth_password": "sesame"});
    let mut run = machine(json!([{"id": 1, "type": "http_request", "params": params}]), json!({}));
    asked(run.go(NOW));
    ended(run.take(answer(200, ""), NOW));
    let steps = run.take_trace().into_json();
    let shown = json!({"authorization": "***", "x-shop": "north", "cookie": "***"});
    let lower = |headers: &Value| -> Value {
        headers.as_object().unwrap().iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
    };
    assert_eq!(lower(&steps[0]["input"]["headers"]), shown);
    assert!(!steps.to_string().contains("sesame"), "{steps}");
}
