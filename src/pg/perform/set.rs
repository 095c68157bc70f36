//! `member.set`: creates a subscriber or changes its data (members.md 6 and 8.1).

use crate::domain::address::Address;
use crate::domain::datakey::date::Now;
use crate::domain::datakey::{self, Applied, Context, CopySource, Limits};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Value};
use crate::domain::member::set::{CopyFrom, CopyMissing, IfExists, SetRequest};
use crate::domain::member::special::OriginRef;
use crate::domain::member::target::Target;
use crate::domain::reply;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::newbie::Letters;
use crate::pg::perform::passage::{self, Change};
use crate::pg::perform::{create, lock, membership, obj, resolve, set_heads, subject, update};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::{address, body, head, origin};

/// What a call did, for its reply.
pub struct Done {
    /// Whether the subscriber is new.
    pub newbie: bool,
    /// The number of the identifier.
    pub id: i64,
    /// The identifier.
    pub address: Address,
    /// Its body.
    pub dataset: i64,
    /// Whether the data or the heads are others than before; lists do not count.
    pub changed: bool,
}

/// Performs a request.
///
/// Errors: those of reading the request and of its program, `error/member/notexists`, `member_exists`,
/// `error/member/copy/notexists`, `error/origin/notexists`, `error/member/versioning`, `error/member/concurrent`.
pub fn set(session: &Session, request: Value) -> Result<Encoded> {
    with(session, request, |work, target, mut warnings| {
        if work.request.dry_run {
            return set_heads::show(work, target, warnings);
        }
        let done = perform_whole(work, target, &mut warnings)?;
        answer(session, &done, work.request, &warnings)
    })
}

/// The same for a trigger, which has no reply: gives the warnings. Errors: as [`set`].
pub fn set_for_warnings(session: &Session, request: Value) -> Result<Vec<Error>> {
    with(session, request, |work, target, mut warnings| {
        perform_whole(work, target, &mut warnings)?;
        Ok(warnings)
    })
}

/// Reads a request, and finds what it needs before anything is locked.
fn with<T>(session: &Session, request: Value, act: impl FnOnce(&Work, Target, Vec<Error>) -> Result<T>) -> Result<T> {
    let (limits, now) = (guc::limits(), guc::now()?);
    let written = obj::written(session, request, &now)?;
    let mut request = SetRequest::read(request, written.as_ref(), &limits)?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let target = resolve::target(session, &request.email, request.kind, &mut warnings)?;
    let source = Source::find(session, &request.copy)?;
    membership::hold(session, &request.program.special);
    let asked = (request.letter_confirm, request.letter_other);
    let letters = Letters::open(session, asked, target.address().map(|address| address.addr_type), &mut warnings)?;
    let passage = passage::asked(request.passage);
    act(&Work { session, request: &request, source, limits, now, letters: &letters, passage }, target, warnings)
}

/// Performs what was read. A letter to who is new is made when everything else is written: a refusal takes that along.
fn perform_whole(work: &Work, target: Target, warnings: &mut Vec<Error>) -> Result<Done> {
    match work.letters.are_any() {
        true => Savepoint::around(|| perform(work, target, warnings)),
        false => perform(work, target, warnings),
    }
}

/// Performs what was read; the list groups that its program names are held already. Adds the warnings of attaching heads.
///
/// Errors: as [`set`].
pub fn perform(work: &Work, target: Target, warnings: &mut Vec<Error>) -> Result<Done> {
    let Work { session, request, .. } = *work;
    if !request.attach.is_empty() {
        return set_heads::set(work, target, warnings);
    }
    for _ in 0..lock::ATTEMPTS {
        let held = lock::hold(session, &target)?;
        let done = match held {
            lock::Held { known: Some(known), body: Some(body) } => {
                refuse_if(request.if_exists == IfExists::Error, Id::MemberExists)?;
                Some(update::update(work, known, body)?)
            }
            lock::Held { known, .. } => {
                refuse_if(request.if_exists == IfExists::Must, Id::MemberNotexists)?;
                create::create(work, &target, known)?
            }
        };
        if let Some(done) = done {
            if done.newbie {
                work.letters.send(session, done.dataset, done.id)?;
            }
            return Ok(done);
        }
    }
    Err(lock::too_busy())
}

/// Refuses where existence says so.
pub fn refuse_if(refused: bool, id: Id) -> Result<()> {
    let explain = match id {
        Id::MemberExists => "the subscriber exists",
        _ => "the subscriber does not exist",
    };
    if refused { Err(Error::new(id, explain)) } else { Ok(()) }
}

/// What the copying modes read, found before anything is locked.
pub enum Source<'s> {
    /// The subscriber itself.
    Own,
    /// A document, with what the system knows of its head if it is another subscriber's.
    Document(Value<'s>, Option<Vec<u8>>),
    /// Nobody: copies write null.
    Null,
    /// Nobody: copies are left out.
    Skip,
}

impl<'s> Source<'s> {
    /// Finds it. Errors: `error/member/copy/notexists`, those of the identifier.
    pub fn find(session: &'s Session, copy: &CopyFrom<'s>) -> Result<Source<'s>> {
        let (email, kind, missing) = match copy {
            CopyFrom::Own => return Ok(Source::Own),
            CopyFrom::Data(value) => return Ok(Source::Document(*value, None)),
            CopyFrom::Member { email, kind, missing } => (email, *kind, *missing),
        };
        let target = resolve::target(session, email, kind, &mut Vec::new())?;
        let known = address::find(session, &target)?;
        if let Some((dataset, id)) = known.and_then(|known| Some((known.owner?.dataset, known.id)))
            && let Some((body, data)) = body::read(session, dataset)?
            && let Some(head) = head::read(session, dataset, id)?
        {
            return Ok(Source::Document(data, Some(subject::document(session, &body, &head)?)));
        }
        match missing {
            CopyMissing::Error => Err(Error::new(Id::MemberCopyNotexists, "copy_email names no subscriber")),
            CopyMissing::Null => Ok(Source::Null),
            CopyMissing::Skip => Ok(Source::Skip),
        }
    }
}

/// One call at work: what it was asked, and what holds for all of it.
pub struct Work<'a> {
    /// The open session.
    pub session: &'a Session,
    /// What was asked.
    pub request: &'a SetRequest<'a>,
    /// Where copies read.
    pub source: Source<'a>,
    /// How far data may grow.
    pub limits: Limits,
    /// The instant of the call.
    pub now: Now,
    /// The letters to who is new.
    pub letters: &'a Letters,
    /// The passage of a sequence that the call is about.
    pub passage: Option<i64>,
}

impl<'a> Work<'a> {
    /// What copies read beside data, where the program reads it: what the system knows of a head, and what the passage of
    /// a sequence keeps. `dataset` is the body, if it is there; `own` reads the document of the subscriber's own head.
    ///
    /// Errors: those of `own`, `error/json/…`.
    pub fn system(&self, dataset: Option<i64>, own: impl FnOnce() -> Result<Vec<u8>>) -> Result<Option<Vec<u8>>> {
        let program = &self.request.program;
        let known = match &self.source {
            Source::Own if program.reads_system => Some(own()?),
            Source::Document(_, system) => system.clone(),
            _ => None,
        };
        match program.reads_passage {
            true => passage::shown_in(self.session, known.as_deref(), self.passage, dataset).map(Some),
            false => Ok(known),
        }
    }

    /// Runs the program on `data`; `system` is what [`Work::system`] gave.
    ///
    /// Errors: those of the program.
    pub fn run_program(&'a self, data: Value<'a>, system: Option<&'a [u8]>) -> Result<Applied<'a>> {
        let context = self.context(CopySource::Own, system)?;
        datakey::apply(data, &self.request.program.data, &context)
    }

    /// What the program makes of the data of the passage. Copies read `data`, the person's as they will be.
    ///
    /// Errors: those of the program, `error/sequence/passage`.
    pub fn passage_change(&self, dataset: Option<i64>, data: Value, system: Option<&[u8]>) -> Result<Option<Change>> {
        let context = self.context(CopySource::Data(data), system)?;
        Change::plan(self.session, self.passage, dataset, &self.request.program.passage, &context)
    }

    /// What a program reads; `own` is where it copies from the subscriber itself.
    fn context<'c>(&'c self, own: CopySource<'c>, system: Option<&'c [u8]>) -> Result<Context<'c>> {
        let copy = match &self.source {
            Source::Own => own,
            Source::Document(value, _) => CopySource::Data(*value),
            Source::Null => CopySource::Null,
            Source::Skip => CopySource::Skip,
        };
        let system = system.map(json::root).transpose()?;
        Ok(Context { limits: &self.limits, now: &self.now, copy, system })
    }
}

/// The number of the origin that a request names. Errors: `error/origin/notexists`.
pub fn origin_number(session: &Session, named: &OriginRef) -> Result<i32> {
    let found = origin::find(session, named).map(|origin| origin.id);
    found.ok_or_else(|| Error::new(Id::OriginNotexists, "there is no such origin"))
}

fn answer(session: &Session, done: &Done, request: &SetRequest, warnings: &[Error]) -> Result<Encoded> {
    let mut keys =
        vec![("newbie", Node::from(i64::from(done.newbie))), ("member", reply::member(done.id, &done.address))];
    let fresh = obj::fresh(session, request, done.dataset, done.id)?;
    if let Some((key, fresh)) = &fresh {
        keys.push((*key, Node::from(json::root(fresh.bytes())?)));
    }
    Encoded::new(&reply::reply(keys, warnings))
}
