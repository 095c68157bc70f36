//! TLS as HTTP and RabbitMQ use it: rustls, with ring stated rather than taken from a default of the whole process.
//!
//! Certificates are checked against those that the machine trusts: an administrator adds and withdraws authorities
//! there, for every program, and no new build of ours is needed when one of them falls. A certificate authority of
//! one's own is trusted beside them, by the hook that names it alone.

use super::failure::Failure;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Which certificates are trusted and shown.
#[derive(Clone, Copy)]
pub(super) struct Trust<'a> {
    /// An authority of one's own, PEM.
    pub ca: Option<&'a str>,
    /// A certificate to show and its key, PEM.
    pub identity: Option<(&'a str, &'a str)>,
    /// Whether the other side's certificate is checked at all.
    pub verify: bool,
}

/// The settings of a client. Failures: `settings` for PEM that holds no certificate or key.
pub(super) fn client(trust: Trust) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| Failure::settings(format!("TLS: {error}")))?;
    let builder = if trust.verify {
        builder.with_root_certificates(roots(trust.ca)?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked(provider)))
    };
    let Some((certificate, key)) = trust.identity else { return Ok(builder.with_no_client_auth()) };
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| Failure::settings("the key is no PEM"))?;
    builder
        .with_client_auth_cert(certificates(certificate)?, key)
        .map_err(|error| Failure::settings(format!("the certificate and its key: {error}")))
}

fn roots(ca: Option<&str>) -> Result<Arc<RootCertStore>, Failure> {
    let mut roots = machine();
    for certificate in ca.map(certificates).transpose()?.unwrap_or_default() {
        let added = Arc::make_mut(&mut roots).add(certificate);
        added.map_err(|error| Failure::settings(format!("the certificate authority: {error}")))?;
    }
    Ok(roots)
}

/// Whom the machine trusts, and since when that is known. Reading and checking all of it takes tens of milliseconds, in
/// which a thread of connections would serve none.
static MACHINE: Mutex<Option<(Instant, Arc<RootCertStore>)>> = Mutex::new(None);

/// After how long it is read again: what an administrator adds or withdraws counts for connections made after that.
const KNOWN: Duration = Duration::from_secs(10 * 60);

/// Reads whom the machine trusts, if that was not done of late: now and then, in a thread that has nothing else to do.
pub fn read_trust() {
    if known().is_none_or(|(since, _)| since.elapsed() >= KNOWN) {
        read_machine();
    }
}

fn machine() -> Arc<RootCertStore> {
    known().map_or_else(read_machine, |(_, roots)| roots)
}

fn known() -> Option<(Instant, Arc<RootCertStore>)> {
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn read_machine() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    // Files that cannot be read are left out: what they would have vouched for fails by name later.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let roots = Arc::new(roots);
    *MACHINE.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), roots.clone()));
    roots
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Failure::settings("a certificate is no PEM")),
    }
}

/// `verify: false`: any certificate will do, but the other side must own its key.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_share_what_the_machine_trusts() {
        let first = roots(None).ok().unwrap();
        read_trust();
        assert!(Arc::ptr_eq(&first, &roots(None).ok().unwrap()), "it is not read for each");
    }

    #[test]
    fn pem_that_holds_nothing_is_named() {
        let plain = Trust { ca: None, identity: None, verify: true };
        assert!(client(plain).is_ok());
        for trust in [Trust { ca: Some("no PEM"), ..plain }, Trust { identity: Some(("no", "PEM")), ..plain }] {
            assert_eq!(client(trust).err().map(|failure| failure.state), Some("settings"));
        }
    }
}
