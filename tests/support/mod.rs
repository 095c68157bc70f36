//! A connection to the private server that `make test` starts, and a database of each test's own in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use postgres::{Client, Config, NoTls};
use std::env;

/// A setting that `scripts/test.sh` passes; there is no server without it.
fn from_make(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: these tests need a private server; run them with `make test ONLY=client`")
    })
}

/// Connects to a database of the private server as its superuser.
pub fn connect(database: &str) -> Client {
    try_connect(&from_make("PG_MEMBER_HOST"), database).expect("the private server answers")
}

/// The same in the server whose socket is in this directory; an error while it does not answer.
pub fn try_connect(host: &str, database: &str) -> Result<Client, postgres::Error> {
    Config::new()
        .host(host)
        .port(from_make("PG_MEMBER_PORT").parse().expect("a port is a number"))
        .user(&from_make("PG_MEMBER_USER"))
        .dbname(database)
        .connect(NoTls)
}

/// A fresh database that has the extension; it is dropped at the end, whatever the test came to.
pub struct Database {
    name: String,
}

impl Database {
    /// Makes the database. `name` says which test it belongs to.
    pub fn new(name: &str) -> Self {
        let name = format!("client_{name}");
        let template = from_make("PG_MEMBER_TEMPLATE");
        connect("postgres").batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
        Database { name }
    }

    /// What it is called.
    #[allow(dead_code)]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Another session in this database.
    pub fn connect(&self) -> Client {
        connect(&self.name)
    }

    /// The same where the server may be down for a moment.
    #[allow(dead_code)]
    pub fn try_connect(&self) -> Option<Client> {
        try_connect(&from_make("PG_MEMBER_HOST"), &self.name).ok()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = connect("postgres").batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        if !std::thread::panicking() {
            dropped.unwrap();
        }
    }
}
