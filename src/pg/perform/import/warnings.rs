//! What an import tells of that keeps it from nothing: columns that are left out, datakeys that the system keeps.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Node, Value};
use crate::domain::reply::problems;

/// How many are kept: rows may hold any number of datakeys.
const MOST: usize = 100;

/// Warnings, each once.
#[derive(Default)]
pub struct Warnings(Vec<Error>);

impl Warnings {
    /// Adds those that are not there yet.
    pub fn add(&mut self, warnings: impl IntoIterator<Item = Error>) {
        for warning in warnings {
            if self.0.len() < MOST && !self.0.contains(&warning) {
                self.0.push(warning);
            }
        }
    }

    /// All of them.
    pub fn list(&self) -> &[Error] {
        &self.0
    }

    /// Them as data; nothing where there are none.
    pub fn node(&self) -> Option<Node<'static>> {
        (!self.0.is_empty()).then(|| problems(&self.0))
    }

    /// What [`Warnings::node`] wrote. Errors: `error/json/corrupt`.
    pub fn read(stored: Option<Value>) -> Result<Warnings> {
        let mut warnings = Vec::new();
        for item in stored.and_then(|stored| stored.as_array()).iter().flat_map(Array::iter) {
            let item = item?.as_object().unwrap_or_default();
            let text = |name| Ok::<_, Error>(item.get(name)?.and_then(|value| value.as_str()).unwrap_or_default());
            let explain = text("explain")?;
            warnings.extend(Id::parse(text("id")?).map(|id| Error::new(id, explain)));
        }
        Ok(Warnings(warnings))
    }
}
