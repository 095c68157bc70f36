//! The settings of pipelines, each seen at work; and the cap of a pipe, over all workers and a restart.

use crate::common::*;
use crate::settings::Changed;

/// A channel whose Listener pipeline is this.
fn channel(client: &mut Client, name: &str, pipes: &Value) {
    let settings = json!({
        "name": name, "string_id": name, "kind": "indirect",
        "fields": {"resource": [{"shortname": "place", "title": "Place", "type": "string"}]},
    });
    client.execute("SELECT channel_set($1)", &[&settings]).unwrap();
    client.execute("SELECT pipeline_set($1, 'listener', $2)", &[&name, pipes]).unwrap();
}

/// A pipeline of one request, with these parameters beside its address.
fn asking(target: &Target, path: &str, more: Value) -> Value {
    let mut params = json!({"url": target.receiver.url(path)});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!([{"id": 1, "type": "http_request", "params": params}])
}

/// Starts runs; their numbers.
fn start(client: &mut Client, channel: &str, count: i64) -> Vec<i64> {
    let query = "SELECT (pipeline_listen($1, '{}') ->> 'run')::bigint FROM generate_series(1, $2::bigint)";
    client.query(query, &[&channel, &count]).unwrap().iter().map(|row| row.get(0)).collect()
}

fn trace(client: &mut Client, run: i64) -> Value {
    client.query_one("SELECT pipeline_trace($1)", &[&run]).unwrap().get(0)
}

/// Runs one to its end; how it failed.
fn failure(client: &mut Client, channel: &str) -> (Value, String) {
    let run = start(client, channel, 1)[0];
    assert!(is_idle(client));
    let trace = trace(client, run);
    assert_eq!(trace["state"], "failed", "{trace}");
    (trace["error"]["code"].clone(), trace["error"]["message"].as_str().unwrap().to_owned())
}

#[test]
fn no_window_holds_more_requests_than_the_cap_whatever_is_killed() {
    let (database, target) = (Database::new("workers_pipe_cap"), Target::start());
    let (mut client, name) = (database.connect(), "client_workers_pipe_cap");
    let (count, period) = (4, Duration::from_secs(1));
    channel(&mut client, "capped", &asking(&target, "/ok", json!({"limit": {"count": count, "period": 1}})));
    start(&mut client, "capped", 14);
    until("the second window is begun", || target.receiver.seen("/ok").len() > count);
    let process = dispatcher(&mut client, name).unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&process]).unwrap();
    until("another dispatcher runs", || dispatcher(&mut client, name).is_some_and(|now| now != process));
    assert!(is_idle(&mut client));
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.run_outcome WHERE state = 'done'"), [14]);
    let mut starts: Vec<Instant> = target.receiver.seen("/ok").iter().map(|seen| seen.at).collect();
    starts.sort();
    for (one, too_many) in starts.iter().zip(starts.iter().skip(count)) {
        assert!(*too_many - *one >= period - Duration::from_millis(50), "{starts:?}");
    }
}

#[test]
fn a_channel_has_no_more_runs_under_way_than_it_may() {
    let (database, target) = (Database::new("workers_pipe_size"), Target::start());
    let mut client = database.connect();
    let _changed = Changed::new(&["pipe_worker_size = 2"]);
    channel(&mut client, "slow", &asking(&target, "/slow", json!({})));
    channel(&mut client, "quick", &asking(&target, "/ok", json!({})));
    // What comes later is through, so the settings are read, and a third would have begun.
    let runs = start(&mut client, "slow", 6);
    until("two are under way", || target.receiver.seen("/slow").len() == 2);
    start(&mut client, "quick", 1);
    until("another channel is through", || target.receiver.seen("/ok").len() == 1);
    assert_eq!(target.receiver.seen("/slow").len(), 2);
    target.receiver.gate.add_permits(runs.len());
    assert!(is_idle(&mut client));
    assert_eq!(target.receiver.seen("/slow").len(), runs.len());
}

#[test]
fn who_does_not_answer_in_time_is_given_up() {
    let (database, target) = (Database::new("workers_pipe_time"), Target::start());
    let mut client = database.connect();
    let _changed = Changed::new(&["pipe_http_timeout = '1s'", "entity_timeout = '1s'"]);
    channel(&mut client, "hanging", &asking(&target, "/hang", json!({})));
    let (code, message) = failure(&mut client, "hanging");
    assert!(code == 7 && message.starts_with("timeout:"), "{code} {message}");
    // An operation of an entity has a time for all of it, whatever its pipes allow themselves.
    let mut pipes = asking(&target, "/hang", json!({"timeout": 60}));
    pipes[0]["outs"] = json!({"success": 2});
    pipes.as_array_mut().unwrap().push(json!({"id": 2, "type": "result"}));
    let entity = json!({
        "channel": "hanging", "shortname": "category", "name": "Category",
        "fields": [{"shortname": "id", "title": "Id", "type": "int"}], "operations": {"get": {"pipes": pipes}},
    });
    client.execute("SELECT entity_set($1)", &[&entity]).unwrap();
    assert!(is_idle(&mut client));
    let answer: Value = client.query_one("SELECT entity_call('hanging', 'category', 'get', '{}')", &[]).unwrap().get(0);
    assert_eq!(answer, json!({"error": 500, "error_text": "no result within 1 s"}));
}

#[test]
fn a_run_that_goes_on_and_on_is_ended() {
    let (database, target) = (Database::new("workers_pipe_steps"), Target::start());
    let mut client = database.connect();
    let _changed = Changed::new(&["pipe_max_steps = 2", "pipe_max_reschedules = 2", "pipe_scheduler_delay = '1s'"]);
    channel(
        &mut client,
        "long",
        &json!([
            {"id": 1, "type": "log", "outs": {"success": 2}}, {"id": 2, "type": "log", "outs": {"success": 3}},
            {"id": 3, "type": "log"},
        ]),
    );
    assert_eq!(failure(&mut client, "long"), (json!(8), "more than 2 steps".to_owned()));
    channel(&mut client, "polling", &json!([{"id": 1, "type": "log"}]));
    let poll = json!([
        {"id": 1, "type": "http_request", "params": {"url": target.receiver.url("/ok")}, "outs": {"success": 2}},
        {"id": 2, "type": "scheduled", "params": {"pipe_id": 1, "template": {}}},
    ]);
    client.execute("SELECT pipeline_set('polling', 'schedule', $1)", &[&poll]).unwrap();
    client.batch_execute("SELECT pipeline_start('polling', 'schedule', '{}')").unwrap();
    let failed = "SELECT count(*) FROM pipe_log WHERE message = '8 put off more than 2 times in a row'";
    until("it is not put off any more", || numbers(&mut client, failed) == [1]);
    // By itself, and twice after it was put off: for a second each time, as the setting says.
    let mut starts: Vec<Instant> = target.receiver.seen("/ok").iter().map(|seen| seen.at).collect();
    starts.sort();
    assert_eq!(starts.len(), 3);
    assert!(starts.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(950)), "{starts:?}");
}

#[test]
fn steps_and_bodies_are_kept_as_far_as_settings_say() {
    let (database, target) = (Database::new("workers_pipe_kept"), Target::start());
    let mut client = database.connect();
    channel(&mut client, "huge", &asking(&target, "/huge", json!({})));
    channel(&mut client, "fine", &asking(&target, "/ok", json!({})));
    let steps = |client: &mut Client, channel: &str| {
        let run = start(client, channel, 1)[0];
        assert!(is_idle(client));
        !trace(client, run)["steps"].is_null()
    };
    let _changed = Changed::new(&["pipe_body_max = '1kB'", "pipe_trace = failed"]);
    until("a run that is done keeps no steps", || !steps(&mut client, "fine"));
    assert!(steps(&mut client, "huge"), "one that failed does");
    let (code, message) = failure(&mut client, "huge");
    assert_eq!(code, 8, "{message}");
    // What is old goes, with its outcome and its lines.
    client.batch_execute("UPDATE member.run_outcome SET at = now() - interval '8 days'").unwrap();
    client.batch_execute("UPDATE member.pipe_log SET at = now() - interval '8 days'").unwrap();
    let left = "SELECT (SELECT count(*) FROM member.pipeline_run) + (SELECT count(*) FROM member.pipe_log)";
    until("old runs are forgotten", || numbers(&mut client, left) == [0]);
}

#[test]
fn lines_go_to_the_servers_log_from_a_level_on() {
    let database = Database::new("workers_pipe_log");
    let mut client = database.connect();
    let _changed = Changed::new(&["pipe_log_level = warn"]);
    let said = |id: i64, level: &str, outs: Value| json!({"id": id, "type": "log", "outs": outs, "params": {"level": level, "message": format!("a line of level {level}")}});
    let pipes = json!([said(1, "info", json!({"success": 2})), said(2, "warn", json!({}))]);
    channel(&mut client, "saying", &pipes);
    let log = format!("{}/workers/log", from_suite("PG_MEMBER_ROOM"));
    let mut says = |level: &str| -> bool {
        let query = "SELECT strpos(pg_read_file($1), 'a line of level ' || $2) > 0";
        client.query_one(query, &[&log, &level]).unwrap().get(0)
    };
    let mut caller = database.connect();
    until("the setting is read, and the line is there", || {
        start(&mut caller, "saying", 1);
        assert!(is_idle(&mut caller));
        says("warn")
    });
    assert!(!says("info"));
    // The log of the pipelines has both.
    let both = "SELECT count(DISTINCT message) FROM pipe_log WHERE message LIKE '%a line of level%'";
    assert_eq!(numbers(&mut caller, both), [2]);
}
