//! The addresses of one part: read, looked up, and put together with what their mail servers said.

use super::state::State;
use crate::domain::address::{AddrType, Address};
use crate::domain::email_test::{Checks, Tested, rule_of};
use crate::domain::error::{Id, Result};
use crate::domain::json::{Array, Node, Value, encoded};
use crate::domain::member::selector::{Selected, Selector};
use crate::domain::member::system::DeliveryError;
use crate::domain::member::target::{Kind, Target};
use crate::domain::request::Request;
use crate::pg::guc;
use crate::pg::perform::gathered::is_written;
use crate::pg::perform::selection::Selection;
use crate::pg::perform::{members, reported, resolve};
use crate::pg::spi::Session;
use crate::pg::store::report::Line;
use crate::pg::store::{address, delivery_error, track_address};

/// The addresses of a part as they were sent, or as they stand in a group.
pub struct Page {
    /// As sent.
    pub raw: Vec<String>,
    /// Their type; none where each is detected.
    pub kind: Kind,
    /// Where the next page begins.
    pub behind: i64,
}

/// One of them, looked up.
struct Looked<'s> {
    raw: &'s str,
    found: std::result::Result<Found<'s>, Id>,
}

struct Found<'s> {
    address: Address,
    id: Option<i64>,
    dataset: Option<i64>,
    delivery: Option<DeliveryError<'s>>,
}

impl Found<'_> {
    /// Its text where it is an e-mail address: others have no mail server.
    fn email(&self) -> Option<&str> {
        (self.address.addr_type == AddrType::Email).then_some(self.address.value.as_str())
    }
}

/// All of them, looked up.
pub struct LookedUp<'s>(Vec<Looked<'s>>);

/// All of them with what was said about them.
pub struct Answers<'s, 'a> {
    looked: &'s LookedUp<'s>,
    findings: Vec<Option<Value<'a>>>,
}

impl Page {
    /// The next ones behind a place: an index in the request's list, a place among those that are written down for a track, a
    /// number in a group. Errors: those of the selector.
    pub fn next(session: &Session, request: &Request, track: Option<i64>, place: i64, size: usize) -> Result<Page> {
        let limit = i64::try_from(size).unwrap_or(i64::MAX);
        let written = track.filter(|_| is_written(request));
        if let Some(track) = written {
            let rows = track_address::next(session, track, place, limit);
            let behind = rows.last().map_or(place, |(n, _)| *n);
            let raw = rows.into_iter().map(|(_, raw)| raw.to_owned()).collect();
            return Ok(Page { raw, kind: Kind::of(request, "addr_type")?, behind });
        }
        let selected = Selected::read(request)?;
        if let Selector::Listed(list) = &selected.selector {
            let begin = usize::try_from(place).unwrap_or(usize::MAX);
            let raw = list.iter().skip(begin).take(size).map(|raw| raw.as_ref().to_owned()).collect();
            return Ok(Page { raw, kind: selected.kind, behind: place.saturating_add(limit) });
        }
        let selection = Selection::read(session, request)?;
        let heads = members::named(session, &selection, place, limit)?;
        let behind = heads.last().map_or(place, |(id, _)| *id);
        let kind = selection.addr_type.map_or(Kind::Detect, Kind::Type);
        Ok(Page { raw: heads.into_iter().map(|(_, address)| address.value).collect(), kind, behind })
    }

    /// Looks all of them up. Errors: those of the settings.
    pub fn look<'s>(&'s self, session: &'s Session, checks: &Checks) -> Result<LookedUp<'s>> {
        let looked = self.raw.iter().map(|raw| {
            let found = match resolve::target(session, raw, self.kind, &mut Vec::new()) {
                Ok(target) => look_up(session, target, checks)?,
                Err(error) => Err(rule_of(error)?),
            };
            Ok(Looked { raw, found })
        });
        looked.collect::<Result<_>>().map(LookedUp)
    }
}

fn look_up<'s>(session: &'s Session, target: Target, checks: &Checks) -> Result<std::result::Result<Found<'s>, Id>> {
    let known = address::find(session, &target)?;
    let address = match (target, &known) {
        (Target::Address(address), _) => address,
        (_, Some(known)) => known.address.clone(),
        // A number that nobody has.
        (_, None) => return Ok(Err(Id::MemberNotexists)),
    };
    let delivery = checks.with_delivery.then(|| delivery_error::read(session, &address));
    let id = known.as_ref().map(|known| known.id);
    let dataset = known.and_then(|known| known.owner).map(|owner| owner.dataset);
    Ok(Ok(Found { address, id, dataset, delivery }))
}

impl<'s> LookedUp<'s> {
    /// Those that have mail servers, each once.
    pub fn emails(&self) -> Vec<&str> {
        let mut emails: Vec<&str> = self.0.iter().filter_map(|one| one.found.as_ref().ok()?.email()).collect();
        emails.sort_unstable();
        emails.dedup();
        emails
    }

    /// Puts the answer to a question about [`LookedUp::emails`] beside them. Errors: `error/json/corrupt`.
    pub fn with<'a>(&'s self, answer: Option<Value<'a>>) -> Result<Answers<'s, 'a>> {
        let list = answer.and_then(|answer| answer.as_array());
        let list: Vec<Value<'a>> = list.iter().flat_map(Array::iter).collect::<Result<_>>()?;
        let emails = self.emails();
        let finding = |one: &Looked| {
            let email = one.found.as_ref().ok()?.email()?;
            list.get(emails.binary_search(&email).ok()?).copied()
        };
        Ok(Answers { findings: self.0.iter().map(finding).collect(), looked: self })
    }
}

impl Answers<'_, '_> {
    /// Notes all of them in the state and in the report; gives the heads that mail does not reach. Errors: those of the time
    /// zone, `error/report/notexists`.
    pub fn note(&self, session: &Session, state: &mut State, report: Option<i64>) -> Result<Vec<(i64, i64)>> {
        let zone = guc::time_zone()?;
        let (mut failed, mut lines) = (Vec::new(), Vec::new());
        for (one, finding) in self.looked.0.iter().zip(&self.findings) {
            let tested = tested(one, *finding);
            let found = one.found.as_ref().ok();
            state.count(one.raw, tested.is_ok()?, report.is_some(), || encoded(&tested.node(&zone)?))?;
            if tested.has_failed()? {
                failed.extend(found.and_then(|found| Some((found.dataset?, found.id?))));
            }
            let address_id = found.and_then(|found| found.id);
            lines.push(Line { address_id, row: encoded(&tested.row(one.raw)?)? });
        }
        report.map(|report| reported::add(session, report, &lines)).transpose()?;
        Ok(failed)
    }
}

fn tested<'a>(one: &'a Looked, smtp: Option<Value<'a>>) -> Tested<'a> {
    match &one.found {
        Err(rule) => Tested::Malformed(*rule),
        Ok(found) => {
            let (email, delivery) = (found.address.value.as_str(), found.delivery.as_ref());
            Tested::Sound { email, id: found.id, delivery, smtp }
        }
    }
}

/// How a page stands in a state: `{"raw": [text], "kind": text | null, "behind"}`.
impl Page {
    /// The document.
    pub fn node(&self) -> Node<'_> {
        let kind = match self.kind {
            Kind::Type(addr_type) => Node::from(addr_type.as_str()),
            Kind::Id => Node::from("id"),
            Kind::Detect | Kind::Dataset => Node::Null,
        };
        let raw = Node::array(self.raw.iter().map(|raw| Node::from(raw.as_str())));
        Node::object([("raw", raw), ("kind", kind), ("behind", Node::from(self.behind))])
    }

    /// The page of a document. Errors: `error/json/corrupt`.
    pub fn read(document: Value) -> Result<Page> {
        let page = document.as_object().unwrap_or_default();
        let mut raw = Vec::new();
        for item in page.get("raw")?.and_then(|raw| raw.as_array()).iter().flat_map(Array::iter) {
            raw.push(item?.as_str().unwrap_or_default().to_owned());
        }
        let kind = Kind::parse(page.get("kind")?.and_then(|kind| kind.as_str()))?;
        let behind = page.get("behind")?.and_then(|behind| behind.as_i64()).unwrap_or_default();
        Ok(Page { raw, kind, behind })
    }
}
