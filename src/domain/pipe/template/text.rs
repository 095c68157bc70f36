//! A text with `$…` and `${…}` in it.

use super::path::{Path, Place};
use super::print::print;
use super::problem::Problem;
use super::render::Renderer;
use super::room::Room;
use super::scan::{Prefix, Reference, Start, start};
use crate::domain::pipe::failure::Failure;
use crate::domain::pipe::scope::Scope;

/// A template that yields a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    parts: Vec<Part>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it is: never empty, never two in a row.
    Literal(String),
    /// A value.
    Value(Place),
}

impl Text {
    /// Reads a text. `$#…` may stand alone, and means here what `$…` does.
    ///
    /// A problem: `$#` among other text, `$$` before a root, a brace that is not closed, `${word(`.
    pub fn parse(text: &str) -> Result<Text, Problem> {
        Text::read(text, false)
    }

    /// The same, in the value of an expansion if there are items.
    pub(super) fn read(text: &str, has_items: bool) -> Result<Text, Problem> {
        let mut parts = Parts::default();
        let mut rest = text;
        while let Some((before, from)) = rest.find(['$', '\\', '[']).and_then(|at| rest.split_at_checked(at)) {
            parts.literal.push_str(before);
            rest = match start(from, has_items)? {
                Some((Start::Dollar, behind)) => {
                    parts.literal.push('$');
                    behind
                }
                Some((Start::Value(reference), behind)) => {
                    let is_whole = from.len() == text.len() && behind.is_empty();
                    parts.value(within_text(reference, is_whole)?);
                    behind
                }
                None => {
                    let mut letters = from.chars();
                    parts.literal.extend(letters.next());
                    letters.as_str()
                }
            };
        }
        parts.literal.push_str(rest);
        parts.end_literal();
        Ok(Text { parts: parts.done })
    }

    /// The text with its values. Fails with code 1 where a field is missing, with code 8 where it grows too large.
    pub fn render(&self, scope: &Scope) -> Result<String, Failure> {
        self.render_within(scope, &Room::default())
    }

    /// The same, as a part of something larger.
    pub fn render_within(&self, scope: &Scope, room: &Room) -> Result<String, Failure> {
        self.render_in(&Renderer::new(scope, room))
    }

    pub(super) fn render_in(&self, renderer: &Renderer) -> Result<String, Failure> {
        let mut out = String::new();
        for part in &self.parts {
            let before = out.len();
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Value(place) => print(renderer.find(place)?.as_ref(), &mut out),
            }
            renderer.room.take(out.len() - before)?;
        }
        Ok(out)
    }

    /// Whether it has no values, so that it yields the same text always.
    pub fn is_plain(&self) -> bool {
        self.plain().is_some()
    }

    /// The text that it yields always, if it has no values.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Its parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The values of the scope that it names.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(Place::Scope(path)) => Some(path),
            _ => None,
        })
    }
}

/// What a template among text names. A problem where it cannot stand there.
fn within_text(reference: Reference, is_whole: bool) -> Result<Place, Problem> {
    let Reference { prefix, place } = reference;
    match prefix {
        Prefix::Typed if !is_whole => Err(Problem::new(format!(
            "{place} is asked for with # among other text: # keeps a type, and text has none"
        ))),
        Prefix::Items => Err(Problem::new(format!("${place} gives the items of a list: it cannot stand in a text"))),
        _ => Ok(place),
    }
}

/// Parts as they are gathered.
#[derive(Default)]
struct Parts {
    done: Vec<Part>,
    literal: String,
}

impl Parts {
    fn value(&mut self, place: Place) {
        self.end_literal();
        self.done.push(Part::Value(place));
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.done.push(Part::Literal(std::mem::take(&mut self.literal)));
        }
    }
}
