//! Keys in a PKCS#11 token: made in it, used in it, never outside of it.
//!
//! A file `pkcs11.toml` in the data directory names the module (a library that the token's maker gives), the token by its
//! label, and the file that holds its PIN. The PIN stands on no command line and in no variable of the environment, where
//! others on the machine could read it. What is signed is verified before it is handed out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use barid_app::TokenKeys;
use barid_domain::keys::{Algorithm, KeyError, PublicKey, SIGNATURE_BYTES, Signer, lower_s};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::commands::{CommandError, read_file};

/// The file in the data directory that names a token.
pub const FILE_NAME: &str = "pkcs11.toml";
/// The largest such file, in bytes.
const FILE_BYTES_CAP: u64 = 4_096;
/// The longest PIN, in bytes.
const PIN_BYTES_CAP: u64 = 256;
/// The most keys of a token that are looked at.
const KEYS_CAP: usize = 1_000;
/// `id-Ed25519` as PKCS#11 3.0 writes the parameters of the curve: the name, as a PrintableString.
const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";
/// OBJECT IDENTIFIER 1.2.840.10045.3.1.7: the curve P-256.
const P256_CURVE: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    module: PathBuf,
    token: String,
    pin_file: PathBuf,
}

/// Why a token can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token refused, or is not there.
    #[error("the token can not be used: {0}")]
    Token(#[from] Error),
    /// No token of that label is plugged in.
    #[error("no token of that label is plugged in")]
    NoToken,
    /// The token gave a key or a signature that is none.
    #[error("the token gave a key that is none of a known kind")]
    Malformed,
}

/// Is a token that is plugged in, with a session that is opened anew when it was lost.
pub struct Token {
    context: Pkcs11,
    label: String,
    pin: AuthPin,
    session: Mutex<Option<Session>>,
}

/// Reads the token that a data directory names; `None` where it names none.
pub fn of_directory(directory: &Path) -> Result<Option<Arc<Token>>, CommandError> {
    let file = directory.join(FILE_NAME);
    if file.symlink_metadata().is_err() { Ok(None) } else { read(&file).map(Some) }
}

/// Reads a file that names a token, and loads its module.
pub fn read(path: &Path) -> Result<Arc<Token>, CommandError> {
    let fail = |why: &str| CommandError::Failed(format!("{}: {why}", path.display()));
    let bytes = read_file(path, FILE_BYTES_CAP)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fail("not UTF-8"))?;
    let file: File = toml::from_str(text).map_err(|error| fail(&error.to_string()))?;
    require_private(&file.pin_file)?;
    let pin = zeroize::Zeroizing::new(read_file(&file.pin_file, PIN_BYTES_CAP)?);
    let pin = std::str::from_utf8(&pin).map_err(|_| fail("the PIN is not UTF-8"))?;
    let pin = AuthPin::new(pin.trim_end_matches(['\r', '\n']).into());
    let context = Pkcs11::new(&file.module).map_err(|error| fail(&error.to_string()))?;
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another token of the same module is in use by this process.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(fail(&error.to_string())),
    }
    Ok(Arc::new(Token { context, label: file.token, pin, session: Mutex::default() }))
}

/// Looks what keys are in a token; a node whose token is not there does not start.
pub fn keys_of(token: Arc<Token>) -> Result<KeysOfToken, CommandError> {
    KeysOfToken::new(token).map_err(|error| unusable(&error))
}

/// Says that a token can't be used.
pub fn unusable(error: &TokenError) -> CommandError {
    CommandError::Failed(format!("[token-unusable] {error}"))
}

/// Refuses a PIN that others on the machine can read.
fn require_private(path: &Path) -> Result<(), CommandError> {
    let cause = |cause| CommandError::File { what: format!("can not read {}", path.display()), cause };
    let metadata = std::fs::metadata(path).map_err(cause)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            let what = format!("{} can be read by others than its owner", path.display());
            return Err(CommandError::Failed(what));
        }
    }
    if metadata.is_file() {
        Ok(())
    } else {
        Err(CommandError::Failed(format!("{} is no file", path.display())))
    }
}

impl Token {
    fn open_session(&self) -> Result<Session, TokenError> {
        for slot in self.context.get_slots_with_initialized_token()? {
            if self.context.get_token_info(slot)?.label() != self.label {
                continue;
            }
            let session = self.context.open_rw_session(slot)?;
            return match session.login(UserType::User, Some(&self.pin)) {
                // Being signed in is for the whole process.
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
                Err(error) => Err(error.into()),
            };
        }
        Err(TokenError::NoToken)
    }

    /// Does something in a session; where the session was lost, once more in a new one.
    fn with<T>(&self, act: impl Fn(&Session) -> Result<T, TokenError>) -> Result<T, TokenError> {
        // A session that a panic left behind is not used.
        let mut held = match self.session.lock() {
            Ok(held) => held,
            Err(poisoned) => {
                let mut held = poisoned.into_inner();
                *held = None;
                held
            }
        };
        if let Some(session) = held.take()
            && let Ok(done) = act(&session)
        {
            *held = Some(session);
            return Ok(done);
        }
        let session = self.open_session()?;
        let done = act(&session)?;
        *held = Some(session);
        Ok(done)
    }

    /// Makes a key in the token, from which its secret half can't be taken out.
    pub fn generate(&self, algorithm: Algorithm, id: &[u8; 16]) -> Result<PublicKey, TokenError> {
        let (mechanism, curve) = match algorithm {
            Algorithm::Ed25519 => (Mechanism::EccEdwardsKeyPairGen, ED25519_NAME),
            Algorithm::EcdsaP256 => (Mechanism::EccKeyPairGen, P256_CURVE),
        };
        let shared = |class_private: bool| {
            [
                Attribute::Token(true),
                Attribute::Private(class_private),
                Attribute::Id(id.to_vec()),
                Attribute::Label(b"barid".to_vec()),
            ]
        };
        let mut public = shared(false).to_vec();
        public.extend([Attribute::Verify(true), Attribute::EcParams(curve.to_vec())]);
        let mut private = shared(true).to_vec();
        private.extend([Attribute::Sign(true), Attribute::Sensitive(true), Attribute::Extractable(false)]);
        self.with(|session| {
            let (public, _) = session.generate_key_pair(&mechanism, &public, &private)?;
            read_public_key(session, public)?.ok_or(TokenError::Malformed)
        })
    }

    /// Lists the public keys of known kinds in the token, each with the id under which its secret half is found.
    pub fn keys(&self) -> Result<HashMap<PublicKey, Vec<u8>>, TokenError> {
        self.with(|session| {
            let mut keys = HashMap::new();
            let found = session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY)])?;
            for object in found.into_iter().take(KEYS_CAP) {
                let Some(key) = read_public_key(session, object)? else { continue };
                for attribute in session.get_attributes(object, &[AttributeType::Id])? {
                    if let Attribute::Id(id) = attribute {
                        keys.insert(key, id);
                    }
                }
            }
            Ok(keys)
        })
    }

    fn sign(&self, key: &PublicKey, id: &[u8], message: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.with(|session| {
            let private = session
                .find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id.to_vec())])?;
            let private = *private.first().ok_or(TokenError::NoToken)?;
            let signature = match key.algorithm() {
                Algorithm::Ed25519 => {
                    let pure = EddsaParams::new(EddsaSignatureScheme::Ed25519);
                    session.sign(&Mechanism::Eddsa(pure), private, message)?
                }
                Algorithm::EcdsaP256 => {
                    let made = session.sign(&Mechanism::Ecdsa, private, &Sha256::digest(message))?;
                    lower_s(&made).map_err(|_| TokenError::Malformed)?
                }
            };
            let holds = signature.len() == SIGNATURE_BYTES && key.verify(message, &signature).is_ok();
            if holds { Ok(signature) } else { Err(TokenError::Malformed) }
        })
    }
}

/// Reads a public key of a known kind; `None` for all others.
fn read_public_key(session: &Session, object: ObjectHandle) -> Result<Option<PublicKey>, TokenError> {
    let wanted = [AttributeType::KeyType, AttributeType::EcParams, AttributeType::EcPoint];
    let (mut kind, mut curve, mut point) = (None, Vec::new(), Vec::new());
    for attribute in session.get_attributes(object, &wanted)? {
        match attribute {
            Attribute::KeyType(is) => kind = Some(is),
            Attribute::EcParams(is) => curve = is,
            Attribute::EcPoint(is) => point = is,
            _ => {}
        }
    }
    // The point stands in an OCTET STRING; some tokens leave that out.
    let bytes = match point.as_slice() {
        [0x04, length, bytes @ ..] if bytes.len() == usize::from(*length) => bytes,
        bytes => bytes,
    };
    let is_ed25519 = kind == Some(KeyType::EC_EDWARDS) && bytes.len() == 32;
    let is_p256 = kind == Some(KeyType::EC) && curve == P256_CURVE && bytes.len() == 65;
    if is_ed25519 || is_p256 { Ok(PublicKey::from_bytes(bytes).ok()) } else { Ok(None) }
}

/// Signs with a key in a token.
struct TokenSigner {
    token: Arc<Token>,
    key: PublicKey,
    id: Vec<u8>,
}

impl Signer for TokenSigner {
    fn public_key(&self) -> PublicKey {
        self.key
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.token.sign(&self.key, &self.id, message).map_err(|error| {
            tracing::error!(code = "token-unusable", "{error}");
            KeyError::Unusable
        })
    }
}

/// Is the keys of a token, as they were when it was looked at.
pub struct KeysOfToken {
    token: Arc<Token>,
    keys: HashMap<PublicKey, Vec<u8>>,
}

impl KeysOfToken {
    /// Looks what keys are in the token.
    pub fn new(token: Arc<Token>) -> Result<Self, TokenError> {
        let keys = token.keys()?;
        Ok(Self { token, keys })
    }

    /// The public keys.
    pub fn public_keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.keys()
    }
}

impl TokenKeys for KeysOfToken {
    fn signer(&self, key: &PublicKey) -> Option<Arc<dyn Signer>> {
        let id = self.keys.get(key)?.clone();
        Some(Arc::new(TokenSigner { token: self.token.clone(), key: *key, id }))
    }
}
