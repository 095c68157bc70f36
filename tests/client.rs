//! The calls as a program makes them: a driver, a connection, requests bound as jsonb parameters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use postgres::error::{DbError, SqlState};
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, IsolationLevel, Transaction};
use serde_json::{Value, json};
use support::Database;

/// Makes one call with its request as a bound parameter and gives its reply.
fn call(client: &mut Client, name: &str, request: &Value) -> Result<Value, postgres::Error> {
    client.query_one(&format!("SELECT {name}($1::jsonb)"), &[request]).map(|row| row.get(0))
}

#[test]
fn a_member_is_made_changed_read_found_and_deleted() {
    let database = Database::new("life");
    let client = &mut database.connect();
    let address = json!({"email": "Anna@Example.COM"});

    let made = call(
        client,
        "member_set",
        &json!({"email": " Anna@Example.COM ", "datakey": [["client_data.orders", "set", 3], ["client_data.price", "set", 1.5]]}),
    )
    .unwrap();
    assert_eq!(made["newbie"], json!(1));
    assert_eq!(made["member"]["email"], json!("anna@example.com"));
    assert_eq!(made["member"]["addr_type"], json!("email"));
    let id = made["member"]["id"].clone();
    assert!(id.is_number(), "the number of an address is a JSON number: {id}");

    let changed = call(
        client,
        "member_set",
        &json!({"email": "anna@example.com", "datakey": [["client_data.orders", "set", 4]]}),
    )
    .unwrap();
    assert_eq!(changed["newbie"], json!(0));
    assert_eq!(changed["member"]["id"], id);

    let read = call(client, "member_get", &json!({"email": "anna@example.com", "datakey": "client_data"})).unwrap();
    assert!(read["datakey"].to_string().contains("\"orders\":4"), "{read}");

    let found = call(client, "member_find", &address).unwrap();
    assert_eq!(found, json!({"list": [{"id": id, "addr_type": "email", "email": "anna@example.com"}]}));

    let deleted = call(client, "member_delete", &address).unwrap();
    assert_eq!(deleted, json!({"list": {"Anna@Example.COM": 1}}));
    let exists = call(client, "member_exists", &address).unwrap();
    assert_eq!(exists, json!({"list": {"Anna@Example.COM": 0}}));
}

#[test]
fn a_refusal_carries_its_id_its_sqlstate_and_no_address() {
    let database = Database::new("refusal");
    let client = &mut database.connect();

    let refused = call(client, "member_get", &json!({"email": "nobody@example.com", "datakey": "*"})).unwrap_err();
    let refused = refused.as_db_error().expect("the server refuses, not the connection");
    assert_eq!(refused.message(), "error/member/notexists");
    assert_eq!(refused.code().code(), "PM201");
    assert!(refused.hint().is_some_and(|hint| hint.contains("member_set")));
    assert!(!format!("{refused:?}").contains("nobody@example.com"), "{refused:?}");

    // The connection lives on.
    call(client, "member_set", &json!({"email": "nobody@example.com"})).unwrap();
}

#[test]
fn a_call_belongs_to_its_transaction() {
    let database = Database::new("transaction");
    let (first, second) = (&mut database.connect(), &mut database.connect());
    let address = json!({"email": "anna@example.com"});
    let seen =
        |client: &mut Client| call(client, "member_exists", &address).unwrap()["list"]["anna@example.com"].clone();

    let mut transaction = first.transaction().unwrap();
    transaction.query_one("SELECT member_set($1::jsonb)", &[&address]).unwrap();
    assert_eq!(seen(second), json!(0), "what is not committed is seen by nobody else");
    transaction.rollback().unwrap();
    assert_eq!(seen(first), json!(0), "a rollback takes the member back");

    call(first, "member_set", &address).unwrap();
    assert_eq!(seen(second), json!(1));
}

/// The fields of a refusal by the server.
fn refused(answer: Result<impl std::fmt::Debug, postgres::Error>) -> DbError {
    answer.unwrap_err().as_db_error().expect("the server refuses, not the connection").clone()
}

/// Waits until the backend `pid` waits for a lock that another one has.
fn until_it_waits(observer: &mut Client, pid: i32) {
    let waits = "SELECT cardinality(pg_blocking_pids($1)) > 0";
    while !observer.query_one(waits, &[&pid]).unwrap().get::<_, bool>(0) {
        std::thread::yield_now();
    }
}

fn pid_of(client: &mut Client) -> i32 {
    client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0)
}

#[test]
fn a_request_may_be_bound_in_every_way() {
    let database = Database::new("bound");
    let client = &mut database.connect();
    let number = "12345678901234567890.10";
    let text = format!(r#"{{"email": "anna@example.com", "datakey": [["n", "push", {number}]]}}"#);
    let request: Value = serde_json::from_str(&text).unwrap();
    let program = &request["datakey"];

    // jsonb in its binary form, with the type stated and inferred.
    client.query_one("SELECT member_set($1::jsonb)", &[&request]).unwrap();
    client.query_one("SELECT member_set($1)", &[&request]).unwrap();
    // As text, which the server reads.
    client.query_one("SELECT member_set($1::text::jsonb)", &[&text]).unwrap();
    client.query_one("SELECT member_set($1::text, $2)", &[&"anna@example.com", program]).unwrap();
    // The simple protocol: all is text.
    client.simple_query(&format!("SELECT member_set('{text}'::jsonb)")).unwrap();

    let stored = "SELECT (data -> 'n')::text FROM member.body";
    let stored: String = client.query_one(stored, &[]).unwrap().get(0);
    assert_eq!(stored, format!("[{}]", [number; 5].join(", ")), "every digit arrives");
    let null: Option<Value> = client.query_one("SELECT member_set($1::jsonb)", &[&None::<Value>]).unwrap().get(0);
    assert_eq!(null, None, "NULL is answered by NULL");
}

#[test]
fn a_prepared_call_is_used_again_and_again() {
    let database = Database::new("prepared");
    let client = &mut database.connect();
    let set = client.prepare("SELECT member_set($1)").unwrap();
    let get = client.prepare("SELECT member_get($1::jsonb)").unwrap();
    let read = json!({"email": "anna@example.com", "datakey": "list"});

    for n in 1..=100 {
        let request = json!({"email": "anna@example.com", "datakey": [["list", "push", n]]});
        let reply: Value = client.query_one(&set, &[&request]).unwrap().get(0);
        assert_eq!(reply["newbie"], json!(i32::from(n == 1)));
        let reply: Value = client.query_one(&get, &[&read]).unwrap().get(0);
        assert_eq!(reply["datakey"].as_array().map(Vec::len), Some(n));
        // A refusal in between is no harm to the prepared statement.
        let wrong = json!({"email": "anna@example.com", "datakey": [["list.key", "set", n]]});
        assert_eq!(refused(client.query_one(&set, &[&wrong])).message(), "error/datakey/notobject");
    }
}

#[test]
fn every_refusal_says_what_was_wrong_and_what_to_do_in_its_own_fields() {
    let database = Database::new("fields");
    let client = &mut database.connect();
    call(client, "member_set", &json!({"email": "anna@example.com", "datakey": [["list", "set", [1]]]})).unwrap();
    let wrong = [
        ("member_set", json!({}), "error/param/missing"),
        ("member_set", json!([]), "error/param/wrong"),
        ("member_set", json!({"email": "anna@@example.com"}), "error/email/multydog"),
        ("member_set", json!({"email": "anna@example.com", "addr_type": "fax"}), "error/addr_type/unknown"),
        ("member_set", json!({"email": "anna@example.com", "if_exists": "error"}), "member_exists"),
        (
            "member_set",
            json!({"email": "anna@example.com", "datakey": [["list.key", "set", 1]]}),
            "error/datakey/notobject",
        ),
        ("member_set", json!({"email": "anna@example.com", "datakey": [["list", "put", 1]]}), "error/datakey/mode"),
        ("member_get", json!({"email": "nobody@example.com", "datakey": "*"}), "error/member/notexists"),
        ("member_delete", json!({}), "error/param/missing"),
        ("origin_get", json!({"id": "shop"}), "error/origin/notexists"),
        ("sys_settings_set", json!({"list": {"no.such": 1}}), "error/setting/unknown"),
    ];
    for (name, request, id) in wrong {
        let error = refused(call(client, name, &request));
        let known = client.query_one("SELECT sqlstate, hint FROM member_errors() WHERE id = $1", &[&id]).unwrap();
        assert_eq!(error.message(), id, "{name} {request}");
        assert_eq!(error.severity(), "ERROR");
        assert_eq!(error.code().code(), known.get::<_, String>(0));
        assert_eq!(error.hint(), Some(known.get::<_, &str>(1)));
        assert!(error.detail().is_some_and(|detail| !detail.is_empty()), "{error:?}");
        assert!(!format!("{error:?}").contains("example.com"), "no refusal shows an address: {error:?}");
    }
}

#[test]
fn an_error_of_the_server_itself_arrives_as_it_is() {
    let database = Database::new("servererror");
    let (first, second) = (&mut database.connect(), &mut database.connect());
    let address = json!({"email": "anna@example.com", "datakey": [["list", "push", 1]]});
    call(first, "member_set", &address).unwrap();

    // Changed behind the snapshot of a REPEATABLE READ transaction.
    let mut transaction = second.build_transaction().isolation_level(IsolationLevel::RepeatableRead).start().unwrap();
    transaction.query("SELECT FROM member.body", &[]).unwrap();
    call(first, "member_set", &address).unwrap();
    let error = refused(transaction.query_one("SELECT member_set($1::jsonb)", &[&address]));
    assert_eq!(error.code(), &SqlState::T_R_SERIALIZATION_FAILURE);
    assert_eq!(error.detail(), None, "the server gives no detail, so there is none");
    transaction.rollback().unwrap();

    // Kept waiting for too long.
    let mut holding = first.transaction().unwrap();
    holding.query_one("SELECT member_set($1::jsonb)", &[&address]).unwrap();
    for (setting, state) in
        [("lock_timeout", SqlState::LOCK_NOT_AVAILABLE), ("statement_timeout", SqlState::QUERY_CANCELED)]
    {
        second.batch_execute(&format!("SET {setting} = '20ms'")).unwrap();
        let error = refused(call(second, "member_set", &address));
        assert_eq!(error.code(), &state, "{error:?}");
        assert_eq!(error.detail(), None, "{error:?}");
        second.batch_execute(&format!("RESET {setting}")).unwrap();
    }
    holding.commit().unwrap();
    call(second, "member_set", &address).unwrap();
    let list = call(second, "member_get", &json!({"email": "anna@example.com", "datakey": "list"})).unwrap();
    assert_eq!(list["datakey"], json!([1, 1, 1, 1]), "only what succeeded is there");
}

#[test]
fn a_megabyte_goes_in_and_comes_out() {
    let database = Database::new("megabyte");
    let client = &mut database.connect();
    // Text that does not shrink to nothing when the server compresses it.
    let value: String =
        (0_u32..250_000).map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 28) as u8)).collect();
    let value = value.repeat(4);
    call(
        client,
        "member_set",
        &json!({"email": "anna@example.com", "datakey": [["big", "set", value], ["n", "set", 1]]}),
    )
    .unwrap();
    call(client, "member_set", &json!({"email": "anna@example.com", "datakey": [["n", "set", 2]]})).unwrap();
    let read = call(client, "member_get", &json!({"email": "anna@example.com", "datakey": "*"})).unwrap();
    assert_eq!(read["datakey"]["big"].as_str().map(str::len), Some(1_000_000));
    assert_eq!(read["datakey"]["big"], json!(value));
    assert_eq!(read["datakey"]["n"], json!(2));
}

#[test]
fn work_goes_on_behind_a_savepoint() {
    let database = Database::new("savepoint");
    let client = &mut database.connect();
    let set = |transaction: &mut Transaction, email: &str, program: Value| {
        transaction
            .query_one("SELECT member_set($1::jsonb)", &[&json!({"email": email, "datakey": program})])
            .map(|row| row.get::<_, Value>(0))
    };

    let mut outer = client.transaction().unwrap();
    set(&mut outer, "anna@example.com", json!([["log", "push", "before"]])).unwrap();
    let mut inner = outer.savepoint("here").unwrap();
    set(&mut inner, "anna@example.com", json!([["log", "push", "undone"]])).unwrap();
    set(&mut inner, "other@example.com", json!([])).unwrap();
    let error = refused(set(&mut inner, "anna@example.com", json!([["log.key", "set", 1]])));
    assert_eq!(error.message(), "error/datakey/notobject");
    let error = refused(set(&mut inner, "anna@example.com", json!([])));
    assert_eq!(error.code(), &SqlState::IN_FAILED_SQL_TRANSACTION);
    inner.rollback().unwrap();
    let reply = set(&mut outer, "other@example.com", json!([["log", "push", "behind"]])).unwrap();
    assert_eq!(reply["newbie"], json!(1), "the savepoint took the one before back");
    set(&mut outer, "anna@example.com", json!([["log", "push", "behind"]])).unwrap();
    outer.commit().unwrap();

    let log = call(client, "member_get", &json!({"email": "anna@example.com", "datakey": "log"})).unwrap();
    assert_eq!(log["datakey"], json!(["before", "behind"]));
    let events = client.query("SELECT event_type, version FROM member.event ORDER BY id", &[]).unwrap();
    let events: Vec<(String, i64)> = events.iter().map(|row| (row.get(0), row.get(1))).collect();
    let events: Vec<(&str, i64)> = events.iter().map(|(event, version)| (event.as_str(), *version)).collect();
    assert_eq!(events, [("member_new", 1), ("member_new", 1), ("member_change", 2)]);
    assert!(client.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
}

#[test]
fn a_call_that_waits_can_be_cancelled() {
    let database = Database::new("cancel");
    let (holder, observer) = (&mut database.connect(), &mut database.connect());
    let request = |who: &str| json!({"email": "anna@example.com", "datakey": [["log", "push", who]]});
    call(holder, "member_set", &request("start")).unwrap();
    let set = request("waiting");
    let calls = [
        ("SELECT member_set($1::jsonb)", set.clone()),
        ("SELECT member_delete($1::jsonb)", json!({"email": "anna@example.com"})),
        (
            "SELECT member_api($1::jsonb)",
            json!({"action": "batch", "do": [{"action": "member.delete", "email": "anna@example.com"}]}),
        ),
    ];
    for (statement, waiting_request) in calls {
        let mut held = holder.transaction().unwrap();
        held.query_one("SELECT member_set($1::jsonb)", &[&request("held")]).unwrap();

        let mut waiting = database.connect();
        let pid = pid_of(&mut waiting);
        let waiter = std::thread::spawn(move || {
            let mut transaction = waiting.transaction().unwrap();
            transaction.batch_execute("SAVEPOINT here").unwrap();
            let error = refused(transaction.query_one(statement, &[&waiting_request]));
            transaction.batch_execute("ROLLBACK TO here").unwrap();
            let other = json!({"email": "other@example.com"});
            transaction.query_one("SELECT member_set($1::jsonb)", &[&other]).expect("the transaction goes on");
            transaction.commit().unwrap();
            (error, waiting)
        });
        until_it_waits(observer, pid);
        // A cancel packet is two signals, and the second may come as late as the next statement: this is one.
        assert!(observer.query_one("SELECT pg_cancel_backend($1)", &[&pid]).unwrap().get::<_, bool>(0));
        let (error, mut waiting) = waiter.join().unwrap();
        assert_eq!(error.code(), &SqlState::QUERY_CANCELED, "{error:?}");
        let left =
            "SELECT count(*) FROM pg_locks WHERE pid = $1 AND locktype IN ('relation', 'tuple', 'transactionid')";
        assert_eq!(observer.query_one(left, &[&pid]).unwrap().get::<_, i64>(0), 0, "no lock is left behind");
        held.rollback().unwrap();
        call(&mut waiting, "member_set", &set).expect("the connection goes on");
    }
    let log = call(holder, "member_get", &json!({"email": "anna@example.com", "datakey": "log"})).unwrap();
    assert_eq!(
        log["datakey"],
        json!(["start", "waiting", "waiting", "waiting"]),
        "only what was not cancelled is there"
    );
    assert!(holder.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
}

#[test]
fn a_connection_that_ends_while_it_waits_leaves_nothing() {
    let database = Database::new("killed");
    let (holder, observer) = (&mut database.connect(), &mut database.connect());
    let anna = json!({"email": "anna@example.com", "datakey": [["log", "push", 1]]});
    call(holder, "member_set", &anna).unwrap();
    let mut held = holder.transaction().unwrap();
    held.query_one("SELECT member_set($1::jsonb)", &[&anna]).unwrap();

    let mut waiting = database.connect();
    let pid = pid_of(&mut waiting);
    let request = anna.clone();
    let waiter = std::thread::spawn(move || call(&mut waiting, "member_set", &request).unwrap_err());
    until_it_waits(observer, pid);
    assert!(observer.query_one("SELECT pg_terminate_backend($1)", &[&pid]).unwrap().get::<_, bool>(0));
    // The driver may see the end of the connection before it reads the server's last words.
    let error = waiter.join().unwrap();
    assert!(error.is_closed() || error.code() == Some(&SqlState::ADMIN_SHUTDOWN), "{error:?}");

    held.commit().unwrap();
    call(holder, "member_delete", &json!({"email": "anna@example.com"})).unwrap();
    assert!(holder.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
}

#[test]
fn the_extension_can_be_dropped_and_made_again_in_one_session() {
    let database = Database::new("again");
    let (client, other) = (&mut database.connect(), &mut database.connect());
    // Every statement of the usual calls is planned, and its plan kept by the backend.
    let round = |client: &mut Client| {
        let made =
            call(client, "member_set", &json!({"email": "anna@example.com", "datakey": [["n", "set", 1]]})).unwrap();
        call(
            client,
            "member_set",
            &json!({"email": "anna@example.com", "datakey": [["n", "set", 2], ["member.error.error", "delete"]]}),
        )
        .unwrap();
        call(client, "member_get", &json!({"email": "anna@example.com", "datakey": "*"})).unwrap();
        call(client, "member_exists", &json!({"email": "anna@example.com"})).unwrap();
        call(client, "member_find", &json!({"email": "anna@example.com"})).unwrap();
        call(client, "member_delete", &json!({"list": ["anna@example.com", "+79261234567"]})).unwrap();
        call(client, "member_set", &json!({"email": "anna@example.com"})).unwrap();
        call(client, "origin_create", &json!({"label": "shop"})).unwrap();
        call(client, "sys_settings_get", &json!({})).unwrap();
        call(client, "member_api", &json!({"action": "member.get", "email": "anna@example.com"})).unwrap();
        assert!(client.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
        made["member"]["id"].as_i64()
    };
    assert_eq!(round(client), Some(1));
    call(other, "member_set", &json!({"email": "other@example.com"})).unwrap();

    // What is dropped and taken back was never gone.
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute("DROP EXTENSION pg_member").unwrap();
    transaction.rollback().unwrap();
    call(client, "member_get", &json!({"email": "other@example.com", "datakey": "*"})).unwrap();

    client.batch_execute("DROP EXTENSION pg_member").unwrap();
    assert_eq!(
        refused(call(client, "member_set", &json!({"email": "anna@example.com"}))).code(),
        &SqlState::UNDEFINED_FUNCTION
    );
    client.batch_execute("CREATE EXTENSION pg_member").unwrap();
    assert_eq!(round(client), Some(1), "the numbers begin again");
    // A session that knew the tables of before finds those of now.
    let made = call(other, "member_set", &json!({"email": "other@example.com"})).unwrap();
    assert_eq!(made["newbie"], json!(1));

    // Dropped, made and used in one transaction.
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute("DROP EXTENSION pg_member; CREATE EXTENSION pg_member").unwrap();
    transaction.query_one("SELECT member_set($1::jsonb)", &[&json!({"email": "anna@example.com"})]).unwrap();
    transaction.commit().unwrap();
    assert_eq!(client.query("SELECT FROM member.address", &[]).unwrap().len(), 1);
}

#[test]
fn who_listens_is_told_of_each_committed_event_if_that_is_wanted() {
    let database = Database::new("listen");
    let (mut client, mut listener) = (database.connect(), database.connect());
    listener.batch_execute("LISTEN pg_member_event").unwrap();
    client.execute("SELECT member_set('quiet@example.com', '[]')", &[]).unwrap();
    client.batch_execute("SET pg_member.event_notify = on").unwrap();
    let mut transaction = client.transaction().unwrap();
    transaction.execute("SELECT member_set('gone@example.com', '[]')", &[]).unwrap();
    transaction.rollback().unwrap();
    client.execute("SELECT member_set('loud@example.com', '[]')", &[]).unwrap();
    let mut notifications = listener.notifications();
    let told = notifications.blocking_iter().next().unwrap().unwrap();
    let row = client.query_one("SELECT max(id), max(dataset) FROM member.event", &[]).unwrap();
    let (id, dataset): (i64, i64) = (row.get(0), row.get(1));
    let payload: Value = serde_json::from_str(told.payload()).unwrap();
    assert_eq!(payload, json!({"id": id, "event_type": "member_new", "dataset": dataset}));
    assert!(notifications.iter().next().unwrap().is_none(), "nothing else was told");
}

/// The regulator's whole file, where it lies beside the project: what it allots is let in, and what lies between is not.
#[test]
fn the_real_numbering_plan_is_loaded_and_asked() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/DEF-9xx.csv");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let database = Database::new("plan");
    let client = &mut database.connect();
    let loaded: i64 = client.query_one("SELECT numbering_range_load($1)", &[&text]).unwrap().get(0);
    let kept: i64 = client.query_one("SELECT count(*) FROM member.numbering_range", &[]).unwrap().get(0);
    let lines = i64::try_from(text.lines().count()).unwrap() - 1;
    assert_eq!((loaded, kept), (lines, lines));

    // Code, first and last number of each range, as the file has them.
    let ranges: Vec<(&str, i64, i64)> = (text.lines().skip(1))
        .map(|line| line.split(';').collect::<Vec<_>>())
        .map(|columns| (columns[0], columns[1].parse().unwrap(), columns[2].parse().unwrap()))
        .collect();
    let gap = ranges.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[0].2 + 1 < pair[1].1).unwrap();
    let (code, first, last) = gap[0];
    let mut syntax = |number: i64| -> String {
        let phone = format!("+7{code}{number:07}");
        client.query_one("SELECT address_check($1) ->> 'syntax'", &[&phone]).unwrap().get(0)
    };
    assert_eq!((syntax(first).as_str(), syntax(last).as_str()), ("ok", "ok"));
    assert_eq!(syntax(last + 1), "error/msisdn/notinplan");
    assert_eq!(syntax(gap[1].1), "ok");
    let inside = json!({"email": format!("8{code}{first:07}")});
    let outside = json!({"email": format!("8{code}{:07}", last + 1)});
    assert_eq!(call(client, "member_set", &inside).unwrap()["newbie"], json!(1));
    let refusal = refused(call(client, "member_set", &outside));
    assert_eq!((refusal.message(), refusal.code().code()), ("error/msisdn/notinplan", "PM125"));
}
