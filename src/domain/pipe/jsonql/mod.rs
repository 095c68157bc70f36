//! JsonQL: conditions on documents (pipelines-and-hooks.md 3.9).

/// A query with templates in it.
#[derive(Clone, Debug)]
pub struct Query;
