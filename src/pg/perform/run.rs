//! A run is opened: its pipeline, what its templates see, what must not be shown (pipelines-and-hooks.md 4.2, 5).

use crate::domain::address::Address;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::root;
use crate::domain::member::target::Target;
use crate::domain::pipe::channel::Place;
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::graph::Graph;
use crate::domain::pipe::kind::Kind;
use crate::domain::pipe::machine::Machine;
use crate::domain::pipe::scope::{Root, Scope};
use crate::domain::pipe::trace::Secrets;
use crate::domain::time::rfc3339;
use crate::pg::guc;
use crate::pg::perform::channel::{self, Opened};
use crate::pg::perform::pipe_effect::Asker;
use crate::pg::perform::{launch, pipeline, sequence, subscription};
use crate::pg::spi::Session;
use crate::pg::store::pipeline_run::{Kept, Run};
use crate::pg::store::{address, body, entrance, head, passage};
use std::collections::HashMap;
use std::sync::Arc;

/// A channel and its pipelines as runs use them; read once and kept while its revision stays.
pub struct Ready {
    /// The channel.
    pub channel: Opened,
    graphs: HashMap<Kind, Arc<Graph>>,
}

impl Ready {
    /// The channel of this number. Errors: `error/channel/notexists`.
    pub fn read(session: &Session, id: i64) -> Result<Ready> {
        Ok(Ready::of(channel::open_by_id(session, id)?))
    }

    /// A channel that was opened.
    pub fn of(channel: Opened) -> Ready {
        Ready { channel, graphs: HashMap::new() }
    }

    /// Its pipeline of this kind, as it was set last. Errors: `error/pipeline/notexists`.
    pub fn graph(&mut self, session: &Session, kind: Kind) -> Result<Arc<Graph>> {
        if let Some(graph) = self.graphs.get(&kind) {
            return Ok(graph.clone());
        }
        let found = pipeline::find_current(session, &self.channel, kind)?;
        let (_, graph) = found.ok_or_else(|| Error::new(Id::PipelineNotexists, kind.name()))?;
        self.graphs.insert(kind, graph.clone());
        Ok(graph)
    }

    /// `$channel`.
    fn data(&self) -> Data {
        Data::object([
            ("id", Data::from(self.channel.id)),
            ("name", Data::from(self.channel.settings.name.as_str())),
            ("string_id", Data::from(self.channel.settings.string_id.as_str())),
        ])
    }

    /// Values of fields that are said to be secret, and all of the account's, are not shown.
    fn hide(&self, objects: &Object, secrets: &mut Secrets) {
        objects.get(Root::Account.name()).into_iter().for_each(|values| secrets.add_all(values));
        for (name, place) in Place::ALL {
            let fields = self.channel.settings.form(place).map(|form| form.fields.as_slice()).unwrap_or_default();
            for field in fields.iter().filter(|field| field.secret) {
                let value = objects.get(name).and_then(|values| values.get(&field.shortname));
                value.into_iter().for_each(|value| secrets.add_all(value));
            }
        }
    }

    /// A run of this pipeline with these objects beside its input.
    pub fn machine(&self, graph: Arc<Graph>, entry: Option<i64>, input: Data, mut objects: Object) -> Machine {
        let mut secrets = Secrets::default();
        objects.insert(Root::Channel.name().to_owned(), self.data());
        let account = || Data::Object(self.channel.settings.account.clone());
        objects.entry(Root::Account.name().to_owned()).or_insert_with(account);
        self.hide(&objects, &mut secrets);
        let origin = Arc::new(input);
        let input = match origin.as_ref() {
            Data::Object(pairs) => pairs.clone(),
            _ => Object::new(),
        };
        let scope = Scope { input, origin, objects: Arc::new(objects), ..Scope::default() };
        Machine::new(graph, entry, scope, secrets, guc::run_limits())
    }
}

/// Who asks when this run asks for something.
pub fn asker(kept: &Kept) -> Asker {
    let run = &kept.run;
    Asker {
        run: kept.id,
        channel: run.channel,
        kind: run.kind.to_owned(),
        pipe: 0,
        generation: run.generation,
        launch: run.launch,
        send_message_id: run.send_message_id.map(str::to_owned),
        address_id: run.address_id,
        dataset: run.dataset,
        passage: run.passage,
        hidden: Secrets::default(),
        objects: run.objects.map(<[u8]>::to_vec),
        sealed: run.sealed.map(<[u8]>::to_vec),
    }
}

/// The machine of a run that was asked for; `hidden` is the real address behind a substitute, which is not shown.
///
/// Errors: `error/pipeline/notexists`, `error/pipeline/kind`, those of a damaged row.
pub fn open(session: &Session, ready: &mut Ready, kept: &Kept, hidden: Option<&Address>) -> Result<Machine> {
    let run = &kept.run;
    let kind =
        Kind::parse(run.kind).ok_or_else(|| Error::new(Id::PipelineKind, "the run names no kind of pipeline"))?;
    let graph = ready.graph(session, kind)?;
    let mut objects = if run.launch == 0 { Object::new() } else { launch::objects(session, run.launch)? };
    if let Some(own) = run.objects {
        objects.extend(object(own)?);
    }
    if run.passage != 0 && graph.mentions(Root::Sequence) {
        objects.insert(Root::Sequence.name().to_owned(), passage(session, run)?);
    }
    if run.address_id != 0 {
        objects.insert(Root::Subscription.name().to_owned(), subscription(session, ready, run, hidden)?);
        if graph.mentions(Root::Profile) && !objects.contains_key(Root::Profile.name()) {
            objects.insert(Root::Profile.name().to_owned(), profile(session, run.dataset)?);
        }
    }
    let machine = ready.machine(graph, run.entry, Data::open(root(run.input)?)?, objects);
    let mut machine = machine.keyed(key(kept, kind));
    hidden.into_iter().for_each(|address| machine.hide(&address.value));
    Ok(machine)
}

/// By which receivers know the requests of a run again. Of the run that sends a message it is the message's number; of any
/// other, also of those that moderate, stop or ask after the message, the life that it was asked for in and its number: no
/// other database has both.
fn key(kept: &Kept, kind: Kind) -> String {
    match kept.run.send_message_id {
        Some(smid) if kind == Kind::Message => smid.to_owned(),
        _ => format!("{:x}-{:x}", kept.life, kept.id),
    }
}

/// `$subscription`: the address that the run sends to, the real one where it is a substitute, and the channel's own fields
/// of it.
fn subscription(session: &Session, ready: &Ready, run: &Run, hidden: Option<&Address>) -> Result<Data> {
    let mut fields = subscription::values(session, &ready.channel, run.dataset, run.address_id)?;
    let address = recipient(session, run)?.map(|(address, _)| address);
    if let Some(address) = hidden.or(address.as_ref()) {
        fields.insert("email".to_owned(), Data::from(address.value.as_str()));
        fields.insert("addr_type".to_owned(), Data::from(address.addr_type.as_str()));
    }
    fields.insert("id".to_owned(), Data::from(run.address_id));
    Ok(Data::Object(fields))
}

/// The identifier that a run sends to, and its locks; nothing for a head that is gone. Of an express import it may be nobody's.
///
/// Errors: `error/json/corrupt`.
pub fn recipient(session: &Session, run: &Run) -> Result<Option<(Address, i16)>> {
    if let Some(head) = head::read(session, run.dataset, run.address_id)? {
        return Ok(Some((head.address, head.lock)));
    }
    if run.dataset != 0 {
        return Ok(None);
    }
    let Some(known) = address::find(session, &Target::Id(run.address_id))? else { return Ok(None) };
    let lock = entrance::locks(session, &known.address)?;
    Ok(Some((known.address, lock)))
}

/// `$sequence`: the sequence, the passage with what it keeps for itself, and the locks of the head.
fn passage(session: &Session, run: &Run) -> Result<Data> {
    let Some(found) = passage::find(session, run.passage) else { return Ok(Data::Object(Object::new())) };
    let (id, settings) = sequence::find(session, found.sequence)?;
    let head = head::read(session, run.dataset, run.address_id)?;
    Ok(Data::object([
        ("id", Data::from(id)),
        ("name", Data::from(settings.name)),
        ("passage", Data::from(run.passage)),
        ("started_at", Data::from(rfc3339(found.started_at, 0))),
        ("haslock", Data::from(i64::from(head.map_or(0, |head| head.lock)))),
        ("data", found.data.map(|data| root(data).and_then(Data::open)).transpose()?.unwrap_or_default()),
    ]))
}

/// `$profile`: the person's data.
fn profile(session: &Session, dataset: i64) -> Result<Data> {
    match body::read(session, dataset)? {
        Some((_, data)) => Data::open(data),
        None => Ok(Data::Object(Object::new())),
    }
}

/// The pairs of a stored object.
fn object(stored: &[u8]) -> Result<Object> {
    Ok(match Data::open(root(stored)?)? {
        Data::Object(pairs) => pairs,
        _ => Object::new(),
    })
}
