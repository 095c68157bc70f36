//! `member.get`: reads a subscriber (members.md 9.4 and 9.5); get_avo has the questionnaire format.

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, EMPTY_OBJECT, Node, Value};
use crate::domain::member::get::{GetRequest, Selection};
use crate::domain::member::select::select;
use crate::domain::member::system::{self, Body, StopForm};
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::reply;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::{email, get_avo, heads, passage, resolve, subject};
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::{address, body, delivery_error, group_member, head, retired_dataset, stoplist};

/// Performs a request. Errors: those of reading it, `error/member/notexists`.
pub fn get(session: &Session, request: Value) -> Result<Encoded> {
    let mut request = GetRequest::read(request, &guc::limits())?;
    let mut warnings = std::mem::take(&mut request.warnings);
    let target = resolve::target(session, &request.email, request.kind, &mut warnings)?;
    if let (Target::Dataset(dataset), Some(selection)) = (&target, &request.selection) {
        return by_dataset(session, *dataset, selection, request.passage, &warnings);
    }
    match address::find(session, &target)? {
        Some(Known { owner: None, id, address }) if request.missing_too => {
            once(session, id, &address, &request, &warnings)
        }
        known => by_head(session, &known.ok_or_else(not_exists)?, &request, &warnings),
    }
}

/// The value of one path alone, for the short form. Errors: as [`get`].
pub fn get_path(session: &Session, email: &str, path: &str) -> Result<Encoded> {
    let selection = Selection::parse(path, &guc::limits())?;
    let target = resolve::target(session, email, Kind::Detect, &mut Vec::new())?;
    let known = address::find(session, &target)?;
    let known = known.ok_or_else(not_exists)?;
    through_head(session, &known, &selection, None, Vec::new(), |node| Encoded::new(&node))
}

/// The answer to a request for a subscriber by one of its identifiers.
///
/// What `with_heads` and `with_stoplist` ask for is in the document, as `member.heads` and `member.stoplist`, and beside
/// it, because a request for other keys shows nothing of `member`.
fn by_head(session: &Session, known: &Known, request: &GetRequest, warnings: &[Error]) -> Result<Encoded> {
    let mut more = Vec::new();
    if let Some(owner) = known.owner.filter(|_| request.with_heads) {
        more.push(("heads", heads::cards(session, owner.dataset)?));
    }
    if let Some(form) = request.stoplist {
        let stops = stoplist::read(session, &known.address);
        more.push(("stoplist", system::stop_list(&stops, form, &guc::time_zone()?)));
    }
    let missing = request.missing_too.then(|| ("missing", Node::from(0)));
    let Some(selection) = &request.selection else {
        let dataset = known.owner.ok_or_else(not_exists)?.dataset;
        let obj = get_avo::obj(session, dataset, known.id, more)?.ok_or_else(not_exists)?;
        let keys = [("obj", Node::from(json::root(obj.bytes())?))].into_iter().chain(missing).collect();
        return Encoded::new(&reply(keys, warnings));
    };
    through_head(session, known, selection, request.passage, more.clone(), |node| {
        let mut keys = vec![("datakey", node)];
        if !more.is_empty() {
            keys.push(("member", Node::object(more)));
        }
        keys.extend(missing);
        Encoded::new(&reply(keys, warnings))
    })
}

/// What is left of an identifier that had a subscriber once: its `member` as in `email.get`, and `missing`.
fn once(session: &Session, id: i64, address: &Address, request: &GetRequest, warnings: &[Error]) -> Result<Encoded> {
    let card = email::card(session, id, address, request.stoplist.unwrap_or(StopForm::Global))?;
    let document = json::encoded(&Node::object([("member", card)]))?;
    let system = json::root(&document)?.as_object();
    let answer = match &request.selection {
        Some(selection) => ("datakey", select(json::root(&EMPTY_OBJECT)?, system, selection)?),
        None => ("obj", get_avo::remainder(system.unwrap_or_default())?),
    };
    Encoded::new(&reply(vec![answer, ("missing", Node::from(1))], warnings))
}

/// Reads through a head and hands the selected data on; `passage` is the one that the call names, `more` are further keys
/// of `member`.
fn through_head(
    session: &Session,
    known: &Known,
    selection: &Selection,
    passage: Option<i64>,
    more: Vec<(&'static str, Node)>,
    answer: impl for<'n> FnOnce(Node<'n>) -> Result<Encoded>,
) -> Result<Encoded> {
    let dataset = known.owner.ok_or_else(not_exists)?.dataset;
    let (body, data) = body::read(session, dataset)?.ok_or_else(not_exists)?;
    if !selection.reads_system() {
        return answer(select(data, None, selection)?);
    }
    let head = head::read(session, dataset, known.id)?.ok_or_else(not_exists)?;
    let mut document = subject::document_with(session, &body, &head, more)?;
    if selection.reads_passage() {
        document = passage::shown_in(session, Some(&document), passage::asked(passage), Some(dataset))?;
    }
    let system = json::root(&document)?.as_object();
    answer(select(data, system, selection)?)
}

/// The refusal of a call on nobody.
#[cold]
pub fn not_exists() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}

/// Reads a body by its number, with all its heads.
///
/// The number of a body that was merged away stands for the one that took its place; the answer then says which was
/// asked for.
fn by_dataset(
    session: &Session,
    asked: i64,
    selection: &Selection,
    passage: Option<i64>,
    warnings: &[Error],
) -> Result<Encoded> {
    let dataset = match body::version(session, asked) {
        Some(_) => asked,
        None => retired_dataset::successor(session, asked).ok_or_else(not_exists)?,
    };
    let kept = match selection.reads_passage() {
        true => Some(passage::shown_in(session, None, passage::asked(passage), Some(dataset))?),
        false => None,
    };
    let kept = kept.as_deref().map(json::root).transpose()?.and_then(|kept| kept.as_object());
    let mut keys = with_cards(session, dataset, |data| select(data, kept, selection))?;
    if asked != dataset {
        keys.push(("merged_dataset", Node::from(asked)));
    }
    Encoded::new(&reply(keys, warnings))
}

/// A body with all of its data and all of its heads, as the answer to a read by its number has them.
///
/// Errors: `error/member/notexists`, `error/json/corrupt`.
pub fn whole(session: &Session, dataset: i64) -> Result<Vec<(&'static str, Node<'_>)>> {
    with_cards(session, dataset, |data| Ok(Node::from(data)))
}

fn with_cards<'s>(
    session: &'s Session,
    dataset: i64,
    shown: impl FnOnce(Value<'s>) -> Result<Node<'s>>,
) -> Result<Vec<(&'static str, Node<'s>)>> {
    let (body, data) = body::read(session, dataset)?.ok_or_else(not_exists)?;
    let mut numbers = Vec::new();
    let mut cards = Vec::new();
    for head in head::of_body(session, dataset)? {
        numbers.push(Node::from(head.id));
        cards.push((head.id.to_string(), card(session, &body, &head)?));
    }
    Ok(vec![
        ("dataset", Node::from(dataset)),
        ("data", shown(data)?),
        ("heads", Node::array(numbers)),
        ("head", Node::object(cards)),
    ])
}

fn card<'s>(session: &'s Session, body: &Body<'s>, head: &system::Head<'s>) -> Result<Node<'s>> {
    let error = delivery_error::read(session, &head.address);
    let groups = group_member::of_head(session, body.dataset, head.id);
    let stops = stoplist::read(session, &head.address);
    Ok(system::head_card(body, head, &error, &groups, &stops, &guc::time_zone()?))
}
