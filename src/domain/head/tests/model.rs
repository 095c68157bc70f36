//! What `data_rule` means, written down as plainly as possible: whole documents, no plan, no order to think of.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

type Keys = Vec<String>;
type Own = Vec<(Keys, String)>;

/// Receiver, source and the datakeys that stay as they are with a warning.
pub fn merge(receiver: &Json, source: &Json, level: usize, modes: [&str; 3], own: &Own) -> (Json, Json, usize) {
    let mut pairs: Vec<(Keys, Option<Json>, Option<Json>, String)> = Vec::new();
    let mut join = |ours: BTreeMap<Keys, Json>, theirs: BTreeMap<Keys, Json>, modes: [&str; 3]| {
        for keys in ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (one, other) = (ours.get(keys).cloned(), theirs.get(keys).cloned());
            let mode = modes[if one.is_none() {
                0
            } else if other.is_some() {
                1
            } else {
                2
            }];
            pairs.push((keys.clone(), one, other, mode.to_owned()));
        }
    };
    for (keys, mode) in own {
        join(below(receiver, keys, own), below(source, keys, own), [mode, mode, mode]);
    }
    join(keys_of(receiver, level, own), keys_of(source, level, own), modes);

    let (mut ours, mut theirs, mut warnings) = (receiver.clone(), source.clone(), 0);
    let (gone, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.3 == "delete" && pair.1.is_some());
    gone.iter().for_each(|(keys, ..)| remove(&mut ours, keys));
    let kept: Vec<&Keys> = rest.iter().filter(|pair| pair.1.is_some()).map(|pair| &pair.0).collect();
    for (keys, one, other, mode) in &rest {
        let Some(other) = other.clone().filter(|_| mode != "none" && mode != "delete") else { continue };
        let crosses = |kept: &&&Keys| {
            let (short, long) = if kept.len() < keys.len() { (**kept, keys) } else { (keys, **kept) };
            let hollow = kept.len() < keys.len() && matches!(at(receiver, kept), Some(Json::Null) | None)
                || kept.len() < keys.len()
                    && at(receiver, kept).is_some_and(|it| it.as_object().is_some_and(Map::is_empty));
            short.len() < long.len() && long.starts_with(short) && !hollow
        };
        let merged = match (mode.as_str(), one, &other) {
            _ if kept.iter().any(|kept| crosses(&kept)) => None,
            ("merge", Some(Json::Object(one)), Json::Object(other)) => {
                let mut united = one.clone();
                united.extend(other.clone());
                Some(united.into())
            }
            ("merge", Some(Json::Array(one)), Json::Array(other)) => Some([one.clone(), other.clone()].concat().into()),
            ("merge", Some(_), _) => None,
            _ => Some(other),
        };
        match merged {
            None => warnings += 1,
            Some(value) => {
                put(&mut ours, keys, value);
                if mode == "move" {
                    remove(&mut theirs, keys);
                }
            }
        }
    }
    (ours, theirs, warnings)
}

/// The keys that are compared: at the level, or leaves above it; not those of rules of their own.
fn keys_of(document: &Json, level: usize, own: &Own) -> BTreeMap<Keys, Json> {
    let mut found = BTreeMap::new();
    if level == 0 && own.is_empty() {
        found.insert(Vec::new(), document.clone());
    } else if let Json::Object(pairs) = document {
        pairs.iter().for_each(|(key, value)| collect(&mut found, vec![key.clone()], value, level, own));
    }
    found
}

fn collect(found: &mut BTreeMap<Keys, Json>, keys: Keys, value: &Json, level: usize, own: &Own) {
    if own.iter().any(|(own, _)| *own == keys) {
        return;
    }
    let deeper = keys.len() < level || own.iter().any(|(own, _)| own.len() > keys.len() && own.starts_with(&keys));
    match value {
        Json::Object(pairs) if deeper && !pairs.is_empty() => {
            for (key, value) in pairs {
                collect(found, [keys.clone(), vec![key.clone()]].concat(), value, level, own);
            }
        }
        value => {
            found.insert(keys, value.clone());
        }
    }
}

/// What stands under a key with a rule of its own, but for longer keys with theirs.
fn below(document: &Json, keys: &Keys, own: &Own) -> BTreeMap<Keys, Json> {
    let mut found = BTreeMap::new();
    let longer: Own = own.iter().filter(|(other, _)| other != keys).cloned().collect();
    if let Some(value) = at(document, keys) {
        collect(&mut found, keys.clone(), value, 0, &longer);
    }
    found
}

fn at<'a>(document: &'a Json, keys: &[String]) -> Option<&'a Json> {
    keys.iter().try_fold(document, |value, key| value.as_object()?.get(key))
}

fn put(document: &mut Json, keys: &[String], value: Json) {
    match keys.split_first() {
        None => *document = value,
        Some((key, rest)) => {
            if document.is_null() {
                *document = Json::Object(Map::new());
            }
            put(document.as_object_mut().unwrap().entry(key.clone()).or_insert(Json::Null), rest, value);
        }
    }
}

fn remove(document: &mut Json, keys: &[String]) {
    match keys {
        [] => *document = Json::Object(Map::new()),
        [key] => drop(document.as_object_mut().map(|pairs| pairs.remove(key))),
        [key, rest @ ..] => {
            if let Some(inner) = document.as_object_mut().and_then(|pairs| pairs.get_mut(key)) {
                remove(inner, rest);
            }
        }
    }
}
