//! Signed notes: a text with signature lines under it (C2SP signed-note).
//!
//! Unknown signatures are kept byte for byte and ignored; a bad signature by a known key refuses the whole note. What
//! the text means is left to `checkpoint`.

use std::fmt;

use crate::countersignature::{MAX_TIMESTAMP_SECONDS, countersignature_message};
use crate::keys::{KeyId, KeyName, NoteSigner, SignatureType, SigningFailed, VerifierKey, sign_checked};
use crate::wire_text::{decode_base64, encode_base64};

/// Largest signed note in bytes; room for 16 post-quantum signatures, which the format asks verifiers to accept.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;

/// Most signature lines in a note.
pub const MAX_SIGNATURES: usize = 64;

/// Largest decoded signature in bytes, key id included.
pub const MAX_SIGNATURE_BYTES: usize = 8192;

/// Em dash and space, the start of a signature line.
const SIGNATURE_LINE_START: &str = "\u{2014} ";

/// One signature line: key name, key id and signature bytes of whatever type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    name: KeyName,
    id: KeyId,
    signature: Vec<u8>,
}

/// A note as it came: the text is not to be believed before [`SignedNote::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<SignatureLine>,
}

/// A note of which at least one signature by a known key was checked, and none by a known key was bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedNote {
    note: SignedNote,
    by: Vec<VerifiedSignature>,
}

/// A key whose signature verified, and when it signed if the type says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    key: VerifierKey,
    timestamp_seconds: Option<u64>,
}

/// Why a note was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The note is larger than [`MAX_NOTE_BYTES`].
    #[error("note is too large")]
    TooLarge,
    /// The note has more than [`MAX_SIGNATURES`] signature lines.
    #[error("note has too many signatures")]
    TooManySignatures,
    /// A signature is larger than [`MAX_SIGNATURE_BYTES`].
    #[error("a signature is too large")]
    SignatureTooLarge,
    /// The bytes are not UTF-8.
    #[error("note is not UTF-8")]
    NotUtf8,
    /// The note has a control character other than newline.
    #[error("note has a control character")]
    ControlCharacter,
    /// The note has no blank line before signatures, or does not end in a newline.
    #[error("note has no signature part")]
    NoSignaturePart,
    /// A signature line is malformed.
    #[error("malformed signature line")]
    MalformedSignatureLine,
    /// The text to sign does not end in a newline.
    #[error("note text does not end in a newline")]
    TextWithoutNewline,
    /// No signature is by a known key.
    #[error("no signature by a known key")]
    NoKnownSignature,
    /// A signature names a known key and does not verify.
    #[error("bad signature by a known key")]
    BadSignature {
        /// Id of the key.
        id: KeyId,
    },
    /// The signer makes another type of signature than asked for here.
    #[error("signer has the wrong signature type")]
    WrongSignerType,
    /// The key holder could not sign.
    #[error("signing failed")]
    Signing(#[from] SigningFailed),
}

impl NoteError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "note-too-large",
            Self::TooManySignatures => "note-too-many-signatures",
            Self::SignatureTooLarge => "note-signature-too-large",
            Self::NotUtf8 => "note-not-utf8",
            Self::ControlCharacter => "note-control-character",
            Self::NoSignaturePart => "note-no-signature-part",
            Self::MalformedSignatureLine => "note-malformed-signature",
            Self::TextWithoutNewline => "note-text-without-newline",
            Self::NoKnownSignature => "note-no-known-signature",
            Self::BadSignature { .. } => "note-bad-signature",
            Self::WrongSignerType => "note-wrong-signer-type",
            Self::Signing(_) => "note-signing-failed",
        }
    }
}

impl SignatureLine {
    pub(crate) fn new(key: &VerifierKey, signature: Vec<u8>) -> Self {
        Self { name: key.name().clone(), id: key.id(), signature }
    }

    /// Reads one line without its newline.
    ///
    /// # Errors
    /// [`NoteError::MalformedSignatureLine`], [`NoteError::SignatureTooLarge`].
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let malformed = || NoteError::MalformedSignatureLine;
        let rest = line.strip_prefix(SIGNATURE_LINE_START).ok_or_else(malformed)?;
        let (name, blob) = rest.split_once(' ').ok_or_else(malformed)?;
        let name = KeyName::new(name).map_err(|_| malformed())?;
        if blob.len() > MAX_SIGNATURE_BYTES.div_ceil(3) * 4 {
            return Err(NoteError::SignatureTooLarge);
        }
        let blob = decode_base64(blob, MAX_SIGNATURE_BYTES + 2).ok_or_else(malformed)?;
        if blob.len() > MAX_SIGNATURE_BYTES {
            return Err(NoteError::SignatureTooLarge);
        }
        let (id, signature) = blob.split_first_chunk::<4>().ok_or_else(malformed)?;
        if signature.is_empty() {
            return Err(malformed());
        }
        Ok(Self { name, id: KeyId::from_bytes(*id), signature: signature.to_vec() })
    }

    /// Gives the key name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Gives the key id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Gives the signature bytes after the key id.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == *key.name() && self.id == key.id()
    }

    /// Checks this line against a key it names, and gives the time it signed at if the type has one.
    fn check(&self, key: &VerifierKey, text: &str) -> Option<VerifiedSignature> {
        let timestamp_seconds = match key.signature_type() {
            SignatureType::Ed25519 => {
                let signature = self.signature.as_slice().try_into().ok()?;
                key.is_signature_of(text.as_bytes(), signature).then_some(None)?
            }
            SignatureType::TimestampedEd25519 => {
                let (timestamp, signature) = self.signature.split_first_chunk::<8>()?;
                let timestamp = u64::from_be_bytes(*timestamp);
                if timestamp > MAX_TIMESTAMP_SECONDS {
                    return None;
                }
                let message = countersignature_message(timestamp, text);
                let signature = signature.try_into().ok()?;
                key.is_signature_of(message.as_bytes(), signature).then_some(Some(timestamp))?
            }
        };
        Some(VerifiedSignature { key: key.clone(), timestamp_seconds })
    }
}

impl fmt::Display for SignatureLine {
    /// Writes the line without its newline.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [self.id.as_bytes().as_slice(), &self.signature].concat();
        write!(out, "{SIGNATURE_LINE_START}{} {}", self.name, encode_base64(&blob))
    }
}

impl SignedNote {
    /// Signs a text (ending in a newline) with a plain Ed25519 key, type 0x01.
    ///
    /// # Errors
    /// [`NoteError::TextWithoutNewline`], [`NoteError::ControlCharacter`], [`NoteError::TooLarge`],
    /// [`NoteError::WrongSignerType`], [`NoteError::Signing`].
    pub fn sign(text: impl Into<String>, signer: &impl NoteSigner) -> Result<Self, NoteError> {
        let text = text.into();
        check_text(&text)?;
        let key = signer.verifier_key();
        if key.signature_type() != SignatureType::Ed25519 {
            return Err(NoteError::WrongSignerType);
        }
        let signature = sign_checked(signer, text.as_bytes())?;
        Self { text, signatures: Vec::new() }.with_signature(SignatureLine::new(key, signature.to_vec()))
    }

    /// Adds a signature line, unless the very same line is there already.
    ///
    /// # Errors
    /// [`NoteError::TooManySignatures`], [`NoteError::TooLarge`].
    pub fn with_signature(mut self, line: SignatureLine) -> Result<Self, NoteError> {
        if self.signatures.contains(&line) {
            return Ok(self);
        }
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        self.signatures.push(line);
        if self.to_string().len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge);
        }
        Ok(self)
    }

    /// Reads a signed note. Formatting the result gives the same bytes back.
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if has_forbidden_control(note) {
            return Err(NoteError::ControlCharacter);
        }
        let separator = note.rfind("\n\n").ok_or(NoteError::NoSignaturePart)?;
        let (text, signature_part) = (&note[..=separator], &note[separator + 2..]);
        let lines = signature_part.strip_suffix('\n').ok_or(NoteError::NoSignaturePart)?;
        if lines.bytes().filter(|byte| *byte == b'\n').count() >= MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let signatures = lines.split('\n').map(SignatureLine::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Gives the text, which nobody has vouched for yet.
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// Gives all signature lines, known or not, in their order.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// Checks the signatures by the given keys; all others are ignored.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] if one by a known key fails, [`NoteError::NoKnownSignature`] if there is none.
    pub fn verify(self, keys: &[VerifierKey]) -> Result<VerifiedNote, NoteError> {
        let by = self.check_signatures(keys)?;
        if by.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(VerifiedNote { note: self, by })
    }

    /// Lists each known key that signed, once; the first signature of a key counts, all must be good.
    pub(crate) fn check_signatures(&self, keys: &[VerifierKey]) -> Result<Vec<VerifiedSignature>, NoteError> {
        let mut by: Vec<VerifiedSignature> = Vec::new();
        for line in &self.signatures {
            for key in keys.iter().filter(|key| line.is_by(key)) {
                let verified = line.check(key, &self.text).ok_or(NoteError::BadSignature { id: line.id })?;
                if by.iter().all(|earlier| earlier.key != *key) {
                    by.push(verified);
                }
            }
        }
        Ok(by)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

impl VerifiedNote {
    /// Gives the text.
    pub fn text(&self) -> &str {
        &self.note.text
    }

    /// Gives the note with all its signature lines.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Gives the keys whose signatures verified, each once.
    pub fn by(&self) -> &[VerifiedSignature] {
        &self.by
    }
}

impl VerifiedSignature {
    /// Gives the key.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Gives the time of a timestamped signature, seconds since 1970-01-01T00:00:00Z; the key holder's word, not checked against any clock.
    pub fn timestamp_seconds(&self) -> Option<u64> {
        self.timestamp_seconds
    }
}

fn has_forbidden_control(text: &str) -> bool {
    text.bytes().any(|byte| byte < 0x20 && byte != b'\n')
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::TextWithoutNewline);
    }
    if has_forbidden_control(text) {
        return Err(NoteError::ControlCharacter);
    }
    if text.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLarge);
    }
    Ok(())
}
