//! `template_render`, `jsonql`: the languages of pipelines on any jsonb (pipelines-and-hooks.md 3.9 and 4).

use crate::domain::error::{Error, Id, Result};
use crate::domain::json;
use crate::domain::pipe::data::Data;
use crate::domain::pipe::jsonql::Query;
use crate::domain::pipe::template::{self, Form};
use crate::pg::boundary::{Answer, Call, sql_function};
use crate::pg::call_site;
use crate::pg::jsonb;

sql_function! { template_render => render }
sql_function! { jsonql => ask }

fn render(call: &Call) -> Result<Answer> {
    let (Some(written), Some(scope)) = (call.jsonb(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    let read = || {
        let form = Form::parse(&Data::open(json::root(written)?)?);
        let form = form.map_err(|problem| Error::new(Id::TemplateSyntax, problem.explain))?;
        Ok((Box::<[u8]>::from(written), form))
    };
    let (kept, _) = call_site::kept(call, |kept: &(Box<[u8]>, Form)| *kept.0 == *written, read)?;
    let rendered = template::render(&kept.1, json::root(scope)?)?;
    Ok(Answer::Datum(jsonb::varlena_datum(&rendered)))
}

fn ask(call: &Call) -> Result<Answer> {
    let (Some(written), Some(document)) = (call.text(0), call.jsonb(1)) else { return Ok(Answer::Null) };
    let read = || {
        let query = Query::parse(written).map_err(|problem| Error::new(Id::JsonqlSyntax, problem.explain))?;
        Ok((Box::<str>::from(written), query))
    };
    let (kept, _) = call_site::kept(call, |kept: &(Box<str>, Query)| *kept.0 == *written, read)?;
    kept.1.holds(json::root(document)?).map(Answer::truth)
}
