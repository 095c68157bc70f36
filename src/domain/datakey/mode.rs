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
    /// Create what is not there, or is empty. Questionnaires make it (members.md 8.1); no text names it.
    Fill,
    /// Add an integer. Imports make it (members.md 10.4); no text names it.
    Calc,
}

impl Mode {
    /// Reads a mode's name; the second part is whether the value is copied. None for an unknown name.
    pub(super) fn parse(name: &[u8]) -> Option<(Mode, bool)> {
        Some(match name {
            b"set" => (Mode::Set, false),
            b"update" => (Mode::Update, false),
            b"insert" => (Mode::Insert, false),
            b"merge" => (Mode::Merge, false),
            b"merge_update" => (Mode::MergeUpdate, false),
            b"merge_insert" => (Mode::MergeInsert, false),
            b"push" => (Mode::Push, false),
            b"unshift" => (Mode::Unshift, false),
            b"delete" => (Mode::Delete, false),
            b"set.copy" => (Mode::Set, true),
            b"update.copy" => (Mode::Update, true),
            b"insert.copy" => (Mode::Insert, true),
            b"merge_copy" | b"merge.copy" => (Mode::Merge, true),
            b"merge_update.copy" => (Mode::MergeUpdate, true),
            b"merge_insert.copy" => (Mode::MergeInsert, true),
            b"push.copy" => (Mode::Push, true),
            b"unshift.copy" => (Mode::Unshift, true),
            _ => return None,
        })
    }

    /// Whether it makes missing parts of its path. Modes that do not may also write `.N` for an element of an array.
    pub(super) fn creates(self) -> bool {
        !matches!(self, Mode::Update | Mode::MergeUpdate | Mode::Delete)
    }
}
