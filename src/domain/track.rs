//! Tracks: asynchronous calls, their states and how they are shown (shapes.md 10, members.md 4.1).

mod list;

pub use list::{PARAMETERS as LISTING, TrackList};

use crate::domain::json::{Node, Value};
use crate::domain::time::show_pg_micros;
use jiff::tz::TimeZone;

/// The longest `track.info`, in bytes.
pub const LONGEST_INFO: usize = 1024;

/// The state of a track; above zero it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for a worker.
    Accepted,
    /// A worker is at it.
    Running,
    /// It came to its end.
    Done,
    /// It failed.
    Error,
    /// Somebody stopped it.
    Stopped,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 5] = [Status::Accepted, Status::Running, Status::Done, Status::Error, Status::Stopped];

    /// Its number, as callers see it.
    pub const fn code(self) -> i32 {
        match self {
            Status::Accepted => 0,
            Status::Running => 1,
            Status::Done => -1,
            Status::Error => -2,
            Status::Stopped => -6,
        }
    }

    /// Its name in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::Running => "running",
            Status::Done => "done",
            Status::Error => "error",
            Status::Stopped => "stopped",
        }
    }
}

/// Whether a track of this number is at its end.
pub fn has_ended(code: i32) -> bool {
    code < Status::Accepted.code()
}

/// A track as it is kept; instants in the server's microseconds.
pub struct Track<'a> {
    /// Its number.
    pub id: i64,
    /// The call.
    pub action: &'a str,
    /// Its state.
    pub status: i32,
    /// When it was made.
    pub dt: i64,
    /// When its state changed last.
    pub dt_status: i64,
    /// What the caller wrote beside it.
    pub info: Option<&'a str>,
    /// The id of the error that ended it.
    pub error: Option<&'a str>,
    /// What was wrong.
    pub error_info: Option<&'a str>,
    /// How much is done.
    pub done: i64,
    /// Of how much; none while that is not known.
    pub total: Option<i64>,
    /// The call's own answer.
    pub param: Option<Value<'a>>,
}

/// `{"id","action","status","dt","dt_status","info","error","error.info","progress","param"}`.
pub fn shown<'a>(track: &Track<'a>, zone: &TimeZone) -> Node<'a> {
    let text = |text: Option<&'a str>| text.map_or(Node::Null, Node::from);
    let progress =
        Node::object([("done", Node::from(track.done)), ("total", track.total.map_or(Node::Null, Node::from))]);
    Node::object([
        ("id", Node::from(track.id)),
        ("action", Node::from(track.action)),
        ("status", Node::from(i64::from(track.status))),
        ("dt", Node::from(show_pg_micros(track.dt, zone))),
        ("dt_status", Node::from(show_pg_micros(track.dt_status, zone))),
        ("info", text(track.info)),
        ("error", text(track.error)),
        ("error.info", text(track.error_info)),
        ("progress", progress),
        ("param", track.param.map_or_else(|| Node::object::<&str>([]), Node::from)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_numbers_that_callers_know() {
        let codes = Status::ALL.map(Status::code);
        assert_eq!(codes, [0, 1, -1, -2, -6]);
        let ended: Vec<&str> = Status::ALL.iter().filter(|s| has_ended(s.code())).map(|s| s.name()).collect();
        assert_eq!(ended, ["done", "error", "stopped"]);
    }
}
