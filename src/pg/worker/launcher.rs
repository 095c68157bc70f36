//! The launcher: one in the cluster. It finds the databases that have the extension and keeps their workers running.

use super::jobs;
use super::process::{self, Handle};
use super::shared::{Knowledge, Shared, Slot, State, Worker, shared};
use crate::pg::guc;
use pgrx::pg_sys;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often all databases are looked at, though nobody asked.
const ROUND: Duration = Duration::from_secs(60);
/// How long a worker that ended waits before it is started again: a fault that returns at once must not fill the log.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a new launcher waits for the workers of the one before to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks whether they have.
const GLANCE: Duration = Duration::from_millis(50);
/// How often the launcher looks after its workers while one of them does not run.
const TICK: Duration = Duration::from_millis(500);

/// Has the server start the launcher, and start it again whenever it ends.
pub fn register() {
    let mut worker = process::describe(c"pg_member launcher", c"pg_member_launcher", 0_u64);
    worker.bgw_restart_time = 1;
    // SAFETY: called while the server loads its libraries; it copies the description.
    unsafe { pg_sys::RegisterBackgroundWorker(&mut worker) };
}

/// The entry point. It never returns: a worker that ends well would not be started again.
#[pgrx::pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_member_launcher(_argument: pg_sys::Datum) {
    process::listen_to_signals();
    process::connect(pg_sys::InvalidOid);
    let Some(shared) = shared() else { return };
    // SAFETY: this process's own latch and number.
    unsafe {
        shared.launcher.store(pg_sys::MyLatch, Ordering::Release);
        shared.launcher_pid.store(pg_sys::MyProcPid, Ordering::Release);
    }
    end_orphans(shared);
    for slot in &shared.slots {
        slot.database.store(0, Ordering::Release);
        slot.knowledge.store(Knowledge::Unknown as u32, Ordering::Release);
    }
    let mut launcher = Launcher { shared, running: HashMap::new(), ended: HashMap::new(), looked: None };
    loop {
        let calm = launcher.turn();
        process::wait(if calm { ROUND } else { TICK }, None);
    }
}

/// Ends the workers of a launcher that died, whose handles are lost, and waits until they are gone.
fn end_orphans(shared: &Shared) {
    let begun = Instant::now();
    loop {
        let workers = shared.slots.iter().flat_map(|slot| slot.jobs.iter().chain([&slot.dispatcher]));
        let alive: Vec<i32> =
            workers.map(|worker| worker.pid.load(Ordering::Acquire)).filter(|pid| runs(*pid)).collect();
        if alive.is_empty() || begun.elapsed() > PATIENCE {
            return;
        }
        for pid in alive {
            // SAFETY: the process is a worker of ours: its number is taken back when it ends.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
        process::wait(GLANCE, None);
    }
}

/// Whether a process of the server has this number.
fn runs(pid: i32) -> bool {
    // SAFETY: looks the process up in shared memory.
    pid != 0 && !unsafe { pg_sys::BackendPidGetProc(pid) }.is_null()
}

struct Launcher {
    shared: &'static Shared,
    /// The processes of each database.
    running: HashMap<(u32, Kind), Handle>,
    /// When they ended last.
    ended: HashMap<(u32, Kind), Instant>,
    looked: Option<Instant>,
}

/// A process of a database.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Probe,
    Dispatcher,
    Job(usize),
}

impl Kind {
    /// What the others see of it; of the probe, what they see of the dispatcher that it comes before.
    fn worker(self, slot: &Slot) -> Option<&Worker> {
        match self {
            Kind::Probe | Kind::Dispatcher => Some(&slot.dispatcher),
            Kind::Job(number) => slot.jobs.get(number),
        }
    }

    fn launch(self, database: u32) -> Option<Handle> {
        match self {
            Kind::Probe => process::launch(c"pg_member probe", c"pg_member_probe", database.into()),
            Kind::Dispatcher => process::launch(c"pg_member dispatcher", c"pg_member_dispatcher", database.into()),
            Kind::Job(number) => {
                process::launch(c"pg_member jobs", c"pg_member_jobs", jobs::argument(database, number))
            }
        }
    }
}

impl Launcher {
    /// Looks once after everything; whether there is nothing to come back for soon.
    fn turn(&mut self) -> bool {
        let shared = self.shared;
        for slot in &shared.slots {
            self.note_ends(slot, slot.database.load(Ordering::Acquire));
        }
        let asked = shared.look.swap(false, Ordering::AcqRel);
        if asked || self.looked.is_none_or(|looked| looked.elapsed() >= ROUND) {
            self.looked = Some(Instant::now());
            self.find_databases();
        }
        let mut calm = true;
        for slot in shared.slots.iter().filter(|slot| slot.database.load(Ordering::Acquire) != 0) {
            calm &= self.look_after(slot);
        }
        calm
    }

    /// Gives every database that can be connected to a slot, and takes away those of databases that are gone. What is
    /// known to be without the extension is asked again.
    fn find_databases(&mut self) {
        let databases = databases();
        for slot in &self.shared.slots {
            let database = slot.database.load(Ordering::Acquire);
            if database != 0 && !databases.contains(&database) && !self.running.keys().any(|(of, _)| *of == database) {
                slot.database.store(0, Ordering::Release);
            } else if slot.knowledge.load(Ordering::Acquire) == Knowledge::Without as u32 {
                slot.knowledge.store(Knowledge::Unknown as u32, Ordering::Release);
            }
        }
        for database in databases {
            if self.shared.slot_of(database.into()).is_none()
                && let Some(free) = self.shared.slot_of(pg_sys::InvalidOid)
            {
                free.knowledge.store(Knowledge::Unknown as u32, Ordering::Release);
                free.held_by.store(0, Ordering::Release);
                free.dispatcher.set(State::Stopped);
                free.database.store(database, Ordering::Release);
            }
        }
    }

    /// Starts what should run for a database and does not; stops what should not. Whether all is as it should be.
    fn look_after(&mut self, slot: &Slot) -> bool {
        let database = slot.database.load(Ordering::Acquire);
        if is_held(slot) {
            self.stop(slot, database, |_| true);
            return false;
        }
        let jobs = guc::job_workers();
        self.stop(slot, database, |kind| matches!(kind, Kind::Job(number) if number >= jobs));
        match slot.knowledge.load(Ordering::Acquire) {
            known if known == Knowledge::Without as u32 => true,
            known if known == Knowledge::With as u32 => {
                // The dispatcher first: where there is one place left, it is the more useful.
                let mut calm = self.keep_up(slot, database, Kind::Dispatcher);
                for number in 0..jobs {
                    calm &= self.keep_up(slot, database, Kind::Job(number));
                }
                calm
            }
            _ => {
                self.keep_up(slot, database, Kind::Probe);
                false
            }
        }
    }

    /// Notes which processes of a database have ended. One whose dispatcher ended may have no extension any more; a probe
    /// that ended without an answer is asked again after a while.
    fn note_ends(&mut self, slot: &Slot, database: u32) {
        let is_over =
            |(key, handle): (&(u32, Kind), &Handle)| (key.0 == database && handle.has_ended()).then_some(key.1);
        let over: Vec<Kind> = self.running.iter().filter_map(is_over).collect();
        for kind in over {
            self.running.remove(&(database, kind));
            let was_answered = slot.knowledge.load(Ordering::Acquire) != Knowledge::Unknown as u32;
            if kind != Kind::Probe || !was_answered {
                self.ended.insert((database, kind), Instant::now());
            }
            match kind {
                // The dispatcher may run already.
                Kind::Probe => {}
                Kind::Dispatcher => {
                    slot.dispatcher.leave();
                    slot.knowledge.store(Knowledge::Unknown as u32, Ordering::Release);
                }
                Kind::Job(_) => _ = kind.worker(slot).map(Worker::leave),
            }
        }
    }

    /// Asks those processes of a database to end that are `unwanted`.
    fn stop(&self, slot: &Slot, database: u32, unwanted: impl Fn(Kind) -> bool) {
        for (_, handle) in self.running.iter().filter(|((of, kind), _)| *of == database && unwanted(*kind)) {
            handle.stop();
        }
        if is_held(slot) && !slot.dispatcher.is_up() {
            slot.dispatcher.set(State::Held);
        }
    }

    /// Has a process run; whether it does.
    fn keep_up(&mut self, slot: &Slot, database: u32, kind: Kind) -> bool {
        let key = (database, kind);
        if self.running.contains_key(&key) {
            return true;
        }
        if self.ended.get(&key).is_some_and(|ended| ended.elapsed() < PAUSE) {
            return false;
        }
        let Some(worker) = kind.worker(slot) else { return true };
        let Some(handle) = kind.launch(database) else {
            if worker.state.load(Ordering::Acquire) != State::NoSlot as u32 {
                pgrx::warning!("pg_member: max_worker_processes is used up: no worker for database {database}");
            }
            worker.set(State::NoSlot);
            return false;
        };
        worker.set(State::Starting);
        worker.started_at.store(process::now(), Ordering::Release);
        self.running.insert(key, handle);
        true
    }
}

/// Whether a command on the database wants its workers stopped. One that is gone wants nothing any more.
fn is_held(slot: &Slot) -> bool {
    let holder = slot.held_by.load(Ordering::Acquire);
    if holder == 0 {
        return false;
    }
    if !runs(holder) {
        slot.held_by.store(0, Ordering::Release);
        return false;
    }
    true
}

/// The databases that can be connected to and are no templates.
fn databases() -> Vec<u32> {
    let mut found = Vec::new();
    // SAFETY: reads a shared catalog inside a transaction, as the server's own launchers do.
    unsafe {
        pg_sys::StartTransactionCommand();
        let relation = pg_sys::table_open(pg_sys::DatabaseRelationId, pg_sys::AccessShareLock as i32);
        let scan = pg_sys::table_beginscan_catalog(relation, 0, std::ptr::null_mut());
        loop {
            let tuple = pg_sys::heap_getnext(scan, pg_sys::ScanDirection::ForwardScanDirection);
            if tuple.is_null() {
                break;
            }
            let database = pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_database>(tuple);
            if (*database).datallowconn && !(*database).datistemplate {
                found.push((*database).oid.to_u32());
            }
        }
        pg_sys::table_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        pg_sys::CommitTransactionCommand();
    }
    found
}
