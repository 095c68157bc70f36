//! A connector: another PostgreSQL that `sql_pipe` may ask (pipelines-and-hooks.md 3.10).

use crate::domain::error::{Error, Result};
use crate::domain::hook::transport::Tls;
use crate::domain::hook::{Secret, Section, hidden, whole};
use crate::domain::json::{Node, Value};
use crate::domain::request::Request;

/// The parameters; `id` is the caller's.
const KNOWN: &[&str] = &["id", "name", "host", "port", "database", "user", "password", "tls"];

/// The port of PostgreSQL.
const PORT: u32 = 5432;
/// The longest name, user or database, in bytes.
const LONGEST: usize = 200;
/// The longest password, in bytes.
const LONGEST_PASSWORD: usize = 1024;

/// A valid connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// Its name.
    pub name: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// Who we are there.
    pub user: String,
    /// The password, if one is asked for.
    pub password: Option<Secret>,
    /// How the server's certificate is checked; none for a connection in the clear.
    pub tls: Option<Tls>,
}

impl Connector {
    /// Reads a request. With `before` it is an edit: what is not given keeps its value, `***` keeps a secret, null gives
    /// the default. Gives the warnings too.
    ///
    /// Errors: `error/param/missing`, `error/param/wrong`.
    pub fn read(request: Value, before: Option<&Connector>) -> Result<(Connector, Vec<Error>)> {
        let mut warnings = Request::open(request, KNOWN, &[])?.warnings;
        let object = request.as_object().unwrap_or_default();
        let mut section = Section::new("", object, &mut warnings);
        let tls = Tls::read(&mut section, "tls", before.and_then(|connector| connector.tls.as_ref()))?;
        let is_host = |text: &str| url::Host::parse(text).is_ok();
        let name = section.text("name", before.map(|connector| connector.name.as_str()), LONGEST)?;
        let host = section.checked_text("host", before.map(|connector| connector.host.as_str()), is_host, "a host")?;
        let port = before.map(|connector| u32::from(connector.port));
        let port = section.number("port", port, PORT, 1..=u32::from(u16::MAX))?;
        let database = section.text("database", before.map(|connector| connector.database.as_str()), LONGEST)?;
        let user = section.text("user", before.map(|connector| connector.user.as_str()), LONGEST)?;
        let password = section.secret(
            "password",
            before.and_then(|connector| connector.password.as_ref()),
            |text| text.len() <= LONGEST_PASSWORD,
            "a text of at most 1024 bytes",
        )?;
        let connector = Connector {
            name: section.required("name", name)?,
            host: section.required("host", host)?,
            port: u16::try_from(port).unwrap_or(u16::MAX),
            database: section.required("database", database)?,
            user: section.required("user", user)?,
            password,
            tls,
        };
        Ok((connector, warnings))
    }

    /// Opens a connector as it is kept. Errors: those of a damaged row.
    pub fn open(stored: Value) -> Result<Connector> {
        Connector::read(stored, None).map(|(connector, _)| connector)
    }

    /// The object as it is kept; with `masked` as it is shown.
    pub fn written(&self, masked: bool) -> Node<'_> {
        let password = self.password.as_deref();
        Node::object([
            ("name", Node::from(self.name.as_str())),
            ("host", Node::from(self.host.as_str())),
            ("port", whole(u32::from(self.port))),
            ("database", Node::from(self.database.as_str())),
            ("user", Node::from(self.user.as_str())),
            ("password", password.map_or(Node::Null, |password| hidden(password, masked))),
            ("tls", self.tls.as_ref().map_or(Node::from(false), |tls| tls.written(masked))),
        ])
    }
}
