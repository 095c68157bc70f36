//! What the benches of the workers measure with: a receiver that counts, and commits whose events are timed.
//!
//! `meter serve PORT` receives over HTTP until it is ended. `meter delay SOURCE COUNT PAUSE_MS STATEMENT` commits the
//! statement COUNT times and prints how long after each commit its event came to SOURCE: `http:PORT`, `rabbit:URI`
//! (queue `delay`) or `kafka:BROKER` (topic `delay`). `meter topic BROKER NAME` makes a topic.

mod arrivals;
mod commits;
mod http;
mod kafka;
mod rabbit;

use arrivals::Arrivals;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// What goes wrong here ends the bench.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How long the last event may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the source of a delay notes its arrivals.
const DELAY: &str = "delay";

/// One thread: the other core belongs to what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", port] => http::serve(port.parse()?, Arc::default()).await,
        ["topic", broker, name] => kafka::make_topic(broker, name).await,
        ["delay", source, count, pause, statement] => {
            delay(source, count.parse()?, Duration::from_millis(pause.parse()?), (*statement).to_owned()).await
        }
        _ => Err("usage: serve PORT | topic BROKER NAME | delay SOURCE COUNT PAUSE_MS STATEMENT".into()),
    }
}

async fn delay(source: &str, count: usize, pause: Duration, statement: String) -> Result<()> {
    let arrivals = Arc::new(Arrivals::default());
    let listening = match source.split_once(':') {
        Some(("http", port)) => tokio::spawn(http::serve(port.parse()?, arrivals.clone())),
        Some(("rabbit", uri)) => tokio::spawn(rabbit::consume(rabbit::open(uri).await?, arrivals.clone())),
        Some(("kafka", broker)) => tokio::spawn(kafka::consume(kafka::open(broker)?, arrivals.clone())),
        _ => return Err("a source is http:PORT, rabbit:URI or kafka:BROKER".into()),
    };
    let commits = tokio::task::spawn_blocking(move || commits::make(count, pause, &statement)).await??;
    tokio::select! {
        ended = listening => ended??,
        reached = tokio::time::timeout(PATIENCE, arrivals.reach(DELAY, count)) => drop(reached?),
    }
    commits::report(&commits, &arrivals.instants(DELAY));
    Ok(())
}
