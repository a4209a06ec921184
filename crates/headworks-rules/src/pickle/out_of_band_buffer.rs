use headworks_types::fact::PickleFact;
use headworks_types::{Confidence, Severity};

use super::reported::{events, line};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for the opcode NEXT_BUFFER, by which a pickle of protocol 5 takes data from outside.
    ///
    /// **Why it matters.** The data is no part of the file, so it was not inspected, and whoever
    /// supplies it at load time decides what the object holds.
    ///
    /// **Example.** A pickle written with `buffer_callback`, as distributed computing libraries do
    /// between processes, saved to a file.
    ///
    /// **What it misses.** Nothing: every use of the opcode is reported. Files that are complete in
    /// themselves do not have it.
    OUT_OF_BAND_BUFFER {
        id: "out-of-band-buffer",
        title: "A pickle takes data from outside of the file",
        severity: Severity::Medium,
        confidence: Confidence::High,
        controls: &["HW-SER-02"],
        references: &["CWE-345"],
        hint: "write the object again without `buffer_callback`, so that the file holds all of its data",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let buffers = events(evidence).filter(|(_, event)| matches!(event, PickleFact::OutOfBandBuffer));
    let judgements = buffers.map(|(fact, event)| {
        let message = format!("`{}` takes a buffer that is not in the file", fact.location.place);
        Judgement::of(fact, "out-of-band buffer", message).with_evidence(line(fact, event))
    });
    judgements.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::constructed::{call, facts, instance, text};
    use headworks_types::fact::Shape;

    #[test]
    fn a_buffer_from_outside_is_reported() {
        assert_eq!(OUT_OF_BAND_BUFFER.judge(&Evidence::of(&facts(vec![PickleFact::OutOfBandBuffer]))).len(), 1);
    }

    #[test]
    fn an_array_of_protocol_5_that_lies_in_the_file_is_not() {
        let (bytes, shape) = (Shape::Bytes(Some(8)), Shape::Tuple(None));
        let array = call("numpy._core.numeric", "_frombuffer", &[bytes, instance("numpy.dtype"), shape, text("C")]);
        assert!(crate::judge(&Evidence::of(&facts(vec![array]))).is_empty());
    }
}
