//! The kinds of work that tracks do: in chunks, each a transaction of its own.

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, root};
use crate::domain::pipe::failure::Failure;
use crate::pg::guc;
use crate::pg::perform::{
    delete, email, email_test, group_fill, group_index, hook_resend, import, launch, live, member_count, member_list,
    member_update, member_where, sendconfirm, sequence_member, stoplist,
};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::track::{self, Telling};
use crate::pg::worker::queue;
use crate::sink::request::{Answer, Request as Outside};
use std::time::Duration;

/// A kind of work.
pub struct Kind {
    /// The call that it belongs to.
    pub action: &'static str,
    /// Whether one such track runs at a time; a second waits for the first.
    pub is_alone: bool,
    /// Does the next part of the work. A refusal ends the track, and the part is rolled back.
    pub chunk: fn(&Session, &Part) -> Result<Progress>,
}

/// The part of a track that is to be done next.
pub struct Part<'a> {
    /// The number of the track; none where the work is done in the caller's transaction.
    pub track: Option<i64>,
    /// What the track is to do.
    pub request: Value<'a>,
    /// Where the part before stopped; none for the first.
    pub state: Option<Value<'a>>,
    /// How much is done.
    pub done: i64,
    /// Now, in the server's microseconds.
    pub at: i64,
    /// What came back, where the part before asked something.
    pub answer: Option<&'a Answered>,
}

impl Part<'_> {
    /// Has the track tell what it is doing, and of how much; in the caller's transaction there is nobody to hear it.
    pub fn tell(&self, session: &Session, phase: &str, total: Option<i64>) {
        if let Some(track) = self.track {
            track::tell(session, track, &Telling { phase: Some(phase), total, result: None });
        }
    }

    /// What the dispatcher answered. Errors: `error/json/corrupt`.
    pub fn told(&self) -> Result<Option<Value<'_>>> {
        match self.answer {
            Some(Answered::Dispatcher(answer)) => root(answer).map(Some),
            Some(Answered::Http(_)) | None => Ok(None),
        }
    }
}

/// What a part came to.
pub enum Progress {
    /// There is more to do.
    More {
        /// How much is done now.
        done: i64,
        /// Where it stopped, as jsonb.
        state: Vec<u8>,
    },
    /// The world outside is waited for: the worker does other tracks meanwhile, and looks after this one again later.
    Later {
        /// Where it stopped, as jsonb.
        state: Vec<u8>,
    },
    /// The world outside is asked, between two transactions; the part that is next gets the answer. If the worker dies
    /// meanwhile, it gets none, and asks again.
    Ask {
        /// Where it stopped, as jsonb; nothing where it goes on from the same place.
        state: Option<Vec<u8>>,
        /// What is asked.
        question: Question,
    },
    /// All is done.
    Done {
        /// How much that was.
        done: i64,
        /// The call's own answer, as jsonb.
        result: Vec<u8>,
    },
}

/// What is asked of the world outside.
pub enum Question {
    /// The dispatcher is asked (shapes.md 9).
    Dispatcher {
        /// The request, as jsonb.
        request: Vec<u8>,
        /// How long the answer may take.
        limit: Duration,
    },
    /// A request is made over HTTP.
    Http(Box<Outside>),
}

/// What came back.
pub enum Answered {
    /// What the dispatcher answered, as jsonb.
    Dispatcher(Vec<u8>),
    /// What the receiver of a request answered, or why there is nothing.
    Http(std::result::Result<Answer, Failure>),
}

/// Asks the dispatcher, and waits for the answer. Errors: `error/worker/…`, and what it refuses with.
pub fn ask_dispatcher(request: &[u8], limit: Duration) -> Result<Answered> {
    let answer = queue::ask(request, limit)?;
    queue::refusal_in(&answer)?.map_or(Ok(Answered::Dispatcher(answer)), Err)
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    email_test::KIND,
    hook_resend::KIND,
    launch::KIND,
    group_fill::CLEAN,
    group_fill::SNAPSHOT,
    group_index::KIND,
    import::track::KIND,
    live::KIND,
    delete::KIND,
    email::KIND,
    member_count::KIND,
    member_list::KIND,
    member_update::KIND,
    member_where::KIND,
    sendconfirm::KIND,
    sequence_member::START,
    sequence_member::STOP,
    stoplist::ADD,
    stoplist::DELETE,
    stoplist::ERASE,
];

/// Does all the work of a kind in the caller's transaction; gives the call's own answer, as jsonb. A part that is refused
/// takes those before it along.
///
/// Errors: those of its parts.
pub fn run(session: &Session, kind: &Kind, request: &[u8]) -> Result<Vec<u8>> {
    Savepoint::around(|| run_parts(session, kind, request))
}

fn run_parts(session: &Session, kind: &Kind, request: &[u8]) -> Result<Vec<u8>> {
    let (mut done, mut state, mut answer) = (0, None::<Vec<u8>>, None::<Answered>);
    loop {
        let at = guc::statement_micros();
        let before = state.as_deref().map(root).transpose()?;
        let part = Part { track: None, request: root(request)?, state: before, answer: answer.as_ref(), done, at };
        match (kind.chunk)(session, &part)? {
            Progress::More { done: so_far, state: reached } => (done, state, answer) = (so_far, Some(reached), None),
            Progress::Later { state: reached } => (state, answer) = (Some(reached), None),
            Progress::Ask { state: reached, question: Question::Dispatcher { request, limit } } => {
                (state, answer) = (reached.or(state), Some(ask_dispatcher(&request, limit)?));
            }
            Progress::Ask { question: Question::Http(_), .. } => {
                return Err(Error::new(Id::ParamUnsupported, "sync: 1 with a request to the outside"));
            }
            Progress::Done { result, .. } => return Ok(result),
        }
    }
}

/// The keys of such an answer. Errors: `error/json/corrupt`.
pub fn keys_of(result: &[u8]) -> Result<Vec<(&str, Node<'_>)>> {
    let entries = root(result)?.as_object().unwrap_or_default();
    entries.iter().map(|entry| entry.map(|(key, value)| (key, Node::from(value)))).collect()
}

/// The kind of a call.
pub fn kind_of(action: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.action == action)
}
