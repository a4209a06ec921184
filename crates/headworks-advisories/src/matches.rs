//! All advisories about one version of one package, each once.

use std::borrow::Cow;

use crate::assess::{Assessment, Candidate, assess};
use crate::claim::Claim;
use crate::ecosystem::Ecosystem;

/// What one advisory says of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// Id of the advisory.
    pub id: Cow<'a, str>,
    /// Whether it says that the package itself is an attack.
    pub is_malicious: bool,
    /// Whether it was taken back, so that it says nothing.
    pub is_withdrawn: bool,
    /// What it says.
    pub assessment: Assessment,
}

/// Assesses every claim; an advisory with several claims about a package affects a version when one of them does.
pub fn find<'a>(claims: Vec<Claim<'a>>, ecosystem: &Ecosystem, version: &str) -> Vec<Match<'a>> {
    let candidate = Candidate::new(ecosystem, version);
    let mut matches: Vec<Match<'a>> = Vec::new();
    for claim in claims {
        let assessment = assess(&claim, ecosystem, &candidate);
        let Claim { id, is_malicious, is_withdrawn, .. } = claim;
        match matches.iter_mut().find(|known| known.id == id) {
            Some(known) => {
                known.is_malicious |= is_malicious;
                known.is_withdrawn &= is_withdrawn;
                if weight(&assessment) > weight(&known.assessment) {
                    known.assessment = assessment;
                }
            }
            None => matches.push(Match { id, is_malicious, is_withdrawn, assessment }),
        }
    }
    matches
}

fn weight(assessment: &Assessment) -> u8 {
    match assessment {
        Assessment::NotAffected => 0,
        Assessment::Undetermined(_) => 1,
        Assessment::Affected => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osv::Advisory;

    #[test]
    fn one_claim_of_several_is_enough() {
        let json = br#"{"id":"X","affected":[
            {"package":{"ecosystem":"PyPI","name":"p"},"versions":["1.0"]},
            {"package":{"ecosystem":"PyPI","name":"p"},"versions":["2.0"]}]}"#;
        let advisory = Advisory::parse(json).expect("is a record");
        let found = |version: &str| {
            let claims = advisory.claims().map(|about| about.claim).collect();
            let matches = find(claims, &Ecosystem::parse("PyPI"), version);
            matches.into_iter().map(|found| found.assessment).collect::<Vec<_>>()
        };
        assert_eq!(found("1.0"), [Assessment::Affected]);
        assert_eq!(found("2.0"), [Assessment::Affected]);
        assert_eq!(found("3.0"), [Assessment::NotAffected]);
    }
}
