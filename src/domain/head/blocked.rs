//! Identifiers that never join subscribers: `member.blocked_value`.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use regex::Regex;

/// How a pattern is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The identifier in normal form; `*` stands for anything.
    Literal,
    /// A regular expression for the whole identifier.
    Regexp,
}

impl Pattern {
    /// Reads a kind; literal is the default. Errors: `error/blocked/pattern`.
    pub fn parse(kind: Option<&str>) -> Result<Pattern> {
        match kind {
            None | Some("" | "literal") => Ok(Pattern::Literal),
            Some("regexp") => Ok(Pattern::Regexp),
            Some(_) => Err(Error::new(Id::BlockedPattern, "kind is literal or regexp")),
        }
    }
}

/// A row of the table, ready to be asked.
#[derive(Debug)]
pub struct Blocked {
    whole: Regex,
    addr_type: Option<AddrType>,
}

impl Blocked {
    /// Reads a pattern. Errors: `error/blocked/pattern`.
    pub fn new(pattern: &str, kind: Pattern, addr_type: Option<AddrType>) -> Result<Blocked> {
        let inside = match kind {
            Pattern::Literal => pattern.split('*').map(regex::escape).collect::<Vec<_>>().join(".*"),
            Pattern::Regexp => pattern.to_owned(),
        };
        let whole = Regex::new(&format!("^(?s:{inside})$"));
        match whole {
            Ok(whole) if !pattern.is_empty() => Ok(Blocked { whole, addr_type }),
            _ => Err(Error::new(Id::BlockedPattern, "the pattern is empty or no regular expression")),
        }
    }

    /// Whether it speaks of this identifier.
    pub fn matches(&self, address: &Address) -> bool {
        self.addr_type.is_none_or(|addr_type| addr_type == address.addr_type) && self.whole.is_match(&address.value)
    }
}
