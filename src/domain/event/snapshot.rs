//! What was committed at one moment, as the server writes it: `xmin:xmax:xip,…`.

/// A snapshot of transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// All before this one had ended.
    least: u64,
    /// This one and all behind it had not begun.
    next: u64,
    /// Those between that were running.
    running: Vec<u64>,
}

impl Snapshot {
    /// Reads one; nothing for what the server would not write.
    pub fn parse(text: &str) -> Option<Snapshot> {
        let mut parts = text.split(':');
        let (least, next, running) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        let running =
            running.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().ok()).collect::<Option<_>>()?;
        parts.next().is_none().then_some(Snapshot { least, next, running })
    }

    /// Whether a transaction had ended by then.
    pub fn shows(&self, transaction: u64) -> bool {
        transaction < self.least || (transaction < self.next && !self.running.contains(&transaction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_running_is_not_shown() {
        let snapshot = Snapshot::parse("10:20:10,14,15").unwrap();
        let shown: Vec<u64> = (8..22).filter(|id| snapshot.shows(*id)).collect();
        assert_eq!(shown, [8, 9, 11, 12, 13, 16, 17, 18, 19]);
        assert!(!Snapshot::parse("3:3:").unwrap().shows(3));
        for wrong in ["", "3", "3:4", "3:4:x", "3:4:5:6", "a:4:"] {
            assert_eq!(Snapshot::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9:,a]{0,24}") {
            let _ = Snapshot::parse(&text);
        }
    }
}
