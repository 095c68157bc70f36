//! Why an attempt came to nothing, or to a part.

use super::{Outcome, Verdict};
use crate::domain::pipe::failure as pipe;
use std::error::Error;
use std::io;
use std::time::Duration;

/// How much of an answer or of a problem is kept, in characters.
const KEPT: usize = 1000;

/// What came in return when all arrived.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub status: Option<u16>,
    pub text: String,
}

/// Why an attempt came to nothing, or to a part: an [`Outcome`] without its duration.
#[derive(Debug)]
pub(super) struct Failure {
    pub verdict: Verdict,
    pub state: &'static str,
    pub status: Option<u16>,
    pub text: String,
    pub arrived: usize,
}

impl Failure {
    /// One that another attempt may mend.
    pub fn again(state: &'static str, text: impl Into<String>) -> Failure {
        Failure { verdict: Verdict::Again { after: None }, state, status: None, text: text.into(), arrived: 0 }
    }

    /// One that no attempt will mend.
    pub fn stop(state: &'static str, text: impl Into<String>) -> Failure {
        Failure { verdict: Verdict::Stop, ..Failure::again(state, text) }
    }

    /// Settings that no client can be made of.
    pub fn settings(text: impl Into<String>) -> Failure {
        Failure::stop("settings", text)
    }

    /// Nothing came within the time given.
    pub fn timeout(limit: Duration, what: &str) -> Failure {
        Failure::again("timeout", format!("{what} within {} s", limit.as_secs()))
    }

    /// The same, with so many items known to have arrived.
    pub fn after(self, arrived: usize) -> Failure {
        Failure { arrived, ..self }
    }
}

/// A connection that was not made.
pub(super) fn on_dialling(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::again("refused", "the connection was refused"),
        _ => Failure::again("unreachable", chain(&error)),
    }
}

/// As pipelines see it (pipelines-and-hooks.md 13.4).
impl From<Failure> for pipe::Failure {
    fn from(failure: Failure) -> pipe::Failure {
        let begin = match failure.state {
            "settings" => return pipe::Failure::new(pipe::Code::Params, failure.text),
            "too_large" => return pipe::Failure::new(pipe::Code::Limit, failure.text),
            "unresolved" => "dns",
            "address_not_allowed" | "refused" | "unreachable" | "login_refused" => "connect",
            "tls" => "tls",
            "timeout" => "timeout",
            _ => "read",
        };
        pipe::Failure::new(pipe::Code::Transport, format!("{begin}: {}", failure.text))
    }
}

/// What became of an attempt with `items` items that began at `sent_at` and took `took`.
pub(super) fn outcome(attempt: Result<Answer, Failure>, items: usize, sent_at: i64, took: Duration) -> Outcome {
    match attempt {
        Ok(Answer { status, text }) => {
            let answer = beginning(text);
            Outcome { verdict: Verdict::Delivered, state: "delivered", status, answer, sent_at, took, arrived: items }
        }
        Err(Failure { verdict, state, status, text, arrived }) => {
            Outcome { verdict, state, status, answer: beginning(text), sent_at, took, arrived }
        }
    }
}

/// The first characters of a text, but for those that PostgreSQL has no place for.
fn beginning(mut text: String) -> String {
    text.retain(|char| char != '\0');
    if let Some((end, _)) = text.char_indices().nth(KEPT) {
        text.truncate(end);
    }
    text
}

/// An error and what it came from, in one line; what a cause repeats of its effect is said once.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// An error and its causes, those that I/O errors carry inside included.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_counted_in_characters() {
        assert_eq!(beginning("ё".repeat(1500)), "ё".repeat(1000));
        assert_eq!(beginning("short".to_owned()), "short");
        assert_eq!(beginning("a\0b\0".repeat(1000)), "ab".repeat(500), "a text of the server's has no zero octets");
    }

    #[test]
    fn a_chain_says_nothing_twice_and_looks_into_io_errors() {
        let inner = std::io::Error::other("the root");
        let outer = std::io::Error::other(inner);
        assert_eq!(chain(&outer), "the root");
        assert_eq!(causes(&outer).count(), 3);
    }
}
