//! A datakey of which other cells of the row are parts: `orders.{order_id}.sum` (members.md 10.4).

use crate::domain::datakey::Path;
use crate::domain::error::{Error, Id, Result};
use std::borrow::Cow;

/// A datakey with places for cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    /// The cell of the column of this name, or of this number, counted from 1.
    Cell(String),
}

impl Template {
    /// Reads it; nothing for a datakey without places. A brace behind a backslash is none.
    pub fn read(text: &str) -> Option<Template> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(next) = rest.chars().next() {
            let inside = if next == '{' { place(rest) } else { None };
            if let Some(name) = inside {
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Cell(name.to_owned()));
                rest = rest.get(name.len() + 2..).unwrap_or_default();
                continue;
            }
            // What a backslash stands before is taken with it.
            let length = if next == '\\' { 1 + rest.chars().nth(1).map_or(0, char::len_utf8) } else { next.len_utf8() };
            let (taken, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
            plain.push_str(taken);
            rest = behind;
        }
        if parts.is_empty() {
            return None;
        }
        parts.push(Part::Text(plain));
        Some(Template { text: text.to_owned(), parts })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Cell(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The datakey of a row; `cell` gives the text of a place. Errors: `error/import/key` where a place is empty.
    pub fn fill<'c>(&self, cell: impl Fn(&str) -> Option<Cow<'c, str>>) -> Result<String> {
        let mut filled = String::with_capacity(self.text.len() + 16);
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Cell(name) => {
                    let cell = cell(name).filter(|cell| !cell.is_empty());
                    let cell =
                        cell.ok_or_else(|| Error::new(Id::ImportKey, format!("{}: {{{name}}} is empty", self.text)))?;
                    // Whatever it holds, it is one element.
                    filled.push_str(&Path::of_keys([cell]).to_string());
                }
            }
        }
        Ok(filled)
    }
}

/// The name in the braces that a text begins with.
fn place(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    let (name, _) = inside.split_once('}')?;
    (!name.is_empty() && !name.contains('{')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, cell: &str) -> Option<String> {
        Template::read(text).map(|template| template.fill(|_| Some(cell.to_owned().into())).unwrap())
    }

    #[test]
    fn a_cell_is_one_element_whatever_it_holds() {
        assert_eq!(filled("orders.{order_id}.sum", "17").as_deref(), Some("orders.17.sum"));
        assert_eq!(filled("orders.{1}", "a.b[0]").as_deref(), Some(r"orders.a\.b\[0]"));
        assert_eq!(filled("{a}.{b}", "*").as_deref(), Some(r"\*.\*"));
        assert_eq!(Template::read("x.{a}.{b}").unwrap().places().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn without_a_place_it_is_an_ordinary_datakey() {
        for text in ["", "a.b", r"a.\{b}", "a.{}", "a.{b", "a}b", "a\\"] {
            assert_eq!(Template::read(text), None, "{text}");
        }
    }

    #[test]
    fn an_empty_place_refuses_the_row() {
        let template = Template::read("a.{b}").unwrap();
        for cell in [None, Some(Cow::Borrowed(""))] {
            assert_eq!(template.fill(|_| cell.clone()).unwrap_err().id, Id::ImportKey);
        }
    }
}
