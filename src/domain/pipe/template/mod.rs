//! The template language of pipelines (pipelines-and-hooks.md 4).
//!
//! | written | gives |
//! |---|---|
//! | `to $in.name`, `${in.name}s` | the value as a text, among other text |
//! | `$#in.total` | the value as it is; the whole string |
//! | `$$in.files`, `$$in.files[url]` | a list's items, or a field of each: elements of the list around it; the whole string |
//! | `"$$in.files[parts]": {"at": "[$]url"}` | the key `parts` with a list: the value once for each item, which is `[$]` in it |
//! | `\$` | a dollar sign |
//!
//! A [`Text`] yields a text, a [`Form`] a document. Both are read once; what a value holds is never read as a template.
//! A dollar sign before anything but a known root ([`super::scope::Root`]) is a dollar sign.

mod form;
mod path;
mod print;
mod problem;
mod render;
mod room;
mod scan;
mod stored;
mod text;

#[cfg(test)]
mod tests;

pub use form::Form;
pub use path::{Path, Place, Step, Steps};
pub use print::{print, print_json};
pub use problem::Problem;
pub use room::Room;
pub use scan::{Prefix, Reference, Start, start};
pub use stored::render;
pub use text::{Part, Text};
