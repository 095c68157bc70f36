//! The background workers, in a server of their own that has the library preloaded: `make test ONLY=workers`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod brokers;
mod cluster;
mod common;
mod content;
mod databases;
mod email_test;
mod ending;
mod erase;
mod express;
mod groups;
mod hooks;
mod import_bad;
mod import_people;
mod import_room;
mod import_url;
mod imports;
mod kill;
mod launcher;
mod mass;
mod messages;
mod moderation;
mod modes;
mod order;
mod pace;
mod pipe_settings;
mod pipelines;
mod places;
#[path = "../support/post.rs"]
#[allow(dead_code)]
mod post;
#[path = "../support/receiver.rs"]
#[allow(dead_code)]
mod receiver;
mod resend;
mod restore;
mod ring;
mod sample;
mod sequences;
mod settings;
mod signature;
mod sql;
mod sql_selector;
#[path = "../support/mod.rs"]
mod support;
mod trial;
