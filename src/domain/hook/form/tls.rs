//! `tls`: whom a connection trusts, and how it is known itself.

use super::section::{Section, hidden};
use crate::domain::error::Result;
use crate::domain::hook::transport::Tls;
use crate::domain::json::{Node, Value};
use crate::domain::request::wrong;

/// The longest certificate or chain, in bytes.
const LONGEST_PEM: usize = 1 << 16;

const PEM: &str = "a PEM text of at most 65536 bytes";

impl Section<'_, '_> {
    /// A certificate, or several, as PEM.
    pub fn certificate(&self, key: &str, kept: Option<&str>) -> Result<Option<String>> {
        self.checked_text(key, kept, is_pem, PEM)
    }
}

fn is_pem(text: &str) -> bool {
    text.len() <= LONGEST_PEM && text.trim_start().starts_with("-----BEGIN ")
}

impl Tls {
    /// One that checks against the authorities that everybody trusts.
    pub fn usual() -> Tls {
        Tls { ca: None, cert: None, key: None, verify: true }
    }

    /// Reads `tls`, which errors call `name`: an object, or a switch. Errors: `error/param/wrong`.
    pub fn read(section: &mut Section, name: &'static str, before: Option<&Tls>) -> Result<Option<Tls>> {
        match section.value("tls")? {
            Some(Value::Bool(true)) => return Ok(Some(before.cloned().unwrap_or_else(Tls::usual))),
            Some(Value::Bool(false) | Value::Null) => return Ok(None),
            _ => {}
        }
        let Some(inner) = section.inner(name, &["ca", "cert", "key", "verify"])? else {
            return Ok(before.cloned());
        };
        let tls = Tls {
            ca: inner.certificate("ca", before.and_then(|tls| tls.ca.as_deref()))?,
            cert: inner.certificate("cert", before.and_then(|tls| tls.cert.as_deref()))?,
            key: inner.secret("key", before.and_then(|tls| tls.key.as_ref()), is_pem, PEM)?,
            verify: inner.flag("verify", before.map(|tls| tls.verify), true)?,
        };
        match tls.cert.is_some() == tls.key.is_some() {
            true => Ok(Some(tls)),
            false => Err(wrong(name, "given both cert and key, or neither")),
        }
    }

    /// As it is kept or shown.
    pub fn written(&self, masked: bool) -> Node<'_> {
        Node::object([
            ("ca", Node::from(self.ca.as_deref())),
            ("cert", Node::from(self.cert.as_deref())),
            ("key", self.key.as_deref().map_or(Node::Null, |key| hidden(key, masked))),
            ("verify", Node::from(self.verify)),
        ])
    }
}
