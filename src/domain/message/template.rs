//! Texts of letters: what stands between `[%` and `%]` is a command (shapes.md 11).
//!
//! A text is read once. What a command puts in is never read again, so data cannot bring commands along.

use crate::domain::datakey::{Limits, Path};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Value, compact};

const OPEN: &str = "[%";
const CLOSE: &str = "%]";

/// A text, read.
#[derive(Clone, Debug, Default)]
pub struct Text {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// As it stands.
    Plain(String),
    /// What a command puts in.
    Command(Command),
}

/// A command.
#[derive(Clone, Debug)]
pub enum Command {
    /// `anketa.path`, `datakey('path')`: what the person's data hold there.
    Data(Path<'static>),
    /// `param.…`: a link.
    Link(Link),
}

/// A link that a letter can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It confirms the identifier.
    Confirm,
    /// It takes it out of the global stop-list.
    Cancel,
    /// It takes it out of the stop-list of the letter's sender.
    CancelSender,
}

const LINKS: [(&str, Link); 3] = [
    ("param.url_confirm", Link::Confirm),
    ("param.url_unsub_cancel", Link::Cancel),
    ("param.url_unsub_sender_cancel", Link::CancelSender),
];

/// What a text becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Values are put in as they are.
    Plain,
    /// Values are shown by it, and are no tags of it.
    Html,
}

impl Text {
    /// Reads a text. Errors: `error/letter/command`, with the command, and `error/datakey/…` for its path.
    pub fn parse(text: &str) -> Result<Text> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((plain, behind)) = rest.split_once(OPEN) {
            let (command, after) =
                behind.split_once(CLOSE).ok_or_else(|| wrong("a command that begins with [% ends with %]"))?;
            parts.push(Part::Plain(plain.to_owned()));
            parts.push(Part::Command(Command::parse(command.trim())?));
            rest = after;
        }
        parts.push(Part::Plain(rest.to_owned()));
        Ok(Text { parts })
    }

    /// Its commands.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.parts.iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Command(command) => Some(command),
        })
    }

    /// The text with what the commands put in. Errors: those of `value`.
    pub fn render(&self, form: Form, mut value: impl FnMut(&Command) -> Result<String>) -> Result<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Plain(plain) => out.push_str(plain),
                Part::Command(command) => match form {
                    Form::Plain => out.push_str(&value(command)?),
                    Form::Html => escape(&value(command)?, &mut out),
                },
            }
        }
        Ok(out)
    }
}

impl Command {
    fn parse(command: &str) -> Result<Command> {
        if let Some((_, link)) = LINKS.iter().find(|(name, _)| *name == command) {
            return Ok(Command::Link(*link));
        }
        let path = command.strip_prefix("anketa.").or_else(|| quoted(command));
        let path = path.ok_or_else(|| wrong(&format!("[% {command} %]")))?;
        Ok(Command::Data(Path::parse(path, &Limits::default())?.into_owned()))
    }
}

/// What stands in the quotes of `datakey('…')`.
fn quoted(command: &str) -> Option<&str> {
    let inner = command.strip_prefix("datakey(")?.strip_suffix(')')?.trim();
    let quote = inner.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    inner.strip_prefix(quote)?.strip_suffix(quote).filter(|path| !path.contains(quote))
}

/// A value as letters show it: a text as it is, nothing for null, JSON for lists and objects.
///
/// Errors: `error/json/corrupt`.
pub fn shown(value: Value) -> Result<String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.to_owned()),
        other => {
            let mut out = String::new();
            compact(other, &mut out)?;
            Ok(out)
        }
    }
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cold]
fn wrong(explain: &str) -> Error {
    Error::new(Id::LetterCommand, explain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::datakey::get;
    use crate::domain::json::{Node, encoded, parse, root};
    use proptest::prelude::*;

    const DATA: &str = r#"{"base": {"firstName": "A & <b>'s\"", "n": 1.10}, "a": {"b": ["zero", {"c": null}]},
                           "evil": "[% anketa.base.n %]"}"#;

    fn value(command: &Command) -> Result<String> {
        let bytes = parse(DATA).unwrap();
        match command {
            Command::Data(path) => {
                let found = encoded(&get(root(&bytes)?, path)?.unwrap_or(Node::Null))?;
                shown(root(&found)?)
            }
            Command::Link(link) => Ok(format!("https://e.example/?a=1&l={link:?}")),
        }
    }

    fn rendered(text: &str, form: Form) -> String {
        Text::parse(text).unwrap().render(form, value).unwrap()
    }

    #[test]
    fn commands_put_in_values_and_links() {
        for (text, plain, html) in [
            ("", "", ""),
            ("100 % [ok]", "100 % [ok]", "100 % [ok]"),
            ("Dear [% anketa.base.firstName %]!", "Dear A & <b>'s\"!", "Dear A &amp; &lt;b&gt;&#39;s&quot;!"),
            ("[%anketa.base.n%]", "1.10", "1.10"),
            ("[% datakey('a.b[0]') %]/[% datakey( \"a.b[1]\" ) %]", "zero/{\"c\":null}", "zero/{&quot;c&quot;:null}"),
            ("<[% anketa.nothing %]>", "<>", "<>"),
            ("[% param.url_confirm %]", "https://e.example/?a=1&l=Confirm", "https://e.example/?a=1&amp;l=Confirm"),
            ("[% param.url_unsub_cancel %]", "https://e.example/?a=1&l=Cancel", "https://e.example/?a=1&amp;l=Cancel"),
            (
                "[% param.url_unsub_sender_cancel %]",
                "https://e.example/?a=1&l=CancelSender",
                "https://e.example/?a=1&amp;l=CancelSender",
            ),
        ] {
            assert_eq!(rendered(text, Form::Plain), plain, "{text}");
            assert_eq!(rendered(text, Form::Html), html, "{text}");
        }
    }

    #[test]
    fn what_was_put_in_is_not_read_again() {
        assert_eq!(rendered("[% anketa.evil %]", Form::Plain), "[% anketa.base.n %]");
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for text in [
            "[% %]",
            "[% anketa %]",
            "[% param.url %]",
            "[% datakey(a.b) %]",
            "[% datakey('a.b\") %]",
            "[% datakey('a') . datakey('b') %]",
            "[% IF 1 %]",
            "[% anketa.a",
        ] {
            assert_eq!(Text::parse(text).unwrap_err().id, Id::LetterCommand, "{text}");
        }
        assert_eq!(Text::parse("[% anketa.a..b %]").unwrap_err().id, Id::DatakeySyntax);
    }

    proptest! {
        #[test]
        fn a_text_without_commands_is_itself(text in "[^%]{0,40}") {
            prop_assert_eq!(rendered(&text, Form::Plain), text.clone());
            prop_assert_eq!(rendered(&text, Form::Html), text);
        }

        #[test]
        fn html_that_values_bring_is_text(evil in ".{0,20}") {
            let html = Text::parse("[% anketa.x %]").unwrap().render(Form::Html, |_| Ok(evil.clone())).unwrap();
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn no_text_breaks_it(text in "(\\[%|%\\]|anketa\\.|[a-z'\\[\\]() ]){0,12}") {
            _ = Text::parse(&text);
        }
    }
}
