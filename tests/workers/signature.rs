//! Signatures of requests, checked by somebody else's program: the package of Standard Webhooks.

use crate::common::*;
use std::io::Write;
use std::process::{Command, Stdio};

const OLD: &str = "whsec_dGhlIHNlY3JldCBvZiBsYXN0IHllYXI=";
const NEW: &str = "whsec_dGhlIHNlY3JldCBvZiB0aGlzIHllYXI=";

/// What the package says of a request that came with these headers, read with a secret.
fn verdict(seen: &Seen, body: &str, secret: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<_, _> =
        names.iter().map(|name| (name.to_string(), json!(seen.header(name)))).collect();
    let request = json!({"secret": secret, "headers": headers, "body": body});
    let mut python = Command::new("python3")
        .arg(format!("{root}/tests/workers/verify.py"))
        .env("PYTHONPATH", format!("{root}/target/tools/webhooks"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let done = python.wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn the_package_of_standard_webhooks_takes_what_is_signed_and_refuses_what_was_changed() {
    let (database, target) = (Database::new("workers_signed"), Target::start());
    let mut client = database.connect();
    let hook = target.hook(&mut client, "/ok", r#"["member_new"]"#, "");
    let secrets = |client: &mut Client, secrets: Value| {
        hook_set(client, &json!({"id": hook, "transport": {"signing_secret": secrets}}).to_string())
    };
    let rounds = [(json!(OLD), vec![OLD]), (json!([NEW, OLD]), vec![NEW, OLD]), (json!(NEW), vec![NEW])];
    for (round, (given, known)) in rounds.into_iter().enumerate() {
        secrets(&mut client, given);
        // Quotes and letters beyond ASCII: what is signed are the bytes that were sent.
        client.execute("SELECT member_set($1, '[]')", &[&format!("анна+{round}@почта.рф")]).unwrap();
        assert!(is_idle(&mut client));
        let seen = target.receiver.seen("/ok").pop().unwrap();
        assert_eq!(events_of(&seen).len(), 1);
        assert_eq!(seen.header("webhook-signature").split(' ').count(), known.len());
        for secret in [OLD, NEW] {
            let expected = if known.contains(&secret) { "taken" } else { "refused: No matching signature found" };
            assert_eq!(verdict(&seen, &seen.body, secret), expected, "round {round}");
        }
        let changed = seen.body.replace("member_new", "member_nav");
        assert_ne!(changed, seen.body);
        assert_eq!(verdict(&seen, &changed, known[0]), "refused: No matching signature found");
    }
}
