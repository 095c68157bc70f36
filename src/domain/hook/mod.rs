//! Action hooks: which events go out, what they look like, where they go, and what happens when they do not arrive
//! (pipelines-and-hooks.md 7 to 10, 13).

pub mod transport;
