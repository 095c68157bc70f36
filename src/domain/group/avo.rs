//! The format of questionnaires (members.md 12.2): conditions with connectors between them.
//!
//! ```text
//! filter    := [ item, {"which": "AND" | "OR"}, item, … ]           AND binds more tightly than OR
//! item      := {"aid", "qid", "which": op, "resp"?, "qid.type"?}
//!            | {"which": "group", "group": filter}
//!            | {"which": "PRF", "pid": gid or list, "resp"?: 1 | 0}
//! op        := eq | ne | gt | lt | ge | le | in | like | emptyS | dirtyS
//! ```

use super::attr::{Attr, Source};
use super::like::Like;
use super::place::Place;
use super::read::{Reader, bound, list, one_or_more, scalar};
use super::system_key::system_quest;
use super::test::{Relation, Test};
use super::tree::{Condition, Kind};
use crate::domain::error::{Id, Result};
use crate::domain::json::{Array, Object, Value};

/// The keys of an item.
const KEYS: [&str; 7] = ["aid", "qid", "which", "resp", "qid.type", "group", "pid"];

/// Reads a list of conditions and connectors, with so many levels left. Errors: those of [`super::read`].
pub fn conditions(reader: &mut Reader, list: Array, place: &Place, left: usize) -> Result<Vec<Condition>> {
    let left = reader.descend(left)?;
    let mut sides: Vec<Vec<Condition>> = vec![Vec::new()];
    let mut after_connector = true;
    for (index, item) in list.iter().enumerate() {
        let place = place.item(index);
        let (object, which) = item_of(item?, &place)?;
        match (which, after_connector) {
            ("AND", false) => {}
            ("OR", false) => sides.push(Vec::new()),
            ("AND" | "OR", true) => return Err(place.error(Id::FilterSyntax, "before a connector stands a condition")),
            (_, false) => return Err(place.error(Id::FilterSyntax, "between two conditions stands AND or OR")),
            (_, true) => {
                let read = condition(reader, object, which, &place, left)?;
                sides.last_mut().into_iter().for_each(|side| side.push(read.clone()));
            }
        }
        after_connector = matches!(which, "AND" | "OR");
    }
    if after_connector {
        return Err(place.error(Id::FilterSyntax, "behind a connector stands a condition"));
    }
    // One side needs no `or`, a side of one condition no `and`; both are one level more.
    if sides.len() == 1 {
        return Ok(sides.pop().unwrap_or_default());
    }
    let left = reader.descend(left)?;
    if sides.iter().any(|side| side.len() > 1) {
        reader.descend(left)?;
    }
    let sides = sides.into_iter().map(|mut side| match (side.len(), side.pop()) {
        (1, Some(only)) => only,
        (_, last) => plain(Kind::All(side.into_iter().chain(last).collect())),
    });
    Ok(vec![plain(Kind::Any(sides.collect()))])
}

fn plain(kind: Kind) -> Condition {
    Condition { kind, negated: false, label: None }
}

fn item_of<'a>(item: Value<'a>, place: &Place) -> Result<(Object<'a>, &'a str)> {
    let object = item.as_object();
    let object = object
        .ok_or_else(|| place.error(Id::FilterSyntax, format!("an object is needed here, not {}", item.kind())))?;
    for pair in object.iter() {
        let (key, _) = pair?;
        if !KEYS.contains(&key) {
            return Err(place.error(
                Id::FilterSyntax,
                "a condition has no keys but aid, qid, which, resp, qid.type, group and pid",
            ));
        }
    }
    let which = object.get("which")?.and_then(|which| which.as_str());
    Ok((object, which.ok_or_else(|| place.key("which").error(Id::FilterSyntax, "the operator is missing"))?))
}

fn condition(reader: &mut Reader, object: Object, which: &str, place: &Place, left: usize) -> Result<Condition> {
    let (kind, negated) = match which {
        "group" => {
            let inner = place.key("group");
            let conditions =
                conditions(reader, list(object.get("group")?.unwrap_or(Value::Null), &inner)?, &inner, left)?;
            (Kind::All(conditions), false)
        }
        "PRF" => (Kind::InGroup(one_or_more(object.get("pid")?, &place.key("pid"))?), !is_member(object, place)?),
        _ => {
            let attr = attr(object, place)?;
            let (test, negated) = test(object, which, &attr, place)?;
            (Kind::Test(attr, test), negated)
        }
    };
    reader.spend(Condition { kind, negated, label: None })
}

/// `resp` of a membership: 1 or nothing asks for members, 0 for those who are none.
fn is_member(object: Object, place: &Place) -> Result<bool> {
    let place = place.key("resp");
    match object.get("resp")? {
        None => Ok(true),
        some => match &*scalar(some, &place)? {
            "1" => Ok(true),
            "0" => Ok(false),
            _ => Err(place.error(Id::FilterValue, "1 or 0 is needed here")),
        },
    }
}

/// The datakey of a question.
fn attr(object: Object, place: &Place) -> Result<Attr> {
    let word = |key: &'static str| {
        let word = object.get(key)?.and_then(|word| word.as_str()).filter(|word| !word.is_empty());
        word.ok_or_else(|| place.key(key).error(Id::FilterAttribute, "a code is needed here"))
    };
    let (questionnaire, question) = (word("aid")?, word("qid")?);
    let read = if questionnaire == "member" {
        Attr::parse(&format!("member.{}", system_quest(question)), false)
    } else {
        Attr::of_keys(vec![questionnaire.to_owned(), question.to_owned()])
    };
    read.map_err(|error| place.explained(&error))
}

/// The test, and whether the operator asks for its opposite. Answers that are free text are compared by bytes; of
/// a choice question with several codes in `resp` one is enough.
fn test(object: Object, which: &str, attr: &Attr, place: &Place) -> Result<(Test, bool)> {
    let is_free =
        attr.source() == Source::Body && object.get("qid.type")?.and_then(|kind| kind.as_str()) == Some("free");
    let place_of_value = place.key("resp");
    let value = object.get("resp")?;
    let compare = |relation: Relation| -> Result<Test> {
        let bound = bound(scalar(value, &place_of_value)?, attr, !is_free, &place_of_value)?;
        Ok(if is_free { Test::Bytes(relation, bound) } else { Test::Value(relation, bound) })
    };
    let one_of = || -> Result<Test> {
        let texts = one_or_more(value, &place_of_value)?.into_iter();
        Ok(Test::one_of(texts.map(|text| bound(text, attr, false, &place_of_value)).collect::<Result<_>>()?))
    };
    let is_list = matches!(value, Some(Value::Array(_)));
    Ok(match which {
        "eq" | "ne" if is_list => (one_of()?, which == "ne"),
        "eq" | "ne" => (compare(Relation::Equal)?, which == "ne"),
        "gt" => (compare(Relation::Greater)?, false),
        "ge" => (compare(Relation::GreaterOrEqual)?, false),
        "lt" => (compare(Relation::Less)?, false),
        "le" => (compare(Relation::LessOrEqual)?, false),
        "in" => (one_of()?, false),
        "like" => (Test::Like(like(&scalar(value, &place_of_value)?, &place_of_value)?), false),
        "emptyS" => (Test::Empty, false),
        "dirtyS" => (Test::Empty, true),
        _ => return Err(place.key("which").error(Id::FilterOperator, "there is no such operator")),
    })
}

fn like(pattern: &str, place: &Place) -> Result<Like> {
    Like::parse(pattern).map_err(|error| place.explained(&error))
}
