//! Evidence that a ledger signed two histories: portable, checked by anyone who knows the ledger's key.
//!
//! Two signed checkpoints, and a proof that the newer tree has *another* root at the older size than the older checkpoint says. (A proof
//! that merely fails shows nothing: anyone can write one.) What follows from a fork is decided elsewhere.

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint, TrustedLog};
use crate::hash::Hash;
use crate::note::MAX_NOTE_BYTES;
use crate::verify::{MAX_PROOF_HASHES, ProofError, verify_consistency};
use crate::wire_text::{HashLinesError, parse_decimal, parse_hash, parse_hash_lines};

/// Largest encoded evidence in bytes: two notes, and 4 KiB for the proof.
pub const MAX_FORK_EVIDENCE_BYTES: usize = 2 * MAX_NOTE_BYTES + 4096;

const HEADER: &str = "barid/fork-evidence/v1\n";

/// Two checkpoints of one ledger that can't both be true, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkEvidence {
    older: SignedCheckpoint,
    newer: SignedCheckpoint,
    /// Root of the newer tree at the older size.
    prefix_root: Hash,
    /// Consistency proof from `prefix_root` to the newer root.
    proof: Vec<Hash>,
}

/// A fork that was checked: the ledger's key signed both checkpoints, and they contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedFork {
    evidence: ForkEvidence,
}

/// Why evidence was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// The bytes are larger than [`MAX_FORK_EVIDENCE_BYTES`].
    #[error("fork evidence is too large")]
    TooLarge,
    /// The bytes are not in the form of version 1.
    #[error("malformed fork evidence")]
    Malformed,
    /// There are more than [`MAX_PROOF_HASHES`] proof lines.
    #[error("too many proof lines")]
    TooManyProofLines,
    /// A checkpoint was refused, or is not signed by the ledger.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not lead to the newer checkpoint.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The checkpoints agree: no fork.
    #[error("the checkpoints agree")]
    NoContradiction,
}

impl ForkError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "fork-too-large",
            Self::Malformed => "fork-malformed",
            Self::TooManyProofLines => "fork-too-many-proof-lines",
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::NoContradiction => "fork-no-contradiction",
        }
    }
}

impl ForkEvidence {
    /// Finds evidence in two checkpoints and the consistency proof that failed between them.
    ///
    /// Finds two roots of one size, and two sizes whose proof leads to the newer root but to another old root. When the older
    /// size is a power of two the proof alone doesn't carry the other root: then [`ForkEvidence::with_prefix`], by whoever has the newer tree. The order of the
    /// two checkpoints doesn't matter. `None` says "not shown by these", not "no fork".
    pub fn find(one: &SignedCheckpoint, other: &SignedCheckpoint, proof: &[Hash]) -> Option<Self> {
        let (older, newer) = in_order(one, other);
        let (old, new) = (older.claimed(), newer.claimed());
        if old.origin() != new.origin() {
            return None;
        }
        if old.size() == new.size() {
            let contradicts = old.root() != new.root();
            return contradicts
                .then(|| Self::with_prefix(older.clone(), newer.clone(), *new.root(), Vec::new()));
        }
        match verify_consistency(old.size(), old.root(), new.size(), new.root(), proof) {
            Err(ProofError::OldRootMismatch { computed }) => {
                Some(Self::with_prefix(older.clone(), newer.clone(), computed, proof.to_vec()))
            }
            Ok(()) | Err(_) => None,
        }
    }

    /// Puts evidence together: `prefix_root` is the root of the newer tree at the older size, `proof` leads from it to the newer root.
    pub fn with_prefix(
        older: SignedCheckpoint,
        newer: SignedCheckpoint,
        prefix_root: Hash,
        proof: Vec<Hash>,
    ) -> Self {
        Self { older, newer, prefix_root, proof }
    }

    /// Checks the evidence against the keys of the accused ledger (countersignatures don't count).
    ///
    /// # Errors
    /// See [`ForkError`].
    pub fn verify(self, trusted: &TrustedLog) -> Result<VerifiedFork, ForkError> {
        self.older.check_log_signature(trusted)?;
        self.newer.check_log_signature(trusted)?;
        let (old, new) = (self.older.claimed(), self.newer.claimed());
        verify_consistency(old.size(), &self.prefix_root, new.size(), new.root(), &self.proof)?;
        if self.prefix_root == *old.root() {
            return Err(ForkError::NoContradiction);
        }
        Ok(VerifiedFork { evidence: self })
    }

    /// Reads the text form. Formatting the result gives the same bytes back.
    ///
    /// # Errors
    /// See [`ForkError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ForkError> {
        if bytes.len() > MAX_FORK_EVIDENCE_BYTES {
            return Err(ForkError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ForkError::Malformed)?;
        let rest = text.strip_prefix(HEADER).ok_or(ForkError::Malformed)?;
        let (head, rest) = rest.split_once("\n\n").ok_or(ForkError::Malformed)?;
        let mut lines = head.split('\n');
        let prefix_root = lines.next().and_then(|line| line.strip_prefix("prefix ")).and_then(parse_hash);
        let prefix_root = prefix_root.ok_or(ForkError::Malformed)?;
        let proof = parse_hash_lines(lines, MAX_PROOF_HASHES).map_err(|error| match error {
            HashLinesError::TooMany => ForkError::TooManyProofLines,
            HashLinesError::Malformed => ForkError::Malformed,
        })?;
        let (older, rest) = split_sized(rest, "older ").ok_or(ForkError::Malformed)?;
        let (newer, rest) = split_sized(rest, "newer ").ok_or(ForkError::Malformed)?;
        if !rest.is_empty() {
            return Err(ForkError::Malformed);
        }
        let older = SignedCheckpoint::parse(older.as_bytes())?;
        let newer = SignedCheckpoint::parse(newer.as_bytes())?;
        Ok(Self { older, newer, prefix_root, proof })
    }
}

impl fmt::Display for ForkEvidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEADER}prefix {}", self.prefix_root.to_base64())?;
        self.proof.iter().try_for_each(|hash| writeln!(out, "{}", hash.to_base64()))?;
        let (older, newer) = (self.older.to_string(), self.newer.to_string());
        write!(out, "\nolder {}\n{older}newer {}\n{newer}", older.len(), newer.len())
    }
}

impl VerifiedFork {
    /// Gives the evidence, for passing on.
    pub fn evidence(&self) -> &ForkEvidence {
        &self.evidence
    }

    /// Gives the two checkpoints, older (or first) one first.
    pub fn checkpoints(&self) -> (&SignedCheckpoint, &SignedCheckpoint) {
        (&self.evidence.older, &self.evidence.newer)
    }
}

fn in_order<'a>(
    one: &'a SignedCheckpoint,
    other: &'a SignedCheckpoint,
) -> (&'a SignedCheckpoint, &'a SignedCheckpoint) {
    if one.claimed().size() <= other.claimed().size() { (one, other) } else { (other, one) }
}

/// Splits off `<label><length>\n` and as many bytes as it says.
fn split_sized<'a>(text: &'a str, label: &str) -> Option<(&'a str, &'a str)> {
    let (length, rest) = text.strip_prefix(label)?.split_once('\n')?;
    let length = usize::try_from(parse_decimal(length)?).ok()?;
    rest.split_at_checked(length)
}
