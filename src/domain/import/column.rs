//! One column of an import: what its cells mean (members.md 10.4).

use super::dynamic::Template;
use crate::domain::address::AddrType;
use crate::domain::anketa::{Anketa, Kind as Answers, Quest};
use crate::domain::datakey::{Limits, Path, Step};
use crate::domain::error::{Error, Result};
use crate::domain::json::{Node, Object, Value};
use crate::domain::member::target::Kind;
use crate::domain::request::{Request, wrong};

/// What an item of `caption` may say; what probe shows beside it is taken back without a word.
const KNOWN: &[&str] = &[
    "anketa",
    "quest",
    "datakey",
    "mode",
    "type",
    "autodetect",
    "ignore",
    "calc",
    "/status",
    "source",
    "name",
    "dynamic",
    "quest.type",
    "quest.subtype",
    "quest.width",
];

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the first row, or the key of an object; none where there is no such name.
    pub source: Option<String>,
    /// What its cells mean.
    pub meaning: Meaning,
    /// Whether they are added to what is stored instead of replacing it.
    pub calc: bool,
}

/// What the cells of a column mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// The identifier of the subscriber.
    Main,
    /// The answer to a question.
    Answer {
        /// The questionnaire.
        anketa: String,
        /// The question.
        quest: String,
    },
    /// A value of the data.
    Datakey(Datakey),
    /// Where the head comes from.
    Origin,
    /// `0`: the delivery errors go.
    Errors,
    /// `1`: the head must be confirmed again.
    Confirm,
    /// `1` or `0`: the head comes to a list group, or leaves it.
    Group(String),
    /// Identifiers that are attached, of this kind.
    Attach(Kind),
    /// Identifiers that are detached.
    Detach(Kind),
    /// Of a messenger: whether the head is active.
    Status,
    /// Tuples `[key, mode, value, type]`, as `member.set` takes them; only objects have it.
    Program,
    /// Something that the system keeps itself: nothing happens.
    Kept,
    /// The caption says to leave it out.
    Ignored,
    /// A word that names nothing.
    Unknown,
}

/// A value of the data, as `member.set` writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Datakey {
    /// Where it stands.
    pub key: Key,
    /// The mode.
    pub mode: String,
    /// The type; empty for none.
    pub date: String,
    /// Whether texts of answers become their codes.
    pub autodetect: bool,
}

/// The datakey of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// The same in every row.
    Fixed(String),
    /// Other cells of the row are parts of it.
    Dynamic(Template),
}

impl Key {
    /// Reads it.
    pub fn read(text: &str) -> Key {
        Template::read(text).map_or_else(|| Key::Fixed(text.to_owned()), Key::Dynamic)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        match self {
            Key::Fixed(text) => text,
            Key::Dynamic(template) => template.text(),
        }
    }
}

/// The name of the column with the identifiers of a type.
pub fn main_name(addr_type: AddrType) -> String {
    match addr_type {
        AddrType::Msisdn => "member.cellphone".to_owned(),
        other => format!("member.{}", other.as_str()),
    }
}

/// What a name means; `addr_type` is the type of the identifiers that are imported.
fn meaning_of(name: &str, addr_type: AddrType, ankets: &[Anketa]) -> Meaning {
    if name == main_name(addr_type) || name.strip_prefix("member.") == Some(addr_type.as_str()) {
        return Meaning::Main;
    }
    match name {
        "/status" => return Meaning::Status,
        "datakey" => return Meaning::Program,
        "member.origin" => return Meaning::Origin,
        "member.error" | "member.error.error" => return Meaning::Errors,
        "member.lockconfirm" => return Meaning::Confirm,
        _ => {}
    }
    if let Some(kind) = typed(name, "member.head.attach") {
        return kind.map_or(Meaning::Unknown, Meaning::Attach);
    }
    if let Some(kind) = typed(name, "member.head.detach") {
        return kind.map_or(Meaning::Unknown, Meaning::Detach);
    }
    let path = Path::parse(name, &Limits::WIDEST).ok();
    match path.as_ref().map_or(&[][..], Path::steps) {
        [Step::Key(first), Step::Key(gid)] if first == "-group" => Meaning::Group(gid.to_string()),
        [Step::Key(first), ..] if first == "-group" || first == "member" => Meaning::Kept,
        [Step::Key(anketa), Step::Key(quest)] if quest_of(ankets, anketa, quest).is_some() => {
            Meaning::Answer { anketa: anketa.to_string(), quest: quest.to_string() }
        }
        [_, _, ..] => Meaning::Datakey(Datakey::plain(name)),
        _ => Meaning::Unknown,
    }
}

/// The question whose answer stands at a datakey of two keys.
pub fn quest_at<'d, 'a>(ankets: &'d [Anketa<'a>], key: &str) -> Option<&'d Quest<'a>> {
    key.split_once('.').and_then(|(anketa, quest)| quest_of(ankets, anketa, quest))
}

/// The kind behind a name, where the name begins so: `member.head.attach.csid`.
fn typed(name: &str, prefix: &str) -> Option<Option<Kind>> {
    let rest = name.strip_prefix(prefix)?;
    match rest.strip_prefix('.') {
        None if rest.is_empty() => Some(Some(Kind::Detect)),
        None => None,
        Some(word) => Some(AddrType::parse(word).map(Kind::Type)),
    }
}

/// The question of these ids, if there is one.
pub fn quest_of<'d, 'a>(ankets: &'d [Anketa<'a>], anketa: &str, quest: &str) -> Option<&'d Quest<'a>> {
    ankets.iter().find(|known| known.id == anketa)?.quests.iter().find(|known| known.id == quest)
}

impl Datakey {
    fn plain(key: &str) -> Datakey {
        let autodetect = detects(key);
        Datakey { key: Key::read(key), mode: "set".to_owned(), date: String::new(), autodetect }
    }

    fn read(item: &Request, key: &str) -> Result<Datakey> {
        let text = |name| Ok::<_, Error>(item.text(name)?.unwrap_or_default().to_owned());
        let mode = text("mode")?;
        let autodetect = if item.has("autodetect")? { item.flag("autodetect")? } else { detects(key) };
        let mode = if mode.is_empty() { "set".to_owned() } else { mode };
        Ok(Datakey { key: Key::read(key), mode, date: text("type")?, autodetect })
    }
}

/// Texts of answers are looked up under `base` unless the caption says otherwise.
fn detects(key: &str) -> bool {
    key.starts_with("base.")
}

impl Column {
    /// A column of this name. `=` in front has its cells added to what is stored.
    pub fn of_name(name: &str, addr_type: AddrType, ankets: &[Anketa]) -> Column {
        let written = name.trim();
        let (plain, calc) = written.strip_prefix('=').map_or((written, false), |rest| (rest.trim_start(), true));
        Column { source: Some(written.to_owned()), meaning: meaning_of(plain, addr_type, ankets), calc }
    }

    /// A column as an item of `caption` states it: an object, or a name. `source` is its name in the first row.
    ///
    /// Errors: `error/param/wrong`, `error/anketa/notexists`, `error/quest/notexists`.
    pub fn of_item(item: Value, source: Option<String>, addr_type: AddrType, ankets: &[Anketa]) -> Result<Column> {
        if let Value::String(name) = item {
            return Ok(Column { source, ..Column::of_name(name, addr_type, ankets) });
        }
        if item.as_object().is_none() {
            return Err(wrong("caption", "a list of objects"));
        }
        let item = Request::open(item, KNOWN, &[])?;
        let source = match item.text("source")? {
            Some(name) => Some(name.to_owned()),
            None => source,
        };
        let meaning = if item.flag("ignore")? { Meaning::Ignored } else { stated(&item, addr_type, ankets)? };
        Ok(Column { source, meaning, calc: item.flag("calc")? })
    }

    /// A column of objects: the key that it stands for is its datakey where nothing else names it.
    pub fn named_by_key(self) -> Column {
        let key = match &self.meaning {
            Meaning::Datakey(datakey) => Some(datakey.key.text().to_owned()),
            Meaning::Answer { anketa, quest } => Some(format!("{anketa}.{quest}")),
            _ => None,
        };
        Column { source: self.source.or(key), ..self }
    }

    /// The column as probe shows it, and as `caption` takes it.
    pub fn shown<'n>(&'n self, addr_type: AddrType, ankets: &'n [Anketa]) -> Node<'n> {
        let mut keys: Vec<(&str, Node)> =
            self.source.iter().map(|source| ("source", Node::from(source.as_str()))).collect();
        let key = |text: String| [("datakey", Node::from(text)), ("mode", Node::from("set"))];
        match &self.meaning {
            Meaning::Answer { anketa, quest } => keys.extend(answer(ankets, anketa, quest)),
            Meaning::Datakey(datakey) => {
                keys.push(("datakey", Node::from(datakey.key.text())));
                keys.push(("mode", Node::from(datakey.mode.as_str())));
                keys.push(("type", Node::from(datakey.date.as_str())));
                keys.push(("autodetect", Node::from(i64::from(datakey.autodetect))));
                keys.extend(matches!(datakey.key, Key::Dynamic(_)).then(|| ("dynamic", Node::from("1"))));
            }
            Meaning::Main => keys.extend(key(main_name(addr_type))),
            Meaning::Origin => keys.extend(key("member.origin".to_owned())),
            Meaning::Errors => keys.extend(key("member.error".to_owned())),
            Meaning::Confirm => keys.extend(key("member.lockconfirm".to_owned())),
            Meaning::Group(gid) => {
                let path = Path::of_keys(["-group", gid.as_str()].map(Into::into));
                keys.extend(key(path.to_string()));
            }
            Meaning::Attach(kind) => keys.extend(key(typed_name("member.head.attach", *kind))),
            Meaning::Detach(kind) => keys.extend(key(typed_name("member.head.detach", *kind))),
            Meaning::Status => keys.push(("/status", Node::from(""))),
            Meaning::Program => keys.push(("datakey", Node::from("datakey"))),
            Meaning::Ignored => keys.push(("ignore", Node::from(1))),
            Meaning::Kept | Meaning::Unknown => {
                keys = vec![("name", self.source.as_deref().map_or(Node::Null, Node::from))];
            }
        }
        keys.extend(self.calc.then(|| ("calc", Node::from(1))));
        Node::object(keys)
    }
}

fn typed_name(prefix: &str, kind: Kind) -> String {
    match kind {
        Kind::Type(addr_type) => format!("{prefix}.{}", addr_type.as_str()),
        _ => prefix.to_owned(),
    }
}

/// What an item that is not to be left out states.
fn stated(item: &Request, addr_type: AddrType, ankets: &[Anketa]) -> Result<Meaning> {
    if item.has("/status")? {
        return Ok(Meaning::Status);
    }
    match (item.text("anketa")?, item.text("quest")?, item.text("datakey")?) {
        (Some(anketa), Some(quest), None) => match anketa {
            "member" | "-group" => {
                let name = Path::of_keys([anketa, quest].map(Into::into)).to_string();
                // `error.error` and the like are one question with dots in it.
                let name = if anketa == "member" { format!("member.{quest}") } else { name };
                Ok(meaning_of(&name, addr_type, ankets))
            }
            _ => {
                crate::domain::anketa::find(ankets, anketa)?.quest(quest)?;
                Ok(Meaning::Answer { anketa: anketa.to_owned(), quest: quest.to_owned() })
            }
        },
        (None, None, Some(key)) => match meaning_of(key, addr_type, &[]) {
            Meaning::Unknown | Meaning::Datakey(_) => Ok(Meaning::Datakey(Datakey::read(item, key)?)),
            other => Ok(other),
        },
        (None, None, None) => Ok(Meaning::Unknown),
        _ => Err(wrong("caption", "a list of objects with anketa and quest, or datakey, or ignore, or /status")),
    }
}

/// What is shown of a question.
fn answer<'n>(ankets: &'n [Anketa], anketa: &'n str, quest: &'n str) -> Vec<(&'static str, Node<'n>)> {
    let mut keys = vec![("anketa", Node::from(anketa)), ("quest", Node::from(quest))];
    let Some(known) = quest_of(ankets, anketa, quest) else { return keys };
    let title = ankets.iter().find(|known| known.id == anketa).map_or("", |known| known.name);
    keys.push(("name", Node::from(format!("{title}: {}", known.name))));
    keys.push(("quest.type", Node::from(known.kind.code())));
    match &known.kind {
        Answers::Date(precision) => keys.push(("quest.subtype", Node::from(precision.as_str()))),
        Answers::Free(width) => keys.push(("quest.width", Node::from(i64::from(*width)))),
        _ => {}
    }
    keys
}

/// The `caption` of an import by names of columns: `{name: item}`. Errors: as [`Column::of_item`].
pub fn named(captions: Option<Object>, name: &str, addr_type: AddrType, ankets: &[Anketa]) -> Result<Column> {
    let item = match captions {
        Some(captions) => captions.get(name)?,
        None => None,
    };
    match item {
        Some(item) => Column::of_item(item, Some(name.to_owned()), addr_type, ankets),
        None => Ok(Column::of_name(name, addr_type, ankets)),
    }
}
