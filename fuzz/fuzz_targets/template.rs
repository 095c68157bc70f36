//! Any text as a template of a text, and any JSON `[template, scope]`: a template that is read gives a document or fails,
//! and what it gives is read as a template only when it is one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pg_member::domain::json::{Value, parse, root};
use pg_member::domain::pipe::data::Data;
use pg_member::domain::pipe::scope::Scope;
use pg_member::domain::pipe::template::{Form, Text};

fuzz_target!(|text: &str| {
    if let Ok(read) = Text::parse(text) {
        let rendered = read.render(&Scope::default());
        assert!(read.plain().is_none_or(|plain| rendered.is_ok_and(|rendered| rendered == plain)));
    }
    let Ok(document) = parse(text) else { return };
    let Ok(Value::Array(pair)) = root(&document) else { return };
    let (Ok(Some(template)), Ok(Some(scope))) = (pair.get(0), pair.get(1)) else { return };
    let (Ok(template), Ok(scope)) = (Data::open(template), Data::open(scope)) else { return };
    let (Ok(form), Ok(scope)) = (Form::parse(&template), Scope::read(scope)) else { return };
    let rendered = form.render(&scope);
    assert!(form.plain().is_none_or(|plain| rendered.as_ref() == Ok(plain)));
    assert_eq!(form.render(&scope), rendered);
});
