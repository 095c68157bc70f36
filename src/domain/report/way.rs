//! `result`: how a call returns its answer (members.md 4.3).

use super::file::{File, Format};
use crate::domain::error::{Error, Id, Result};
use crate::domain::json::{Object, Value};
use crate::domain::request::{Request, wrong};
use url::Url;

/// How an answer is returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// In the reply.
    Reply,
    /// As a report that a track makes.
    Report {
        /// The report that its rows are added to, instead of one of its own.
        append: Option<i64>,
        /// The files that it is sent as.
        files: Vec<File>,
    },
}

impl Returned {
    /// Reads `result`: `response`, which is what its absence means too, `save`, an object of `type` `response`, `save`,
    /// `url_file` or `append`, or a list of such.
    ///
    /// Errors: `error/result/unsupported` for other ways, `error/param/wrong`.
    pub fn read(request: &Request) -> Result<Returned> {
        let mut ways = Ways::default();
        match request.value("result")? {
            None => ways.reply = true,
            Some(Value::Array(list)) => list.iter().try_for_each(|item| ways.add(item?))?,
            Some(one) => ways.add(one)?,
        }
        let Ways { reply, save, append, files } = ways;
        match (reply, save || append.is_some() || !files.is_empty()) {
            (true, true) => Err(wrong("result", "response alone, or ways that keep a report")),
            (_, false) => Ok(Returned::Reply),
            (false, true) => Ok(Returned::Report { append, files }),
        }
    }
}

/// The ways that a request names.
#[derive(Default)]
struct Ways {
    reply: bool,
    save: bool,
    append: Option<i64>,
    files: Vec<File>,
}

impl Ways {
    fn add(&mut self, way: Value) -> Result<()> {
        let (name, options) = match way {
            Value::String(name) => (name, None),
            Value::Object(way) => {
                let name = way.get("type")?.and_then(|name| name.as_str());
                (name.ok_or_else(|| wrong("result", "a word, an object with a type, or a list of such"))?, Some(way))
            }
            _ => return Err(wrong("result", "a word, an object with a type, or a list of such")),
        };
        match (name, options) {
            ("" | "response", _) => self.reply = true,
            ("save", _) => self.save = true,
            ("append", Some(way)) => {
                let report = way.get("id")?.and_then(|id| id.as_i64());
                self.append = Some(report.ok_or_else(|| wrong("result", "append with the id of a report"))?);
            }
            ("url_file", Some(way)) => self.files.push(file(way)?),
            _ => return Err(unsupported(name)),
        }
        Ok(())
    }
}

/// `{"type": "url_file", "to", "filename"?, "format"?, "utf8"?}`.
fn file(way: Object) -> Result<File> {
    let text = |name: &str| match way.get(name)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(&format!("result.{name}"), "a text")),
    };
    let format = match text("format")? {
        None | Some("") => Format::Csv,
        Some(name) => Format::parse(name).ok_or_else(|| wrong("result.format", "csv, xlsx or json"))?,
    };
    if matches!(way.get("utf8")?, Some(off) if off.as_i64() == Some(0) || off.as_str() == Some("0")) {
        return Err(unsupported("utf8: 0"));
    }
    let to = text("to")?.ok_or_else(|| Error::new(Id::ParamMissing, "result.to"))?;
    let url = Url::parse(to).map_err(|_| wrong("result.to", "an address of http or https"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unsupported(url.scheme()));
    }
    let name = text("filename")?.filter(|name| !name.is_empty());
    let name = name.map_or_else(|| format!("report.{}", format.as_str()), str::to_owned);
    if name.chars().any(|letter| letter.is_control() || matches!(letter, '"' | '\\' | '/')) {
        return Err(wrong("result.filename", "a name without quotes, slashes and control characters"));
    }
    Ok(File { to: to.to_owned(), name, format })
}

#[cold]
fn unsupported(name: &str) -> Error {
    let supported = "response, save, append, and url_file to http and https";
    Error::new(Id::ResultUnsupported, format!("{name}: supported are {supported}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{parse, root};

    fn read(result: &str) -> Result<Returned> {
        let bytes = parse(&format!("{{\"result\": {result}}}")).unwrap();
        Returned::read(&Request::open(root(&bytes).unwrap(), &["result"], &[]).unwrap())
    }

    fn sent(to: &str, name: &str, format: Format) -> File {
        File { to: to.into(), name: name.into(), format }
    }

    #[test]
    fn an_answer_is_a_reply_or_a_report() {
        for reply in ["null", "\"\"", "\"response\"", "[]", r#"["response"]"#, r#"{"type": "response"}"#] {
            assert_eq!(read(reply), Ok(Returned::Reply), "{reply}");
        }
        for kept in ["\"save\"", r#"["save"]"#, r#"{"type": "save"}"#] {
            assert_eq!(read(kept), Ok(Returned::Report { append: None, files: vec![] }), "{kept}");
        }
        let appended = Returned::Report { append: Some(7), files: vec![] };
        assert_eq!(read(r#"{"type": "append", "id": 7}"#), Ok(appended));
    }

    #[test]
    fn a_file_has_a_target_a_name_and_a_format() {
        let all = r#"["save", {"type": "url_file", "to": "https://crm.example.com/in?k=1", "filename": "a b.xlsx", "format": "xlsx", "utf8": "1"},
                      {"type": "url_file", "to": "http://crm.example.com"}]"#;
        let files = vec![
            sent("https://crm.example.com/in?k=1", "a b.xlsx", Format::Xlsx),
            sent("http://crm.example.com", "report.csv", Format::Csv),
        ];
        assert_eq!(read(all), Ok(Returned::Report { append: None, files }));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (result, id, explain) in [
            ("\"email\"", Id::ResultUnsupported, "email: supported are response"),
            (r#"{"type": "url_file", "to": "ftp://example.com/x"}"#, Id::ResultUnsupported, "ftp: supported"),
            (r#"{"type": "url_file", "to": "rfs://report/x"}"#, Id::ResultUnsupported, "rfs: supported"),
            (r#"{"type": "url_file", "to": "https://a", "utf8": 0}"#, Id::ResultUnsupported, "utf8: 0: supported"),
            ("\"url_file\"", Id::ResultUnsupported, "url_file: supported"),
            (r#"{"type": "url_file"}"#, Id::ParamMissing, "result.to"),
            (r#"{"type": "url_file", "to": "nowhere"}"#, Id::ParamWrong, "result.to must be"),
            (r#"{"type": "url_file", "to": "https://a", "format": "pdf"}"#, Id::ParamWrong, "result.format must be"),
            (r#"{"type": "url_file", "to": "https://a", "filename": "a\"b"}"#, Id::ParamWrong, "result.filename must"),
            (r#"{"type": "append"}"#, Id::ParamWrong, "result must be append"),
            (r#"["save", "response"]"#, Id::ParamWrong, "result must be response alone"),
            ("1", Id::ParamWrong, "result must be a word"),
            ("{}", Id::ParamWrong, "result must be a word"),
        ] {
            let error = read(result).unwrap_err();
            assert_eq!(error.id, id, "{result}");
            assert!(error.explain.starts_with(explain), "{result}: {}", error.explain);
        }
    }
}
