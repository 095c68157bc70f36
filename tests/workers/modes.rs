//! Servers in which no worker may run: a hot standby, and one that pg_upgrade has started.

use crate::cluster::Cluster;
use crate::common::*;

/// Processes of ours in a whole cluster.
const PROCESSES: &str = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'pg_member%'";

#[test]
fn a_standby_reads_and_its_hooks_go_on_when_it_is_promoted() {
    let (database, target, name) = (Database::new("workers_stood"), Target::start(), "client_workers_stood");
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    // From here on the first server's dispatcher comes to nothing. A lock as weak as this is not told to a standby.
    let mut holder = database.connect();
    holder.batch_execute("BEGIN; LOCK TABLE member.event_seen IN SHARE MODE").unwrap();
    set(&mut client, "boris@example.com", 1);

    let standby = Cluster::standby("standby", "workers");
    let mut there = standby.connect(name);
    let written = "SELECT id FROM member.event ORDER BY id";
    until("it has caught up", || numbers(&mut there, written) == numbers(&mut client, written));
    for call in [
        "SELECT member_get('anna@example.com')::text",
        "SELECT hook_get(1)::text",
        "SELECT hook_preview(1, 1) ->> 'taken'",
        "SELECT track_list('{}')::text",
        "SELECT string_agg(concat(id, state, dead_batches), ',') FROM hook_status",
        "SELECT string_agg(state, ',') FROM hook_attempt",
    ] {
        let answer = |client: &mut Client| client.query_one(call, &[]).unwrap().get::<_, Option<String>>(0);
        assert_eq!(answer(&mut there), answer(&mut client), "{call}");
    }
    let refused = there.query_one("SELECT member_set('carol@example.com', '[]')", &[]).unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006");
    assert_eq!(numbers(&mut there, PROCESSES), [0]);

    standby.promote();
    assert!(is_idle(&mut there));
    assert_eq!(target.events("/ok").len(), 2, "what the first had not sent");
    set(&mut there, "carol@example.com", 1);
    assert!(is_idle(&mut there));
    assert_eq!(standing(&mut there, hook), (true, None));
    assert_eq!(persons(&target, "/ok"), all_persons(&mut there), "each once, in order, over both servers");
}

#[test]
fn no_worker_runs_while_pg_upgrade_is_at_work() {
    let target = Target::start();
    let cluster = Cluster::start("upgraded", &[]);
    let mut client = cluster.connect("postgres");
    client.batch_execute("CREATE EXTENSION pg_member").unwrap();
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    drop(client);
    cluster.stop("fast");
    cluster.go_on(&["-b"]);
    let mut client = cluster.connect("postgres");
    set(&mut client, "anna@example.com", 1);
    assert_eq!(numbers(&mut client, PROCESSES), [0]);
    assert_eq!(numbers(&mut client, "SELECT count(pid) FROM member_workers()"), [0]);
    let refused = client.query_one("SELECT hook_test(1, 'click')", &[]).unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().message(), "error/worker/absent");
    drop(client);
    cluster.stop("fast");
    cluster.go_on(&[]);
    assert!(is_idle(&mut cluster.connect("postgres")));
    assert_eq!(target.events("/ok").len(), 1, "afterwards they go on");
}
