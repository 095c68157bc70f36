//! What a text begins with: a template, an escaped dollar sign, or neither (pipelines-and-hooks.md 4.6).

use super::path::{Path, Place, Step, Steps};
use super::problem::Problem;
use crate::domain::pipe::scope::Root;

/// How a value is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `$`: as a text.
    Text,
    /// `$#`: as it is.
    Typed,
    /// `$$`: a list's items.
    Items,
}

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How the value is put in.
    pub prefix: Prefix,
    /// Which value.
    pub place: Place,
}

/// What a text begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `\$`: a dollar sign.
    Dollar,
    /// A template.
    Value(Reference),
}

/// What the text begins with, and what follows it; nothing for any other text. `[$]` is a template where there are items.
///
/// A problem: a template that is begun rightly and goes on wrongly.
pub fn start(text: &str, has_items: bool) -> Result<Option<(Start, &str)>, Problem> {
    if let Some(behind) = text.strip_prefix("\\$") {
        return Ok(Some((Start::Dollar, behind)));
    }
    if let Some((prefix, behind)) = item_prefix(text).filter(|_| has_items) {
        let (steps, behind) = item(behind)?;
        return Ok(Some((Start::Value(Reference { prefix, place: Place::Item(steps) }), behind)));
    }
    let Some((prefix, behind)) = prefix(text) else { return Ok(None) };
    let found = match behind.strip_prefix('{') {
        Some(inside) => braced(prefix, inside)?,
        None => path(behind),
    };
    Ok(found.map(|(path, behind)| (Start::Value(Reference { prefix, place: Place::Scope(path) }), behind)))
}

fn prefix(text: &str) -> Option<(Prefix, &str)> {
    let known = [("$#", Prefix::Typed), ("$$", Prefix::Items), ("$", Prefix::Text)];
    known.into_iter().find_map(|(written, prefix)| Some((prefix, text.strip_prefix(written)?)))
}

fn item_prefix(text: &str) -> Option<(Prefix, &str)> {
    let known = [("[$]", Prefix::Text), ("[$#]", Prefix::Typed)];
    known.into_iter().find_map(|(written, prefix)| Some((prefix, text.strip_prefix(written)?)))
}

/// A path in braces, behind the first of them.
fn braced(prefix: Prefix, inside: &str) -> Result<Option<(Path, &str)>, Problem> {
    let Some((path, behind)) = path(inside) else {
        let (word, behind) = name(inside);
        let is_call = !word.is_empty() && behind.starts_with('(');
        return if is_call { Err(Problem::new(format!("${{{word}(…)}}: there are no functions"))) } else { Ok(None) };
    };
    if prefix == Prefix::Items {
        return Err(Problem::new(format!("$${path} is written without braces")));
    }
    let behind = behind.strip_prefix('}');
    let behind = behind.ok_or_else(|| Problem::new(format!("${{{path} goes on wrongly: a }} is needed")))?;
    Ok(Some((path, behind)))
}

/// The path that the text begins with: a root and as many steps as there are.
fn path(text: &str) -> Option<(Path, &str)> {
    let (word, mut rest) = name(text);
    let root = Root::parse(word)?;
    let mut steps = Steps::default();
    while let Some((step, behind)) = rest.strip_prefix('.').and_then(step) {
        steps.0.push(step);
        rest = behind;
    }
    Some((Path { root, steps }, rest))
}

/// The field of an item behind `[$]`; none is the item itself.
fn item(text: &str) -> Result<(Steps, &str), Problem> {
    let (inside, is_braced) = text.strip_prefix('{').map_or((text, false), |inside| (inside, true));
    let mut steps = Steps::default();
    let mut rest = inside;
    let mut next = step(rest);
    while let Some((step_here, behind)) = next {
        steps.0.push(step_here);
        rest = behind;
        next = rest.strip_prefix('.').and_then(step);
    }
    if is_braced {
        rest = rest
            .strip_prefix('}')
            .ok_or_else(|| Problem::new(format!("[$]{{{steps} goes on wrongly: a }} is needed")))?;
    }
    Ok((steps, rest))
}

/// The step that the text begins with: a name, one with `@` or `#` before it as unpacked XML has them, or `%` and the number
/// of an element.
fn step(text: &str) -> Option<(Step, &str)> {
    let Some(behind) = text.strip_prefix('%') else {
        let (word, rest) = name(text.strip_prefix(['@', '#']).unwrap_or(text));
        let end = text.len() - rest.len();
        return (!word.is_empty()).then(|| (Step::Key(text.get(..end).unwrap_or_default().to_owned()), rest));
    };
    let end = behind.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, rest) = behind.split_at_checked(end)?;
    Some((Step::index(digits)?, rest))
}

/// The name that the text begins with, which may be empty.
fn name(text: &str) -> (&str, &str) {
    let is_of_name = |letter: char| letter.is_alphabetic() || letter.is_ascii_digit() || letter == '_' || letter == '-';
    let end = text.find(|letter| !is_of_name(letter)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
