//! Letters that ask for a confirmation, to many: in the call, as launches, and with a report of each (members.md 9.12).

use crate::common::*;
use crate::messages::{mail, mails};
use crate::settings::Changed;

struct Shop {
    client: Client,
    target: Target,
    letter: i64,
}

impl Shop {
    /// Four people who must be confirmed, one of them with a phone, and one who need not.
    fn open(database: &Database) -> Shop {
        let (mut client, target) = (database.connect(), Target::start());
        assert!(is_idle(&mut client));
        mail(&mut client, &target.receiver.url("/ok"));
        client.batch_execute(r#"SELECT sender_set('{"name": "shop"}')"#).unwrap();
        let letter = json!({"channel": "mail", "subject": "Confirm", "sender": 1, "status": "ready", "body": {"text": "[% param.url_confirm %]"}});
        let letter = client.query_one("SELECT (letter_set($1) ->> 'id')::bigint", &[&letter]).unwrap().get(0);
        for name in ["anna", "bob", "carl", "dora"] {
            let person = json!({"email": format!("{name}@example.com"), "newbie.confirm": 1, "datakey": [["n", "set", 1]],
                                "head_attach": if name == "anna" { json!([{"head": "+79261234567"}]) } else { json!([]) }});
            client.execute("SELECT member_set($1)", &[&person]).unwrap();
        }
        set(&mut client, "eve@example.com", 1);
        Shop { client, target, letter }
    }

    fn send(&mut self, more: Value) -> Value {
        let mut request = json!({"confirm": 1, "letter": self.letter});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.client.query_one("SELECT member_sendconfirm($1)", &[&request]).unwrap().get(0)
    }

    /// The track of a call at its end.
    fn wait(&mut self, answer: &Value) -> Value {
        let track = answer["track.id"].as_i64().unwrap_or_else(|| panic!("{answer}"));
        let over: Value = self.client.query_one("SELECT track_wait($1, '60s')", &[&track]).unwrap().get(0);
        assert_eq!(over["obj"]["status"], -1, "{over}");
        over["obj"].clone()
    }

    /// To whom letters went since the last look, sorted.
    fn came(&mut self, before: &mut usize) -> Vec<String> {
        assert!(is_idle(&mut self.client));
        let mut to: Vec<String> =
            mails(&self.target, "/ok")[*before..].iter().map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
        *before += to.len();
        to.sort();
        to
    }

    fn launches(&mut self) -> i64 {
        numbers(&mut self.client, "SELECT count(*) FROM member.launch")[0]
    }
}

#[test]
fn whoever_must_confirm_gets_a_letter_however_many_are_named() {
    let _changed = Changed::new(&["public_url = 'https://example.com/m'"]);
    // Workers of a database that is made behind it begin with the setting.
    let database = Database::new("workers_sendconfirm");
    let mut shop = Shop::open(&database);
    let all = ["anna", "bob", "carl", "dora"].map(|name| format!("{name}@example.com"));
    let mut before = 0;
    // A filter that says no type is about heads that the letter reaches.
    let filter = json!([{"a": "n", "op": "==", "v": 1}]);
    let answer = shop.send(json!({"group.filter": filter, "sync": 1}));
    let list = json!({"anna@example.com": 1, "bob@example.com": 1, "carl@example.com": 1, "dora@example.com": 1, "eve@example.com": 0});
    assert_eq!(answer["list"], list, "{answer}");
    assert_eq!(shop.came(&mut before), all);
    let answer = shop.send(json!({"group.filter": filter, "addr_type": ""}));
    assert!(answer["issue.id"].is_i64(), "{answer}");
    shop.wait(&answer);
    assert_eq!(shop.came(&mut before), all);
    assert_eq!(shop.launches(), 2);
    // A file, a query and the statistics: launches too.
    let url = shop.target.receiver.url("/addresses.txt");
    let click = "SELECT event_emit('{\"event_type\": \"click\", \"email\": \"carl@example.com\", \"event_data\": {\"url\": \"https://example.com\"}}')";
    shop.client.batch_execute(click).unwrap();
    for (whom, expected) in [
        (json!({"url": url}), &all[..2]),
        (
            json!({"sql": "SELECT unnest(ARRAY['dora@example.com', 'eve@example.com', 'nobody@example.com'])"}),
            &all[3..],
        ),
        (json!({"stat.uni": {"filter": [{"a": "click.dt", "op": "exists"}]}}), &all[2..3]),
    ] {
        let answer = shop.send(whom);
        shop.wait(&answer);
        assert_eq!(shop.came(&mut before), expected, "{answer}");
    }
    assert_eq!(shop.launches(), 5);
}

#[test]
fn of_a_list_each_is_answered_for_later_too() {
    let _changed = Changed::new(&["public_url = 'https://example.com/m'"]);
    // Workers of a database that is made behind it begin with the setting.
    let database = Database::new("workers_sendconfirm_list");
    let mut shop = Shop::open(&database);
    let list = json!(["anna@example.com", "eve@example.com", "nobody@example.com", "nonsense", "bob@example.com"]);
    let answer = shop.send(json!({"list": list, "sync": 0, "track.info": "again"}));
    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["track.id"]);
    let over = shop.wait(&answer);
    let expected = json!({"anna@example.com": 1, "eve@example.com": 0, "nobody@example.com": 0, "nonsense": 0, "bob@example.com": 1});
    assert_eq!(
        (&over["param"]["list"], &over["param"]["count"], &over["info"]),
        (&expected, &json!(2), &json!("again"))
    );
    let query = r#"SELECT string_agg("row" ->> 2, ',') FROM report_rows($1)"#;
    let wrong = shop.client.query_one(query, &[&over["param"]["report.id"].as_i64().unwrap()]).unwrap();
    assert_eq!(wrong.get::<_, String>(0), "error/email/nodog");
    assert_eq!(shop.came(&mut 0), ["anna@example.com", "bob@example.com"]);
    assert_eq!(shop.launches(), 0, "a list is no launch");
    // What a launch came to is no report.
    let request = json!({"confirm": 1, "letter": shop.letter, "sql": "SELECT ''::text", "result": "save"});
    let refused = shop.client.query_one("SELECT member_sendconfirm($1)", &[&request]).unwrap_err();
    assert_eq!(refused.as_db_error().unwrap().message(), "error/param/unsupported");
}
