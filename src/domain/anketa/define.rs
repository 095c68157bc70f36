//! Questions as calls give them, and what becomes of a questionnaire (members.md 8.2).

use super::id;
use super::quest::{Anketa, Choice, Kind, Precision, Quest};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Object, Value};
use crate::domain::request::{Request, wrong};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// The width of a free text that states none, in characters.
const USUAL_WIDTH: i32 = 256;
/// The greatest width: as much as a long message. What is larger is no answer to a question.
const GREATEST_WIDTH: i32 = 65_536;

/// A question as a request gives it: what is not given stays, or is usual.
pub struct Given<'a> {
    /// Its id; a new one gets a number without.
    pub id: Option<&'a str>,
    name: Option<&'a str>,
    code: Option<&'a str>,
    width: Option<i64>,
    precision: Option<&'a str>,
    answers: Vec<(&'a str, &'a str)>,
    order: Vec<&'a str>,
    /// Keys that mean nothing.
    pub warnings: Vec<Error>,
}

impl<'a> Given<'a> {
    /// Reads `obj`, one question or a list of them; the second part is whether it was a list.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/anketa/id`.
    pub fn read_all(request: &Request<'a>) -> Result<(Vec<Given<'a>>, bool)> {
        let form = || wrong("obj", "a question or a list of questions");
        match request.required("obj", request.value("obj")?)? {
            Value::Object(quest) => Ok((vec![Given::read(quest)?], false)),
            Value::Array(list) => {
                let read = |item: Result<Value<'a>>| item?.as_object().ok_or_else(form).and_then(Given::read);
                Ok((list.iter().map(read).collect::<Result<_>>()?, true))
            }
            _ => Err(form()),
        }
    }

    fn read(quest: Object<'a>) -> Result<Given<'a>> {
        let known = ["id", "name", "type", "width", "dtsubtype", "answers", "order", "system"];
        let mut quest = Request::open(Value::Object(quest), &known, &[])?;
        let answers = match quest.object("answers")? {
            Some(answers) => answers.iter().map(answer).collect::<Result<_>>()?,
            None => Vec::new(),
        };
        Ok(Given {
            id: quest.text("id")?.map(|id| id::checked("obj.id", id)).transpose()?,
            name: quest.text("name")?,
            code: quest.text("type")?,
            width: quest.number("width")?,
            precision: quest.text("dtsubtype")?,
            answers,
            order: quest.list("order")?.map(|order| ids("order", order)).transpose()?.unwrap_or_default(),
            warnings: std::mem::take(&mut quest.warnings),
        })
    }

    /// The new question. Errors: `error/param/missing` without a type, `error/quest/type`, `error/quest/order`.
    pub fn create(&self, id: &'a str, position: i32) -> Result<Quest<'a>> {
        let code = self.code.ok_or_else(|| Error::new(Id::ParamMissing, "obj.type"))?;
        let kind = match code {
            "free" => Kind::Free(self.width(USUAL_WIDTH)?),
            "int" => Kind::Int,
            "dt" => Kind::Date(self.precision.and_then(Precision::parse).ok_or_else(|| unfit("dtsubtype"))?),
            "1m" => Kind::One(self.choices(&[])?),
            "nm" => Kind::Many(self.choices(&[])?),
            _ => return Err(unfit("type")),
        };
        self.refuse_foreign(&kind)?;
        Ok(Quest { id, name: self.name.unwrap_or(id), kind, position, system: false })
    }

    /// The question after this change; its type stays. Errors: `error/quest/type`, `error/quest/order`.
    pub fn change(&self, old: &Quest<'a>) -> Result<Quest<'a>> {
        if self.code.is_some_and(|code| code != old.kind.code()) {
            return Err(unfit("type"));
        }
        let kind = match &old.kind {
            Kind::Free(width) => Kind::Free(self.width(*width)?),
            Kind::Date(old) if self.precision.is_some_and(|new| new != old.as_str()) => return Err(unfit("dtsubtype")),
            Kind::One(choices) => Kind::One(self.choices(choices)?),
            Kind::Many(choices) => Kind::Many(self.choices(choices)?),
            same => same.clone(),
        };
        self.refuse_foreign(&kind)?;
        Ok(Quest { name: self.name.unwrap_or(old.name), kind, ..old.clone() })
    }

    fn width(&self, usual: i32) -> Result<i32> {
        let Some(width) = self.width else { return Ok(usual) };
        let width = i32::try_from(width).ok().filter(|width| (1..=GREATEST_WIDTH).contains(width));
        width.ok_or_else(|| unfit("width"))
    }

    /// The answers, old and new; those that are there get the text given here, if one is.
    fn choices(&self, old: &[Choice<'a>]) -> Result<Vec<Choice<'a>>> {
        let mut choices = old.to_vec();
        let mut places = places(choices.iter().map(|choice| choice.code));
        let mut position = next_position(choices.iter().map(|choice| choice.position));
        for (code, name) in self.answers.iter().copied() {
            match places.entry(code) {
                Entry::Occupied(known) => {
                    choices.get_mut(*known.get()).into_iter().for_each(|choice| choice.name = name);
                }
                Entry::Vacant(new) => {
                    new.insert(choices.len());
                    choices.push(Choice { code, name, position, system: false });
                    position = position.saturating_add(1);
                }
            }
        }
        if choices.is_empty() {
            return Err(unfit("answers"));
        }
        if self.order.is_empty() { Ok(choices) } else { ordered_choices(&choices, &self.order) }
    }

    /// Refuses what belongs to a question of another type.
    fn refuse_foreign(&self, kind: &Kind) -> Result<()> {
        let offers = matches!(kind, Kind::One(_) | Kind::Many(_));
        match () {
            () if self.width.is_some() && !matches!(kind, Kind::Free(_)) => Err(unfit("width")),
            () if self.precision.is_some() && !matches!(kind, Kind::Date(_)) => Err(unfit("dtsubtype")),
            () if !self.answers.is_empty() && !offers => Err(unfit("answers")),
            () if !self.order.is_empty() && !offers => Err(unfit("order")),
            () => Ok(()),
        }
    }
}

fn answer<'a>(entry: Result<(&'a str, Value<'a>)>) -> Result<(&'a str, &'a str)> {
    let (code, name) = entry?;
    let name = name.as_str().ok_or_else(|| wrong("answers", "an object {code: text}"))?;
    Ok((id::checked("answers", code)?, name))
}

fn unfit(key: &str) -> Error {
    Error::new(Id::QuestType, format!("{key} does not fit"))
}

/// A questionnaire with more questions, each under its id.
///
/// Errors: `error/quest/exists`, those of the questions.
pub fn added<'a>(old: &Anketa<'a>, given: &[Given<'a>], ids: &'a [String]) -> Result<Anketa<'a>> {
    let mut new = old.clone();
    let mut taken: HashSet<&str> = old.quests.iter().map(|quest| quest.id).collect();
    let mut position = next_position(old.quests.iter().map(|quest| quest.position));
    for (given, id) in given.iter().zip(ids) {
        if !taken.insert(id) {
            return Err(Error::new(Id::QuestExists, "the id belongs to another question"));
        }
        new.quests.push(given.create(id, position)?);
        position = position.saturating_add(1);
    }
    Ok(new)
}

/// A questionnaire with questions changed. Errors: `error/param/missing` without an id, `error/quest/notexists`, those of
/// the questions.
pub fn changed<'a>(old: &Anketa<'a>, given: &[Given<'a>]) -> Result<Anketa<'a>> {
    let mut new = old.clone();
    let places = places(old.quests.iter().map(|quest| quest.id));
    for given in given {
        let id = given.id.ok_or_else(|| Error::new(Id::ParamMissing, "obj.id"))?;
        let quest = places.get(id).and_then(|place| new.quests.get_mut(*place));
        let quest = quest.ok_or_else(|| old.no_quest())?;
        *quest = given.change(quest)?;
    }
    Ok(new)
}

/// The questions of a questionnaire that are not as they were, each with those of its answers that are not.
pub fn differing<'n, 'a>(old: &Anketa, new: &'n Anketa<'a>) -> Vec<(&'n Quest<'a>, Vec<&'n Choice<'a>>)> {
    let were: HashMap<&str, &Quest> = old.quests.iter().map(|quest| (quest.id, quest)).collect();
    let mut differing = Vec::new();
    for quest in &new.quests {
        let was = were.get(quest.id).copied();
        if was != Some(quest) {
            differing.push((quest, differing_choices(was.map(Quest::choices).unwrap_or_default(), quest.choices())));
        }
    }
    differing
}

/// The answers that are not as they were.
pub fn differing_choices<'n, 'a>(old: &[Choice], new: &'n [Choice<'a>]) -> Vec<&'n Choice<'a>> {
    let were: HashMap<&str, &Choice> = old.iter().map(|choice| (choice.code, choice)).collect();
    new.iter().filter(|choice| were.get(choice.code).copied() != Some(*choice)).collect()
}

/// Where each of these ids stands.
fn places<'i>(ids: impl Iterator<Item = &'i str>) -> HashMap<&'i str, usize> {
    ids.zip(0..).collect()
}

/// The place behind all these.
fn next_position(positions: impl Iterator<Item = i32>) -> i32 {
    positions.max().map_or(1, |last| last.saturating_add(1))
}

/// A list of ids. Errors: `error/param/wrong`.
pub fn ids<'a>(parameter: &str, list: Array<'a>) -> Result<Vec<&'a str>> {
    let text = |item: Result<Value<'a>>| item?.as_str().ok_or_else(|| wrong(parameter, "a list of texts"));
    list.iter().map(text).collect()
}

/// Questions in another order, their positions counted anew. Errors: `error/quest/order`.
pub fn ordered_quests<'a>(quests: &[Quest<'a>], order: &[&str]) -> Result<Vec<Quest<'a>>> {
    let ordered = ordered(quests, order, |quest| quest.id)?;
    Ok(ordered.zip(1..).map(|(quest, position)| Quest { position, ..quest.clone() }).collect())
}

/// Answers in another order, their positions counted anew. Errors: `error/quest/order`.
pub fn ordered_choices<'a>(choices: &[Choice<'a>], order: &[&str]) -> Result<Vec<Choice<'a>>> {
    let ordered = ordered(choices, order, |choice| choice.code)?;
    Ok(ordered.zip(1..).map(|(choice, position)| Choice { position, ..choice.clone() }).collect())
}

/// The items as `order` lists them, and behind them those that it leaves out.
fn ordered<'i, T>(items: &'i [T], order: &[&str], id: impl Fn(&T) -> &str) -> Result<impl Iterator<Item = &'i T>> {
    let listed_at = places(order.iter().copied());
    let place = |item: &T| listed_at.get(id(item)).copied();
    let listed = items.iter().filter(|item| place(item).is_some()).count();
    if listed != order.len() {
        return Err(Error::new(Id::QuestOrder, "order lists an id that is not there, or one twice"));
    }
    let mut places: Vec<_> = items.iter().map(|item| (place(item).unwrap_or(usize::MAX), item)).collect();
    places.sort_by_key(|(place, _)| *place);
    Ok(places.into_iter().map(|(_, item)| item))
}
