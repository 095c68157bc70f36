//! A dump that is restored in another cluster: nothing is sent until somebody says so, then all that was not, once.

use crate::cluster::Cluster;
use crate::common::*;

/// The first transaction of a new segment of the server's commit log: far beyond those of a cluster made a moment ago.
const FAR: &str = "1048576";

/// Uses up numbers of transactions, so that those of the next events are beyond a fresh cluster's.
fn use_up_transactions(client: &mut Client, count: i32) {
    let each = format!("DO $$ BEGIN FOR i IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    client.batch_execute(&each).unwrap();
}

/// Every event has one position.
fn assert_all_placed(client: &mut Client) {
    assert_eq!(ordered(client), numbers(client, "SELECT id FROM member.event ORDER BY id"));
}

#[test]
fn a_dump_goes_on_in_another_cluster_where_it_stopped_in_the_first() {
    let (database, target, name) = (Database::new("workers_dumped"), Target::start(), "client_workers_dumped");
    let mut client = database.connect();
    use_up_transactions(&mut client, 3000);
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    make_persons(&mut client, 1, 50);
    assert!(is_idle(&mut client));
    hold_dispatcher(&mut client, name);
    make_persons(&mut client, 51, 100);
    assert_eq!(ordered(&mut client).len(), 50);

    let second = Cluster::start("second", &[]);
    script("workers/server.sh", &["copy", "workers", name, "second", "-1"]);
    let mut there = second.connect(name);
    assert!(is_idle(&mut there));
    assert_eq!(standing(&mut there, hook), (false, Some("copied".to_owned())));
    assert_all_placed(&mut there);
    // The numbers of transactions here are below those of the events, then among and beyond them.
    make_persons(&mut there, 101, 150);
    drop(there);
    second.stop("fast");
    script("workers/server.sh", &["skip", "second", FAR]);
    second.go_on(&[]);
    let mut there = second.connect(name);
    make_persons(&mut there, 151, 200);
    assert!(is_idle(&mut there));
    assert_all_placed(&mut there);
    assert_eq!(persons(&target, "/ok").len(), 50, "nobody said that it shall send here");
    there.execute("SELECT hook_resume($1)", &[&hook]).unwrap();
    assert!(is_idle(&mut there));
    let all = all_persons(&mut there);
    assert_eq!(all.len(), 200);
    assert_eq!(persons(&target, "/ok"), all, "each once, in order, over both clusters");
}

#[test]
fn a_hook_that_had_sent_nothing_loses_nothing_in_another_cluster() {
    let (database, target, name) = (Database::new("workers_young"), Target::start(), "client_workers_young");
    let mut client = database.connect();
    make_persons(&mut client, 1, 10);
    use_up_transactions(&mut client, 3000);
    assert!(is_idle(&mut client));
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    hold_dispatcher(&mut client, name);
    make_persons(&mut client, 11, 20);

    let second = Cluster::start("second", &[]);
    script("workers/server.sh", &["copy", "workers", name, "second", "-1"]);
    let mut there = second.connect(name);
    there.execute("SELECT hook_resume($1)", &[&hook]).unwrap();
    make_persons(&mut there, 21, 30);
    assert!(is_idle(&mut there));
    assert_all_placed(&mut there);
    assert_eq!(persons(&target, "/ok"), all_persons(&mut there)[10..], "all that was committed after it was made");
}

#[test]
fn a_dump_can_be_restored_in_pieces_while_workers_run() {
    let (database, name) = (Database::new("workers_pieces"), "client_workers_pieces");
    let mut client = database.connect();
    let target = Target::start();
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    make_persons(&mut client, 1, 100);
    assert!(is_idle(&mut client));
    let second = Cluster::start("second", &[]);
    script("workers/server.sh", &["copy", "workers", name, "second", "--section=pre-data"]);
    let mut there = second.connect(name);
    // A dispatcher has found the extension, and its tables empty.
    assert!(is_idle(&mut there));
    script("workers/server.sh", &["fill", "workers", name, "second", "--section=data"]);
    make_persons(&mut there, 101, 110);
    assert!(is_idle(&mut there));
    assert_all_placed(&mut there);
    assert_eq!(target.events("/ok").len(), 100);
}
