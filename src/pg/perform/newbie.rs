//! `newbie.letter.confirm` and `newbie.letter.no-confirm` of `member.set`: a letter to who is new (members.md 6).

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::set::SetRequest;
use crate::domain::member::system::lock::UNCONFIRMED;
use crate::domain::member::target::Target;
use crate::domain::message::suppress::Purpose;
use crate::pg::perform::message::of_letter;
use crate::pg::perform::sending::Sending;
use crate::pg::spi::Session;
use crate::pg::store::head;

/// The letters of a request, opened before anything is written.
#[derive(Default)]
pub struct Letters {
    confirm: Option<Sending>,
    other: Option<Sending>,
}

impl Letters {
    /// Opens them; none for phone numbers, which are never written letters to. A channel that does not reach the identifier
    /// is a warning.
    ///
    /// Errors: `error/letter/…`, `error/channel/notexists`, `error/message/channel`, `error/pipeline/notexists`.
    pub fn open(
        session: &Session,
        request: &SetRequest,
        target: &Target,
        warnings: &mut Vec<Error>,
    ) -> Result<Letters> {
        let Some(address) = target.address().filter(|address| !address.addr_type.is_phone()) else {
            return Ok(Letters::default());
        };
        let mut open = |letter: Option<i64>, purpose| -> Result<Option<Sending>> {
            let Some(letter) = letter else { return Ok(None) };
            let sending = Sending::of(session, of_letter(session, letter, purpose)?)?;
            if reaches(&sending, address) {
                return Ok(Some(sending));
            }
            warnings.push(Error::new(Id::MessageChannel, "the channel of the letter has another addr_type"));
            Ok(None)
        };
        let confirm = open(request.letter_confirm, Purpose::Confirm)?;
        Ok(Letters { confirm, other: open(request.letter_other, Purpose::Message)? })
    }

    /// Sends the one that a new head gets. Errors: those of rendering it.
    pub fn send(&self, session: &Session, dataset: i64, id: i64) -> Result<()> {
        if self.confirm.is_none() && self.other.is_none() {
            return Ok(());
        }
        let head = head::read(session, dataset, id)?;
        let is_unconfirmed = head.is_some_and(|head| head.lock & UNCONFIRMED != 0);
        match if is_unconfirmed { &self.confirm } else { &self.other } {
            Some(sending) => sending.hand_over(session, &[(dataset, id)], None).map(drop),
            None => Ok(()),
        }
    }
}

/// Whether the channel of a letter sends to identifiers of this type.
pub fn reaches(sending: &Sending, address: &Address) -> bool {
    sending.channel.settings.addr_type == Some(address.addr_type)
}
