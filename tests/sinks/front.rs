//! A server for `localhost` that takes TLS off, asks for a certificate of the same authority, and hands on what comes to
//! somebody behind it who knows neither.

use super::receiver::Authority;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// Ends when it is dropped.
pub struct Front(JoinHandle<()>);

impl Front {
    /// Listens at one place of loopback and hands on to another.
    pub async fn start(authority: &Authority, port: u16, behind: String) -> Front {
        let acceptor = TlsAcceptor::from(Arc::new(authority.server_that_asks()));
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        Front(tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    // Who shows no certificate, or hangs up, is no fault of the server's.
                    let Ok(mut open) = acceptor.accept(stream).await else { return };
                    let mut plain = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut open, &mut plain).await;
                });
            }
        }))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.0.abort();
    }
}
