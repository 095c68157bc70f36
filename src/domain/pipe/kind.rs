//! The kinds of pipelines (pipelines-and-hooks.md 5.2).

use super::scope::Root;

/// What starts a pipeline, and what may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Sends a message.
    Message,
    /// Goes on with what a `scheduled` pipe handed over.
    Schedule,
    /// Takes calls from outside.
    Listener,
    /// Has a sending looked at before it begins.
    Moderate,
    /// Takes a placed sending down.
    Stop,
    /// Answers for an entity while somebody waits.
    Operation,
}

impl Kind {
    /// The kinds that a channel has one pipeline of each of, by name.
    pub const ALL: [(&'static str, Kind); 5] = [
        ("message", Kind::Message),
        ("schedule", Kind::Schedule),
        ("listener", Kind::Listener),
        ("moderate", Kind::Moderate),
        ("stop", Kind::Stop),
    ];

    /// The name of an operation where a kind is asked for.
    const OPERATION: &'static str = "entity";

    /// A kind of a channel's pipeline by its name.
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// The same, operations of entities (`entity`) among them.
    pub fn parse_any(name: &str) -> Option<Kind> {
        if name == Kind::OPERATION { Some(Kind::Operation) } else { Kind::parse(name) }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or(Kind::OPERATION, |(name, _)| name)
    }

    /// Whether templates of such a pipeline can find something under the root: a call from outside and an operation
    /// are about no message.
    pub fn has(self, root: Root) -> bool {
        match root {
            Root::In | Root::Origin | Root::Error | Root::Account | Root::Channel | Root::Now => true,
            Root::Template
            | Root::Sender
            | Root::Resource
            | Root::Campaign
            | Root::Subscription
            | Root::CampSchedule
            | Root::Profile => !matches!(self, Kind::Listener | Kind::Operation),
            // Sequences start this pipeline.
            Root::Event | Root::Sequence => self == Kind::Schedule,
        }
    }
}
