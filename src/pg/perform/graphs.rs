//! The graphs of pipelines: each is read once and kept.

use super::channel::Opened;
use crate::domain::error::Result;
use crate::domain::json::root;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::graph::Graph;
use crate::domain::pipe::kind::Kind;
use crate::pg::store::pipeline::Kept;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// How many graphs a process keeps: as many as it is likely to run.
const MOST_KEPT: usize = 256;

thread_local! {
    /// Graphs by the number of their version and the revision of their channel. Neither ever stands for anything else, so
    /// that none of them gets old.
    static GRAPHS: RefCell<HashMap<(i64, i64), Arc<Graph>>> = RefCell::default();
}

/// The graph of a version of a pipeline; none for one that takes the pipeline away.
///
/// Errors: `error/pipeline/invalid` where an event that it names was taken from the channel, `error/json/corrupt`.
pub fn opened(channel: &Opened, kind: Kind, kept: &Kept) -> Result<Option<Arc<Graph>>> {
    let Some(pipes) = kept.pipes else { return Ok(None) };
    let key = (kept.id, channel.revision);
    if let Some(graph) = GRAPHS.with_borrow(|graphs| graphs.get(&key).cloned()) {
        return Ok(Some(graph));
    }
    let document = Data::open(root(pipes)?)?;
    let graph = Arc::new(Graph::open(kind, &document, &channel.settings.around(channel.id))?);
    GRAPHS.with_borrow_mut(|graphs| {
        if graphs.len() >= MOST_KEPT {
            graphs.clear();
        }
        graphs.insert(key, graph.clone());
    });
    Ok(Some(graph))
}
