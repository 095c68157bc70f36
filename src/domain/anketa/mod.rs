//! Questionnaires: the format "questionnaire, question, answer" (AVO) and how it stands for datakeys (members.md 8).
//!
//! The answer to question `q` of questionnaire `a` is what stands at the datakey `a.q`. Writing checks answers against
//! the questions ([`answer`]) and becomes a datakey program ([`write`]); reading picks the answers out of a document
//! ([`read`]). So both formats see the same data, and everything behind the program is shared.

pub mod answer;
pub mod define;
pub mod fill;
pub mod format;
pub mod id;
mod quest;
pub mod read;
pub mod write;

#[cfg(test)]
mod tests;

pub use quest::{Anketa, Choice, Kind, Precision, Quest, find};
