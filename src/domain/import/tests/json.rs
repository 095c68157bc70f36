use super::*;
use proptest::prelude::*;

#[test]
fn lists_of_lists() {
    let data = r#"
        [["member.email","base.firstName","orders.sum"],
         ["a@b.c","Иван",1.10] , ["d@e.f","",null],
         ["g,h]@i.j","\"}\\",{"x":["]"]}]]
    "#;
    let names = opened(data, &auto()).unwrap().names.unwrap();
    assert_eq!(names.len(), 3);
    let expected =
        table(&[&["a@b.c", "Иван", "1.10"], &["d@e.f", "", "null"], &["g,h]@i.j", "\"}\\", "{\"x\": [\"]\"]}"]]);
    assert_eq!(good(data, &auto()), expected);
}

#[test]
fn lists_of_objects_and_objects_line_by_line() {
    let expected = table(&[&[r#"{"a.b": 1.50, "member.email": "a@b.c"}"#], &[r#"{"member.email": "d@e.f"}"#]]);
    let list = r#"[{"member.email":"a@b.c","a.b":1.50},{"member.email":"d@e.f"}]"#;
    let lines = "\u{FEFF}{\"member.email\":\"a@b.c\",\"a.b\":1.50}\r\n\n{\"member.email\":\"d@e.f\"}";
    for data in [list, lines] {
        assert_eq!(good(data, &auto()), expected);
        assert!(opened(data, &auto()).unwrap().names.is_none());
    }
}

#[test]
fn numbers_are_exact() {
    let exact = "123456789012345678901234567890.12345678901234567890";
    assert_eq!(good(format!("[[{exact}]]"), &auto()), table(&[&[exact]]));
}

#[test]
fn a_bad_element_is_a_bad_row() {
    let data = r#"[["a@b.c",1],["x",tru],["d@e.f",2],7,["g@h.i"],["j@k.l",3]]"#;
    let rows = rows(data, &auto()).unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.as_ref().map_or_else(|error| error.id.as_str(), |_| "good")).collect();
    assert_eq!(ids, ["good", "error/import/json", "good", "error/import/json", "error/import/columns", "good"]);
}

#[test]
fn a_bad_line_is_a_bad_row() {
    let lines = b"{\"a\":1}\n{\"a\":\n{\"a\":\"\xFF\"}\n{\"a\":4}\n";
    let rows = rows(&lines[..], &auto()).unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.as_ref().map_or_else(|error| error.id.as_str(), |_| "good")).collect();
    assert_eq!(ids, ["good", "error/import/json", "error/import/charset", "good"]);
}

#[test]
fn a_bad_first_object_is_a_bad_row_and_a_bad_first_list_is_the_end() {
    for data in [r#"[{"a":tru},{"a":2}]"#, "{\"a\":tru}\n{\"a\":2}\n"] {
        let rows = rows(data, &auto()).unwrap();
        assert!(rows[0].is_err() && rows[1].is_ok() && rows.len() == 2, "{data}");
    }
    assert_eq!(refusal(r#"[["member.email",tru],["a@b.c",1]]"#, &auto()), Id::ImportJson);
}

#[test]
fn a_broken_list_is_refused() {
    for data in ["[[1],[2]", "[[1],[2],]", "[[1]] x", "[[1],[2", "["] {
        assert_eq!(refusal(data, &auto()), Id::ImportJson, "{data}");
    }
    assert_eq!(good("[]", &auto()), table(&[]));
}

#[test]
fn deep_documents_are_bad_rows() {
    let deep = format!("[[1],[{}{}],[1]]", "[".repeat(5000), "]".repeat(5000));
    let rows = rows(deep, &auto()).unwrap();
    assert_eq!(rows[1].as_ref().unwrap_err().id, Id::ImportJson);
    assert!(rows[0].is_ok() && rows[2].is_ok());
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[ -~а-я]{0,10}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-z\\]}\"]{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_the_library_writes_is_read_back(
        rows in prop::collection::vec(prop::collection::btree_map("[a-z.]{1,6}", value(), 0..4), 1..8),
        is_pretty: bool,
    ) {
        let rows: Vec<serde_json::Value> =
            rows.into_iter().map(|map| serde_json::Value::Object(map.into_iter().collect())).collect();
        let list = if is_pretty { serde_json::to_string_pretty(&rows) } else { serde_json::to_string(&rows) }.unwrap();
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        for data in [list, lines] {
            let read: Vec<serde_json::Value> =
                good(data, &auto()).iter().map(|row| serde_json::from_str(&row[0]).unwrap()).collect();
            prop_assert_eq!(&read, &rows);
        }
    }

    #[test]
    fn any_text_of_brackets_is_read_or_refused(text in "[\\[\\]{}\",:1\\\\ \n]{0,60}") {
        _ = rows(text, &auto());
    }
}
