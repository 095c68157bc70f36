//! Identifiers: raw text in, a normal form or a named error out (members.md 2, shapes.md 4).

mod detect;
pub mod email;
mod kind;
mod normalize;
pub mod opaque;
pub mod phone;
pub mod plan;
pub mod tld;

pub use detect::detect;
pub use kind::AddrType;
pub use normalize::{Address, Check, Normalized, Rules, normalize};
pub use opaque::parse_number;
pub use phone::Region;
