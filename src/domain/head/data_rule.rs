//! How the data of two subscribers become one: `data_rule` (members.md 7.3).

use crate::domain::datakey::{Limits, Path, Step};
use crate::domain::error::Result;
use crate::domain::json::{Object, Value};
use crate::domain::request::wrong;

/// What happens to a datakey, named for its own in `dk_rule` or by its situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataMode {
    /// The source's value goes to the receiver.
    Set,
    /// Nothing.
    None,
    /// The source's value goes to the receiver and is deleted at the source.
    Move,
    /// The receiver's value is deleted.
    Delete,
    /// Objects are united key by key, the source's counting; lists are joined, the source's behind.
    Merge,
}

impl DataMode {
    fn parse(text: &str) -> Option<DataMode> {
        Some(match text {
            "set" => DataMode::Set,
            "none" => DataMode::None,
            "move" => DataMode::Move,
            "delete" => DataMode::Delete,
            "merge" => DataMode::Merge,
            _ => return None,
        })
    }
}

/// The rule: at which depth keys are compared, and what happens to a key by where it stands.
#[derive(Clone, Debug)]
pub struct DataRule<'a> {
    /// The depth at which keys are compared; 0 compares the documents as one key.
    pub level: usize,
    /// For a key of the source alone.
    pub hasmiss: DataMode,
    /// For a key of both.
    pub hashas: DataMode,
    /// For a key of the receiver alone.
    pub misshas: DataMode,
    /// Keys with a mode of their own, the longest first.
    pub own: Vec<(Path<'a>, DataMode)>,
}

impl Default for DataRule<'_> {
    fn default() -> Self {
        DataRule { level: 2, hasmiss: DataMode::Set, hashas: DataMode::None, misshas: DataMode::None, own: Vec::new() }
    }
}

impl<'a> DataRule<'a> {
    /// Reads a request's `data_rule`. Errors: `error/param/wrong`, `error/datakey/syntax`, `error/datakey/limit`.
    pub fn read(value: Option<Object<'a>>, limits: &Limits) -> Result<DataRule<'a>> {
        let mut rule = DataRule::default();
        let Some(object) = value else { return Ok(rule) };
        for entry in object.iter() {
            let (name, value) = entry?;
            match (name, value) {
                (_, Value::Null) => {}
                ("level", value) => rule.level = level(value)?,
                ("hasmiss", value) => {
                    rule.hasmiss =
                        mode("hasmiss", value, &[DataMode::Set, DataMode::None, DataMode::Move], "set, none or move")?;
                }
                ("hashas", value) => rule.hashas = mode("hashas", value, &ANY, ANY_FORM)?,
                ("misshas", value) => {
                    rule.misshas = mode("misshas", value, &[DataMode::None, DataMode::Delete], "none or delete")?;
                }
                ("dk_rule", Value::Object(own)) => rule.own = read_own(own, limits)?,
                ("dk_rule", _) => return Err(wrong("data_rule.dk_rule", "an object")),
                _ => return Err(wrong("data_rule", "an object of level, hasmiss, hashas, misshas and dk_rule")),
            }
        }
        Ok(rule)
    }
}

const ANY: [DataMode; 5] = [DataMode::Set, DataMode::None, DataMode::Move, DataMode::Delete, DataMode::Merge];

/// How a refusal names them.
const ANY_FORM: &str = "set, none, move, delete or merge";

fn level(value: Value) -> Result<usize> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    };
    number.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| wrong("data_rule.level", "0 or more"))
}

fn mode(name: &str, value: Value, allowed: &[DataMode], form: &str) -> Result<DataMode> {
    let mode = value.as_str().and_then(DataMode::parse).filter(|mode| allowed.contains(mode));
    mode.ok_or_else(|| wrong(&format!("data_rule.{name}"), form))
}

fn read_own<'a>(own: Object<'a>, limits: &Limits) -> Result<Vec<(Path<'a>, DataMode)>> {
    let mut rules = Vec::with_capacity(own.len());
    for entry in own.iter() {
        let (key, value) = entry?;
        let path = Path::parse(key, limits)?;
        if !path.steps().iter().all(|step| matches!(step, Step::Key(_))) {
            return Err(wrong("data_rule.dk_rule", "an object whose names are datakeys without [N] and *"));
        }
        rules.push((path, mode("dk_rule", value, &ANY, ANY_FORM)?));
    }
    rules.sort_by_key(|(path, _)| std::cmp::Reverse(path.steps().len()));
    Ok(rules)
}
