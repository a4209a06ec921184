//! Merkle trees of RFC 6962 §2.1: hashes, and proofs of inclusion and consistency.
//!
//! A node is named by its level and its index within the level: node (l, i) is the root over the leaves from
//! i·2^l up to and without (i+1)·2^l. Proofs are made of such nodes, which the caller looks up.

use headworks_types::Digest;
use headworks_types::digest::Hasher;

/// Most hashes that a proof may have: a tree has fewer than 2^63 leaves, as sizes are signed 64-bit numbers elsewhere.
pub const PROOF_HASHES_MAX: usize = 63;

/// Largest tree.
pub const SIZE_MAX: u64 = i64::MAX as u64;

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry or the old tree does not lie within the tree.
    #[error("{inner} does not lie within a tree of {size} entries")]
    OutOfRange {
        /// Index of the entry, or size of the older tree.
        inner: u64,
        /// Size of the tree.
        size: u64,
    },
    /// It has more or fewer hashes than a proof of this shape.
    #[error("it has {hashes} hashes, which is no proof of this shape")]
    Length {
        /// How many it has.
        hashes: usize,
    },
    /// It leads to another root.
    #[error("it leads to another root")]
    Root,
}

/// Root of the tree without entries.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// Hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(&[0]);
    hasher.update(entry);
    hasher.finish()
}

/// Hash of a node over its two children.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(&[1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    hasher.finish()
}

/// Root over hashes of equal height; of leaves, the root of the tree.
pub fn root_of(hashes: &[Digest]) -> Digest {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        level = level.chunks(2).map(pair_hash).collect();
    }
    level.first().copied().unwrap_or_else(empty_root)
}

/// Proof that entry `index` is in the tree of `size` entries, from the leaf's sibling up.
///
/// # Errors
/// When the index is out of range, or `node` fails.
pub fn inclusion<E: From<ProofError>>(
    index: u64,
    size: u64,
    node: &mut impl FnMut(u8, u64) -> Result<Digest, E>,
) -> Result<Vec<Digest>, E> {
    if index >= size || size > SIZE_MAX {
        return Err(ProofError::OutOfRange { inner: index, size }.into());
    }
    let (mut start, mut end, mut proof) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        let sibling = if index < middle { (middle, end) } else { (start, middle) };
        proof.push(range(sibling.0, sibling.1, node)?);
        (start, end) = if index < middle { (start, middle) } else { (middle, end) };
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the tree of `new` entries extends the tree of `old` entries.
///
/// # Errors
/// When the old tree is the larger one, or `node` fails.
pub fn consistency<E: From<ProofError>>(
    old: u64,
    new: u64,
    node: &mut impl FnMut(u8, u64) -> Result<Digest, E>,
) -> Result<Vec<Digest>, E> {
    if old > new || new > SIZE_MAX {
        return Err(ProofError::OutOfRange { inner: old, size: new }.into());
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    // The old root itself is known to the verifier, so it is left out as long as the path goes left only.
    let (mut start, mut end, mut known, mut proof) = (0, new, true, Vec::new());
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(range(middle, end, node)?);
            end = middle;
        } else {
            proof.push(range(start, middle, node)?);
            start = middle;
            known = false;
        }
    }
    if !known {
        proof.push(range(start, end, node)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks a proof that `leaf` is entry `index` of the tree of `size` entries with this root.
///
/// # Errors
/// When it is not one.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Digest,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    if index >= size || size > SIZE_MAX {
        return Err(ProofError::OutOfRange { inner: index, size });
    }
    let wrong_length = ProofError::Length { hashes: proof.len() };
    if proof.len() > PROOF_HASHES_MAX {
        return Err(wrong_length);
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong_length);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            (place, last) = to_left_edge(place, last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    verdict(last == 0, proof.len(), hash == *root)
}

/// Checks a proof that the tree of `new` entries with root `new_root` extends the older one.
///
/// # Errors
/// When it is not one.
pub fn verify_consistency(
    old: u64,
    old_root: &Digest,
    new: u64,
    new_root: &Digest,
    proof: &[Digest],
) -> Result<(), ProofError> {
    if old > new || new > SIZE_MAX {
        return Err(ProofError::OutOfRange { inner: old, size: new });
    }
    let hashes = proof.len();
    if old == 0 {
        return verdict(hashes == 0, hashes, *old_root == empty_root() && (new > 0 || new_root == old_root));
    }
    if old == new {
        return verdict(hashes == 0, hashes, old_root == new_root);
    }
    let (mut place, mut last) = trim_right(old - 1, new - 1);
    // A complete old tree is a node of the new one, and the proof starts from it.
    let (first, rest) = match proof.split_first() {
        _ if hashes > PROOF_HASHES_MAX => return Err(ProofError::Length { hashes }),
        _ if old.is_power_of_two() => (old_root, proof),
        Some(split) => split,
        None => return Err(ProofError::Length { hashes }),
    };
    let (mut of_old, mut of_new) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return Err(ProofError::Length { hashes });
        }
        if place & 1 == 1 || place == last {
            of_old = node_hash(hash, &of_old);
            of_new = node_hash(hash, &of_new);
            (place, last) = to_left_edge(place, last);
        } else {
            of_new = node_hash(&of_new, hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    verdict(last == 0, hashes, of_old == *old_root && of_new == *new_root)
}

fn verdict(complete: bool, hashes: usize, equal: bool) -> Result<(), ProofError> {
    match (complete, equal) {
        (false, _) => Err(ProofError::Length { hashes }),
        (true, false) => Err(ProofError::Root),
        (true, true) => Ok(()),
    }
}

/// Climbs past the levels at which the right edge of the tree has no sibling (RFC 9162 §2.1.3.2).
fn to_left_edge(mut place: u64, mut last: u64) -> (u64, u64) {
    while place & 1 == 0 && place != 0 {
        (place, last) = (place >> 1, last >> 1);
    }
    (place, last)
}

fn trim_right(mut place: u64, mut last: u64) -> (u64, u64) {
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    (place, last)
}

/// The largest power of two below `size`, which is at least 2: where RFC 6962 splits a tree.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Root over the leaves of a range that RFC 6962's splitting arrives at.
fn range<E>(start: u64, end: u64, node: &mut impl FnMut(u8, u64) -> Result<Digest, E>) -> Result<Digest, E> {
    let (mut at, mut peaks) = (start, Vec::new());
    for level in (0..u64::BITS as u8).rev() {
        if (end - start) >> level & 1 == 1 {
            peaks.push(node(level, at >> level)?);
            at += 1 << level;
        }
    }
    Ok(peaks.into_iter().rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root))
}

fn pair_hash(pair: &[Digest]) -> Digest {
    match pair {
        [left, right] => node_hash(left, right),
        // An odd hash at the end goes up as it is, which is what splitting at a power of two amounts to.
        odd => odd.first().copied().unwrap_or_else(empty_root),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries and roots that the implementations of RFC 6962 share as test vectors.
    const ENTRIES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|number| leaf_hash(format!("entry {number}").as_bytes())).collect()
    }

    fn node(leaves: &[Digest]) -> impl FnMut(u8, u64) -> Result<Digest, ProofError> {
        move |level, index| {
            let (start, end) = (index << level, (index + 1) << level);
            Ok(root_of(&leaves[start as usize..end as usize]))
        }
    }

    #[test]
    fn roots_are_those_of_the_known_vectors() {
        let leaves: Vec<Digest> = ENTRIES.iter().map(|entry| leaf_hash(&bytes(entry))).collect();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(root_of(&leaves[..size]).hex(), *root, "{size}");
        }
    }

    #[test]
    fn the_known_proofs_are_made() {
        let leaves: Vec<Digest> = ENTRIES.iter().map(|entry| leaf_hash(&bytes(entry))).collect();
        let hex = |proof: Vec<Digest>| proof.iter().map(Digest::hex).collect::<Vec<_>>();
        assert_eq!(
            hex(inclusion(5, 8, &mut node(&leaves)).unwrap()),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            hex(consistency(6, 8, &mut node(&leaves)).unwrap()),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn every_inclusion_proof_verifies_for_its_entry_only() {
        let leaves = leaves(40);
        for size in 1..=40_u64 {
            let root = root_of(&leaves[..size as usize]);
            for index in 0..size {
                let proof = inclusion(index, size, &mut node(&leaves)).unwrap();
                assert_eq!(verify_inclusion(index, size, &leaves[index as usize], &proof, &root), Ok(()));
                let other = leaves[(index as usize + 1) % 40];
                assert!(verify_inclusion(index, size, &other, &proof, &root).is_err());
                assert!(verify_inclusion(index, size + 1, &leaves[index as usize], &proof[..0], &root).is_err());
                if index + 1 < size {
                    assert!(verify_inclusion(index + 1, size, &leaves[index as usize], &proof, &root).is_err());
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_verifies_and_no_altered_one() {
        let leaves = leaves(40);
        for new in 1..=40_u64 {
            let new_root = root_of(&leaves[..new as usize]);
            for old in 0..=new {
                let old_root = root_of(&leaves[..old as usize]);
                let proof = consistency(old, new, &mut node(&leaves)).unwrap();
                assert_eq!(verify_consistency(old, &old_root, new, &new_root, &proof), Ok(()), "{old} {new}");
                let other = leaf_hash(b"other");
                assert!(verify_consistency(old, &other, new, &new_root, &proof).is_err(), "{old} {new}");
                assert!(old == 0 || verify_consistency(old, &old_root, new, &other, &proof).is_err(), "{old} {new}");
                let longer = [&proof[..], &[other]].concat();
                assert!(verify_consistency(old, &old_root, new, &new_root, &longer).is_err(), "{old} {new}");
                if let Some(shorter) = proof.len().checked_sub(1) {
                    assert!(verify_consistency(old, &old_root, new, &new_root, &proof[..shorter]).is_err());
                }
            }
        }
    }

    #[test]
    fn what_is_out_of_range_or_too_long_is_refused() {
        let root = empty_root();
        assert!(verify_inclusion(0, 0, &root, &[], &root).is_err());
        assert!(verify_inclusion(0, u64::MAX, &root, &[root; 64], &root).is_err());
        assert!(verify_inclusion(0, SIZE_MAX, &root, &[root; 64], &root).is_err());
        assert!(verify_consistency(2, &root, 1, &root, &[]).is_err());
        assert!(verify_consistency(1, &root, SIZE_MAX, &root, &[root; 64]).is_err());
        assert!(inclusion(3, 3, &mut node(&leaves(3))).is_err());
        assert!(consistency(4, 3, &mut node(&leaves(3))).is_err());
    }
}
