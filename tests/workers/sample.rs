//! The sample channel of demo/mail.sql, as a newcomer installs it: with psql.

use crate::common::*;
use std::process::Command;

/// Installs the channel; the service is at this address.
fn install(database: &Database, url: &str) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/mail.sql");
    let variables = [format!("url={url}"), "key=k-1".to_owned(), "ON_ERROR_STOP=1".to_owned()];
    let done = Command::new(format!("{}/psql", from_suite("PG_MEMBER_BIN")))
        .args(["-X", "-q", "-A", "-t", "-d", database.name(), "-f", file])
        .args(variables.iter().flat_map(|variable| ["-v", variable]))
        .output()
        .unwrap();
    let shown = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(shown.lines().skip(1).collect::<Vec<_>>(), ["[]", "[]"], "no problem in either pipeline: {shown}");
}

/// Sends a letter to somebody new; gives the number of the message.
fn send(client: &mut Client, person: &str) -> String {
    set(client, person, 1);
    let send = "SELECT message_send(jsonb_build_object('letter', 2, 'email', $1::text)) ->> 'send_message_id'";
    client.query_one(send, &[&person]).unwrap().get(0)
}

/// The events of the channel, in their order.
fn events(client: &mut Client) -> Vec<String> {
    let rows = client.query("SELECT event_type FROM member.event WHERE event_type LIKE 'mail.%' ORDER BY id", &[]);
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

/// A database with the channel, a sender and a letter.
fn ready(name: &str, target: &Target, path: &str) -> (Database, Client) {
    let database = Database::new(name);
    install(&database, &target.receiver.url(path));
    let mut client = database.connect();
    client
        .batch_execute(
            r#"SELECT sender_set('{"name": "Shop", "fields": {"email": "shop@example.com", "name": "The shop"}}');
               SELECT letter_set('{"channel": "mail", "subject": "Hello", "sender": 1, "status": "ready",
                                   "body": {"text": "Hello, [% anketa.member.email %]"}}');"#,
        )
        .unwrap();
    (database, client)
}

#[test]
fn the_sample_channel_sends_e_mail() {
    let target = Target::start();
    let (_database, mut client) = ready("workers_sample", &target, "/ok");
    let number = send(&mut client, "anna@example.com");
    assert!(is_idle(&mut client));
    let seen = target.receiver.seen("/ok");
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].headers["authorization"], "Bearer k-1");
    let sent: Value = serde_json::from_str(&seen[0].body).unwrap();
    let expected = json!({
        "from": {"email": "shop@example.com", "name": "The shop"}, "to": [{"email": "anna@example.com"}],
        "subject": "Hello", "text": "Hello, anna@example.com", "html": "", "reference": number,
    });
    assert_eq!(sent, expected);
    assert_eq!(events(&mut client), ["mail.accepted"]);
}

#[test]
fn the_sample_channel_tells_what_was_refused_and_what_failed() {
    let target = Target::start();
    for (path, event) in [("/refused", "mail.bounced"), ("/broken", "mail.failed")] {
        let (_database, mut client) = ready("workers_sample_no", &target, path);
        send(&mut client, "bob@example.com");
        assert!(is_idle(&mut client));
        assert_eq!(events(&mut client), [event]);
    }
}

#[test]
fn the_sample_channel_hears_what_became_of_a_message() {
    let target = Target::start();
    let (_database, mut client) = ready("workers_sample_heard", &target, "/ok");
    let number = send(&mut client, "eva@example.com");
    assert!(is_idle(&mut client));
    for report in ["delivered", "bounced", "complained", "of no kind"] {
        let body = json!({"method": "POST", "body": {"reference": number, "event": report, "reason": "no mailbox"}});
        let answer: Value = client.query_one("SELECT pipeline_listen('mail', $1)", &[&body]).unwrap().get(0);
        assert_eq!(answer["status"], 202, "{answer}");
        assert!(is_idle(&mut client));
    }
    assert_eq!(events(&mut client), ["mail.accepted", "mail.delivered", "mail.bounced", "mail.complained"]);
    let lock: Value = client.query_one("SELECT member_get('eva@example.com', 'member.haslock')", &[]).unwrap().get(0);
    assert_eq!(lock, 4, "it bounced");
    let stopped = "SELECT sender FROM member.stoplist WHERE value = 'eva@example.com' AND kind = 'member'";
    assert_eq!(numbers(&mut client, stopped), [1], "its owner complained of this sender");
}
