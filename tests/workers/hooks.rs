//! Hooks over HTTP: what they take, and what becomes of batches that do not arrive.

use crate::common::*;
use crate::messages::mail;

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
fn a_hook_gets_nothing_from_before_it_even_if_the_dispatcher_was_far_behind() {
    let (database, target, name) = (Database::new("workers_behind"), Target::start(), "client_workers_behind");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    hold_dispatcher(&mut client, name);
    make_persons(&mut client, 1, 3000);
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    make_persons(&mut client, 3001, 3010);
    release_dispatcher(&mut client);
    assert!(is_idle(&mut client));
    let persons: Vec<Value> = target.events("/ok").iter().map(|event| event["profile_id"].clone()).collect();
    let after: Vec<String> = (3001..3011).map(|n| format!("{n:024x}")).collect();
    assert_eq!(persons.len(), after.len());
    assert_eq!(persons, after);
}

#[test]
fn a_hook_that_holds_keeps_the_order_of_a_person_also_with_several_batches_under_way() {
    let (database, target) = (Database::new("workers_held"), Target::start());
    let mut client = database.connect();
    let more = r#", "on_failure": "hold", "concurrency": 4, "retry": {"times": 1000, "period_sec": 0}, "breaker": {"failures": 0}"#;
    let hook = target.hook(&mut client, "/flaky", r#"["member_change"]"#, more);
    hook_set(&mut client, &format!(r#"{{"id": {hook}, "transport": {{"max_batch": 1}}}}"#));
    for n in 0..100 {
        set(&mut client, "anna@example.com", n);
    }
    assert!(is_idle(&mut client));
    // A batch was taken with its last attempt.
    let attempts: Vec<(String, i64)> = target
        .receiver
        .seen("/flaky")
        .iter()
        .map(|seen| {
            let new = events_of(seen)[0]["event_data"]["changed"][0]["new"].as_i64().unwrap();
            (seen.header("webhook-id").to_owned(), new)
        })
        .collect();
    let is_last = |place: usize| !attempts[place + 1..].iter().any(|(id, _)| *id == attempts[place].0);
    let taken: Vec<i64> = (0..attempts.len()).filter(|place| is_last(*place)).map(|place| attempts[place].1).collect();
    assert_eq!(taken, (1..100).collect::<Vec<_>>());
}

#[test]
fn a_batch_has_an_id_without_a_secret_too() {
    let (database, target) = (Database::new("workers_unsigned"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/broken", r#"["member_new"]"#, r#", "retry": {"times": 2, "period_sec": 0}"#);
    hook_set(&mut client, &format!(r#"{{"id": {hook}, "transport": {{"signing_secret": null}}}}"#));
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let seen = target.receiver.seen("/broken");
    assert_eq!((seen.len(), seen[0].header("webhook-signature")), (2, ""));
    assert_ne!(seen[0].header("webhook-id"), "");
    assert_eq!(seen[0].header("webhook-id"), seen[1].header("webhook-id"));
}

#[test]
fn a_damaged_event_costs_the_others_nothing() {
    let (database, target, name) = (Database::new("workers_damaged"), Target::start(), "client_workers_damaged");
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    hold_dispatcher(&mut client, name);
    make_persons(&mut client, 1, 10);
    damage(&mut client, 5);
    release_dispatcher(&mut client);
    assert!(is_idle(&mut client));
    let others: Vec<i64> = (1..=10).filter(|person| *person != 5).collect();
    assert_eq!(persons(&target, "/ok"), others);
    // The same where a track reads it.
    let again = format!(r#"SELECT (hook_resend('{{"id": {hook}, "from": 1, "to": 10}}') ->> 'track.id')::bigint"#);
    let track: i64 = client.query_one(&again, &[]).unwrap().get(0);
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(over["obj"]["status"], -1);
    assert!(is_idle(&mut client));
    assert_eq!(persons(&target, "/ok"), [others.as_slice(), &others].concat());
}

#[test]
fn a_damaged_batch_is_dead_and_the_hook_goes_on() {
    let (database, target, name) = (Database::new("workers_buried"), Target::start(), "client_workers_buried");
    let mut client = database.connect();
    let more = r#", "on_failure": "go_on", "concurrency": 4, "retry": {"times": 1000, "period_sec": 1}, "breaker": {"failures": 0}"#;
    let hook = target.hook(&mut client, "/broken", r#"["member_new"]"#, more);
    hook_set(&mut client, &format!(r#"{{"id": {hook}, "transport": {{"max_batch": 1}}}}"#));
    make_persons(&mut client, 1, 3);
    until("each was tried", || target.receiver.seen("/broken").len() >= 3);
    hold_dispatcher(&mut client, name);
    damage(&mut client, 2);
    let url = target.receiver.url("/ok");
    hook_set(&mut client, &format!(r#"{{"id": {hook}, "transport": {{"url": "{url}"}}}}"#));
    release_dispatcher(&mut client);
    assert!(is_idle(&mut client));
    let mut came = persons(&target, "/ok");
    came.sort_unstable();
    assert_eq!(came, [1, 3]);
    assert_eq!(numbers(&mut client, "SELECT dead_batches FROM hook_status"), [1]);
    assert_eq!(numbers(&mut client, "SELECT lag_events FROM hook_status"), [0], "it is done with it");
}

#[test]
fn what_a_message_said_is_told_for_a_while() {
    let (database, target, name) = (Database::new("workers_told"), Target::start(), "client_workers_told");
    let mut client = database.connect();
    mail(&mut client, &target.receiver.url("/ok"));
    target.hook(&mut client, "/ok/told", r#"["mail.sent", "click"]"#, r#", "with_content": true"#);
    set(&mut client, "anna@example.com", 1);
    client
        .batch_execute(
            r#"SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": {"subject": "Hi", "text": "It is spring"}}')"#,
        )
        .unwrap();
    until("it is sent", || target.events("/ok/told").len() == 1);
    let click = |client: &mut Client| {
        let query = "SELECT event_emit(jsonb_build_object('event_type', 'click', 'email', 'anna@example.com',
                                                          'send_message_id', m.send_message_id)) FROM member.message m";
        client.execute(query, &[]).unwrap();
        assert!(is_idle(client));
        target.events("/ok/told").pop().unwrap().get("content").cloned()
    };
    assert_eq!(click(&mut client), Some(json!({"subject": "Hi", "text": "It is spring"})));
    client.batch_execute("UPDATE member.message_content SET expires_at = now() - interval '1s'").unwrap();
    assert_eq!(click(&mut client), None, "its time is over");
    restart_dispatcher(&mut client, name);
    until("it is forgotten", || numbers(&mut client, "SELECT count(*) FROM member.message_content") == [0]);
}

#[test]
fn what_is_old_is_forgotten_where_nothing_happens_too() {
    let (database, name) = (Database::new("workers_tidied"), "client_workers_tidied");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    client
        .batch_execute(
            "INSERT INTO member.message_content VALUES (1, 'old', '{}', now() - interval '1h'), (1, 'new', '{}', now() + interval '1h');
             INSERT INTO member.hook_attempt
             SELECT 1, now() - age, gen_random_uuid(), 1, 'status', 500, '', 1, 1, 1, 1, 'closed'
               FROM (VALUES (interval '8 days'), ('6 days')) a (age);
             INSERT INTO member.hook_outcome
             VALUES (1, 1, now() - interval '8 days', 'delivered', 1), (1, 2, now() - interval '8 days', 'delivered', 1)",
        )
        .unwrap();
    restart_dispatcher(&mut client, name);
    until("what is old is gone", || {
        let left = "SELECT (SELECT count(*) FROM member.message_content) * 100
                         + (SELECT count(*) FROM member.hook_attempt) * 10 + (SELECT count(*) FROM member.hook_outcome)";
        numbers(&mut client, left) == [111]
    });
    assert_eq!(numbers(&mut client, "SELECT pos FROM member.hook_outcome"), [2], "the hook's place stays");
}
