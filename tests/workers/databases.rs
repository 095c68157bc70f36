//! Databases that are copied, renamed and dropped, extensions too, while their workers run.

use crate::common::*;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

#[test]
fn databases_with_workers_can_be_renamed_copied_and_dropped() {
    let database = Database::new("workers_utility");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    drop(client);
    let mut admin = connect("postgres");
    admin.batch_execute("CREATE DATABASE workers_copy TEMPLATE client_workers_utility").unwrap();
    admin.batch_execute("ALTER DATABASE workers_copy RENAME TO workers_renamed").unwrap();
    let mut copy = connect("workers_renamed");
    assert!(is_idle(&mut copy));
    drop(copy);
    admin.batch_execute("DROP DATABASE workers_renamed").unwrap();
}

#[test]
fn hooks_of_a_copied_database_do_not_send() {
    let (database, target) = (Database::new("workers_copied"), Target::start());
    let mut client = database.connect();
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    drop(client);
    let mut admin = connect("postgres");
    admin.batch_execute("CREATE DATABASE workers_twin TEMPLATE client_workers_copied").unwrap();
    let mut twin = connect("workers_twin");
    set(&mut twin, "boris@example.com", 1);
    assert!(is_idle(&mut twin));
    let row = twin.query_one("SELECT active, reason FROM member.hook", &[]).unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, String>(1).as_str()), (false, "copied"));
    let lives: Vec<i32> = twin
        .query("SELECT DISTINCT life FROM member.event ORDER BY 1", &[])
        .unwrap()
        .iter()
        .map(|r| r.get(0))
        .collect();
    assert!(!lives.is_empty());
    assert_eq!(ordered(&mut twin).len(), 2, "what was written before the copy was looked at has its place too");
    drop(twin);
    admin.batch_execute("DROP DATABASE workers_twin").unwrap();
    assert_eq!(target.events("/ok").len(), 1);
}

#[test]
fn the_extension_can_be_dropped_and_made_again_under_its_dispatcher() {
    let database = Database::new("workers_extension");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    client.batch_execute("DROP EXTENSION pg_member CASCADE").unwrap();
    client.batch_execute("DROP SCHEMA IF EXISTS member CASCADE; CREATE EXTENSION pg_member").unwrap();
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 1);
}

/// Writes events until it is told to stop or what it writes to is gone; how many were committed.
fn write_until(stop: &AtomicBool, name: &str, first: i32) -> i32 {
    let mut client = connect(name);
    let mut n = 0;
    while !stop.load(SeqCst) {
        let person = format!("person{}@example.com", first + n);
        if client.execute("SELECT member_set($1, '[]')", &[&person]).is_err() {
            break;
        }
        n += 1;
    }
    n
}

#[test]
fn extension_and_database_can_be_dropped_while_events_are_written_and_sent() {
    let target = Target::start();
    let mut admin = connect("postgres");
    admin.batch_execute("CREATE DATABASE workers_loaded").unwrap();
    let database = Database::new("workers_bystander");
    let mut bystander = database.connect();
    let launcher = "SELECT pid::bigint FROM member_workers() WHERE worker = 'launcher'";
    let began = numbers(&mut bystander, launcher);
    for whole in [false, true] {
        let mut client = connect("workers_loaded");
        client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_member").unwrap();
        target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
        target.hook(&mut client, "/hang", r#"["member_new"]"#, "");
        let (came, hung) = (target.events("/ok").len(), target.receiver.seen("/hang").len());
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..3)
                .map(|n| {
                    scope.spawn({
                        let stop = &stop;
                        move || write_until(stop, "workers_loaded", n * 1_000_000)
                    })
                })
                .collect();
            until("events are sent", || {
                target.events("/ok").len() > came && target.receiver.seen("/hang").len() > hung
            });
            if whole {
                drop(client);
                admin.batch_execute("DROP DATABASE workers_loaded WITH (FORCE)").unwrap();
            } else {
                // Writers hold what it needs: one of them may be the reason to try again.
                until("the extension is dropped", || {
                    client
                        .batch_execute("DROP EXTENSION pg_member CASCADE; DROP SCHEMA IF EXISTS member CASCADE")
                        .is_ok()
                });
            }
            stop.store(true, SeqCst);
            assert!(writers.into_iter().map(|writer| writer.join().unwrap()).sum::<i32>() > 0);
        });
        until("its workers are gone", || dispatcher(&mut bystander, "workers_loaded").is_none());
        // The server went on: the launcher is the one of before, and other databases are served.
        assert_eq!(numbers(&mut bystander, launcher), began);
        set(&mut bystander, "anna@example.com", i32::from(whole));
        assert!(is_idle(&mut bystander));
    }
}
