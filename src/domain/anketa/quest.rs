//! Questionnaires and their questions.

use crate::domain::datakey::date::DateType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Node;

/// A questionnaire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anketa<'a> {
    /// Its id, the first key of the datakeys of its answers.
    pub id: &'a str,
    /// Its title.
    pub name: &'a str,
    /// Whether the extension brought it.
    pub system: bool,
    /// Its questions, in order.
    pub quests: Vec<Quest<'a>>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quest<'a> {
    /// Its id, the second key of the datakey of its answer.
    pub id: &'a str,
    /// Its text.
    pub name: &'a str,
    /// What its answer is.
    pub kind: Kind<'a>,
    /// Its place among the questions.
    pub position: i32,
    /// Whether the extension brought it.
    pub system: bool,
}

/// What the answer to a question is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// `free`: a text of so many characters at most.
    Free(i32),
    /// `int`: a whole number.
    Int,
    /// `dt`: a date.
    Date(Precision),
    /// `1m`: one of these answers.
    One(Vec<Choice<'a>>),
    /// `nm`: any of these answers.
    Many(Vec<Choice<'a>>),
}

/// One of the answers that a question offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Its code, which is what is stored.
    pub code: &'a str,
    /// Its text.
    pub name: &'a str,
    /// Its place among the answers.
    pub position: i32,
    /// Whether the extension brought it.
    pub system: bool,
}

/// How exact a date is: `dtsubtype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `yd`: to the day.
    Day,
    /// `yh`: to the hour.
    Hour,
    /// `ym`: to the minute.
    Minute,
    /// `ys`: to the second.
    Second,
}

impl Precision {
    /// All of them.
    pub const ALL: [Precision; 4] = [Precision::Day, Precision::Hour, Precision::Minute, Precision::Second];

    /// Its code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Precision::Day => "yd",
            Precision::Hour => "yh",
            Precision::Minute => "ym",
            Precision::Second => "ys",
        }
    }

    /// The precision of this code.
    pub fn parse(code: &str) -> Option<Precision> {
        Precision::ALL.into_iter().find(|precision| precision.as_str() == code)
    }

    /// The type of the datakey. Errors: `error/datakey/type`, never for these four.
    pub fn datakey_type(self) -> Result<Option<DateType>> {
        DateType::parse(match self {
            Precision::Day => "dt:YD",
            Precision::Hour => "dt:Yh",
            Precision::Minute => "dt:Ym",
            Precision::Second => "dt:Ys",
        })
    }
}

impl<'a> Anketa<'a> {
    /// The question of this id. Errors: `error/quest/notexists`.
    pub fn quest(&self, id: &str) -> Result<&Quest<'a>> {
        self.quests.iter().find(|quest| quest.id == id).ok_or_else(|| self.no_quest())
    }

    /// The refusal of a question that it does not have.
    pub fn no_quest(&self) -> Error {
        Error::new(Id::QuestNotexists, format!("questionnaire {} has no such question", self.id))
    }

    /// The questionnaire with its questions: `{"id", "name", "system", "quests"}`.
    pub fn node(&self) -> Node<'a> {
        let quests = Node::array(self.quests.iter().map(Quest::node));
        Node::object(self.keys().into_iter().chain([("quests", quests)]))
    }

    /// It alone, as lists show it: `{"id", "name", "system"}`.
    pub fn item(&self) -> Node<'a> {
        Node::object(self.keys())
    }

    fn keys(&self) -> [(&'static str, Node<'a>); 3] {
        [("id", Node::from(self.id)), ("name", Node::from(self.name)), ("system", flag(self.system))]
    }
}

/// The questionnaire of this id. Errors: `error/anketa/notexists`.
pub fn find<'d, 'a>(ankets: &'d [Anketa<'a>], id: &str) -> Result<&'d Anketa<'a>> {
    let found = ankets.iter().find(|anketa| anketa.id == id);
    found.ok_or_else(|| Error::new(Id::AnketaNotexists, "there is no such questionnaire"))
}

impl<'a> Quest<'a> {
    /// The answers that it offers, in order; none if it offers none.
    pub fn choices(&self) -> &[Choice<'a>] {
        match &self.kind {
            Kind::One(choices) | Kind::Many(choices) => choices,
            _ => &[],
        }
    }

    /// The question as calls show and take it.
    fn node(&self) -> Node<'a> {
        let mut keys = vec![
            ("id", Node::from(self.id)),
            ("name", Node::from(self.name)),
            ("type", Node::from(self.kind.code())),
            ("system", flag(self.system)),
        ];
        match &self.kind {
            Kind::Free(width) => keys.push(("width", Node::from(i64::from(*width)))),
            Kind::Int => {}
            Kind::Date(precision) => keys.push(("dtsubtype", Node::from(precision.as_str()))),
            Kind::One(choices) | Kind::Many(choices) => {
                keys.push((
                    "answers",
                    Node::object(choices.iter().map(|choice| (choice.code, Node::from(choice.name)))),
                ));
                keys.push(("order", Node::array(choices.iter().map(|choice| Node::from(choice.code)))));
            }
        }
        Node::object(keys)
    }
}

impl Kind<'_> {
    /// Its code: free, int, dt, 1m or nm.
    pub const fn code(&self) -> &'static str {
        match self {
            Kind::Free(_) => "free",
            Kind::Int => "int",
            Kind::Date(_) => "dt",
            Kind::One(_) => "1m",
            Kind::Many(_) => "nm",
        }
    }
}

fn flag<'n>(truth: bool) -> Node<'n> {
    Node::from(i64::from(truth))
}
