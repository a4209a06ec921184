//! A writer that is killed at any moment loses nothing it acknowledged and never forks.
//!
//! The test starts itself as the writer. `cargo test -p headworks-store --test kill -- --ignored --nocapture`
//! does so 200 times and prints what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use headworks_attest::log::Checkpoint;
use headworks_attest::{Envelope, ResourceDescriptor, Scheme, SigningKey, Statement};
use headworks_store::Store;
use headworks_types::Digest;

/// Variable that tells the writer its store; without it the writer is a test that does nothing.
const STORE: &str = "HEADWORKS_TEST_STORE";

#[test]
fn ten_kills_under_load_lose_nothing_and_never_fork() {
    kill(10);
}

#[test]
#[ignore = "takes minutes; run with --ignored --nocapture"]
fn two_hundred_kills_under_load_lose_nothing_and_never_fork() {
    kill(200);
}

/// A limit on the size of files stands in for a full disk: what is refused is an error and no loss.
#[test]
#[cfg(unix)]
fn a_full_disk_loses_nothing_and_never_forks() {
    let root = tempfile::tempdir().expect("temporary folder");
    let script = "trap '' XFSZ; ulimit -f 500; exec \"$0\" --exact writer --nocapture";
    let ended = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().expect("is known"))
        .env(STORE, root.path())
        .output()
        .expect("starts");
    assert!(!ended.status.success(), "the writer ends when it cannot write");
    let said = String::from_utf8_lossy(&ended.stdout);
    let acknowledged: BTreeMap<u64, Digest> = said.lines().filter_map(acknowledgement).collect();
    assert!(!acknowledged.is_empty(), "the limit lets some through: {}", String::from_utf8_lossy(&ended.stderr));
    runtime().block_on(check(root.path(), &acknowledged, None));
}

/// The writer: four tasks append without end and say what was acknowledged.
#[test]
fn writer() {
    let Some(root) = std::env::var_os(STORE) else { return };
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime(), async {
        let store = Rc::new(Store::open(Path::new(&root)).await.expect("opens"));
        let tasks: Vec<_> =
            (0..4).map(|task| tokio::task::spawn_local(write_without_end(store.clone(), task))).collect();
        for task in tasks {
            task.await.expect("goes on until it is killed");
        }
    });
}

async fn write_without_end(store: Rc<Store>, task: u32) {
    let key = SigningKey::generate(Scheme::Ed25519).expect("a key");
    for number in 0.. {
        let count = 1 + (number * 7 + task) % 40;
        let envelopes: Vec<Envelope> = (0..count).map(|place| envelope(&key, task, number, place)).collect();
        let entries = store.log().append(&envelopes).await.expect("appends");
        let said = entries.iter().map(|entry| format!("ack {} {}\n", entry.index, entry.leaf.envelope));
        let mut out = std::io::stdout().lock();
        out.write_all(said.collect::<String>().as_bytes()).and_then(|()| out.flush()).expect("says so");
    }
}

/// Kills that one store takes: looking through it after each one costs more the larger it is.
const KILLS_PER_STORE: u64 = 20;

#[expect(clippy::print_stdout, reason = "the counts are what the long run is for")]
fn kill(rounds: u64) {
    let mut total = Counts::default();
    let mut done = 0;
    while done < rounds {
        let kills = KILLS_PER_STORE.min(rounds - done);
        total = total.plus(kill_one_store(done, kills));
        done += kills;
    }
    let Counts { acknowledged, logged } = total;
    println!("{rounds} kills: {acknowledged} entries were acknowledged, all are there; {logged} are in the logs");
    assert!(acknowledged > 0, "the writer never came to write");
    assert!(acknowledged <= logged);
}

#[derive(Clone, Copy, Default)]
struct Counts {
    acknowledged: u64,
    logged: u64,
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self { acknowledged: self.acknowledged + other.acknowledged, logged: self.logged + other.logged }
    }
}

fn kill_one_store(first: u64, kills: u64) -> Counts {
    let root = tempfile::tempdir().expect("temporary folder");
    let (mut acknowledged, mut last) = (BTreeMap::new(), None::<Checkpoint>);
    for round in first..first + kills {
        // Every third kill may hit opening and recovery, the others hit steady load; where exactly is up to the machine.
        let delay = Duration::from_millis(round * 7919 % 300);
        acknowledged.extend(write_and_kill(root.path(), round % 3 > 0, delay));
        last = Some(runtime().block_on(check(root.path(), &acknowledged, last.as_ref())));
    }
    let audit = runtime().block_on(async { Store::open(root.path()).await.expect("opens").log().audit().await });
    let faults = audit.expect("audits").faults;
    assert!(faults.is_empty(), "{faults:?}");
    Counts { acknowledged: acknowledged.len() as u64, logged: last.map_or(0, |last| last.size) }
}

/// What was acknowledged before the kill, which comes after a delay from the start or from the first acknowledgement.
fn write_and_kill(root: &Path, in_steady_load: bool, delay: Duration) -> Vec<(u64, Digest)> {
    let mut writer = Command::new(std::env::current_exe().expect("is known"))
        .args(["--exact", "writer", "--nocapture"])
        .env(STORE, root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let out = writer.stdout.take().expect("is piped");
    let (said, first) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(out).split(b'\n').map_while(Result::ok);
        let acknowledged = lines.filter_map(|line| acknowledgement(std::str::from_utf8(&line).ok()?));
        let tell = |_: &(u64, Digest)| {
            // Nobody listens after the first one.
            let _ = said.send(());
        };
        acknowledged.inspect(tell).collect::<Vec<_>>()
    });
    if in_steady_load {
        first.recv().expect("the writer comes to write");
    }
    std::thread::sleep(delay);
    writer.kill().expect("is killed");
    writer.wait().expect("ends");
    reader.join().expect("reads")
}

fn acknowledgement(line: &str) -> Option<(u64, Digest)> {
    let (_, rest) = line.split_once("ack ")?;
    let (index, digest) = rest.split_once(' ')?;
    Some((index.parse().ok()?, digest.parse().ok()?))
}

/// Everything acknowledged is there at its place, the tree extends the last one, and all of it holds.
async fn check(root: &Path, acknowledged: &BTreeMap<u64, Digest>, last: Option<&Checkpoint>) -> Checkpoint {
    // As a reader finds it who comes before the next writer.
    let before = fs::read(root.join("log/checkpoint")).ok();
    let store = Store::open(root).await.expect("opens");
    if let Some(before) = before {
        let before = headworks_store::log::Tree::at(&root.join("log"), &before, store.log().verifier());
        store.log().tree().expect("holds").extends(before.expect("held").checkpoint()).expect("extends what was seen");
    }
    // The next writer takes in what the killed one left.
    let key = SigningKey::generate(Scheme::Ed25519).expect("a key");
    store.log().append(&[envelope(&key, 9, 0, 0)]).await.expect("appends");
    let tree = store.log().tree().expect("holds");
    if let Some(last) = last {
        tree.extends(last).expect("extends the last tree");
    }
    let entries: BTreeMap<u64, Digest> = store
        .log()
        .entries(0)
        .expect("reads")
        .map(|entry| entry.map(|entry| (entry.index, entry.leaf.envelope)).expect("holds"))
        .collect();
    for (index, digest) in acknowledged {
        assert_eq!(entries.get(index), Some(digest), "entry {index} was acknowledged");
    }
    tree.checkpoint().clone()
}

fn envelope(key: &SigningKey, task: u32, number: u32, place: u32) -> Envelope {
    let name = format!("{task} {number} {place} {}", std::process::id());
    let subject = ResourceDescriptor::sha256("thing", Digest::of(name.as_bytes()).hex());
    let statement = Statement::new(vec![subject], "https://headworks.example/test/v1", name.into());
    statement.sign(key).expect("signs")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}
