//! `member.pipe_log`: lines of Log pipes, and of runs that ended with a failure (pipelines-and-hooks.md 3.3).

use crate::domain::pipe::pipes::Level;
use crate::pg::append::append;
use crate::pg::spi::Arg;
use crate::pg::store::sequence::{self, relation};

/// A line.
pub struct Line<'a> {
    /// When, in the server's microseconds.
    pub at: i64,
    /// The channel.
    pub channel: i64,
    /// The kind of the pipeline.
    pub pipeline: &'a str,
    /// The pipe.
    pub pipe: i64,
    /// The run; 0 for a call of an entity operation or a trial.
    pub run: i64,
    /// How much it matters.
    pub level: Level,
    /// What is put before the text.
    pub prefix: &'a str,
    /// The text.
    pub message: &'a str,
}

/// Writes a line.
pub fn write(line: &Line) {
    let row = [
        sequence::next_pipe_log_id().into(),
        Arg::instant(line.at),
        line.channel.into(),
        line.pipeline.into(),
        line.pipe.into(),
        line.run.into(),
        line.level.name().into(),
        line.prefix.into(),
        line.message.into(),
    ];
    append(relation(c"pipe_log"), [row]);
}
