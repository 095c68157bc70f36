//! `newbie.letter.confirm` and `newbie.letter.no-confirm` of `member.set`: a letter to who is new (members.md 6).

use crate::domain::address::AddrType;
use crate::domain::error::{Error, Id, Result};
use crate::domain::member::system::lock::UNCONFIRMED;
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
    /// Opens them, the one of who must confirm and the other; none for phone numbers, which are never written letters to. A channel that does not reach the identifier
    /// is a warning.
    ///
    /// Errors: `error/letter/…`, `error/channel/notexists`, `error/channel/field`, `error/message/channel`,
    /// `error/pipeline/notexists`.
    pub fn open(
        session: &Session,
        (confirm, other): (Option<i64>, Option<i64>),
        addr_type: Option<AddrType>,
        warnings: &mut Vec<Error>,
    ) -> Result<Letters> {
        let Some(addr_type) = addr_type.filter(|addr_type| !addr_type.is_phone()) else {
            return Ok(Letters::default());
        };
        let mut open = |letter: Option<i64>, purpose| -> Result<Option<Sending>> {
            let Some(letter) = letter else { return Ok(None) };
            let sending = Sending::of(session, of_letter(session, letter, purpose)?)?;
            if reaches(&sending, addr_type) {
                return Ok(Some(sending));
            }
            warnings.push(Error::new(Id::MessageChannel, "the channel of the letter has another addr_type"));
            Ok(None)
        };
        let confirm = open(confirm, Purpose::Confirm)?;
        Ok(Letters { confirm, other: open(other, Purpose::Message)? })
    }

    /// Whether there are any to send.
    pub fn are_any(&self) -> bool {
        self.confirm.is_some() || self.other.is_some()
    }

    /// Sends new heads theirs: those that must confirm, or the others. Errors: those of rendering it.
    pub fn send_all(&self, session: &Session, heads: &[(i64, i64)], unconfirmed: bool) -> Result<()> {
        match if unconfirmed { &self.confirm } else { &self.other } {
            Some(sending) if !heads.is_empty() => sending.hand_over(session, heads, None).map(drop),
            _ => Ok(()),
        }
    }

    /// Sends the one that a new head gets. Errors: those of rendering it.
    pub fn send(&self, session: &Session, dataset: i64, id: i64) -> Result<()> {
        if !self.are_any() {
            return Ok(());
        }
        let head = head::read(session, dataset, id)?;
        let is_unconfirmed = head.is_some_and(|head| head.lock & UNCONFIRMED != 0);
        self.send_all(session, &[(dataset, id)], is_unconfirmed)
    }
}

/// Whether the channel of a letter sends to identifiers of this type.
pub fn reaches(sending: &Sending, addr_type: AddrType) -> bool {
    sending.channel.settings.addr_type == Some(addr_type)
}
