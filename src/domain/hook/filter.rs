//! Which events a hook takes (pipelines-and-hooks.md 7).

use super::config::Hook;

/// What of an event decides whether a hook takes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attributes<'a> {
    /// Its type.
    pub event_type: &'a str,
    /// The code that the event of a custom channel, `<channel>.<event>`, is counted under.
    pub base_type: Option<&'a str>,
    /// The number of the database.
    pub db_id: i64,
    /// The resource it belongs to.
    pub resource: Option<i64>,
    /// The campaign.
    pub campaign: Option<i64>,
    /// The message.
    pub message: Option<i64>,
    /// The segments that the person is in.
    pub segments: &'a [i64],
    /// The pixel that recorded it.
    pub pixel: Option<i64>,
}

/// What narrows a hook down. An empty list lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Resources.
    pub resources: Vec<i64>,
    /// Campaigns.
    pub campaigns: Vec<i64>,
    /// Messages.
    pub messages: Vec<i64>,
    /// Segments.
    pub segments: Vec<i64>,
    /// Pixels.
    pub pixels: Vec<i64>,
}

impl Filters {
    /// Whether an event passes every filter. Within a filter one value is enough; what an event does not have passes
    /// no filter that asks for it.
    pub fn pass(&self, event: &Attributes) -> bool {
        let one_of = |wanted: &[i64], has: &[i64]| wanted.is_empty() || has.iter().any(|id| wanted.contains(id));
        one_of(&self.resources, event.resource.as_slice())
            && one_of(&self.campaigns, event.campaign.as_slice())
            && one_of(&self.messages, event.message.as_slice())
            && one_of(&self.segments, event.segments)
            && one_of(&self.pixels, event.pixel.as_slice())
    }

    /// Whether an event is one of these codes, by its type or its base, and passes.
    pub fn take(&self, codes: &[String], event: &Attributes) -> bool {
        let is_listed = |code: &str| codes.iter().any(|listed| listed == code);
        (is_listed(event.event_type) || event.base_type.is_some_and(is_listed)) && self.pass(event)
    }
}

impl Hook {
    /// Whether it takes an event: its type, its base, its filters. Whether the hook is active is not asked.
    pub fn takes(&self, event: &Attributes) -> bool {
        self.db_id.is_none_or(|db_id| db_id == event.db_id) && self.filters.take(&self.events, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hook::tests::hook;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn an_event_of_a_custom_channel_counts_under_its_base_code_too() {
        let taker = |events: &str| hook(&format!(r#"{{"events": {events}}}"#));
        let event = Attributes { event_type: "whatsapp.seen", base_type: Some("open"), ..Attributes::default() };
        assert!(taker(r#"["whatsapp.seen"]"#).takes(&event));
        assert!(taker(r#"["click", "open"]"#).takes(&event));
        assert!(!taker(r#"["click", "seen", "whatsapp"]"#).takes(&event));
        assert!(!taker(r#"["open"]"#).takes(&Attributes { base_type: None, ..event }));
    }

    #[test]
    fn a_hook_of_one_base_takes_no_events_of_another() {
        let of_base = |db_id: &str| hook(&format!(r#"{{"events": ["click"], "db_id": {db_id}}}"#));
        let event = Attributes { event_type: "click", db_id: 7, ..Attributes::default() };
        assert!(of_base("null").takes(&event) && of_base("7").takes(&event) && !of_base("8").takes(&event));
    }

    fn ids() -> impl Strategy<Value = Vec<i64>> {
        prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(1..5i64, 1..4)]
    }

    fn id() -> impl Strategy<Value = Option<i64>> {
        prop::option::of(1..5i64)
    }

    proptest! {
        /// The oracle: for every filter, the set of what is wanted and the set of what the event has must meet.
        #[test]
        fn filters_agree_with_sets(
            wanted in [ids(), ids(), ids(), ids(), ids()],
            (resource, campaign, message, segments, pixel) in (id(), id(), id(), ids(), id()),
        ) {
            let event = Attributes { resource, campaign, message, segments: &segments, pixel, ..Attributes::default() };
            let one = |id: Option<i64>| HashSet::from_iter(id);
            let has: [HashSet<i64>; 5] = [one(resource), one(campaign), one(message), segments.iter().copied().collect(), one(pixel)];
            let expected = wanted.iter().zip(&has).all(|(wanted, has)| {
                let wanted: HashSet<i64> = wanted.iter().copied().collect();
                wanted.is_empty() || !wanted.is_disjoint(has)
            });
            let [resources, campaigns, messages, segments, pixels] = wanted;
            prop_assert_eq!(Filters { resources, campaigns, messages, segments, pixels }.pass(&event), expected);
        }
    }
}
