//! The ring of the log: it turns, it is emptied, and hooks and sequences that are too far behind lose.

use crate::common::*;

/// Settings of the whole server, put back in the end.
struct Settings<'a>(&'a Database);

impl Settings<'_> {
    fn set(&self, name: &str, value: &str) {
        let mut client = self.0.connect();
        client.batch_execute(&format!("ALTER SYSTEM SET {name} = '{value}'")).unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
    }
}

impl Drop for Settings<'_> {
    fn drop(&mut self) {
        let mut client = self.0.connect();
        client.batch_execute("ALTER SYSTEM RESET pg_member.event_retention").unwrap();
        client.batch_execute("ALTER SYSTEM RESET pg_member.event_retention_max").unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
    }
}

#[test]
fn the_log_runs_around_its_ring_and_loses_nothing_that_a_hook_needs() {
    let (database, target) = (Database::new("workers_ring"), Target::start());
    let mut client = database.connect();
    let settings = Settings(&database);
    settings.set("pg_member.event_retention", "1s");
    target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    let mut written = 0;
    let mut slots: Vec<i64> = Vec::new();
    until("the ring has run around", || {
        set(&mut client, &format!("person{written}@example.com"), written);
        written += 1;
        let slot = numbers(&mut client, "SELECT last_value FROM member.event_slot")[0];
        if slots.last() != Some(&slot) {
            slots.push(slot);
        }
        slots.len() > 40
    });
    assert!(slots.windows(2).all(|pair| (pair[0] + 1) % 32 == pair[1]), "slot after slot: {slots:?}");
    assert!(is_idle(&mut client));
    let profiles: std::collections::HashSet<String> =
        target.events("/ok").iter().map(|event| event["profile_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(profiles.len(), usize::try_from(written).unwrap());
    let kept = numbers(&mut client, "SELECT count(*) FROM member.event")[0];
    assert!(kept < i64::from(written), "old slots were emptied: {kept} of {written}");
    let order = numbers(&mut client, "SELECT coalesce(sum(cardinality(ids)), 0)::bigint FROM member.event_order")[0];
    assert!(order < i64::from(written), "and their positions forgotten: {order} of {written}");
}

#[test]
fn a_hook_that_is_behind_holds_the_log_and_then_loses() {
    let (database, target) = (Database::new("workers_lost"), Target::start());
    let mut client = database.connect();
    let settings = Settings(&database);
    settings.set("pg_member.event_retention_max", "1d");
    settings.set("pg_member.event_retention", "1s");
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    assert!(is_idle(&mut client));
    client.execute("SELECT hook_pause($1)", &[&hook]).unwrap();
    set(&mut client, "held@example.com", 1);
    // The slot is closed and everything in it is older than the retention: the hook alone keeps it.
    let old =
        "SELECT count(*) FROM member.event_slot_use WHERE last_pos IS NOT NULL AND closed_at < now() - interval '2s'";
    until("the slot is old", || numbers(&mut client, old)[0] > 0);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.event"), [1]);
    assert_eq!(numbers(&mut client, "SELECT lag_events FROM hook_status"), [1]);
    settings.set("pg_member.event_retention_max", "1s");
    until("the log waits no longer", || {
        client.query_one("SELECT lost_events FROM hook_status", &[]).unwrap().get::<_, Option<i64>>(0) == Some(1)
    });
    let row = client.query_one("SELECT lost_first, lost_last, lag_events FROM hook_status", &[]).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (1, 1, 0));
    let expired = format!(r#"SELECT hook_resend('{{"id": {hook}, "from": 1, "to": 1}}')"#);
    assert_eq!(client.query_one(&expired, &[]).unwrap_err().as_db_error().unwrap().message(), "error/hook/expired");
    settings.set("pg_member.event_retention_max", "1d");
    client.execute("SELECT hook_resume($1)", &[&hook]).unwrap();
    set(&mut client, "later@example.com", 1);
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 1, "what came later arrives");
}

#[test]
fn the_log_waits_for_sequences_but_not_forever() {
    let (database, target) = (Database::new("workers_ring_sequence"), Target::start());
    let (mut client, mut other) = (database.connect(), database.connect());
    let settings = Settings(&database);
    settings.set("pg_member.event_retention_max", "1d");
    settings.set("pg_member.event_retention", "1s");
    let channel = json!({
        "name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
        "fields": {"subscription": [{"shortname": "note", "title": "Note", "type": "string"}]},
    });
    client.execute("SELECT channel_set($1)", &[&channel]).unwrap();
    let pipes = json!([{"id": 1, "type": "http_request", "params": {"url": target.receiver.url("/ok")}}]);
    client.execute("SELECT pipeline_set('mail', 'schedule', $1)", &[&pipes]).unwrap();
    client.batch_execute(r#"SELECT sequence_set('{"name": "Shop", "channel": "mail", "events": ["click"]}')"#).unwrap();
    set(&mut client, "anna@example.com", 1);
    assert!(is_idle(&mut client));
    let click = r#"SELECT event_emit('{"event_type": "click", "email": "anna@example.com"}')"#;
    // While somebody is being erased, sequences read nothing; the ring turns on.
    let erasing = "BEGIN; LOCK TABLE member.erase_key IN EXCLUSIVE MODE";
    let old =
        "SELECT count(*) FROM member.event_slot_use u JOIN member.event e ON e.slot = u.slot AND e.event_type = 'click'
                WHERE u.last_pos IS NOT NULL AND u.closed_at < clock_timestamp() - interval '2s'";
    other.batch_execute(erasing).unwrap();
    client.batch_execute(click).unwrap();
    until("its slot is old", || numbers(&mut client, old) == [1]);
    other.batch_execute("COMMIT").unwrap();
    until("it has started what it starts", || target.receiver.seen("/ok").len() == 1);
    // The place is noted: nobody needs the slot any more.
    let left = "SELECT count(*) FROM member.event WHERE event_type = 'click'";
    until("its slot is emptied", || numbers(&mut client, left) == [0]);
    other.batch_execute(erasing).unwrap();
    client.batch_execute(click).unwrap();
    until("its slot is old", || numbers(&mut client, old) == [1]);
    settings.set("pg_member.event_retention_max", "1s");
    until("the log waits no longer", || numbers(&mut client, left) == [0]);
    let lost = client.query("SELECT first, last FROM member.sequence_loss", &[]).unwrap();
    let lost: Vec<(i64, i64)> = lost.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(lost, [(3, 3)], "behind the person and the first click");
    settings.set("pg_member.event_retention_max", "1d");
    other.batch_execute("COMMIT").unwrap();
    client.batch_execute(click).unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(target.receiver.seen("/ok").len(), 2, "what came later starts a passage");
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM sequence_member"), [2]);
}

#[test]
fn a_dead_batch_goes_with_the_log_that_held_its_events() {
    let (database, target) = (Database::new("workers_ring_dead"), Target::start());
    let mut client = database.connect();
    let settings = Settings(&database);
    let hook = target.hook(&mut client, "/broken", r#"["member_new"]"#, r#", "retry": {"times": 1}"#);
    set(&mut client, "early@example.com", 1);
    assert!(is_idle(&mut client));
    let dead = "SELECT dead_batches FROM hook_status";
    assert_eq!(numbers(&mut client, dead), [1]);
    // It still could be sent again; then nobody could any more.
    settings.set("pg_member.event_retention_max", "1d");
    settings.set("pg_member.event_retention", "1s");
    until("its events are gone, and so is it", || numbers(&mut client, dead) == [0]);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.event"), [0]);
    assert_eq!(numbers(&mut client, "SELECT lag_events FROM hook_status"), [0], "the hook is where it was");
    hook_set(&mut client, &json!({"id": hook, "transport": {"url": target.receiver.url("/ok")}}).to_string());
    set(&mut client, "later@example.com", 1);
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 1, "what came later arrives");
}
