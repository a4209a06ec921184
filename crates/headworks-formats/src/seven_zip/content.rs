//! The files with what is in them: what extracting one does, and what its content is.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use headworks_types::{Location, ReadAt, fact::ArchiveFact};

use super::file::File;
use super::header::Header;
use super::opening::Opening;
use super::{malformed, unsupported};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::member_path::{escapes_root, link_target};

/// The files of an archive, with the parts of folders that they are.
pub(super) struct Contents<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) header: &'a Header,
    /// The files that have a part, in the order of the parts.
    files: Vec<&'a File>,
}

impl<'a> Contents<'a> {
    pub(super) fn new(input: &'a Input<'a>, header: &'a Header) -> Self {
        let files = header.files.iter().filter(|file| file.has_stream).collect();
        Self { input, header, files }
    }

    /// States what extracting the files would do besides writing what is in them.
    pub(super) fn judge_files(&self, inspection: &mut Inspection<'_>) {
        // Hashes, so that memory does not grow with the length of paths; with fixed keys, so that facts stay the same.
        let (mut seen, hasher) = (HashSet::new(), BuildHasherDefault::<DefaultHasher>::default());
        for file in &self.header.files {
            self.judge_file(file, inspection);
            // Programs for Windows and py7zr take both slashes for one.
            let path = file.path.replace('\\', "/");
            let is_new = seen.insert(hasher.hash_one(path.trim_start_matches("./").trim_end_matches('/')));
            if !is_new && !file.is_folder() {
                self.fact(ArchiveFact::DuplicateMember { path: file.path.clone() }, inspection);
            }
            if !file.has_stream && !file.is_folder() {
                self.inspect_bytes(&file.path, &Vec::new(), inspection);
            }
        }
        let (named, parts) = (self.files.len(), self.header.streams.parts.len());
        if named > parts {
            let problem = format!("{named} files have contents and the folders hold {parts}");
            inspection.fact(self.whole(), malformed(problem));
        }
    }

    fn judge_file(&self, file: &File, inspection: &mut Inspection<'_>) {
        let path = || file.path.clone();
        if escapes_root(&file.path) {
            self.fact(ArchiveFact::EscapingPath { path: path() }, inspection);
        }
        if file.path.is_empty() || file.is_odd {
            inspection.fact(self.whole(), malformed(format!("the path {:?} is read in different ways", file.path)));
        }
        if file.is_anti {
            // The archive is an update, and what it makes depends on what is there already.
            inspection.fact(self.whole(), unsupported(format!("an anti-item, which deletes `{}`,", file.path)));
        }
        if file.claims_folder() && !file.is_folder() {
            let problem = format!("`{}` is a directory by its attributes and has content", file.path);
            inspection.fact(self.whole(), malformed(problem));
        }
        if let Some(kind) = file.mode().special() {
            self.fact(ArchiveFact::SpecialMember { path: path(), kind: kind.into() }, inspection);
        }
        if let (Some(mode), false) = (file.mode().privileged(), file.is_folder()) {
            self.fact(ArchiveFact::PrivilegedMember { path: path(), mode }, inspection);
        }
    }

    /// Inspects the files in a folder.
    pub(super) fn inspect(&self, index: usize, inspection: &mut Inspection<'_>) {
        if let Some(folder) = self.header.streams.folders.get(index) {
            Opening::of(self, index, folder).inspect(inspection);
        }
    }

    /// The path of the file that a part is; a part that is none has a number.
    pub(super) fn path(&self, part: usize) -> String {
        self.files.get(part).map_or_else(|| format!("stream {part}"), |file| file.path.clone())
    }

    /// Inspects what could be had of a part.
    pub(super) fn inspect_part(&self, part: usize, bytes: &dyn ReadAt, inspection: &mut Inspection<'_>) {
        let Some(file) = self.files.get(part) else {
            return self.inspect_hidden(&self.path(part), bytes, inspection);
        };
        let content = Input { bytes, place: self.input.place.member(file.path.clone()) };
        let is_link = file.mode().is_link();
        if let Some(target) = link_target(&content).filter(|_| is_link || file.is_reparse_point()) {
            self.fact(ArchiveFact::Link { path: file.path.clone(), target, is_hard: false }, inspection);
            // What is a link on one system may be a file on the other.
            if is_link {
                return;
            }
        }
        inspection.member(&content);
    }

    /// Inspects bytes that no file is.
    pub(super) fn inspect_hidden(&self, name: &str, bytes: &dyn ReadAt, inspection: &mut Inspection<'_>) {
        self.fact(ArchiveFact::HiddenMember { path: name.into() }, inspection);
        self.inspect_bytes(name, bytes, inspection);
    }

    fn inspect_bytes(&self, path: &str, bytes: &dyn ReadAt, inspection: &mut Inspection<'_>) {
        inspection.member(&Input { bytes, place: self.input.place.member(path.to_owned()) });
    }

    fn whole(&self) -> Location {
        self.input.place.at(0..self.input.bytes.size())
    }

    fn fact(&self, fact: ArchiveFact, inspection: &mut Inspection<'_>) {
        inspection.fact(self.whole(), fact);
    }
}
