//! What is wrong with a template or a query as it is written.

use std::fmt;

/// Why something cannot be read: words for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The words.
    pub explain: String,
}

impl Problem {
    /// A problem with these words.
    pub fn new(explain: impl Into<String>) -> Problem {
        Problem { explain: explain.into() }
    }

    /// The same, said to be found under this key or index.
    pub(super) fn under(self, step: impl fmt::Display) -> Problem {
        let behind =
            self.explain.strip_prefix("at ").map_or_else(|| format!(": {}", self.explain), |at| format!(".{at}"));
        Problem::new(format!("at {step}{behind}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain)
    }
}
