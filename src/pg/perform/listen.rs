//! `pipeline_listen`: a call from outside starts a channel's Listener pipeline (pipelines-and-hooks.md 5.5).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::kind::Kind;
use crate::domain::request::wrong;
use crate::domain::time;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::channel::{self, Opened};
use crate::pg::perform::pipeline;
use crate::pg::perform::run_now::bytes_of;
use crate::pg::spi::Session;
use crate::pg::store::pipeline_run::{self, Run};

/// Takes a request for a channel: `{"status": 202, "run"}`; `{"status"}` 404 for one without a Listener pipeline, 403 for
/// one that is switched off, 413 for a body that is too large.
///
/// Errors: `error/param/wrong` where the request is no object, `error/json/…`.
pub fn listen(session: &Session, name: &str, request: Value) -> Result<Encoded> {
    let Data::Object(request) = Data::open(request)? else { return Err(wrong("request", "an object")) };
    let status = match channel::open(session, name) {
        Ok(channel) => begin(session, &channel, request)?,
        Err(Error { id: Id::ChannelNotexists, .. }) => Begun::Refused(404),
        Err(error) => return Err(error),
    };
    Encoded::new(&match status {
        Begun::Run(run) => Node::object([("status", Node::from(202)), ("run", Node::from(run))]),
        Begun::Refused(status) => Node::object([("status", Node::from(status))]),
    })
}

/// What became of a request.
pub enum Begun {
    /// The number of its run.
    Run(i64),
    /// The status that says why there is none.
    Refused(i64),
}

/// Starts the Listener pipeline of a channel with a request.
pub fn begin(session: &Session, channel: &Opened, mut request: Object) -> Result<Begun> {
    if pipeline::find_current(session, channel, Kind::Listener)?.is_none() {
        return Ok(Begun::Refused(404));
    }
    if !channel.enabled {
        return Ok(Begun::Refused(403));
    }
    let now = guc::statement_micros();
    let body = bytes_of(request.remove("body").unwrap_or_default());
    if body.len() > guc::pipe_body_max() {
        return Ok(Begun::Refused(413));
    }
    request.insert("body".to_owned(), Data::Bytes(body.into()));
    if let Some(Data::Object(headers)) = request.remove("headers") {
        let lower = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        request.insert("headers".to_owned(), Data::Object(lower));
    }
    request.entry("received_at".to_owned()).or_insert_with(|| Data::from(time::rfc3339(now, 6)));
    let input = Data::Object(request).stored()?;
    let run = Run { channel: channel.id, kind: Kind::Listener.name(), input: &input, ..Run::default() };
    Ok(Begun::Run(pipeline_run::enqueue(&[run], now)))
}
