//! What the copies of advisories say of many packages at once.

use headworks_advisories::vex::Package;
use headworks_advisories::{Purl, matches};
use headworks_store::Advisories;

use super::judged::{self, Beside, Judged};

/// An advisory that affects a package.
#[derive(Debug)]
pub(in crate::commands) struct Affecting {
    pub(in crate::commands) id: String,
    pub(in crate::commands) ecosystem: String,
    /// The word that the advisory gives it, or a vector; empty when it gives none.
    pub(in crate::commands) severity: String,
    pub(in crate::commands) summary: String,
    pub(in crate::commands) is_malicious: bool,
}

/// What is known of one package URL: the advisories that affect it, and what keeps the answer open.
pub(in crate::commands) async fn assess(
    advisories: &Advisories,
    purl: &str,
    max_age_hours: u64,
) -> anyhow::Result<(Vec<Affecting>, Vec<String>)> {
    let Ok(parsed) = Purl::parse(purl) else { return Ok((Vec::new(), vec!["it is no package URL".into()])) };
    let Ok((ecosystem, name)) = parsed.package() else {
        return Ok((Vec::new(), vec!["no advisories are kept for its kind of package".into()]));
    };
    let Some(version) = parsed.version() else {
        return Ok((Vec::new(), vec!["no single version is stated".into()]));
    };
    let snapshots = advisories.snapshots().await?;
    let snapshot = snapshots.iter().find(|snapshot| snapshot.ecosystem == ecosystem.name());
    let package = Package { ecosystem: &ecosystem, name: &name, version, qualifiers: parsed.qualifiers() };
    let (claims, beside) = (advisories.claims(&ecosystem, &name).await?, Beside::default());
    let mut all = Vec::new();
    for found in matches::find(claims.read()?, &ecosystem, version) {
        all.push(Judged::of(found, advisories, &package, &beside).await?);
    }
    let open = judged::open_questions(&all, ecosystem.name(), snapshot, max_age_hours);
    let affecting = all.iter().filter(|judged| matches!(judged.word(), "affected" | "malicious"));
    let affecting = affecting.map(|judged| Affecting {
        id: judged.found.id.to_string(),
        ecosystem: ecosystem.name().to_owned(),
        severity: judged.severity.clone(),
        summary: judged.summary.clone(),
        is_malicious: judged.found.is_malicious,
    });
    Ok((affecting.collect(), open))
}
