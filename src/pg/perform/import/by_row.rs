//! Rows one by one, as `member.set` does them: for what arrays cannot do, and where another transaction was in the way.

use super::Open;
use super::chunk::{Ready, set as settle};
use super::lists::{HeadOf, Named, Wishes};
use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::{self, EventType};
use crate::domain::head::Attach;
use crate::domain::import::{IfExists, Outcome, Told};
use crate::domain::json::{Node, encoded, root};
use crate::domain::member::set::{CopyFrom, Form, IfExists as Existence, SetRequest};
use crate::domain::member::special::{OriginRef, Parted};
use crate::domain::member::system::lock::UNCONFIRMED;
use crate::domain::member::target::{Kind, Target};
use crate::pg::guc;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::set::{self, Source, Work};
use crate::pg::perform::{follow, heads, resolve};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::event::{self as log, Event};
use crate::pg::store::{address, body, head};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What rows came to.
pub struct Rows {
    /// How many heads came to the group of the import.
    pub added: i64,
    /// What `member.set` warns of.
    pub warnings: Vec<Error>,
}

/// Does rows one after the other, each in a savepoint. `told` are the persons of whom the log has heard.
///
/// Errors: `error/member/concurrent`, those of the lists.
pub fn perform(open: &Open, ready: &[Ready], outcomes: &mut [Result<Outcome>], told: &mut Told) -> Result<Rows> {
    let named = Named::open(open.session, ready.iter().flat_map(|row| &row.parted.special), open.addr_type);
    if !guc::versioning() {
        // All bodies first, in ascending order: a row that has made somebody waits for nobody's body.
        lock::hold_all(open.session, &targets(open, ready), &[], Purpose::Touch)?.keep();
    }
    let mut done: BTreeMap<&Address, bool> = BTreeMap::new();
    let (mut changed, mut warnings) = (BTreeSet::new(), Vec::new());
    for row in ready {
        let savepoint = Savepoint::begin();
        let mut own = Vec::new();
        let outcome = named.check(&row.parted.special).and_then(|()| one(open, row, told, &mut own));
        match outcome {
            Ok((outcome, dataset)) => {
                savepoint.release();
                warnings.append(&mut own);
                if outcome != Outcome::Ignored {
                    done.insert(&row.address, row.row.is_active);
                }
                if !matches!(outcome, Outcome::Ignored | Outcome::Unchanged) {
                    changed.extend(dataset);
                }
                settle(outcomes, row.place, Ok(outcome));
            }
            Err(error) => {
                drop(savepoint);
                settle(outcomes, row.place, Err(error));
            }
        }
    }
    Ok(Rows { added: finish(open, &done, changed)?, warnings })
}

/// Everybody whom rows name.
fn targets(open: &Open, ready: &[Ready]) -> Vec<Target> {
    let heads = ready.iter().flat_map(|row| row.row.attach.iter().chain(&row.row.detach));
    let heads = heads.filter_map(|(kind, raw)| resolve::target(open.session, raw, *kind, &mut Vec::new()).ok());
    ready.iter().map(|row| Target::Address(row.address.clone())).chain(heads).collect()
}

/// What follows for all: lists, versions, events.
fn finish(open: &Open, done: &BTreeMap<&Address, bool>, mut changed: BTreeSet<i64>) -> Result<i64> {
    let session = open.session;
    let addresses: Vec<&Address> = done.keys().copied().collect();
    // Where they are now: what a row attached may have taken another's place.
    let known = address::by_addresses(session, &addresses);
    let found = known.iter().zip(done.values());
    let active: Vec<(HeadOf, bool)> = found
        .filter_map(|(known, active)| {
            let known = known.as_ref()?;
            Some(((known.owner?.dataset, known.id), *active))
        })
        .collect();
    let heads: Vec<HeadOf> = active.iter().map(|(head, _)| *head).collect();
    body::lock_all(session, &heads.iter().map(|(dataset, _)| *dataset).collect::<Vec<_>>());
    let listed = open.list(&heads, &Wishes::default(), &active)?;
    changed.extend(&listed.touched);
    let changed = Vec::from_iter(changed);
    body::import_touched(session, &changed, open.at);
    log::write(&open.told(&listed, |dataset| body::version(session, dataset).unwrap_or_default())?);
    // All of them: a rule may ask when somebody was imported last.
    follow::follow_heads(session, &changed)?;
    open.sequences(&heads)?;
    Ok(listed.added)
}

/// One row: what became of it, and its body.
fn one(open: &Open, row: &Ready, told: &mut Told, warnings: &mut Vec<Error>) -> Result<(Outcome, Option<i64>)> {
    let (session, import) = (open.session, open.import);
    let options = import.options;
    let attach = row.row.attach.iter().map(|(kind, head)| Attach {
        head: Cow::Borrowed(head.as_ref()),
        kind: *kind,
        origin: None,
        confirm: options.attach.confirm,
        rules: options.attach.rules,
        data_rule: options.attach.data_rule.clone(),
    });
    let request = SetRequest {
        email: Cow::Borrowed(row.address.value.as_str()),
        kind: Kind::Type(open.addr_type),
        form: Form::Datakeys,
        if_exists: match options.if_exists {
            IfExists::Upsert => Existence::Upsert,
            IfExists::Error | IfExists::Ignore => Existence::Error,
            IfExists::Must => Existence::Must,
        },
        origin: open.origin.map(|number| OriginRef::Number(number.into())),
        confirm: options.confirm,
        letter_confirm: options.letter_confirm,
        letter_other: options.letter_other,
        source: None,
        program: Parted {
            data: row.parted.data.clone(),
            special: row.parted.special.clone(),
            warnings: Vec::new(),
            reads_system: row.parted.reads_system,
            passage: row.parted.passage.clone(),
            reads_passage: row.parted.reads_passage,
        },
        passage: None,
        copy: CopyFrom::Own,
        fresh: false,
        attach: attach.collect(),
        dry_run: false,
        warnings: Vec::new(),
    };
    let (limits, now) = (*import.limits, import.now.clone());
    let work =
        Work { session, request: &request, source: Source::Own, limits, now, letters: &open.letters, passage: None };
    let done = match set::perform(&work, Target::Address(row.address.clone()), warnings) {
        Err(error) if error.id == Id::MemberExists && options.if_exists == IfExists::Ignore => {
            return Ok((Outcome::Ignored, None));
        }
        done => done?,
    };
    let mut has_left = false;
    for (kind, raw) in &row.row.detach {
        has_left |= detach(session, *kind, raw, done.dataset)?;
    }
    let outcome = match (done.newbie, done.changed || has_left) {
        (true, _) => {
            let head = head::read(session, done.dataset, done.id)?;
            Outcome::New { unconfirmed: head.is_some_and(|head| head.lock & UNCONFIRMED != 0) }
        }
        (false, true) => Outcome::Updated,
        (false, false) => Outcome::Unchanged,
    };
    if open.wanted.has(import.event) && !told.has(done.dataset) {
        tell(open, done.id, done.dataset, done.newbie)?;
        told.add(done.dataset);
    }
    Ok((outcome, Some(done.dataset)))
}

/// Tells the log that a row was imported.
fn tell(open: &Open, address_id: i64, dataset: i64, is_new: bool) -> Result<()> {
    let event_type: EventType = open.import.event;
    let version = body::version(open.session, dataset).unwrap_or_default();
    let body = event::import(is_new);
    log::write(&[Event { event_type, at: open.at, address_id, dataset, version, body }.prepare()?]);
    Ok(())
}

/// Takes an identifier from the subscriber of a row; whether it was one of its heads.
///
/// Errors: `error/member/head/taken` where it is somebody else's, `error/member/head/last`.
fn detach(session: &Session, kind: Kind, raw: &str, dataset: i64) -> Result<bool> {
    let target = resolve::target(session, raw, kind, &mut Vec::new())?;
    let known = address::find(session, &target)?;
    match (known.and_then(|known| known.owner), &target) {
        (None, _) | (_, Target::Id(_) | Target::Dataset(_)) => Ok(false),
        (Some(owner), _) if owner.dataset != dataset => {
            Err(Error::new(Id::HeadTaken, "member.head.detach: the identifier is another subscriber's"))
        }
        (Some(_), Target::Address(address)) => {
            let request = [("email", address.value.as_str()), ("addr_type", address.addr_type.as_str())];
            let request = encoded(&Node::object(request.map(|(key, text)| (key, Node::from(text)))))?;
            heads::detach(session, root(&request)?).map(|_| true)
        }
    }
}
