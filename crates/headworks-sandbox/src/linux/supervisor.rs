//! Answers each call of the command, and notes what it means.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::address::{self, Address};
use super::ahead::Ahead;
use super::call::{At, Call, decode};
use super::checkpoints::{Guard, Refused};
use super::files::{Change, Files, Known, Mode, Roots, is_nameless, is_pseudo};
use super::kernel::{self, Answer, Notification};
use super::names::Names;
use crate::recording::{Action, Endpoint, Refusal};

/// What was observed of one run.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) files: Files,
    pub(super) endpoints: BTreeSet<Endpoint>,
    pub(super) refused: BTreeSet<Refusal>,
    /// Calls whose arguments could not be read, by name.
    pub(super) unseen: BTreeMap<&'static str, u64>,
    /// Processes and threads that were started.
    pub(super) started: u64,
    /// Programs that were executed, in the order of their first execution.
    pub(super) programs: Vec<PathBuf>,
    /// Local sockets that the command listens on.
    own_sockets: BTreeSet<Address>,
    /// Who looks after the checkpoints of the command, when somebody does.
    pub(super) guard: Option<Guard>,
    /// Who hashes what is read while the command goes on.
    pub(super) ahead: Option<Ahead>,
    names: Names,
    strict: Option<Strict>,
}

/// What a strict run may read.
#[derive(Debug, Default)]
struct Strict {
    roots: Roots,
    /// Files without links in their paths, whose bytes the run itself put there.
    own: BTreeSet<PathBuf>,
}

/// Distinct endpoints or refusals beyond this many are not remembered one by one.
const LISTED_MAX: usize = 100_000;

/// What the kernel is told, and what is noted once it has taken it.
struct Decision {
    answer: Answer,
    note: Note,
}

enum Note {
    Nothing,
    Files(Change),
    Executed(PathBuf, Change),
    Reached(Vec<(Action, Address)>),
    Started,
    Moved,
    Refused(Refusal),
    Unseen(&'static str),
}

impl Observed {
    /// A strict run reads nothing outside of `roots`; a plain run has none.
    pub(super) fn new(roots: Option<Roots>, guard: Option<Guard>) -> Self {
        let strict = roots.map(|roots| Strict { roots, own: BTreeSet::new() });
        Self { strict, guard, ..Self::default() }
    }

    /// Takes in what the command inherits open. An error: a strict run may not read it.
    pub(super) fn inherit(&mut self, input: &Path) -> Result<(), ()> {
        let is_stream = !input.is_absolute() && input != Path::new("closed");
        if self.strict.is_some() && (is_stream || self.is_unknown(input)) {
            return Err(());
        }
        self.files.apply(Change { paths: self.files.open(input, READ).into_iter().collect(), link: None });
        Ok(())
    }

    /// Answers one call.
    pub(super) fn handle(&mut self, listener: &OwnedFd, call: &Notification) {
        let decision = match decode(call.number, call.arguments) {
            Some(wanted) => self.decide(call.thread, wanted),
            None => go(Note::Nothing),
        };
        // Unless the kernel takes the answer, what was read may belong to a process that took over the number.
        if kernel::answer(listener, call.id, decision.answer) {
            self.note(decision.note);
        }
    }

    fn decide(&mut self, thread: i32, call: Call) -> Decision {
        match call {
            Call::Open { at, flags } => self.open(thread, at, flags),
            Call::OpenHow { at, how } => self.open_how(thread, at, how),
            Call::Execute { at, flags } => self.execute(thread, at, flags),
            Call::Rename { from, to } => self.rename(thread, from, to),
            Call::Link { from, to, flags } => self.link(thread, from, to, flags),
            Call::Symlink { target, at } => self.symlink(thread, target, at),
            Call::Unlink { at } => self.one(thread, at, "unlink", Guard::touch, |files, path| files.vanish(path)),
            Call::Truncate { at } => {
                self.one(thread, at, "truncate", Guard::write_to, |files, path| files.open(path, CHANGE))
            }
            Call::MakeNode { at, mode } if is_regular_mode(mode) => {
                self.one(thread, at, "mknod", Guard::write_to, |files, path| files.open(path, MAKE))
            }
            Call::MakeNode { .. } => go(Note::Nothing),
            Call::ChangeFolder => go(Note::Moved),
            Call::Clone { flags } | Call::Unshare { flags } if changes_view(flags) => refuse_escape("a new namespace"),
            Call::Unshare { .. } => go(Note::Moved),
            Call::Clone { .. } => go(Note::Started),
            Call::Reach { action, address, length } => self.reach(thread, action, &[(address, length)]),
            Call::Send { header, count } => self.send(thread, header, count),
            Call::Socket { family } => {
                refuse(Refusal::Network { action: "socket".into(), endpoint: format!("family {family}") })
            }
            Call::Escape { name } => refuse_escape(name),
        }
    }

    fn open(&mut self, thread: i32, at: At, flags: i32) -> Decision {
        // Neither gives access to the bytes of a file with a name.
        if flags & (libc::O_PATH | libc::O_DIRECTORY) != 0 {
            return go(Note::Nothing);
        }
        let Some(path) = self.names.resolve(thread, at) else { return self.unseen("open") };
        if is_pseudo(&path) {
            return go(Note::Nothing);
        }
        let mode = mode(flags);
        if mode.reads && self.is_unknown(&path) {
            return refuse(Refusal::Read { path });
        }
        if let Some(refusal) = self.guarded(|guard| guard.open(&path, mode.reads, mode.writes)) {
            return refuse(refusal);
        }
        let news = self.files.open(&path, mode);
        go(news.map_or(Note::Nothing, |news| Note::Files(Change { paths: vec![news], link: None })))
    }

    /// `open_how` begins with flags, mode and how the path is resolved, each of eight bytes.
    fn open_how(&mut self, thread: i32, at: At, how: u64) -> Decision {
        /// A folder stands for the root: every link on the way means another file than it does here.
        const IN_ROOT: u64 = 0x10;
        let Some(how) = kernel::bytes::<24>(thread, how) else { return self.unseen("openat2") };
        let number =
            |at: usize| how.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |&bytes| u64::from_ne_bytes(bytes));
        if number(16) & IN_ROOT != 0 {
            return self.unseen("openat2");
        }
        // All flags lie in the low half.
        self.open(thread, at, number(0) as i32)
    }

    /// Whether a strict run must not read that: it exists, is no input and was not made by the run.
    fn is_unknown(&self, path: &Path) -> bool {
        let Some(Strict { roots, own }) = &self.strict else { return false };
        // A link leads where it leads, not where it lies.
        let Ok(path) = path.canonicalize() else { return false };
        path.is_file() && !is_pseudo(&path) && !own.contains(&path) && !roots.contain(&path)
    }

    /// Whether a strict run would bring something unknown under a known name.
    fn brings_in(&self, from: &Path, to: &Path) -> bool {
        let Some(Strict { roots, .. }) = &self.strict else { return false };
        let is_outside = |path: &Path| !roots.contain(&without_links(path));
        let is_folder = from.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        self.is_unknown(from) || (is_folder && is_outside(from) && !is_outside(to))
    }

    fn execute(&mut self, thread: i32, at: At, flags: i32) -> Decision {
        let Some(path) = self.named(thread, at, flags) else { return self.unseen("execve") };
        // The first program is the one that was asked for; its installation belongs to it.
        if self.programs.is_empty() {
            if let Some(strict) = &mut self.strict {
                strict.roots.extend(installation(&path));
            }
        } else if self.is_unknown(&path) || (self.strict.is_some() && is_nameless(&path)) {
            return refuse(Refusal::Execute { path });
        }
        match self.files.execute(&path) {
            Some(news) => go(Note::Executed(path, Change { paths: vec![news], link: None })),
            None if is_nameless(&path) => go(Note::Executed(path, Change::default())),
            None => go(Note::Moved),
        }
    }

    fn one(
        &mut self,
        thread: i32,
        at: At,
        name: &'static str,
        ask: fn(&mut Guard, &Path) -> Result<(), Refused>,
        change: fn(&Files, &Path) -> Option<(PathBuf, Known)>,
    ) -> Decision {
        let Some(path) = self.names.resolve(thread, at) else { return self.unseen(name) };
        if let Some(refusal) = self.guarded(|guard| ask(guard, &path)) {
            return refuse(refusal);
        }
        go(Note::Files(Change { paths: change(&self.files, &path).into_iter().collect(), link: None }))
    }

    /// Asks who looks after the checkpoints.
    fn guarded(&mut self, ask: impl FnOnce(&mut Guard) -> Result<(), Refused>) -> Option<Refusal> {
        match ask(self.guard.as_mut()?).err()? {
            Refused::Read(path) => Some(Refusal::Resume { path }),
            Refused::Save(path) => Some(Refusal::Checkpoint { path }),
        }
    }

    fn rename(&mut self, thread: i32, from: At, to: At) -> Decision {
        let from = self.names.resolve(thread, from);
        let to = self.names.resolve(thread, to);
        self.moved("rename", from, to, Files::rename)
    }

    fn link(&mut self, thread: i32, from: At, to: At, flags: i32) -> Decision {
        let from = self.named(thread, from, flags);
        let to = self.names.resolve(thread, to);
        self.moved("link", from, to, Files::link)
    }

    fn moved(
        &mut self,
        name: &'static str,
        from: Option<PathBuf>,
        to: Option<PathBuf>,
        change: fn(&Files, &Path, &Path) -> Vec<(PathBuf, Known)>,
    ) -> Decision {
        let (Some(from), Some(to)) = (from, to) else { return self.unseen(name) };
        if self.brings_in(&from, &to) {
            return refuse(Refusal::Read { path: from });
        }
        if let Some(refusal) = self.guarded(|guard| guard.arrive(&from, &to)) {
            return refuse(refusal);
        }
        go(Note::Files(Change { paths: change(&self.files, &from, &to), link: None }))
    }

    /// A path, or with an empty one the descriptor itself.
    fn named(&mut self, thread: i32, at: At, flags: i32) -> Option<PathBuf> {
        let is_empty =
            flags & libc::AT_EMPTY_PATH != 0 && kernel::text(thread, at.path).is_some_and(|text| text.is_empty());
        if is_empty { Names::of_descriptor(thread, at.folder) } else { self.names.resolve(thread, at) }
    }

    fn symlink(&mut self, thread: i32, target: u64, at: At) -> Decision {
        use std::os::unix::ffi::OsStringExt as _;
        let target = kernel::text(thread, target).map(|text| PathBuf::from(std::ffi::OsString::from_vec(text)));
        let (Some(target), Some(path)) = (target, self.names.resolve(thread, at)) else {
            return self.unseen("symlink");
        };
        if let Some(refusal) = self.guarded(|guard| guard.touch(&path)) {
            return refuse(refusal);
        }
        go(Note::Files(Change { paths: Vec::new(), link: Some((path, target)) }))
    }

    /// Several messages in one call; each has its own address.
    fn send(&mut self, thread: i32, header: u64, count: u64) -> Decision {
        /// The kernel takes no more messages at once.
        const MESSAGES_MAX: u64 = 1024;
        /// `mmsghdr`: a message header of 56 bytes and a length.
        const STRIDE: u64 = 64;
        let mut addresses = Vec::new();
        for index in 0..count.min(MESSAGES_MAX) {
            let Some(message) = kernel::bytes::<16>(thread, header.wrapping_add(index * STRIDE)) else {
                return self.unseen("sendmsg");
            };
            // The header begins with the pointer to the address and its length.
            let (address, length) = message.split_at(8);
            let number = |bytes: &[u8]| bytes.first_chunk().map_or(0, |&bytes| u64::from_ne_bytes(bytes));
            let length = number(length) & u64::from(u32::MAX);
            if number(address) != 0 && length != 0 {
                addresses.push((number(address), length));
            }
        }
        self.reach(thread, Action::Send, &addresses)
    }

    fn reach(&mut self, thread: i32, action: Action, addresses: &[(u64, u64)]) -> Decision {
        let mut reached = Vec::new();
        for &(at, length) in addresses {
            let mut bytes = [0; address::ADDRESS_BYTES_MAX];
            let length = usize::try_from(length & u64::from(u32::MAX)).unwrap_or(usize::MAX).min(bytes.len());
            let buffer = bytes.get_mut(..length).unwrap_or_default();
            let count = if length == 0 { Some(0) } else { kernel::read(thread, at, buffer) };
            match count.and_then(|count| address::read(bytes.get(..count)?)) {
                Some(address) => reached.push((action, address)),
                None => return self.unseen("connect"),
            }
        }
        let unknown = reached.iter().find(|(action, address)| self.leaves_the_run(*action, address));
        match unknown.and_then(|(action, address)| endpoint(*action, address)) {
            Some(Endpoint { action, endpoint }) => {
                let action = format!("{action:?}").to_lowercase();
                refuse(Refusal::Network { action, endpoint })
            }
            None => go(Note::Reached(reached)),
        }
    }

    /// In a strict run only sockets of the run itself are reached.
    fn leaves_the_run(&self, action: Action, address: &Address) -> bool {
        self.strict.is_some()
            && match address {
                Address::Kernel => false,
                // Nobody listens there, so the call fails by itself.
                Address::Local(path) => path.exists() && action != Action::Bind && !self.own_sockets.contains(address),
                Address::Abstract(_) => action != Action::Bind && !self.own_sockets.contains(address),
                Address::Internet(_) | Address::Other(_) => true,
            }
    }

    /// A call that cannot be understood is noted; in a strict run it is refused.
    fn unseen(&self, name: &'static str) -> Decision {
        let answer = if self.strict.is_some() { Answer::Refuse(libc::EACCES) } else { Answer::Continue };
        Decision { answer, note: Note::Unseen(name) }
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Nothing => {}
            Note::Files(change) => {
                self.own(&change);
                self.hash_ahead(&change);
                self.files.apply(change);
            }
            Note::Executed(path, change) => {
                self.names.forget();
                self.files.apply(change);
                if self.programs.len() < LISTED_MAX && !self.programs.contains(&path) {
                    self.programs.push(path);
                }
            }
            Note::Reached(addresses) => {
                addresses.into_iter().for_each(|(action, address)| self.reached(action, address));
            }
            Note::Started => {
                self.names.forget();
                self.started = self.started.saturating_add(1);
            }
            Note::Moved => self.names.forget(),
            Note::Refused(refusal) if self.refused.len() < LISTED_MAX => {
                self.refused.insert(refusal);
            }
            Note::Refused(_) => self.files.overflowed = true,
            Note::Unseen(name) => {
                let count = self.unseen.entry(name).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    /// What was only read will most likely be the same at the end.
    fn hash_ahead(&self, change: &Change) {
        let Some(ahead) = &self.ahead else { return };
        let read = change.paths.iter().filter(|(_, known)| known.read.is_some() && !known.written);
        read.for_each(|(path, _)| ahead.push(path.clone()));
    }

    /// In a strict run the command may read again what it wrote itself.
    fn own(&mut self, change: &Change) {
        let Some(strict) = &mut self.strict else { return };
        let own = change.paths.iter().filter(|(_, known)| known.own);
        strict.own.extend(own.map(|(path, _)| without_links(path)));
    }

    fn reached(&mut self, action: Action, address: Address) {
        // Name services look for a daemon that most machines lack; nobody is reached there.
        if matches!(&address, Address::Local(path) if action != Action::Bind && !path.exists()) {
            return;
        }
        if let Some(endpoint) = endpoint(action, &address) {
            if self.endpoints.len() < LISTED_MAX {
                self.endpoints.insert(endpoint);
            } else {
                self.files.overflowed = true;
            }
        }
        if action == Action::Bind && self.strict.is_some() {
            self.own_sockets.insert(address);
        }
    }
}

const READ: Mode = Mode { reads: true, writes: false, creates: false, exclusive: false, truncates: false };
const CHANGE: Mode = Mode { reads: false, writes: true, creates: false, exclusive: false, truncates: false };
const MAKE: Mode = Mode { reads: false, writes: true, creates: true, exclusive: true, truncates: false };

fn mode(flags: i32) -> Mode {
    let access = flags & libc::O_ACCMODE;
    Mode {
        reads: access != libc::O_WRONLY,
        writes: access != libc::O_RDONLY || flags & libc::O_TRUNC != 0,
        creates: flags & libc::O_CREAT != 0,
        exclusive: flags & libc::O_EXCL != 0,
        truncates: flags & libc::O_TRUNC != 0,
    }
}

fn is_regular_mode(mode: u32) -> bool {
    matches!(mode & libc::S_IFMT, 0 | libc::S_IFREG)
}

/// Another tree of files, other users or other process numbers: the recorder could not follow.
fn changes_view(flags: u64) -> bool {
    let view = libc::CLONE_NEWNS | libc::CLONE_NEWUSER | libc::CLONE_NEWPID;
    // The kernel reads the low half; the constants are single bits of it.
    flags as i32 & view != 0
}

/// Where a name lies that may not exist yet.
pub(super) fn without_links(path: &Path) -> PathBuf {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
    folder.canonicalize().map_or_else(|_| path.to_owned(), |folder| folder.join(name))
}

/// Where the files of a program in a `bin` folder lie, both as it is named and without links.
fn installation(program: &Path) -> BTreeSet<PathBuf> {
    const PARTS: [&str; 7] = ["bin", "lib", "lib64", "libexec", "include", "share", "pyvenv.cfg"];
    let named = [Some(program.to_owned()), program.canonicalize().ok()];
    let mut paths: BTreeSet<PathBuf> = named.into_iter().flatten().collect();
    for program in paths.clone() {
        let prefix = program.parent().filter(|folder| folder.ends_with("bin")).and_then(Path::parent);
        paths.extend(prefix.into_iter().flat_map(|prefix| PARTS.map(|part| prefix.join(part))));
    }
    paths
}

fn endpoint(action: Action, address: &Address) -> Option<Endpoint> {
    let endpoint = match address {
        Address::Internet(endpoint) => endpoint.clone(),
        Address::Local(path) => format!("unix:{}", path.display()),
        Address::Abstract(name) => format!("unix:@{name}"),
        Address::Other(family) => format!("family {family}"),
        Address::Kernel => return None,
    };
    Some(Endpoint { action, endpoint })
}

fn go(note: Note) -> Decision {
    Decision { answer: Answer::Continue, note }
}

fn refuse(refusal: Refusal) -> Decision {
    Decision { answer: Answer::Refuse(libc::EACCES), note: Note::Refused(refusal) }
}

fn refuse_escape(name: &'static str) -> Decision {
    Decision { answer: Answer::Refuse(libc::EPERM), note: Note::Refused(Refusal::Escape { call: name.into() }) }
}
