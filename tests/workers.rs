//! The background workers, in a server of their own that has the library preloaded: `make test ONLY=workers`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/receiver.rs"]
#[allow(dead_code)]
mod receiver;
mod support;

use postgres::Client;
use receiver::{Receiver, Seen};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use support::{Database, connect};
use tokio::runtime::Runtime;

/// How long a condition may take to come true before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until the condition holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// A receiver, and what it runs on.
struct Target {
    receiver: Receiver,
    _runtime: Runtime,
}

impl Target {
    fn start() -> Target {
        let runtime = Runtime::new().unwrap();
        let receiver = runtime.block_on(Receiver::start());
        Target { receiver, _runtime: runtime }
    }

    /// Makes a hook that sends these events to a path; `more` are further settings.
    fn hook(&self, client: &mut Client, path: &str, events: &str, more: &str) -> i64 {
        let url = self.receiver.url(path);
        let request = format!(
            r#"{{"name": "test", "events": {events}, "transport": {{"type": "http_batch", "url": "{url}", "timeout_sec": 1}} {more}}}"#
        );
        let row = client.query_one("SELECT (hook_set($1::text::jsonb) ->> 'id')::bigint", &[&request]).unwrap();
        row.get(0)
    }

    /// The events that came to a path, in order.
    fn events(&self, path: &str) -> Vec<serde_json::Value> {
        self.receiver.seen(path).iter().flat_map(events_of).collect()
    }
}

fn events_of(seen: &Seen) -> Vec<serde_json::Value> {
    serde_json::from_str(&seen.body).unwrap()
}

fn set(client: &mut Client, person: &str, n: i32) {
    let program = format!(r#"[["n", "set", {n}]]"#);
    client.execute("SELECT member_set($1, $2::text::jsonb)", &[&person, &program]).unwrap();
}

fn is_idle(client: &mut Client) -> bool {
    client.query_one("SELECT member_wait_idle('60s')", &[]).unwrap().get(0)
}

/// The events of the order, by position: their numbers.
fn ordered(client: &mut Client) -> Vec<i64> {
    let rows = client.query("SELECT unnest(ids) FROM member.event_order ORDER BY pos", &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn dispatcher(client: &mut Client, database: &str) -> Option<i32> {
    let row = client
        .query_opt("SELECT pid FROM member_workers() WHERE worker = 'dispatcher' AND database = $1", &[&database])
        .unwrap();
    row.and_then(|row| row.get(0))
}

#[test]
fn committed_events_get_positions_and_rolled_back_ones_do_not() {
    let database = Database::new("workers_order");
    let mut client = database.connect();
    set(&mut client, "one@example.com", 1);
    let mut transaction = client.transaction().unwrap();
    transaction.execute("SELECT member_set('gone@example.com', '[]')", &[]).unwrap();
    transaction.rollback().unwrap();
    client
        .batch_execute(
            "BEGIN; SELECT member_set('two@example.com', '[]'); SAVEPOINT s; SELECT member_set('no@example.com', '[]');
             ROLLBACK TO s; SAVEPOINT t; SELECT member_set('three@example.com', '[]'); RELEASE t; COMMIT",
        )
        .unwrap();
    assert!(is_idle(&mut client));
    let written: Vec<i64> =
        client.query("SELECT id FROM member.event ORDER BY id", &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(written.len(), 3);
    assert_eq!(ordered(&mut client), written);
}

#[test]
fn an_open_transaction_delays_only_its_own_events() {
    let database = Database::new("workers_open");
    let (mut client, mut slow, mut elsewhere) = (database.connect(), database.connect(), connect("postgres"));
    // One that has an id in this database, and one in another.
    elsewhere.batch_execute("BEGIN; SELECT pg_current_xact_id()").unwrap();
    slow.batch_execute("BEGIN; SELECT member_set('slow@example.com', '[]')").unwrap();
    set(&mut client, "quick@example.com", 1);
    set(&mut client, "quick@example.com", 2);
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 2);
    slow.batch_execute("COMMIT").unwrap();
    assert!(is_idle(&mut client));
    let all = ordered(&mut client);
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], *all.iter().min().unwrap(), "the slow one was written first and came last");
    elsewhere.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn a_prepared_transaction_is_told_when_it_commits() {
    let database = Database::new("workers_prepared");
    let mut client = database.connect();
    client
        .batch_execute("BEGIN; SELECT member_set('later@example.com', '[]'); PREPARE TRANSACTION 'workers_prepared'")
        .unwrap();
    assert!(is_idle(&mut client));
    assert!(ordered(&mut client).is_empty());
    client.batch_execute("COMMIT PREPARED 'workers_prepared'").unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 1);
}

#[test]
fn two_changes_of_one_person_come_in_their_order_whatever_their_transactions_numbers() {
    let database = Database::new("workers_person");
    let (mut first, mut second) = (database.connect(), database.connect());
    set(&mut first, "anna@example.com", 0);
    // The later transaction has the smaller number.
    first.batch_execute("BEGIN; SELECT pg_current_xact_id()").unwrap();
    set(&mut second, "anna@example.com", 1);
    first.batch_execute(r#"SELECT member_set('anna@example.com', '[["n", "set", 2]]'); COMMIT"#).unwrap();
    assert!(is_idle(&mut first));
    let versions: Vec<i64> = first
        .query(
            "SELECT e.version FROM member.event_order o, unnest(o.ids) WITH ORDINALITY AS n (id, place)
             JOIN member.event e ON e.id = n.id ORDER BY o.pos, n.place",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(versions, [1, 2, 3]);
}

#[test]
fn a_hook_sends_what_it_is_for_and_nothing_from_before_it() {
    let (database, target) = (Database::new("workers_hook"), Target::start());
    let mut client = database.connect();
    set(&mut client, "early@example.com", 1);
    client.execute(r#"SELECT campaign_set('{"name": "Spring"}')"#, &[]).unwrap();
    let more =
        r#", "custom_data": {"campaign": "{{campaign_name}}", "id": "{{uuid}}"}, "profile_fields": {"number": "n"}"#;
    target.hook(&mut client, "/ok", r#"["member_new", "click"]"#, more);
    set(&mut client, "anna@example.com", 7);
    set(&mut client, "anna@example.com", 8);
    client
        .execute(
            r#"SELECT event_emit(jsonb_build_object('event_type', 'click', 'email', 'anna@example.com',
                   'campaign_id', 1, 'event_data', '{"link_url": "https://example.com/", "ip": "192.0.2.1"}'::jsonb))"#,
            &[],
        )
        .unwrap();
    assert!(is_idle(&mut client));
    let events = target.events("/ok");
    let kinds: Vec<&str> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["member_new", "click"]);
    let click = &events[1];
    assert_eq!(click["_md5"], "6b56db1f84a3997b902509d3fbf0a306");
    assert_eq!(click["custom_data"]["campaign"], "Spring");
    assert_eq!(click["custom_data"]["number"], 8);
    assert_eq!(click["custom_data"]["id"].as_str().unwrap().len(), 36);
    assert_eq!(click["event_data"]["campaign_id"], 1);
    assert_eq!((&click["list_id"], &click["account_id"]), (&1.into(), &1.into()));
    let left: i64 = client.query_one("SELECT count(*) FROM member.hook_batch", &[]).unwrap().get(0);
    assert_eq!(left, 0, "a batch that arrived has no row any more");
}

#[test]
fn a_healthy_hook_is_not_delayed_by_hanging_and_failing_ones() {
    let (database, target) = (Database::new("workers_healthy"), Target::start());
    let mut client = database.connect();
    target.hook(&mut client, "/hang", r#"["member_new"]"#, "");
    target.hook(&mut client, "/broken", r#"["member_new"]"#, "");
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    for n in 0..250 {
        set(&mut client, &format!("person{n}@example.com"), n);
    }
    until("the healthy hook has everything", || target.events("/ok").len() == 250);
    assert!(!target.receiver.seen("/hang").is_empty() && !target.receiver.seen("/broken").is_empty());
}

#[test]
fn a_batch_that_fails_goes_out_again_with_the_same_id_and_dies_after_its_last_attempt() {
    let (database, target) = (Database::new("workers_retry"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/broken", r#"["member_new"]"#, r#", "retry": {"times": 3, "period_sec": 0}"#);
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let seen = target.receiver.seen("/broken");
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|attempt| attempt.header("webhook-id") == seen[0].header("webhook-id")));
    assert!(seen.iter().all(|attempt| attempt.body == seen[0].body));
    let states: Vec<(i32, String, Option<i32>)> = client
        .query("SELECT attempt, state, status FROM member.hook_attempt WHERE hook = $1 ORDER BY attempt", &[&hook])
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(states.iter().map(|(attempt, ..)| *attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(states.iter().all(|(_, _, status)| *status == Some(500)));
    let dead: bool = client.query_one("SELECT is_dead FROM member.hook_batch", &[]).unwrap().get(0);
    assert!(dead, "it is kept");
}

#[test]
fn a_receiver_that_is_gone_stops_the_hook_and_resume_sends_what_was_under_way() {
    let (database, target) = (Database::new("workers_gone"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/gone", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    until("the hook is stopped", || {
        let row = client.query_one("SELECT active, reason FROM member.hook WHERE id = $1", &[&hook]).unwrap();
        !row.get::<_, bool>(0) && row.get::<_, Option<String>>(1).as_deref() == Some("gone")
    });
    let request =
        format!(r#"{{"id": {hook}, "active": true, "transport": {{"url": "{}"}}}}"#, target.receiver.url("/ok"));
    client.execute("SELECT hook_set($1::text::jsonb)", &[&request]).unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 1);
}

#[test]
fn a_server_that_is_killed_loses_nothing() {
    let (database, target) = (Database::new("workers_killed"), Target::start());
    let mut client = database.connect();
    let name = "client_workers_killed";
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    let mut written = 0;
    for round in 0..3 {
        for _ in 0..200 {
            set(&mut client, &format!("person{written}@example.com"), written);
            written += 1;
        }
        let pid = dispatcher(&mut client, name).unwrap();
        // SIGKILL in the first rounds, which has the server start anew; then a polite end.
        if round < 2 {
            assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
        } else {
            client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
        }
        until("the server has noticed", || client.simple_query("SELECT 1").is_err() || round == 2);
        until("the server answers again", || match database.try_connect() {
            Some(fresh) => {
                client = fresh;
                true
            }
            None => false,
        });
        until("another dispatcher runs", || dispatcher(&mut client, name).is_some_and(|now| now != pid));
    }
    assert!(is_idle(&mut client));
    let mut times: HashMap<String, Vec<String>> = HashMap::new();
    for seen in target.receiver.seen("/ok") {
        for event in events_of(&seen) {
            let profile = event["profile_id"].as_str().unwrap().to_owned();
            times.entry(profile).or_default().push(seen.header("webhook-id").to_owned());
        }
    }
    assert_eq!(times.len(), usize::try_from(written).unwrap(), "nothing is lost");
    for batches in times.values() {
        assert!(batches.iter().all(|batch| batch == &batches[0]), "what comes twice comes in the same batch");
    }
}

#[test]
fn databases_with_workers_can_be_renamed_copied_and_dropped() {
    let database = Database::new("workers_utility");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    drop(client);
    let mut admin = connect("postgres");
    admin.batch_execute("CREATE DATABASE workers_copy TEMPLATE client_workers_utility").unwrap();
    admin.batch_execute("ALTER DATABASE workers_copy RENAME TO workers_renamed").unwrap();
    let mut copy = connect("workers_renamed");
    assert!(is_idle(&mut copy));
    drop(copy);
    admin.batch_execute("DROP DATABASE workers_renamed").unwrap();
}

#[test]
fn hooks_of_a_copied_database_do_not_send() {
    let (database, target) = (Database::new("workers_copied"), Target::start());
    let mut client = database.connect();
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    drop(client);
    let mut admin = connect("postgres");
    admin.batch_execute("CREATE DATABASE workers_twin TEMPLATE client_workers_copied").unwrap();
    let mut twin = connect("workers_twin");
    set(&mut twin, "boris@example.com", 1);
    assert!(is_idle(&mut twin));
    let row = twin.query_one("SELECT active, reason FROM member.hook", &[]).unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, String>(1).as_str()), (false, "copied"));
    let lives: Vec<i32> = twin
        .query("SELECT DISTINCT life FROM member.event ORDER BY 1", &[])
        .unwrap()
        .iter()
        .map(|r| r.get(0))
        .collect();
    assert!(!lives.is_empty());
    assert_eq!(ordered(&mut twin).len(), 2, "what was written before the copy was looked at has its place too");
    drop(twin);
    admin.batch_execute("DROP DATABASE workers_twin").unwrap();
    assert_eq!(target.events("/ok").len(), 1);
}

#[test]
fn the_extension_can_be_dropped_and_made_again_under_its_dispatcher() {
    let database = Database::new("workers_extension");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    client.batch_execute("DROP EXTENSION pg_member CASCADE").unwrap();
    client.batch_execute("DROP SCHEMA IF EXISTS member CASCADE; CREATE EXTENSION pg_member").unwrap();
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 1);
}

#[test]
fn a_client_notice_wakes_the_dispatcher() {
    let database = Database::new("workers_notify");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    let asleep = || "SELECT state FROM member_workers() WHERE database = current_database()";
    until("it sleeps", || client.query_one(asleep(), &[]).unwrap().get::<_, String>(0) == "idle");
    client.batch_execute("NOTIFY pg_member").unwrap();
    let usage = "SELECT pg_notification_queue_usage()";
    until("the queue is taken", || client.query_one(usage, &[]).unwrap().get::<_, f64>(0) == 0.0);
}
