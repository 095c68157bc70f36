//! What `member_explain` and a dry run foretell is what the call then does, for every cell of the table of head rules
//! and for random requests of two heads (members.md 7.2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use postgres::{Client, Transaction};
use serde_json::{Value, json};
use support::Database;

const TAKEN: [&str; 6] = ["error", "none", "transplant", "decapitate", "replace", "replace_same_type"];
const FREE: [&str; 4] = ["attach", "none", "replace", "replace_same_type"];

/// A subscriber of several heads, two of one head, one of two e-mails; `known` was a head once, `seen` never.
fn people(client: &mut Client) {
    let csid = |head: &str| json!({"head": head, "head_addr_type": "csid"});
    for request in [
        json!({"email": "multi@example.com", "datakey": [["a.x", "set", 1], ["b", "set", [1]]], "head_attach": [csid("card-m")]}),
        json!({"email": "single@example.com", "datakey": [["a.y", "set", 2], ["b", "set", [2]]]}),
        json!({"email": "receiver@example.com", "datakey": [["a.x", "set", 3]], "head_attach": [csid("card-r")]}),
        json!({"email": "twice@example.com", "head_attach": [{"head": "second@example.com"}]}),
        json!({"email": "known@example.com"}),
    ] {
        client.query_one("SELECT member_set($1::jsonb)", &[&request]).unwrap();
    }
    client.query_one("SELECT member_delete($1::jsonb)", &[&json!({"email": "known@example.com"})]).unwrap();
}

fn ask(transaction: &mut Transaction, function: &str, request: &Value) -> Result<Value, String> {
    let mut savepoint = transaction.savepoint("asked").unwrap();
    let answer = savepoint.query_one(&format!("SELECT {function}($1::jsonb)"), &[request]);
    match answer {
        Ok(row) => {
            let answer = row.get(0);
            savepoint.commit().unwrap();
            Ok(answer)
        }
        Err(error) => Err(error.as_db_error().unwrap().message().to_owned()),
    }
}

fn ids(problems: &Value) -> Vec<String> {
    problems.as_array().into_iter().flatten().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Name and head of each step, and the bodies where they were known beforehand.
fn steps_of(steps: &Value) -> Vec<(String, Value)> {
    let steps = steps.as_array().unwrap().iter();
    steps.map(|step| (step["step"].as_str().unwrap().to_owned(), step["address"].clone())).collect()
}

/// The steps of the last row of the journal after this one, its heads by their text.
fn done_steps(transaction: &mut Transaction, after: i64) -> Vec<(String, Value)> {
    let rows = "SELECT s.step ->> 'step', to_jsonb(a.value) FROM member.journal j, jsonb_array_elements(j.plan) WITH ORDINALITY s(step, n)
                  LEFT JOIN member.address a ON a.id = (s.step ->> 'address')::bigint WHERE j.id > $1 ORDER BY n";
    let rows = transaction.query(rows, &[&after]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get::<_, Option<Value>>(1).unwrap_or(Value::Null))).collect()
}

/// Compares explanation, dry run and call, and takes the call back.
fn compare(client: &mut Client, function: &str, request: &Value) {
    let mut transaction = client.transaction().unwrap();
    let count = |transaction: &mut Transaction| -> (i64, i64, i64) {
        let row = "SELECT (SELECT coalesce(max(id), 0) FROM member.journal), (SELECT count(*) FROM member.event), (SELECT count(*) FROM member.address)";
        let row = transaction.query_one(row, &[]).unwrap();
        (row.get(0), row.get(1), row.get(2))
    };
    let before = count(&mut transaction);
    let explained = ask(&mut transaction, "member_explain", request).unwrap();
    let mut dry = request.clone();
    dry["dry_run"] = json!(1);
    let dry = ask(&mut transaction, function, &dry);
    assert_eq!(count(&mut transaction), before, "neither writes anything: {request}");
    let done = ask(&mut transaction, function, request);
    match (dry, done) {
        (Err(dry), Err(done)) => {
            assert_eq!(ids(&explained["errors"]), [done.as_str()], "{request}");
            assert_eq!(dry, done, "{request}");
        }
        (Ok(dry), Ok(done)) => {
            assert_eq!(ids(&explained["errors"]), [] as [&str; 0], "{request}");
            assert_eq!(steps_of(&explained["steps"]), steps_of(&dry["steps"]), "{request}");
            let own = |step: &(String, Value)| ["create", "set"].contains(&step.0.as_str());
            let foretold: Vec<_> = steps_of(&dry["steps"]).into_iter().filter(|step| !own(step)).collect();
            assert_eq!(done_steps(&mut transaction, before.0), foretold, "{request}");
            assert_eq!(ids(&explained["warnings"]), ids(&done["warnings"]), "{request}");
            let id = done["member"]["id"].as_i64().unwrap();
            let data = "SELECT b.data FROM member.body b JOIN member.address a USING (dataset) WHERE a.id = $1";
            assert_eq!(dry["data"], transaction.query_one(data, &[&id]).unwrap().get::<_, Value>(0), "{request}");
        }
        (dry, done) => panic!("{request}: {dry:?} {done:?}"),
    }
    assert!(transaction.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
    transaction.rollback().unwrap();
}

#[test]
fn every_cell_is_foretold() {
    let database = Database::new("explain");
    let client = &mut database.connect();
    people(client);
    for receiver in ["receiver@example.com", "twice@example.com", "new@example.com"] {
        for (case, head, rules) in [
            ("multi", "multi@example.com", &TAKEN[..]),
            ("single", "single@example.com", &TAKEN),
            ("newbie", "known@example.com", &FREE),
            ("newbie", "seen@example.com", &FREE),
        ] {
            for rule in rules {
                let item = json!({"head": head, "head_rule": {case: rule}});
                let request = json!({"email": receiver, "datakey": [["a.z", "set", 9]], "head_attach": [item]});
                compare(client, "member_set", &request);
            }
        }
    }
    for rule in &TAKEN[1..] {
        for head in ["multi@example.com", "card-m", "single@example.com", "card-r", "seen@example.com"] {
            let addr_type = if head.contains('@') { "email" } else { "csid" };
            let request =
                json!({"email": "receiver@example.com", "head": head, "head_addr_type": addr_type, "head_rule": rule});
            compare(client, "member_merge", &request);
        }
    }
}

#[test]
fn random_requests_of_two_heads_are_foretold() {
    let database = Database::new("explain_random");
    let client = &mut database.connect();
    people(client);
    let heads = [
        "multi@example.com",
        "card-m",
        "single@example.com",
        "card-r",
        "second@example.com",
        "seen@example.com",
        "known@example.com",
    ];
    let receivers = ["receiver@example.com", "twice@example.com", "new@example.com", "single@example.com"];
    let mut state = 7_u64;
    let mut throw = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % sides
    };
    for _ in 0..400 {
        let items: Vec<Value> = (0..2)
            .map(|_| {
                let head = heads[throw(heads.len())];
                let addr_type = if head.contains('@') { "email" } else { "csid" };
                let hashas = ["none", "set", "move", "delete", "merge"][throw(5)];
                json!({"head": head, "head_addr_type": addr_type, "data_rule": {"level": throw(3), "hashas": hashas},
                    "head_rule": {"multi": TAKEN[throw(6)], "single": TAKEN[throw(6)], "newbie": FREE[throw(4)]}})
            })
            .collect();
        let if_exists = ["", "must", "error"][throw(8).min(2) % 3];
        let request = json!({"email": receivers[throw(4)], "if_exists": if_exists, "datakey": [["a.x", "set", throw(4)]], "head_attach": items});
        compare(client, "member_set", &request);
    }
}
