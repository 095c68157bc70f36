//! Notices with what they carry: NOTIFY on a channel that a Listener pipeline is bound to (pipelines-and-hooks.md 13.1).
//!
//! The server hands a notice on to the client of a session. A worker has no client: while notices are taken, what would go
//! to one comes here. So no connection of our own to the database is needed, and no password for it.

use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char, c_int};
use std::slice;

/// The way to the client, as the server declares it.
#[repr(C)]
struct Way {
    comm_reset: extern "C" fn(),
    flush: extern "C" fn() -> c_int,
    flush_if_writable: extern "C" fn() -> c_int,
    is_send_pending: extern "C" fn() -> bool,
    putmessage: unsafe extern "C" fn(c_char, *const c_char, usize) -> c_int,
    putmessage_noblock: unsafe extern "C" fn(c_char, *const c_char, usize),
}

unsafe extern "C-unwind" {
    fn Async_Listen(channel: *const c_char);
    fn Async_Unlisten(channel: *const c_char);
    fn ProcessNotifyInterrupt(flush: bool);
    static mut notifyInterruptPending: c_int;
    static mut PqCommMethods: *const Way;
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The channel of NOTIFY.
    pub name: String,
    /// What it carries.
    pub payload: String,
}

thread_local! {
    /// What has come and was not asked for yet.
    static COME: RefCell<Vec<Notice>> = const { RefCell::new(Vec::new()) };
}

static HERE: Way = Way {
    comm_reset: nothing,
    flush: sent,
    flush_if_writable: sent,
    is_send_pending: never,
    putmessage: take,
    putmessage_noblock: take_too,
};

extern "C" fn nothing() {}

extern "C" fn sent() -> c_int {
    0
}

extern "C" fn never() -> bool {
    false
}

unsafe extern "C" fn take_too(kind: c_char, bytes: *const c_char, length: usize) {
    // SAFETY: passed on.
    unsafe { take(kind, bytes, length) };
}

/// Takes a message of the protocol; of a notice what it says, and nothing of others.
unsafe extern "C" fn take(kind: c_char, bytes: *const c_char, length: usize) -> c_int {
    /// The letter of a notice; its first four bytes are the process that gave it.
    const NOTICE: c_char = b'A' as c_char;
    const SENDER: usize = 4;
    if kind == NOTICE {
        // SAFETY: the server passes that many bytes.
        let bytes = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), length) };
        let mut texts = bytes.get(SENDER..).unwrap_or_default().split(|byte| *byte == 0);
        let mut next = || texts.next().map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
        let notice = Notice { name: next(), payload: next() };
        COME.with_borrow_mut(|come| come.push(notice));
    }
    0
}

/// The channels that are listened to.
#[derive(Default)]
pub struct Notices {
    names: BTreeSet<String>,
}

impl Notices {
    /// Listens to these channels, and no longer to others that it did. Inside a transaction; it holds from its commit on.
    pub fn listen_to(&mut self, names: BTreeSet<String>) {
        for name in names.difference(&self.names) {
            // SAFETY: the server's own routine copies the name.
            with_text(name, |name| unsafe { Async_Listen(name.as_ptr()) });
        }
        for name in self.names.difference(&names) {
            // SAFETY: as above.
            with_text(name, |name| unsafe { Async_Unlisten(name.as_ptr()) });
        }
        self.names = names;
    }

    /// Takes what has come, outside transactions. A listener pins the queue of all databases: each turn it is emptied.
    pub fn taken(&self) -> Vec<Notice> {
        // SAFETY: the server's own flag, variables and routine, in the main thread; both variables get back what they were.
        unsafe {
            if notifyInterruptPending != 0 {
                let way = (&raw mut PqCommMethods).replace(&HERE);
                let destination = pg_sys::whereToSendOutput;
                pg_sys::whereToSendOutput = pg_sys::CommandDest::DestRemote;
                ProcessNotifyInterrupt(false);
                pg_sys::whereToSendOutput = destination;
                PqCommMethods = way;
            }
        }
        let mut come = COME.take();
        come.retain(|notice| self.names.contains(&notice.name));
        come
    }
}

fn with_text(text: &str, work: impl FnOnce(&CStr)) {
    if let Ok(text) = CString::new(text) {
        work(&text);
    }
}
