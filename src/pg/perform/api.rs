//! `member_api`: a whole wire request, with errors as data (members.md 4, shapes.md 3).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Object, Value};
use crate::domain::member::cookie::Cookie;
use crate::domain::member::set::writable;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::{problems, seconds};
use crate::domain::request::{Request, identifier_of};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::{
    anketa, anketa_quest, authext, blocked, confirm, delete, email, email_test, erase, exists, explain, export, find,
    format, get, group, group_fill, group_filter, heads, import, import_probe, launch, letter, lock_call, member_count,
    member_list, member_update, member_where, merge, message, origin, report, resolve, sendconfirm, sequence,
    sequence_member, set, settings, stat, stoplist, stoplist_get, track,
};
use crate::pg::spi::Session;
use crate::pg::store::grant;
use std::time::Instant;

/// A call that `member_api` can make.
struct Action {
    /// Its name on the wire.
    name: &'static str,
    /// The SQL function whose EXECUTE permission it needs.
    function: &'static str,
    /// Whether it locks the bodies of `email` or `list`, its own or those of `from`.
    locks: bool,
    perform: fn(&Session, Value) -> Result<Encoded>,
}

const fn action(
    name: &'static str,
    function: &'static str,
    locks: bool,
    perform: fn(&Session, Value) -> Result<Encoded>,
) -> Action {
    Action { name, function, locks, perform }
}

/// Every call by its action, with the function whose permission it needs.
const ACTIONS: &[Action] = &[
    action("member.set", "member_set(pg_catalog.jsonb)", true, set::set),
    action("member.get", "member_get(pg_catalog.jsonb)", false, get::get),
    action("member.exists", "member_exists(pg_catalog.jsonb)", false, exists::exists),
    action("member.find", "member_find(pg_catalog.jsonb)", false, find::find),
    action("member.delete", "member_delete(pg_catalog.jsonb)", true, delete::delete),
    action("member.update", "member_update(pg_catalog.jsonb)", true, member_update::update_members),
    action("member.erase", "member_erase(pg_catalog.jsonb)", true, erase::erase),
    action("member.export", "member_export(pg_catalog.jsonb)", false, export::export),
    action("member.head.list", "member_head_list(pg_catalog.jsonb)", false, heads::list),
    action("member.head.attach", "member_head_attach(pg_catalog.jsonb)", true, heads::attach),
    action("member.head.detach", "member_head_detach(pg_catalog.jsonb)", true, heads::detach),
    action("member.head.replace", "member_head_replace(pg_catalog.jsonb)", true, heads::replace),
    action("member.merge", "member_merge(pg_catalog.jsonb)", true, merge::merge),
    action("member.explain", "member_explain(pg_catalog.jsonb)", false, explain::explain),
    action("member.lock", "member_lock(pg_catalog.jsonb)", true, lock_call::lock),
    action("member.confirm", "member_confirm(pg_catalog.jsonb)", true, confirm::confirm),
    action("member.cookie", "member_cookie(pg_catalog.jsonb)", false, confirm::cookies),
    action("email.get", "email_get(pg_catalog.jsonb)", false, email::get),
    action("email.test", "email_test(pg_catalog.jsonb)", false, email_test::test),
    action("email.cleanerror", "email_cleanerror(pg_catalog.jsonb)", true, email::clean_error),
    action("stat.uni", "stat_uni(pg_catalog.jsonb)", false, stat::stat),
    action("stoplist.get", "stoplist_get(pg_catalog.jsonb)", false, stoplist_get::get),
    action("stoplist.add", "stoplist_add(pg_catalog.jsonb)", true, stoplist::add),
    action("stoplist.delete", "stoplist_delete(pg_catalog.jsonb)", true, stoplist::delete),
    action("stoplist.erase", "stoplist_erase(pg_catalog.jsonb)", false, stoplist::erase),
    action("stoplist.cancel", "stoplist_cancel(pg_catalog.text)", true, stoplist::cancel),
    action("authext.list", "authext_list(pg_catalog.jsonb)", false, authext::list),
    action("authext.get", "authext_get(pg_catalog.jsonb)", false, authext::get),
    action("authext.create", "authext_create(pg_catalog.jsonb)", false, authext::create),
    action("authext.set", "authext_set(pg_catalog.jsonb)", false, authext::set),
    action("authext.delete", "authext_delete(pg_catalog.jsonb)", false, authext::delete),
    action("blocked.value.list", "blocked_value_list(pg_catalog.jsonb)", false, blocked::list),
    action("blocked.value.create", "blocked_value_create(pg_catalog.jsonb)", false, blocked::create),
    action("blocked.value.delete", "blocked_value_delete(pg_catalog.jsonb)", false, blocked::delete),
    action("group.list", "group_list(pg_catalog.jsonb)", false, group::list),
    action("group.get", "group_get(pg_catalog.jsonb)", false, group::get),
    action("group.create", "group_create(pg_catalog.jsonb)", false, group::create),
    action("group.set", "group_set(pg_catalog.jsonb)", false, group::set),
    action("group.delete", "group_delete(pg_catalog.jsonb)", false, group::delete),
    action("group.clean", "group_clean(pg_catalog.jsonb)", true, group_fill::clean),
    action("group.snapshot", "group_snapshot(pg_catalog.jsonb)", true, group_fill::snapshot),
    action("group.filter.set", "group_filter_set(pg_catalog.jsonb)", false, group_filter::set),
    action("group.filter.get", "group_filter_get(pg_catalog.jsonb)", false, group_filter::get),
    action("group.filter.match", "group_filter_match(pg_catalog.jsonb)", false, group_filter::matches),
    action("member.import", "member_import(pg_catalog.jsonb)", false, import::track::import),
    action("member.list", "member_list(pg_catalog.jsonb)", false, member_list::list),
    action("member.list.count", "member_list_count(pg_catalog.jsonb)", false, member_count::count),
    action("member.import.probe", "member_import_probe(pg_catalog.jsonb)", false, import_probe::probe),
    action("member.where", "member_where(pg_catalog.jsonb)", false, member_where::member_where),
    action("origin.list", "origin_list(pg_catalog.jsonb)", false, origin::list),
    action("origin.get", "origin_get(pg_catalog.jsonb)", false, origin::get),
    action("origin.create", "origin_create(pg_catalog.jsonb)", false, origin::create),
    action("origin.set", "origin_set(pg_catalog.jsonb)", false, origin::set),
    action("origin.delete", "origin_delete(pg_catalog.jsonb)", false, origin::delete),
    action("sys.settings.get", "sys_settings_get(pg_catalog.jsonb)", false, settings::get),
    action("sys.settings.set", "sys_settings_set(pg_catalog.jsonb)", false, settings::set),
    action("anketa.list", "anketa_list(pg_catalog.jsonb)", false, anketa::list),
    action("anketa.get", "anketa_get(pg_catalog.jsonb)", false, anketa::get),
    action("anketa.create", "anketa_create(pg_catalog.jsonb)", false, anketa::create),
    action("anketa.set", "anketa_set(pg_catalog.jsonb)", false, anketa::set),
    action("anketa.delete", "anketa_delete(pg_catalog.jsonb)", false, anketa::delete),
    action("anketa.quest.add", "anketa_quest_add(pg_catalog.jsonb)", false, anketa_quest::add),
    action("anketa.quest.set", "anketa_quest_set(pg_catalog.jsonb)", false, anketa_quest::set),
    action("anketa.quest.delete", "anketa_quest_delete(pg_catalog.jsonb)", false, anketa_quest::delete),
    action("anketa.quest.order", "anketa_quest_order(pg_catalog.jsonb)", false, anketa_quest::order),
    action(
        "anketa.quest.response.delete",
        "anketa_quest_response_delete(pg_catalog.jsonb)",
        false,
        anketa_quest::response_delete,
    ),
    action(
        "anketa.quest.response.order",
        "anketa_quest_response_order(pg_catalog.jsonb)",
        false,
        anketa_quest::response_order,
    ),
    action("format.list", "format_list(pg_catalog.jsonb)", false, format::list),
    action("format.get", "format_get(pg_catalog.jsonb)", false, format::get),
    action("format.set", "format_set(pg_catalog.jsonb)", false, format::set),
    action("format.delete", "format_delete(pg_catalog.jsonb)", false, format::delete),
    action("letter.set", "letter_set(pg_catalog.jsonb)", false, letter::set),
    action("letter.get", "letter_get(pg_catalog.jsonb)", false, letter::get),
    action("letter.list", "letter_list(pg_catalog.jsonb)", false, letter::list),
    action("letter.delete", "letter_delete(pg_catalog.jsonb)", false, letter::delete),
    action("message.send", "message_send(pg_catalog.jsonb)", true, message::send),
    action("pipeline.stop", "pipeline_stop(pg_catalog.jsonb)", false, launch::stop),
    action("member.sendconfirm", "member_sendconfirm(pg_catalog.jsonb)", true, sendconfirm::send),
    action("sequence.set", "sequence_set(pg_catalog.jsonb)", false, sequence::set),
    action("sequence.get", "sequence_get(pg_catalog.jsonb)", false, sequence::get),
    action("sequence.list", "sequence_list(pg_catalog.jsonb)", false, sequence::list),
    action("sequence.delete", "sequence_delete(pg_catalog.jsonb)", false, sequence::delete),
    action("sequence.member.start", "sequence_member_start(pg_catalog.jsonb)", true, sequence_member::start),
    action("sequence.member.stop", "sequence_member_stop(pg_catalog.jsonb)", true, sequence_member::stop),
    action("track.get", "track_get(pg_catalog.jsonb)", false, track::get),
    action("track.list", "track_list(pg_catalog.jsonb)", false, track::list),
    action("track.set", "track_set(pg_catalog.jsonb)", false, track::set),
    action("report.get", "report_get(pg_catalog.jsonb)", false, report::get),
    action("report.delete", "report_delete(pg_catalog.jsonb)", false, report::delete),
    action("ping", "member_api(pg_catalog.jsonb)", false, ping),
    action("batch", "member_api(pg_catalog.jsonb)", false, batch),
];

/// Performs a request; a refusal becomes `errors`.
///
/// Errors: only what must reach the transaction, `error/member/concurrent`; the rest is data.
pub fn api(session: &Session, request: Value) -> Result<Encoded> {
    let begun = Instant::now();
    let answer = answer(session, request)?;
    with_keys(&answer, [("duration", seconds(begun.elapsed()))])
}

/// An answer with more keys.
fn with_keys<'a, const N: usize>(answer: &'a Encoded, more: [(&'a str, Node<'a>); N]) -> Result<Encoded> {
    let mut keys = Vec::new();
    if let Value::Object(answered) = json::root(answer.bytes())? {
        for entry in answered.iter() {
            let (key, value) = entry?;
            keys.push((key, Node::from(value)));
        }
    }
    keys.extend(more);
    Encoded::new(&Node::object(keys))
}

/// The answer to one request, its refusal as data; with the request's `request.id` if it has one.
fn answer(session: &Session, request: Value) -> Result<Encoded> {
    let answer = match perform(session, request) {
        Err(error) if error.id != Id::MemberConcurrent => Encoded::new(&refusal(&error)),
        other => other,
    }?;
    match request.as_object().map(|request| request.get("request.id")).transpose()?.flatten() {
        Some(id) => with_keys(&answer, [("request.id", Node::from(id))]),
        None => Ok(answer),
    }
}

fn refusal<'a>(error: &Error) -> Node<'a> {
    let mut keys = vec![("errors", problems(std::slice::from_ref(error)))];
    if error.id == Id::MemberWrongcookie {
        // The one error that the wire protocol names in a key of its own.
        keys.push(("error", Node::from(error.id.as_str())));
    }
    Node::object(keys)
}

fn perform(session: &Session, request: Value) -> Result<Encoded> {
    let action = action_of(request)?;
    if !grant::may_execute(session, action.function) {
        return Err(Error::new(Id::AuthFailed, format!("{} is not granted", action.name)));
    }
    (action.perform)(session, request)
}

fn action_of(request: Value) -> Result<&'static Action> {
    let Value::Object(object) = request else {
        return Err(Error::new(Id::ParamWrong, "the request must be a JSON object"));
    };
    match object.get("action")? {
        None | Some(Value::Null) => Err(Error::new(Id::ParamMissing, "action")),
        Some(Value::String(name)) => ACTIONS
            .iter()
            .find(|action| action.name == name)
            .ok_or_else(|| Error::new(Id::ActionUnknown, "action names no call of this version")),
        Some(_) => Err(Error::new(Id::ParamWrong, "action must be a text")),
    }
}

fn ping(_: &Session, _: Value) -> Result<Encoded> {
    Encoded::new(&Node::object([("pong", Node::from(1))]))
}

/// `batch {do: [request], stop_on_error?}`: `{"result": [answer]}`. The bodies of all elements are locked first.
fn batch(session: &Session, request: Value) -> Result<Encoded> {
    let request = Request::open(request, &["do", "stop_on_error"], &[])?;
    let stop = request.flag("stop_on_error")?;
    let elements = request.required("do", request.list("do")?)?;
    let elements: Vec<Value> = elements.iter().collect::<Result<_>>()?;
    if elements.iter().any(|element| action_of(*element).is_ok_and(|action| action.name == "batch")) {
        return Err(Error::new(Id::ParamWrong, "do must not hold another batch"));
    }
    lock_all(session, &elements)?;
    let mut answers = Vec::with_capacity(elements.len());
    for element in elements {
        let answer = answer(session, element)?;
        let failed = json::root(answer.bytes())?.as_object().is_some_and(|o| matches!(o.get("errors"), Ok(Some(_))));
        answers.push(answer);
        if failed && stop {
            break;
        }
    }
    let roots: Vec<Value> = answers.iter().map(|answer| json::root(answer.bytes())).collect::<Result<_>>()?;
    Encoded::new(&Node::object([("result", Node::array(roots.into_iter().map(Node::from)))]))
}

/// Locks what the elements will change, in one order. What cannot be read is left to its element to refuse.
fn lock_all(session: &Session, elements: &[Value]) -> Result<()> {
    let mut targets = Vec::new();
    for element in elements {
        if action_of(*element).is_ok_and(|action| action.locks)
            && let Value::Object(object) = element
        {
            targets.extend(targets_of(session, *object)?);
        }
    }
    lock::hold_all(session, &targets, &[], Purpose::Change)?.keep();
    Ok(())
}

/// Everybody whom a request names: `email` or `list`, those of `from`, `head`, and the heads of `head_attach`.
fn targets_of(session: &Session, request: Object) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    let mut read = |object: Object, name: &str, type_name: &str| -> Result<()> {
        let addr_type = object.get(type_name)?.and_then(|value| value.as_str());
        let Ok(kind) = Kind::parse(addr_type).and_then(writable) else { return Ok(()) };
        let listed = match object.get(name)? {
            Some(Value::Array(list)) => list.iter().collect::<Result<Vec<_>>>()?,
            value => value.into_iter().collect(),
        };
        let texts = listed.into_iter().filter_map(identifier_of);
        targets.extend(texts.filter_map(|text| resolve::target(session, &text, kind, &mut Vec::new()).ok()));
        Ok(())
    };
    read(request, "email", "addr_type")?;
    read(request, "list", "addr_type")?;
    if let Some(Value::Object(from)) = request.get("from")? {
        read(from, "email", "addr_type")?;
        read(from, "list", "addr_type")?;
    }
    read(request, "head", "head_addr_type")?;
    let cookie = request.get("cookie")?.and_then(|cookie| cookie.as_str());
    if let Some(Value::Array(items)) = request.get("head_attach")? {
        for item in items.iter() {
            if let Value::Object(item) = item? {
                read(item, "head", "head_addr_type")?;
            }
        }
    }
    targets.extend(cookie.and_then(Cookie::named).map(Target::Id));
    Ok(targets)
}
