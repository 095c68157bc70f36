//! Whether mail reaches an address: its mail server is looked for and asked, and no mail is sent (members.md 11.2).
//!
//! ```text
//!  DNS: MX, else A and AAAA ─▶ connect ─▶ banner ─▶ EHLO, else HELO ─▶ MAIL FROM ─▶ RCPT TO ─▶ QUIT
//!  resolver nodomain nomxa     connref    banner    helo               mailfrom     rcptto
//! ```

mod dialogue;
mod dns;
mod lanes;

use super::Reach;
use crate::domain::email_test::{Depth, Finding, Mailbox, Status, TIMEOUT};
use crate::domain::pipe::pipes::Limit;
use dialogue::Line;
use dns::Names;
use futures_util::future::join_all;
use lanes::Lanes;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long the names of a mail server are looked for at most: they are shown and decide nothing.
const NAMES_WAIT: Duration = Duration::from_secs(5);
/// How long the servers that the system names for DNS are kept: somebody may name others.
const NAMES_KEPT: Duration = Duration::from_secs(600);
/// How much of what a server says is kept, in characters.
const KEPT: usize = 500;

/// How mail servers are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// The servers that answer for DNS; those of the system where there are none.
    pub dns: Vec<SocketAddr>,
    /// The port of mail servers.
    pub port: u16,
    /// The name that is said in EHLO; empty for the address that the server is spoken to from.
    pub helo: String,
    /// The sender that is said in MAIL FROM; may be empty.
    pub from: String,
    /// How many addresses of one domain are asked about at once.
    pub per_domain: usize,
    /// How many addresses of one domain are asked about in a span of time.
    pub rate: Option<Limit>,
    /// How many addresses are asked about at once in all.
    pub at_once: usize,
}

/// What one question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// How far servers are asked.
    pub depth: Depth,
    /// How long one address may take, waiting for its turn not counted.
    pub timeout: Duration,
}

/// Asks mail servers. Addresses of one domain wait for one another, domains do not.
#[derive(Default)]
pub struct Prober {
    lanes: Lanes,
    names: Mutex<Option<Kept>>,
}

struct Kept {
    servers: Vec<SocketAddr>,
    since: Instant,
    names: Names,
}

/// Why a stage failed.
#[derive(Debug, Default)]
struct Failure {
    code: Option<String>,
    dsn: Option<String>,
    message: String,
}

impl Failure {
    fn of(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), ..Failure::default() }
    }

    fn timeout() -> Failure {
        Failure { code: Some(TIMEOUT.to_owned()), ..Failure::of("no answer in time") }
    }
}

impl Prober {
    /// Asks about all of them; the findings have their order.
    pub async fn probe_all(
        &self,
        mailboxes: &[Mailbox],
        extent: Extent,
        manner: &Manner,
        reach: &Reach,
    ) -> Vec<Finding> {
        join_all(mailboxes.iter().map(|mailbox| self.probe(mailbox, extent, manner, reach))).await
    }

    /// Asks about an address when it is its domain's turn.
    pub async fn probe(&self, mailbox: &Mailbox, extent: Extent, manner: &Manner, reach: &Reach) -> Finding {
        let mut finding = Finding::new(&mailbox.domain);
        let _turn = self.lanes.enter(&mailbox.host, manner).await;
        let names = match self.names(&manner.dns) {
            Ok(names) => names,
            Err(message) => {
                finding.message = Some(readable(&message));
                return finding;
            }
        };
        let asking = Asking { names: &names, mailbox, extent, manner, reach };
        let mut line = None;
        match timeout(extent.timeout, asking.stages(&mut finding, &mut line)).await {
            Ok(Ok(())) => finding.status = Status::Ok,
            Ok(Err(failure)) => note(&mut finding, failure),
            Err(_) => {
                note(&mut finding, Failure::timeout());
                // Who says nothing gets no goodbye.
                line = None;
            }
        }
        if let Some(line) = line {
            dialogue::end(line).await;
        }
        if let Some(ip) = finding.ip.as_deref().and_then(|ip| ip.parse().ok()) {
            finding.ptr = timeout(NAMES_WAIT, names.names_of(ip)).await.unwrap_or_default();
        }
        finding
    }

    /// Forgets domains that nobody asks about. To be called now and then; it takes no time.
    pub fn close_idle(&self) {
        self.lanes.close_idle(Instant::now());
    }

    /// What asks these servers, or those of the system.
    fn names(&self, servers: &[SocketAddr]) -> Result<Names, String> {
        // Nobody panics while holding it.
        let mut kept = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref()
            && kept.servers == servers
            && kept.since.elapsed() < NAMES_KEPT
        {
            return Ok(kept.names.clone());
        }
        let names = Names::new(servers)?;
        *kept = Some(Kept { servers: servers.to_vec(), since: Instant::now(), names: names.clone() });
        Ok(names)
    }
}

/// One address, and all that asking about it needs.
struct Asking<'a> {
    names: &'a Names,
    mailbox: &'a Mailbox,
    extent: Extent,
    manner: &'a Manner,
    reach: &'a Reach,
}

impl Asking<'_> {
    /// Goes through the stages; the finding says at each moment which one it is.
    async fn stages(&self, finding: &mut Finding, line: &mut Option<Line>) -> Result<(), Failure> {
        let server = self.names.server_of(&self.mailbox.host, finding).await?;
        finding.status = Status::Connref;
        let addresses = self.reach_of(server)?;
        let stream = dialogue::connect(&addresses, self.manner.port, self.extent.timeout, finding).await?;
        dialogue::talk(stream, self, finding, line).await
    }

    /// Those of the server's addresses that may be connected to, IPv4 first: where there is no way to IPv6, nothing is
    /// lost.
    fn reach_of(&self, mut addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, Failure> {
        if addresses.is_empty() {
            return Err(Failure::of("the mail server has no address"));
        }
        addresses.retain(|address| super::guard::allowed(*address, self.reach));
        addresses.sort_by_key(IpAddr::is_ipv6);
        if addresses.is_empty() { Err(Failure::of("the mail server has no public address")) } else { Ok(addresses) }
    }
}

fn note(finding: &mut Finding, failure: Failure) {
    finding.code = failure.code;
    finding.dsn = failure.dsn;
    finding.message = Some(readable(&failure.message)).filter(|message| !message.is_empty());
}

/// The beginning of a text, its lines trimmed; of control characters nothing is left, which documents cannot hold.
fn readable(text: &str) -> String {
    let lines = text.split('\n').map(|line| line.replace(|c: char| c.is_control(), " "));
    let lines: Vec<String> = lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    lines.join("\n").chars().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_becomes_readable() {
        assert_eq!(readable(" one\r\n\r\n two\0\u{7}three \r\n"), "one\ntwo  three");
        assert_eq!(readable("\r\n\n"), "");
        assert_eq!(readable(&"ё".repeat(900)), "ё".repeat(500));
    }
}
