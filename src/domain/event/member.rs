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
    /// A head of nobody came to a body.
    HeadAttach,
    /// A head left its body; the body stays.
    HeadDetach,
    /// A head went from one body to another.
    HeadMove,
    /// Data of one subscriber went into another.
    MemberMerge,
    /// What a call did with heads and data was taken back.
    MemberUnmerge,
    /// A head was confirmed.
    MemberConfirm,
    /// The origin of a head changed.
    OriginChange,
    /// A head came to a list group.
    GroupEnter,
    /// A head left a list group.
    GroupLeave,
    /// The rule of a live filter group holds for a head now.
    SegmentEnter,
    /// It holds no more.
    SegmentLeave,
    /// A subscriber was erased.
    MemberErase,
    /// A row of a file was imported.
    ImportFile,
    /// A row that a call gave was imported.
    ImportApi,
}

impl EventType {
    /// The code as it stands in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::MemberNew => "member_new",
            EventType::MemberChange => "member_change",
            EventType::MemberDelete => "member_delete",
            EventType::HeadAttach => "head_attach",
            EventType::HeadDetach => "head_detach",
            EventType::HeadMove => "head_move",
            EventType::MemberMerge => "member_merge",
            EventType::MemberUnmerge => "member_unmerge",
            EventType::MemberConfirm => "member_confirm",
            EventType::OriginChange => "origin_change",
            EventType::GroupEnter => "group_enter",
            EventType::GroupLeave => "group_leave",
            EventType::SegmentEnter => "segment_enter",
            EventType::SegmentLeave => "segment_leave",
            EventType::MemberErase => "member_erase",
            EventType::ImportFile => "import_file",
            EventType::ImportApi => "import_api",
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
    data([("changed", changed(changes))])
}

/// `[{"path", "old", "new"}]`: null where there is nothing.
pub fn changed<'a>(changes: Vec<Change<'a>>) -> Node<'a> {
    Node::array(changes.into_iter().map(|change| {
        Node::object([
            ("path", Node::from(change.path)),
            ("old", change.old.unwrap_or(Node::Null)),
            ("new", change.new.unwrap_or(Node::Null)),
        ])
    }))
}

/// `member_delete`: the head that went, and whether the body went with it.
pub fn member_delete<'a>(wiped: bool) -> Node<'a> {
    data([("body", Node::from(i64::from(wiped)))])
}

/// `head_attach`: the head that came, and its body.
pub fn head_attach<'a>(id: Option<i64>, dataset: Option<i64>) -> Node<'a> {
    data([("id", Node::from(id)), ("dataset", Node::from(dataset))])
}

/// `head_detach`: the head that left, its body, and the body it got for itself, if any.
pub fn head_detach<'a>(id: Option<i64>, dataset: Option<i64>, own: Option<i64>) -> Node<'a> {
    data([("id", Node::from(id)), ("dataset", Node::from(dataset)), ("split_dataset", Node::from(own))])
}

/// `head_move`: the head, its body now, and the one before.
pub fn head_move<'a>(id: Option<i64>, dataset: Option<i64>, source: Option<i64>) -> Node<'a> {
    data([("id", Node::from(id)), ("dataset", Node::from(dataset)), ("source_dataset", Node::from(source))])
}

/// `member_merge`: the body that received, the one that gave, whether that is gone, and what changed.
pub fn member_merge<'a>(dataset: Option<i64>, source: Option<i64>, is_gone: bool, changed: Node<'a>) -> Node<'a> {
    data([
        ("dataset", Node::from(dataset)),
        ("source_dataset", Node::from(source)),
        ("source_deleted", Node::from(i64::from(is_gone))),
        ("changed", changed),
    ])
}

/// `member_unmerge`: the journal row that was undone, the body, and what changed.
pub fn member_unmerge<'a>(journal: i64, dataset: Option<i64>, changed: Node<'a>) -> Node<'a> {
    data([("journal", Node::from(journal)), ("dataset", Node::from(dataset)), ("changed", changed)])
}

/// `member_confirm`: the head, and the IP address it was confirmed from.
pub fn member_confirm<'a>(id: i64, host: Option<&'a str>) -> Node<'a> {
    data([("id", Node::from(id)), ("ip", host.map_or(Node::Null, Node::from))])
}

/// `origin_change`: the old and the new number.
pub fn origin_change<'a>(old: Option<i32>, new: i32) -> Node<'a> {
    let old = old.map_or(Node::Null, |number| Node::from(i64::from(number)));
    data([("old", old), ("new", Node::from(i64::from(new)))])
}

/// `group_enter`, `group_leave`, `segment_enter`, `segment_leave`: the group, and when, as `Ys`.
pub fn group<'a>(gid: &'a str, at: &'a str) -> Node<'a> {
    data([("group_id", Node::from(gid)), ("at", Node::from(at))])
}

/// `member_erase`: why, where the call said so.
pub fn member_erase<'a>(reason: Option<&'a str>) -> Node<'a> {
    Node::object([("event_data", Node::object(reason.map(|reason| ("reason", Node::from(reason)))))])
}

/// `import_file`, `import_api`: whether the import made the subscriber.
pub fn import<'a>(is_new: bool) -> Node<'a> {
    data([("new", Node::from(i64::from(is_new)))])
}

fn data<'a, const N: usize>(keys: [(&'a str, Node<'a>); N]) -> Node<'a> {
    Node::object([("event_data", Node::object(keys))])
}
