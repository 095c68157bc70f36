//! How paths are written.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Path<'_>, Error> {
    Path::parse(text, &Limits::default())
}

fn key(text: &str) -> Step<'_> {
    Step::Key(text.into())
}

#[test]
fn paths_are_read() {
    let table: &[(&str, &[Step])] = &[
        ("a", &[key("a")]),
        ("aaa.bbb.ccc", &[key("aaa"), key("bbb"), key("ccc")]),
        (r"aaa.b@b\.b.ccc", &[key("aaa"), key("b@b.b"), key("ccc")]),
        ("база.имя поля", &[key("база"), key("имя поля")]),
        ("a[0]", &[key("a"), Step::Index(0)]),
        ("a[007][-2].b", &[key("a"), Step::Index(7), Step::FromEnd(2), key("b")]),
        ("a.1", &[key("a"), key("1")]),
        ("*", &[Step::AnyKey]),
        ("*.a[*].*", &[Step::AnyKey, key("a"), Step::AnyIndex, Step::AnyKey]),
        ("*[0]", &[Step::AnyKey, Step::Index(0)]),
        (r"\*.a*", &[key("*"), key("a*")]),
        (r"a\[0\].\b", &[key("a[0]"), key("b")]),
        ("a[b].c]", &[key("a[b]"), key("c]")]),
        ("[b]", &[key("[b]")]),
        ("a[", &[key("a[")]),
        ("a[]", &[key("a[]")]),
        ("a[-]", &[key("a[-]")]),
        ("a[x[1]", &[key("a[x"), Step::Index(1)]),
        (r"a\\", &[key(r"a\")]),
        ("-group.pl123", &[key("-group"), key("pl123")]),
        ("@member.sequence_data@", &[key("@member.sequence_data@")]),
        ("@member.sequence_data.store@.a[1]", &[key("@member.sequence_data.store@"), key("a"), Step::Index(1)]),
        ("@member.sequence_data@x", &[key("@member"), key("sequence_data@x")]),
        ("a.@member.sequence_data@", &[key("a"), key("@member"), key("sequence_data@")]),
    ];
    for (text, steps) in table {
        assert_eq!(parse(text).unwrap().steps(), *steps, "{text}");
    }
}

#[test]
fn paths_of_another_form_are_refused() {
    for text in
        ["", ".", "a.", ".a", "a..b", "[0]", "[*].a", "[-1]", "a.[0]", "a[0]b", "a[0].", "a[0][x]", "a[-0]", r"a\"]
    {
        assert_eq!(parse(text).unwrap_err().id, Id::DatakeySyntax, "{text}");
    }
    assert_eq!(parse("a..b").unwrap_err().explain, "key \"a..b\": an element is empty");
}

#[test]
fn paths_beyond_the_limits_are_refused() {
    let (key, levels) = ("k".repeat(1024), vec!["a"; 64].join("."));
    assert!(parse(&key).is_ok() && parse(&levels).is_ok());
    for text in [format!("a.{key}k"), format!("{levels}.a"), format!("{levels}[0]"), "a[4294967296]".to_owned()] {
        assert_eq!(parse(&text).unwrap_err().id, Id::DatakeyLimit);
    }
    // Escapes do not count.
    assert!(parse(&r"\k".repeat(1024)).is_ok());
}

#[test]
fn paths_say_what_they_are() {
    let path = |text| parse(text).unwrap();
    assert_eq!((path("a[0]").first_key(), path("*.a").first_key()), (Some("a"), None));
    assert!(path("a[*]").has_wildcard() && path("a.*").has_wildcard() && !path(r"a.\*[1]").has_wildcard());
    for (text, special) in [
        ("member.x", Some("member")),
        ("-group", Some("-group")),
        ("@x.y", Some("@x")),
        (r"\@x", None),
        ("members", None),
        ("a.member", None),
    ] {
        assert_eq!(path(text).special(), special, "{text}");
    }
}

fn first() -> impl Strategy<Value = Step<'static>> {
    let key = prop_oneof![
        "[a-z.\\\\\\[\\]@*-]{1,6}",
        "[а-я0-9]{1,4}",
        Just("@member.sequence_data@".to_owned()),
        Just("*".to_owned()),
    ];
    prop_oneof![4 => key.prop_map(|key| Step::Key(key.into())), 1 => Just(Step::AnyKey)]
}

fn further() -> impl Strategy<Value = Step<'static>> {
    prop_oneof![
        4 => first(),
        1 => any::<u32>().prop_map(Step::Index),
        1 => (1..=u32::MAX).prop_map(Step::FromEnd),
        1 => Just(Step::AnyIndex),
    ]
}

/// Writes steps by the grammar, escaping as much as may be escaped or as little as must be.
fn write(steps: &[Step], all: bool) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(_) | Step::AnyKey if !text.is_empty() => text.push('.'),
            _ => {}
        }
        match step {
            Step::Key(key) => {
                for letter in key.chars() {
                    if all || ".\\[".contains(letter) || &**key == "*" {
                        text.push('\\');
                    }
                    text.push(letter);
                }
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::FromEnd(index) => text.push_str(&format!("[-{index}]")),
            Step::AnyKey => text.push('*'),
            Step::AnyIndex => text.push_str("[*]"),
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn what_is_written_by_the_grammar_is_read(
        first in first(),
        further in prop::collection::vec(further(), 0..6),
        all in any::<bool>(),
    ) {
        let steps = [vec![first], further].concat();
        let text = write(&steps, all);
        let path = parse(&text).unwrap();
        prop_assert_eq!(path.steps(), &steps[..]);
    }

    #[test]
    fn what_is_shown_reads_as_the_same_path(text in "[a.\\\\\\[\\]0-9*@б-]{1,12}|@member.sequence_data(.store)?@[.a\\[0\\]]{0,5}") {
        if let Ok(path) = parse(&text) {
            let shown = path.to_string();
            prop_assert_eq!(parse(&shown).unwrap(), path, "{}", shown);
        }
    }
}
