//! How `email_test` asks mail servers.

use super::declare::{define_number, define_shared_text, proposed, text_of};
use crate::domain::email_test;
use crate::domain::pipe::pipes::Limit;
use crate::pg::worker::email_tests::SPAN;
use crate::sink::probe::Manner;
use pgrx::{GucSetting, pg_sys};
use std::ffi::{CString, c_char, c_void};

static DNS_SERVERS: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SMTP_PORT: GucSetting<i32> = GucSetting::<i32>::new(25);
static SMTP_HELO: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SMTP_FROM: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(Some(c""));
static SMTP_PER_DOMAIN: GucSetting<i32> = GucSetting::<i32>::new(2);
static SMTP_RATE: GucSetting<i32> = GucSetting::<i32>::new(60);
static SMTP_MAX_CONN: GucSetting<i32> = GucSetting::<i32>::new(50);

/// Declares them.
pub fn define() {
    define_shared_text(
        c"pg_member.dns_servers",
        c"The servers that email_test asks for the mail servers of domains.",
        c"A list of addresses with commas, each with or without a port; empty for those of the system.",
        &DNS_SERVERS,
        check_dns_servers,
    );
    define_number(c"pg_member.smtp_port", c"The port of mail servers that email_test asks.", &SMTP_PORT, 1..=65_535);
    define_shared_text(
        c"pg_member.smtp_helo",
        c"The name that email_test says in EHLO.",
        c"A name of host that leads to this server; empty for its address in brackets.",
        &SMTP_HELO,
        check_helo,
    );
    define_shared_text(
        c"pg_member.smtp_from",
        c"The sender that email_test says in MAIL FROM.",
        c"An address; empty for the one that bounces are sent from.",
        &SMTP_FROM,
        check_sender,
    );
    define_number(
        c"pg_member.smtp_per_domain",
        c"How many addresses of one domain email_test asks about at once.",
        &SMTP_PER_DOMAIN,
        1..=1000,
    );
    define_number(
        c"pg_member.smtp_rate",
        c"How many addresses of one domain email_test asks about in a minute; 0 for any number.",
        &SMTP_RATE,
        0..=1_000_000,
    );
    define_number(
        c"pg_member.smtp_max_conn",
        c"How many addresses email_test asks about at once in all.",
        &SMTP_MAX_CONN,
        1..=10_000,
    );
}

unsafe extern "C-unwind" fn check_dns_servers(
    new: *mut *mut c_char,
    _: *mut *mut c_void,
    _: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(|text| email_test::name_servers(text).is_some())
}

unsafe extern "C-unwind" fn check_helo(new: *mut *mut c_char, _: *mut *mut c_void, _: pg_sys::GucSource::Type) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(email_test::is_helo)
}

unsafe extern "C-unwind" fn check_sender(
    new: *mut *mut c_char,
    _: *mut *mut c_void,
    _: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: the server passes the new value.
    unsafe { proposed(new) }.is_some_and(email_test::is_sender)
}

/// How mail servers are asked.
pub fn smtp_manner() -> Manner {
    Manner {
        dns: email_test::name_servers(text_of(&DNS_SERVERS)).unwrap_or_default(),
        port: u16::try_from(SMTP_PORT.get()).unwrap_or_default(),
        helo: text_of(&SMTP_HELO).to_owned(),
        from: text_of(&SMTP_FROM).to_owned(),
        per_domain: SMTP_PER_DOMAIN.get().unsigned_abs() as usize,
        rate: smtp_rate(),
        at_once: SMTP_MAX_CONN.get().unsigned_abs() as usize,
    }
}

/// How many addresses of one domain mail servers are asked about in a span of time; none for any number.
pub fn smtp_rate() -> Option<Limit> {
    let count = SMTP_RATE.get().unsigned_abs();
    (count > 0).then_some(Limit { count, period: SPAN })
}
