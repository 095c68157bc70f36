//! The types an identifier can have (members.md 2.1).

/// The type of an identifier. The order is that of members.md 2.1 and is kept: lists are sorted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddrType {
    /// An e-mail address.
    Email,
    /// A mobile phone number.
    Msisdn,
    /// A phone number in Viber.
    Viber,
    /// The client's own id: opaque, case-sensitive.
    Csid,
    /// A web push registration: a number.
    Push,
    /// A mobile application's push token: `token@platform.os.authext`.
    Pushapp,
    /// A VKontakte registration: a number.
    Vk,
    /// A phone number for VK Notify.
    Vknotify,
    /// A Telegram user: a number.
    Tg,
    /// A MAX registration: a number.
    Max,
    /// A umid: opaque.
    Umid,
}

impl AddrType {
    /// Every type, in order.
    pub const ALL: &'static [AddrType] = &[
        AddrType::Email,
        AddrType::Msisdn,
        AddrType::Viber,
        AddrType::Csid,
        AddrType::Push,
        AddrType::Pushapp,
        AddrType::Vk,
        AddrType::Vknotify,
        AddrType::Tg,
        AddrType::Max,
        AddrType::Umid,
    ];

    /// The word used in requests, replies and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            AddrType::Email => "email",
            AddrType::Msisdn => "msisdn",
            AddrType::Viber => "viber",
            AddrType::Csid => "csid",
            AddrType::Push => "push",
            AddrType::Pushapp => "pushapp",
            AddrType::Vk => "vk",
            AddrType::Vknotify => "vknotify",
            AddrType::Tg => "tg",
            AddrType::Max => "max",
            AddrType::Umid => "umid",
        }
    }

    /// The type of this exact word; none for the pseudo-types `id` and `dataset` and for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// Whether identifiers of this type are phone numbers.
    pub const fn is_phone(self) -> bool {
        matches!(self, AddrType::Msisdn | AddrType::Viber | AddrType::Vknotify)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_types_agree_and_all_is_sorted() {
        assert_eq!(AddrType::ALL.len(), 11);
        assert!(AddrType::ALL.is_sorted());
        for kind in AddrType::ALL {
            assert_eq!(AddrType::parse(kind.as_str()), Some(*kind));
        }
        for word in ["", "id", "dataset", "Email", "phone", " email"] {
            assert_eq!(AddrType::parse(word), None);
        }
        let phones: Vec<_> = AddrType::ALL.iter().filter(|kind| kind.is_phone()).map(|kind| kind.as_str()).collect();
        assert_eq!(phones, ["msisdn", "viber", "vknotify"]);
    }
}
