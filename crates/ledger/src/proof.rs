//! Offline proofs: a leaf's place, its inclusion proof and the signed checkpoint in one text (C2SP tlog-proof v1).
//!
//! Whoever has the leaf and the trusted keys can check it with nothing else. How a leaf hash comes from a thing is the caller's affair.

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint, TrustedLog, VerifiedCheckpoint};
use crate::hash::Hash;
use crate::note::MAX_NOTE_BYTES;
use crate::verify::{MAX_PROOF_HASHES, MAX_TREE_SIZE, ProofError, verify_inclusion};
use crate::wire_text::{HashLinesError, decode_base64, encode_base64, parse_hash_lines, parse_tree_size};

/// Largest extra data in bytes.
pub const MAX_EXTRA_BYTES: usize = 64 * 1024;

/// Largest bundle in bytes: a note, the extra data in base64, and 8 KiB for the rest.
pub const MAX_BUNDLE_BYTES: usize = MAX_NOTE_BYTES + MAX_EXTRA_BYTES.div_ceil(3) * 4 + 8192;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof that a leaf is in a ledger, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionBundle {
    extra: Option<Vec<u8>>,
    index: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// A leaf that was shown to be in a ledger under a checkpoint that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedInclusion {
    leaf: Hash,
    index: u64,
    checkpoint: VerifiedCheckpoint,
}

/// Why a bundle was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bytes are larger than [`MAX_BUNDLE_BYTES`].
    #[error("proof is too large")]
    TooLarge,
    /// The bytes are not UTF-8.
    #[error("proof is not UTF-8")]
    NotUtf8,
    /// The first line is not that of version 1.
    #[error("unknown proof version")]
    UnknownVersion,
    /// The extra data is empty, not base64, or larger than [`MAX_EXTRA_BYTES`].
    #[error("malformed extra line")]
    MalformedExtra,
    /// The index line is not `index` and a canonical number.
    #[error("malformed index line")]
    MalformedIndex,
    /// A proof line is not a hash in base64.
    #[error("malformed proof line")]
    MalformedProofLine,
    /// There are more than [`MAX_PROOF_HASHES`] proof lines.
    #[error("too many proof lines")]
    TooManyProofLines,
    /// There is no empty line before the checkpoint.
    #[error("no checkpoint in the proof")]
    MissingCheckpoint,
    /// The checkpoint was refused.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is not in that tree by this proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl BundleError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "bundle-too-large",
            Self::NotUtf8 => "bundle-not-utf8",
            Self::UnknownVersion => "bundle-unknown-version",
            Self::MalformedExtra => "bundle-malformed-extra",
            Self::MalformedIndex => "bundle-malformed-index",
            Self::MalformedProofLine => "bundle-malformed-proof-line",
            Self::TooManyProofLines => "bundle-too-many-proof-lines",
            Self::MissingCheckpoint => "bundle-missing-checkpoint",
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
        }
    }
}

impl InclusionBundle {
    /// Puts a bundle together.
    ///
    /// # Errors
    /// [`BundleError::TooManyProofLines`], [`BundleError::MalformedIndex`] above [`MAX_TREE_SIZE`].
    pub fn new(index: u64, proof: Vec<Hash>, checkpoint: SignedCheckpoint) -> Result<Self, BundleError> {
        if proof.len() > MAX_PROOF_HASHES {
            return Err(BundleError::TooManyProofLines);
        }
        if index > MAX_TREE_SIZE {
            return Err(BundleError::MalformedIndex);
        }
        Ok(Self { extra: None, index, proof, checkpoint })
    }

    /// Adds extra data, such as what is needed to compute the leaf. No signature covers it.
    ///
    /// # Errors
    /// [`BundleError::MalformedExtra`] if empty or larger than [`MAX_EXTRA_BYTES`].
    pub fn with_extra(self, extra: Vec<u8>) -> Result<Self, BundleError> {
        if extra.is_empty() || extra.len() > MAX_EXTRA_BYTES {
            return Err(BundleError::MalformedExtra);
        }
        Ok(Self { extra: Some(extra), ..self })
    }

    /// Reads a bundle. Formatting the result gives the same bytes back.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BundleError::NotUtf8)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(BundleError::MissingCheckpoint)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(BundleError::UnknownVersion);
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            None => None,
            Some(base64) => {
                lines.next();
                let extra = decode_base64(base64, MAX_EXTRA_BYTES).filter(|extra| !extra.is_empty());
                Some(extra.ok_or(BundleError::MalformedExtra)?)
            }
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_tree_size);
        let index = index.ok_or(BundleError::MalformedIndex)?;
        let proof = parse_hash_lines(lines, MAX_PROOF_HASHES).map_err(|error| match error {
            HashLinesError::TooMany => BundleError::TooManyProofLines,
            HashLinesError::Malformed => BundleError::MalformedProofLine,
        })?;
        Ok(Self { extra, index, proof, checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())? })
    }

    /// Gives the extra data, which nothing vouches for.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Gives the index the bundle claims, from 0.
    pub fn claimed_index(&self) -> u64 {
        self.index
    }

    /// Gives the checkpoint, not yet checked, for finding the keys to check it with.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks that the leaf with this hash is in the ledger one trusts.
    ///
    /// # Errors
    /// [`BundleError::Checkpoint`], [`BundleError::Proof`].
    pub fn verify(self, leaf: &Hash, trusted: &TrustedLog) -> Result<VerifiedInclusion, BundleError> {
        let checkpoint = self.checkpoint.verify(trusted)?;
        let head = checkpoint.checkpoint();
        verify_inclusion(leaf, self.index, head.size(), &self.proof, head.root())?;
        Ok(VerifiedInclusion { leaf: *leaf, index: self.index, checkpoint })
    }
}

impl fmt::Display for InclusionBundle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(out, "extra {}", encode_base64(extra))?;
        }
        writeln!(out, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(out, "{}", hash.to_base64()))?;
        write!(out, "\n{}", self.checkpoint)
    }
}

impl VerifiedInclusion {
    /// Gives the leaf hash.
    pub fn leaf(&self) -> &Hash {
        &self.leaf
    }

    /// Gives the leaf's index, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Gives the checkpoint it was shown under.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }
}
