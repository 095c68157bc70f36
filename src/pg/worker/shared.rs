//! What the workers and the backends share: one slot for each database that has the extension.
//!
//! Everything here is an atomic of its own, so that a commit callback can read it without a lock.

use super::queue::Queue;
use crate::pg::guc;
use pgrx::pg_sys;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// The most databases of one cluster that are served.
pub const MAX_DATABASES: usize = 64;

/// The most job workers of one database.
pub const MAX_JOBS: usize = 8;

/// The most runners of one database: max_worker_processes is 8 unless somebody raised it.
pub const MAX_RUNNERS: usize = 8;

/// The whole of it.
#[repr(C)]
pub struct Shared {
    /// The launcher's latch, null until it runs.
    pub launcher: AtomicPtr<pg_sys::Latch>,
    /// The launcher's process.
    pub launcher_pid: AtomicI32,
    /// Whether the launcher is to look for databases now.
    pub look: AtomicBool,
    /// The key that hidden addresses are sealed with: it is nowhere else, and goes with the server.
    pub sealing: [AtomicU64; 4],
    /// One slot for each database.
    pub slots: [Slot; MAX_DATABASES],
}

/// One database.
#[repr(C)]
pub struct Slot {
    /// Its oid; 0 for a slot that is free.
    pub database: AtomicU32,
    /// What is known of it: one of [`Knowledge`].
    pub knowledge: AtomicU32,
    /// The backend that wants its workers stopped, 0 for none.
    pub held_by: AtomicI32,
    /// Its dispatcher.
    pub dispatcher: Worker,
    /// Its job workers.
    pub jobs: [Worker; MAX_JOBS],
    /// Calls that wait for the dispatcher.
    pub queue: Queue,
    /// Its runners.
    pub runners: [Seat; MAX_RUNNERS],
}

/// The place of a runner: a process that runs queries as a role. The dispatcher gives it away anew each time with
/// another number; who holds an older one has lost it.
#[repr(C)]
pub struct Seat {
    /// The number that it was given away with last.
    pub number: AtomicU32,
    /// The role.
    pub role: AtomicU32,
    /// A query to take up: the number of the place above the handle of a segment, 0 for none.
    pub task: AtomicU64,
    /// The latch of the runner, null while there is none.
    pub latch: AtomicPtr<pg_sys::Latch>,
    /// Its process, 0 while there is none.
    pub pid: AtomicI32,
}

/// What the launcher knows of a database.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Knowledge {
    /// Nothing yet.
    Unknown = 0,
    /// The extension is not there.
    Without = 1,
    /// The extension is there.
    With = 2,
}

/// One worker.
#[repr(C)]
pub struct Worker {
    /// Its process, 0 while there is none.
    pub pid: AtomicI32,
    /// Its latch, null while there is none.
    pub latch: AtomicPtr<pg_sys::Latch>,
    /// One of [`State`].
    pub state: AtomicU32,
    /// When it was started last, in the server's microseconds.
    pub started_at: AtomicI64,
    /// How often it was asked to wake up.
    pub asked: AtomicU64,
    /// The value of `asked` when it last began to look and then found nothing left to do.
    pub done: AtomicU64,
}

/// The state of a worker, as member_workers() shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// It does not run.
    Stopped = 0,
    /// It was asked for and has not begun yet.
    Starting = 1,
    /// It waits for work.
    Idle = 2,
    /// It is at work.
    Working = 3,
    /// max_worker_processes is used up.
    NoSlot = 4,
    /// It is kept from running by a command on its database.
    Held = 5,
    /// The installed extension is of another version than the loaded library.
    VersionSkew = 6,
}

impl State {
    /// The word for a stored state.
    pub fn name(stored: u32) -> &'static str {
        match stored {
            1 => "starting",
            2 => "idle",
            3 => "working",
            4 => "no_slot",
            5 => "held",
            6 => "version_skew",
            _ => "stopped",
        }
    }
}

impl Worker {
    /// Says that this process is the worker.
    pub fn enter(&self) {
        // SAFETY: the process's own latch, in shared memory for as long as the server runs.
        self.latch.store(unsafe { pg_sys::MyLatch }, Ordering::Release);
        // SAFETY: reads a variable of the server's.
        self.pid.store(unsafe { pg_sys::MyProcPid }, Ordering::Release);
        self.set(State::Working);
    }

    /// Says that it runs no more.
    pub fn leave(&self) {
        self.latch.store(ptr::null_mut(), Ordering::Release);
        self.pid.store(0, Ordering::Release);
        self.set(State::Stopped);
    }

    /// The same by this process, if it is the worker.
    pub fn leave_if_mine(&self) {
        if self.is_mine() {
            self.leave();
        }
    }

    /// Whether this process is the worker.
    pub fn is_mine(&self) -> bool {
        // SAFETY: reads a variable of the server's.
        self.pid.load(Ordering::Acquire) == unsafe { pg_sys::MyProcPid }
    }

    /// Says what it is at.
    pub fn set(&self, state: State) {
        self.state.store(state as u32, Ordering::Release);
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        self.pid.load(Ordering::Acquire) != 0
    }

    /// Asks it to look for work; gives the number that `done` will have reached when it has. Safe in a commit callback:
    /// no allocation, no error.
    pub fn ask(&self) -> u64 {
        let asked = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        set_latch(self.latch.load(Ordering::Acquire));
        asked
    }
}

unsafe extern "C-unwind" {
    // The server's own, without pgrx' guard: it raises nothing, and it is called where nothing may be raised.
    fn SetLatch(latch: *mut pg_sys::Latch);
}

/// Sets a latch that may be null, or of a process that ended: then another process that has its place looks in vain.
pub fn set_latch(latch: *mut pg_sys::Latch) {
    if !latch.is_null() {
        // SAFETY: latches of processes lie in shared memory that is never given back.
        unsafe { SetLatch(latch) };
    }
}

impl Slot {
    /// Whether there is no place for a worker that would find out.
    pub fn has_no_place(&self) -> bool {
        self.dispatcher.state.load(Ordering::Acquire) == State::NoSlot as u32
    }

    /// Its workers with their names: the dispatcher, then the job workers that are to run or do.
    pub fn workers(&self) -> impl Iterator<Item = (&'static str, &Worker)> {
        let is_wanted = |(n, worker): &(usize, &Worker)| *n < guc::job_workers() || worker.is_up();
        let jobs = self.jobs.iter().enumerate().filter(is_wanted).map(|(_, worker)| ("jobs", worker));
        std::iter::once(("dispatcher", &self.dispatcher)).chain(jobs)
    }

    /// Whether its database is known to have the extension.
    pub fn has_extension(&self) -> bool {
        self.knowledge.load(Ordering::Acquire) == Knowledge::With as u32
    }
}

impl Shared {
    /// The slot of a database.
    pub fn slot_of(&self, database: pg_sys::Oid) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.database.load(Ordering::Acquire) == database.to_u32())
    }

    /// Whether a launcher runs.
    pub fn has_launcher(&self) -> bool {
        self.launcher_pid.load(Ordering::Acquire) != 0
    }

    /// Asks the launcher to look for databases and workers now.
    pub fn wake_launcher(&self) {
        self.look.store(true, Ordering::Release);
        set_latch(self.launcher.load(Ordering::Acquire));
    }
}

static SHARED: AtomicPtr<Shared> = AtomicPtr::new(ptr::null_mut());

/// The shared memory; none unless the library was loaded when the server started.
pub fn shared() -> Option<&'static Shared> {
    // SAFETY: set once to memory that lives as long as the server, holding nothing but atomics.
    unsafe { SHARED.load(Ordering::Acquire).as_ref() }
}

static mut BEFORE_REQUEST: pg_sys::shmem_request_hook_type = None;
static mut BEFORE_STARTUP: pg_sys::shmem_startup_hook_type = None;

/// Asks for the memory; only while the server starts.
pub fn request() {
    // SAFETY: the server's hooks, set while it has one thread and one process.
    unsafe {
        BEFORE_REQUEST = pg_sys::shmem_request_hook;
        pg_sys::shmem_request_hook = Some(on_request);
        BEFORE_STARTUP = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(on_startup);
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_request() {
    // SAFETY: the hook that was there before, then the server's routine in the place meant for it.
    unsafe {
        if let Some(before) = BEFORE_REQUEST {
            before();
        }
        pg_sys::RequestAddinShmemSpace(size_of::<Shared>());
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_startup() {
    // SAFETY: as above. Fresh memory is zeroed by us, and zero is the empty state of everything in it.
    unsafe {
        if let Some(before) = BEFORE_STARTUP {
            before();
        }
        let mut found = false;
        let memory = pg_sys::ShmemInitStruct(c"pg_member".as_ptr(), size_of::<Shared>(), &mut found);
        if !found {
            ptr::write_bytes(memory.cast::<u8>(), 0, size_of::<Shared>());
            make_key(&(*memory.cast::<Shared>()).sealing);
        }
        SHARED.store(memory.cast(), Ordering::Release);
    }
}

/// Makes a key of the server's strong random source; without one it stays zero, and nothing is sealed.
fn make_key(places: &[AtomicU64; 4]) {
    let mut key = [0_u64; 4];
    // SAFETY: the array has so many octets.
    if unsafe { pg_sys::pg_strong_random(key.as_mut_ptr().cast(), size_of_val(&key)) } {
        places.iter().zip(key).for_each(|(place, part)| place.store(part, Ordering::Release));
    }
}
