//! Eight sessions set, attach, replace, detach, merge, unmerge and delete the same 200 people at once. Afterwards every
//! call is accounted for from the log alone: heads and data, replayed event by event, come out as they are in the
//! tables, and each event finds what the one before it left (DESIGN 5.2). A lost update or a head that two bodies had at
//! once would break the chain; a deadlock or any refusal that is not in order fails at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use postgres::{Client, Statement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use support::Database;

const THREADS: u64 = 8;
const CALLS_EACH: usize = 2_600;
const PEOPLE: usize = 200;

/// What a call may answer when people have moved on: no such subscriber, a head of somebody else, the last head, both
/// the same one, several of a type.
const IN_ORDER: &[&str] = &[
    "error/member/notexists",
    "error/member/head/taken",
    "error/member/head/last",
    "error/member/head/same",
    "error/member/head/ambiguous",
    "error/param/wrong",
];

/// The same of `member_unmerge`: no such row, undone already, a later one first, nothing left, the last head.
const MAY_REFUSE: &[&str] = &["PM271", "PM272", "PM273", "PM274", "PM263"];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.throw(texts.len())]
    }
}

struct Worker {
    client: Client,
    api: Statement,
    unmerge: Statement,
    dice: Dice,
    name: u64,
    /// Entries that were pushed to a subscriber who was there.
    pushed: BTreeSet<String>,
    calls: BTreeMap<&'static str, usize>,
}

impl Worker {
    fn new(database: &Database, name: u64) -> Worker {
        let mut client = database.connect();
        let api = client.prepare("SELECT member_api($1::jsonb)").unwrap();
        let unmerge = client.prepare("SELECT member_unmerge($1, $2)").unwrap();
        Worker { client, api, unmerge, dice: Dice(name + 77), name, pushed: BTreeSet::new(), calls: BTreeMap::new() }
    }

    fn work(mut self) -> (BTreeSet<String>, BTreeMap<&'static str, usize>) {
        for number in 0..CALLS_EACH {
            match self.dice.throw(16) {
                0..=3 => self.set(number, false),
                4..=6 => self.set(number, true),
                7 | 8 => self.head("member.head.attach"),
                9 => self.head("member.head.replace"),
                10 => self.detach(),
                11 | 12 => self.merge(),
                13 | 14 => self.unmerge(),
                _ => self.delete(),
            }
        }
        (self.pushed, self.calls)
    }

    /// A successful reply; nothing where the call was refused in order.
    fn call(&mut self, what: &'static str, request: &Value) -> Option<Value> {
        let answer: Value = match self.client.query_one(&self.api, &[request]) {
            Ok(row) => row.get(0),
            Err(error) => panic!("{request}: {error:?}"),
        };
        if let Some(errors) = answer["errors"].as_array() {
            let id = errors[0]["id"].as_str().unwrap();
            assert!(IN_ORDER.contains(&id), "{request}: {answer}");
            return None;
        }
        *self.calls.entry(what).or_default() += 1;
        Some(answer)
    }

    fn somebody(&mut self) -> (String, &'static str) {
        let number = self.dice.throw(PEOPLE);
        match self.dice.throw(3) {
            0 => (format!("card{number:03}"), "csid"),
            _ => (format!("p{number:03}@example.com"), "email"),
        }
    }

    fn data_rule(&mut self) -> Value {
        let (hasmiss, hashas) =
            (self.dice.pick(&["set", "none", "move"]), self.dice.pick(&["set", "none", "move", "delete", "merge"]));
        let misshas = self.dice.pick(&["none", "none", "delete"]);
        json!({"level": 1, "hasmiss": hasmiss, "hashas": hashas, "misshas": misshas, "dk_rule": {"log": "merge"}})
    }

    fn set(&mut self, number: usize, attaches: bool) {
        let (email, addr_type) = self.somebody();
        let entry = format!("{}:{number}", self.name);
        let key = format!("k{}", self.dice.throw(6));
        let mut request = json!({"action": "member.set", "email": email, "addr_type": addr_type,
            "datakey": [["log", "push", entry], [key, "set", entry]]});
        if attaches {
            let items: Vec<Value> = (0..1 + self.dice.throw(2))
                .map(|_| {
                    let (head, head_addr_type) = self.somebody();
                    let rules = ["none", "transplant", "decapitate", "replace", "replace_same_type", "error"];
                    let (multi, single) = (self.dice.pick(&rules), self.dice.pick(&rules));
                    let newbie = self.dice.pick(&["attach", "none", "replace", "replace_same_type"]);
                    json!({"head": head, "head_addr_type": head_addr_type, "data_rule": self.data_rule(),
                        "head_rule": {"multi": multi, "single": single, "newbie": newbie}})
                })
                .collect();
            request["head_attach"] = items.into();
        }
        let what = if attaches { "set with heads" } else { "set" };
        if let Some(reply) = self.call(what, &request)
            && reply["newbie"] == 0
        {
            self.pushed.insert(entry);
        }
    }

    fn head(&mut self, action: &'static str) {
        let ((email, addr_type), (head, head_addr_type)) = (self.somebody(), self.somebody());
        let request = json!({"action": action, "email": email, "addr_type": addr_type, "head": head,
            "head_addr_type": head_addr_type});
        self.call(action, &request);
    }

    fn detach(&mut self) {
        let (email, addr_type) = self.somebody();
        let split = self.dice.throw(2);
        let request = json!({"action": "member.head.detach", "email": email, "addr_type": addr_type, "split": split});
        self.call("detach", &request);
    }

    fn merge(&mut self) {
        let ((email, addr_type), (head, head_addr_type)) = (self.somebody(), self.somebody());
        let rule = self.dice.pick(&["none", "transplant", "decapitate", "replace", "replace_same_type"]);
        let request = json!({"action": "member.merge", "email": email, "addr_type": addr_type, "head": head,
            "head_addr_type": head_addr_type, "head_rule": rule, "data_rule": self.data_rule()});
        self.call("merge", &request);
    }

    fn unmerge(&mut self) {
        // Mostly of the last rows: the older ones are overtaken by then.
        let last: i64 = self.client.query_one("SELECT last_value FROM member.journal_id", &[]).unwrap().get(0);
        let id = last - self.dice.throw(40) as i64;
        let force = self.dice.throw(2) == 0;
        match self.client.query_one(&self.unmerge, &[&id, &force]) {
            Ok(row) => {
                let reply: Value = row.get(0);
                let what = if reply["undone"] == 1 { "unmerge" } else { "unmerge with conflicts" };
                *self.calls.entry(what).or_default() += 1;
            }
            Err(error) => {
                let state = error.code().map(|state| state.code().to_owned()).unwrap_or_default();
                assert!(MAY_REFUSE.contains(&state.as_str()), "unmerge {id}: {error:?}");
            }
        }
    }

    fn delete(&mut self) {
        let (email, addr_type) = self.somebody();
        let wipe = self.dice.throw(4) / 3;
        let request = json!({"action": "member.delete", "email": email, "addr_type": addr_type, "wipe": wipe});
        self.call("delete", &request);
    }
}

/// What the log says there must be.
#[derive(Default)]
struct Replay {
    /// The body of each head.
    owners: BTreeMap<i64, i64>,
    /// What is known of the data of each body: a subscriber is created with data that the log does not tell.
    data: BTreeMap<i64, BTreeMap<String, Value>>,
    /// The last entries of logs as `member.set` left them.
    pushed: BTreeSet<String>,
}

impl Replay {
    fn hear(&mut self, id: i64, event_type: &str, address: i64, dataset: i64, body: &Value) {
        let data = &body["event_data"];
        let number = |name: &str| data[name].as_i64();
        match event_type {
            "member_new" | "head_attach" => {
                assert_eq!(self.owners.insert(address, dataset), None, "event {id}: the head was nobody's");
            }
            "head_detach" => {
                assert_eq!(self.owners.remove(&address), Some(dataset), "event {id}");
                self.owners.extend(number("split_dataset").map(|own| (address, own)));
            }
            "head_move" => {
                assert_eq!(self.owners.insert(address, dataset), number("source_dataset"), "event {id}");
            }
            "member_delete" => assert_eq!(self.owners.remove(&address), Some(dataset), "event {id}"),
            "member_change" | "member_merge" | "member_unmerge" => {
                let changed = data["changed"].as_array().unwrap();
                let known = self.data.entry(dataset).or_default();
                for change in changed {
                    let path = change["path"].as_str().unwrap().to_owned();
                    if event_type == "member_change" && path == "log" {
                        let log = change["new"].as_array().map(Vec::as_slice).unwrap_or_default();
                        self.pushed.extend(log.last().map(|last| last.as_str().unwrap().to_owned()));
                    }
                    if let Some(known) = known.insert(path.clone(), change["new"].clone()) {
                        assert_eq!(change["old"], known, "event {id} overlooked what was in {path} of {dataset}");
                    }
                }
            }
            other => panic!("event {id} is a {other}"),
        }
    }
}

#[test]
fn every_call_is_accounted_for() {
    let database = Database::new("stress_heads");
    let workers: Vec<_> = (0..THREADS).map(|name| Worker::new(&database, name)).collect();
    let threads: Vec<_> = workers.into_iter().map(|worker| thread::spawn(move || worker.work())).collect();
    let (mut pushed, mut calls) = (BTreeSet::new(), BTreeMap::new());
    for worker in threads {
        let (more, counts) = worker.join().expect("a worker failed");
        pushed.extend(more);
        counts.into_iter().for_each(|(what, count)| *calls.entry(what).or_insert(0) += count);
    }
    for what in
        ["set", "set with heads", "member.head.attach", "member.head.replace", "detach", "merge", "unmerge", "delete"]
    {
        assert!(calls.get(what).is_some_and(|count| *count > 50), "{what} hardly ever succeeded: {calls:?}");
    }

    let client = &mut database.connect();
    let mut replay = Replay::default();
    let events = "SELECT id, event_type, address_id, dataset, body FROM member.event ORDER BY id";
    for row in client.query(events, &[]).unwrap() {
        replay.hear(row.get(0), row.get(1), row.get(2), row.get(3), &row.get(4));
    }
    let owners = client.query("SELECT id, dataset FROM member.address WHERE dataset IS NOT NULL", &[]).unwrap();
    let owners: BTreeMap<i64, i64> = owners.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(replay.owners, owners, "the heads are where the log says");
    for row in client.query("SELECT dataset, data FROM member.body", &[]).unwrap() {
        let (dataset, data): (i64, Value) = (row.get(0), row.get(1));
        for (path, value) in replay.data.get(&dataset).into_iter().flatten() {
            assert_eq!(data[path], *value, "{path} of {dataset} is what the log says");
        }
    }
    let lost: Vec<_> = pushed.difference(&replay.pushed).collect();
    assert!(lost.is_empty(), "calls without an event: {lost:?}");
    assert!(client.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
}
