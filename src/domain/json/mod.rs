//! The codec of jsonb's binary form: bytes in, bytes out, the same in PostgreSQL 15 to 18 (DESIGN 6).
//!
//! [`root`] opens the bytes of a stored document and reads it in place, as [`Value`]s that borrow from them. [`Node`]
//! is the editable tree: borrowed bytes wherever nothing changed, built or expanded containers where something did.
//! [`encode`] writes a node as the server itself would, byte for byte, so what was not touched costs a copy of bytes.
//! Numbers are the server's exact decimals throughout, never floats.
//!
//! Stored bytes may be damaged and documents may be tens of thousands of levels deep: every read is checked and gives
//! `error/json/corrupt`, and nothing here descends into stored bytes by recursion.

mod container;
mod decimal;
mod encode;
mod fields;
mod items;
mod layout;
mod node;
mod number;
mod patch;
mod print;
mod raw;
mod size;
mod text;
mod value;
mod view;

#[cfg(test)]
pub(crate) mod tests;

pub use container::{Array, Elements, Object, Pairs};
pub use decimal::Decimal;
pub use encode::{MAX_NESTING, encode, encoded};
pub use fields::{Fields, Slot};
pub use items::Items;
pub use layout::{Damaged, Read};
pub use node::Node;
pub use number::Number;
pub use patch::Keys;
pub use print::{append, compact, print, quote};
pub use raw::Raw;
pub use size::size;
pub use text::{parse, tree};
pub use value::{EMPTY_OBJECT, Value, root};
pub use view::{ArrayView, ObjectView, Shape, View};
