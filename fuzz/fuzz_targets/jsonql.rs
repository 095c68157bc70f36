//! Any text, the first line a query and the rest a document: a query that is read holds, does not, or fails; and a value
//! in quotes is equal to itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pg_member::domain::json::{parse, root};
use pg_member::domain::pipe::data::Data;
use pg_member::domain::pipe::jsonql::Query;
use pg_member::domain::pipe::scope::Scope;

fuzz_target!(|text: &str| {
    let (query, document) = text.split_once('\n').unwrap_or((text, "{}"));
    let own = Query::parse("'$in.v' = v && '<$in.v>' = '<' + v + '>'").expect("it is well written");
    let mut scope = Scope::default();
    scope.input.insert("v".to_owned(), Data::from(text));
    assert_eq!(own.matches(&scope), Ok(true));
    let Ok(query) = Query::parse(query) else { return };
    let answer = query.matches(&scope);
    assert_eq!(query.matches(&scope), answer);
    let Ok(document) = parse(document) else { return };
    let _ = query.holds(root(&document).expect("own bytes are sound"));
});
