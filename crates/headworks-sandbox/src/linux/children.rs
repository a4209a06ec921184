//! Waiting for the command and for what it leaves behind, and passing signals on to it.
//!
//! `unsafe`: plain system calls; the handler of signals touches one atomic number and calls `kill`.

#![allow(unsafe_code, reason = "waiting for adopted processes and handling signals have no other interface")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use crate::recording::Ended;

/// The command that signals are passed on to; 0 when there is none.
static COMMAND: AtomicI32 = AtomicI32::new(0);

/// Passed on when somebody sends one of these to the recorder; a terminal sends its own to both.
const FORWARDED: [libc::c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// Makes this process the parent of every orphan below it, and closed to the command.
///
/// The command runs as the same user: without this it could write into the recorder's memory.
pub(super) fn adopt_and_close() {
    // SAFETY: plain calls.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

/// Waits for the command, passing on signals meanwhile.
pub(super) fn wait(command: libc::pid_t) -> io::Result<Ended> {
    COMMAND.store(command, Ordering::SeqCst);
    handle_signals(forward as *const () as usize);
    loop {
        let mut status = 0;
        // SAFETY: the kernel writes one integer.
        let ended = unsafe { libc::waitpid(command, &raw mut status, 0) };
        if ended == command {
            COMMAND.store(0, Ordering::SeqCst);
            handle_signals(libc::SIG_DFL);
            return Ok(decoded(status));
        }
        match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => {}
            error => return Err(error),
        }
    }
}

fn decoded(status: libc::c_int) -> Ended {
    if libc::WIFSIGNALED(status) {
        return Ended { code: None, signal: Some(libc::WTERMSIG(status)) };
    }
    Ended { code: Some(libc::WEXITSTATUS(status)), signal: None }
}

fn handle_signals(handler: libc::sighandler_t) {
    // SAFETY: the structure is zeroed and then filled, and the handler may run at any time.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        for signal in FORWARDED {
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn forward(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let command = COMMAND.load(Ordering::SeqCst);
    // SAFETY: the kernel hands a valid structure to a handler with SA_SIGINFO; `kill` may be called in one.
    unsafe {
        let by_terminal = (*info).si_code == libc::SI_KERNEL;
        if command > 0 && !by_terminal {
            libc::kill(command, signal);
        }
    }
}

/// A process that does not end when it is killed waits for a device, and is not waited for.
const KILLED_MAY_LAST: Duration = Duration::from_secs(10);
/// How often the recorder looks whether what the command left behind has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits for orphans of the command, then ends them. Returns how many had to be ended.
pub(super) fn settle(patience: Duration) -> usize {
    let started = Instant::now();
    let mut ended = BTreeSet::new();
    while !reap() {
        if started.elapsed() >= patience {
            let survivors = descendants();
            // SAFETY: each is a descendant of this process a moment ago; a number is not reused before it is reaped.
            survivors.iter().for_each(|&pid| unsafe {
                libc::kill(pid, libc::SIGKILL);
            });
            ended.extend(survivors);
            if started.elapsed() >= patience + KILLED_MAY_LAST {
                break;
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
    ended.len()
}

/// Collects ended orphans. True: none is left.
fn reap() -> bool {
    loop {
        let mut status = 0;
        // SAFETY: the kernel writes one integer.
        match unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) } {
            0 => return false,
            -1 => return io::Error::last_os_error().raw_os_error() == Some(libc::ECHILD),
            _ => {}
        }
    }
}

/// Every process below this one.
pub(super) fn descendants() -> Vec<libc::pid_t> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = children.remove(&i32::try_from(std::process::id()).unwrap_or_default()).unwrap_or_default();
    while let Some(pid) = next.pop() {
        next.extend(children.remove(&pid).unwrap_or_default());
        found.push(pid);
    }
    found
}

/// Whether a process is gone, or only waits to be collected.
pub(super) fn has_ended(pid: i32) -> bool {
    field(pid, 0).is_none_or(|state| state == "Z" || state == "X")
}

fn parent(pid: i32) -> Option<i32> {
    field(pid, 1)?.parse().ok()
}

/// The state is the first field, the parent the second; before them stands a name that may contain anything but ends last in `)`.
fn field(pid: i32, index: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(index).map(str::to_owned)
}
