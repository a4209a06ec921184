//! Keys that never leave a token: signing through PKCS #11 (OASIS, v2.40) with ECDSA.
//!
//! The module of the token's maker is loaded into this process. That is why it takes a feature, and why the module
//! is named by the user and never by an artifact.

use std::path::PathBuf;
use std::str::FromStr;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use headworks_attest::PublicKey;
use headworks_attest::keys::ecdsa_to_der;

/// Which key on which token, and how to reach it (RFC 7512).
#[derive(Clone, PartialEq, Eq)]
pub struct TokenUri {
    token: Option<String>,
    object: Option<String>,
    id: Option<Vec<u8>>,
    module: PathBuf,
    pin: Option<String>,
}

/// An open token with the key to sign with.
pub struct TokenKey {
    session: Session,
    key: ObjectHandle,
    public: PublicKey,
}

/// Why a token does not sign.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The URI is malformed.
    #[error("`{0}` is no PKCS #11 URI with a `module-path`")]
    Uri(String),
    /// The file with the PIN cannot be read.
    #[error("cannot read the PIN")]
    Pin(#[source] std::io::Error),
    /// The module or the token fails.
    #[error("the token does not answer as it should")]
    Token(#[from] cryptoki::error::Error),
    /// There is no such token or object, or more than one.
    #[error("there is no single {0} of that name")]
    NotSingle(&'static str),
    /// The key is no ECDSA key on a supported curve.
    #[error("the key on the token cannot be used")]
    Key(#[from] headworks_attest::KeyError),
    /// What the token returned is no signature.
    #[error("what the token returned is no ECDSA signature")]
    NoSignature,
}

impl TokenKey {
    /// Opens the token and finds the key.
    ///
    /// # Errors
    /// When the module cannot be loaded, or token, PIN or key are not as the URI says.
    pub fn open(uri: &TokenUri) -> Result<Self, TokenError> {
        let module = Pkcs11::new(&uri.module)?;
        module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
        let mut slots = Vec::new();
        for slot in module.get_slots_with_token()? {
            let label = module.get_token_info(slot)?.label().trim_end().to_owned();
            if uri.token.as_ref().is_none_or(|wanted| *wanted == label) {
                slots.push(slot);
            }
        }
        let session = module.open_ro_session(single("token", &slots)?)?;
        let pin = uri.pin.clone().map(|pin| AuthPin::new(pin.into()));
        session.login(UserType::User, pin.as_ref())?;
        let key = find(&session, uri, ObjectClass::PRIVATE_KEY, "private key")?;
        let public = public_key(&session, find(&session, uri, ObjectClass::PUBLIC_KEY, "public key")?)?;
        Ok(Self { session, key, public })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A signature over `message` in DER, by the hash of the key's curve.
    ///
    /// # Errors
    /// When the token refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let hash = self.public.scheme().hash(message);
        let raw = self.session.sign(&Mechanism::Ecdsa, self.key, &hash)?;
        ecdsa_to_der(&raw).ok_or(TokenError::NoSignature)
    }
}

fn find(session: &Session, uri: &TokenUri, class: ObjectClass, what: &'static str) -> Result<ObjectHandle, TokenError> {
    let mut template = vec![Attribute::Class(class)];
    template.extend(uri.object.clone().map(|label| Attribute::Label(label.into_bytes())));
    template.extend(uri.id.clone().map(Attribute::Id));
    single(what, &session.find_objects(&template)?)
}

fn public_key(session: &Session, object: ObjectHandle) -> Result<PublicKey, TokenError> {
    let (mut parameters, mut point) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(object, &[AttributeType::EcParams, AttributeType::EcPoint])? {
        match attribute {
            Attribute::EcParams(bytes) => parameters = bytes,
            Attribute::EcPoint(bytes) => point = bytes,
            _ => {}
        }
    }
    Ok(PublicKey::from_ec(&parameters, &point)?)
}

fn single<T: Copy>(what: &'static str, found: &[T]) -> Result<T, TokenError> {
    match found {
        [only] => Ok(*only),
        _ => Err(TokenError::NotSingle(what)),
    }
}

impl FromStr for TokenUri {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let malformed = || TokenError::Uri(without_query(text).to_owned());
        let rest = text.strip_prefix("pkcs11:").ok_or_else(malformed)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self { token: None, object: None, id: None, module: PathBuf::new(), pin: None };
        for pair in path.split(';').chain(query.split('&')).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(malformed)?;
            let bytes = percent_decoded(value).ok_or_else(malformed)?;
            let text = || String::from_utf8(bytes.clone()).map_err(|_| malformed());
            match name {
                "token" => uri.token = Some(text()?),
                "object" => uri.object = Some(text()?),
                "id" => uri.id = Some(bytes),
                "type" => {}
                "module-path" => uri.module = text()?.into(),
                "pin-value" => uri.pin = Some(text()?),
                "pin-source" => uri.pin = Some(read_pin(text()?.trim_start_matches("file:"))?),
                _ => return Err(malformed()),
            }
        }
        if uri.module.as_os_str().is_empty() { Err(malformed()) } else { Ok(uri) }
    }
}

fn read_pin(path: &str) -> Result<String, TokenError> {
    std::fs::read_to_string(path).map(|pin| pin.trim_end().to_owned()).map_err(TokenError::Pin)
}

/// The part of a URI that holds no PIN.
fn without_query(uri: &str) -> &str {
    uri.split_once('?').map_or(uri, |(path, _)| path)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    Some(bytes)
}

impl std::fmt::Debug for TokenUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenUri(token {:?}, object {:?})", self.token, self.object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_with_its_escapes_and_never_shows_its_pin() {
        let uri: TokenUri =
            "pkcs11:token=my%20token;object=k;id=%01%02?module-path=/lib/m.so&pin-value=1234".parse().unwrap();
        assert_eq!((uri.token.as_deref(), uri.object.as_deref()), (Some("my token"), Some("k")));
        assert_eq!((uri.id.as_deref(), uri.pin.as_deref()), (Some(&[1, 2][..]), Some("1234")));
        assert!(!format!("{uri:?}").contains("1234"));
    }

    #[test]
    fn a_uri_without_module_or_with_unknown_parts_is_refused_without_its_pin() {
        for text in ["pkcs11:token=a", "token=a?module-path=/m", "pkcs11:tokem=a?module-path=/m&pin-value=1234"] {
            let error = text.parse::<TokenUri>().unwrap_err().to_string();
            assert!(!error.contains("1234"), "{error}");
        }
    }
}
