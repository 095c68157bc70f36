//! The parts of a `multipart/form-data` (RFC 7578), files fetched.

use super::Reach;
use super::failure::Failure;
use super::request::Part;
use super::requests::{fetch, parse_url};
use reqwest::Client;
use reqwest::multipart::{self, Form};
use std::time::Duration;
use tokio::time::Instant;

/// What fetching keeps to.
pub(super) struct Bounds<'a> {
    pub client: &'a Client,
    pub reach: &'a Reach,
    /// The most octets of a file.
    pub room: usize,
    pub timeout: Duration,
    pub end: Instant,
}

/// A form of these parts. Failures: `settings`, `too_large`, those of a request; `broken` for a file that is not there.
pub(super) async fn form(parts: &[(String, Part)], bounds: &Bounds<'_>) -> Result<Form, Failure> {
    let mut form = Form::new().percent_encode_noop();
    for (name, part) in parts {
        let part = match part {
            Part::Text(text) => multipart::Part::text(text.clone()),
            Part::File { name, mime, size, url } => {
                if size.is_some_and(|size| size > bounds.room as u64) {
                    return Err(too_large(bounds.room));
                }
                let mime = mime.as_deref().filter(|mime| !mime.is_empty()).unwrap_or("application/octet-stream");
                let part = multipart::Part::bytes(file(url, bounds).await?).file_name(quotable(name));
                part.mime_str(mime).map_err(|_| Failure::settings("the mime of a file is none"))?
            }
        };
        form = form.part(quotable(name), part);
    }
    Ok(form)
}

async fn file(url: &str, bounds: &Bounds<'_>) -> Result<Vec<u8>, Failure> {
    let url = parse_url(url, bounds.reach)?;
    let (status, _, body) = fetch(bounds.client.get(url), bounds.room, bounds.end, bounds.timeout).await?;
    if status.is_success() { Ok(body) } else { Err(Failure::again("broken", format!("a file: status {status}"))) }
}

pub(super) fn too_large(room: usize) -> Failure {
    Failure::stop("too_large", format!("more than {room} octets"))
}

/// A name that can stand in quotes, written as browsers do (HTML, multipart/form-data encoding algorithm): a line break
/// would begin another header.
fn quotable(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
