//! Which services sign, and the root that what they give is verified against.

use headworks_attest::json::{self, JsonError};
use headworks_attest::keyless::{KeylessError, TrustedRoot};
use serde_json::Value;
use sigstore_sign::rekor::RekorApiVersion;
use sigstore_sign::reqwest::Url;
use sigstore_sign::trust_root::{ServiceConfiguration, ServiceEndpoint, ServiceSelector, SigningConfig};
use sigstore_sign::{SigningServices, SigstoreInstance};

/// Media type of a client's trust configuration.
const TRUST_CONFIG: &str = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

/// The services of one instance of Sigstore, and whom to believe about what they give.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(super) root: TrustedRoot,
    pub(super) services: SigningServices,
}

/// Why an instance cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// The configuration is no JSON, or one with two meanings.
    #[error("it is no trust configuration: {0}")]
    Malformed(#[from] JsonError),
    /// It is another kind of document.
    #[error("it has the media type `{0}`, not `{TRUST_CONFIG}`")]
    MediaType(String),
    /// It lacks a part.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    /// The root cannot be used.
    #[error("its trusted root cannot be used: {0}")]
    Root(#[from] KeylessError),
    /// The signing configuration cannot be used.
    #[error("its signing configuration cannot be used: {0}")]
    SigningConfig(String),
    /// It asks for signatures by more services of a kind than one.
    #[error("it demands more than one {0} for a signature, and one of each kind is asked")]
    Several(&'static str),
    /// No service of a kind can be used now.
    #[error("it names no {0} that can be used now")]
    NoService(&'static str),
    /// A service would be reached in a way that anybody could listen to.
    #[error("the address `{0}` is neither https nor on this machine")]
    Address(String),
}

/// How a service is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// By https.
    Secure,
    /// By http, on this machine.
    Local,
}

impl Instance {
    /// The public instance, as of the release of this program.
    ///
    /// # Errors
    /// When the embedded documents are broken.
    pub fn production() -> Result<Self, InstanceError> {
        Self::embedded(SigstoreInstance::PublicGood, TrustedRoot::production()?)
    }

    /// The public instance for trials, as of the release of this program.
    ///
    /// # Errors
    /// When the embedded documents are broken.
    pub fn staging() -> Result<Self, InstanceError> {
        Self::embedded(SigstoreInstance::Staging, TrustedRoot::staging()?)
    }

    /// An instance as a client's trust configuration describes it: a trusted root and a signing configuration.
    ///
    /// # Errors
    /// When it is malformed, names no usable service, or one that is reached in the open.
    pub fn from_trust_config(bytes: &[u8]) -> Result<Self, InstanceError> {
        let document = json::value(bytes)?;
        match document.get("mediaType").and_then(Value::as_str) {
            Some(TRUST_CONFIG) => {}
            other => return Err(InstanceError::MediaType(other.unwrap_or_default().to_owned())),
        }
        let part = |name| document.get(name).map(Value::to_string).ok_or(InstanceError::Missing(name));
        let root = TrustedRoot::from_json(part("trustedRoot")?.as_bytes())?;
        let unusable = |error: sigstore_sign::trust_root::Error| InstanceError::SigningConfig(error.to_string());
        let config = SigningConfig::from_json(&part("signingConfig")?).map_err(unusable)?;
        Ok(Self { root, services: services(&config)? })
    }

    /// Whether any of the services is on this machine and reached without https.
    pub(super) fn is_local(&self) -> bool {
        let services = &self.services;
        let mut urls = [services.fulcio_url(), services.rekor_url()].into_iter().chain(services.tsa_url());
        urls.any(|url| Address::of(url) == Some(Address::Local))
    }

    fn embedded(instance: SigstoreInstance, root: TrustedRoot) -> Result<Self, InstanceError> {
        let config = instance.embedded_signing_config();
        let config = config.map_err(|error| InstanceError::SigningConfig(error.to_string()))?;
        Ok(Self { root, services: services(&config.ok_or(InstanceError::Missing("signingConfig"))?)? })
    }
}

/// One service of each kind; the log with the newest interface, and timestamps when there is an authority for them.
fn services(config: &SigningConfig) -> Result<SigningServices, InstanceError> {
    let authority = first("certificate authority", &ServiceConfiguration::default(), &config.eligible_fulcio_urls())?;
    let log = first("log", &config.rekor_tlog_config, &config.eligible_rekor_urls(None))?;
    let version = RekorApiVersion::from_major(log.major_api_version).ok_or(InstanceError::NoService("log"))?;
    let services = SigningServices::new(usable(authority)?, "").with_rekor(usable(log)?, version);
    // The first interface of the log vouches for the time by itself.
    if config.tsa_urls.is_empty() && version == RekorApiVersion::V1 {
        return Ok(services);
    }
    let timestamps = first("timestamp authority", &config.tsa_config, &config.eligible_tsa_urls())?;
    Ok(services.with_tsa_url(usable(timestamps)?))
}

fn first<'a>(
    kind: &'static str,
    wanted: &ServiceConfiguration,
    eligible: &[&'a ServiceEndpoint],
) -> Result<&'a ServiceEndpoint, InstanceError> {
    let one_is_enough = match wanted.selector {
        ServiceSelector::Any => true,
        ServiceSelector::Exact => wanted.count == Some(1),
        ServiceSelector::All => eligible.len() == 1,
        _ => false,
    };
    match eligible.first() {
        None => Err(InstanceError::NoService(kind)),
        Some(_) if !one_is_enough => Err(InstanceError::Several(kind)),
        Some(&endpoint) => Ok(endpoint),
    }
}

fn usable(endpoint: &ServiceEndpoint) -> Result<&str, InstanceError> {
    let refused = || InstanceError::Address(endpoint.url.escape_debug().to_string());
    Address::of(&endpoint.url).map(|_| endpoint.url.as_str()).ok_or_else(refused)
}

impl Address {
    /// How an address is reached, if it is one to which a secret may be sent.
    pub fn of(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        // What is in front of an `@` reads like the host and is not.
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        match (url.scheme(), url.host_str()?) {
            ("https", _) => Some(Self::Secure),
            ("http", host) if is_this_machine(host) => Some(Self::Local),
            _ => None,
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_public_instances_are_reached_by_https() {
        for instance in [Instance::production().unwrap(), Instance::staging().unwrap()] {
            assert!(!instance.is_local());
            assert!(instance.services.tsa_url().is_some());
        }
    }

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for (url, address) in [
            ("https://fulcio.example", Some(Address::Secure)),
            ("http://127.0.0.1:8080/fulcio", Some(Address::Local)),
            ("http://[::1]:8080", Some(Address::Local)),
            ("http://localhost", Some(Address::Local)),
            ("http://fulcio.example", None),
            ("http://127.0.0.1.example", None),
            ("http://localhost.example", None),
            ("http://127.0.0.1@fulcio.example", None),
            ("https://user:word@fulcio.example", None),
            ("http://10.0.0.1", None),
            ("http://0.0.0.0", None),
            ("ftp://127.0.0.1", None),
            ("fulcio.example", None),
            ("", None),
        ] {
            assert_eq!(Address::of(url), address, "{url}");
        }
    }

    fn config(edit: impl FnOnce(&mut Value)) -> Result<SigningServices, InstanceError> {
        let service = |host: &str, version: u32| {
            json!({
                "url": format!("https://{host}.example"), "majorApiVersion": version, "operator": host,
                "validFor": { "start": "2020-01-01T00:00:00Z" },
            })
        };
        let mut config = json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service("fulcio", 1)],
            "rekorTlogUrls": [service("rekor", 1), service("rekor2", 2)],
            "tsaUrls": [service("tsa", 1)],
            "rekorTlogConfig": { "selector": "ANY" },
            "tsaConfig": { "selector": "EXACT", "count": 1 },
        });
        edit(&mut config);
        services(&SigningConfig::from_json(&config.to_string()).unwrap())
    }

    #[test]
    fn one_service_of_each_kind_is_asked_and_the_newest_log() {
        let services = config(|_| ()).unwrap();
        assert_eq!(services.fulcio_url(), "https://fulcio.example");
        assert_eq!(
            (services.rekor_url(), services.rekor_api_version()),
            ("https://rekor2.example", RekorApiVersion::V2)
        );
        assert_eq!(services.tsa_url(), Some("https://tsa.example"));
    }

    #[test]
    fn a_log_that_vouches_for_no_time_needs_a_timestamp_authority() {
        let without = config(|config| config["tsaUrls"] = json!([]));
        assert!(matches!(without, Err(InstanceError::NoService("timestamp authority"))));
        let old = config(|config| {
            config["tsaUrls"] = json!([]);
            config["rekorTlogUrls"].as_array_mut().unwrap().pop();
        });
        assert_eq!(old.unwrap().tsa_url(), None);
    }

    #[test]
    fn a_demand_that_one_service_cannot_meet_is_refused() {
        let with = |selector: Value| config(|config| config["rekorTlogConfig"] = selector);
        for several in [
            json!({ "selector": "ALL" }),
            json!({ "selector": "EXACT", "count": 2 }),
            json!({ "selector": "EXACT" }),
            json!({ "selector": "SERVICE_SELECTOR_UNDEFINED" }),
        ] {
            assert!(matches!(with(several.clone()), Err(InstanceError::Several("log"))), "{several}");
        }
        assert!(with(json!({ "selector": "EXACT", "count": 1 })).is_ok());
    }

    #[test]
    fn services_that_are_over_or_reached_in_the_open_are_refused() {
        let over = config(|config| config["caUrls"][0]["validFor"]["end"] = json!("2021-01-01T00:00:00Z"));
        assert!(matches!(over, Err(InstanceError::NoService("certificate authority"))));
        for kind in ["caUrls", "rekorTlogUrls", "tsaUrls"] {
            let open = config(|config| {
                config[kind]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut()
                    .for_each(|each| each["url"] = json!("http://a.example"));
            });
            assert!(matches!(open, Err(InstanceError::Address(_))), "{kind}");
        }
    }

    #[test]
    fn a_configuration_with_two_meanings_or_without_a_part_is_refused() {
        let from = |text: &str| Instance::from_trust_config(text.as_bytes()).unwrap_err();
        assert!(matches!(from(r#"{"mediaType":"a","mediaType":"b"}"#), InstanceError::Malformed(_)));
        assert!(matches!(from("{}"), InstanceError::MediaType(_)));
        let empty = json!({ "mediaType": TRUST_CONFIG }).to_string();
        assert!(matches!(from(&empty), InstanceError::Missing("trustedRoot")));
    }
}
