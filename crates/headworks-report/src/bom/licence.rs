//! Licences in the words of SPDX.

/// A licence as documents can state it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Licence {
    /// One licence of the SPDX list, by its id.
    Id(String),
    /// An SPDX expression of more than one.
    Expression(String),
    /// Something that the list does not have.
    Name(String),
}

/// Reads a licence as cards and packages write it; ids are known whatever their case.
pub(super) fn read(written: &str) -> Licence {
    let written = written.trim();
    if let Some(id) = by_id(written) {
        return Licence::Id(id.to_owned());
    }
    match spdx::Expression::parse(written) {
        Ok(expression) => Licence::Expression(expression.to_string()),
        Err(_) => Licence::Name(written.to_owned()),
    }
}

/// The Hub writes ids in lower case, and keeps a few that the list has deprecated.
fn by_id(written: &str) -> Option<&'static str> {
    if written.eq_ignore_ascii_case("NOASSERTION") {
        return None;
    }
    let same = |name: &str| name.eq_ignore_ascii_case(written);
    spdx::license_id(written).map(|id| id.name).or_else(|| {
        // The list is sorted by name, not by lower case.
        spdx::identifiers::LICENSES.iter().map(|licence| licence.name).find(|name| same(name))
    })
}

/// Ids that are younger than the schemas of CycloneDX 1.6 and 1.7, which list the ids that they take.
const YOUNGER: [&str; 19] = [
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-Source-Code-no-disclaimer",
    "BSD-Source-alt-GPL",
    "BSD-ask-to-endorse",
    "Brian-Gladman-3-Clause-no-conversion",
    "Bugroff",
    "CC-BY-NC-3.0-IGO",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "Hippocratic-3.0-core",
    "Informatica",
    "MVT-1.1",
    "atc-game",
];

/// Whether the schemas of CycloneDX take an id as one.
pub(super) fn is_in_cyclonedx(id: &str) -> bool {
    !YOUNGER.contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_whatever_their_case_and_names_stay_names() {
        assert_eq!(read("apache-2.0"), Licence::Id("Apache-2.0".into()));
        assert_eq!(read("MIT OR Apache-2.0"), Licence::Expression("MIT OR Apache-2.0".into()));
        assert_eq!(read("llama3.1"), Licence::Name("llama3.1".into()));
        assert_eq!(read("other"), Licence::Name("other".into()));
    }
}
