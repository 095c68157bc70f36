//! `member.confirm` and the cookies of its links (members.md 9.13, shapes.md 11).

use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{EventType, member_confirm};
use crate::domain::json::{Node, Value};
use crate::domain::member::cookie::{Cookie, Key, Purpose};
use crate::domain::member::set::{read_source, writable};
use crate::domain::member::stoplist::{Record, Sender};
use crate::domain::member::system::{Head, Stop, lock as locks};
use crate::domain::member::target::Kind;
use crate::domain::message::suppress::Purpose as Letter;
use crate::domain::reply::{self, reply};
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::follow::follow_heads;
use crate::pg::perform::lock::{self, Held};
use crate::pg::perform::update::read_head;
use crate::pg::perform::{resolve, stoplist as stop_calls};
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::event::{self, Event};
use crate::pg::store::{body, head, secret, stoplist};

/// `member.confirm {email, addr_type?, cookie, source?}`: `{"member", "confirmed": 1 | 0}`; 0 where the identifier was
/// confirmed already.
///
/// Errors: those of the identifier, `error/member/notexists`, `error/member/wrongcookie`, `error/member/concurrent`,
/// `error/member/versioning`.
pub fn confirm(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, &["email", "addr_type", "cookie", "source"], &[])?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let raw = request.required("email", request.identifier("email")?)?;
    let kind = writable(Kind::of(&request, "addr_type")?)?;
    let cookie = request.required("cookie", request.text("cookie")?)?;
    let host = read_source(&request)?;
    let target = resolve::target(session, &raw, kind, &mut warnings)?;
    let cookie = genuine(session, cookie, Purpose::Confirm)?;
    let Held { known: Some(known), body: Some(locked) } = lock::hold(session, &target)? else {
        return Err(not_exists());
    };
    let mut head = read_head(session, locked.dataset, known.id)?;
    let is_new = head.lock & locks::UNCONFIRMED != 0;
    let entered = head::enter_time(session, locked.dataset, known.id).ok_or_else(wrong)?;
    // What is confirmed already may be confirmed again by any link of this entry, the one that was followed included.
    let is_right = if is_new { cookie.at == unconfirmed_since(&head, entered) } else { cookie.at >= entered };
    if cookie.id != known.id || !is_right {
        return Err(wrong());
    }
    if is_new {
        let (at, version) = (guc::statement_micros(), locked.version + 1);
        let told = Event {
            event_type: EventType::MemberConfirm,
            at,
            address_id: known.id,
            dataset: locked.dataset,
            version,
            body: member_confirm(known.id, host),
        };
        let told = told.prepare()?;
        head.lock &= !locks::UNCONFIRMED;
        (head.confirm_time, head.confirm_host) = (Some(at), host);
        head::confirm(session, locked.dataset, &head);
        body::touch(session, locked.dataset, version, at, host);
        event::write(&[told]);
        follow_heads(session, &[locked.dataset])?;
    }
    let keys = vec![("member", reply::member(known.id, &known.address)), ("confirmed", Node::from(i64::from(is_new)))];
    Encoded::new(&reply(keys, &warnings))
}

/// `member.cookie {email, addr_type?, sender?}`: the links that letters to an identifier carry, `{"confirm",
/// "unsubcancel", "unsubsendercancel"}`, each `{"cookie", "url"}`, or null where there is nothing to confirm or to cancel;
/// `url` is null without `pg_member.public_url`.
///
/// Errors: those of the identifier, `error/member/notexists` for one that was never seen, `error/dictionary/notexists`.
pub fn cookies(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = Request::open(request, &["email", "addr_type", "sender"], &[])?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let raw = request.required("email", request.identifier("email")?)?;
    let kind = writable(Kind::of(&request, "addr_type")?)?;
    let sender = Sender::read_one(&request)?.map(|sender| stop_calls::number(session, sender)).transpose()?;
    let target = resolve::target(session, &raw, kind, &mut warnings)?;
    let known = address::find(session, &target)?.ok_or_else(not_exists)?;
    let key = made_key(session)?;
    let stops = stoplist::read(session, &known.address);
    let own = |sender: i64| own_stop(&stops, known.id, sender);
    let sender = sender.filter(|sender| *sender != 0);
    let keys = vec![
        ("confirm", shown(to_confirm(session, &known)?, &key)),
        ("unsubcancel", shown(own(0), &key)),
        ("unsubsendercancel", shown(sender.and_then(own), &key)),
    ];
    Encoded::new(&reply(keys, &warnings))
}

/// The link that a letter of this purpose is about, as its reader follows it; nothing where there is nothing to confirm or
/// to cancel. Errors: `error/member/concurrent`.
pub fn own_link(session: &Session, purpose: Letter, dataset: i64, head: &Head, sender: i64) -> Result<Option<String>> {
    let cookie = match purpose {
        Letter::Message => None,
        Letter::Confirm if head.lock & locks::UNCONFIRMED == 0 => None,
        Letter::Confirm => own_confirm(session, dataset, head),
        Letter::Cancel => own_stop(&stoplist::read(session, &head.address), head.id, 0),
        Letter::CancelSender => own_stop(&stoplist::read(session, &head.address), head.id, sender),
    };
    let Some(cookie) = cookie else { return Ok(None) };
    Ok(Some(cookie.link(guc::public_url(), &made_key(session)?).unwrap_or_default()))
}

/// The cookie that takes the subscriber's own record for a sender out of a stop-list.
fn own_stop(stops: &[Stop], id: i64, sender: i64) -> Option<Cookie> {
    let is_own = |stop: &&Stop| stop.kind == Record::Member.as_str() && stop.sender == sender;
    let at = stops.iter().find(is_own)?.at;
    Some(Cookie { purpose: Purpose::Cancel, id, sender, at })
}

/// The cookie that confirms a head, if it is to be confirmed. Errors: `error/json/corrupt`.
fn to_confirm(session: &Session, known: &Known) -> Result<Option<Cookie>> {
    let Some(dataset) = known.owner.map(|owner| owner.dataset) else { return Ok(None) };
    let head = head::read(session, dataset, known.id)?.filter(|head| head.lock & locks::UNCONFIRMED != 0);
    Ok(head.and_then(|head| own_confirm(session, dataset, &head)))
}

/// The cookie that confirms a head which is to be confirmed.
fn own_confirm(session: &Session, dataset: i64, head: &Head) -> Option<Cookie> {
    let at = unconfirmed_since(head, head::enter_time(session, dataset, head.id)?);
    Some(Cookie { purpose: Purpose::Confirm, id: head.id, sender: 0, at })
}

/// What the links of a head that is to be confirmed are bound to: its entry, or the confirmation that `member.lockconfirm` took
/// back, so that no link from before takes that back.
fn unconfirmed_since(head: &Head, entered: i64) -> i64 {
    head.confirm_time.unwrap_or(entered)
}

fn shown<'n>(cookie: Option<Cookie>, key: &Key) -> Node<'n> {
    cookie.map_or(Node::Null, |cookie| {
        let url = cookie.link(guc::public_url(), key).map_or(Node::Null, Node::from);
        Node::object([("cookie", Node::from(cookie.seal(key))), ("url", url)])
    })
}

/// A cookie that the account signed for this purpose. Errors: `error/member/wrongcookie`.
pub fn genuine(session: &Session, text: &str, purpose: Purpose) -> Result<Cookie> {
    let cookie = secret::cookie_key(session).and_then(|key| Cookie::open(text, &key));
    cookie.filter(|cookie| cookie.purpose == purpose).ok_or_else(wrong)
}

/// The key of the account, made when it is first needed. Errors: `error/member/concurrent` where another transaction
/// makes it and this one may not see what was committed since it began.
fn made_key(session: &Session) -> Result<Key> {
    if let Some(key) = secret::cookie_key(session) {
        return Ok(key);
    }
    secret::make_cookie_key(session);
    secret::cookie_key(session).ok_or_else(|| Error::new(Id::MemberConcurrent, "the key of cookies was made meanwhile"))
}

/// The refusal of a cookie.
#[cold]
pub fn wrong() -> Error {
    Error::new(Id::MemberWrongcookie, "cookie")
}

#[cold]
fn not_exists() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}
