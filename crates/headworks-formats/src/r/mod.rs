//! Files of R: `.rds` (one value) and `.rda`/`.RData` (named values), in their three encodings.
//!
//! Source: R Internals 1.8 and `src/main/serialize.c` of R, versions 2 and 3. Compressed files are
//! decoded by their own formats first. Values are walked and not built: vectors are passed over, and
//! what R could run is stated: functions, expressions, byte code, promises, with the names that are
//! called. A promise is evaluated when somebody looks at the value (CVE-2024-27322).
//! `.RData` of version 1 and lazy-load databases (`.rdb`) are not read.
//!
//! Not covered: `.RData` of version 1, lazy-load databases (`.rdb`), and what listed functions do.

mod stream;
mod walk;

use headworks_types::Fault;

use crate::format::{Format, Input, Probe};
use crate::inspection::Inspection;
use stream::{Coding, Stream};
use walk::Walk;

/// Serialized values of R.
pub(crate) static FORMAT: Format = Format { id: "r", title: "R data", claims, inspect };

/// How files with named values begin, by the encoding that must follow.
const WORKSPACES: [(&[u8; 5], u8); 6] =
    [(b"RDX2\n", b'X'), (b"RDX3\n", b'X'), (b"RDA2\n", b'A'), (b"RDA3\n", b'A'), (b"RDB2\n", b'B'), (b"RDB3\n", b'B')];

fn claims(probe: &Probe<'_>) -> bool {
    let is_workspace = WORKSPACES.iter().any(|(magic, _)| probe.head.starts_with(*magic));
    is_workspace || is_stream(probe.head)
}

/// Whether a stream of version 2 or 3 begins here.
fn is_stream(head: &[u8]) -> bool {
    match head {
        [b'X', b'\n', 0, 0, 0, 2 | 3, 0, ..] | [b'B', b'\n', 2 | 3, 0, 0, 0, ..] => true,
        // Version, R that wrote it, oldest R that reads it: numbers on lines of their own.
        [b'A', b'\n', b'2' | b'3', b'\n', rest @ ..] => {
            let mut lines = rest.split(|&byte| byte == b'\n');
            let is_number = |line: &[u8]| (5..=7).contains(&line.len()) && line.iter().all(u8::is_ascii_digit);
            lines.next().is_some_and(is_number) && lines.next().is_some_and(is_number)
        }
        _ => false,
    }
}

fn inspect(input: &Input<'_>, inspection: &mut Inspection<'_>) {
    let mut stream = Stream::new(input.bytes);
    let outcome = header(&mut stream);
    let (is_workspace, version) = match &outcome {
        Ok(header) => *header,
        Err(_) => (false, 0),
    };
    let mut walk = Walk::new(input, stream, is_workspace);
    let outcome = outcome.and_then(|_| walk.run(inspection));
    let kind = if is_workspace { "named values" } else { "one value" };
    let summary = format!("R data version {version}, {}, {kind}, {} objects", walk.coding(), walk.objects);
    inspection.identified(input, FORMAT.id, summary);
    walk.state(inspection);
    let at = walk.position();
    match outcome {
        Err(fault) => inspection.fact(input.place.at(at..input.bytes.size()), fault),
        Ok(()) if at < input.bytes.size() => {
            inspection.fact(input.place.at(at..input.bytes.size()), Fault::Unexplained { format: FORMAT.id.into() });
        }
        Ok(()) => {}
    }
}

/// Reads up to the first value: whether it is the list of named ones, and the version.
fn header(stream: &mut Stream<'_>) -> Result<(bool, i32), Fault> {
    let [first, second] = stream.pair()?;
    let is_workspace = [first, second] == *b"RD";
    let [coding, end] = if is_workspace {
        stream.skip(3)?;
        stream.pair()?
    } else {
        [first, second]
    };
    stream.coding = match [coding, end] {
        [b'X', b'\n'] => Coding::Xdr,
        [b'A', b'\n'] => Coding::Ascii,
        [b'B', b'\n'] => Coding::Native,
        _ => return Err(stream::malformed("no encoding `X`, `A` or `B`")),
    };
    let version = stream.integer()?;
    stream.integer()?;
    stream.integer()?;
    match version {
        2 => {}
        3 => {
            let length = stream.length()?;
            stream.text(length)?;
        }
        other => return Err(stream::unsupported(format!("version {other}"))),
    }
    Ok((is_workspace, version))
}

#[cfg(test)]
mod tests {
    use headworks_types::fact::GraphFact;
    use headworks_types::{FactKind, Limits, Place};

    use super::*;

    fn words(numbers: &[u32]) -> Vec<u8> {
        let header = [2u32, 0x0004_0202, 0x0002_0300];
        let words = header.iter().chain(numbers).flat_map(|number| number.to_be_bytes());
        b"X\n".iter().copied().chain(words).collect()
    }

    fn facts(bytes: &[u8]) -> Vec<FactKind> {
        let facts = crate::inspect(&bytes.to_vec(), Place::file("x.rds"), &Limits::default());
        facts.into_iter().map(|fact| fact.kind).filter(|kind| !matches!(kind, FactKind::File(_))).collect()
    }

    #[test]
    fn a_vector_is_explained_to_its_last_byte() {
        assert_eq!(facts(&words(&[13, 2, 7, 8])), []);
        assert_eq!(facts(&words(&[13, 2, 7, 8, 9])), [Fault::Unexplained { format: "r".into() }.into()]);
        assert!(matches!(facts(&words(&[13, 2, 7]))[..], [FactKind::Fault(Fault::Truncated { .. })]));
    }

    #[test]
    fn a_promise_at_the_top_is_stated_as_one() {
        // A promise without value, in the global environment, whose code is the integer 1.
        let promise = words(&[5 | 0x400, 253, 252, 13, 1, 1]);
        let is_promise = |kind: &FactKind| {
            matches!(kind, FactKind::Graph(GraphFact::EmbeddedCode { language, holder, .. })
                if language == "r-promise" && holder == "the value itself")
        };
        assert!(facts(&promise).iter().any(is_promise), "{:?}", facts(&promise));
    }

    #[test]
    fn a_claimed_length_costs_nothing_and_is_truncated() {
        assert!(matches!(facts(&words(&[14, 0x7fff_ffff]))[..], [FactKind::Fault(Fault::Truncated { .. })]));
        assert!(matches!(facts(&words(&[19, 0x7fff_ffff]))[..], [FactKind::Fault(Fault::Truncated { .. })]));
    }

    #[test]
    fn lists_within_lists_end_at_the_limit() {
        let nested: Vec<u32> = [19, 2].into_iter().cycle().take(1 << 12).collect();
        let limits = Limits { object_stack_max: 1000, ..Limits::default() };
        let facts = crate::inspect(&words(&nested), Place::file("x.rds"), &limits);
        let is_budget = |kind: &FactKind| matches!(kind, FactKind::Fault(Fault::Budget { .. }));
        assert!(facts.iter().any(|fact| is_budget(&fact.kind)));
    }
}
