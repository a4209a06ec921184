use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::{calls, first_of_each};
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for code that decodes, decompresses or fetches data and then runs the result: `exec` of
    /// base64, zlib, marshal or hexadecimal data, a shell command that was encoded, a pickle carried
    /// in the source as a string, code that comes from a URL. The data may pass through variables of
    /// the same function.
    ///
    /// **Why it matters.** Encoding has one use here: to keep the payload from readers and scanners.
    /// Nothing a model needs is shipped that way, whether it runs at import or when a function is
    /// called.
    ///
    /// **Example.** `exec(zlib.decompress(base64.b64decode(b"eJw...")))`.
    ///
    /// **What it misses.** Decoders written out by hand, and data that passes through attributes,
    /// containers or other files on its way.
    DECODED_PAYLOAD_EXECUTION {
        id: "decoded-payload-execution",
        title: "Code decodes or fetches data and runs it",
        severity: Severity::Critical,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-506", "CWE-95", "AML.T0011.000"],
        hint: "do not load the artifact; decode the data by hand to see what it would have run",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    let executing = calls(evidence).filter(|call| call.effect == Effect::DecodeThenExecute);
    let judged = first_of_each(executing).into_iter().map(|(call, times)| {
        let mut judgement = call.judged(format!(
            "`{}` runs data that is decoded or fetched first, with `{}`",
            call.place(),
            call.callee
        ));
        judgement.times = times;
        judgement
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn count(effect: Effect, at_import: bool) -> usize {
        DECODED_PAYLOAD_EXECUTION.judge(&Evidence::of(&[fact("a.py", effect, "exec", at_import)])).len()
    }

    #[test]
    fn a_decoded_payload_is_reported_wherever_it_runs() {
        assert_eq!((count(Effect::DecodeThenExecute, true), count(Effect::DecodeThenExecute, false)), (1, 1));
    }

    #[test]
    fn running_what_the_source_spells_out_is_another_rule() {
        assert_eq!(count(Effect::Evaluate, true), 0);
    }
}
