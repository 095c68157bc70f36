//! What every worker process does: start, take part in transactions, listen to signals, wait.

use crate::domain::error::{Error, Id, Result};
use crate::pg::boundary;
use crate::pg::spi::{Access, Session};
use pgrx::pg_sys;
#[cfg(not(feature = "pg18"))]
use pgrx::pg_sys::pqsignal;
#[cfg(feature = "pg18")]
use pgrx::pg_sys::pqsignal_be as pqsignal;
use std::any::Any;
use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// The library that holds the entry points of the workers.
const LIBRARY: &CStr = c"pg_member";

/// How long a transaction of a worker may take, in milliseconds: ours take far less, and one that hangs must end.
const LIMIT_MS: c_int = 5 * 60 * 1000;
/// The server's number for the timeout of statements, the same in all versions that are built.
const STATEMENT_TIMEOUT: c_int = 3;

/// Asks the server for a worker process now; none when max_worker_processes is used up.
pub fn launch(kind: &CStr, entry: &CStr, argument: u64) -> Option<Handle> {
    let mut worker = describe(kind, entry, argument);
    worker.bgw_restart_time = pg_sys::BGW_NEVER_RESTART;
    // SAFETY: the server copies the description; the handle is its own, kept for the life of this process.
    unsafe {
        worker.bgw_notify_pid = pg_sys::MyProcPid;
        let context = pg_sys::MemoryContextSwitchTo(pg_sys::TopMemoryContext);
        let mut handle = std::ptr::null_mut();
        let launched = pg_sys::RegisterDynamicBackgroundWorker(&mut worker, &mut handle);
        pg_sys::MemoryContextSwitchTo(context);
        // Lazily: a handle that is none must not be dropped.
        launched.then(|| Handle(handle))
    }
}

/// The description of a worker that reads shared memory and a database.
pub fn describe(kind: &CStr, entry: &CStr, argument: u64) -> pg_sys::BackgroundWorker {
    let mut worker = pg_sys::BackgroundWorker {
        bgw_flags: (pg_sys::BGWORKER_SHMEM_ACCESS | pg_sys::BGWORKER_BACKEND_DATABASE_CONNECTION) as c_int,
        bgw_start_time: pg_sys::BgWorkerStartTime::BgWorkerStart_RecoveryFinished,
        bgw_main_arg: pg_sys::Datum::from(argument),
        ..Default::default()
    };
    copy(kind, &mut worker.bgw_name);
    copy(kind, &mut worker.bgw_type);
    copy(LIBRARY, &mut worker.bgw_library_name);
    copy(entry, &mut worker.bgw_function_name);
    worker
}

/// Copies a text into a field of the server's, with the zero behind it.
fn copy(text: &CStr, field: &mut [std::ffi::c_char]) {
    for (place, byte) in field.iter_mut().zip(text.to_bytes_with_nul()) {
        *place = *byte as std::ffi::c_char;
    }
}

/// A worker process that was asked for.
pub struct Handle(*mut pg_sys::BackgroundWorkerHandle);

impl Handle {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        let mut pid = 0;
        // SAFETY: the handle is the server's own.
        let status = unsafe { pg_sys::GetBackgroundWorkerPid(self.0, &mut pid) };
        status == pg_sys::BgwHandleStatus::BGWH_STOPPED
    }

    /// Asks it to end.
    pub fn stop(&self) {
        // SAFETY: as above.
        unsafe { pg_sys::TerminateBackgroundWorker(self.0) };
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle was allocated for us and is used no more.
        unsafe { pg_sys::pfree(self.0.cast()) };
    }
}

unsafe extern "C-unwind" {
    // The server's own handlers as plain functions, which pgrx' guarded ones are not.
    fn die(signal: c_int);
    fn SignalHandlerForConfigReload(signal: c_int);
    // Not bound by pgrx.
    fn enable_timeout_after(timeout: c_int, delay_ms: c_int);
    fn disable_timeout(timeout: c_int, keep_indicator: bool);
}

/// Gets ready for signals: SIGTERM ends the process at the next chance, SIGHUP has the settings read again.
pub fn listen_to_signals() {
    // SAFETY: the server's own handlers, set before signals are let in.
    unsafe {
        pqsignal(libc::SIGTERM, Some(die));
        pqsignal(libc::SIGHUP, Some(SignalHandlerForConfigReload));
        pg_sys::BackgroundWorkerUnblockSignals();
        // The server ignores SIGHUP for a worker that is starting: one that came since it was forked is lost, and with
        // it what was changed.
        pg_sys::ConfigReloadPending = 1;
    }
}

/// Connects to a database as its superuser; to none where the oid is 0, which shows the shared catalogs only.
pub fn connect(database: pg_sys::Oid) {
    // SAFETY: called once, at the start of the process.
    unsafe { pg_sys::BackgroundWorkerInitializeConnectionByOid(database, pg_sys::InvalidOid, 0) };
}

/// Connects as a role: it is the user of the session, as if it had logged in. The process ends if the role is gone, may
/// not connect, or, before 17, cannot log in.
pub fn connect_as(database: pg_sys::Oid, role: pg_sys::Oid) {
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    let flags = 0;
    #[cfg(not(any(feature = "pg15", feature = "pg16")))]
    let flags = pg_sys::BGWORKER_BYPASS_ROLELOGINCHECK;
    // SAFETY: called once, at the start of the process.
    unsafe { pg_sys::BackgroundWorkerInitializeConnectionByOid(database, role, flags) };
    set(c"application_name", c"pg_member runner");
}

/// Settings that hold for all statements of a worker.
pub fn settle(name: &CStr) {
    for (setting, value) in [
        (c"application_name", name),
        (c"search_path", c"pg_catalog"),
        // Planning with it costs thirty times what the statement itself does.
        (c"jit", c"off"),
        // A batch is on disk before its first byte leaves, whatever the database's own default is.
        (c"synchronous_commit", c"on"),
        (c"lock_timeout", c"10s"),
        (c"idle_in_transaction_session_timeout", c"0"),
    ] {
        set(setting, value);
    }
}

fn set(setting: &CStr, value: &CStr) {
    // SAFETY: names and values are constants, and those who pass them may set them.
    unsafe {
        pg_sys::SetConfigOption(
            setting.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            pg_sys::GucSource::PGC_S_OVERRIDE,
        );
    }
}

/// Runs work on our tables in a transaction of its own.
pub fn transaction<R>(activity: &CStr, work: impl FnOnce(&Session) -> R) -> R {
    bare_transaction(activity, || work(&Session::open(Access::Write)))
}

/// Runs work in a transaction of its own. An error of the server ends the process, and the launcher starts another.
pub fn bare_transaction<R>(activity: &CStr, work: impl FnOnce() -> R) -> R {
    limited_transaction(activity, LIMIT_MS, work)
}

/// The same, with a limit in milliseconds for everything up to the commit.
pub fn limited_transaction<R>(activity: &CStr, limit_ms: c_int, work: impl FnOnce() -> R) -> R {
    // SAFETY: the worker's main thread, outside any transaction.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_RUNNING, activity.as_ptr());
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        enable_timeout_after(STATEMENT_TIMEOUT, limit_ms);
    }
    let result = work();
    // SAFETY: as above.
    unsafe {
        disable_timeout(STATEMENT_TIMEOUT, false);
        pg_sys::PopActiveSnapshot();
        pg_sys::CommitTransactionCommand();
        pg_sys::pgstat_report_stat(true);
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_IDLE, std::ptr::null());
    }
    result
}

/// A transaction that came to nothing.
pub struct Failure {
    /// The id of a refusal of ours, or the SQLSTATE of the server's error.
    pub id: String,
    /// What was wrong.
    pub explain: String,
}

impl Failure {
    /// A refusal of ours.
    pub fn of(refusal: &Error) -> Failure {
        Failure { id: refusal.id.as_str().to_owned(), explain: refusal.explain.clone() }
    }

    /// Whether it was another transaction that was in the way: the same may succeed the next time.
    pub fn is_passing(&self) -> bool {
        ["40001", "40P01", "55P03", Id::MemberConcurrent.as_str()].contains(&self.id.as_str())
    }
}

/// The same; an error ends the transaction and not the process.
pub fn try_transaction<R>(
    activity: &CStr,
    work: impl FnOnce(&Session) -> Result<R>,
) -> std::result::Result<R, Failure> {
    let tried = catch_unwind(AssertUnwindSafe(|| {
        // A refusal leaves by the same way as an error: what was written must not be committed.
        transaction(activity, |session| work(session).unwrap_or_else(|refusal| resume_unwind(Box::new(refusal))))
    }));
    tried.map_err(|payload| {
        abort();
        failure_of(payload)
    })
}

/// Ends a transaction that an error left open, for whoever caught it.
pub fn abort() {
    // SAFETY: nobody uses anything of the transaction.
    unsafe {
        disable_timeout(STATEMENT_TIMEOUT, false);
        pg_sys::AbortCurrentTransaction();
        pg_sys::pgstat_report_activity(pg_sys::BackendState::STATE_IDLE, std::ptr::null());
    }
}

/// What a caught error of the server, or a refusal of ours, says.
pub fn failure_of(payload: Box<dyn Any + Send>) -> Failure {
    match payload.downcast::<Error>() {
        Ok(refusal) => Failure::of(&refusal),
        Err(payload) => {
            let (id, explain) = boundary::state_and_message(payload);
            Failure { id, explain }
        }
    }
}

/// While it lives, a statement that finds a row locked gives up at once: whoever must not wait comes back later.
pub struct BriefLocks(c_int);

impl BriefLocks {
    /// Locks are waited for a millisecond, the least that the server knows.
    pub fn begin() -> BriefLocks {
        // SAFETY: the server's own variable; the main thread alone runs here.
        unsafe { BriefLocks((&raw mut pg_sys::LockTimeout).replace(1)) }
    }
}

impl Drop for BriefLocks {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { pg_sys::LockTimeout = self.0 };
    }
}

/// Takes what has come between two pieces of work: changed settings, the wish to end.
pub fn breathe() {
    read_settings();
    pgrx::check_for_interrupts!();
}

/// Waits until the latch is set, a socket has something to read, or time is up; then reads the settings again if they
/// changed and ends if that was asked.
pub fn wait(limit: Duration, socket: Option<c_int>) {
    pause(limit, socket);
    read_settings();
}

fn read_settings() {
    // SAFETY: the worker's main thread, outside any transaction.
    unsafe {
        if pg_sys::ConfigReloadPending != 0 {
            pg_sys::ConfigReloadPending = 0;
            pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP);
        }
    }
}

/// The same without reading settings: also for backends in the middle of a command.
pub fn pause(limit: Duration, socket: Option<c_int>) {
    let events = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
    // Rounded up: who looks a moment too early looks again for nothing.
    let milliseconds = i64::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(i64::MAX);
    // SAFETY: the process's own latch; the socket is open.
    unsafe {
        match socket {
            Some(socket) => pg_sys::WaitLatchOrSocket(
                pg_sys::MyLatch,
                (events | pg_sys::WL_SOCKET_READABLE) as c_int,
                socket,
                milliseconds,
                pg_sys::PG_WAIT_EXTENSION,
            ),
            None => pg_sys::WaitLatch(pg_sys::MyLatch, events as c_int, milliseconds, pg_sys::PG_WAIT_EXTENSION),
        };
        pg_sys::ResetLatch(pg_sys::MyLatch);
    }
    pgrx::check_for_interrupts!();
}

/// The server's microseconds now.
pub fn now() -> i64 {
    // SAFETY: reads the clock.
    unsafe { pg_sys::GetCurrentTimestamp() }
}

/// A time in the server's microseconds.
pub fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
