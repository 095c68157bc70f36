//! `letter_*`: letters are written, shown, deleted, and opened to be sent (shapes.md 11).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value};
use crate::domain::message::letter::{Letter, Parsed, Status, shown};
use crate::domain::message::suppress::Purpose;
use crate::domain::message::template::Link;
use crate::domain::reply::reply;
use crate::domain::request::{Request, identifier_of, wrong};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::channel;
use crate::pg::spi::Session;
use crate::pg::store::dictionary::SENDER;
use crate::pg::store::{letter, sequence};

/// `letter_set {id?, name?, channel, sender?, subject, body?: {text?, html?}, fields?, status?}`: `{"id"}`. With an `id` that
/// is there, keys not given stay.
///
/// Errors: `error/param/…`, `error/letter/…`, `error/channel/notexists`, `error/dictionary/notexists`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, Letter::known(), &[])?;
    let old = request.number("id")?.map(|id| find(session, id)).transpose()?;
    let before = old.as_ref().map(|(_, letter)| letter.clone());
    let (mut letter, channel) = Letter::read(&request, before)?;
    if let Some(named) = channel {
        let name = identifier_of(named).ok_or_else(|| wrong("channel", "a string_id or a number"))?;
        letter.channel = channel::open(session, &name)?.id;
    }
    if letter.channel == 0 {
        return Err(Error::new(Id::ParamMissing, "channel"));
    }
    if letter.sender.is_some_and(|sender| SENDER.find(session, sender).is_none()) {
        return Err(Error::new(Id::DictionaryNotexists, "sender"));
    }
    let id = old.map_or_else(sequence::next_dictionary_id, |(id, _)| id);
    letter::write(session, id, &letter, guc::statement_micros());
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

/// `letter_get {id}`: `{"obj"}`. Errors: `error/param/missing`, `error/letter/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let (id, letter) = find(session, request.required("id", request.number("id")?)?)?;
    Encoded::new(&reply(vec![("obj", shown(id, &letter)?)], &request.warnings))
}

/// `letter_list {}`: `{"list"}`. Errors: `error/param/wrong`.
pub fn list(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &[], &[])?;
    let letters = letter::list(session);
    let shown: Vec<Node> = letters.iter().map(|(id, letter)| shown(*id, letter)).collect::<Result<_>>()?;
    Encoded::new(&reply(vec![("list", Node::array(shown))], &request.warnings))
}

/// `letter_delete {id}`: `{"id"}`. Errors: `error/param/missing`, `error/letter/notexists`.
pub fn delete(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["id"], &[])?;
    let id = request.required("id", request.number("id")?)?;
    if !letter::delete(session, id) {
        return Err(not_exists());
    }
    Encoded::new(&reply(vec![("id", Node::from(id))], &request.warnings))
}

fn find(session: &Session, id: i64) -> Result<(i64, Letter)> {
    letter::find(session, id).map(|letter| (id, letter)).ok_or_else(not_exists)
}

/// A letter that may be sent.
pub struct Ready {
    /// Its number.
    pub id: i64,
    /// Its channel.
    pub channel: i64,
    /// Who it is from.
    pub sender: i64,
    /// Its subject, with commands: the name of a launch.
    pub subject: String,
    /// Its texts.
    pub parsed: Parsed,
}

/// Opens a letter to be sent for a purpose.
///
/// Errors: `error/letter/notexists`, `error/letter/moderation`, `error/letter/sender`, `error/letter/url` where it carries
/// links and they have no base, `error/letter/link` where it does not carry the link that it is for.
pub fn open(session: &Session, id: i64, purpose: Purpose) -> Result<Ready> {
    let (id, letter) = find(session, id)?;
    if letter.status != Status::Ready {
        return Err(Error::new(Id::LetterModeration, format!("the letter is in the status {}", letter.status.name())));
    }
    let sender = letter.sender.ok_or_else(|| Error::new(Id::LetterSender, "the letter has no sender"))?;
    let parsed = Parsed::of(&letter)?;
    let has = |link: Link| parsed.links().any(|carried| carried == link);
    let needed = match purpose {
        Purpose::Message => None,
        Purpose::Confirm => Some(Link::Confirm),
        Purpose::Cancel => Some(Link::Cancel),
        Purpose::CancelSender => Some(Link::CancelSender),
    };
    if needed.is_some_and(|needed| !has(needed)) {
        return Err(Error::new(Id::LetterLink, format!("the letter has no link of {}", purpose.name())));
    }
    if guc::public_url().is_empty() && parsed.links().next().is_some() {
        return Err(Error::new(Id::LetterUrl, "pg_member.public_url is empty"));
    }
    Ok(Ready { id, channel: letter.channel, sender, subject: letter.subject, parsed })
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::LetterNotexists, "no letter has this id")
}
