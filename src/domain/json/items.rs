//! A list under construction: a stored one, and what is different from it.

use super::container::{Array, Parts};
use super::layout::Read;
use super::node::Node;
use super::view::View;
use std::ops::Range;

/// Stored elements, the first ones of which may have others in front, and the last ones others behind. A list that is
/// made here has no stored elements.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    /// Elements in front, the first one last, so that one more costs no moving.
    pub(super) front: Vec<Node<'a>>,
    stored: Array<'a>,
    /// How many of the stored elements are left.
    pub(super) kept: usize,
    /// Stored elements that were replaced, by their stored position, in order.
    pub(super) replaced: Vec<(usize, Node<'a>)>,
    /// Elements behind.
    pub(super) back: Vec<Node<'a>>,
}

/// Where an element stands: its position in one of the three parts.
enum Spot {
    Front(usize),
    Stored(usize),
    Back(usize),
}

impl<'a> Items<'a> {
    /// Those of a stored array.
    pub(super) fn of(stored: Array<'a>) -> Items<'a> {
        Items { front: Vec::new(), stored, kept: stored.len(), replaced: Vec::new(), back: Vec::new() }
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "callers ask for the number")]
    pub fn len(&self) -> usize {
        self.front.len() + self.kept + self.back.len()
    }

    /// The element at this position.
    pub fn get(&self, index: usize) -> Read<Option<View<'_, 'a>>> {
        Ok(match self.spot(index) {
            Spot::Front(index) => self.front.get(index).map(View::from),
            Spot::Back(index) => self.back.get(index).map(View::from),
            Spot::Stored(index) => match self.replaced.binary_search_by_key(&index, |(at, _)| *at) {
                Ok(own) => self.replaced.get(own).map(|(_, node)| View::from(node)),
                Err(_) => self.stored.raw(index)?.map(View::Stored),
            },
        })
    }

    /// The element at this position, to be replaced; the list is lengthened with nulls up to it.
    pub fn entry(&mut self, index: usize) -> Read<Option<&mut Node<'a>>> {
        Ok(match self.spot(index) {
            Spot::Front(index) => self.front.get_mut(index),
            Spot::Back(index) => {
                if index >= self.back.len() {
                    self.back.resize(index.saturating_add(1), Node::Null);
                }
                self.back.get_mut(index)
            }
            Spot::Stored(index) => {
                let own = match self.replaced.binary_search_by_key(&index, |(at, _)| *at) {
                    Ok(own) => own,
                    Err(own) => {
                        let node = self.stored.raw(index)?.map_or(Node::Null, Node::Raw);
                        self.replaced.insert(own, (index, node));
                        own
                    }
                };
                self.replaced.get_mut(own).map(|(_, node)| node)
            }
        })
    }

    /// Puts elements in front.
    pub fn unshift(&mut self, elements: Vec<Node<'a>>) {
        self.front.extend(elements.into_iter().rev());
    }

    /// Puts elements behind.
    pub fn push(&mut self, elements: Vec<Node<'a>>) {
        self.back.extend(elements);
    }

    /// Removes the last element.
    pub fn pop(&mut self) {
        if self.back.pop().is_some() {
            return;
        }
        match self.kept.checked_sub(1) {
            Some(kept) => {
                self.kept = kept;
                self.replaced.pop_if(|(at, _)| *at >= kept);
            }
            None if self.front.is_empty() => {}
            None => drop(self.front.remove(0)),
        }
    }

    /// The elements, taken out. Errors where stored ones are damaged.
    pub fn into_nodes(self) -> Read<Vec<Node<'a>>> {
        self.views().map(|view| view.map(View::to_node)).collect()
    }

    /// The stored array that this one began as, if it has neither lost nor got elements.
    pub(super) fn stored(&self) -> Option<Array<'a>> {
        let whole = self.kept == self.stored.len() && self.front.is_empty() && self.back.is_empty();
        whole.then_some(self.stored)
    }

    pub(super) fn parts(&self) -> Parts<'a> {
        self.stored.parts()
    }

    /// The elements in order.
    pub(super) fn views(&self) -> impl Iterator<Item = Read<View<'_, 'a>>> {
        let mut next = 0;
        let until_replaced = self.replaced.iter().flat_map(move |(at, node)| {
            let before = next..*at;
            next = at + 1;
            self.stored_views(before).chain([Ok(View::from(node))])
        });
        let rest = self.replaced.last().map_or(0, |(at, _)| at + 1);
        let own = |node| Ok(View::from(node));
        let middle = until_replaced.chain(self.stored_views(rest..self.kept));
        self.front.iter().rev().map(own).chain(middle).chain(self.back.iter().map(own))
    }

    fn stored_views(&self, range: Range<usize>) -> impl Iterator<Item = Read<View<'_, 'a>>> {
        self.stored.raws_in(range).map(|raw| raw.map(View::Stored))
    }

    /// What was replaced: the stored element and the list's own one.
    pub(super) fn differences(&self) -> impl Iterator<Item = Read<(View<'_, 'a>, View<'_, 'a>)>> {
        self.replaced.iter().map(|(at, node)| Ok((View::Stored(self.stored.raw_at(*at)?), View::from(node))))
    }

    fn spot(&self, index: usize) -> Spot {
        match index.checked_sub(self.front.len()) {
            None => Spot::Front(self.front.len() - 1 - index),
            Some(index) => match index.checked_sub(self.kept) {
                None => Spot::Stored(index),
                Some(index) => Spot::Back(index),
            },
        }
    }
}

/// A list made here.
impl<'a> From<Vec<Node<'a>>> for Items<'a> {
    fn from(elements: Vec<Node<'a>>) -> Items<'a> {
        Items { front: Vec::new(), stored: Array::EMPTY, kept: 0, replaced: Vec::new(), back: elements }
    }
}
