//! Mail servers are asked about addresses for calls and tracks that wait for it (members.md 11.2).
//!
//! The dispatcher asks, because its runtime is there anyway and what it keeps to for a domain holds for all calls and all
//! job workers of the database.

use super::queue::Asked;
use crate::domain::email_test::{Checks, Depth, Finding, Mailbox};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Array, Node, Object, Value, encoded, root};
use crate::pg::guc;
use crate::pg::perform::job::Question;
use crate::sink::probe::Extent;
use std::collections::HashMap;
use std::time::Duration;

/// The span that `pg_member.smtp_rate` is counted in.
pub const SPAN: Duration = Duration::from_secs(60);

/// A question about these addresses, which are well formed. The answer is a list: a finding for each, in their order.
pub fn question(emails: &[&str], checks: &Checks) -> Result<Question> {
    let asked = Node::object([
        ("list", Node::array(emails.iter().map(|email| Node::from(*email)))),
        ("full", Node::from(checks.depth == Depth::Full)),
        ("timeout", Node::from(i64::try_from(checks.timeout.as_secs()).unwrap_or(i64::MAX))),
    ]);
    let request = encoded(&Node::object([("email_test", asked)]))?;
    Ok(Question::Dispatcher { request, limit: limit(emails.len(), checks.timeout) })
}

/// How long the answer may take at most: as if all were of one domain whose turn comes as seldom as it is set.
fn limit(count: usize, timeout: Duration) -> Duration {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let spans = guc::smtp_rate().map_or(0, |rate| count / rate.count + 2);
    timeout.saturating_mul(count) + SPAN.saturating_mul(spans) + guc::worker_timeout()
}

/// What a call asks for, if it is this.
pub fn asked(asked: &Asked) -> Option<Object<'_>> {
    root(asked.request()).ok()?.as_object()?.get("email_test").ok()??.as_object()
}

/// Whom to ask about, and how far.
pub fn read(request: Object) -> Result<(Vec<Mailbox>, Extent)> {
    let list = request.get("list")?.and_then(|list| list.as_array());
    let mut mailboxes = Vec::new();
    for item in list.iter().flat_map(Array::iter) {
        let mailbox = item?.as_str().and_then(Mailbox::of);
        mailboxes.push(mailbox.ok_or_else(|| Error::new(Id::ParamWrong, "list must hold e-mail addresses"))?);
    }
    let depth = if matches!(request.get("full")?, Some(Value::Bool(true))) { Depth::Full } else { Depth::Lite };
    let seconds = request.get("timeout")?.and_then(|seconds| seconds.as_i64()).unwrap_or_default();
    Ok((mailboxes, Extent { depth, timeout: Duration::from_secs(seconds.unsigned_abs()) }))
}

/// The questions under way, by their numbers.
#[derive(Default)]
pub struct EmailTests {
    count: u64,
    open: HashMap<u64, Asked>,
}

impl EmailTests {
    /// Keeps a question until its answer is there; gives its number.
    pub fn begin(&mut self, asked: Asked) -> u64 {
        self.count += 1;
        self.open.insert(self.count, asked);
        self.count
    }

    /// Answers it.
    pub fn end(&mut self, number: u64, findings: &[Finding]) {
        let Some(asked) = self.open.remove(&number) else { return };
        let answer = encoded(&Node::array(findings.iter().map(Finding::node)));
        asked.answer(&answer.unwrap_or_else(|error| super::queue::refused(&error)));
    }
}
