//! Sequences: an event starts a passage, its runs reach the world, and what dies in between changes nothing (members.md 15).

use crate::common::*;

/// A channel of e-mail whose Schedule pipeline is this.
pub fn mail(client: &mut Client, schedule: &Value) {
    let channel = json!({
        "name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
        "fields": {"subscription": [{"shortname": "note", "title": "Note", "type": "string"}]},
    });
    client.execute("SELECT channel_set($1)", &[&channel]).unwrap();
    client.execute("SELECT pipeline_set('mail', 'schedule', $1)", &[schedule]).unwrap();
}

/// Sends what the templates say to a path, from pipe 1 on.
fn telling(target: &Target, path: &str, template: &Value) -> Value {
    json!([
        {"id": 1, "type": "pack", "params": {"template": template}, "outs": {"success": 2}},
        {"id": 2, "type": "http_request",
         "params": {"url": target.receiver.url(path), "method": "POST", "content_type": "json"}},
    ])
}

pub fn sequence(client: &mut Client, more: Value) -> i64 {
    let mut request = json!({"name": "Shop", "channel": "mail", "events": ["click"]});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.query_one("SELECT (sequence_set($1) ->> 'id')::bigint", &[&request]).unwrap().get(0)
}

fn click(client: &mut Client, person: &str, pixel: i64) -> i64 {
    let event = json!({"event_type": "click", "email": person, "pixel_id": pixel, "event_data": {"url": "https://example.com"}});
    client.query_one("SELECT event_emit($1)", &[&event]).unwrap().get(0)
}

/// What came to a path.
fn came(target: &Target, path: &str) -> Vec<Value> {
    target.receiver.seen(path).iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect()
}

/// Passages and how they ended.
pub fn ends(client: &mut Client) -> Vec<(i64, Option<String>)> {
    let rows = client.query("SELECT passage, reason FROM sequence_member ORDER BY passage", &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn told(client: &mut Client) -> Vec<String> {
    let lines = client.query("SELECT message FROM pipe_log ORDER BY id", &[]).unwrap();
    lines.iter().map(|row| row.get(0)).collect()
}

#[test]
fn an_event_starts_a_passage_for_whom_it_is_about() {
    let (database, target) = (Database::new("workers_sequence"), Target::start());
    let mut client = database.connect();
    let told_of = json!({"to": "$subscription.email", "event": "$event.event_type", "pixel": "$#event.event_data.url",
                         "sequence": "$sequence.name", "passage": "$#sequence.passage", "haslock": "$#sequence.haslock",
                         "same": "$#origin.passage"});
    mail(&mut client, &telling(&target, "/ok", &told_of));
    set(&mut client, "anna@example.com", 1);
    set(&mut client, "bob@example.com", 1);
    // What happened before it was made starts nothing, whether it has a position or not.
    click(&mut client, "anna@example.com", 7);
    sequence(&mut client, json!({"filters": {"pixels": [7]}}));
    assert!(is_idle(&mut client));
    assert_eq!(ends(&mut client), []);
    click(&mut client, "anna@example.com", 8);
    let event = click(&mut client, "bob@example.com", 7);
    assert!(is_idle(&mut client));
    let expected = json!({"to": "bob@example.com", "event": "click", "pixel": "https://example.com", "sequence": "Shop",
                          "passage": 1, "haslock": 0, "same": 1});
    assert_eq!(came(&target, "/ok"), [expected], "{:?}", told(&mut client));
    assert_eq!(ends(&mut client), [(1, Some("done".to_owned()))]);
    assert_eq!(numbers(&mut client, "SELECT event FROM sequence_member"), [event]);
    // Where it is switched off nothing starts; switched on again, only what comes after.
    client.batch_execute(r#"SELECT sequence_set('{"id": 1, "active": 0}')"#).unwrap();
    click(&mut client, "bob@example.com", 7);
    client.batch_execute(r#"SELECT sequence_set('{"id": 1, "active": 1}')"#).unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(came(&target, "/ok").len(), 1);
    click(&mut client, "bob@example.com", 7);
    assert!(is_idle(&mut client));
    assert_eq!(came(&target, "/ok").len(), 2);
}

#[test]
fn each_event_starts_one_passage_whatever_is_killed_and_none_comes_early() {
    let (database, target) = (Database::new("workers_sequence_killed"), Target::start());
    let name = "client_workers_sequence_killed";
    let mut client = database.connect();
    let template = json!({"passage": "$#sequence.passage", "started": "$sequence.started_at", "begun": "$now"});
    mail(&mut client, &telling(&target, "/ok", &template));
    sequence(&mut client, json!({"events": ["member_new"], "delay": 2}));
    let mut made = 0;
    for round in 0..3 {
        make_persons(&mut client, made + 1, made + 100);
        made += 100;
        let pid = wait_for("a dispatcher runs", || dispatcher(&mut client, name));
        // SIGKILL has the server start anew; in the end a polite end.
        if round < 2 {
            assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
            until("the server has noticed", || client.simple_query("SELECT 1").is_err());
            client = wait_for("the server answers again", || database.try_connect());
        } else {
            client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
        }
        until("another dispatcher runs", || dispatcher(&mut client, name).is_some_and(|now| now != pid));
    }
    until("all have come", || target.receiver.seen("/ok").len() >= 300);
    assert!(is_idle(&mut client));
    let events = "SELECT count(*), count(DISTINCT event) FROM sequence_member";
    let row = client.query_one(events, &[]).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (300, 300), "one passage for each event");
    let mut passages = Vec::new();
    for body in came(&target, "/ok") {
        let instant = |key: &str| body[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(instant("begun").duration_since(instant("started")).as_secs() >= 2, "{body}");
        passages.push(body["passage"].as_i64().unwrap());
    }
    passages.sort_unstable();
    passages.dedup();
    assert_eq!(passages.len(), 300, "each passage reached the receiver");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM sequence_member WHERE reason = 'done'"), [300]);
}

#[test]
fn what_one_step_keeps_the_next_one_reads() {
    let (database, target) = (Database::new("workers_sequence_data"), Target::start());
    let mut client = database.connect();
    let store = "SELECT member_set(jsonb_build_object('email', $subscription.email::text, 'datakey', \
                 '[[\"@member.sequence_data.store@.n\", \"set\", 41], [\"n\", \"set\", 5]]'::jsonb)) ->> 'newbie' AS n";
    let read = "SELECT member_get($subscription.email::text, '@member.sequence_data@.n') AS n";
    mail(
        &mut client,
        &json!([
            {"id": 1, "type": "sql_pipe", "params": {"query": store, "map": true}, "outs": {"success": 2, "error": 9}},
            {"id": 2, "type": "scheduled", "params": {"pipe_id": 3, "delay": 1, "template": {}}, "outs": {"error": 9}},
            {"id": 3, "type": "sql_pipe", "params": {"query": read, "map": true}, "outs": {"success": 4, "error": 9}},
            {"id": 4, "type": "pack", "outs": {"success": 5, "error": 9},
             "params": {"template": {"query": "$#in.sql_query.n", "template": "$#sequence.data.n", "event": "$event.event_type"}}},
            {"id": 5, "type": "http_request",
             "params": {"url": target.receiver.url("/ok"), "method": "POST", "content_type": "json"}},
            {"id": 9, "type": "log", "params": {"level": "error", "message": "$error.message"}},
        ]),
    );
    sequence(&mut client, json!({}));
    set(&mut client, "anna@example.com", 1);
    click(&mut client, "anna@example.com", 1);
    until("it has come", || !target.receiver.seen("/ok").is_empty() || !told(&mut client).is_empty());
    assert!(is_idle(&mut client));
    let expected = json!({"query": 41, "template": 41, "event": "click"});
    assert_eq!(came(&target, "/ok"), [expected], "{:?}", told(&mut client));
    assert_eq!(ends(&mut client), [(1, Some("done".to_owned()))]);
    // Nothing of the next query is of that passage.
    let row = client.query_one("SELECT member_get('anna@example.com', '@member.sequence_data@')::text", &[]).unwrap();
    assert_eq!(row.get::<_, String>(0), "null");
}

#[test]
fn who_leaves_or_is_deleted_gets_nothing_more() {
    let (database, target) = (Database::new("workers_sequence_gone"), Target::start());
    let mut client = database.connect();
    let later = json!([
        {"id": 1, "type": "scheduled", "params": {"pipe_id": 2, "delay": 3600, "template": {}}},
        {"id": 2, "type": "http_request", "params": {"url": target.receiver.url("/ok"), "form": {"to": "$subscription.email"}}},
    ]);
    mail(&mut client, &later);
    let id = sequence(&mut client, json!({"events": ["member_new"]}));
    for person in ["stays", "stopped", "deleted", "again", "erased"] {
        set(&mut client, &format!("{person}@example.com"), 1);
    }
    assert!(is_idle(&mut client));
    assert_eq!(ends(&mut client).len(), 5);
    client
        .batch_execute(
            r#"SELECT sequence_set('{"id": 1, "active": 0}');
               SELECT member_delete('{"list": ["deleted@example.com", "again@example.com"]}');
               SELECT member_erase('erased@example.com')"#,
        )
        .unwrap();
    let stop = json!({"id": id, "email": "stopped@example.com"});
    client.execute("SELECT sequence_member_stop($1)", &[&stop]).unwrap();
    // The same address is another subscriber now.
    set(&mut client, "again@example.com", 2);
    // The hour is over: a new dispatcher reads when runs are to begin.
    client.execute("UPDATE member.pipeline_run SET run_at = now() WHERE run_at > now()", &[]).unwrap();
    let pid = dispatcher(&mut client, "client_workers_sequence_gone").unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    let open = "SELECT count(*) FROM sequence_member WHERE ended_at IS NULL";
    until("all have ended", || numbers(&mut client, open) == [0]);
    assert!(is_idle(&mut client));
    let seen: Vec<String> = target.receiver.seen("/ok").iter().map(|seen| seen.query.clone()).collect();
    assert_eq!(seen, ["to=stays%40example.com"]);
    let reason = |text: &str| Some(text.to_owned());
    assert_eq!(
        ends(&mut client),
        [(1, reason("done")), (2, reason("stopped")), (3, reason("gone")), (4, reason("gone"))]
    );
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.run_outcome WHERE state = 'stopped'"), [3]);
}

#[test]
fn a_sequence_that_is_deleted_lets_nobody_go_on() {
    let (database, target) = (Database::new("workers_sequence_deleted"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &telling(&target, "/ok", &json!({"to": "$subscription.email"})));
    sequence(&mut client, json!({"delay": 1}));
    set(&mut client, "anna@example.com", 1);
    click(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    client.batch_execute(r#"SELECT sequence_delete('{"id": 1}')"#).unwrap();
    until("it has ended", || ends(&mut client) == [(1, Some("deleted".to_owned()))]);
    assert!(target.receiver.seen("/ok").is_empty());
}

#[test]
fn a_group_enters_by_a_track_and_a_failure_ends_a_passage() {
    let (database, target) = (Database::new("workers_sequence_group"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &telling(&target, "/broken", &json!({"to": "$subscription.email"})));
    sequence(&mut client, json!({}));
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "all", "type": "list", "name": "All"}');
               SELECT count(member_set('person' || n || '@example.com', '[["-group.all", "set", 1]]')) FROM generate_series(1, 1500) n"#,
        )
        .unwrap();
    let track: i64 = client
        .query_one(r#"SELECT (sequence_member_start('{"id": 1, "group": "all"}') ->> 'track.id')::bigint"#, &[])
        .unwrap()
        .get(0);
    let track: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(track["obj"]["param"]["count"], 1500, "{track}");
    assert!(is_idle(&mut client));
    let mut to: Vec<Value> = came(&target, "/broken").into_iter().map(|body| body["to"].clone()).collect();
    to.sort_by_key(Value::to_string);
    to.dedup();
    assert_eq!(to.len(), 1500);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM sequence_member WHERE reason = 'failed'"), [1500]);
}

#[test]
fn a_step_sends_a_letter_and_keeps_back_what_must_not_go() {
    let (database, target) = (Database::new("workers_sequence_letter"), Target::start());
    let mut client = database.connect();
    let query = "select message_send(jsonb_build_object('letter', 2, 'email', $subscription.email::text)) as letter";
    mail(
        &mut client,
        &json!([
            {"id": 1, "type": "sql_pipe", "params": {"query": query, "map": true}, "outs": {"error": 9}},
            {"id": 9, "type": "log", "params": {"level": "error", "message": "$error.message"}},
        ]),
    );
    let message = telling(&target, "/ok", &json!({"to": "$subscription.email", "subject": "$template.subject"}));
    client.execute("SELECT pipeline_set('mail', 'message', $1)", &[&message]).unwrap();
    client
        .batch_execute(
            r#"SELECT sender_set('{"name": "Shop"}');
               SELECT letter_set('{"channel": "mail", "sender": 1, "status": "ready", "subject": "Your basket, [% anketa.base.firstName %]"}');
               SELECT member_set('anna@example.com', '[["base.firstName", "set", "Anna"]]');
               SELECT member_set('bob@example.com', '[]');
               SELECT event_emit('{"event_type": "unsub", "email": "bob@example.com"}')"#,
        )
        .unwrap();
    sequence(&mut client, json!({}));
    click(&mut client, "anna@example.com", 1);
    click(&mut client, "bob@example.com", 1);
    assert!(is_idle(&mut client));
    let expected = json!({"to": "anna@example.com", "subject": "Your basket, Anna"});
    assert_eq!(came(&target, "/ok"), [expected], "{:?}", told(&mut client));
    let done = || Some("done".to_owned());
    assert_eq!(ends(&mut client), [(1, done()), (2, done())]);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.event WHERE event_type = 'suppress'"), [1]);
}
