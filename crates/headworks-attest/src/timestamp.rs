//! Time-stamp tokens (RFC 3161): a third party's word for when a signature existed.

use sigstore_tsa::verify_timestamp_for_authority;
use sigstore_types::{DerCertificate, SignatureBytes, TimestampToken, TsaAuthority};

use crate::certificate::Certificate;

/// A timestamp authority that the verifier trusts.
#[derive(Debug, Clone)]
pub struct TimestampAuthority(TsaAuthority);

/// Why a timestamp does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The chain of the authority needs its own certificate and a root.
    #[error("a timestamp authority is given by its own certificate and those up to its root")]
    Chain,
    /// The token is not one by the authority over this signature.
    #[error("the timestamp does not hold: {0}")]
    Refused(String),
    /// The token is from the future.
    #[error("the timestamp is from the future ({time} s since 1970)")]
    Future {
        /// Seconds since the Unix epoch.
        time: u64,
    },
}

impl TimestampAuthority {
    /// An authority by its chain, its own certificate first and the root last.
    ///
    /// # Errors
    /// When the chain has fewer than two certificates.
    pub fn new(chain: &[Certificate]) -> Result<Self, TimestampError> {
        let [leaf, intermediates @ .., root] = chain else { return Err(TimestampError::Chain) };
        let der = |certificate: &Certificate| DerCertificate::from_bytes(certificate.to_der());
        let intermediates = intermediates.iter().map(der).collect();
        Ok(Self(TsaAuthority::new(der(leaf), intermediates, der(root), None)))
    }

    /// When the authority saw this signature, in seconds since the Unix epoch.
    ///
    /// # Errors
    /// When the token is not one by this authority over this signature.
    pub fn verify(&self, token: &[u8], signature: &[u8]) -> Result<u64, TimestampError> {
        let (token, signature) = (TimestampToken::from_bytes(token), SignatureBytes::from_bytes(signature));
        let time = verify_timestamp_for_authority(&token, &signature, &self.0)
            .map_err(|error| TimestampError::Refused(error.to_string()))?;
        u64::try_from(time.as_second()).map_err(|_| TimestampError::Refused("it is before 1970".to_owned()))
    }
}
