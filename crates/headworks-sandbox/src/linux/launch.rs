//! Starts the command under the filter and hands its listener to the recorder.
//!
//! The child shares the table of descriptors until it executes, so the listener that it is given appears
//! here too: no message has to pass through the filter, and no right to take descriptors from another
//! process is needed, which containers withhold.
//!
//! `unsafe`: between `clone` and `execve` only calls that are safe in a forked child of a threaded process
//! are made, on memory that was prepared before.

#![allow(unsafe_code, reason = "clone, seccomp and execve have no other interface")]

use std::ffi::{CString, OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::ptr;

use libc::sock_filter;

use crate::recorder::KEY_PASSWORD_VARIABLE;

/// A command in the form that the kernel takes.
pub(super) struct Prepared {
    path: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
}

/// A child that waits for leave to execute.
pub(super) struct Launched {
    pub(super) pid: libc::pid_t,
    /// Where calls are shown, or the error with which the kernel refused the filter.
    pub(super) listener: io::Result<OwnedFd>,
    report: io::PipeReader,
    leave: io::PipeWriter,
    // The child has the same table of descriptors: these must stay open until it executes.
    _kept: (io::PipeWriter, io::PipeReader),
}

impl Prepared {
    /// Finds the program as a shell would.
    pub(super) fn new(argv: &[OsString]) -> io::Result<Self> {
        let program = argv.first().ok_or(io::ErrorKind::InvalidInput)?;
        let passed = std::env::vars_os().filter(|(name, _)| name != KEY_PASSWORD_VARIABLE);
        let environment = passed.map(|(name, value)| {
            let mut variable = name.into_vec();
            variable.push(b'=');
            variable.extend(value.into_vec());
            Ok(CString::new(variable)?)
        });
        Ok(Self {
            path: CString::new(found(program)?.into_os_string().into_vec())?,
            arguments: argv.iter().map(|text| Ok(CString::new(text.as_bytes())?)).collect::<io::Result<_>>()?,
            environment: environment.collect::<io::Result<_>>()?,
        })
    }
}

/// A program without a slash is looked for in the folders of `PATH`.
fn found(program: &OsStr) -> io::Result<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Ok(program.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let executable = |path: &PathBuf| path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    let found = std::env::split_paths(&path).map(|folder| folder.join(Path::new(program))).find(executable);
    found.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))
}

/// Starts a child that installs `filter`, when there is one, and then waits for [`Launched::execute`].
pub(super) fn launch(prepared: &Prepared, filter: Option<Vec<sock_filter>>) -> io::Result<Launched> {
    let pointers = |texts: &[CString]| texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect::<Vec<_>>();
    let (arguments, environment) = (pointers(&prepared.arguments), pointers(&prepared.environment));
    let mut filter = filter;
    let program = filter.as_mut().map(|steps| libc::sock_fprog {
        len: u16::try_from(steps.len()).expect("the filter has a few hundred steps"),
        filter: steps.as_mut_ptr(),
    });
    let ((mut report, told), (allowed, leave)) = (io::pipe()?, io::pipe()?);
    let (tell, hear) = (told.as_raw_fd(), allowed.as_raw_fd());
    let flags = libc::c_long::from(libc::CLONE_FILES | libc::SIGCHLD);
    // SAFETY: without a stack and without shared memory this is `fork`; the child never returns from `child`.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    if pid == 0 {
        // SAFETY: every pointer is to memory that lives until `execve`, and the arrays end in null.
        unsafe { child(prepared.path.as_ptr(), &arguments, &environment, program.as_ref(), tell, hear) }
    }
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    let mut answer = [0; 4];
    report.read_exact(&mut answer)?;
    let listener = match i32::from_ne_bytes(answer) {
        // SAFETY: the child opened it in the shared table for us, and gives up its own copy when it executes.
        fd @ 0.. => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        error => Err(io::Error::from_raw_os_error(error.saturating_neg())),
    };
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    Ok(Launched { pid, listener, report, leave, _kept: (told, allowed) })
}

impl Launched {
    /// Lets the child execute its program.
    pub(super) fn execute(&mut self) -> io::Result<()> {
        self.leave.write_all(b"g")
    }

    /// After the child has ended: the error with which its program could not be executed.
    pub(super) fn failure(self) -> io::Result<Option<io::Error>> {
        let Self { mut report, _kept: (told, _), .. } = self;
        drop(told);
        let mut answer = Vec::new();
        report.read_to_end(&mut answer)?;
        Ok(<[u8; 4]>::try_from(answer).ok().map(|error| io::Error::from_raw_os_error(i32::from_ne_bytes(error))))
    }
}

/// What the child does: it ends in the program or in exit code 127.
///
/// # Safety
/// Pointers are valid and the arrays of pointers end in null.
unsafe fn child(
    path: *const libc::c_char,
    arguments: &[*const libc::c_char],
    environment: &[*const libc::c_char],
    program: Option<&libc::sock_fprog>,
    tell: i32,
    hear: i32,
) -> ! {
    // SAFETY: only system calls, on memory that lives as long as this process.
    unsafe {
        own_signals();
        let listener = program.map_or(-libc::ENOSYS, |program| install(program));
        say(tell, listener);
        let mut leave = 0_u8;
        if libc::read(hear, (&raw mut leave).cast(), 1) == 1 {
            libc::execve(path, arguments.as_ptr(), environment.as_ptr());
            say(tell, error());
        }
        libc::_exit(127)
    }
}

/// The command starts with default handling of signals, dies with its recorder and inherits three descriptors.
unsafe fn own_signals() {
    // SAFETY: plain calls; the set of signals is initialised before it is read.
    unsafe {
        for signal in [libc::SIGPIPE, libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0);
        // The recorder reads the arguments of this process, which a copy of a closed process would forbid.
        libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0);
        libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
    }
}

/// Installs the filter: a descriptor, or a negative error.
unsafe fn install(program: &libc::sock_fprog) -> i32 {
    // With the second flag a signal does not take back a call that the recorder already looks at (Linux 5.19).
    let wanted = [libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV];
    let flags = wanted.into_iter().chain([libc::SECCOMP_FILTER_FLAG_NEW_LISTENER]);
    // SAFETY: the program is valid for the call, which copies it.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return -error();
        }
        for flags in flags {
            let mode = libc::SECCOMP_SET_MODE_FILTER;
            let listener = libc::syscall(libc::SYS_seccomp, mode, flags, ptr::from_ref(program));
            if let Ok(listener @ 0..) = i32::try_from(listener) {
                return listener;
            }
        }
        -error()
    }
}

unsafe fn say(tell: i32, word: i32) {
    let bytes = word.to_ne_bytes();
    // SAFETY: four bytes on this stack.
    unsafe { libc::write(tell, bytes.as_ptr().cast(), bytes.len()) };
}

fn error() -> i32 {
    // SAFETY: the location of this thread's error number is always valid.
    unsafe { *libc::__errno_location() }
}
