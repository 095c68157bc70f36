//! Values of templates are operands, whatever they hold.

use super::super::Query;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::Code;
use crate::domain::pipe::scope::Scope;
use proptest::prelude::*;

fn scope(text: &str) -> Scope {
    Scope::read(Data::from_json(serde_json::from_str(text).unwrap())).unwrap()
}

const SCOPE: &str = r#"{
    "in": {"status": "success", "code": "200", "http": 200, "rate": 1.50, "yes": true, "said": "true", "none": null,
           "empty": "null", "list": [1], "quote": "x' || 'a' = 'a", "name": "in.status", "zero": "007", "re": "^s.c{2}"},
    "template": {"show_push": true, "kind": "push"}
}"#;

fn matches(query: &str) -> bool {
    let read = Query::parse(query).unwrap_or_else(|problem| panic!("{query}: {problem}"));
    read.matches(&scope(SCOPE)).unwrap_or_else(|failure| panic!("{query}: {failure:?}"))
}

#[test]
fn templates_in_queries() {
    for (query, expected) in [
        ("('$template.show_push' = 'true')", true),
        ("('$template.show_push' = 'false')", false),
        ("($template.show_push = true)", true),
        ("$template.show_push", true),
        ("('$in.status' = 'success')", true),
        ("($in.status = 'success')", true),
        ("'${in.status}ful' = 'successful' && 'un' + $in.status = 'unsuccess'", true),
        // In quotes a text, outside of them what it looks like; with # its own type.
        ("$in.code = 200 && '$in.code' = 200 && $in.code + 1 = 201 && '$in.code' + 1 = '2001'", true),
        ("$#in.code + 1 = '2001' && $#in.http + 1 = 201", true),
        ("$in.said && $in.yes && $in.said = true && '$in.said' = 'true'", true),
        ("$in.none is null && $in.empty is null && $#in.empty = 'null' && '$in.none' = ''", true),
        ("$in.zero = 7 && '$in.zero' != '7' && $in.zero ~= '^007$'", true),
        ("$in.rate = 1.5 && '$in.rate' = '1.50'", true),
        ("$in.list is defined && $in.list isnot null && $in.list != 1", true),
        ("$in isnot null", true),
        // Names are fields of $in; a value is no name.
        ("status = 'success' && status is defined && x isnot defined", true),
        ("$in.name = 'in.status' && $in.name != 'success'", true),
        ("$template.kind = 'push' && kind isnot defined", true),
        // Quotes and operators in a value are letters.
        ("'$in.quote' = 'x'", false),
        ("$in.quote = 'x'", false),
        ("'$in.quote' = 'x'' || ''a'' = ''a'", true),
        ("'\\$in.quote' = '\\$in' + '.quote'", true),
        ("'costs $5' = 'costs \\$5'", true),
        // A pattern may come from a value.
        ("status ~= $in.re && status ~= '$in.re' && status !~= '${in.re}x'", true),
    ] {
        assert_eq!(matches(query), expected, "{query}");
    }
}

#[test]
fn a_missing_field_fails_wherever_it_stands() {
    for query in ["$in.x = 1", "true || $in.x = 1", "'a$in.x' = 'b'", "$in.x is defined", "$error.code = 1"] {
        let failure = Query::parse(query).unwrap().matches(&scope(SCOPE)).unwrap_err();
        assert_eq!(failure.code, Code::Template as i64, "{query}");
        assert!(failure.message.ends_with(" was not found"), "{query}");
    }
}

#[test]
fn templates_that_are_written_wrongly() {
    for query in
        ["$$in.list = 1", "'$$in.list' = 1", "'a $#in.code' = 1", "${in.code = 1", "$5 = 1", "$x.y = 1", "\\$in = 1"]
    {
        assert!(Query::parse(query).is_err(), "{query}");
    }
}

#[test]
fn a_query_says_what_it_names() {
    let query = Query::parse("$in.a = 1 && 'x${origin.b}$now' = c").unwrap();
    assert_eq!(query.paths().map(ToString::to_string).collect::<Vec<_>>(), ["in.a", "origin.b", "now"]);
    assert!(!query.is_plain() && Query::parse("a = '\\$in.a'").unwrap().is_plain());
}

proptest! {
    /// In quotes a value equals the same text and no other, whatever is in it.
    #[test]
    fn a_quoted_value_is_a_text(value in "\\PC{0,20}|[ '\"$\\\\|&=()a]{0,12}", other in "[ '$|&=a]{0,4}") {
        let mut scope = scope(SCOPE);
        scope.input.insert("value".to_owned(), Data::from(value.as_str()));
        scope.input.insert("other".to_owned(), Data::from(other.as_str()));
        let ask = |query: &str| Query::parse(query).unwrap().matches(&scope).unwrap();
        prop_assert!(ask("'$in.value' = value"));
        prop_assert!(ask("'<$in.value>' = '<' + value + '>'"));
        prop_assert_eq!(ask("'$in.value' = '$in.other'"), value == other);
        prop_assert_eq!(ask("$#in.value = '$in.other'"), value == other);
        // Outside of quotes it may be a number or a truth, but it stays one operand.
        prop_assert!(ask("false && $in.value = 1 || $in.value is defined"));
    }
}
