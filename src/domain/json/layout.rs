//! The bits of jsonb's binary form.
//!
//! A container is a header word (flags and a count), one entry word per child, and the children's bytes one after
//! another. An object with n pairs has 2n children: its keys in order, then their values. An entry holds the child's
//! kind and its length or, where the offset flag is set, the position where the child ends, counted from the first
//! child's first byte. Numbers and containers begin at a multiple of four from the start of the document; the padding
//! before them counts as part of them.

use crate::domain::error::{Error, Id};

/// The bytes of a header or an entry, and what numbers and containers are aligned to.
pub(super) const WORD: usize = 4;

/// Header: how many elements or pairs.
pub(super) const COUNT: u32 = 0x0FFF_FFFF;
/// Header: the array only wraps a scalar at the root.
pub(super) const SCALAR: u32 = 0x1000_0000;
/// Header: an object.
pub(super) const OBJECT: u32 = 0x2000_0000;
/// Header: an array.
pub(super) const ARRAY: u32 = 0x4000_0000;

/// Entry: a length or an end.
pub(super) const LENGTH: u32 = 0x0FFF_FFFF;
/// Entry: the kind.
pub(super) const KIND: u32 = 0x7000_0000;
/// Entry: what it holds is an end, not a length.
pub(super) const HAS_END: u32 = 0x8000_0000;
/// Every 32nd entry holds an end, so that finding a child adds up at most 31 lengths.
pub(super) const STRIDE: usize = 32;

/// Elements the server can hold in one array: 1 GB of its working form.
pub(super) const MAX_ELEMENTS: usize = 0x3FFF_FFFF / 32;
/// Pairs the server can hold in one object.
pub(super) const MAX_PAIRS: usize = 0x3FFF_FFFF / 72;

/// What an entry says its child is. A word wide, so that values which hold it are copied in whole words: copies at odd
/// offsets stall the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Kind {
    String,
    Number,
    False,
    True,
    Null,
    Container,
}

impl Kind {
    /// The kind in an entry; None for bits that mean nothing.
    pub(super) fn of(entry: u32) -> Option<Kind> {
        match entry & KIND {
            0x0000_0000 => Some(Kind::String),
            0x1000_0000 => Some(Kind::Number),
            0x2000_0000 => Some(Kind::False),
            0x3000_0000 => Some(Kind::True),
            0x4000_0000 => Some(Kind::Null),
            0x5000_0000 => Some(Kind::Container),
            _ => None,
        }
    }

    /// Its bits in an entry.
    pub(super) fn bits(self) -> u32 {
        match self {
            Kind::String => 0x0000_0000,
            Kind::Number => 0x1000_0000,
            Kind::False => 0x2000_0000,
            Kind::True => 0x3000_0000,
            Kind::Null => 0x4000_0000,
            Kind::Container => 0x5000_0000,
        }
    }

    /// Whether its bytes begin at a multiple of four.
    pub(super) fn is_aligned(self) -> bool {
        matches!(self, Kind::Number | Kind::Container)
    }
}

/// The next multiple of four.
pub(super) fn align(at: usize) -> usize {
    at.saturating_add(WORD - 1) & !(WORD - 1)
}

/// The length word in front of a number: the server's four-byte varlena header.
pub(super) fn varlena_header(length: u32) -> [u8; WORD] {
    if cfg!(target_endian = "big") { length.to_ne_bytes() } else { (length << 2).to_ne_bytes() }
}

/// The length in a four-byte varlena header; None if it is one of another form.
pub(super) fn varlena_length(header: [u8; WORD]) -> Option<usize> {
    let word = u32::from_ne_bytes(header);
    let (flags, length) = if cfg!(target_endian = "big") { (word >> 30, word) } else { (word & 3, word >> 2) };
    if flags == 0 { usize::try_from(length).ok() } else { None }
}

/// Stored bytes are not what the server writes: `error/json/corrupt`. It says no more, so that reading stays cheap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// What reading stored bytes gives.
pub type Read<T> = std::result::Result<T, Damaged>;

impl From<Damaged> for Error {
    #[cold]
    fn from(_: Damaged) -> Error {
        Error::new(Id::JsonCorrupt, "the stored document is damaged")
    }
}

/// The refusal of what does not fit jsonb.
#[cold]
pub(super) fn too_large(what: &str) -> Error {
    Error::new(Id::JsonLimit, what)
}
