//! `hook_test`, `hook_preview`: what a hook would send, and what it meets.

use crate::common::*;
use std::time::UNIX_EPOCH;

fn test(client: &mut Client, hook: i64, event_type: &str) -> Value {
    client.query_one("SELECT hook_test($1, $2)", &[&hook, &event_type]).unwrap().get(0)
}

#[test]
fn hook_test_sends_a_made_up_event_once_and_tells_what_came_back() {
    let (database, target) = (Database::new("workers_trial"), Target::start());
    let mut client = database.connect();
    let good = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    let bad = target.hook(&mut client, "/broken", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    let reply = test(&mut client, good, "click");
    assert_eq!((&reply["ok"], &reply["status"], &reply["state"]), (&true.into(), &200.into(), &"delivered".into()));
    let seen = &target.receiver.seen("/ok")[0];
    assert_eq!(reply["request"]["body"], seen.body, "the bytes are those that were sent");
    assert_eq!(reply["request"]["headers"]["webhook-id"], seen.header("webhook-id"));
    let event = &events_of(seen)[0];
    assert_eq!((&event["event_type"], &event["is_test"]), (&"click".into(), &true.into()));
    assert_eq!(event["event_data"]["ip"], "192.0.2.1");
    let reply = test(&mut client, bad, "member_new");
    assert_eq!((&reply["ok"], &reply["status"], &reply["state"]), (&false.into(), &500.into(), &"status".into()));
    assert_eq!(target.receiver.seen("/broken").len(), 1, "once, without retries");
    let tries = numbers(&mut client, "SELECT count(*) FROM hook_attempt");
    assert_eq!(tries, [0], "it passes by the queue");
}

#[test]
fn hook_test_says_what_is_in_its_way() {
    let (database, target) = (Database::new("workers_refusal"), Target::start());
    let (mut client, mut other) = (database.connect(), database.connect());
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    let message = |client: &mut Client, hook: i64, code: &str| {
        let error = client.query_one("SELECT hook_test($1, $2)", &[&hook, &code]).unwrap_err();
        error.as_db_error().unwrap().message().to_owned()
    };
    assert_eq!(message(&mut client, 99, "click"), "error/hook/notexists");
    assert_eq!(message(&mut client, hook, "nothing"), "error/event/type");
    // What is not committed is not there for the worker.
    let mut transaction = client.transaction().unwrap();
    let copy: i64 = transaction.query_one("SELECT (hook_clone($1) ->> 'id')::bigint", &[&hook]).unwrap().get(0);
    assert_eq!(message(&mut other, copy, "click"), "error/hook/notexists");
    transaction.rollback().unwrap();
    // A call that waits can be cancelled, and the worker goes on.
    let slow = target.hook(&mut client, "/hang", r#"["member_new"]"#, "");
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let waiting = std::thread::spawn(move || client.query_one("SELECT hook_test($1, 'click')", &[&slow]).unwrap_err());
    until("the request is there", || !target.receiver.seen("/hang").is_empty());
    other.execute("SELECT pg_cancel_backend($1)", &[&pid]).unwrap();
    let error = waiting.join().unwrap();
    assert_eq!(error.code().unwrap().code(), "57014");
    assert_eq!(test(&mut other, hook, "click")["ok"], true);
}

#[test]
fn hook_test_shows_the_signature_that_was_sent_however_late_the_answer_is() {
    let (database, target) = (Database::new("workers_trial_late"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/slow", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    let call = std::thread::spawn(move || test(&mut client, hook, "click"));
    let sent = wait_for("the request is there", || target.receiver.seen("/slow").pop());
    let second: u64 = sent.header("webhook-timestamp").parse().unwrap();
    until("its second is over", || UNIX_EPOCH.elapsed().unwrap().as_secs() > second + 1);
    target.receiver.gate.add_permits(1);
    let reply = call.join().unwrap();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        assert_eq!(reply["request"]["headers"][name], sent.header(name), "{name}");
    }
}

#[test]
fn nothing_is_kept_of_an_answer_that_has_no_place_or_no_business_there() {
    let (database, target) = (Database::new("workers_answers"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/zero", r#"["member_new"]"#, r#", "retry": {"times": 1}"#);
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let mut answer = || -> String {
        client.query_one("SELECT answer FROM hook_attempt ORDER BY at DESC LIMIT 1", &[]).unwrap().get(0)
    };
    assert_eq!(answer(), "ab", "without the zero octet");
    let mut client = database.connect();
    assert_eq!(test(&mut client, hook, "click")["response"], "ab");
    // A receiver that says all it was told.
    let (url, token) = (target.receiver.url("/echo?500"), target.receiver.url("/token/long"));
    let transport = json!({
        "url": url, "headers": {"X-Api-Key": "key-4711", "X-Proxy-Auth": "Basic pair-4711", "X-Team": "mail"},
        "auth": {"type": "oauth2", "token_url": token, "client_id": "us", "client_secret": "client-4711"},
    });
    hook_set(&mut client, &json!({"id": hook, "transport": transport}).to_string());
    set(&mut client, "boris@example.com", 1);
    assert!(is_idle(&mut client));
    let kept = [answer(), test(&mut client, hook, "click")["response"].as_str().unwrap().to_owned()];
    let told = target.receiver.seen("/echo").pop().unwrap();
    assert!(told.header("authorization").starts_with("Bearer token-4711-"), "it was told");
    for kept in kept {
        assert!(!kept.contains("4711"), "{kept}");
        assert!(kept.contains("authorization: ***") && kept.contains("x-api-key: ***"), "{kept}");
        assert!(kept.contains("x-team: mail"), "what is no secret stays: {kept}");
    }
    let last: String = client.query_one("SELECT last_error FROM hook_status", &[]).unwrap().get(0);
    assert!(last.contains("x-proxy-auth: ***"), "{last}");
}

#[test]
fn hook_preview_shows_an_event_as_the_hook_sends_it() {
    let (database, target) = (Database::new("workers_preview"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, r#", "custom_data": {"who": "me"}"#);
    set(&mut client, "anna@example.com", 1);
    set(&mut client, "anna@example.com", 2);
    assert!(is_idle(&mut client));
    let events = numbers(&mut client, "SELECT id FROM member.event ORDER BY id");
    let preview = |client: &mut Client, event: i64| -> Value {
        client.query_one("SELECT hook_preview($1, $2)", &[&hook, &event]).unwrap().get(0)
    };
    let shown = preview(&mut client, events[0]);
    assert_eq!(shown["taken"], true);
    assert_eq!(shown["request"]["body"], target.receiver.seen("/ok")[0].body);
    assert_eq!(preview(&mut client, events[1])["taken"], false, "a change is not for this hook");
    let error = client.query_one("SELECT hook_preview($1, 99)", &[&hook]).unwrap_err();
    assert_eq!(error.as_db_error().unwrap().message(), "error/event/notexists");
}

/// How many calls can wait in one database.
const PLACES: i64 = 16;

/// The message of the refusal of a call that waits for a worker.
fn refusal(client: &mut Client, hook: i64) -> String {
    let error = client.query_one("SELECT hook_test($1, 'click')", &[&hook]).unwrap_err();
    error.as_db_error().unwrap().message().to_owned()
}

#[test]
fn calls_that_no_worker_takes_up_wait_in_bounds() {
    let (database, target) = (Database::new("workers_full"), Target::start());
    let (mut client, mut holder) = (database.connect(), database.connect());
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    let callers: Vec<_> = (0..PLACES).map(|_| database.connect()).collect();
    // What the dispatcher reads in every turn. Callers read nothing of it, so they do not wait for the lock.
    holder.batch_execute("BEGIN; LOCK TABLE member.hook IN ACCESS EXCLUSIVE MODE").unwrap();
    client.batch_execute("NOTIFY pg_member; SET pg_member.worker_timeout = '1s'").unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'member.hook'::regclass AND NOT granted";
    until("the dispatcher is held", || numbers(&mut client, held) == [1]);
    let calls: Vec<_> = callers
        .into_iter()
        .map(|mut caller| std::thread::spawn(move || caller.query_one("SELECT hook_test($1, 'click')", &[&hook])))
        .collect();
    let waiting = "SELECT pid::bigint FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE 'SELECT hook_test%' AND wait_event_type = 'Extension'";
    until("all places are taken", || numbers(&mut client, waiting).len() as i64 == PLACES);
    assert_eq!(refusal(&mut client, hook), "error/worker/busy");
    // A place is free again when its call is cancelled, and when it has waited for long enough.
    let cancelled = numbers(&mut client, waiting)[0];
    client.execute("SELECT pg_cancel_backend($1::bigint::int)", &[&cancelled]).unwrap();
    until("its place is free", || refusal(&mut client, hook) == "error/worker/timeout");
    assert_eq!(refusal(&mut client, hook), "error/worker/timeout");
    holder.batch_execute("COMMIT").unwrap();
    let answers = calls.into_iter().filter_map(|call| call.join().unwrap().ok());
    let arrived = answers.filter(|row| row.get::<_, Value>(0)["ok"] == true).count();
    assert_eq!(arrived as i64, PLACES - 1, "the others have waited for an answer, and got it");
    client.batch_execute("RESET pg_member.worker_timeout").unwrap();
    assert_eq!(test(&mut client, hook, "click")["ok"], true);
}
