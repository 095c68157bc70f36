//! `auto_group`: the list group that a call makes or fills (members.md 10.2 and 11.2).

use crate::domain::error::{Error, Result};
use crate::domain::json::Value;
use crate::domain::request::Request;

/// A list group that is made where it is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AutoGroup<'a> {
    /// Its code; a standard one where there is none.
    pub id: Option<&'a str>,
    /// Its name, if it is made; a standard one where there is none.
    pub name: Option<&'a str>,
}

impl<'a> AutoGroup<'a> {
    /// Reads `auto_group {id?, name?}`; an empty text is none. Errors: `error/param/wrong`.
    pub fn read(request: &Request<'a>) -> Result<Option<AutoGroup<'a>>> {
        let Some(given) = request.object("auto_group")? else { return Ok(None) };
        let given = Request::open(Value::Object(given), &["id", "name"], &[])?;
        let text = |name| Ok::<_, Error>(given.text(name)?.filter(|text| !text.is_empty()));
        Ok(Some(AutoGroup { id: text("id")?, name: text("name")? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Id;
    use crate::domain::json::{parse, root};

    #[test]
    fn what_is_empty_is_standard() {
        let read = |text: &str| {
            let bytes = parse(text).unwrap();
            let found = AutoGroup::read(&Request::open(root(&bytes).unwrap(), &["auto_group"], &[]).unwrap());
            let owned = |text: Option<&str>| text.map(str::to_owned);
            found.map(|group| group.map(|group| (owned(group.id), owned(group.name)))).map_err(|error| error.id)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read("{}"), Ok(None));
        assert_eq!(read(r#"{"auto_group": {}}"#), Ok(Some((None, None))));
        assert_eq!(read(r#"{"auto_group": {"id": "", "name": "New"}}"#), Ok(Some((None, some("New")))));
        assert_eq!(read(r#"{"auto_group": {"id": "bad", "name": ""}}"#), Ok(Some((some("bad"), None))));
        assert_eq!(read(r#"{"auto_group": {"id": 7}}"#), Err(Id::ParamWrong));
        assert_eq!(read(r#"{"auto_group": "bad"}"#), Err(Id::ParamWrong));
    }
}
