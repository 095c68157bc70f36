//! Mail servers are asked about addresses, and misbehave in every way that they can (members.md 11.2).

use super::open;
use super::post::{Act, Dns, Post, PostOffice, Zone, a, mx};
use hickory_resolver::proto::op::ResponseCode;
use pg_member::domain::email_test::{Depth, Finding, Mailbox, Status};
use pg_member::domain::pipe::pipes::Limit;
use pg_member::sink::Reach;
use pg_member::sink::probe::{Extent, Manner, Prober};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Long enough for what answers.
const LONG: Duration = Duration::from_secs(20);
/// Short enough to wait for what does not.
const SHORT: Duration = Duration::from_millis(300);

fn manner(dns: &Dns, port: u16) -> Manner {
    Manner {
        dns: vec![dns.address],
        port,
        helo: "probe.example.net".to_owned(),
        from: String::new(),
        per_domain: 10,
        rate: None,
        at_once: 100,
    }
}

fn at(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 77, 0, number)
}

async fn ask(email: &str, depth: Depth, timeout: Duration, manner: &Manner) -> Finding {
    let mailbox = Mailbox::of(email).unwrap();
    Prober::default().probe(&mailbox, Extent { depth, timeout }, manner, &open()).await
}

/// What a server with this behaviour comes to, and what it heard.
async fn meet(number: u8, post: Post, depth: Depth, timeout: Duration) -> (Finding, Vec<String>) {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(number), post)]).await);
    dns.mail("example.com", "mx.example.com", at(number));
    let finding = ask("anna@example.com", depth, timeout, &manner(&dns, office.port)).await;
    (finding, office.heard(at(number)))
}

#[track_caller]
fn assert_says(finding: &Finding, status: Status, code: Option<&str>, dsn: Option<&str>, message: &str) {
    let said = finding.message.as_deref().unwrap_or_default();
    assert_eq!((finding.status, finding.code.as_deref(), finding.dsn.as_deref()), (status, code, dsn), "{finding:?}");
    assert!(said.contains(message), "{finding:?}");
}

#[tokio::test]
async fn a_good_address_is_good() {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(1), Post::default())]).await);
    dns.mail("example.com", "MX.Example.com", at(1));
    let finding = ask("anna@example.com", Depth::Full, LONG, &manner(&dns, office.port)).await;
    let expected = Finding {
        status: Status::Ok,
        mx: Some("mx.example.com".to_owned()),
        ip: Some(at(1).to_string()),
        // What loopback is called is known without asking (RFC 6761).
        ptr: vec!["localhost".to_owned()],
        ..Finding::new("example.com")
    };
    assert_eq!(finding, expected);
    let said = ["EHLO probe.example.net", "MAIL FROM:<>", "RCPT TO:<anna@example.com>", "QUIT"];
    assert_eq!(office.heard(at(1)), said);
}

#[tokio::test]
async fn lite_does_not_name_the_address() {
    let refuses = Post { rcpt: Act::Say("550 5.1.1 User unknown\r\n"), ..Post::default() };
    let (finding, said) = meet(2, refuses, Depth::Lite, LONG).await;
    assert_eq!((finding.status, finding.code, finding.message), (Status::Ok, None, None));
    assert_eq!(said, ["EHLO probe.example.net", "MAIL FROM:<>", "QUIT"]);
}

#[tokio::test]
async fn a_refusal_at_each_stage_is_told_with_its_code() {
    let usual = Post::default();
    let banner = Post { banner: Act::Say("554 No mail here\r\n"), ..usual };
    let (finding, said) = meet(3, banner, Depth::Full, LONG).await;
    assert_says(&finding, Status::Banner, Some("554"), None, "No mail here");
    assert_eq!(said, ["QUIT"]);

    let helo = Post { ehlo: Act::Say("502 5.5.1 No EHLO\r\n"), helo: Act::Say("550 5.7.1 Go away\r\n"), ..usual };
    let (finding, said) = meet(4, helo, Depth::Full, LONG).await;
    assert_says(&finding, Status::Helo, Some("550"), Some("5.7.1"), "Go away");
    assert_eq!(said, ["EHLO probe.example.net", "HELO probe.example.net", "QUIT"]);

    let later = Post { ehlo: Act::Say("421 4.3.2 Later\r\n"), ..usual };
    let (finding, _) = meet(5, later, Depth::Full, LONG).await;
    assert_says(&finding, Status::Helo, Some("421"), Some("4.3.2"), "Later");

    let mail = Post { mail: Act::Say("451 4.7.1 Greylisted\r\n"), ..usual };
    let (finding, _) = meet(6, mail, Depth::Lite, LONG).await;
    assert_says(&finding, Status::Mailfrom, Some("451"), Some("4.7.1"), "Greylisted");

    let many = "550-5.1.1 There is nobody\r\n550-5.1.1 of that name\r\n550 5.1.1 here\r\n";
    let rcpt = Post { rcpt: Act::Stutter(many), ..usual };
    let (finding, _) = meet(7, rcpt, Depth::Full, LONG).await;
    assert_says(&finding, Status::Rcptto, Some("550"), Some("5.1.1"), "There is nobody\nof that name\nhere");
    assert_eq!(finding.ip, Some(at(7).to_string()));
}

#[tokio::test]
async fn a_server_of_the_old_kind_is_greeted_in_the_old_way() {
    let old = Post { ehlo: Act::Say("500 What?\r\n"), ..Post::default() };
    let (finding, said) = meet(8, old, Depth::Full, LONG).await;
    assert_eq!(finding.status, Status::Ok);
    assert_eq!(said[..2], ["EHLO probe.example.net", "HELO probe.example.net"]);
}

#[tokio::test]
async fn who_has_no_name_gives_its_address() {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(9), Post::default())]).await);
    dns.mail("example.com", "mx.example.com", at(9));
    let manner = Manner { helo: String::new(), from: "probe@example.net".to_owned(), ..manner(&dns, office.port) };
    assert_eq!(ask("anna@example.com", Depth::Lite, LONG, &manner).await.status, Status::Ok);
    assert_eq!(office.heard(at(9))[..2], ["EHLO [127.0.0.1]", "MAIL FROM:<probe@example.net>"]);
}

#[tokio::test]
async fn silence_at_each_stage_is_a_timeout() {
    let usual = Post::default();
    let stages = [
        (Post { banner: Act::Hang, ..usual }, Status::Banner),
        (Post { ehlo: Act::Hang, ..usual }, Status::Helo),
        (Post { mail: Act::Hang, ..usual }, Status::Mailfrom),
        (Post { rcpt: Act::Hang, ..usual }, Status::Rcptto),
        (Post { banner: Act::Say("220-never"), ..usual }, Status::Banner),
    ];
    for (number, (post, status)) in (10..).zip(stages) {
        let (finding, _) = meet(number, post, Depth::Full, SHORT).await;
        assert_says(&finding, status, Some("000"), None, "no answer in time");
    }
}

#[tokio::test]
async fn who_breaks_off_or_talks_nonsense_is_told_so() {
    let usual = Post::default();
    let stages = [
        (Post { banner: Act::Close, ..usual }, Status::Banner),
        (Post { ehlo: Act::Close, ..usual }, Status::Helo),
        (Post { mail: Act::Close, ..usual }, Status::Mailfrom),
        (Post { rcpt: Act::Close, ..usual }, Status::Rcptto),
        (Post { banner: Act::Say("HTTP/1.1 400 Bad Request\r\n\r\n"), ..usual }, Status::Banner),
        (Post { rcpt: Act::Say("\0\0\0\r\n"), ..usual }, Status::Rcptto),
        // A line without an end, and a reply of lines without one.
        (Post { banner: Act::Forever("220 long "), ..usual }, Status::Banner),
        (Post { mail: Act::Forever("250-\r\n"), ..usual }, Status::Mailfrom),
        (Post { ehlo: Act::Forever("250-X\r\n"), ..usual }, Status::Helo),
    ];
    for (number, (post, status)) in (20..).zip(stages) {
        let (finding, _) = meet(number, post, Depth::Full, LONG).await;
        assert_eq!((finding.status, finding.code.clone()), (status, None), "{number}: {finding:?}");
        assert!(finding.message.is_some(), "{number}");
    }
}

#[tokio::test]
async fn the_server_is_the_first_of_the_domain() {
    let posts = [(at(40), Post::default()), (at(41), Post::default())];
    let (dns, office) = (Dns::start().await, PostOffice::start(&posts).await);
    dns.set(
        "example.com",
        Zone::Records(vec![mx(20, "b.example.com"), mx(10, "c.example.com"), mx(20, "a.example.com")]),
    );
    dns.set("c.example.com", Zone::Records(vec![a(at(40)), a(at(41))]));
    let finding = ask("anna@example.com", Depth::Lite, LONG, &manner(&dns, office.port)).await;
    assert_eq!((finding.status, finding.mx.as_deref()), (Status::Ok, Some("c.example.com")));
}

#[tokio::test]
async fn a_domain_without_mx_is_its_own_server() {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(42), Post::default())]).await);
    dns.set("xn--e1afmkfd.xn--p1ai", Zone::Records(vec![a(at(42))]));
    let finding = ask("anna@пример.рф", Depth::Full, LONG, &manner(&dns, office.port)).await;
    assert_eq!((finding.status, finding.domain.as_str()), (Status::Ok, "пример.рф"));
    assert_eq!(finding.mx.as_deref(), Some("xn--e1afmkfd.xn--p1ai"));
    assert!(office.heard(at(42)).contains(&"RCPT TO:<anna@xn--e1afmkfd.xn--p1ai>".to_owned()));
}

#[tokio::test]
async fn what_dns_says_is_told() {
    let dns = Dns::start().await;
    let manner = manner(&dns, 25);
    let of = async |email: &str| ask(email, Depth::Lite, SHORT * 5, &manner).await;
    assert_says(&of("anna@nowhere.example").await, Status::Nodomain, None, None, "no such domain");
    dns.set("empty.example", Zone::Records(Vec::new()));
    assert_says(&of("anna@empty.example").await, Status::Nomxa, None, None, "neither an MX nor an address");
    dns.set("null.example", Zone::Records(vec![mx(0, "")]));
    assert_says(&of("anna@null.example").await, Status::Nomxa, None, None, "takes no mail");
    for code in [ResponseCode::ServFail, ResponseCode::Refused] {
        dns.set("broken.example", Zone::Fails(code));
        let finding = of("anna@broken.example").await;
        assert_eq!((finding.status, finding.code.as_deref()), (Status::Resolver, None), "{finding:?}");
        assert!(finding.message.is_some());
    }
    dns.set("silent.example", Zone::Silent);
    assert_says(&of("anna@silent.example").await, Status::Resolver, Some("000"), None, "no answer in time");
    // The domain is there, its server is not.
    dns.set("half.example", Zone::Records(vec![mx(10, "mx.nowhere.example")]));
    let finding = of("anna@half.example").await;
    assert_says(&finding, Status::Connref, None, None, "has no address");
    assert_eq!(finding.mx.as_deref(), Some("mx.nowhere.example"));
}

#[tokio::test]
async fn a_server_that_is_not_there_refuses() {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(43), Post::default())]).await);
    dns.mail("example.com", "mx.example.com", at(44));
    let manner = manner(&dns, office.port);
    let finding = ask("anna@example.com", Depth::Lite, LONG, &manner).await;
    assert_says(&finding, Status::Connref, None, None, "refused");
    // Another address of it is tried.
    dns.set("mx.example.com", Zone::Records(vec![a(at(44)), a(at(43))]));
    let finding = ask("anna@example.com", Depth::Lite, LONG, &manner).await;
    assert_eq!((finding.status, finding.ip), (Status::Ok, Some(at(43).to_string())));
}

#[tokio::test]
async fn no_inner_address_is_connected_to() {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(45), Post::default())]).await);
    dns.mail("example.com", "mx.example.com", at(45));
    let (mailbox, extent) = (Mailbox::of("anna@example.com").unwrap(), Extent { depth: Depth::Full, timeout: LONG });
    let closed = Reach::default();
    let finding = Prober::default().probe(&mailbox, extent, &manner(&dns, office.port), &closed).await;
    assert_says(&finding, Status::Connref, None, None, "no public address");
    assert_eq!((finding.ip, office.most()), (None, 0));
}

#[tokio::test]
async fn other_letters_need_a_server_that_takes_them() {
    let posts =
        [(at(46), Post::default()), (at(47), Post { ehlo: Act::Say("250 mx.example.com\r\n"), ..Post::default() })];
    let (dns, office) = (Dns::start().await, PostOffice::start(&posts).await);
    dns.mail("new.example", "mx.new.example", at(46));
    dns.mail("old.example", "mx.old.example", at(47));
    let manner = manner(&dns, office.port);
    assert_eq!(ask("анна@new.example", Depth::Full, LONG, &manner).await.status, Status::Ok);
    let said = office.heard(at(46));
    assert_eq!(said[1..3], ["MAIL FROM:<> SMTPUTF8", "RCPT TO:<анна@new.example>"]);
    let finding = ask("анна@old.example", Depth::Full, LONG, &manner).await;
    assert_says(&finding, Status::Rcptto, None, None, "other letters");
    assert_eq!(ask("анна@old.example", Depth::Lite, LONG, &manner).await.status, Status::Ok);
}

#[tokio::test]
async fn a_domain_that_hangs_keeps_no_other_waiting() {
    let posts = [(at(50), Post { banner: Act::Hang, ..Post::default() }), (at(51), Post::default())];
    let (dns, office) = (Dns::start().await, PostOffice::start(&posts).await);
    dns.mail("slow.example", "mx.slow.example", at(50));
    dns.mail("quick.example", "mx.quick.example", at(51));
    let manner = Manner { per_domain: 1, ..manner(&dns, office.port) };
    let prober = Prober::default();
    let of = |domain: &str, count: usize| -> Vec<Mailbox> {
        (0..count).map(|n| Mailbox::of(&format!("person{n}@{domain}")).unwrap()).collect()
    };
    let extent = Extent { depth: Depth::Full, timeout: LONG };
    let reach = open();
    let (slow, quick) = (of("slow.example", 3), of("quick.example", 20));
    tokio::select! {
        _ = prober.probe_all(&slow, extent, &manner, &reach) => panic!("the slow ones were first"),
        findings = prober.probe_all(&quick, extent, &manner, &reach) => {
            assert!(findings.iter().all(|finding| finding.status == Status::Ok), "{findings:?}");
        }
    }
    assert_eq!(office.most(), 2, "one conversation of each domain");
}

#[tokio::test]
async fn a_domain_is_asked_so_often_and_no_more() {
    let (dns, office) = (Dns::start().await, PostOffice::start(&[(at(52), Post::default())]).await);
    dns.mail("example.com", "mx.example.com", at(52));
    let rate = Some(Limit { count: 2, period: Duration::from_secs(3600) });
    let manner = Manner { rate, ..manner(&dns, office.port) };
    let (prober, reach) = (Prober::default(), open());
    let mailboxes: Vec<Mailbox> = (0..3).map(|n| Mailbox::of(&format!("p{n}@example.com")).unwrap()).collect();
    let extent = Extent { depth: Depth::Lite, timeout: LONG };
    let two = prober.probe_all(&mailboxes[..2], extent, &manner, &reach).await;
    assert!(two.iter().all(|finding| finding.status == Status::Ok));
    let third = prober.probe_all(&mailboxes[2..], extent, &manner, &reach);
    assert!(tokio::time::timeout(SHORT, third).await.is_err(), "its turn is in an hour");
    assert_eq!(office.heard(at(52)).iter().filter(|line| line.starts_with("EHLO")).count(), 2);
}
