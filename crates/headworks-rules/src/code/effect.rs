//! Effect facts as the rules of this family read them.

use headworks_types::fact::{CodeFact, Effect};
use headworks_types::{Fact, FactKind};

use crate::Evidence;
use crate::rule::Judgement;

/// One call with an effect, and the fact that states it.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) fact: &'a Fact,
    pub(super) effect: Effect,
    pub(super) callee: &'a str,
    pub(super) at_import: bool,
    excerpt: &'a str,
}

impl Call<'_> {
    /// A judgement of the call, with its line as evidence.
    pub(super) fn judged(&self, message: String) -> Judgement {
        Judgement::of(self.fact, self.callee, message).with_evidence(self.excerpt)
    }

    /// The file, and the member within it, as people name it.
    pub(super) fn place(&self) -> String {
        self.fact.location.place.to_string()
    }
}

/// All calls with an effect.
pub(super) fn calls<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = Call<'a>> + use<'a> {
    evidence.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Code(CodeFact::Effect { effect, callee, at_import, excerpt }) => {
            Some(Call { fact, effect: *effect, callee, at_import: *at_import, excerpt })
        }
        _ => None,
    })
}

/// The first call of each callee in each place, with how often it is called there; many calls of
/// one function are one finding.
pub(super) fn first_of_each<'a>(calls: impl Iterator<Item = Call<'a>>) -> Vec<(Call<'a>, u64)> {
    let mut first: Vec<(Call<'a>, u64)> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for call in calls {
        let key = (&call.fact.location.place, call.callee);
        let index = *known.entry(key).or_insert(first.len());
        match first.get_mut(index) {
            Some((_, times)) => *times = times.saturating_add(call.fact.times),
            None => first.push((call, call.fact.times)),
        }
    }
    first
}

/// Judges calls: one finding for each callee and place.
pub(super) fn judge_each<'a>(
    calls: impl Iterator<Item = Call<'a>>,
    message: impl Fn(&Call<'_>) -> String,
) -> Vec<Judgement> {
    let judged = first_of_each(calls).into_iter().map(|(call, times)| {
        let mut judgement = call.judged(message(&call));
        judgement.times = times;
        judgement
    });
    judged.collect()
}

/// Judges the calls of one effect that wait for somebody to call the function they are in.
pub(super) fn judge_in_functions(
    evidence: &Evidence<'_>,
    effect: Effect,
    message: fn(&Call<'_>) -> String,
) -> Vec<Judgement> {
    judge_each(calls(evidence).filter(|call| call.effect == effect && !call.at_import), message)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use headworks_types::Place;

    /// A fact of a call in a file.
    pub(in crate::code) fn fact(path: &str, effect: Effect, callee: &str, at_import: bool) -> Fact {
        let kind = CodeFact::Effect { effect, callee: callee.into(), at_import, excerpt: format!("{callee}(...)") };
        Fact { location: Place::file(path).at(10..20), times: 1, kind: kind.into() }
    }

    #[test]
    fn many_calls_of_one_function_are_one_finding() {
        let mut later = fact("a.py", Effect::Network, "requests.get", false);
        later.location.start = 15;
        let facts = [
            fact("a.py", Effect::Network, "requests.get", false),
            later,
            fact("b.py", Effect::Network, "requests.get", false),
        ];
        let judged = judge_in_functions(&Evidence::of(&facts), Effect::Network, |call| call.place());
        assert_eq!(judged.iter().map(|judgement| judgement.times).collect::<Vec<_>>(), [2, 1]);
    }
}
