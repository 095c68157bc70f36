//! Messages from the call to the receiver, and back: what letters confirm, what bounces lock, what is written nowhere.

use crate::common::*;
use std::process::Command;

/// A channel of e-mail that hands each message to a mail service, and registers what it said.
pub fn mail(client: &mut Client, url: &str) {
    let channel = json!({
        "name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
        "fields": {
            "subscription": [{"shortname": "note", "title": "Note", "type": "string"}],
            "template": [{"shortname": "subject", "title": "Subject", "type": "string"},
                         {"shortname": "text", "title": "Text", "type": "text"}],
        },
        "events": [{"id": 100021, "name": "Sent", "string_id": "sent", "base": "send"},
                   {"id": 100022, "name": "Refused", "string_id": "refused", "base": "hbounce"}],
    });
    let event = |id: i64, code: &str, action: i64| {
        json!({"id": id, "type": "event", "outs": {"error": 9},
               "params": {"event_type": code, "channel_id": 10001, "action_type": action,
                          "event": {"send_message_id": "$origin.send_message_id", "message": "$in.body"}}})
    };
    let pipes = json!([
        {"id": 1, "type": "pack", "outs": {"success": 2},
         "params": {"template": {"to": "$subscription.email", "subject": "$template.subject", "text": "$template.text"}}},
        {"id": 2, "type": "http_request", "outs": {"success": 3, "error": 4},
         "params": {"url": url, "method": "POST", "content_type": "json"}},
        event(3, "send", 100021),
        event(4, "hbounce", 100022),
        {"id": 9, "type": "log", "params": {"level": "error", "message": "$error.message"}},
    ]);
    client.execute("SELECT channel_set($1)", &[&channel]).unwrap();
    client.execute("SELECT pipeline_set('mail', 'message', $1)", &[&pipes]).unwrap();
}

pub fn haslock(client: &mut Client, person: &str) -> Value {
    client.query_one("SELECT member_get($1, 'member.haslock')", &[&person]).unwrap().get(0)
}

/// What the log of pipelines says.
fn told(client: &mut Client) -> Vec<String> {
    let lines = client.query("SELECT message FROM pipe_log ORDER BY id", &[]).unwrap();
    lines.iter().map(|row| row.get(0)).collect()
}

/// What was sent to the mail service.
pub fn mails(target: &Target, path: &str) -> Vec<Value> {
    target.receiver.seen(path).iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect()
}

#[test]
fn a_letter_reaches_the_mail_service_and_its_link_confirms() {
    let (database, target) = (Database::new("workers_letter"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/ok"));
    client
        .batch_execute(
            r#"SELECT sender_set('{"name": "shop"}');
               SET pg_member.public_url = 'https://example.com/m';
               SELECT letter_set('{"channel": "mail", "subject": "Confirm, please", "sender": 1, "status": "ready",
                                   "body": {"text": "Follow [% param.url_confirm %]"}}');
               SELECT member_set('{"email": "anna@example.com", "newbie.confirm": 1, "newbie.letter.confirm": 2}');"#,
        )
        .unwrap();
    assert!(is_idle(&mut client));
    let mails = mails(&target, "/ok");
    assert_eq!(
        (mails.len(), &mails[0]["to"], &mails[0]["subject"]),
        (1, &json!("anna@example.com"), &json!("Confirm, please"))
    );
    let text = mails[0]["text"].as_str().unwrap();
    let cookie = text.split_once("cookie=").unwrap().1;
    assert_eq!(haslock(&mut client, "anna@example.com"), json!(2));
    let confirmed: Value = client
        .query_one(
            "SELECT member_confirm(jsonb_build_object('email', 'anna@example.com', 'cookie', $1::text))",
            &[&cookie],
        )
        .unwrap()
        .get(0);
    assert_eq!(confirmed["confirmed"], 1);
    assert_eq!(haslock(&mut client, "anna@example.com"), json!(0));
    let kinds = client.query("SELECT event_type FROM member.event WHERE event_type LIKE 'mail.%'", &[]).unwrap();
    let kinds: Vec<String> = kinds.iter().map(|row| row.get(0)).collect();
    assert_eq!(kinds, ["mail.sent"], "{:?}", told(&mut client));
    let states = client.query("SELECT state FROM member.message_state ORDER BY at", &[]).unwrap();
    assert_eq!(states.last().unwrap().get::<_, String>(0), "send");
}

#[test]
fn a_message_that_bounces_locks_its_head() {
    let (database, target) = (Database::new("workers_bounce"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/gone"));
    set(&mut client, "bob@example.com", 1);
    let before = haslock(&mut client, "bob@example.com");
    client
        .batch_execute(r#"SELECT message_send('{"channel": "mail", "email": "bob@example.com", "template": {"subject": "Hi", "text": "x"}}')"#)
        .unwrap();
    assert!(is_idle(&mut client));
    assert_ne!(before, haslock(&mut client, "bob@example.com"), "{:?}", told(&mut client));
    let again: Value = client
        .query_one(r#"SELECT message_send('{"channel": "mail", "email": "bob@example.com", "template": {"subject": "Hi", "text": "x"}}')"#, &[])
        .unwrap()
        .get(0);
    assert!(again.get("suppressed").is_some(), "{again}");
    assert!(is_idle(&mut client));
    assert_eq!(target.receiver.seen("/gone").len(), 1);
}

#[test]
fn a_hidden_address_is_reached_and_written_nowhere() {
    let (database, target) = (Database::new("workers_hidden"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/ok"));
    client.batch_execute(r#"SELECT member_set('{"email": "C-1", "addr_type": "csid"}')"#).unwrap();
    client
        .batch_execute(
            r#"SELECT message_send('{"channel": "mail", "email": "C-1", "addr_type": "csid", "to": "secret@example.org",
                                     "template": {"subject": "Hi", "text": "x"}}')"#,
        )
        .unwrap();
    assert!(is_idle(&mut client));
    let mails = mails(&target, "/ok");
    assert_eq!((mails.len(), &mails[0]["to"]), (1, &json!("secret@example.org")));
    for table in [
        "pipeline_run",
        "run_outcome",
        "pipe_log",
        "pipe_store",
        "message",
        "message_state",
        "event",
        "address",
        "track",
    ] {
        let query = format!("SELECT count(*) FROM member.{table} t WHERE to_jsonb(t)::text ILIKE '%secret@example%'");
        assert_eq!(numbers(&mut client, &query), [0], "{table}");
    }
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.run_outcome WHERE steps::text LIKE '%***%'"), [1]);
    let dump = Command::new("pg_dump").args(["-d", "client_workers_hidden"]).output().unwrap();
    assert!(dump.status.success(), "{dump:?}");
    let dump = String::from_utf8_lossy(&dump.stdout);
    let lines_with = |text: &str| dump.lines().filter(|line| line.to_lowercase().contains(text)).count();
    assert_eq!(lines_with("secret@example"), 0, "a dump has no line with the address");
    assert!(lines_with("c-1") > 0, "what stands for it is there");
}

#[test]
fn a_hook_tells_what_a_message_said() {
    let (database, target) = (Database::new("workers_message_content"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/ok"));
    target.hook(&mut client, "/ok/told", r#"["mail.sent"]"#, r#", "with_content": true"#);
    target.hook(&mut client, "/ok/brief", r#"["mail.sent"]"#, "");
    set(&mut client, "anna@example.com", 1);
    client
        .batch_execute(
            r#"SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": {"subject": "Hi", "text": "It is spring"}}')"#,
        )
        .unwrap();
    until("both hooks are told", || ["/ok/told", "/ok/brief"].iter().all(|path| !target.events(path).is_empty()));
    assert!(is_idle(&mut client));
    let told = target.events("/ok/told");
    assert_eq!((told.len(), &told[0]["content"]), (1, &json!({"subject": "Hi", "text": "It is spring"})), "{told:?}");
    let brief = target.events("/ok/brief");
    assert_eq!((brief.len(), brief[0].get("content")), (1, None), "{brief:?}");
}

#[test]
fn a_group_gets_one_message_each_over_a_restart() {
    let (database, target) = (Database::new("workers_launch"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/ok"));
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "all", "type": "list", "addr_type": "email", "name": "All"}');
               SELECT count(member_set('person' || n || '@example.com', '[["-group.all", "set", 1]]')) FROM generate_series(1, 3000) n;
               SELECT message_send('{"channel": "mail", "group": "all", "template": {"subject": "Hi", "text": "x"}}')"#,
        )
        .unwrap();
    until("some have come", || target.receiver.seen("/ok").len() > 100);
    let process = dispatcher(&mut client, "client_workers_launch").unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&process]).unwrap();
    until("all have come", || target.receiver.seen("/ok").len() >= 3000);
    assert!(is_idle(&mut client));
    let mut to: Vec<String> =
        mails(&target, "/ok").iter().map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
    to.sort_unstable();
    to.dedup();
    assert_eq!(to.len(), 3000);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.message"), [3000]);
    let keys: std::collections::HashSet<String> =
        target.receiver.seen("/ok").iter().map(|seen| seen.header("idempotency-key").to_owned()).collect();
    assert_eq!(keys.len(), 3000, "what came twice has the same key");
}

#[test]
fn a_launch_that_is_stopped_sends_nothing_that_was_not_begun() {
    let (database, target) = (Database::new("workers_launch_stopped"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/slow"));
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "all", "type": "list", "addr_type": "email", "name": "All"}');
               SELECT count(member_set('person' || n || '@example.com', '[["-group.all", "set", 1]]')) FROM generate_series(1, 200) n;
               SELECT message_send('{"channel": "mail", "group": "all", "template": {"subject": "Hi", "text": "x"}}')"#,
        )
        .unwrap();
    // All are handed over; the channel has room for some of them.
    until("all are made", || numbers(&mut client, "SELECT count(*) FROM member.message") == [200]);
    until("some are under way", || !target.receiver.seen("/slow").is_empty());
    let stop = r#"SELECT pipeline_stop('{"issue.id": 1}') #>> '{list,0,state}'"#;
    let state: String = client.query_one(stop, &[]).unwrap().get(0);
    assert_eq!(state, "stopped", "there is no Stop pipeline that would have to answer");
    target.receiver.gate.add_permits(1000);
    assert!(is_idle(&mut client));
    let ended = |state: &str| format!("SELECT count(*) FROM member.run_outcome WHERE state = '{state}'");
    let (done, left) = (numbers(&mut client, &ended("done"))[0], numbers(&mut client, &ended("stopped"))[0]);
    assert_eq!((done + left, target.receiver.seen("/slow").len() as i64), (200, done));
    assert!(left > 100, "most had not begun: {left}");
}

#[test]
fn a_message_that_waits_is_kept_back_from_who_has_left_meanwhile() {
    let (database, target) = (Database::new("workers_message_waits"), Target::start());
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/ok"));
    for person in ["anna", "bob", "carl", "eve"] {
        set(&mut client, &format!("{person}@example.com"), 1);
        let message = json!({"channel": "mail", "email": format!("{person}@example.com"), "start_time": "2100-01-01T00:00:00Z",
                             "template": {"subject": "Hi", "text": "x"}});
        client.execute("SELECT message_send($1)", &[&message]).unwrap();
    }
    // Bob leaves; Carl turns out to be the same person as somebody else; Eve goes, and comes back as another subscriber.
    client
        .batch_execute(
            r#"SELECT event_emit('{"event_type": "unsub", "email": "bob@example.com"}');
               SELECT member_set('dora@example.com', '[]');
               SELECT member_merge('{"email": "dora@example.com", "head": "carl@example.com", "head_rule": "transplant"}');
               SELECT member_delete('{"email": "eve@example.com"}');
               SELECT member_set('eve@example.com', '[]')"#,
        )
        .unwrap();
    assert!(is_idle(&mut client));
    assert!(target.receiver.seen("/ok").is_empty());
    // The time has come: a new dispatcher reads when runs are to begin.
    client.execute("UPDATE member.pipeline_run SET run_at = now()", &[]).unwrap();
    let pid = dispatcher(&mut client, "client_workers_message_waits").unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    until("all have ended", || numbers(&mut client, "SELECT count(*) FROM member.run_outcome") == [4]);
    let mut to: Vec<String> =
        mails(&target, "/ok").iter().map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
    to.sort_unstable();
    assert_eq!(to, ["anna@example.com", "carl@example.com"], "{:?}", told(&mut client));
    let kept = client.query("SELECT state, reason FROM member.message_state WHERE state = 'suppress'", &[]).unwrap();
    let kept: Vec<(String, String)> = kept.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(kept, [("suppress".to_owned(), "unsubscribed".to_owned())]);
    let why = "SELECT body #>> '{event_data,reason}' FROM member.event WHERE event_type = 'suppress'";
    assert_eq!(client.query_one(why, &[]).unwrap().get::<_, String>(0), "unsubscribed");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.run_outcome WHERE state = 'stopped'"), [1]);
}
