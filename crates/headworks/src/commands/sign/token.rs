//! Signing with keys on tokens.

use std::path::PathBuf;

use clap::Args;
use headworks_attest::dsse::pae;
use headworks_attest::oms::{Signer, payload};
use headworks_attest::statement::PAYLOAD_TYPE;
use headworks_gate::signing::{TokenKey, TokenUri};

use super::{SignedModel, read_chain};
use crate::exit::Exit;

/// Options of `headworks sign pkcs11-key`.
#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    #[command(flatten)]
    model: SignedModel,
    #[command(flatten)]
    token: Token,
}

/// Options of `headworks sign pkcs11-certificate`.
#[derive(Debug, Args)]
pub(crate) struct CertificateOptions {
    #[command(flatten)]
    model: SignedModel,
    #[command(flatten)]
    token: Token,
    /// The certificate of the key (PEM)
    #[arg(long, alias = "signing_certificate", value_name = "FILE")]
    signing_certificate: PathBuf,
    /// A certificate between it and the root (PEM); repeat from the issuer upwards
    #[arg(long, alias = "certificate_chain", value_name = "FILE")]
    certificate_chain: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct Token {
    /// The key on its token: `pkcs11:token=…;object=…?module-path=…&pin-source=file:…`
    #[arg(long, alias = "pkcs11_uri", env = "HEADWORKS_PKCS11_URI", value_name = "URI", hide_env_values = true)]
    pkcs11_uri: TokenUri,
}

impl KeyOptions {
    pub(super) fn sign(&self) -> anyhow::Result<Exit> {
        let key = TokenKey::open(&self.token.pkcs11_uri)?;
        sign(&self.model, &Signer::Key(key.public().clone()), &key)
    }
}

impl CertificateOptions {
    pub(super) fn sign(&self) -> anyhow::Result<Exit> {
        let key = TokenKey::open(&self.token.pkcs11_uri)?;
        sign(&self.model, &Signer::Chain(read_chain(&self.signing_certificate, &self.certificate_chain)?), &key)
    }
}

fn sign(model: &SignedModel, signer: &Signer, key: &TokenKey) -> anyhow::Result<Exit> {
    model.write(|manifest| {
        let sig = key.sign(&pae(PAYLOAD_TYPE, &payload(manifest)))?;
        Ok(signer.bundle(manifest, sig)?.to_json())
    })
}
