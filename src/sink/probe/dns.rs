//! Where a domain takes its mail: MX, and where there is none its own addresses (RFC 5321 5.1).

use super::Failure;
use crate::domain::email_test::{Finding, Status};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use std::net::{IpAddr, SocketAddr};

/// Asks DNS.
#[derive(Clone)]
pub(super) struct Names(TokioResolver);

impl Names {
    /// Asks these servers; those of the system where there are none. Failures: the system names none, as a text.
    pub fn new(servers: &[SocketAddr]) -> Result<Names, String> {
        let built = match servers {
            [] => TokioResolver::builder_tokio(),
            _ => {
                let config = ResolverConfig::from_name_servers(servers.iter().map(name_server).collect());
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
            }
        };
        let mut builder = built.map_err(|error| error.to_string())?;
        // What stands in a file of this machine is not where others send mail.
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        builder.build().map(Names).map_err(|error| error.to_string())
    }

    /// The addresses of the first mail server of a domain; notes its name, or which stage failed. There may be none.
    pub async fn server_of(&self, domain: &str, finding: &mut Finding) -> Result<Vec<IpAddr>, Failure> {
        finding.status = Status::Resolver;
        let domain = name(domain)?;
        let mut found = Vec::new();
        for record in self.records(&domain, RecordType::MX, finding).await? {
            if let RData::MX(mx) = record {
                found.push((mx.preference, mx.exchange));
            }
        }
        // Equals go by name, so that one question gets one answer.
        found.sort();
        let Some((_, server)) = found.into_iter().next() else { return self.domain_itself(&domain, finding).await };
        if server.is_root() {
            finding.status = Status::Nomxa;
            return Err(Failure::of("the domain says that it takes no mail (RFC 7505)"));
        }
        finding.mx = Some(shown(&server));
        self.addresses(&server, finding).await.or_else(|failure| match finding.status {
            // The domain is there; it is its mail server that is not.
            Status::Nodomain => Ok(Vec::new()),
            _ => Err(failure),
        })
    }

    /// The names of an address; none where DNS has none, or is not there.
    pub async fn names_of(&self, address: IpAddr) -> Vec<String> {
        let Ok(found) = self.0.reverse_lookup(address).await else { return Vec::new() };
        let names = found.answers().iter().filter_map(|record| match &record.data {
            RData::PTR(name) => Some(shown(&name.0)),
            _ => None,
        });
        names.collect()
    }

    /// The addresses of a domain without an MX: it is its own mail server.
    async fn domain_itself(&self, domain: &Name, finding: &mut Finding) -> Result<Vec<IpAddr>, Failure> {
        let addresses = self.addresses(domain, finding).await?;
        if addresses.is_empty() {
            finding.status = Status::Nomxa;
            return Err(Failure::of("the domain has neither an MX nor an address"));
        }
        finding.mx = Some(shown(domain));
        Ok(addresses)
    }

    async fn addresses(&self, name: &Name, finding: &mut Finding) -> Result<Vec<IpAddr>, Failure> {
        let mut addresses = Vec::new();
        for record_type in [RecordType::A, RecordType::AAAA] {
            let records = self.records(name, record_type, finding).await?;
            addresses.extend(records.iter().filter_map(|record| record.ip_addr()));
        }
        Ok(addresses)
    }

    /// The records of a type, none where the name has others only. Failures: `nodomain`, `resolver`.
    async fn records(&self, name: &Name, kind: RecordType, finding: &mut Finding) -> Result<Vec<RData>, Failure> {
        match self.0.lookup(name.clone(), kind).await {
            Ok(found) => Ok(found.answers().iter().map(|record| record.data.clone()).collect()),
            Err(error) if error.is_nx_domain() => {
                finding.status = Status::Nodomain;
                Err(Failure::of("there is no such domain"))
            }
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(NetError::Timeout) => Err(Failure::timeout()),
            Err(error) => Err(Failure::of(error.to_string())),
        }
    }
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let at = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    NameServerConfig::new(address.ip(), true, vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())])
}

/// A whole name, to which nothing is added that the system would add.
fn name(domain: &str) -> Result<Name, Failure> {
    Name::from_ascii(format!("{domain}.")).map_err(|error| Failure::of(error.to_string()))
}

fn shown(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
#[path = "../../../tests/support/post.rs"]
#[allow(dead_code)]
mod post;

#[cfg(test)]
mod tests {
    use super::post::Dns;
    use super::*;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn an_address_has_names() {
        let dns = Dns::start().await;
        let (named, unnamed) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
        dns.names(named, &["One.example.com", "two.example.com"]);
        let names = Names::new(&[dns.address]).unwrap();
        let mut found = names.names_of(named.into()).await;
        found.sort();
        assert_eq!(found, ["one.example.com", "two.example.com"]);
        assert_eq!(names.names_of(unnamed.into()).await, Vec::<String>::new());
    }
}
