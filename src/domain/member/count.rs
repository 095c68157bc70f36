//! The answer of `member.list.count` (members.md 9.10).

use crate::domain::address::AddrType;
use crate::domain::json::Node;
use std::collections::BTreeMap;

/// How many heads of one type there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfType {
    /// All of them.
    pub total: i64,
    /// Those with some lock.
    pub locked: i64,
    /// Those that unsubscribed or are in the stop-list: lock 1.
    pub unsubscribed: i64,
    /// Those that are not confirmed: lock 2.
    pub unconfirmed: i64,
    /// Those with fatal delivery errors: lock 4.
    pub bounced: i64,
    /// Those that the global stop-list holds, by the account or by themselves.
    pub stopped: i64,
    /// The least number of an identifier.
    pub least: Option<i64>,
    /// The greatest.
    pub greatest: Option<i64>,
}

/// How many heads there are, by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    by_type: BTreeMap<AddrType, OfType>,
}

impl Counts {
    /// Those of a type.
    pub fn of(&mut self, addr_type: AddrType) -> &mut OfType {
        self.by_type.entry(addr_type).or_default()
    }

    fn all(&self) -> impl Iterator<Item = (AddrType, OfType)> {
        AddrType::ALL.iter().map(|addr_type| (*addr_type, self.by_type.get(addr_type).copied().unwrap_or_default()))
    }

    fn sum(&self, figure: impl Fn(&OfType) -> i64) -> i64 {
        self.by_type.values().map(figure).sum()
    }
}

/// The counters as they are shown; with the bounds of the numbers where they are asked for.
pub fn shown<'n>(counts: &Counts, with_bounds: bool) -> Node<'n> {
    let active = |of_type: &OfType| of_type.total - of_type.locked;
    let mut keys: Vec<(String, Node)> = vec![
        ("total".into(), Node::from(counts.sum(|n| n.total))),
        ("active".into(), Node::from(counts.sum(active))),
        ("locked".into(), Node::from(counts.sum(|n| n.locked))),
        ("locked.unsubscribed".into(), Node::from(counts.sum(|n| n.unsubscribed))),
        ("locked.confirm".into(), Node::from(counts.sum(|n| n.unconfirmed))),
        ("locked.stoplist".into(), Node::from(counts.sum(|n| n.stopped))),
        ("locked.hardbounced".into(), Node::from(counts.sum(|n| n.bounced))),
    ];
    for (addr_type, of_type) in counts.all() {
        let name = addr_type.as_str();
        // The seed counts what can be written to: an identifier of the client's own, and a umid, cannot.
        if addr_type != AddrType::Umid {
            keys.push((format!("total.{name}"), Node::from(of_type.total)));
        }
        if !matches!(addr_type, AddrType::Csid | AddrType::Umid) {
            keys.push((format!("active.{name}"), Node::from(active(&of_type))));
        }
        if addr_type == AddrType::Vk {
            keys.push(("confirmed.vk".into(), Node::from(of_type.total - of_type.unconfirmed)));
        }
    }
    if with_bounds {
        add_bounds(counts, &mut keys);
    }
    Node::object(keys)
}

/// What the heads of a group are to the community or the bot whose audience it is (members.md 9.10). Of a pair of states
/// the one that was reported later stands; at the same instant the one that allows less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Members of the community.
    pub members: i64,
    /// Those that allow it to write.
    pub total: i64,
    /// Those of them that a message can go to: without a lock, and the last one was not undeliverable.
    pub active: i64,
    /// Those that allow it to write and confirmed it.
    pub confirmed: i64,
    /// Those that the last message did not reach, or that are locked by delivery errors.
    pub bounced: i64,
    /// Those that forbade it to write, or unsubscribed from everything.
    pub unsubscribed: i64,
    /// Those that left the community.
    pub left: i64,
    /// The least number of an identifier.
    pub least: Option<i64>,
    /// The greatest.
    pub greatest: Option<i64>,
}

/// The counters of a community as they are shown; with the bounds of the numbers where they are asked for.
pub fn shown_audience<'n>(audience: &Audience, with_bounds: bool) -> Node<'n> {
    let mut keys = vec![
        ("member", Node::from(audience.members)),
        ("total", Node::from(audience.total)),
        ("active", Node::from(audience.active)),
        ("confirmed", Node::from(audience.confirmed)),
        ("locked.hardbounced", Node::from(audience.bounced)),
        ("locked.unsubscribed", Node::from(audience.unsubscribed)),
        ("left", Node::from(audience.left)),
    ];
    if with_bounds {
        keys.extend([("id_min", Node::from(audience.least)), ("id_max", Node::from(audience.greatest))]);
    }
    Node::object(keys)
}

fn add_bounds(counts: &Counts, keys: &mut Vec<(String, Node)>) {
    let least = counts.by_type.values().filter_map(|of_type| of_type.least).min();
    let greatest = counts.by_type.values().filter_map(|of_type| of_type.greatest).max();
    keys.push(("id_min".into(), Node::from(least)));
    keys.push(("id_max".into(), Node::from(greatest)));
    for (addr_type, of_type) in counts.all() {
        keys.push((format!("id_min.{}", addr_type.as_str()), Node::from(of_type.least)));
        keys.push((format!("id_max.{}", addr_type.as_str()), Node::from(of_type.greatest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{encoded, print, root};

    #[test]
    fn counters_are_sums_over_types_and_every_name_of_the_page_is_there() {
        let mut counts = Counts::default();
        *counts.of(AddrType::Email) = OfType {
            total: 5,
            locked: 3,
            unsubscribed: 2,
            unconfirmed: 1,
            bounced: 1,
            stopped: 2,
            least: Some(3),
            greatest: Some(9),
        };
        *counts.of(AddrType::Csid) = OfType { total: 2, least: Some(1), greatest: Some(2), ..OfType::default() };
        let bytes = encoded(&shown(&counts, true)).unwrap();
        let obj = root(&bytes).unwrap().as_object().unwrap();
        let number = |name: &str| obj.get(name).unwrap().and_then(|value| value.as_i64());
        for (name, value) in [
            ("total", 7),
            ("active", 4),
            ("locked", 3),
            ("locked.unsubscribed", 2),
            ("locked.confirm", 1),
            ("locked.stoplist", 2),
            ("locked.hardbounced", 1),
            ("total.email", 5),
            ("active.email", 2),
            ("total.csid", 2),
            ("total.vk", 0),
            ("active.max", 0),
            ("confirmed.vk", 0),
            ("id_min", 1),
            ("id_max", 9),
            ("id_min.email", 3),
            ("id_max.csid", 2),
        ] {
            assert_eq!(number(name), Some(value), "{name}");
        }
        assert!(obj.get("id_min.umid").unwrap().is_some_and(|value| value.is_null()));
        assert!(obj.get("active.csid").unwrap().is_none());
        let without = encoded(&shown(&counts, false)).unwrap();
        assert!(!print(root(&without).unwrap()).unwrap().contains("id_min"));
    }
}
