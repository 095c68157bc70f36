//! What an import does for people beside writing their data: letters, sequences, the limit of unconfirmed entry (members.md 10.2
//! and 10.6).

use crate::common::*;
use crate::imports::{counted, import, refused};
use crate::messages::{haslock, mail, mails};
use crate::sequences::{ends, mail as schedule, sequence};
use crate::settings::Changed;

fn letter(client: &mut Client, subject: &str, text: &str) -> i64 {
    let request =
        json!({"channel": "mail", "subject": subject, "sender": 1, "status": "ready", "body": {"text": text}});
    client.query_one("SELECT (letter_set($1) ->> 'id')::bigint", &[&request]).unwrap().get(0)
}

/// To whom letters of a subject went, sorted.
fn to(target: &Target, subject: &str) -> Vec<String> {
    let mut to: Vec<String> = mails(target, "/ok")
        .iter()
        .filter(|mail| mail["subject"] == subject)
        .map(|mail| mail["to"].as_str().unwrap().to_owned())
        .collect();
    to.sort();
    to
}

#[test]
fn who_is_new_gets_a_letter_and_nobody_else_does() {
    let _changed = Changed::new(&["public_url = 'https://example.com/m'"]);
    // Workers of a database that is made behind it begin with the setting.
    let (database, target) = (Database::new("workers_import_letters"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    mail(client, &target.receiver.url("/ok"));
    client.batch_execute(r#"SELECT sender_set('{"name": "shop"}')"#).unwrap();
    let confirm = letter(client, "Confirm", "Follow [% param.url_confirm %]");
    let welcome = letter(client, "Welcome", "Hello [% anketa.base.firstName %]");
    set(client, "bob@example.com", 1);
    let text = "member.email,base.firstName\nanna@example.com,Anna\nbob@example.com,Bob\nbroken,X\nanna@example.com,Anna 2\ncarl@example.com,Carl\n";
    let letters = json!({"users.list": text, "newbie.confirm": 1, "newbie.letter.confirm": confirm, "newbie.letter.no-confirm": welcome});
    let over = import(client, &letters);
    assert_eq!(counted(&over, ["rows", "new", "unconfirmed", "errors"]), [5, 2, 2, 1], "{over}");
    assert!(is_idle(client));
    assert_eq!(
        (to(&target, "Confirm"), to(&target, "Welcome")),
        (vec!["anna@example.com".into(), "carl@example.com".into()], vec![])
    );
    // The link in it is one that confirms.
    let mail = mails(&target, "/ok").into_iter().find(|mail| mail["to"] == "anna@example.com").unwrap();
    let text = mail["text"].as_str().unwrap();
    let cookie = text.split_once("cookie=").unwrap().1;
    assert_eq!(haslock(client, "anna@example.com"), 2);
    let confirming = "SELECT member_confirm(jsonb_build_object('email', 'anna@example.com', 'cookie', $1::text))";
    client.execute(confirming, &[&cookie]).unwrap();
    assert_eq!(haslock(client, "anna@example.com"), 0);
    // Without confirmation it is the other letter.
    let text = "member.email,base.firstName\nbob@example.com,Bob\ndora@example.com,Dora\n";
    let over = import(
        client,
        &json!({"users.list": text, "newbie.letter.confirm": confirm, "newbie.letter.no-confirm": welcome}),
    );
    assert_eq!(counted(&over, ["new", "confirmed"]), [1, 1], "{over}");
    assert!(is_idle(client));
    assert_eq!((to(&target, "Confirm").len(), to(&target, "Welcome")), (2, vec!["dora@example.com".to_owned()]));
    let dora = mails(&target, "/ok").into_iter().find(|mail| mail["to"] == "dora@example.com").unwrap();
    assert_eq!(dora["text"], "Hello Dora");
    // A letter that is not ready is told before there is anything to import.
    client.execute("SELECT letter_set(jsonb_build_object('id', $1::bigint, 'status', 'draft'))", &[&welcome]).unwrap();
    let over = import(
        client,
        &json!({"users.list": "eve@example.com\n", "addr_type": "email", "newbie.letter.no-confirm": welcome}),
    );
    assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/letter/moderation")), "{over}");
    assert_eq!(numbers(client, "SELECT count(*) FROM member.head WHERE value = 'eve@example.com'"), [0]);
}

/// Passages that go on, by sequence: of whom.
fn on_the_way(client: &mut Client, sequence: i64) -> Vec<String> {
    let query = "SELECT a.value FROM sequence_member m JOIN member.address a ON a.id = m.address_id
                  WHERE m.sequence = $1 AND m.ended_at IS NULL ORDER BY 1";
    client.query(query, &[&sequence]).unwrap().iter().map(|row| row.get(0)).collect()
}

#[test]
fn sequences_end_and_begin_for_all_rows_and_events_start_them_where_that_is_asked_for() {
    let database = Database::new("workers_import_sequences");
    let client = &mut database.connect();
    assert!(is_idle(client));
    // The first step is far away: whoever is on the way stays there.
    schedule(client, &json!([{"id": 1, "type": "log", "params": {"message": "$subscription.email"}}]));
    let [old, new, born] = [json!(["click"]), json!(["click"]), json!(["member_new"])]
        .map(|events| sequence(client, json!({"events": events, "delay": 1_000_000})));
    set(client, "anna@example.com", 1);
    assert!(is_idle(client));
    let before = on_the_way(client, born);
    assert_eq!(before, ["anna@example.com"]);
    client
        .execute(
            "SELECT sequence_member_start(jsonb_build_object('id', $1::bigint, 'email', 'anna@example.com'))",
            &[&old],
        )
        .unwrap();
    let text = "member.email;shop.n\nanna@example.com;1\nbob@example.com;2\nbroken;3\n";
    let over = import(client, &json!({"users.list": text, "sequence.stop": [old], "sequence.start": [new]}));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [3, 1, 1], "{over}");
    assert!(is_idle(client));
    assert_eq!(on_the_way(client, old), Vec::<String>::new());
    assert_eq!(on_the_way(client, new), ["anna@example.com", "bob@example.com"]);
    assert_eq!(ends(client).iter().filter(|(_, reason)| reason.as_deref() == Some("stopped")).count(), 1);
    // Stop comes first: who is on the way begins anew.
    let over = import(
        client,
        &json!({"users.list": "bob@example.com\n", "addr_type": "email", "sequence.stop": [new], "sequence.start": [new]}),
    );
    assert_eq!(over["status"], -1, "{over}");
    assert!(is_idle(client));
    assert_eq!(on_the_way(client, new), ["anna@example.com", "bob@example.com"]);
    assert_eq!(ends(client).len(), 5);
    // Bob is new, and no event said so; Carl's does.
    assert_eq!(on_the_way(client, born), before);
    let events = "SELECT count(*) FROM member.event e JOIN member.address a ON a.id = e.address_id WHERE a.value = ";
    assert_eq!(numbers(client, &format!("{events} 'bob@example.com'")), [0]);
    let over = import(
        client,
        &json!({"users.list": "carl@example.com\nbob@example.com\n", "addr_type": "email", "sequence.event": 1}),
    );
    assert_eq!(over["status"], -1, "{over}");
    assert!(is_idle(client));
    assert_eq!(on_the_way(client, born), ["anna@example.com", "carl@example.com"]);
    assert!(numbers(client, &format!("{events} 'carl@example.com' AND e.event_type = 'import_api'")) == [1]);
}

#[test]
fn what_hooks_and_live_groups_ask_of_an_import_starts_no_sequence() {
    let (database, target) = (Database::new("workers_import_quiet"), Target::start());
    let client = &mut database.connect();
    assert!(is_idle(client));
    schedule(client, &json!([{"id": 1, "type": "log", "params": {"message": "$subscription.email"}}]));
    target.hook(client, "/ok", r#"["member_new", "segment_enter"]"#, "");
    client
        .batch_execute(
            r#"SELECT group_create('{"id": "live", "type": "filter"}'),
                      group_filter_set('{"id": "live", "filter": [{"a": "shop.n", "op": "==", "v": 1}]}');
               SELECT group_set('{"id": "live", "live": 1, "sync": 1}')"#,
        )
        .unwrap();
    let [born, entered] = [json!(["member_new"]), json!(["segment_enter"])]
        .map(|events| sequence(client, json!({"events": events, "delay": 1_000_000})));
    let row = |name: &str| json!({"member.email": format!("{name}@example.com"), "shop.n": 1});
    let over = import(client, &json!({"users.list": [row("anna"), row("bob")]}));
    assert_eq!(counted(&over, ["new"]), [2], "{over}");
    assert!(is_idle(client));
    let mut told: Vec<String> =
        target.events("/ok").iter().map(|event| event["event_type"].as_str().unwrap().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["member_new", "member_new", "segment_enter", "segment_enter"]);
    assert!(!target.receiver.seen("/ok").iter().any(|seen| seen.body.contains("quiet")), "hooks hear nothing of it");
    assert_eq!([born, entered].map(|id| on_the_way(client, id)), [vec![], Vec::<String>::new()]);
    // Row by row it is the same; asked for, and in a call, events start what they start.
    let attached = json!({"member.email": "carl@example.com", "shop.n": 1, "member.head.attach.csid": "C-1000001"});
    assert_eq!(counted(&import(client, &json!({"users.list": [attached]})), ["new"]), [1]);
    assert!(is_idle(client));
    assert_eq!([born, entered].map(|id| on_the_way(client, id)), [vec![], Vec::<String>::new()]);
    assert_eq!(counted(&import(client, &json!({"users.list": [row("dora")], "sequence.event": 1})), ["new"]), [1]);
    client.batch_execute(r#"SELECT member_set('eve@example.com', '[["shop.n", "set", 1]]')"#).unwrap();
    assert!(is_idle(client));
    let both = vec!["dora@example.com".to_owned(), "eve@example.com".to_owned()];
    assert_eq!([born, entered].map(|id| on_the_way(client, id)), [both.clone(), both]);
}

#[test]
fn beyond_the_limit_of_unconfirmed_entry_people_have_to_confirm() {
    let database = Database::new("workers_import_limit");
    let client = &mut database.connect();
    assert!(is_idle(client));
    client.batch_execute(r#"SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 3}}')"#).unwrap();
    set(client, "first@example.com", 1);
    let text = "member.email\nfirst@example.com\na@example.com\nbroken\nb@example.com\na@example.com\nc@example.com\nd@example.com\n";
    let over = import(client, &json!({"users.list": text}));
    assert_eq!(
        counted(&over, ["rows", "new", "unchanged", "errors", "confirmed", "unconfirmed"]),
        [7, 4, 2, 1, 2, 2],
        "the first two fill the limit: {over}"
    );
    assert_eq!(refused(client, &over).len(), 1);
    let locks = ["first", "a", "b", "c", "d"].map(|name| haslock(client, &format!("{name}@example.com")));
    assert_eq!(locks, [0, 0, 0, 2, 2].map(|lock| json!(lock)));
    // Phones need no confirmation, whatever the limit.
    let over =
        import(client, &json!({"users.list": "+79261234567\n+79261234568\n", "addr_type": "msisdn", "firstline": 0}));
    assert_eq!(counted(&over, ["new", "confirmed", "unconfirmed"]), [2, 2, 0], "{over}");
    // Row by row it is the same: an identifier that is attached makes the import do so.
    client.batch_execute(r#"SELECT sys_settings_set('{"list": {"member.noconfirm.limit": 6}}')"#).unwrap();
    let text = "member.email;member.head.attach.csid\ne@example.com;C-1000001\nf@example.com;C-1000002\n";
    let over = import(client, &json!({"users.list": text}));
    assert_eq!(counted(&over, ["new", "confirmed", "unconfirmed"]), [2, 1, 1], "five had entered: {over}");
}
