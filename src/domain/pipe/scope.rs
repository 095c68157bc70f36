//! What templates see: `$in`, `$origin`, the objects of the message (pipelines-and-hooks.md 4.2).

use super::data::{Data, Object};
use crate::domain::error::{Error, Id, Result};
use std::sync::Arc;

/// The first word of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// What came from the pipe before: one object that grows.
    In,
    /// What came into the pipeline.
    Origin,
    /// The channel's fields on the message template.
    Template,
    /// Its fields on the sender.
    Sender,
    /// Its fields on the resource.
    Resource,
    /// Its fields on the campaign.
    Campaign,
    /// Its fields on the subscription, and its address.
    Subscription,
    /// Its fields on the account.
    Account,
    /// When the sending begins and ends.
    CampSchedule,
    /// The last failure.
    Error,
    /// The person's data.
    Profile,
    /// The channel itself: `id`, `name`, `string_id`.
    Channel,
    /// The instant, RFC 3339.
    Now,
    /// The event that started a passage of a sequence.
    Event,
    /// The sequence, and the passage with what it keeps for itself.
    Sequence,
}

impl Root {
    /// Every root by its name.
    pub const ALL: [(&'static str, Root); 15] = [
        ("in", Root::In),
        ("origin", Root::Origin),
        ("template", Root::Template),
        ("sender", Root::Sender),
        ("resource", Root::Resource),
        ("campaign", Root::Campaign),
        ("subscription", Root::Subscription),
        ("account", Root::Account),
        ("camp_schedule", Root::CampSchedule),
        ("error", Root::Error),
        ("profile", Root::Profile),
        ("channel", Root::Channel),
        ("now", Root::Now),
        ("event", Root::Event),
        ("sequence", Root::Sequence),
    ];

    /// The root of this name.
    pub fn parse(name: &str) -> Option<Root> {
        Root::ALL.iter().find(|(known, _)| *known == name).map(|(_, root)| *root)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Root::ALL.iter().find(|(_, root)| *root == self).map_or("", |(name, _)| name)
    }
}

/// The values of the roots.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `$in`.
    pub input: Object,
    /// `$error`; nothing before the first failure.
    pub error: Option<Data>,
    /// `$now`.
    pub now: Option<Data>,
    /// `$origin`.
    pub origin: Arc<Data>,
    /// All others by their names; shared by the runs of one sending.
    pub objects: Arc<Object>,
}

impl Scope {
    /// A scope of an object whose keys are the names of roots. Errors: `error/template/scope`.
    pub fn read(document: Data) -> Result<Scope> {
        let Data::Object(mut objects) = document else {
            return Err(Error::new(Id::TemplateScope, format!("the scope is {}, not an object", document.kind())));
        };
        if let Some(unknown) = objects.keys().find(|name| Root::parse(name).is_none()) {
            return Err(Error::new(Id::TemplateScope, format!("the scope has no root {unknown}")));
        }
        let input = match objects.remove(Root::In.name()) {
            Some(Data::Object(input)) => input,
            None => Object::new(),
            Some(other) => return Err(Error::new(Id::TemplateScope, format!("in is {}, not an object", other.kind()))),
        };
        Ok(Scope {
            input,
            error: objects.remove(Root::Error.name()),
            now: objects.remove(Root::Now.name()),
            origin: objects.remove(Root::Origin.name()).unwrap_or_default().into(),
            objects: objects.into(),
        })
    }
}
