//! What the system knows of a head: the keys `member` and `-group` (members.md 3.1 and 3.2).

use crate::domain::address::{AddrType, Address};
use crate::domain::json::Node;
use crate::domain::time::show_pg_micros;
use jiff::tz::TimeZone;

/// The lock bits of a head, `haslock`.
pub mod lock {
    /// Unsubscribed or in a global stop-list.
    pub const REMOVED: i16 = 1;
    /// Not confirmed.
    pub const UNCONFIRMED: i16 = 2;
    /// Locked by delivery errors.
    pub const ERRORS: i16 = 4;
}

/// What a row of `member.body` says beside the data. Instants are the server's microseconds.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// Its number.
    pub dataset: i64,
    /// When it was created.
    pub create_time: i64,
    /// From where.
    pub create_host: Option<&'a str>,
    /// When it was last changed by a call.
    pub update_time: i64,
    /// From where.
    pub update_host: Option<&'a str>,
    /// When it was last changed by an import.
    pub import_time: Option<i64>,
}

/// What a row of `member.head` says.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// The number of the identifier.
    pub id: i64,
    /// The identifier.
    pub address: Address,
    /// Its origin.
    pub origin: Option<i32>,
    /// Its lock bits.
    pub lock: i16,
    /// When it was confirmed.
    pub confirm_time: Option<i64>,
    /// From where.
    pub confirm_host: Option<&'a str>,
    /// The UTC offset of the last open or click.
    pub last_tz: Option<i16>,
}

/// What a row of `member.delivery_error` says.
#[derive(Clone, Debug, Default)]
pub struct DeliveryError<'a> {
    /// Whether the errors lock the identifier.
    pub lock: bool,
    /// When the last one came.
    pub at: Option<i64>,
    /// What it said.
    pub message: Option<&'a str>,
    /// How many in a row.
    pub errors: i32,
    /// The launch of the last one.
    pub issue: Option<i64>,
    /// Its letter.
    pub letter: Option<i64>,
    /// The launch that led to the lock.
    pub lock_issue: Option<i64>,
    /// Its letter.
    pub lock_letter: Option<i64>,
}

/// A row of `member.stoplist`.
#[derive(Clone, Debug)]
pub struct Stop<'a> {
    /// owner or member.
    pub kind: &'a str,
    /// The sender, 0 for every one.
    pub sender: i64,
    /// Since when.
    pub at: i64,
    /// From where.
    pub source: Option<&'a str>,
}

/// What a head of one of the types vk, tg and max is to a community or a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State<'a> {
    /// The number of the community or the bot.
    pub community: i64,
    /// sub, member, unsub, left or err.
    pub state: &'a str,
    /// When it was last reported.
    pub at: i64,
}

/// The states that heads of a type can have; none for types without communities and bots.
pub fn states_of(addr_type: AddrType) -> &'static [&'static str] {
    match addr_type {
        AddrType::Vk => &["sub", "member", "unsub", "left", "err"],
        AddrType::Tg | AddrType::Max => &["sub", "unsub", "err"],
        _ => &[],
    }
}

/// The number of a community or a bot as requests write it: the digits that it is shown with.
pub fn community_of(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// How a stop-list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopForm {
    /// The global records alone, by type.
    Global,
    /// All records, also those of single senders.
    Extended,
}

impl StopForm {
    /// The form that the number of `with_stoplist` asks for.
    pub fn of(number: Option<i64>) -> StopForm {
        if number == Some(2) { StopForm::Extended } else { StopForm::Global }
    }
}

/// The document `{"member": …, "-group": …}` of one head; `groups` are list groups with the day of entry, `more` are
/// further keys of `member`.
pub fn document<'a>(
    body: &Body<'a>,
    head: &Head<'a>,
    error: &DeliveryError<'a>,
    groups: &[(&'a str, String)],
    more: Vec<(&'static str, Node<'a>)>,
    zone: &TimeZone,
) -> Node<'a> {
    let mut keys = shared(body, head, error, zone);
    keys.extend(more);
    keys.push(("origin", head.origin.map_or(Node::Null, |origin| Node::from(i64::from(origin)))));
    if let Some(offset) = head.last_tz {
        keys.push(("last", Node::object([("tz", Node::from(i64::from(offset)))])));
    }
    keys.extend(mobile(&head.address));
    Node::object([("member", Node::object(keys)), ("-group", membership(groups))])
}

/// One head in the answer to a read by dataset.
pub fn head_card<'a>(
    body: &Body<'a>,
    head: &Head<'a>,
    error: &DeliveryError<'a>,
    groups: &[(&'a str, String)],
    stops: &[Stop<'a>],
    zone: &TimeZone,
) -> Node<'a> {
    let mut keys = shared(body, head, error, zone);
    keys.push(("-group", membership(groups)));
    keys.push(("stoplist", stop_list(stops, StopForm::Extended, zone)));
    Node::object(keys)
}

/// An identifier of nobody, as an export shows it: what outlives subscribers.
pub fn free_card<'a>(
    id: Option<i64>,
    address: &Address,
    error: &DeliveryError<'a>,
    stops: &[Stop<'a>],
    zone: &TimeZone,
) -> Node<'a> {
    Node::object([
        ("id", Node::from(id)),
        ("email", Node::from(address.value.clone())),
        ("addr_type", Node::from(address.addr_type.as_str())),
        ("error", delivery(error, zone)),
        ("stoplist", Node::array(stops.iter().map(|stop| stop_node(stop, zone)))),
    ])
}

/// One head in the answer of `member.head.list`; the seed names the lock otherwise there than in `member.get`
/// (members.md 16.6), so both names are given.
pub fn head_item<'a>(body: &Body<'a>, head: &Head<'a>, error: &DeliveryError<'a>, zone: &TimeZone) -> Node<'a> {
    Node::object([
        ("id", Node::from(head.id)),
        ("email", Node::from(head.address.value.clone())),
        ("addr_type", Node::from(head.address.addr_type.as_str())),
        ("dataset", Node::from(body.dataset)),
        ("haslock", Node::from(i64::from(head.lock))),
        ("has_lock", Node::from(i64::from(head.lock))),
        ("lockremove", bit(head.lock, lock::REMOVED)),
        ("lockerror", bit(head.lock, lock::ERRORS)),
        ("origin", head.origin.map_or(Node::Null, |origin| Node::from(i64::from(origin)))),
        ("confirm", confirmation(head, zone)),
        ("error", delivery(error, zone)),
    ])
}

/// What both answers say of a head.
fn shared<'a>(
    body: &Body<'a>,
    head: &Head<'a>,
    error: &DeliveryError<'a>,
    zone: &TimeZone,
) -> Vec<(&'static str, Node<'a>)> {
    let mut keys = vec![
        ("create", event(Some(body.create_time), body.create_host, zone)),
        ("update", event(Some(body.update_time), body.update_host, zone)),
        ("import", Node::object([("time", time(body.import_time, zone))])),
        ("dataset", Node::from(body.dataset)),
        ("addr_type", Node::from(head.address.addr_type.as_str())),
        ("email", Node::from(head.address.value.clone())),
        ("id", Node::from(head.id)),
        ("haslock", Node::from(i64::from(head.lock))),
        ("lockremove", bit(head.lock, lock::REMOVED)),
        ("confirm", confirmation(head, zone)),
        ("error", delivery(error, zone)),
    ];
    if let Some(domain) = head.address.domain() {
        keys.push(("domain", Node::from(domain.to_owned())));
    }
    keys
}

fn confirmation<'a>(head: &Head<'a>, zone: &TimeZone) -> Node<'a> {
    Node::object([
        ("lock", bit(head.lock, lock::UNCONFIRMED)),
        ("time", time(head.confirm_time, zone)),
        ("host", text(head.confirm_host)),
    ])
}

fn delivery<'a>(error: &DeliveryError<'a>, zone: &TimeZone) -> Node<'a> {
    let number = |value: Option<i64>| value.map_or(Node::Null, Node::from);
    Node::object([
        ("lock", Node::from(i64::from(error.lock))),
        ("date", time(error.at, zone)),
        ("str", text(error.message)),
        ("error", Node::from(i64::from(error.errors))),
        ("issue", number(error.issue)),
        ("letter", number(error.letter)),
        ("lock_issue", number(error.lock_issue)),
        ("lock_letter", number(error.lock_letter)),
    ])
}

/// The system and the application of a mobile push token, `token@platform.os.authext`.
fn mobile<'a>(address: &Address) -> Vec<(&'static str, Node<'a>)> {
    if address.addr_type != AddrType::Pushapp {
        return Vec::new();
    }
    let mut parts = address.value.rsplit('@').next().unwrap_or_default().split('.').skip(1);
    let system = parts.next().unwrap_or_default().to_owned();
    let application = parts.next().and_then(|number| number.parse::<i64>().ok());
    vec![("mobile_os", Node::from(system)), ("mobile_app", application.map_or(Node::Null, Node::from))]
}

/// The key that states stand under, with `{community: {state: when}}`; only for the types that have communities or bots.
pub fn communities<'a>(addr_type: AddrType, states: &[State<'a>], zone: &TimeZone) -> Option<(&'static str, Node<'a>)> {
    if states_of(addr_type).is_empty() {
        return None;
    }
    let by_number = states.chunk_by(|one, other| one.community == other.community).filter_map(|states| {
        let dates = states.iter().map(|state| (state.state, time(Some(state.at), zone)));
        Some((states.first()?.community.to_string(), Node::object(dates)))
    });
    Some((addr_type.as_str(), Node::object(by_number)))
}

/// What is known of an identifier whether it has a subscriber or not: `member` of `email.get` (members.md 11.1).
pub fn address_card<'a>(
    id: i64,
    address: &Address,
    error: &DeliveryError<'a>,
    stops: &[Stop<'a>],
    form: StopForm,
    zone: &TimeZone,
) -> Node<'a> {
    let removed = if stops.iter().any(|stop| stop.sender == 0) { lock::REMOVED } else { 0 };
    let locks = removed | if error.lock { lock::ERRORS } else { 0 };
    Node::object([
        ("id", Node::from(id)),
        ("addr_type", Node::from(address.addr_type.as_str())),
        ("email", Node::from(address.value.clone())),
        ("haslock", Node::from(i64::from(locks))),
        ("lockremove", bit(locks, lock::REMOVED)),
        ("error", delivery(error, zone)),
        ("stoplist", stop_list(stops, form, zone)),
    ])
}

/// The stop-list records of an identifier: `{owner?: {dt, source}, member?: {dt, source}}` of the global ones, or a list
/// of all.
pub fn stop_list<'a>(stops: &[Stop<'a>], form: StopForm, zone: &TimeZone) -> Node<'a> {
    match form {
        StopForm::Extended => Node::array(stops.iter().map(|stop| stop_node(stop, zone))),
        StopForm::Global => {
            Node::object(stops.iter().filter(|stop| stop.sender == 0).map(|stop| {
                (stop.kind, Node::object([("dt", time(Some(stop.at), zone)), ("source", text(stop.source))]))
            }))
        }
    }
}

fn membership<'a>(groups: &[(&'a str, String)]) -> Node<'a> {
    Node::object(groups.iter().map(|(gid, since)| (*gid, Node::from(since.clone()))))
}

fn stop_node<'a>(stop: &Stop<'a>, zone: &TimeZone) -> Node<'a> {
    Node::object(stop_keys(stop, zone))
}

/// `{"dt", "source", "type", "sender"}`: the sender is empty in a global record.
pub fn stop_keys<'a>(stop: &Stop<'a>, zone: &TimeZone) -> Vec<(&'static str, Node<'a>)> {
    vec![
        ("dt", time(Some(stop.at), zone)),
        ("source", text(stop.source)),
        ("type", Node::from(stop.kind)),
        ("sender", if stop.sender == 0 { Node::from("") } else { Node::from(stop.sender) }),
    ]
}

fn event<'a>(at: Option<i64>, host: Option<&'a str>, zone: &TimeZone) -> Node<'a> {
    Node::object([("time", time(at, zone)), ("host", text(host))])
}

fn time<'a>(at: Option<i64>, zone: &TimeZone) -> Node<'a> {
    at.map_or(Node::Null, |micros| Node::from(show_pg_micros(micros, zone)))
}

fn text(value: Option<&str>) -> Node<'_> {
    value.map_or(Node::Null, Node::from)
}

fn bit<'a>(locks: i16, bit: i16) -> Node<'a> {
    Node::from(i64::from(locks & bit != 0))
}
