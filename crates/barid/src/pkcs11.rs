//! Keys in a PKCS#11 token: made in it, used in it, never outside of it.
//!
//! A file, `pkcs11.toml` in a data directory, names the module (a library that the token's maker gives, loaded when it is
//! asked for and not before), the token by its label, and the file that holds its PIN; without one the PIN comes through
//! standard input. It stands on no command line and in no variable of the environment, where others on the machine could
//! read it. What is signed is verified before it is handed out: a token that is broken puts nothing into a stream.

use std::collections::HashMap;
use std::io::{BufRead as _, IsTerminal as _, Read as _};
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

use crate::commands::{CommandError, read_file, write_new_file};

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

/// Is a file that names a token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenFile {
    module: PathBuf,
    token: String,
    pin_file: Option<PathBuf>,
}

/// Why a token can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No token of that label is plugged in.
    #[error("no token of that label is plugged in")]
    Away,
    /// The token refuses the PIN. It is not tried again, since a token locks itself after a few tries.
    #[error("the token refuses the PIN; it is not tried again before the program starts anew")]
    WrongPin,
    /// The PIN was refused too often.
    #[error("the token's PIN is locked: its security officer unlocks it")]
    PinLocked,
    /// The token is there without the key.
    #[error("the token does not hold this key")]
    NoKey,
    /// What the token made does not verify.
    #[error("the token made a signature that does not hold; it was thrown away")]
    BadSignature,
    /// The token made a key of no kind that is known here.
    #[error("the token made a key that is none of a known kind")]
    UnknownKey,
    /// The token refuses something else.
    #[error("the token can't be used: {0}")]
    Refused(Error),
}

impl TokenError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Away => "token-away",
            Self::WrongPin | Self::PinLocked => "token-pin-refused",
            Self::NoKey => "token-key-missing",
            Self::BadSignature | Self::UnknownKey => "token-broken",
            Self::Refused(_) => "token-unusable",
        }
    }
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
                Self::WrongPin
            }
            Error::Pkcs11(RvError::PinLocked, _) => Self::PinLocked,
            Error::Pkcs11(RvError::DeviceRemoved | RvError::TokenNotPresent, _) => Self::Away,
            error => Self::Refused(error),
        }
    }
}

/// Is how it stands with the session of a token.
enum Door {
    /// None was opened yet.
    NeverOpened,
    /// One was, or could not be.
    Lost,
    Open(Session),
    /// The PIN was refused.
    Barred,
}

/// Is a token that is plugged in, with a session that is opened anew when it was lost.
pub struct Token {
    context: Pkcs11,
    label: String,
    pin: AuthPin,
    door: Mutex<Door>,
    /// Why the last signature was not made: who signs knows only that it was not.
    failure: Mutex<Option<TokenError>>,
}

/// Reads the token that a data directory names; `None` where it names none.
pub fn of_directory(directory: &Path) -> Result<Option<Arc<Token>>, CommandError> {
    let file = directory.join(FILE_NAME);
    if file.symlink_metadata().is_err() { Ok(None) } else { read(&file).map(Some) }
}

/// Has a data directory name the token that this file names. What it names already stays.
pub fn name_in_directory(file: &Path, directory: &Path) -> Result<(), CommandError> {
    let (bytes, place) = (read_file(file, FILE_BYTES_CAP)?, directory.join(FILE_NAME));
    if place.symlink_metadata().is_err() {
        return write_new_file(&place, &bytes);
    }
    if read_file(&place, FILE_BYTES_CAP)? == bytes {
        Ok(())
    } else {
        Err(CommandError::Failed(format!("{} names another token already", place.display())))
    }
}

/// Reads what a file says that names a token; the error says where the fault is, and shows nothing of the file: somebody may
/// have put the PIN there.
pub fn read_token_file(text: &str) -> Result<TokenFile, String> {
    let file: TokenFile = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let paths = [Some(&file.module), file.pin_file.as_ref()];
    if paths.into_iter().flatten().all(|path| path.is_absolute()) {
        Ok(file)
    } else {
        Err("paths in it begin with /".to_owned())
    }
}

/// Reads a file that names a token, and loads its module.
pub fn read(path: &Path) -> Result<Arc<Token>, CommandError> {
    let fail = |why: &str| CommandError::Failed(format!("{}: {why}", path.display()));
    // Who writes it has a library of his own loaded into the node.
    require_without(path, 0o022, "can be written by others than its owner")?;
    let bytes = read_file(path, FILE_BYTES_CAP)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fail("not UTF-8"))?;
    let file = read_token_file(text).map_err(|why| fail(&why))?;
    let pin = read_pin(file.pin_file.as_deref())?;
    let pin = std::str::from_utf8(&pin).map_err(|_| fail("the PIN is not UTF-8"))?;
    let pin = AuthPin::new(pin.trim_end_matches(['\r', '\n']).into());
    let context = Pkcs11::new(&file.module).map_err(|error| fail(&error.to_string()))?;
    begin(&context).map_err(|error| fail(&error.to_string()))?;
    Ok(Arc::new(Token {
        context,
        label: file.token,
        pin,
        door: Mutex::new(Door::NeverOpened),
        failure: Mutex::default(),
    }))
}

fn begin(context: &Pkcs11) -> Result<(), Error> {
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another part of this process uses the module already.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Looks what keys are in a token; a node whose token is not there does not start.
pub fn keys_of(token: Arc<Token>) -> Result<KeysOfToken, CommandError> {
    KeysOfToken::new(token).map_err(|error| unusable(&error))
}

/// Says that a token can't be used.
pub fn unusable(error: &TokenError) -> CommandError {
    CommandError::Failed(format!("[{}] {error}", error.code()))
}

/// Reads the PIN out of its file; without one, out of standard input, but where it would be seen while it is typed.
fn read_pin(file: Option<&Path>) -> Result<zeroize::Zeroizing<Vec<u8>>, CommandError> {
    if let Some(file) = file {
        require_private(file)?;
        return Ok(zeroize::Zeroizing::new(read_file(file, PIN_BYTES_CAP)?));
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(CommandError::Failed(
            "no pin_file is named, and the PIN is not read from a terminal, which would show it: pipe it in"
                .to_owned(),
        ));
    }
    let mut pin = zeroize::Zeroizing::new(Vec::with_capacity(PIN_BYTES_CAP as usize + 1));
    let read = stdin.lock().take(PIN_BYTES_CAP + 1).read_until(b'\n', &mut pin);
    read.map_err(|cause| CommandError::File { what: "can not read the PIN".to_owned(), cause })?;
    if pin.is_empty() || pin.len() as u64 > PIN_BYTES_CAP {
        return Err(CommandError::Failed("no pin_file is named, and standard input gives no PIN".to_owned()));
    }
    Ok(pin)
}

/// Refuses a PIN that others on the machine can read.
fn require_private(path: &Path) -> Result<(), CommandError> {
    require_without(path, 0o077, "can be read by others than its owner")
}

/// Refuses a file of its owner's that gives others something they must not have.
fn require_without(path: &Path, bits: u32, why: &str) -> Result<(), CommandError> {
    let cause = |cause| CommandError::File { what: format!("can not read {}", path.display()), cause };
    let metadata = std::fs::metadata(path).map_err(cause)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & bits != 0 {
            return Err(CommandError::Failed(format!("{} {why}", path.display())));
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
        Err(TokenError::Away)
    }

    /// Lets the module begin anew: many know only the tokens that were plugged in when they began.
    fn begin_anew(&self) -> Result<(), TokenError> {
        // A module that does not end well may still begin.
        let _ = self.context.clone().finalize();
        begin(&self.context)?;
        Ok(())
    }

    /// Does something in a session; where that fails, once more in a new one: the session may be what was lost.
    ///
    /// Whoever is here holds the door, so nobody uses the module while it begins anew.
    fn with<T>(&self, act: impl Fn(&Session) -> Result<T, TokenError>) -> Result<T, TokenError> {
        let mut door = match self.door.lock() {
            Ok(door) => door,
            Err(poisoned) => {
                let mut door = poisoned.into_inner();
                // A session that a panic left behind is not used; a PIN that was refused stays so.
                if !matches!(*door, Door::Barred) {
                    *door = Door::Lost;
                }
                door
            }
        };
        match std::mem::replace(&mut *door, Door::Lost) {
            Door::Barred => {
                *door = Door::Barred;
                return Err(TokenError::WrongPin);
            }
            Door::Open(session) => {
                if let Ok(done) = act(&session) {
                    *door = Door::Open(session);
                    return Ok(done);
                }
                drop(session);
                self.begin_anew()?;
            }
            Door::Lost => self.begin_anew()?,
            Door::NeverOpened => {}
        }
        let session = self.open_session().inspect_err(|error| {
            if matches!(error, TokenError::WrongPin | TokenError::PinLocked) {
                *door = Door::Barred;
            }
        })?;
        let done = act(&session)?;
        *door = Door::Open(session);
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
            read_public_key(session, public)?.ok_or(TokenError::UnknownKey)
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
            let kind = match key.algorithm() {
                Algorithm::Ed25519 => KeyType::EC_EDWARDS,
                Algorithm::EcdsaP256 => KeyType::EC,
            };
            let private = session.find_objects(&[
                Attribute::Class(ObjectClass::PRIVATE_KEY),
                Attribute::KeyType(kind),
                Attribute::Id(id.to_vec()),
            ])?;
            let private = *private.first().ok_or(TokenError::NoKey)?;
            let signature = match key.algorithm() {
                Algorithm::Ed25519 => {
                    let pure = EddsaParams::new(EddsaSignatureScheme::Ed25519);
                    session.sign(&Mechanism::Eddsa(pure), private, message)?
                }
                Algorithm::EcdsaP256 => {
                    let made = session.sign(&Mechanism::Ecdsa, private, &Sha256::digest(message))?;
                    lower_s(&made).map_err(|_| TokenError::BadSignature)?
                }
            };
            let holds = signature.len() == SIGNATURE_BYTES && key.verify(message, &signature).is_ok();
            if holds { Ok(signature) } else { Err(TokenError::BadSignature) }
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
            tracing::error!(code = error.code(), "{error}");
            if let Ok(mut failure) = self.token.failure.lock() {
                *failure = Some(error);
            }
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

    /// Why the last signature was not made.
    pub fn failure(&self) -> Option<TokenError> {
        self.token.failure.lock().ok()?.take()
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
