//! What version 0.2.0 of the reference implementation wrote: file digests as subjects, and a broken encoding.

use super::hash::HashType;
use super::manifest::{Layout, Manifest, ManifestError, Resource, Serialization, root};
use crate::encoding::from_hex;
use crate::statement::{PAYLOAD_TYPE, Statement};

/// Predicate type of version 0.2.0.
pub(super) const PREDICATE_TYPE: &str = "https://model_signing/Digests/v0.1";

/// The files of such a statement.
pub(super) fn manifest(statement: Statement) -> Result<Manifest, ManifestError> {
    let read = |subject: crate::statement::ResourceDescriptor| {
        let digest = subject.digest.get("sha256").filter(|hex| from_hex(hex).is_some_and(|bytes| bytes.len() == 32));
        match digest {
            Some(digest) => Ok(Resource { path: subject.name, range: None, digest: digest.clone() }),
            None => Err(ManifestError::BadDigest(subject.name)),
        }
    };
    let resources: Vec<Resource> = statement.subject.into_iter().map(read).collect::<Result<_, _>>()?;
    let root = root(&resources).ok_or(ManifestError::Empty)?;
    let serialization =
        Serialization { hash: HashType::Sha256, shard_bytes: None, allow_symlinks: false, ignore_paths: Vec::new() };
    Ok(Manifest { name: String::new(), serialization, resources, root, layout: Layout::Digests })
}

/// What it signed: the encoding of DSSE with the payload as Python prints a byte string.
pub(super) fn pae(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEV1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), &printed(payload)].concat()
}

/// A byte string as Python's `repr` prints it: in single quotes unless it has some and no double ones.
fn printed(bytes: &[u8]) -> Vec<u8> {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut text = vec![b'b', quote];
    for &byte in bytes {
        match byte {
            b'\\' => text.extend(br"\\"),
            b'\t' => text.extend(br"\t"),
            b'\n' => text.extend(br"\n"),
            b'\r' => text.extend(br"\r"),
            byte if byte == quote => text.extend([b'\\', byte]),
            b' '..=b'~' => text.push(byte),
            byte => text.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_printed_as_python_prints_them() {
        for (bytes, text) in [
            (&b"a\n\"b\\"[..], r#"b'a\n"b\\'"#),
            (b"it's", r#"b"it's""#),
            (b"'\"", r#"b'\'"'"#),
            (&[0, 0x7f, 0xff], r"b'\x00\x7f\xff'"),
        ] {
            assert_eq!(String::from_utf8(printed(bytes)).unwrap(), text);
        }
    }
}
