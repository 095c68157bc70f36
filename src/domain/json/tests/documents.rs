//! Reading, printing and writing whole documents.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn text_to_bytes_to_text_is_the_identity(json in document()) {
        let text = server_text(&json);
        prop_assert_eq!(super::text(&bytes(&text)), text);
    }

    #[test]
    fn stored_bytes_are_written_as_they_are(json in document()) {
        let bytes = bytes(&json.to_string());
        prop_assert_eq!(&encoded(&Node::from(root(&bytes).unwrap())), &bytes);
    }

    #[test]
    fn what_is_built_anew_has_the_same_bytes(json in document()) {
        let bytes = bytes(&json.to_string());
        let node = rebuilt(root(&bytes).unwrap());
        prop_assert_eq!(&encoded(&node), &bytes);
        prop_assert!(View::from(root(&bytes).unwrap()).same(View::from(&node)).unwrap());
        prop_assert!(size(&node) >= bytes.len());
    }

    /// The oracle keeps its objects in the order of keys.
    #[test]
    fn the_compact_form_is_sorted_and_has_no_spaces(json in document()) {
        let mut out = String::from("kept:");
        compact(root(&bytes(&json.to_string())).unwrap(), &mut out).unwrap();
        prop_assert_eq!(out, format!("kept:{json}"));
    }

    #[test]
    fn every_key_and_element_is_found(json in document()) {
        let bytes = bytes(&json.to_string());
        check_lookup(root(&bytes).unwrap(), &json);
    }

    #[test]
    fn documents_may_lie_at_any_address_and_behind_a_header(json in document(), shift in 0usize..8) {
        let bytes = bytes(&json.to_string());
        let mut shifted = vec![0xEE; shift];
        encode(&rebuilt(root(&bytes).unwrap()), &mut shifted).unwrap();
        prop_assert_eq!(&shifted[shift..], &bytes[..]);
        prop_assert_eq!(super::text(&shifted[shift..]), server_text(&json));
    }
}

fn check_lookup(value: Value, json: &Json) {
    match (value, json) {
        (Value::Array(array), Json::Array(elements)) => {
            assert_eq!(array.len(), elements.len());
            assert!(array.get(elements.len()).unwrap().is_none());
            for (index, element) in elements.iter().enumerate() {
                check_lookup(array.get(index).unwrap().unwrap(), element);
            }
        }
        (Value::Object(object), Json::Object(pairs)) => {
            assert_eq!(object.len(), pairs.len());
            for (key, json) in pairs {
                check_lookup(object.get(key).unwrap().unwrap(), json);
                let absent = format!("{key}?");
                assert_eq!(object.get(&absent).unwrap().is_some(), pairs.contains_key(&absent));
            }
        }
        (scalar, json) => assert_eq!(print(scalar).unwrap(), json.to_string()),
    }
}

#[test]
fn values_answer_what_they_are() {
    let bytes = bytes(r#"{"n":null,"b":true,"i":-7,"d":7.0,"f":7.5,"s":"text","a":[1],"o":{}}"#);
    let object = root(&bytes).unwrap().as_object().unwrap();
    let get = |key: &str| object.get(key).unwrap().unwrap();
    assert!(get("n").is_null() && !get("b").is_null());
    assert_eq!((get("i").as_i64(), get("d").as_i64(), get("f").as_i64()), (Some(-7), Some(7), None));
    assert_eq!((get("s").as_str(), get("i").as_str()), (Some("text"), None));
    assert_eq!(get("a").as_array().map(|array| array.len()), Some(1));
    assert!(get("o").as_object().is_some() && get("a").as_object().is_none());
    let kinds: Vec<_> = object.iter().map(|pair| pair.unwrap().1.kind()).collect();
    assert_eq!(
        kinds,
        ["a list", "a boolean", "a number", "a number", "a number", "null", "an object", "a text"].map(|kind| kind)
    );
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    assert_eq!(text(&bytes(r#"{"a":1,"b":2,"a":3}"#)), r#"{"a": 3, "b": 2}"#);
    let node = Node::object([("a", Node::from(1)), ("b", Node::Null), ("a", Node::from(true))]);
    assert_eq!(text(&encoded(&node)), r#"{"a": true, "b": null}"#);
}

#[test]
fn scalars_stand_at_the_root() {
    for scalar in ["null", "true", "false", "12.50", "\"text\"", "\"\""] {
        assert_eq!(text(&bytes(scalar)), scalar);
        assert_eq!(encoded(&Node::from(root(&bytes(scalar)).unwrap())), bytes(scalar));
    }
}

#[test]
fn nodes_are_built_from_plain_values() {
    let node = Node::object([
        ("i", Node::from(42)),
        ("s", Node::from("borrowed")),
        ("o", Node::from(String::from("owned"))),
        ("n", Node::from(None::<i64>)),
        ("a", Node::array([Node::from(false), Node::array([])])),
    ]);
    assert_eq!(text(&encoded(&node)), r#"{"a": [false, []], "i": 42, "n": null, "o": "owned", "s": "borrowed"}"#);
}

#[test]
fn text_that_jsonb_cannot_hold_is_refused() {
    use crate::domain::error::Id;
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for text in
        ["", "{", "[1,]", "nul", "\"\\ud800\"", "\"\\u0000\"", "{\"\\u0000\":1}", "1 2", "NaN", "01", "+1", &deep(128)]
    {
        assert_eq!(parse(text).unwrap_err().id, Id::JsonSyntax, "{text}");
    }
    assert_eq!(parse(r#"{"$serde_json::private::Number":"1"}"#).unwrap_err().id, Id::JsonSyntax);
    assert_eq!(parse("1e131072").unwrap_err().id, Id::JsonLimit);
    assert_eq!(text(&bytes(&deep(127))), deep(127));
}

#[test]
fn deep_documents_are_read_and_written_without_recursion() {
    // 40,000 levels: [[[…]]], each container holding the next.
    let mut bytes = vec![0, 0, 0, 0x40];
    for _ in 1..40_000u32 {
        let entry = 0x8000_0000 | 0x5000_0000 | bytes.len() as u32;
        let mut outer = 0x4000_0001u32.to_ne_bytes().to_vec();
        outer.extend(entry.to_ne_bytes());
        outer.append(&mut bytes);
        bytes = outer;
    }
    let value = root(&bytes).unwrap();
    assert_eq!(print(value).unwrap().len(), 80_000);
    let mut out = String::new();
    compact(value, &mut out).unwrap();
    assert_eq!(out, print(value).unwrap());
    assert_eq!(encoded(&Node::array([Node::from(value)])).len(), bytes.len() + 8);
    assert_eq!(View::from(value).depth(64).unwrap(), 65);
    assert_eq!(encoded(&Node::from(value)), bytes);
}

#[test]
fn nodes_that_are_nested_too_deep_are_refused() {
    use crate::domain::error::Id;
    let nested = |levels| (1..levels).fold(Node::array([]), |node, _| Node::array([node]));
    assert_eq!(encoded(&nested(MAX_NESTING)).len(), 8 * MAX_NESTING - 4);
    assert_eq!(encode(&nested(MAX_NESTING + 1), &mut Vec::new()).unwrap_err().id, Id::JsonLimit);
}

#[test]
fn documents_beyond_28_bits_are_refused() {
    use crate::domain::error::Id;
    let quarter = "x".repeat(1 << 26);
    let half = || Node::array([Node::from(quarter.as_str()), Node::from(quarter.as_str())]);
    assert!(encode(&half(), &mut Vec::new()).is_ok());
    assert_eq!(encode(&Node::array([half(), half()]), &mut Vec::new()).unwrap_err().id, Id::JsonLimit);
}
