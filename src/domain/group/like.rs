//! Patterns of LIKE: `%` stands for anything, `_` for one character, a backslash makes the next character itself.

use crate::domain::error::{Error, Id, Result};

/// The most octets of a pattern.
const LONGEST: usize = 1000;

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Char(char),
}

/// A pattern for a whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    written: String,
    parts: Vec<Part>,
}

impl Like {
    /// Reads a pattern. Errors: `error/filter/value`.
    pub fn parse(written: &str) -> Result<Like> {
        let refuse = |explain: &str| Error::new(Id::FilterValue, explain);
        if written.len() > LONGEST {
            return Err(refuse("it is longer than 1000 octets"));
        }
        let mut parts = Vec::new();
        let mut chars = written.chars();
        while let Some(char) = chars.next() {
            let part = match char {
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Char(chars.next().ok_or_else(|| refuse("a backslash stands at the end"))?),
                char => Part::Char(char),
            };
            // Several `%` in a row mean no more than one, and would make matching slower.
            if !(part == Part::Any && parts.last() == Some(&Part::Any)) {
                parts.push(part);
            }
        }
        Ok(Like { written: written.to_owned(), parts })
    }

    /// As it was given.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What every text that it matches begins with.
    pub fn prefix(&self) -> String {
        let literal = |part: &Part| if let Part::Char(char) = part { Some(*char) } else { None };
        self.parts.iter().map_while(literal).collect()
    }

    /// Whether it matches the whole text. When something does not fit, only the last `%` takes one character more: those
    /// before it need not be tried again. So the work is at most the length of the text times that of the pattern.
    pub fn matches(&self, text: &str) -> bool {
        let (mut part, mut rest) = (0, text.chars());
        let mut again: Option<(usize, std::str::Chars)> = None;
        loop {
            let mut ahead = rest.clone();
            let next = ahead.next();
            match (self.parts.get(part), next) {
                (Some(Part::Any), _) => {
                    again = Some((part + 1, rest.clone()));
                    part += 1;
                    continue;
                }
                (None, None) => return true,
                (Some(Part::One), Some(_)) => {}
                (Some(Part::Char(wanted)), Some(char)) if *wanted == char => {}
                _ => {
                    let Some((from, taken)) = &mut again else { return false };
                    if taken.next().is_none() {
                        return false;
                    }
                    (part, rest) = (*from, taken.clone());
                    continue;
                }
            }
            part += 1;
            rest = ahead;
        }
    }
}
