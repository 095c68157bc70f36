//! Many sessions at work on the same few people at once, and then every call is accounted for: no update is lost, no
//! call deadlocks or fails, and the tables agree (DESIGN 5.2, 5.3).
//!
//! Each `member_set` pushes an entry of its own, `thread:number`, to the person's `log`. The first people are never
//! deleted: at the end their logs must hold exactly the entries of all calls, those of one thread in its order. The
//! others come and go; their accounts are the events, each of which names the log before and after it: in each life
//! of a person the events must follow on one another without a gap, from the creation to the log that is there at the
//! end, and hold each call once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use postgres::{Client, Statement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::thread;
use support::Database;

const THREADS: u64 = 8;
const CALLS_EACH: usize = 1_500;
/// Never deleted.
const KEPT: Range<usize> = 0..20;
/// Deleted and made anew all the time.
const COMING_AND_GOING: Range<usize> = 20..60;
/// At the beginning every two of these are heads of one body.
const PAIRS: Range<usize> = 40..60;

fn email(person: usize) -> String {
    format!("p{person:02}@example.com")
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn throw(&mut self, sides: usize) -> usize {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn person_of(&mut self, people: Range<usize>) -> usize {
        people.start + self.throw(people.len())
    }
}

/// What a thread's successful calls did.
#[derive(Default)]
struct Account {
    /// Each entry that was pushed: the person, and whether the call made the person.
    pushed: Vec<(usize, String, bool)>,
    /// How often each person was deleted by the identifier that a call named.
    deleted: BTreeMap<usize, usize>,
}

/// One thread's session and account.
struct Worker {
    client: Client,
    api: Statement,
    dice: Dice,
    name: u64,
    account: Account,
}

impl Worker {
    fn new(database: &Database, name: u64) -> Worker {
        let mut client = database.connect();
        let api = client.prepare("SELECT member_api($1::jsonb)").unwrap();
        Worker { client, api, dice: Dice(name + 1), name, account: Account::default() }
    }

    fn work(mut self) -> Account {
        for _ in 0..CALLS_EACH {
            match self.dice.throw(10) {
                0..=4 => self.set(),
                5 => self.delete(),
                6 => self.delete_list(),
                7 => self.read(),
                _ => self.batch(),
            }
        }
        self.account
    }

    /// Calls a function with one request. No call may fail: what goes wrong is shown with its SQLSTATE.
    fn call(&mut self, statement: &str, request: &Value) -> Value {
        match self.client.query_one(statement, &[request]) {
            Ok(row) => row.get(0),
            Err(error) => panic!("{statement} {request}: {error:?}"),
        }
    }

    fn anybody(&mut self) -> usize {
        if self.dice.throw(3) == 0 { self.dice.person_of(KEPT) } else { self.dice.person_of(COMING_AND_GOING) }
    }

    /// A request that pushes a new entry.
    fn push(&mut self, person: usize) -> (Value, String) {
        let entry = format!("{}:{}", self.name, self.account.pushed.len());
        let program = json!([["log", "push", entry], [format!("last.t{}", self.name), "set", entry]]);
        self.account.pushed.push((person, entry.clone(), false));
        (json!({"action": "member.set", "email": email(person), "datakey": program}), entry)
    }

    /// Notes down the reply to the request that pushed `entry`.
    fn note_set(&mut self, entry: &str, reply: &Value) {
        assert!(reply["newbie"].is_number(), "{reply}");
        let noted = self.account.pushed.iter_mut().rfind(|(_, pushed, _)| pushed == entry).unwrap();
        noted.2 = reply["newbie"] == 1;
    }

    fn note_delete(&mut self, people: &[usize], reply: &Value) {
        for person in people {
            match reply["list"][email(*person)].as_u64() {
                Some(0) => {}
                Some(1) => *self.account.deleted.entry(*person).or_default() += 1,
                _ => panic!("{reply}"),
            }
        }
    }

    fn set(&mut self) {
        let person = self.anybody();
        let (mut request, entry) = self.push(person);
        request.as_object_mut().unwrap().remove("action");
        let reply = self.call("SELECT member_set($1::jsonb)", &request);
        self.note_set(&entry, &reply);
    }

    fn delete(&mut self) {
        let person = self.dice.person_of(COMING_AND_GOING);
        let wipe = self.dice.throw(4) / 3;
        let reply = self.call("SELECT member_delete($1::jsonb)", &json!({"email": email(person), "wipe": wipe}));
        self.note_delete(&[person], &reply);
    }

    fn delete_list(&mut self) {
        let mut people: Vec<usize> = (0..3).map(|_| self.dice.person_of(COMING_AND_GOING)).collect();
        let list: Vec<String> = people.iter().map(|person| email(*person)).collect();
        let reply = self.call("SELECT member_delete($1::jsonb)", &json!({"list": list}));
        people.sort_unstable();
        people.dedup();
        self.note_delete(&people, &reply);
    }

    /// Who is read has everything that this thread wrote to them before.
    fn read(&mut self) {
        let person = self.dice.person_of(KEPT);
        let reply = self.call("SELECT member_get($1::jsonb)", &json!({"email": email(person), "datakey": "log"}));
        let seen: BTreeSet<&str> = reply["datakey"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let own = self.account.pushed.iter().filter(|(who, ..)| *who == person);
        own.for_each(|(_, entry, _)| assert!(seen.contains(entry.as_str()), "{entry} is not in {reply}"));
    }

    /// Two to four elements, the same person among them more than once at times.
    fn batch(&mut self) {
        let mut elements = Vec::new();
        let mut notes: Vec<(usize, Option<String>)> = Vec::new();
        for _ in 0..2 + self.dice.throw(3) {
            if self.dice.throw(4) == 0 {
                let person = self.dice.person_of(COMING_AND_GOING);
                elements.push(json!({"action": "member.delete", "email": email(person)}));
                notes.push((person, None));
            } else {
                let person = self.anybody();
                let (element, entry) = self.push(person);
                elements.push(element);
                notes.push((person, Some(entry)));
            }
        }
        let request = json!({"action": "batch", "do": elements});
        let reply: Value = match self.client.query_one(&self.api, &[&request]) {
            Ok(row) => row.get(0),
            Err(error) => panic!("{request}: {error:?}"),
        };
        let replies = reply["result"].as_array().unwrap_or_else(|| panic!("{request}: {reply}"));
        assert_eq!(replies.len(), notes.len(), "{reply}");
        for ((person, entry), reply) in notes.iter().zip(replies) {
            match entry {
                Some(entry) => self.note_set(entry, reply),
                None => self.note_delete(&[*person], reply),
            }
        }
    }
}

/// Makes everybody, and of every two of `PAIRS` one body with two heads, as the calls that move heads leave it.
fn people(client: &mut Client) {
    for person in 0..COMING_AND_GOING.end {
        let request = json!({"email": email(person), "datakey": [["log", "set", []]]});
        client.query_one("SELECT member_set($1::jsonb)", &[&request]).unwrap();
    }
    for first in PAIRS.step_by(2) {
        let (receiver, giver) = (email(first), email(first + 1));
        client
            .batch_execute(&format!(
                "DO $$
                 DECLARE
                     receiver bigint := (SELECT dataset FROM member.address WHERE value = '{receiver}');
                     giver bigint := (SELECT dataset FROM member.address WHERE value = '{giver}');
                 BEGIN
                     UPDATE member.address SET dataset = receiver WHERE dataset = giver;
                     UPDATE member.head SET dataset = receiver WHERE dataset = giver;
                     DELETE FROM member.body WHERE dataset = giver;
                 END $$"
            ))
            .unwrap();
    }
    client.batch_execute("TRUNCATE member.event").unwrap();
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .map(|list| list.iter().map(|entry| entry.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default()
}

/// The log of every person who is there, as their body has it.
fn logs(client: &mut Client) -> BTreeMap<String, Vec<String>> {
    let rows = client
        .query("SELECT a.value, b.data -> 'log' FROM member.address a JOIN member.body b USING (dataset)", &[])
        .unwrap();
    rows.iter().map(|row| (row.get(0), texts(&row.get(1)))).collect()
}

/// The life of one body as its events tell it.
struct Life {
    dataset: i64,
    /// Whether a call of this test made it; the others were there from the beginning.
    made: bool,
    /// The log as the last event that names it left it; empty when none does.
    entries: Vec<String>,
    deleted: bool,
}

/// Reads the events of all bodies, and checks that in each life one follows on the other.
fn lives(client: &mut Client) -> Vec<Life> {
    let rows = client
        .query(
            "SELECT dataset, version, event_type, change -> 'old', change -> 'new', body #> '{event_data,body}' = '1'
               FROM member.event
               LEFT JOIN LATERAL jsonb_array_elements(body #> '{event_data,changed}') AS change ON change ->> 'path' = 'log'
              ORDER BY dataset, id",
            &[],
        )
        .unwrap();
    let mut lives: Vec<Life> = Vec::new();
    let mut version = 0;
    for row in &rows {
        let (dataset, at, event_type): (i64, i64, String) = (row.get(0), row.get(1), row.get(2));
        if lives.last().is_none_or(|life| life.dataset != dataset) {
            let made = event_type == "member_new";
            lives.push(Life { dataset, made, entries: Vec::new(), deleted: false });
            // Who was there from the beginning has version 1, and no event of that.
            version = if made { 0 } else { 1 };
        }
        let life = lives.last_mut().unwrap();
        if !(life.deleted && event_type == "member_delete" && at == version) {
            // The heads of a body that is wiped go in one change; everything else is a change of its own.
            assert!(!life.deleted, "body {dataset} has an event after its deletion");
            assert_eq!(at, version + 1, "the versions of body {dataset} have no gap and none comes twice");
        }
        version = at;
        match event_type.as_str() {
            "member_new" => {}
            "member_change" => {
                let (old, new) = (texts(&row.get(3)), texts(&row.get(4)));
                if life.entries.is_empty() {
                    life.entries.clone_from(&old);
                }
                assert_eq!(life.entries, old, "a change of body {dataset} starts where the one before it ended");
                assert_eq!(new.split_last().unwrap().1, old, "a change adds one entry and leaves the others alone");
                life.entries = new;
            }
            "member_delete" => life.deleted = row.get(5),
            other => panic!("nobody asked for {other}"),
        }
    }
    lives
}

#[test]
fn eight_sessions_lose_nothing() {
    let database = Database::new("stress");
    let client = &mut database.connect();
    people(client);

    let workers: Vec<_> = (0..THREADS)
        .map(|name| {
            let worker = Worker::new(&database, name);
            thread::spawn(move || worker.work())
        })
        .collect();
    // Every thread is heard before the first failure is told.
    let ended: Vec<_> = workers.into_iter().map(thread::JoinHandle::join).collect();
    let accounts: Vec<Account> = ended.into_iter().map(|ended| ended.expect("a thread failed")).collect();

    assert_eq!(client.query("SELECT * FROM member_check()", &[]).unwrap().len(), 0, "the tables agree");
    let deadlocks = client.query_one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", &[]);
    assert_eq!(deadlocks.unwrap().get::<_, i64>(0), 0, "no call met a deadlock");

    let logs = logs(client);
    let lives = lives(client);
    nothing_is_lost_of_those_who_stay(&accounts, &logs);
    every_call_is_in_one_life(client, &accounts, &logs, &lives);
}

/// The log of a person who is never deleted holds every entry of every thread, once, each thread's in its order.
fn nothing_is_lost_of_those_who_stay(accounts: &[Account], logs: &BTreeMap<String, Vec<String>>) {
    for person in KEPT {
        let log = &logs[&email(person)];
        let mut pushed = 0;
        for (name, account) in accounts.iter().enumerate() {
            let own = |entry: &&String| entry.starts_with(&format!("{name}:"));
            let entries = account.pushed.iter().filter(|(who, ..)| *who == person).map(|(_, entry, _)| entry);
            let expected: Vec<&String> = entries.collect();
            pushed += expected.len();
            assert_eq!(log.iter().filter(own).collect::<Vec<_>>(), expected, "person {person}, thread {name}");
        }
        assert_eq!(log.len(), pushed);
    }
}

/// Every entry is in the logs of exactly one body; the first of a body that was made came with the call that made it;
/// and there are as many creations and deletions in the log as calls that said so.
fn every_call_is_in_one_life(
    client: &mut Client,
    accounts: &[Account],
    logs: &BTreeMap<String, Vec<String>>,
    lives: &[Life],
) {
    let count = |client: &mut Client, event_type: &str| -> usize {
        let sql = "SELECT count(*) FROM member.event WHERE event_type = $1";
        client.query_one(sql, &[&event_type]).unwrap().get::<_, i64>(0) as usize
    };
    let pushed: BTreeMap<&str, bool> = accounts
        .iter()
        .flat_map(|account| &account.pushed)
        .map(|(_, entry, newbie)| (entry.as_str(), *newbie))
        .collect();
    let newbies = pushed.values().filter(|newbie| **newbie).count();
    assert_eq!(count(client, "member_new"), newbies, "each creation has its event");
    assert_eq!(count(client, "member_change"), pushed.len() - newbies, "and each change");
    let deleted: usize = accounts.iter().flat_map(|account| account.deleted.values()).sum();
    let all_deleted = count(client, "member_delete");
    let along = deleted..=deleted + PAIRS.len() / 2;
    assert!(along.contains(&all_deleted), "only heads of a pair go with another one: {all_deleted} of {deleted}");
    assert_eq!(COMING_AND_GOING.len() + newbies - all_deleted, logs.len() - KEPT.len(), "who is left");

    let mut seen = BTreeSet::new();
    for life in lives {
        for (place, entry) in life.entries.iter().enumerate() {
            assert!(seen.insert(entry.as_str()), "{entry} is in two lives");
            assert!(place == 0 || !pushed[entry.as_str()], "{entry} made body {} and is not its first", life.dataset);
        }
    }
    // A body that was made and never changed shows its one entry in no event.
    let in_no_event = pushed.iter().filter(|(entry, _)| !seen.contains(*entry));
    in_no_event.for_each(|(entry, newbie)| assert!(newbie, "{entry} is lost"));

    let alive: BTreeMap<i64, &Life> =
        lives.iter().filter(|life| !life.deleted).map(|life| (life.dataset, life)).collect();
    for row in client.query("SELECT dataset, data -> 'log' FROM member.body", &[]).unwrap() {
        let (dataset, log) = (row.get::<_, i64>(0), texts(&row.get(1)));
        match alive.get(&dataset) {
            Some(life) if !life.entries.is_empty() => assert_eq!(life.entries, log, "body {dataset}"),
            Some(life) if life.made => assert!(log.len() == 1 && pushed[log[0].as_str()], "body {dataset}: {log:?}"),
            _ => assert!(log.is_empty(), "nobody changed body {dataset}: {log:?}"),
        }
    }
}
