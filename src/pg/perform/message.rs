//! `message_send`: a message to a head, to a group as a launch, or to a place (shapes.md 11).

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Node, Object as Pairs, Value, encoded, root};
use crate::domain::member::target::{Kind as TargetKind, Target};
use crate::domain::message::send::{Content, SendRequest, Whom};
use crate::domain::message::state::Step;
use crate::domain::message::suppress::Purpose;
use crate::domain::pipe::channel::{Channel, Place, Reach};
use crate::domain::pipe::data::{Data, Object};
use crate::domain::pipe::kind::Kind;
use crate::domain::reply::reply;
use crate::domain::request::{Request, identifier_of};
use crate::domain::time::rfc3339;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::channel::{self, Opened};
use crate::pg::perform::gathered::Named;
use crate::pg::perform::selection::Selection;
use crate::pg::perform::sending::{Outcome, Sending, require_pipeline};
use crate::pg::perform::{launch, letter, resolve, sealed};
use crate::pg::savepoint::Savepoint;
use crate::pg::spi::Session;
use crate::pg::store::address::{self, Known};
use crate::pg::store::dictionary::{CAMPAIGN, Dictionary, RESOURCE, SENDER, TEMPLATE};
use crate::pg::store::launch::Launch;
use crate::pg::store::message::{self, New};
use crate::pg::store::{body, head, sequence};

/// Performs a request: `{"send_message_id", "suppressed"?}` of one head; `{"launch_id", "issue.id", "track.id"}` of a group;
/// `{"launch_id", "issue.id", "send_message_id", "state"}` of a place.
///
/// Errors: those of the request and of the identifier, `error/channel/…`, `error/message/…`, `error/letter/…`,
/// `error/pipeline/notexists`, `error/dictionary/notexists`, `error/member/notexists`, `error/worker/absent`.
pub fn send(session: &Session, request: Value) -> Result<Encoded> {
    let request = SendRequest::open(request)?;
    let ask = SendRequest::read(&request)?;
    let launch = asked(session, &ask)?;
    match &ask.whom {
        Whom::Address { email, kind, to } => {
            let to = to.as_ref().map(|(to, kind)| (to.as_ref(), *kind));
            to_one(session, &request, Sending::of(session, launch)?, (email, *kind), to)
        }
        // The launch is written before its track, or its message.
        Whom::Group => Savepoint::around(|| to_group(session, &request, &ask, launch)),
        Whom::Place => Savepoint::around(|| to_place(session, &request, ask.launch, launch)),
    }
}

/// What a request asks for, as a launch without a number.
fn asked(session: &Session, ask: &SendRequest) -> Result<Launch> {
    let letter = match ask.content {
        Content::Letter(id) => Some(letter::open(session, id, Purpose::Message)?),
        _ => None,
    };
    let channel = match (ask.channel.and_then(identifier_of), &letter) {
        (Some(name), _) => channel::open(session, &name)?,
        (None, Some(letter)) => channel::open_by_id(session, letter.channel)?,
        (None, None) => return Err(Error::new(Id::ParamMissing, "channel")),
    };
    check_reach(&channel, ask)?;
    if ask.launch.is_some() && !matches!(ask.whom, Whom::Place) {
        return Err(Error::new(Id::LaunchState, "the launch is not one to a place"));
    }
    let settings = &channel.settings;
    let sender = ask.sender.or(letter.as_ref().map(|letter| letter.sender)).unwrap_or_default();
    let mut objects = Object::new();
    let template = match &letter {
        // Rendered for each head; a place has nobody's data.
        Some(letter) if matches!(ask.whom, Whom::Place) => {
            let fields = letter.parsed.render(|_| Ok(String::new()))?;
            objects.insert("template".into(), Data::Object(complete(settings, Place::Template, fields)?));
            letter.id
        }
        Some(letter) => letter.id,
        None => {
            let (id, fields) = template(session, ask)?;
            objects.insert("template".into(), Data::Object(complete(settings, Place::Template, fields)?));
            id
        }
    };
    let named = [
        ("sender", Place::Sender, &SENDER, sender),
        ("resource", Place::Resource, &RESOURCE, ask.resource.unwrap_or_default()),
        ("campaign", Place::Campaign, &CAMPAIGN, ask.campaign.unwrap_or_default()),
    ];
    for (name, place, dictionary, id) in named {
        if id != 0 {
            let fields = entry(session, dictionary, name, id)?;
            objects.insert(name.into(), Data::Object(complete(settings, place, fields)?));
        }
    }
    objects.insert("camp_schedule".into(), schedule(ask));
    Ok(Launch {
        at: guc::statement_micros(),
        channel: channel.id,
        purpose: Purpose::Message,
        campaign: ask.campaign.unwrap_or_default(),
        template,
        letter: letter.as_ref().map_or(0, |letter| letter.id),
        name: letter.map_or_else(String::new, |letter| letter.subject),
        sender,
        resource: ask.resource.unwrap_or_default(),
        is_test: ask.is_test,
        start: ask.start,
        stop: ask.stop,
        objects: Data::Object(objects).stored()?,
        custom_data: ask.custom_data.map(|custom| encoded(&Node::from(Value::Object(custom)))).transpose()?,
        ..Launch::default()
    })
}

/// A letter of a purpose, as a launch without a number. Errors: `error/letter/…`, `error/dictionary/notexists`.
pub fn of_letter(session: &Session, id: i64, purpose: Purpose) -> Result<Launch> {
    let letter = letter::open(session, id, purpose)?;
    let settings = channel::open_by_id(session, letter.channel)?.settings;
    let sender = complete(&settings, Place::Sender, entry(session, &SENDER, "sender", letter.sender)?)?;
    let never = Data::object([("start_time", Data::Null), ("stop_time", Data::Null)]);
    Ok(Launch {
        at: guc::statement_micros(),
        channel: letter.channel,
        purpose,
        template: letter.id,
        letter: letter.id,
        name: letter.subject,
        sender: letter.sender,
        objects: Data::object([("sender", Data::Object(sender)), ("camp_schedule", never)]).stored()?,
        ..Launch::default()
    })
}

/// A direct channel sends to heads, an indirect one to a resource.
fn check_reach(channel: &Opened, ask: &SendRequest) -> Result<()> {
    let refuse = |explain: &str| Err(Error::new(Id::MessageChannel, explain));
    match (channel.settings.reach, &ask.whom) {
        (Reach::Direct, Whom::Place) => Err(Error::new(Id::ParamMissing, "email, group or group.filter")),
        (Reach::Indirect, Whom::Address { .. } | Whom::Group) => refuse("an indirect channel sends to a resource"),
        (Reach::Indirect, Whom::Place) if ask.resource.is_none() => Err(Error::new(Id::ParamMissing, "resource")),
        _ => Ok(()),
    }
}

/// The template that is named, with what overrides it.
fn template(session: &Session, ask: &SendRequest) -> Result<(i64, Object)> {
    let (id, mut fields) = match ask.content {
        Content::Template(id) => (id, entry(session, &TEMPLATE, "template", id)?),
        Content::Inline(fields) => (0, object(fields)?),
        Content::Letter(_) | Content::None => (0, Object::new()),
    };
    if let Some(over) = ask.fields {
        fields.extend(object(over)?);
    }
    Ok((id, fields))
}

fn entry(session: &Session, dictionary: &'static Dictionary, name: &str, id: i64) -> Result<Object> {
    let entry = dictionary.find(session, id);
    let entry = entry.ok_or_else(|| Error::new(Id::DictionaryNotexists, name))?;
    object(root(entry.fields)?.as_object().unwrap_or_default())
}

fn object(pairs: Pairs) -> Result<Object> {
    Ok(match Data::open(Value::Object(pairs))? {
        Data::Object(fields) => fields,
        _ => Object::new(),
    })
}

fn complete(settings: &Channel, place: Place, fields: Object) -> Result<Object> {
    settings.form(place).map_or(Ok(fields.clone()), |form| form.complete(fields))
}

fn schedule(ask: &SendRequest) -> Data {
    let instant = |at: Option<i64>| at.map_or(Data::Null, |at| Data::from(rfc3339(at, 0)));
    Data::object([("start_time", instant(ask.start)), ("stop_time", instant(ask.stop))])
}

/// Sends to the subscriber of one identifier.
fn to_one(
    session: &Session,
    request: &Request,
    sending: Sending,
    (email, kind): (&str, TargetKind),
    to: Option<(&str, TargetKind)>,
) -> Result<Encoded> {
    let mut warnings = request.warnings.clone();
    let target = resolve::target(session, email, kind, &mut warnings)?;
    let known = address::find(session, &target)?.ok_or_else(nobody)?;
    let addr_type = sending.channel.settings.addr_type;
    let sealed = match to {
        None => None,
        Some(_) if known.address.addr_type != AddrType::Csid => {
            return Err(Error::new(Id::MessageSubstitute, "only a head of type csid stands for another address"));
        }
        Some((to, kind)) => Some(sealed::seal(&real(session, to, kind, addr_type)?)?),
    };
    let (dataset, id) = match &sealed {
        Some(_) => (known.owner.ok_or_else(nobody)?.dataset, known.id),
        None => reached(session, &known, addr_type)?,
    };
    // Nobody deletes or erases the person until the message is there.
    body::share(session, dataset);
    let outcomes = sending.hand_over(session, &[(dataset, id)], sealed.as_deref())?;
    let (smid, reason) = match outcomes.into_iter().next() {
        Some(Outcome::Sent(smid)) => (smid, None),
        Some(Outcome::Suppressed(smid, reason)) => (smid, Some(reason)),
        Some(Outcome::NoNeed | Outcome::Gone) | None => return Err(nobody()),
    };
    let mut keys = vec![("send_message_id", Node::from(smid))];
    keys.extend(reason.map(|reason| ("suppressed", Node::from(reason))));
    Encoded::new(&reply(keys, &warnings))
}

/// The real address behind a substitute, which the channel must be able to reach.
fn real(session: &Session, to: &str, kind: TargetKind, addr_type: Option<AddrType>) -> Result<Address> {
    let kind = match (kind, addr_type) {
        (TargetKind::Detect, Some(addr_type)) => TargetKind::Type(addr_type),
        (kind, _) => kind,
    };
    match resolve::target(session, to, kind, &mut Vec::new())? {
        Target::Address(address) if Some(address.addr_type) == addr_type => Ok(address),
        _ => Err(Error::new(Id::MessageSubstitute, "to is not of the addr_type of the channel")),
    }
}

/// The head that a message reaches: the one named, or for a client's own id the first of the channel's type that belongs to
/// the same person, one without locks before others.
fn reached(session: &Session, known: &Known, addr_type: Option<AddrType>) -> Result<(i64, i64)> {
    let dataset = known.owner.ok_or_else(nobody)?.dataset;
    if Some(known.address.addr_type) == addr_type {
        return Ok((dataset, known.id));
    }
    let refuse = |explain: &str| Err(Error::new(Id::MessageChannel, explain));
    if known.address.addr_type != AddrType::Csid {
        return refuse("the identifier is not of the addr_type of the channel");
    }
    let heads = head::of_body(session, dataset)?;
    let fitting = heads.iter().filter(|head| Some(head.address.addr_type) == addr_type);
    match fitting.min_by_key(|head| (head.lock != 0, head.id)) {
        Some(head) => Ok((dataset, head.id)),
        None => refuse("the person has no head of the addr_type of the channel"),
    }
}

/// Launches messages to the members of a group.
fn to_group(session: &Session, request: &Request, ask: &SendRequest, launch: Launch) -> Result<Encoded> {
    let selection = Selection::read(session, request)?;
    let mut sending = Sending::of(session, launch)?;
    let addr_type = sending.channel.settings.addr_type;
    if selection.addr_type != addr_type {
        return Err(Error::new(Id::MessageChannel, "the group, or addr_type, is not of the addr_type of the channel"));
    }
    sending.launch.id = sequence::next_launch_id();
    launch::begin(session, &sending.launch);
    launch::step(session, sending.launch.id, Step::Send, None);
    let track = launch::enlist(session, sending.launch.id, Named::heads(session, request)?, ask.info)?;
    let mut keys = named(&sending);
    keys.push(("track.id", Node::from(track)));
    Encoded::new(&reply(keys, &request.warnings))
}

/// How replies name a launch.
pub fn named<'n>(sending: &Sending) -> Vec<(&'static str, Node<'n>)> {
    let launch_id = sending.launch_id();
    vec![("launch_id", Node::from(launch_id)), ("issue.id", Node::from(sending.launch.id))]
}

/// Launches a message to the resource of an indirect channel; `again` is the launch that is written anew.
fn to_place(session: &Session, request: &Request, again: Option<i64>, launch: Launch) -> Result<Encoded> {
    let mut sending = Sending::of(session, launch)?;
    if sending.channel.settings.with_moderate {
        require_pipeline(session, sending.channel.id, Kind::Moderate)?;
    }
    sending.launch.id = match again {
        Some(id) => launch::edit(session, id)?,
        None => sequence::next_launch_id(),
    };
    let smid = sending.new_smid(0).to_string();
    sending.launch.send_message_id = Some(smid.clone());
    let new = New { dataset: 0, send_message_id: smid.clone(), address_id: 0, suppressed: None };
    match again {
        Some(_) => launch::rewrite(session, &sending.launch),
        None => launch::begin(session, &sending.launch),
    }
    message::write(session, &[new], &sending.shared());
    let state = launch::place(session, &sending, &smid)?;
    let mut keys = named(&sending);
    keys.push(("send_message_id", Node::from(smid)));
    keys.push(("state", Node::from(state.name())));
    Encoded::new(&reply(keys, &request.warnings))
}

#[cold]
fn nobody() -> Error {
    Error::new(Id::MemberNotexists, "there is no such subscriber")
}
