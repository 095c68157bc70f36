//! Random programs on random bodies, against the model.

use super::model::{self, Operand, Step};
use super::*;
use crate::domain::json::tests::{document, number, server_text, words};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Few keys, so that paths meet.
fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "1", "0", "x.y", "*", "d[1]", "ключ"]).prop_map(str::to_owned)
}

fn small() -> impl Strategy<Value = Json> {
    let leaf =
        prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), number(), words().prop_map(Json::from)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key(), inner, 0..5).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

fn body() -> impl Strategy<Value = Json> {
    let fields = prop::collection::btree_map(key(), small(), 0..7);
    let filling = prop_oneof![2 => Just(Json::Null), 1 => document()];
    (fields, filling).prop_map(|(fields, filling)| {
        let mut body: serde_json::Map<String, Json> = fields.into_iter().collect();
        if let Json::Object(filling) = filling {
            body.extend(filling);
        }
        body.into()
    })
}

fn path() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => key().prop_map(Step::Key),
        2 => (0usize..5).prop_map(Step::Index),
        1 => (1usize..3).prop_map(Step::FromEnd),
    ];
    (key(), prop::collection::vec(step, 0..4)).prop_map(|(first, mut steps)| {
        steps.insert(0, Step::Key(first));
        steps
    })
}

fn op() -> impl Strategy<Value = model::Op> {
    let mode = prop::sample::select(vec![
        "set",
        "set",
        "update",
        "insert",
        "merge",
        "merge_update",
        "merge_insert",
        "push",
        "unshift",
        "delete",
        "delete",
    ]);
    let object = prop::collection::btree_map(key(), small(), 0..4).prop_map(|pairs| pairs.into_iter().collect());
    let value = prop_oneof![1 => small(), 1 => object];
    (path(), mode, value, prop::option::weighted(0.25, path())).prop_map(|(path, mode, value, source)| {
        let operand = match (mode, source) {
            ("delete", _) => Operand::None,
            (_, Some(source)) => Operand::Copy(source),
            (_, None) => Operand::Value(value),
        };
        model::Op { path, mode, operand }
    })
}

/// A path as text, with a backslash before whatever could mean something.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for (index, step) in path.iter().enumerate() {
        match step {
            Step::Key(key) => {
                text.push_str(if index > 0 { "." } else { "" });
                for letter in key.chars() {
                    text.push_str(if ".[*".contains(letter) { "\\" } else { "" });
                    text.push(letter);
                }
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::FromEnd(back) => text.push_str(&format!("[-{back}]")),
        }
    }
    text
}

fn program(ops: &[model::Op]) -> String {
    let ops = ops.iter().map(|op| match &op.operand {
        Operand::None => json!([written(&op.path), op.mode]),
        Operand::Value(value) => json!([written(&op.path), op.mode, value]),
        Operand::Copy(source) => json!([written(&op.path), format!("{}.copy", op.mode), written(source)]),
    });
    Json::from(ops.collect::<Vec<_>>()).to_string()
}

fn shown(value: &Option<Json>) -> String {
    value.as_ref().map_or("-".to_owned(), server_text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn programs(body in body(), ops in prop::collection::vec(op(), 0..8), data in prop::option::of(small())) {
        let program = program(&ops);
        let data_bytes = data.as_ref().map(|data| bytes(&data.to_string()));
        let copy = data_bytes.as_ref().map_or(CopySource::Own, |bytes| CopySource::Data(root(bytes).unwrap()));
        let ours = run_with(&body.to_string(), &program, copy, None, &Limits::default());
        match (ours, model::apply(&body, &ops, data.as_ref())) {
            (Ok(ours), Ok((after, rows))) => {
                prop_assert_eq!(ours.body, server_text(&after), "{}", program);
                prop_assert_eq!(ours.changed, after != body);
                let rows: Vec<_> =
                    rows.iter().map(|(path, old, new)| (path.clone(), shown(old), shown(new))).collect();
                let ours: Vec<_> = ours.rows.into_iter().collect();
                prop_assert_eq!(ours.len(), rows.len(), "{}: {:?} {:?}", program, ours, rows);
                for (ours, (path, old, new)) in ours.iter().zip(&rows) {
                    let path = written(path);
                    let (path, ours_path) = (Path::parse(&path, &Limits::default()).unwrap(),
                        Path::parse(&ours.0, &Limits::default()).unwrap());
                    prop_assert_eq!(ours_path, path, "{}", program);
                    prop_assert_eq!((&ours.1, &ours.2), (old, new), "{}", program);
                }
            }
            (Err(ours), Err(id)) => prop_assert_eq!(ours.id, id, "{}", program),
            (ours, model) => prop_assert!(false, "{}: {:?} {:?}", program, ours.map(|ours| ours.body), model),
        }
    }

    #[test]
    fn reading(body in body(), path in path()) {
        let bytes = bytes(&body.to_string());
        let text = written(&path);
        let found = read(root(&bytes).unwrap(), &Path::parse(&text, &Limits::default()).unwrap()).unwrap();
        let found = found.map(|value| crate::domain::json::print(value).unwrap());
        prop_assert_eq!(found, model::read(&body, &path).map(server_text));
    }
}
