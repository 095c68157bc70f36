//! How most calls are made: one request in, one answer out, in a session of their own.

use crate::domain::error::Result;
use crate::domain::json::{self, Value};
use crate::pg::boundary::{Answer, Call};
use crate::pg::jsonb::Encoded;
use crate::pg::spi::{Access, Session};

/// What a call does with its request.
type Work = fn(&Session, Value) -> Result<Encoded>;

/// The answer of a call that takes one request and may write.
pub fn writing(call: &Call, work: Work) -> Result<Answer> {
    with_request(call, Access::Write, work)
}

/// The answer of a call that takes one request and writes nothing.
pub fn reading(call: &Call, work: Work) -> Result<Answer> {
    with_request(call, Access::Read, work)
}

fn with_request(call: &Call, access: Access, work: Work) -> Result<Answer> {
    let Some(bytes) = call.jsonb(0) else { return Ok(Answer::Null) };
    let request = json::root(bytes)?;
    answer(access, |session| work(session, request))
}

/// The answer of a call that has read its arguments.
pub fn answer(access: Access, work: impl FnOnce(&Session) -> Result<Encoded>) -> Result<Answer> {
    let session = Session::open(access);
    let encoded = work(&session)?;
    drop(session);
    Ok(Answer::encoded(encoded))
}
