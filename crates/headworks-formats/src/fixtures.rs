//! The fixtures are the tests: every file under `fixtures/<format>/` is inspected and its facts are
//! compared with the `.facts` file beside it. A new sample needs no code.
//!
//! `<kind>-<claim>.<extension>`, where kind is `good`, `near`, `truncated` or `hostile`. Bytes that
//! some loader might run are stored as base64 in a `.b64` file whose leading `#` lines are comments;
//! `# name: x` gives the file name that the parsers see. `BLESS=1 cargo test` rewrites the `.facts`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use headworks_types::{Limits, Place};

/// A sample of some format.
struct Fixture {
    path: PathBuf,
    name: String,
    bytes: Vec<u8>,
}

impl Fixture {
    fn read(path: &Path) -> Self {
        let stored = fs::read(path).expect("fixture is readable");
        let file_name = path.file_name().expect("fixture has a name").to_string_lossy().into_owned();
        let Some(stem) = file_name.strip_suffix(".b64") else {
            return Self { path: path.to_owned(), name: file_name, bytes: stored };
        };
        let text = String::from_utf8(stored).expect("base64 is ASCII");
        let (comments, body): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with('#'));
        let named = comments.iter().find_map(|line| line.strip_prefix("# name: "));
        let bytes = base64::engine::general_purpose::STANDARD.decode(body.concat()).expect("body is base64");
        Self { path: path.to_owned(), name: named.unwrap_or(stem).to_owned(), bytes }
    }

    fn facts(&self) -> String {
        let facts = crate::inspect(&self.bytes, Place::file(self.name.clone()), &Limits::default());
        facts.iter().map(|fact| serde_json::to_string(fact).expect("facts are plain data") + "\n").collect()
    }
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = fs::read_dir(root).expect("fixtures exist").map(|entry| entry.expect("entry").path());
    let files =
        folders.flat_map(|folder| fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()));
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_none_or(|extension| extension != "facts")).collect();
    files.sort();
    files
}

#[test]
fn every_fixture_states_the_facts_beside_it() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut differing = Vec::new();
    for path in fixtures() {
        let fixture = Fixture::read(&path);
        let expected = fixture.path.with_file_name(format!("{}.facts", path.file_name().expect("name").display()));
        let facts = fixture.facts();
        if bless {
            fs::write(&expected, &facts).expect("facts are writable");
        } else if fs::read_to_string(&expected).unwrap_or_default() != facts {
            differing.push(format!("{}\n{facts}", path.display()));
        }
    }
    assert!(differing.is_empty(), "facts differ (BLESS=1 rewrites them):\n{}", differing.join("\n"));
}

#[test]
fn good_fixtures_have_no_fault_and_broken_ones_have() {
    for path in fixtures() {
        let kind = path.file_name().expect("name").to_string_lossy().into_owned();
        let faulty = Fixture::read(&path).facts().contains(r#""family":"fault""#);
        if kind.starts_with("truncated-") {
            assert!(faulty, "{} is broken and no fault says so", path.display());
        }
        let is_never_read = ["git-lfs", "rknn", "tensorrt"].iter().any(|id| path.to_string_lossy().contains(id));
        if kind.starts_with("good-") && !is_never_read {
            assert!(!faulty, "{} is good and a fault says otherwise", path.display());
        }
    }
}

#[test]
fn every_prefix_of_every_fixture_is_inspected_without_panic() {
    for path in fixtures() {
        let fixture = Fixture::read(&path);
        let step = (fixture.bytes.len() / 200).max(1);
        for length in (0..fixture.bytes.len()).step_by(step) {
            let prefix = fixture.bytes[..length].to_vec();
            crate::inspect(&prefix, Place::file(fixture.name.clone()), &Limits::default());
        }
    }
}

/// A short fuzz run over the stored corpus; `fuzz/run` is the long one, with coverage.
#[test]
fn mutations_of_every_fixture_are_inspected_without_panic() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let limits = Limits { decoded_bytes_max: 8 << 20, pickle_opcodes_max: 1 << 18, ..Limits::default() };
    for path in fixtures() {
        let fixture = Fixture::read(&path);
        let format = path.parent().and_then(Path::file_name).expect("fixtures lie in their format's folder");
        let format = crate::ALL.iter().find(|known| *known.id == *format).expect("the folder is named after a format");
        for _ in 0..MUTATIONS {
            let mutated = random.mutate(&fixture.bytes);
            let facts = crate::inspect_as(format, &mutated, Place::file(fixture.name.clone()), &limits);
            let reversed = facts.iter().find(|fact| fact.location.start > fact.location.end);
            assert_eq!(reversed, None, "{} ends before it starts", path.display());
        }
    }
}

const MUTATIONS: usize = 60;

/// xorshift64*: the same mutations in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }

    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut mutated = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(mutated.len());
            match self.below(5) {
                0 => mutated.truncate(at),
                1 => mutated.insert(at, self.below(256) as u8),
                2 => mutated.extend_from_within(..at.min(64)),
                3 => mutated[at..].iter_mut().take(8).for_each(|byte| *byte = 0xff),
                _ => {
                    let bit = self.below(8);
                    mutated.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
                }
            }
            if mutated.is_empty() {
                mutated.push(0);
            }
        }
        mutated
    }
}
