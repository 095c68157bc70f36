//! The keys of the system that filters may ask for (members.md 3.1, 3.2 and 12.3).

use crate::domain::address::AddrType;
use crate::domain::datakey::{Path, Step};
use crate::domain::member::system::{community_of, states_of};

/// What the document has while the system does not know a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It always knows one.
    Never,
    /// The key is there and null.
    Null,
    /// The key is not there.
    Absent,
}

/// A key of the system with a value of its own, in the document that `member::system::document` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemKey {
    /// How it is written: `member.confirm.time`.
    pub name: &'static str,
    /// What a list calls it where titles are wanted.
    pub title: &'static str,
    /// Where it is read from.
    pub column: Column,
    /// What stands for a value that is not known.
    pub unknown: Unknown,
}

/// Where compiled SQL reads a key from: an expression over the aliases of the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A text.
    Text(&'static str),
    /// A whole number of any width.
    Integer(&'static str),
    /// An instant, which is shown in the zone of the settings.
    Instant(&'static str),
}

use Column::{Instant, Integer, Text};

impl Column {
    /// The expression.
    pub const fn sql(self) -> &'static str {
        match self {
            Text(sql) | Integer(sql) | Instant(sql) => sql,
        }
    }
}

const fn key(name: &'static str, title: &'static str, column: Column, unknown: Unknown) -> SystemKey {
    SystemKey { name, title, column, unknown }
}

/// A column of the errors of the head's address.
macro_rules! error_column {
    ($column:literal) => {
        concat!(
            "(SELECT e.",
            $column,
            " FROM member.delivery_error e WHERE e.value OPERATOR(pg_catalog.=) h.value",
            " AND e.addr_type OPERATOR(pg_catalog.=) h.addr_type)"
        )
    };
}

/// A part of the address of a mobile application: `token@platform.os.authext`.
macro_rules! mobile_part {
    ($part:literal, $type:literal) => {
        concat!(
            "CASE WHEN h.addr_type OPERATOR(pg_catalog.=) 'pushapp' THEN pg_catalog.split_part(",
            "pg_catalog.split_part(h.value, '@', 2), '.', ",
            $part,
            ")",
            $type,
            " END"
        )
    };
}

/// Every key, in the order of the document.
pub const SYSTEM_KEYS: &[SystemKey] = &[
    key("member.addr_type", "Type of identifier", Text("h.addr_type"), Unknown::Never),
    key("member.email", "Identifier", Text("h.value"), Unknown::Never),
    key(
        "member.domain",
        "Domain",
        Text("CASE WHEN h.addr_type OPERATOR(pg_catalog.=) 'email' THEN pg_catalog.split_part(h.value, '@', 2) END"),
        Unknown::Absent,
    ),
    key("member.id", "Number", Integer("h.id"), Unknown::Never),
    key("member.dataset", "Number of the data", Integer("h.dataset"), Unknown::Never),
    key("member.origin", "Origin", Integer("h.origin"), Unknown::Null),
    key("member.haslock", "Locks", Integer("h.lock"), Unknown::Never),
    key("member.lockremove", "Unsubscribed", Integer("(h.lock OPERATOR(pg_catalog.&) 1::smallint)"), Unknown::Never),
    key(
        "member.confirm.lock",
        "Not confirmed",
        Integer("((h.lock OPERATOR(pg_catalog.>>) 1) OPERATOR(pg_catalog.&) 1::smallint)"),
        Unknown::Never,
    ),
    key("member.confirm.time", "Confirmed at", Instant("h.confirm_time"), Unknown::Null),
    key("member.confirm.host", "Confirmed from", Text("h.confirm_host"), Unknown::Null),
    key("member.last.tz", "Time zone", Integer("h.last_tz"), Unknown::Absent),
    key("member.mobile_os", "Mobile system", Text(mobile_part!("2", "")), Unknown::Absent),
    key("member.mobile_app", "Mobile application", Text(mobile_part!("3", "")), Unknown::Absent),
    key("member.create.time", "Created at", Instant("b.create_time"), Unknown::Never),
    key("member.create.host", "Created from", Text("b.create_host"), Unknown::Null),
    key("member.update.time", "Changed at", Instant("b.update_time"), Unknown::Never),
    key("member.update.host", "Changed from", Text("b.update_host"), Unknown::Null),
    key("member.import.time", "Imported at", Instant("b.import_time"), Unknown::Null),
    key(
        "member.error.lock",
        "Locked by errors",
        Integer(concat!("COALESCE(", error_column!("lock::integer"), ", 0)")),
        Unknown::Never,
    ),
    key("member.error.date", "Last error at", Instant(error_column!("at")), Unknown::Null),
    key("member.error.str", "Last error", Text(error_column!("message")), Unknown::Null),
    key("member.error.error", "Errors", Integer(concat!("COALESCE(", error_column!("errors"), ", 0)")), Unknown::Never),
    key("member.error.issue", "Launch of the last error", Integer(error_column!("issue")), Unknown::Null),
    key("member.error.letter", "Letter of the last error", Integer(error_column!("letter")), Unknown::Null),
    key("member.error.lock_issue", "Launch of the lock", Integer(error_column!("lock_issue")), Unknown::Null),
    key("member.error.lock_letter", "Letter of the lock", Integer(error_column!("lock_letter")), Unknown::Null),
];

/// The key that a path of the system names; none for objects such as `member.confirm` and for what the system does not
/// have.
pub fn system_key(path: &Path) -> Option<SystemKey> {
    let name = path.to_string();
    SYSTEM_KEYS.iter().copied().find(|key| key.name == name)
}

/// Keys that questionnaires name otherwise (members.md 3.1 and 8.1).
const RENAMED: [(&str, &str); 2] = [("error", "error.error"), ("lockconfirm", "confirm.lock")];

/// What is called `quest` in the questionnaire `member`, behind `member.` as a datakey.
pub fn system_quest(quest: &str) -> &str {
    RENAMED.iter().find(|(avo, _)| *avo == quest).map_or(quest, |(_, kd)| kd)
}

/// The key of the system that is called `quest` in the questionnaire `member`.
pub fn quest_key(quest: &str) -> Option<SystemKey> {
    let name = system_quest(quest);
    SYSTEM_KEYS.iter().copied().find(|key| key.name.strip_prefix("member.") == Some(name))
}

/// The list group whose day of entry a path names: `-group.<gid>`.
pub fn entry_of<'p>(path: &'p Path) -> Option<&'p str> {
    match path.steps() {
        [Step::Key(first), Step::Key(gid)] if first == "-group" => Some(gid),
        _ => None,
    }
}

/// When a head last came to a state with a community or a bot: `member.vk.<community>.sub`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateKey<'p> {
    /// The type of the heads that have it.
    pub addr_type: AddrType,
    /// The number of the community or the bot.
    pub community: i64,
    /// One of [`states_of`] the type.
    pub state: &'p str,
}

/// The state that a path names.
pub fn state_of<'p>(path: &'p Path) -> Option<StateKey<'p>> {
    let [Step::Key(member), Step::Key(addr_type), Step::Key(community), Step::Key(state)] = path.steps() else {
        return None;
    };
    let addr_type = AddrType::parse(addr_type).filter(|_| member == "member")?;
    let is_known = states_of(addr_type).contains(&&**state);
    is_known.then_some(StateKey { addr_type, community: community_of(community)?, state })
}
