//! SQL of pipelines: it runs as the stated role, within its limits, and nothing of it escapes (shapes.md 9).

use crate::common::*;

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
        Querying { client, role }
    }

    /// What an operation whose pipe has these parameters answers; `$in.a` is the value.
    fn ask(&mut self, params: Value, a: &str) -> Value {
        let settings = json!({
            "channel": self.role.trim_start_matches("pipe_"), "name": "Rows", "shortname": "rows",
            "output": [{"shortname": "n", "title": "N", "type": "json"}],
            "primary_field": "n", "preview_field": "n",
            "operations": {"list": {
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
        let query = "SELECT entity_call($1, 'rows', 'list', $2)";
        self.client.query_one(query, &[&channel, &json!({"a": a})]).unwrap().get(0)
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
    assert!(text.contains(r#""n":1.1"#) && text.contains("9007199254740993"), "{text}");
    assert_eq!(rows[0]["a"], "it's; DROP TABLE x --");
    assert_eq!((&rows[0]["length"], &rows[0]["b"], &rows[0]["d"]), (&json!(21), &json!(true), &json!("2026-01-02")));
    assert_eq!((&rows[0]["j"]["k"], &rows[0]["nothing"]), (&json!(1.5), &Value::Null));
    let first = json!({"connector_id": 0, "map": true, "query": "SELECT g AS n FROM generate_series(5, 7) g"});
    assert_eq!(sql.ask(first, ""), json!({"n": 5}));
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
        .batch_execute("CREATE TABLE hidden (n int); INSERT INTO hidden VALUES (1); CREATE ROLE pipe_other")
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
        "CREATE FUNCTION own.look() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN \
         INSERT INTO public.saw SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user; RETURN NULL; END $f$",
        "CREATE FUNCTION own.break_out() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN \
         INSERT INTO public.hidden VALUES (1); RETURN NULL; END $f$",
        "CREATE CONSTRAINT TRIGGER look AFTER INSERT ON own.t DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION own.look()",
    ];
    for query in made {
        assert_eq!(sql.query(&query.replace('$', "\\$")), json!([]), "{query}");
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
