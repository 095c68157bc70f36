//! Settings that change while the workers run, versions that do not agree, places for workers that are used up.

use crate::common::*;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Settings of the server, changed without a restart; they go back at the end.
pub struct Changed(Client);

impl Changed {
    pub fn new(changes: &[&str]) -> Changed {
        let mut changed = Changed(connect("postgres"));
        changed.set(changes);
        changed
    }

    fn set(&mut self, changes: &[&str]) {
        for change in changes {
            self.0.batch_execute(&format!("ALTER SYSTEM SET pg_member.{change}")).unwrap();
        }
        self.0.batch_execute("SELECT pg_reload_conf()").unwrap();
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        let reset = self.0.batch_execute("ALTER SYSTEM RESET ALL");
        let read = self.0.batch_execute("SELECT pg_reload_conf()");
        assert!(std::thread::panicking() || (reset.is_ok() && read.is_ok()));
    }
}

/// The account in the envelope of the event that came last.
fn last_account(target: &Target) -> Option<i64> {
    target
        .receiver
        .seen("/ok")
        .last()
        .and_then(|seen| events_of(seen).pop())
        .and_then(|event| event["account_id"].as_i64())
}

#[test]
fn a_changed_setting_is_used_without_a_restart() {
    let (database, target) = (Database::new("workers_reload"), Target::start());
    let mut client = database.connect();
    target.hook(&mut client, "/ok", r#"["member_change"]"#, "");
    target.hook(&mut client, "/ok/seven", r#"["member_change"]"#, r#", "db_id": 7"#);
    let mut n = 0;
    let mut change = |client: &mut Client| {
        n += 1;
        set(client, "anna@example.com", n);
        assert!(is_idle(client));
    };
    change(&mut client);
    change(&mut client);
    let process = dispatcher(&mut client, "client_workers_reload");
    assert_eq!((last_account(&target), target.events("/ok/seven").len()), (Some(1), 0));
    let changed = Changed::new(&["account_id = 42", "list_id = 7"]);
    until("both are used", || {
        change(&mut client);
        last_account(&target) == Some(42) && !target.events("/ok/seven").is_empty()
    });
    assert_eq!(target.events("/ok/seven").last().unwrap()["list_id"], 7);
    drop(changed);
    until("they are back", || {
        change(&mut client);
        last_account(&target) == Some(1)
    });
    assert_eq!(dispatcher(&mut client, "client_workers_reload"), process);
}

#[test]
fn inner_addresses_are_reached_only_while_that_is_allowed() {
    let (database, target) = (Database::new("workers_inner"), Target::start());
    let mut client = database.connect();
    let stubborn = r#", "retry": {"times": 1000, "period_sec": 1}, "breaker": {"failures": 0}"#;
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, stubborn);
    let mut changed = Changed::new(&["allow_private_addresses = off"]);
    let mut n = 0;
    let refused = "SELECT count(*) FROM member.hook_attempt WHERE state = 'address_not_allowed'";
    until("it is refused", || {
        n += 1;
        set(&mut client, &format!("person{n}@example.com"), 1);
        numbers(&mut client, refused)[0] > 0
    });
    let came = target.receiver.requests();
    set(&mut client, "last@example.com", 1);
    assert_eq!(target.receiver.requests(), came);
    changed.set(&["allow_private_addresses = on"]);
    if !standing(&mut client, hook).0 {
        client.execute("SELECT hook_resume($1)", &[&hook]).unwrap();
    }
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), usize::try_from(n).unwrap() + 1);
}

/// Runs something while others write without a pause.
fn under_load<R>(database: &Database, work: impl FnOnce() -> R) -> R {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for n in 0..3 {
            let (mut client, stop) = (database.connect(), &stop);
            scope.spawn(move || {
                let mut change = 0;
                while !stop.load(SeqCst) {
                    change += 1;
                    set(&mut client, &format!("writer{n}@example.com"), change);
                }
            });
        }
        // Writers end also when what is looked for never comes.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        stop.store(true, SeqCst);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn a_changed_setting_is_used_while_others_write_without_a_pause() {
    let (database, target) = (Database::new("workers_busy"), Target::start());
    let mut client = database.connect();
    target.hook(&mut client, "/ok", r#"["member_change"]"#, "");
    under_load(&database, || {
        until("events are sent", || last_account(&target) == Some(1));
        let _changed = Changed::new(&["account_id = 43"]);
        until("it is used", || last_account(&target) == Some(43));
    });
}

#[test]
fn notices_do_not_pile_up_while_others_write_without_a_pause() {
    let database = Database::new("workers_noticed");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    // Almost a page of the queue each.
    let notify = "SELECT pg_notify('pg_member', repeat('x', 7900)), pg_notification_queue_usage()";
    let mut usage = || client.query_one(notify, &[]).unwrap().get::<_, f64>(1);
    under_load(&database, || {
        // The server gives pages back some at a time: of a queue that is read the length goes up and down.
        let mut longest: f64 = 0.0;
        until("the queue is read", || {
            let length = usage();
            longest = longest.max(length);
            length < longest / 2.0
        });
    });
}

#[test]
fn a_dispatcher_of_another_version_than_the_extension_waits() {
    let database = Database::new("workers_skew");
    let (mut client, name) = (database.connect(), "client_workers_skew");
    assert!(is_idle(&mut client));
    let version: String =
        client.query_one("SELECT extversion FROM pg_extension WHERE extname = 'pg_member'", &[]).unwrap().get(0);
    let pretend = "UPDATE pg_extension SET extversion = $1 WHERE extname = 'pg_member'";
    client.execute(pretend, &[&"99.0"]).unwrap();
    let before = dispatcher(&mut client, name).unwrap();
    client.execute("SELECT pg_terminate_backend($1)", &[&before]).unwrap();
    until("it is seen", || state(&mut client, name).as_deref() == Some("version_skew"));
    set(&mut client, "anna@example.com", 1);
    let done: bool = client.query_one("SELECT member_wait_idle('0.1s')", &[]).unwrap().get(0);
    assert!(!done && ordered(&mut client).is_empty());
    client.execute(pretend, &[&version]).unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 1);
}
