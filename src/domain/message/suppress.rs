//! What keeps a message back: the locks of a head, and stop-lists of single senders (shapes.md 11).

use crate::domain::member::system::lock::{ERRORS, REMOVED, UNCONFIRMED};

/// What a message is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Whatever its sender wants.
    #[default]
    Message,
    /// It asks for a confirmation.
    Confirm,
    /// It helps out of the global stop-list.
    Cancel,
    /// It helps out of the stop-list of its sender.
    CancelSender,
}

impl Purpose {
    /// Every purpose by the parameter of `member.sendconfirm` that asks for it; messages have none.
    pub const ALL: [(&'static str, Purpose); 4] = [
        ("message", Purpose::Message),
        ("confirm", Purpose::Confirm),
        ("unsubcancel", Purpose::Cancel),
        ("unsubsendercancel", Purpose::CancelSender),
    ];

    /// The purpose of this name.
    pub fn parse(name: &str) -> Option<Purpose> {
        Purpose::ALL.iter().find(|(known, _)| *known == name).map(|(_, purpose)| *purpose)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Purpose::ALL.iter().find(|(_, purpose)| *purpose == self).map_or("", |(name, _)| name)
    }

    /// The bits of a head that do not stop it.
    fn ignored(self) -> i16 {
        match self {
            Purpose::Message | Purpose::CancelSender => 0,
            Purpose::Confirm => UNCONFIRMED,
            Purpose::Cancel => REMOVED,
        }
    }

    /// Why a head with this lock gets no message; `is_stopped` is whether its sender's own stop-list has it.
    pub fn reason(self, lock: i16, is_stopped: bool) -> Option<&'static str> {
        let left = lock & !self.ignored();
        let bits = [(REMOVED, "unsubscribed"), (ERRORS, "delivery_error"), (UNCONFIRMED, "unconfirmed")];
        let by_lock = bits.into_iter().find(|(bit, _)| left & bit != 0).map(|(_, reason)| reason);
        by_lock.or((is_stopped && self != Purpose::CancelSender).then_some("unsubscribed_sender"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_pass_by_the_lock_that_they_are_about_and_by_no_other() {
        for (lock, reasons) in [
            (0, [None; 4]),
            (1, [Some("unsubscribed"), Some("unsubscribed"), None, Some("unsubscribed")]),
            (2, [Some("unconfirmed"), None, Some("unconfirmed"), Some("unconfirmed")]),
            (4, [Some("delivery_error"); 4]),
            (3, [Some("unsubscribed"), Some("unsubscribed"), Some("unconfirmed"), Some("unsubscribed")]),
            (6, [Some("delivery_error"); 4]),
            (7, [Some("unsubscribed"), Some("unsubscribed"), Some("delivery_error"), Some("unsubscribed")]),
        ] {
            let found = Purpose::ALL.map(|(_, purpose)| purpose.reason(lock, false));
            assert_eq!(found, reasons, "{lock}");
        }
        let stopped = Purpose::ALL.map(|(_, purpose)| purpose.reason(0, true).is_some());
        assert_eq!(stopped, [true, true, true, false]);
    }
}
