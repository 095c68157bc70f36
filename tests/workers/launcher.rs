//! The launcher: it notices a new extension, and one that dies leaves nobody behind.

use crate::common::*;

fn launcher(client: &mut Client) -> Option<i32> {
    client.query_one("SELECT pid FROM member_workers() WHERE worker = 'launcher'", &[]).unwrap().get(0)
}

#[test]
fn create_extension_wakes_the_launcher() {
    let database = Database::new("workers_created");
    let mut client = database.connect();
    client.batch_execute("DROP EXTENSION pg_member CASCADE").unwrap();
    let alone = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("the workers have gone", || numbers(&mut client, alone) == [0]);
    client.batch_execute("CREATE EXTENSION pg_member").unwrap();
    // The round through all databases comes once a minute, which is longer than this waits.
    until("a dispatcher runs", || dispatcher(&mut client, "client_workers_created").is_some());
}

#[test]
fn a_launcher_that_ends_leaves_one_dispatcher_to_each_database() {
    let database = Database::new("workers_orphan");
    let mut client = database.connect();
    assert!(is_idle(&mut client));
    for _ in 0..3 {
        let before = launcher(&mut client).unwrap();
        client.execute("SELECT pg_terminate_backend($1)", &[&before]).unwrap();
        until("another launcher runs", || launcher(&mut client).is_some_and(|now| now != before));
        set(&mut client, "anna@example.com", before);
        assert!(is_idle(&mut client));
        let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'pg_member dispatcher'";
        assert_eq!(numbers(&mut client, running), [1]);
    }
    assert_eq!(ordered(&mut client), numbers(&mut client, "SELECT id FROM member.event ORDER BY id"));
}

#[test]
fn a_call_that_waits_has_its_database_looked_at_now() {
    let target = Target::start();
    // Nothing was committed in it yet that would wake anybody.
    let database = Database::new("workers_unknown");
    let mut client = database.connect();
    let request = json!({"users.url": target.receiver.url("/people.csv")});
    let probe: Value = client.query_one("SELECT member_import_probe($1)", &[&request]).unwrap().get(0);
    assert_eq!(probe["rows"], json!([["anna@example.com", "Anna"]]), "{probe}");
    // Where there is no extension nobody is waited for.
    client.batch_execute("DROP EXTENSION pg_member CASCADE").unwrap();
    let alone = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("the workers have gone", || numbers(&mut client, alone) == [0]);
    let refused = client
        .batch_execute(
            "BEGIN; CREATE EXTENSION pg_member; SELECT member_import_probe('{\"users.url\": \"http://localhost/x\"}')",
        )
        .unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().message(), "error/worker/absent");
}
