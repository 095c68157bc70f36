//! Reading a question.

use super::have::{self, MOST_TERMS};
use super::key::{EventKind, Key};
use super::term::Term;
use crate::domain::cache::Cached;
use crate::domain::datakey::date::Now;
use crate::domain::datakey::{Limits as PathLimits, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::group::{Filter, Limits, MEMBER_HEADS};
use crate::domain::json::{Array, Node, Object, Value};
use crate::domain::request::{Request, wrong};
use std::collections::BTreeSet;

/// How many rows an answer has where the question does not say.
const FIRST: i64 = 1000;
/// How many it can have.
const MOST: i64 = 100_000;

/// The parameters of a question.
pub const PARAMETERS: [&str; 7] = ["select", "filter", "have", "order", "first", "skip", "unique"];

/// A valid question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What is selected, as it was written.
    pub names: Vec<String>,
    /// The conditions on rows.
    pub filter: Filter,
    /// The conditions on what comes of them.
    pub have: Filter,
    /// How many rows are shown at most; none for all.
    pub first: Option<i64>,
    /// How many are left out before.
    pub skip: i64,
    /// Whether equal rows are shown once.
    pub unique: bool,
    /// What is selected, then what is only ordered by or compared.
    pub(super) terms: Vec<Term>,
    /// What rows go by: places among the terms, and whether the greatest comes first.
    pub(super) order: Vec<(usize, bool)>,
    /// The kinds of events that it names.
    pub(super) kinds: BTreeSet<EventKind>,
}

impl Stat {
    /// Reads `{select, filter?, have?, order?, first?, skip?, unique?}`.
    ///
    /// Errors: `error/param/…`, `error/filter/…`.
    pub fn read(request: &Request, limits: &Limits) -> Result<Stat> {
        let select = request.required("select", request.list("select")?)?;
        let first = request.number("first")?.unwrap_or(FIRST);
        let skip = request.number("skip")?.unwrap_or_default();
        if !(1..=MOST).contains(&first) || skip < 0 {
            return Err(wrong("first", "from 1 to 100000, and skip not below 0"));
        }
        let unique = request.flag("unique")?;
        Stat::of(request, select_names(select)?, limits)
            .map(|stat| Stat { first: Some(first), skip, unique, ..stat })
            .and_then(checked)
    }

    /// The addresses that a question selects, each once: `{filter, have?, select?, cache?}`, where `select` names one key,
    /// `member.email` unless it is given. In another `zone` days are others.
    ///
    /// Errors: `error/param/…`, `error/filter/…`.
    pub fn source(question: Object, zone: &str, limits: &Limits) -> Result<(Stat, Option<Cached>)> {
        let request = opened(question, &["select", "filter", "have", "unique", "cache"], &[])?;
        let stat = Stat::once(&request, limits)?;
        if stat.names.len() != 1 {
            return Err(wrong("stat.uni.select", "a list of one key"));
        }
        let mut keys = vec![
            ("zone", Node::from(zone)),
            ("names", Node::array(stat.names.iter().map(|name| Node::from(name.as_str())))),
        ];
        for name in ["filter", "have"] {
            keys.extend(request.value(name)?.map(|value| (name, Node::from(value))));
        }
        let cached = Cached::read(&request, keys)?;
        Ok((stat, cached))
    }

    /// A question that is asked of each head by itself: `{filter, have?, select?}`, the condition of a filter.
    ///
    /// Errors: as [`Stat::source`], `error/param/unsupported` for `cache`.
    pub fn condition(question: Object, limits: &Limits) -> Result<Stat> {
        Stat::once(&opened(question, &["select", "filter", "have"], &["cache"])?, limits)
    }

    /// A question that gives each row once, `member.email` unless it selects something else.
    fn once(request: &Request, limits: &Limits) -> Result<Stat> {
        let names = match request.list("select")? {
            None => vec!["member.email".to_owned()],
            Some(select) => select_names(select)?,
        };
        Stat::of(request, names, limits).map(|stat| Stat { unique: true, ..stat }).and_then(checked)
    }

    /// The question with every moment known. Errors: `error/filter/value` for one beyond the calendar.
    pub fn at(&self, now: &Now) -> Result<Stat> {
        Ok(Stat { filter: self.filter.fixed(now)?, have: self.have.fixed(now)?, ..self.clone() })
    }

    /// What its conditions cost.
    pub fn usage(&self) -> u64 {
        self.filter.usage().saturating_add(self.have.usage())
    }

    fn of(request: &Request, names: Vec<String>, limits: &Limits) -> Result<Stat> {
        let mut terms = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            terms.push(Term::parse(name).ok_or_else(|| unknown("select", place))?);
        }
        let filter = match request.list("filter")? {
            Some(filter) => Filter::read(Value::Array(filter), limits)?,
            None => Filter::default(),
        };
        let mut kinds = kinds_of(&filter)?;
        let order = request.list("order")?.map(|order| read_order(order, &mut terms)).transpose()?.unwrap_or_default();
        let have = match request.list("have")? {
            Some(list) => have::read(list, &mut terms, limits)?,
            None => Filter::default(),
        };
        if terms.len() > MOST_TERMS {
            return Err(wrong("select", "at most 32 keys, those of order and have counted"));
        }
        kinds.extend(terms.iter().filter_map(|term| term.key()?.kind));
        Ok(Stat { names, filter, have, first: None, skip: 0, unique: false, terms, order, kinds })
    }

    /// Whether rows are put together: then all that is no aggregate must be selected.
    pub(super) fn is_grouped(&self) -> bool {
        self.terms.iter().any(Term::is_aggregate)
    }
}

/// A question as a request that knows these keys. Errors: `error/param/wrong`, `error/param/unsupported`.
fn opened<'q>(question: Object<'q>, known: &[&str], unsupported: &[&str]) -> Result<Request<'q>> {
    let request = Request::open(Value::Object(question), known, unsupported)?;
    match request.warnings.first() {
        Some(unknown) => Err(wrong("stat.uni", &format!("of {}: not {}", known.join(", "), unknown.explain))),
        None => Ok(request),
    }
}

/// Refuses what would change the rows by being ordered by or compared. Errors: `error/param/wrong`.
fn checked(stat: Stat) -> Result<Stat> {
    let mut others = stat.terms.iter().skip(stat.names.len());
    if stat.is_grouped() && others.any(|term| !term.is_aggregate()) {
        return Err(wrong(
            "select",
            "all keys of order and have: with aggregates, rows are put together by what is selected",
        ));
    }
    if stat.unique && stat.order.iter().any(|(place, _)| *place >= stat.names.len()) {
        return Err(wrong("order", "of what is selected, where equal rows are shown once"));
    }
    Ok(stat)
}

fn select_names(select: Array) -> Result<Vec<String>> {
    let form = || wrong("select", "a list of keys and aggregates");
    let names: Vec<String> =
        select.iter().map(|item| item?.as_str().map(str::to_owned).ok_or_else(form)).collect::<Result<_>>()?;
    if names.is_empty() { Err(form()) } else { Ok(names) }
}

/// `order`: keys and aggregates, the greatest first where a minus stands before one.
fn read_order(order: Array, terms: &mut Vec<Term>) -> Result<Vec<(usize, bool)>> {
    let mut places = Vec::new();
    for (place, item) in order.iter().enumerate() {
        let written = item?.as_str().ok_or_else(|| wrong("order", "a list of keys and aggregates"))?;
        let (name, is_descending) = written.strip_prefix('-').map_or((written, false), |name| (name, true));
        let term = Term::parse(name).ok_or_else(|| unknown("order", place))?;
        places.push((have::place(term, terms), is_descending));
    }
    Ok(places)
}

/// The kinds of events that a filter names. Errors: `error/filter/attribute` for datakeys that are none of these keys,
/// `error/filter/unsupported` for what only lists of members show.
fn kinds_of(filter: &Filter) -> Result<BTreeSet<EventKind>> {
    let mentions = filter.mentions();
    let shows_hits = !mentions.saves.is_empty() || !mentions.labels.is_empty();
    if filter.searches_elements() || mentions.asks_statistics || shows_hits {
        return Err(Error::new(
            Id::FilterUnsupported,
            "stat.uni has no lists and objects, and shows no hits: no has, save, label",
        ));
    }
    let mut kinds = BTreeSet::new();
    for name in &mentions.paths {
        if let Some(key) = Key::of_event(name) {
            kinds.extend(key.kind);
            continue;
        }
        let is_of_system = |path: Path| matches!(path.special(), Some("member" | "-group"));
        if name != MEMBER_HEADS && !Path::parse(name, &PathLimits::WIDEST).is_ok_and(is_of_system) {
            let explain = "stat.uni knows member.*, and of issue, deliv, read, click, unsub, error: dt, issue.id, letter.id, link.url, member.id";
            return Err(Error::new(Id::FilterAttribute, explain));
        }
    }
    Ok(kinds)
}

fn unknown(parameter: &str, place: usize) -> Error {
    wrong(&format!("{parameter}[{place}]"), "a key of stat.uni, or count(*), count(member.id), min or max of one")
}
