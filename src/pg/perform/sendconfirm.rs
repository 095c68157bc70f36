//! `member.sendconfirm`: letters that ask for a confirmation, or help out of a stop-list (members.md 9.12).

use crate::domain::error::Result;
use crate::domain::json::{Node, Value, root};
use crate::domain::member::selector::{SELECTORS, Selected, Selector};
use crate::domain::message::state::Step;
use crate::domain::message::suppress::Purpose;
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::gathered::Named;
use crate::pg::perform::launch;
use crate::pg::perform::lock::Purpose as Held;
use crate::pg::perform::mass::{self, Deed, Unseen};
use crate::pg::perform::message::{named, of_letter};
use crate::pg::perform::newbie::reaches;
use crate::pg::perform::selection::Selection;
use crate::pg::perform::sending::{Outcome, Sending};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::launch::Launch;
use crate::pg::store::sequence;

/// What the call takes beside whom it is about.
const PARAMETERS: &[&str] = &["confirm", "unsubcancel", "unsubsendercancel", "letter", "issue_name"];

/// Performs a request: `{"list": {as sent: 1 | 0}}`; for others than `email` and `list` also `{"issue.id", "launch_id"}`, and
/// later `{"issue.id", "launch_id", "track.id"}`.
///
/// Errors: `error/param/…`, `error/letter/…`, `error/channel/field`, `error/message/channel`, `error/pipeline/notexists`,
/// those of the group,
/// `error/member/concurrent`, `error/member/versioning`.
pub fn send(session: &Session, request: Value) -> Result<Encoded> {
    let known = [SELECTORS.as_slice(), &["addr_type", "member.haslock", "sync", "track.info"], PARAMETERS].concat();
    let request = Request::open(request, &known, &[])?;
    let purpose = purpose(&request)?;
    let letter = request.required("letter", request.number("letter")?)?;
    let launch = of_letter(session, letter, purpose)?;
    let selected = Selected::read(&request)?;
    match (&selected.selector, selected.is_sync) {
        (Selector::Listed(_), true) => {
            let list = to_each(session, &request, &selected, &Sending::of(session, launch)?)?;
            Encoded::new(&reply(keys_of(root(&list)?)?, &[]))
        }
        // The launch is written before its track, or its messages.
        _ => Savepoint::around(|| to_many(session, &request, &selected, launch)),
    }
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

/// Sends to each in the call: `{"list", "warnings"?}`, as jsonb.
fn to_each(session: &Session, request: &Request, selected: &Selected, sending: &Sending) -> Result<Vec<u8>> {
    let deed = Deed::each(|known| {
        let head =
            known.owner.map(|owner| (owner.dataset, known.id)).filter(|_| reaches(sending, known.address.addr_type));
        let outcomes = head.map(|head| sending.hand_over(session, &[head], None)).transpose()?;
        Ok(outcomes.is_some_and(|outcomes| matches!(outcomes.as_slice(), [Outcome::Sent(_)])))
    });
    Ok(mass::at_once(session, request, selected, Held::Touch, Unseen::Skip, &deed)?.bytes().to_vec())
}

/// Makes a launch of it.
fn to_many(session: &Session, request: &Request, selected: &Selected, launch: Launch) -> Result<Encoded> {
    let name = request.text("issue_name")?.filter(|name| !name.is_empty());
    let name = name.map_or_else(|| launch.name.clone(), str::to_owned);
    let mut sending = Sending::of(session, Launch { name, ..launch })?;
    if matches!(selected.selector, Selector::Heads)
        && Selection::read(session, request)?.addr_type != sending.channel.settings.addr_type
    {
        return Err(wrong("group", "of the addr_type of the letter's channel"));
    }
    let id = sequence::next_launch_id();
    sending.launch.id = id;
    launch::begin(session, &sending.launch);
    launch::step(session, id, Step::Send, None);
    if selected.is_sync {
        let list = to_each(session, request, selected, &sending)?;
        launch::step(session, id, Step::Finish, None);
        let keys = named(&sending).into_iter().chain(keys_of(root(&list)?)?).collect();
        return Encoded::new(&reply(keys, &[]));
    }
    let mut keys = named(&sending);
    let track = launch::enlist(session, id, Named::read(session, request, selected)?, selected.info)?;
    keys.push(("track.id", Node::from(track)));
    Encoded::new(&reply(keys, &request.warnings))
}

/// The keys of an object.
fn keys_of(object: Value<'_>) -> Result<Vec<(&str, Node<'_>)>> {
    let entries = object.as_object().unwrap_or_default();
    entries.iter().map(|entry| entry.map(|(key, value)| (key, Node::from(value)))).collect()
}
