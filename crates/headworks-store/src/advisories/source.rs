//! Where records come from: a zip, a directory of records, or one record.

use std::fs;
use std::path::{Path, PathBuf};

use headworks_advisories::Ecosystem;
use headworks_advisories::osv::RECORD_BYTES_MAX;

use super::AdvisoriesError;
use super::archive::{self, ARCHIVE_BYTES_MAX, MEMBERS_MAX};
use super::gather::{Gathered, Gatherer};

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 16;

/// Reads everything at a path, and says whose advisories it has.
pub(super) fn read(path: &Path, ecosystem: Option<&str>) -> Result<(String, Gathered), AdvisoriesError> {
    let mut gatherer = Gatherer::default();
    if io(path, fs::metadata(path))?.is_dir() {
        let mut files = Vec::new();
        list(path, 0, &mut files)?;
        // One order, so that the same files have the same digest.
        files.sort();
        for file in files {
            let bytes = bounded(&file, RECORD_BYTES_MAX as u64)?;
            let name = file.strip_prefix(path).unwrap_or(&file).to_string_lossy().into_owned();
            gatherer.file(&name, &bytes);
            gatherer.record(&name, &bytes, None);
        }
    } else {
        let bytes = bounded(path, ARCHIVE_BYTES_MAX)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        gatherer.file(&name, &bytes);
        if bytes.starts_with(b"PK") || path.extension().is_some_and(|extension| extension == "zip") {
            archive::read(path, &bytes, &mut gatherer)?;
        } else {
            gatherer.record(&name, &bytes, None);
        }
    }
    let named = ecosystem.map(str::to_owned).or_else(|| of_folder(path));
    gatherer.finish(path, named.map(|name| Ecosystem::parse(&name).name().to_owned()))
}

/// The ecosystem of `<ecosystem>/all.zip`, as osv.dev and osv-scanner lay them out.
fn of_folder(path: &Path) -> Option<String> {
    let is_all = path.file_name().is_some_and(|name| name == "all.zip");
    let folder = fs::canonicalize(path).ok()?.parent()?.file_name()?.to_string_lossy().into_owned();
    (is_all && Ecosystem::parse(&folder).order().is_some()).then_some(folder)
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), AdvisoriesError> {
    for entry in io(folder, fs::read_dir(folder))? {
        let entry = io(folder, entry)?;
        let (path, kind) = (entry.path(), io(folder, entry.file_type())?);
        // Links are not followed: what lies elsewhere is no part of this copy.
        if kind.is_dir() && depth < DEPTH_MAX {
            list(&path, depth.saturating_add(1), files)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
        if files.len() as u64 > MEMBERS_MAX {
            return Err(AdvisoriesError::TooMuch { path: folder.to_owned(), what: "files", limit: MEMBERS_MAX });
        }
    }
    Ok(())
}

fn bounded(path: &Path, limit: u64) -> Result<Vec<u8>, AdvisoriesError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = io(path, fs::File::open(path))?;
    let size = io(path, file.metadata())?.len();
    if size > limit {
        return Err(AdvisoriesError::TooMuch { path: path.to_owned(), what: "bytes", limit });
    }
    bytes.reserve(usize::try_from(size).unwrap_or_default());
    io(path, file.take(limit.saturating_add(1)).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > limit {
        return Err(AdvisoriesError::TooMuch { path: path.to_owned(), what: "bytes", limit });
    }
    Ok(bytes)
}

fn io<T>(path: &Path, result: std::io::Result<T>) -> Result<T, AdvisoriesError> {
    result.map_err(|source| AdvisoriesError::Io { path: path.to_owned(), source })
}
