//! Receipts: that an entry stands in its stream, as a COSE receipt (RFC 9942) that tools not ours can check.
//!
//! A receipt is a COSE_Sign1 with a detached payload, the Merkle root, and one inclusion proof (RFC 9162 SHA-256) in its
//! unprotected header. The root isn't carried: a verifier computes it from the entry in hand and the proof, and the signature
//! must hold over that. The protected header names key, stream, the entry's subject and the time, in the manner of SCITT
//! (RFC 9943). Receipts are signed with the key that signs checkpoints; a checkpoint is UTF-8 text and what a receipt's
//! signature covers begins with 0x84, so neither can be taken for the other. See `docs/wire/receipt.cddl`.
//!
//! The way in is one-directional: bytes -> [`Receipt`] -> [`VerifiedReceipt`].

use barid_ledger::{Hash, MAX_PROOF_HASHES, MAX_TREE_SIZE, ProofError, inclusion_root, leaf_hash};
use coset::cbor::Value;
use coset::{
    CoseSign1, CoseSign1Builder, Header, HeaderBuilder, Label, RegisteredLabelWithPrivate,
    TaggedCborSerializable,
};

use crate::canonical::{self, CanonicalError};
use crate::entries::{KeyLookup, RegisteredKey, SUBJECT_CAP, cose_algorithm};
use crate::ids::{EntryHash, KeyId};
use crate::keys::{Algorithm, KeyError, Signer};
use crate::registry::KeyUsage;
use crate::streams::{Position, StreamId};

/// The `typ` of every receipt (RFC 9596).
pub const RECEIPT_TYP: &str = "application/vnd.barid.receipt.v1+cose";
/// The largest receipt, in bytes: 64 hashes of 34 bytes, and 2 KiB for the rest.
pub const RECEIPT_BYTES_CAP: usize = 64 * 34 + 2048;

const TAG_SIGN1: u64 = 18;
const LABEL_CWT_CLAIMS: i64 = 15;
const LABEL_TYP: i64 = 16;
/// `vds`, verifiable data structure (RFC 9942).
const LABEL_VDS: i64 = 395;
/// `vdp`, verifiable data structure proofs (RFC 9942).
const LABEL_VDP: i64 = 396;
const RFC9162_SHA256: i64 = 1;
const INCLUSION_PROOFS: i64 = -1;

/// Why bytes are no receipt, or not one of this entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Larger than [`RECEIPT_BYTES_CAP`].
    #[error("larger than {RECEIPT_BYTES_CAP} bytes")]
    TooLarge,
    /// Not deterministic CBOR.
    #[error("not deterministic CBOR: {0}")]
    NotCanonical(#[from] CanonicalError),
    /// Not of the shape in `docs/wire/receipt.cddl`; the field that is wrong.
    #[error("not a receipt: {0}")]
    Malformed(&'static str),
    /// The proof fits no tree of that size.
    #[error("inclusion proof: {0}")]
    Proof(#[from] ProofError),
    /// The signing key is not a key for checkpoints of those who keep the stream's ledger.
    #[error("the key is not a key of the stream's ledger")]
    UnknownKey,
    /// The key was not valid when the receipt says it was signed.
    #[error("the key was not valid at that time")]
    KeyNotValid,
    /// The signature doesn't hold over the root that entry and proof lead to: another entry, another place or another signer.
    #[error("the signature does not hold for this entry in this place")]
    BadSignature,
    /// The signing key can't be used now.
    #[error("the signing key can not be used")]
    SignerUnusable,
}

impl ReceiptError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "receipt-too-large",
            Self::NotCanonical(_) => "receipt-not-canonical",
            Self::Malformed(_) => "receipt-malformed",
            Self::Proof(_) => "receipt-proof",
            Self::UnknownKey => "receipt-unknown-key",
            Self::KeyNotValid => "receipt-key-not-valid",
            Self::BadSignature => "receipt-bad-signature",
            Self::SignerUnusable => "signer-unusable",
        }
    }
}

/// Is what a receipt says besides the key and the proof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceiptClaims {
    /// The stream whose ledger the entry stands in (CWT `iss`).
    pub stream: StreamId,
    /// The subject of the entry (CWT `sub`), as the entry has it.
    pub subject: String,
    /// When the receipt was signed, in seconds since 1970-01-01T00:00:00Z (CWT `iat`).
    pub issued_at: i64,
}

/// Is a place in a ledger of a certain size, with the hashes that lead from there to its root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inclusion {
    /// How many entries the ledger had.
    pub tree_size: u64,
    /// The index of the leaf, from 0: the number in the stream less one.
    pub leaf_index: u64,
    /// The inclusion proof (RFC 9162 2.1.3), from the leaf's sibling up.
    pub path: Vec<Hash>,
}

impl Inclusion {
    fn root_for(&self, entry: EntryHash) -> Result<Hash, ProofError> {
        inclusion_root(&leaf_hash(&entry.0), self.leaf_index, self.tree_size, &self.path)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, ReceiptError> {
        let path = self.path.iter().map(|hash| Value::from(hash.as_bytes().to_vec())).collect();
        let proof =
            Value::Array(vec![Value::from(self.tree_size), Value::from(self.leaf_index), Value::Array(path)]);
        coset::CborSerializable::to_vec(proof).map_err(|_| ReceiptError::Malformed("inclusion proof"))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        const WRONG: ReceiptError = ReceiptError::Malformed("inclusion proof");
        canonical::check(bytes)?;
        let value: Value = coset::CborSerializable::from_slice(bytes).map_err(|_| WRONG)?;
        let Some([size, index, path]) = value.as_array().map(Vec::as_slice) else { return Err(WRONG) };
        let path = path.as_array().filter(|path| path.len() <= MAX_PROOF_HASHES).ok_or(WRONG)?;
        let path = path.iter().map(|hash| {
            let bytes = hash.as_bytes().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
            bytes.map(Hash::from_bytes).ok_or(WRONG)
        });
        Ok(Self {
            tree_size: read_count(size).ok_or(WRONG)?,
            leaf_index: read_count(index).ok_or(WRONG)?,
            path: path.collect::<Result<_, _>>()?,
        })
    }
}

fn read_count(value: &Value) -> Option<u64> {
    let count = u64::try_from(value.as_integer()?).ok()?;
    Some(count).filter(|count| *count <= MAX_TREE_SIZE)
}

/// Signs the receipt of an entry.
///
/// # Errors
/// [`ReceiptError::Proof`] for a proof that fits no tree; [`ReceiptError::Malformed`] for an impossible subject;
/// [`ReceiptError::SignerUnusable`]. What [`Receipt::parse`] would refuse isn't signed.
pub fn sign_receipt(
    claims: &ReceiptClaims,
    entry: EntryHash,
    inclusion: &Inclusion,
    signer: &dyn Signer,
) -> Result<Vec<u8>, ReceiptError> {
    if claims.subject.is_empty() || claims.subject.len() > SUBJECT_CAP {
        return Err(ReceiptError::Malformed("subject"));
    }
    let root = inclusion.root_for(entry)?;
    let key = signer.public_key();
    let cwt = Value::Map(vec![
        (Value::from(1), Value::from(claims.stream.to_string())),
        (Value::from(2), Value::from(claims.subject.as_str())),
        (Value::from(6), Value::from(claims.issued_at)),
    ]);
    let protected = HeaderBuilder::new()
        .algorithm(cose_algorithm(key.algorithm()))
        .key_id(key.id().0.to_vec())
        .value(LABEL_CWT_CLAIMS, cwt)
        .value(LABEL_TYP, Value::from(RECEIPT_TYP))
        .value(LABEL_VDS, Value::from(RFC9162_SHA256))
        .build();
    let proofs = Value::Array(vec![Value::from(inclusion.to_bytes()?)]);
    let proofs = Value::Map(vec![(Value::from(INCLUSION_PROOFS), proofs)]);
    let bytes = CoseSign1Builder::new()
        .protected(protected)
        .unprotected(HeaderBuilder::new().value(LABEL_VDP, proofs).build())
        .try_create_detached_signature(root.as_bytes(), &[], |message| signer.sign(message))
        .map_err(|_: KeyError| ReceiptError::SignerUnusable)?
        .build()
        .to_tagged_vec()
        .map_err(|_| ReceiptError::Malformed("header"))?;
    Receipt::parse(&bytes).map(|_| bytes)
}

/// Is a receipt whose shape holds and which nobody has checked against an entry yet.
#[derive(Clone, Debug)]
pub struct Receipt {
    cose: CoseSign1,
    /// What the header says; the registered key must be of it.
    algorithm: Algorithm,
    key: KeyId,
    claims: ReceiptClaims,
    inclusion: Inclusion,
}

/// Is a receipt that holds for an entry; only [`Receipt::verify`] makes one.
///
/// ```compile_fail
/// use barid_domain::receipts::{Receipt, VerifiedReceipt};
/// fn forge(receipt: Receipt) -> VerifiedReceipt {
///     VerifiedReceipt { receipt, root: barid_ledger::empty_root() }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct VerifiedReceipt {
    receipt: Receipt,
    key: RegisteredKey,
    root: Hash,
}

impl Receipt {
    /// Reads a receipt and checks its shape: size, determinism, headers, one inclusion proof, detached payload.
    ///
    /// # Errors
    /// [`ReceiptError::TooLarge`], [`ReceiptError::NotCanonical`], [`ReceiptError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > RECEIPT_BYTES_CAP {
            return Err(ReceiptError::TooLarge);
        }
        if canonical::check_tagged(bytes, &[TAG_SIGN1])?.is_none() {
            return Err(ReceiptError::Malformed("tag"));
        }
        let cose = CoseSign1::from_tagged_slice(bytes).map_err(|_| ReceiptError::Malformed("COSE_Sign1"))?;
        // An attached payload would be bytes that nothing ties to the entry.
        if cose.payload.is_some() {
            return Err(ReceiptError::Malformed("payload"));
        }
        let protected =
            cose.protected.original_data.as_deref().ok_or(ReceiptError::Malformed("protected header"))?;
        canonical::check(protected)?;
        let (algorithm, key, claims) = read_protected(&cose.protected.header)?;
        let inclusion = read_unprotected(&cose.unprotected)?;
        Ok(Self { algorithm, key, claims, inclusion, cose })
    }

    /// What the protected header says; not yet believed.
    pub fn claims(&self) -> &ReceiptClaims {
        &self.claims
    }
    /// The key that is said to have signed.
    pub fn key_id(&self) -> KeyId {
        self.key
    }
    /// The place that is claimed; not yet believed.
    pub fn inclusion(&self) -> &Inclusion {
        &self.inclusion
    }

    /// Verifies that the entry of this hash and subject stands where the receipt says.
    ///
    /// Whether the key's organisation keeps the stream's ledger is the caller's question: see [`VerifiedReceipt::key`].
    ///
    /// # Errors
    /// [`ReceiptError::UnknownKey`], [`ReceiptError::KeyNotValid`], [`ReceiptError::Malformed`] for another subject,
    /// [`ReceiptError::Proof`], [`ReceiptError::BadSignature`].
    pub fn verify(
        self,
        entry: EntryHash,
        subject: &str,
        keys: &impl KeyLookup,
    ) -> Result<VerifiedReceipt, ReceiptError> {
        let key = keys.key(&self.key).ok_or(ReceiptError::UnknownKey)?;
        if key.usage != KeyUsage::Checkpoints {
            return Err(ReceiptError::UnknownKey);
        }
        if !key.valid_at(self.claims.issued_at) {
            return Err(ReceiptError::KeyNotValid);
        }
        // A receipt has no place in a stream, up to which what a stolen key signed could count.
        if keys.compromise(&self.key).is_some() {
            return Err(ReceiptError::KeyNotValid);
        }
        if key.key.algorithm() != self.algorithm {
            return Err(ReceiptError::BadSignature);
        }
        let root = self.inclusion.root_for(entry)?;
        self.cose
            .verify_detached_signature(root.as_bytes(), &[], |signature, message| {
                key.key.verify(message, signature)
            })
            .map_err(|_| ReceiptError::BadSignature)?;
        if self.claims.subject != subject {
            return Err(ReceiptError::Malformed("subject"));
        }
        Ok(VerifiedReceipt { receipt: self, key, root })
    }
}

impl VerifiedReceipt {
    /// What the receipt says.
    pub fn claims(&self) -> &ReceiptClaims {
        &self.receipt.claims
    }
    /// The key that signed, and whose it is.
    pub fn key(&self) -> &RegisteredKey {
        &self.key
    }
    /// The root that was signed.
    pub fn root(&self) -> &Hash {
        &self.root
    }
    /// How many entries the ledger had.
    pub fn tree_size(&self) -> u64 {
        self.receipt.inclusion.tree_size
    }
    /// The entry's place.
    pub fn position(&self) -> Position {
        Position { stream: self.receipt.claims.stream, seq: self.receipt.inclusion.leaf_index + 1 }
    }
}

fn read_protected(header: &Header) -> Result<(Algorithm, KeyId, ReceiptClaims), ReceiptError> {
    let bare = Header {
        alg: header.alg.clone(),
        key_id: header.key_id.clone(),
        rest: header.rest.clone(),
        ..Header::default()
    };
    // A header field that this version doesn't know could change the meaning: no receipt carries one.
    if *header != bare || header.rest.len() != 3 {
        return Err(ReceiptError::Malformed("header"));
    }
    let stated = |algorithm: &&Algorithm| {
        header.alg == Some(RegisteredLabelWithPrivate::Assigned(cose_algorithm(**algorithm)))
    };
    let algorithm = *Algorithm::ALL.iter().find(stated).ok_or(ReceiptError::Malformed("algorithm"))?;
    let key = header.key_id.as_slice().try_into().map_err(|_| ReceiptError::Malformed("key id"))?;
    if field(header, LABEL_TYP).and_then(Value::as_text) != Some(RECEIPT_TYP) {
        return Err(ReceiptError::Malformed("typ"));
    }
    if field(header, LABEL_VDS) != Some(&Value::from(RFC9162_SHA256)) {
        return Err(ReceiptError::Malformed("verifiable data structure"));
    }
    let claims = field(header, LABEL_CWT_CLAIMS).and_then(Value::as_map);
    let claims = claims.and_then(|map| read_claims(map)).ok_or(ReceiptError::Malformed("claims"))?;
    Ok((algorithm, KeyId(key), claims))
}

fn read_claims(map: &[(Value, Value)]) -> Option<ReceiptClaims> {
    let [(one, stream), (two, subject), (six, issued_at)] = map else { return None };
    if [one, two, six] != [&Value::from(1), &Value::from(2), &Value::from(6)] {
        return None;
    }
    let subject = subject.as_text().filter(|text| !text.is_empty() && text.len() <= SUBJECT_CAP)?;
    Some(ReceiptClaims {
        stream: stream.as_text()?.parse().ok()?,
        subject: subject.to_owned(),
        issued_at: i64::try_from(issued_at.as_integer()?).ok()?,
    })
}

fn read_unprotected(header: &Header) -> Result<Inclusion, ReceiptError> {
    const WRONG: ReceiptError = ReceiptError::Malformed("unprotected header");
    let bare = Header { rest: header.rest.clone(), ..Header::default() };
    if *header != bare || header.rest.len() != 1 {
        return Err(WRONG);
    }
    let proofs = field(header, LABEL_VDP).and_then(Value::as_map).ok_or(WRONG)?;
    let [(kind, proofs)] = proofs.as_slice() else { return Err(WRONG) };
    if *kind != Value::from(INCLUSION_PROOFS) {
        return Err(WRONG);
    }
    let Some([proof]) = proofs.as_array().map(Vec::as_slice) else { return Err(WRONG) };
    Inclusion::from_bytes(proof.as_bytes().ok_or(WRONG)?)
}

fn field(header: &Header, label: i64) -> Option<&Value> {
    header.rest.iter().find(|(found, _)| *found == Label::Int(label)).map(|(_, value)| value)
}
