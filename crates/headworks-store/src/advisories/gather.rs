//! Records sorted by the packages they are about.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use headworks_advisories::osv::{About, Unreadable};
use headworks_advisories::{Advisory, Ecosystem};
use headworks_types::Digest;

use super::{AdvisoriesError, Import, Problem, Snapshot, archive};

/// Problems that are kept word for word; the rest are counted.
pub(super) const PROBLEMS_MAX: usize = 1000;

/// Records as they come in, of whatever ecosystem.
#[derive(Default)]
pub(super) struct Gatherer {
    by_ecosystem: HashMap<String, Gathered>,
    /// What belongs to no ecosystem, because nobody can say what it is about.
    unplaced: Vec<Problem>,
    unplaced_count: u64,
    /// Names and digests of the files.
    files: Vec<u8>,
    /// How ecosystems are written, with their names in this map.
    names: HashMap<String, Ecosystem>,
}

/// Records of one ecosystem.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) packages: HashMap<String, Vec<u8>>,
    pub(super) bodies: Vec<(String, Vec<u8>)>,
    pub(super) aliases: Vec<(String, String)>,
    pub(super) problems: Vec<Problem>,
    ids: HashSet<String>,
    source: Vec<String>,
    files: Vec<u8>,
    newest_ms: Option<i64>,
    counts: Counts,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    advisories: u64,
    malicious: u64,
    withdrawn: u64,
    unreadable: u64,
    unplaced: u64,
    problems: u64,
}

impl Gatherer {
    /// Notes a file that is read, for the digest of all.
    pub(super) fn file(&mut self, name: &str, bytes: &[u8]) {
        self.files.extend_from_slice(format!("{} {name}\n", Digest::of(bytes)).as_bytes());
    }

    /// Takes in a record; `deflated` is the same in the form in which it is stored, when it is there.
    pub(super) fn record(&mut self, entry: &str, bytes: &[u8], deflated: Option<&[u8]>) {
        let advisory = match Advisory::parse(bytes) {
            Ok(advisory) => advisory,
            Err(unreadable) => return self.broken(entry, &unreadable),
        };
        let mut seen: Vec<String> = Vec::new();
        for about in advisory.claims() {
            let gathered = claimed(&mut self.names, &mut self.by_ecosystem, &about);
            if !seen.iter().any(|name| *name == gathered.0) {
                seen.push(gathered.0.to_owned());
                gathered.1.note(entry, &advisory, bytes, deflated);
            }
        }
        if seen.is_empty() {
            let reason = format!("`{}` names no package", advisory.id().escape_debug());
            self.unplaced(entry, reason);
        }
    }

    /// Takes in a file that is no record, or could not be had at all.
    pub(super) fn unreadable(&mut self, entry: &str, reason: String) {
        self.unplaced(entry, reason);
    }

    fn broken(&mut self, entry: &str, unreadable: &Unreadable) {
        let mut is_placed = false;
        let mut seen: Vec<String> = Vec::new();
        for about in unreadable.claims() {
            let (name, gathered) = claimed(&mut self.names, &mut self.by_ecosystem, &about);
            if !seen.iter().any(|known| known == name) {
                seen.push(name.to_owned());
                gathered.counts.advisories = gathered.counts.advisories.saturating_add(1);
                gathered.counts.unreadable = gathered.counts.unreadable.saturating_add(1);
                gathered.problem(entry, &unreadable.reason);
            }
            is_placed = true;
        }
        if !is_placed {
            self.unplaced(entry, unreadable.reason.clone());
        }
    }

    fn unplaced(&mut self, entry: &str, reason: String) {
        self.unplaced_count = self.unplaced_count.saturating_add(1);
        if self.unplaced.len() < PROBLEMS_MAX {
            self.unplaced.push(Problem { entry: entry.to_owned(), reason });
        }
    }

    /// The records of the ecosystem that is asked for, or of the only one there is.
    pub(super) fn finish(mut self, path: &Path, named: Option<String>) -> Result<(String, Gathered), AdvisoriesError> {
        if self.by_ecosystem.is_empty() {
            let first = self.unplaced.first().map(|Problem { entry, reason }| format!("{entry}: {reason}"));
            let reason = first.unwrap_or_else(|| "there is no file that ends in .json".to_owned());
            return Err(AdvisoriesError::NoRecord { path: path.to_owned(), reason });
        }
        let name = match named {
            Some(name) => name,
            None if self.by_ecosystem.len() == 1 => self.by_ecosystem.keys().next().cloned().unwrap_or_default(),
            None => {
                let mut found: Vec<String> = self.by_ecosystem.into_keys().collect();
                found.sort();
                return Err(AdvisoriesError::WhichEcosystem { path: path.to_owned(), found });
            }
        };
        let Some(mut gathered) = self.by_ecosystem.remove(&name) else {
            return Err(AdvisoriesError::Nothing { path: path.to_owned(), ecosystem: name });
        };
        let counts = &mut gathered.counts;
        for count in [&mut counts.advisories, &mut counts.unreadable, &mut counts.unplaced, &mut counts.problems] {
            *count = count.saturating_add(self.unplaced_count);
        }
        let room = PROBLEMS_MAX.saturating_sub(gathered.problems.len());
        gathered.problems.extend(self.unplaced.into_iter().take(room));
        gathered.source.push(path.display().to_string());
        gathered.files = self.files;
        Ok((name, gathered))
    }
}

/// Adds a claim to its package, and answers where it went.
fn claimed<'a>(
    names: &'a mut HashMap<String, Ecosystem>,
    by_ecosystem: &'a mut HashMap<String, Gathered>,
    about: &About<'_>,
) -> (&'a str, &'a mut Gathered) {
    if !names.contains_key(about.ecosystem) {
        names.insert(about.ecosystem.to_owned(), about.ecosystem());
    }
    let ecosystem = names.get(about.ecosystem).expect("was inserted");
    if !by_ecosystem.contains_key(ecosystem.name()) {
        by_ecosystem.insert(ecosystem.name().to_owned(), Gathered::default());
    }
    let gathered = by_ecosystem.get_mut(ecosystem.name()).expect("was inserted");
    let name = ecosystem.normalize(about.name);
    match gathered.packages.get_mut(name.as_ref()) {
        Some(list) => about.claim.pack(list),
        None => {
            let mut list = Vec::new();
            about.claim.pack(&mut list);
            gathered.packages.insert(name.into_owned(), list);
        }
    }
    (ecosystem.name(), gathered)
}

impl Gathered {
    fn note(&mut self, entry: &str, advisory: &Advisory<'_>, bytes: &[u8], deflated: Option<&[u8]>) {
        self.counts.advisories = self.counts.advisories.saturating_add(1);
        self.newest_ms = self.newest_ms.max(advisory.modified_ms());
        if advisory.is_withdrawn() {
            self.counts.withdrawn = self.counts.withdrawn.saturating_add(1);
        }
        for reason in advisory.broken_ranges() {
            self.problem(entry, &format!("`{}` has {reason}", advisory.id().escape_debug()));
        }
        if !self.ids.insert(advisory.id().to_owned()) {
            self.problem(entry, &format!("`{}` stands twice; both are kept", advisory.id().escape_debug()));
        }
        if advisory.is_malicious() {
            self.counts.malicious = self.counts.malicious.saturating_add(1);
            return;
        }
        let body = deflated.map_or_else(|| archive::deflate(bytes), <[u8]>::to_vec);
        self.bodies.push((advisory.id().to_owned(), body));
        self.aliases.extend(advisory.aliases().map(|alias| (alias.to_owned(), advisory.id().to_owned())));
    }

    fn problem(&mut self, entry: &str, reason: &str) {
        self.counts.problems = self.counts.problems.saturating_add(1);
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { entry: entry.to_owned(), reason: reason.to_owned() });
        }
    }

    /// Adds the records of another path.
    pub(super) fn join(&mut self, other: Self) {
        for (name, claims) in other.packages {
            self.packages.entry(name).or_default().extend(claims);
        }
        self.bodies.extend(other.bodies);
        self.aliases.extend(other.aliases);
        let room = PROBLEMS_MAX.saturating_sub(self.problems.len());
        self.problems.extend(other.problems.into_iter().take(room));
        self.ids.extend(other.ids);
        self.source.extend(other.source);
        self.files.extend(other.files);
        self.newest_ms = self.newest_ms.max(other.newest_ms);
        let (mine, more) = (&mut self.counts, other.counts);
        for (count, more) in [
            (&mut mine.advisories, more.advisories),
            (&mut mine.malicious, more.malicious),
            (&mut mine.withdrawn, more.withdrawn),
            (&mut mine.unreadable, more.unreadable),
            (&mut mine.unplaced, more.unplaced),
            (&mut mine.problems, more.problems),
        ] {
            *count = count.saturating_add(more);
        }
    }

    pub(super) fn snapshot(&self, ecosystem: String, import: &Import<'_>) -> Snapshot {
        Snapshot {
            ecosystem,
            source: self.source.join(", "),
            digest: Digest::of(&self.files),
            imported_at_ms: import.now_ms,
            taken_at_ms: import.taken_at_ms,
            newest_ms: self.newest_ms,
            advisories: self.counts.advisories,
            malicious: self.counts.malicious,
            withdrawn: self.counts.withdrawn,
            unreadable: self.counts.unreadable,
            unplaced: self.counts.unplaced,
            problems: self.counts.problems,
            packages: self.packages.len() as u64,
        }
    }
}
