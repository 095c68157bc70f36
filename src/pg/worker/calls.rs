//! Calls that wait for a run: operations of entities, and what they are answered.

use super::queue::Asked;
use crate::domain::json::{Node, encoded};
use crate::domain::pipe::entity::Answers;
use crate::domain::pipe::machine::Ending;

/// A call that waits for an operation.
pub struct Call {
    /// Where it waits.
    pub asked: Asked,
    /// What the operation may answer.
    pub answers: Answers,
}

impl Call {
    /// Answers with what the operation came to.
    pub fn answer(self, ending: Ending) {
        self.asked.answer(&answer_of(self.answers.check(ending)));
    }

    /// Answers that there is no result.
    pub fn refuse(self, text: &str) {
        self.asked.answer(&refused(500, text));
    }
}

/// What a call gets that came to nothing.
fn refused(code: i64, text: &str) -> Vec<u8> {
    encoded(&Node::object([("error", Node::from(code)), ("error_text", Node::from(text))])).unwrap_or_default()
}

/// What a call gets.
fn answer_of(ending: Ending) -> Vec<u8> {
    match ending {
        Ending::Done(Some(answer)) => answer.stored().unwrap_or_else(|error| refused(500, &error.to_string())),
        Ending::Done(None) | Ending::Stopped => refused(500, "no result"),
        Ending::Refused { code, message } => refused(code, &message.replace('\0', "")),
        Ending::Failed { failure, .. } => refused(failure.code, &failure.message.replace('\0', "")),
    }
}
