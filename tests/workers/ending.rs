//! SIGTERM ends each worker soon, whatever it is at.

use crate::common::*;
use std::time::{Duration, Instant};

/// How long a worker may take: an administrator's patience, and less than what the server's own stop allows.
const SOON: Duration = Duration::from_secs(5);

/// The workers of a kind in this database, or in none, with the wait that is looked for.
fn worker(client: &mut Client, kind: &str, wait: &str) -> Option<i32> {
    let query = "SELECT pid FROM pg_stat_activity
                  WHERE backend_type = $1 AND (wait_event_type = $2 OR $2 = '')
                    AND (datname = current_database() OR datname IS NULL)";
    client.query_opt(query, &[&kind, &wait]).unwrap().map(|row| row.get(0))
}

/// Ends a worker that is found in this kind of waiting.
fn end(client: &mut Client, kind: &str, wait: &str) {
    let pid = wait_for(kind, || worker(client, kind, wait));
    let begun = Instant::now();
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    until("it has ended", || client.query("SELECT FROM pg_stat_activity WHERE pid = $1", &[&pid]).unwrap().is_empty());
    assert!(begun.elapsed() < SOON, "{kind}: {:?}", begun.elapsed());
}

#[test]
fn each_worker_ends_soon_when_it_is_told_to() {
    let (database, target) = (Database::new("workers_ending"), Target::start());
    let (mut client, mut holder) = (database.connect(), database.connect());
    let good = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    end(&mut client, "pg_member launcher", "");
    // A receiver that does not answer: the request is under way when the process is told to end.
    target.hook(&mut client, "/hang", r#"["member_new"]"#, "");
    set(&mut client, "boris@example.com", 1);
    until("the request is there", || !target.receiver.seen("/hang").is_empty());
    end(&mut client, "pg_member dispatcher", "");
    // Locks of others.
    holder.batch_execute("BEGIN; LOCK TABLE member.hook IN ACCESS EXCLUSIVE MODE").unwrap();
    end(&mut client, "pg_member dispatcher", "Lock");
    holder.batch_execute("COMMIT; BEGIN; SELECT FROM member.hook FOR UPDATE").unwrap();
    let again = format!(r#"SELECT hook_resend('{{"id": {good}, "from": 1, "to": 1}}')"#);
    client.execute(&again, &[]).unwrap();
    end(&mut client, "pg_member jobs", "Lock");
    holder.batch_execute("COMMIT").unwrap();
    until("the others have begun again", || {
        ["dispatcher", "jobs"].iter().all(|kind| worker(&mut client, &format!("pg_member {kind}"), "").is_some())
    });
}
