//! Another cluster in the room.

use crate::common::*;
use crate::support::try_connect;

/// One that runs, by its name; it is stopped and deleted at the end.
pub struct Cluster(&'static str);

impl Cluster {
    /// Makes one and starts it, with options of the server.
    pub fn start(name: &'static str, options: &[&str]) -> Cluster {
        script("workers/server.sh", &["make", name]);
        let cluster = Cluster(name);
        cluster.go_on(options);
        cluster
    }

    /// A hot standby of another one.
    pub fn standby(name: &'static str, of: &str) -> Cluster {
        script("workers/server.sh", &["standby", name, of]);
        let cluster = Cluster(name);
        cluster.go_on(&[]);
        cluster
    }

    /// Starts it after [`Cluster::stop`].
    pub fn go_on(&self, options: &[&str]) {
        script("workers/server.sh", &[&["start", self.0], options].concat());
    }

    /// Stops it in one of the ways that the server knows.
    pub fn stop(&self, mode: &str) {
        script("workers/server.sh", &["stop", self.0, mode]);
    }

    /// Ends the recovery of a standby.
    pub fn promote(&self) {
        script("workers/server.sh", &["promote", self.0]);
    }

    /// A session in one of its databases.
    pub fn connect(&self, database: &str) -> Client {
        let host = format!("{}/{}/sock", from_suite("PG_MEMBER_ROOM"), self.0);
        try_connect(&host, database).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop("immediate");
        std::fs::remove_dir_all(format!("{}/{}", from_suite("PG_MEMBER_ROOM"), self.0)).unwrap();
    }
}
