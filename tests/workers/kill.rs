//! Processes that are killed: nothing is lost, and what comes twice is known by the id of its batch.

use crate::common::*;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

#[test]
fn a_server_that_is_killed_loses_nothing() {
    let (database, target) = (Database::new("workers_killed"), Target::start());
    let mut client = database.connect();
    let name = "client_workers_killed";
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    let mut written = 0;
    for round in 0..3 {
        for _ in 0..200 {
            set(&mut client, &format!("person{written}@example.com"), written);
            written += 1;
        }
        let pid = dispatcher(&mut client, name).unwrap();
        // SIGKILL in the first rounds, which has the server start anew; then a polite end.
        if round < 2 {
            assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
        } else {
            client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
        }
        until("the server has noticed", || client.simple_query("SELECT 1").is_err() || round == 2);
        until("the server answers again", || match database.try_connect() {
            Some(fresh) => {
                client = fresh;
                true
            }
            None => false,
        });
        until("another dispatcher runs", || dispatcher(&mut client, name).is_some_and(|now| now != pid));
    }
    assert!(is_idle(&mut client));
    let mut times: HashMap<String, Vec<String>> = HashMap::new();
    for seen in target.receiver.seen("/ok") {
        for event in events_of(&seen) {
            let profile = event["profile_id"].as_str().unwrap().to_owned();
            times.entry(profile).or_default().push(seen.header("webhook-id").to_owned());
        }
    }
    assert_eq!(times.len(), usize::try_from(written).unwrap(), "nothing is lost");
    for batches in times.values() {
        assert!(batches.iter().all(|batch| batch == &batches[0]), "what comes twice comes in the same batch");
    }
}

/// How many changes the writers make, at least, and how many of them are ordered before each blow.
const CHANGES: usize = 100_000;
const SHARE: usize = (CHANGES / BLOWS.len()).next_multiple_of(AT_ONCE);
/// Persons that they change, and how many in one transaction.
const PERSONS: usize = 500;
const AT_ONCE: usize = 250;
const WRITERS: usize = 6;
const CHANGE: &str = "
    SELECT member_set('person' || i || '@example.com', jsonb_build_array(jsonb_build_array('n', 'set', nextval('change'))))
      FROM generate_series($1::bigint, $2::bigint) i";

/// What happens to the server.
#[derive(Clone, Copy, Debug)]
enum Blow {
    KillDispatcher,
    KillBackend,
    StopAtOnce,
    EndDispatcher,
}

/// All blows: each kind several times.
const BLOWS: [Blow; 22] = {
    use Blow::*;
    [
        KillDispatcher,
        EndDispatcher,
        KillBackend,
        StopAtOnce,
        EndDispatcher,
        KillDispatcher,
        StopAtOnce,
        KillBackend,
        EndDispatcher,
        StopAtOnce,
        KillDispatcher,
        EndDispatcher,
        KillBackend,
        EndDispatcher,
        KillDispatcher,
        StopAtOnce,
        EndDispatcher,
        KillDispatcher,
        KillBackend,
        EndDispatcher,
        StopAtOnce,
        KillDispatcher,
    ]
};

/// A number below a limit that is another in every run.
fn any_below(limit: usize) -> usize {
    usize::try_from(RandomState::new().build_hasher().finish()).unwrap() % limit
}

/// A session, as soon as there can be one. One at a time knocks: the others would keep the server from recovering.
fn reconnect(database: &Database) -> Client {
    static DOOR: Mutex<()> = Mutex::new(());
    let _one = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
    wait_for("the server answers", || database.try_connect())
}

/// Makes the changes that are ordered, each order a transaction; one that is cut off is begun again.
fn write_on(database: &Database, orders: &Mutex<Receiver<()>>, written: &AtomicUsize) {
    let mut client = reconnect(database);
    let next = || orders.lock().unwrap().recv().is_ok();
    while next() {
        let first = any_below(PERSONS - AT_ONCE) as i64;
        let last = first + AT_ONCE as i64 - 1;
        while client.execute(CHANGE, &[&first, &last]).is_err() {
            client = reconnect(database);
        }
        written.fetch_add(AT_ONCE, SeqCst);
    }
}

/// The process of another session of this database.
fn backend(client: &mut Client) -> Option<i32> {
    let query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                    AND backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1";
    client.query_opt(query, &[]).unwrap().map(|row| row.get(0))
}

/// Strikes, and waits until the server can be talked to again.
fn strike(blow: Blow, client: &mut Client, database: &Database, name: &str) {
    let ended = |client: &mut Client| client.simple_query("SELECT 1").is_err();
    match blow {
        Blow::KillDispatcher | Blow::KillBackend => {
            let pid = match blow {
                Blow::KillDispatcher => wait_for("there is a dispatcher", || dispatcher(client, name)),
                _ => wait_for("there is a backend", || backend(client)),
            };
            assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
            until("the server has noticed", || ended(client));
        }
        Blow::StopAtOnce => {
            script("workers/server.sh", &["stop", "workers", "immediate"]);
            script("workers/server.sh", &["start", "workers"]);
        }
        Blow::EndDispatcher => {
            let pid = wait_for("there is a dispatcher", || dispatcher(client, name));
            client.execute("SELECT pg_terminate_backend($1)", &[&pid]).unwrap();
        }
    }
    if ended(client) {
        *client = reconnect(database);
    }
}

/// The changes of each person, in their order: by the numbers of bodies, what `n` became.
fn changes_made(client: &mut Client) -> BTreeMap<i64, Vec<i64>> {
    let rows = client.query(
        "SELECT dataset, (body #>> '{event_data,changed,0,old}')::bigint, (body #>> '{event_data,changed,0,new}')::bigint
           FROM member.event WHERE event_type = 'member_change' ORDER BY dataset, version",
        &[],
    );
    let mut made: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in rows.unwrap() {
        let changes = made.entry(row.get(0)).or_default();
        assert_eq!(changes.last().copied(), row.get::<_, Option<i64>>(1), "each begins where the one before ended");
        changes.push(row.get(2));
    }
    made
}

/// What came to a path, each change where it came first. What came twice came in the same batch.
fn changes_told(target: &Target, path: &str) -> BTreeMap<i64, Vec<i64>> {
    let mut told: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut batches: HashMap<String, String> = HashMap::new();
    let mut carried: HashMap<i64, String> = HashMap::new();
    for seen in target.receiver.seen(path) {
        let id = seen.header("webhook-id").to_owned();
        if let Some(before) = batches.get(&id) {
            assert_eq!(*before, seen.body, "a batch is the same in every attempt");
            continue;
        }
        for event in events_of(&seen) {
            let n = event["event_data"]["changed"][0]["new"].as_i64().unwrap();
            assert_eq!(carried.insert(n, id.clone()), None, "an event is in one batch");
            let dataset = i64::from_str_radix(event["profile_id"].as_str().unwrap(), 16).unwrap();
            told.entry(dataset).or_default().push(n);
        }
        batches.insert(id, seen.body);
    }
    told
}

#[test]
fn a_hundred_thousand_changes_survive_whatever_is_killed() {
    let (database, target) = (Database::new("workers_storm"), Target::start());
    let name = "client_workers_storm";
    let mut client = database.connect();
    client.batch_execute("CREATE SEQUENCE change").unwrap();
    let people =
        format!("SELECT member_set('person' || i || '@example.com', '[]') FROM generate_series(0, {}) i", PERSONS - 1);
    client.batch_execute(&people).unwrap();
    let stubborn = r#", "retry": {"times": 1000, "period_sec": 0}, "breaker": {"failures": 0}"#;
    for (path, more) in
        [("/ok", ""), ("/flaky-held", ""), ("/flaky-free", r#", "on_failure": "go_on", "concurrency": 4"#)]
    {
        target.hook(&mut client, path, r#"["member_change"]"#, &format!("{stubborn}{more}"));
    }
    let (database, written) = (&database, &AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let (order, orders) = channel();
        let orders = Arc::new(Mutex::new(orders));
        for _ in 0..WRITERS {
            let orders = orders.clone();
            scope.spawn(move || write_on(database, &orders, written));
        }
        for blow in BLOWS {
            let (enough, sent) = (written.load(SeqCst) + any_below(SHARE), target.receiver.requests() + any_below(5));
            (0..SHARE / AT_ONCE).for_each(|_| order.send(()).unwrap());
            until("enough is written", || written.load(SeqCst) >= enough);
            until("some are sent", || target.receiver.requests() >= sent);
            strike(blow, &mut client, database, name);
        }
    });
    let mut client = reconnect(database);
    assert!(is_idle(&mut client));
    let made = changes_made(&mut client);
    assert!(made.values().map(Vec::len).sum::<usize>() >= CHANGES);
    for path in ["/ok", "/flaky-held"] {
        assert!(changes_told(&target, path) == made, "{path}: nothing is lost, each person's changes in their order");
    }
    let sorted = |mut changes: BTreeMap<i64, Vec<i64>>| {
        changes.values_mut().for_each(|changes| changes.sort_unstable());
        changes
    };
    assert!(sorted(changes_told(&target, "/flaky-free")) == sorted(made), "nothing is lost");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.hook_batch"), [0]);
    let mut placed = ordered(&mut client);
    placed.sort_unstable();
    assert_eq!(placed, numbers(&mut client, "SELECT id FROM member.event ORDER BY id"), "each has one position");
}

#[test]
fn a_launcher_that_is_ended_leaves_one_dispatcher_for_each_database() {
    let (database, name) = (Database::new("workers_launcher"), "client_workers_launcher");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    let launcher = "SELECT pid::bigint FROM member_workers() WHERE worker = 'launcher'";
    let before = numbers(&mut client, launcher);
    client.execute("SELECT pg_terminate_backend($1)", &[&i32::try_from(before[0]).unwrap()]).unwrap();
    until("another launcher runs", || numbers(&mut client, launcher) != before);
    until("it has looked at the database", || state(&mut client, name).is_some_and(|state| state != "starting"));
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let running = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND backend_type = 'pg_member dispatcher'";
    assert_eq!(numbers(&mut client, running), [1]);
}
