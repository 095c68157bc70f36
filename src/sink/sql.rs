//! Queries of other PostgreSQL servers, through a connector (pipelines-and-hooks.md 3.10).
//!
//! Rows come as the text that the server writes, which is what the simple protocol gives; the types of parameters and
//! columns are asked for before. A query with values is prepared and executed by SQL's own commands, each value a quoted
//! literal: the server reads it as the type that the parameter has, and nothing of it becomes part of the query.

use super::Reach;
use super::failure::{Failure, chain};
use super::session::Session;
use crate::domain::pipe::connector::Connector;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure as Failed};
use crate::domain::pipe::sql::{Rows, bound, refused};
use futures_util::StreamExt;
use postgres_protocol::escape::escape_literal;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_postgres::{Client, Error, SimpleQueryMessage, Statement};

/// How long a session is kept that nothing is asked by: other servers have few places.
const IDLE: Duration = Duration::from_secs(60);

/// A connector as it is set now.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its number.
    pub id: i64,
    /// Grows with each change of its settings.
    pub revision: i64,
    /// Its settings.
    pub connector: Connector,
}

/// A query.
#[derive(Clone)]
pub struct Query {
    /// The text, with `$1`, `$2`, …
    pub text: String,
    /// The values.
    pub values: Vec<Data>,
    /// Whether the first row is wanted, as an object, rather than all, as a list.
    pub map: bool,
    /// How long connecting may take.
    pub connection_timeout: Duration,
    /// How long the query may take.
    pub query_timeout: Duration,
    /// The most octets of its answer.
    pub room: usize,
}

/// The sessions of all connectors; none at first.
#[derive(Default)]
pub struct Databases {
    kept: Mutex<HashMap<i64, Kept>>,
}

/// The sessions of a connector that rest.
struct Kept {
    revision: i64,
    reach: Reach,
    resting: Vec<(Session, Instant)>,
}

impl Databases {
    /// Asks another database, on the runtime that it is called on.
    ///
    /// Failures: `transport`, beginning with `dns:`, `connect:`, `tls:`, `timeout:` or `read:`; `query` with the server's
    /// SQLSTATE and words; `limit`, `codec`.
    pub async fn ask(&self, target: &Target, query: &Query, reach: &Reach) -> Result<Data, Failed> {
        let session = self.session(target, query, reach).await?;
        match timeout(query.query_timeout, answer(session.client(), query)).await {
            Ok(Ok(rows)) => {
                self.rest(target, reach, session);
                Ok(rows.answer(query.map))
            }
            // What it did not finish, the server gives up when the session is gone or sooner.
            Ok(Err(failure)) => {
                session.cancel(reach);
                Err(failure)
            }
            Err(_) => {
                session.cancel(reach);
                let words = format!("no answer within {} s, the query was cancelled", query.query_timeout.as_secs());
                Err(refused("57014", &words))
            }
        }
    }

    /// Ends sessions that nothing was asked by for a minute. To be called now and then; it takes no time.
    pub fn close_idle(&self) {
        self.lock().retain(|_, kept| {
            kept.resting.retain(|(session, since)| !session.is_over() && since.elapsed() < IDLE);
            !kept.resting.is_empty()
        });
    }

    /// A session that rested, or a new one.
    async fn session(&self, target: &Target, query: &Query, reach: &Reach) -> Result<Session, Failed> {
        while let Some(session) = self.wake(target, reach) {
            // The other side may have hung up meanwhile: then this is where it is noticed.
            let cleaned = timeout(query.connection_timeout, session.client().batch_execute("DISCARD ALL")).await;
            if matches!(cleaned, Ok(Ok(()))) {
                return Ok(session);
            }
        }
        let limit = query.connection_timeout;
        let opened = timeout(limit, Session::open(&target.connector, reach)).await;
        opened.unwrap_or_else(|_| Err(Failure::timeout(limit, "no connection"))).map_err(Failed::from)
    }

    fn wake(&self, target: &Target, reach: &Reach) -> Option<Session> {
        let mut all = self.lock();
        let kept = all.get_mut(&target.id)?;
        if kept.revision != target.revision || kept.reach != *reach {
            all.remove(&target.id);
            return None;
        }
        kept.resting.pop().map(|(session, _)| session)
    }

    fn rest(&self, target: &Target, reach: &Reach, session: Session) {
        let mut all = self.lock();
        let new = || Kept { revision: target.revision, reach: reach.clone(), resting: Vec::new() };
        let kept = all.entry(target.id).or_insert_with(new);
        // Of settings that are not those of now, it ends here.
        if kept.revision == target.revision && kept.reach == *reach {
            kept.resting.push((session, Instant::now()));
        }
    }

    /// Nobody panics while holding it.
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(client: &Client, query: &Query) -> Result<Rows, Failed> {
    let statement = client.prepare(&query.text).await.map_err(told)?;
    let columns = statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().oid()));
    let mut rows = Rows::new(columns.collect(), query.room);
    let command = command(query, &statement)?;
    let mut messages = pin!(client.simple_query_raw(&command).await.map_err(told)?);
    while let Some(message) = messages.next().await {
        if let SimpleQueryMessage::Row(row) = message.map_err(told)? {
            rows.push((0..row.len()).map(|place| row.try_get(place).ok().flatten()))?;
        }
    }
    Ok(rows)
}

/// The query with its values.
fn command(query: &Query, statement: &Statement) -> Result<String, Failed> {
    let types = statement.params();
    if types.len() > query.values.len() {
        return Err(Failed::new(Code::Query, format!("the query has {} parameters", types.len())));
    }
    if types.is_empty() {
        return Ok(query.text.clone());
    }
    let texts = query.values.iter().zip(types).map(|(value, found)| bound(value, found.oid()));
    let literals: Vec<String> =
        texts.map(|text| text.map_or("NULL".to_owned(), |text| escape_literal(&text))).collect();
    // A query may end with a comment.
    Ok(format!("PREPARE pg_member AS {}\n; EXECUTE pg_member({})", query.text, literals.join(", ")))
}

/// An error of a query: the server's own, or that of the connection.
fn told(error: Error) -> Failed {
    match error.as_db_error() {
        Some(said) => refused(said.code().code(), said.message()),
        None => Failed::new(Code::Transport, format!("read: {}", chain(&error))),
    }
}
