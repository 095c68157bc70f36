//! What is kept beside people: registered datakeys and live groups. Every backend knows them from memory and forgets
//! them when somebody changes one.

use crate::domain::address::AddrType;
use crate::domain::datakey::{self, Limits, Path, Step};
use crate::domain::error::Result;
use crate::domain::group::{Filter, MEMBER_HEADS, Mentions, stem};
use crate::domain::json::{Value, View};
use crate::pg::perform::rules::{Rule, filter_of};
use crate::pg::snapshot::Latest;
use crate::pg::spi::{Access, Session};
use crate::pg::store::sequence::relation;
use crate::pg::store::{attribute, group};
use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What is kept.
#[derive(Default)]
pub struct Kept {
    /// The registered datakeys.
    pub attributes: Vec<(String, Path<'static>)>,
    /// The live groups.
    pub groups: Vec<LiveGroup>,
    /// Which of them depend on a datakey of the data, by its stem.
    by_path: BTreeMap<String, Vec<usize>>,
}

impl Kept {
    /// The live groups that may answer differently after these datakeys changed: those that depend on one of them, on what
    /// lies in it, or on what it lies in. However many groups there are, only these are looked at.
    pub fn touched_by(&self, changed: &[String]) -> BTreeSet<usize> {
        let mut touched = BTreeSet::new();
        for key in changed {
            let parsed = Path::parse(key, &Limits::WIDEST).ok();
            let Some(whole) = parsed.as_ref().and_then(stem) else { return (0..self.groups.len()).collect() };
            let keys = parsed.iter().flat_map(Path::steps).map_while(|step| match step {
                Step::Key(key) => Some(key.clone()),
                _ => None,
            });
            let keys: Vec<_> = keys.collect();
            for length in 1..=keys.len() {
                let around = Path::of_keys(keys.iter().take(length).cloned()).to_string();
                touched.extend(self.by_path.get(&around).into_iter().flatten());
            }
            let inside = self.by_path.range(whole.clone()..).take_while(|(path, _)| path.starts_with(&whole));
            touched.extend(inside.flat_map(|(_, groups)| groups));
        }
        touched
    }

    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.groups.is_empty()
    }
}

/// A live group, ready to be asked.
pub struct LiveGroup {
    /// Its code.
    pub gid: String,
    /// The type of its members.
    pub addr_type: AddrType,
    /// Whether its rule depends on more than the data: on heads, their locks, their lists, other groups.
    pub asks_of_heads: bool,
    /// Whether it depends on the last change of the body by a call, whatever changed.
    pub asks_of_change: bool,
    /// Whether it depends on its last change by an import.
    pub asks_of_import: bool,
    /// Whether it asks the statistics: then it stands as it was last worked out, and calls only take out who goes.
    pub asks_statistics: bool,
    filter: Filter,
    /// The datakeys of the data that it depends on, those of its groups included.
    paths: Vec<Path<'static>>,
    /// The rule, where it does not depend on the clock.
    timeless: Option<Rule>,
}

impl LiveGroup {
    fn new(session: &Session, group: &group::Group) -> Result<LiveGroup> {
        let filter = filter_of(group)?;
        let rule = Rule::now(session, filter.clone())?;
        let all = || std::iter::once(&rule.filter).chain(rule.asked_filters());
        let mentions: Vec<Mentions> = all().map(Filter::mentions).collect();
        let uses_clock = all().any(Filter::uses_clock);
        let named: BTreeSet<&String> = mentions.iter().flat_map(|mentions| &mentions.paths).collect();
        let mut live = LiveGroup {
            gid: group.gid.to_owned(),
            addr_type: group.addr_type,
            asks_of_heads: mentions.iter().any(|mentions| !mentions.groups.is_empty()),
            asks_statistics: mentions.iter().any(|mentions| mentions.asks_statistics),
            asks_of_change: named.iter().any(|name| name.starts_with("member.update.")),
            asks_of_import: named.iter().any(|name| name.starts_with("member.import.")),
            filter,
            paths: Vec::new(),
            timeless: None,
        };
        for name in named {
            let path = Path::parse(name, &Limits::WIDEST)?;
            match name == MEMBER_HEADS || path.special().is_some() {
                true => live.asks_of_heads = true,
                false => live.paths.push(path.into_owned()),
            }
        }
        live.timeless = (!uses_clock).then_some(rule);
        Ok(live)
    }

    /// Gives the rule at the moment of the call to `ask`. Errors: those of the rule.
    pub fn with_rule<T>(&self, session: &Session, ask: impl FnOnce(&Rule) -> Result<T>) -> Result<T> {
        match &self.timeless {
            Some(rule) => ask(rule),
            None => ask(&Rule::now(session, self.filter.clone())?),
        }
    }

    /// Whether the data that it depends on differ. Errors: `error/json/corrupt`.
    pub fn is_touched(&self, before: Value, after: Value) -> Result<bool> {
        for path in &self.paths {
            let (before, after) = (datakey::read(before, path)?, datakey::read(after, path)?);
            let is_same = match (before, after) {
                (Some(before), Some(after)) => View::from(before).same(View::from(after))?,
                (None, None) => true,
                _ => false,
            };
            if !is_same {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

thread_local! {
    static KNOWN: RefCell<Option<Rc<Kept>>> = const { RefCell::new(None) };
}

/// Whether what is in memory may be older than what is committed.
static STALE: AtomicBool = AtomicBool::new(true);
/// The tables whose changes count.
static WATCHED: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];

/// Has the server say when somebody changed what is kept. Once, when the library is loaded.
pub fn watch() {
    // SAFETY: the server's own registry; the callback touches atomics alone.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(on_change), pg_sys::Datum::null()) };
}

unsafe extern "C-unwind" fn on_change(_: pg_sys::Datum, relation: pg_sys::Oid) {
    let relation = u32::from(relation);
    if relation == 0 || WATCHED.iter().any(|watched| watched.load(Ordering::Relaxed) == relation) {
        STALE.store(true, Ordering::Relaxed);
    }
}

/// Tells every backend, when this transaction commits, that what is kept changed.
pub fn changed() {
    // SAFETY: registers a message for the tables of ours.
    for name in [c"group_def", c"attribute"] {
        unsafe { pg_sys::CacheInvalidateRelcacheByRelid(relation(name)) };
    }
    STALE.store(true, Ordering::Relaxed);
}

/// What is kept, as it is committed now, whatever snapshot the transaction has: whoever fills a live group relies on it.
///
/// Errors: those of the rules.
pub fn known() -> Result<Rc<Kept>> {
    // SAFETY: takes in what other backends told, as every lock on a table does.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    if !STALE.swap(false, Ordering::Relaxed)
        && let Some(kept) = KNOWN.with_borrow(Option::clone)
    {
        return Ok(kept);
    }
    let kept = read().inspect_err(|_| STALE.store(true, Ordering::Relaxed))?;
    let kept = Rc::new(kept);
    KNOWN.set(Some(kept.clone()));
    Ok(kept)
}

fn read() -> Result<Kept> {
    for (watched, name) in WATCHED.iter().zip([c"group_def", c"attribute"]) {
        watched.store(relation(name).into(), Ordering::Relaxed);
    }
    let latest = Latest::take();
    let session = Session::open(Access::Read);
    let mut kept = Kept::default();
    for text in attribute::paths(&session) {
        let path = Path::parse(&text, &Limits::WIDEST)?.into_owned();
        kept.attributes.push((text, path));
    }
    for group in group::live(&session) {
        let live = LiveGroup::new(&session, &group)?;
        for path in &live.paths {
            kept.by_path.entry(path.to_string()).or_default().push(kept.groups.len());
        }
        kept.groups.push(live);
    }
    drop(session);
    drop(latest);
    Ok(kept)
}
