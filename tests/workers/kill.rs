//! Processes that are killed: nothing is lost, and what comes twice is known by the id of its batch.

use crate::common::*;
use std::collections::HashMap;

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
