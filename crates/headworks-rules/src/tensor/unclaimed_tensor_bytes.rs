use std::collections::HashSet;

use headworks_types::{Confidence, FactKind, Place, Severity, fact::FileFact, fact::TensorFact};

use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for bytes of a tensor file that belong to no tensor: between two of them, or behind the last.
    ///
    /// **Why it matters.** What no tensor claims no loader reads and no reviewer sees. It is where a payload
    /// travels inside a file that passes for weights, to be cut out by something else that is already there;
    /// and where a second format makes the file a polyglot.
    ///
    /// **Example.** A safetensors file with a zip archive behind its last tensor.
    ///
    /// **What it misses.** Payloads in the low bits of the weights themselves.
    UNCLAIMED_TENSOR_BYTES {
        id: "unclaimed-tensor-bytes",
        title: "Bytes of a tensor file belong to no tensor",
        severity: Severity::High,
        confidence: Confidence::High,
        controls: &["HW-SER-04"],
        references: &["AML.T0018", "CWE-506"],
        hint: "look at the bytes at the given place; if they are a writer's leftovers, write the file again",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let gguf = gguf_places(evidence);
    let holes = evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Tensor(TensorFact::Hole) => {
            let (start, end) = (fact.location.start, fact.location.end);
            let message = format!("the {} bytes at `{start:#x}` belong to no tensor", end.saturating_sub(start));
            let judgement = Judgement::of(fact, "hole", message);
            // GGUF pads its tensors, and a writer that leaves old memory there is careless, not hostile.
            let pads = gguf.contains(&fact.location.place);
            Some(if pads { judgement.with_severity(Severity::Medium) } else { judgement })
        }
        _ => None,
    });
    holes.collect()
}

/// Where nothing but a GGUF file is: a file that is safetensors as well is judged as that.
fn gguf_places<'a>(evidence: &Evidence<'a>) -> HashSet<&'a Place> {
    let identified = |wanted: &'static str| {
        evidence.facts.iter().filter_map(move |fact| match &fact.kind {
            FactKind::File(FileFact::Identified { format, .. }) if format == wanted => Some(&fact.location.place),
            _ => None,
        })
    };
    let mut places = HashSet::from_iter(identified("gguf"));
    identified("safetensors").for_each(|place| _ = places.remove(place));
    places
}

#[cfg(test)]
mod tests {
    use headworks_types::Fact;

    use super::*;

    fn severities(formats: &[&str], kind: TensorFact) -> Vec<Severity> {
        let fact = |kind: FactKind| Fact { location: Place::file("model").at(96..128), times: 1, kind };
        let identified = |format: &&str| FileFact::Identified { format: (*format).to_owned(), summary: String::new() };
        let mut facts = Vec::from_iter(formats.iter().map(|format| fact(identified(format).into())));
        facts.push(fact(kind.into()));
        let findings = UNCLAIMED_TENSOR_BYTES.judge(&Evidence::of(&facts));
        findings.iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_hole_weighs_more_in_safetensors_than_in_gguf_which_pads() {
        assert_eq!(severities(&["safetensors"], TensorFact::Hole), [Severity::High]);
        assert_eq!(severities(&["gguf"], TensorFact::Hole), [Severity::Medium]);
    }

    #[test]
    fn a_polyglot_is_judged_as_the_stricter_format() {
        assert_eq!(severities(&["gguf", "safetensors"], TensorFact::Hole), [Severity::High]);
    }

    #[test]
    fn a_table_without_holes_is_not_reported() {
        let table = TensorFact::Table { tensors: 1, parameters: 8, bytes: 8, dtypes: vec!["U8".into()] };
        assert_eq!(severities(&["safetensors"], table), []);
    }
}
