//! Objects and lists that were opened for changes, against plain maps and vectors.

use super::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum KeyEdit {
    Put(String, i64),
    Remove(String),
    Set(BTreeMap<String, i64>),
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,2}", "[a-z]{1,3}"]
}

fn key_edit() -> impl Strategy<Value = KeyEdit> {
    prop_oneof![
        (key(), 0i64..5).prop_map(|(key, value)| KeyEdit::Put(key, value)),
        key().prop_map(KeyEdit::Remove),
        prop::collection::btree_map(key(), 0i64..5, 0..4).prop_map(KeyEdit::Set),
    ]
}

#[derive(Clone, Debug)]
enum ItemEdit {
    Put(usize, i64),
    Push(Vec<i64>),
    Unshift(Vec<i64>),
    Pop,
}

fn item_edit() -> impl Strategy<Value = ItemEdit> {
    let some = || prop::collection::vec(0i64..5, 0..3);
    prop_oneof![
        3 => (0usize..45, 0i64..5).prop_map(|(index, value)| ItemEdit::Put(index, value)),
        1 => some().prop_map(ItemEdit::Push),
        1 => some().prop_map(ItemEdit::Unshift),
        2 => Just(ItemEdit::Pop),
    ]
}

/// Elements of every kind, some of which must be aligned.
fn element() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => number(),
        2 => words().prop_map(Json::from),
        1 => any::<Option<bool>>().prop_map(Json::from),
        1 => number().prop_map(|number| serde_json::json!([number, {"a": [], "b": number}])),
    ]
}

fn nodes(values: Vec<i64>) -> Vec<Node<'static>> {
    values.into_iter().map(Node::from).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn objects(
        stored in prop::collection::btree_map(key(), number(), 0..70),
        edits in prop::collection::vec(key_edit(), 0..12),
    ) {
        let mut model = stored;
        let bytes = bytes(&object(model.clone()).to_string());
        let mut node = Node::from(root(&bytes).unwrap());
        for edit in edits {
            let Node::Object(fields) = node.open().unwrap() else { panic!() };
            match edit {
                KeyEdit::Put(key, value) => {
                    let slot = fields.locate(&key).unwrap();
                    prop_assert_eq!(fields.get(slot).unwrap().is_some(), model.contains_key(&key));
                    *fields.entry(slot, key.clone().into()).unwrap().unwrap() = Node::from(value);
                    model.insert(key, value.into());
                }
                KeyEdit::Remove(key) => {
                    let slot = fields.locate(&key).unwrap();
                    fields.remove(slot, key.clone().into()).unwrap();
                    model.remove(&key);
                }
                KeyEdit::Set(pairs) => {
                    fields.set(pairs.iter().map(|(key, value)| (key.clone().into(), Node::from(*value))).collect()).unwrap();
                    model.extend(pairs.into_iter().map(|(key, value)| (key, value.into())));
                }
            }
            prop_assert_eq!(fields.len(), model.len());
        }
        check(&node, &bytes, &object(model))?;
    }

    #[test]
    fn lists(
        stored in prop::collection::vec(element(), 0..70),
        edits in prop::collection::vec(item_edit(), 0..12),
    ) {
        let mut model = stored;
        let bytes = bytes(&Json::from(model.clone()).to_string());
        let mut node = Node::from(root(&bytes).unwrap());
        for edit in edits {
            let Node::Array(items) = node.open().unwrap() else { panic!() };
            match edit {
                ItemEdit::Put(index, value) => {
                    *items.entry(index).unwrap().unwrap() = Node::from(value);
                    if index >= model.len() {
                        model.resize(index + 1, Json::Null);
                    }
                    model[index] = value.into();
                }
                ItemEdit::Push(values) => {
                    model.extend(values.iter().map(|value| Json::from(*value)));
                    items.push(nodes(values));
                }
                ItemEdit::Unshift(values) => {
                    model.splice(..0, values.iter().map(|value| Json::from(*value)));
                    items.unshift(nodes(values));
                }
                ItemEdit::Pop => {
                    model.pop();
                    items.pop();
                }
            }
            prop_assert_eq!(items.len(), model.len());
            prop_assert_eq!(items.get(0).unwrap().is_some(), !model.is_empty());
        }
        check(&node, &bytes, &Json::from(model))?;
    }
}

/// The node holds what the model holds, by bytes; and it differs from what it began as exactly if the model does.
fn check(node: &Node, before: &[u8], model: &Json) -> std::result::Result<(), TestCaseError> {
    let after = encoded(node);
    prop_assert_eq!(text(&after), server_text(model));
    prop_assert_eq!(&after, &bytes(&model.to_string()));
    let (before_view, after_view) = (View::from(root(before).unwrap()), View::from(root(&after).unwrap()));
    prop_assert_eq!(View::from(node).same(before_view).unwrap(), before == after);
    prop_assert!(View::from(node).same(after_view).unwrap());
    let again = rebuilt(root(&after).unwrap());
    prop_assert!(View::from(node).same(View::from(&again)).unwrap());
    prop_assert!(size(node) >= after.len());
    Ok(())
}
