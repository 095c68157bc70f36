//! The query of a call on many as a track: it runs in a worker as the role that asked, and its answer is kept before anything is
//! done (members.md 9.1, shapes.md 2).

use crate::common::*;
use crate::settings::Changed;

/// A caller of a test's own, with the rights to make calls; what it owns goes with the test.
struct Caller {
    session: Client,
    owner: Client,
    role: String,
}

impl Caller {
    fn begin(database: &Database, name: &str) -> Caller {
        let (mut owner, mut session) = (database.connect(), database.connect());
        let role = format!("selecting_{name}");
        owner
            .batch_execute(&format!(
                "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN; SELECT member_grant('{role}', 'write');
                 CREATE TABLE guest (mail text, owner text DEFAULT current_user);
                 GRANT SELECT, DELETE ON guest TO {role};"
            ))
            .unwrap();
        assert!(is_idle(&mut owner));
        session.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).unwrap();
        Caller { session, owner, role }
    }

    /// Writes guests down, and makes each a subscriber.
    fn guests(&mut self, count: i64) {
        let guests =
            "INSERT INTO guest (mail) SELECT 'guest' || i || '@example.com' FROM generate_series(1, $1::bigint) i";
        self.owner.execute(guests, &[&count]).unwrap();
        let members = "SELECT member_set('guest' || i || '@example.com', '[]') FROM generate_series(1, $1::bigint) i";
        self.owner.execute(members, &[&count]).unwrap();
        assert!(is_idle(&mut self.owner));
    }

    fn begin_track(&mut self, call: &str, request: Value) -> i64 {
        let query = format!("SELECT ({call}($1) ->> 'track.id')::bigint");
        self.session.query_one(&query, &[&request]).unwrap().get(0)
    }

    fn wait(&mut self, track: i64) -> Value {
        let over: Value = self.owner.query_one("SELECT track_wait($1, '120s')", &[&track]).unwrap().get(0);
        over["obj"].clone()
    }

    /// What becomes of a track of a call with this query.
    fn call(&mut self, sql: &str) -> Value {
        let track = self.begin_track("stoplist_add", json!({"sql": sql}));
        self.wait(track)
    }

    /// The id of the error that a call is refused with at once.
    fn refusal(&mut self, sql: &str) -> String {
        let refused = self.session.query_one("SELECT stoplist_add($1)", &[&json!({"sql": sql})]).unwrap_err();
        refused.as_db_error().unwrap().message().to_owned()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let role = &self.role;
        let gone = self.owner.batch_execute(&format!("DROP OWNED BY {role} CASCADE"));
        if !std::thread::panicking() {
            gone.unwrap();
        }
    }
}

/// The process of a runner of this database.
fn runner(client: &mut Client) -> Option<i32> {
    let query = "SELECT pid FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'pg_member runner' AND state = 'active'
                  ORDER BY backend_start DESC LIMIT 1";
    client.query_opt(query, &[]).unwrap().map(|row| row.get(0))
}

#[test]
fn a_query_runs_as_the_role_that_asked_and_sees_what_it_may() {
    let database = Database::new("workers_selector_role");
    let mut caller = Caller::begin(&database, "role");
    caller.guests(3);
    let policy = "ALTER TABLE guest ENABLE ROW LEVEL SECURITY;
                  CREATE POLICY own ON guest USING (mail LIKE 'guest1%' AND current_user = session_user);
                  CREATE TABLE hidden (mail text); INSERT INTO hidden VALUES ('guest3@example.com');";
    caller.owner.batch_execute(policy).unwrap();
    // Row level security holds, and the session is the role's own.
    let over = caller.call("SELECT mail FROM guest");
    assert_eq!(over["param"]["list"], json!({"guest1@example.com": 1}), "{over}");
    let users = "SELECT mail FROM (SELECT current_user || '.' || session_user || '@example.com' AS mail) who";
    let over = caller.call(users);
    assert_eq!(over["param"]["list"], json!({format!("{0}.{0}@example.com", caller.role): 1}), "{over}");
    // What the role may not read is its error, not ours.
    let over = caller.call("SELECT mail FROM hidden");
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/selector/query")), "{over}");
    assert!(over["error.info"].as_str().unwrap().starts_with("42501 "), "{over}");
    // There is no other role behind it to get back to.
    for way in ["none", "postgres"] {
        let over = caller.call(&format!("SELECT mail FROM hidden, set_config('role', '{way}', false)"));
        assert_eq!(over["error"], "error/selector/query", "{way}: {over}");
    }
    // What is wrong with the query itself is told in the call.
    assert_eq!(caller.refusal("SELECT mail FROM nowhere"), "relation \"nowhere\" does not exist");
    for wrong in ["SELECT 1", "SELECT 'a', 'b'", "DELETE FROM guest", "SELECT 'a@example.com'; SELECT 'b@example.com'"]
    {
        assert_eq!(caller.refusal(wrong), "error/param/wrong", "{wrong}");
    }
    // Every row and nothing else: NULLs are none, and an empty answer is one.
    let over = caller.call("SELECT NULL::text UNION ALL SELECT 'x' || E'\\n' || 'y' UNION ALL SELECT ''");
    assert_eq!(
        (&over["status"], &over["param"]["total"], &over["param"]["count"]),
        (&json!(-1), &json!(2), &json!(0)),
        "{over}"
    );
    let over = caller.call("SELECT 'a@example.com' WHERE false");
    assert_eq!((&over["status"], &over["param"]["total"]), (&json!(-1), &json!(0)), "{over}");
}

#[test]
fn a_role_that_no_worker_can_run_as_is_told_so_at_once() {
    let database = Database::new("workers_selector_login");
    let mut caller = Caller::begin(&database, "login");
    caller.guests(1);
    let is_new = numbers(&mut caller.owner, "SELECT current_setting('server_version_num')::bigint")[0] >= 170_000;
    caller.owner.batch_execute(&format!("ALTER ROLE {} NOLOGIN", caller.role)).unwrap();
    let request = json!({"sql": "SELECT mail FROM guest"});
    if is_new {
        let over = caller.call("SELECT mail FROM guest");
        assert_eq!(over["param"]["list"], json!({"guest1@example.com": 1}), "{over}");
    } else {
        assert_eq!(caller.refusal("SELECT mail FROM guest"), "error/worker/nologin");
        let sync = json!({"sql": "SELECT mail FROM guest", "sync": 1});
        let done: Value = caller.session.query_one("SELECT stoplist_add($1) -> 'list'", &[&sync]).unwrap().get(0);
        assert_eq!(done, json!({"guest1@example.com": 1}));
    }
    // One that is gone by the time its query is to run.
    let owner = &mut caller.owner;
    owner.batch_execute("CREATE ROLE selecting_gone LOGIN; SELECT member_grant('selecting_gone', 'write'); GRANT SELECT ON guest TO selecting_gone").unwrap();
    let mut session = database.connect();
    session.batch_execute("SET SESSION AUTHORIZATION selecting_gone; BEGIN").unwrap();
    let track: i64 = session.query_one("SELECT (stoplist_add($1) ->> 'track.id')::bigint", &[&request]).unwrap().get(0);
    session
        .batch_execute(
            "SET SESSION AUTHORIZATION DEFAULT; DROP OWNED BY selecting_gone; DROP ROLE selecting_gone; COMMIT",
        )
        .unwrap();
    let over = caller.wait(track);
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/worker/role")), "{over}");
}

#[test]
fn names_are_found_where_the_call_would_find_them() {
    let database = Database::new("workers_selector_path");
    let mut caller = Caller::begin(&database, "path");
    caller.guests(1);
    let role = caller.role.clone();
    caller
        .owner
        .batch_execute(&format!(
            "CREATE SCHEMA shop; CREATE TABLE shop.guest (mail text); INSERT INTO shop.guest VALUES ('shop@example.com');
             GRANT USAGE ON SCHEMA shop TO {role}; GRANT SELECT ON shop.guest TO {role};"
        ))
        .unwrap();
    let over = caller.call("SELECT mail FROM guest");
    assert_eq!(over["param"]["list"], json!({"guest1@example.com": 1}), "{over}");
    caller.session.batch_execute("SET search_path = shop, public").unwrap();
    let over = caller.call("SELECT mail FROM guest");
    assert_eq!(over["param"]["list"], json!({"shop@example.com": 1}), "{over}");
}

#[test]
fn a_query_of_a_track_writes_nothing() {
    let database = Database::new("workers_selector_writes");
    let mut caller = Caller::begin(&database, "writes");
    caller.guests(2);
    let taking = "WITH gone AS (DELETE FROM guest RETURNING mail) SELECT mail FROM gone";
    let over = caller.call(taking);
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/selector/query")), "{over}");
    assert!(over["error.info"].as_str().unwrap().starts_with("25006 "), "{over}");
    assert_eq!(numbers(&mut caller.owner, "SELECT count(*) FROM guest"), [2]);
    // In the call it is part of the caller's own transaction.
    let request = json!({"sql": taking, "sync": 1});
    let done: Value = caller.session.query_one("SELECT stoplist_add($1) -> 'list'", &[&request]).unwrap().get(0);
    assert_eq!(done, json!({"guest1@example.com": 1, "guest2@example.com": 1}));
    assert_eq!(numbers(&mut caller.owner, "SELECT count(*) FROM guest"), [0]);
}

#[test]
fn a_long_answer_is_kept_whole_whoever_dies() {
    let database = Database::new("workers_selector_killed");
    let mut caller = Caller::begin(&database, "killed");
    caller.guests(2500);
    let (mut holder, mut guard) = (database.connect(), database.connect());
    // Somebody is at work on a guest of the second thousand.
    let guest = "BEGIN; SELECT FROM member.body JOIN member.head USING (dataset) WHERE value = 'guest1500@example.com' FOR UPDATE OF body";
    guard.batch_execute(guest).unwrap();
    let role = caller.role.clone();
    // The query waits for a lock of ours: then its process ends.
    caller
        .owner
        .batch_execute(&format!(
            "CREATE FUNCTION held() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN true; END $$;
             GRANT EXECUTE ON FUNCTION held() TO {role}"
        ))
        .unwrap();
    holder.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7)").unwrap();
    let sql = "SELECT mail FROM guest, (SELECT held()) h UNION ALL SELECT 'nobody' || i || '@example.com' FROM generate_series(1, 30000) i";
    let track = caller.begin_track("member_delete", json!({"sql": sql}));
    let pid = wait_for("the query runs", || runner(&mut caller.owner));
    // The part that began it may commit a moment later.
    until("its phase is told", || {
        let phase = caller.owner.query_one("SELECT phase FROM member_progress WHERE track = $1", &[&track]).unwrap();
        phase.get::<_, String>(0) == "asking the query"
    });
    caller.owner.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
    let again = wait_for("it is asked again", || runner(&mut caller.owner).filter(|again| *again != pid));
    assert_ne!(again, pid);
    // Now the worker of the track: the next one goes on with the same query.
    let jobs = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND backend_type = 'pg_member jobs'";
    caller.owner.execute(jobs, &[]).unwrap();
    // The track waits in the middle of its list, and its worker dies there once more.
    holder.batch_execute("COMMIT").unwrap();
    let waits = "SELECT pid FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'pg_member jobs' AND wait_event_type = 'Lock'";
    let worker: i32 = wait_for("a worker waits", || caller.owner.query_opt(waits, &[]).unwrap().map(|row| row.get(0)));
    // What the query would give by now is another list: that of the track is kept.
    caller.owner.batch_execute("DELETE FROM guest").unwrap();
    caller.owner.execute("SELECT pg_terminate_backend($1)", &[&worker]).unwrap();
    until("another one waits", || {
        caller.owner.query_opt(waits, &[]).unwrap().is_some_and(|row| row.get::<_, i32>(0) != worker)
    });
    guard.batch_execute("COMMIT").unwrap();
    let over = caller.wait(track);
    assert_eq!(
        (&over["status"], &over["param"]["total"], &over["param"]["count"]),
        (&json!(-1), &json!(32_500), &json!(2500)),
        "{over}"
    );
    assert_eq!(numbers(&mut caller.owner, "SELECT count(*) FROM member.body"), [0]);
    assert_eq!(numbers(&mut caller.owner, "SELECT count(*) FROM member.track_address"), [0]);
}

#[test]
fn a_query_whose_track_is_stopped_ends_and_so_does_one_that_takes_too_long() {
    let long = "SELECT 'a@example.com' FROM pg_sleep(600)";
    let database = Database::new("workers_selector_stop");
    let mut caller = Caller::begin(&database, "stop");
    let track = caller.begin_track("stoplist_add", json!({"sql": long}));
    until("it runs", || runner(&mut caller.owner).is_some());
    caller.owner.execute("SELECT track_set(jsonb_build_object('id', $1::bigint, 'set', 'stop'))", &[&track]).unwrap();
    assert_eq!(caller.wait(track)["status"], -6);
    until("the query ends, too", || runner(&mut caller.owner).is_none());
    let _changed = Changed::new(&["sql_selector_timeout = 2"]);
    // Workers of a database that is made behind it begin with the setting.
    let database = Database::new("workers_selector_long");
    let mut caller = Caller::begin(&database, "long");
    let over = caller.call(long);
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/selector/query")), "{over}");
    assert!(over["error.info"].as_str().unwrap().starts_with("57014 "), "{over}");
}

#[test]
fn letters_tests_and_sequences_take_a_query_or_a_file_too() {
    let (database, target) = (Database::new("workers_selector_calls"), Target::start());
    let mut caller = Caller::begin(&database, "calls");
    caller.guests(3);
    let track =
        caller.begin_track("email_test", json!({"sql": "SELECT mail FROM guest UNION ALL SELECT 'nodog' ORDER BY 1"}));
    let over = caller.wait(track);
    assert_eq!(over["param"]["count"], json!({"ok": 3, "bad": 1}), "{over}");
    let client = &mut caller.owner;
    set(client, "anna@example.com", 1);
    let url = target.receiver.url("/addresses.txt");
    let query = "SELECT (email_test($1) ->> 'track.id')::bigint";
    let track: i64 = client.query_one(query, &[&json!({"url": url, "delivery.error": 1})]).unwrap().get(0);
    let over = caller.wait(track);
    assert_eq!(
        (&over["param"]["count"], &over["progress"]),
        (&json!({"ok": 2, "bad": 0}), &json!({"done": 2, "total": 2})),
        "{over}"
    );
    let list = over["param"]["list"].as_object().unwrap();
    assert!(!list["anna@example.com"]["email.id"].is_null() && list["bob@example.com"]["email.id"].is_null(), "{over}");
    // Sequences.
    let client = &mut caller.owner;
    crate::sequences::mail(client, &json!([{"id": 1, "type": "log", "params": {"message": "x"}}]));
    let sequence = crate::sequences::sequence(client, json!({"delay": 1_000_000}));
    let begun = |caller: &mut Caller, call: &str, more: Value| {
        let mut request = json!({"id": sequence});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let track = caller.begin_track(call, request);
        let over = caller.wait(track);
        assert_eq!(over["status"], -1, "{over}");
        over["param"]["count"].clone()
    };
    let listed = json!({"list": ["guest1@example.com", "nobody@example.com", "guest1@example.com"], "sync": 0});
    assert_eq!(begun(&mut caller, "sequence_member_start", listed), 1);
    assert_eq!(
        begun(&mut caller, "sequence_member_start", json!({"sql": "SELECT mail FROM guest WHERE mail ~ '[23]'"})),
        2
    );
    assert_eq!(begun(&mut caller, "sequence_member_start", json!({"url": url})), 1);
    let everybody = json!({"stat.uni": {"filter": [{"a": "member.email", "op": "exists"}]}});
    assert_eq!(begun(&mut caller, "sequence_member_stop", everybody), 4);
    // In the call.
    let request =
        json!({"id": sequence, "stat.uni": {"filter": [{"a": "member.email", "op": "^=", "v": "guest"}]}, "sync": 1});
    let answer: Value = caller.session.query_one("SELECT sequence_member_start($1)", &[&request]).unwrap().get(0);
    assert_eq!(answer["list"].as_object().unwrap().len(), 3, "{answer}");
    let request = json!({"id": sequence, "url": url, "sync": 1});
    let answer: Value = caller.session.query_one("SELECT sequence_member_stop($1)", &[&request]).unwrap().get(0);
    assert_eq!(answer["list"], json!({"anna@example.com": 0, "bob@example.com": 0}), "{answer}");
}
