//! From the root through every group: what the links, attributes and datasets of a file state.

use std::collections::{HashSet, VecDeque};

use headworks_types::fact::{ExternalKind, GraphFact};
use headworks_types::{Fault, Place};

use super::FORMAT;
use super::attributes::Attributes;
use super::dataset::Dataset;
use super::file::{Block, Broken, File};
use super::group::{self, Link, Target};
use super::header::{self, Message};
use super::heap::GlobalHeaps;
use crate::configuration::{is_url, leaves_directory};
use crate::inspection::Inspection;
use crate::tensor_table::TensorTable;

/// Walks a file and keeps what is known so far.
pub(super) struct Walk<'w, 'a, 'i, 'l> {
    pub(super) file: File<'a>,
    pub(super) place: Place,
    pub(super) inspection: &'i mut Inspection<'l>,
    pub(super) table: TensorTable,
    pub(super) heaps: GlobalHeaps,
    pub(super) attributes: Attributes,
    pub(super) groups: u64,
    /// Where the file itself says that it ends, as an address.
    pub(super) end: u64,
    pub(super) input: &'w crate::format::Input<'w>,
}

/// An object that a link leads to.
struct Object {
    header: u64,
    path: String,
}

impl Walk<'_, '_, '_, '_> {
    /// Reads all objects that can be reached from `root`.
    pub(super) fn run(&mut self, root: u64) {
        let mut seen = HashSet::from([root]);
        let mut objects = VecDeque::from([Object { header: root, path: String::new() }]);
        while let Some(object) = objects.pop_front() {
            if let Some(fault) = self.table.full(self.inspection.limits) {
                return self.inspection.fact(self.place.at(0..self.input.bytes.size()), fault);
            }
            for link in self.object(&object) {
                let Target::Object(header) = link.target else { continue };
                let path = if object.path.is_empty() { link.name } else { format!("{}/{}", object.path, link.name) };
                // Links may lead back or lead twice to one object, which is read once.
                if !seen.insert(header) {
                    continue;
                }
                if let Some(fault) = self.too_much(seen.len() as u64, path.len() as u64) {
                    return self.fault(link.at, fault);
                }
                if let Err(broken) = self.file.spend(header, path.len() as u64) {
                    return self.broken(broken);
                }
                objects.push_back(Object { header, path });
            }
        }
    }

    /// The fault when there are more objects, or a longer path to one, than the limits allow.
    fn too_much(&self, objects: u64, path_bytes: u64) -> Option<Fault> {
        let limits = self.inspection.limits;
        let over =
            |limit: &str, count: u64, max: u64| (count > max).then(|| Fault::Budget { limit: limit.to_owned(), max });
        over("members_max", objects, limits.members_max)
            .or_else(|| over("path_bytes_max", path_bytes, limits.path_bytes_max))
    }

    pub(super) fn broken(&mut self, broken: Broken) {
        let end = self.input.bytes.size().max(broken.at);
        self.inspection.fact(self.place.at(broken.at..end), broken.fault);
    }

    pub(super) fn note<T>(&mut self, outcome: Result<T, Broken>) -> Option<T> {
        outcome.map_err(|broken| self.broken(broken)).ok()
    }

    /// Reads one object; the links it has when it is a group.
    fn object(&mut self, object: &Object) -> Vec<Link> {
        let (messages, broken) = header::messages(&mut self.file, object.header);
        broken.into_iter().for_each(|broken| self.broken(broken));
        self.unknown(&messages);
        Attributes::read(self, &messages, &object.path);
        let is = |kind: u16| messages.iter().any(|message| message.kind == kind);
        if is(header::LAYOUT) {
            Dataset::read(self, messages, &object.path);
            return Vec::new();
        }
        if !is(header::DATATYPE) {
            self.groups = self.groups.saturating_add(1);
        }
        self.links(&messages, &object.path)
    }

    /// States what the superblock's extension asks for and is not read.
    pub(super) fn settings(&mut self, messages: &[Message]) {
        self.unknown(messages);
    }

    fn unknown(&mut self, messages: &[Message]) {
        let unread = |message: &&Message| {
            matches!(message.kind, header::SHARED_TABLE | header::DRIVER) || message.kind > header::LAST
        };
        for message in messages.iter().filter(unread) {
            let feature = format!("a message of type {:#x}", message.kind);
            self.broken(Broken::unsupported(message.at, feature));
        }
    }

    fn links(&mut self, messages: &[Message], path: &str) -> Vec<Link> {
        let mut links = Vec::new();
        for message in messages {
            let outcome = match message.kind {
                header::SYMBOL_TABLE => self.symbol_table(message, &mut links),
                header::LINK_INFO => self.link_info(message, &mut links),
                header::LINK => Link::read(&mut message.block(&self.file, "a link")).map(|link| links.push(link)),
                _ => Ok(()),
            };
            self.note(outcome);
        }
        for link in &links {
            let Target::Elsewhere { file, path: within } = &link.target else { continue };
            let holder = format!("{path}/{}", link.name);
            self.external(link.at, &holder, &format!("{file}:{within}"), file);
        }
        links
    }

    fn symbol_table(&mut self, message: &Message, links: &mut Vec<Link>) -> Result<(), Broken> {
        let mut block = message.block(&self.file, "a symbol table message");
        match (block.address()?, block.address()?) {
            (Some(tree), Some(heap)) => group::symbols(&mut self.file, tree, heap, links),
            _ => Err(block.malformed("it leads nowhere")),
        }
    }

    fn link_info(&mut self, message: &Message, links: &mut Vec<Link>) -> Result<(), Broken> {
        let mut block = message.block(&self.file, "a link info message");
        block.version(0)?;
        match dense_storage(&mut block, 8)? {
            Some((heap, tree)) => group::dense(&mut self.file, heap, tree, links),
            None => Ok(()),
        }
    }

    /// States that the file takes something from the file named `target`.
    pub(super) fn external(&mut self, at: u64, holder: &str, target: &str, named: &str) {
        let kind =
            if is_url(named) || leaves_directory(named) { ExternalKind::EscapingPath } else { ExternalKind::Link };
        let fact = GraphFact::External {
            framework: FORMAT.id.into(),
            kind,
            holder: crate::metadata::shortened(holder.trim_start_matches('/')),
            target: crate::metadata::shortened(target),
        };
        self.inspection.fact(self.place.at(at..at), fact);
    }

    pub(super) fn fault(&mut self, at: u64, fault: Fault) {
        self.inspection.fact(self.place.at(at..at), fault);
    }
}

/// Heap and tree of links or attributes that are not in the object header itself.
pub(super) fn dense_storage(block: &mut Block<'_>, creation_bytes: u64) -> Result<Option<(u64, u64)>, Broken> {
    let flags = block.u8()?;
    block.skip(if flags & 1 != 0 { creation_bytes } else { 0 })?;
    match (block.address()?, block.address()?) {
        (Some(heap), Some(tree)) => Ok(Some((heap, tree))),
        (None, _) => Ok(None),
        (Some(_), None) => Err(block.malformed("a heap without the tree that lists it")),
    }
}
