use super::*;
use crate::domain::pipe::failure::Code;

fn rendered(text: &str) -> String {
    Text::parse(text).unwrap().render(&scope()).unwrap()
}

#[test]
fn values_are_put_in_as_texts() {
    for (text, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("$in.c_id", "973"),
        ("${in.c_id}", "973"),
        ("qwerty$in.c_id", "qwerty973"),
        ("qwerty${in.c_id}ytsuken", "qwerty973ytsuken"),
        ("$in.c_id$in.name", "973Аня"),
        ("$in.c_id.", "973."),
        ("$in.c_id. Then", "973. Then"),
        ("$in.data.items.%0.id!", "7!"),
        ("$in.data.items.%0.sub.n.%0", "5"),
        ("${in.list.%1}s", "twos"),
        ("$in.data.a-b", "dash"),
        ("$#in.c_id", "973"),
        ("$#{in.c_id}", "973"),
        ("$camp_schedule.start_time", "2026-11-22T10:00:00Z"),
        ("at $now", "at 2026-11-22T16:00:00Z"),
        // How kinds print.
        ("$in.rate", "1.10"),
        ("$in.big", "123456789012345678901234567890"),
        ("$in.yes", "true"),
        ("[$in.nothing]", "[]"),
        ("$in.list", r#"[1,"two",null]"#),
        ("$in.data.items.%0.sub", r#"{"n":[5]}"#),
        ("$in.text_bytes", "hi"),
        ("$in.raw_bytes", "/w=="),
        // What a value holds is no template.
        ("<$in.trap>", "<$in.name \\$ ${in.c_id} $$in.list>"),
    ] {
        assert_eq!(rendered(text), expected, "{text}");
    }
}

#[test]
fn other_dollars_are_text() {
    for text in [
        "$",
        "$$",
        "$5",
        "$$5",
        "$ in.name",
        "$x",
        "$inx.name",
        "$in-x",
        "$IN.name",
        "${x}",
        "${}",
        "${",
        "${ in.name }",
        "$#",
        "$#5",
        "$#x.y",
        "$${x}",
        "costs $$ today",
        "[$]id",
        "[$#]id",
        "\\",
        "\\n",
        "C:\\dir\\",
        "a[0]",
    ] {
        let read = Text::parse(text).unwrap();
        assert!(read.is_plain(), "{text}");
        assert_eq!(read.render(&scope()).unwrap(), text);
    }
}

#[test]
fn an_escaped_dollar_begins_nothing() {
    for (text, expected) in [
        ("\\$in.name", "$in.name"),
        ("\\$", "$"),
        ("\\\\$in.name", "\\$in.name"),
        ("\\$\\$in.name", "$$in.name"),
        ("\\$$in.c_id", "$973"),
        ("\\$#in.name", "$#in.name"),
        ("\\${in.name}", "${in.name}"),
    ] {
        assert_eq!(rendered(text), expected, "{text}");
    }
}

#[test]
fn what_is_missing_fails_and_names_the_path() {
    for (text, named) in [
        ("a $in.x b", "$in.x"),
        ("${in.data.items.%2.id}", "$in.data.items.%2.id"),
        ("$in.list.x", "$in.list.x"),
        ("$in.data.%0", "$in.data.%0"),
        ("$in.c_id.x", "$in.c_id.x"),
        ("$in.list.%9", "$in.list.%9"),
        ("$profile.name", "$profile.name"),
        ("$error.code", "$error.code"),
        ("$account", "$account"),
    ] {
        let failure = Text::parse(text).unwrap().render(&scope()).unwrap_err();
        assert_eq!(
            (failure.code, failure.message),
            (Code::Template as i64, format!("{named} was not found")),
            "{text}"
        );
    }
}

#[test]
fn no_list_has_elements_that_cannot_be_counted() {
    let text = Text::parse("$in.list.%99999999999999999999").unwrap();
    assert_eq!(text.render(&scope()).unwrap_err().code, Code::Template as i64);
}

#[test]
fn what_is_begun_rightly_goes_on_rightly() {
    for (text, explain) in [
        ("a $#in.name", "$in.name is asked for with # among other text"),
        ("$#in.name b", "$in.name is asked for with # among other text"),
        ("$$in.list", "$$in.list gives the items of a list"),
        ("a $$in.list", "$$in.list gives the items of a list"),
        ("$${in.list}", "$$in.list is written without braces"),
        ("${in.name", "${in.name goes on wrongly"),
        ("${in.name x}", "${in.name goes on wrongly"),
        ("${in.}", "${in goes on wrongly"),
        ("${upper(in.name)}", "${upper(…)}: there are no functions"),
    ] {
        let problem = Text::parse(text).unwrap_err();
        assert!(problem.explain.starts_with(explain), "{text}: {problem}");
    }
}

#[test]
fn a_text_says_what_it_names() {
    let text = Text::parse("a $in.data.%0 ${origin.x} $y \\$now").unwrap();
    let paths: Vec<String> = text.paths().map(Path::to_string).collect();
    assert_eq!(paths, ["in.data.%0", "origin.x"]);
    assert_eq!(text.parts().first(), Some(&Part::Literal("a ".to_owned())));
}

#[test]
fn a_short_template_cannot_fill_the_memory() {
    let mut scope = scope();
    scope.input.insert("large".to_owned(), Data::from("x".repeat(1 << 20)));
    let text = Text::parse(&"$in.large ".repeat(100)).unwrap();
    assert_eq!(text.render(&scope).unwrap_err().code, Code::Limit as i64);
}
