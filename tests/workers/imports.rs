//! Imports by tracks: counted, stopped, and taken up where a killed worker left them.

use crate::common::*;

/// Rows of a chunk.
pub const CHUNK: i64 = 2000;

/// Begins an import; gives its track.
pub fn begin(client: &mut Client, request: &Value) -> i64 {
    client.query_one("SELECT (member_import($1) ->> 'track.id')::bigint", &[request]).unwrap().get(0)
}

/// The track of an import at its end, whatever that is: its counters add up, and everything is sound.
pub fn wait(client: &mut Client, track: i64) -> Value {
    let over: Value = client.query_one("SELECT track_wait($1, '300s')", &[&track]).unwrap().get(0);
    let over = over["obj"].clone();
    if over["param"].get("rows").is_some() {
        sound(client, &over["param"]);
    }
    over
}

/// Imports; gives the track at its end.
pub fn import(client: &mut Client, request: &Value) -> Value {
    let track = begin(client, request);
    wait(client, track)
}

/// What the track of an import counted.
pub fn counted<const N: usize>(over: &Value, names: [&str; N]) -> [i64; N] {
    names.map(|name| over["param"][name].as_i64().unwrap_or_else(|| panic!("{name}: {over}")))
}

/// The rows that an import refused: their numbers, and the ids of errors.
pub fn refused(client: &mut Client, over: &Value) -> Vec<(i64, String)> {
    let query = r#"SELECT ("row" ->> 0)::bigint, "row" ->> 2 FROM report_rows($1)"#;
    let rows = client.query(query, &[&over["param"]["report"].as_i64().unwrap()]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Persons numbered from 1, one of whom comes again at the end.
pub fn csv(count: i64) -> String {
    let rows: Vec<String> = (1..=count).map(|n| format!("i{n}@example.com;{n}")).collect();
    format!("member.email;shop.n\n{}\ni1@example.com;again\n", rows.join("\n"))
}

/// Checks that the counters of an import add up, and that everything is sound.
fn sound(client: &mut Client, param: &Value) {
    let n = |name: &str| param[name].as_i64().unwrap();
    assert_eq!(n("rows"), n("new") + n("updated") + n("unchanged") + n("ignored") + n("errors"), "{param}");
    assert_eq!(n("new"), n("confirmed") + n("unconfirmed"), "{param}");
    assert!(client.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
}

/// The process that does the tracks of this database, while it waits for a lock.
pub fn waiting(client: &mut Client) -> i32 {
    let query = "SELECT pid FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'pg_member jobs' AND wait_event_type = 'Lock'";
    wait_for("a worker waits", || client.query_opt(query, &[]).unwrap().map(|row| row.get(0)))
}

/// How many persons the import wrote.
pub fn written(client: &mut Client) -> i64 {
    client.query_one("SELECT count(*) FROM member.body WHERE import_time IS NOT NULL", &[]).unwrap().get(0)
}

#[test]
fn a_list_is_imported_and_what_is_refused_is_reported() {
    let database = Database::new("workers_import");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let text = "member.email,base.firstName,note\na@example.com,Anna,x\nbroken,Boris,y\n\"A@example.com\",,\n";
    let track = begin(client, &json!({"users.list": text, "auto_group": {"id": "mine"}, "track.info": "file 1"}));
    let over = wait(client, track);
    assert_eq!((&over["status"], &over["info"]), (&json!(-1), &json!("file 1")), "{over}");
    let param = &over["param"];
    let counted =
        ["rows", "new", "unchanged", "errors", "repeats", "unique", "added"].map(|name| param[name].as_i64().unwrap());
    assert_eq!(counted, [3, 1, 1, 1, 1, 2, 1], "{param}");
    assert_eq!(param["group.id"], "mine");
    let report: Value = client
        .query_one("SELECT jsonb_agg(\"row\") FROM report_rows($1)", &[&param["report"].as_i64().unwrap()])
        .unwrap()
        .get(0);
    assert_eq!(
        [&report[0][0], &report[0][1], &report[0][2]],
        [&json!(2), &json!("broken"), &json!("error/email/nodog")]
    );
    // The same as objects, in the charset and the form that the probe finds by itself.
    let list = json!([{"member.email": "b@example.com", "shop.tags": ["x", 1.10]}, {"shop.tags": 1}]);
    let track = begin(client, &json!({"users.list": list}));
    let over = wait(client, track);
    let told = (&over["status"], &over["param"]["new"], &over["param"]["errors"]);
    assert_eq!(told, (&json!(-1), &json!(1), &json!(1)), "{over}");
    // What cannot begin changes nothing.
    let track = begin(
        client,
        &json!({"users.list": "shop.n\n1\n", "firstline": 1, "auto_group": {"id": "mine"}, "clean_group": 1}),
    );
    let over = wait(client, track);
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/import/caption")), "{over}");
    let count: Value = client.query_one("SELECT group_get('{\"id\": \"mine\"}') #> '{obj,count}'", &[]).unwrap().get(0);
    assert_eq!(count, 1);
}

#[test]
fn an_import_goes_on_where_a_killed_worker_left_it() {
    let database = Database::new("workers_import_kill");
    let (client, blocker) = (&mut database.connect(), &mut database.connect());
    assert!(is_idle(client));
    // Somebody is at work on a person of the third chunk.
    set(client, "i5000@example.com", 0);
    blocker.batch_execute("BEGIN; SELECT member_set('i5000@example.com', '[[\"mark\", \"set\", 1]]')").unwrap();
    let track = begin(client, &json!({"users.list": csv(3 * CHUNK)}));
    let pid = waiting(client);
    assert_eq!(written(client), 2 * CHUNK, "whole chunks are committed, and nothing of the next one");
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    until("another one waits", || waiting(client) != pid);
    blocker.batch_execute("COMMIT").unwrap();
    let over = wait(client, track);
    let param = &over["param"];
    let counted = ["rows", "new", "updated", "repeats"].map(|name| param[name].as_i64().unwrap());
    assert_eq!(counted, [3 * CHUNK + 1, 3 * CHUNK - 1, 2, 1], "{over}");
    let kept: Value =
        client.query_one("SELECT member_get('i5000@example.com') - 'member' - '-group'", &[]).unwrap().get(0);
    assert_eq!(kept, json!({"n": 0, "mark": 1, "shop": {"n": "5000"}}));
    let again: Value = client.query_one("SELECT member_get('i1@example.com', 'shop.n')", &[]).unwrap().get(0);
    assert_eq!(again, "again");
}

#[test]
fn an_import_that_is_stopped_ends_behind_a_whole_chunk() {
    let database = Database::new("workers_import_stop");
    let (client, blocker) = (&mut database.connect(), &mut database.connect());
    assert!(is_idle(client));
    set(client, "i3000@example.com", 0);
    blocker.batch_execute("BEGIN; SELECT member_set('i3000@example.com', '[[\"mark\", \"set\", 1]]')").unwrap();
    let track = begin(client, &json!({"users.list": csv(4 * CHUNK)}));
    waiting(client);
    let stop = json!({"id": track, "set": "stop"});
    let stopping = std::thread::spawn({
        let mut client = database.connect();
        move || client.execute("SELECT track_set($1)", &[&stop]).unwrap()
    });
    // The request waits for the chunk that is being done, and is heard behind it.
    let blocked =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("both wait", || client.query_one(blocked, &[]).unwrap().get::<_, i64>(0) == 2);
    blocker.batch_execute("COMMIT").unwrap();
    stopping.join().unwrap();
    let over = wait(client, track);
    assert_eq!(over["status"], -6, "{over}");
    assert_eq!(counted(&over, ["rows"]), [2 * CHUNK], "nobody comes between: {over}");
    assert_eq!(written(client), 2 * CHUNK);
    // All of it again: who is there already is unchanged.
    let over = import(client, &json!({"users.list": csv(4 * CHUNK)}));
    let done = counted(&over, ["rows", "new", "unchanged", "updated"]);
    assert_eq!(done, [4 * CHUNK + 1, 2 * CHUNK, 2 * CHUNK, 1], "{over}");
}

#[test]
fn the_log_hears_of_each_person_once_whatever_rows_name_it_and_whoever_dies() {
    let database = Database::new("workers_import_told");
    let (client, blocker) = (&mut database.connect(), &mut database.connect());
    assert!(is_idle(client));
    // One person with two identifiers that come in different chunks.
    client
        .batch_execute(
            r#"SELECT member_set('{"email": "i10@example.com", "datakey": [], "head_attach": [{"head": "i4100@example.com"}]}')"#,
        )
        .unwrap();
    set(client, "i5000@example.com", 0);
    let probe: Value =
        client.query_one("SELECT member_import_probe($1)", &[&json!({"users.list": csv(3 * CHUNK)})]).unwrap().get(0);
    blocker.batch_execute("BEGIN; SELECT member_set('i5000@example.com', '[[\"mark\", \"set\", 1]]')").unwrap();
    let track = begin(client, &json!({"uid": probe["uid"], "sequence.event": 1}));
    let pid = waiting(client);
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    until("another one waits", || waiting(client) != pid);
    blocker.batch_execute("COMMIT").unwrap();
    let over = wait(client, track);
    assert_eq!(counted(&over, ["rows", "errors"]), [3 * CHUNK + 1, 0], "{over}");
    let told = "SELECT count(*) FROM member.event WHERE event_type = 'import_file'";
    assert_eq!(numbers(client, told), [3 * CHUNK - 1]);
    let twice = "SELECT dataset FROM member.event WHERE event_type LIKE 'import%' GROUP BY 1 HAVING count(*) > 1";
    assert_eq!(numbers(client, twice), Vec::<i64>::new());
    // A row that is refused tells of nobody, the next one of its person does; row by row too.
    for (name, more) in [("anna", ""), ("bob", "C-1000001")] {
        let text = format!(
            "member.email;base.age;member.head.attach.csid\n{name}@example.com;old;\n{name}@example.com;30;{more}\n{name}@example.com;31;\n"
        );
        let over = import(client, &json!({"users.list": text, "sequence.event": 1}));
        assert_eq!(counted(&over, ["new", "updated", "errors"]), [1, 1, 1], "{over}");
        let told = format!(
            "SELECT count(*) FROM member.event e JOIN member.address a ON a.id = e.address_id
              WHERE a.value = '{name}@example.com' AND e.event_type = 'import_api'"
        );
        assert_eq!(numbers(client, &told), [1], "{name}");
    }
}

#[test]
fn an_import_under_way_shows_about_how_much_there_is() {
    let database = Database::new("workers_import_progress");
    let (client, blocker) = (&mut database.connect(), &mut database.connect());
    assert!(is_idle(client));
    set(client, "i5000@example.com", 0);
    blocker.batch_execute("BEGIN; SELECT member_set('i5000@example.com', '[[\"mark\", \"set\", 1]]')").unwrap();
    let wide = "x".repeat(1000);
    let rows: String = (1..=4 * CHUNK).map(|n| format!("i{n}@example.com;{wide}\n")).collect();
    let track = begin(client, &json!({"users.list": format!("member.email;shop.text\n{rows}")}));
    waiting(client);
    let query = "SELECT phase, rows_done, rows_total, percent::float8, estimated_end > now() FROM member_progress WHERE track = $1";
    let shown = client.query_one(query, &[&track]).unwrap();
    assert_eq!((shown.get::<_, String>(0), shown.get::<_, i64>(1)), ("importing".to_owned(), 2 * CHUNK));
    let (total, percent): (i64, f64) = (shown.get(2), shown.get(3));
    assert!((total - 4 * CHUNK).abs() < CHUNK / 4, "{total} rows");
    assert!((percent - 50.0).abs() < 5.0 && shown.get::<_, bool>(4), "{percent} %");
    blocker.batch_execute("COMMIT").unwrap();
    let over = wait(client, track);
    assert_eq!(over["progress"], json!({"done": 4 * CHUNK, "total": 4 * CHUNK}), "at the end it is counted: {over}");
}

#[test]
fn a_track_has_the_settings_of_the_session_that_made_it() {
    let database = Database::new("workers_import_settings");
    let (client, other) = (&mut database.connect(), &mut database.connect());
    assert!(is_idle(client));
    client.batch_execute("SET pg_member.default_region = 'DE'; SET pg_member.time_zone = 'Asia/Tokyo'").unwrap();
    let request = json!({"users.list": "member.cellphone;shop.at\n0151 23456789;current\n",
                         "caption": ["member.cellphone", {"datakey": "shop.at", "type": "dt:YD"}]});
    // The day may end between two looks at the clock.
    let today = |client: &mut Client| -> String {
        let query = "SELECT to_char(now() AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD')";
        client.query_one(query, &[]).unwrap().get(0)
    };
    let before = today(client);
    let over = import(client, &request);
    assert_eq!(counted(&over, ["new", "errors"]), [1, 0], "{over}");
    let days = [before, today(client)];
    let query = "SELECT h.value, b.data #>> '{shop,at}' FROM member.head h JOIN member.body b USING (dataset)";
    let row = client.query_one(query, &[]).unwrap();
    assert!(row.get::<_, String>(0).ends_with("4915123456789"), "{row:?}");
    assert!(days.contains(&row.get(1)), "{row:?}");
    // Other sessions have their own.
    let over = import(other, &request);
    assert_eq!(counted(&over, ["new", "errors"]), [0, 1], "{over}");
}

#[test]
fn what_is_old_is_forgotten() {
    let database = Database::new("workers_import_old");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let old = import(client, &json!({"users.list": "broken\n", "addr_type": "email", "firstline": 0}));
    let young = import(client, &json!({"users.list": "broken too\n", "addr_type": "email", "firstline": 0}));
    let uploads: Vec<String> = client
        .query("SELECT uid::text FROM member.upload ORDER BY created_at", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(uploads.len(), 2);
    client
        .batch_execute(&format!(
            "UPDATE member.track SET status_at = now() - interval '60 days 1 hour' WHERE id = {id};
             UPDATE member.track SET status_at = now() - interval '59 days 23 hours' WHERE id = {young};
             UPDATE member.report SET created_at = now() - interval '61 days' WHERE id = {report};
             UPDATE member.upload SET created_at = now() - interval '24 hours 1 minute' WHERE uid = '{first}';
             UPDATE member.upload SET created_at = now() - interval '23 hours' WHERE uid = '{second}'",
            id = old["id"],
            young = young["id"],
            report = old["param"]["report"],
            first = uploads[0],
            second = uploads[1],
        ))
        .unwrap();
    // A worker that begins looks for it first.
    let worker = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND backend_type = 'pg_member jobs'";
    client.execute(worker, &[]).unwrap();
    let tracks = "SELECT id FROM member.track ORDER BY id";
    until("the old track is gone", || numbers(client, tracks) == [young["id"].as_i64().unwrap()]);
    let reports = numbers(client, "SELECT id FROM member.report");
    assert_eq!(reports, [young["param"]["report"].as_i64().unwrap()]);
    assert_eq!(numbers(client, "SELECT DISTINCT report FROM member.report_row"), reports);
    let probe = |client: &mut Client, uid: &str| {
        client.query_one("SELECT member_import_probe($1)", &[&json!({"uid": uid})]).map(drop)
    };
    assert!(probe(client, &uploads[1]).is_ok());
    let gone = probe(client, &uploads[0]).unwrap_err();
    assert_eq!(gone.as_db_error().unwrap().message(), "error/import/uid");
    assert_eq!(numbers(client, "SELECT count(DISTINCT upload) FROM member.upload_part"), [1]);
}
