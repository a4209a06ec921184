//! Blobs in archives, whose names state the digest of their bytes.
//!
//! Of files that lie in a directory the digests are known to whoever checks it. Those of members are
//! computed here, or in the sweep that reads the whole archive anyway. A blob to which a manifest of the
//! archive gives a path is inspected under it: some formats are known by their name alone.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use headworks_types::fact::{OciFact, digest_in_path};
use headworks_types::{Digest, Location, Place, ReadAt, ReadError, SubRange, digest::Hasher};

use super::{FORMAT, descriptor};
use crate::fields::{self, Field, Syntax};
use crate::format::Input;
use crate::inspection::Inspection;
use crate::reader::Reader;
use crate::sweep::{Check, Expected};
use crate::tar::TarMember;

/// Manifests are smaller; the specification asks registries for no more.
const MANIFEST_BYTES_MAX: u64 = 4 << 20;

/// Names of one blob that are looked at; equal files in several folders have one.
const NAMES_MAX: usize = 4;

/// Containers around an archive whose manifests are read, so that names within names do not multiply.
const DEPTH_MAX: usize = 1;

/// What documents among the members of an archive say about its other members.
#[derive(Default)]
pub(crate) struct Names {
    /// The paths that manifests give to blobs, by their last part.
    paths: HashMap<Digest, BTreeMap<String, String>>,
    /// The digests that the names of saved files state, which count where a list of `docker save` names them.
    saved: HashMap<String, Digest>,
}

impl Names {
    /// Reads the documents among `members`; an archive without any costs nothing.
    pub(crate) fn of(input: &Input<'_>, members: &[TarMember], inspection: &Inspection<'_>) -> Self {
        let mut names = Self::default();
        if input.place.members().len() > DEPTH_MAX {
            return names;
        }
        for member in members {
            if member.path == "manifest.json" {
                let fields = document(input, member, b'[', inspection);
                names.saved.extend(descriptor::saved_digests(&fields));
            } else if digest_in_path(&member.path).is_some() {
                let fields = document(input, member, b'{', inspection);
                for (digest, path) in descriptor::names(&fields) {
                    let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
                    names.paths.entry(digest).or_default().entry(base).or_insert(path);
                }
            }
        }
        names
    }

    /// Compares the bytes at `data` with the digest that the member's path states, where it states one.
    pub(crate) fn compare(&self, input: &Input<'_>, path: &str, data: Range<u64>, inspection: &mut Inspection<'_>) {
        if let Some(stated) = digest_in_path(path).or_else(|| self.saved.get(path).copied()) {
            compare(stated, input, path, data, inspection);
        }
    }

    /// Inspects a member: under the names that its manifest gives it, or else under its own.
    pub(crate) fn inspect(&self, bytes: &dyn ReadAt, place: Place, inspection: &mut Inspection<'_>) {
        let named = digest_in_path(place.innermost()).filter(|_| bytes.size() > 0);
        let named = named.and_then(|digest| self.paths.get(&digest));
        let Some(names) = named else { return inspection.member(&Input { bytes, place }) };
        let input = Input { bytes, place };
        let shown = Vec::from_iter(names.values().take(NAMES_MAX).map(String::as_str)).join(", ");
        inspection.identified(&input, NAMED, format!("blob, {shown}"));
        for name in names.values().take(NAMES_MAX) {
            inspection.member(&Input { bytes, place: input.place.member(name.clone()) });
        }
        if names.len() > NAMES_MAX {
            let feature = format!("a blob with {} names", names.len());
            let fault = headworks_types::Fault::Unsupported { format: FORMAT.id.into(), feature };
            inspection.fact(input.place.at(0..bytes.size()), fault);
        }
    }
}

/// What a blob with names of its own is called; what it is, is stated under them.
const NAMED: &str = "blob";

/// The fields of a member that begins like a document; what is wrong with it is stated where it is inspected itself.
fn document(input: &Input<'_>, member: &TarMember, begin: u8, inspection: &Inspection<'_>) -> Vec<Field> {
    let bytes = SubRange::new(input.bytes, member.data.clone());
    let mut first = [0];
    if bytes.size() > MANIFEST_BYTES_MAX || bytes.read_at(0, &mut first).is_err() || first != [begin] {
        return Vec::new();
    }
    let mut scratch = Inspection::new(inspection.limits);
    let document = Input { bytes: &bytes, place: input.place.member(member.path.clone()) };
    fields::read(&document, Syntax::Json, FORMAT.id, &mut scratch)
}

fn compare(stated: Digest, input: &Input<'_>, path: &str, data: Range<u64>, inspection: &mut Inspection<'_>) {
    let bytes = SubRange::new(input.bytes, data.clone());
    let location = input.place.member(path).at(0..bytes.size());
    let is_large = bytes.size() >= LEFT_BYTES_MIN;
    let check = Check { range: data, expected: Expected::Sha256(stated), location: location.clone() };
    if is_large && inspection.leave(input, check) {
        return;
    }
    match sha256(&bytes) {
        Ok(actual) => state(stated, actual, location, inspection),
        Err(error) => inspection.read_failed(location, FORMAT.id, &error),
    }
}

/// Smaller members are read here: the facts are then whole without a sweep.
const LEFT_BYTES_MIN: u64 = 1 << 20;

fn state(stated: Digest, actual: Digest, location: Location, inspection: &mut Inspection<'_>) {
    if stated != actual {
        inspection.fact(location, OciFact::NotItsDigest { stated, actual });
    }
}

/// SHA-256 of all bytes, read from first to last.
pub(crate) fn sha256(bytes: &dyn ReadAt) -> Result<Digest, ReadError> {
    if let Some(slice) = bytes.as_slice() {
        return Ok(Digest::of(slice));
    }
    let mut hasher = Hasher::default();
    let mut window = vec![0; Reader::WINDOW];
    let mut at = 0u64;
    loop {
        let count = bytes.read_at(at, &mut window)?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(window.get(..count).unwrap_or_default());
        at = at.saturating_add(count as u64);
    }
}

#[cfg(test)]
mod tests {
    use headworks_types::{FactKind, Limits};

    use super::*;

    /// A tar with these members.
    fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (path, bytes) in members {
            let mut block = [0u8; 512];
            block[..path.len()].copy_from_slice(path.as_bytes());
            block[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
            block[156] = b'0';
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
            block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            block[155] = b' ';
            out.extend_from_slice(&block);
            out.extend_from_slice(bytes);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    fn blob(bytes: &[u8]) -> (String, Vec<u8>) {
        (format!("blobs/sha256/{}", Digest::of(bytes).hex()), bytes.to_vec())
    }

    /// The names under which a blob of this media type is inspected, when it is said to be `m.py`.
    fn places(media_type: &str) -> Vec<String> {
        let code = b"import os\nos.system('echo headworks-marker')\n";
        let (digest, size) = (Digest::of(code), code.len());
        let annotations = r#"{"org.cncf.model.filepath": "m.py"}"#;
        let layer =
            format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size},"annotations":{annotations}}}"#);
        let manifest = format!(r#"{{"schemaVersion":2,"layers":[{layer}]}}"#);
        let bytes = archive(&[blob(code), blob(manifest.as_bytes())]);
        let facts = crate::inspect(&bytes, Place::file("x.tar"), &Limits::default());
        let code = facts.into_iter().filter(|fact| matches!(fact.kind, FactKind::Code(_)));
        code.map(|fact| fact.location.place.innermost().to_owned()).collect()
    }

    #[test]
    fn a_source_file_is_read_as_one_by_the_name_that_a_manifest_of_the_archive_gives() {
        let named = places("application/vnd.cncf.model.code.v1.raw");
        assert!(!named.is_empty() && named.iter().all(|name| name == "m.py"), "{named:?}");
    }

    #[test]
    fn a_file_that_a_list_of_saved_images_names_by_its_digest_is_compared() {
        let name = format!("{}.tar", Digest::of(b"toy").hex());
        let list = format!(r#"[{{"Config": "x.json", "Layers": ["{name}"]}}]"#).into_bytes();
        let mismatches = |listed: bool, bytes: &[u8]| {
            let path = if listed { "manifest.json" } else { "other.json" };
            let bytes = archive(&[(name.clone(), bytes.to_vec()), (path.to_owned(), list.clone())]);
            let facts = crate::inspect(&bytes, Place::file("x.tar"), &Limits::default());
            facts.iter().filter(|fact| matches!(fact.kind, FactKind::Oci(OciFact::NotItsDigest { .. }))).count()
        };
        assert_eq!((mismatches(true, b"joy"), mismatches(true, b"toy"), mismatches(false, b"joy")), (1, 0, 0));
    }

    #[test]
    fn the_name_of_an_archive_is_not_that_of_its_bytes() {
        assert_eq!(places("application/vnd.cncf.model.code.v1.tar"), [""; 0]);
    }
}
