//! What a run did, step by step, for whoever looks (pipeline_trace). Secrets are hidden, long values are cut.

use super::data::Data;
use super::pipes::PipeId;

/// The longest text that a step shows, in bytes.
const LONGEST: usize = 1000;
/// The most items and keys of one list or object that a step shows.
const MOST_ITEMS: usize = 50;
/// How deep a step shows a document.
const DEEPEST: usize = 8;
/// The most steps that are kept: what comes after is counted.
const MOST_STEPS: usize = 200;
/// The shortest text that is worth hiding: shorter ones stand in every document.
const SHORTEST_SECRET: usize = 4;
/// What stands for a secret.
pub(super) const MASK: &str = "***";

/// Texts that must not be shown.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Hides this text from now on.
    pub fn add(&mut self, text: &str) {
        if text.len() >= SHORTEST_SECRET && !self.0.iter().any(|known| known == text) {
            self.0.push(text.to_owned());
            // Of two that begin alike the longer one goes first.
            self.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        }
    }

    /// Hides every text of a document.
    pub fn add_all(&mut self, data: &Data) {
        match data {
            Data::Text(text) => self.add(text),
            Data::List(items) => items.iter().for_each(|item| self.add_all(item)),
            Data::Object(pairs) => pairs.values().for_each(|value| self.add_all(value)),
            _ => {}
        }
    }

    /// The text with what is secret hidden.
    pub fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASK) } else { text }
        })
    }

    /// The document with what is secret hidden.
    pub fn hide_in(&self, data: Data) -> Data {
        if self.0.is_empty() {
            return data;
        }
        match data {
            Data::Text(text) => Data::Text(self.hide(&text)),
            Data::List(items) => Data::List(items.into_iter().map(|item| self.hide_in(item)).collect()),
            Data::Object(pairs) => {
                Data::Object(pairs.into_iter().map(|(key, value)| (self.hide(&key), self.hide_in(value))).collect())
            }
            Data::Bytes(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => Data::Bytes(self.hide(text).into_bytes().into()),
                Err(_) => Data::Bytes(bytes),
            },
            other => other,
        }
    }
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The pipe.
    pub pipe: PipeId,
    /// Its kind.
    pub kind: &'static str,
    /// What it worked with, templates rendered.
    pub input: Data,
    /// What it gave.
    pub output: Data,
    /// `success`, `error`, or the number of the pipe that the event went to.
    pub exit: String,
    /// How long it took, in microseconds.
    pub took: i64,
}

/// The steps of a run.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: Vec<Data>,
    left_out: i64,
}

impl Trace {
    /// Adds a step.
    pub fn add(&mut self, step: Step, secrets: &Secrets) {
        if self.steps.len() >= MOST_STEPS {
            self.left_out += 1;
            return;
        }
        let milliseconds = format!("{}.{:03}", step.took / 1000, step.took % 1000);
        let took = serde_json::from_str(&milliseconds).map(Data::Number).unwrap_or_default();
        self.steps.push(Data::object([
            ("pipe", Data::from(step.pipe)),
            ("type", Data::from(step.kind)),
            ("input", cut(secrets.hide_in(step.input), DEEPEST)),
            ("output", cut(secrets.hide_in(step.output), DEEPEST)),
            ("exit", Data::from(step.exit)),
            ("took_ms", took),
        ]));
    }

    /// The steps as a list; how many more there were stands at its end.
    pub fn into_data(mut self) -> Data {
        if self.left_out > 0 {
            self.steps.push(Data::object([("left_out", Data::from(self.left_out))]));
        }
        Data::List(self.steps)
    }
}

/// A document that is short enough to be kept; what is left out leaves an ellipsis.
fn cut(data: Data, depth: usize) -> Data {
    match data {
        Data::Text(text) => Data::Text(cut_text(text)),
        Data::Bytes(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) if !text.contains('\0') => Data::Text(cut_text(text.to_owned())),
            _ => Data::Text(format!("{} bytes", bytes.len())),
        },
        Data::List(_) | Data::Object(_) if depth == 0 => Data::from("…"),
        Data::List(items) => {
            let is_long = items.len() > MOST_ITEMS;
            let shown = items.into_iter().take(MOST_ITEMS).map(|item| cut(item, depth - 1));
            Data::List(shown.chain(is_long.then(|| Data::from("…"))).collect())
        }
        Data::Object(pairs) => {
            let is_long = pairs.len() > MOST_ITEMS;
            let shown = pairs.into_iter().take(MOST_ITEMS).map(|(key, value)| (cut_text(key), cut(value, depth - 1)));
            Data::Object(shown.chain(is_long.then(|| (String::from("…"), Data::Null))).collect())
        }
        other => other,
    }
}

fn cut_text(mut text: String) -> String {
    // jsonb has no zero byte in a text.
    text.retain(|char| char != '\0');
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(input: Data) -> Step {
        let exit = "success".to_owned();
        Step { pipe: 1, kind: "log", input, output: Data::Null, exit, took: 1234 }
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let mut secrets = Secrets::default();
        secrets.add_all(&Data::object([("token", Data::from("sesame")), ("short", Data::from("abc"))]));
        secrets.add("sesame street");
        let mut trace = Trace::default();
        trace.add(
            step(Data::object([
                ("sesame", Data::from("Bearer sesame street, abc")),
                ("body", Data::Bytes(b"{\"t\":\"sesame\"}".as_slice().into())),
            ])),
            &secrets,
        );
        let shown = trace.into_data().into_json().to_string();
        assert!(!shown.contains("sesame"), "{shown}");
        assert!(shown.contains(r#""***":"Bearer ***, abc""#) && shown.contains("1.234"), "{shown}");
    }

    #[test]
    fn what_is_long_is_cut() {
        let mut trace = Trace::default();
        let list = Data::List(vec![Data::from(1); 1000]);
        let deep = (0..100).fold(Data::Null, |inner, _| Data::List(vec![inner]));
        let input = Data::List(vec![Data::Text("я".repeat(5000)), list, deep, Data::Bytes(vec![255; 9].into())]);
        trace.add(step(input), &Secrets::default());
        let shown = trace.into_data().into_json().to_string();
        assert!(shown.len() < 1500 && shown.contains("9 bytes"), "{shown}");
    }

    #[test]
    fn steps_beyond_the_limit_are_counted() {
        let mut trace = Trace::default();
        (0..MOST_STEPS + 7).for_each(|_| trace.add(step(Data::Null), &Secrets::default()));
        let Data::List(steps) = trace.into_data() else { panic!() };
        assert_eq!(steps.len(), MOST_STEPS + 1);
        assert_eq!(steps.last().unwrap().get("left_out"), Some(&Data::from(7)));
    }
}
