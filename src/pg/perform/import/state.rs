//! How far an import is, as its track keeps it between two chunks.

use super::warnings::Warnings;
use crate::domain::error::{Error, Result};
use crate::domain::import::Counters;
use crate::domain::json::{Node, Value, encoded, root};

/// How far an import is.
#[derive(Default)]
pub struct State {
    /// The uid of the data; empty while they are fetched.
    pub uid: String,
    /// How far fetching them is, as jsonb.
    pub fetch: Option<Vec<u8>>,
    /// Whether the import has begun: its parameters and its data were looked at.
    pub has_begun: bool,
    /// The instant of all rows, in the server's microseconds.
    pub at: i64,
    /// How many rows are committed, those that could not be read included.
    pub read: u64,
    /// What became of them.
    pub counters: Counters,
    /// The code of the group of the import.
    pub group: Option<String>,
    /// Whether that group is being emptied.
    pub is_cleaning: bool,
    /// The report of the rows that were refused.
    pub report: Option<i64>,
    /// What was left out.
    pub warnings: Warnings,
}

impl State {
    /// Reads what was stored. Errors: `error/json/corrupt`.
    pub fn read(stored: Value) -> Result<State> {
        let object = stored.as_object().unwrap_or_default();
        let number = |name| Ok::<_, Error>(object.get(name)?.and_then(|value| value.as_i64()));
        let text = |name| Ok::<_, Error>(object.get(name)?.and_then(|value| value.as_str()));
        Ok(State {
            uid: text("uid")?.unwrap_or_default().to_owned(),
            fetch: object.get("fetch")?.map(|fetch| encoded(&Node::from(fetch))).transpose()?,
            has_begun: number("begun")? == Some(1),
            at: number("at")?.unwrap_or_default(),
            read: number("read")?.and_then(|read| u64::try_from(read).ok()).unwrap_or_default(),
            counters: Counters::read(object)?,
            group: text("group.id")?.map(str::to_owned),
            is_cleaning: number("cleaning")? == Some(1),
            report: number("report")?,
            warnings: Warnings::read(object.get("warnings")?)?,
        })
    }

    /// It as it is stored. Errors: `error/json/limit`.
    pub fn stored(&self) -> Result<Vec<u8>> {
        let mut keys = self.answer();
        keys.push(("uid", Node::from(self.uid.as_str())));
        keys.push(("begun", Node::from(i64::from(self.has_begun))));
        let fetch = self.fetch.as_deref().map(root).transpose()?;
        keys.extend(fetch.map(|fetch| ("fetch", Node::from(fetch))));
        keys.push(("at", Node::from(self.at)));
        keys.push(("read", Node::from(i64::try_from(self.read).unwrap_or(i64::MAX))));
        keys.push(("cleaning", Node::from(i64::from(self.is_cleaning))));
        encoded(&Node::object(keys))
    }

    /// The call's own answer: the counters, the group, the report and the warnings.
    pub fn answer(&self) -> Vec<(&'static str, Node<'_>)> {
        let mut keys = self.counters.keys();
        keys.extend(self.group.as_deref().map(|gid| ("group.id", Node::from(gid))));
        keys.extend(self.report.map(|report| ("report", Node::from(report))));
        keys.extend(self.warnings.node().map(|warnings| ("warnings", warnings)));
        keys
    }
}
