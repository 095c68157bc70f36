//! Imports from addresses: places with parameters, tries and pauses, marks of dates, what is not reached, and reports that are
//! sent (members.md 10.2, 15 and 4.3).

use crate::common::*;
use crate::imports::{begin, counted, import, refused, wait};
use crate::settings::Changed;
use std::time::Duration;

fn get(client: &mut Client, person: &str, key: &str) -> Value {
    client.query_one("SELECT member_get($1, $2)", &[&person, &key]).unwrap().get(0)
}

/// The error that a track ended with, and its words.
fn error(over: &Value) -> (&str, &str) {
    assert_eq!(over["status"], -2, "{over}");
    (over["error"].as_str().unwrap(), over["error.info"].as_str().unwrap())
}

/// How many of the server's files wait for somebody to read them.
fn left_over(client: &mut Client) -> i64 {
    let query =
        "SELECT count(*) FROM pg_ls_tmpdir() WHERE name LIKE 'pgsql_tmp_import.%' AND split_part(name, '.', 2)::oid
                  = (SELECT oid FROM pg_database WHERE datname = current_database())";
    client.query_one(query, &[]).unwrap().get(0)
}

#[test]
fn a_table_is_imported_from_where_redirects_lead() {
    let (database, target) = (Database::new("workers_url"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    for (path, expected) in [("/people.csv", [1, 1, 0, 0]), ("/away.csv", [1, 0, 1, 0])] {
        let over = import(client, &json!({"users.url": target.receiver.url(path)}));
        assert_eq!(over["status"], -1, "{over}");
        assert_eq!(counted(&over, ["rows", "new", "unchanged", "errors"]), expected, "{path}");
    }
    assert_eq!(get(client, "anna@example.com", "base.firstName"), "Anna");
    assert_eq!(left_over(client), 0);
}

#[test]
fn a_place_has_parameters_beside_its_data_and_those_of_the_call_go_before() {
    let (database, target) = (Database::new("workers_url_place"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    let over = import(client, &json!({"users.url": target.receiver.url("/in/")}));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [1, 1, 0], "{over}");
    for path in ["/in/request.json", "/in/data.txt", "/in/import.txt"] {
        assert_eq!(target.receiver.seen(path).len(), 1, "{path}");
    }
    client.batch_execute(r#"SELECT origin_create('{"name": "Theirs", "label": "theirs"}')"#).unwrap();
    let over = import(client, &json!({"users.url": target.receiver.url("/own/"), "auto_group": {"id": "ours"}}));
    assert_eq!(counted(&over, ["rows", "new", "ignored", "errors"]), [2, 1, 1, 0], "Anna is there: {over}");
    assert_eq!(over["param"]["group.id"], "ours");
    assert_eq!(get(client, "bob@example.com", "member.origin"), 1);
    // Without parameters nothing is a place; what is no object is none.
    for path in ["/nothing/", "/list/"] {
        let over = import(client, &json!({"users.url": target.receiver.url(path)}));
        assert_eq!(error(&over).0, "error/import/request", "{over}");
    }
}

#[test]
fn it_is_tried_again_after_a_pause() {
    let (database, target) = (Database::new("workers_url_tries"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    let url = target.receiver.url("/third.csv");
    let over = import(client, &json!({"users.url": url, "users.url.tries": 2, "users.url.pause": 1}));
    assert_eq!(error(&over), ("error/import/url", "status 503"), "{over}");
    let over = import(client, &json!({"users.url": url, "users.url.tries": 1, "addr_type": "email"}));
    assert_eq!(counted(&over, ["rows", "new"]), [1, 1], "{over}");
    let seen = target.receiver.seen("/third.csv");
    assert_eq!(seen.len(), 3);
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1), "a pause lies between");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let _changed = Changed::new(&["import_url_timeout = 1"]);
    // Workers of a database that is made behind it begin with the setting.
    let (database, target) = (Database::new("workers_url_hang"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    for (path, words) in [("/hang", "no answer"), ("/drip", "no complete answer")] {
        let request = json!({"users.url": target.receiver.url(path), "users.url.tries": 2, "users.url.pause": 0});
        let over = import(client, &request);
        let (id, info) = error(&over);
        assert!(id == "error/import/url" && info.contains(words) && info.contains("1 s"), "{over}");
        assert_eq!(target.receiver.seen(path).len(), 2, "it was tried again");
    }
    assert_eq!(left_over(client), 0);
}

#[test]
fn an_import_that_waits_for_its_server_can_be_stopped() {
    let (database, target) = (Database::new("workers_url_stop"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    let track = begin(client, &json!({"users.url": target.receiver.url("/hang")}));
    until("it is asked", || target.receiver.seen("/hang").len() == 1);
    client.execute("SELECT track_set(jsonb_build_object('id', $1::bigint, 'set', 'stop'))", &[&track]).unwrap();
    assert_eq!(wait(client, track)["status"], -6);
}

#[test]
fn others_are_imported_while_one_waits_for_its_server() {
    let (database, target) = (Database::new("workers_url_wait"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    let workers = "SELECT current_setting('pg_member.job_workers')::bigint";
    assert_eq!(numbers(client, workers), [1], "there is one worker");
    let track = begin(client, &json!({"users.url": target.receiver.url("/hang")}));
    until("it is asked", || target.receiver.seen("/hang").len() == 1);
    let over = import(client, &json!({"users.list": "anna@example.com\n", "addr_type": "email"}));
    assert_eq!((&over["status"], counted(&over, ["new"])), (&json!(-1), [1]), "{over}");
    let shown = client.query_one("SELECT phase, rows_done FROM member_progress WHERE track = $1", &[&track]).unwrap();
    assert_eq!((shown.get::<_, String>(0), shown.get::<_, i64>(1)), ("fetching".to_owned(), 0));
    assert_eq!(target.receiver.seen("/hang").len(), 1, "it is asked once");
    client.execute("SELECT track_set(jsonb_build_object('id', $1::bigint, 'set', 'stop'))", &[&track]).unwrap();
    assert_eq!(wait(client, track)["status"], -6);
}

#[test]
fn no_address_inside_is_reached_unless_that_is_allowed() {
    let _changed = Changed::new(&["allow_private_addresses = off"]);
    // Workers of a database that is made behind it begin with the setting.
    let (database, target) = (Database::new("workers_url_inside"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    let name = target.receiver.url("/people.csv");
    let number = name.replace("localhost", "127.0.0.1");
    for (url, words) in [(&name, "the name has no public address"), (&number, "the address is not a public one")] {
        let over = import(client, &json!({"users.url": url}));
        let (id, info) = error(&over);
        assert!(id == "error/import/url" && info.contains(words), "{over}");
    }
    assert_eq!(target.receiver.requests(), 0);
}

#[test]
fn marks_of_dates_are_filled_once_for_all_tries() {
    let (database, target) = (Database::new("workers_url_marks"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    let today = "SELECT to_char(now() AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD')";
    let day = |client: &mut Client| client.query_one(today, &[]).unwrap().get::<_, String>(0);
    let before = day(client);
    let url = target.receiver.url("/dated/{YYYY-MM-DD}/{RND}-{RND}.csv");
    let over = import(client, &json!({"users.url": url, "addr_type": "email"}));
    assert_eq!(counted(&over, ["rows", "new"]), [1, 1], "{over}");
    let after = day(client);
    let asked = |day: &str| target.receiver.seen_below(&format!("/dated/{day}/"));
    let paths = if asked(&before).is_empty() { asked(&after) } else { asked(&before) };
    assert_eq!(paths.len(), 1);
    let file = paths[0].rsplit('/').next().unwrap().trim_end_matches(".csv");
    let (left, right) = file.split_once('-').unwrap();
    assert!(left == right && left.len() == 19 && left.bytes().all(|byte| byte.is_ascii_digit()), "{paths:?}");
    // Every try asks for the same.
    let url = target.receiver.url("/nowhere/{RND}.csv");
    let over = import(client, &json!({"users.url": url, "users.url.tries": 3, "users.url.pause": 0}));
    assert_eq!(error(&over), ("error/import/url", "status 404"), "{over}");
    let paths = target.receiver.seen_below("/nowhere/");
    assert!(paths.len() == 3 && paths.iter().all(|path| *path == paths[0]), "{paths:?}");
}

#[test]
fn the_report_of_an_import_is_sent_and_added_to() {
    let (database, target) = (Database::new("workers_import_report"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    set(client, "anna@example.com", 1);
    let text = "member.email,base.age\nanna@example.com,old\nbroken,1\nbob@example.com,30\n";
    let file = |path: &str| json!({"type": "url_file", "to": target.receiver.url(path), "format": "csv"});
    let over = import(client, &json!({"users.list": text, "result": [file("/ok/refused")], "separator": ","}));
    assert_eq!(over["status"], -1, "{over}");
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [3, 1, 2]);
    let sent = target.receiver.seen("/ok/refused");
    assert_eq!(sent.len(), 1);
    let lines: Vec<&str> = sent[0].body.lines().collect();
    assert_eq!(lines[0], "row,address,error,explain");
    assert!(
        lines.len() == 3 && lines[1].starts_with("1,anna@example.com,") && lines[2].starts_with("2,broken,"),
        "{lines:?}"
    );
    // Who is known is known by number: it is erased with its row.
    let report = over["param"]["report"].as_i64().unwrap();
    let about =
        "SELECT r.n, a.value FROM member.report_row r LEFT JOIN member.address a ON a.id = r.address_id ORDER BY r.n";
    let rows: Vec<(i64, Option<String>)> =
        client.query(about, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows, [(1, Some("anna@example.com".to_owned())), (2, None)]);
    // Another import adds to it, and sends all of it.
    let more = json!([{"type": "append", "id": report}, file("/ok/more")]);
    let over = import(client, &json!({"users.list": "nobody\n", "addr_type": "email", "firstline": 0, "result": more}));
    assert_eq!((&over["status"], &over["param"]["report"]), (&json!(-1), &json!(report)), "{over}");
    assert_eq!(refused(client, &over).len(), 3);
    assert_eq!(target.receiver.seen("/ok/more")[0].body.lines().count(), 4);
    // A file tells that no row was refused, too; one that is not taken ends the track, and people and report stay.
    let over =
        import(client, &json!({"users.list": "carl@example.com\n", "addr_type": "email", "result": file("/ok/none")}));
    assert_eq!(over["status"], -1, "{over}");
    assert_eq!(target.receiver.seen("/ok/none")[0].body.lines().count(), 1);
    let over = import(
        client,
        &json!({"users.list": "dora@example.com\nbroken\n", "addr_type": "email", "result": file("/broken")}),
    );
    assert_eq!(error(&over), ("error/report/unsent", "the receiver answered 500"));
    assert_eq!((counted(&over, ["rows", "new", "errors"]), refused(client, &over).len()), ([2, 1, 1], 1));
    // One of other columns is refused at once.
    let other = "INSERT INTO member.report VALUES (99, NULL, now(), 'member.list', '[\"x\"]', 0)";
    client.batch_execute(other).unwrap();
    let request = json!({"users.list": "a@example.com", "result": {"type": "append", "id": 99}});
    let refusal = client.query_one("SELECT member_import($1)", &[&request]).unwrap_err();
    assert_eq!(refusal.as_db_error().unwrap().message(), "error/report/columns");
}
