//! Express imports: by tracks, sent to with the data of their rows, forgotten when nobody uses them.

use crate::common::*;

/// A channel that posts what a letter says, to whom, and one value of the person's data.
fn mail(client: &mut Client, url: &str) {
    let channel = json!({"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
        "fields": {"subscription": [{"shortname": "note", "title": "Note", "type": "string"}]},
        "events": [{"id": 100021, "name": "Sent", "string_id": "sent", "base": "send"},
                   {"id": 100022, "name": "Refused", "string_id": "refused", "base": "hbounce"}]});
    let pipes = json!([
        {"id": 1, "type": "pack", "outs": {"success": 2},
         "params": {"template": {"to": "$subscription.email", "text": "$template.text", "paid": "$#profile.shop.paid"}}},
        {"id": 2, "type": "http_request", "params": {"url": url, "method": "POST", "content_type": "json"},
         "outs": {"success": 3, "error": 4}},
        {"id": 3, "type": "event",
         "params": {"event_type": "send", "channel_id": 10001, "action_type": 100021,
                    "event": {"send_message_id": "$origin.send_message_id"}}},
        {"id": 4, "type": "event",
         "params": {"event_type": "hbounce", "channel_id": 10001, "action_type": 100022,
                    "event": {"send_message_id": "$origin.send_message_id", "message": "$in.body"}}},
    ]);
    assert!(is_idle(client));
    client.execute("SELECT channel_set($1)", &[&channel]).unwrap();
    client.execute("SELECT pipeline_set('mail', 'message', $1)", &[&pipes]).unwrap();
    client
        .batch_execute(
            r#"SELECT sender_set('{"name": "shop"}');
               SELECT letter_set('{"channel": "mail", "subject": "Hi", "sender": 1, "status": "ready",
                   "body": {"text": "[% anketa.base.firstName %] <[% anketa.member.email %]>"}}')"#,
        )
        .unwrap();
}

/// Imports rows as a track; gives its answer.
fn import(client: &mut Client, request: &Value) -> Value {
    let track: i64 = client.query_one("SELECT (member_import($1) ->> 'track.id')::bigint", &[request]).unwrap().get(0);
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(over["obj"]["status"], -1, "{over}");
    over["obj"]["param"].clone()
}

/// Sends the letter to a group; gives how many messages were handed over.
fn send(client: &mut Client, group: &str) -> i64 {
    let request = json!({"letter": 2, "group": group});
    let launched: Value = client.query_one("SELECT message_send($1)", &[&request]).unwrap().get(0);
    let track = launched["track.id"].as_i64().unwrap();
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(over["obj"]["status"], -1, "{over}");
    assert!(is_idle(client));
    over["obj"]["param"]["count"].as_i64().unwrap()
}

#[test]
fn a_message_is_filled_with_the_row() {
    let (database, target) = (Database::new("workers_express"), Target::start());
    let client = &mut database.connect();
    mail(client, &target.receiver.url("/ok"));
    client
        .batch_execute(
            r#"SELECT member_set('anna@example.com', '[["base.firstName", "set", "Subscriber"], ["shop.paid", "set", 1]]');
               SELECT stoplist_add('{"email": "stopped@example.com"}')"#,
        )
        .unwrap();
    let rows = "member.email;base.firstName;shop.paid\nanna@example.com;Anna;20\nboris@example.com;Boris;30\n\
                broken;Nobody;1\nstopped@example.com;Vera;40\nboris@example.com;Boris P.;50\n";
    let param = import(client, &json!({"users.list": rows, "express": 1}));
    let counted = ["rows", "new", "updated", "errors", "repeats"].map(|name| param[name].as_i64().unwrap());
    assert_eq!(counted, [5, 3, 1, 1, 1], "{param}");
    let group = param["group.id"].as_str().unwrap();
    assert!(group.starts_with("importex"), "{group}");

    assert_eq!(send(client, group), 2);
    let mut mails: Vec<Value> =
        target.receiver.seen("/ok").iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    mails.sort_by_key(|mail| mail["to"].to_string());
    assert_eq!(
        mails,
        [
            json!({"to": "anna@example.com", "text": "Anna <anna@example.com>", "paid": "20"}),
            json!({"to": "boris@example.com", "text": "Boris P. <boris@example.com>", "paid": "50"}),
        ]
    );
    // Nobody became a subscriber, and what was sent to whom is told all the same.
    assert_eq!(numbers(client, "SELECT count(*) FROM member.body"), [1]);
    let told = "SELECT count(*) FROM member.event e JOIN member.address a ON a.id = e.address_id
                 WHERE e.event_type = 'mail.sent' AND a.value = 'boris@example.com' AND e.dataset = 0";
    assert_eq!(numbers(client, told), [1]);
    let kept_back = "SELECT count(*) FROM member.message_state WHERE state = 'suppress' AND reason = 'unsubscribed'";
    assert_eq!(numbers(client, kept_back), [1]);
}

#[test]
fn a_bounce_locks_an_identifier_that_is_nobodys() {
    let (database, target) = (Database::new("workers_express_bounce"), Target::start());
    let client = &mut database.connect();
    mail(client, &target.receiver.url("/gone"));
    let param = import(
        client,
        &json!({"users.list": [["member.email", "shop.paid"], ["boris@example.com", 30]], "express": 1}),
    );
    let group = param["group.id"].as_str().unwrap();
    assert_eq!(send(client, group), 1);
    let locked = "SELECT count(*) FROM member.delivery_error WHERE value = 'boris@example.com' AND lock";
    assert_eq!(numbers(client, locked), [1]);
    assert_eq!(send(client, group), 0, "the second letter is kept back");
    // Who becomes a subscriber brings the lock along.
    client.batch_execute("SELECT member_set('boris@example.com', '[]')").unwrap();
    let lock: Value = client.query_one("SELECT member_get('boris@example.com', 'member.haslock')", &[]).unwrap().get(0);
    assert_eq!(lock, 4);
}

#[test]
fn more_rows_than_a_part_takes_are_each_sent_to_once() {
    let (database, target) = (Database::new("workers_express_many"), Target::start());
    let client = &mut database.connect();
    mail(client, &target.receiver.url("/ok"));
    let rows: Vec<Value> =
        (0..1100).map(|n| json!({"member.email": format!("e{n}@example.com"), "shop.paid": n})).collect();
    let param = import(client, &json!({"users.list": rows, "express": 1}));
    assert_eq!(param["new"], 1100);
    assert_eq!(send(client, param["group.id"].as_str().unwrap()), 1100);
    let distinct = "SELECT count(*) FROM (SELECT DISTINCT address_id FROM member.message) m";
    assert_eq!(numbers(client, distinct), [1100]);
    assert_eq!(numbers(client, "SELECT count(*) FROM member.message"), [1100]);
    assert_eq!(target.receiver.seen("/ok").len(), 1100);
}

#[test]
fn rows_that_nobody_uses_are_forgotten() {
    let database = Database::new("workers_express_old");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let rows = json!({"users.list": "member.email\na@example.com\n", "express": 1, "auto_group": {"id": "old"}});
    import(client, &rows);
    import(client, &json!({"users.list": "member.email\na@example.com\n", "express": 1, "auto_group": {"id": "new"}}));
    client
        .batch_execute(
            "UPDATE member.express_group e SET used_at = now() - interval '31 days' FROM member.group_def g WHERE g.number = e.number AND g.gid = 'old'",
        )
        .unwrap();
    // A worker forgets what is old when it begins; the next track is for another one.
    let worker = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                   WHERE datname = current_database() AND backend_type = 'pg_member jobs'";
    client.execute(worker, &[]).unwrap();
    import(client, &json!({"users.list": "member.email\nb@example.com\n"}));
    assert_eq!(numbers(client, "SELECT count(*) FROM member.group_def WHERE gid = 'old'"), [0]);
    assert_eq!(numbers(client, "SELECT count(*) FROM member.express_member"), [1]);
    assert_eq!(numbers(client, "SELECT count(*) FROM member.group_def WHERE gid = 'new'"), [1]);
}
