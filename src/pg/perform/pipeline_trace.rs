//! `pipeline_trace`: what a run did, step by step (pipelines-and-hooks.md 13).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Decimal, Node, root};
use crate::domain::time;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::spi::Session;
use crate::pg::store::{pipeline_run, run_outcome};

/// `{"run", "channel", "kind", "state", "at"?, "took_ms"?, "error"?, "steps"?}`; `state` is `waiting` until it has ended.
///
/// Errors: `error/pipeline/run`.
pub fn trace(session: &Session, run: i64) -> Result<Encoded> {
    let not_exists = || Error::new(Id::PipelineRun, "there is no run of this number, or it is kept no more");
    let kept = pipeline_run::read(session, &[run]);
    let kept = kept.first().ok_or_else(not_exists)?;
    let mut pairs =
        vec![("run", Node::from(run)), ("channel", Node::from(kept.run.channel)), ("kind", Node::from(kept.run.kind))];
    match run_outcome::read(session, run) {
        None => pairs.push(("state", Node::from("waiting"))),
        Some(outcome) => {
            let took = Decimal::parse(&format!("{:.3}", outcome.took_ms));
            pairs.push(("state", Node::from(outcome.state)));
            pairs.push(("at", Node::from(time::show_pg_micros(outcome.at, &guc::time_zone()?))));
            pairs.push(("took_ms", took.map_or(Node::Null, Node::from)));
            if let Some(code) = outcome.code {
                let message = Node::from(outcome.message.unwrap_or_default());
                pairs.push(("error", Node::object([("code", Node::from(code)), ("message", message)])));
            }
            if let Some(steps) = outcome.steps {
                pairs.push(("steps", Node::from(root(steps)?)));
            }
        }
    }
    Encoded::new(&Node::object(pairs))
}
