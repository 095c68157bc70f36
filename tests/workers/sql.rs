//! SQL of pipelines: it runs as the stated role, within its limits, and nothing of it escapes (shapes.md 9).

use crate::common::*;
use crate::receiver::Authority;
use std::fs::{self, Permissions};
use std::net::{Shutdown, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// A channel whose SQL runs as a role of the test's own, and an operation that answers with what a query gives.
struct Querying {
    client: Client,
    role: String,
}

impl Querying {
    fn begin(database: &Database, name: &str) -> Querying {
        let mut client = database.connect();
        let role = format!("pipe_{name}");
        client.batch_execute(&format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")).unwrap();
        let settings = json!({
            "name": name, "string_id": name, "kind": "indirect", "sql_role": role,
            "fields": {"resource": [{"shortname": "place", "title": "Place", "type": "string"}]},
        });
        client.execute("SELECT channel_set($1)", &[&settings]).unwrap();
        let database: String = client.query_one("SELECT current_database()::text", &[]).unwrap().get(0);
        until("its dispatcher runs", || dispatcher(&mut client, &database).is_some());
        Querying { client, role }
    }

    /// What an operation whose pipe has these parameters answers; `$in.a` is the value.
    fn ask(&mut self, params: Value, a: &str) -> Value {
        self.ask_as("list", params, a)
    }

    /// The same as another operation: `list` answers rows, `get` one.
    fn ask_as(&mut self, operation: &str, params: Value, a: &str) -> Value {
        let settings = json!({
            "channel": self.role.trim_start_matches("pipe_"), "name": "Rows", "shortname": "rows",
            "fields": [{"shortname": "n", "title": "N", "type": "json"}],
            "primary_field": "n", "preview_field": "n",
            "operations": {operation: {
                "input": [{"shortname": "a", "title": "A", "type": "string"}],
                "pipes": [
                    {"id": 1, "type": "sql_pipe", "params": params, "outs": {"success": 2, "error": 3}},
                    {"id": 2, "type": "result", "params": {"path": "$#in.sql_query"}},
                    {"id": 3, "type": "error", "params": {"code": 500, "message": "$error.code $error.message"}},
                ],
            }},
        });
        self.client.execute("SELECT entity_set($1)", &[&settings]).unwrap();
        let channel = self.role.trim_start_matches("pipe_").to_owned();
        let query = "SELECT entity_call($1, 'rows', $2, $3)";
        self.client.query_one(query, &[&channel, &operation, &json!({"a": a})]).unwrap().get(0)
    }

    fn query(&mut self, query: &str) -> Value {
        self.ask(json!({"connector_id": 0, "query": query}), "")
    }

    /// The error of a query, which is not to succeed.
    fn refused(&mut self, query: &str) -> String {
        self.query(query)["error_text"].as_str().unwrap().to_owned()
    }
}

impl Drop for Querying {
    fn drop(&mut self) {
        // The database goes with what the role owns.
        let role = &self.role;
        let gone = self.client.batch_execute(&format!("DROP OWNED BY {role} CASCADE"));
        if !std::thread::panicking() {
            gone.unwrap();
        }
    }
}

#[test]
fn rows_are_objects_with_exact_values() {
    let database = Database::new("workers_sql");
    let mut sql = Querying::begin(&database, "rows");
    let query = "SELECT 1.10 AS n, 9007199254740993 AS big, true AS b, '{\"k\": 1.50}'::jsonb AS j, \
                 date '2026-01-02' AS d, NULL::int AS nothing, $in.a::text AS a, length($in.a) AS length";
    let rows = sql.ask(json!({"connector_id": 0, "query": query}), "it's; DROP TABLE x --");
    let text = rows.to_string();
    for exact in [r#""n":1.10"#, r#""big":9007199254740993"#, r#""k":1.50"#] {
        assert!(text.contains(exact), "{text}");
    }
    assert_eq!(rows[0]["a"], "it's; DROP TABLE x --");
    assert_eq!((&rows[0]["length"], &rows[0]["b"], &rows[0]["d"]), (&json!(21), &json!(true), &json!("2026-01-02")));
    assert_eq!(rows[0]["nothing"], Value::Null);
    let first = json!({"connector_id": 0, "map": true, "query": "SELECT g AS n FROM generate_series(5, 7) g"});
    assert_eq!(sql.ask_as("get", first, ""), json!({"n": 5}));
}

#[test]
fn no_query_gets_rights_that_the_role_has_not() {
    let database = Database::new("workers_sql_rights");
    let mut sql = Querying::begin(&database, "rights");
    let role = sql.role.clone();
    let users = "SELECT session_user AS s, current_user AS u, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super";
    let own = json!([{"s": role, "u": role, "super": false}]);
    assert_eq!(sql.query(users), own);
    sql.client
        .batch_execute("CREATE TABLE hidden (n int); INSERT INTO hidden VALUES (1); DROP ROLE IF EXISTS pipe_other; CREATE ROLE pipe_other")
        .unwrap();
    assert!(sql.refused("SELECT n FROM hidden").starts_with("5 42501 "));
    // What is done with SET ROLE can be undone, down to the role itself and no further.
    for way in ["RESET ROLE", "RESET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION DEFAULT"] {
        assert_eq!(sql.query(way), json!([]), "{way}");
        assert_eq!(sql.query(users), own, "{way}");
        assert!(sql.refused(&format!("{way}; SELECT n FROM hidden")).starts_with("5 42501 "), "{way}");
    }
    for way in ["SET ROLE postgres", "SET SESSION AUTHORIZATION postgres", "SET ROLE pipe_other"] {
        assert!(sql.query(way)["error_text"].is_string(), "{way}");
    }
    sql.client.batch_execute("DROP ROLE pipe_other").unwrap();
}

#[test]
fn what_runs_at_the_commit_runs_as_the_role() {
    let database = Database::new("workers_sql_deferred");
    let mut sql = Querying::begin(&database, "deferred");
    let role = sql.role.clone();
    sql.client
        .batch_execute(&format!(
            "CREATE SCHEMA own AUTHORIZATION {role};
             CREATE TABLE public.hidden (n int);
             CREATE TABLE public.saw (who text, super boolean);
             GRANT INSERT, SELECT ON public.saw TO {role};"
        ))
        .unwrap();
    let made = [
        "CREATE TABLE own.t (n int)",
        "CREATE FUNCTION own.look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
         INSERT INTO public.saw SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user; RETURN NULL; END'",
        "CREATE FUNCTION own.break_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
         INSERT INTO public.hidden VALUES (1); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER look AFTER INSERT ON own.t DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION own.look()",
    ];
    for query in made {
        assert_eq!(sql.query(query), json!([]), "{query}");
    }
    assert_eq!(sql.query("INSERT INTO own.t VALUES (1) RETURNING n"), json!([{"n": 1}]));
    assert_eq!(sql.query("SELECT who, super FROM public.saw"), json!([{"who": role, "super": false}]));
    // One that reaches for more takes the whole query with it.
    let more = "CREATE CONSTRAINT TRIGGER more AFTER INSERT ON own.t DEFERRABLE INITIALLY DEFERRED \
                FOR EACH ROW EXECUTE FUNCTION own.break_out()";
    assert_eq!(sql.query(more), json!([]));
    assert!(sql.refused("INSERT INTO own.t VALUES (2)").starts_with("5 42501 "));
    assert_eq!(sql.query("SELECT n FROM own.t"), json!([{"n": 1}]));
}

#[test]
fn nothing_of_a_query_is_left_to_the_next() {
    let database = Database::new("workers_sql_clean");
    let mut sql = Querying::begin(&database, "clean");
    let runner = sql.query("SELECT pg_backend_pid() AS n");
    for query in ["SET search_path = nowhere", "CREATE TEMP TABLE t (n int)", "SELECT pg_advisory_lock(7) IS NULL AS n"]
    {
        assert!(sql.query(query).is_array(), "{query}");
    }
    let left = "SELECT current_setting('search_path') AS path, to_regclass('pg_temp.t') IS NULL AS no_table, \
                pg_backend_pid() AS n, (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks, \
                (SELECT backend_type FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS kind";
    let found = sql.query(left);
    assert_eq!(found[0]["n"], runner[0]["n"], "it is one process");
    assert_eq!((&found[0]["no_table"], &found[0]["locks"]), (&json!(true), &json!(0)));
    assert_ne!(found[0]["path"], "nowhere");
    assert_eq!(found[0]["kind"], "pg_member runner");
}

#[test]
fn a_query_that_fails_says_why_and_leaves_nothing() {
    let database = Database::new("workers_sql_fails");
    let mut sql = Querying::begin(&database, "fails");
    assert_eq!(sql.refused("SELECT 1 / 0 AS n"), "5 22012 division by zero");
    assert!(sql.refused("SELEC 1").starts_with("5 42601 "));
    assert_eq!(sql.refused("COMMIT"), "5 a query cannot begin or end transactions");
    assert!(sql.refused("SELECT g AS n FROM generate_series(1, 20000) g").starts_with("8 the answer has more than"));
    assert!(sql.refused("SELECT repeat('x', 20000000) AS n").starts_with("8 "));
    let ended = sql.refused("SELECT pg_terminate_backend(pg_backend_pid()) AS n");
    assert_eq!(ended, "7 read: the process that ran the query ended");
    assert_eq!(sql.query("SELECT 1 AS n"), json!([{"n": 1}]), "another has begun");
}

#[test]
fn a_query_takes_no_longer_than_it_may() {
    let database = Database::new("workers_sql_slow");
    let mut sql = Querying::begin(&database, "slow");
    let slow = |query: &str| json!({"connector_id": 0, "query": query, "query_timeout": 1});
    let said = sql.ask(slow("SELECT pg_sleep(3600) IS NULL AS n"), "");
    assert_eq!(said["error_text"], "5 57014 canceling statement due to statement timeout");
    assert_eq!(sql.query("SELECT 1 AS n"), json!([{"n": 1}]));
}

/// A way to the server's socket over TCP, as a server elsewhere would be reached.
fn door() -> u16 {
    let socket = format!("{}/.s.PGSQL.{}", from_suite("PG_MEMBER_HOST"), from_suite("PG_MEMBER_PORT"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for outer in listener.incoming().map_while(Result::ok) {
            let Ok(inner) = UnixStream::connect(&socket) else { continue };
            let (mut from, mut to) = (outer.try_clone().unwrap(), inner.try_clone().unwrap());
            std::thread::spawn(move || {
                _ = std::io::copy(&mut from, &mut to);
                _ = to.shutdown(Shutdown::Write);
            });
            let (mut from, mut to) = (inner, outer);
            std::thread::spawn(move || {
                _ = std::io::copy(&mut from, &mut to);
                _ = to.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

/// A connector to a database by this way.
fn connector(client: &mut Client, port: u16, database: &str, tls: Value) -> i64 {
    connector_to(client, "127.0.0.1", port, database, tls)
}

fn connector_to(client: &mut Client, host: &str, port: u16, database: &str, tls: Value) -> i64 {
    let settings = json!({
        "name": "elsewhere", "host": host, "port": port, "database": database, "user": "postgres", "tls": tls,
    });
    let query = "SELECT (connector_set($1) ->> 'id')::bigint";
    client.query_one(query, &[&settings]).unwrap().get(0)
}

#[test]
fn another_database_is_asked_through_a_connector() {
    let (database, port) = (Database::new("workers_sql_other"), door());
    let mut sql = Querying::begin(&database, "other");
    let id = connector(&mut sql.client, port, "postgres", json!(false));
    let ask = |query: &str| json!({"connector_id": id, "query": query});
    let rows = sql.ask(
        ask("SELECT current_database()::text AS db, $in.a AS a, $in.a = 'it''s \\ 1' AS same, 1.5 AS n, '{\"k\":[1]}'::json AS j"),
        "it's \\ 1",
    );
    assert_eq!(rows[0], json!({"db": "postgres", "a": "it's \\ 1", "same": true, "n": 1.5, "j": {"k": [1]}}));
    assert_eq!(sql.ask(ask("SELECT $in.a::int + 1 AS n"), "41"), json!([{"n": 42}]), "by the type that it has");
    // The session is used again, and nothing of one query is left to the next.
    let first = sql.ask(ask("SELECT pg_backend_pid() AS n"), "");
    assert!(sql.ask(ask("SET search_path = nowhere"), "").is_array());
    assert_ne!(sql.ask(ask("SHOW search_path"), "")[0]["search_path"], "nowhere");
    assert_eq!(sql.ask(ask("SELECT pg_backend_pid() AS n"), ""), first);
    let said = sql.ask(ask("SELECT 1 / 0 AS n"), "");
    assert_eq!(said["error_text"], "5 22012 division by zero");
    let said = sql.ask(ask("SELECT g AS n FROM generate_series(1, 20000) g"), "");
    assert_eq!(said["error_text"], "8 the answer has more than 10000 rows");
}

#[test]
fn a_connector_that_does_not_answer_is_a_failure() {
    let (database, port) = (Database::new("workers_sql_lost"), door());
    let mut sql = Querying::begin(&database, "lost");
    let mut said = |port, database, tls, query: &str| {
        let id = connector(&mut sql.client, port, database, tls);
        let params = json!({"connector_id": id, "query": query, "query_timeout": 1, "connection_timeout": 1});
        sql.ask(params, "")["error_text"].as_str().unwrap().to_owned()
    };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(said(closed, "postgres", json!(false), "SELECT 1 AS n"), "7 connect: the connection was refused");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port_of_silent = silent.local_addr().unwrap().port();
    assert_eq!(said(port_of_silent, "postgres", json!(false), "SELECT 1 AS n"), "7 timeout: no connection within 1 s");
    assert!(said(port, "nowhere", json!(false), "SELECT 1 AS n").starts_with("7 connect: 3D000 "));
    assert!(said(port, "postgres", json!({}), "SELECT 1 AS n").starts_with("7 tls: "), "TLS or nothing");
    let marked = "SELECT pg_sleep(3600) IS NULL AS n /* lost */";
    assert!(said(port, "postgres", json!(false), marked).starts_with("5 57014 "));
    let running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%* lost *%' \
                   AND pid <> pg_backend_pid()";
    until("the server gave it up", || sql.client.query_one(running, &[]).unwrap().get::<_, i64>(0) == 0);
}

/// A server that speaks TLS alone, with a certificate for `localhost`.
struct Secure {
    port: u16,
}

impl Secure {
    fn start(authority: &Authority) -> Secure {
        script("workers/server.sh", &["make", "secure"]);
        let data = PathBuf::from(from_suite("PG_MEMBER_ROOM")).join("secure/data");
        let (certificate, key) = authority.issue_pem();
        let owner = fs::metadata(&data).unwrap();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        fs::write(data.join("pg_hba.conf"), "hostssl all all all trust\nlocal all all trust\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (listen, port_of) = ("listen_addresses=localhost", format!("port={port}"));
        script("workers/server.sh", &["start", "secure", "-c", listen, "-c", &port_of, "-c", "ssl=on"]);
        Secure { port }
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        script("workers/server.sh", &["stop", "secure", "immediate"]);
    }
}

#[test]
fn a_connector_speaks_tls_with_whom_it_trusts() {
    let (database, authority) = (Database::new("workers_sql_tls"), Authority::new());
    let server = Secure::start(&authority);
    let mut sql = Querying::begin(&database, "tls");
    let mut ask = |host: &str, tls: Value| {
        let id = connector_to(&mut sql.client, host, server.port, "postgres", tls);
        let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        sql.ask(json!({"connector_id": id, "query": query, "connection_timeout": 10}), "")
    };
    assert_eq!(ask("localhost", json!({"ca": authority.pem()})), json!([{"ssl": true}]));
    assert_eq!(ask("localhost", json!({"verify": false})), json!([{"ssl": true}]));
    // Neither an authority that did not sign it, nor a name that it is not for.
    for (host, tls) in [
        ("localhost", json!({"ca": Authority::new().pem()})),
        ("localhost", json!(true)),
        ("127.0.0.1", json!({"ca": authority.pem()})),
    ] {
        let said = ask(host, tls)["error_text"].as_str().unwrap().to_owned();
        assert!(said.starts_with("7 tls: "), "{said}");
    }
    // In the clear it lets nobody in.
    let said = ask("localhost", json!(false))["error_text"].as_str().unwrap().to_owned();
    assert!(said.starts_with("7 connect: 28000 "), "{said}");
}
