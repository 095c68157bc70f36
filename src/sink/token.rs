//! Tokens of OAuth 2.0, client credentials (RFC 6749 4.4): asked for when needed, kept until shortly before they end.

use super::failure::Failure;
use super::wire::{Reply, Wire};
use base64::prelude::{BASE64_STANDARD, Engine};
use form_urlencoded::{Serializer, byte_serialize};
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A token is renewed so long before it ends: clocks differ, and requests take their time.
const EARLY: Duration = Duration::from_secs(30);

/// Where tokens come from, and the last one.
pub(super) struct Tokens {
    url: Url,
    basic: HeaderValue,
    body: String,
    last: Mutex<Option<Token>>,
}

/// A token as a header's value.
#[derive(Clone)]
struct Token {
    value: HeaderValue,
    /// When it is renewed; a token without a stated end is kept until it is refused.
    until: Option<Instant>,
}

impl Tokens {
    /// Failures: `settings`.
    pub fn new(url: &str, id: &str, secret: &str, scope: Option<&str>) -> Result<Tokens, Failure> {
        let url = Url::parse(url).map_err(|error| Failure::settings(format!("token_url: {error}")))?;
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = scope {
            form.append_pair("scope", scope);
        }
        Ok(Tokens { url, basic: secret_header("Basic", &pair)?, body: form.finish(), last: Mutex::new(None) })
    }

    /// A token to send, as the value of `Authorization`; `refused` is one that the receiver did not take and that must
    /// not be given again. Failures: `token_refused` and those of a request.
    pub async fn get(&self, wire: &Wire, refused: Option<&HeaderValue>) -> Result<HeaderValue, Failure> {
        let mut last = self.last.lock().await;
        let usable = last
            .take()
            .filter(|token| token.until.is_none_or(|until| Instant::now() < until) && Some(&token.value) != refused);
        let token = match usable {
            Some(token) => token,
            None => self.ask(wire).await?,
        };
        Ok(last.insert(token).value.clone())
    }

    async fn ask(&self, wire: &Wire) -> Result<Token, Failure> {
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, self.basic.clone()),
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        let asked = Instant::now();
        let reply = wire.post(&self.url, headers, self.body.clone()).await?;
        if !reply.status.is_success() {
            return Err(refusal(&reply, "the token was refused"));
        }
        let answer: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let Some(token) = answer.get("access_token").and_then(Value::as_str) else {
            return Err(refusal(&reply, "the answer holds no access_token"));
        };
        let seconds = answer.get("expires_in").and_then(Value::as_u64).map(Duration::from_secs);
        let until = seconds.and_then(|life| asked.checked_add(life.saturating_sub(EARLY)));
        Ok(Token { value: secret_header("Bearer", token)?, until })
    }
}

/// What the giver of tokens says of it: never the answer itself, which may hold a token.
fn refusal(reply: &Reply, what: &str) -> Failure {
    let answer: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let said: Vec<_> = ["error", "error_description"].iter().filter_map(|key| answer.get(key)?.as_str()).collect();
    let text = if said.is_empty() { what.to_owned() } else { format!("{what}: {}", said.join(", ")) };
    Failure { status: Some(reply.status.as_u16()), ..Failure::again("token_refused", text) }
}

fn secret_header(scheme: &str, secret: &str) -> Result<HeaderValue, Failure> {
    let value = HeaderValue::from_str(&format!("{scheme} {secret}"));
    let mut value = value.map_err(|_| Failure::again("token_refused", "the token is no header value"))?;
    value.set_sensitive(true);
    Ok(value)
}
