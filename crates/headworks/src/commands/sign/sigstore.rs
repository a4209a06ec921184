//! Signing as somebody whom an issuer vouches for.

use clap::Args;
use headworks_attest::keyless::Subject;
use headworks_attest::oms::payload;
use headworks_gate::signing::keyless::ToSign;

use super::SignedModel;
use crate::commands::keyless::KeylessOptions;
use crate::exit::Exit;

/// Options of `headworks sign sigstore`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    model: SignedModel,
    #[command(flatten)]
    keyless: KeylessOptions,
}

impl Options {
    pub(super) fn sign(&self) -> anyhow::Result<Exit> {
        let keyless = self.keyless.read()?;
        self.model.write(|manifest| {
            let to_sign = ToSign { statement: &payload(manifest), subject: Subject::Sha256(manifest.root) };
            keyless.sign(to_sign)
        })
    }
}
