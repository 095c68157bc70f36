//! Commands on databases: DROP, RENAME and CREATE … TEMPLATE need a database that nobody is connected to, so the workers
//! of it are stopped first and start again after (shapes.md 9).

use super::shared::{Slot, shared};
use pgrx::pg_sys;
use std::ffi::CStr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long a command waits for the workers to end; then it runs all the same, and the server says who is in the way.
const PATIENCE: Duration = Duration::from_secs(10);

static mut BEFORE: pg_sys::ProcessUtility_hook_type = None;

/// Takes part in the server's commands; only while it starts.
pub fn hook() {
    // SAFETY: set while the server has one thread and one process.
    unsafe {
        BEFORE = pg_sys::ProcessUtility_hook;
        pg_sys::ProcessUtility_hook = Some(on_command);
    }
}

#[allow(clippy::too_many_arguments, reason = "the server's own form")]
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn on_command(
    statement: *mut pg_sys::PlannedStmt,
    text: *const std::ffi::c_char,
    read_only_tree: bool,
    context: pg_sys::ProcessUtilityContext::Type,
    params: pg_sys::ParamListInfo,
    env: *mut pg_sys::QueryEnvironment,
    dest: *mut pg_sys::DestReceiver,
    completion: *mut pg_sys::QueryCompletion,
) {
    // SAFETY: the server's arguments are handed on as they came.
    unsafe {
        let held = emptied_database((*statement).utilityStmt).and_then(Hold::take);
        match BEFORE {
            Some(before) => before(statement, text, read_only_tree, context, params, env, dest, completion),
            None => {
                pg_sys::standard_ProcessUtility(statement, text, read_only_tree, context, params, env, dest, completion)
            }
        }
        drop(held);
        if is_create_extension((*statement).utilityStmt) {
            super::wake::at_commit();
        }
    }
}

/// Whether a command makes an extension: then the launcher looks whether it is this one.
///
/// # Safety
/// The node is a command's.
unsafe fn is_create_extension(node: *mut pg_sys::Node) -> bool {
    // SAFETY: reads the node's tag.
    unsafe { (*node).type_ == pg_sys::NodeTag::T_CreateExtensionStmt }
}

/// The database that a command needs for itself.
///
/// # Safety
/// The node is a command's.
unsafe fn emptied_database(node: *mut pg_sys::Node) -> Option<pg_sys::Oid> {
    // SAFETY: each cast follows the node's own tag; names are the parser's.
    unsafe {
        let name = match (*node).type_ {
            pg_sys::NodeTag::T_DropdbStmt => (*node.cast::<pg_sys::DropdbStmt>()).dbname,
            pg_sys::NodeTag::T_RenameStmt => {
                let rename = &*node.cast::<pg_sys::RenameStmt>();
                if rename.renameType != pg_sys::ObjectType::OBJECT_DATABASE {
                    return None;
                }
                rename.subname
            }
            pg_sys::NodeTag::T_CreatedbStmt => template_of(&*node.cast::<pg_sys::CreatedbStmt>())?,
            _ => return None,
        };
        if name.is_null() {
            return None;
        }
        let database = pg_sys::get_database_oid(name, true);
        (database != pg_sys::InvalidOid).then_some(database)
    }
}

/// The TEMPLATE of CREATE DATABASE, if it names one.
///
/// # Safety
/// The options are the parser's.
unsafe fn template_of(statement: &pg_sys::CreatedbStmt) -> Option<*mut std::ffi::c_char> {
    // SAFETY: a list of DefElem, as the grammar makes it.
    unsafe {
        let options = statement.options.as_ref()?;
        (0..options.length).find_map(|n| {
            let option = &*(*options.elements.add(n as usize)).ptr_value.cast::<pg_sys::DefElem>();
            let is_template = CStr::from_ptr(option.defname).to_bytes() == b"template" && !option.arg.is_null();
            is_template.then(|| pg_sys::defGetString(std::ptr::from_ref(option).cast_mut()))
        })
    }
}

/// A database whose workers are kept from running.
struct Hold(&'static Slot);

impl Hold {
    /// Asks for it and waits until they are gone.
    fn take(database: pg_sys::Oid) -> Option<Hold> {
        let shared = shared()?;
        let slot = shared.slot_of(database)?;
        // SAFETY: reads a variable of the server's.
        slot.held_by.store(unsafe { pg_sys::MyProcPid }, Ordering::Release);
        let hold = Hold(slot);
        let begun = Instant::now();
        while slot.workers().any(|(_, worker)| worker.is_up()) && begun.elapsed() < PATIENCE {
            shared.wake_launcher();
            super::process::pause(Duration::from_millis(20), None);
        }
        Some(hold)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.held_by.store(0, Ordering::Release);
        if let Some(shared) = shared() {
            shared.wake_launcher();
        }
    }
}
