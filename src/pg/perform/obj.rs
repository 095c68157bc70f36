//! `obj` of `member.set`: answers to questionnaires (members.md 8.1).

use crate::domain::anketa::write::{Asked, Written, translate};
use crate::domain::datakey::date::Now;
use crate::domain::error::Result;
use crate::domain::json::Value;
use crate::domain::member::set::{Form, SetRequest};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{get_avo, subject};
use crate::pg::spi::Session;
use crate::pg::store::anketa;

/// The answers of a request as a datakey program; nothing where it is in the datakey format.
///
/// Errors: `error/param/wrong`, `error/anketa/notexists`, `error/quest/…`.
pub fn written(session: &Session, request: Value, now: &Now) -> Result<Option<Written>> {
    let Some(asked) = Asked::read(request)? else { return Ok(None) };
    let ankets = anketa::named(session, &asked.ankets()?);
    translate(&asked, &ankets, now).map(Some)
}

/// The data of a head, if the request wants to see them, under the key of the reply that its format has.
///
/// Errors: `error/json/…`, `error/param/wrong`.
pub fn fresh(
    session: &Session,
    request: &SetRequest,
    dataset: i64,
    id: i64,
) -> Result<Option<(&'static str, Encoded)>> {
    if !request.fresh {
        return Ok(None);
    }
    match request.form {
        Form::Datakeys => Ok(subject::everything(session, dataset, id)?.map(|data| ("datakey", data))),
        Form::Questionnaires => Ok(get_avo::obj(session, dataset, id, Vec::new())?.map(|obj| ("obj", obj))),
    }
}
