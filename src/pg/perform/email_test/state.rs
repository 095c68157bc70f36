//! How far a test is: `{"place", "page"?, "ok", "bad", "list"?, "failed"}`.

use super::page::Page;
use crate::domain::error::{Error, Result};
use crate::domain::json::{Array, Node, Value, encoded, root};

/// How many answers the end of a track shows beside its report.
const LISTED: usize = 10_000;

/// Where the next part begins, and what the parts before it found out.
#[derive(Default)]
pub struct State {
    /// Where the next page begins.
    pub place: i64,
    /// The page that mail servers are being asked about.
    pub page: Option<Page>,
    /// Heads that mail does not reach and that are not in their group yet: body and identifier.
    pub failed: Vec<(i64, i64)>,
    ok: i64,
    bad: i64,
    /// The answers, each as jsonb, by the address as sent; none any more where there are too many.
    list: Vec<(String, Vec<u8>)>,
}

impl State {
    /// Counts an address, and keeps its answer: of a track with a report as many as its end shows.
    pub fn count(
        &mut self,
        raw: &str,
        is_ok: bool,
        has_report: bool,
        answer: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<()> {
        *(if is_ok { &mut self.ok } else { &mut self.bad }) += 1;
        if self.is_listed(has_report) {
            self.list.push((raw.to_owned(), answer()?));
        } else {
            self.list.clear();
        }
        Ok(())
    }

    /// Whether the answers are still all here: those of a call always are.
    fn is_listed(&self, has_report: bool) -> bool {
        !has_report || self.ok + self.bad <= LISTED as i64
    }

    /// The document. Errors: `error/json/limit`.
    pub fn stored(&self) -> Result<Vec<u8>> {
        let pair = |(dataset, id): &(i64, i64)| Node::array([Node::from(*dataset), Node::from(*id)]);
        encoded(&Node::object([
            ("place", Node::from(self.place)),
            ("page", self.page.as_ref().map_or(Node::Null, Page::node)),
            ("failed", Node::array(self.failed.iter().map(pair))),
            ("ok", Node::from(self.ok)),
            ("bad", Node::from(self.bad)),
            ("list", self.answers()?),
        ]))
    }

    /// The state of a document. Errors: `error/json/corrupt`.
    pub fn read(document: Value) -> Result<State> {
        let state = document.as_object().unwrap_or_default();
        let number = |name: &str| Ok::<_, Error>(state.get(name)?.and_then(|n| n.as_i64()));
        let mut failed = Vec::new();
        for pair in state.get("failed")?.and_then(|failed| failed.as_array()).iter().flat_map(Array::iter) {
            let pair: Vec<Value> = pair?.as_array().iter().flat_map(Array::iter).collect::<Result<_>>()?;
            if let [dataset, id] = pair.as_slice() {
                failed.extend(dataset.as_i64().zip(id.as_i64()));
            }
        }
        let mut list = Vec::new();
        for entry in state.get("list")?.and_then(|list| list.as_object()).unwrap_or_default().iter() {
            let (raw, answer) = entry?;
            list.push((raw.to_owned(), encoded(&Node::from(answer))?));
        }
        Ok(State {
            place: number("place")?.unwrap_or_default(),
            page: state.get("page")?.filter(|page| !page.is_null()).map(Page::read).transpose()?,
            failed,
            ok: number("ok")?.unwrap_or_default(),
            bad: number("bad")?.unwrap_or_default(),
            list,
        })
    }

    /// The call's answer: `{"list"?, "count": {"ok", "bad"}, "group.id"?}`. Errors: `error/json/limit`.
    pub fn result(&self, into: Option<&str>, has_report: bool) -> Result<Vec<u8>> {
        let count = Node::object([("ok", Node::from(self.ok)), ("bad", Node::from(self.bad))]);
        let mut keys = vec![("count", count)];
        if self.is_listed(has_report) {
            keys.push(("list", self.answers()?));
        }
        keys.extend(into.map(|into| ("group.id", Node::from(into))));
        encoded(&Node::object(keys))
    }

    /// One entry for each text: of equal ones the last, and they are equal.
    fn answers<'s>(&'s self) -> Result<Node<'s>> {
        let entry = |(raw, answer): &'s (String, Vec<u8>)| Ok((raw.as_str(), Node::from(root(answer)?)));
        self.list.iter().map(entry).collect::<Result<Vec<_>>>().map(Node::object)
    }
}
