//! A filter compiled to SQL finds exactly the heads that it says yes to when it is asked: random filters, random people,
//! with no, some and all datakeys registered (members.md 12).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/random_filter.rs"]
mod random_filter;
mod support;

use jiff::Timestamp;
use pg_member::domain;
use pg_member::domain::address::AddrType;
use pg_member::domain::datakey::date::Now;
use pg_member::domain::datakey::{self, Limits as PathLimits, Path};
use pg_member::domain::group::{Compiled, Filter, Limits, Matcher, NoStatistics, Param, Subject, Target, attr_of};
use pg_member::domain::json::{View, parse, print, root};
use postgres::types::ToSql;
use postgres::{Client, Transaction};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use random_filter::{ENTERED, PATHS, Person, filter, person};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use support::Database;

type Segments = HashMap<String, (Matcher, Option<AddrType>)>;

const GROUPS: [&str; 5] = ["l1", "l2", "nowhere", "f1", "f2"];

fn now() -> Now {
    let instant: Timestamp = "2024-05-02T09:30:00Z".parse().unwrap();
    Now { instant, zone: domain::time::zone("Europe/Moscow").unwrap() }
}

fn matcher(filter: &Value) -> Matcher {
    let bytes = parse(&filter.to_string()).unwrap();
    Filter::read(root(&bytes).unwrap(), &Limits::default()).unwrap().at(&now()).unwrap()
}

/// A moment as the server's own microseconds, which may be its infinity.
const AT: &str =
    "CASE WHEN $1::text IS NULL THEN NULL WHEN $1::text::bigint = 9223372036854775807 THEN 'infinity'::timestamptz
                  ELSE '2000-01-01 00:00:00+00'::timestamptz + $1::text::bigint * interval '1 microsecond' END";

fn at(micros: Option<i64>) -> String {
    let micros = micros.map_or("NULL".to_owned(), |micros| format!("'{micros}'"));
    format!("({})", AT.replace("$1", &micros))
}

/// Writes people as rows; ids are counted on.
fn write(transaction: &mut Transaction, people: &[Person], attributes: &BTreeSet<String>) {
    let mut id = 0i64;
    for (dataset, person) in (1i64..).zip(people) {
        let times = [Some(person.create_time), Some(person.update_time), person.import_time].map(at).join(", ");
        let insert = format!(
            "INSERT INTO member.body (dataset, version, data, create_host, update_host, create_time, update_time, import_time) VALUES ($1, 1, $2::text::jsonb, $3, $3, {times})"
        );
        transaction.execute(&insert, &[&dataset, &person.data.to_string(), &person.host]).unwrap();
        for head in &person.heads {
            id += 1;
            let insert = format!(
                "INSERT INTO member.head (dataset, id, addr_type, value, origin, lock, last_tz, confirm_host, enter_time, confirm_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), {})",
                at(head.confirm_time)
            );
            let values: [&(dyn ToSql + Sync); 8] = [
                &dataset,
                &id,
                &head.address.addr_type.as_str(),
                &head.address.value,
                &head.origin,
                &head.lock,
                &head.last_tz,
                &person.host,
            ];
            transaction.execute(&insert, &values).unwrap();
            for gid in &head.lists {
                let insert = format!(
                    "INSERT INTO member.group_member (dataset, id, gid, since) VALUES ($1, $2, $3, '{ENTERED}')"
                );
                transaction.execute(&insert, &[&dataset, &id, gid]).unwrap();
            }
            for state in &head.states {
                let insert = format!(
                    "INSERT INTO member.head_state (dataset, id, community, state, at) VALUES ($1, $2, $3, $4, {})",
                    at(Some(state.at))
                );
                transaction.execute(&insert, &[&dataset, &id, &state.community, &state.state]).unwrap();
            }
        }
        write_attributes(transaction, dataset, person, attributes);
    }
}

fn write_attributes(transaction: &mut Transaction, dataset: i64, person: &Person, attributes: &BTreeSet<String>) {
    let data = parse(&person.data.to_string()).unwrap();
    for path in attributes {
        let parsed = Path::parse(path, &PathLimits::WIDEST).unwrap();
        let Some(row) = attr_of(datakey::read(root(&data).unwrap(), &parsed).unwrap()).unwrap() else { continue };
        let insert = "INSERT INTO member.attr_value (path, dataset, value, number, kind) VALUES ($1, $2, $3, $4::text::numeric, $5::text::\"char\")";
        transaction.execute(insert, &[path, &dataset, &row.value, &row.number(), &row.kind.letter()]).unwrap();
    }
}

/// The heads that the compiled filter finds.
fn found(transaction: &mut Transaction, compiled: &Compiled) -> Vec<i64> {
    let params: Vec<Box<dyn ToSql + Sync>> = compiled
        .params
        .iter()
        .map(|param| -> Box<dyn ToSql + Sync> {
            match param {
                Param::Text(text) => Box::new(text.clone()),
                Param::Bigint(number) => Box::new(*number),
                Param::Texts(texts) => Box::new(texts.clone()),
                Param::Jsonb(bytes) => {
                    Box::new(serde_json::from_str::<Value>(&print(root(bytes).unwrap()).unwrap()).unwrap())
                }
            }
        })
        .collect();
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| &**param).collect();
    let query = format!(
        "SELECT h.id, ({0}) IS NULL FROM member.head h JOIN member.body b ON b.dataset = h.dataset WHERE ({0}) IS NOT false ORDER BY h.id",
        compiled.sql
    );
    let rows = transaction.query(&query, &params).unwrap_or_else(|error| panic!("{error:?}\n{}", compiled.sql));
    assert!(rows.iter().all(|row| !row.get::<_, bool>(1)), "never null: {}", compiled.sql);
    rows.iter().map(|row| row.get(0)).collect()
}

/// The heads that the filter says yes to.
fn meant(people: &[Person], matcher: &Matcher, segments: &Segments) -> Vec<i64> {
    let (zone, mut id, mut meant) = (now().zone, 0, Vec::new());
    for (dataset, person) in (1i64..).zip(people) {
        let (data, types) = (parse(&person.data.to_string()).unwrap(), person.types());
        for head in &person.heads {
            id += 1;
            let system = person.system(dataset, id, head, &zone);
            let data = View::from(root(&data).unwrap());
            let (system, statistics) = (View::from(&system), &NoStatistics);
            let subject = Subject { data, system, heads: &types, groups: segments, statistics };
            if matcher.evaluate(&subject).unwrap() {
                meant.push(id);
            }
        }
    }
    meant
}

/// Addresses have their errors whoever owns them: one row for each, and each head of a test shows it.
fn write_errors(transaction: &mut Transaction, people: &mut [Person]) {
    let mut known = HashMap::new();
    for head in people.iter_mut().flat_map(|person| &mut person.heads) {
        let error = *known.entry(head.address.clone()).or_insert(head.error);
        head.error = error;
    }
    for (address, error) in known {
        let Some((errors, moment, issue)) = error else { continue };
        let insert = format!(
            "INSERT INTO member.delivery_error (value, addr_type, lock, message, errors, issue, lock_issue, at) VALUES ($1, $2, $3, $4, $5, $6, $6, {})",
            at(moment)
        );
        let values: [&(dyn ToSql + Sync); 6] =
            [&address.value, &address.addr_type.as_str(), &(errors > 1), &moment.map(|_| "abc"), &errors, &issue];
        transaction.execute(&insert, &values).unwrap();
    }
}

fn agree(
    client: &mut Client,
    mut people: Vec<Person>,
    filters: &[Value],
    groups: [Value; 2],
    some: &BTreeSet<String>,
) -> Result<(), TestCaseError> {
    let [first, second] = groups;
    let segments = Segments::from([
        ("f1".to_owned(), (matcher(&first), None)),
        ("f2".to_owned(), (matcher(&second), Some(AddrType::Email))),
    ]);
    let every: BTreeSet<String> = PATHS.iter().map(|path| (*path).to_owned()).collect();
    for attributes in [&BTreeSet::new(), some, &every] {
        let mut transaction = client.transaction().unwrap();
        write_errors(&mut transaction, &mut people);
        write(&mut transaction, &people, attributes);
        for filter in filters {
            let matcher = matcher(filter);
            let target = Target { attributes, groups: &segments, zone: "Europe/Moscow", first: 1 };
            let compiled = matcher.compile(&target).unwrap();
            prop_assert_eq!(
                found(&mut transaction, &compiled),
                meant(&people, &matcher, &segments),
                "{}\n{:?}\n{}",
                filter,
                attributes,
                compiled.sql
            );
        }
        transaction.rollback().unwrap();
    }
    Ok(())
}

#[test]
fn the_two_readers_agree() {
    let database = Database::new("filters");
    let client = &mut database.connect();
    let cases = (
        prop::collection::vec(person(), 1..4),
        prop::collection::vec(filter(&GROUPS), 1..8),
        (filter(&["l1", "l2"]), filter(&["l1", "f1"])),
        prop::sample::subsequence(PATHS.to_vec(), 1..PATHS.len()),
    );
    let client = std::cell::RefCell::new(client);
    let mut runner = TestRunner::new(Config { cases: 250, failure_persistence: None, ..Config::default() });
    runner
        .run(&cases, |(people, filters, (first, second), some)| {
            let some = some.into_iter().map(str::to_owned).collect();
            agree(&mut client.borrow_mut(), people, &filters, [first, second], &some)
        })
        .unwrap();
}

/// Values at the borders of the table's kinds and of its order.
#[test]
fn the_two_readers_agree_on_edges() {
    let database = Database::new("filter_edges");
    let client = &mut database.connect();
    let edges = [
        json!("x".repeat(512)),
        json!("x".repeat(513)),
        json!("9".repeat(512)),
        json!("9".repeat(1000)),
        json!("9".repeat(1001)),
        json!("\u{d7ff}"),
        json!("\u{e000}"),
        json!("\u{10ffff}"),
        json!("\u{10ffff}a"),
        json!("é"),
        json!("e\u{301}"),
        json!("Z"),
        json!("a"),
        json!(["5"]),
        json!({"5": null}),
        json!({"9": null}),
        json!([]),
        json!({}),
        json!(""),
        json!("+5"),
        json!("-0.0"),
        json!(0),
        json!("00"),
    ];
    let head = || random_filter::PersonHead {
        address: domain::address::Address { addr_type: AddrType::Csid, value: "5".into() },
        origin: None,
        lock: 0,
        confirm_time: None,
        last_tz: None,
        error: None,
        lists: Vec::new(),
        states: Vec::new(),
    };
    let people: Vec<Person> = edges
        .iter()
        .map(|value| Person {
            data: json!({"a": value}),
            create_time: 0,
            update_time: 0,
            import_time: None,
            host: None,
            heads: vec![head()],
        })
        .collect();
    let mut filters = Vec::new();
    for op in ["==", "!=", "<", "<=", ">", ">=", "eq", "ne", "lt", "le", "gt", "ge", "^=", "!^=", "$=", "like", "!like"]
    {
        for v in ["5", "0", "", "9", "x", "\u{d7ff}", "\u{10ffff}", "e", "é", &"9".repeat(1000), &"x".repeat(513)] {
            filters.push(json!([{"a": "a", "op": op, "v": v}]));
        }
    }
    filters.push(json!([{"a": "a", "op": "in", "v": ["5", "", "00", "x".repeat(513)]}]));
    filters.push(json!([{"a": "a", "op": "!in", "v": ["5", "", "00", "x".repeat(513)]}]));
    agree(client, people, &filters, [json!([]), json!([])], &BTreeSet::new()).unwrap();
}
