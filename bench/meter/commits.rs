//! Commits with pauses between them, and how long after each its event arrived.

use crate::Result;
use postgres::{Client, Config, NoTls};
use std::env;
use std::time::{Duration, SystemTime};

/// A commit.
pub struct Commit {
    /// When the client learnt of it.
    pub at: SystemTime,
    /// How long COMMIT itself took.
    pub took: Duration,
}

/// Runs a statement in so many transactions, one after the other, each after a pause.
pub fn make(count: usize, pause: Duration, statement: &str) -> Result<Vec<Commit>> {
    let mut client = connect()?;
    let statement = client.prepare(statement)?;
    let mut commits = Vec::with_capacity(count);
    for _ in 0..count {
        std::thread::sleep(pause);
        client.batch_execute("BEGIN")?;
        client.execute(&statement, &[])?;
        let begun = SystemTime::now();
        client.batch_execute("COMMIT")?;
        let at = SystemTime::now();
        commits.push(Commit { at, took: at.duration_since(begun)? });
    }
    Ok(commits)
}

/// Prints the median, the 99th percentile and the longest of the delays, and the median of COMMIT itself, all in
/// milliseconds. The n-th event belongs to the n-th commit: they are sent in order.
pub fn report(commits: &[Commit], arrivals: &[SystemTime]) {
    let delays = commits.iter().zip(arrivals).map(|(commit, arrival)| milliseconds(commit.at, *arrival)).collect();
    let took = commits.iter().map(|commit| commit.took.as_secs_f64() * 1000.0).collect();
    let (delays, took) = (sorted(delays), sorted(took));
    let [p50, p99, longest] = [0.5, 0.99, 1.0].map(|part| quantile(&delays, part));
    println!("{p50:.3} {p99:.3} {longest:.3} {:.3}", quantile(&took, 0.5));
}

/// The server that the environment names.
fn connect() -> Result<Client> {
    let of = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let mut config = Config::new();
    config.host(&of("PGHOST")?).port(of("PGPORT")?.parse()?).user(&of("PGUSER")?).dbname(&of("PGDATABASE")?);
    Ok(config.connect(NoTls)?)
}

/// An event may arrive before the client learns of its commit.
fn milliseconds(from: SystemTime, to: SystemTime) -> f64 {
    match to.duration_since(from) {
        Ok(delay) => delay.as_secs_f64() * 1000.0,
        Err(early) => early.duration().as_secs_f64() * -1000.0,
    }
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

/// The value that this part of all does not exceed.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
