//! A question to the statistics, compiled to SQL, gives what a plain evaluation of its meaning gives: random questions,
//! random people and events (members.md 13, shapes.md 12).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use postgres::Client;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::ops::Range;
use support::Database;

/// The kinds that questions are about, each with a type of event.
const KINDS: [(&str, &str); 3] = [("click", "click"), ("deliv", "deliv"), ("error", "sbounce")];
/// The addresses, in the order of their bytes.
const PEOPLE: [&str; 4] = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
/// Instants, as UTC shows them.
const TIMES: [&str; 4] = ["2024-05-01 09:00:00", "2024-05-01 23:30:00", "2024-05-02 00:10:00", "2025-01-01 00:00:00"];

#[derive(Clone, Debug)]
struct Event {
    kind: usize,
    person: usize,
    time: usize,
    issue: Option<i64>,
    url: Option<&'static str>,
}

fn event() -> impl Strategy<Value = Event> {
    let issue = prop_oneof![Just(None), (1i64..4).prop_map(Some)];
    let url = prop_oneof![Just(None), select(vec!["http://a/", "http://b/", "5"]).prop_map(Some)];
    (0..KINDS.len(), 0..PEOPLE.len(), 0..TIMES.len(), issue, url).prop_map(|(kind, person, time, issue, url)| Event {
        kind,
        person,
        time,
        issue,
        url,
    })
}

/// What a row is: a person, and an event of each kind or none.
struct Row<'e> {
    person: usize,
    events: [Option<&'e Event>; 3],
}

/// A key of the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Email,
    Time(usize),
    Day(usize),
    Issue(usize),
    Url(usize),
}

impl Key {
    fn all() -> Vec<Key> {
        let of_kind = |kind| [Key::Time(kind), Key::Day(kind), Key::Issue(kind), Key::Url(kind)];
        std::iter::once(Key::Email).chain((0..KINDS.len()).flat_map(of_kind)).collect()
    }

    fn name(self) -> String {
        match self {
            Key::Email => "member.email".to_owned(),
            Key::Time(kind) => format!("{}.dt", KINDS[kind].0),
            Key::Day(kind) => format!("{}.dt:YD", KINDS[kind].0),
            Key::Issue(kind) => format!("{}.issue.id", KINDS[kind].0),
            Key::Url(kind) => format!("{}.link.url", KINDS[kind].0),
        }
    }

    fn kind(self) -> Option<usize> {
        match self {
            Key::Email => None,
            Key::Time(kind) | Key::Day(kind) | Key::Issue(kind) | Key::Url(kind) => Some(kind),
        }
    }

    /// What stands there, as a text.
    fn of(self, row: &Row) -> Option<String> {
        let event = |kind: usize| row.events[kind];
        match self {
            Key::Email => Some(PEOPLE[row.person].to_owned()),
            Key::Time(kind) => event(kind).map(|event| TIMES[event.time].to_owned()),
            Key::Day(kind) => event(kind).map(|event| TIMES[event.time][..10].to_owned()),
            Key::Issue(kind) => event(kind).and_then(|event| event.issue).map(|issue| issue.to_string()),
            Key::Url(kind) => event(kind).and_then(|event| event.url).map(str::to_owned),
        }
    }
}

/// A condition of the language of filters.
#[derive(Clone, Debug)]
enum Condition {
    Test(Key, &'static str, &'static str),
    Group(&'static str, Vec<Condition>),
}

fn condition() -> impl Strategy<Value = Condition> {
    let ops = vec!["==", "!=", "<", ">=", "eq", "ne", "exists", "!exists", "is_null", "!is_null", "^=", "!^="];
    let values =
        vec!["1", "2", "02", "5", "http://a/", "2024-05-01", "2024-05-02", "2024-05-01 23:30:00", "b@example.com", ""];
    let leaf = (select(Key::all()), select(ops), select(values)).prop_map(|(key, op, value)| {
        // A date is compared with a date.
        let value = if matches!(key, Key::Day(_)) { "2024-05-01" } else { value };
        Condition::Test(key, op, value)
    });
    leaf.prop_recursive(2, 8, 3, |inner| {
        (select(vec!["and", "or", "!and", "!or"]), vec(inner, 0..3)).prop_map(|(op, list)| Condition::Group(op, list))
    })
}

impl Condition {
    fn json(&self) -> Value {
        match self {
            Condition::Test(key, op, value) if op.ends_with("exists") || op.ends_with("null") => {
                _ = value;
                json!({"a": key.name(), "op": op})
            }
            Condition::Test(key, op, value) => json!({"a": key.name(), "op": op, "v": value}),
            Condition::Group(op, list) => {
                json!({"op": op, "v": list.iter().map(Condition::json).collect::<Vec<_>>()})
            }
        }
    }

    fn kinds(&self) -> Vec<usize> {
        match self {
            Condition::Test(key, ..) => key.kind().into_iter().collect(),
            Condition::Group(_, list) => list.iter().flat_map(Condition::kinds).collect(),
        }
    }

    fn holds(&self, row: &Row) -> bool {
        match self {
            Condition::Test(key, op, value) => test(key.of(row).as_deref(), op, value),
            Condition::Group(op, list) => {
                let holds = match op.trim_start_matches('!') {
                    "and" => list.iter().all(|one| one.holds(row)),
                    _ => list.iter().any(|one| one.holds(row)),
                };
                holds != op.starts_with('!')
            }
        }
    }
}

/// The operators as docs/filters.md has them.
fn test(found: Option<&str>, op: &str, value: &str) -> bool {
    let by_value = |wanted: fn(Ordering) -> bool| found.is_some_and(|found| wanted(compare(found, value)));
    match op {
        "==" => by_value(Ordering::is_eq),
        "!=" => !by_value(Ordering::is_eq),
        "<" => by_value(Ordering::is_lt),
        ">=" => by_value(Ordering::is_ge),
        "eq" => found == Some(value),
        "ne" => found != Some(value),
        "exists" | "!is_null" => found.is_some(),
        "!exists" | "is_null" => found.is_none(),
        "^=" => found.is_some_and(|found| found.starts_with(value)),
        "!^=" => !found.is_some_and(|found| found.starts_with(value)),
        _ => unreachable!("{op}"),
    }
}

/// By value if both look like numbers, else by bytes.
fn compare(left: &str, right: &str) -> Ordering {
    match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

#[derive(Clone, Debug)]
struct Question {
    keys: Vec<Key>,
    filter: Vec<Condition>,
    unique: bool,
    /// Whether rows are put together, and counted; and how many there must be at least.
    counted: Option<usize>,
    order: Option<(usize, bool)>,
}

fn question() -> impl Strategy<Value = Question> {
    let keys = subsequence(Key::all(), 1..4);
    let order = prop_oneof![Just(None), (0usize..3, any::<bool>()).prop_map(Some)];
    let counted = prop_oneof![Just(None), (0usize..4).prop_map(Some)];
    (keys, vec(condition(), 0..3), any::<bool>(), counted, order)
        .prop_map(|(keys, filter, unique, counted, order)| Question { keys, filter, unique, counted, order })
}

impl Question {
    fn json(&self) -> Value {
        let mut names: Vec<String> = self.keys.iter().map(|key| key.name()).collect();
        let mut asked = json!({"filter": self.filter.iter().map(Condition::json).collect::<Vec<_>>(),
                               "unique": i32::from(self.unique), "first": 100_000});
        if let Some((place, is_descending)) = self.order {
            let name = &names[place % names.len()];
            asked["order"] = json!([if is_descending { format!("-{name}") } else { name.clone() }]);
        }
        if let Some(least) = self.counted {
            names.extend(["count(*)".to_owned(), "count(member.id)".to_owned()]);
            asked["have"] = json!([{"a": "count(*)", "op": ">=", "v": least}]);
        }
        asked["select"] = json!(names);
        asked
    }

    /// Its meaning, word for word.
    fn answer(&self, events: &[Event]) -> Vec<Vec<Option<String>>> {
        self.answer_about(events, 0..PEOPLE.len())
    }

    /// Its meaning where it is asked about some people.
    fn answer_about(&self, events: &[Event], people: Range<usize>) -> Vec<Vec<Option<String>>> {
        let mut kinds: Vec<usize> = self.filter.iter().flat_map(Condition::kinds).collect();
        kinds.extend(self.keys.iter().filter_map(|key| key.kind()));
        let rows: Vec<Row> = people.flat_map(|person| rows(person, &kinds, events)).collect();
        let rows = rows.iter().filter(|row| self.filter.iter().all(|condition| condition.holds(row)));
        let shown = rows.map(|row| (row.person, self.keys.iter().map(|key| key.of(row)).collect::<Vec<_>>()));
        let mut list: Vec<Vec<Option<String>>> = match self.counted {
            None => shown.map(|(_, values)| values).collect(),
            Some(least) => together(shown.collect(), least),
        };
        list.sort_by(|left, right| {
            let nulls_last = |one: &Option<String>| (one.is_none(), one.clone());
            let all = |row: &Vec<Option<String>>| row.iter().map(nulls_last).collect::<Vec<_>>();
            let first = self.order.map(|(place, is_descending)| {
                let place = place % self.keys.len();
                match (&left[place], &right[place]) {
                    (Some(left), Some(right)) if is_descending => right.cmp(left),
                    (left, right) => nulls_last(left).cmp(&nulls_last(right)),
                }
            });
            first.unwrap_or(Ordering::Equal).then_with(|| all(left).cmp(&all(right)))
        });
        if self.unique {
            list.dedup();
        }
        list
    }
}

/// The rows of a person: every combination of events of these kinds.
fn rows<'e>(person: usize, kinds: &[usize], events: &'e [Event]) -> Vec<Row<'e>> {
    let mut rows = vec![Row { person, events: [None; 3] }];
    for kind in (0..KINDS.len()).filter(|kind| kinds.contains(kind)) {
        let of_kind: Vec<&Event> = events.iter().filter(|event| event.kind == kind && event.person == person).collect();
        if of_kind.is_empty() {
            continue;
        }
        let combine = |row: Row<'e>| {
            of_kind
                .iter()
                .map(move |event| {
                    let mut events = row.events;
                    events[kind] = Some(*event);
                    Row { person, events }
                })
                .collect::<Vec<_>>()
        };
        rows = rows.into_iter().flat_map(combine).collect();
    }
    rows
}

/// Rows that show the same, put together with how many there are, and of how many people.
fn together(rows: Vec<(usize, Vec<Option<String>>)>, least: usize) -> Vec<Vec<Option<String>>> {
    let mut groups: Vec<(Vec<Option<String>>, Vec<usize>)> = Vec::new();
    for (person, values) in rows {
        match groups.iter_mut().find(|(known, _)| *known == values) {
            Some((_, people)) => people.push(person),
            None => groups.push((values, vec![person])),
        }
    }
    let counted = groups.into_iter().filter(|(_, people)| people.len() >= least).map(|(mut values, mut people)| {
        values.push(Some(people.len().to_string()));
        people.sort_unstable();
        people.dedup();
        values.push(Some(people.len().to_string()));
        values
    });
    counted.collect()
}

fn write(client: &mut Client, events: &[Event]) {
    client
        .batch_execute("DELETE FROM member.event WHERE event_type = ANY (ARRAY['click', 'deliv', 'sbounce'])")
        .unwrap();
    for event in events {
        let data = event.url.map_or(json!({}), |url| json!({"link_url": url}));
        let mut request = json!({"event_type": KINDS[event.kind].1, "email": PEOPLE[event.person],
                                 "event_date": format!("{}Z", TIMES[event.time].replace(' ', "T")), "event_data": data});
        if let Some(issue) = event.issue {
            request["launch_id"] = json!(issue.to_string());
        }
        client.execute("SELECT event_emit($1)", &[&request]).unwrap();
    }
}

/// What the call answers, every value as a text.
fn asked(client: &mut Client, question: &Value) -> Vec<Vec<Option<String>>> {
    let answer: Value = client
        .query_one("SELECT stat_uni($1)", &[question])
        .unwrap_or_else(|error| panic!("{error:?}: {question}"))
        .get(0);
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let rows = answer["list"].as_array().unwrap().iter();
    rows.map(|row| row.as_array().unwrap().iter().map(text).collect()).collect()
}

#[test]
fn a_question_means_what_it_says() {
    let database = Database::new("stat");
    let mut client = database.connect();
    client.batch_execute("SET pg_member.time_zone = 'UTC'").unwrap();
    for person in PEOPLE {
        client.execute("SELECT member_set($1, '[]')", &[&person]).unwrap();
    }
    // The runner lends it to each case.
    let client = RefCell::new(client);
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let strategy = (vec(event(), 0..14), vec(question(), 8));
    let outcome = runner.run(&strategy, |(events, questions)| {
        write(&mut client.borrow_mut(), &events);
        for question in questions {
            let (request, meant) = (question.json(), question.answer(&events));
            let found = asked(&mut client.borrow_mut(), &request);
            if found != meant {
                return Err(TestCaseError::fail(format!("{request}\n found {found:?}\n meant {meant:?}")));
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

/// The question as a condition of a filter, which saves what it selects.
fn as_condition(question: &Question, op: &str) -> Value {
    let mut v = question.json();
    let keys = v.as_object_mut().unwrap();
    ["unique", "first", "order"].iter().for_each(|key| _ = keys.remove(*key));
    let mut condition = json!({"a": "filter.stat.uni", "op": op, "v": v});
    if op == "has" {
        condition["save"] = json!("rows");
    }
    condition
}

/// What a question finds of each person by themselves: rows without order, each once.
fn of_each(question: &Question, events: &[Event]) -> Vec<Vec<Vec<Option<String>>>> {
    let alone = |person: usize| {
        let own: Vec<Event> = events.iter().filter(|event| event.person == person).cloned().collect();
        let question = Question { order: None, unique: true, ..question.clone() };
        question.answer_about(&own, person..person + 1)
    };
    (0..PEOPLE.len()).map(alone).collect()
}

/// Whom a filter finds when it is compiled, and whom when it is asked; and what it saves of each.
fn conditions_agree(client: &mut Client, question: &Question, events: &[Event]) -> Result<(), TestCaseError> {
    let meant = of_each(question, events);
    for op in ["has", "!has"] {
        let filter = json!([as_condition(question, op)]);
        let found: Value = client
            .query_one("SELECT member_list(jsonb_build_object('group.filter', $1::jsonb))", &[&filter])
            .unwrap_or_else(|error| panic!("{error:?}: {filter}"))
            .get(0);
        let asked: Value = client
            .query_one(
                "SELECT group_filter_match(jsonb_build_object('group.filter', $1::jsonb, 'list', $2::jsonb))",
                &[&filter, &json!(PEOPLE)],
            )
            .unwrap()
            .get(0);
        for (person, rows) in PEOPLE.iter().zip(&meant) {
            let holds = rows.is_empty() != (op == "has");
            let listed = found["list"].as_array().unwrap().contains(&json!(person));
            prop_assert_eq!(listed, holds, "compiled, {}: {}", person, filter);
            prop_assert_eq!(&asked["list"][person], &json!(i32::from(holds)), "asked, {}: {}", person, filter);
            if op == "has" && holds {
                let saved = saved(&found["save"][person]["rows"], &filter[0]["v"]["select"]);
                prop_assert_eq!(&saved, rows, "saved, {}: {}", person, filter);
            }
        }
    }
    Ok(())
}

/// Saved rows with their values in the order of the names, every value as a text.
fn saved(rows: &Value, names: &Value) -> Vec<Vec<Option<String>>> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let value = |row: &Value, name: &Value| text(&row[name.as_str().unwrap()]);
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| names.as_array().unwrap().iter().map(|name| value(row, name)).collect()).collect()
}

#[test]
fn a_condition_finds_whom_its_question_finds() {
    let database = Database::new("stat_conditions");
    let mut client = database.connect();
    client.batch_execute("SET pg_member.time_zone = 'UTC'").unwrap();
    for person in PEOPLE {
        client.execute("SELECT member_set($1, '[]')", &[&person]).unwrap();
    }
    let client = RefCell::new(client);
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&(vec(event(), 0..14), vec(question(), 6)), |(events, questions)| {
        write(&mut client.borrow_mut(), &events);
        let mut check = |question| conditions_agree(&mut client.borrow_mut(), question, &events);
        questions.iter().try_for_each(&mut check)
    });
    outcome.unwrap();
}
