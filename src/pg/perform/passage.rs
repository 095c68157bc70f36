//! What the passage of a sequence keeps for itself: `@member.sequence_data@` and `@member.sequence_data.store@`
//! (members.md 6.6, shapes.md 5).

use crate::domain::datakey::{self, Context, Op, PASSAGE, PASSAGE_STORE};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{EMPTY_OBJECT, Node, encoded, root};
use crate::domain::member::target::Target;
use crate::pg::spi::Session;
use crate::pg::store::address;
use crate::pg::store::passage::{self, Kept};
use std::cell::Cell;

thread_local! {
    /// The passage whose run this process carries out a query of; 0 for none.
    static RUNNING: Cell<i64> = const { Cell::new(0) };
}

/// Lasts while a query of a passage's run is carried out.
pub struct During(());

/// Has the calls made from now on be those of a passage's run; 0 for a run of none.
pub fn during(passage: i64) -> During {
    RUNNING.set(passage);
    During(())
}

impl Drop for During {
    fn drop(&mut self) {
        RUNNING.set(0);
    }
}

/// The passage that a call is about: the one that it names, or the one whose run makes it.
pub fn asked(named: Option<i64>) -> Option<i64> {
    named.or(Some(RUNNING.get()).filter(|passage| *passage != 0))
}

/// The passage of this number, if it is of a person. Errors: `error/json/corrupt`.
fn of_person<'s>(session: &'s Session, passage: Option<i64>, dataset: Option<i64>) -> Result<Option<Kept<'s>>> {
    let Some(kept) = passage.and_then(|passage| passage::find(session, passage)) else { return Ok(None) };
    let known = address::find(session, &Target::Id(kept.address_id))?;
    let owner = known.and_then(|known| known.owner).map(|owner| owner.dataset);
    Ok(owner.is_some_and(|owner| Some(owner) == dataset).then_some(kept))
}

/// A system document with what the passage keeps in it, null where there is none. Errors: `error/json/…`.
pub fn shown_in(
    session: &Session,
    document: Option<&[u8]>,
    passage: Option<i64>,
    dataset: Option<i64>,
) -> Result<Vec<u8>> {
    let kept = of_person(session, passage, dataset)?;
    let data = kept.and_then(|kept| kept.data).map(root).transpose()?.map_or(Node::Null, Node::from);
    let mut keys = Vec::new();
    for entry in document.map(root).transpose()?.and_then(|document| document.as_object()).unwrap_or_default().iter() {
        let (key, value) = entry?;
        keys.push((key, Node::from(value)));
    }
    keys.push((PASSAGE, data));
    encoded(&Node::object(keys))
}

/// What a passage will keep.
pub struct Change {
    id: i64,
    data: Vec<u8>,
}

impl Change {
    /// Works it out; nothing where no operation asks for it.
    ///
    /// Errors: `error/sequence/passage`, those of the operations.
    pub fn plan(
        session: &Session,
        passage: Option<i64>,
        dataset: Option<i64>,
        ops: &[Op],
        context: &Context,
    ) -> Result<Option<Change>> {
        if ops.is_empty() {
            return Ok(None);
        }
        let kept = of_person(session, passage, dataset)?.filter(|kept| !kept.has_ended);
        let (Some(id), Some(kept)) = (passage, kept) else {
            return Err(Error::new(Id::SequencePassage, "the call names no passage of the subscriber that goes on"));
        };
        let before = match kept.data {
            Some(data) => encoded(&Node::object([(PASSAGE_STORE, Node::from(root(data)?))]))?,
            None => EMPTY_OBJECT.to_vec(),
        };
        let after = datakey::apply(root(&before)?, ops, context)?.encode()?;
        let data = root(&after)?.as_object().map(|after| after.get(PASSAGE_STORE)).transpose()?.flatten();
        Ok(Some(Change { id, data: encoded(&data.map_or(Node::Null, Node::from))? }))
    }

    /// Writes it, under the lock of the body.
    pub fn write(&self, session: &Session) {
        passage::store(session, self.id, &self.data);
    }
}
