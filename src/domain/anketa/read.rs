//! The answers of a document, and the flat form of what the system knows of a head (members.md 9.6 and 3.1).

use super::quest::{Anketa, Kind, Quest};
use crate::domain::error::Result;
use crate::domain::json::{Node, Object, Value};
use std::borrow::Cow;

/// Keys of `member` that the flat form does not have, with all below them.
const ONLY_AS_DATAKEYS: [&str; 5] = ["dataset", "last", "vk", "tg", "max"];

/// The answers to the questions of these questionnaires, `{anketa: {quest: text | [codes]}}`; those without an answer are
/// left out. Errors: `error/json/corrupt`.
pub fn answers<'a>(data: Value<'a>, ankets: &[Anketa<'a>]) -> Result<Vec<(&'a str, Node<'a>)>> {
    let Value::Object(data) = data else { return Ok(Vec::new()) };
    let mut answered = Vec::new();
    for anketa in ankets {
        let Some(Value::Object(stored)) = data.get(anketa.id)? else { continue };
        let shown = anketa.quests.iter().filter_map(|quest| of_quest(stored, quest).transpose());
        let shown: Vec<_> = shown.collect::<Result<_>>()?;
        if !shown.is_empty() {
            answered.push((anketa.id, Node::object(shown)));
        }
    }
    Ok(answered)
}

fn of_quest<'a>(stored: Object<'a>, quest: &Quest<'a>) -> Result<Option<(&'a str, Node<'a>)>> {
    let Some(value) = stored.get(quest.id)? else { return Ok(None) };
    let shown = match &quest.kind {
        Kind::Free(_) | Kind::Int | Kind::Date(_) => text(value),
        Kind::One(_) | Kind::Many(_) => codes(quest, value)?,
    };
    Ok(shown.map(|shown| (quest.id, shown)))
}

/// A scalar as a text. What datakeys put there and no answer can be is not shown.
fn text<'a>(value: Value<'a>) -> Option<Node<'a>> {
    match value {
        Value::String(text) => Some(Node::from(text)),
        Value::Number(number) => Some(Node::from(number.to_string())),
        _ => None,
    }
}

/// The codes of a choice as a list; none where there is none.
fn codes<'a>(quest: &Quest<'a>, value: Value<'a>) -> Result<Option<Node<'a>>> {
    let codes = chosen(quest, value)?;
    Ok(if codes.is_empty() { None } else { Some(Node::array(codes.into_iter().map(Node::from))) })
}

/// The codes of a choice in the order of the question's answers, and behind them those that it no longer offers.
fn chosen<'a>(quest: &Quest<'a>, value: Value<'a>) -> Result<Vec<Cow<'a, str>>> {
    let chosen = match value {
        Value::Object(chosen) => chosen,
        Value::String("") => return Ok(Vec::new()),
        Value::String(code) => return Ok(vec![Cow::Borrowed(code)]),
        Value::Number(number) => return Ok(vec![Cow::Owned(number.to_string())]),
        _ => return Ok(Vec::new()),
    };
    let place = |code: &str| quest.choices().iter().position(|choice| choice.code == code).unwrap_or(usize::MAX);
    let mut codes: Vec<&str> = chosen.iter().map(|entry| entry.map(|(code, _)| code)).collect::<Result<_>>()?;
    codes.sort_by_key(|code| place(code));
    Ok(codes.into_iter().map(Cow::Borrowed).collect())
}

/// An answer in a list (members.md 9.9): as this format writes it, with `decode` its texts instead of its codes; null where
/// there is none. Errors: `error/json/corrupt`.
pub fn listed<'a>(quest: &Quest<'a>, value: Value<'a>, decode: bool) -> Result<Node<'a>> {
    match &quest.kind {
        Kind::One(_) | Kind::Many(_) => {
            let shown = chosen(quest, value)?.into_iter().map(|code| word(quest, code, decode));
            let shown: Vec<Node> = shown.collect();
            Ok(if shown.is_empty() { Node::Null } else { Node::array(shown) })
        }
        _ => Ok(text(value).unwrap_or(Node::Null)),
    }
}

/// What stands at the datakey of a question, with a choice written as its code, or as a list of codes where it may have
/// several; with `decode` as texts. What is no choice stays as it is. Errors: `error/json/corrupt`.
pub fn unrolled<'a>(quest: &Quest<'a>, value: Value<'a>, decode: bool) -> Result<Node<'a>> {
    let mut words = match &quest.kind {
        Kind::One(_) | Kind::Many(_) => chosen(quest, value)?.into_iter().map(|code| word(quest, code, decode)),
        _ => return Ok(Node::from(value)),
    };
    match &quest.kind {
        Kind::One(_) => Ok(words.next().unwrap_or(Node::Null)),
        _ => Ok(Node::array(words)),
    }
}

/// A code, or its text; a code that the question does not offer stays.
fn word<'a>(quest: &Quest<'a>, code: Cow<'a, str>, decode: bool) -> Node<'a> {
    let choice = quest.choices().iter().find(|choice| decode && choice.code == code);
    choice.map_or(Node::from(code), |choice| Node::from(choice.name))
}

/// The object `member` of a system document in the flat form: `confirm: {time}` becomes `confirm.time`, and the counter
/// of errors, `error: {error}`, becomes `error`. Errors: `error/json/corrupt`.
pub fn flat<'a>(member: Object<'a>) -> Result<Vec<(String, Node<'a>)>> {
    let mut keys = Vec::new();
    for entry in member.iter() {
        let (key, value) = entry?;
        match value {
            _ if ONLY_AS_DATAKEYS.contains(&key) => {}
            Value::Object(inner) => {
                for entry in inner.iter() {
                    let (name, value) = entry?;
                    let name = if name == key { key.to_owned() } else { format!("{key}.{name}") };
                    keys.push((name, Node::from(value)));
                }
            }
            value => keys.push((key.to_owned(), Node::from(value))),
        }
    }
    Ok(keys)
}
