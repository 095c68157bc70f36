//! An entity: an object in an outside system that a channel lists, loads, makes, changes, deletes
//! (pipelines-and-hooks.md 6.4).

use super::data::Data;
use super::field::{Form, is_shortname};
use super::form::Around;
use super::graph::Graph;
use super::kind::Kind;
use super::machine::Ending;
use super::problem::{Level, Problem, refusal};
use crate::domain::error::{Error, Id, Result};
use crate::domain::hook::Section;
use crate::domain::json::Value;
use crate::domain::request::Request;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The parameters; the first is the caller's.
const KNOWN: &[&str] =
    &["channel", "shortname", "name", "description", "fields", "primary_field", "preview_field", "operations"];

/// The longest name and description, in bytes.
const LONGEST_NAME: usize = 200;
const LONGEST_TEXT: usize = 4000;

/// What can be done with an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OperationName {
    /// Answers a list.
    List,
    /// Answers an object.
    Get,
    /// Makes one and answers it.
    Create,
    /// Changes one and answers it.
    Update,
    /// Answers nothing.
    Delete,
}

impl OperationName {
    /// Every operation by its name.
    pub const ALL: [(&'static str, OperationName); 5] = [
        ("list", OperationName::List),
        ("get", OperationName::Get),
        ("create", OperationName::Create),
        ("update", OperationName::Update),
        ("delete", OperationName::Delete),
    ];

    /// The operation of this name. Errors: `error/entity/operation`.
    pub fn parse(name: &str) -> Result<OperationName> {
        let known = OperationName::ALL.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation);
        known.ok_or_else(|| Error::new(Id::EntityOperation, "there is no operation of this name"))
    }
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What is asked before it begins: fields of `$in`.
    pub input: Form,
    /// Its pipes, as they were given.
    pub pipes: Data,
    /// Its pipes as they run.
    pub graph: Arc<Graph>,
}

/// A valid entity.
#[derive(Clone, Debug)]
pub struct Entity {
    /// The name that templates and calls know it by.
    pub shortname: String,
    name: String,
    description: Option<String>,
    /// What its records hold.
    pub fields: Form,
    primary_field: Option<String>,
    preview_field: Option<String>,
    /// What can be done with it.
    pub operations: BTreeMap<OperationName, Operation>,
}

impl Entity {
    /// Reads a request. With `before` it is an edit: what is not given keeps its value, each operation by itself. Gives
    /// the warnings, and those of its pipelines.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`, `error/channel/field`, `error/entity/field`,
    /// `error/entity/operation`, `error/pipeline/invalid` with all that is wrong in its operations.
    pub fn read(
        request: Value,
        before: Option<&Entity>,
        around: &Around,
    ) -> Result<(Entity, Vec<Error>, Vec<Problem>)> {
        let mut warnings = Request::open(request, KNOWN, &[])?.warnings;
        let object = request.as_object().unwrap_or_default();
        let section = Section::new("", object, &mut warnings);
        let shortname = section.checked_text(
            "shortname",
            before.map(|entity| entity.shortname.as_str()),
            is_shortname,
            "at most 64 small letters, digits and underscores that begin with a letter",
        )?;
        let name = section.text("name", before.map(|entity| entity.name.as_str()), LONGEST_NAME)?;
        let description = section.checked_text(
            "description",
            before.and_then(|entity| entity.description.as_deref()),
            |text| text.len() <= LONGEST_TEXT,
            "a text of at most 4000 bytes",
        )?;
        let primary = before.and_then(|entity| entity.primary_field.as_deref());
        let preview = before.and_then(|entity| entity.preview_field.as_deref());
        let (operations, problems) = read_operations(&section, before, around)?;
        let entity = Entity {
            shortname: section.required("shortname", shortname)?,
            name: section.required("name", name)?,
            description,
            fields: read_form(&section, "fields", before.map(|entity| &entity.fields))?,
            primary_field: section.checked_text("primary_field", primary, is_shortname, "the name of a field")?,
            preview_field: section.checked_text("preview_field", preview, is_shortname, "the name of a field")?,
            operations,
        };
        entity.check()?;
        Ok((entity, warnings, problems))
    }

    /// Opens an entity as it is kept. Errors: those of a damaged row.
    pub fn open(stored: Value, around: &Around) -> Result<Entity> {
        Entity::read(stored, None, around).map(|(entity, _, _)| entity)
    }

    fn check(&self) -> Result<()> {
        for (key, name) in [("primary_field", &self.primary_field), ("preview_field", &self.preview_field)] {
            if name.as_ref().is_some_and(|name| self.fields.field(name).is_none()) {
                return Err(Error::new(Id::EntityField, format!("{key} names no field of the entity")));
            }
        }
        Ok(())
    }

    /// The operation of this name. Errors: `error/entity/operation`.
    pub fn operation(&self, name: OperationName) -> Result<&Operation> {
        let missing = || Error::new(Id::EntityOperation, "the entity does not have this operation");
        self.operations.get(&name).ok_or_else(missing)
    }

    /// What an operation may answer.
    pub fn answers(&self, name: OperationName) -> Answers {
        Answers { name, fields: self.fields.clone() }
    }

    /// The object as it is kept and shown.
    pub fn document(&self) -> Data {
        let text = |text: Option<&String>| text.map_or(Data::Null, |text| Data::from(text.as_str()));
        let operations = OperationName::ALL.into_iter().filter_map(|(name, operation)| {
            let Operation { input, pipes, .. } = self.operations.get(&operation)?;
            Some((name, Data::object([("input", input.document.clone()), ("pipes", pipes.clone())])))
        });
        Data::object([
            ("shortname", Data::from(self.shortname.as_str())),
            ("name", Data::from(self.name.as_str())),
            ("description", text(self.description.as_ref())),
            ("fields", self.fields.document.clone()),
            ("primary_field", text(self.primary_field.as_ref())),
            ("preview_field", text(self.preview_field.as_ref())),
            ("operations", Data::object(operations)),
        ])
    }
}

/// What an operation may answer: a list answers records of the entity, delete nothing, the others one record. A record has
/// values of the entity's fields, not of all of them, and may have more.
#[derive(Clone, Debug)]
pub struct Answers {
    name: OperationName,
    fields: Form,
}

impl Answers {
    /// The ending of a run with an answer of another form refused: 500, `error/entity/answer`.
    pub fn check(&self, ending: Ending) -> Ending {
        let Ending::Done(answer) = ending else { return ending };
        match self.checked(answer) {
            Ok(answer) => Ending::Done(answer),
            Err(error) => Ending::Refused { code: 500, message: error.to_string() },
        }
    }

    fn checked(&self, answer: Option<Data>) -> Result<Option<Data>> {
        match (self.name, &answer) {
            (OperationName::Delete, None | Some(Data::Null)) => return Ok(Some(Data::Null)),
            (OperationName::Delete, Some(_)) => return Err(wrong("delete answers nothing")),
            // Said as what it is: no result.
            (_, None) => {}
            (OperationName::List, Some(Data::List(records))) => {
                records.iter().try_for_each(|record| self.record(record))?
            }
            (OperationName::List, Some(_)) => return Err(wrong("list answers a list of objects")),
            (_, Some(record)) => self.record(record)?,
        }
        Ok(answer)
    }

    fn record(&self, record: &Data) -> Result<()> {
        match record {
            Data::Object(values) => self.fields.check(values).map_err(|error| wrong(&error.explain)),
            other => Err(wrong(&format!("a record is an object, not {}", other.kind()))),
        }
    }
}

fn wrong(explain: &str) -> Error {
    Error::new(Id::EntityAnswer, explain)
}

fn read_form(section: &Section, key: &str, before: Option<&Form>) -> Result<Form> {
    match section.value(key)? {
        None => Ok(before.cloned().unwrap_or_default()),
        Some(value) => Form::read(key, &Data::open(value)?),
    }
}

/// The operations: those that are given take the place of what was there, null takes one away. What is wrong with any of
/// them is said of all at once.
fn read_operations(
    section: &Section,
    before: Option<&Entity>,
    around: &Around,
) -> Result<(BTreeMap<OperationName, Operation>, Vec<Problem>)> {
    let mut operations = before.map(|entity| entity.operations.clone()).unwrap_or_default();
    let mut problems = Vec::new();
    let given = match section.value("operations")? {
        None => return Ok((operations, problems)),
        Some(value) => Data::open(value)?,
    };
    let Data::Object(given) = given else {
        return Err(Error::new(Id::EntityOperation, "operations must be an object"));
    };
    for (name, operation) in &given {
        let key = OperationName::parse(name)?;
        operations.remove(&key);
        if *operation != Data::Null {
            operations.extend(read_operation(name, operation, around, &mut problems)?.map(|read| (key, read)));
        }
    }
    match refusal(&problems) {
        Some(refused) => Err(refused),
        None => Ok((operations, problems)),
    }
}

fn read_operation(
    name: &str,
    operation: &Data,
    around: &Around,
    problems: &mut Vec<Problem>,
) -> Result<Option<Operation>> {
    let Data::Object(pairs) = operation else {
        return Err(Error::new(Id::EntityOperation, format!("{name} must be an object of input and pipes")));
    };
    let input = Form::read(&format!("input of {name}"), pairs.get("input").unwrap_or(&Data::Null))?;
    let pipes = pairs.get("pipes").cloned().unwrap_or_default();
    let (graph, found) = Graph::check(Kind::Operation, &pipes, around);
    let unknown = pairs.keys().filter(|key| !["input", "pipes"].contains(&key.as_str())).map(|key| Problem {
        level: Level::Warning,
        pipe: None,
        id: Id::PipelineUnknown,
        explain: format!("{key} is not known"),
    });
    let named = |problem: Problem| Problem { explain: format!("{name}: {}", problem.explain), ..problem };
    problems.extend(unknown.chain(found).map(named));
    Ok(graph.map(|graph| Operation { input, pipes, graph: Arc::new(graph) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What becomes of an answer of an operation of an entity with the fields `id`, a number, and `name`, a text.
    fn checked(operation: &str, answer: Option<serde_json::Value>) -> std::result::Result<Option<Data>, String> {
        let fields =
            Data::from_json(json!([{"type": "int", "shortname": "id"}, {"type": "string", "shortname": "name"}]));
        let fields = Form::read("fields", &fields).unwrap();
        let answers = Answers { name: OperationName::parse(operation).unwrap(), fields };
        match answers.check(Ending::Done(answer.map(Data::from_json))) {
            Ending::Done(answer) => Ok(answer),
            Ending::Refused { code, message } => Err(format!("{code} {message}")),
            Ending::Failed { failure, .. } => Err(failure.message),
            Ending::Stopped => Err("stopped".to_owned()),
        }
    }

    #[test]
    fn each_operation_answers_in_its_form() {
        for (operation, answer) in [
            ("list", json!([{"id": 1}, {"id": 2, "name": "b", "more": []}])),
            ("list", json!([])),
            ("get", json!({"id": 1, "name": null})),
            ("create", json!({})),
            ("update", json!({"more": {"a": 1}})),
            ("delete", json!(null)),
        ] {
            assert_eq!(checked(operation, Some(answer.clone())), Ok(Some(Data::from_json(answer))), "{operation}");
        }
        assert_eq!(checked("delete", None), Ok(Some(Data::Null)));
        assert_eq!(checked("get", None), Ok(None));
    }

    #[test]
    fn an_answer_of_another_form_is_refused_by_name() {
        for (operation, answer, refusal) in [
            ("list", json!({"id": 1}), "500 error/entity/answer: list answers a list of objects"),
            ("list", json!([{"id": 1}, 2]), "500 error/entity/answer: a record is an object, not a number"),
            ("list", json!([{"id": "x"}]), "500 error/entity/answer: id must be a whole number"),
            ("get", json!([{"id": 1}]), "500 error/entity/answer: a record is an object, not a list"),
            ("update", json!({"name": 5}), "500 error/entity/answer: name must be a text"),
            ("delete", json!({}), "500 error/entity/answer: delete answers nothing"),
        ] {
            assert_eq!(checked(operation, Some(answer)), Err(refusal.to_owned()), "{operation}");
        }
    }
}
