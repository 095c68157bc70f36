//! A letter: what `letter_set` takes, the table keeps and `letter_get` shows (shapes.md 11).

use super::template::{Command, Form, Link, Text};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{EMPTY_OBJECT, Node, Object, Value, encoded, root};
use crate::domain::pipe::data::{Data, Object as Fields};
use crate::domain::pipe::field::{Field, Form as Template};
use crate::domain::request::{Request, wrong};

/// The parameters of a letter.
const KNOWN: &[&str] = &["id", "name", "channel", "sender", "subject", "body", "fields", "status"];
/// The longest subject, and the longest name, in octets.
const LONGEST_SUBJECT: usize = 1000;
/// The largest body of either form, in octets.
const LARGEST_BODY: usize = 1 << 20;

/// Whether a letter may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Somebody writes it.
    #[default]
    Draft,
    /// Somebody looks at it.
    Moderation,
    /// It may.
    Ready,
}

impl Status {
    const ALL: [(&'static str, Status); 3] =
        [("draft", Status::Draft), ("moderation", Status::Moderation), ("ready", Status::Ready)];

    /// The status of this name.
    pub fn parse(name: &str) -> Option<Status> {
        Status::ALL.iter().find(|(known, _)| *known == name).map(|(_, status)| *status)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Status::ALL.iter().find(|(_, status)| *status == self).map_or("", |(name, _)| name)
    }
}

/// A letter.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// Its name; the subject where none was given.
    pub name: String,
    /// The channel that it goes by; 0 where none is named yet.
    pub channel: i64,
    /// Who it is from.
    pub sender: Option<i64>,
    /// Its subject, with commands.
    pub subject: String,
    /// Its body as plain text, with commands.
    pub text: Option<String>,
    /// Its body as HTML, with commands.
    pub html: Option<String>,
    /// Further fields of the channel on the template: a stored object.
    pub fields: Vec<u8>,
    /// Whether it may be sent.
    pub status: Status,
}

/// What names the channel of a letter: a number or a string_id.
pub type Named<'a> = Option<Value<'a>>;

impl Letter {
    /// Reads a request. With `before` it is an edit: what is not given keeps its value. The channel is looked up by the
    /// caller. Gives the warnings too.
    ///
    /// Errors: `error/param/…`, `error/letter/command`, `error/datakey/…`.
    pub fn read<'a>(request: &Request<'a>, before: Option<Letter>) -> Result<(Letter, Named<'a>)> {
        let mut letter = before.unwrap_or_else(|| Letter { fields: EMPTY_OBJECT.to_vec(), ..Letter::default() });
        if request.has("sender")? {
            letter.sender = request.number("sender")?.filter(|sender| *sender != 0);
        }
        if let Some(subject) = request.text("subject")? {
            letter.subject = subject.to_owned();
        }
        if let Some(body) = request.object("body")? {
            let body = Request::open(Value::Object(body), &["text", "html"], &[])?;
            letter.text = body.text("text")?.map(str::to_owned);
            letter.html = body.text("html")?.map(str::to_owned);
        }
        if let Some(fields) = request.object("fields")? {
            letter.fields = encoded(&Node::from(Value::Object(fields)))?;
        }
        if let Some(status) = request.text("status")? {
            letter.status = Status::parse(status).ok_or_else(|| wrong("status", "draft, moderation or ready"))?;
        }
        if let Some(name) = request.text("name")? {
            letter.name = name.to_owned();
        } else if letter.name.is_empty() {
            letter.name = letter.subject.clone();
        }
        letter.check()?;
        Ok((letter, request.value("channel")?))
    }

    /// The parameters of a request.
    pub fn known() -> &'static [&'static str] {
        KNOWN
    }

    fn check(&self) -> Result<()> {
        if self.name.is_empty() {
            return Err(Error::new(Id::ParamMissing, "subject"));
        }
        if self.subject.len() > LONGEST_SUBJECT || self.name.len() > LONGEST_SUBJECT {
            return Err(wrong("subject", "a text of at most 1000 octets"));
        }
        if [&self.text, &self.html].into_iter().flatten().any(|body| body.len() > LARGEST_BODY) {
            return Err(wrong("body", "texts of at most a megabyte"));
        }
        Parsed::of(self).map(drop)
    }
}

/// A letter whose texts were read.
#[derive(Clone, Debug)]
pub struct Parsed {
    subject: Text,
    text: Option<Text>,
    html: Option<Text>,
    fields: Fields,
}

impl Parsed {
    /// Reads the texts. Errors: `error/letter/command`, `error/datakey/…`, `error/json/corrupt`.
    pub fn of(letter: &Letter) -> Result<Parsed> {
        let text = |text: &Option<String>| text.as_deref().map(Text::parse).transpose();
        let fields = match Data::open(root(&letter.fields)?)? {
            Data::Object(fields) => fields,
            _ => Fields::new(),
        };
        Ok(Parsed {
            subject: Text::parse(&letter.subject)?,
            text: text(&letter.text)?,
            html: text(&letter.html)?,
            fields,
        })
    }

    fn texts(&self) -> impl Iterator<Item = &Text> {
        self.named().map(|(_, text)| text)
    }

    /// The texts by the names of the fields that they become.
    fn named(&self) -> impl Iterator<Item = (&'static str, &Text)> {
        let texts = [("subject", Some(&self.subject)), ("text", self.text.as_ref()), ("html", self.html.as_ref())];
        texts.into_iter().filter_map(|(name, text)| Some((name, text?)))
    }

    /// Refuses a letter that does not become a template of this form, whoever it goes to. What its commands put in is not known
    /// before: a field that it goes to takes any text.
    ///
    /// Errors: `error/channel/field`.
    pub fn check(&self, form: &Template) -> Result<()> {
        form.complete(self.render(|_| Ok(String::new()))?)?;
        let filled = self.named().filter(|(_, text)| text.commands().next().is_some());
        filled.filter_map(|(name, _)| form.field(name)).try_for_each(Field::takes_any_text)
    }

    /// The links that it carries.
    pub fn links(&self) -> impl Iterator<Item = Link> {
        self.texts().flat_map(Text::commands).filter_map(|command| match command {
            Command::Link(link) => Some(*link),
            Command::Data(_) => None,
        })
    }

    /// Whether it shows anything of the person.
    pub fn reads_data(&self) -> bool {
        self.texts().flat_map(Text::commands).any(|command| matches!(command, Command::Data(_)))
    }

    /// What `$template` is: `subject`, `text`, `html` and the further fields. Errors: those of `value`.
    pub fn render(&self, mut value: impl FnMut(&Command) -> Result<String>) -> Result<Fields> {
        let mut fields = self.fields.clone();
        fields.insert("subject".into(), Data::Text(self.subject.render(Form::Plain, &mut value)?));
        for (name, text, form) in [("text", &self.text, Form::Plain), ("html", &self.html, Form::Html)] {
            if let Some(text) = text {
                fields.insert(name.into(), Data::Text(text.render(form, &mut value)?));
            }
        }
        Ok(fields)
    }
}

/// The letter as it is shown.
pub fn shown<'a>(id: i64, letter: &'a Letter) -> Result<Node<'a>> {
    let text = |text: &'a Option<String>| text.as_deref().map_or(Node::Null, Node::from);
    let fields: Object = root(&letter.fields)?.as_object().unwrap_or_default();
    Ok(Node::object([
        ("id", Node::from(id)),
        ("name", Node::from(letter.name.as_str())),
        ("channel", Node::from(Some(letter.channel).filter(|channel| *channel != 0))),
        ("sender", Node::from(letter.sender)),
        ("subject", Node::from(letter.subject.as_str())),
        ("body", Node::object([("text", text(&letter.text)), ("html", text(&letter.html))])),
        ("fields", Node::from(Value::Object(fields))),
        ("status", Node::from(letter.status.name())),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::parse;

    fn read(text: &str, before: Option<Letter>) -> Result<Letter> {
        let bytes = parse(text).unwrap();
        let request = Request::open(root(&bytes).unwrap(), KNOWN, &[])?;
        Letter::read(&request, before).map(|(letter, _)| letter)
    }

    #[test]
    fn an_edit_keeps_what_it_does_not_name() {
        let first = r#"{"subject": "Hi", "body": {"text": "t", "html": "<p>"}, "sender": 3, "status": "ready"}"#;
        let letter = read(first, None).unwrap();
        assert_eq!((letter.name.as_str(), letter.sender, letter.status), ("Hi", Some(3), Status::Ready));
        let edited = read(r#"{"subject": "Ho", "sender": null}"#, Some(letter)).unwrap();
        assert_eq!((edited.name.as_str(), edited.subject.as_str(), edited.sender), ("Hi", "Ho", None));
        assert_eq!((edited.html.as_deref(), edited.status), (Some("<p>"), Status::Ready));
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        for (text, id) in [
            ("{}", Id::ParamMissing),
            (r#"{"subject": "a", "status": "sent"}"#, Id::ParamWrong),
            (r#"{"subject": "[% x %]"}"#, Id::LetterCommand),
            (r#"{"subject": "a", "body": {"html": "[% param.url %]"}}"#, Id::LetterCommand),
            (r#"{"subject": "a", "body": {"text": "[% anketa.a..b %]"}}"#, Id::DatakeySyntax),
        ] {
            assert_eq!(read(text, None).unwrap_err().id, id, "{text}");
        }
        let long = format!(r#"{{"subject": "{}"}}"#, "x".repeat(LONGEST_SUBJECT + 1));
        assert_eq!(read(&long, None).unwrap_err().id, Id::ParamWrong);
    }

    #[test]
    fn a_letter_fits_a_form_whatever_its_commands_put_in() {
        let form = Data::open(root(&parse(
            r##"[{"type": "string", "shortname": "subject"}, {"type": "enum", "shortname": "text", "options": ["", "a"]},
                [{"type": "color", "shortname": "html"}, {"type": "string", "shortname": "preheader", "required": true},
                 {"type": "int", "shortname": "n", "required": true, "default": 1}]]"##,
        ).unwrap()).unwrap());
        let form = Template::read("template", &form.unwrap()).unwrap();
        let check = |letter: &str| Parsed::of(&read(letter, None).unwrap()).unwrap().check(&form);
        for letter in [
            r##"{"subject": "[% anketa.a %]", "body": {"text": "a", "html": "#ff0000"}, "fields": {"preheader": "p"}}"##,
            r#"{"subject": "a", "fields": {"preheader": "p", "n": 7, "other": []}}"#,
        ] {
            assert_eq!(check(letter), Ok(()), "{letter}");
        }
        for (letter, explain) in [
            (r#"{"subject": "a"}"#, "preheader is required"),
            (r#"{"subject": "a", "fields": {"preheader": 1}}"#, "preheader must be a text"),
            (
                r#"{"subject": "a", "body": {"text": "b"}, "fields": {"preheader": "p"}}"#,
                "text must be one of its options",
            ),
            (
                r#"{"subject": "a", "body": {"text": "[% anketa.a %]"}, "fields": {"preheader": "p"}}"#,
                "text must take any text: a letter fills it in",
            ),
            (
                r##"{"subject": "a", "body": {"html": "#ff0000[% anketa.a %]"}, "fields": {"preheader": "p"}}"##,
                "html must take any text: a letter fills it in",
            ),
        ] {
            assert_eq!(check(letter), Err(Error::new(Id::ChannelField, explain)), "{letter}");
        }
    }

    #[test]
    fn a_letter_becomes_the_fields_of_a_template() {
        let letter = read(
            r#"{"subject": "To [% anketa.a %]", "body": {"text": "[% anketa.a %]", "html": "<b>[% anketa.a %]"},
                "fields": {"preheader": "p"}}"#,
            None,
        );
        let parsed = Parsed::of(&letter.unwrap()).unwrap();
        assert!(parsed.reads_data() && parsed.links().next().is_none());
        let fields = parsed.render(|_| Ok("<x>".to_owned())).unwrap();
        assert_eq!(
            Data::Object(fields).into_json(),
            serde_json::json!({"subject": "To <x>", "text": "<x>", "html": "<b>&lt;x&gt;", "preheader": "p"})
        );
    }
}
