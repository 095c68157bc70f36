//! Signing a request as Standard Webhooks describes it (pipelines-and-hooks.md 10.1).

use super::Secret;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, PAD, STANDARD};
use base64::engine::{DecodePaddingMode, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with whose bytes are written in base64.
const ENCODED: &str = "whsec_";

/// Base64 with padding or without it.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// The key of a secret: what follows `whsec_`, decoded; without that word the bytes of the text itself. None if it
/// cannot be decoded, or is empty.
pub fn key(secret: &str) -> Option<Vec<u8>> {
    let key = match secret.strip_prefix(ENCODED) {
        Some(encoded) => BASE64.decode(encoded).ok()?,
        None => secret.as_bytes().to_vec(),
    };
    (!key.is_empty()).then_some(key)
}

/// The headers of a request with this body: `webhook-id`, `webhook-timestamp` and, with a secret, `webhook-signature`.
///
/// `id` is the batch's and the same in every attempt; `timestamp` is the attempt's, in Unix seconds. Each secret gives
/// a signature, in their order, so that a receiver may know the old one or the new.
pub fn headers(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> Vec<(&'static str, String)> {
    let mut headers = vec![("webhook-id", id.to_owned()), ("webhook-timestamp", timestamp.to_string())];
    let signed = |secret: &Secret| signature(&key(secret)?, id, timestamp, body);
    let signatures: Vec<_> = secrets.iter().filter_map(signed).collect();
    if !signatures.is_empty() {
        headers.push(("webhook-signature", signatures.join(" ")));
    }
    headers
}

/// `v1,` and the HMAC-SHA256 of id, timestamp and body. The library takes keys of any length: there always is one.
fn signature(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    /// The example of the specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    /// Worked out with another library.
    const PLAIN: &str = "plain secret";
    const PLAIN_SIGNATURE: &str = "v1,gke7k785FD6W2FuaDcrvG3sQcmFE9YVaaAmarK4oi68=";

    fn signed(secrets: &[&str]) -> Vec<(&'static str, String)> {
        headers(&secrets.iter().map(|secret| Secret::from(*secret)).collect::<Vec<_>>(), ID, 1_614_265_330, BODY)
    }

    #[test]
    fn the_published_example_is_met() {
        let expected = [("webhook-id", ID), ("webhook-timestamp", "1614265330"), ("webhook-signature", SIGNATURE)];
        assert_eq!(signed(&[SECRET]), expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn two_secrets_give_two_signatures_and_none_gives_none() {
        assert_eq!(signed(&[PLAIN, SECRET])[2].1, format!("{PLAIN_SIGNATURE} {SIGNATURE}"));
        assert_eq!(signed(&[]).len(), 2);
    }

    #[test]
    fn a_secret_is_base64_behind_its_mark_and_bytes_otherwise() {
        assert_eq!(key("whsec_YWI="), Some(b"ab".to_vec()));
        assert_eq!(key("whsec_YWI"), Some(b"ab".to_vec()));
        assert_eq!(key("YWI="), Some(b"YWI=".to_vec()));
        for wrong in ["", "whsec_", "whsec_*"] {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }
}
