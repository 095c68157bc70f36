use super::super::Query;
use crate::domain::error::{Error, Id};
use crate::domain::json::root;
use crate::domain::pipe::data::Data;

fn people() -> Data {
    let text = r#"[
        {"name": "ann", "age": 35, "skills": ["Go", "C"], "yes": true, "no": "false", "big": 9007199254740993,
         "rate": 1.50, "code": "007", "far": 1e3, "nested": {"a": {"1": "one"}}},
        {"name": "bob", "age": "36", "hobby": null},
        {"name": "eve", "age": 1, "hobby": "chess"}
    ]"#;
    Data::from_json(serde_json::from_str(text).unwrap())
}

fn person(index: usize) -> Data {
    let Data::List(people) = people() else { panic!() };
    people[index].clone()
}

fn holds(query: &str, document: &Data) -> bool {
    let read = Query::parse(query).unwrap_or_else(|problem| panic!("{query}: {problem}"));
    let stored = document.clone().stored().unwrap();
    read.holds(root(&stored).unwrap()).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn error(query: &str) -> Error {
    Query::parse(query).unwrap().holds(root(&person(0).stored().unwrap()).unwrap()).unwrap_err()
}

#[test]
fn one_person() {
    for (query, expected) in [
        ("true", true),
        ("(false)", false),
        ("name = 'ann'", true),
        ("name=\"ann\"", true),
        ("name = 'Ann'", false),
        ("name != 'bob'", true),
        ("name > 'abc' && name < 'b'", true),
        ("name >= 'ann' && name <= 'ann'", true),
        ("name = 'an' + 'n'", true),
        ("name + age = 'ann35'", true),
        ("'x' + 5.0 + true = 'x5.0true'", true),
        ("'it''s' = \"it's\"", true),
        ("skills.[1] = 'C' && skills[0] = 'Go'", true),
        ("nested.a.1 = 'one'", true),
        // Numbers are exact.
        ("age=30+5.0", true),
        ("age=40.0-5", true),
        ("age=70-5*7", true),
        ("age=70.0/2.0", true),
        ("age=71%36", true),
        ("age = (2*3)^2 - 1", true),
        ("0.1 + 0.2 = 0.3", true),
        ("1 / 3 * 3 = 1", true),
        ("7 / 2 = 3.5", true),
        ("-7 % 3 = -1 && 7 % -3 = 1 && 5.5 % 2 = 1.5", true),
        ("2 ^ -1 = 0.5 && 0 ^ 0 = 1 && (-2) ^ 3 = -8", true),
        ("2 ^ 3 ^ 2 = 512", true),
        ("10 - 4 - 3 = 3 && 24 / 4 / 2 = 3", true),
        ("1 + 2 * 3 ^ 2 = 19", true),
        ("big = 9007199254740993 && big != 9007199254740992", true),
        ("rate = 1.5 && rate ~= '^1\\.50$'", true),
        ("far = 1000 && far < 1000.5", true),
        ("age = +35 && age > -1", true),
        ("'a' + 1/8 = 'a0.125' && 'a' + (0-1)/4 = 'a-0.25' && '' + 6/2 = '3'", true),
        // A text counts as a number beside one, and as a text beside a text.
        ("code = 7 && code != '7'", true),
        ("'5' = 5.0 && '10' > 9 && '10' < '9'", true),
        ("'5' * 2 = 10", true),
        ("name = 5 || name < 5 || name >= 5", false),
        // Truths.
        ("yes", true),
        ("yes = true && yes = 'true' && no = false && no != true", true),
        ("(age = 35) = true", true),
        ("yes = 1 || yes > false", false),
        // || and && stop where they can.
        ("true || 1", true),
        ("false && 1", false),
        ("false || false && true || true", true),
        ("(false || true) && false", false),
        // What is there.
        ("hobby is defined", false),
        ("hobby isnot defined", true),
        ("hobby is null || hobby isnot null", false),
        ("hobby = 'x' || hobby > 1 || hobby = hobby || hobby = null", false),
        ("hobby != 'x'", true),
        ("null is null && null = null && null != 0", true),
        ("name isnot null && name is defined", true),
        ("skills is defined && skills isnot null && skills != skills", true),
        // Patterns.
        ("name ~= '^a'", true),
        ("name !~= 'n{2}$'", false),
        ("age ~= '^3'", true),
        ("hobby ~= '.'", false),
        ("hobby !~= '.'", true),
        ("name ~= '^a' + 'n+' + '$'", true),
        ("skills ~= 'Go'", false),
    ] {
        assert_eq!(holds(query, &person(0)), expected, "{query}");
    }
}

#[test]
fn null_and_absent_differ() {
    for (query, expected) in [
        ("hobby is defined", [false, true, true]),
        ("hobby isnot defined", [true, false, false]),
        ("hobby is null", [false, true, false]),
        ("hobby isnot null", [false, false, true]),
        ("hobby = null", [false, true, false]),
        ("age < 10 || (name = 'bob' && age = 36)", [false, true, true]),
    ] {
        let found = [0, 1, 2].map(|index| holds(query, &person(index)));
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn a_list_is_a_document() {
    assert!(holds("[0].name = 'ann' && [2].hobby = 'chess' && [0].skills.[1] = 'C'", &people()));
    assert!(holds("[3] isnot defined && name isnot defined && [0].[0] isnot defined", &people()));
}

#[test]
fn templates_take_the_document_as_their_scope() {
    let document = Data::from_json(serde_json::json!({"in": {"status": "sent", "n": "5"}, "template": {"push": true}}));
    assert!(holds(
        "'$template.push' = 'true' && $in.n = 5 && in.status = 'sent' && '$in.status' = in.status",
        &document
    ));
    let ask = |query: &str, document: &Data| {
        let stored = document.clone().stored().unwrap();
        Query::parse(query).unwrap().holds(root(&stored).unwrap()).unwrap_err().id
    };
    assert_eq!(ask("$in.x = 1", &document), Id::TemplateMissing);
    assert_eq!(ask("$in.x = 1", &person(0)), Id::TemplateScope);
    assert_eq!(ask("$in.x = 1", &people()), Id::TemplateScope);
}

#[test]
fn operands_that_do_not_fit_fail() {
    for query in [
        "5",
        "name",
        "'true'",
        "null",
        "hobby",
        "1 + 1",
        "name && true",
        "true && 'true'",
        "false || 1",
        "name - 1",
        "skills + 1 = 2",
        "null + 'x' = 'x'",
        "hobby + 'x' = 'x'",
        "true * 2 = 2",
        "1 / 0 = 1",
        "1 % 0 = 1",
        "0 ^ -1 = 1",
        "2 ^ 0.5 = 1",
        "'a' + 1/3 = 'a'",
        "name ~= null",
        "name ~= '(' + ''",
    ] {
        assert_eq!(error(query).id, Id::JsonqlEvaluation, "{query}");
    }
    assert_eq!(error("name ~= '(' + ''").explain, "the regular expression: it is no regular expression");
}

#[test]
fn numbers_stay_small_enough_to_handle() {
    let nines = "9".repeat(999);
    let limits = [
        "10 ^ 1001 = 1".to_owned(),
        "(10 ^ 900) ^ 900 = 1".to_owned(),
        format!("{nines} * {nines} * {nines} = 1"),
        format!("{nines}999 + 1 = 1"),
        "2 ^ 99999999999 = 1".to_owned(),
        "2 ^ -2147483648 = 1".to_owned(),
    ];
    for query in limits {
        assert_eq!(error(&query).id, Id::JsonqlLimit, "{query}");
    }
    assert!(holds(&format!("{nines} * {nines} > {nines}"), &person(0)));
}

#[test]
fn what_cannot_be_read_says_where() {
    for (query, explain) in [
        ("", "at character 1: an operand is needed"),
        ("a =", "at character 4: an operand is needed"),
        ("a == 1", "at character 4: an operand is needed"),
        ("a b", "at character 3: an operator is needed"),
        ("a AND b", "at character 3: an operator is needed"),
        ("(a = 1", "at character 7: an operator or a closing bracket is needed"),
        ("a = 1)", "at character 6: an operator is needed"),
        ("a = 'x", "at character 5: the quote is not closed"),
        ("a is 5", "at character 6: behind is and isnot goes null or defined"),
        ("a = 1e5", "at character 5: a number is digits"),
        ("a = 1.2.3", "at character 5: a number is digits"),
        ("a = 1x", "at character 5: a number is digits"),
        ("a.b. = 1", "at character 4: an operator is needed"),
        ("a.[x] = 1", "at character 2: an operator is needed"),
        ("a & b", "at character 3: an operator is needed"),
        ("я ~= '('", "at character 9: the regular expression: it is no regular expression"),
        ("!a", "at character 1: an operand is needed"),
        ("-a = 1", "at character 1: an operand is needed"),
    ] {
        let problem = Query::parse(query).unwrap_err();
        assert!(problem.explain.starts_with(explain), "{query}: {problem}");
    }
    let deep = format!("{}true{}", "(".repeat(99), ")".repeat(99));
    assert!(holds(&deep, &person(0)));
    assert!(Query::parse(&format!("({deep})")).unwrap_err().explain.ends_with("the query is too deep"));
    assert!(Query::parse(&"2 ^ ".repeat(100)).unwrap_err().explain.ends_with("the query is too deep"));
    assert!(Query::parse(&" ".repeat(10_001)).unwrap_err().explain.ends_with("longer than 10000 octets"));
    assert!(holds(&format!("age > 0{}", " + 0".repeat(2_000)), &person(0)));
}
