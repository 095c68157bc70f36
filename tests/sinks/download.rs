//! Data that are fetched into a file, and every way in which that ends otherwise.

use crate::receiver::Receiver;
use pg_member::domain::error::{Error, Id};
use pg_member::sink::Reach;
use pg_member::sink::download::{Download, Fetched};
use std::path::PathBuf;
use std::time::Duration;

const TABLE: &str = "member.email;base.firstName\nanna@example.com;Anna\n";

/// A file of a test's own; gone with it.
struct File(PathBuf);

impl File {
    fn of(test: &str) -> File {
        File(std::env::temp_dir().join(format!("pg_member_{}_{test}", std::process::id())))
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn fetch(receiver: &Receiver, path: &str, file: &File, tries: u32) -> Result<Fetched, Error> {
    let download = Download {
        url: receiver.url(path).parse().unwrap(),
        file: file.0.clone(),
        room: 1 << 20,
        silence: Duration::from_millis(500),
        tries,
        pause: Duration::from_millis(1),
    };
    download.fetch(&crate::open()).await
}

#[tokio::test]
async fn a_table_is_fetched_where_redirects_lead() {
    let (receiver, file) = (Receiver::start().await, File::of("table"));
    for path in ["/people.csv", "/away.csv"] {
        assert_eq!(fetch(&receiver, path, &file, 1).await.unwrap(), Fetched { request: None });
        assert_eq!(file.text(), TABLE);
    }
}

#[tokio::test]
async fn a_place_has_parameters_and_data_of_the_kind_that_they_say() {
    let (receiver, file) = (Receiver::start().await, File::of("place"));
    let fetched = fetch(&receiver, "/in/", &file, 1).await.unwrap();
    assert!(fetched.request.unwrap().contains("content_type"));
    assert_eq!(file.text(), TABLE);
    let asked: Vec<String> = ["/in/request.json", "/in/data.txt", "/in/import.txt"]
        .iter()
        .flat_map(|path| receiver.seen(path))
        .map(|seen| seen.path)
        .collect();
    assert_eq!(asked, ["/in/request.json", "/in/data.txt", "/in/import.txt"]);
    for path in ["/nothing/", "/list/"] {
        assert_eq!(fetch(&receiver, path, &file, 1).await.unwrap_err().id, Id::ImportRequest, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_told() {
    let (receiver, file) = (Receiver::start().await, File::of("refused"));
    for (path, id) in [
        ("/nothing.csv", Id::ImportUrl),
        ("/broken", Id::ImportUrl),
        ("/hang", Id::ImportUrl),
        ("/drip", Id::ImportUrl),
        ("/close", Id::ImportUrl),
        ("/around.csv", Id::ImportUrl),
        ("/passwd.csv", Id::ImportUrl),
        ("/endless", Id::ImportToolarge),
        ("/huge", Id::ImportToolarge),
    ] {
        assert_eq!(fetch(&receiver, path, &file, 1).await.unwrap_err().id, id, "{path}");
    }
}

#[tokio::test]
async fn no_address_inside_is_reached() {
    let (receiver, file) = (Receiver::start().await, File::of("inside"));
    let download = Download {
        url: receiver.url("/people.csv").parse().unwrap(),
        file: file.0.clone(),
        room: 1 << 20,
        silence: Duration::from_millis(500),
        tries: 1,
        pause: Duration::ZERO,
    };
    assert_eq!(download.fetch(&Reach::default()).await.unwrap_err().id, Id::ImportUrl);
    assert!(receiver.seen("/people.csv").is_empty());
}

#[tokio::test]
async fn it_is_tried_as_often_as_it_may() {
    let (receiver, file) = (Receiver::start().await, File::of("tries"));
    assert_eq!(fetch(&receiver, "/third.csv", &file, 2).await.unwrap_err().id, Id::ImportUrl);
    assert_eq!(fetch(&receiver, "/third.csv", &file, 1).await.unwrap(), Fetched { request: None });
    assert_eq!(file.text(), "anna@example.com\n");
    assert_eq!(receiver.seen("/third.csv").len(), 3);
}
