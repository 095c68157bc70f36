//! Stored formats: which questions a list shows, and what an update fills in (members.md 15 and 9.11).

use super::answer;
use super::id::is_reserved;
use super::quest::{Anketa, find};
use crate::domain::datakey::date::Now;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Node, Object, Value};

/// What a format is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `view`: which questions are shown.
    View,
    /// `fill`: which answers are given.
    Fill,
    /// `uni`: both; a field may have an answer.
    Universal,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Purpose; 3] = [Purpose::View, Purpose::Fill, Purpose::Universal];

    /// Its code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::View => "view",
            Purpose::Fill => "fill",
            Purpose::Universal => "uni",
        }
    }

    /// The purpose of this code.
    pub fn parse(code: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == code)
    }
}

/// One question of a format.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The questionnaire; `member` and `-group` too.
    pub aid: &'a str,
    /// The question.
    pub qid: &'a str,
    /// The answer to give, null to delete it.
    pub value: Option<Value<'a>>,
}

impl<'a> Field<'a> {
    /// Reads the fields of a format. Errors: `error/format/field`, `error/json/corrupt`.
    pub fn read_all(list: Array<'a>) -> Result<Vec<Field<'a>>> {
        list.iter().enumerate().map(|(index, item)| Field::read(index, item?)).collect()
    }

    fn read(index: usize, item: Value<'a>) -> Result<Field<'a>> {
        let Value::Object(field) = item else { return Err(unfit(index, "it must be an object")) };
        let text = |name| text_of(field, name);
        let (Some(aid), Some(qid)) = (text("aid")?, text("qid")?) else {
            return Err(unfit(index, "aid and qid must be texts"));
        };
        Ok(Field { aid, qid, value: field.get("value")? })
    }

    /// Checks the field against its question and the purpose of the format. Fields of what the system knows are not
    /// checked: an update ignores them, but for `member.error`.
    ///
    /// Errors: `error/anketa/notexists`, `error/quest/notexists`, `error/quest/answer`, `error/quest/value`,
    /// `error/format/field`.
    pub fn check(&self, index: usize, purpose: Purpose, ankets: &[Anketa], now: &Now) -> Result<()> {
        match (purpose, self.value) {
            (Purpose::View, Some(_)) => return Err(unfit(index, "a view format gives no value")),
            (Purpose::Fill, None) => return Err(unfit(index, "a fill format gives a value")),
            _ => {}
        }
        if is_reserved(self.aid) {
            return Ok(());
        }
        let located = |error: Error| Error::new(error.id, format!("field {index}: {}", error.explain));
        let quest = find(ankets, self.aid).and_then(|anketa| anketa.quest(self.qid)).map_err(located)?;
        let value = self.value.unwrap_or(Value::Null);
        answer::stored(quest, value, now).map(|_| ()).map_err(located)
    }

    /// The field as it is kept and shown: `{"aid", "qid", "value"?}`.
    pub fn node(&self) -> Node<'a> {
        let value = self.value.map(|value| ("value", Node::from(value)));
        Node::object([("aid", Node::from(self.aid)), ("qid", Node::from(self.qid))].into_iter().chain(value))
    }
}

fn text_of<'a>(field: Object<'a>, name: &str) -> Result<Option<&'a str>> {
    Ok(field.get(name)?.and_then(|value| value.as_str()))
}

fn unfit(index: usize, explain: &str) -> Error {
    Error::new(Id::FormatField, format!("field {index}: {explain}"))
}
