//! What an import does with arrays is what `member_set` does row by row: random rows, some of them bad, in one database by
//! `member_import_from` and in another one by hand. And an import goes on beside sessions that change the same people.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use postgres::{Client, Transaction};
use serde_json::{Value, json};
use std::thread;
use support::Database;

/// Rows of one import.
const ROWS: usize = 120;
const ROUNDS: u64 = 40;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.throw(words.len())]
    }
}

/// One row: the identifier and its cells, null for nothing.
#[derive(Clone)]
struct Row {
    email: String,
    cells: Vec<Value>,
}

const KEYS: [&str; 8] =
    ["shop.a", "shop.deep.b", "shop.list", "shop.n", "shop.at", "member.origin", "-group.even", "member.lockconfirm"];

/// What the columns mean: the same for the import, and for the program that a row stands for.
fn caption() -> Value {
    json!([
        "member.email",
        {"datakey": "shop.a"},
        {"datakey": "shop.deep.b", "mode": "insert"},
        {"datakey": "shop.list", "mode": "push"},
        {"datakey": "shop.n", "mode": "merge"},
        {"datakey": "shop.at", "type": "dt:YD"},
        {"datakey": "member.origin"},
        {"datakey": "-group.even"},
        {"datakey": "member.lockconfirm"},
    ])
}

fn row(dice: &mut Dice, attaches: bool) -> Row {
    let person = dice.throw(30);
    let email = match dice.throw(12) {
        0 => "broken".to_owned(),
        1 => format!(" P{person}@Example.com "),
        2 if attaches => format!("q{person}@example.com"),
        _ => format!("p{person}@example.com"),
    };
    let mut cell =
        |values: &[Value]| if dice.throw(3) == 0 { values[dice.throw(values.len())].clone() } else { Value::Null };
    let cells = vec![
        cell(&[json!(1), json!("x"), json!({"k": 1})]),
        cell(&[json!("b"), json!([1, 2])]),
        cell(&[json!(1), json!([2, 3])]),
        cell(&[json!({"x": 1}), json!({"y": 2}), json!(5)]),
        cell(&[json!("2024-2-3"), json!("soon")]),
        cell(&[json!("shop"), json!("nowhere")]),
        cell(&[json!("1"), json!("0")]),
        cell(&[json!("1")]),
    ];
    Row { email, cells }
}

/// The request of `member.set` that a row stands for.
fn request(row: &Row, options: &Value) -> Value {
    let modes = ["set", "insert", "push", "merge", "set", "set", "set", "set"];
    let mut program = Vec::new();
    for ((key, mode), cell) in KEYS.iter().zip(modes).zip(&row.cells) {
        match (*key, cell) {
            (_, Value::Null) => {}
            ("-group.even", cell) if cell == "0" => program.push(json!([key, "delete"])),
            ("shop.at", cell) => program.push(json!([key, mode, cell, "dt:YD"])),
            _ => program.push(json!([key, mode, cell])),
        }
    }
    for gid in options["member.group.remove"].as_array().into_iter().flatten() {
        program.push(json!([format!("-group.{}", gid.as_str().unwrap()), "delete"]));
    }
    for gid in options["member.group.add"].as_array().into_iter().flatten() {
        program.push(json!([format!("-group.{}", gid.as_str().unwrap()), "set", 1]));
    }
    let mut request = json!({"email": row.email, "addr_type": "email", "datakey": program, "newbie.confirm": options["newbie.confirm"]});
    match options["if_exists"].as_str() {
        Some("ignore") => request["if_exists"] = json!("error"),
        Some(rule) => request["if_exists"] = json!(rule),
        None => {}
    }
    request
}

fn prepare(client: &mut Client) {
    client
        .batch_execute(
            r#"SELECT origin_create('{"name": "Shop", "label": "shop"}');
               SELECT group_create('{"id": "even", "type": "list"}'), group_create('{"id": "all", "type": "list"}'), group_create('{"id": "none", "type": "list"}');
               SELECT stoplist_add('{"list": ["p1@example.com", "p2@example.com"]}');
               SELECT member_set('p3@example.com', '[["shop.a", "set", 0]]'), member_delete('{"email": "p3@example.com"}');
               SELECT group_create('{"id": "live", "type": "filter"}'), group_filter_set('{"id": "live", "filter": [{"a": "shop.a", "op": "==", "v": 1}]}');
               SELECT group_set('{"id": "live", "live": 1, "sync": 1}'), group_index('shop.n.x', true);
               CREATE TABLE rows (n int, email text, cells jsonb);"#,
        )
        .unwrap();
}

/// Everything that can be known of the people, without numbers, versions and instants.
fn state(client: &mut Client) -> String {
    let query = "SELECT string_agg(format('%s %s %s %s %s %s %s', h.value, h.lock, o.label, b.data,
                   (SELECT string_agg(g.gid, ',' ORDER BY g.gid) FROM member.group_member g WHERE g.id = h.id AND g.dataset = h.dataset),
                   (SELECT string_agg(l.gid, ',' ORDER BY l.gid) FROM member.live_member l WHERE l.id = h.id),
                   (SELECT string_agg(to_jsonb(v)::text, ',') FROM (SELECT * FROM member.attr_value WHERE dataset = h.dataset) v) IS NOT NULL),
                   E'\n' ORDER BY h.value)
                   FROM member.head h JOIN member.body b USING (dataset) LEFT JOIN member.origin o ON o.id = h.origin";
    assert!(client.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
    client.query_one(query, &[]).unwrap().get::<_, Option<String>>(0).unwrap_or_default()
}

/// What a row can change of a person, lists apart: the data, the head, its delivery errors.
fn row_of(transaction: &mut Transaction, row: &Row) -> Option<String> {
    let query = "SELECT format('%s %s %s %s', b.data, h.lock, h.origin, (SELECT count(*) FROM member.delivery_error e WHERE e.value = h.value))
                   FROM member.head h JOIN member.body b USING (dataset) WHERE h.value = lower(btrim($1)) AND h.addr_type = 'email'";
    transaction.query_opt(query, &[&row.email]).unwrap().map(|row| row.get(0))
}

/// What a row came to by hand: one of the words of the counters.
fn by_hand(client: &mut Client, row: &Row, options: &Value) -> &'static str {
    let request = request(row, options);
    let mut transaction = client.transaction().unwrap();
    let before = row_of(&mut transaction, row);
    match transaction.query_one("SELECT member_set($1::jsonb) ->> 'newbie'", &[&request]) {
        Ok(answer) => {
            let newbie: String = answer.get(0);
            let after = row_of(&mut transaction, row);
            transaction.commit().unwrap();
            match newbie.as_str() {
                "1" => "new",
                _ if before == after => "unchanged",
                _ => "updated",
            }
        }
        Err(error) => match error.as_db_error().unwrap().message() {
            "member_exists" if options["if_exists"] == "ignore" => "ignored",
            _ => "errors",
        },
    }
}

fn import(client: &mut Client, rows: &[Row], options: &Value) -> Value {
    client.execute("DELETE FROM rows", &[]).unwrap();
    for (n, row) in rows.iter().enumerate() {
        let cells = json!(row.cells);
        client.execute("INSERT INTO rows VALUES ($1, $2, $3)", &[&(n as i32), &row.email, &cells]).unwrap();
    }
    // SQL NULL for what is nothing.
    let columns: Vec<String> = (0..KEYS.len()).map(|n| format!("nullif(cells -> {n}, 'null')")).collect();
    let query = format!("SELECT email, {} FROM rows ORDER BY n", columns.join(", "));
    client.query_one("SELECT member_import_from($1, $2)", &[&query, options]).unwrap().get(0)
}

#[test]
fn an_import_does_what_member_set_does_row_by_row() {
    let (one, other) = (Database::new("imports_arrays"), Database::new("imports_rows"));
    let (by_arrays, by_rows) = (&mut one.connect(), &mut other.connect());
    prepare(by_arrays);
    prepare(by_rows);
    let mut dice = Dice(7);
    for round in 0..ROUNDS {
        let mut options = json!({"caption": caption(), "newbie.confirm": dice.throw(2)});
        match dice.throw(6) {
            0 => options["if_exists"] = json!(dice.one_of(&["error", "must", "ignore"])),
            1 => options["member.group.add"] = json!(["all"]),
            2 => options["member.group.remove"] = json!(["even", "all"]),
            _ => {}
        }
        // Now and then there is room for three more.
        let room = (dice.throw(3) == 0).then_some(3_i64);
        for client in [&mut *by_arrays, &mut *by_rows] {
            let limit = "SELECT sys_settings_set(jsonb_build_object('list', jsonb_build_object('member.hard.limit',
                             (SELECT count(*) + $1::bigint FROM member.head))))";
            client.query_one(limit, &[&room]).unwrap();
        }
        let rows: Vec<Row> = (0..ROWS).map(|_| row(&mut dice, true)).collect();
        let answer = import(by_arrays, &rows, &options);
        let mut counted = [("new", 0), ("ignored", 0), ("errors", 0), ("updated", 0), ("unchanged", 0)];
        for row in &rows {
            let word = by_hand(by_rows, row, &options);
            counted.iter_mut().find(|(name, _)| *name == word).unwrap().1 += 1;
        }
        let number = |name: &str| answer[name].as_i64().unwrap();
        for (word, count) in &counted {
            assert_eq!(number(word), *count, "{word}, round {round}: {answer}");
        }
        assert_eq!(number("rows"), ROWS as i64);
        assert_eq!(state(by_arrays), state(by_rows), "round {round}: {options}");
        if round % 7 == 3 {
            let gone = json!({"list": [format!("p{}@example.com", dice.throw(30)), "p5@example.com"]});
            for client in [&mut *by_arrays, &mut *by_rows] {
                client.query_one("SELECT member_delete($1::jsonb)", &[&gone]).unwrap();
            }
        }
    }
}

#[test]
fn an_import_and_sessions_at_work_on_the_same_people_lose_nothing() {
    let database = Database::new("imports_beside");
    let (calls, people) = (300, 40);
    let push = |thread: usize| {
        let mut client = database.connect();
        thread::spawn(move || {
            let mut dice = Dice(thread as u64);
            for call in 0..calls {
                let email = format!("p{}@example.com", dice.throw(people));
                let program = json!([["log", "push", format!("{thread}:{call}")]]);
                client.query_one("SELECT member_set($1, $2)", &[&email, &program]).unwrap();
            }
        })
    };
    let workers: Vec<_> = (0..3).map(push).collect();
    let mut client = database.connect();
    let query =
        "SELECT format('p%s@example.com', n % 40) AS \"member.email\", 1 AS \"shop.n\" FROM generate_series(0, 199) n";
    let mut rows = 0;
    for _ in 0..25 {
        let mapping = json!({"caption": ["member.email", {"datakey": "shop.n", "calc": 1}]});
        let answer: Value = client.query_one("SELECT member_import_from($1, $2)", &[&query, &mapping]).unwrap().get(0);
        assert_eq!(answer["errors"], 0);
        rows += answer["rows"].as_i64().unwrap();
    }
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    let sums = "SELECT sum((data #>> '{shop,n}')::bigint)::bigint, sum(jsonb_array_length(data -> 'log'))::bigint FROM member.body";
    let sums = client.query_one(sums, &[]).unwrap();
    assert_eq!((sums.get::<_, i64>(0), sums.get::<_, i64>(1)), (rows, 3 * calls));
    assert!(client.query("SELECT * FROM member_check()", &[]).unwrap().is_empty());
}
