//! Where the two headers of a member disagree, and the readings that follow.
//!
//! A scanner that takes one header and a loader that takes the other see different files
//! (GHSA-w8jq-xcqf-f792, GHSA-7q5r-7gvp-wc82), so both readings are inspected.

use headworks_types::ReadAt;

use super::content::Reading;
use super::header::{DECISIVE, Descriptor, Header};

/// A disagreement: the field, its local and its central value.
pub(super) type Difference = (&'static str, String, String);

/// The fields in which the headers say different things.
pub(super) fn differences(local: &Header, central: &Header) -> Vec<Difference> {
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let hex = |crc32: u32| format!("{crc32:#010x}");
    let flags = |header: &Header| format!("{:#06x}", header.flags & DECISIVE);
    let mut differences = Vec::new();
    let mut compare = |field, local: String, central: String| {
        if local != central {
            differences.push((field, local, central));
        }
    };
    compare("name", text(&local.name), text(&central.name));
    for header in [local, central] {
        if let Some(unicode) = &header.unicode_name {
            compare("unicode name", text(unicode), text(&header.name));
        }
    }
    compare("flags", flags(local), flags(central));
    compare("method", local.method.to_string(), central.method.to_string());
    // With the flag set, a zero refers to the descriptor behind the bytes.
    let deferred = |zero: bool| local.is_described() && zero;
    if !deferred(local.crc32 == 0) {
        compare("crc-32", hex(local.crc32), hex(central.crc32));
    }
    if !deferred(local.compressed_bytes == 0) {
        compare("compressed size", local.compressed_bytes.to_string(), central.compressed_bytes.to_string());
    }
    if !deferred(local.bytes == 0) {
        compare("size", local.bytes.to_string(), central.bytes.to_string());
    }
    differences
}

/// The descriptor behind the member's bytes: its length, or how it disagrees.
pub(super) fn descriptor(bytes: &dyn ReadAt, at: u64, central: &Header) -> Result<u64, Difference> {
    let stated = (central.crc32, central.compressed_bytes, central.bytes);
    let agrees = |found: &Descriptor| (found.crc32, found.compressed_bytes, found.bytes) == stated;
    if let Some(found) = Descriptor::matching(bytes, at, agrees) {
        return Ok(found.length);
    }
    let text = |(crc32, compressed, size)| format!("crc-32 {crc32:#010x}, {compressed} of {size} bytes");
    let any = Descriptor::matching(bytes, at, |_| true);
    let local = any.map_or("none".into(), |found| text((found.crc32, found.compressed_bytes, found.bytes)));
    Err(("data descriptor", local, text(stated)))
}

/// Every way in which some loader reads the member, the directory's own first.
pub(super) fn readings(local: &Header, central: &Header, data_at: u64) -> Vec<Reading> {
    let listed = Reading { encrypted: local.is_encrypted() || central.is_encrypted(), ..Reading::of(central, data_at) };
    let names = [Some(&central.name), Some(&local.name), central.unicode_name.as_ref(), local.unicode_name.as_ref()];
    let mut readings = vec![listed.clone()];
    for name in names.into_iter().flatten() {
        // CPython's reader ends a path at the first NUL.
        let ended = name.split(|&byte| byte == 0).next().unwrap_or_default();
        for name in [name.as_slice(), ended] {
            let path = String::from_utf8_lossy(name).into_owned();
            readings.push(Reading { path, ..listed.clone() });
        }
    }
    let deferred = local.is_described() && local.compressed_bytes == 0;
    let compressed_bytes = if deferred { central.compressed_bytes } else { local.compressed_bytes };
    let found = Reading::of(&Header { compressed_bytes, ..local.clone() }, data_at);
    if !found.reads_same(&listed) {
        let stated = found.stated.filter(|_| !local.is_described());
        readings.push(Reading { encrypted: listed.encrypted, stated, ..found });
    }
    let mut distinct: Vec<Reading> = Vec::new();
    for reading in readings {
        if !distinct.iter().any(|seen| seen.path == reading.path && seen.reads_same(&reading)) {
            distinct.push(reading);
        }
    }
    distinct
}
