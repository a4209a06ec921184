//! Asks the copies of advisories about the packages that an artifact names or is (HW-VUL-01).

use std::collections::BTreeMap;

use headworks_advisories::{Assessment, Ecosystem, Match, matches};
use headworks_store::advisories::Snapshot;
use headworks_store::{Advisories, AdvisoriesError};
use headworks_types::fact::{self, PackageFact, RequirementKind};
use headworks_types::{
    AdvisoryCopy, AffectingAdvisory, AssessedPackage, Fact, FactKind, FileEntry, Severity, VulnerabilityAssessment,
};
use serde_json::Value;

/// Copies of advisories, and how old one may be.
#[derive(Debug)]
pub struct Advised {
    /// The copies.
    pub advisories: Advisories,
    /// Hours after which a copy is stale.
    pub max_age_hours: u64,
}

/// Packages beyond this many are not asked about, and the answer says so.
const PACKAGES_MAX: usize = 20_000;

/// Characters of a summary that are kept.
const SUMMARY_CHARS_MAX: usize = 200;

const HOUR_MS: u64 = 3_600_000;

/// Files whose packages no format states yet.
const UNREAD: [&str; 16] = [
    "Cargo.lock",
    "Pipfile",
    "Pipfile.lock",
    "conda-lock.yml",
    "go.mod",
    "go.sum",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pyproject.toml",
    "setup.py",
    "uv.lock",
    "yarn.lock",
];

/// A package that is named; without a version when no single one is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    /// Whose advisories speak of it.
    osv: &'static str,
    ecosystem: fact::Ecosystem,
    name: String,
    version: Option<String>,
}

impl Advised {
    /// What the copies say at a moment of the packages that an artifact names.
    pub(crate) async fn assess(
        &self,
        facts: &[Fact],
        files: &[FileEntry],
        now_ms: i64,
    ) -> Result<VulnerabilityAssessment, AdvisoriesError> {
        let snapshots = self.advisories.snapshots().await?;
        let mut by_ecosystem: BTreeMap<&str, Vec<Named>> = BTreeMap::new();
        let mut named: Vec<Named> = facts.iter().filter_map(named).collect();
        named.sort_by(|a, b| (a.osv, &a.name, &a.version).cmp(&(b.osv, &b.name, &b.version)));
        named.dedup();
        let more = named.len().saturating_sub(PACKAGES_MAX);
        named.truncate(PACKAGES_MAX);
        named.into_iter().for_each(|package| by_ecosystem.entry(package.osv).or_default().push(package));
        let mut assessment = VulnerabilityAssessment::default();
        for (name, packages) in by_ecosystem {
            let snapshot = snapshots.iter().find(|snapshot| snapshot.ecosystem == name);
            assessment.copies.extend(snapshot.map(copy));
            self.ask(&Ecosystem::parse(name), &packages, snapshot, now_ms, &mut assessment.packages).await?;
        }
        // What nobody can be asked about is no package that nothing affects.
        assessment.packages.extend(facts.iter().filter_map(unasked));
        assessment.packages.extend(files.iter().filter_map(|file| unread(&file.path)));
        if more > 0 {
            assessment.packages.push(open("packages".into(), format!("{more} more were not asked about")));
        }
        Ok(assessment)
    }

    async fn ask(
        &self,
        ecosystem: &Ecosystem,
        packages: &[Named],
        snapshot: Option<&Snapshot>,
        now_ms: i64,
        answers: &mut Vec<AssessedPackage>,
    ) -> Result<(), AdvisoriesError> {
        let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
        let claims = self.advisories.claims_of_all(ecosystem, &names).await?;
        let general = self.doubts(ecosystem.name(), snapshot, now_ms);
        for (package, claims) in packages.iter().zip(&claims) {
            let mut answer =
                AssessedPackage { package: package.purl(), affected_by: Vec::new(), undetermined: general.clone() };
            match &package.version {
                Some(version) => {
                    for found in matches::find(claims.read()?, ecosystem, version) {
                        self.judge(&found, ecosystem, &mut answer).await?;
                    }
                }
                None => answer.undetermined.push("no single version is stated".to_owned()),
            }
            answer.affected_by.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
            answers.push(answer);
        }
        Ok(())
    }

    async fn judge(
        &self,
        found: &Match<'_>,
        ecosystem: &Ecosystem,
        answer: &mut AssessedPackage,
    ) -> Result<(), AdvisoriesError> {
        match &found.assessment {
            _ if found.is_withdrawn => {}
            Assessment::NotAffected => {}
            Assessment::Undetermined(_) => answer.undetermined.push(format!("`{}` leaves it open", found.id)),
            Assessment::Affected => {
                let record = self.record(&found.id, ecosystem, found.is_malicious).await?;
                let word = record["database_specific"]["severity"].as_str().unwrap_or_default();
                let summary = record["summary"].as_str().unwrap_or_default();
                answer.affected_by.push(AffectingAdvisory {
                    id: found.id.to_string(),
                    severity: if found.is_malicious { Severity::Critical } else { severity(word) },
                    malicious: found.is_malicious,
                    summary: summary.chars().take(SUMMARY_CHARS_MAX).collect(),
                });
            }
        }
        Ok(())
    }

    /// The record of an advisory; null for one of a malicious package, of which only the claim is kept.
    async fn record(&self, id: &str, ecosystem: &Ecosystem, is_malicious: bool) -> Result<Value, AdvisoriesError> {
        if is_malicious {
            return Ok(Value::Null);
        }
        let found = self.advisories.find(id).await?.into_iter().find(|found| found.ecosystem == ecosystem.name());
        let json = found.and_then(|found| found.json);
        Ok(json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default())
    }

    /// What keeps every answer about an ecosystem open. No hours are named: the answer must not change by the minute.
    fn doubts(&self, ecosystem: &str, snapshot: Option<&Snapshot>, now_ms: i64) -> Vec<String> {
        let Some(snapshot) = snapshot else {
            return vec![format!("there is no copy of the advisories of {ecosystem}")];
        };
        let limit = self.max_age_hours.saturating_mul(HOUR_MS);
        let is_stale = snapshot.age_ms(now_ms).is_none_or(|age| age > limit);
        let stale = format!("the copy of the advisories of {ecosystem} is older than {} hours", self.max_age_hours);
        let unread = format!("advisories of {ecosystem} could not be read, and do not say what they are about");
        let doubts = [(is_stale, stale), (snapshot.unplaced > 0, unread)];
        doubts.into_iter().filter(|(holds, _)| *holds).map(|(_, doubt)| doubt).collect()
    }
}

impl Named {
    fn purl(&self) -> String {
        self.ecosystem.package_url(&self.name, self.version.as_deref())
    }
}

/// A package that the artifact is or asks for by name.
fn named(fact: &Fact) -> Option<Named> {
    let FactKind::Package(package) = &fact.kind else { return None };
    let (ecosystem, name, version) = match package {
        PackageFact::Identity { ecosystem, name, version } => (*ecosystem, name, Some(version.as_str())),
        PackageFact::Requirement { ecosystem, name, target, kind } if !name.is_empty() => match kind {
            RequirementKind::Pinned | RequirementKind::Hashed => {
                (*ecosystem, name, Some(target.trim_start_matches('=')))
            }
            RequirementKind::Open => (*ecosystem, name, None),
            _ => return None,
        },
        _ => return None,
    };
    let osv = osv(ecosystem)?;
    let name = Ecosystem::parse(osv).normalize(name).into_owned();
    let version = version.map(str::trim).filter(|version| !version.is_empty()).map(str::to_owned);
    Some(Named { osv, ecosystem, name, version })
}

/// Whose advisories speak of an ecosystem's packages; nobody keeps any by the names of Conda.
fn osv(ecosystem: fact::Ecosystem) -> Option<&'static str> {
    match ecosystem {
        fact::Ecosystem::Python => Some("PyPI"),
        fact::Ecosystem::Npm => Some("npm"),
        fact::Ecosystem::Conda => None,
    }
}

/// A package that no advisory can be asked about: by its ecosystem, or because it comes from a place of its own.
fn unasked(fact: &Fact) -> Option<AssessedPackage> {
    let FactKind::Package(package) = &fact.kind else { return None };
    match package {
        PackageFact::Identity { ecosystem, name, version } if osv(*ecosystem).is_none() => {
            Some(open(ecosystem.package_url(name, Some(version)), "nobody keeps advisories of its ecosystem".into()))
        }
        PackageFact::Requirement { ecosystem, name, target, kind } => {
            let by_name = matches!(kind, RequirementKind::Open | RequirementKind::Pinned | RequirementKind::Hashed);
            match (by_name && !name.is_empty(), osv(*ecosystem)) {
                (true, Some(_)) => None,
                (true, None) => {
                    Some(open(ecosystem.package_url(name, None), "nobody keeps advisories of its ecosystem".into()))
                }
                (false, _) => Some(open(target.clone(), "it does not come from an index by its name".into())),
            }
        }
        _ => None,
    }
}

/// A file that lists packages and is not read for them.
fn unread(path: &str) -> Option<AssessedPackage> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lists = UNREAD.contains(&name) || (name.starts_with("pylock.") && name.ends_with(".toml"));
    lists.then(|| open(path.to_owned(), "the packages that it lists are not read".into()))
}

fn open(package: String, reason: String) -> AssessedPackage {
    AssessedPackage { package, affected_by: Vec::new(), undetermined: vec![reason] }
}

fn copy(snapshot: &Snapshot) -> AdvisoryCopy {
    AdvisoryCopy {
        ecosystem: snapshot.ecosystem.clone(),
        digest: snapshot.digest,
        complete_until_ms: snapshot.complete_until_ms(),
    }
}

/// An advisory without a word for it is not taken for a mild one.
fn severity(word: &str) -> Severity {
    match word.to_ascii_uppercase().as_str() {
        "CRITICAL" => Severity::Critical,
        "MODERATE" | "MEDIUM" => Severity::Medium,
        "LOW" => Severity::Low,
        _ => Severity::High,
    }
}
