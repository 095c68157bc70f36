//! What a pipe that failed leaves in `$error` (pipelines-and-hooks.md 13.4).

use super::data::Data;

/// Why a pipe failed: a code of [`Code`] or an answer's own, and words.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// `$error.code`.
    pub code: i64,
    /// `$error.message`.
    pub message: String,
}

/// The codes of failures that no answer gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A template is wrong, or the field was not found.
    Template = 1,
    /// Parameters are wrong.
    Params = 2,
    /// What the pipe reads is missing or of the wrong kind.
    Input = 3,
    /// It cannot be packed or unpacked.
    Codec = 4,
    /// A query failed, of the Selector or of SQL.
    Query = 5,
    /// The store or the log failed.
    Store = 6,
    /// The other side was not reached.
    Transport = 7,
    /// Too many, too large.
    Limit = 8,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure { code: code as i64, message: message.into() }
    }

    /// What `$error` holds after it.
    pub fn data(&self, pipe: i64) -> Data {
        Data::object([
            ("code", Data::from(self.code)),
            ("message", Data::from(self.message.as_str())),
            ("pipe", Data::from(pipe)),
        ])
    }
}
