//! The language: tables of queries and what they say of a document, and an independent evaluator to agree with.

mod against_model;
mod bound;
mod documents;
mod no_panic;
