//! `member_api`: a whole wire request, with errors as data (members.md 4, shapes.md 3).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{self, Node, Object, Value};
use crate::domain::member::set::writable;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::{problems, seconds};
use crate::domain::request::{Request, identifier_of};
use crate::pg::jsonb::Encoded;
use crate::pg::perform::lock::{self, Purpose};
use crate::pg::perform::{
    blocked, delete, erase, exists, explain, export, find, get, heads, lock_call, merge, origin, resolve, set,
    settings, track,
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
    /// Whether it locks the body of `email` or `list`.
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
    action("member.erase", "member_erase(pg_catalog.jsonb)", true, erase::erase),
    action("member.export", "member_export(pg_catalog.jsonb)", false, export::export),
    action("member.head.list", "member_head_list(pg_catalog.jsonb)", false, heads::list),
    action("member.head.attach", "member_head_attach(pg_catalog.jsonb)", true, heads::attach),
    action("member.head.detach", "member_head_detach(pg_catalog.jsonb)", true, heads::detach),
    action("member.head.replace", "member_head_replace(pg_catalog.jsonb)", true, heads::replace),
    action("member.merge", "member_merge(pg_catalog.jsonb)", true, merge::merge),
    action("member.explain", "member_explain(pg_catalog.jsonb)", false, explain::explain),
    action("member.lock", "member_lock(pg_catalog.jsonb)", true, lock_call::lock),
    action("blocked.value.list", "blocked_value_list(pg_catalog.jsonb)", false, blocked::list),
    action("blocked.value.create", "blocked_value_create(pg_catalog.jsonb)", false, blocked::create),
    action("blocked.value.delete", "blocked_value_delete(pg_catalog.jsonb)", false, blocked::delete),
    action("origin.list", "origin_list(pg_catalog.jsonb)", false, origin::list),
    action("origin.get", "origin_get(pg_catalog.jsonb)", false, origin::get),
    action("origin.create", "origin_create(pg_catalog.jsonb)", false, origin::create),
    action("origin.set", "origin_set(pg_catalog.jsonb)", false, origin::set),
    action("origin.delete", "origin_delete(pg_catalog.jsonb)", false, origin::delete),
    action("sys.settings.get", "sys_settings_get(pg_catalog.jsonb)", false, settings::get),
    action("sys.settings.set", "sys_settings_set(pg_catalog.jsonb)", false, settings::set),
    action("track.get", "track_get(pg_catalog.jsonb)", false, track::get),
    action("track.list", "track_list(pg_catalog.jsonb)", false, track::list),
    action("track.set", "track_set(pg_catalog.jsonb)", false, track::set),
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
    Node::object([("errors", problems(std::slice::from_ref(error)))])
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

/// Everybody whom a request names: `email` or `list`, `head`, and the heads of `head_attach`.
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
    read(request, "head", "head_addr_type")?;
    if let Some(Value::Array(items)) = request.get("head_attach")? {
        for item in items.iter() {
            if let Value::Object(item) = item? {
                read(item, "head", "head_addr_type")?;
            }
        }
    }
    Ok(targets)
}
