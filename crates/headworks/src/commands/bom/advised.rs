//! Vulnerabilities of the components, by the copies of advisories in the store.

use headworks_report::bom::{Bom, Kind, Weakness};
use headworks_store::Advisories;
use headworks_types::Severity;

use crate::commands::advisories::{Affecting, MAX_AGE_HOURS, assess};

/// Adds what affects each package, and says of the others why nothing can be said.
pub(super) async fn add(bom: &mut Bom, advisories: &Advisories) -> anyhow::Result<()> {
    for component in &mut bom.components {
        let Some(purl) = component.purl.as_deref().filter(|_| component.kind == Kind::Library) else { continue };
        let (affecting, open) = assess(advisories, purl, MAX_AGE_HOURS).await?;
        bom.weaknesses.extend(affecting.into_iter().map(|found| weakness(found, &component.reference)));
        let open =
            open.into_iter().map(|reason| ("headworks:advisories".to_owned(), format!("undetermined: {reason}")));
        component.properties.extend(open);
    }
    Ok(())
}

fn weakness(found: Affecting, reference: &str) -> Weakness {
    let severity = match found.severity.to_ascii_uppercase().as_str() {
        _ if found.is_malicious => Severity::Critical,
        "CRITICAL" => Severity::Critical,
        "MODERATE" | "MEDIUM" => Severity::Medium,
        "LOW" => Severity::Low,
        // An advisory without a word for it is not taken for a mild one.
        _ => Severity::High,
    };
    let description = if found.is_malicious { "the package is an attack itself".to_owned() } else { found.summary };
    let source = format!("OSV {}", found.ecosystem);
    Weakness { id: found.id, source, severity, description, affects: vec![reference.to_owned()] }
}
