//! `hook_resend` and the tracks that do it; what operators see of a hook.

use crate::common::*;

/// Type of the event, hook, attempt and its state.
type Traced = (String, Option<i64>, Option<i32>, Option<String>);

fn json_of(client: &mut Client, query: &str) -> Value {
    client.query_one(query, &[]).unwrap().get(0)
}

/// Changes where a hook sends.
fn redirect(client: &mut Client, hook: i64, url: &str) {
    hook_set(client, &format!(r#"{{"id": {hook}, "transport": {{"url": "{url}"}}}}"#));
}

#[test]
fn dead_batches_go_out_again_with_their_ids() {
    let (database, target) = (Database::new("workers_revive"), Target::start());
    let mut client = database.connect();
    let once = r#", "retry": {"times": 1}, "breaker": {"failures": 0}"#;
    let hook = target.hook(&mut client, "/broken", r#"["member_new"]"#, once);
    for n in 0..3 {
        set(&mut client, &format!("person{n}@example.com"), n);
        assert!(is_idle(&mut client));
    }
    let dead = "SELECT dead_batches FROM hook_status";
    assert_eq!(numbers(&mut client, dead), [3]);
    redirect(&mut client, hook, &target.receiver.url("/ok"));
    let batch: String = client.query_one("SELECT min(batch::text) FROM member.hook_batch", &[]).unwrap().get(0);
    let one = format!(r#"SELECT hook_resend('{{"id": {hook}, "batch": "{batch}"}}')"#);
    assert_eq!(json_of(&mut client, &one), json!({"batches": 1}));
    assert!(is_idle(&mut client));
    assert_eq!(target.receiver.seen("/ok")[0].header("webhook-id"), batch);
    assert_eq!(numbers(&mut client, dead), [2]);
    let rest = format!(r#"SELECT hook_resend('{{"id": {hook}, "dead": 1}}')"#);
    assert_eq!(json_of(&mut client, &rest), json!({"batches": 2}));
    assert!(is_idle(&mut client));
    assert_eq!(numbers(&mut client, dead), [0]);
    let sorted = |path: &str| {
        let seen = target.receiver.seen(path);
        let mut ids: Vec<(String, String)> =
            seen.iter().map(|seen| (seen.header("webhook-id").to_owned(), seen.body.clone())).collect();
        ids.sort();
        ids
    };
    assert_eq!(sorted("/ok"), sorted("/broken"), "the same ids and the same bytes");
    assert_eq!(json_of(&mut client, &rest), json!({"batches": 0}));
}

#[test]
fn a_range_goes_out_again_in_new_batches_by_a_track() {
    let (database, target) = (Database::new("workers_range"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    client
        .execute("SELECT count(member_set('person' || n || '@example.com', '[]')) FROM generate_series(1, 2500) n", &[])
        .unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 2500);
    redirect(&mut client, hook, &target.receiver.url("/created"));
    hook_set(&mut client, &format!(r#"{{"id": {hook}, "transport": {{"success_regex": "OK"}}}}"#));
    let query = format!(r#"SELECT hook_resend('{{"id": {hook}, "from": 101, "to": 2400, "track.info": "again"}}')"#);
    let track = json_of(&mut client, &query)["track.id"].as_i64().unwrap();
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    let obj = &over["obj"];
    assert_eq!((&obj["status"], &obj["action"], &obj["info"]), (&(-1).into(), &"hook.resend".into(), &"again".into()));
    assert_eq!(obj["progress"], json!({"done": 2300, "total": 2300}));
    assert_eq!(obj["param"], json!({"batches": 23}));
    assert!(is_idle(&mut client));
    let profiles = |path: &str| -> Vec<Value> { target.events(path).iter().map(|e| e["profile_id"].clone()).collect() };
    assert_eq!(profiles("/created"), profiles("/ok")[100..2400]);
    assert_eq!(numbers(&mut client, "SELECT lag_events FROM hook_status"), [0], "its place is where it was");
    let beyond = format!(r#"SELECT hook_resend('{{"id": {hook}, "from": 1, "to": 99999}}')"#);
    assert_eq!(client.query_one(&beyond, &[]).unwrap_err().as_db_error().unwrap().message(), "error/param/wrong");
}

#[test]
fn a_track_is_stopped_and_one_of_this_transaction_is_not_waited_for() {
    let (database, target) = (Database::new("workers_stop"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let again = format!(r#"SELECT (hook_resend('{{"id": {hook}, "from": 1, "to": 1}}') ->> 'track.id')::bigint"#);
    let mut transaction = client.transaction().unwrap();
    let track: i64 = transaction.query_one(&again, &[]).unwrap().get(0);
    let mut inner = transaction.transaction().unwrap();
    let error = inner.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap_err();
    assert_eq!(error.as_db_error().unwrap().message(), "error/track/uncommitted");
    inner.rollback().unwrap();
    // Stopped before any worker can have seen it.
    let stop = "SELECT track_set(jsonb_build_object('id', $1::bigint, 'set', 'stop'))";
    let stopped: Value = transaction.query_one(stop, &[&track]).unwrap().get(0);
    assert_eq!(stopped["obj"]["status"], -6);
    transaction.commit().unwrap();
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(over["obj"]["status"], -6);
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 1, "nothing of it was done");
    let mut frozen = database.connect();
    frozen.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1").unwrap();
    let track: i64 = client.query_one(&again, &[]).unwrap().get(0);
    let over: Value = frozen.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(over["obj"]["status"], -1, "an old snapshot does not hide its end");
    frozen.batch_execute("COMMIT").unwrap();
    let list: Value = json_of(&mut client, r#"SELECT track_list('{"first": 1}')"#);
    assert_eq!((list["list"].as_array().unwrap().len(), list.get("last_page")), (1, None));
    let list: Value = json_of(&mut client, r#"SELECT track_list('{"status": -6}')"#);
    assert_eq!((list["list"].as_array().unwrap().len(), &list["last_page"]), (1, &1.into()));
}

#[test]
fn a_track_whose_worker_dies_goes_on_where_it_stopped() {
    let (database, target) = (Database::new("workers_lease"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    client
        .execute("SELECT count(member_set('person' || n || '@example.com', '[]')) FROM generate_series(1, 5000) n", &[])
        .unwrap();
    assert!(is_idle(&mut client));
    // The part that the worker is at waits for this lock; so it is surely at work when it is killed.
    let mut holder = database.connect();
    holder.batch_execute(&format!("BEGIN; SELECT 1 FROM member.hook WHERE id = {hook} FOR UPDATE")).unwrap();
    let query = format!(r#"SELECT (hook_resend('{{"id": {hook}, "from": 1, "to": 5000}}') ->> 'track.id')::bigint"#);
    let track: i64 = client.query_one(&query, &[]).unwrap().get(0);
    let waiting = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pg_member jobs' AND wait_event_type = 'Lock'";
    let pid = wait_for("the worker waits", || client.query_opt(waiting, &[]).unwrap().map(|row| row.get::<_, i32>(0)));
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!((&over["obj"]["status"], &over["obj"]["progress"]["done"]), (&(-1).into(), &5000.into()));
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 10_000);
}

#[test]
fn a_track_at_which_every_worker_ends_is_given_up() {
    let (database, target) = (Database::new("workers_crashed"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let mut holder = database.connect();
    holder.batch_execute(&format!("BEGIN; SELECT 1 FROM member.hook WHERE id = {hook} FOR UPDATE")).unwrap();
    let query = format!(r#"SELECT (hook_resend('{{"id": {hook}, "from": 1, "to": 1}}') ->> 'track.id')::bigint"#);
    let track: i64 = client.query_one(&query, &[]).unwrap().get(0);
    let waiting = "SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND backend_type = 'pg_member jobs' AND wait_event_type = 'Lock'";
    for _ in 0..5 {
        let pid: i32 = wait_for("a worker is at it", || client.query_opt(waiting, &[]).unwrap().map(|row| row.get(0)));
        client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
        until("it has ended", || {
            client.query("SELECT FROM pg_stat_activity WHERE pid = $1", &[&pid]).unwrap().is_empty()
        });
    }
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!((&over["obj"]["status"], &over["obj"]["error"]), (&(-2).into(), &"error/track/crashed".into()));
    // The next track is done.
    holder.batch_execute("COMMIT").unwrap();
    let track: i64 = client.query_one(&query, &[]).unwrap().get(0);
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    assert_eq!(over["obj"]["status"], -1);
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 2);
}

#[test]
fn operators_see_how_a_hook_is_and_what_became_of_an_event() {
    let (database, target) = (Database::new("workers_status"), Target::start());
    let mut client = database.connect();
    let good = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    let bad = target.hook(&mut client, "/broken", r#"["member_new"]"#, r#", "retry": {"times": 2, "period_sec": 0}"#);
    set(&mut client, "anna@example.com", 1);
    set(&mut client, "anna@example.com", 2);
    assert!(is_idle(&mut client));
    let rows = client
        .query(
            "SELECT state, lag_events, success_rate, dead_batches, last_error_status FROM hook_status ORDER BY id",
            &[],
        )
        .unwrap();
    let status = |n: usize| -> (String, i64, Option<f64>, i64, Option<i32>) {
        (rows[n].get(0), rows[n].get(1), rows[n].get(2), rows[n].get(3), rows[n].get(4))
    };
    let (state, _, rate, dead, error) = status(0);
    assert_eq!((state.as_str(), rate, dead, error), ("ok", Some(1.0), 0, None));
    let (state, _, rate, dead, error) = status(1);
    assert_eq!((state.as_str(), rate, dead, error), ("status", Some(0.0), 1, Some(500)));
    let traced: Vec<Traced> = client
        .query(
            "SELECT event_type, hook, attempt, state FROM hook_trace('Anna@Example.com') ORDER BY event, hook, attempt",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect();
    let row =
        |kind: &str, hook, attempt, state: Option<&str>| (kind.to_owned(), hook, attempt, state.map(str::to_owned));
    let expected = [
        row("member_new", Some(good), Some(1), Some("delivered")),
        row("member_new", Some(bad), Some(1), Some("status")),
        row("member_new", Some(bad), Some(2), Some("status")),
        row("member_change", None, None, None),
    ];
    assert_eq!(traced, expected);
    let text: String = client.query_one("SELECT member_metrics()", &[]).unwrap().get(0);
    for line in [
        format!(r#"pg_member_hook_dead_batches{{hook="{bad}",name="test"}} 1"#),
        format!(r#"pg_member_hook_attempts{{hook="{bad}",state="status"}} 2"#),
        "pg_member_events_ordered 2".to_owned(),
        r#"pg_member_worker_up{worker="dispatcher"} 1"#.to_owned(),
        r#"pg_member_tracks{state="done"} 0"#.to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}
