//! How fast a hook sends and how long it waits: pauses, breaker, rate, concurrency, and when the dispatcher looks again.

use crate::common::*;

/// So many attempts, and no more.
fn attempts(client: &mut Client, hook: i64) -> i64 {
    client.query_one("SELECT count(*) FROM hook_attempt WHERE hook = $1", &[&hook]).unwrap().get(0)
}

/// Changes settings of a hook.
fn change(client: &mut Client, hook: i64, keys: Value) {
    let mut request = json!({"id": hook});
    request.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    hook_set(client, &request.to_string());
}

/// A hook that sends each new person alone.
fn single(client: &mut Client, target: &Target, path: &str, keys: Value) -> i64 {
    let hook = target.hook(client, path, r#"["member_new"]"#, "");
    change(client, hook, json!({"transport": {"max_batch": 1}}));
    change(client, hook, keys);
    hook
}

/// A hook with so many dead batches of one person each.
fn with_dead(client: &mut Client, target: &Target, count: i64) -> i64 {
    let hook = single(client, target, "/broken", json!({"retry": {"times": 1}, "breaker": {"failures": 0}}));
    make_persons(client, 1, count);
    assert!(is_idle(client));
    assert_eq!(attempts(client, hook), count);
    hook
}

fn resend_dead(client: &mut Client, hook: i64) {
    client.execute("SELECT hook_resend(jsonb_build_object('id', $1::bigint, 'dead', 1))", &[&hook]).unwrap();
}

/// The seconds between the requests to a path, as the receiver saw them.
fn gaps(target: &Target, path: &str) -> Vec<f64> {
    let seen = target.receiver.seen(path);
    seen.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect()
}

/// What `member_metrics` says of a hook.
fn metric(client: &mut Client, name: &str, hook: i64) -> String {
    let text: String = client.query_one("SELECT member_metrics()", &[]).unwrap().get(0);
    let begin = format!(r#"pg_member_{name}{{hook="{hook}","#);
    text.lines().find(|line| line.starts_with(&begin)).unwrap().rsplit(' ').next().unwrap().to_owned()
}

fn breaker(client: &mut Client, hook: i64) -> String {
    client.query_one("SELECT breaker FROM hook_status WHERE id = $1", &[&hook]).unwrap().get(0)
}

#[test]
fn batches_that_wait_behind_one_that_failed_wake_nobody() {
    let (database, target) = (Database::new("workers_behind_failed"), Target::start());
    let mut client = database.connect();
    let hook = with_dead(&mut client, &target, 20);
    change(&mut client, hook, json!({"retry": {"times": 4, "period_sec": 60}}));
    resend_dead(&mut client, hook);
    until("one has failed", || attempts(&mut client, hook) > 20);
    until_it_rests(&mut client);
    assert_eq!(attempts(&mut client, hook), 21, "the others wait for it");
}

#[test]
fn batches_that_wait_behind_one_under_way_wake_nobody() {
    let (database, target) = (Database::new("workers_behind_open"), Target::start());
    let mut client = database.connect();
    let hook = with_dead(&mut client, &target, 20);
    change(&mut client, hook, json!({"transport": {"url": target.receiver.url("/slow")}}));
    resend_dead(&mut client, hook);
    until("one is under way", || !target.receiver.seen("/slow").is_empty());
    until_it_rests(&mut client);
    assert_eq!(target.receiver.seen("/slow").len(), 1);
    target.receiver.gate.add_permits(20);
    assert!(is_idle(&mut client));
    assert_eq!(persons(&target, "/slow"), (1..=20).collect::<Vec<_>>());
}

#[test]
fn events_that_wait_behind_a_batch_that_failed_wake_nobody() {
    let (database, target) = (Database::new("workers_behind_ripe"), Target::start());
    let mut client = database.connect();
    let keys = json!({"concurrency": 4, "retry": {"times": 4, "period_sec": 60}, "breaker": {"failures": 0}});
    let hook = single(&mut client, &target, "/broken", keys);
    make_persons(&mut client, 1, 1);
    until("it has failed", || attempts(&mut client, hook) == 1);
    make_persons(&mut client, 2, 20);
    until("they have positions", || ordered(&mut client).len() == 20);
    until_it_rests(&mut client);
    assert_eq!(attempts(&mut client, hook), 1);
}

#[test]
fn no_more_requests_are_under_way_than_the_hook_allows() {
    let (database, target) = (Database::new("workers_room"), Target::start());
    let mut client = database.connect();
    let hook = with_dead(&mut client, &target, 50);
    change(&mut client, hook, json!({"concurrency": 2, "transport": {"url": target.receiver.url("/slow")}}));
    resend_dead(&mut client, hook);
    until("some are under way", || target.receiver.seen("/slow").len() >= 2);
    until_it_rests(&mut client);
    assert_eq!(target.receiver.seen("/slow").len(), 2);
    target.receiver.gate.add_permits(50);
    assert!(is_idle(&mut client));
    assert_eq!((target.receiver.seen("/slow").len(), target.receiver.most_open()), (50, 2));
}

#[test]
fn a_breaker_opens_and_lets_one_attempt_through_after_each_pause() {
    let (database, target) = (Database::new("workers_breaker"), Target::start());
    let mut client = database.connect();
    target.receiver.refuse(true);
    let keys = json!({
        "on_failure": "go_on", "concurrency": 4, "retry": {"times": 1000, "period_sec": 0},
        "breaker": {"failures": 2, "pause_sec": 1},
    });
    single(&mut client, &target, "/switch", keys);
    make_persons(&mut client, 1, 8);
    // The second failure opens it; three more may have been under way by then.
    until("three attempts on trial", || target.receiver.seen("/switch").len() >= 8);
    let gaps = gaps(&target, "/switch");
    assert!(gaps.iter().skip(4).all(|gap| *gap >= 1.0), "{gaps:?}");
    target.receiver.refuse(false);
    assert!(is_idle(&mut client));
    let delivered =
        numbers(&mut client, "SELECT DISTINCT first FROM hook_attempt WHERE state = 'delivered' ORDER BY 1");
    assert_eq!(delivered, (1..=8).collect::<Vec<_>>(), "after the first success all go");
}

#[test]
fn another_breaker_holds_for_a_hook_that_runs() {
    let (database, target) = (Database::new("workers_rule"), Target::start());
    let mut client = database.connect();
    let keys = json!({"retry": {"times": 3, "period_sec": 0}, "breaker": {"failures": 1, "pause_sec": 3600}});
    let hook = single(&mut client, &target, "/broken", keys);
    make_persons(&mut client, 1, 1);
    until("it is open", || breaker(&mut client, hook) == "open");
    until_it_rests(&mut client);
    assert_eq!(target.receiver.seen("/broken").len(), 1);
    change(&mut client, hook, json!({"breaker": {"failures": 0}}));
    assert!(is_idle(&mut client));
    assert_eq!(target.receiver.seen("/broken").len(), 3);
    assert_eq!(breaker(&mut client, hook), "closed", "one that never opens is closed");
}

#[test]
fn operators_see_what_a_breaker_lets_through_now() {
    let (database, target, name) = (Database::new("workers_seen"), Target::start(), "client_workers_seen");
    let mut client = database.connect();
    let keys = json!({"retry": {"times": 9, "period_sec": 60}, "breaker": {"failures": 1, "pause_sec": 3600}});
    let hook = single(&mut client, &target, "/broken", keys);
    let shown = |client: &mut Client| {
        let open = metric(client, "hook_breaker_open", hook);
        (breaker(client, hook), open, metric(client, "hook_breaker_half_open", hook))
    };
    let expected = |state: &str, open: &str, half: &str| (state.to_owned(), open.to_owned(), half.to_owned());
    assert_eq!(shown(&mut client), expected("closed", "0", "0"));
    make_persons(&mut client, 1, 1);
    until("it is open", || shown(&mut client) == expected("open", "1", "0"));
    restart_dispatcher(&mut client, name);
    until_it_rests(&mut client);
    assert_eq!(shown(&mut client), expected("open", "1", "0"), "another process takes it up");
    change(&mut client, hook, json!({"breaker": {"pause_sec": 1}}));
    until("its pause is over", || shown(&mut client) == expected("half-open", "0", "1"));
    client.execute("SELECT hook_pause($1)", &[&hook]).unwrap();
    client.execute("SELECT hook_resume($1)", &[&hook]).unwrap();
    assert_eq!(shown(&mut client), expected("closed", "0", "0"), "whoever resumes it begins anew");
}

#[test]
fn a_hook_stops_by_itself_after_nothing_but_failures() {
    let (database, target) = (Database::new("workers_failing"), Target::start());
    let mut client = database.connect();
    let keys = json!({"retry": {"times": 1000, "ladder": [0, 0, 1]}, "breaker": {"failures": 0}, "stop_after_sec": 2});
    let hook = single(&mut client, &target, "/broken", keys);
    make_persons(&mut client, 1, 1);
    until("it is stopped", || standing(&mut client, hook) == (false, Some("failing".to_owned())));
    let long = "SELECT count(*) FROM (SELECT max(at) - min(at) AS d FROM hook_attempt) t WHERE d >= interval '2s'";
    assert_eq!(numbers(&mut client, long), [1], "not before");
    let tried = target.receiver.seen("/broken").len();
    until_it_rests(&mut client);
    assert_eq!(target.receiver.seen("/broken").len(), tried);
    change(&mut client, hook, json!({"active": true, "transport": {"url": target.receiver.url("/ok")}}));
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 1);
}

#[test]
fn failures_from_before_a_restart_count_for_the_automatic_stop() {
    let (database, target, name) =
        (Database::new("workers_failed_before"), Target::start(), "client_workers_failed_before");
    let mut client = database.connect();
    let keys = json!({"retry": {"times": 1000, "period_sec": 600}, "breaker": {"failures": 0}, "stop_after_sec": 3600});
    let hook = single(&mut client, &target, "/broken", keys);
    make_persons(&mut client, 1, 1);
    until("it has failed", || attempts(&mut client, hook) == 1);
    // As if that had been two hours ago, and the next attempt were due.
    client
        .batch_execute(
            "UPDATE member.hook SET begun_at = begun_at - interval '2h';
             UPDATE member.hook_batch SET at = at - interval '2h';
             UPDATE member.hook_attempt SET at = at - interval '2h', next_at = at",
        )
        .unwrap();
    restart_dispatcher(&mut client, name);
    until("it is stopped", || standing(&mut client, hook) == (false, Some("failing".to_owned())));
    assert_eq!(target.receiver.seen("/broken").len(), 2);
    // Who resumes it gives it the whole time again.
    client.execute("SELECT hook_resume($1)", &[&hook]).unwrap();
    client.batch_execute("UPDATE member.hook_attempt SET next_at = at").unwrap();
    restart_dispatcher(&mut client, name);
    until("it has failed again", || attempts(&mut client, hook) == 3);
    until_it_rests(&mut client);
    assert_eq!(standing(&mut client, hook), (true, None));
}

#[test]
fn no_more_requests_leave_in_a_second_than_the_hook_says() {
    let (database, target) = (Database::new("workers_rate"), Target::start());
    let mut client = database.connect();
    single(&mut client, &target, "/ok", json!({"rate_limit": {"per_sec": 5}, "concurrency": 4}));
    assert!(is_idle(&mut client));
    let begun = Instant::now();
    make_persons(&mut client, 1, 15);
    assert!(is_idle(&mut client));
    let mut seen: Vec<f64> = target.receiver.seen("/ok").iter().map(|seen| (seen.at - begun).as_secs_f64()).collect();
    seen.sort_unstable_by(f64::total_cmp);
    assert_eq!(seen.len(), 15);
    // A full second's worth may lie ready.
    for (n, at) in seen.iter().enumerate() {
        let allowed = 5.0 + 5.0 * at;
        assert!((n + 1) as f64 <= allowed, "{} of {allowed}", n + 1);
    }
}

#[test]
fn pauses_are_as_long_as_the_ladder_the_jitter_and_the_receiver_say() {
    let (database, target) = (Database::new("workers_pauses"), Target::start());
    let mut client = database.connect();
    let patient = json!({"failures": 0});
    let ladder = json!({"retry": {"ladder": [1, 2]}, "breaker": patient});
    single(&mut client, &target, "/broken", ladder);
    let jitter = json!({"retry": {"times": 3, "period_sec": 1, "jitter": 1}, "breaker": patient});
    single(&mut client, &target, "/refused", jitter);
    let asked = json!({"retry": {"times": 2, "period_sec": 0}, "breaker": patient});
    single(&mut client, &target, "/later?2", asked);
    make_persons(&mut client, 1, 1);
    assert!(is_idle(&mut client));
    let climbed = gaps(&target, "/broken");
    assert!(climbed.len() == 2 && climbed[0] >= 1.0 && climbed[1] >= 2.0, "{climbed:?}");
    // By how much a pause is drawn out stands in the batch's id.
    let drawn = gaps(&target, "/refused");
    let id = target.receiver.seen("/refused")[0].header("webhook-id").replace('-', "");
    let part = |n: usize| f64::from(u8::from_str_radix(&id[2 * n..2 * n + 2], 16).unwrap()) / 255.0;
    assert!(drawn.len() == 2 && drawn[0] >= 1.0 + part(1) && drawn[1] >= 1.0 + part(2), "{id}: {drawn:?}");
    let asked = gaps(&target, "/later");
    assert!(asked.len() == 1 && asked[0] >= 2.0, "{asked:?}");
}

#[test]
fn a_pause_goes_on_when_the_dispatcher_is_restarted() {
    let (database, target, name) = (Database::new("workers_paused"), Target::start(), "client_workers_paused");
    let mut client = database.connect();
    let keys = json!({"retry": {"times": 4, "period_sec": 60}, "breaker": {"failures": 0}});
    let hook = single(&mut client, &target, "/broken", keys.clone());
    let asked = single(&mut client, &target, "/later?600", keys);
    make_persons(&mut client, 1, 1);
    until("both have failed", || attempts(&mut client, hook) + attempts(&mut client, asked) == 2);
    let pauses = "SELECT extract(epoch FROM next_at - at)::bigint FROM hook_attempt ORDER BY 1";
    assert_eq!(numbers(&mut client, pauses), [60, 600], "what the receiver asked for is kept");
    restart_dispatcher(&mut client, name);
    until_it_rests(&mut client);
    assert_eq!(target.receiver.requests(), 2);
    // Until somebody sends it again.
    client.batch_execute("UPDATE member.hook_attempt SET next_at = at").unwrap();
    restart_dispatcher(&mut client, name);
    until("both are tried again", || attempts(&mut client, hook) + attempts(&mut client, asked) == 4);
    assert_eq!(numbers(&mut client, "SELECT DISTINCT attempt::bigint FROM hook_attempt WHERE attempt > 1"), [2]);
}
