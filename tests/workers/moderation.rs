//! Launches to a place, from the call to the answers of the outside service: moderated, placed, taken down
//! (pipelines-and-hooks.md 5.6 and 5.7).

use crate::common::*;
use std::collections::HashSet;

/// A wall that is moderated and can be taken down: the outside service answers when it likes, by a call.
fn wall(client: &mut Client, target: &Target) {
    let channel = json!({
        "name": "Wall", "string_id": "wall", "kind": "indirect", "with_moderate": 1,
        "fields": {"resource": [{"shortname": "page", "title": "Page", "type": "string"}],
                   "template": [{"shortname": "text", "title": "Text", "type": "text"}]},
        "events": [{"id": 100_031, "name": "Up", "string_id": "up", "base": "send"}],
    });
    client.execute("SELECT channel_set($1)", &[&channel]).unwrap();
    let request = |path: &str| {
        json!([
            {"id": 1, "type": "pack", "outs": {"success": 2},
             "params": {"template": {"id": "$origin.send_message_id", "text": "$template.text", "page": "$resource.page"}}},
            {"id": 2, "type": "http_request", "outs": {"success": 3},
             "params": {"url": target.receiver.url(path), "method": "POST", "content_type": "json"}},
            {"id": 3, "type": "log", "params": {"level": "trace", "message": "$in.http_code"}},
        ])
    };
    let answer = |id: i64, code: &str| {
        json!({"id": id, "type": "event", "outs": {"error": 9},
               "params": {"event_type": code, "event": {"send_message_id": "$in.data.id", "message": "$in.data.why"}}})
    };
    let mut message = request("/ok/wall");
    message[2] = json!({"id": 3, "type": "event", "params": {"event_type": "send", "channel_id": 10001, "action_type": 100_031,
                        "event": {"send_message_id": "$origin.send_message_id"}}});
    let listener = json!([
        {"id": 1, "type": "unpack", "outs": {"success": 2, "error": 9}},
        {"id": 2, "type": "selector", "outs": {"error": 9}, "params": {"outs": [
            {"query": "'$in.data.answer' = 'yes'", "out": 3}, {"query": "'$in.data.answer' = 'no'", "out": 4},
            {"query": "'$in.data.answer' = 'down'", "out": 5}]}},
        answer(3, "moderate_pass"), answer(4, "moderate_error"), answer(5, "stop"),
        {"id": 9, "type": "log", "params": {"level": "error", "message": "$error.message"}},
    ]);
    for (kind, pipes) in [
        ("message", message),
        ("moderate", request("/ok/moderate")),
        ("stop", request("/ok/stop")),
        ("listener", listener),
    ] {
        client.execute("SELECT pipeline_set('wall', $1, $2)", &[&kind, &pipes]).unwrap();
    }
    client.batch_execute(r#"SELECT resource_set('{"name": "Shop", "fields": {"page": "shop"}}')"#).unwrap();
}

/// Launches a message to the wall; its number, and that of the launch.
fn post(client: &mut Client, text: &str, launch: Option<i64>) -> (String, i64) {
    let request = json!({"channel": "wall", "resource": 1, "template": {"text": text}, "issue.id": launch});
    let reply: Value = client.query_one("SELECT message_send($1)", &[&request]).unwrap().get(0);
    assert_eq!(reply["state"], "moderating", "{reply}");
    assert!(is_idle(client));
    (reply["send_message_id"].as_str().unwrap().to_owned(), reply["issue.id"].as_i64().unwrap())
}

/// The outside service says something about a message.
fn answer(client: &mut Client, message: &str, answer: &str) {
    let body = json!({"body": {"id": message, "answer": answer, "why": "because"}});
    client.execute("SELECT pipeline_listen('wall', $1)", &[&body]).unwrap();
    assert!(is_idle(client));
}

/// The states that a launch went through.
fn states(client: &mut Client, launch: i64) -> Vec<String> {
    let query = "SELECT state FROM member.launch_state WHERE launch = $1 ORDER BY n";
    client.query(query, &[&launch]).unwrap().iter().map(|row| row.get(0)).collect()
}

fn told(client: &mut Client) -> Vec<String> {
    let lines = client.query("SELECT message FROM pipe_log WHERE level <> 'trace' ORDER BY id", &[]).unwrap();
    lines.iter().map(|row| row.get(0)).collect()
}

/// What came to a path: the messages and their texts.
fn came(target: &Target, path: &str) -> Vec<(String, String)> {
    let text = |body: &Value, key: &str| body[key].as_str().unwrap().to_owned();
    let bodies = target.receiver.seen(path).into_iter().map(|seen| serde_json::from_str::<Value>(&seen.body).unwrap());
    bodies.map(|body| (text(&body, "id"), text(&body, "text"))).collect()
}

#[test]
fn a_placement_is_approved_placed_and_taken_down() {
    let (database, target) = (Database::new("workers_moderated"), Target::start());
    let mut client = database.connect();
    wall(&mut client, &target);
    let (message, launch) = post(&mut client, "Hello", None);
    let sent = [(message.clone(), "Hello".to_owned())];
    assert_eq!(came(&target, "/ok/moderate"), sent);
    assert!(came(&target, "/ok/wall").is_empty(), "nobody has looked at it yet");
    answer(&mut client, &message, "yes");
    assert_eq!(came(&target, "/ok/wall"), sent, "{:?}", told(&mut client));
    let placed = ["draft", "moderating", "approved", "sending", "done"];
    assert_eq!(states(&mut client, launch), placed);
    // Second answers change nothing, whatever they say.
    answer(&mut client, &message, "yes");
    answer(&mut client, &message, "no");
    assert_eq!(came(&target, "/ok/wall").len(), 1);
    assert_eq!(states(&mut client, launch), placed);
    let ignored = |what: &str, state: &str| format!("launch {launch} is {state}: {what} is ignored");
    assert_eq!(told(&mut client), [ignored("moderate_pass", "done"), ignored("moderate_error", "done")]);
    client.execute("SELECT pipeline_stop($1)", &[&json!({"issue.id": launch})]).unwrap();
    assert!(is_idle(&mut client));
    assert_eq!(came(&target, "/ok/stop"), sent);
    // A service that knows keys takes none of the three for another: each is asked from pipe 2.
    let key = |path: &str| target.receiver.seen(path)[0].header("idempotency-key").to_owned();
    assert_eq!(key("/ok/wall"), format!("{message}.2"));
    let keys = HashSet::from(["/ok/moderate", "/ok/wall", "/ok/stop"].map(key));
    assert!(keys.len() == 3 && !keys.contains(""), "{keys:?}");
    assert_eq!(states(&mut client, launch).last().unwrap(), "stopping", "the service has not answered yet");
    answer(&mut client, &message, "down");
    answer(&mut client, &message, "down");
    assert_eq!(states(&mut client, launch)[5..], ["stopping", "stopped"]);
    assert_eq!(told(&mut client)[2..], [ignored("stop", "stopped")]);
}

#[test]
fn a_placement_that_is_refused_is_written_anew() {
    let (database, target) = (Database::new("workers_refused"), Target::start());
    let mut client = database.connect();
    wall(&mut client, &target);
    let (first, launch) = post(&mut client, "Rude", None);
    answer(&mut client, &first, "no");
    answer(&mut client, &first, "yes");
    assert_eq!(states(&mut client, launch), ["draft", "moderating", "rejected"]);
    let why = "SELECT reason FROM member.launch_state WHERE launch = $1 AND state = 'rejected'";
    assert_eq!(client.query_one(why, &[&launch]).unwrap().get::<_, String>(0), "because");
    assert!(came(&target, "/ok/wall").is_empty());
    let (second, again) = post(&mut client, "Polite", Some(launch));
    assert_eq!((again, states(&mut client, launch)[3..].join(" ")), (launch, "draft moderating".to_owned()));
    // What is still said about the first text is late.
    answer(&mut client, &first, "yes");
    assert_eq!(states(&mut client, launch).len(), 5);
    answer(&mut client, &second, "yes");
    until("it is placed", || states(&mut client, launch).last().is_some_and(|state| state == "done"));
    assert_eq!(came(&target, "/ok/wall"), [(second, "Polite".to_owned())]);
    assert_eq!(states(&mut client, launch)[5..], ["approved", "sending", "done"]);
    let late = format!("launch {launch} is moderating: moderate_pass is ignored");
    assert_eq!(told(&mut client), [format!("launch {launch} is rejected: moderate_pass is ignored"), late]);
}
