//! The SQL functions: each decodes its arguments, makes one call below, and encodes the answer.

mod address;
mod admin;
mod calls;
mod channels;
mod datakey;
mod events;
mod filters;
mod groups;
mod hooks;
mod import;
mod journal;
mod messages;
mod request;
mod runs;
mod sync;
mod templates;
mod tracks;
mod uploads;
mod workers;
