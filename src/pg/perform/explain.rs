//! `member_explain`: whom each identifier of a request means, which rule decides, and what would follow.

use crate::domain::address::{AddrType, Address};
use crate::domain::error::{Error, Id, Result};
use crate::domain::head::{Attach, Head as Name, HeadRule, Owner, Person, Planner};
use crate::domain::json::{EMPTY_OBJECT, Node, Value};
use crate::domain::member::head::MergeRequest;
use crate::domain::member::set::SetRequest;
use crate::domain::member::target::{Kind, Target};
use crate::domain::reply::{problems, reply};
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::newbie::Letters;
use crate::pg::perform::set::{Source, Work};
use crate::pg::perform::set_heads::{self, in_item};
use crate::pg::perform::{lock, obj, passage, people, resolve};
use crate::pg::spi::Session;
use crate::pg::store::address::Known;

/// Explains a request of `member.set` or, if it has a `head`, of `member.merge`:
/// `{"email": card, "list": [card], "steps", "errors"?, "warnings"?}`. A card is `{"sent", "email", "addr_type", "id",
/// "dataset", "heads", "case", "rule"}`; of an identifier that cannot be read it has `"error"` instead.
///
/// Errors: those of reading the request.
pub fn explain(session: &Session, request: Value) -> Result<Encoded> {
    let limits = guc::limits();
    if request.as_object().map(|object| object.get("head")).transpose()?.flatten().is_some() {
        let request = MergeRequest::read(request, &limits)?;
        let mut scene = Scene::new(session, &request.named.email, request.named.kind, request.named.warnings)?;
        let asked = scene.ask(&request.head, request.head_kind)?;
        scene.explain(&[(asked, Decider::Merge(request.rule))], |planner, _, head| {
            planner.merge(head, request.rule, &request.data_rule)
        })
    } else {
        let written = obj::written(session, request, &guc::now()?)?;
        let mut request = SetRequest { dry_run: true, ..SetRequest::read(request, written.as_ref(), &limits)? };
        let mut scene = Scene::new(session, &request.email, request.kind, std::mem::take(&mut request.warnings))?;
        scene.foresee(&request);
        let mut asked = Vec::with_capacity(request.attach.len());
        for item in &request.attach {
            asked.push((scene.ask(&item.head, item.kind)?, Decider::Item(item)));
        }
        scene.explain(&asked, |planner, index, head| {
            let attached = request.attach.get(index).map_or(Ok(()), |item| planner.attach(index, head, item));
            attached.map_err(|error| in_item(index, error))
        })
    }
}

/// What decides about an identifier.
enum Decider<'a> {
    Item(&'a Attach<'a>),
    Merge(HeadRule),
}

impl Decider<'_> {
    /// The rule that applies, by who owns the identifier; none for one that the receiver has already.
    fn rule(&self, owner: Owner) -> Option<&'static str> {
        match (self, owner) {
            (Decider::Item(_), Owner::Receiver) => None,
            (Decider::Item(item), Owner::Other(_, true)) => Some(item.rules.multi.as_str()),
            (Decider::Item(item), Owner::Other(_, false)) => Some(item.rules.single.as_str()),
            (Decider::Item(item), Owner::Nobody) => Some(item.rules.newbie.as_str()),
            (Decider::Merge(rule), Owner::Other(..)) => Some(rule.as_str()),
            (Decider::Merge(_), _) => None,
        }
    }
}

/// An identifier of the request, as far as it could be read.
struct Asked {
    sent: String,
    found: Result<(Target, Option<Known>)>,
}

struct Scene<'s> {
    session: &'s Session,
    receiver: Asked,
    /// The receiver as `member.set` makes it, and how that is shown.
    foreseen: Option<Result<(Person, Vec<Node<'s>>)>>,
    warnings: Vec<Error>,
}

impl<'s> Scene<'s> {
    fn new(session: &'s Session, sent: &str, kind: Kind, warnings: Vec<Error>) -> Result<Scene<'s>> {
        let receiver = Asked { sent: String::new(), found: Err(nobody()) };
        let mut scene = Scene { session, receiver, foreseen: None, warnings };
        scene.receiver = scene.ask(sent, kind)?;
        Ok(scene)
    }

    /// What `member.set` makes of the receiver before it attaches anything.
    fn foresee(&mut self, request: &SetRequest) {
        let Ok((target, known)) = &self.receiver.found else { return };
        let foreseen = || {
            let source = Source::find(self.session, &request.copy)?;
            let (limits, now) = (guc::limits(), guc::now()?);
            let (letters, passage) = (Letters::default(), passage::asked(request.passage));
            let work = Work { session: self.session, request, source, limits, now, letters: &letters, passage };
            set_heads::foresee(&work, target, known.as_ref())
        };
        self.foreseen = Some(foreseen());
    }

    /// Reads an identifier and looks it up.
    fn ask(&mut self, sent: &str, kind: Kind) -> Result<Asked> {
        let found = match resolve::target(self.session, sent, kind, &mut self.warnings) {
            Ok(target) => {
                let known = lock::look(self.session, std::slice::from_ref(&target))?.pop().flatten();
                Ok((target, known))
            }
            Err(error) => Err(error),
        };
        Ok(Asked { sent: sent.to_owned(), found })
    }

    fn explain(
        mut self,
        asked: &[(Asked, Decider)],
        plan: impl Fn(&mut Planner, usize, &Name) -> Result<()>,
    ) -> Result<Encoded> {
        let (limits, now) = (guc::limits(), guc::now()?);
        let mut errors: Vec<Error> = Vec::new();
        let mut people = self.people(asked)?;
        let receiver = card(&self.receiver, Some(Owner::Receiver), None, &people);
        let mut own_steps = Vec::new();
        match self.foreseen.take() {
            Some(Ok((person, steps))) => {
                own_steps = steps;
                if let Some(first) = people.first_mut() {
                    *first = person;
                }
            }
            Some(Err(error)) => errors.push(error),
            None => {}
        }
        let named = name(&self.receiver);
        let guard = people::guard(self.session)?;
        // Nothing is planned for an identifier that cannot be read; the planner wants one all the same.
        let someone = Name { id: None, address: Address { addr_type: AddrType::Email, value: String::new() } };
        let mut planner = Planner::new(people, named.as_ref().cloned().unwrap_or(someone), guard, &limits, &now);
        if errors.is_empty() {
            errors.extend(named.err());
        }
        let mut cards = Vec::with_capacity(asked.len());
        for (index, (asked, decider)) in asked.iter().enumerate() {
            let head = name(asked);
            let owner = head.as_ref().ok().map(|head| planner.owner(head));
            cards.push(card(asked, owner, owner.and_then(|owner| decider.rule(owner)), planner.people()));
            if errors.is_empty() {
                errors.extend(head.and_then(|head| plan(&mut planner, index, &head)).err());
            }
        }
        let plan = planner.finish();
        let steps = own_steps.into_iter().chain(plan.steps.iter().map(|step| step.shown(&plan.people)));
        let steps: Vec<Node> = if errors.is_empty() { steps.collect() } else { Vec::new() };
        let mut keys = vec![("email", receiver), ("list", Node::array(cards)), ("steps", Node::array(steps))];
        if !errors.is_empty() {
            keys.push(("errors", problems(&errors)));
        }
        self.warnings.extend(plan.warnings.iter().cloned());
        Encoded::new(&reply(keys, &self.warnings))
    }

    /// Everybody concerned, the receiver first; one who does not exist yet has the identifier alone.
    fn people(&self, asked: &[(Asked, Decider)]) -> Result<Vec<Person>> {
        let mut people = Vec::new();
        let known = |asked: &Asked| asked.found.as_ref().ok().and_then(|(_, known)| known.clone());
        people::add_owners(self.session, &mut people, &[known(&self.receiver)])?;
        if people.is_empty() {
            let heads = name(&self.receiver).into_iter().collect();
            people.push(Person::new(None, 0, EMPTY_OBJECT.to_vec(), heads));
        }
        let others: Vec<Option<Known>> = asked.iter().map(|(asked, _)| known(asked)).collect();
        people::add_owners(self.session, &mut people, &others)?;
        Ok(people)
    }
}

/// An identifier as a plan names it. Errors: what is wrong with it, `error/member/notexists` for an unknown number.
fn name(asked: &Asked) -> Result<Name> {
    match &asked.found {
        Ok((_, Some(known))) => Ok(people::head_of(known)),
        Ok((Target::Address(address), None)) => Ok(Name { id: None, address: address.clone() }),
        Ok(_) => Err(nobody()),
        Err(error) => Err(error.clone()),
    }
}

fn card<'n>(asked: &Asked, owner: Option<Owner>, rule: Option<&'static str>, people: &[Person]) -> Node<'n> {
    let mut keys = vec![("sent", Node::from(asked.sent.clone()))];
    match name(asked) {
        Err(error) => keys.push(("error", problems(&[error]))),
        Ok(head) => {
            let person = people.iter().find(|person| person.exists && person.has(&head.address));
            let dataset = person.and_then(|person| person.dataset);
            keys.push(("email", Node::from(head.address.value.clone())));
            keys.push(("addr_type", Node::from(head.address.addr_type.as_str())));
            keys.push(("id", Node::from(head.id)));
            keys.push(("dataset", Node::from(dataset)));
            let heads = if dataset.is_some() { person.map_or(0, |person| person.heads.len()) } else { 0 };
            keys.push(("heads", Node::from(i64::try_from(heads).unwrap_or(i64::MAX))));
            keys.push(("case", Node::from(case(owner, heads))));
            keys.push(("rule", Node::from(rule)));
        }
    }
    Node::object(keys)
}

/// Who owns an identifier, in the words of `head_rule`; `own` is a head of the receiver.
fn case(owner: Option<Owner>, heads: usize) -> &'static str {
    match owner {
        Some(Owner::Receiver) if heads == 0 => "newbie",
        Some(Owner::Receiver) => "own",
        Some(Owner::Other(_, true)) => "multi",
        Some(Owner::Other(_, false)) => "single",
        Some(Owner::Nobody) | None => "newbie",
    }
}

#[cold]
fn nobody() -> Error {
    Error::new(Id::MemberNotexists, "no subscriber has this number")
}
