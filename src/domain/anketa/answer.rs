//! Checking an answer against its question (members.md 8.1 to 8.3).

use super::quest::{Choice, Kind, Quest};
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Decimal, Node, Value};
use crate::domain::request::identifier_of;
use std::borrow::Cow;
use std::collections::HashMap;

/// From so many codes on the answers are looked up, and not gone through for each.
const MANY: usize = 8;

/// What stands at the datakey of a question for this answer; nothing where the answer is to be deleted.
///
/// A text as it is, a whole number as a number, a date in normal form, and for choices an object whose keys are the
/// codes. An empty list of a question with any number of answers deletes, as null does.
///
/// Errors, which do not show the value: `error/quest/answer` for a code that the question does not offer,
/// `error/quest/value` for anything else that does not fit.
pub fn stored<'a>(quest: &Quest<'a>, answer: Value<'a>, now: &Now) -> Result<Option<Node<'a>>> {
    if answer.is_null() {
        return Ok(None);
    }
    match &quest.kind {
        Kind::Free(width) => free(answer, *width).map(Some),
        Kind::Int => int(answer).map(Some),
        Kind::Date(precision) => {
            let form = || value(&format!("a date of the precision {}", precision.as_str()));
            let (Some(text), Some(date)) = (answer.as_str(), precision.datakey_type()?) else { return Err(form()) };
            let date = |text: &str| date.normalize(text, now).map_err(|_| form());
            // An expression has a precision of its own: what it gives must have the question's.
            date(text).and_then(|shown| date(&shown)).map(|shown| Some(Node::from(shown)))
        }
        Kind::One(_) => match codes(quest, answer)?.as_slice() {
            [code] => Ok(Some(Node::object([(*code, Node::Null)]))),
            _ => Err(value("a list of one code")),
        },
        Kind::Many(_) => {
            let codes = codes(quest, answer)?;
            let chosen = codes.iter().map(|code| (*code, Node::Null));
            Ok(if codes.is_empty() { None } else { Some(Node::object(chosen)) })
        }
    }
}

fn free(answer: Value<'_>, width: i32) -> Result<Node<'_>> {
    let text = match answer {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => return Err(value("a text")),
    };
    let most = usize::try_from(width).unwrap_or_default();
    if text.chars().nth(most).is_some() { Err(value(&format!("at most {width} characters"))) } else { Ok(text.into()) }
}

fn int(answer: Value<'_>) -> Result<Node<'_>> {
    let text = identifier_of(answer).ok_or_else(|| value("a whole number"))?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(value("a whole number"));
    }
    // JSON writes no zeros in front.
    let significant = digits.trim_start_matches('0');
    let sign = if significant.is_empty() || digits.len() == text.len() { "" } else { "-" };
    let plain = format!("{sign}{}", if significant.is_empty() { "0" } else { significant });
    Decimal::parse(&plain).map(Node::from).map_err(|_| value("a number of fewer digits"))
}

/// The codes of a list, each of which the question offers, as the question writes them.
fn codes<'a>(quest: &Quest<'a>, answer: Value) -> Result<Vec<&'a str>> {
    let Value::Array(list) = answer else { return Err(value("a list of codes")) };
    let choices: &[Choice<'a>] = quest.choices();
    let by_code: HashMap<&str, &'a str> = match list.len() {
        MANY.. => choices.iter().map(|choice| (choice.code, choice.code)).collect(),
        _ => HashMap::new(),
    };
    let code = |item: Result<Value>| {
        let item = item?;
        let code = identifier_of(item).ok_or_else(|| value("a list of codes"))?;
        let offered = match by_code.is_empty() {
            true => choices.iter().find(|choice| choice.code == code).map(|choice| choice.code),
            false => by_code.get(&*code).copied(),
        };
        offered.ok_or_else(|| Error::new(Id::QuestAnswer, "the question offers no answer of this code"))
    };
    list.iter().map(code).collect()
}

fn value(form: &str) -> Error {
    Error::new(Id::QuestValue, format!("the answer must be {form}"))
}
