//! The whole flow for one artifact, from its files to its record.

use headworks_policy::{Policy, PolicyError, PolicyInput, Waivers};
use headworks_rules::Profiles;
use headworks_store::{Entry, Store, StoreError};
use headworks_types::{
    Admission, Digest, Examination, Fact, FactKind, Inputs, Limits, Record, Verdict, fact::FileFact,
};

use crate::acquire::Acquired;
use crate::examine::{examine_identified, identify};
use crate::progress::{Meter, Progress};

/// What artifacts are judged by.
#[derive(Debug)]
pub struct Gate {
    /// The policy.
    pub policy: Policy,
    /// Tier of the policy to apply.
    pub tier: String,
    /// Exceptions that somebody answers for.
    pub waivers: Waivers,
    /// Callables that a pickle may use.
    pub profiles: Profiles,
    /// Bounds on what inspection may cost.
    pub limits: Limits,
}

/// The outcome of a check.
#[derive(Debug)]
pub struct Checked {
    /// The verdict with all that it rests on.
    pub record: Record,
    /// Where it is stored, when it is.
    pub entry: Option<Entry>,
    /// Whether an earlier record already said the same about the same bytes.
    pub reused: bool,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The policy could not be evaluated.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The record could not be stored; a verdict that leaves no evidence is none.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Gate {
    /// Checks an artifact and records the verdict in `store`, when one is given.
    ///
    /// Bytes that were inspected before under the same rules and limits are hashed but not inspected
    /// again. The policy is always evaluated anew, because time may change what it says; the earlier
    /// record is reused when it says the same.
    ///
    /// # Errors
    /// When the policy or the store fails. What is wrong with the artifact is evidence, not an error.
    pub async fn check(
        &self,
        acquired: &Acquired,
        store: Option<&Store>,
        now_ms: i64,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Checked, GateError> {
        let meter = Meter::new(acquired, 2, progress);
        let artifact = identify(acquired, &meter);
        let inputs = self.inputs(now_ms);
        if let Some(store) = store
            && let Some(entry) = store.newest(&artifact.digest, &self.tier, &inputs).await?
        {
            let record = store.read(&entry.digest)?;
            if was_made_of(&record, acquired) && self.decide(&record.examination, now_ms)? == record.verdict {
                return Ok(Checked { record, entry: Some(entry), reused: true });
            }
        }
        let examination = examine_identified(acquired, artifact, &self.profiles, &self.limits, &meter);
        let verdict = self.decide(&examination, now_ms)?;
        let schema = headworks_types::record::SCHEMA.to_owned();
        let record = Record { schema, verdict, examination, inputs };
        let entry = match store {
            Some(store) => Some(store.append(&record).await?),
            None => None,
        };
        Ok(Checked { record, entry, reused: false })
    }

    fn decide(&self, examination: &Examination, now_ms: i64) -> Result<Verdict, PolicyError> {
        let input = PolicyInput::new(examination, &self.tier, now_ms);
        self.policy.decide(&input, &self.waivers, now_ms)
    }

    fn inputs(&self, now_ms: i64) -> Inputs {
        let limits = serde_json::to_vec(&self.limits).expect("limits are plain data");
        let rules = format!("{}\n{}\n", headworks_rules::reference_digest(), self.profiles.digest());
        let policy = format!("{}\n{}\n", self.policy.digest(), self.waivers.digest());
        Inputs {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            rules: Digest::of(rules.as_bytes()),
            policy: Digest::of(policy.as_bytes()),
            limits: Digest::of(&limits),
            decided_at_ms: now_ms,
        }
    }
}

impl Checked {
    /// The answer.
    pub fn admission(&self) -> Admission {
        self.record.verdict.admission
    }
}

/// Whether a record rests on what the file system shows now.
///
/// The tree digest covers names and contents. Links that lead out and special files have neither.
fn was_made_of(record: &Record, acquired: &Acquired) -> bool {
    let examination = &record.examination;
    let is_of_tree = |fact: &&Fact| {
        matches!(fact.kind, FactKind::File(FileFact::OutOfTreeLink { .. } | FileFact::SpecialFile { .. }))
    };
    let readable = examination.artifact.files.iter().all(|file| file.digest.is_some());
    readable
        && examination.artifact.kind == acquired.kind
        && examination.facts.starts_with(&acquired.facts)
        && examination.facts.iter().filter(is_of_tree).eq(acquired.facts.iter().filter(is_of_tree))
}
