//! A session with another PostgreSQL.

use super::Reach;
use super::failure::{Failure, causes, chain, on_dialling};
use super::guard;
use super::tls::{self, Trust};
use crate::domain::hook::transport::Tls;
use crate::domain::pipe::connector::Connector;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, Client, Config, Error};
use tokio_rustls::TlsConnector;

/// How long the server gets to hear that a query is to be cancelled.
const CANCEL_LIMIT: Duration = Duration::from_secs(5);

/// A session. Dropped, it ends.
pub(super) struct Session {
    client: Client,
    end: End,
}

/// The other side.
#[derive(Clone)]
struct End {
    host: String,
    port: u16,
    secure: Option<Secure>,
}

impl Session {
    /// Connects and logs in. With TLS in the settings, it is TLS or nothing.
    ///
    /// Failures: `address_not_allowed`, `unresolved`, `refused`, `unreachable`, `tls`, `login_refused`, `settings`.
    pub async fn open(connector: &Connector, reach: &Reach) -> Result<Session, Failure> {
        let secure = connector.tls.as_ref().map(|tls| Secure::new(tls, &connector.host)).transpose()?;
        let end = End { host: connector.host.clone(), port: connector.port, secure };
        let mut config = Config::new();
        config.user(&connector.user).dbname(&connector.database).application_name("pg_member");
        if let Some(password) = &connector.password {
            config.password(password.as_bytes());
        }
        let stream = end.dial(reach).await?;
        let client = match end.secure.clone() {
            None => {
                let (client, talk) =
                    config.ssl_mode(SslMode::Disable).connect_raw(stream, NoTls).await.map_err(on_login)?;
                tokio::spawn(talk);
                client
            }
            Some(secure) => {
                let (client, talk) =
                    config.ssl_mode(SslMode::Require).connect_raw(stream, secure).await.map_err(on_login)?;
                tokio::spawn(talk);
                client
            }
        };
        Ok(Session { client, end })
    }

    /// What asks.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the other side has hung up.
    pub fn is_over(&self) -> bool {
        self.client.is_closed()
    }

    /// Has the server give up what it is at, by a connection of its own, and ends the session.
    pub fn cancel(self, reach: &Reach) {
        let (token, end, reach) = (self.client.cancel_token(), self.end.clone(), reach.clone());
        tokio::spawn(async move {
            // What the server does not hear, it notices when it wants to write to the session.
            _ = timeout(CANCEL_LIMIT, end.cancel(token, &reach)).await;
            drop(self);
        });
    }
}

impl End {
    async fn dial(&self, reach: &Reach) -> Result<TcpStream, Failure> {
        let mut failure = Failure::from(guard::Refusal::Unresolved);
        for address in guard::resolve(&self.host, self.port, reach).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true).map_err(on_dialling)?;
                    return Ok(stream);
                }
                Err(error) => failure = on_dialling(error),
            }
        }
        Err(failure)
    }

    async fn cancel(&self, token: CancelToken, reach: &Reach) -> Result<(), Failure> {
        let stream = self.dial(reach).await?;
        let cancelled = match self.secure.clone() {
            None => token.cancel_query_raw(stream, NoTls).await,
            Some(secure) => token.cancel_query_raw(stream, secure).await,
        };
        cancelled.map_err(on_login)
    }
}

/// What the server said to the login, or what the handshake came to.
fn on_login(error: Error) -> Failure {
    if let Some(said) = error.as_db_error() {
        return Failure::again("login_refused", format!("{} {}", said.code().code(), said.message()));
    }
    let is_tls = causes(&error).any(|cause| cause.is::<rustls::Error>()) || error.to_string().contains("TLS");
    Failure::again(if is_tls { "tls" } else { "broken" }, chain(&error))
}

/// How a stream becomes a secure one.
#[derive(Clone)]
struct Secure {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Secure {
    fn new(Tls { ca, cert, key, verify }: &Tls, host: &str) -> Result<Secure, Failure> {
        let trust = Trust { ca: ca.as_deref(), identity: cert.as_deref().zip(key.as_deref()), verify: *verify };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Failure::settings("the host is no name"))?;
        Ok(Secure { config: Arc::new(tls::client(trust)?), name })
    }
}

impl TlsConnect<TcpStream> for Secure {
    type Stream = SecureStream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<SecureStream>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        Box::pin(async move { TlsConnector::from(self.config).connect(self.name, stream).await.map(SecureStream) })
    }
}

/// A secure stream as the client of PostgreSQL takes it.
struct SecureStream(tokio_rustls::client::TlsStream<TcpStream>);

impl TlsStream for SecureStream {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for SecureStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for SecureStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
