//! Where a person has left traces: the bodies that it has and had, its identifiers, and how texts name them.

use crate::domain::address::Address;
use crate::domain::erasure::mentions;
use crate::domain::error::Result;
use crate::domain::head::Head;
use crate::domain::member::target::Target;
use crate::pg::perform::people::head_of;
use crate::pg::spi::Session;
use crate::pg::store::address::Known;
use crate::pg::store::{event_personal, head};

/// What to look for.
pub struct Traces {
    /// The present body.
    pub dataset: Option<i64>,
    /// Its heads; without a body the identifier alone, without a number if it was never seen.
    pub heads: Vec<Head>,
    /// The numbers of all bodies that the person has or had.
    pub lives: Vec<i64>,
    /// The numbers of the heads.
    pub ids: Vec<i64>,
    /// A regular expression for texts in small letters that name one of the heads.
    pub mentions: Option<String>,
}

impl Traces {
    /// Those of a target. Errors: `error/json/corrupt`.
    pub fn of(session: &Session, target: &Target, known: Option<&Known>) -> Result<Traces> {
        let dataset = known.and_then(|known| known.owner).map(|owner| owner.dataset);
        let heads = match (dataset, known, target) {
            (Some(dataset), ..) => head::names(session, dataset)?,
            (None, Some(known), _) => vec![head_of(known)],
            (None, None, Target::Address(address)) => vec![Head { id: None, address: address.clone() }],
            (None, None, _) => Vec::new(),
        };
        let ids: Vec<i64> = heads.iter().filter_map(|head| head.id).collect();
        let lives = event_personal::lives(session, &Vec::from_iter(dataset), &ids);
        let addresses: Vec<&Address> = heads.iter().map(|head| &head.address).collect();
        let mentions = mentions(&addresses);
        Ok(Traces { dataset, heads, lives, ids, mentions })
    }
}
