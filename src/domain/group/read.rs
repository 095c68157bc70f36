//! Reading filters: what both formats share.

use super::attr::{Aspect, Attr, Source};
use super::filter::Filter;
use super::limits::{Limits, cost, cost_of_all, too_costly, too_deep};
use super::literal::Bound;
use super::place::Place;
use super::question::Question;
use super::tree::{Condition, Has, Kind};
use super::{avo, kd};
use crate::domain::datakey::date::{self, Now};
use crate::domain::error::{Id, Result};
use crate::domain::json::{Array, Object, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Any moment: expressions are tried with it, so that a misspelt one is refused when it is written.
const SOME_MOMENT: i64 = 1_800_000_000;

/// The most octets of a label or of the code of a `save`.
const LONGEST_NAME: usize = 256;

/// Reads a filter of either format: a list whose first condition has `which` is AVO (members.md 12.2), every other one
/// KD (12.3). The list of KD means all of its conditions.
///
/// Errors: `error/filter/syntax`, `operator`, `value`, `regexp`, `attribute`, `unsupported`, each with its place;
/// `depth`, `usage`.
pub fn read(value: Value, limits: &Limits) -> Result<Filter> {
    let mut reader = Reader { limits, spent: 0, inside_has: false };
    let list = list(value, &Place::Root)?;
    let conditions = if is_avo(list)? {
        avo::conditions(&mut reader, list, &Place::Root, limits.depth())?
    } else {
        kd::conditions(&mut reader, list, &Place::Root, limits.depth())?
    };
    if cost_of_all(&conditions) > limits.max_usage {
        return Err(too_costly(limits));
    }
    Ok(Filter::new(conditions))
}

/// Whether a filter is one of the format of questionnaires. Errors: `error/json/corrupt`.
pub fn is_avo(filter: Array) -> Result<bool> {
    let first = filter.get(0)?.and_then(|first| first.as_object());
    Ok(first.map(|first| first.get("which")).transpose()?.flatten().is_some())
}

/// What is known while a filter is read.
pub struct Reader<'l> {
    limits: &'l Limits,
    /// What the conditions cost that were read so far, without what `has` multiplies.
    spent: u64,
    /// Whether what is read is asked of elements.
    pub inside_has: bool,
}

impl Reader<'_> {
    /// Goes one level down, of which so many are left. Errors: `error/filter/depth`.
    pub fn descend(&self, left: usize) -> Result<usize> {
        left.checked_sub(1).ok_or_else(|| too_deep(self.limits))
    }

    /// Counts what was read. Errors: `error/filter/usage`, before a list of costly conditions has taken much room.
    pub fn spend(&mut self, condition: Condition) -> Result<Condition> {
        let own = match condition.kind {
            Kind::All(_) | Kind::Any(_) | Kind::Has(_) => 1,
            _ => cost(&condition),
        };
        self.spent = self.spent.saturating_add(own);
        if self.spent > self.limits.max_usage { Err(too_costly(self.limits)) } else { Ok(condition) }
    }

    /// A search among elements, whose conditions `each` reads.
    ///
    /// Errors: `error/filter/unsupported` where there are no elements to look at; those of `each`.
    pub fn has(
        &mut self,
        place: Attr,
        save: Option<String>,
        at: &Place,
        each: impl FnOnce(&mut Self) -> Result<Vec<Condition>>,
    ) -> Result<Kind> {
        if place.source() == Source::System || place.aspect() != Aspect::Itself {
            return Err(at.error(Id::FilterUnsupported, "has looks at the elements of a list or object of the data"));
        }
        let outside = std::mem::replace(&mut self.inside_has, true);
        let each = each(self);
        self.inside_has = outside;
        Ok(Kind::Has(Has { place, each: each?, save }))
    }

    /// A question to the statistics, whose conditions may have so many levels.
    ///
    /// Errors: `error/filter/unsupported` where it is not asked of the person; those of [`Question::read`].
    pub fn question(&self, v: Object, save: Option<String>, at: &Place, left: usize) -> Result<Kind> {
        let limits = Limits { max_depth: left, ..*self.limits };
        let question = Question::read(v, save, &limits, &at.key("v"));
        let question = question.map_err(|error| match error.id {
            Id::FilterDepth => too_deep(self.limits),
            _ => error,
        })?;
        self.of_person(Kind::Statistics(Box::new(question)), at)
    }

    /// One of the things that are asked of the person: they have no place inside of `has`.
    ///
    /// Errors: `error/filter/unsupported`.
    pub fn of_person(&self, kind: Kind, at: &Place) -> Result<Kind> {
        if self.inside_has {
            return Err(
                at.error(Id::FilterUnsupported, "inside of has a condition is about an element, not the person")
            );
        }
        Ok(kind)
    }
}

/// The list here. Errors: `error/filter/syntax`.
pub fn list<'a>(value: Value<'a>, place: &Place) -> Result<Array<'a>> {
    value
        .as_array()
        .ok_or_else(|| place.error(Id::FilterSyntax, format!("a list is needed here, not {}", value.kind())))
}

/// A text, a number or a boolean as the text that is compared. Errors: `error/filter/value`.
pub fn scalar(value: Option<Value>, place: &Place) -> Result<String> {
    match value {
        Some(Value::String(text)) => Ok(text.to_owned()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Bool(truth)) => Ok(truth.to_string()),
        other => {
            let kind = other.map_or("nothing", |other| other.kind());
            Err(place.error(Id::FilterValue, format!("a text, a number or a boolean is needed here, not {kind}")))
        }
    }
}

/// The texts of a list. Errors: `error/filter/value`.
pub fn scalars(value: Option<Value>, place: &Place) -> Result<Vec<String>> {
    let list = value.and_then(|value| value.as_array());
    let list = list.ok_or_else(|| place.error(Id::FilterValue, "a list is needed here"))?;
    list.iter().enumerate().map(|(index, item)| scalar(Some(item?), &place.item(index))).collect()
}

/// One text or several. Errors: `error/filter/value`.
pub fn one_or_more(value: Option<Value>, place: &Place) -> Result<Vec<String>> {
    match value {
        Some(Value::Array(_)) => scalars(value, place),
        other => Ok(vec![scalar(other, place)?]),
    }
}

/// A name that a list shows: of a label, of a `save`. Errors: `error/filter/value`.
pub fn name(value: Option<Value>, place: &Place) -> Result<Option<String>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.len() <= LONGEST_NAME => Ok(Some(text.to_owned())),
        Some(_) => Err(place.error(Id::FilterValue, "a name of at most 256 octets is needed here")),
    }
}

/// What a value is compared with: a date where the value is one; an expression of `current` there and wherever the
/// operator reads `by_value`; else the text as it is.
///
/// Errors: `error/filter/value`.
pub fn bound(text: String, attr: &Attr, by_value: bool, place: &Place) -> Result<Bound> {
    let precision = attr.precision();
    if date::means_current(&text) && (by_value || precision.is_some()) {
        let bound = Bound::moment(text);
        bound.at(&some_now(), precision).map_err(|error| place.error(Id::FilterValue, &error.explain))?;
        return Ok(bound);
    }
    let Some(precision) = precision else { return Ok(Bound::text(text)) };
    let date = date::cut(&text, precision);
    date.map(Bound::text)
        .ok_or_else(|| place.error(Id::FilterValue, format!("no date that can be written {precision}")))
}

fn some_now() -> Now {
    Now { instant: Timestamp::from_second(SOME_MOMENT).unwrap_or_default(), zone: TimeZone::UTC }
}
