//! Taking a plan back (shapes.md 6, `member_unmerge`).
//!
//! What nobody touched since goes back as it was. An identifier that is elsewhere by now stays there, with a warning: it
//! was moved on, or deleted and created again, and both are later decisions. Data are compared three ways.

use super::difference::difference;
use super::journal::{Way, told};
use super::person::{Head, Person};
use super::plan::{Planner, RECEIVER, object};
use super::step::{Entry, Step};
use super::three_way::restore;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object, encoded, root};

/// What taking back gave.
#[derive(Debug, Default)]
pub struct Undone {
    /// `[{"path", "ours", "theirs"}]`: datakeys that were changed again since.
    pub conflicts: Vec<Vec<u8>>,
}

impl Planner<'_> {
    /// Takes the steps of a journal row back. Data that were changed again since are taken back only with `force`.
    ///
    /// Errors: `error/journal/gone` when nothing can go back, `error/member/head/last` when a body would be left
    /// without a head, `error/datakey/limit`.
    pub fn undo(&mut self, ways: &[Way], heads: &[Head], force: bool) -> Result<Undone> {
        let mut undone = Undone::default();
        for way in ways {
            self.go(way, ways, heads, force, &mut undone)?;
        }
        if self.plan.steps.is_empty() && undone.conflicts.is_empty() && ways.iter().any(|way| way.head().is_some()) {
            return Err(gone());
        }
        Ok(undone)
    }

    fn go(&mut self, way: &Way, ways: &[Way], heads: &[Head], force: bool, undone: &mut Undone) -> Result<()> {
        let head = |id: i64| heads.iter().find(|head| head.id == Some(id)).cloned().ok_or_else(gone);
        match way {
            Way::Create { to, body } => {
                if !ways.iter().any(|way| self.brings(way, *to, heads)) {
                    return Err(gone());
                }
                let to = self.place(*to)?;
                let kept = self.keep(Node::from(*body))?;
                self.come_back(to, body.as_object().ok_or_else(gone)?)?;
                self.step(Step::Create { to, kept: Some(kept) });
            }
            Way::Attach { id, to, head: row, groups, states, subscriptions } => {
                let (head, to) = (head(*id)?, self.place(*to)?);
                if self.is_free(&head) && self.person(to).exists {
                    let rows = [("groups", groups), ("states", states), ("subscriptions", subscriptions)];
                    let rows = rows.map(|(name, rows)| (name, rows.map_or(Node::Null, Node::from)));
                    let rows = rows.into_iter().chain([("head", Node::from(*row))]);
                    let kept = self.keep(Node::object(rows))?;
                    self.step(Step::Attach { head, to, entry: Entry::Kept(kept) });
                } else {
                    self.elsewhere();
                }
            }
            Way::Detach { id, from } => {
                let (head, from) = (head(*id)?, self.place(*from)?);
                if self.may_leave(&head, from, ways)? {
                    self.step(Step::Detach { head, from });
                }
            }
            Way::Move { id, from, to } => {
                let (head, from, to) = (head(*id)?, self.place(*from)?, self.place(*to)?);
                if !self.person(to).exists {
                    self.elsewhere();
                } else if self.may_leave(&head, from, ways)? {
                    self.step(Step::Move { head, from, to });
                }
            }
            Way::Data { to, changes } => {
                let to = self.place(*to)?;
                let data = self.person(to).data.clone();
                let restored = restore(root(&data)?, changes)?;
                for conflict in &restored.conflicts {
                    undone.conflicts.push(shown(
                        &conflict.path,
                        conflict.ours.map(Node::from),
                        conflict.theirs.map(Node::from),
                    )?);
                }
                let mut ops = restored.ops;
                if force {
                    ops.extend(restored.forced);
                }
                self.take_back(to, self.change(&data, &ops)?)?;
            }
            Way::Retire { from, data } => {
                let from = self.place(*from)?;
                self.retire(from, data.as_object().unwrap_or_default(), undone)?;
            }
        }
        Ok(())
    }

    /// A body is what it was before it went.
    fn come_back(&mut self, to: usize, row: Object) -> Result<()> {
        let (Some(person), Some(data)) = (self.plan.people.get_mut(to), row.get("data")?) else { return Err(gone()) };
        person.data = encoded(&Node::from(data))?;
        person.before.clone_from(&person.data);
        person.version = row.get("version")?.and_then(|version| version.as_i64()).ok_or_else(gone)?;
        Ok(())
    }

    /// A body that the call had made goes again; what was written to it since goes with it.
    fn retire(&mut self, from: usize, made_with: Object, undone: &mut Undone) -> Result<()> {
        let person = self.person(from);
        if !person.heads.is_empty() {
            self.elsewhere();
            return Ok(());
        }
        for change in difference(made_with, object(&person.data)?)? {
            undone.conflicts.push(shown(&change.path, change.new, change.old)?);
        }
        self.step(Step::Retire { from, to: Some(RECEIVER) });
        Ok(())
    }

    fn take_back(&mut self, to: usize, data: Vec<u8>) -> Result<()> {
        if let Some(person) = self.plan.people.get_mut(to).filter(|person| person.data != data) {
            let changed = told(&person.data, &data)?;
            person.data = data;
            person.is_touched = true;
            self.plan.steps.push(Step::Data { from: None, to, changed });
        }
        Ok(())
    }

    /// Whether a step brings a head to this body.
    fn brings(&self, way: &Way, body: i64, heads: &[Head]) -> bool {
        let head = way.head().and_then(|id| heads.iter().find(|head| head.id == Some(id)));
        match (way, head) {
            (Way::Move { from, to, .. }, Some(head)) if *to == body => {
                self.place(*from).is_ok_and(|from| self.person(from).has(&head.address))
            }
            (Way::Attach { to, .. }, Some(head)) if *to == body => self.is_free(head),
            _ => false,
        }
    }

    /// Whether a body is one that goes in the end, so that its last head may leave.
    fn is_to_go(&self, place: usize, ways: &[Way]) -> bool {
        let number = self.person(place).dataset;
        ways.iter().any(|way| matches!(way, Way::Retire { from, .. } if Some(*from) == number))
    }

    /// Whether a head is where it was brought to. Errors: `error/member/head/last` if it is the last one of a body that
    /// stays.
    fn may_leave(&mut self, head: &Head, from: usize, ways: &[Way]) -> Result<bool> {
        let person = self.person(from);
        if !person.has(&head.address) {
            self.elsewhere();
            return Ok(false);
        }
        if person.heads.len() < 2 && !self.is_to_go(from, ways) {
            return Err(Error::new(Id::HeadLast, "the identifier is the only one left there"));
        }
        Ok(true)
    }

    fn is_free(&self, head: &Head) -> bool {
        !self.plan.people.iter().any(|person| person.exists && person.has(&head.address))
    }

    fn elsewhere(&mut self) {
        self.plan.warnings.push(Error::new(
            Id::JournalGone,
            "an identifier is not any more where it was moved to: it stays where it is, or deleted",
        ));
    }

    /// The place of a body in the plan. Errors: `error/journal/gone`.
    fn place(&self, dataset: i64) -> Result<usize> {
        self.plan.people.iter().position(|person| person.dataset == Some(dataset)).ok_or_else(gone)
    }

    fn person(&self, place: usize) -> &Person {
        // Places come from `place`: the receiver stands for one that is none, which cannot be.
        self.plan.people.get(place).unwrap_or(&NOBODY)
    }

    /// Keeps a row for a step that brings it back.
    fn keep(&mut self, row: Node) -> Result<usize> {
        self.plan.kept.push(encoded(&row)?);
        Ok(self.plan.kept.len() - 1)
    }
}

/// Who stands in a place that is none.
static NOBODY: Person = Person {
    dataset: None,
    version: 0,
    before: Vec::new(),
    data: Vec::new(),
    heads: Vec::new(),
    merges_today: 0,
    exists: false,
    is_new: false,
    is_touched: false,
    is_written: false,
};

fn shown(path: &str, ours: Option<Node>, theirs: Option<Node>) -> Result<Vec<u8>> {
    encoded(&Node::object([
        ("path", Node::from(path)),
        ("ours", ours.unwrap_or(Node::Null)),
        ("theirs", theirs.unwrap_or(Node::Null)),
    ]))
}

#[cold]
fn gone() -> Error {
    Error::new(Id::JournalGone, "nothing can go back")
}
