//! The chain of a training run's checkpoints, and the guard over resuming from one.
//!
//! Every event of a run is a signed statement that names the one before it: the start, each checkpoint that was
//! saved, each resume, each planned rewind. The log keeps them in order, so there is exactly one newest event.
//! A trainer resumes only from the checkpoint that this event stands for. That catches an altered checkpoint
//! (its root), a replaced optimizer (the root covers all files), a roll-back to an older valid one (not the
//! newest), a second trainer (its resume ends the session of the first), a save that never ended (no event).

use std::collections::BTreeMap;

use headworks_types::Digest;
use serde::{Deserialize, Serialize};

use crate::dsse::{Envelope, EnvelopeError};
use crate::keys::{PublicKey, SigningKey};
use crate::statement::{ResourceDescriptor, Statement, StatementError};

/// Predicate type of an event.
pub const PREDICATE_TYPE: &str = "https://github.com/headworks/headworks/attestation/training-checkpoint/v0.1";

/// Most events of one run: a checkpoint a minute for two years.
const EVENTS_MAX: usize = 1_048_576;

/// What happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// The run, by a name that is never used again.
    pub run_id: String,
    /// Position in the chain, from 0.
    pub seq: u64,
    /// What happened.
    pub kind: EventKind,
    /// The event before; none for the start alone.
    pub previous: Option<Previous>,
    /// SHA-256 over the digests of all files of the checkpoint, as in OMS §6.5.1; none for the start.
    pub root: Option<Digest>,
    /// The files of the checkpoint with their SHA-256.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// Who may add the next event; a resume begins a new session.
    pub session: String,
    /// Training step.
    pub step: u64,
    /// Tokens, or samples, seen so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_seen: Option<u64>,
    /// Digest of the position in the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_cursor: Option<Digest>,
    /// Digest of the run's configuration; the same in every event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Digest>,
    /// Why, for a rewind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// The run begins.
    Start,
    /// A checkpoint was saved.
    Save,
    /// Training goes on from the newest checkpoint.
    Resume,
    /// An older checkpoint becomes the one to resume from, by decision.
    Rewind,
}

/// The event before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Previous {
    /// Digest of its statement.
    pub statement: Digest,
    /// Its root.
    pub root: Option<Digest>,
}

/// A chain that was verified from its start.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    events: Vec<Event>,
    newest_statement: Digest,
}

/// Why a chain, or a wish to go on from it, is refused.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// There is no event of the run.
    #[error("no event of run `{0}` is recorded")]
    Unknown(String),
    /// There are more events than are looked at.
    #[error("it has {count} events; at most {max} are looked at")]
    TooLong {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A statement does not hold.
    #[error("event {seq}: {error}")]
    Statement {
        /// Position in the order of the log.
        seq: usize,
        /// Why.
        error: StatementError,
    },
    /// An event is no event of this chain at its place.
    #[error("event {seq} does not continue the chain: {reason}")]
    Broken {
        /// Position in the order of the log.
        seq: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A checkpoint is not the newest.
    #[error(
        "it is the checkpoint of step {step} (event {seq}), but the newest is that of step {newest_step} (event {newest_seq})"
    )]
    NotNewest {
        /// Its event.
        seq: u64,
        /// Its step.
        step: u64,
        /// The newest event.
        newest_seq: u64,
        /// The newest step.
        newest_step: u64,
    },
    /// Files differ from the newest checkpoint.
    #[error("it is not the checkpoint that was recorded (step {step}): {}", .differences.join("; "))]
    Altered {
        /// Step of the newest checkpoint.
        step: u64,
        /// What differs.
        differences: Vec<String>,
    },
    /// No checkpoint was saved yet.
    #[error("no checkpoint of the run is recorded yet")]
    NoCheckpoint,
    /// Another session goes on with the run.
    #[error("session `{given}` has ended: the run was resumed as `{current}`")]
    OtherSession {
        /// What the trainer has.
        given: String,
        /// What the newest event says.
        current: String,
    },
    /// The run is of another configuration.
    #[error("the configuration is another than at the start of the run")]
    OtherConfiguration,
    /// The envelope could not be made.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl Event {
    /// The subject by which all events of a run are found.
    pub fn run_subject(run_id: &str) -> Digest {
        Digest::of(format!("training run {run_id}").as_bytes())
    }

    /// The run that an envelope says it is an event of, whoever signed it.
    pub fn claimed_run(envelope: &Envelope) -> Option<String> {
        let statement = Statement::from_json(envelope.payload_unverified()).ok()?;
        let run = statement.predicate.get("runId")?.as_str()?.to_owned();
        (statement.predicate_type == PREDICATE_TYPE).then_some(run)
    }

    /// The signed statement about this event.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, TrainingError> {
        let mut subject = vec![ResourceDescriptor::sha256(&self.run_id, Self::run_subject(&self.run_id).hex())];
        subject.extend(self.root.map(|root| ResourceDescriptor::sha256("checkpoint", root.hex())));
        let predicate = serde_json::to_value(self).unwrap_or_default();
        Ok(Statement::new(subject, PREDICATE_TYPE, predicate).sign(key)?)
    }

    fn read(envelope: &Envelope, key: &PublicKey, seq: usize) -> Result<Self, TrainingError> {
        let of = |error| TrainingError::Statement { seq, error };
        let statement = Statement::verify(envelope, key).map_err(of)?;
        if statement.predicate_type != PREDICATE_TYPE {
            return Err(TrainingError::Broken { seq, reason: "it is a statement of another type" });
        }
        let event: Self = serde_json::from_value(statement.predicate.clone())
            .map_err(|error| of(StatementError::Malformed(error.into())))?;
        let roots_agree = event.root.is_none_or(|root| statement.is_about(&root.hex()));
        if !statement.is_about(&Self::run_subject(&event.run_id).hex()) || !roots_agree {
            return Err(TrainingError::Broken { seq, reason: "its subject is another than it says" });
        }
        Ok(event)
    }
}

impl Chain {
    /// Begins a run; the event is to be signed and logged before training starts.
    pub fn start(run_id: &str, session: &str, configuration: Option<Digest>, at_ms: i64) -> Event {
        Event {
            run_id: run_id.to_owned(),
            seq: 0,
            kind: EventKind::Start,
            previous: None,
            root: None,
            files: BTreeMap::new(),
            session: session.to_owned(),
            step: 0,
            tokens_seen: None,
            data_cursor: None,
            configuration,
            reason: None,
            at_ms,
        }
    }

    /// Verifies all events of a run in the order of the log, each by the run's key.
    ///
    /// # Errors
    /// When one does not hold or the chain does not lead from the start to the last without a gap.
    pub fn verify(run_id: &str, envelopes: &[Envelope], key: &PublicKey) -> Result<Self, TrainingError> {
        if envelopes.len() > EVENTS_MAX {
            return Err(TrainingError::TooLong { count: envelopes.len(), max: EVENTS_MAX });
        }
        let mut chain: Option<Self> = None;
        for (seq, envelope) in envelopes.iter().enumerate() {
            let event = Event::read(envelope, key, seq)?;
            if event.run_id != run_id {
                return Err(TrainingError::Broken { seq, reason: "it is of another run" });
            }
            if let Some(reason) = problem(chain.as_ref(), &event, seq) {
                return Err(TrainingError::Broken { seq, reason });
            }
            let newest_statement = Digest::of(envelope.payload_unverified());
            let mut events = chain.map_or_else(Vec::new, |chain| chain.events);
            events.push(event);
            chain = Some(Self { events, newest_statement });
        }
        chain.ok_or_else(|| TrainingError::Unknown(run_id.to_owned()))
    }

    /// The newest event.
    ///
    /// # Errors
    /// Never: a chain has events. The type says so nowhere, so the caller is told instead of stopped.
    pub fn newest(&self) -> Result<&Event, TrainingError> {
        self.events.last().ok_or_else(|| TrainingError::Unknown(String::new()))
    }

    /// The newest event with the checkpoint of this root.
    pub fn newest_with(&self, root: &Digest) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.root.as_ref() == Some(root))
    }

    /// Digest of the statement of the newest event: it stands for the whole chain.
    pub fn newest_statement(&self) -> Digest {
        self.newest_statement
    }

    /// All events, oldest first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The event that the session adds after saving a checkpoint.
    ///
    /// # Errors
    /// When the run went on in another session, or with another configuration.
    pub fn save(&self, saved: Saved, session: &str, at_ms: i64) -> Result<Event, TrainingError> {
        let newest = self.newest()?;
        if newest.session != session {
            let (given, current) = (session.to_owned(), newest.session.clone());
            return Err(TrainingError::OtherSession { given, current });
        }
        if saved.configuration.is_some_and(|digest| newest.configuration != Some(digest)) {
            return Err(TrainingError::OtherConfiguration);
        }
        let Saved { root, files, step, tokens_seen, data_cursor, .. } = saved;
        Ok(Event {
            root: Some(root),
            files,
            step,
            tokens_seen,
            data_cursor,
            ..self.next(EventKind::Save, session, at_ms)?
        })
    }

    /// The event that allows `session` to go on from the checkpoint with these files.
    ///
    /// # Errors
    /// When it is not the newest checkpoint, byte for byte.
    pub fn resume(
        &self,
        root: Digest,
        files: &BTreeMap<String, String>,
        session: &str,
        at_ms: i64,
    ) -> Result<Event, TrainingError> {
        let newest = self.newest()?;
        let recorded = newest.root.ok_or(TrainingError::NoCheckpoint)?;
        if recorded == root && newest.files == *files {
            return self.next(EventKind::Resume, session, at_ms);
        }
        Err(match self.newest_with(&root) {
            Some(older) => TrainingError::NotNewest {
                seq: older.seq,
                step: older.step,
                newest_seq: newest.seq,
                newest_step: newest.step,
            },
            None => TrainingError::Altered { step: newest.step, differences: differences(&newest.files, files) },
        })
    }

    /// The event that makes the checkpoint of event `seq` the one to resume from.
    ///
    /// # Errors
    /// When there is no such checkpoint.
    pub fn rewind(&self, seq: u64, reason: &str, session: &str, at_ms: i64) -> Result<Event, TrainingError> {
        let target = self.events.iter().find(|event| event.seq == seq && event.root.is_some());
        let target = target.ok_or(TrainingError::NoCheckpoint)?;
        Ok(Event {
            root: target.root,
            files: target.files.clone(),
            step: target.step,
            tokens_seen: target.tokens_seen,
            data_cursor: target.data_cursor,
            reason: Some(reason.to_owned()),
            ..self.next(EventKind::Rewind, session, at_ms)?
        })
    }

    /// The next event, with everything of the newest that it does not change.
    fn next(&self, kind: EventKind, session: &str, at_ms: i64) -> Result<Event, TrainingError> {
        let newest = self.newest()?;
        Ok(Event {
            seq: newest.seq.saturating_add(1),
            kind,
            previous: Some(Previous { statement: self.newest_statement, root: newest.root }),
            session: session.to_owned(),
            reason: None,
            // A clock that was set back must not end the run.
            at_ms: at_ms.max(newest.at_ms),
            ..newest.clone()
        })
    }
}

/// A checkpoint as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// SHA-256 over the digests of all its files.
    pub root: Digest,
    /// Its files with their SHA-256.
    pub files: BTreeMap<String, String>,
    /// Training step.
    pub step: u64,
    /// Tokens, or samples, seen so far.
    pub tokens_seen: Option<u64>,
    /// Digest of the position in the data.
    pub data_cursor: Option<Digest>,
    /// Digest of the configuration, to be held against that of the start.
    pub configuration: Option<Digest>,
}

/// What forbids `event` to follow the chain.
fn problem(chain: Option<&Chain>, event: &Event, seq: usize) -> Option<&'static str> {
    if usize::try_from(event.seq).ok() != Some(seq) {
        return Some("its number is another than its place");
    }
    let (chain, newest) = match chain.map(|chain| (chain, chain.newest())) {
        None if event.kind == EventKind::Start && event.previous.is_none() && event.root.is_none() => return None,
        Some((chain, Ok(newest))) => (chain, newest),
        _ => return Some("the chain begins with something else than a start"),
    };
    let follows = Some(Previous { statement: chain.newest_statement, root: newest.root });
    let same_checkpoint = event.root == newest.root && event.files == newest.files;
    let recorded = || chain.events.iter().any(|older| older.root == event.root && older.files == event.files);
    match event.kind {
        _ if event.previous != follows => Some("it names another event before it"),
        _ if event.configuration != newest.configuration => Some("its configuration is another than at the start"),
        _ if event.at_ms < newest.at_ms => Some("it is older than the one before it"),
        EventKind::Start => Some("it is a second start"),
        EventKind::Save if event.root.is_none() => Some("it saved nothing"),
        EventKind::Save if event.session != newest.session => Some("it was added by a session that had ended"),
        EventKind::Resume if event.root.is_none() || !same_checkpoint => Some("it resumes from another checkpoint"),
        EventKind::Resume if event.session == newest.session => Some("it resumes under the same session"),
        EventKind::Rewind if event.root.is_none() || !recorded() => Some("it rewinds to a checkpoint never recorded"),
        EventKind::Rewind if event.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) => {
            Some("it rewinds without a reason")
        }
        EventKind::Save | EventKind::Resume | EventKind::Rewind => None,
    }
}

fn differences(recorded: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let altered = recorded.iter().filter_map(|(path, digest)| match found.get(path) {
        None => Some(format!("`{path}` is missing")),
        Some(other) if other != digest => Some(format!("`{path}` was altered")),
        Some(_) => None,
    });
    let added = found.keys().filter(|path| !recorded.contains_key(*path)).map(|path| format!("`{path}` was added"));
    altered.chain(added).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Scheme;

    struct Run {
        key: SigningKey,
        envelopes: Vec<Envelope>,
    }

    impl Run {
        fn new() -> Self {
            let key = SigningKey::generate(Scheme::EcdsaP256).unwrap();
            let start = Chain::start("run-1", "a", Some(Digest::of(b"config")), 0);
            Self { envelopes: vec![start.sign(&key).unwrap()], key }
        }

        fn chain(&self) -> Result<Chain, TrainingError> {
            Chain::verify("run-1", &self.envelopes, &self.key.public().unwrap())
        }

        fn log(&mut self, event: Result<Event, TrainingError>) {
            self.envelopes.push(event.unwrap().sign(&self.key).unwrap());
        }

        fn save(&mut self, step: u64, session: &str) {
            let event = self.chain().unwrap().save(saved(step), session, 1);
            self.log(event);
        }

        fn resume(&self, step: u64, session: &str) -> Result<Event, TrainingError> {
            let Saved { root, files, .. } = saved(step);
            self.chain()?.resume(root, &files, session, 2)
        }
    }

    fn files(step: u64) -> BTreeMap<String, String> {
        let digest = |part: &str| Digest::of(format!("{part} {step}").as_bytes()).hex();
        ["weights", "optimizer"].map(|part| (part.to_owned(), digest(part))).into()
    }

    fn root(files: &BTreeMap<String, String>) -> Digest {
        Digest::of(files.values().cloned().collect::<String>().as_bytes())
    }

    fn saved(step: u64) -> Saved {
        let files = files(step);
        Saved { root: root(&files), files, step, tokens_seen: None, data_cursor: None, configuration: None }
    }

    #[test]
    fn the_newest_checkpoint_is_resumed_and_the_run_goes_on() {
        let mut run = Run::new();
        run.save(10, "a");
        run.save(20, "a");
        let resumed = run.resume(20, "b");
        run.log(resumed);
        run.save(30, "b");
        assert_eq!(run.chain().unwrap().newest().unwrap().step, 30);
    }

    #[test]
    fn an_altered_checkpoint_or_a_replaced_optimizer_is_refused_and_named() {
        let mut run = Run::new();
        run.save(10, "a");
        let mut altered = files(10);
        altered.insert("optimizer".to_owned(), Digest::of(b"other").hex());
        let refused = run.chain().unwrap().resume(root(&altered), &altered, "b", 2).unwrap_err();
        assert!(refused.to_string().contains("`optimizer` was altered"), "{refused}");
    }

    #[test]
    fn an_older_valid_checkpoint_is_refused_until_the_rewind_is_logged() {
        let mut run = Run::new();
        run.save(10, "a");
        run.save(20, "a");
        assert!(matches!(run.resume(10, "b"), Err(TrainingError::NotNewest { step: 10, newest_step: 20, .. })));
        let rewound = run.chain().unwrap().rewind(1, "loss spike at step 15", "r", 2);
        run.log(rewound);
        assert!(run.resume(10, "b").is_ok());
        assert!(matches!(run.resume(20, "b"), Err(TrainingError::NotNewest { step: 20, newest_step: 10, .. })));
    }

    #[test]
    fn a_second_resume_ends_the_session_of_the_first() {
        let mut run = Run::new();
        run.save(10, "a");
        let first = run.resume(10, "b");
        run.log(first);
        let second = run.resume(10, "c");
        run.log(second);
        let refused = run.chain().unwrap().save(saved(20), "b", 3);
        assert!(matches!(refused, Err(TrainingError::OtherSession { .. })));
        assert!(run.chain().unwrap().save(saved(20), "c", 3).is_ok());
    }

    #[test]
    fn a_fork_in_the_log_breaks_the_chain() {
        let mut run = Run::new();
        run.save(10, "a");
        let chain = run.chain().unwrap();
        run.log(chain.save(saved(20), "a", 1));
        run.log(chain.save(saved(21), "a", 1));
        assert!(matches!(run.chain(), Err(TrainingError::Broken { seq: 3, .. })));
    }

    #[test]
    fn a_forged_event_is_refused_whoever_signed_it() {
        let mut run = Run::new();
        run.save(10, "a");
        let other = SigningKey::generate(Scheme::EcdsaP256).unwrap();
        let forged = run.chain().unwrap().save(saved(20), "a", 1).unwrap().sign(&other).unwrap();
        run.envelopes.push(forged);
        assert!(matches!(run.chain(), Err(TrainingError::Statement { seq: 2, .. })));
    }

    #[test]
    fn a_torn_save_has_no_event_and_is_not_resumed() {
        let mut run = Run::new();
        run.save(10, "a");
        assert!(matches!(run.resume(20, "b"), Err(TrainingError::Altered { .. })));
        assert!(run.resume(10, "b").is_ok());
    }

    #[test]
    fn a_chain_that_lost_its_end_still_holds_so_only_the_witness_can_tell() {
        let mut run = Run::new();
        run.save(10, "a");
        run.save(20, "a");
        run.envelopes.pop();
        assert!(run.resume(10, "b").is_ok());
        run.envelopes.remove(0);
        assert!(matches!(run.chain(), Err(TrainingError::Broken { seq: 0, .. })));
    }

    #[test]
    fn a_run_keeps_its_configuration() {
        let mut run = Run::new();
        let other = Saved { configuration: Some(Digest::of(b"other")), ..saved(10) };
        assert!(matches!(run.chain().unwrap().save(other, "a", 1), Err(TrainingError::OtherConfiguration)));
        let same = Saved { configuration: Some(Digest::of(b"config")), ..saved(10) };
        let event = run.chain().unwrap().save(same, "a", 1);
        run.log(event);
        assert!(run.chain().is_ok());
    }

    #[test]
    fn a_rewind_needs_a_reason_and_a_recorded_checkpoint() {
        let mut run = Run::new();
        run.save(10, "a");
        let chain = run.chain().unwrap();
        assert!(matches!(chain.rewind(7, "x", "r", 2), Err(TrainingError::NoCheckpoint)));
        run.log(chain.rewind(1, " ", "r", 2));
        assert!(matches!(run.chain(), Err(TrainingError::Broken { seq: 2, .. })));
    }
}
