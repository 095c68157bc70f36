//! Runs of pipelines: they reach the world, wait, are killed, and none is in another's way.

use crate::common::*;
use std::collections::HashSet;

/// A channel with a pipeline that a call from outside starts.
fn channel(client: &mut Client, name: &str, pipes: &Value) {
    let settings = json!({
        "name": name, "string_id": name, "kind": "indirect",
        "fields": {"resource": [{"shortname": "place", "title": "Place", "type": "string"}]},
    });
    client.execute("SELECT channel_set($1)", &[&settings]).unwrap();
    pipeline(client, name, "listener", pipes);
}

fn pipeline(client: &mut Client, channel: &str, kind: &str, pipes: &Value) {
    client.execute("SELECT pipeline_set($1, $2, $3)", &[&channel, &kind, pipes]).unwrap();
}

/// Starts it with a document; the run's number.
fn start(client: &mut Client, channel: &str, body: &Value) -> i64 {
    let query = "SELECT (pipeline_listen($1, jsonb_build_object('body', $2::jsonb)) ->> 'run')::bigint";
    client.query_one(query, &[&channel, body]).unwrap().get(0)
}

fn trace(client: &mut Client, run: i64) -> Value {
    client.query_one("SELECT pipeline_trace($1)", &[&run]).unwrap().get(0)
}

/// Reads the document and sends it on to a path.
fn relay(target: &Target, path: &str) -> Value {
    json!([
        {"id": 1, "type": "unpack", "outs": {"success": 2}},
        {"id": 2, "type": "pack", "params": {"template": {"n": "$#in.data.n"}}, "outs": {"success": 3}},
        {"id": 3, "type": "http_request",
         "params": {"url": target.receiver.url(path), "method": "POST", "content_type": "json", "timeout": 5}},
    ])
}

/// The numbers that came to a path, in the order of their arrival.
fn came(target: &Target, path: &str) -> Vec<i64> {
    let number = |body: &str| serde_json::from_str::<Value>(body).unwrap()["n"].as_i64().unwrap();
    target.receiver.seen(path).iter().map(|seen| number(&seen.body)).collect()
}

/// The keys by which a receiver knows requests to a path again.
fn keys(target: &Target, path: &str) -> HashSet<String> {
    target.receiver.seen(path).iter().map(|seen| seen.header("idempotency-key").to_owned()).collect()
}

#[test]
fn a_run_reaches_the_receiver_and_shows_what_it_did() {
    let (database, target) = (Database::new("workers_run"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "relay", &relay(&target, "/ok"));
    let run = start(&mut client, "relay", &json!({"n": 7}));
    assert!(is_idle(&mut client));
    assert_eq!(came(&target, "/ok"), [7]);
    let trace = trace(&mut client, run);
    assert_eq!(trace["state"], "done", "{trace}");
    let kinds: Vec<&Value> = trace["steps"].as_array().unwrap().iter().map(|step| &step["type"]).collect();
    assert_eq!(kinds, ["unpack", "pack", "http_request"]);
    assert_eq!(trace["steps"][2]["output"], json!({"body": "OK, taken", "http_code": 200}));
}

#[test]
fn a_run_that_is_rolled_back_never_begins() {
    let (database, target) = (Database::new("workers_run_undone"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "relay", &relay(&target, "/ok"));
    client.batch_execute("BEGIN").unwrap();
    start(&mut client, "relay", &json!({"n": 1}));
    client.batch_execute("SAVEPOINT s").unwrap();
    start(&mut client, "relay", &json!({"n": 2}));
    client.batch_execute("ROLLBACK TO s; COMMIT").unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(came(&target, "/ok"), [1]);
}

#[test]
fn an_endpoint_that_never_answers_holds_up_nobody_else() {
    let (database, target) = (Database::new("workers_run_hang"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "hanging", &relay(&target, "/hang"));
    channel(&mut client, "healthy", &relay(&target, "/ok"));
    let stuck: Vec<i64> = (0..50).map(|n| start(&mut client, "hanging", &json!({"n": n}))).collect();
    until("they hang", || !target.receiver.seen("/hang").is_empty());
    for n in 0..20 {
        start(&mut client, "healthy", &json!({"n": n}));
    }
    until("the healthy ones are through", || target.receiver.seen("/ok").len() == 20);
    assert!(target.receiver.seen("/hang").len() < stuck.len(), "not all of them were even begun");
}

#[test]
fn a_failure_goes_to_its_exit_or_ends_the_run() {
    let (database, target) = (Database::new("workers_run_fails"), Target::start());
    let mut client = database.connect();
    let url = target.receiver.url("/broken");
    channel(
        &mut client,
        "handled",
        &json!([
            {"id": 1, "type": "http_request", "params": {"url": url}, "outs": {"success": 9, "error": 2}},
            {"id": 2, "type": "log", "params": {"level": "warn", "message": "$error.code $error.message"}, "outs": {"success": 3}},
            {"id": 3, "type": "log", "params": {"message": "$in.body"}},
            {"id": 9, "type": "log"},
        ]),
    );
    channel(&mut client, "unhandled", &json!([{"id": 1, "type": "http_request", "params": {"url": url}}]));
    let (handled, unhandled) = (start(&mut client, "handled", &json!({})), start(&mut client, "unhandled", &json!({})));
    assert!(is_idle(&mut client));
    assert_eq!(trace(&mut client, handled)["state"], "done");
    let failed = trace(&mut client, unhandled);
    assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!(500)), "{failed}");
    let lines = client.query("SELECT level, message FROM pipe_log ORDER BY run_id, id", &[]).unwrap();
    let lines: Vec<(String, String)> = lines.iter().map(|row| (row.get(0), row.get(1))).collect();
    let line = |level: &str, message: &str| (level.to_owned(), message.to_owned());
    assert_eq!(
        lines,
        [
            line("warn", "500 500 Internal Server Error out of order"),
            line("info", "out of order"),
            line("error", "500 500 Internal Server Error out of order"),
        ]
    );
}

#[test]
fn a_thousand_runs_for_later_survive_a_restart_and_none_comes_early() {
    let (database, target) = (Database::new("workers_run_later"), Target::start());
    let mut client = database.connect();
    let put_off = json!([
        {"id": 1, "type": "unpack", "outs": {"success": 2}},
        {"id": 2, "type": "scheduled",
         "params": {"pipe_id": 1, "delay": 3, "template": {"n": "$#in.data.n", "asked": "$now"}}},
    ]);
    let later = json!([
        {"id": 1, "type": "pack", "params": {"template": {"n": "$#origin.n", "asked": "$in.asked", "begun": "$now"}},
         "outs": {"success": 2}},
        {"id": 2, "type": "http_request",
         "params": {"url": target.receiver.url("/ok"), "method": "POST", "content_type": "json"}},
    ]);
    channel(&mut client, "later", &json!([{"id": 1, "type": "unpack"}]));
    pipeline(&mut client, "later", "schedule", &later);
    pipeline(&mut client, "later", "listener", &put_off);
    client
        .execute(
            "SELECT count(pipeline_listen('later', jsonb_build_object('body', jsonb_build_object('n', n))))
               FROM generate_series(1, 1000) n",
            &[],
        )
        .unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM pipe_schedule"), [1000]);
    let process = wait_for("a dispatcher runs", || dispatcher(&mut client, "client_workers_run_later"));
    client.execute("SELECT pg_terminate_backend($1)", &[&process]).unwrap();
    until("all have come", || target.receiver.seen("/ok").len() >= 1000);
    assert!(is_idle(&mut client));
    let mut seen = came(&target, "/ok");
    seen.sort_unstable();
    assert_eq!(seen, (1..=1000).collect::<Vec<i64>>());
    for seen in target.receiver.seen("/ok") {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        let instant = |key: &str| body[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(instant("begun").duration_since(instant("asked")).as_secs() >= 3, "{body}");
    }
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM pipe_schedule"), [0]);
}

#[test]
fn runs_that_are_killed_in_the_middle_come_again_and_none_is_lost() {
    let (database, target) = (Database::new("workers_run_killed"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "slow", &relay(&target, "/slow"));
    for n in 0..40 {
        start(&mut client, "slow", &json!({"n": n}));
    }
    until("some are under way", || !target.receiver.seen("/slow").is_empty());
    let process = dispatcher(&mut client, "client_workers_run_killed").unwrap();
    assert_eq!(unsafe { libc::kill(process, libc::SIGKILL) }, 0);
    until("the server has noticed", || client.simple_query("SELECT 1").is_err());
    client = wait_for("the server answers again", || database.try_connect());
    target.receiver.gate.add_permits(10_000);
    until("another dispatcher runs", || {
        dispatcher(&mut client, "client_workers_run_killed").is_some_and(|now| now != process)
    });
    assert!(is_idle(&mut client));
    let mut seen = came(&target, "/slow");
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (0..40).collect::<Vec<i64>>());
    assert!(all > 40, "those under way came twice");
    assert_eq!(keys(&target, "/slow").len(), 40, "what came twice has the same key");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.run_outcome WHERE state = 'done'"), [40]);
}

#[test]
fn a_run_whose_worker_dies_each_time_is_given_up() {
    let (database, target) = (Database::new("workers_run_poison"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "relay", &relay(&target, "/ok"));
    client.batch_execute("SELECT channel_set('{\"id\": 10001, \"enabled\": 0}')").unwrap();
    let run = start_disabled(&mut client);
    client
        .execute("INSERT INTO member.run_claim SELECT now(), ARRAY[$1::bigint] FROM generate_series(1, 5)", &[&run])
        .unwrap();
    let process = wait_for("a dispatcher runs", || dispatcher(&mut client, "client_workers_run_poison"));
    client.execute("SELECT pg_terminate_backend($1)", &[&process]).unwrap();
    until("another dispatcher runs", || {
        dispatcher(&mut client, "client_workers_run_poison").is_some_and(|now| now != process)
    });
    assert!(is_idle(&mut client));
    client.batch_execute("SELECT channel_set('{\"id\": 10001, \"enabled\": 1}')").unwrap();
    until("it is given up", || trace(&mut client, run)["state"] == "failed");
    assert_eq!(trace(&mut client, run)["error"]["message"], "its worker ended 5 times while it ran");
    assert!(target.receiver.seen("/ok").is_empty());
}

/// A run of a channel that is switched off: it waits.
fn start_disabled(client: &mut Client) -> i64 {
    client
        .query_one(
            "INSERT INTO member.pipeline_run (id, life, xid, at, channel, kind, generation, launch, address_id, dataset, passage, input)
             SELECT nextval('member.pipeline_run_id'), last_value, pg_current_xact_id(), now(), 10001, 'listener', 0, 0, 0, 0, 0, '{}'
               FROM member.event_life RETURNING id",
            &[],
        )
        .unwrap()
        .get(0)
}

#[test]
fn a_channel_that_is_switched_off_waits_and_goes_on() {
    let (database, target) = (Database::new("workers_run_off"), Target::start());
    let mut client = database.connect();
    channel(
        &mut client,
        "relay",
        &json!([{"id": 1, "type": "http_request", "params": {"url": target.receiver.url("/ok")}}]),
    );
    client.batch_execute("SELECT channel_set('{\"id\": 10001, \"enabled\": 0}')").unwrap();
    assert_eq!(numbers(&mut client, "SELECT (pipeline_listen('relay', '{}') ->> 'status')::bigint"), [403]);
    let run = start_disabled(&mut client);
    assert!(is_idle(&mut client));
    assert_eq!(trace(&mut client, run)["state"], "waiting");
    client.batch_execute("SELECT channel_set('{\"id\": 10001, \"enabled\": 1}')").unwrap();
    until("it goes on", || trace(&mut client, run)["state"] == "done");
    assert_eq!(target.receiver.seen("/ok").len(), 1);
}

#[test]
fn a_notice_starts_the_listener_that_is_bound_to_it() {
    let (database, target) = (Database::new("workers_run_notice"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "relay", &relay(&target, "/ok"));
    client.batch_execute("SELECT channel_set('{\"id\": 10001, \"notify\": \"shop orders\"}')").unwrap();
    assert!(is_idle(&mut client));
    client.batch_execute(r#"NOTIFY "shop orders", '{"body": {"n": 5}}'"#).unwrap();
    until("it has come", || target.receiver.seen("/ok").len() == 1);
    client
        .batch_execute(r#"NOTIFY "shop orders", '{"method": "POST", "body": "{\"n\": 6}"}'; NOTIFY other, 'x'"#)
        .unwrap();
    until("a text is a body too", || target.receiver.seen("/ok").len() == 2);
    assert_eq!(came(&target, "/ok"), [5, 6]);
    client.batch_execute("SELECT channel_set('{\"id\": 10001, \"notify\": null}')").unwrap();
    assert!(is_idle(&mut client));
    client.batch_execute(r#"NOTIFY "shop orders", '{"body": {"n": 7}}'"#).unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(came(&target, "/ok"), [5, 6]);
}

#[test]
fn an_operation_of_an_entity_is_answered() {
    let (database, target) = (Database::new("workers_run_entity"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "shop", &json!([{"id": 1, "type": "unpack"}]));
    let entity = json!({
        "channel": "shop", "shortname": "category", "name": "Category",
        "fields": [{"shortname": "id", "title": "Id", "type": "int"}, {"shortname": "body", "title": "Body", "type": "string"}],
        "operations": {
            "get": {
                "input": [{"shortname": "path", "title": "Path", "type": "string"}],
                "pipes": [
                    {"id": 1, "type": "http_request", "params": {"url": format!("{}$in.path", target.receiver.url("/")), "timeout": 5},
                     "outs": {"success": 2, "error": 3}},
                    {"id": 2, "type": "pack", "params": {"template": {"id": 4, "body": "$in.body"}}, "outs": {"success": 4}},
                    {"id": 4, "type": "unpack", "outs": {"success": 5}},
                    {"id": 5, "type": "result", "outs": {"success": 6}},
                    {"id": 6, "type": "log", "params": {"message": "answered"}},
                    {"id": 3, "type": "error", "params": {"code": 418, "message": "$error.code"}},
                ],
            },
        },
    });
    client.execute("SELECT entity_set($1)", &[&entity]).unwrap();
    assert!(is_idle(&mut client));
    let mut ask = |path: &str| -> Value {
        let query = "SELECT entity_call('shop', 'category', 'get', jsonb_build_object('path', $1::text))";
        client.query_one(query, &[&path]).unwrap().get(0)
    };
    assert_eq!(ask("ok"), json!({"id": 4, "body": "OK, taken"}));
    assert_eq!(ask("broken"), json!({"error": 418, "error_text": "500"}));
    let lines = client.query("SELECT pipeline, message FROM pipe_log", &[]).unwrap();
    let lines: Vec<(String, String)> = lines.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(lines, [("category.get".to_owned(), "answered".to_owned())]);
    // What is no record of the entity is refused by name.
    let text =
        json!({"operations": {"get": {"pipes": [{"id": 1, "type": "result", "params": {"path": "$#in.record"}}]}}});
    let (text, channel) = (text["operations"].clone(), json!({"channel": "shop", "shortname": "category"}));
    client.execute("SELECT entity_set($1 || jsonb_build_object('operations', $2::jsonb))", &[&channel, &text]).unwrap();
    let query = "SELECT entity_call('shop', 'category', 'get', '{\"record\": {\"id\": \"four\"}}')";
    let refused: Value = client.query_one(query, &[]).unwrap().get(0);
    assert_eq!(refused, json!({"error": 500, "error_text": "error/entity/answer: id must be a whole number"}));
    let wrong = client.query_one("SELECT entity_call('shop', 'category', 'delete')", &[]).unwrap_err();
    assert_eq!(wrong.as_db_error().unwrap().message(), "error/entity/operation");
}

#[test]
fn a_step_whose_row_is_locked_waits_without_holding_up_others() {
    let (database, target) = (Database::new("workers_run_locked"), Target::start());
    let (mut client, mut other) = (database.connect(), database.connect());
    channel(
        &mut client,
        "keeper",
        &json!([
            {"id": 1, "type": "unpack", "outs": {"success": 2}},
            {"id": 2, "type": "store_set", "params": {"key": "$in.data.key", "value": "new", "ttl": 900}, "outs": {"success": 3}},
            {"id": 3, "type": "http_request", "params": {"url": target.receiver.url("/ok"), "form": {"key": "$in.data.key"}}},
        ]),
    );
    other.batch_execute("BEGIN; SELECT pipeline_run_now('keeper', 'listener', '{\"body\": {\"$bytes\": \"eyJrZXkiOiAiYSJ9\"}}', '{}')").unwrap();
    let locked = start(&mut client, "keeper", &json!({"key": "a"}));
    let free = start(&mut client, "keeper", &json!({"key": "b"}));
    until("the other one is through", || trace(&mut client, free)["state"] == "done");
    assert_eq!(trace(&mut client, locked)["state"], "waiting");
    other.batch_execute("COMMIT").unwrap();
    until("it goes on", || trace(&mut client, locked)["state"] == "done");
}

#[test]
fn every_way_of_asking_reaches_the_server_as_it_is_written() {
    let (database, target) = (Database::new("workers_run_ways"), Target::start());
    let mut client = database.connect();
    let ask = |id: i64, path: &str, more: Value| {
        let mut params = json!({"url": target.receiver.url(path), "form": {"k": "$in.query.k", "list": "$#in.list"}});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"id": id, "type": "http_request", "params": params, "outs": {"success": id + 1}})
    };
    let pipes = json!([
        ask(1, "/ok/get", json!({"auth_username": "me", "auth_password": "s3cret", "headers": {"X-Token": "$in.query.k"}})),
        ask(2, "/ok/form", json!({"method": "POST"})),
        ask(3, "/ok/parts", json!({"method": "POST", "content_type": "form-data", "form": {"k": "$in.query.k", "doc": "$#in.file"}})),
        {"id": 4, "type": "pack", "outs": {"success": 5},
         "params": {"type": "XML", "template": {"order": {"@id": "$in.query.k", "line": "$#in.list"}}}},
        ask(5, "/ok/xml", json!({"method": "PUT", "content_type": "xml"})),
        ask(6, "/gone", json!({"method": "DELETE", "success_codes": [410]})),
        {"id": 7, "type": "log", "params": {"message": "$in.http_code"}},
    ]);
    channel(&mut client, "ways", &pipes);
    let request = json!({
        "query": {"k": "a & b"}, "list": [1, 2],
        "file": {"name": "price.txt", "mime": "text/plain", "size": 9, "url": target.receiver.url("/ok/price")},
    });
    client.execute("SELECT pipeline_listen('ways', $1)", &[&request]).unwrap();
    assert!(is_idle(&mut client));
    let told = client.query("SELECT message FROM pipe_log", &[]).unwrap();
    assert_eq!(told.iter().map(|row| row.get(0)).collect::<Vec<String>>(), ["410"]);
    let seen = |path: &str| target.receiver.seen(path).pop().unwrap();
    let get = seen("/ok/get");
    assert_eq!((get.method.as_str(), get.query.as_str()), ("GET", "k=a+%26+b&list=%5B1%2C2%5D"));
    assert_eq!((get.header("authorization"), get.header("x-token")), ("Basic bWU6czNjcmV0", "a & b"));
    let form = seen("/ok/form");
    assert_eq!((form.method.as_str(), form.query.as_str()), ("POST", ""));
    assert_eq!(form.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(form.body, "k=a+%26+b&list=%5B1%2C2%5D");
    let parts = seen("/ok/parts");
    assert!(parts.header("content-type").starts_with("multipart/form-data; boundary="), "{parts:?}");
    for part in
        ["name=\"k\"\r\n\r\na & b\r\n", "filename=\"price.txt\"", "Content-Type: text/plain\r\n\r\nOK, taken\r\n"]
    {
        assert!(parts.body.contains(part), "{part}: {}", parts.body);
    }
    let xml = seen("/ok/xml");
    assert_eq!((xml.method.as_str(), xml.header("content-type")), ("PUT", "application/xml"));
    assert!(xml.body.ends_with("<order id=\"a &amp; b\"><line>1</line><line>2</line></order>"), "{}", xml.body);
    assert_eq!(seen("/gone").method, "DELETE");
    // Whoever reads the trace learns no password.
    let steps: String = client.query_one("SELECT steps::text FROM member.run_outcome", &[]).unwrap().get(0);
    assert!(!steps.contains("s3cret") && !steps.contains("bWU6czNjcmV0"), "{steps}");
}
