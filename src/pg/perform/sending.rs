//! What messages of one call or one launch share, and how a message to a head is made and handed over (shapes.md 11).

use crate::domain::address::Address;
use crate::domain::datakey;
use crate::domain::error::{Error, Id, Result};
use crate::domain::event::profile_id;
use crate::domain::json::{EMPTY_OBJECT, Node, Value, encoded, root};
use crate::domain::member::get::is_system;
use crate::domain::member::system::Head;
use crate::domain::message::smid::Smid;
use crate::domain::message::suppress::Purpose;
use crate::domain::message::template::{Command, Link, shown};
use crate::domain::pipe::channel::Place;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::kind::Kind;
use crate::domain::reply;
use crate::domain::time::unix_micros;
use crate::pg::guc;
use crate::pg::perform::channel::{self, Opened};
use crate::pg::perform::confirm;
use crate::pg::perform::letter::{self, Ready};
use crate::pg::perform::message_event::tell_suppressed;
use crate::pg::perform::subject::Read;
use crate::pg::spi::Session;
use crate::pg::store::launch::Launch;
use crate::pg::store::message::{self, New, Shared};
use crate::pg::store::pipeline_run::{self, Run};
use crate::pg::store::{head, hook, pipeline, sequence, stoplist};

/// A second in the server's microseconds.
const SECOND: i128 = 1_000_000;
/// An hour.
const HOUR: i64 = 3_600_000_000;

/// What messages share.
pub struct Sending {
    /// What is asked for; of the number 0 for a message of its own.
    pub launch: Launch,
    /// The channel.
    pub channel: Opened,
    /// The letter that is sent, if one is.
    letter: Option<Ready>,
    /// Until when contents are kept, if a hook wants them.
    keep_until: Option<i64>,
}

/// Whom a message goes to.
pub struct Recipient<'r> {
    /// The body; 0 for an identifier that is no subscriber's.
    pub dataset: i64,
    /// The number of the identifier.
    pub id: i64,
    /// What an express import says of it, which the message is filled with in the place of the subscriber's data.
    pub own: Option<Own<'r>>,
}

/// What an express import says of an identifier.
pub struct Own<'r> {
    /// The identifier.
    pub address: &'r Address,
    /// The locks that it has without a subscriber.
    pub lock: i16,
    /// Its data, as jsonb.
    pub data: Vec<u8>,
}

impl Recipient<'_> {
    /// Its head; nothing for one that is gone. Errors: `error/json/corrupt`.
    fn head<'s>(&self, session: &'s Session) -> Result<Option<Head<'s>>> {
        match &self.own {
            Some(own) if self.dataset == 0 => Ok(Some(Head {
                id: self.id,
                address: own.address.clone(),
                origin: None,
                lock: own.lock,
                confirm_time: None,
                confirm_host: None,
                last_tz: None,
            })),
            _ => head::read(session, self.dataset, self.id),
        }
    }
}

/// What became of a head.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A message was handed over.
    Sent(String),
    /// One was made and kept back.
    Suppressed(String, &'static str),
    /// Its letter would do nothing: there is nothing to confirm, or to cancel.
    NoNeed,
    /// It is no head of this body.
    Gone,
}

/// A message, made.
struct Made<'a> {
    new: New<'a>,
    input: Vec<u8>,
    objects: Option<Vec<u8>>,
    content: Option<Vec<u8>>,
}

impl Sending {
    /// What a launch that is kept, or one that is to be, sends.
    ///
    /// Errors: `error/channel/notexists`, `error/message/channel`, `error/pipeline/notexists`, `error/letter/…`,
    /// `error/channel/field` for a letter that the channel's form of templates does not take.
    pub fn of(session: &Session, launch: Launch) -> Result<Sending> {
        let channel = channel::open_by_id(session, launch.channel)?;
        if !channel.enabled {
            return Err(Error::new(Id::MessageChannel, "the channel is disabled"));
        }
        require_pipeline(session, channel.id, Kind::Message)?;
        let letter = Some(launch.letter).filter(|letter| *letter != 0);
        let letter = letter.map(|letter| letter::open(session, letter, launch.purpose)).transpose()?;
        if let (Some(letter), Some(form)) = (&letter, channel.settings.form(Place::Template)) {
            letter.parsed.check(form)?;
        }
        let hours = i64::from(guc::hook_content_cleanup_hours());
        let keep_until = hook::wants_content(session).then(|| guc::statement_micros() + hours * HOUR);
        Ok(Sending { launch, channel, letter, keep_until })
    }

    /// Makes messages to heads whose bodies are held, and hands them over; what became of each.
    ///
    /// Errors: those of rendering a letter, `error/json/limit`.
    pub fn hand_over(&self, session: &Session, heads: &[(i64, i64)], sealed: Option<&[u8]>) -> Result<Vec<Outcome>> {
        let to = |(dataset, id): &(i64, i64)| Recipient { dataset: *dataset, id: *id, own: None };
        self.hand_over_to(session, &heads.iter().map(to).collect::<Vec<_>>(), sealed)
    }

    /// The same for recipients of which some may be no subscribers. Errors: as [`hand_over`](Sending::hand_over).
    pub fn hand_over_to(&self, session: &Session, to: &[Recipient], sealed: Option<&[u8]>) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(to.len());
        let mut made = Vec::with_capacity(to.len());
        for to in to {
            let (outcome, message) = self.make(session, to)?;
            outcomes.push(outcome);
            made.extend(message);
        }
        self.write(session, &made, sealed)?;
        Ok(outcomes)
    }

    /// Hands the message of a launch to a place over to a pipeline; `more` is what its document holds besides.
    pub fn place(&self, smid: &str, kind: Kind, more: Vec<(&str, Data)>) -> Result<()> {
        let mut input = self.document(&self.smid_of(smid)?, 0);
        input.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
        let input = Data::Object(input).stored()?;
        let run = Run { kind: kind.name(), ..self.run(smid, 0, 0, &input) };
        pipeline_run::enqueue(&[run], guc::statement_micros());
        Ok(())
    }

    /// A number for a message to an identifier.
    pub fn new_smid(&self, address: i64) -> Smid {
        self.smid(address, sequence::next_message_number())
    }

    fn smid(&self, address: i64, number: i64) -> Smid {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        let time = u32::try_from(unix_micros(self.launch.at) / SECOND).unwrap_or_default();
        Smid {
            time,
            account: unsigned(guc::account_id()),
            campaign: unsigned(self.launch.campaign),
            message: unsigned(self.launch.template),
            list: unsigned(guc::list_id()),
            segment: 0,
            number: unsigned(number),
            address: unsigned(address).into(),
        }
    }

    /// What the rows of its messages share.
    pub fn shared(&self) -> Shared<'_> {
        let launch = &self.launch;
        Shared {
            at: guc::statement_micros(),
            channel: self.channel.id,
            launch: launch.id,
            campaign: launch.campaign,
            template: launch.template,
            sender: launch.sender,
            resource: launch.resource,
            is_test: launch.is_test,
            custom_data: launch.custom_data.as_deref().filter(|_| launch.id == 0),
        }
    }

    /// The launch as pipelines and hooks name it.
    pub fn launch_id(&self) -> String {
        self.smid(0, 0).launch_id()
    }

    fn smid_of(&self, text: &str) -> Result<Smid> {
        Smid::parse(text).ok_or_else(|| Error::new(Id::MessageNotexists, "the launch has no message"))
    }

    fn make(&self, session: &Session, to: &Recipient) -> Result<(Outcome, Option<Made<'static>>)> {
        let Some(head) = to.head(session)? else { return Ok((Outcome::Gone, None)) };
        let (dataset, id) = (to.dataset, to.id);
        let link = confirm::own_link(session, self.launch.purpose, dataset, &head, self.launch.sender)?;
        if self.launch.purpose != Purpose::Message && link.is_none() {
            return Ok((Outcome::NoNeed, None));
        }
        let is_stopped = self.launch.sender != 0
            && stoplist::read(session, &head.address).iter().any(|stop| stop.sender == self.launch.sender);
        let smid = self.new_smid(id);
        let text = smid.to_string();
        let reason = self.launch.purpose.reason(head.lock, is_stopped);
        let new = New { dataset, send_message_id: text.clone(), address_id: id, suppressed: reason };
        let made = match reason {
            Some(_) => Made { new, input: Vec::new(), objects: None, content: None },
            None => self.rendered(session, to, new, &smid, &head)?,
        };
        let outcome = match reason {
            Some(reason) => Outcome::Suppressed(text, reason),
            None => Outcome::Sent(text),
        };
        Ok((outcome, Some(made)))
    }

    fn rendered(
        &self,
        session: &Session,
        to: &Recipient,
        new: New<'static>,
        smid: &Smid,
        head: &Head,
    ) -> Result<Made<'static>> {
        let input = Data::Object(self.document(smid, new.dataset)).stored()?;
        let template = match &self.letter {
            Some(letter) => Some(Data::Object(self.letter_to(session, letter, to, head)?)),
            None => None,
        };
        let content = match (&template, self.keep_until) {
            (Some(template), Some(_)) => Some(template.clone().stored()?),
            (None, Some(_)) => Some(encoded(&self.common_template()?.map_or(Node::Null, Node::from))?),
            (_, None) => None,
        };
        let objects = match template {
            template if self.launch.id != 0 => own_objects(template, to)?,
            Some(template) => Some(self.objects_with(template)?.stored()?),
            None => Some(self.launch.objects.clone()),
        };
        Ok(Made { new, input, objects, content })
    }

    fn common_template(&self) -> Result<Option<Value<'_>>> {
        root(&self.launch.objects)?.as_object().map_or(Ok(None), |objects| objects.get("template"))
    }

    fn objects_with(&self, template: Data) -> Result<Data> {
        let mut objects = match Data::open(root(&self.launch.objects)?)? {
            Data::Object(objects) => objects,
            _ => Object::new(),
        };
        objects.insert("template".to_owned(), template);
        Ok(Data::Object(objects))
    }

    /// `$template` of a letter to a head.
    fn letter_to(&self, session: &Session, letter: &Ready, to: &Recipient, head: &Head) -> Result<Object> {
        let read = if letter.parsed.reads_data() { Some(Documents::of(session, to, head)?) } else { None };
        let value = |command: &Command| match command {
            Command::Link(link) => {
                let purpose = match link {
                    Link::Confirm => Purpose::Confirm,
                    Link::Cancel => Purpose::Cancel,
                    Link::CancelSender => Purpose::CancelSender,
                };
                Ok(confirm::own_link(session, purpose, to.dataset, head, letter.sender)?.unwrap_or_default())
            }
            Command::Data(path) => {
                let Some(read) = &read else { return Ok(String::new()) };
                let document = root(if is_system(path) { &read.system } else { &read.data })?;
                let found = encoded(&datakey::get(document, path)?.unwrap_or(Node::Null))?;
                shown(root(&found)?)
            }
        };
        let fields = letter.parsed.render(value)?;
        match self.channel.settings.form(Place::Template) {
            Some(form) => form.complete(fields),
            None => Ok(fields),
        }
    }

    /// `$in` and `$origin` of a message (pipelines-and-hooks.md 5.3).
    fn document(&self, smid: &Smid, dataset: i64) -> Object {
        let launch = &self.launch;
        let pairs = [
            ("send_message_id", Data::from(smid.to_string())),
            ("launch_id", Data::from(smid.launch_id())),
            ("a_id", Data::from(guc::account_id())),
            ("c_id", Data::from(launch.campaign)),
            ("message_id", Data::from(launch.template)),
            ("list_id", Data::from(guc::list_id())),
            ("segment_id", Data::from(0)),
            ("resource_id", Data::from(launch.resource)),
            ("channel_id", Data::from(self.channel.id)),
            ("sender_id", Data::from(launch.sender)),
            ("profile_id", profile_id(dataset).map_or(Data::Null, Data::from)),
            ("is_test", Data::Bool(launch.is_test)),
            ("sends_trying_num", Data::from(0)),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn run<'r>(&self, smid: &'r str, dataset: i64, address_id: i64, input: &'r [u8]) -> Run<'r> {
        Run {
            channel: self.channel.id,
            kind: Kind::Message.name(),
            run_at: self.launch.start,
            launch: self.launch.id,
            send_message_id: Some(smid),
            address_id,
            dataset,
            input,
            ..Run::default()
        }
    }

    fn write(&self, session: &Session, made: &[Made], sealed: Option<&[u8]>) -> Result<()> {
        if made.is_empty() {
            return Ok(());
        }
        let news: Vec<New> = made.iter().map(|made| made.new.clone()).collect();
        let shared = self.shared();
        message::write(session, &news, &shared);
        let is_sent = |made: &&Made| made.new.suppressed.is_none();
        let runs = made.iter().filter(is_sent).map(|made| Run {
            objects: made.objects.as_deref(),
            sealed,
            ..self.run(&made.new.send_message_id, made.new.dataset, made.new.address_id, &made.input)
        });
        let runs: Vec<Run> = runs.collect();
        if !runs.is_empty() {
            pipeline_run::enqueue(&runs, shared.at);
        }
        for made in made {
            if let Some((content, until)) = made.content.as_deref().zip(self.keep_until) {
                message::keep(session, made.new.dataset, &made.new.send_message_id, content, until);
            }
            if let Some(reason) = made.new.suppressed {
                self.tell(session, &made.new, reason)?;
            }
        }
        Ok(())
    }

    /// Tells the log that a message was kept back.
    fn tell(&self, session: &Session, new: &New, reason: &str) -> Result<()> {
        let told = message::find(session, &new.send_message_id);
        let told = told.ok_or_else(|| Error::new(Id::MessageNotexists, "the message was not written"))?;
        tell_suppressed(session, &new.send_message_id, &told, reason)
    }
}

/// What a message of a launch sees that no other one does; nothing where there is none.
fn own_objects(template: Option<Data>, to: &Recipient) -> Result<Option<Vec<u8>>> {
    let mut objects = Object::new();
    objects.extend(template.map(|template| ("template".to_owned(), template)));
    if let Some(own) = &to.own {
        objects.insert("profile".to_owned(), Data::open(root(&own.data)?)?);
    }
    if objects.is_empty() { Ok(None) } else { Data::Object(objects).stored().map(Some) }
}

/// What the commands of a letter read, as jsonb.
struct Documents {
    data: Vec<u8>,
    system: Vec<u8>,
}

impl Documents {
    /// The data that the message is filled with, and what the system knows of the head.
    fn of(session: &Session, to: &Recipient, head: &Head) -> Result<Documents> {
        let read = Read::head(session, to.dataset, head.id)?;
        let data = match (&to.own, &read) {
            (Some(own), _) => own.data.clone(),
            (None, Some(read)) => encoded(&Node::from(read.data))?,
            (None, None) => EMPTY_OBJECT.to_vec(),
        };
        let system = match read {
            Some(read) => read.system,
            None => encoded(&Node::object([("member", reply::member(head.id, &head.address))]))?,
        };
        Ok(Documents { data, system })
    }
}

/// Refuses a channel without such a pipeline. Errors: `error/pipeline/notexists`.
pub fn require_pipeline(session: &Session, channel: i64, kind: Kind) -> Result<()> {
    match has_pipeline(session, channel, kind) {
        true => Ok(()),
        false => Err(Error::new(Id::PipelineNotexists, format!("the channel has no pipeline {}", kind.name()))),
    }
}

/// Whether a channel has such a pipeline.
pub fn has_pipeline(session: &Session, channel: i64, kind: Kind) -> bool {
    pipeline::current(session, channel, kind.name()).is_some_and(|kept| kept.pipes.is_some())
}
