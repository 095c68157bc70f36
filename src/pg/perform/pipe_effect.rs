//! What pipes do in the database: the store, the log, events, runs for later (pipelines-and-hooks.md 3).

use crate::domain::json::root;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::demand::{Demand, Effect};
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::pipes::{Level, PipeId};
use crate::domain::pipe::trace::Secrets;
use crate::pg::guc;
use crate::pg::perform::message_event;
use crate::pg::spi::Session;
use crate::pg::store::pipe_log::{self, Line};
use crate::pg::store::pipe_store::{self, Key};
use crate::pg::store::pipeline_run::{self, Run};
use std::time::Duration;

/// The longest key of the store and the longest name of a collection, in bytes: both stand in an index.
const LONGEST_KEY: usize = 1024;

/// The run that asks.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// Its number; 0 for a call of an entity operation or a trial.
    pub run: i64,
    /// The channel.
    pub channel: i64,
    /// The kind of the pipeline.
    pub kind: String,
    /// The pipe where it is.
    pub pipe: PipeId,
    /// How many Schedulers stand before it.
    pub generation: i32,
    /// The launch; 0 for none.
    pub launch: i64,
    /// The message that it sends, or that it goes on about.
    pub send_message_id: Option<String>,
    /// The identifier that it sends to; 0 for none.
    pub address_id: i64,
    /// Its body; 0 for none.
    pub dataset: i64,
    /// The passage of a sequence; 0 for none.
    pub passage: i64,
    /// The real address behind a substitute: nothing of it is written down.
    pub hidden: Secrets,
    /// Its own objects, as jsonb.
    pub objects: Option<Vec<u8>>,
    /// The real address behind a substitute, sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Does what a run asks of the database at an instant. Requests and queries are not its business.
pub fn carry_out(
    session: &Session,
    asker: &Asker,
    demand: Demand,
    secrets: &Secrets,
    now: i64,
) -> Result<Effect, Failure> {
    match demand {
        Demand::StoreSet { table, key, value, ttl } => {
            let (value, key) = (stored(asker.hidden.hide_in(value))?, asker.hidden.hide(&key));
            pipe_store::set(session, named(asker, &table, &key)?, &value, after(now, ttl));
            Ok(Effect::Done)
        }
        Demand::StoreGet { table, key, delete } => {
            let key = asker.hidden.hide(&key);
            let key = named(asker, &table, &key)?;
            let found = if delete { pipe_store::take(session, key, now) } else { pipe_store::get(session, key, now) };
            let found = found.map(|stored| root(stored).and_then(Data::open)).transpose();
            found.map(Effect::Found).map_err(|error| Failure::new(Code::Store, error.id.as_str()))
        }
        Demand::Log { level, prefix, message } => {
            let prefix = prefix.unwrap_or_else(|| format!("{}|{}", asker.channel, asker.pipe));
            log(asker, level, &secrets.hide(&prefix), &secrets.hide(&message), now);
            Ok(Effect::Done)
        }
        Demand::Event(mut happening) => {
            happening.rest =
                happening.rest.into_iter().map(|(key, value)| (key, asker.hidden.hide_in(value))).collect();
            message_event::register(session, *happening).map(|()| Effect::Done)
        }
        Demand::Schedule { pipe, delay, document } => {
            schedule(asker, pipe, delay.unwrap_or_else(guc::pipe_scheduler_delay), document, now)?;
            Ok(Effect::Done)
        }
        Demand::KeepBack(reason) => {
            let smid = asker.send_message_id.as_deref().unwrap_or_default();
            message_event::keep_back(session, smid, reason).map(|()| Effect::KeptBack)
        }
        Demand::Http(_) | Demand::Sql(_) => Err(Failure::new(Code::Params, "this pipe needs a worker")),
    }
}

/// Writes a line to the log of pipelines, and to the server's where that is wished.
pub fn log(asker: &Asker, level: Level, prefix: &str, message: &str, now: i64) {
    // The server has no text with a zero byte.
    let (prefix, message) = (prefix.replace('\0', ""), message.replace('\0', ""));
    pipe_log::write(&Line {
        at: now,
        channel: asker.channel,
        pipeline: &asker.kind,
        pipe: asker.pipe,
        run: asker.run,
        level,
        prefix: &prefix,
        message: &message,
    });
    if guc::is_logged(level) {
        match level {
            Level::Trace => pgrx::debug5!("{prefix}{message}"),
            Level::Debug => pgrx::debug1!("{prefix}{message}"),
            Level::Info => pgrx::log!("{prefix}{message}"),
            Level::Warn => pgrx::warning!("{prefix}{message}"),
            Level::Error => pgrx::warning!("error: {prefix}{message}"),
        }
    }
}

fn schedule(asker: &Asker, pipe: PipeId, delay: Duration, document: Data, now: i64) -> Result<(), Failure> {
    let most = guc::pipe_max_reschedules();
    if most > 0 && asker.generation >= most {
        return Err(Failure::new(Code::Limit, format!("put off more than {most} times in a row")));
    }
    let input = stored(asker.hidden.hide_in(document))?;
    let run = Run {
        channel: asker.channel,
        kind: "schedule",
        entry: Some(pipe),
        run_at: Some(after(now, delay)),
        parent: Some(asker.run).filter(|run| *run != 0),
        generation: asker.generation + 1,
        launch: asker.launch,
        send_message_id: asker.send_message_id.as_deref(),
        address_id: asker.address_id,
        dataset: asker.dataset,
        passage: asker.passage,
        input: &input,
        objects: asker.objects.as_deref(),
        sealed: asker.sealed.as_deref(),
    };
    pipeline_run::enqueue(&[run], now);
    Ok(())
}

fn named<'a>(asker: &Asker, table: &'a str, key: &'a str) -> Result<Key<'a>, Failure> {
    let is_good = |text: &str| text.len() <= LONGEST_KEY && !text.contains('\0');
    if is_good(table) && is_good(key) {
        return Ok(Key { channel: asker.channel, table, key });
    }
    Err(Failure::new(Code::Store, format!("a key and a table have at most {LONGEST_KEY} bytes and no \\u0000")))
}

fn stored(data: Data) -> Result<Vec<u8>, Failure> {
    data.stored().map_err(|error| Failure::new(Code::Store, format!("{}: {}", error.id.as_str(), error.explain)))
}

/// The instant so much later, as far as the calendar goes.
fn after(now: i64, delay: Duration) -> i64 {
    /// A hundred years.
    const FARTHEST: u128 = 100 * 366 * 86_400 * 1_000_000;
    now.saturating_add(i64::try_from(delay.as_micros().min(FARTHEST)).unwrap_or(i64::MAX))
}
