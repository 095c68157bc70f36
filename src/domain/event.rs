//! What the members' calls write to the event log (shapes.md 7).

use crate::domain::datakey::Change;
use crate::domain::json::Node;

/// The code of an event of the members' calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// A subscriber was created.
    MemberNew,
    /// The data of a subscriber changed.
    MemberChange,
    /// A subscriber, or one of its heads, was deleted.
    MemberDelete,
    /// A head left its body; the body stays.
    HeadDetach,
    /// The origin of a head changed.
    OriginChange,
}

impl EventType {
    /// The code as it stands in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::MemberNew => "member_new",
            EventType::MemberChange => "member_change",
            EventType::MemberDelete => "member_delete",
            EventType::HeadDetach => "head_detach",
            EventType::OriginChange => "origin_change",
        }
    }
}

/// `member_new`: whether the head must be confirmed, and its origin.
pub fn member_new<'a>(confirm: bool, origin: Option<i32>) -> Node<'a> {
    let origin = origin.map_or(Node::Null, |number| Node::from(i64::from(number)));
    data([("confirm", Node::from(i64::from(confirm))), ("origin", origin)])
}

/// `member_change`: each path that really changed, with what it was and is; null where there is nothing.
pub fn member_change<'a>(changes: Vec<Change<'a>>) -> Node<'a> {
    let rows = changes.into_iter().map(|change| {
        Node::object([
            ("path", Node::from(change.path)),
            ("old", change.old.unwrap_or(Node::Null)),
            ("new", change.new.unwrap_or(Node::Null)),
        ])
    });
    data([("changed", Node::array(rows))])
}

/// `member_delete`: the head that went, and whether the body went with it.
pub fn member_delete<'a>(wiped: bool) -> Node<'a> {
    data([("body", Node::from(i64::from(wiped)))])
}

/// `head_detach`: the head that left.
pub fn head_detach<'a>(id: i64) -> Node<'a> {
    data([("id", Node::from(id))])
}

/// `origin_change`: the old and the new number.
pub fn origin_change<'a>(old: Option<i32>, new: i32) -> Node<'a> {
    let old = old.map_or(Node::Null, |number| Node::from(i64::from(number)));
    data([("old", old), ("new", Node::from(i64::from(new)))])
}

fn data<'a, const N: usize>(keys: [(&'a str, Node<'a>); N]) -> Node<'a> {
    Node::object([("event_data", Node::object(keys))])
}
