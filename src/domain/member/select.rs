//! Answering `member.get`: the selected data of a body and of what the system knows (members.md 9.4 and 9.5).

use crate::domain::datakey::{self, Path};
use crate::domain::error::Result;
use crate::domain::json::{Node, Object, Value};
use crate::domain::member::get::{Selection, is_system};

/// The selected data. `system` holds `member` and `-group`; without it these keys are absent.
pub fn select<'a>(data: Value<'a>, system: Option<Object<'a>>, selection: &'a Selection) -> Result<Node<'a>> {
    match selection {
        Selection::All => everything(data, system),
        Selection::One(path) => one(data, system, path),
        Selection::Many(keys) => {
            let values = keys.iter().map(|(text, path)| Ok((*text, one(data, system, path)?)));
            Ok(Node::object(values.collect::<Result<Vec<_>>>()?))
        }
    }
}

/// The value of one key; null where there is none.
fn one<'a>(data: Value<'a>, system: Option<Object<'a>>, path: &Path) -> Result<Node<'a>> {
    let document = match (is_system(path), system) {
        (true, Some(system)) => Value::Object(system),
        (true, None) => return Ok(Node::Null),
        (false, _) => data,
    };
    Ok(datakey::get(document, path)?.unwrap_or(Node::Null))
}

/// All keys of the body, with the system's own over them.
fn everything<'a>(data: Value<'a>, system: Option<Object<'a>>) -> Result<Node<'a>> {
    let Some(system) = system else { return Ok(Node::from(data)) };
    let mut keys = Vec::new();
    if let Value::Object(object) = data {
        for entry in object.iter() {
            let (key, value) = entry?;
            keys.push((key, Node::from(value)));
        }
    }
    for entry in system.iter() {
        let (key, value) = entry?;
        keys.push((key, Node::from(value)));
    }
    Ok(Node::object(keys))
}
