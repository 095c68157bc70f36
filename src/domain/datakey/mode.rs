//! What an operation does (members.md 6.3 and 6.4).

/// The mode of an operation; whether it takes its value from elsewhere is said by its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Create or replace.
    Set,
    /// Replace what is there.
    Update,
    /// Create what is not there.
    Insert,
    /// Set each key of the value.
    Merge,
    /// Replace those keys of the value that are there.
    MergeUpdate,
    /// Create those keys of the value that are not there.
    MergeInsert,
    /// Append to a list.
    Push,
    /// Put at the front of a list.
    Unshift,
    /// Remove.
    Delete,
    /// Add an integer. Imports make it (members.md 10.4); no text names it.
    Calc,
}

impl Mode {
    /// Reads a mode's name; the second part is whether the value is copied. None for an unknown name.
    pub(super) fn parse(name: &str) -> Option<(Mode, bool)> {
        Some(match name {
            "set" => (Mode::Set, false),
            "update" => (Mode::Update, false),
            "insert" => (Mode::Insert, false),
            "merge" => (Mode::Merge, false),
            "merge_update" => (Mode::MergeUpdate, false),
            "merge_insert" => (Mode::MergeInsert, false),
            "push" => (Mode::Push, false),
            "unshift" => (Mode::Unshift, false),
            "delete" => (Mode::Delete, false),
            "set.copy" => (Mode::Set, true),
            "update.copy" => (Mode::Update, true),
            "insert.copy" => (Mode::Insert, true),
            "merge_copy" | "merge.copy" => (Mode::Merge, true),
            "merge_update.copy" => (Mode::MergeUpdate, true),
            "merge_insert.copy" => (Mode::MergeInsert, true),
            "push.copy" => (Mode::Push, true),
            "unshift.copy" => (Mode::Unshift, true),
            _ => return None,
        })
    }

    /// Whether it makes missing parts of its path. Modes that do not may also write `.N` for an element of an array.
    pub(super) fn creates(self) -> bool {
        !matches!(self, Mode::Update | Mode::MergeUpdate | Mode::Delete)
    }
}
