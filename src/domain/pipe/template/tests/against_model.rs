//! Random templates against a naive renderer that works on another tree of JSON, path by path.

use super::*;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// What a template is made of.
#[derive(Clone, Debug)]
enum Tree {
    Literal(Json),
    /// Pieces of a text: as it is, or a value with or without braces.
    Text(Vec<Piece>),
    Typed(&'static str),
    Items(&'static str, &'static str),
    List(Vec<Tree>),
    /// Pairs; with a list the value is given for each of its items.
    Object(Vec<(Option<&'static str>, Tree)>),
}

#[derive(Clone, Debug)]
enum Piece {
    Literal(String),
    Value(&'static str, bool),
    Item(&'static str),
}

const PATHS: [&str; 9] = [
    "in.n",
    "in.text",
    "in.none",
    "origin.list",
    "origin.objects",
    "origin.objects.%0.a",
    "template.deep.x.%1",
    "in",
    "in.no.such",
];
const LISTS: [&str; 5] = ["origin.list", "origin.objects", "in.none", "in.text", "origin.nothing"];
const FIELDS: [&str; 4] = ["", "a", "b.%0", "c"];

fn known() -> Json {
    json!({
        "in": {"n": 10.50, "text": "it's $in.n \\$ ${in.n}", "none": null},
        "origin": {"list": [1, "two", [true]], "objects": [{"a": 1, "b": ["x"]}, {"a": "$in.n", "b": [null]}]},
        "template": {"deep": {"x": [0, {"y": "z"}]}}
    })
}

/// Text in which nothing can be taken for a template, whatever stands next to it.
fn harmless() -> impl Strategy<Value = String> {
    "[ !a-zа-я.,\\]}{'\"]{0,6}| \\$ | \\$5 | \\$\\$ |\\$x |\\\\n"
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        2 => harmless().prop_map(Piece::Literal),
        2 => (prop::sample::select(PATHS.to_vec()), any::<bool>()).prop_map(|(path, braces)| Piece::Value(path, braces)),
        1 => prop::sample::select(FIELDS.to_vec()).prop_map(Piece::Item),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => prop::sample::select(vec![json!(1.0), json!(null), json!(true), json!([]), json!({})]).prop_map(Tree::Literal),
        3 => prop::collection::vec(piece(), 0..5).prop_map(Tree::Text),
        2 => prop::sample::select(PATHS.to_vec()).prop_map(Tree::Typed),
        2 => (prop::sample::select(LISTS.to_vec()), prop::sample::select(vec!["", "a"])).prop_map(|(list, field)| Tree::Items(list, field)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = prop::option::of(prop::sample::select(LISTS.to_vec()));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            prop::collection::vec((list, inner), 0..4).prop_map(Tree::Object),
        ]
    })
}

/// The template as it is written.
fn written(tree: &Tree) -> Json {
    match tree {
        Tree::Literal(json) => json.clone(),
        Tree::Text(pieces) => {
            let piece = |piece: &Piece| match piece {
                Piece::Literal(text) => text.clone(),
                // What follows might go on with the path.
                Piece::Value(path, false) => format!("${path} "),
                Piece::Value(path, true) => format!("${{{path}}}"),
                Piece::Item(field) => format!("[$]{{{field}}}"),
            };
            json!(pieces.iter().map(piece).collect::<String>())
        }
        Tree::Typed(path) => json!(format!("$#{path}")),
        Tree::Items(list, "") => json!(format!("$${list}")),
        Tree::Items(list, field) => json!(format!("$${list}[{field}]")),
        Tree::List(trees) => Json::Array(trees.iter().map(written).collect()),
        Tree::Object(pairs) => {
            let pair = |(at, (list, tree)): (usize, &(Option<&str>, Tree))| match list {
                Some(list) => (format!("$${list}[k{at}]"), written(tree)),
                None => (format!("k{at}"), written(tree)),
            };
            Json::Object(pairs.iter().enumerate().map(pair).collect())
        }
    }
}

fn find<'j>(from: &'j Json, path: &str) -> Option<&'j Json> {
    path.split('.').filter(|step| !step.is_empty()).try_fold(from, |at, step| match step.strip_prefix('%') {
        Some(index) => at.as_array()?.get(index.parse::<usize>().unwrap()),
        None => at.as_object()?.get(step),
    })
}

fn shown(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn items(list: &str) -> Option<Vec<Json>> {
    Some(match find(&known(), list)? {
        Json::Array(items) => items.clone(),
        Json::Null => vec![],
        one => vec![one.clone()],
    })
}

/// What a tree gives; nothing where a field is missing.
fn expected(tree: &Tree, item: Option<&Json>) -> Option<Json> {
    match tree {
        Tree::Literal(json) => Some(json.clone()),
        Tree::Text(pieces) => {
            let mut out = String::new();
            for piece in pieces {
                out += &match (piece, item) {
                    (Piece::Literal(text), _) => text.clone(),
                    (Piece::Value(path, braces), _) => shown(find(&known(), path)?) + if *braces { "" } else { " " },
                    (Piece::Item(field), Some(item)) => shown(find(item, field)?),
                    (Piece::Item(field), None) => format!("[$]{{{field}}}"),
                };
            }
            Some(json!(out))
        }
        Tree::Typed(path) => find(&known(), path).cloned(),
        Tree::List(trees) => {
            let mut out = vec![];
            for tree in trees {
                match (tree, expected(tree, item)?) {
                    (Tree::Items(..), Json::Array(items)) => out.extend(items),
                    (_, json) => out.push(json),
                }
            }
            Some(Json::Array(out))
        }
        Tree::Items(list, field) => {
            items(list)?.iter().map(|item| find(item, field).cloned()).collect::<Option<_>>().map(Json::Array)
        }
        Tree::Object(pairs) => {
            let mut out = Map::new();
            for (at, (list, tree)) in pairs.iter().enumerate() {
                let value = match list {
                    None => expected(tree, item)?,
                    Some(list) => {
                        let mut each = vec![];
                        for item in items(list)? {
                            match (tree, expected(tree, Some(&item))?) {
                                (
                                    Tree::List(_) | Tree::Items(..) | Tree::Literal(Json::Array(_)),
                                    Json::Array(items),
                                ) => each.extend(items),
                                (_, json) => each.push(json),
                            }
                        }
                        Json::Array(each)
                    }
                };
                out.insert(format!("k{at}"), value);
            }
            Some(Json::Object(out))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn documents_are_rendered_as_the_model_does(tree in tree()) {
        let template = written(&tree);
        let form = Form::parse(&Data::from_json(template.clone()));
        let form = form.map_err(|problem| TestCaseError::fail(format!("{template}: {problem}")))?;
        let scope = Scope::read(Data::from_json(known())).unwrap();
        let given = form.render(&scope).ok().map(Data::into_json);
        prop_assert_eq!(given, expected(&tree, None), "{}", template);
    }

    /// Any text is read or refused; one that was read and names nothing is what it was, but for escaped dollar signs.
    #[test]
    fn any_text(text in "\\PC{0,30}|[$#{}\\[\\]\\\\.%0-9 in]{0,16}") {
        let document = Data::object([(text.as_str(), Data::List(vec![Data::from(text.as_str())]))]);
        if let Ok(form) = Form::parse(&document) {
            let _ = form.render(&scope());
        }
        if let Ok(read) = Text::parse(&text) {
            match read.plain() {
                Some(plain) => prop_assert_eq!(plain, text.replace("\\$", "$")),
                None => prop_assert!(read.paths().next().is_some()),
            }
        }
    }
}
