//! `member.list`: its columns, what they show and what they are called (members.md 9.9).

use crate::domain::address::AddrType;
use crate::domain::anketa::{Anketa, Quest, find};
use crate::domain::datakey::{Limits, Path, Step};
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::system_key::{SystemKey, quest_key, state_of, system_key, system_quest};
use crate::domain::json::{Node, Object, Value};
use crate::domain::request::{Request, wrong};

/// What the questionnaire of the system is called where titles are wanted.
const SYSTEM_TITLE: &str = "Subscriber";

/// What the column of all heads is called there.
const HEADS_TITLE: &str = "All identifiers";

/// What the head of a row's neighbour shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKey {
    /// `member.head.email`.
    Email,
    /// `member.head.id`.
    Id,
    /// `member.head.addr_type`.
    AddrType,
    /// `member.head.origin`.
    Origin,
}

/// A column of the answer.
#[derive(Clone, Debug)]
pub enum Column<'a> {
    /// A datakey, of the data or of what the system knows.
    Key(&'a str, Path<'a>),
    /// `{anketa, quest}`.
    Answer {
        /// The questionnaire.
        anketa: &'a str,
        /// The question.
        quest: &'a str,
        /// Where the answer stands in the data.
        path: Path<'a>,
    },
    /// All heads of the subscriber, as `member.head.list` shows them; whether it was asked for as an answer.
    Heads {
        /// Whether the column was written as `{anketa, quest}`.
        as_answer: bool,
    },
    /// The values at a key relative to each place that a `has` saved.
    Saved(&'a str, &'a str, Path<'a>),
    /// The value of a label of the filter.
    Label(&'a str),
    /// Something of another head of the same subscriber; of which of [`Columns::others`].
    Other(OtherKey, &'a str, usize),
}

/// Other heads of the same subscriber, beside which a row stands: one row for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Others {
    /// Their type; none for any.
    pub addr_type: Option<AddrType>,
    /// Whether a subscriber without such a head has a row too.
    pub outer: bool,
}

/// The columns that a request asks for.
#[derive(Default)]
pub struct Columns<'a> {
    /// They themselves; none where the identifiers alone are asked for.
    pub shown: Option<Vec<Column<'a>>>,
    /// Which other heads rows stand beside.
    pub others: Vec<Others>,
    /// Keys of columns that mean nothing.
    pub warnings: Vec<Error>,
}

impl<'a> Columns<'a> {
    /// Reads a list of columns. Errors: `error/param/wrong`, `error/datakey/syntax`, `error/addr_type/unknown`, with the
    /// place of the column.
    pub fn read(format: Value<'a>, limits: &Limits) -> Result<Columns<'a>> {
        let Value::Array(list) = format else { return Err(wrong("format", "a list of columns")) };
        let mut columns = Columns::default();
        let mut shown = Vec::new();
        for (place, column) in list.iter().enumerate() {
            let Value::Object(column) = column? else { return Err(wrong(&format!("format {place}"), "an object")) };
            let located = |error: Error| Error::new(error.id, format!("format {place}: {}", error.explain));
            let known = columns.warnings.len();
            shown.push(columns.read_one(column, limits).map_err(located)?);
            columns.warnings.iter_mut().skip(known).for_each(|warning| *warning = located(warning.clone()));
        }
        columns.shown = Some(shown);
        Ok(columns)
    }

    fn read_one(&mut self, column: Object<'a>, limits: &Limits) -> Result<Column<'a>> {
        let opened = self.open(column, &["datakey", "save", "label", "anketa", "quest", "addr_type", "outer"])?;
        let text = |name| opened.text(name);
        let read = match (text("datakey")?, text("save")?, text("label")?, text("anketa")?, text("quest")?) {
            (Some("member.head.list"), None, None, None, None) => Column::Heads { as_answer: false },
            (Some(key), None, None, None, None) => match other_key(key) {
                Some(other) => {
                    let named = text("addr_type")?.filter(|name| !name.is_empty());
                    let others = Others { addr_type: named.map(known_type).transpose()?, outer: opened.flag("outer")? };
                    return Ok(Column::Other(other, key, place_among(&mut self.others, others)?));
                }
                None => Column::Key(key, datakey(key, limits)?),
            },
            (Some(key), Some(save), None, None, None) => Column::Saved(save, key, Path::parse(key, limits)?),
            (None, None, Some(label), None, None) => Column::Label(label),
            (None, None, None, Some("member"), Some("head.list")) => Column::Heads { as_answer: true },
            (None, None, None, Some(anketa), Some(quest)) => {
                Column::Answer { anketa, quest, path: path_of(anketa, quest) }
            }
            _ => return Err(wrong("a column", "{datakey}, {save, datakey}, {label} or {anketa, quest}")),
        };
        // They say of which other heads: of any other column they mean nothing.
        for name in ["addr_type", "outer"] {
            self.warnings.extend(opened.has(name)?.then(|| Error::new(Id::ParamUnknown, name)));
        }
        Ok(read)
    }

    /// A column as a request of its own, whose warnings are kept.
    fn open(&mut self, column: Object<'a>, known: &[&str]) -> Result<Request<'a>> {
        let mut opened = Request::open(Value::Object(column), known, &[])?;
        self.warnings.append(&mut opened.warnings);
        Ok(opened)
    }
}

/// A datakey of a column. Errors: `error/datakey/syntax`, `error/param/wrong` for what other heads do not show.
fn datakey<'a>(key: &'a str, limits: &Limits) -> Result<Path<'a>> {
    let path = Path::parse(key, limits)?;
    match path.steps() {
        [Step::Key(member), Step::Key(head), ..] if member == "member" && head == "head" => {
            Err(wrong("datakey", "member.head.email, .id, .addr_type, .origin or .list, where it is of other heads"))
        }
        _ => Ok(path),
    }
}

/// Where the answer to a question stands: those of the questionnaire `member` are paths, as AVO writes them flat.
fn path_of<'a>(anketa: &'a str, quest: &'a str) -> Path<'a> {
    let parts: Vec<&str> = match anketa {
        "member" => system_quest(quest).split('.').collect(),
        _ => vec![quest],
    };
    Path::of_keys(std::iter::once(anketa).chain(parts).map(Into::into))
}

fn other_key(key: &str) -> Option<OtherKey> {
    match key {
        "member.head.email" => Some(OtherKey::Email),
        "member.head.id" => Some(OtherKey::Id),
        "member.head.addr_type" => Some(OtherKey::AddrType),
        "member.head.origin" => Some(OtherKey::Origin),
        _ => None,
    }
}

fn known_type(name: &str) -> Result<AddrType> {
    AddrType::parse(name).ok_or_else(|| Error::new(Id::AddrTypeUnknown, "addr_type"))
}

/// The place of these heads among those of the columns before: of one type once, all with a type or all without.
fn place_among(others: &mut Vec<Others>, wanted: Others) -> Result<usize> {
    if others.iter().any(|known| known.addr_type.is_some() != wanted.addr_type.is_some()) {
        return Err(wrong("addr_type", "given in all columns member.head.*, or in none"));
    }
    match others.iter().position(|known| known.addr_type == wanted.addr_type) {
        Some(place) if others.get(place) == Some(&wanted) => Ok(place),
        Some(_) => Err(wrong("outer", "the same in all columns of one addr_type")),
        None => {
            others.push(wanted);
            Ok(others.len() - 1)
        }
    }
}

/// Refuses columns of questions that there are not.
///
/// Errors: `error/anketa/notexists`, `error/quest/notexists`, with the place of the column.
pub fn check(columns: &[Column], ankets: &[Anketa]) -> Result<()> {
    for (place, column) in columns.iter().enumerate() {
        let Column::Answer { anketa, quest, path } = column else { continue };
        let checked = match *anketa {
            "-group" => Ok(()),
            "member" if quest_key(quest).is_some() || state_of(path).is_some() => Ok(()),
            "member" => Err(Error::new(Id::QuestNotexists, "questionnaire member has no such question")),
            anketa => find(ankets, anketa).and_then(|anketa| anketa.quest(quest)).map(drop),
        };
        checked.map_err(|error| Error::new(error.id, format!("format {place}: {}", error.explain)))?;
    }
    Ok(())
}

impl<'a> Column<'a> {
    /// The question whose answer it shows, with its questionnaire.
    pub fn question<'q, 'n>(&self, ankets: &'q [Anketa<'n>]) -> Option<(&'q Anketa<'n>, &'q Quest<'n>)> {
        let (anketa, quest) = match self {
            Column::Answer { anketa, quest, .. } => (*anketa, *quest),
            Column::Key(_, path) => match path.steps() {
                [Step::Key(anketa), Step::Key(quest)] => (anketa.as_ref(), quest.as_ref()),
                _ => return None,
            },
            _ => return None,
        };
        let anketa = ankets.iter().find(|known| known.id == anketa)?;
        Some((anketa, anketa.quests.iter().find(|known| known.id == quest)?))
    }

    /// The key of the system that it shows.
    fn system_key(&self) -> Option<SystemKey> {
        match self {
            Column::Answer { path, .. } | Column::Key(_, path) => system_key(path),
            _ => None,
        }
    }

    /// Its code.
    pub fn code(&self) -> String {
        match self {
            Column::Key(key, _) | Column::Other(_, key, _) => (*key).to_owned(),
            Column::Heads { .. } => "member.head.list".to_owned(),
            Column::Answer { anketa, quest, .. } => format!("{anketa}.{quest}"),
            Column::Label(name) => (*name).to_owned(),
            Column::Saved(save, key, _) => format!("{save}.{key}"),
        }
    }

    /// What it is called where titles are wanted: its question, or its code.
    pub fn title(&self, ankets: &[Anketa]) -> String {
        self.names(ankets).map_or_else(|| self.code(), |(_, quest)| quest.to_owned())
    }

    /// The titles of its questionnaire and of its question.
    fn names<'n>(&self, ankets: &[Anketa<'n>]) -> Option<(&'n str, &'n str)> {
        match (self.question(ankets), self) {
            (Some((anketa, quest)), _) => Some((anketa.name, quest.name)),
            (None, Column::Heads { .. }) => Some((SYSTEM_TITLE, HEADS_TITLE)),
            (None, _) => self.system_key().map(|key| (SYSTEM_TITLE, key.title)),
        }
    }

    /// It in `order`: as it was asked for; an answer with the titles of its questionnaire and of its question.
    pub fn described<'n>(&'n self, ankets: &'n [Anketa<'n>]) -> Node<'n> {
        let one = |name: &'static str, text: &'n str| Node::object([(name, Node::from(text))]);
        match self {
            Column::Key(key, _) | Column::Other(_, key, _) => one("datakey", key),
            Column::Heads { as_answer: false } => one("datakey", "member.head.list"),
            Column::Heads { as_answer: true } => answer("member", "head.list", self.names(ankets)),
            Column::Answer { anketa, quest, .. } => answer(anketa, quest, self.names(ankets)),
            Column::Label(name) => one("label", name),
            Column::Saved(code, key, _) => Node::object([("save", Node::from(*code)), ("datakey", Node::from(*key))]),
        }
    }
}

fn answer<'n>(anketa: &'n str, quest: &'n str, names: Option<(&'n str, &'n str)>) -> Node<'n> {
    let mut keys = vec![("anketa", Node::from(anketa)), ("quest", Node::from(quest))];
    if let Some((anketa, quest)) = names {
        keys.extend([("anketa.name", Node::from(anketa)), ("quest.name", Node::from(quest))]);
    }
    Node::object(keys)
}
