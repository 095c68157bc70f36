//! An open connection to RabbitMQ with one channel that confirms what it takes.

use super::Reach;
use super::failure::{Failure, causes, chain, on_dialling};
use super::guard;
use super::tls::{self, Trust};
use crate::domain::hook::transport::{Rabbit, Tls};
use async_rs::{Runtime, TokioRuntime, traits::Reactor};
use futures_util::StreamExt;
use lapin::options::ConfirmSelectOptions;
use lapin::tcp::{AsyncTcpStream, RustlsConnector};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use std::collections::HashSet;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::timeout;

/// How long opening may take, with TLS and login: as long as a confirm (pipelines-and-hooks.md 10.2).
const OPEN_LIMIT: Duration = Duration::from_secs(10);

/// Seconds between signs of life on an idle connection: middle boxes often forget a connection after a minute.
const HEARTBEAT: u16 = 30;

/// An open connection. When it is dropped, its socket is closed at once.
pub(super) struct Link {
    pub channel: Channel,
    /// The queues and exchanges that were declared on it.
    pub declared: HashSet<String>,
    pub connection: Connection,
    _hangup: Hangup,
}

type Stream = AsyncTcpStream<<TokioRuntime as Reactor>::TcpStream>;

impl Link {
    /// Connects, logs in and opens the channel.
    ///
    /// Failures: `address_not_allowed`, `unresolved`, `refused`, `unreachable`, `tls`, `user_refused`, `vhost_refused`,
    /// `timeout`, `broken`, `settings`.
    pub async fn open(server: &Rabbit, reach: &Reach) -> Result<Link, Failure> {
        let opened = timeout(OPEN_LIMIT, Link::open_slowly(server, reach)).await;
        opened.unwrap_or_else(|_| Err(Failure::timeout(OPEN_LIMIT, "no connection")))
    }

    async fn open_slowly(server: &Rabbit, reach: &Reach) -> Result<Link, Failure> {
        let runtime = Runtime::tokio_current();
        let (stream, hangup) = dial(server, reach, &runtime).await?;
        // lapin asks for a stream whenever it connects; this one is the only one, because it must not connect again by
        // itself: the next attempt does, with the address checked anew.
        let stream = Mutex::new(Some(stream));
        let only = async move |_, _| {
            let stream = stream.lock().ok().and_then(|mut stream| stream.take());
            stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected).into())
        };
        let properties = ConnectionProperties::default().with_connection_name("pg_member".into());
        let connection = Connection::connector(uri(server), runtime, only, properties).await.map_err(on_opening)?;
        let channel = connection.create_channel().await.map_err(on_opening)?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(on_opening)?;
        Ok(Link { channel, declared: HashSet::new(), connection, _hangup: hangup })
    }

    /// Whether it can still be published on.
    pub fn is_alive(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }
}

/// Returns when the broker takes no messages at present (`connection.blocked`).
pub(super) async fn blocked(connection: &Connection) {
    let mut events = connection.events_listener();
    while !connection.status().blocked() {
        if events.next().await.is_none() {
            // It is closed: whoever publishes on it learns that.
            std::future::pending().await
        }
    }
}

/// Closes a socket however its connection ends. lapin owns the socket in a thread of its own, which would wait for a
/// silent broker forever.
struct Hangup(TcpStream);

impl Drop for Hangup {
    fn drop(&mut self) {
        // A socket that is closed already is as good.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

async fn dial(server: &Rabbit, reach: &Reach, runtime: &TokioRuntime) -> Result<(Stream, Hangup), Failure> {
    let mut failure = Failure::from(guard::Refusal::Unresolved);
    for address in guard::resolve(&server.host, server.port, reach).await? {
        match runtime.tcp_connect_addr(address).await {
            Ok(stream) => {
                let socket = stream.get_ref().as_fd().try_clone_to_owned().map_err(on_dialling)?;
                let hangup = Hangup(socket.into());
                return Ok((encrypt(AsyncTcpStream::Plain(stream), server).await?, hangup));
            }
            Err(error) => failure = on_dialling(error),
        }
    }
    Err(failure)
}

async fn encrypt(stream: Stream, server: &Rabbit) -> Result<Stream, Failure> {
    let Some(Tls { ca, cert, key, verify }) = &server.tls else { return Ok(stream) };
    let trust = Trust { ca: ca.as_deref(), identity: cert.as_deref().zip(key.as_deref()), verify: *verify };
    let connector = RustlsConnector::from(tls::client(trust)?);
    stream.into_rustls(&connector, &server.host).await.map_err(|error| Failure::again("tls", chain(&error)))
}

fn uri(server: &Rabbit) -> AMQPUri {
    let userinfo = AMQPUserInfo { username: server.user.clone(), password: server.password.to_string() };
    AMQPUri {
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority { userinfo, host: server.host.clone(), port: server.port },
        vhost: server.vhost.clone(),
        query: AMQPQueryString { heartbeat: Some(HEARTBEAT), ..AMQPQueryString::default() },
    }
}

/// An error while logging in: there 403 is about the user, and 530 about the virtual host.
fn on_opening(error: lapin::Error) -> Failure {
    match reply_code(&error) {
        Some(403) => Failure::again("user_refused", said(&error)),
        Some(530) => Failure::again("vhost_refused", said(&error)),
        _ => on_channel(error),
    }
}

/// An error of the broker or the connection while declaring or publishing.
pub(super) fn on_channel(error: lapin::Error) -> Failure {
    match reply_code(&error) {
        Some(406) => Failure::stop("mismatched", said(&error)),
        Some(403) => Failure::again("access_refused", said(&error)),
        Some(_) => Failure::again("rejected", said(&error)),
        None if causes(&error).any(|cause| cause.is::<rustls::Error>()) => Failure::again("tls", chain(&error)),
        None => Failure::again("broken", chain(&error)),
    }
}

fn reply_code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(said) => Some(said.get_id()),
        _ => None,
    }
}

/// What the broker says: its errors name queues, exchanges, hosts and users, and no password.
fn said(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(said) => said.get_message().to_string(),
        _ => chain(error),
    }
}
