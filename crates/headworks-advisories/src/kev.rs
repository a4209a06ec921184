//! The catalogue of known exploited vulnerabilities, in the JSON that CISA publishes.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Longest catalogue that is read.
pub const CATALOGUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Vulnerabilities that are exploited, by CVE id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kev {
    /// Version of the catalogue.
    pub version: String,
    exploited: BTreeMap<String, Exploited>,
}

/// What the catalogue says of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exploited {
    #[serde(rename = "cveID")]
    cve_id: String,
    /// When it was added, as a date.
    pub date_added: String,
    /// `Known` when ransomware uses it.
    #[serde(default)]
    pub known_ransomware_campaign_use: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    catalog_version: String,
    vulnerabilities: Vec<Exploited>,
}

/// Why a catalogue was not taken.
#[derive(Debug, thiserror::Error)]
pub enum KevError {
    /// It is longer than any catalogue.
    #[error("{0} bytes; at most {CATALOGUE_BYTES_MAX} are read")]
    TooLong(usize),
    /// It is no such JSON.
    #[error("no catalogue of known exploited vulnerabilities: {0}")]
    Json(#[from] serde_json::Error),
}

impl Kev {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, KevError> {
        if bytes.len() > CATALOGUE_BYTES_MAX {
            return Err(KevError::TooLong(bytes.len()));
        }
        let raw: Raw = serde_json::from_slice(bytes)?;
        let exploited = raw.vulnerabilities.into_iter().map(|one| (one.cve_id.clone(), one)).collect();
        Ok(Self { version: raw.catalog_version, exploited })
    }

    /// What it says of the first of these ids that it has.
    pub fn find(&self, ids: &[&str]) -> Option<&Exploited> {
        ids.iter().find_map(|id| self.exploited.get(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exploited_vulnerability_is_found_by_its_cve_id() {
        let json = br#"{"catalogVersion":"2026.01.01","count":1,"vulnerabilities":[{"cveID":"CVE-1","vendorProject":"x","dateAdded":"2026-01-01","knownRansomwareCampaignUse":"Known"}]}"#;
        let kev = Kev::parse(json).expect("is a catalogue");
        assert_eq!(kev.find(&["GHSA-1", "CVE-1"]).map(|one| one.date_added.as_str()), Some("2026-01-01"));
        assert_eq!(kev.find(&["CVE-2"]), None);
        assert!(Kev::parse(br#"{"vulnerabilities":[]}"#).is_err());
        assert!(Kev::parse(br#"{"catalogVersion":"1","vulnerabilities":[{"cveID":1}]}"#).is_err());
    }
}
