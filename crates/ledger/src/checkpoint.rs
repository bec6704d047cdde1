//! Checkpoints: the signed head of a ledger (C2SP tlog-checkpoint), from claim to verified value.
//!
//! A checkpoint says what the tree is; whether two checkpoints agree is shown by a consistency proof ([`VerifiedGrowth`]).

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::countersignature::Countersignature;
use crate::hash::Hash;
use crate::keys::{NoteSigner, SignatureType, VerifierKey};
use crate::note::{NoteError, SignatureLine, SignedNote, VerifiedSignature};
use crate::verify::{MAX_TREE_SIZE, ProofError, verify_consistency};
use crate::wire_text::{has_control, parse_hash, parse_tree_size};

/// Longest origin line in bytes.
pub const MAX_ORIGIN_BYTES: usize = 255;

/// Most extension lines in a checkpoint.
pub const MAX_EXTENSION_LINES: usize = 16;

/// Longest extension line in bytes.
pub const MAX_EXTENSION_BYTES: usize = 1024;

/// The name of a ledger: the first line of its checkpoints, not empty, one line, at most 255 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// Checks an origin. Barid gives its own ledgers names without spaces or plus; others' may have them.
    ///
    /// # Errors
    /// [`CheckpointError::MalformedOrigin`].
    pub fn new(origin: impl Into<String>) -> Result<Self, CheckpointError> {
        let origin = origin.into();
        if origin.is_empty() || origin.len() > MAX_ORIGIN_BYTES || has_control(&origin) {
            return Err(CheckpointError::MalformedOrigin);
        }
        Ok(Self(origin))
    }

    /// Gives the origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the path under which a countersigner serves its last checkpoint of this ledger (C2SP tlog-witness).
    pub fn monitoring_path(&self) -> String {
        let digest: [u8; 32] = Sha256::digest(&self.0).into();
        format!("{}/checkpoint", Hash::from_bytes(digest))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The head of a tree: origin, size, root, and extension lines (which Barid does not use). Shown as the note text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Origin,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

/// Why a checkpoint was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The origin is empty, too long, or not one line.
    #[error("malformed origin")]
    MalformedOrigin,
    /// The size is not a canonical decimal up to [`MAX_TREE_SIZE`].
    #[error("malformed tree size")]
    MalformedSize,
    /// The root is not 32 bytes in base64.
    #[error("malformed root hash")]
    MalformedRoot,
    /// An extension line is empty, too long, or not one line.
    #[error("malformed extension line")]
    MalformedExtension,
    /// There are more than [`MAX_EXTENSION_LINES`] extension lines.
    #[error("too many extension lines")]
    TooManyExtensions,
    /// The text has fewer than three lines.
    #[error("checkpoint has fewer than three lines")]
    MissingLine,
    /// The checkpoint is of another ledger than the one asked about.
    #[error("checkpoint is of another origin")]
    OtherOrigin,
    /// No key of the ledger signed.
    #[error("checkpoint is not signed by the ledger")]
    NotSignedByLog,
    /// Fewer countersigners than needed signed.
    #[error("{got} of {needed} needed countersignatures")]
    TooFewCountersignatures {
        /// Countersigners needed.
        needed: usize,
        /// Countersigners found.
        got: usize,
    },
    /// The note around the checkpoint was refused.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl CheckpointError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedOrigin => "checkpoint-malformed-origin",
            Self::MalformedSize => "checkpoint-malformed-size",
            Self::MalformedRoot => "checkpoint-malformed-root",
            Self::MalformedExtension => "checkpoint-malformed-extension",
            Self::TooManyExtensions => "checkpoint-too-many-extensions",
            Self::MissingLine => "checkpoint-missing-line",
            Self::OtherOrigin => "checkpoint-other-origin",
            Self::NotSignedByLog => "checkpoint-not-signed-by-log",
            Self::TooFewCountersignatures { .. } => "checkpoint-too-few-countersignatures",
            Self::Note(error) => error.code(),
        }
    }
}

impl Checkpoint {
    /// Makes a checkpoint without extension lines.
    ///
    /// # Errors
    /// [`CheckpointError::MalformedSize`] above [`MAX_TREE_SIZE`].
    pub fn new(origin: Origin, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        Self::with_extensions(origin, size, root, Vec::new())
    }

    /// Makes a checkpoint with extension lines, which the format advises against: no auditor can check them.
    ///
    /// # Errors
    /// [`CheckpointError::MalformedSize`], [`CheckpointError::MalformedExtension`], [`CheckpointError::TooManyExtensions`].
    pub fn with_extensions(
        origin: Origin,
        size: u64,
        root: Hash,
        extensions: Vec<String>,
    ) -> Result<Self, CheckpointError> {
        if size > MAX_TREE_SIZE {
            return Err(CheckpointError::MalformedSize);
        }
        if extensions.len() > MAX_EXTENSION_LINES {
            return Err(CheckpointError::TooManyExtensions);
        }
        let malformed =
            |line: &String| line.is_empty() || line.len() > MAX_EXTENSION_BYTES || has_control(line);
        if extensions.iter().any(malformed) {
            return Err(CheckpointError::MalformedExtension);
        }
        Ok(Self { origin, size, root, extensions })
    }

    /// Reads the note text of a checkpoint. Formatting the result gives the same text back.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::MissingLine)?;
        let mut lines = text.splitn(MAX_EXTENSION_LINES + 4, '\n');
        let mut line = || lines.next().ok_or(CheckpointError::MissingLine);
        let origin = Origin::new(line()?)?;
        let size = parse_tree_size(line()?).ok_or(CheckpointError::MalformedSize)?;
        let root = parse_hash(line()?).ok_or(CheckpointError::MalformedRoot)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        Self::with_extensions(origin, size, root, extensions)
    }

    /// Gives the origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Gives the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Gives the root hash.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Gives the extension lines, which nobody vouches for.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n{}\n{}", self.origin, self.size, self.root.to_base64())?;
        self.extensions.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

/// A checkpoint with its signatures as it came: well-formed, believed by nobody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Signs a checkpoint with the ledger's own key (type 0x01).
    ///
    /// The caller has made sure that it extends every checkpoint signed before, and has stored it.
    ///
    /// # Errors
    /// [`CheckpointError::Note`].
    pub fn sign(checkpoint: Checkpoint, signer: &impl NoteSigner) -> Result<Self, CheckpointError> {
        let note = SignedNote::sign(checkpoint.to_string(), signer)?;
        Ok(Self { note, checkpoint })
    }

    /// Reads a signed checkpoint. Formatting the result gives the same bytes back.
    ///
    /// # Errors
    /// See [`CheckpointError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.unverified_text())?;
        Ok(Self { note, checkpoint })
    }

    /// Gives what the checkpoint claims, for finding the keys to check it with.
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Gives the note with all signature lines.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Adds a signature line, such as a countersignature.
    ///
    /// # Errors
    /// [`CheckpointError::Note`].
    pub fn with_signature(self, line: SignatureLine) -> Result<Self, CheckpointError> {
        Ok(Self { note: self.note.with_signature(line)?, checkpoint: self.checkpoint })
    }

    /// Checks origin, the ledger's signature, and the countersignatures the trust asks for.
    ///
    /// # Errors
    /// [`CheckpointError::OtherOrigin`], [`CheckpointError::NotSignedByLog`],
    /// [`CheckpointError::TooFewCountersignatures`], [`CheckpointError::Note`] for a bad signature by a known key.
    pub fn verify(self, trusted: &TrustedLog) -> Result<VerifiedCheckpoint, CheckpointError> {
        self.check_log_signature(trusted)?;
        let verified = self.note.check_signatures(&trusted.countersigner_keys)?;
        let countersignatures: Vec<_> = verified.iter().filter_map(Countersignature::from_verified).collect();
        let (needed, got) = (trusted.needed_countersignatures, countersignatures.len());
        if got < needed {
            return Err(CheckpointError::TooFewCountersignatures { needed, got });
        }
        Ok(VerifiedCheckpoint { signed: self, countersignatures })
    }

    /// Lists the countersignatures by the given keys, once for each key; what others signed is ignored.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] for a bad signature by one of the keys.
    pub fn countersignatures(&self, keys: &[VerifierKey]) -> Result<Vec<Countersignature>, CheckpointError> {
        let verified = self.note.check_signatures(keys)?;
        Ok(verified.iter().filter_map(Countersignature::from_verified).collect())
    }

    /// Checks origin and the ledger's own signature only.
    pub(crate) fn check_log_signature(
        &self,
        trusted: &TrustedLog,
    ) -> Result<Vec<VerifiedSignature>, CheckpointError> {
        if self.checkpoint.origin != trusted.origin {
            return Err(CheckpointError::OtherOrigin);
        }
        let by_log = self.note.check_signatures(&trusted.log_keys)?;
        if by_log.is_empty() {
            return Err(CheckpointError::NotSignedByLog);
        }
        Ok(by_log)
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(out)
    }
}

/// Whom a verifier believes about one ledger: the ledger's keys, countersigners' keys, and how many of those it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedLog {
    origin: Origin,
    log_keys: Vec<VerifierKey>,
    countersigner_keys: Vec<VerifierKey>,
    needed_countersignatures: usize,
}

/// Why keys can't make a trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No key of the ledger was given.
    #[error("no key of the ledger")]
    NoLogKey,
    /// A ledger key is not of type 0x01, or a countersigner key not of type 0x04.
    #[error("a key has the wrong signature type")]
    WrongSignatureType,
    /// Two keys share their public key, so that one holder would count twice.
    #[error("two keys share one public key")]
    SharedPublicKey,
    /// Two countersigner keys share their name, so that one countersigner would count twice.
    #[error("two countersigner keys share one name")]
    SharedCountersignerName,
    /// More countersignatures are needed than there are countersigners.
    #[error("more countersignatures needed than countersigners known")]
    UnreachableQuorum,
}

impl TrustedLog {
    /// Trusts a ledger on its own signature by any of its keys (several while keys change).
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn new(origin: Origin, log_keys: Vec<VerifierKey>) -> Result<Self, TrustError> {
        Self::with_countersigners(origin, log_keys, Vec::new(), 0)
    }

    /// Trusts a ledger only with countersignatures by at least `needed_countersignatures` of the given countersigners.
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn with_countersigners(
        origin: Origin,
        log_keys: Vec<VerifierKey>,
        countersigner_keys: Vec<VerifierKey>,
        needed_countersignatures: usize,
    ) -> Result<Self, TrustError> {
        if log_keys.is_empty() {
            return Err(TrustError::NoLogKey);
        }
        let right_types = log_keys.iter().all(|key| key.signature_type() == SignatureType::Ed25519)
            && countersigner_keys.iter().all(|key| key.signature_type() == SignatureType::TimestampedEd25519);
        if !right_types {
            return Err(TrustError::WrongSignatureType);
        }
        let all: Vec<_> = log_keys.iter().chain(&countersigner_keys).collect();
        if has_pair(&all, |one, other| one.public_key() == other.public_key()) {
            return Err(TrustError::SharedPublicKey);
        }
        let countersigners: Vec<_> = countersigner_keys.iter().collect();
        if has_pair(&countersigners, |one, other| one.name() == other.name()) {
            return Err(TrustError::SharedCountersignerName);
        }
        if needed_countersignatures > countersigner_keys.len() {
            return Err(TrustError::UnreachableQuorum);
        }
        Ok(Self { origin, log_keys, countersigner_keys, needed_countersignatures })
    }

    /// Gives the origin this trust is about.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// A checkpoint whose signatures were checked; the only way to one is [`SignedCheckpoint::verify`].
///
/// That no other checkpoint of the same size exists is *not* proven by the ledger's signature alone: that is what countersignatures are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    signed: SignedCheckpoint,
    countersignatures: Vec<Countersignature>,
}

impl VerifiedCheckpoint {
    /// Gives the checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.signed.checkpoint
    }

    /// Gives the signed form, for storing and passing on.
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// Gives the countersignatures that verified, one per countersigner.
    pub fn countersignatures(&self) -> &[Countersignature] {
        &self.countersignatures
    }
}

/// Why two verified checkpoints were not shown to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrowthError {
    /// The checkpoints are of two ledgers.
    #[error("checkpoints are of two origins")]
    OtherOrigin,
    /// The consistency proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl GrowthError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherOrigin => "growth-other-origin",
            Self::Proof(error) => error.code(),
        }
    }
}

/// Two verified checkpoints of one ledger of which the newer extends the older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedGrowth {
    older: VerifiedCheckpoint,
    newer: VerifiedCheckpoint,
}

impl VerifiedGrowth {
    /// Checks that two checkpoints agree: one origin, and a consistency proof between them.
    ///
    /// # Errors
    /// [`GrowthError::OtherOrigin`] for two ledgers, [`GrowthError::Proof`] for a proof that does not hold.
    pub fn verify(
        older: VerifiedCheckpoint,
        newer: VerifiedCheckpoint,
        proof: &[Hash],
    ) -> Result<Self, GrowthError> {
        let (old, new) = (older.checkpoint(), newer.checkpoint());
        if old.origin != new.origin {
            return Err(GrowthError::OtherOrigin);
        }
        verify_consistency(old.size, &old.root, new.size, &new.root, proof)?;
        Ok(Self { older, newer })
    }

    /// Gives the older checkpoint.
    pub fn older(&self) -> &VerifiedCheckpoint {
        &self.older
    }

    /// Gives the newer checkpoint.
    pub fn newer(&self) -> &VerifiedCheckpoint {
        &self.newer
    }
}

fn has_pair(keys: &[&VerifierKey], alike: impl Fn(&VerifierKey, &VerifierKey) -> bool) -> bool {
    keys.iter().enumerate().any(|(at, one)| keys.iter().skip(at + 1).any(|other| alike(one, other)))
}
