//! Databases that are copied, renamed and dropped, extensions too, while their workers run.

use crate::common::*;

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
