//! Where sockets live: an asynchronous runtime in threads of its own. They own plain data and never call Postgres, not
//! even to set a latch: an outcome goes into a queue, and an eventfd that the main thread waits on is rung.

use crate::sink::probe::Prober;
use crate::sink::sql::Databases;
use crate::sink::{Requests, Sinks, read_trust};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// How long the threads get to end before the process goes without them.
const END: Duration = Duration::from_secs(2);

/// The runtime of this process, for the exit callback, which knows nothing else.
static RUNNING: Mutex<Option<tokio::runtime::Runtime>> = Mutex::new(None);

/// The main thread's end; `D` is what comes back.
pub struct Courier<D> {
    sinks: Arc<Sinks>,
    requests: Arc<Requests>,
    databases: Arc<Databases>,
    prober: Arc<Prober>,
    handle: tokio::runtime::Handle,
    bell: Arc<OwnedFd>,
    sender: Sender<D>,
    receiver: Receiver<D>,
}

impl<D: Send + 'static> Courier<D> {
    /// Starts the threads. Nothing where the system refuses them.
    pub fn start() -> std::io::Result<Courier<D>> {
        // SAFETY: a new descriptor that is ours alone.
        let bell = unsafe {
            let descriptor = libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC);
            if descriptor < 0 {
                return Err(std::io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(descriptor)
        };
        let quiet = AllSignalsBlocked::begin();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("pg_member sink")
            .enable_all()
            .build()?;
        // The one worker thread is there once it has run something; it inherits the mask of now, and those that it starts
        // inherit its own.
        let handle = runtime.handle().clone();
        let masked = handle.block_on(handle.spawn(async {
            spawn_blocking(read_trust);
            all_signals_are_blocked()
        }));
        drop(quiet);
        if !matches!(masked, Ok(true)) {
            return Err(std::io::Error::other("a thread of the runtime would take the server's signals"));
        }
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(runtime);
        let (sender, receiver) = channel();
        Ok(Courier {
            sinks: Arc::default(),
            databases: Arc::default(),
            prober: Arc::default(),
            requests: Arc::new(Requests::new(Instant::now())),
            handle,
            bell: Arc::new(bell),
            sender,
            receiver,
        })
    }

    /// The clients of hooks.
    pub fn sinks(&self) -> Arc<Sinks> {
        self.sinks.clone()
    }

    /// The clients of pipes.
    pub fn requests(&self) -> Arc<Requests> {
        self.requests.clone()
    }

    /// The sessions of connectors.
    pub fn databases(&self) -> Arc<Databases> {
        self.databases.clone()
    }

    /// What asks mail servers.
    pub fn prober(&self) -> Arc<Prober> {
        self.prober.clone()
    }

    /// Has work done; what becomes of it comes with [`Courier::done`].
    pub fn run(&self, work: impl Future<Output = D> + Send + 'static) {
        let (bell, sender) = (self.bell.clone(), self.sender.clone());
        self.handle.spawn(async move {
            // Without a receiver the process is ending, and what goes out goes again from its row.
            if sender.send(work.await).is_ok() {
                let one = 1_u64;
                // SAFETY: the descriptor is open as long as somebody holds it; eight bytes are what it takes.
                unsafe { libc::write(bell.as_raw_fd(), (&raw const one).cast(), size_of::<u64>()) };
            }
        });
    }

    /// What became of work since the last time.
    pub fn done(&self) -> Vec<D> {
        let mut rung = 0_u64;
        // SAFETY: as above; an empty bell gives an error that says just that.
        unsafe { libc::read(self.bell.as_raw_fd(), (&raw mut rung).cast(), size_of::<u64>()) };
        self.receiver.try_iter().collect()
    }

    /// What the main thread waits on.
    pub fn bell(&self) -> RawFd {
        self.bell.as_raw_fd()
    }

    /// Closes connections that have not been used for long, and learns whom the machine trusts by now.
    pub fn tidy(&self) {
        self.sinks.close_idle();
        self.databases.close_idle();
        self.requests.close_idle();
        self.prober.close_idle();
        // From the runtime's thread: a thread that this one started would take the server's signals.
        self.handle.spawn(async {
            spawn_blocking(read_trust);
        });
    }

    /// Closes the connections of a hook.
    pub fn close(&self, hook: i64) {
        self.sinks.close(hook);
    }
}

/// Ends the threads of this process; while it ends.
pub fn stop() {
    let runtime = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(runtime) = runtime {
        runtime.shutdown_timeout(END);
    }
}

/// All signals blocked while it lives: threads that begin meanwhile inherit the mask and take none of the server's. One
/// thread with an open mask swallows most wake-ups.
struct AllSignalsBlocked(libc::sigset_t);

impl AllSignalsBlocked {
    fn begin() -> AllSignalsBlocked {
        // SAFETY: plain calls on sets of our own.
        unsafe {
            let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            AllSignalsBlocked(before)
        }
    }
}

impl Drop for AllSignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut()) };
    }
}

/// Whether this thread takes none of the signals that the server's processes send one another.
fn all_signals_are_blocked() -> bool {
    // SAFETY: as above.
    unsafe {
        let mut mask = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::null(), &mut mask);
        [libc::SIGUSR1, libc::SIGTERM, libc::SIGHUP, libc::SIGURG]
            .iter()
            .all(|signal| libc::sigismember(&mask, *signal) == 1)
    }
}
