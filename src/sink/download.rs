//! Fetching data that are to be imported, into a file: they may be larger than memory (members.md 10.2).

use super::Reach;
use super::failure::Failure;
use super::requests::parse_url;
use super::wire;
use crate::domain::error::{Error, Id};
use crate::domain::import::place::{Places, ending};
use crate::domain::json;
use reqwest::header::LOCATION;
use reqwest::{Client, Response, Url};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// How many redirects are followed.
const REDIRECTS: usize = 5;
/// How long it may take in all, however steadily octets come.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// The largest `request.json`, in octets.
const REQUEST_MAX: usize = 128 << 10;
/// How much is written at once.
const STEP: usize = 1 << 20;

/// What is to be fetched.
#[derive(Clone, Debug)]
pub struct Download {
    /// The address.
    pub url: Url,
    /// The file that is written; it must not exist.
    pub file: PathBuf,
    /// The most octets that are taken.
    pub room: u64,
    /// How long the server may be silent.
    pub silence: Duration,
    /// How often it is tried.
    pub tries: u32,
    /// How long it is waited between.
    pub pause: Duration,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Parameters that lay beside the data, as JSON text: one object.
    pub request: Option<String>,
}

impl Download {
    /// Fetches, as often as it may be tried.
    ///
    /// Errors: `error/import/url`, `error/import/request`, `error/import/toolarge`.
    pub async fn fetch(&self, reach: &Reach) -> Result<Fetched, Error> {
        let mut left = self.tries;
        loop {
            left = left.saturating_sub(1);
            match timeout(LONGEST, self.attempt(reach)).await {
                Ok(Ok(fetched)) => return Ok(fetched),
                Ok(Err(error)) if left == 0 || error.id == Id::ImportToolarge => return Err(error),
                Err(_) if left == 0 => return Err(refused(&Failure::timeout(LONGEST, "no complete answer"))),
                _ => sleep(self.pause).await,
            }
        }
    }

    async fn attempt(&self, reach: &Reach) -> Result<Fetched, Error> {
        let client = wire::client(None, reach).map_err(|failure| refused(&failure))?;
        let request = match Places::of(&self.url, "csv")?.request {
            Some(place) => Some(self.parameters(&client, &place, reach).await?),
            None => None,
        };
        let kind = request.as_deref().map(content_type).transpose()?.flatten();
        let places = Places::of(&self.url, ending(kind.as_deref())?)?.data;
        let mut refusal = None;
        for place in &places {
            match self.store(&client, place, reach).await {
                Ok(()) => return Ok(Fetched { request }),
                Err(error) if error.id == Id::ImportToolarge => return Err(error),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| Error::new(Id::ImportUrl, "nothing to fetch")))
    }

    /// The parameters that lie beside the data, as JSON text.
    async fn parameters(&self, client: &Client, place: &Url, reach: &Reach) -> Result<String, Error> {
        let missing = |error: Error| Error::new(Id::ImportRequest, format!("request.json: {}", error.explain));
        let mut response = self.answer(client, place.clone(), reach).await.map_err(missing)?;
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk(&mut response).await.map_err(missing)? {
            text.extend_from_slice(&chunk);
            if text.len() > REQUEST_MAX {
                return Err(Error::new(Id::ImportRequest, "request.json: more than 128 kB"));
            }
        }
        String::from_utf8(text).map_err(|_| Error::new(Id::ImportRequest, "request.json: no text in utf-8"))
    }

    /// Writes what comes into the file.
    async fn store(&self, client: &Client, place: &Url, reach: &Reach) -> Result<(), Error> {
        let mut response = self.answer(client, place.clone(), reach).await?;
        let mut file = created(self.file.clone()).await?;
        let (mut length, mut ready) = (0_u64, Vec::with_capacity(STEP));
        loop {
            let chunk = self.chunk(&mut response).await?;
            let is_over = chunk.is_none();
            if let Some(chunk) = chunk {
                length += chunk.len() as u64;
                ready.extend_from_slice(&chunk);
            }
            if length > self.room {
                return Err(Error::new(Id::ImportToolarge, format!("more than {} MB", self.room >> 20)));
            }
            if is_over || ready.len() >= STEP {
                file = written(file, std::mem::take(&mut ready)).await?;
            }
            if is_over {
                return Ok(());
            }
        }
    }

    /// The answer, whose body has not come yet, of wherever redirects lead to.
    async fn answer(&self, client: &Client, place: Url, reach: &Reach) -> Result<Response, Error> {
        let mut place = place;
        for _ in 0..=REDIRECTS {
            // Each place is checked anew: a public address must not lead to a private one.
            let url = parse_url(place.as_str(), reach).map_err(|failure| refused(&failure))?;
            let response = match timeout(self.silence, client.get(url).send()).await {
                Ok(response) => response.map_err(|error| refused(&wire::failure(error)))?,
                Err(_) => return Err(refused(&Failure::timeout(self.silence, "no answer"))),
            };
            let status = response.status();
            let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
            match next.filter(|_| status.is_redirection()).map(|next| place.join(next)) {
                Some(Ok(next)) => place = next,
                _ if status.is_success() => return Ok(response),
                _ => return Err(Error::new(Id::ImportUrl, format!("status {}", status.as_u16()))),
            }
        }
        Err(Error::new(Id::ImportUrl, "too many redirects"))
    }

    /// What comes next of a body.
    async fn chunk(&self, response: &mut Response) -> Result<Option<Vec<u8>>, Error> {
        match timeout(self.silence, response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk.map(|chunk| chunk.to_vec())),
            Ok(Err(error)) => Err(refused(&wire::failure(error))),
            Err(_) => Err(refused(&Failure::timeout(self.silence, "no complete answer"))),
        }
    }
}

/// A new file that this account alone may read; what an attempt before left is overwritten.
///
/// Errors: those of the system.
pub fn new_file(path: &Path) -> std::io::Result<File> {
    path.parent().map_or(Ok(()), create_directory)?;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

async fn created(path: PathBuf) -> Result<File, Error> {
    let create = move || new_file(&path);
    spawn_blocking(create).await.map_err(|_| storage("stopped"))?.map_err(|error| storage(&error.kind().to_string()))
}

fn create_directory(path: &Path) -> std::io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn written(mut file: File, bytes: Vec<u8>) -> Result<File, Error> {
    let write = move || file.write_all(&bytes).map(|()| file);
    spawn_blocking(write).await.map_err(|_| storage("stopped"))?.map_err(|error| storage(&error.kind().to_string()))
}

/// What the parameters say that the data are.
fn content_type(request: &str) -> Result<Option<String>, Error> {
    let bad = || Error::new(Id::ImportRequest, "request.json: no object");
    match json::tree(request).map_err(|_| bad())? {
        serde_json::Value::Object(keys) => {
            Ok(keys.get("content_type").and_then(|kind| kind.as_str()).map(str::to_owned))
        }
        _ => Err(bad()),
    }
}

#[cold]
fn refused(failure: &Failure) -> Error {
    Error::new(Id::ImportUrl, failure.text.as_str())
}

#[cold]
fn storage(why: &str) -> Error {
    Error::new(Id::ImportUrl, format!("the data could not be kept: {why}"))
}
