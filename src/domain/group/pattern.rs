//! Regular expressions: of the crate `regex`, whose time is linear in the text whatever the expression.

use crate::domain::error::{Error, Id, Result};
use regex::{Regex, RegexBuilder};

/// The most octets of an expression.
const LONGEST: usize = 1000;
/// The most octets that a compiled expression may take, and again what it keeps while matching.
const ROOM: usize = 1 << 20;

/// An expression that is found anywhere in a text.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads an expression. Errors: `error/filter/regexp`.
    pub fn parse(expression: &str) -> Result<Pattern> {
        let refuse = |explain: &str| Error::new(Id::FilterRegexp, explain);
        if expression.len() > LONGEST {
            return Err(refuse("it is longer than 1000 octets"));
        }
        let built = RegexBuilder::new(expression).size_limit(ROOM).dfa_size_limit(ROOM).build();
        built.map(Pattern).map_err(|problem| match problem {
            regex::Error::CompiledTooBig(_) => refuse("it is too large once its repetitions are written out"),
            _ => refuse("it is no regular expression"),
        })
    }

    /// As it was given.
    pub fn written(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found in the text.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.written() == other.written()
    }
}

impl Eq for Pattern {}
