use headworks_types::fact::Effect;
use headworks_types::{Confidence, Severity};

use super::effect::judge_in_functions;
use crate::Evidence;
use crate::rule::{Judgement, rule};

rule! {
    /// Looks for functions that fetch a URL or open a connection: sockets, `urllib`, `requests`, `httpx`,
    /// `aiohttp`, downloads from a hub.
    ///
    /// **Why it matters.** What such a function fetches has not been inspected, and what it sends leaves
    /// the machine. Honest code downloads weights and pictures this way, so the finding only says where;
    /// at import the same call is `import-time-effect`.
    ///
    /// **Example.** `requests.get(url)` in a function of `image_processing.py`.
    ///
    /// **What it misses.** Connections that other libraries open, such as `from_pretrained` with a
    /// repository name.
    NETWORK_ACCESS_IN_CODE {
        id: "network-access-in-code",
        title: "Code can open network connections",
        severity: Severity::Info,
        confidence: Confidence::High,
        controls: &["HW-CFG-03"],
        references: &["CWE-494", "CWE-829"],
        hint: "run the code without a network, or see which hosts it names",
        check,
    }
}

fn check(evidence: &Evidence<'_>) -> Vec<Judgement> {
    judge_in_functions(evidence, Effect::Network, |call| {
        format!("a function of `{}` opens a connection with `{}`", call.place(), call.callee)
    })
}

#[cfg(test)]
mod tests {
    use super::super::effect::tests::fact;
    use super::*;

    fn severities(effect: Effect, at_import: bool) -> Vec<Severity> {
        let facts = [fact("train.py", effect, "callee", at_import)];
        NETWORK_ACCESS_IN_CODE.judge(&Evidence::of(&facts)).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn a_connection_in_a_function_is_noted() {
        assert_eq!(severities(Effect::Network, false), [Severity::Info]);
    }

    #[test]
    fn at_import_it_is_the_business_of_another_rule() {
        assert_eq!(severities(Effect::Network, true), []);
    }

    /// Honest repositories ship such functions: the finding must not decide a verdict.
    #[test]
    fn it_does_not_decide_a_verdict() {
        assert!(severities(Effect::Network, false).iter().all(|severity| *severity < Severity::Medium));
    }
}
