//! What the benches of the workers measure with: a receiver that counts, and commits whose events are timed.
//!
//! `meter serve PORT` receives over HTTP until it is ended. `meter delay SOURCE COUNT PAUSE_MS STATEMENT` commits the
//! statement COUNT times and prints how long after each commit its event came to SOURCE: `http:PORT`, `rabbit:URI`
//! (queue `delay`) or `kafka:BROKER/TOPIC`. `meter topic BROKER NAME` makes a topic.

mod arrivals;
mod commits;
mod http;
mod kafka;
mod rabbit;

use arrivals::Arrivals;
use commits::Commit;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// What goes wrong here ends the bench.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How long the last event may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Commits that come first and do not count: connections are made meanwhile.
const WARM: usize = 10;

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
        Some(("kafka", place)) => tokio::spawn(kafka::consume(kafka::open(place)?, arrivals.clone())),
        _ => return Err("a source is http:PORT, rabbit:URI or kafka:BROKER/TOPIC".into()),
    };
    let work = async {
        make(WARM, pause, &statement).await?;
        arrivals.reach(DELAY, WARM).await;
        let commits = make(count, pause, &statement).await?;
        timeout(PATIENCE, arrivals.reach(DELAY, WARM + count)).await?;
        commits::report(&commits, arrivals.instants(DELAY).get(WARM..).unwrap_or_default());
        Ok(())
    };
    tokio::select! {
        ended = listening => ended?,
        done = work => done,
    }
}

/// Commits in a thread of their own: arrivals are noted meanwhile.
async fn make(count: usize, pause: Duration, statement: &str) -> Result<Vec<Commit>> {
    let statement = statement.to_owned();
    spawn_blocking(move || commits::make(count, pause, &statement)).await?
}
