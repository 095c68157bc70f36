//! What the tests of the workers share: waiting, a receiver with hooks to it, and looking into the log.

pub use crate::receiver::{Receiver, Seen};
pub use crate::support::{Database, connect};
pub use postgres::Client;
pub use serde_json::{Value, json};
use std::process::Command;
pub use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long a condition may take to come true before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A setting that `tests/workers/run.sh` passes.
pub fn from_suite(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test ONLY=workers`"))
}

/// Runs a script of `tests/` and gives what it printed.
pub fn script(name: &str, arguments: &[&str]) -> String {
    let path = format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    let done = Command::new(path).args(arguments).output().unwrap();
    assert!(done.status.success(), "{name} {arguments:?}: {done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// Looks until the condition holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// Looks until there is something.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut found = None;
    until(what, || {
        found = look();
        found.is_some()
    });
    found.unwrap()
}

/// A receiver, and what it runs on.
pub struct Target {
    pub receiver: Receiver,
    _runtime: Runtime,
}

impl Target {
    pub fn start() -> Target {
        let runtime = Runtime::new().unwrap();
        let receiver = runtime.block_on(Receiver::start());
        Target { receiver, _runtime: runtime }
    }

    /// Makes a hook that sends these events to a path; `more` are further settings.
    pub fn hook(&self, client: &mut Client, path: &str, events: &str, more: &str) -> i64 {
        let url = self.receiver.url(path);
        let request = format!(
            r#"{{"name": "test", "events": {events}, "transport": {{"type": "http_batch", "url": "{url}", "timeout_sec": 1, "signing_secret": "whsec_bXktc2VjcmV0"}} {more}}}"#
        );
        hook_set(client, &request)
    }

    /// The events that came to a path, in order.
    pub fn events(&self, path: &str) -> Vec<Value> {
        self.receiver.seen(path).iter().flat_map(events_of).collect()
    }
}

/// The events of a request.
pub fn events_of(seen: &Seen) -> Vec<Value> {
    serde_json::from_str(&seen.body).unwrap()
}

/// Makes or changes a hook; its number.
pub fn hook_set(client: &mut Client, request: &str) -> i64 {
    client.query_one("SELECT (hook_set($1::text::jsonb) ->> 'id')::bigint", &[&request]).unwrap().get(0)
}

/// Whether a hook sends, and why not.
pub fn standing(client: &mut Client, hook: i64) -> (bool, Option<String>) {
    let row = client.query_one("SELECT h ->> 'active', h ->> 'reason' FROM hook_get($1) h", &[&hook]).unwrap();
    (row.get::<_, String>(0) == "true", row.get(1))
}

/// Sets the datakey `n` of a person, who is made if need be.
pub fn set(client: &mut Client, person: &str, n: i32) {
    let program = format!(r#"[["n", "set", {n}]]"#);
    client.execute("SELECT member_set($1, $2::text::jsonb)", &[&person, &program]).unwrap();
}

/// Waits until the workers of the database have nothing left to do.
pub fn is_idle(client: &mut Client) -> bool {
    client.query_one("SELECT member_wait_idle('60s')", &[]).unwrap().get(0)
}

/// The events of the order, by position: their numbers.
pub fn ordered(client: &mut Client) -> Vec<i64> {
    numbers(client, "SELECT unnest(ids) FROM member.event_order ORDER BY pos")
}

/// The one column of a query.
pub fn numbers(client: &mut Client, query: &str) -> Vec<i64> {
    client.query(query, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}

/// The process of a database's dispatcher.
pub fn dispatcher(client: &mut Client, database: &str) -> Option<i32> {
    let row = client
        .query_opt("SELECT pid FROM member_workers() WHERE worker = 'dispatcher' AND database = $1", &[&database])
        .unwrap();
    row.and_then(|row| row.get(0))
}

/// The state that is shown of a database's dispatcher.
pub fn state(client: &mut Client, database: &str) -> Option<String> {
    let query = "SELECT state FROM member_workers() WHERE worker = 'dispatcher' AND database = $1";
    client.query_opt(query, &[&database]).unwrap().map(|row| row.get(0))
}

/// Has the dispatcher do nothing from now on, as after an update without a restart.
pub fn hold_dispatcher(client: &mut Client, name: &str) {
    client.batch_execute("UPDATE pg_extension SET extversion = '99.0' WHERE extname = 'pg_member'").unwrap();
    let process = dispatcher(client, name).unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&process]).unwrap();
    until("it is held", || state(client, name).as_deref() == Some("version_skew"));
}

/// Has the dispatcher go on after [`hold_dispatcher`].
pub fn release_dispatcher(client: &mut Client) {
    client.batch_execute("UPDATE pg_extension SET extversion = '0.1.0' WHERE extname = 'pg_member'").unwrap();
}

/// Ends the dispatcher, and waits for the next one.
pub fn restart_dispatcher(client: &mut Client, name: &str) {
    let before = dispatcher(client, name).unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&before]).unwrap();
    until("there is another one", || dispatcher(client, name).is_some_and(|process| process != before));
}

/// Waits until the dispatcher sleeps: one that finds something due of itself never does for so long.
pub fn until_it_rests(client: &mut Client) {
    let rests = "SELECT count(*) FROM pg_stat_activity
                  WHERE backend_type = 'pg_member dispatcher' AND datname = current_database()
                    AND state = 'idle' AND clock_timestamp() - state_change > '0.5s'";
    until("the dispatcher rests", || numbers(client, rests) == [1]);
}

/// Damages the event of a person as no call can; the dispatcher is held meanwhile.
pub fn damage(client: &mut Client, person: i64) {
    client
        .batch_execute(&format!(
            "CREATE CAST (jsonb AS bytea) WITHOUT FUNCTION;
             CREATE CAST (bytea AS jsonb) WITHOUT FUNCTION;
             UPDATE member.event SET body = substring(body::bytea FROM 1 FOR 6)::jsonb WHERE dataset = {person};
             DROP CAST (jsonb AS bytea);
             DROP CAST (bytea AS jsonb)"
        ))
        .unwrap();
}

/// Makes persons from one number to another.
pub fn make_persons(client: &mut Client, from: i64, to: i64) {
    let query =
        "SELECT member_set('person' || i || '@example.com', '[]') FROM generate_series($1::bigint, $2::bigint) i";
    client.execute(query, &[&from, &to]).unwrap();
}

/// The persons whose events came to a path, in order.
pub fn persons(target: &Target, path: &str) -> Vec<i64> {
    let number = |event: &Value| i64::from_str_radix(event["profile_id"].as_str().unwrap(), 16).unwrap();
    target.events(path).iter().map(number).collect()
}

/// All persons in the order of their events, which is that of their numbers.
pub fn all_persons(client: &mut Client) -> Vec<i64> {
    numbers(client, "SELECT dataset FROM member.event ORDER BY id")
}
