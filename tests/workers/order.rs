//! The order of the log: what is committed gets positions, in the order of the changes, and nobody waits for others.

use crate::common::*;

#[test]
fn committed_events_get_positions_and_rolled_back_ones_do_not() {
    let database = Database::new("workers_order");
    let mut client = database.connect();
    set(&mut client, "one@example.com", 1);
    let mut transaction = client.transaction().unwrap();
    transaction.execute("SELECT member_set('gone@example.com', '[]')", &[]).unwrap();
    transaction.rollback().unwrap();
    client
        .batch_execute(
            "BEGIN; SELECT member_set('two@example.com', '[]'); SAVEPOINT s; SELECT member_set('no@example.com', '[]');
             ROLLBACK TO s; SAVEPOINT t; SELECT member_set('three@example.com', '[]'); RELEASE t; COMMIT",
        )
        .unwrap();
    assert!(is_idle(&mut client));
    let written: Vec<i64> =
        client.query("SELECT id FROM member.event ORDER BY id", &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(written.len(), 3);
    assert_eq!(ordered(&mut client), written);
}

#[test]
fn an_open_transaction_delays_only_its_own_events() {
    let database = Database::new("workers_open");
    let (mut client, mut slow, mut elsewhere) = (database.connect(), database.connect(), connect("postgres"));
    // One that has an id in this database, and one in another.
    elsewhere.batch_execute("BEGIN; SELECT pg_current_xact_id()").unwrap();
    slow.batch_execute("BEGIN; SELECT member_set('slow@example.com', '[]')").unwrap();
    set(&mut client, "quick@example.com", 1);
    set(&mut client, "quick@example.com", 2);
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 2);
    slow.batch_execute("COMMIT").unwrap();
    assert!(is_idle(&mut client));
    let all = ordered(&mut client);
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], *all.iter().min().unwrap(), "the slow one was written first and came last");
    elsewhere.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn a_prepared_transaction_is_told_when_it_commits() {
    let database = Database::new("workers_prepared");
    let mut client = database.connect();
    client
        .batch_execute("BEGIN; SELECT member_set('later@example.com', '[]'); PREPARE TRANSACTION 'workers_prepared'")
        .unwrap();
    assert!(is_idle(&mut client));
    assert!(ordered(&mut client).is_empty());
    client.batch_execute("COMMIT PREPARED 'workers_prepared'").unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(ordered(&mut client).len(), 1);
}

#[test]
fn two_changes_of_one_person_come_in_their_order_whatever_their_transactions_numbers() {
    let database = Database::new("workers_person");
    let (mut first, mut second) = (database.connect(), database.connect());
    set(&mut first, "anna@example.com", 0);
    // The later transaction has the smaller number.
    first.batch_execute("BEGIN; SELECT pg_current_xact_id()").unwrap();
    set(&mut second, "anna@example.com", 1);
    first.batch_execute(r#"SELECT member_set('anna@example.com', '[["n", "set", 2]]'); COMMIT"#).unwrap();
    assert!(is_idle(&mut first));
    let versions: Vec<i64> = first
        .query(
            "SELECT e.version FROM member.event_order o, unnest(o.ids) WITH ORDINALITY AS n (id, place)
             JOIN member.event e ON e.id = n.id ORDER BY o.pos, n.place",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(versions, [1, 2, 3]);
}

#[test]
fn a_client_notice_wakes_the_dispatcher() {
    let database = Database::new("workers_notify");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    let asleep = || "SELECT state FROM member_workers() WHERE worker = 'dispatcher' AND database = current_database()";
    until("it sleeps", || client.query_one(asleep(), &[]).unwrap().get::<_, String>(0) == "idle");
    client.batch_execute("NOTIFY pg_member").unwrap();
    let usage = "SELECT pg_notification_queue_usage()";
    until("the queue is taken", || client.query_one(usage, &[]).unwrap().get::<_, f64>(0) == 0.0);
}

#[test]
fn a_transaction_of_another_database_delays_nothing_here() {
    let (database, other) = (Database::new("workers_here"), Database::new("workers_there"));
    let (mut client, mut elsewhere) = (database.connect(), other.connect());
    let target = Target::start();
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    elsewhere.batch_execute("BEGIN; SELECT member_set('there@example.com', '[]')").unwrap();
    let held: i64 = elsewhere.query_one("SELECT pg_current_xact_id()::text::bigint", &[]).unwrap().get(0);
    for n in 0..20 {
        set(&mut client, &format!("person{n}@example.com"), n);
    }
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 20);
    let oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    assert_eq!(numbers(&mut elsewhere, oldest), [held], "it is the oldest all the while");
    elsewhere.batch_execute("COMMIT").unwrap();
    assert!(is_idle(&mut elsewhere));
    assert_eq!(ordered(&mut elsewhere).len(), 1);
}

#[test]
fn a_writer_that_rests_in_its_transaction_delays_none_of_five_thousand() {
    let (database, target) = (Database::new("workers_resting"), Target::start());
    let (mut client, mut resting) = (database.connect(), database.connect());
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    resting.batch_execute("BEGIN; SELECT member_set('resting@example.com', '[]')").unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let mut client = database.connect();
            scope.spawn(move || {
                for n in 0..1250 {
                    set(&mut client, &format!("person{writer}-{n}@example.com"), n);
                }
            });
        }
    });
    assert!(is_idle(&mut client));
    let came = target.events("/ok");
    assert_eq!((came.len(), ordered(&mut client).len()), (5000, 5000));
    resting.batch_execute("COMMIT").unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 5001);
    let all: std::collections::HashSet<i64> = ordered(&mut client).into_iter().collect();
    assert_eq!(all.len(), 5001, "each has one position");
}

#[test]
fn a_prepared_transaction_outlives_a_restart_and_is_told_when_it_commits() {
    let (database, target) = (Database::new("workers_twophase"), Target::start());
    let mut client = database.connect();
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    client
        .batch_execute("BEGIN; SELECT member_set('later@example.com', '[]'); PREPARE TRANSACTION 'workers_twophase'")
        .unwrap();
    set(&mut client, "before@example.com", 1);
    assert!(is_idle(&mut client));
    for mode in ["fast", "immediate"] {
        drop(client);
        script("workers/server.sh", &["stop", "workers", mode]);
        script("workers/server.sh", &["start", "workers"]);
        client = database.connect();
        set(&mut client, &format!("{mode}@example.com"), 1);
        assert!(is_idle(&mut client));
    }
    assert_eq!(target.events("/ok").len(), 3);
    client.batch_execute("COMMIT PREPARED 'workers_twophase'").unwrap();
    assert!(is_idle(&mut client));
    let first = numbers(&mut client, "SELECT id FROM member.event ORDER BY id LIMIT 1")[0];
    assert_eq!(ordered(&mut client).last(), Some(&first), "it was written first and came last");
    assert_eq!(target.events("/ok").len(), 4);
}
