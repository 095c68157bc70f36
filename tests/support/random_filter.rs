//! Random filters of the KD format and random people to ask them about. Values are few, so that conditions often meet
//! what they ask for; among them are those that look like numbers and dates and are none.

use super::domain::address::{AddrType, Address};
use super::domain::json::Node;
use super::domain::member::system::{self, Body, DeliveryError, Head, State, communities};
use jiff::tz::TimeZone;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value as Json, json};

/// The datakeys that filters ask for.
pub const PATHS: [&str; 14] =
    ["a", "b", "c", "c.x", "c.y", "l", "l[0]", "l[-1]", "l.1", "l[0].x", "o", "o.1", "o.5", "d"];

/// Scalars and what looks like other scalars.
const TEXTS: [&str; 22] = [
    "",
    "5",
    "05",
    "5.0",
    "-0",
    "+5",
    "5.",
    "1e1",
    "10",
    "9.99",
    "abc",
    "Abc",
    "ab%c_",
    "яблоко",
    "true",
    "current",
    "2024-05-01",
    "2024-05-01 10:11:12",
    "2024-05",
    "05-01",
    "2024-02-31",
    "12345678901234567890.10",
];

const KEYS: [&str; 8] = ["a", "b", "c", "d", "l", "o", "x", "1"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![20 => select(TEXTS.to_vec()).prop_map(str::to_owned), 1 => Just("7".repeat(600)), 1 => Just("long ".repeat(200))]
}

/// A number as JSON has it.
fn number() -> impl Strategy<Value = Json> {
    let written = ["0", "5", "5.0", "-5", "10", "9.99", "1.10", "12345678901234567890.10", "1000000000000000000000"];
    select(written.to_vec()).prop_map(|text| serde_json::from_str(text).unwrap())
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![3 => text().prop_map(Json::from), 3 => number(), 1 => any::<bool>().prop_map(Json::from), 1 => Just(Json::Null)]
}

/// A body: objects and lists of scalars, of objects and of one another.
pub fn document() -> impl Strategy<Value = Json> {
    let value = scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            btree_map(select(vec!["x", "y", "1", "5", "l"]), inner, 0..4).prop_map(|pairs| object(pairs.into_iter())),
        ]
    });
    btree_map(select(KEYS.to_vec()), value, 0..6).prop_map(|pairs| object(pairs.into_iter()))
}

fn object<'k>(pairs: impl Iterator<Item = (&'k str, Json)>) -> Json {
    Json::Object(pairs.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

/// A filter whose groups are among these.
pub fn filter(groups: &'static [&'static str]) -> impl Strategy<Value = Json> {
    vec(condition(groups), 0..4).prop_map(Json::from)
}

fn condition(groups: &'static [&'static str]) -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        8 => comparison(select(PATHS.to_vec()).prop_map(str::to_owned)),
        4 => comparison(system_key()),
        1 => heads(),
        2 => membership(groups),
        3 => has(vec(comparison(inner_key()), 0..3).boxed()),
    ];
    let nested = leaf.prop_recursive(3, 12, 3, |inner| {
        let joined = (select(vec!["and", "or", "!and", "!or"]), vec(inner.clone(), 0..4));
        joined.prop_map(|(op, list)| json!({"op": op, "v": list}))
    });
    nested.boxed()
}

fn inner_key() -> impl Strategy<Value = String> {
    select(vec!["x", "y", "1", "l[0]", ""]).prop_map(str::to_owned)
}

fn has(each: BoxedStrategy<Vec<Json>>) -> impl Strategy<Value = Json> {
    let twice = (select(vec!["l", "x"]), each.clone())
        .prop_map(|(a, list)| vec![json!({"a": a, "op": "has", "v": list, "save": "inner"})]);
    let each = prop_oneof![4 => each, 1 => twice];
    (select(vec!["l", "c", "o", "a", "c.l"]), any::<bool>(), each).prop_map(|(a, negated, list)| {
        if negated {
            json!({"a": a, "op": "!has", "v": list})
        } else {
            json!({"a": a, "op": "has", "v": list, "save": "found"})
        }
    })
}

fn heads() -> impl Strategy<Value = Json> {
    let count = (select(vec!["==", "!=", "<", "<=", ">", ">="]), 1..4i64)
        .prop_map(|(op, v)| json!({"a": "size(member.heads)", "op": op, "v": v}));
    let owns = (select(vec!["eq", "ne"]), select(vec!["email", "csid", "pushapp", "tg"]))
        .prop_map(|(op, v)| json!({"a": "member.addr_type", "op": op, "v": v}));
    prop_oneof![count, owns]
}

fn membership(groups: &'static [&'static str]) -> impl Strategy<Value = Json> {
    (any::<bool>(), subsequence(groups.to_vec(), 1..=groups.len()))
        .prop_map(|(negated, v)| json!({"op": if negated { "!in_group" } else { "in_group" }, "v": v}))
}

/// Keys of the system that are compared with every operator.
fn system_key() -> impl Strategy<Value = String> {
    let keys = vec![
        "member.email",
        "member.domain",
        "member.id",
        "member.dataset",
        "member.origin",
        "member.haslock",
        "member.lockremove",
        "member.confirm.lock",
        "member.confirm.time",
        "member.confirm.host",
        "member.last.tz",
        "member.create.time",
        "member.create.host",
        "member.update.time",
        "member.update.host",
        "member.import.time",
        "member.error.lock",
        "member.error.date",
        "member.error.str",
        "member.error.error",
        "member.error.issue",
        "member.error.letter",
        "member.error.lock_issue",
        "member.error.lock_letter",
        "-group.l1",
        "-group.l2",
        "member.vk.5.sub",
        "member.vk.5.left",
        "member.vk.6.sub",
        "member.tg.5.sub",
        "member.max.5.err",
    ];
    select(keys).prop_map(str::to_owned)
}

/// A comparison of a key, of the date that it is, or of its size.
fn comparison(key: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Json> {
    let precision = of(select(vec!["YD", "Ys", "MD", "YM", "Yh"]));
    (key, precision, any::<bool>(), test())
        .prop_map(|(key, precision, sized, (op, v))| {
            let is_system = key.starts_with("member.") || key.starts_with('-');
            let (a, v) = match precision {
                // A third has an aspect.
                Some(precision) if sized => (format!("{key}:{precision}"), dated(precision, op, &v)),
                None if sized && !is_system && !key.is_empty() => (format!("size({key})"), v),
                _ => (key, v),
            };
            // The type of the head itself is asked for with ==; eq asks for the types of all heads.
            match v {
                None => json!({"a": a, "op": op}),
                Some(v) => json!({"a": a, "op": op, "v": v}),
            }
        })
        .boxed()
}

/// Values that can be dates of a precision.
fn dated(precision: &str, op: &str, v: &Option<Json>) -> Option<Json> {
    let date = match precision {
        "YD" => json!("2024-05-01"),
        "Ys" => json!("2024-05-01 10:11:12"),
        "MD" => json!("05-01"),
        "YM" => json!("2024-05"),
        _ => json!("current:Yh - 1 day"),
    };
    match (op.trim_start_matches('!'), v) {
        (_, None) => None,
        ("in", _) => Some(json!([date])),
        ("like" | "rx" | "^=" | "$=", other) => other.clone(),
        _ => Some(date),
    }
}

fn test() -> impl Strategy<Value = (&'static str, Option<Json>)> {
    let value = || prop_oneof![text().prop_map(Json::from), number(), any::<bool>().prop_map(Json::from)];
    let compared = (select(vec!["==", "!=", "<", "<=", ">", ">="]), value());
    let compared = compared.prop_map(|(op, v)| (op, Some(if v == "current" { json!("current - 1 day") } else { v })));
    let bytes = (select(vec!["eq", "ne", "lt", "le", "gt", "ge"]), value()).prop_map(|(op, v)| (op, Some(v)));
    let one_of = (select(vec!["in", "!in"]), vec(value(), 0..4)).prop_map(|(op, v)| (op, Some(Json::from(v))));
    let patterns = vec!["%", "ab%", "_bc", "%5%", "2024-05-__", "ab\\%c\\_", "яб%о", "", "%.%0"];
    let like = (select(vec!["like", "!like"]), select(patterns)).prop_map(|(op, v)| (op, Some(json!(v))));
    let expressions = vec!["^a", "(?i)^ABC$", "[0-9]+\\.0", "^$", "яб.око", "^.{500}"];
    let regexp = (select(vec!["rx", "!rx"]), select(expressions)).prop_map(|(op, v)| (op, Some(json!(v))));
    let ends =
        (select(vec!["^=", "!^=", "$=", "!$="]), select(vec!["", "5", "ab", "2024", "я", "7", ".0", "\u{10ffff}"]));
    let ends = ends.prop_map(|(op, v)| (op, Some(json!(v))));
    let unary = select(vec!["is_null", "!is_null", "empty", "!empty", "exists", "!exists"]).prop_map(|op| (op, None));
    prop_oneof![4 => compared, 2 => bytes, 1 => one_of, 1 => like, 1 => regexp, 1 => ends, 2 => unary]
}

/// A body with its heads, as rows.
#[derive(Clone, Debug)]
pub struct Person {
    pub data: Json,
    pub create_time: i64,
    pub update_time: i64,
    pub import_time: Option<i64>,
    pub host: Option<&'static str>,
    pub heads: Vec<PersonHead>,
}

/// A head of a person.
#[derive(Clone, Debug)]
pub struct PersonHead {
    pub address: Address,
    pub origin: Option<i32>,
    pub lock: i16,
    pub confirm_time: Option<i64>,
    pub last_tz: Option<i16>,
    /// Whether its address has errors: how many, the last one, the launch.
    pub error: Option<(i32, Option<i64>, Option<i64>)>,
    /// The list groups it is in.
    pub lists: Vec<&'static str>,
    /// What it is to communities, each state once and in their order; heads of types that have none show none of it.
    pub states: Vec<State<'static>>,
}

/// The day on which everybody entered their lists.
pub const ENTERED: &str = "2024-05-01";

/// Microseconds since 2000, among them moments that Moscow has twice.
fn instant() -> impl Strategy<Value = i64> {
    select(vec![341_794_799_000_000, 341_798_400_000_000, 768_000_000_000_000, 767_862_672_500_000, i64::MAX])
}

pub fn person() -> impl Strategy<Value = Person> {
    let hosts = of(select(vec!["192.0.2.1", "5"]));
    (document(), instant(), instant(), of(instant()), hosts, vec(head(), 1..4)).prop_map(
        |(data, create_time, update_time, import_time, host, heads)| Person {
            data,
            create_time,
            update_time,
            import_time,
            host,
            heads,
        },
    )
}

fn head() -> impl Strategy<Value = PersonHead> {
    let pushapp = format!("{}@fcm.android.42", "t".repeat(64));
    let addresses = vec![
        (AddrType::Email, "abc@example.com".to_owned()),
        (AddrType::Email, "яблоко@example.com".to_owned()),
        (AddrType::Csid, "5".to_owned()),
        (AddrType::Csid, "Abc".to_owned()),
        (AddrType::Msisdn, "+79261234567".to_owned()),
        (AddrType::Tg, "10".to_owned()),
        (AddrType::Vk, "17".to_owned()),
        (AddrType::Pushapp, pushapp),
    ];
    let errors = of((0..3i32, of(instant()), of(Just(5i64))));
    let columns = (of(1..8i32), 0..8i16, of(instant()), of(select(vec![300i16, -530])));
    let lists = subsequence(vec!["l1", "l2"], 0..=2);
    (select(addresses), columns, errors, lists, states()).prop_map(
        |((addr_type, value), (origin, lock, confirm_time, last_tz), error, lists, states)| PersonHead {
            address: Address { addr_type, value },
            origin,
            lock,
            confirm_time,
            last_tz,
            error,
            lists,
            states,
        },
    )
}

fn states() -> impl Strategy<Value = Vec<State<'static>>> {
    let known = vec![(5, "err"), (5, "left"), (5, "sub"), (6, "sub")];
    (subsequence(known, 0..=4), instant())
        .prop_map(|(known, at)| known.into_iter().map(|(community, state)| State { community, state, at }).collect())
}

impl Person {
    /// The types of the heads.
    pub fn types(&self) -> Vec<AddrType> {
        self.heads.iter().map(|head| head.address.addr_type).collect()
    }

    /// What the system knows of a head.
    pub fn system(&self, dataset: i64, id: i64, head: &PersonHead, zone: &TimeZone) -> Node<'static> {
        let body = Body {
            dataset,
            create_time: self.create_time,
            create_host: self.host,
            update_time: self.update_time,
            update_host: self.host,
            import_time: self.import_time,
        };
        let row = Head {
            id,
            address: head.address.clone(),
            origin: head.origin,
            lock: head.lock,
            confirm_time: head.confirm_time,
            confirm_host: self.host,
            last_tz: head.last_tz,
        };
        let error = head.error.map_or_else(DeliveryError::default, |(errors, at, issue)| DeliveryError {
            lock: errors > 1,
            at,
            message: at.map(|_| "abc"),
            errors,
            issue,
            letter: None,
            lock_issue: issue,
            lock_letter: None,
        });
        let lists: Vec<_> = head.lists.iter().map(|gid| (*gid, format!("{ENTERED} 00:00:00"))).collect();
        let more = communities(head.address.addr_type, &head.states, zone).into_iter().collect();
        system::document(&body, &row, &error, &lists, more, zone)
    }
}
