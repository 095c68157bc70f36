//! The format of datakeys (members.md 12.3).
//!
//! ```text
//! filter    := [ condition, … ]                                     all of them
//! condition := {"a": attr, "op": op, "v": value, "label"?, "save"?}
//!            | {"op": "and" | "or" | "!and" | "!or", "v": [ condition, … ], "label"?}
//!            | {"a": "filter.stat.uni", "op": "has" | "!has", "v": {filter, have?, select?}, "label"?, "save"?}
//! ```

use super::attr::{Attr, Source};
use super::like::Like;
use super::pattern::Pattern;
use super::place::Place;
use super::question::STATISTICS;
use super::read::{Reader, bound, list, name, one_or_more, scalar, scalars};
use super::test::{Relation, Test};
use super::tree::{Condition, Kind};
use crate::domain::address::AddrType;
use crate::domain::datakey::Path;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Object, Value};

/// The keys of a condition.
const KEYS: [&str; 5] = ["a", "op", "v", "label", "save"];
/// What `a` is where the number of heads is asked for.
pub const HEADS: &str = "size(member.heads)";
/// What `a` is where the types of the heads are asked for.
pub const ADDR_TYPE: &str = "member.addr_type";
/// Keys that are compared with `==` and `!=` only (members.md 3.1).
const ONLY_EQUAL: [&str; 2] = ["member.mobile_os", "member.mobile_app"];

/// Reads a list of conditions, with so many levels left. Errors: those of [`super::read`].
pub fn conditions(reader: &mut Reader, list: Array, place: &Place, left: usize) -> Result<Vec<Condition>> {
    if list.len() == 0 {
        return Ok(Vec::new());
    }
    let left = reader.descend(left)?;
    list.iter().enumerate().map(|(index, item)| condition(reader, item?, &place.item(index), left)).collect()
}

fn condition(reader: &mut Reader, item: Value, place: &Place, left: usize) -> Result<Condition> {
    let object = item.as_object().ok_or_else(|| {
        place.error(Id::FilterSyntax, format!("a condition is an object with a, op and v, not {}", item.kind()))
    })?;
    for pair in object.iter() {
        let (key, _) = pair?;
        if !KEYS.contains(&key) {
            return Err(place.error(Id::FilterSyntax, "a condition has no keys but a, op, v, label and save"));
        }
    }
    let written = object.get("op")?.and_then(|op| op.as_str());
    let written = written.ok_or_else(|| place.key("op").error(Id::FilterSyntax, "the operator is missing"))?;
    let (negated, op) = opposite(written);
    let asked = Asked { object, op, written, place };
    let kind = asked.kind(reader, left)?;
    if asked.object.get("save")?.is_some_and(|save| !save.is_null())
        && (negated || !matches!(kind, Kind::Has(_) | Kind::Statistics(_)))
    {
        return Err(place.key("save").error(Id::FilterUnsupported, "only has saves what it finds"));
    }
    let label = name(object.get("label")?, &place.key("label"))?;
    if label.is_some() && reader.inside_has {
        return Err(place.key("label").error(Id::FilterUnsupported, "inside of has there are many values: save them"));
    }
    reader.spend(Condition { kind, negated, label })
}

/// Whether an operator is the opposite of another one, and which.
fn opposite(op: &str) -> (bool, &str) {
    match op {
        "!=" => (true, "=="),
        "ne" => (true, "eq"),
        _ => match op.strip_prefix('!') {
            Some(
                op @ ("in" | "like" | "rx" | "^=" | "$=" | "is_null" | "empty" | "exists" | "in_group" | "has" | "and"
                | "or"),
            ) => (true, op),
            _ => (false, op),
        },
    }
}

/// A condition that is being read.
struct Asked<'r, 'a> {
    object: Object<'a>,
    /// The operator without its negation.
    op: &'r str,
    written: &'r str,
    place: &'r Place<'r>,
}

impl Asked<'_, '_> {
    fn kind(&self, reader: &mut Reader, left: usize) -> Result<Kind> {
        let place = self.place.key("v");
        match self.op {
            "and" => Ok(Kind::All(conditions(reader, self.list()?, &place, left)?)),
            "or" => Ok(Kind::Any(conditions(reader, self.list()?, &place, left)?)),
            "in_group" => reader.of_person(Kind::InGroup(one_or_more(self.value()?, &place)?), self.place),
            "has" => {
                let save = name(self.object.get("save")?, &self.place.key("save"))?;
                if let Some(v) = self.question()? {
                    return reader.question(v, save, self.place, left);
                }
                let (attr, list) = (self.attr(reader)?, self.list()?);
                reader.has(attr, save, self.place, |reader| conditions(reader, list, &place, left))
            }
            _ => self.value_kind(reader),
        }
    }

    /// What the statistics are asked; a datakey that is called so is looked into with a list of conditions.
    fn question(&self) -> Result<Option<Object<'_>>> {
        let is_named = self.object.get("a")?.and_then(|a| a.as_str()) == Some(STATISTICS);
        Ok(self.value()?.and_then(|v| v.as_object()).filter(|_| is_named))
    }

    fn value_kind(&self, reader: &Reader) -> Result<Kind> {
        let written = self.object.get("a")?.and_then(|a| a.as_str()).unwrap_or_default();
        if !reader.inside_has && written == HEADS {
            return self.heads();
        }
        let attr = self.attr(reader)?;
        let system_key =
            attr.path().filter(|_| attr.source() == Source::System).map(Path::to_string).unwrap_or_default();
        if system_key == ADDR_TYPE && self.op == "eq" && attr.precision().is_none() {
            let place = self.place.key("v");
            let owned = AddrType::parse(&scalar(self.value()?, &place)?);
            return owned.map(Kind::OwnsHead).ok_or_else(|| place.error(Id::FilterValue, "no type of identifiers"));
        }
        if ONLY_EQUAL.contains(&&*system_key) && self.op != "==" {
            return Err(self.refuse_operator("this key is compared with == and != only"));
        }
        let test = self.test(&attr)?;
        Ok(Kind::Test(attr, test))
    }

    /// `size(member.heads)`: how many identifiers the person has.
    fn heads(&self) -> Result<Kind> {
        let relation =
            relation(self.op).ok_or_else(|| self.refuse_operator("heads are counted with == != < <= > >="))?;
        let place = self.place.key("v");
        let number = scalar(self.value()?, &place)?.parse().ok().filter(|number| *number >= 1);
        let number = number.ok_or_else(|| place.error(Id::FilterValue, "a whole number from 1 is needed here"))?;
        Ok(Kind::Heads(relation, number))
    }

    fn test(&self, attr: &Attr) -> Result<Test> {
        let place = self.place.key("v");
        let text = || scalar(self.value()?, &place);
        if let Some(relation) = relation(self.op) {
            return Ok(Test::Value(relation, bound(text()?, attr, true, &place)?));
        }
        if let Some(relation) = relation_of_bytes(self.op) {
            return Ok(Test::Bytes(relation, bound(text()?, attr, false, &place)?));
        }
        Ok(match self.op {
            "in" => {
                let texts = scalars(self.value()?, &place)?.into_iter().enumerate();
                let bounds = texts.map(|(index, text)| bound(text, attr, false, &place.item(index)));
                Test::one_of(bounds.collect::<Result<_>>()?)
            }
            "like" => Test::Like(Like::parse(&text()?).map_err(|error| place.explained(&error))?),
            "rx" => Test::Regexp(Pattern::parse(&text()?).map_err(|error| place.explained(&error))?),
            "^=" => Test::Prefix(text()?),
            "$=" => Test::Suffix(text()?),
            "is_null" => self.without_value(Test::Null)?,
            "empty" => self.without_value(Test::Empty)?,
            "exists" => self.without_value(Test::Exists)?,
            _ => return Err(self.refuse_operator("there is no such operator")),
        })
    }

    fn attr(&self, reader: &Reader) -> Result<Attr> {
        let place = self.place.key("a");
        let text = match self.object.get("a")? {
            Some(Value::String(text)) => text,
            None if reader.inside_has => "",
            _ => return Err(place.error(Id::FilterAttribute, "a datakey is needed here")),
        };
        Attr::parse(text, reader.inside_has).map_err(|error| place.explained(&error))
    }

    fn value(&self) -> Result<Option<Value<'_>>> {
        self.object.get("v")
    }

    fn list(&self) -> Result<Array<'_>> {
        list(self.value()?.unwrap_or(Value::Null), &self.place.key("v"))
    }

    /// A test that compares with nothing.
    fn without_value(&self, test: Test) -> Result<Test> {
        match self.value()? {
            None | Some(Value::Null | Value::String("")) => Ok(test),
            Some(_) => Err(self.place.key("v").error(Id::FilterValue, format!("{} takes no value", self.written))),
        }
    }

    fn refuse_operator(&self, explain: &str) -> Error {
        self.place.key("op").error(Id::FilterOperator, explain)
    }
}

/// The relation of an operator that compares by value.
fn relation(op: &str) -> Option<Relation> {
    Some(match op {
        "==" => Relation::Equal,
        "<" => Relation::Less,
        "<=" => Relation::LessOrEqual,
        ">" => Relation::Greater,
        ">=" => Relation::GreaterOrEqual,
        _ => return None,
    })
}

/// The relation of an operator that compares by bytes.
fn relation_of_bytes(op: &str) -> Option<Relation> {
    Some(match op {
        "eq" => Relation::Equal,
        "lt" => Relation::Less,
        "le" => Relation::LessOrEqual,
        "gt" => Relation::Greater,
        "ge" => Relation::GreaterOrEqual,
        _ => return None,
    })
}
