//! What all that is known says of one version of one package.

use headworks_advisories::epss::{Epss, Score};
use headworks_advisories::kev::{Exploited, Kev};
use headworks_advisories::vex::{Package, Statement, Vex};
use headworks_advisories::{Assessment, Match};
use headworks_store::Advisories;
use headworks_store::advisories::Snapshot;
use serde_json::Value;

use crate::exit::Exit;

/// What others say beside the advisories.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) vex: Vec<Vex>,
    pub(super) kev: Option<Kev>,
    pub(super) epss: Option<Epss>,
}

/// One advisory about the package, with what is said beside it.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) found: Match<'a>,
    pub(super) aliases: Vec<String>,
    pub(super) summary: String,
    pub(super) severity: String,
    pub(super) statement: Option<(&'a str, &'a Statement)>,
    pub(super) exploited: Option<&'a Exploited>,
    pub(super) score: Option<&'a Score>,
}

impl<'a> Judged<'a> {
    /// Looks an advisory up in everything that was given.
    pub(super) async fn of(
        found: Match<'a>,
        advisories: &Advisories,
        package: &Package<'_>,
        beside: &'a Beside,
    ) -> anyhow::Result<Self> {
        let record = record(advisories, package.ecosystem.name(), &found.id).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let aliases: Vec<String> = record["aliases"].as_array().into_iter().flatten().map(text).collect();
        let ids: Vec<&str> = std::iter::once(&*found.id).chain(aliases.iter().map(String::as_str)).collect();
        let said = beside.vex.iter().filter_map(|vex| Some((vex.author.as_str(), vex.find(&ids, package)?)));
        // That a package is an attack itself is nothing that a product could be exempt from.
        let statement = if found.is_malicious { None } else { said.max_by_key(|(_, statement)| statement.said_at) };
        let exploited = beside.kev.as_ref().and_then(|kev| kev.find(&ids));
        let score = beside.epss.as_ref().and_then(|epss| epss.find(&ids));
        let severity = match &record["database_specific"]["severity"] {
            Value::String(word) => word.clone(),
            _ => text(&record["severity"][0]["score"]),
        };
        Ok(Self { aliases, summary: text(&record["summary"]), severity, statement, exploited, score, found })
    }

    /// Whether somebody with reasons says that it does not matter here.
    pub(super) fn is_settled(&self) -> bool {
        self.statement.is_some_and(|(_, statement)| statement.status.is_settled())
    }

    /// The word for it: what the advisory says, or what was said of it.
    pub(super) fn word(&self) -> &'static str {
        match &self.found.assessment {
            _ if self.found.is_withdrawn => "withdrawn",
            Assessment::NotAffected => "not affected",
            Assessment::Affected | Assessment::Undetermined(_) if self.is_settled() => "settled",
            Assessment::Affected if self.found.is_malicious => "malicious",
            Assessment::Affected => "affected",
            Assessment::Undetermined(_) => "undetermined",
        }
    }
}

/// The record of an advisory as it was imported; null for one that is not kept so.
async fn record(advisories: &Advisories, ecosystem: &str, id: &str) -> anyhow::Result<Value> {
    if id.starts_with("MAL-") {
        return Ok(Value::Null);
    }
    let found = advisories.find(id).await?.into_iter().find(|found| found.ecosystem == ecosystem);
    let json = found.and_then(|found| found.json);
    Ok(json.map(|json| serde_json::from_slice(&json)).transpose()?.unwrap_or_default())
}

/// What keeps "no advisory affects it" from being an answer.
pub(super) fn open_questions(
    judged: &[Judged<'_>],
    ecosystem: &str,
    snapshot: Option<&Snapshot>,
    max_age_hours: u64,
) -> Vec<String> {
    let Some(snapshot) = snapshot else {
        return vec![format!("no advisories of `{}` are known", ecosystem.escape_debug())];
    };
    let mut questions = Vec::new();
    if super::is_stale(snapshot, max_age_hours) {
        questions
            .push(format!("the copy is stale: {}, at most {max_age_hours} hours are allowed", super::age(snapshot)));
    }
    if snapshot.unplaced > 0 {
        let count = snapshot.unplaced;
        questions.push(format!("{count} advisories of the copy could not be read and do not say what they are about"));
    }
    if judged.iter().any(|judged| judged.word() == "undetermined") {
        questions.push("an advisory about the package leaves it open".to_owned());
    }
    questions
}

/// How the run ends.
pub(super) fn exit(judged: &[Judged<'_>], questions: &[String]) -> Exit {
    if judged.iter().any(|judged| matches!(judged.word(), "affected" | "malicious")) {
        Exit::Refused
    } else if questions.is_empty() {
        Exit::Fine
    } else {
        Exit::Held
    }
}
