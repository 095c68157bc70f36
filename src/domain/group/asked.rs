//! The questions that a filter in the format of questionnaires asks for (members.md 12.2): a misspelt one would be an
//! answer that nobody has.

use super::place::Place;
use super::read::{is_avo, one_or_more};
use crate::domain::anketa::{Anketa, Quest, find, id::is_reserved};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Object, Value};

/// Checks the questions of a filter that was read: nothing to check in the format of datakeys, which may be any.
/// `ankets` gives the questionnaires where they are needed.
///
/// Errors: `error/anketa/notexists`, `error/quest/notexists`, `error/quest/answer` for a code that the question does not
/// offer, each with its place.
pub fn check_questions<'a>(filter: Array, ankets: impl FnOnce() -> Vec<Anketa<'a>>) -> Result<()> {
    if is_avo(filter)? { check_all(filter, &ankets(), &Place::Root) } else { Ok(()) }
}

fn check_all(list: Array, ankets: &[Anketa], place: &Place) -> Result<()> {
    for (index, item) in list.iter().enumerate() {
        let Some(item) = item?.as_object() else { continue };
        let place = place.item(index);
        match item.get("group")? {
            Some(Value::Array(inner)) => check_all(inner, ankets, &place.key("group"))?,
            _ => check_one(item, ankets, &place)?,
        }
    }
    Ok(())
}

/// Checks one condition; what the system knows was looked up when the filter was read.
fn check_one(item: Object, ankets: &[Anketa], place: &Place) -> Result<()> {
    let text = |name| Ok::<_, Error>(item.get(name)?.and_then(|value| value.as_str()));
    let (Some(aid), Some(qid)) = (text("aid")?, text("qid")?) else { return Ok(()) };
    if is_reserved(aid) {
        return Ok(());
    }
    let anketa = find(ankets, aid).map_err(|error| place.key("aid").explained(&error))?;
    let quest = anketa.quest(qid).map_err(|error| place.key("qid").explained(&error))?;
    match text("which")? {
        Some("eq" | "ne" | "in") => check_codes(quest, item.get("resp")?, &place.key("resp")),
        _ => Ok(()),
    }
}

fn check_codes(quest: &Quest, resp: Option<Value>, place: &Place) -> Result<()> {
    if !quest.is_choice() {
        return Ok(());
    }
    for code in one_or_more(resp, place)? {
        if !quest.choices().iter().any(|choice| choice.code == code) {
            return Err(place.error(Id::QuestAnswer, "the question offers no answer of this code"));
        }
    }
    Ok(())
}
