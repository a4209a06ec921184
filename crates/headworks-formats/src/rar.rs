//! RAR archives, which are recognised and not opened.
//!
//! Source: the technical notes on RAR 5.0 and 4.x by their author. No loader of models reads RAR, and
//! its decoder is not free, so an archive is held and what is in it is not known.
//!
//! Not covered: members of any kind.

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;

/// RAR archives.
pub(crate) static FORMAT: Format = Format { id: "rar", title: "RAR archive", claims, inspect };

/// The signatures of the two generations, and that of the oldest.
const SIGNATURES: [(&[u8], &str); 3] =
    [(b"Rar!\x1a\x07\x00", "RAR 4"), (b"Rar!\x1a\x07\x01\x00", "RAR 5"), (b"RE~^", "RAR 1")];

fn generation(head: &[u8]) -> Option<&'static str> {
    SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|&(_, name)| name)
}

fn claims(probe: &Probe<'_>) -> bool {
    // The oldest signature is printable, so text may begin with it.
    generation(probe.head)
        .is_some_and(|name| name != "RAR 1" || probe.head.get(..64).is_some_and(|head| head.contains(&0)))
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let whole = input.place.at(0..input.bytes.size());
    let mut head = [0; 8];
    let name = match input.bytes.read_at(0, &mut head) {
        Ok(_) => generation(&head).unwrap_or("RAR"),
        Err(error) => return inspection.read_failed(whole, FORMAT.id, &error),
    };
    inspection.identified(input, FORMAT.id, name);
    inspection.fact(whole, Fault::Unsupported { format: FORMAT.id.into(), feature: format!("a {name} archive") });
}
