//! The conversation with a mail server (RFC 5321); no mail is handed over.

use super::{Asking, Failure};
use crate::domain::email_test::{Depth, Finding, Status};
use crate::sink::failure::chain;
use mail_send::SmtpClient;
use mail_send::smtp::AssertReply;
use mail_send::smtp::message::Parameters;
use smtp_proto::EXT_SMTP_UTF8;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, Join, Take, join};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

/// How many octets a server may say in all: one that never stops talking must not fill the memory.
const MOST_SAID: u64 = 64 * 1024;
/// How long the goodbye may take; nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(1);

/// Connects to the first address that takes it; each gets its share of the time. Notes which one it was.
pub(super) async fn connect(
    addresses: &[IpAddr],
    port: u16,
    limit: Duration,
    finding: &mut Finding,
) -> Result<TcpStream, Failure> {
    let share = limit / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    let mut last = Failure::default();
    for address in addresses {
        finding.ip = Some(address.to_string());
        match timeout(share, TcpStream::connect((*address, port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = refused(&error),
            Err(_) => last = Failure::timeout(),
        }
    }
    Err(last)
}

fn refused(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::of("the connection was refused"),
        io::ErrorKind::TimedOut => Failure::timeout(),
        _ => Failure::of(chain(error)),
    }
}

/// A conversation.
pub(super) type Line = SmtpClient<Join<Take<OwnedReadHalf>, OwnedWriteHalf>>;

/// Talks as far as it was asked to; the finding says at each moment which stage it is. The conversation is left behind, to be
/// ended with [`end`].
pub(super) async fn talk(
    stream: TcpStream,
    asking: &Asking<'_>,
    finding: &mut Finding,
    line: &mut Option<Line>,
) -> Result<(), Failure> {
    let name = match asking.manner.helo.as_str() {
        "" => literal(stream.local_addr().map_err(|error| refused(&error))?.ip()),
        name => name.to_owned(),
    };
    let (reader, writer) = stream.into_split();
    let stream = join(reader.take(MOST_SAID), writer);
    let client = line.insert(SmtpClient { stream, timeout: asking.extent.timeout });
    match ask(client, &name, asking, finding).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(not_international()),
        Err(error) => Err(failure(error)),
    }
}

/// Says goodbye. The answer is of no use, and neither is an error.
pub(super) async fn end(line: Line) {
    _ = timeout(GOODBYE, line.quit()).await;
}

/// Whether the server could be asked: not about an address in letters that it does not know.
async fn ask<S>(
    client: &mut SmtpClient<S>,
    name: &str,
    asking: &Asking<'_>,
    finding: &mut Finding,
) -> Result<bool, mail_send::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    finding.status = Status::Banner;
    client.read().await?.assert_positive_completion()?;
    finding.status = Status::Helo;
    let knows_utf8 = greet(client, name).await?;
    finding.status = Status::Mailfrom;
    let is_international = asking.extent.depth == Depth::Full && asking.mailbox.is_international();
    if is_international && !knows_utf8 {
        finding.status = Status::Rcptto;
        return Ok(false);
    }
    let mut params = Parameters::new();
    if is_international {
        params.add("SMTPUTF8");
    }
    client.mail_from(&asking.manner.from, &params).await?;
    if asking.extent.depth == Depth::Full {
        finding.status = Status::Rcptto;
        client.rcpt_to(&asking.mailbox.address, &Parameters::new()).await?;
    }
    Ok(true)
}

/// EHLO, and HELO where a server does not know that; whether it knows SMTPUTF8.
async fn greet<S>(client: &mut SmtpClient<S>, name: &str) -> Result<bool, mail_send::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match client.ehlo(name).await {
        Ok(told) => Ok(told.has_capability(EXT_SMTP_UTF8)),
        Err(mail_send::Error::UnexpectedReply(reply)) if (500..600).contains(&reply.code) => {
            client.cmd(format!("HELO {name}\r\n")).await?.assert_positive_completion().map(|()| false)
        }
        Err(error) => Err(error),
    }
}

/// How a host without a name calls itself (RFC 5321 4.1.3).
fn literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

fn not_international() -> Failure {
    Failure::of("the server takes no addresses with other letters than ASCII (RFC 6531)")
}

fn failure(error: mail_send::Error) -> Failure {
    match error {
        mail_send::Error::UnexpectedReply(reply) => Failure {
            code: Some(format!("{:03}", reply.code)),
            dsn: (reply.esc != [0; 3]).then(|| reply.esc.map(|part| part.to_string()).join(".")),
            message: reply.message,
        },
        mail_send::Error::Timeout => Failure::timeout(),
        mail_send::Error::UnparseableReply => Failure::of("the answer is no SMTP, or it broke off"),
        mail_send::Error::Io(error) => Failure::of(chain(&error)),
        error => Failure::of(error.to_string()),
    }
}
