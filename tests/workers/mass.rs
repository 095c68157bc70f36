//! Calls on many as tracks: chunk by chunk, with a report, whatever dies in between (members.md 9.1 and 4.3).

use crate::common::*;
use crate::settings::Changed;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn people(client: &mut Client, count: i64) {
    let query = r#"SELECT member_set('person' || i || '@example.com', jsonb_build_array(jsonb_build_array('n', 'set', i)))
                     FROM generate_series(1, $1::bigint) i"#;
    client.execute(query, &[&count]).unwrap();
    // The workers have taken the database over: what is begun before is not theirs.
    assert!(is_idle(client));
}

/// The number of the track that a call began.
fn begin(client: &mut Client, call: &str, request: Value) -> i64 {
    let query = format!("SELECT ({call}($1) ->> 'track.id')::bigint");
    client.query_one(&query, &[&request]).unwrap().get(0)
}

fn wait(client: &mut Client, track: i64) -> Value {
    let over: Value = client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
    over["obj"].clone()
}

fn stop(client: &mut Client, track: i64) {
    client.execute("SELECT track_set(jsonb_build_object('id', $1::bigint, 'set', 'stop'))", &[&track]).unwrap();
}

/// The process that does the tracks of this database, while it waits for a lock.
fn waiting(client: &mut Client) -> i32 {
    let query = "SELECT pid FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'pg_member jobs' AND wait_event_type = 'Lock'";
    wait_for("a worker waits", || client.query_opt(query, &[]).unwrap().map(|row| row.get(0)))
}

fn hold(holder: &mut Client, person: i64) {
    let query = format!(
        "BEGIN; SELECT FROM member.body JOIN member.head USING (dataset) WHERE value = 'person{person}@example.com' FOR UPDATE OF body"
    );
    holder.batch_execute(&query).unwrap();
}

/// Rows of a report, distinct ones of them, and the done among them.
fn rows(client: &mut Client, report: &Value) -> (i64, i64, i64) {
    let query =
        r#"SELECT count(*), count(DISTINCT "row" -> 0), count(*) FILTER (WHERE "row" -> 1 = '1') FROM report_rows($1)"#;
    let row = client.query_one(query, &[&report.as_i64().unwrap()]).unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[test]
fn a_deletion_goes_on_where_a_killed_worker_stopped() {
    let database = Database::new("workers_mass_delete");
    let (mut client, mut holder) = (database.connect(), database.connect());
    people(&mut client, 2500);
    hold(&mut holder, 1500);
    let filter = json!([{"a": "n", "op": ">", "v": 100}]);
    let track = begin(&mut client, "member_delete", json!({"group.filter": filter, "track.info": "the old ones"}));
    let second = begin(&mut client, "member_delete", json!({"email": "person1@example.com", "sync": 0}));
    let pid = waiting(&mut client);
    let shown =
        client.query_one("SELECT phase, rows_done, info FROM member_progress WHERE track = $1", &[&track]).unwrap();
    let shown: (String, i64, String) = (shown.get(0), shown.get(1), shown.get(2));
    assert_eq!(shown, ("deleting".into(), 1000, "the old ones".into()));
    let phase = client.query_one("SELECT phase FROM member_progress WHERE track = $1", &[&second]).unwrap();
    assert_eq!(phase.get::<_, String>(0), "waiting for a worker", "one deletion at a time");
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let over = wait(&mut client, track);
    assert_eq!(
        (&over["status"], &over["param"]["count"], &over["param"]["total"]),
        (&(-1).into(), &2400.into(), &2400.into()),
        "{over}"
    );
    assert_eq!(over["progress"]["done"], 2400);
    assert!(over["param"]["list"].is_null(), "long lists are in the report alone");
    assert_eq!(rows(&mut client, &over["param"]["report.id"]), (2400, 2400, 2400));
    let told = numbers(
        &mut client,
        "SELECT count(*) FROM member.event WHERE event_type = 'member_delete' AND address_id > 100",
    );
    assert_eq!(told, [2400], "each is told once");
    let over = wait(&mut client, second);
    assert_eq!(over["param"]["list"], json!({"person1@example.com": 1}), "{over}");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.body"), [99]);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.track_address"), [0]);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member_check()"), [0]);
}

#[test]
fn one_deletion_at_a_time_also_where_the_older_one_is_committed_later() {
    let _changed = Changed::new(&["job_workers = 2"]);
    // Workers of a database that is made behind it begin with the setting.
    let database = Database::new("workers_mass_alone");
    let (mut client, mut open, mut holder) = (database.connect(), database.connect(), database.connect());
    people(&mut client, 3);
    let workers =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'pg_member jobs'";
    until("both workers are there", || numbers(&mut client, workers) == [2]);
    hold(&mut holder, 1);
    open.batch_execute("BEGIN").unwrap();
    let older = begin(&mut open, "member_delete", json!({"email": "person2@example.com", "sync": 0}));
    let younger = begin(&mut client, "member_delete", json!({"email": "person1@example.com", "sync": 0}));
    assert!(older < younger);
    waiting(&mut client);
    open.batch_execute("COMMIT").unwrap();
    // The other worker takes the oldest track that it may take.
    let other = begin(&mut client, "stoplist_add", json!({"email": "person3@example.com", "sync": 0}));
    assert_eq!(wait(&mut client, other)["status"], -1);
    let status = "SELECT status::bigint FROM member.track WHERE id = ";
    assert_eq!(numbers(&mut client, &format!("{status} {older}")), [0], "it waits for the one that runs");
    holder.batch_execute("COMMIT").unwrap();
    for (track, person) in [(younger, "person1@example.com"), (older, "person2@example.com")] {
        let over = wait(&mut client, track);
        assert_eq!(over["param"]["list"], json!({person: 1}), "{over}");
    }
}

#[test]
fn files_and_the_statistics_say_whom_a_track_is_about() {
    let (database, target) = (Database::new("workers_mass_named"), Target::start());
    let mut client = database.connect();
    let names = ["anna", "bob", "carl", "dora"].map(|name| format!("{name}@example.com"));
    names.iter().zip(1..).for_each(|(name, n)| set(&mut client, name, n));
    assert!(is_idle(&mut client));
    let format = json!({"id": "fill", "obj": {"name": "F", "type": "fill", "fields": [{"aid": "base", "qid": "city", "value": "Perm"}]}});
    client.execute("SELECT format_set($1)", &[&format]).unwrap();
    let click = "SELECT event_emit('{\"event_type\": \"click\", \"email\": \"carl@example.com\", \"event_data\": {\"url\": \"https://example.com\"}}')";
    client.batch_execute(click).unwrap();
    let clicked = json!({"filter": [{"a": "click.dt", "op": "exists"}]});
    let url = target.receiver.url("/addresses.txt");
    let of_city = |client: &mut Client| {
        let query = "SELECT COALESCE(sum(1), 0)::bigint FROM member.body WHERE data #>> '{base,city}' = 'Perm'";
        numbers(client, query)[0]
    };
    let done = |client: &mut Client, call: &str, request: Value, expected: Value| {
        let track = begin(client, call, request);
        let over = wait(client, track);
        assert_eq!((&over["status"], &over["param"]["list"]), (&json!(-1), &expected), "{over}");
    };
    let both = json!({"anna@example.com": 1, "bob@example.com": 1});
    done(&mut client, "member_update", json!({"format": "fill", "url": url}), both.clone());
    assert_eq!(of_city(&mut client), 2);
    done(&mut client, "member_update", json!({"format": "fill", "stat.uni": clicked}), json!({"carl@example.com": 1}));
    assert_eq!(of_city(&mut client), 3);
    done(
        &mut client,
        "member_update",
        json!({"format": "fill", "sql": "SELECT 'dora@example.com'::text"}),
        json!({"dora@example.com": 1}),
    );
    assert_eq!(of_city(&mut client), 4);
    // Packed too, and a file of the server.
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("addresses.txt", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"anna@example.com\nbob@example.com\n").unwrap();
    let place = PathBuf::from(from_suite("PG_MEMBER_ROOM")).join("addresses.zip");
    std::fs::write(&place, writer.finish().unwrap().into_inner()).unwrap();
    let file = format!("file://{}", place.display());
    done(&mut client, "email_cleanerror", json!({"url": file}), json!({"anna@example.com": 0, "bob@example.com": 0}));
    done(&mut client, "member_delete", json!({"url": file}), both);
    std::fs::remove_file(&place).unwrap();
    done(&mut client, "member_delete", json!({"stat.uni": clicked}), json!({"carl@example.com": 1}));
    let left = client.query_one("SELECT string_agg(value, ' ') FROM member.head", &[]).unwrap();
    assert_eq!(left.get::<_, String>(0), "dora@example.com");
}

#[test]
fn a_list_is_gone_through_once_and_stopped_between_its_parts() {
    let database = Database::new("workers_mass_list");
    let (mut client, mut holder) = (database.connect(), database.connect());
    people(&mut client, 2500);
    client.batch_execute("CREATE TABLE chosen AS SELECT 'person' || i || '@example.com' AS mail FROM generate_series(1, 2500) i; INSERT INTO chosen VALUES ('nonsense')").unwrap();
    hold(&mut holder, 1500);
    let track = begin(&mut client, "stoplist_add", json!({"sql": "SELECT mail FROM chosen"}));
    let pid = waiting(&mut client);
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let over = wait(&mut client, track);
    assert_eq!(
        (&over["status"], &over["param"]["count"], &over["param"]["total"]),
        (&(-1).into(), &2500.into(), &2501.into()),
        "{over}"
    );
    let wrong = r#"SELECT count(*) FROM report_rows($1) WHERE "row" = '["nonsense", 0, "error/email/nodog"]'"#;
    let report = over["param"]["report.id"].as_i64().unwrap();
    assert_eq!(client.query_one(wrong, &[&report]).unwrap().get::<_, i64>(0), 1);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.stoplist"), [2500]);
    // Stopped while the second part is at work: the stop waits for it, and here it does not come to its end.
    hold(&mut holder, 1500);
    let track = begin(&mut client, "stoplist_delete", json!({"sql": "SELECT mail FROM chosen WHERE mail LIKE 'p%'"}));
    let pid = waiting(&mut client);
    let mut stopper = database.connect();
    let stopping = std::thread::spawn(move || stop(&mut stopper, track));
    let waits =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT track_set%' AND wait_event_type = 'Lock'";
    until("the stop waits", || numbers(&mut client, waits) == [1]);
    client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    stopping.join().unwrap();
    let over = wait(&mut client, track);
    holder.batch_execute("COMMIT").unwrap();
    assert_eq!((&over["status"], &over["progress"]["done"]), (&(-6).into(), &1000.into()), "{over}");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.stoplist"), [1500]);
    assert_eq!(rows(&mut client, &over["param"]["report.id"]), (1000, 1000, 1000));
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.track_address"), [0]);
    let track = begin(&mut client, "stoplist_erase", json!({"sync": 0}));
    assert_eq!(wait(&mut client, track)["param"]["erased"], 1500);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member_check()"), [0]);
}

#[test]
fn a_filling_leaves_out_who_does_not_fit_any_more() {
    let database = Database::new("workers_mass_update");
    let (mut client, mut other) = (database.connect(), database.connect());
    people(&mut client, 10);
    let format = json!({"id": "fill", "obj": {"name": "F", "type": "fill", "fields": [{"aid": "base", "qid": "city", "value": "Perm"}]}});
    client.execute("SELECT format_set($1)", &[&format]).unwrap();
    other.batch_execute("BEGIN; SELECT member_set('person7@example.com', '[[\"n\", \"set\", 0]]')").unwrap();
    let request = json!({"format": "fill", "group.filter": [{"a": "n", "op": ">", "v": 5}]});
    let track = begin(&mut client, "member_update", request);
    waiting(&mut client);
    other.batch_execute("COMMIT").unwrap();
    let over = wait(&mut client, track);
    let list = json!({"person6@example.com": 1, "person8@example.com": 1, "person9@example.com": 1, "person10@example.com": 1});
    assert_eq!(over["param"]["list"], list, "{over}");
    let perm = "SELECT count(*) FROM member.body WHERE data #>> '{base,city}' = 'Perm'";
    assert_eq!(numbers(&mut client, perm), [4]);
}

#[test]
fn a_list_of_members_becomes_a_file_at_its_receiver() {
    let (database, target) = (Database::new("workers_report"), Target::start());
    let mut client = database.connect();
    people(&mut client, 2500);
    let file = |path: &str, format: &str| json!({"type": "url_file", "to": target.receiver.url(path), "format": format, "filename": "all"});
    let columns = json!([{"datakey": "member.email"}, {"datakey": "n"}]);
    let request = json!({"result": [file("/ok/csv", "csv"), file("/ok/json", "json"), file("/ok/xlsx", "xlsx")], "format": columns});
    let track = begin(&mut client, "member_list", request);
    let over = wait(&mut client, track);
    assert_eq!(
        (&over["status"], &over["param"]["rows"], &over["progress"]["done"]),
        (&(-1).into(), &2500.into(), &2500.into()),
        "{over}"
    );
    let seen = target.receiver.seen("/ok/csv");
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(seen[0].header("content-disposition"), "attachment; filename=\"all\"");
    let lines: Vec<&str> = seen[0].body.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[1], lines[2500]),
        (2501, "member.email,n", "person1@example.com,1", "person2500@example.com,2500")
    );
    let sent: Value = serde_json::from_str(&target.receiver.seen("/ok/json")[0].body).unwrap();
    assert_eq!(
        (&sent["columns"], &sent["rows"][2499]),
        (&json!(["member.email", "n"]), &json!(["person2500@example.com", 2500]))
    );
    assert!(target.receiver.seen("/ok/xlsx")[0].body.starts_with("PK"));
    // Sorted: all at once. Added to the same report, which is then sent as a whole.
    let report = over["param"]["report.id"].as_i64().unwrap();
    let filter = json!([{"a": "n", "op": "<", "v": 4}]);
    let request = json!({"result": [{"type": "append", "id": report}, file("/ok/more", "csv")], "format": columns, "group.filter": filter, "sort": "n", "sort.order": "desc"});
    let track = begin(&mut client, "member_list", request);
    assert_eq!(wait(&mut client, track)["param"], json!({"report.id": report, "rows": 3}));
    let more = target.receiver.seen("/ok/more")[0].body.clone();
    assert_eq!(
        more.lines().skip(2501).collect::<Vec<_>>(),
        ["person3@example.com,3", "person2@example.com,2", "person1@example.com,1"]
    );
    // What the receiver does not take is kept.
    let track = begin(&mut client, "member_list", json!({"result": file("/broken", "csv")}));
    let over = wait(&mut client, track);
    assert_eq!(
        (&over["status"], &over["error"], &over["error.info"]),
        (&(-2).into(), &"error/report/unsent".into(), &"the receiver answered 500".into()),
        "{over}"
    );
    assert_eq!(rows(&mut client, &over["param"]["report.id"]).0, 2500);
    // One that never answers is given up when somebody stops the track.
    let track = begin(&mut client, "member_list", json!({"result": file("/hang", "csv"), "group.filter": filter}));
    until("it is sent", || target.receiver.seen("/hang").len() == 1);
    let phase = client.query_one("SELECT phase FROM member_progress WHERE track = $1", &[&track]).unwrap();
    assert_eq!(phase.get::<_, String>(0), "sending the report");
    stop(&mut client, track);
    assert_eq!(wait(&mut client, track)["status"], -6);
}
