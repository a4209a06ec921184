//! The Python distributions whose files a run read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use headworks_types::Digest;

/// An installed distribution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wheel {
    /// Its name, normalised.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Digest of its RECORD, which lists its files with their digests.
    pub record: Digest,
}

impl Wheel {
    /// The package URL.
    pub fn purl(&self) -> String {
        format!("pkg:pypi/{}@{}", self.name, self.version)
    }
}

/// Longest RECORD that is read.
const RECORD_BYTES_MAX: u64 = 64 << 20;

/// The distributions that own at least one of these files.
pub fn in_use<'a>(files: impl Iterator<Item = &'a Path>) -> Vec<Wheel> {
    let mut by_site: BTreeMap<PathBuf, BTreeSet<&Path>> = BTreeMap::new();
    for file in files.filter(|file| may_be_installed(file)) {
        let site =
            file.ancestors().find(|folder| folder.ends_with("site-packages") || folder.ends_with("dist-packages"));
        if let Some(name) = site.and_then(|site| file.strip_prefix(site).ok()) {
            by_site.entry(site.unwrap_or(file).to_owned()).or_default().insert(name);
        }
    }
    let found: BTreeSet<Wheel> = by_site.iter().flat_map(|(site, files)| of_site(site, files)).collect();
    found.into_iter().collect()
}

/// Whether its path has the ending of both names of a site, wherever: taking paths apart is slow.
fn may_be_installed(file: &Path) -> bool {
    const END: &[u8] = b"-packages";
    file.as_os_str().as_encoded_bytes().windows(END.len()).any(|part| part == END)
}

fn of_site(site: &Path, files: &BTreeSet<&Path>) -> Vec<Wheel> {
    let entries = fs::read_dir(site).into_iter().flatten().flatten().map(|entry| entry.path());
    let infos = entries.filter(|path| path.extension().is_some_and(|extension| extension == "dist-info"));
    infos.filter_map(|info| used(&info, files)).collect()
}

/// The distribution, when it lists one of these files.
fn used(info: &Path, files: &BTreeSet<&Path>) -> Option<Wheel> {
    let record = info.join("RECORD");
    if fs::metadata(&record).ok()?.len() > RECORD_BYTES_MAX {
        return None;
    }
    let bytes = fs::read(record).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let tops: BTreeSet<&OsStr> = files.iter().filter_map(|file| file.iter().next()).collect();
    if !text.lines().filter_map(listed).filter(|name| is_near(name, &tops)).any(|name| owns(name, files)) {
        return None;
    }
    let (name, version) = info.file_stem()?.to_str()?.split_once('-')?;
    Some(Wheel { name: normalised(name), version: version.to_owned(), record: Digest::of(&bytes) })
}

/// The path of a row: up to the first comma, or in quotes.
fn listed(row: &str) -> Option<&str> {
    match row.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map(|(name, _)| name),
        None => row.split_once(',').map(|(name, _)| name),
    }
}

/// Whether a name begins as one that was read does; a site lists a hundred thousand names, of which few do.
fn is_near(name: &str, tops: &BTreeSet<&OsStr>) -> bool {
    let top = name.split_once('/').map_or(name, |(top, _)| top);
    tops.contains(OsStr::new(top)) || (top.len() == name.len() && tops.contains(OsStr::new("__pycache__")))
}

/// A module counts as read when its compiled form was, which RECORD need not list.
fn owns(name: &str, files: &BTreeSet<&Path>) -> bool {
    let path = Path::new(name);
    files.contains(path) || is_compiled(path, files)
}

fn is_compiled(module: &Path, files: &BTreeSet<&Path>) -> bool {
    let (Some(folder), Some(stem)) = (module.parent(), module.file_stem()) else { return false };
    let cache = folder.join("__pycache__");
    let is_of_it = |file: &&&Path| {
        let name = file.file_name().unwrap_or_default().as_encoded_bytes();
        name.strip_prefix(stem.as_encoded_bytes()).is_some_and(|rest| rest.starts_with(b"."))
    };
    module.extension().is_some_and(|extension| extension == "py")
        && files.range(cache.as_path()..).take_while(|file| file.starts_with(&cache)).any(|file| is_of_it(&file))
}

/// Names are equal when they differ in case and in `-`, `_` and `.` only (PEP 503).
fn normalised(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normalised.ends_with('-') => {}
            '-' | '_' | '.' => normalised.push('-'),
            other => normalised.extend(other.to_lowercase()),
        }
    }
    normalised
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("lib/python3.12/site-packages");
        for (name, record) in [
            (
                "Used_Name-1.2.dist-info",
                "used/__init__.py,sha256=x,1\n\"used/a,b.txt\",,\nUsed_Name-1.2.dist-info/RECORD,,\n",
            ),
            ("other-3.dist-info", "other/__init__.py,sha256=y,1\n"),
            ("one-4.dist-info", "one.py,sha256=z,1\n"),
        ] {
            fs::create_dir_all(site.join(name)).unwrap();
            fs::write(site.join(name).join("RECORD"), record).unwrap();
        }
        (folder, site)
    }

    fn names(site: &Path, file: &str) -> Vec<String> {
        in_use([site.join(file).as_path()].into_iter()).iter().map(Wheel::purl).collect()
    }

    #[test]
    fn a_distribution_is_in_use_when_one_of_its_files_was_read() {
        let (_folder, site) = site();
        assert_eq!(names(&site, "used/__init__.py"), ["pkg:pypi/used-name@1.2"]);
        assert_eq!(names(&site, "used/__pycache__/__init__.cpython-312.pyc"), ["pkg:pypi/used-name@1.2"]);
        assert_eq!(names(&site, "used/a,b.txt"), ["pkg:pypi/used-name@1.2"]);
        assert_eq!(names(&site, "__pycache__/one.cpython-312.pyc"), ["pkg:pypi/one@4"]);
        assert_eq!(names(&site, "loose.py"), [""; 0]);
        assert_eq!(names(Path::new("/nowhere"), "x.py"), [""; 0]);
    }
}
