//! The template language of pipelines (pipelines-and-hooks.md 4).

/// A text with `$…` and `${…}` in it.
#[derive(Clone, Debug)]
pub struct Text;

/// A JSON document whose strings may be templates.
#[derive(Clone, Debug)]
pub struct Form;
