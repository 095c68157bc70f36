//! `member.merge`: the data of two subscribers become one (members.md 7.4).

use crate::domain::error::Result;
use crate::domain::head::{RECEIVER, Step};
use crate::domain::json::{self, Node, Value};
use crate::domain::member::head::MergeRequest;
use crate::pg::guc;
use crate::pg::jsonb::Encoded;
use crate::pg::perform::carry_out::{Arriving, By, carry_out};
use crate::pg::perform::heads::{done, not_exists, shown};
use crate::pg::perform::stage::Stage;
use crate::pg::perform::subject;
use crate::pg::spi::Session;

/// Performs a request: `{"member", "source_deleted", "datakey"?}`.
///
/// Errors: those of reading it, `error/member/notexists`, `error/member/head/same`, those of the plan.
pub fn merge(session: &Session, request: Value) -> Result<Encoded> {
    let request = MergeRequest::read(request, &guc::limits())?;
    let stage = Stage::between(session, &request.named, Some((&request.head, request.head_kind)))?;
    let source = stage.known.get(1).and_then(Option::as_ref).and_then(|known| known.owner);
    source.ok_or_else(not_exists)?;
    let mut planner = stage.planner(session)?;
    planner.merge(&stage.other()?, request.rule, &request.data_rule)?;
    let plan = planner.finish();
    if stage.dry_run {
        return Encoded::new(&shown(&plan, Vec::new(), &stage.warnings)?);
    }
    carry_out(session, &plan, &By { call: "member_merge", host: None, undoes: None }, Arriving::default())?;
    stage.keep();
    let is_gone = plan.steps.iter().any(|step| matches!(step, Step::Retire { .. }));
    let mut keys = vec![("source_deleted", Node::from(i64::from(is_gone)))];
    let receiver = plan.people.get(RECEIVER).and_then(|person| person.dataset);
    let everything = match (request.fresh, receiver, plan.named.id) {
        (true, Some(dataset), Some(id)) => subject::everything(session, dataset, id)?,
        _ => None,
    };
    if let Some(everything) = &everything {
        keys.push(("datakey", Node::from(json::root(everything.bytes())?)));
    }
    Encoded::new(&done(&plan, keys, &stage.warnings))
}
