//! Groups and the workers: tracks that fill, copy and empty them, hooks of segments, counts that are folded.

use crate::common::*;
use crate::imports::import;
use crate::settings::Changed;

fn call(client: &mut Client, query: &str) -> String {
    client.query_one(query, &[]).unwrap().get(0)
}

/// People with a datakey `n` from 1 on, by the thousand.
fn people(client: &mut Client, count: i64) {
    let query = r#"SELECT member_set('person' || i || '@example.com', jsonb_build_array(jsonb_build_array('n', 'set', i)))
                     FROM generate_series(1, $1::bigint) i"#;
    client.execute(query, &[&count]).unwrap();
    // The workers have taken the database over: what is begun before is not theirs.
    assert!(is_idle(client));
}

/// A filter group of those whose `n` is above a number, and one that is never live with the same rule.
fn above(client: &mut Client, number: i64) {
    for gid in ["above", "copy"] {
        client.execute("SELECT group_create(jsonb_build_object('id', $1::text, 'type', 'filter'))", &[&gid]).unwrap();
        let query = "SELECT group_filter_set(jsonb_build_object('id', $1::text, 'filter',
            jsonb_build_array(jsonb_build_object('a', 'n', 'op', '>', 'v', $2::bigint))))";
        client.execute(query, &[&gid, &number]).unwrap();
    }
}

/// The number of the track that a call began.
fn begin(client: &mut Client, query: &str) -> i64 {
    client.query_one(&format!("SELECT ({query} ->> 'track.id')::bigint"), &[]).unwrap().get(0)
}

fn wait(client: &mut Client, track: i64) -> Value {
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    over["obj"].clone()
}

/// The process that does the tracks of this database, while it waits for a lock.
fn waiting(client: &mut Client) -> i32 {
    let query = "SELECT pid FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'pg_member jobs' AND wait_event_type = 'Lock'";
    wait_for("a worker waits", || client.query_opt(query, &[]).unwrap().map(|row| row.get(0)))
}

/// Members of the live group, those that its rule holds for, and what is told.
fn figures(client: &mut Client) -> [i64; 3] {
    let query = "SELECT (SELECT count(*) FROM member.live_member WHERE gid = 'above'), (SELECT count(*) FROM group_members('copy')),
                        (group_get('{\"id\": \"above\"}') #>> '{obj,count}')::bigint";
    let row = client.query_one(query, &[]).unwrap();
    [row.get(0), row.get(1), row.get(2)]
}

#[test]
fn a_live_group_has_what_an_open_transaction_wrote_before() {
    let database = Database::new("workers_live");
    let (mut client, mut writer) = (database.connect(), database.connect());
    people(&mut client, 2500);
    above(&mut client, 1000);
    writer.batch_execute("BEGIN; SELECT member_set('late@example.com', '[[\"n\", \"set\", 5000]]')").unwrap();
    let track = begin(&mut client, r#"group_set('{"id": "above", "live": 1}')"#);
    let running = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                      AND backend_type = 'pg_member jobs' AND query = 'doing a track'";
    let pid: i32 = wait_for("it is begun", || {
        let status: Value =
            client.query_one("SELECT track_get(jsonb_build_object('id', $1::bigint))", &[&track]).unwrap().get(0);
        let is_begun = status["obj"]["status"].as_i64() > Some(0);
        client.query_opt(running, &[]).unwrap().filter(|_| is_begun).map(|row| row.get(0))
    });
    // Another worker waits in its place.
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    set(&mut client, "after@example.com", 6000);
    writer.batch_execute("COMMIT").unwrap();
    let over = wait(&mut client, track);
    assert_eq!((&over["status"], &over["progress"]["done"]), (&(-1).into(), &2502.into()), "{over}");
    assert_eq!(figures(&mut client), [1502; 3]);
    assert_eq!(call(&mut client, r#"SELECT group_get('{"id": "above"}') #>> '{obj,live}'"#), "exact");
    // What calls appended to the counts is folded.
    until("it is folded", || numbers(&mut client, "SELECT count(*) FROM member.group_count_change") <= vec![1000]);
    assert_eq!(figures(&mut client), [1502; 3]);
}

#[test]
fn copying_and_emptying_are_gone_on_with_by_another_worker_and_are_stopped() {
    let database = Database::new("workers_parts");
    let (mut client, mut holder) = (database.connect(), database.connect());
    people(&mut client, 2500);
    above(&mut client, 0);
    let hold = "BEGIN; SELECT FROM member.body JOIN member.head USING (dataset) WHERE value = 'person1500@example.com' FOR UPDATE OF body";
    holder.batch_execute(hold).unwrap();
    let track = begin(&mut client, r#"group_snapshot('{"to": {"id": "news"}, "from": {"group": "copy"}}')"#);
    let pid = waiting(&mut client);
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let over = wait(&mut client, track);
    assert_eq!((&over["status"], &over["param"]["count"]), (&(-1).into(), &2500.into()), "{over}");
    let members = "SELECT count(*) FROM member.group_member WHERE gid = 'news'";
    assert_eq!(numbers(&mut client, members), [2500]);
    let entered = "SELECT count(*) FROM member.event WHERE event_type = 'group_enter'";
    assert_eq!(numbers(&mut client, entered), [2500], "each is told once");
    // Stopped while the second part waits: that part is done still.
    holder.batch_execute(hold).unwrap();
    let track = begin(&mut client, r#"group_clean('{"id": "news", "all": 1}')"#);
    waiting(&mut client);
    client.execute("SELECT track_set(jsonb_build_object('id', $1::bigint, 'set', 'stop'))", &[&track]).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let over = wait(&mut client, track);
    assert_eq!(over["status"], -6, "{over}");
    let left = numbers(&mut client, members)[0];
    assert!(left == 500 || left == 1500, "{left}");
    assert_eq!(call(&mut client, r#"SELECT group_get('{"id": "news"}') #>> '{obj,count}'"#), left.to_string());
    let track = begin(&mut client, r#"group_clean('{"id": "news", "all": 1}')"#);
    assert_eq!(wait(&mut client, track)["status"], -1);
    assert_eq!(numbers(&mut client, members), [0]);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member_check()"), [0]);
}

#[test]
fn hooks_hear_of_segments_and_of_their_members_alone() {
    let (database, target) = (Database::new("workers_segments"), Target::start());
    let mut client = database.connect();
    above(&mut client, 10);
    client.batch_execute(r#"SELECT group_set('{"id": "above", "name": "Above ten", "live": 1, "sync": 1}')"#).unwrap();
    let number: i64 = numbers(&mut client, "SELECT number FROM member.group_def WHERE gid = 'above'")[0];
    let named = r#", "custom_data_template": {"segment": "{{segment_name}}"}"#;
    target.hook(&mut client, "/ok", r#"["segment_enter", "segment_leave"]"#, named);
    let filtered = format!(r#", "filters": {{"segments": [{number}]}}"#);
    target.hook(&mut client, "/ok/clicks", r#"["click"]"#, &filtered);
    set(&mut client, "anna@example.com", 20);
    set(&mut client, "bob@example.com", 5);
    for person in ["anna@example.com", "bob@example.com"] {
        client
            .execute("SELECT event_emit(jsonb_build_object('event_type', 'click', 'email', $1::text))", &[&person])
            .unwrap();
    }
    assert!(is_idle(&mut client));
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let told: Vec<Value> = target.events("/ok");
    let kinds: Vec<&Value> = told.iter().map(|event| &event["event_type"]).collect();
    assert_eq!(kinds, ["segment_enter", "segment_leave"]);
    assert!(told.iter().all(|event| event["custom_data"]["segment"] == "Above ten"), "{told:?}");
    let clicked = target.events("/ok/clicks");
    assert_eq!(clicked.len(), 1, "{clicked:?}");
    assert_eq!(clicked[0]["profile_id"], told[0]["profile_id"]);
}

#[test]
fn a_live_group_does_not_wait_for_ever() {
    // The workers of a database read the settings when they begin.
    let _changed = Changed::new(&["live_patience = 0"]);
    let database = Database::new("workers_busy");
    let (mut client, mut writer) = (database.connect(), database.connect());
    people(&mut client, 10);
    above(&mut client, 5);
    writer.batch_execute("BEGIN; SELECT member_set('late@example.com', '[]')").unwrap();
    let track = begin(&mut client, r#"group_set('{"id": "above", "live": 1}')"#);
    let over = wait(&mut client, track);
    assert_eq!((&over["status"], &over["error"]), (&(-2).into(), &"error/group/busy".into()), "{over}");
    writer.batch_execute("COMMIT").unwrap();
    // Without patience it may also meet what the workers write themselves.
    until("it is live", || {
        let track = begin(&mut client, r#"group_set('{"id": "above", "live": 1}')"#);
        wait(&mut client, track)["status"] == -1
    });
    assert_eq!(figures(&mut client), [5, 5, 5]);
}

#[test]
fn a_group_that_asks_the_clock_is_worked_out_anew() {
    let (database, target) = (Database::new("workers_periodic"), Target::start());
    let mut client = database.connect();
    let _changed = Changed::new(&["live_refresh = 1"]);
    target.hook(&mut client, "/ok", r#"["segment_enter"]"#, "");
    due(&mut client);
    assert_eq!(call(&mut client, r#"SELECT group_get('{"id": "due"}') #>> '{obj,live}'"#), "periodic");
    due_in(&mut client, "anna@example.com", 2);
    client.batch_execute(r#"SELECT member_set('bob@example.com', '[["due", "set", "2999-01-01 00:00:00"]]')"#).unwrap();
    until("the time comes", || numbers(&mut client, "SELECT count(*) FROM member.live_member") == [1]);
    until("the hook is told", || target.events("/ok").len() == 1);
}

/// Makes a live group of those whose `due` is past.
fn due(client: &mut Client) {
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "due", "type": "filter"}');
               SELECT group_filter_set('{"id": "due", "filter": [{"a": "due:Ys", "op": "<", "v": "current"}]}');
               SELECT group_set('{"id": "due", "live": 1, "sync": 1}')"#,
        )
        .unwrap();
}

/// Sets when somebody is due: so many seconds from now.
fn due_in(client: &mut Client, person: &str, seconds: i32) {
    let query = "SELECT member_set($1, jsonb_build_array(jsonb_build_array('due', 'set',
        to_char(now() AT TIME ZONE 'Europe/Moscow' + make_interval(secs => $2::int), 'YYYY-MM-DD HH24:MI:SS'))))";
    client.execute(query, &[&person, &seconds]).unwrap();
}

/// Tracks that work live groups out: all, and those that failed.
fn refreshes(client: &mut Client) -> [i64; 2] {
    let query = "SELECT count(*), count(*) FILTER (WHERE status = -2) FROM member.track WHERE action = 'group.live'";
    let row = client.query_one(query, &[]).unwrap();
    [row.get(0), row.get(1)]
}

#[test]
fn working_a_live_group_out_anew_waits_for_nobody_who_writes() {
    let _changed = Changed::new(&["live_refresh = 1", "live_patience = 0"]);
    let (database, target) = (Database::new("workers_open_writer"), Target::start());
    let (mut client, mut writer) = (database.connect(), database.connect());
    target.hook(&mut client, "/ok", r#"["segment_enter"]"#, "");
    due(&mut client);
    writer.batch_execute("BEGIN; SELECT member_set('late@example.com', '[]')").unwrap();
    due_in(&mut client, "anna@example.com", 2);
    until("the time comes", || numbers(&mut client, "SELECT count(*) FROM member.live_member") == [1]);
    until("the hook is told", || target.events("/ok").len() == 1);
    // The next ones wait for nobody either.
    let [before, _] = refreshes(&mut client);
    until("it is worked out again", || refreshes(&mut client)[0] > before + 1);
    assert_eq!(refreshes(&mut client)[1], 0);
    writer.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn working_a_live_group_out_is_tried_again_as_seldom_as_it_is_done() {
    let _changed = Changed::new(&["live_refresh = 3600"]);
    let database = Database::new("workers_failed_refresh");
    let mut client = database.connect();
    due(&mut client);
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "other", "type": "filter"}');
               SELECT group_filter_set('{"id": "other", "filter": [{"a": "due:Ys", "op": "<", "v": "current"}]}');
               SELECT group_set('{"id": "other", "live": 1, "sync": 1}')"#,
        )
        .unwrap();
    assert!(is_idle(&mut client));
    // Both were worked out long ago, and the last try at one of them failed.
    let failed = "BEGIN;
        INSERT INTO member.track (id, action, status, created_at, status_at, xid, life, done, request, tries, is_stopping)
        VALUES (nextval('member.track_id'), 'group.live', -2, now(), now(), pg_current_xact_id(), 1, 0, '{\"id\": \"due\"}', 0, false);
        UPDATE member.group_def SET filled = now() - interval '2 hours'; COMMIT";
    client.batch_execute(failed).unwrap();
    // One look finds all groups that are due: this one would have its track beside the other's.
    until("the other one is worked out", || refreshes(&mut client)[0] > 1);
    let tried = "SELECT count(*) FROM member.track WHERE action = 'group.live' AND request ->> 'id' = 'due'";
    assert_eq!(numbers(&mut client, tried), [1]);
    client
        .batch_execute("UPDATE member.track SET status_at = now() - interval '61 minutes' WHERE status = -2")
        .unwrap();
    until("it is tried again", || numbers(&mut client, tried) == [2]);
    assert!(is_idle(&mut client));
    assert_eq!(refreshes(&mut client), [3, 1]);
}

#[test]
fn a_live_group_of_those_who_were_imported_follows_imports() {
    let (database, target) = (Database::new("workers_imported"), Target::start());
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    target.hook(&mut client, "/ok", r#"["segment_enter"]"#, "");
    client
        .batch_execute(
            r#"SELECT member_set(name || '@example.com', '[["shop.n", "set", "1"]]')
                 FROM unnest(ARRAY['anna', 'boris', 'clara', 'dora']) AS name"#,
        )
        .unwrap();
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "imported", "type": "filter"}');
               SELECT group_filter_set('{"id": "imported", "filter": [{"a": "member.import.time", "op": "!is_null"}]}');
               SELECT group_set('{"id": "imported", "live": 1, "sync": 1}')"#,
        )
        .unwrap();
    let members = "SELECT count(*) FROM member.live_member";
    let held = "SELECT count(*) FROM member.body WHERE import_time IS NOT NULL";
    // Who stays as they were was not changed by the import.
    import(&mut client, &json!({"users.list": "member.email;shop.n\nanna@example.com;5\nboris@example.com;1\n"}));
    assert_eq!((numbers(&mut client, held), numbers(&mut client, members)), (vec![1], vec![1]));
    // Row by row, because an identifier is attached.
    let text = "member.email;shop.n;member.head.attach.csid\nclara@example.com;7;C-1000001\ndora@example.com;8;\n";
    import(&mut client, &json!({"users.list": text}));
    assert_eq!((numbers(&mut client, held), numbers(&mut client, members)), (vec![3], vec![3]));
    import(&mut client, &json!({"users.list": "member.email;shop.n\nemil@example.com;1\n"}));
    assert_eq!((numbers(&mut client, held), numbers(&mut client, members)), (vec![4], vec![4]));
    assert_eq!(call(&mut client, r#"SELECT group_get('{"id": "imported"}') #>> '{obj,live}'"#), "exact");
    until("the hook is told", || target.events("/ok").len() == 4);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member_check()"), [0]);
}

#[test]
fn answers_that_are_too_old_to_be_given_again_are_forgotten() {
    let database = Database::new("workers_cache");
    let mut client = database.connect();
    people(&mut client, 1);
    for ttl in [60, 3600] {
        let request = format!(r#"{{"cache": {{"ttl": {ttl}}}, "member.haslock": {}}}"#, i32::from(ttl == 60));
        client.execute("SELECT member_list_count($1::text::jsonb)", &[&request]).unwrap();
    }
    client.batch_execute("UPDATE member.count_cache SET at = at - interval '2 minutes', keep_until = keep_until - interval '2 minutes'").unwrap();
    // A worker forgets what is old when it begins; the next track is for another one.
    let worker = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                   WHERE datname = current_database() AND backend_type = 'pg_member jobs'";
    client.execute(worker, &[]).unwrap();
    import(&mut client, &json!({"users.list": "member.email\nb@example.com\n"}));
    let left = "SELECT count(*) FROM member.count_cache WHERE keep_until > at + interval '59 minutes'";
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.count_cache"), [1]);
    assert_eq!(numbers(&mut client, left), [1]);
}
