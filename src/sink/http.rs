//! Batches as a JSON array, by POST (pipelines-and-hooks.md 10.1).

use super::failure::{Answer, Failure};
use super::token::Tokens;
use super::wire::{Reply, Wire};
use super::{Parcel, Reach, Verdict};
use crate::domain::hook::transport::{Auth, Http};
use crate::domain::hook::{Secret, is_secret_header, sign, success_pattern};
use crate::domain::pipe::trace::Secrets;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use regex::Regex;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use std::ops::Deref;
use std::time::Duration;

/// The longest pause that a receiver can ask for: it must not silence a hook for longer by a slip.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// A receiver over HTTP.
pub(super) struct HttpSink {
    wire: Wire,
    url: Url,
    headers: HeaderMap,
    success: Option<Regex>,
    tokens: Option<Tokens>,
    secrets: Vec<Secret>,
    /// What the receiver is shown and nobody else: its answer may repeat it.
    hidden: Secrets,
}

impl HttpSink {
    /// Failures: `settings`.
    pub fn new(settings: &Http, reach: &Reach) -> Result<HttpSink, Failure> {
        let limit = Duration::from_secs(settings.request_timeout_sec.into());
        let pattern = |text: &str| success_pattern(text).ok_or_else(|| Failure::settings("success_regex"));
        Ok(HttpSink {
            wire: Wire::new(settings.ca.as_deref(), reach, limit)?,
            url: Url::parse(&settings.url).map_err(|error| Failure::settings(format!("url: {error}")))?,
            headers: pairs(&settings.headers)?,
            success: settings.success_regex.as_deref().map(pattern).transpose()?,
            tokens: tokens(&settings.auth)?,
            secrets: settings.signing_secrets.clone(),
            hidden: hidden(settings),
        })
    }

    /// Sends a parcel as one request, signed for this time in Unix seconds; it arrives as a whole or not at all. What the
    /// receiver repeats of our secrets is hidden in what is said of its answer.
    ///
    /// Failures: `status`, `redirect`, `mismatch`, `gone`, `token_refused`, and those of a request.
    pub async fn send(&self, parcel: &Parcel, now: i64) -> Result<Answer, Failure> {
        let mut hidden = self.hidden.clone();
        match self.attempt(parcel, now, &mut hidden).await {
            Ok(answer) => Ok(Answer { text: hidden.hide(&answer.text), ..answer }),
            Err(failure) => Err(Failure { text: hidden.hide(&failure.text), ..failure }),
        }
    }

    async fn attempt(&self, parcel: &Parcel, now: i64, hidden: &mut Secrets) -> Result<Answer, Failure> {
        let body = array(parcel);
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(pairs(&proof(&self.secrets, parcel, now, &body))?);
        let reply = match &self.tokens {
            None => self.wire.post(&self.url, headers, body).await?,
            Some(tokens) => self.post_with_token(tokens, headers, body, hidden).await?,
        };
        self.judge(reply)
    }

    /// The request with a token; when it is refused, once more with a new one. Both are secrets from now on.
    async fn post_with_token(
        &self,
        tokens: &Tokens,
        mut headers: HeaderMap,
        body: String,
        hidden: &mut Secrets,
    ) -> Result<Reply, Failure> {
        let token = tokens.get(&self.wire, None).await?;
        hide_header(hidden, token.to_str().unwrap_or_default());
        headers.insert(AUTHORIZATION, token.clone());
        let reply = self.wire.post(&self.url, headers.clone(), body.clone()).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        let token = tokens.get(&self.wire, Some(&token)).await?;
        hide_header(hidden, token.to_str().unwrap_or_default());
        headers.insert(AUTHORIZATION, token);
        self.wire.post(&self.url, headers, body).await
    }

    fn judge(&self, reply: Reply) -> Result<Answer, Failure> {
        let status = Some(reply.status.as_u16());
        let taken = match &self.success {
            None => reply.status == StatusCode::OK,
            Some(_) => reply.status.is_success(),
        };
        if !taken {
            return Err(Failure { status, ..refused(reply) });
        }
        match &self.success {
            Some(success) if !success.is_match(&reply.body) => {
                let mismatch = || Failure::again("mismatch", reply.body);
                Err(Failure { status, ..reply.broken.unwrap_or_else(mismatch) })
            }
            _ => Ok(Answer { status, text: reply.body }),
        }
    }
}

/// What a status that is no success means.
fn refused(reply: Reply) -> Failure {
    match reply.status {
        StatusCode::GONE => Failure::stop("gone", reply.body),
        status if status.is_redirection() => Failure::again("redirect", reply.body),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let after = retry_after(&reply.headers, Timestamp::now());
            Failure { verdict: Verdict::Again { after }, ..Failure::again("status", reply.body) }
        }
        _ => Failure::again("status", reply.body),
    }
}

/// The pause asked for: in seconds, or until a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = rfc2822::parse(text).ok()?.timestamp();
            date.duration_since(now).try_into().unwrap_or(Duration::ZERO)
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

/// The headers that say which batch it is and, with secrets, that it comes from us.
pub(super) fn proof(secrets: &[Secret], parcel: &Parcel, now: i64, body: &str) -> Vec<(&'static str, String)> {
    sign::headers(secrets, &parcel.batch, now, body.as_bytes())
}

/// A JSON array of the envelopes, which are JSON already.
pub(super) fn array(parcel: &Parcel) -> String {
    let length: usize = parcel.items.iter().map(|item| item.json.len() + 1).sum();
    let mut array = String::with_capacity(length + 2);
    array.push('[');
    for (place, item) in parcel.items.iter().enumerate() {
        if place > 0 {
            array.push(',');
        }
        array.push_str(&item.json);
    }
    array.push(']');
    array
}

/// Headers of names and values. Failures: `settings`.
pub(super) fn pairs<N: AsRef<str>, V: Deref<Target = str>>(pairs: &[(N, V)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = name.as_ref();
        let wrong = || Failure::settings(format!("headers: {name}"));
        let name: HeaderName = name.parse().map_err(|_| wrong())?;
        headers.append(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(headers)
}

/// What of a receiver's settings lets one in somewhere.
fn hidden(settings: &Http) -> Secrets {
    let mut hidden = Secrets::default();
    let headers = settings.headers.iter().filter(|(name, _)| is_secret_header(name));
    headers.for_each(|(_, value)| hide_header(&mut hidden, value));
    settings.signing_secrets.iter().for_each(|secret| hidden.add(secret));
    if let Auth::OAuth2 { client_secret, .. } = &settings.auth {
        hidden.add(client_secret);
    }
    hidden
}

/// Hides the value of a header, and what stands in it behind the name of a scheme.
fn hide_header(hidden: &mut Secrets, value: &str) {
    hidden.add(value);
    if let Some((_, proof)) = value.split_once(' ') {
        hidden.add(proof);
    }
}

fn tokens(auth: &Auth) -> Result<Option<Tokens>, Failure> {
    match auth {
        Auth::None => Ok(None),
        Auth::OAuth2 { token_url, client_id, client_secret, scope } => {
            Tokens::new(token_url, client_id, client_secret, scope.as_deref()).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_by_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let cases = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("99999999999", Some(86_400)),
            ("Sat, 06 Nov 2094 08:49:37 GMT", Some(86_400)),
            ("soon", None),
            ("-5", None),
        ];
        for (text, expected) in cases {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
