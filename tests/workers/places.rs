//! Places for workers that are used up: calls go on, and the workers come when there is a place again.

use crate::common::*;

/// The server with only so many places for workers; at the end it has all of them again.
struct Crowded;

impl Crowded {
    fn restart(mode: &str, option: &[&str]) {
        script("workers/server.sh", &["stop", "workers", mode]);
        script("workers/server.sh", &[&["start", "workers"], option].concat());
    }

    /// One place beside those of our launcher and of the server's own for replication.
    fn new() -> Crowded {
        Crowded::restart("fast", &["-c", "max_worker_processes=3"]);
        Crowded
    }
}

impl Drop for Crowded {
    fn drop(&mut self) {
        Crowded::restart("immediate", &[]);
    }
}

/// Two databases for which there is one place: the one that has it, the other and its name.
fn contest(first: &'static str, second: &'static str) -> (Database, Database, String, Crowded) {
    let (one, other) = (Database::new(first), Database::new(second));
    let crowded = Crowded::new();
    let name = |name: &str| format!("client_{name}");
    let mut looking = one.connect();
    until("one of them runs", || [first, second].iter().any(|one| dispatcher(&mut looking, &name(one)).is_some()));
    match dispatcher(&mut looking, &name(first)) {
        Some(_) => (one, other, name(second), crowded),
        None => (other, one, name(first), crowded),
    }
}

#[test]
fn without_a_place_for_a_worker_calls_work_and_events_wait_for_one() {
    let (served, waiting, _, _crowded) = contest("workers_place", "workers_no_place");
    let mut client = waiting.connect();
    set(&mut client, "anna@example.com", 1);
    set(&mut client, "anna@example.com", 2);
    assert!(ordered(&mut client).is_empty());
    drop(served);
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client), numbers(&mut client, "SELECT id FROM member.event ORDER BY id"));
}

#[test]
fn that_there_is_no_place_for_a_worker_is_shown() {
    let (_served, waiting, name, _crowded) = contest("workers_shown", "workers_not_shown");
    let mut client = waiting.connect();
    until("it is shown", || state(&mut client, &name).as_deref() == Some("no_slot"));
}
