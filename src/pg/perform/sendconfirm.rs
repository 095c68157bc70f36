//! `member.sendconfirm`: letters that ask for a confirmation, or help out of a stop-list (members.md 9.12).

use crate::domain::error::Result;
use crate::domain::json::{Node, Value};
use crate::domain::member::delete::one_or_list;
use crate::domain::member::listed::refuse_track;
use crate::domain::member::set::writable;
use crate::domain::member::target::{Kind, Target};
use crate::domain::message::state::Step;
use crate::domain::message::suppress::Purpose;
use crate::domain::reply::reply;
use crate::domain::request::{Request, wrong};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::delete::answer_list;
use crate::pg::perform::lock::{self, Purpose as Held};
use crate::pg::perform::message::{named, of_letter};
use crate::pg::perform::newbie::reaches;
use crate::pg::perform::selection::Selection;
use crate::pg::perform::sending::{Outcome, Sending};
use crate::pg::perform::{job, launch, resolve};
use crate::pg::spi::Session;
use crate::pg::store::launch::Launch;
use crate::pg::store::sequence;

const KNOWN: &[&str] = &[
    "confirm",
    "unsubcancel",
    "unsubsendercancel",
    "letter",
    "issue_name",
    "email",
    "list",
    "group",
    "group.filter",
    "addr_type",
    "member.haslock",
    "sync",
    "track.info",
];
const UNSUPPORTED: &[&str] = &["url", "stat.uni"];

/// Performs a request: `{"list": {as sent: 1 | 0}}` for `email` and `list`; for a group `{"issue.id", "launch_id",
/// "track.id"}`, with sync 1 `{"issue.id", "launch_id", "count"}`.
///
/// Errors: `error/param/…`, `error/letter/…`, `error/message/channel`, `error/pipeline/notexists`, those of the group,
/// `error/member/concurrent`, `error/member/versioning`.
pub fn send(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, KNOWN, UNSUPPORTED)?;
    let purpose = purpose(&request)?;
    let letter = request.required("letter", request.number("letter")?)?;
    let launch = of_letter(session, letter, purpose)?;
    if request.value("group")?.or(request.value("group.filter")?).is_some() {
        to_group(session, &request, launch)
    } else {
        to_list(session, &request, Sending::of(session, launch)?)
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

fn to_list(session: &Session, request: &Request, sending: Sending) -> Result<Encoded> {
    refuse_track(request)?;
    let mut warnings = request.warnings.clone();
    let list = one_or_list(request)?;
    let kind = writable(Kind::of(request, "addr_type")?)?;
    let targets = resolve::each(session, &list, kind, &mut warnings);
    let known: Vec<Target> = targets.iter().flatten().cloned().collect();
    let mut held = lock::hold_all(session, &known, &[], Held::Touch)?.keep().into_iter();
    let mut answers = Vec::with_capacity(list.len());
    for (raw, target) in list.iter().zip(&targets) {
        let known = target.as_ref().and_then(|_| held.next().flatten());
        let known = known.filter(|known| reaches(&sending, known.address.addr_type));
        let head = known.and_then(|known| Some((known.owner?.dataset, known.id)));
        let outcome = head.map(|head| sending.hand_over(session, &[head], None)).transpose()?;
        let is_sent = outcome.is_some_and(|outcomes| matches!(outcomes.as_slice(), [Outcome::Sent(_)]));
        answers.push((raw.as_ref(), is_sent));
    }
    Encoded::new(&reply(vec![("list", answer_list(answers))], &warnings))
}

fn to_group(session: &Session, request: &Request, launch: Launch) -> Result<Encoded> {
    let name = request.text("issue_name")?.filter(|name| !name.is_empty());
    let name = name.map_or_else(|| launch.name.clone(), str::to_owned);
    let mut sending = Sending::of(session, Launch { name, ..launch })?;
    let selection = Selection::read(session, request)?;
    if selection.addr_type != sending.channel.settings.addr_type {
        return Err(wrong("group", "of the addr_type of the letter's channel"));
    }
    let id = sequence::next_launch_id();
    sending.launch.id = id;
    launch::begin(session, &sending.launch);
    launch::step(session, id, Step::Send, None);
    let mut keys = named(&sending);
    if request.flag("sync")? {
        let result = launch::run(session, id, request)?;
        let count = job::keys_of(&result)?.into_iter().find(|(key, _)| *key == "count");
        keys.extend(count.map(|(_, count)| ("count", count)));
        return Encoded::new(&reply(keys, &request.warnings));
    }
    let track = launch::enlist(session, id, request, request.text("track.info")?)?;
    keys.push(("track.id", Node::from(track)));
    Encoded::new(&reply(keys, &request.warnings))
}
