use super::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn json(text: &str) -> Data {
    Data::from_json(serde_json::from_str(text).unwrap())
}

fn packed(format: Format, document: &str) -> String {
    String::from_utf8(pack(format, json(document)).unwrap()).unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Failure>, words: &str) {
    let failure = result.unwrap_err();
    assert_eq!(failure.code, Code::Codec as i64);
    assert!(failure.message.contains(words), "{failure:?}");
}

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

#[test]
fn json_keeps_numbers_as_they_are() {
    let text = r#"{"a":1.10,"b":123456789012345678901234567890,"c":[null,true,"ё"]}"#;
    assert_eq!(packed(Format::Json, text), text);
    assert_eq!(unpack(Format::Json, text.as_bytes()).unwrap(), json(text));
    assert_eq!(unpack(Format::Json, format!("\u{feff} {text}\n").as_bytes()).unwrap(), json(text));
}

#[test]
fn bytes_are_packed_as_text() {
    let document = |bytes: &[u8]| Data::object([("a", Data::Bytes(bytes.into()))]);
    for (bytes, text) in [("ё".as_bytes(), "ё"), (&[0xff, 0x00][..], "/wA=")] {
        let packed = pack(Format::Json, document(bytes)).unwrap();
        assert_eq!(packed, format!(r#"{{"a":"{text}"}}"#).as_bytes());
        let packed = pack(Format::Xml, document(bytes)).unwrap();
        assert_eq!(packed, format!("{DECLARATION}<a>{text}</a>").as_bytes());
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let deep = "[".repeat(LEVELS + 1) + &"]".repeat(LEVELS + 1);
    for (text, words) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("{\"a\":1} x", "trailing"),
        ("nux", "expected"),
        ("\"\\u0000\"", "U+0000"),
        ("{\"\\u0000\":1}", "U+0000"),
        ("1e401", "exponent"),
        ("-1E-99999999999", "exponent"),
        (r#"{"$serde_json::private::Number":"1"}"#, "reserved"),
        (deep.as_str(), "levels"),
        (&"[".repeat(100_000), "no JSON"),
    ] {
        refused(unpack(Format::Json, text.as_bytes()), words);
    }
    refused(unpack(Format::Json, b"\"\xff\""), "UTF-8");
    let deepest = "[".repeat(LEVELS) + &"]".repeat(LEVELS);
    assert_eq!(packed(Format::Json, &deepest), deepest);
    refused(pack(Format::Json, json(&deep)), "levels");
}

#[test]
fn what_is_too_large_is_refused() {
    let large = "x".repeat(OCTETS + 1);
    for format in [Format::Json, Format::Xml] {
        assert_eq!(unpack(format, large.as_bytes()).unwrap_err().code, Code::Limit as i64);
        let document = Data::object([("a", Data::from(large.as_str()))]);
        assert_eq!(pack(format, document).unwrap_err().code, Code::Limit as i64);
    }
}

#[test]
fn xml_is_written_by_the_mapping() {
    for (document, expected) in [
        (r#"{"a":{}}"#, "<a></a>"),
        (r#"{"a":null}"#, "<a></a>"),
        (
            r##"{"a":{"@id":7,"b":[1,"2",true],"c":{"#text":"t","@x":"y"}}}"##,
            r#"<a id="7"><b>1</b><b>2</b><b>true</b><c x="y">t</c></a>"#,
        ),
        (
            r##"{"a":{"#text":"<&>\"'\r","@b":"<&>\"'\r\n\t"}}"##,
            r#"<a b="&lt;&amp;&gt;&quot;&apos;&#13;&#10;&#9;">&lt;&amp;&gt;"'&#13;</a>"#,
        ),
        (
            r#"{"soap:Envelope":{"@xmlns:soap":"u","soap:Body":""}}"#,
            r#"<soap:Envelope xmlns:soap="u"><soap:Body></soap:Body></soap:Envelope>"#,
        ),
        (r#"{"a":{"b":[]}}"#, "<a></a>"),
    ] {
        assert_eq!(packed(Format::Xml, document), format!("{DECLARATION}{expected}"));
    }
}

#[test]
fn what_xml_cannot_say_is_refused() {
    for (document, words) in [
        ("{}", "one key"),
        ("[]", "one key"),
        ("1", "one key"),
        (r#"{"a":1,"b":2}"#, "one key"),
        (r#"{"a":[1]}"#, "one key"),
        (r#"{"a":{"b":[[1]]}}"#, "list in a list"),
        (r#"{"a b":1}"#, "name of an element"),
        (r#"{"":1}"#, "name of an element"),
        (r##"{"#text":1}"##, "name of an element"),
        (r#"{"a":{"@":1}}"#, "name of an attribute"),
        (r#"{"a":{"@x y":1}}"#, "name of an attribute"),
        (r#"{"a":{"@x":[]}}"#, "more than one value"),
        (r##"{"a":{"#text":{}}}"##, "more than one value"),
        (r#"{"a":"\u0001"}"#, "character"),
        (r#"{"a":"\uffff"}"#, "character"),
    ] {
        refused(pack(Format::Xml, json(document)), words);
    }
}

#[test]
fn xml_is_read_by_the_mapping() {
    for (text, expected) in [
        ("<a/>", r#"{"a":""}"#),
        ("\u{feff}<?xml version='1.0' encoding='utf-8'?><!-- c --><a>x</a>\n<?p i?>", r#"{"a":"x"}"#),
        ("<a>\n  <b>1</b>\n  <b/>\n  <c d='e'/>\n</a>", r#"{"a":{"b":["1",""],"c":{"@d":"e"}}}"#),
        ("<a>one <b>two</b> three</a>", r##"{"a":{"#text":"one  three","b":"two"}}"##),
        ("<a x='1'> t </a>", r##"{"a":{"#text":" t ","@x":"1"}}"##),
        ("<a>&lt;&#x41;&amp;&#1105;<![CDATA[<b>&amp;]]>\r\n</a>", "{\"a\":\"<A&ё<b>&amp;\\n\"}"),
        ("<a b='&quot;&#10;\n&apos;'/>", r#"{"a":{"@b":"\"\n '"}}"#),
        ("<n:a xmlns:n='u'><n:b/></n:a>", r#"{"n:a":{"@xmlns:n":"u","n:b":""}}"#),
    ] {
        assert_eq!(unpack(Format::Xml, text.as_bytes()).unwrap(), json(expected), "{text}");
    }
}

#[test]
fn what_is_no_xml_is_refused() {
    let deep = "<a>".repeat(LEVELS + 1) + &"</a>".repeat(LEVELS + 1);
    for (text, words) in [
        ("", "ends too early"),
        ("text", "outside the root"),
        ("<a>", "ends too early"),
        ("<a></b>", "no XML"),
        ("</a>", "no XML"),
        ("<a/><b/>", "two roots"),
        ("<a></a><b></b>", "two roots"),
        ("<a/>text", "outside the root"),
        ("<1/>", "name"),
        ("<a 1='x'/>", "name"),
        ("<a b='1' b='2'/>", "two attributes"),
        ("<a b=1/>", "no XML"),
        ("<a>&nbsp;</a>", "entity"),
        ("<a b='&nbsp;'/>", "no XML"),
        ("<a>&#0;</a>", "no XML"),
        ("<a>&#1;</a>", "character"),
        ("<a b='&#1;'/>", "character"),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "document type"),
        ("<!DOCTYPE a [<!ENTITY x 'xx'><!ENTITY y '&x;&x;'>]><a>&y;</a>", "document type"),
        ("<?xml version='1.0' encoding='windows-1251'?><a/>", "encoding"),
        (deep.as_str(), "levels"),
    ] {
        refused(unpack(Format::Xml, text.as_bytes()), words);
    }
}

#[test]
fn very_many_attributes_are_read_in_one_go() {
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
    let read = unpack(Format::Xml, format!("<a{attributes}/>").as_bytes()).unwrap();
    assert!(read.get("a").unwrap().get("@a199999").is_some());
}

fn number() -> impl Strategy<Value = Data> {
    "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?".prop_map(|text| json(&text))
}

fn any_json() -> impl Strategy<Value = Data> {
    let leaf =
        prop_oneof![Just(Data::Null), any::<bool>().prop_map(Data::Bool), number(), "[^\0]{0,20}".prop_map(Data::Text)];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Data::List),
            btree_map("[^\0]{0,6}", inner, 0..6).prop_map(Data::Object)
        ]
    })
}

/// A text of characters that XML has.
fn xml_text() -> impl Strategy<Value = String> {
    "[\t\n\r -\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]{0,20}"
}

/// What an element can hold and give back.
fn xml_element() -> impl Strategy<Value = Data> {
    xml_text().prop_map(Data::Text).prop_recursive(4, 48, 4, |inner| {
        let inside = prop_oneof![inner.clone(), vec(inner, 2..4).prop_map(Data::List)];
        let attributes = btree_map("@[a-zA-Z_:ё][a-z0-9.:ё-]{0,5}", xml_text().prop_map(Data::Text), 0..3);
        (attributes, btree_map("[a-zA-Z_:ё][a-z0-9.:ё-]{0,5}", inside, 0..4), xml_text()).prop_map(
            |(mut pairs, elements, text)| {
                let is_kept = if elements.is_empty() {
                    !text.is_empty()
                } else {
                    text.contains(|one: char| !matches!(one, ' ' | '\t' | '\n' | '\r'))
                };
                pairs.extend(elements);
                if pairs.is_empty() {
                    return Data::Text(text);
                }
                if is_kept {
                    pairs.insert("#text".to_owned(), Data::Text(text));
                }
                Data::Object(pairs)
            },
        )
    })
}

proptest! {
    #[test]
    fn json_comes_back(document in any_json()) {
        let packed = pack(Format::Json, document.clone()).unwrap();
        prop_assert_eq!(unpack(Format::Json, &packed).unwrap(), document);
    }

    #[test]
    fn xml_comes_back(root in "[a-z_][a-z0-9]{0,5}", element in xml_element()) {
        let document = Data::object([(root, element)]);
        let packed = pack(Format::Xml, document.clone()).unwrap();
        prop_assert_eq!(unpack(Format::Xml, &packed).unwrap(), document);
    }

    /// What was read can be stored, and comes back from there.
    #[test]
    fn what_is_unpacked_can_be_stored(document in any_json()) {
        let read = unpack(Format::Json, &pack(Format::Json, document).unwrap()).unwrap();
        let stored = read.stored().unwrap();
        Data::open(crate::domain::json::root(&stored).unwrap()).unwrap();
    }

    #[test]
    fn nothing_panics(bytes in prop_oneof![vec(any::<u8>(), 0..60), "[<>/a!=?&;'\\[\\]#x1 -]{0,40}".prop_map(String::into_bytes)]) {
        for format in [Format::Json, Format::Xml] {
            if let Ok(document) = unpack(format, &bytes) {
                let again = unpack(format, &pack(format, document.clone()).unwrap()).unwrap();
                prop_assert_eq!(again, document);
            }
        }
    }
}
