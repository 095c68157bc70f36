//! Asking a subject: the first reader of the tree.

use super::attr::Source;
use super::hits::{Hits, Trail};
use super::nested::{Groups, MAX_NESTED, NoGroups, cycle};
use super::operand::Operand;
use super::question::{NoStatistics, Question, Statistics};
use super::test::Relation;
use super::tree::{Condition, Has, Kind};
use crate::domain::address::AddrType;
use crate::domain::datakey::{Path, look};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{ArrayView, Node, ObjectView, Shape, Value, View, encoded};
use std::borrow::Cow;

/// A filter at a moment: it needs no clock, and is asked of as many subjects as one likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    conditions: Vec<Condition>,
}

/// Whom a filter is asked about: a head and its body.
#[derive(Clone, Copy)]
pub struct Subject<'s, 'a> {
    /// The data of the body.
    pub data: View<'s, 'a>,
    /// What the system knows of the head, as `member::system::document` makes it.
    pub system: View<'s, 'a>,
    /// The types of all heads of the body, the one that is asked about included.
    pub heads: &'s [AddrType],
    /// The filter groups; every other group is a list group, and stands in `system` if the head is in it.
    pub groups: &'s dyn Groups,
    /// What answers questions to the statistics about the head.
    pub statistics: &'s dyn Statistics,
}

impl Matcher {
    pub(super) fn new(conditions: Vec<Condition>) -> Matcher {
        Matcher { conditions }
    }

    /// The conditions, all of which must hold.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether the subject meets the filter.
    ///
    /// Errors: `error/json/corrupt`; `error/filter/cycle` where groups lie within groups without end.
    pub fn evaluate(&self, subject: &Subject) -> Result<bool> {
        Asking { subject, nested: 0 }.all(&self.conditions, &Scope::WHOLE, &mut None)
    }

    /// Whether data meet the filter, if it is about data alone; whatever else it asks for is not there.
    ///
    /// Errors: as [`Matcher::evaluate`].
    pub fn evaluate_data(&self, data: Value) -> Result<bool> {
        let data = View::from(data);
        let (groups, statistics) = (&NoGroups, &NoStatistics);
        self.evaluate(&Subject { data, system: View::from(Value::Null), heads: &[], groups, statistics })
    }

    /// What the conditions that hold have to show, if the subject meets the filter: the places that `has` saves and the
    /// values of labels. Groups within the filter show nothing.
    ///
    /// Errors: as [`Matcher::evaluate`]; `error/json/limit`.
    pub fn evaluate_with_hits(&self, subject: &Subject) -> Result<Option<Hits>> {
        let mut trail = Some(Trail::default());
        let holds = Asking { subject, nested: 0 }.all(&self.conditions, &Scope::WHOLE, &mut trail)?;
        Ok(trail.filter(|_| holds).map(Hits::of))
    }

    /// Whether it can hold of nobody for whom nothing stands at the paths of a kind.
    pub fn refuses_absent(&self, is_of_kind: &dyn Fn(&Path) -> bool) -> bool {
        let refuses = |condition: &Condition| match &condition.kind {
            Kind::Test(attr, test) if attr.path().is_some_and(is_of_kind) => {
                test.passes(&attr.side(Operand::Absent)).is_ok_and(|passes| passes == condition.negated)
            }
            _ => false,
        };
        self.conditions.iter().any(refuses)
    }

    /// Whether a scalar with this text passes, if the filter is a single test of a value: what compiled SQL asks about
    /// texts that it has found elsewhere than in a document.
    ///
    /// Errors: `error/filter/unsupported` for any other filter.
    pub fn accepts(&self, text: &str) -> Result<bool> {
        let [Condition { kind: Kind::Test(attr, test), negated, .. }] = self.conditions.as_slice() else {
            return Err(Error::new(Id::FilterUnsupported, "a text is tested by a filter of one comparison"));
        };
        let operand = attr.side(Operand::Text(Cow::Borrowed(text)));
        Ok(test.passes(&operand)? != *negated)
    }
}

/// Where conditions look: at the whole subject, or at an element that `has` has reached.
struct Scope<'t, 'a> {
    element: Option<View<'t, 'a>>,
    /// The path of the element, where hits are wanted.
    path: String,
}

impl Scope<'_, '_> {
    const WHOLE: Scope<'static, 'static> = Scope { element: None, path: String::new() };
}

/// A subject being asked.
struct Asking<'q, 's, 'a> {
    subject: &'q Subject<'s, 'a>,
    /// How many groups lie around the filter that is asked.
    nested: usize,
}

/// What has been found so far, where hits are wanted: then every condition is asked, whether it still matters or not.
type Found = Option<Trail>;

impl<'s, 'a: 's> Asking<'_, 's, 'a> {
    fn all(&self, conditions: &[Condition], scope: &Scope<'s, 'a>, found: &mut Found) -> Result<bool> {
        let mut all = true;
        for condition in conditions {
            all &= self.holds(condition, scope, found)?;
            if !all && found.is_none() {
                break;
            }
        }
        Ok(all)
    }

    fn any(&self, conditions: &[Condition], scope: &Scope<'s, 'a>, found: &mut Found) -> Result<bool> {
        let mut any = false;
        for condition in conditions {
            any |= self.holds(condition, scope, found)?;
            if any && found.is_none() {
                break;
            }
        }
        Ok(any)
    }

    /// Whether a condition holds. What was found below one that does not is forgotten.
    fn holds(&self, condition: &Condition, scope: &Scope<'s, 'a>, found: &mut Found) -> Result<bool> {
        let before = found.as_ref().map(Trail::mark);
        let holds = self.is_so(&condition.kind, scope, found)? != condition.negated;
        let Some((trail, before)) = found.as_mut().zip(before) else { return Ok(holds) };
        if !holds {
            trail.forget(before);
        } else if let Some(label) = &condition.label {
            trail.label(label, self.shown(&condition.kind)?);
        }
        Ok(holds)
    }

    fn is_so(&self, kind: &Kind, scope: &Scope<'s, 'a>, found: &mut Found) -> Result<bool> {
        match kind {
            Kind::All(conditions) => self.all(conditions, scope, found),
            Kind::Any(conditions) => self.any(conditions, scope, found),
            Kind::Test(attr, test) => Ok(test.passes(&attr.operand(self.root(attr.source(), scope))?)?),
            Kind::Heads(relation, number) => Ok(self.counts(*relation, *number)),
            Kind::OwnsHead(addr_type) => Ok(self.subject.heads.contains(addr_type)),
            Kind::InGroup(gids) => self.in_one_of(gids),
            Kind::Has(has) => self.has(has, scope, found),
            Kind::Statistics(question) => self.is_found(question, found),
        }
    }

    fn is_found(&self, question: &Question, found: &mut Found) -> Result<bool> {
        let Some(rows) = self.subject.statistics.found(question, self.subject.groups)? else { return Ok(false) };
        if let (Some(trail), Some(code)) = (found, &question.save) {
            rows.into_iter().for_each(|row| trail.save_row(code, row));
        }
        Ok(true)
    }

    fn root(&self, source: Source, scope: &Scope<'s, 'a>) -> View<'s, 'a> {
        match source {
            Source::Body => self.subject.data,
            Source::System => self.subject.system,
            Source::Element => scope.element.unwrap_or(self.subject.data),
        }
    }

    fn counts(&self, relation: Relation, number: i64) -> bool {
        let heads = i64::try_from(self.subject.heads.len()).unwrap_or(i64::MAX);
        relation.holds(heads.cmp(&number))
    }

    fn in_one_of(&self, gids: &[String]) -> Result<bool> {
        for gid in gids {
            if self.in_group(gid)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_group(&self, gid: &str) -> Result<bool> {
        let Some(segment) = self.subject.groups.segment(gid) else { return self.in_list(gid) };
        if self.nested == MAX_NESTED {
            return Err(cycle(gid));
        }
        let inside = Asking { subject: self.subject, nested: self.nested + 1 };
        Ok(self.is_of(segment.addr_type)? && inside.all(segment.matcher.conditions(), &Scope::WHOLE, &mut None)?)
    }

    fn in_list(&self, gid: &str) -> Result<bool> {
        let path = Path::of_keys([Cow::Borrowed("-group"), Cow::Borrowed(gid)]);
        Ok(look(self.subject.system, path.steps())?.is_some())
    }

    /// Whether the head is of the type that a group is for.
    fn is_of(&self, addr_type: Option<AddrType>) -> Result<bool> {
        let Some(addr_type) = addr_type else { return Ok(true) };
        let path = Path::of_keys([Cow::Borrowed("member"), Cow::Borrowed("addr_type")]);
        let own = look(self.subject.system, path.steps())?;
        let own = own.map(Operand::of).transpose()?;
        Ok(own.is_some_and(|own| own.text().as_deref() == Some(addr_type.as_str())))
    }

    fn has(&self, has: &Has, scope: &Scope<'s, 'a>, found: &mut Found) -> Result<bool> {
        let Some(place) = has.place.find(self.root(has.place.source(), scope))? else { return Ok(false) };
        let shape = place.shape()?;
        let mut any = false;
        let mut index = 0;
        let mut ask = |element: View<'s, 'a>, key: Option<&str>, found: &mut Found| -> Result<bool> {
            let path = found.as_ref().map(|_| element_path(has, scope, key, index)).unwrap_or_default();
            index += 1;
            let element = Scope { element: Some(element), path };
            let before = found.as_ref().map(Trail::mark);
            let fits = self.all(&has.each, &element, found)?;
            match (found.as_mut().zip(before), &has.save) {
                (Some((trail, before)), _) if !fits => trail.forget(before),
                (Some((trail, _)), Some(code)) => trail.save(code, element.path),
                _ => {}
            }
            any |= fits;
            Ok(any && found.is_none())
        };
        match shape {
            Shape::Array(array) => each_element(array, |view| ask(view, None, found))?,
            Shape::Object(object) => each_value(object, |key, view| ask(view, Some(key), found))?,
            Shape::Null | Shape::Scalar => {}
        }
        Ok(any)
    }

    /// What the label of a condition shows: the value that it is about, or true.
    fn shown(&self, kind: &Kind) -> Result<Vec<u8>> {
        let node = match kind {
            Kind::Test(attr, _) => attr.shown(self.root(attr.source(), &Scope::WHOLE))?,
            Kind::Has(has) => has.place.shown(self.root(has.place.source(), &Scope::WHOLE))?,
            Kind::Heads(..) => Node::from(i64::try_from(self.subject.heads.len()).unwrap_or(i64::MAX)),
            Kind::All(_) | Kind::Any(_) | Kind::OwnsHead(_) | Kind::InGroup(_) | Kind::Statistics(_) => {
                Node::from(true)
            }
        };
        encoded(&node)
    }
}

/// Goes through a list until `ask` has seen enough.
fn each_element<'t, 'a: 't>(array: ArrayView<'t, 'a>, mut ask: impl FnMut(View<'t, 'a>) -> Result<bool>) -> Result<()> {
    for view in array.views() {
        if ask(view?)? {
            break;
        }
    }
    Ok(())
}

/// Goes through the values of an object until `ask` has seen enough.
fn each_value<'t, 'a: 't>(
    object: ObjectView<'t, 'a>,
    mut ask: impl FnMut(&str, View<'t, 'a>) -> Result<bool>,
) -> Result<()> {
    for pair in object.views() {
        let (key, view): (&[u8], _) = pair?;
        if ask(&String::from_utf8_lossy(key), view)? {
            break;
        }
    }
    Ok(())
}

/// The path of an element from the root of the data: `orders[0].items[2]`.
fn element_path(has: &Has, scope: &Scope, key: Option<&str>, index: usize) -> String {
    let mut path = scope.path.clone();
    if let Some(below) = has.place.path() {
        push_keys(&mut path, &below.to_string());
    }
    match key {
        Some(key) => push_keys(&mut path, &Path::of_keys([Cow::Borrowed(key)]).to_string()),
        None => path.push_str(&format!("[{index}]")),
    }
    path
}

fn push_keys(path: &mut String, below: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(below);
}
