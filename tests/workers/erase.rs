//! Erasing while a hook has the person's events in hand.

use crate::common::*;

/// The texts of all batches that the table has.
fn batches(client: &mut Client) -> String {
    let query = "SELECT coalesce(string_agg(b::text, ' '), '') FROM member.hook_batch b";
    client.query_one(query, &[]).unwrap().get(0)
}

fn click(client: &mut Client, person: &str) {
    let query = "SELECT event_emit(jsonb_build_object('event_type', 'click', 'email', $1::text,
                        'event_data', jsonb_build_object('ip', '192.0.2.1'), 'custom_data', jsonb_build_object('own', $1::text)))";
    client.execute(query, &[&person]).unwrap();
}

/// Two persons with a datakey that the hooks carry.
fn furnish(client: &mut Client) {
    for person in ["anna@example.com", "bob@example.com"] {
        client
            .execute(
                "SELECT member_set($1, jsonb_build_array(jsonb_build_array('name', 'set', 'N-' || $1)))",
                &[&person],
            )
            .unwrap();
    }
}

fn erase(client: &mut Client) {
    let erased: String = client.query_one("SELECT member_erase('anna@example.com') ->> 'erased'", &[]).unwrap().get(0);
    assert_eq!(erased, "1");
}

#[test]
fn what_is_collected_for_a_batch_goes_without_the_person() {
    let (database, target) = (Database::new("workers_erase_collected"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    let hook = target.hook(&mut client, "/ok", r#"["click"]"#, r#", "profile_fields": {"name": "name"}"#);
    hook_set(&mut client, &format!(r#"{{"id": {hook}, "transport": {{"max_batch": 2, "timeout_sec": 60}}}}"#));
    click(&mut client, "anna@example.com");
    // It is collected in the transaction that gives it its position.
    until("it has a position", || ordered(&mut client).len() == 3);
    erase(&mut client);
    click(&mut client, "bob@example.com");
    until("a full batch goes", || target.events("/ok").len() == 2);
    let (hers, his) = (&target.events("/ok")[0], &target.events("/ok")[1]);
    assert!(!hers.to_string().contains("anna"), "{hers}");
    assert!(hers.get("_md5").is_none() && hers["event_data"].get("ip").is_none(), "{hers}");
    assert_eq!(his["custom_data"]["own"], "bob@example.com");
    assert_eq!(his["custom_data"]["name"], "N-bob@example.com");
    assert!(is_idle(&mut client));
}

#[test]
fn what_waits_for_another_attempt_goes_without_the_person() {
    let (database, target) = (Database::new("workers_erase_waiting"), Target::start());
    let mut client = database.connect();
    furnish(&mut client);
    let more = r#", "profile_fields": {"name": "name"}, "retry": {"times": 1000, "period_sec": 1}, "breaker": {"failures": 0}"#;
    target.hook(&mut client, "/broken", r#"["click"]"#, more);
    click(&mut client, "anna@example.com");
    until("it was tried", || !target.receiver.seen("/broken").is_empty());
    assert!(target.receiver.seen("/broken")[0].body.contains("N-anna"));
    assert!(batches(&mut client).contains("N-anna"));
    erase(&mut client);
    assert!(!batches(&mut client).contains("anna"));
    until("another attempt goes without", || {
        target.receiver.seen("/broken").last().is_some_and(|seen| !seen.body.contains("anna"))
    });
    let ids: Vec<String> =
        target.receiver.seen("/broken").iter().map(|seen| seen.header("webhook-id").to_owned()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "it is the same batch: {ids:?}");
}

#[test]
fn an_open_erasure_holds_what_is_read_for_hooks_until_it_ends() {
    let (database, target) = (Database::new("workers_erase_open"), Target::start());
    let (mut client, mut eraser) = (database.connect(), database.connect());
    furnish(&mut client);
    target.hook(&mut client, "/ok", r#"["click"]"#, r#", "profile_fields": {"name": "name"}"#);
    let mut open = eraser.transaction().unwrap();
    open.execute("SELECT member_erase('anna@example.com')", &[]).unwrap();
    click(&mut client, "bob@example.com");
    until("the log goes on", || ordered(&mut client).len() == 3);
    assert!(target.events("/ok").is_empty());
    open.rollback().unwrap();
    click(&mut client, "anna@example.com");
    assert!(is_idle(&mut client));
    assert_eq!(target.events("/ok").len(), 2);
    assert_eq!(target.events("/ok")[1]["custom_data"]["name"], "N-anna@example.com");
}
