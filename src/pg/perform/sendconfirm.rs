//! `member.sendconfirm`: letters that ask for a confirmation, or help out of a stop-list (members.md 9.12).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Value, encoded, root};
use crate::domain::member::selector::{OPTIONS, SELECTORS, Selected, Selector};
use crate::domain::message::state::Step;
use crate::domain::message::suppress::Purpose;
use crate::domain::reply::reply;
use crate::domain::report::Returned;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::gathered::Named;
use crate::pg::perform::job::Kind;
use crate::pg::perform::launch;
use crate::pg::perform::lock::Purpose as Held;
use crate::pg::perform::mass::{self, Deed, Mass, Unseen};
use crate::pg::perform::message::{named, of_letter};
use crate::pg::perform::newbie::reaches;
use crate::pg::perform::selection::Selection;
use crate::pg::perform::sending::{Outcome, Sending};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::launch::Launch;
use crate::pg::store::sequence;

/// What the call takes beside whom it is about.
const PARAMETERS: &[&str] = &["confirm", "unsubcancel", "unsubsendercancel", "letter", "issue_name"];

/// The call on identifiers that are written out.
const SEND: Mass = Mass {
    action: "member.sendconfirm",
    phase: "sending",
    parameters: PARAMETERS,
    purpose: Held::Touch,
    unseen: Unseen::Skip,
    prepare: |session, request| {
        let sending = Sending::of(session, launch_of(session, request)?)?;
        Ok(Deed::each(move |known| sent(session, &sending, known)))
    },
};

/// Its track.
pub const KIND: Kind =
    Kind { action: SEND.action, is_alone: false, chunk: |session, part| mass::part(session, part, &SEND) };

/// Performs a request: `{"list": {as sent: 1 | 0}}`, later `{"track.id"}`; for others than `email` and `list`
/// `{"issue.id", "launch_id", "list"}`, later `{"issue.id", "launch_id", "track.id"}`.
///
/// Errors: `error/param/…`, `error/letter/…`, `error/channel/field`, `error/message/channel`, `error/pipeline/notexists`,
/// those of the group, `error/member/concurrent`, `error/member/versioning`.
pub fn send(session: &Session, request: Value) -> Result<Encoded> {
    let opened = open(request)?;
    let launch = launch_of(session, &opened)?;
    let selected = Selected::read(&opened)?;
    if let Selector::Listed(_) = selected.selector {
        return mass::call(session, request, &SEND);
    }
    if Returned::read(&opened)? != Returned::Reply {
        let explain = "result: what became of each message is in the statistics of its launch";
        return Err(Error::new(Id::ParamUnsupported, explain));
    }
    let name = opened.text("issue_name")?.filter(|name| !name.is_empty());
    let name = name.map_or_else(|| launch.name.clone(), str::to_owned);
    let sending = Sending::of(session, Launch { name, ..launch })?;
    let typed = with_type(&opened, request, &sending)?;
    // The launch is written before its track, or its messages.
    Savepoint::around(|| match &typed {
        Some(typed) => to_many(session, &open(root(typed)?)?, sending),
        None => to_many(session, &opened, sending),
    })
}

fn open(request: Value) -> Result<Request> {
    Request::open(request, &[SELECTORS.as_slice(), &OPTIONS, PARAMETERS].concat(), &[])
}

/// What is sent: the letter, for the purpose that is asked for. Errors: `error/param/…`, `error/letter/…`.
fn launch_of(session: &Session, request: &Request) -> Result<Launch> {
    let purpose = purpose(request)?;
    of_letter(session, request.required("letter", request.number("letter")?)?, purpose)
}

/// A request whose filter says no type, with that of the letter's channel, as jsonb; nothing where it stays as it is.
fn with_type(opened: &Request, request: Value, sending: &Sending) -> Result<Option<Vec<u8>>> {
    let is_open = opened.value("group.filter")?.is_some() && matches!(opened.text("addr_type")?, None | Some(""));
    let Some(addr_type) = sending.channel.settings.addr_type.filter(|_| is_open) else { return Ok(None) };
    let mut keys = vec![("addr_type", Node::from(addr_type.as_str()))];
    for entry in request.as_object().unwrap_or_default().iter() {
        let (name, value) = entry?;
        if name != "addr_type" {
            keys.push((name, Node::from(value)));
        }
    }
    encoded(&Node::object(keys)).map(Some)
}

/// The one that is asked for. Errors: `error/param/wrong`.
fn purpose(request: &Request) -> Result<Purpose> {
    let mut asked = None;
    for (name, purpose) in Purpose::ALL.into_iter().skip(1) {
        if request.flag(name)? && asked.replace(purpose).is_some() {
            return Err(wrong(name, "the only one of confirm, unsubcancel and unsubsendercancel"));
        }
    }
    asked.ok_or_else(|| wrong("confirm", "1, or unsubcancel or unsubsendercancel"))
}

/// Sends to one that is under lock; whether the message is on its way.
fn sent(session: &Session, sending: &Sending, known: &Known) -> Result<bool> {
    let head = known.owner.map(|owner| (owner.dataset, known.id)).filter(|_| reaches(sending, known.address.addr_type));
    let outcomes = head.map(|head| sending.hand_over(session, &[head], None)).transpose()?;
    Ok(outcomes.is_some_and(|outcomes| matches!(outcomes.as_slice(), [Outcome::Sent(_)])))
}

/// Makes a launch of it.
fn to_many(session: &Session, request: &Request, mut sending: Sending) -> Result<Encoded> {
    let selected = Selected::read(request)?;
    if matches!(selected.selector, Selector::Heads)
        && Selection::read(session, request)?.addr_type != sending.channel.settings.addr_type
    {
        return Err(wrong("group", "of the addr_type of the letter's channel"));
    }
    let id = sequence::next_launch_id();
    sending.launch.id = id;
    launch::begin(session, &sending.launch);
    launch::step(session, id, Step::Send, None);
    let mut keys = named(&sending);
    if selected.is_sync {
        let deed = Deed::each(|known| sent(session, &sending, known));
        let list = mass::at_once(session, request, &selected, Held::Touch, Unseen::Skip, &deed)?;
        launch::step(session, id, Step::Finish, None);
        keys.extend(keys_of(root(list.bytes())?)?);
        return Encoded::new(&reply(keys, &[]));
    }
    let track = launch::enlist(session, id, Named::read(session, request, &selected)?, selected.info)?;
    keys.push(("track.id", Node::from(track)));
    Encoded::new(&reply(keys, &request.warnings))
}

/// The keys of an object.
fn keys_of(object: Value<'_>) -> Result<Vec<(&str, Node<'_>)>> {
    let entries = object.as_object().unwrap_or_default();
    entries.iter().map(|entry| entry.map(|(key, value)| (key, Node::from(value)))).collect()
}
