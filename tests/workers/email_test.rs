//! `email_test`: mail servers are asked by the dispatcher, for calls and for tracks (members.md 11.2).

use crate::common::*;
use crate::post::{Act, Dns, Post, PostOffice};
use std::net::Ipv4Addr;
use tokio::runtime::Runtime;

/// Mail servers, and what they run on.
struct World {
    office: PostOffice,
    _runtime: Runtime,
}

const GOOD: Ipv4Addr = Ipv4Addr::new(127, 78, 0, 1);
const PICKY: Ipv4Addr = Ipv4Addr::new(127, 78, 0, 2);
const SILENT: Ipv4Addr = Ipv4Addr::new(127, 78, 0, 3);

impl World {
    /// A good server, one that knows nobody, and one that says nothing; the settings lead to them. The workers of a database
    /// that is made behind this begin with these settings.
    fn start() -> World {
        let mut client = connect("postgres");
        let runtime = Runtime::new().unwrap();
        let picky = Post { rcpt: Act::Say("550 5.1.1 User unknown\r\n"), ..Post::default() };
        let silent = Post { banner: Act::Hang, ..Post::default() };
        let servers = [(GOOD, Post::default()), (PICKY, picky), (SILENT, silent)];
        let (dns, office) = runtime.block_on(async { (Dns::start().await, PostOffice::start(&servers).await) });
        for (domain, address) in [("good.com", GOOD), ("picky.com", PICKY), ("silent.com", SILENT)] {
            dns.mail(domain, &format!("mx.{domain}"), address);
        }
        set_system(&mut client, "dns_servers", &dns.address.to_string());
        set_system(&mut client, "smtp_port", &office.port.to_string());
        set_system(&mut client, "smtp_rate", "0");
        World { office, _runtime: runtime }
    }
}

fn set_system(client: &mut Client, name: &str, value: &str) {
    client.batch_execute(&format!("ALTER SYSTEM SET pg_member.{name} = '{value}'")).unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
}

/// The settings as they were; the dispatcher has them when it has answered.
fn reset(client: &mut Client) {
    for name in ["dns_servers", "smtp_port", "smtp_rate"] {
        client.batch_execute(&format!("ALTER SYSTEM RESET pg_member.{name}")).unwrap();
    }
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
}

fn call(client: &mut Client, request: &Value) -> Value {
    client.query_one("SELECT email_test($1)", &[request]).unwrap().get(0)
}

/// Waits until the dispatcher is there and finds the server.
fn settled(client: &mut Client) {
    // What is committed in a new database tells the launcher of it.
    set(client, "person0@picky.com", 0);
    let request = json!({"email": "anna@good.com", "smtp.test": "lite", "smtp.timeout": 5});
    until("the dispatcher finds the server", || {
        // The dispatcher of a new database is not there at once.
        let answer = client.query_one("SELECT email_test($1)", &[&request]);
        let answer: Value = answer.map(|row| row.get(0)).unwrap_or_default();
        answer["list"]["anna@good.com"]["smtp"]["status"] == "ok"
    });
}

#[test]
fn a_call_waits_for_what_mail_servers_say() {
    let (world, database) = (World::start(), Database::new("workers_email_test"));
    let mut client = database.connect();
    set(&mut client, "anna@picky.com", 1);
    settled(&mut client);
    let list = ["anna@good.com", " Anna@picky.com", "anna@nowhere.com", "anna@", "79261234567"];
    let request = json!({"list": list, "smtp.test": "full", "auto_group": {"id": "bad"}});
    let answer = call(&mut client, &request);
    assert_eq!(answer["count"], json!({"ok": 2, "bad": 3}));
    let of = |raw: &str| answer["list"][raw].clone();
    assert_eq!((&of("anna@good.com")["total"], &of("anna@good.com")["smtp"]["status"]), (&json!("ok"), &json!("ok")));
    let refused = of(" Anna@picky.com");
    let expected = json!({"status": "rcptto", "domain": "picky.com", "mx": "mx.picky.com", "ip": PICKY.to_string(),
                          "ptr": ["localhost"], "code": "550", "dsn": "5.1.1", "message": "User unknown"});
    assert_eq!((&refused["total"], &refused["smtp"], &refused["email.id"]), (&json!("bad"), &expected, &json!(1)));
    assert_eq!(of("anna@nowhere.com")["smtp"]["status"], "nodomain");
    assert_eq!(of("anna@"), json!({"total": "bad", "syntax": "error/email/nodomain", "email": null}));
    assert_eq!((&of("79261234567")["total"], of("79261234567").get("smtp")), (&json!("ok"), None));
    assert!(world.office.heard(PICKY).contains(&"RCPT TO:<anna@picky.com>".to_owned()));
    // Of those that mail does not reach, the one with a subscriber.
    let members = "SELECT id FROM member.group_member WHERE gid = 'bad'";
    assert_eq!(numbers(&mut client, members), [1]);
    let sound: bool = client.query_one("SELECT NOT EXISTS (SELECT FROM member_check())", &[]).unwrap().get(0);
    assert!(sound);
    // One that says nothing is told of in time, and keeps no other call waiting.
    let answer = call(&mut client, &json!({"email": "anna@silent.com", "smtp.test": "lite", "smtp.timeout": 1}));
    let smtp = &answer["list"]["anna@silent.com"]["smtp"];
    assert_eq!((&smtp["status"], &smtp["code"]), (&json!("banner"), &json!("000")));
    reset(&mut client);
}

#[test]
fn a_track_goes_through_a_group_and_leaves_a_report() {
    let (_world, database) = (World::start(), Database::new("workers_email_track"));
    let mut client = database.connect();
    settled(&mut client);
    // More than one part, of two domains.
    for n in 0..40 {
        let domain = if n % 4 == 0 { "picky.com" } else { "good.com" };
        set(&mut client, &format!("person{n}@{domain}"), n);
    }
    client.batch_execute("SELECT group_create('{\"id\": \"all\", \"type\": \"list\", \"name\": \"All\"}')").unwrap();
    let all = "SELECT group_snapshot(jsonb_build_object('to', '{\"id\": \"all\"}'::jsonb, 'from', jsonb_build_object('list', jsonb_agg(value)))) FROM member.head";
    client.batch_execute(all).unwrap();
    let request = json!({"group": "all", "smtp.test": "full", "auto_group": {"id": "bad"}, "track.info": "spring"});
    let track = call(&mut client, &request)["track.id"].as_i64().unwrap();
    let shown: Value = client.query_one("SELECT track_wait($1, '60s') -> 'obj'", &[&track]).unwrap().get(0);
    assert_eq!((&shown["status"], &shown["error"]), (&json!(-1), &Value::Null), "{shown}");
    assert_eq!(shown["progress"], json!({"done": 40, "total": 40}));
    let param = &shown["param"];
    assert_eq!((&param["count"], &param["group.id"]), (&json!({"ok": 30, "bad": 10}), &json!("bad")));
    assert_eq!(param["list"].as_object().unwrap().len(), 40);
    assert_eq!(numbers(&mut client, "SELECT count(*) FROM member.group_member WHERE gid = 'bad'"), [10]);
    let report = param["report.id"].as_i64().unwrap();
    let rows = "SELECT \"row\" FROM report_rows($1) ORDER BY n";
    let rows: Vec<Value> = client.query(rows, &[&report]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(rows.len(), 40);
    assert_eq!(rows[0], json!(["person0@picky.com", "bad", "ok", null, "rcptto"]));
    assert_eq!(rows[1], json!(["person1@good.com", "ok", "ok", null, "ok"]));
    reset(&mut client);
}

#[test]
fn a_call_that_waits_for_mail_servers_can_be_cancelled() {
    let (world, database) = (World::start(), Database::new("workers_email_cancel"));
    let (mut client, mut other) = (database.connect(), database.connect());
    settled(&mut client);
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let asked = world.office.most();
    let waiting = std::thread::spawn(move || {
        let request = json!({"list": ["a@silent.com", "b@silent.com"], "smtp.test": "lite", "smtp.timeout": 300});
        client.query_one("SELECT email_test($1)", &[&request]).unwrap_err()
    });
    until("both are asked about", || world.office.most() > asked);
    other.execute("SELECT pg_cancel_backend($1)", &[&pid]).unwrap();
    assert_eq!(waiting.join().unwrap().code().unwrap().code(), "57014");
    // Another domain is asked meanwhile.
    let answer = call(&mut other, &json!({"email": "anna@good.com", "smtp.test": "lite"}));
    assert_eq!(answer["list"]["anna@good.com"]["smtp"]["status"], "ok");
    reset(&mut other);
}
