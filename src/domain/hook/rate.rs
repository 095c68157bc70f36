//! How fast a hook may send: a token bucket. Instants are the server's microseconds.

/// A token, in the units in which the bucket counts: each microsecond adds as many units as there are tokens a second,
/// so that nothing is ever rounded.
const TOKEN: i64 = 1_000_000;

/// A bucket that holds what may be sent within a second, and fills at that rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Tokens that are added in a second.
    per_sec: u32,
    /// How full it was.
    level: i64,
    /// When it was that full.
    at: i64,
}

impl Bucket {
    /// A full one. At least one token a second is added.
    pub fn new(per_sec: u32, at: i64) -> Bucket {
        let per_sec = per_sec.max(1);
        Bucket { per_sec, level: i64::from(per_sec) * TOKEN, at }
    }

    /// Takes a token. Err: there is none, and so many microseconds later there will be one.
    pub fn take(&mut self, at: i64) -> Result<(), i64> {
        self.fill(at);
        if self.level < TOKEN {
            let rate = i64::from(self.per_sec);
            return Err((TOKEN - self.level + rate - 1) / rate);
        }
        self.level -= TOKEN;
        Ok(())
    }

    /// A clock that goes back adds nothing.
    fn fill(&mut self, at: i64) {
        let rate = i64::from(self.per_sec);
        let gained = at.saturating_sub(self.at).clamp(0, TOKEN) * rate;
        self.level = (self.level + gained).min(rate * TOKEN);
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_of_it_goes_at_once_and_the_rest_in_turn() {
        let mut bucket = Bucket::new(4, 0);
        assert!((0..4).all(|_| bucket.take(0).is_ok()));
        assert_eq!(bucket.take(0), Err(250_000));
        assert_eq!(bucket.take(249_999), Err(1));
        assert_eq!(bucket.take(250_000), Ok(()));
        assert_eq!(bucket.take(250_000), Err(250_000));
    }

    #[test]
    fn any_clock_will_do() {
        let mut bucket = Bucket::new(u32::MAX, i64::MIN);
        assert_eq!(bucket.take(i64::MAX), Ok(()));
        assert_eq!(bucket.take(i64::MIN), Ok(()));
        assert_eq!(Bucket::new(0, 0), Bucket::new(1, 0));
    }

    proptest! {
        /// In no stretch of time more goes than it allows beside one full bucket; and who waits as told gets a token.
        #[test]
        fn no_stretch_of_time_has_too_many(per_sec in 1..2000u32, gaps in prop::collection::vec(0..5_000i64, 1..400)) {
            let mut bucket = Bucket::new(per_sec, 0);
            let (mut at, mut taken) = (0, vec![]);
            for gap in gaps {
                at += gap;
                match bucket.take(at) {
                    Ok(()) => taken.push(at),
                    Err(wait) => {
                        prop_assert!(wait > 0);
                        let mut early = bucket;
                        prop_assert!(early.take(at + wait - 1).is_err());
                        let mut in_time = bucket;
                        prop_assert!(in_time.take(at + wait).is_ok());
                    }
                }
            }
            let rate = i64::from(per_sec);
            for (first, from) in taken.iter().enumerate() {
                for (last, to) in taken.iter().enumerate().skip(first) {
                    let count = i64::try_from(last - first + 1).unwrap();
                    prop_assert!(count * TOKEN <= rate * TOKEN + rate * (to - from));
                }
            }
        }
    }
}
