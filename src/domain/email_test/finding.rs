//! What came of asking a mail server about an address (members.md 11.2).

use crate::domain::json::Node;

/// How far it came: the stage that failed, or that none did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No stage failed.
    Ok,
    /// DNS could not be asked.
    Resolver,
    /// There is no such domain.
    Nodomain,
    /// The domain takes no mail: it has neither an MX nor an address.
    Nomxa,
    /// The mail server was not connected to.
    Connref,
    /// Its first words were a refusal.
    Banner,
    /// It refused EHLO and HELO.
    Helo,
    /// It refused MAIL FROM.
    Mailfrom,
    /// It refused RCPT TO.
    Rcptto,
}

impl Status {
    /// Its word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Resolver => "resolver",
            Status::Nodomain => "nodomain",
            Status::Nomxa => "nomxa",
            Status::Connref => "connref",
            Status::Banner => "banner",
            Status::Helo => "helo",
            Status::Mailfrom => "mailfrom",
            Status::Rcptto => "rcptto",
        }
    }
}

/// The code of a stage that took too long.
pub const TIMEOUT: &str = "000";

/// What was found out about one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How far it came.
    pub status: Status,
    /// The domain whose mail server was looked for, readable.
    pub domain: String,
    /// The first of its mail servers.
    pub mx: Option<String>,
    /// The address of it that was connected to.
    pub ip: Option<String>,
    /// The names of that address.
    pub ptr: Vec<String>,
    /// The code of the reply that was a refusal, or [`TIMEOUT`].
    pub code: Option<String>,
    /// The enhanced status code of that reply, where it had one (RFC 3463).
    pub dsn: Option<String>,
    /// The text of that reply, or what DNS said.
    pub message: Option<String>,
}

impl Finding {
    /// Nothing is known yet but the domain.
    pub fn new(domain: &str) -> Finding {
        let domain = domain.to_owned();
        Finding {
            status: Status::Resolver,
            domain,
            mx: None,
            ip: None,
            ptr: Vec::new(),
            code: None,
            dsn: None,
            message: None,
        }
    }

    /// `{"status", "domain", "mx", "ip", "ptr", "code", "dsn", "message"}`; what is not known is left out.
    pub fn node(&self) -> Node<'_> {
        fn text(text: &Option<String>) -> Option<Node<'_>> {
            text.as_deref().map(Node::from)
        }
        let names = || Node::array(self.ptr.iter().map(|name| Node::from(name.as_str())));
        let keys = [
            ("status", Some(Node::from(self.status.as_str()))),
            ("domain", Some(Node::from(self.domain.as_str()))),
            ("mx", text(&self.mx)),
            ("ip", text(&self.ip)),
            ("ptr", (!self.ptr.is_empty()).then(names)),
            ("code", text(&self.code)),
            ("dsn", text(&self.dsn)),
            ("message", text(&self.message)),
        ];
        Node::object(keys.into_iter().filter_map(|(key, value)| Some((key, value?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::{encoded, print, root};

    fn printed(finding: &Finding) -> String {
        let bytes = encoded(&finding.node()).unwrap();
        print(root(&bytes).unwrap()).unwrap()
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(printed(&Finding::new("example.com")), r#"{"domain": "example.com", "status": "resolver"}"#);
    }

    #[test]
    fn a_refusal_carries_what_the_server_said() {
        let finding = Finding {
            status: Status::Rcptto,
            mx: Some("mx.example.com".to_owned()),
            ip: Some("192.0.2.1".to_owned()),
            ptr: vec!["a.example.com".to_owned()],
            code: Some("550".to_owned()),
            dsn: Some("5.1.1".to_owned()),
            message: Some("User unknown".to_owned()),
            ..Finding::new("example.com")
        };
        let expected = r#"{"ip": "192.0.2.1", "mx": "mx.example.com", "dsn": "5.1.1", "ptr": ["a.example.com"], "code": "550", "domain": "example.com", "status": "rcptto", "message": "User unknown"}"#;
        assert_eq!(printed(&finding), expected);
    }
}
