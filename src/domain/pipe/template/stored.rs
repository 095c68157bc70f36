//! Rendering with stored documents.

use super::form::Form;
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::Value;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::failure::{Code, Failure};
use crate::domain::pipe::scope::Scope;

/// A template with a scope whose keys are the names of roots, as jsonb.
///
/// Errors: `error/template/missing`, `error/template/scope`, `error/template/limit`, `error/json/corrupt`, and
/// `error/json/syntax` where the scope or what comes out is too deep.
pub fn render(form: &Form, scope: Value) -> Result<Vec<u8>> {
    let scope = Scope::read(Data::open(scope)?)?;
    form.render(&scope).map_err(refusal)?.stored()
}

fn refusal(failure: Failure) -> Error {
    let id = if failure.code == Code::Limit as i64 { Id::TemplateLimit } else { Id::TemplateMissing };
    Error::new(id, failure.message)
}
