//! Random filters on random people, beside the plain reading of the rules; and laws that need no oracle.

use super::model::{self, Who};
use super::random_filter::{Person, document, filter, person};
use super::*;
use crate::domain::json::View;
use proptest::prelude::*;

const GROUPS: [&str; 5] = ["l1", "l2", "nowhere", "f1", "f2"];

/// Asks about each head of a person; gives the filter's answers and the oracle's.
fn answers(person: &Person, filter: &Json, groups: &[(&str, Json, Option<AddrType>); 2]) -> Vec<(bool, bool)> {
    let segments: HashMap<String, (Matcher, Option<AddrType>)> =
        groups.iter().map(|(gid, filter, addr_type)| ((*gid).to_owned(), (matcher(filter), *addr_type))).collect();
    let (matcher, zone, types) = (matcher(filter), now().zone, person.types());
    let data = bytes(&person.data.to_string());
    let ask = |(index, head): (usize, &random_filter::PersonHead)| {
        let system = person.system(7, index as i64 + 1, head, &zone);
        let subject = Subject {
            data: View::from(root(&data).unwrap()),
            system: View::from(&system),
            heads: &types,
            groups: &segments,
            statistics: &NoStatistics,
        };
        let stored = encoded(&system).unwrap();
        // A document that is stored is no other than one that is being made.
        let again = Subject { system: View::from(root(&stored).unwrap()), ..subject };
        let answer = matcher.evaluate(&subject).unwrap();
        assert_eq!(matcher.evaluate(&again).unwrap(), answer);
        assert_eq!(matcher.evaluate_with_hits(&subject).unwrap().is_some(), answer);
        let who = Who {
            data: person.data.clone(),
            system: serde_json::from_str(&text(&stored)).unwrap(),
            types: types.iter().map(|addr_type| addr_type.as_str()).collect(),
            groups: groups
                .iter()
                .map(|(gid, filter, addr_type)| ((*gid).to_owned(), (filter.clone(), addr_type.map(AddrType::as_str))))
                .collect(),
        };
        (answer, model::all(filter, &who, None))
    };
    person.heads.iter().enumerate().map(ask).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_filter_means_what_the_rules_say(
        person in person(),
        filter in filter(&GROUPS),
        first in filter(&["l1", "l2"]),
        second in filter(&["l1", "f1"]),
    ) {
        let groups = [("f1", first, None), ("f2", second, Some(AddrType::Email))];
        for (got, expected) in answers(&person, &filter, &groups) {
            prop_assert_eq!(got, expected, "{}", filter);
        }
    }

    /// The opposite of a filter holds where it does not, whatever is absent; so do De Morgan's laws.
    #[test]
    fn negation_is_exact(data in document(), filter in filter(&["l1"])) {
        let person = Person { data, create_time: 0, update_time: 0, import_time: None, host: None, heads: vec![lone_head()] };
        let groups = [("f1", json!([]), None), ("f2", json!([]), None)];
        let ask = |filter: &Json| answers(&person, filter, &groups)[0].0;
        let holds = ask(&filter);
        prop_assert_eq!(ask(&json!([{"op": "!and", "v": filter}])), !holds);
        prop_assert_eq!(ask(&json!([{"op": "!or", "v": [{"op": "!and", "v": filter}]}])), holds);
        let each: Vec<Json> = filter.as_array().unwrap().iter().map(|one| json!({"op": "!or", "v": [one]})).collect();
        prop_assert_eq!(ask(&json!([{"op": "!or", "v": each}])), holds);
    }

    /// What is saved is where the elements are that satisfy the conditions.
    #[test]
    fn saved_places_are_those_of_elements_that_fit(data in document(), each in filter(&["l1"])) {
        let each: Vec<&Json> = each.as_array().unwrap().iter().filter(|one| !one.to_string().contains("member.") && !one.to_string().contains("group")).collect();
        let filter = json!([{"op": "or", "v": [{"a": "l", "op": "has", "v": each, "save": "hit"}, {"op": "and", "v": []}]}]);
        prop_assume!(read(&filter).is_ok());
        let bytes = bytes(&data.to_string());
        let subject = Subject { data: View::from(root(&bytes).unwrap()), system: View::from(crate::domain::json::Value::Null), heads: &[], groups: &NoGroups, statistics: &NoStatistics };
        let mut saves = matcher(&filter).evaluate_with_hits(&subject).unwrap().unwrap().saves;
        let found = saves.remove("hit").unwrap_or_default();
        let who = Who { data: data.clone(), system: Json::Null, types: Vec::new(), groups: HashMap::new() };
        let each = json!(each);
        let expected: Vec<String> = match &data["l"] {
            Json::Array(list) => list.iter().enumerate().filter(|(_, element)| model::all(&each, &who, Some(element))).map(|(index, _)| format!("l[{index}]")).collect(),
            Json::Object(pairs) => {
                let mut keys: Vec<_> = pairs.iter().filter(|(_, value)| model::all(&each, &who, Some(value))).map(|(key, _)| key).collect();
                keys.sort_by_key(|key| (key.len(), key.as_bytes()));
                keys.into_iter().map(|key| format!("l.{key}")).collect()
            }
            _ => Vec::new(),
        };
        prop_assert_eq!(found, expected);
    }
}

fn lone_head() -> random_filter::PersonHead {
    random_filter::PersonHead {
        address: crate::domain::address::Address { addr_type: AddrType::Csid, value: "5".into() },
        origin: None,
        lock: 0,
        confirm_time: None,
        last_tz: None,
        error: None,
        lists: vec!["l1"],
        states: Vec::new(),
    }
}
