//! The countersigner's rules: may this checkpoint be countersigned, given the last one? (C2SP tlog-witness, add-checkpoint)
//!
//! Pure: request, trust and last known head in, acceptance or refusal out. The caller keeps the head and speaks HTTP. In order:
//! read the head, [`check_add_checkpoint`], replace the head *if it is still the one read*, and only then
//! [`AcceptedCheckpoint::countersign`]. Replacing without that comparison lets two requests roll the ledger back.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, TrustedLog};
use crate::countersignature::{CountersignError, countersign};
use crate::hash::{Hash, empty_root};
use crate::keys::{NoteSigner, VerifierKey};
use crate::note::{MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, SignatureLine};
use crate::verify::{ProofError, verify_consistency};
use crate::wire_text::{HashLinesError, parse_hash_lines, parse_tree_size};

/// Most consistency proof lines in a request (C2SP tlog-witness).
pub const MAX_ADD_CHECKPOINT_HASHES: usize = 63;

/// Largest request body in bytes: a note of [`MAX_NOTE_BYTES`] and 4 KiB for the lines before it.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4096;

/// Content type of the body of a 409 answer.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// A request to countersign: the size the sender believes is the last one, the proof from there, the new checkpoint.
///
/// The same bytes serve as a file that shows, together with the older checkpoint, that two checkpoints agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpointRequest {
    old_size: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// Why request bytes were refused; all are answered 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The body is larger than [`MAX_REQUEST_BYTES`].
    #[error("request is too large")]
    TooLarge,
    /// The body is not UTF-8.
    #[error("request is not UTF-8")]
    NotUtf8,
    /// The first line is not `old` and a canonical size.
    #[error("malformed old size line")]
    MalformedOldSize,
    /// A proof line is not a hash in base64.
    #[error("malformed proof line")]
    MalformedProofLine,
    /// There are more than [`MAX_ADD_CHECKPOINT_HASHES`] proof lines.
    #[error("too many proof lines")]
    TooManyProofLines,
    /// There is no empty line before the checkpoint.
    #[error("no checkpoint in the request")]
    MissingCheckpoint,
    /// The checkpoint was refused.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl RequestError {
    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "request-too-large",
            Self::NotUtf8 => "request-not-utf8",
            Self::MalformedOldSize => "request-malformed-old-size",
            Self::MalformedProofLine => "request-malformed-proof-line",
            Self::TooManyProofLines => "request-too-many-proof-lines",
            Self::MissingCheckpoint => "request-missing-checkpoint",
            Self::Checkpoint(error) => error.code(),
        }
    }
}

impl AddCheckpointRequest {
    /// Makes a request.
    ///
    /// # Errors
    /// [`RequestError::TooManyProofLines`].
    pub fn new(old_size: u64, proof: Vec<Hash>, checkpoint: SignedCheckpoint) -> Result<Self, RequestError> {
        if proof.len() > MAX_ADD_CHECKPOINT_HASHES {
            return Err(RequestError::TooManyProofLines);
        }
        Ok(Self { old_size, proof, checkpoint })
    }

    /// Reads a request body. Formatting the result gives the same bytes back.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLarge);
        }
        let body = std::str::from_utf8(bytes).map_err(|_| RequestError::NotUtf8)?;
        let (head, checkpoint) = body.split_once("\n\n").ok_or(RequestError::MissingCheckpoint)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(parse_tree_size);
        let old_size = old_size.ok_or(RequestError::MalformedOldSize)?;
        let proof = parse_hash_lines(lines, MAX_ADD_CHECKPOINT_HASHES).map_err(|error| match error {
            HashLinesError::TooMany => RequestError::TooManyProofLines,
            HashLinesError::Malformed => RequestError::MalformedProofLine,
        })?;
        Ok(Self { old_size, proof, checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())? })
    }

    /// Gives the size of the tree the proof starts from.
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// Gives the consistency proof.
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// Gives the checkpoint, which nobody has checked yet.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

impl fmt::Display for AddCheckpointRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(out, "{}", hash.to_base64()))?;
        write!(out, "\n{}", self.checkpoint)
    }
}

/// Reads the body of a 409 answer: the size of the last checkpoint that was countersigned.
pub fn read_size(body: &[u8]) -> Option<u64> {
    parse_tree_size(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}

/// Takes the countersignatures of a 200 answer over into the checkpoint that was sent, as far as they are by the keys given.
/// Others are ignored.
///
/// # Errors
/// [`CheckpointError::Note`] for a malformed line and a bad signature by one of the keys; [`CheckpointError::TooFewCountersignatures`] if
/// none of them signed.
pub fn read_countersignatures(
    checkpoint: SignedCheckpoint,
    body: &[u8],
    keys: &[VerifierKey],
) -> Result<SignedCheckpoint, CheckpointError> {
    if body.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLarge.into());
    }
    let text = std::str::from_utf8(body).map_err(|_| NoteError::NotUtf8)?;
    let lines = text.strip_suffix('\n').ok_or(NoteError::MalformedSignatureLine)?;
    let is_known =
        |line: &SignatureLine| keys.iter().any(|key| line.name() == key.name() && line.id() == key.id());
    let mut signed = checkpoint;
    for line in lines.split('\n').take(MAX_SIGNATURES) {
        let line = SignatureLine::parse(line)?;
        if is_known(&line) {
            signed = signed.with_signature(line)?;
        }
    }
    if signed.countersignatures(keys)?.is_empty() {
        return Err(CheckpointError::TooFewCountersignatures { needed: 1, got: 0 });
    }
    Ok(signed)
}

/// What a countersigner keeps per ledger: size and root of the last checkpoint it accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownHead {
    /// Leaves in the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
}

impl KnownHead {
    fn of(checkpoint: &Checkpoint) -> Self {
        Self { size: checkpoint.size(), root: *checkpoint.root() }
    }
}

/// A checkpoint that extends the last known one and may be countersigned once the new head is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedCheckpoint {
    replaces: Option<KnownHead>,
    signed: SignedCheckpoint,
}

impl AcceptedCheckpoint {
    /// Gives the head that must still be the stored one when the new head replaces it (`None`: nothing stored).
    pub fn replaces(&self) -> Option<KnownHead> {
        self.replaces
    }

    /// Gives the head to keep, before anything is answered.
    pub fn head(&self) -> KnownHead {
        KnownHead::of(self.signed.claimed())
    }

    /// Gives the checkpoint, signed by the ledger; kept too, it can serve monitors and become evidence.
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// Makes the countersignature line to answer with (and a newline), to be called only after the new head was kept.
    ///
    /// # Errors
    /// [`CountersignError`]; the new head stays kept, the sender asks again.
    pub fn countersign(
        &self,
        signer: &impl NoteSigner,
        now_seconds: u64,
    ) -> Result<SignatureLine, CountersignError> {
        countersign(self.signed.claimed(), signer, now_seconds)
    }
}

/// Why a checkpoint was not accepted, in the order of the protocol's checks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountersignRefusal {
    /// The ledger is not one this countersigner knows (404).
    #[error("unknown origin")]
    UnknownOrigin,
    /// The ledger's signature is missing or bad (403).
    #[error("checkpoint is not signed by the ledger")]
    Forbidden(#[source] CheckpointError),
    /// The old size is above the size of the checkpoint (400).
    #[error("old size {old_size} is above checkpoint size {size}")]
    OldSizeAboveCheckpoint {
        /// Size the request starts from.
        old_size: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// The old size is not that of the last accepted checkpoint (409).
    #[error("last accepted size is {size}")]
    Conflict {
        /// Size of the last accepted checkpoint, 0 if there is none.
        size: u64,
    },
    /// The checkpoint was not shown to extend the last one (422); maybe a fork, see [`crate::ForkEvidence::find`].
    #[error("checkpoint was not shown to extend the last one")]
    Unprocessable(#[source] ProofError),
}

impl CountersignRefusal {
    /// Gives the HTTP status the protocol asks for.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::UnknownOrigin => 404,
            Self::Forbidden(_) => 403,
            Self::OldSizeAboveCheckpoint { .. } => 400,
            Self::Conflict { .. } => 409,
            Self::Unprocessable(_) => 422,
        }
    }

    /// Gives the stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownOrigin => "countersign-unknown-origin",
            Self::Forbidden(_) => "countersign-forbidden",
            Self::OldSizeAboveCheckpoint { .. } => "countersign-old-size-above-checkpoint",
            Self::Conflict { .. } => "countersign-conflict",
            Self::Unprocessable(_) => "countersign-unprocessable",
        }
    }

    /// Gives the body of a 409 answer, of content type [`SIZE_CONTENT_TYPE`]: the last size and a newline.
    pub fn conflict_body(&self) -> Option<String> {
        match self {
            Self::Conflict { size } => Some(format!("{size}\n")),
            Self::UnknownOrigin
            | Self::Forbidden(_)
            | Self::OldSizeAboveCheckpoint { .. }
            | Self::Unprocessable(_) => None,
        }
    }
}

/// Decides whether a checkpoint may be countersigned.
///
/// `trusted` is the trust configured for the request's origin (its countersigners and their number don't count here), `latest` the
/// head kept for that origin.
///
/// # Errors
/// See [`CountersignRefusal`]; nothing is to be kept then.
pub fn check_add_checkpoint(
    request: AddCheckpointRequest,
    trusted: Option<&TrustedLog>,
    latest: Option<KnownHead>,
) -> Result<AcceptedCheckpoint, CountersignRefusal> {
    let claimed = request.checkpoint.claimed();
    let trusted = trusted
        .filter(|trusted| trusted.origin() == claimed.origin())
        .ok_or(CountersignRefusal::UnknownOrigin)?;
    request.checkpoint.check_log_signature(trusted).map_err(CountersignRefusal::Forbidden)?;
    let (old_size, size) = (request.old_size, claimed.size());
    if old_size > size {
        return Err(CountersignRefusal::OldSizeAboveCheckpoint { old_size, size });
    }
    let last = latest.unwrap_or_else(|| KnownHead { size: 0, root: empty_root() });
    if old_size != last.size {
        return Err(CountersignRefusal::Conflict { size: last.size });
    }
    verify_consistency(old_size, &last.root, size, claimed.root(), &request.proof)
        .map_err(CountersignRefusal::Unprocessable)?;
    Ok(AcceptedCheckpoint { replaces: latest, signed: request.checkpoint })
}
