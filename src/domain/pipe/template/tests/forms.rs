use super::*;
use crate::domain::pipe::failure::Code;

fn rendered(form: &str) -> Data {
    Form::parse(&json(form)).unwrap().render(&scope()).unwrap()
}

#[test]
fn strings_of_a_document_are_templates() {
    for (form, expected) in [
        (r#"5"#, r#"5"#),
        (r#""$in.c_id""#, r#""973""#),
        (r#"{"n": "$origin.send_message_id"}"#, r#"{"n": "s1"}"#),
        (r#"{"n": "$in.c_id", "t": "$#in.c_id", "b": "$#{in.c_id}"}"#, r#"{"n": "973", "t": 973, "b": 973}"#),
        (r#"["$#in.rate", "$#in.nothing", "$in.nothing", "$#in.yes"]"#, r#"[1.10, null, "", true]"#),
        (r#"{"a": {"b": ["$#in.data.items"]}}"#, r#"{"a": {"b": [[{"id": 7, "sub": {"n": [5]}}, {"id": "b"}]]}}"#),
        (r#""$#in.trap""#, r#""$in.name \\$ ${in.c_id} $$in.list""#),
        (r#""$#in.raw_bytes""#, r#"{"$bytes": "/w=="}"#),
        (r#"["\\$#in.c_id", "\\$$in.list"]"#, r##"["$#in.c_id", "$[1,\"two\",null]"]"##),
        // Keys are keys.
        (
            r#"{"$in.name": 1, "$$x": 2, "\\$$in.list": 3, "\\$in": 4}"#,
            r#"{"$in.name": 1, "$$x": 2, "$$in.list": 3, "\\$in": 4}"#,
        ),
    ] {
        assert_eq!(rendered(form), json(expected), "{form}");
    }
}

#[test]
fn lists_are_unpacked_where_values_stand() {
    for (form, expected) in [
        (r#"[0, "$$in.list", 9]"#, r#"[0, 1, "two", null, 9]"#),
        (r#""$$in.list""#, r#"[1, "two", null]"#),
        (r#"{"files": "$$template.files"}"#, r#"{"files": [{"name": "b.png"}, {"name": "c.png"}]}"#),
        (r#"{"names": ["$$template.files[name]"]}"#, r#"{"names": ["b.png", "c.png"]}"#),
        (r#"{"names": "$$template.files[name]"}"#, r#"{"names": ["b.png", "c.png"]}"#),
        // One file is a list of one, none is a list of none.
        (r#"["$$template.file"]"#, r#"[{"name": "a.png"}]"#),
        (r#"["$$template.none"]"#, r#"[]"#),
        (r#"["$$ x", "$$5"]"#, r#"["$$ x", "$$5"]"#),
    ] {
        assert_eq!(rendered(form), json(expected), "{form}");
    }
}

#[test]
fn lists_are_unpacked_under_keys() {
    for (form, expected) in [
        (r#"{"$$campaign.segment[segments]": ["[$]id"]}"#, r#"{"segments": ["1", "2"]}"#),
        (r#"{"$$campaign.segment[segments]": ["[$#]id"]}"#, r#"{"segments": [1, 2]}"#),
        (r#"{"$$campaign.segment[segments]": "[$#]id"}"#, r#"{"segments": [1, 2]}"#),
        (r#"{"$$campaign.segment[s]": ["[$]id", "[$]{n}!"]}"#, r#"{"s": ["1", "x!", "2", "y!"]}"#),
        (
            r#"{"$$campaign.segment[s]": {"id": "[$#]id", "of": "$in.c_id", "all": "$$in.list"}}"#,
            r#"{"s": [{"id": 1, "of": "973", "all": [1, "two", null]}, {"id": 2, "of": "973", "all": [1, "two", null]}]}"#,
        ),
        (r#"{"$$campaign.segment": "[$]n"}"#, r#"{"segment": ["x", "y"]}"#),
        (r#"{"$$in.list[l]": "[$#]"}"#, r#"{"l": [1, "two", null]}"#),
        (r#"{"$$in.list[l]": "<[$]>"}"#, r#"{"l": ["<1>", "<two>", "<>"]}"#),
        (r#"{"$$in.list[l]": ["x"]}"#, r#"{"l": ["x", "x", "x"]}"#),
        (r#"{"$$template.none[l]": "[$]x"}"#, r#"{"l": []}"#),
        (r#"{"$$template.file[l]": "[$]name"}"#, r#"{"l": ["a.png"]}"#),
        (r#"{"$$in.data.items.%0.sub.n[l]": "[$#]"}"#, r#"{"l": [5]}"#),
        // The innermost item counts.
        (
            r#"{"$$in.list[l]": {"$$campaign.segment[m]": "[$]n"}}"#,
            r#"{"l": [{"m": ["x", "y"]}, {"m": ["x", "y"]}, {"m": ["x", "y"]}]}"#,
        ),
        // Outside there are no items.
        (r#"["[$]id"]"#, r#"["[$]id"]"#),
    ] {
        assert_eq!(rendered(form), json(expected), "{form}");
    }
}

#[test]
fn what_is_missing_fails_and_names_the_path() {
    for (form, named) in [
        (r#"{"a": ["$#in.x"]}"#, "$in.x"),
        (r#"["$$in.x"]"#, "$in.x"),
        (r#"["$$template.files[url]"]"#, "$$template.files[url]"),
        (r#"{"$$in.x[a]": 1}"#, "$in.x"),
        (r#"{"$$template.files[a]": "[$]url"}"#, "[$]url"),
    ] {
        let failure = Form::parse(&json(form)).unwrap().render(&scope()).unwrap_err();
        assert_eq!(
            (failure.code, failure.message),
            (Code::Template as i64, format!("{named} was not found")),
            "{form}"
        );
    }
}

#[test]
fn a_problem_says_where_it_is() {
    for (form, explain) in [
        (r#"{"a": [1, {"b": "x $#in.n"}]}"#, "at a.%1.b: $in.n is asked for with #"),
        (r#"{"a": "$$in.list x"}"#, "at a: behind $$in.list goes [name] or nothing"),
        (r#"{"a": "x $$in.list"}"#, "at a: $$in.list gives the items"),
        (r#"{"a": "$$in.list[]"}"#, "at a: behind $$in.list goes"),
        (r#"["$${in.list}"]"#, "at %0: $$in.list is written without braces"),
        (r#"{"$$in.list.%0": 1}"#, "at $$in.list.%0: $$in.list.%0 needs a name"),
        (r#"{"$$in.list[a]": 1, "a": 2}"#, "at a: the object has a key of this name already"),
        (r#"{"$$in.list[a]": "x [$#]id"}"#, "at $$in.list[a]: [$]id is asked for with #"),
        (r#"{"$$in.list[a]": "[$]{id"}"#, "at $$in.list[a]: [$]{id goes on wrongly"),
    ] {
        let problem = Form::parse(&json(form)).unwrap_err();
        assert!(problem.explain.starts_with(explain), "{form}: {problem}");
    }
}

#[test]
fn a_form_says_what_it_names() {
    let form = r#"{"$$campaign.segment[s]": ["[$]id", "$in.a"], "b": "$#in.b", "c": ["$$in.c[d]"], "d": "$"}"#;
    let form = Form::parse(&json(form)).unwrap();
    let paths: Vec<String> = form.paths().into_iter().map(Path::to_string).collect();
    assert_eq!(paths, ["in.b", "in.c", "campaign.segment", "in.a"]);
    assert!(!form.is_plain());
    assert!(Form::parse(&json(r#"{"a": ["$", "b", {"c": "\\$in"}]}"#)).unwrap().is_plain());
}
