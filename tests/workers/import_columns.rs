//! What the columns of an import mean: what a probe says of them holds for the import, and what cannot be told keeps it from
//! beginning (members.md 10.2 to 10.5).

use crate::common::*;
use crate::imports::{counted, import, refused, written};

/// What a probe says of data; with its uid, the request of the import of the same data.
fn probed(client: &mut Client, request: &Value) -> (Value, Value) {
    let probe: Value = client.query_one("SELECT member_import_probe($1)", &[request]).unwrap().get(0);
    let mut import = request.clone();
    import.as_object_mut().unwrap().remove("users.list");
    import["uid"] = probe["uid"].clone();
    (probe, import)
}

#[test]
fn a_first_row_that_cannot_be_read_ends_an_import_that_would_lose_its_columns() {
    let database = Database::new("workers_import_header");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let text = "\"member.email\" ;shop.n\na@example.com;1\nb@example.com;2\n";
    for more in [json!({}), json!({"firstline": 1}), json!({"firstline": 1, "caption": ["member.email", "shop.n"]})] {
        let mut request = json!({"users.list": text});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (probe, _) = probed(client, &request);
        assert_eq!((&probe["cannot_import"], &probe["warnings"][0]["id"]), (&json!(1), &json!("error/import/csv")));
        let over = import(client, &request);
        assert_eq!((&over["status"], &over["error"]), (&json!(-2), &json!("error/import/csv")), "{over}");
        assert!(over["error.info"].as_str().unwrap().contains("the first row"), "{over}");
        assert_eq!(written(client), 0);
    }
    // Where the call says what the columns are, nothing is lost by it but the row.
    let over = import(client, &json!({"users.list": text, "caption": ["member.email", "shop.n"]}));
    assert_eq!(counted(&over, ["rows", "new", "errors"]), [3, 2, 1], "{over}");
    assert_eq!(refused(client, &over), [(1, "error/import/csv".to_owned())]);
    let n: Value = client.query_one("SELECT member_get('b@example.com', 'shop.n')", &[]).unwrap().get(0);
    assert_eq!(n, "2");
}

#[test]
fn what_a_probe_says_can_be_imported_can_be() {
    let database = Database::new("workers_import_probed");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let objects = "{\"member.email\": \"a@example.com\", \"datakey\": [[\"shop.n\", \"set\", 1]]}\n";
    let by_key = r#"[{"zz": "d@example.com", "aa": 7, "bb": 8}]"#;
    for (request, captions) in [
        (json!({"users.list": objects}), ["datakey", "member.email"]),
        (
            json!({"users.list": "who;n\nC-1000001;5\n", "firstline": 1, "caption": ["member.csid", {"datakey": "shop.n"}]}),
            ["member.csid", "shop.n"],
        ),
        (
            json!({"users.list": "79261234567;5\n", "caption": [{"anketa": "member", "quest": "cellphone"}, {"datakey": "shop.n"}]}),
            ["member.cellphone", "shop.n"],
        ),
        (
            json!({"users.list": by_key,
                   "caption": [{"source": "zz", "datakey": "member.email"}, {"source": "aa", "datakey": "shop.n"}, {"source": "bb", "ignore": 1}]}),
            ["shop.n", ""],
        ),
    ] {
        let (probe, request) = probed(client, &request);
        assert_eq!((&probe["cannot_import"], &probe["warnings"]), (&json!(0), &json!([])), "{probe}");
        let meant = [0, 1].map(|place| probe["caption"][place]["datakey"].as_str().unwrap_or_default().to_owned());
        assert_eq!(meant, captions, "{probe}");
        let over = import(client, &request);
        assert_eq!((&over["status"], counted(&over, ["rows", "new", "errors"])), (&json!(-1), [1, 1, 0]), "{over}");
        assert!(over["param"].get("warnings").is_none(), "{over}");
    }
    let values: Vec<Value> = client
        .query("SELECT data #> '{shop,n}' FROM member.body ORDER BY dataset", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(values, [json!(1), json!("5"), json!("5"), json!(7)]);
}

#[test]
fn objects_without_an_identifier_empty_no_group() {
    let database = Database::new("workers_import_objects");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let group = json!({"id": "phones"});
    let over = import(
        client,
        &json!({"users.list": "79261234567\n", "addr_type": "msisdn", "auto_group": group, "firstline": 0}),
    );
    assert_eq!(counted(&over, ["added"]), [1], "{over}");
    for (text, more) in [
        ("{\"member.email\": \"a@example.com\"}\n", json!({"addr_type": "msisdn"})),
        ("[{\"member.cellphone\": \"79261234568\", \"=member.origin\": 1}]", json!({"addr_type": "msisdn"})),
        (
            "[{\"member.cellphone\": \"79261234568\"}]",
            json!({"caption": [{"datakey": "shop.n", "calc": 1, "mode": "put"}]}),
        ),
    ] {
        let mut request = json!({"users.list": text, "auto_group": group, "clean_group": 1});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (probe, _) = probed(client, &request);
        let over = import(client, &request);
        assert_eq!((&probe["cannot_import"], &over["status"]), (&json!(1), &json!(-2)), "{probe} {over}");
        assert_eq!(probe["warnings"].as_array().unwrap().last().unwrap()["id"], over["error"], "{probe} {over}");
        let count = "SELECT (group_get('{\"id\": \"phones\"}') #> '{obj,count}')::bigint";
        assert_eq!(numbers(client, count), [1], "nobody has left");
    }
}

#[test]
fn what_is_left_out_is_told_by_the_track() {
    let database = Database::new("workers_import_warnings");
    let client = &mut database.connect();
    assert!(is_idle(client));
    let warning = |id: &str, explain: &str| json!({"id": id, "explain": explain});
    let text = "member.email;note;member.create.time;=word;shop.n\na@example.com;x;2020-01-01;1;5\n";
    let over = import(client, &json!({"users.list": text}));
    assert_eq!(counted(&over, ["new", "errors"]), [1, 0], "{over}");
    let expected = json!([
        warning("error/param/unknown", "column note"),
        warning("error/datakey/readonly", "column member.create.time"),
        warning("error/param/unknown", "column =word"),
    ]);
    assert_eq!(over["param"]["warnings"], expected, "{over}");
    // Of objects also what only later ones have, and what programs try; each once.
    let object = |n: i64, more: &str| format!("{{\"member.email\": \"o{n}@example.com\"{more}}}\n");
    let program = ", \"datakey\": [[\"member.id\", \"set\", 1], [\"shop.n\", \"set\", 1]]";
    let rows: String = (1..=3000).map(|n| object(n, if n % 2 == 0 { program } else { "" })).collect();
    let text = format!("{rows}{}", object(3001, ", \"late\": 1"));
    let over = import(client, &json!({"users.list": text}));
    assert_eq!(counted(&over, ["new", "errors"]), [3001, 0], "{over}");
    let expected = json!([
        warning("error/datakey/readonly", "member.id is ignored"),
        warning("error/param/unknown", "column late")
    ]);
    assert_eq!(over["param"]["warnings"], expected, "{over}");
}
