//! Entries: signed statements, as bytes that are kept for ever as they came.
//!
//! An entry is a COSE_Sign1 (RFC 9052 section 4.2), or a COSE_Sign (4.1) where several must sign, over deterministic
//! CBOR, in the manner of SCITT signed statements (RFC 9943). The protected header carries the algorithm, the content
//! type with its schema version, the key's thumbprint, CWT claims (issuer, subject, time of issue) and the type of the
//! whole. The two type fields are the domain-separation tag: a signature given for one type of entry verifies as no
//! other, and keys that sign entries sign nothing else. See `docs/wire/entry.cddl`.
//!
//! The way in is one-directional: bytes -> [`Unverified`] -> [`Verified`]; only this module makes either.

use coset::cbor::Value;
use coset::{
    CoseSign, CoseSign1, CoseSign1Builder, CoseSignBuilder, CoseSignature, CoseSignatureBuilder, Header,
    HeaderBuilder, Label, ProtectedHeader, RegisteredLabelWithPrivate, TaggedCborSerializable, iana,
};
use sha2::{Digest, Sha256};

use crate::canonical::{self, CanonicalError};
use crate::contents::EntryType;
use crate::ids::{EntryHash, KeyId, OrganisationCode};
use crate::keys::{Algorithm, KeyError, PublicKey, Signer};
use crate::registry::{Compromise, KeyUsage};
use crate::streams::Position;

/// The `typ` of every entry (RFC 9596).
pub const ENTRY_TYP: &str = "application/vnd.barid.entry.v1+cose";
/// The largest entry, in bytes.
pub const ENTRY_BYTES_CAP: usize = 1 << 20;
/// The most signatures on one entry.
pub const SIGNATURES_CAP: usize = 64;
/// The longest subject, in bytes.
pub const SUBJECT_CAP: usize = 200;

const TAG_SIGN1: u64 = 18;
const TAG_SIGN: u64 = 98;
const LABEL_CWT_CLAIMS: i64 = 15;
const LABEL_TYP: i64 = 16;

/// Is what the protected header says besides algorithm and key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// The type of the content, with its schema version.
    pub entry_type: EntryType,
    /// Who states it (CWT `iss`).
    pub issuer: OrganisationCode,
    /// What it is about (CWT `sub`): `record:<id>`, `organisation:<code>`, `batch:<database>`.
    pub subject: String,
    /// When it was signed, in seconds since 1970-01-01T00:00:00Z (CWT `iat`).
    pub issued_at: i64,
}

/// Why bytes are not an entry, or not one that holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Larger than [`ENTRY_BYTES_CAP`].
    #[error("larger than {ENTRY_BYTES_CAP} bytes")]
    TooLarge,
    /// Not deterministic CBOR.
    #[error("not deterministic CBOR: {0}")]
    NotCanonical(#[from] CanonicalError),
    /// Not a COSE_Sign1 or COSE_Sign of the shape in `docs/wire/entry.cddl`; the field that is wrong.
    #[error("not an entry: {0}")]
    Malformed(&'static str),
    /// The signing key is not registered, or not for this issuer.
    #[error("the key is not a key of the issuer")]
    UnknownKey,
    /// The key was not valid when the entry says it was signed.
    #[error("the key was not valid at that time")]
    KeyNotValid,
    /// The key is in other hands, and what it signed counts up to an earlier place only.
    #[error("the key was compromised before this place in the stream")]
    AfterCompromise,
    /// A signature does not verify.
    #[error("a signature does not verify")]
    BadSignature,
    /// Signatures of too few, or of the same signer twice with one algorithm.
    #[error("too few signatures of different signers")]
    TooFewSignatures,
    /// A signature of an algorithm is missing that the organisation had to sign with then.
    #[error("an algorithm is missing that the organisation had to sign with then")]
    MissingAlgorithm,
    /// The signing key can't be used now.
    #[error("the signing key can not be used")]
    SignerUnusable,
}

impl SealError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "entry-too-large",
            Self::NotCanonical(_) => "entry-not-canonical",
            Self::Malformed(_) => "entry-malformed",
            Self::UnknownKey => "entry-unknown-key",
            Self::KeyNotValid => "entry-key-not-valid",
            Self::AfterCompromise => "entry-after-compromise",
            Self::BadSignature => "entry-bad-signature",
            Self::TooFewSignatures => "entry-too-few-signatures",
            Self::MissingAlgorithm => "entry-missing-algorithm",
            Self::SignerUnusable => "signer-unusable",
        }
    }
}

/// Seals a payload: signs it with one key as COSE_Sign1, with several as COSE_Sign.
///
/// The payload must be deterministic CBOR; signers sign in the order given, at most [`SIGNATURES_CAP`] of them. What
/// [`Unverified::parse`] would refuse is not sealed.
pub fn seal(claims: &Claims, payload: Vec<u8>, signers: &[&dyn Signer]) -> Result<Vec<u8>, SealError> {
    canonical::check(&payload)?;
    if claims.subject.is_empty() || claims.subject.len() > SUBJECT_CAP {
        return Err(SealError::Malformed("subject"));
    }
    if EntryType::from_content_type(&claims.entry_type.content_type()).is_none() {
        return Err(SealError::Malformed("content type"));
    }
    if signers.len() > SIGNATURES_CAP {
        return Err(SealError::Malformed("signatures"));
    }
    let bytes = match signers {
        [] => return Err(SealError::TooFewSignatures),
        [one] => seal_one(claims, payload, *one)?,
        several => seal_several(claims, payload, several)?,
    };
    if bytes.len() > ENTRY_BYTES_CAP { Err(SealError::TooLarge) } else { Ok(bytes) }
}

/// The SHA-256 of the whole entry: its name in the ledger.
pub fn entry_hash(bytes: &[u8]) -> EntryHash {
    EntryHash(Sha256::digest(bytes).into())
}

fn body_header(claims: &Claims) -> HeaderBuilder {
    let cwt = Value::Map(vec![
        (Value::from(1), Value::from(claims.issuer.as_str())),
        (Value::from(2), Value::from(claims.subject.as_str())),
        (Value::from(6), Value::from(claims.issued_at)),
    ]);
    HeaderBuilder::new()
        .content_type(claims.entry_type.content_type())
        .value(LABEL_CWT_CLAIMS, cwt)
        .value(LABEL_TYP, Value::from(ENTRY_TYP))
}

fn key_header(builder: HeaderBuilder, key: &PublicKey) -> HeaderBuilder {
    builder.algorithm(cose_algorithm(key.algorithm())).key_id(key.id().0.to_vec())
}

pub(crate) fn cose_algorithm(algorithm: Algorithm) -> iana::Algorithm {
    match algorithm {
        Algorithm::Ed25519 => iana::Algorithm::EdDSA,
        Algorithm::EcdsaP256 => iana::Algorithm::ES256,
    }
}

fn seal_one(claims: &Claims, payload: Vec<u8>, signer: &dyn Signer) -> Result<Vec<u8>, SealError> {
    let header = key_header(body_header(claims), &signer.public_key()).build();
    CoseSign1Builder::new()
        .protected(header)
        .payload(payload)
        .try_create_signature(&[], |message| signer.sign(message))
        .map_err(|_: KeyError| SealError::SignerUnusable)?
        .build()
        .to_tagged_vec()
        .map_err(|_| SealError::Malformed("header"))
}

fn seal_several(claims: &Claims, payload: Vec<u8>, signers: &[&dyn Signer]) -> Result<Vec<u8>, SealError> {
    let mut builder = CoseSignBuilder::new().protected(body_header(claims).build()).payload(payload);
    for signer in signers {
        let header = key_header(HeaderBuilder::new(), &signer.public_key()).build();
        let signature = CoseSignatureBuilder::new().protected(header).build();
        builder = builder
            .try_add_created_signature(signature, &[], |message| signer.sign(message))
            .map_err(|_: KeyError| SealError::SignerUnusable)?;
    }
    builder.build().to_tagged_vec().map_err(|_| SealError::Malformed("header"))
}

/// Is an entry whose shape holds and whose signatures nobody has checked yet.
#[derive(Clone, Debug)]
pub struct Unverified {
    bytes: Vec<u8>,
    hash: EntryHash,
    claims: Claims,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug)]
struct Signature {
    key: KeyId,
    /// What the header says; the registered key must be of it.
    algorithm: Algorithm,
    signature: Vec<u8>,
    /// The bytes that were signed (`Sig_structure`, RFC 9052 4.4).
    message: Vec<u8>,
}

impl Unverified {
    /// Reads an entry and checks its shape: size, determinism, headers, content type.
    pub fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() > ENTRY_BYTES_CAP {
            return Err(SealError::TooLarge);
        }
        let (header, payload, signatures) = match canonical::check_tagged(bytes, &[TAG_SIGN1, TAG_SIGN])? {
            Some(TAG_SIGN1) => parse_sign1(bytes)?,
            Some(_) => parse_sign(bytes)?,
            None => return Err(SealError::Malformed("tag")),
        };
        canonical::check(&payload)?;
        let claims = read_claims(&header)?;
        Ok(Self { bytes: bytes.to_vec(), hash: entry_hash(bytes), claims, payload, signatures })
    }

    /// What the protected header says; not yet believed.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
    /// The payload; not yet believed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
    /// The keys that are said to have signed.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.signatures.iter().map(|signature| signature.key)
    }
    /// The SHA-256 of the whole entry.
    pub fn hash(&self) -> EntryHash {
        self.hash
    }

    /// Verifies an entry of one organisation against the registered keys: they must be the issuer's and valid then.
    ///
    /// An organisation signs once, or once with each of several algorithms; whatever is there must hold, and every algorithm
    /// must be there that it had to sign with at that time.
    ///
    /// For an entry that has no place yet; one that is kept is verified with [`Unverified::verify_at`].
    pub fn verify(self, keys: &impl KeyLookup) -> Result<Verified, SealError> {
        self.verify_placed(keys, None)
    }

    /// Verifies an entry of one organisation at its place: what a compromised key signed counts up to the places that the
    /// registry names, whatever time the entry gives itself.
    pub fn verify_at(self, keys: &impl KeyLookup, place: &Position) -> Result<Verified, SealError> {
        self.verify_placed(keys, Some(place))
    }

    fn verify_placed(self, keys: &impl KeyLookup, place: Option<&Position>) -> Result<Verified, SealError> {
        let issuer = self.claims.issuer;
        let mut signed = Signed::default();
        for signature in &self.signatures {
            signed.check(&self.claims, signature, keys, place, &[issuer])?;
        }
        signed.require_algorithms(&self.claims, keys)?;
        Ok(Verified { signers: signed.organisations(), entry: self })
    }

    /// Verifies an entry of one organisation that `needed` different keys of it must have signed, at its place.
    ///
    /// Every signature present must hold, and none is of a key twice.
    pub fn verify_keys(
        self,
        keys: &impl KeyLookup,
        place: Option<&Position>,
        needed: usize,
    ) -> Result<Verified, SealError> {
        let issuer = self.claims.issuer;
        let (mut signed, mut by_key) = (Signed::default(), Vec::new());
        for signature in &self.signatures {
            Signed::check_key(&self.claims, signature, keys, place, &[issuer])?;
            if by_key.contains(&signature.key) {
                return Err(SealError::TooFewSignatures);
            }
            by_key.push(signature.key);
            signed.note_algorithm(issuer, signature.algorithm);
        }
        signed.require_algorithms(&self.claims, keys)?;
        if needed == 0 || by_key.len() < needed {
            return Err(SealError::TooFewSignatures);
        }
        Ok(Verified { signers: vec![issuer], entry: self })
    }

    /// Verifies an entry that `threshold` different organisations out of `entitled` must have signed.
    ///
    /// Every signature present must hold: one bad signature spoils the entry, whatever the others are.
    pub fn verify_threshold(
        self,
        keys: &impl KeyLookup,
        entitled: &[OrganisationCode],
        threshold: usize,
    ) -> Result<Verified, SealError> {
        let mut signed = Signed::default();
        for signature in &self.signatures {
            signed.check(&self.claims, signature, keys, None, entitled)?;
        }
        signed.require_algorithms(&self.claims, keys)?;
        let signers = signed.organisations();
        if threshold == 0 || signers.len() < threshold {
            return Err(SealError::TooFewSignatures);
        }
        Ok(Verified { signers, entry: self })
    }
}

/// Is who has signed, in the order of the first signature of each, and with which algorithms.
#[derive(Default)]
struct Signed(Vec<(OrganisationCode, Vec<Algorithm>)>);

impl Signed {
    fn check(
        &mut self,
        claims: &Claims,
        signature: &Signature,
        keys: &impl KeyLookup,
        place: Option<&Position>,
        entitled: &[OrganisationCode],
    ) -> Result<(), SealError> {
        let organisation = Self::check_key(claims, signature, keys, place, entitled)?;
        if self.note_algorithm(organisation, signature.algorithm) {
            Ok(())
        } else {
            Err(SealError::TooFewSignatures)
        }
    }

    /// Checks one signature by itself; answers whose it is.
    fn check_key(
        claims: &Claims,
        signature: &Signature,
        keys: &impl KeyLookup,
        place: Option<&Position>,
        entitled: &[OrganisationCode],
    ) -> Result<OrganisationCode, SealError> {
        let registered = keys.key(&signature.key).ok_or(SealError::UnknownKey)?;
        let organisation = registered.organisation;
        if !entitled.contains(&organisation) || registered.usage != KeyUsage::Entries {
            return Err(SealError::UnknownKey);
        }
        if !registered.valid_at(claims.issued_at) {
            return Err(SealError::KeyNotValid);
        }
        if keys.compromise(&signature.key).is_some_and(|compromise| !compromise.reaches(place)) {
            return Err(SealError::AfterCompromise);
        }
        verify_signature(&registered.key, signature)?;
        Ok(organisation)
    }

    /// Notes that an organisation signed with an algorithm; `false` where it had already.
    fn note_algorithm(&mut self, organisation: OrganisationCode, algorithm: Algorithm) -> bool {
        match self.0.iter_mut().find(|(code, _)| *code == organisation) {
            None => self.0.push((organisation, vec![algorithm])),
            Some((_, algorithms)) if algorithms.contains(&algorithm) => return false,
            Some((_, algorithms)) => algorithms.push(algorithm),
        }
        true
    }

    fn require_algorithms(&self, claims: &Claims, keys: &impl KeyLookup) -> Result<(), SealError> {
        let has_all = |(organisation, algorithms): &(OrganisationCode, Vec<Algorithm>)| {
            let mut required = keys.must_sign_with(*organisation, claims.issued_at).iter();
            required.all(|algorithm| algorithms.contains(algorithm))
        };
        if self.0.iter().all(has_all) { Ok(()) } else { Err(SealError::MissingAlgorithm) }
    }

    fn organisations(&self) -> Vec<OrganisationCode> {
        self.0.iter().map(|(organisation, _)| *organisation).collect()
    }
}

/// Is an entry whose signatures hold; only the verifying methods of [`Unverified`] make one.
///
/// ```compile_fail
/// use barid_domain::entries::{Unverified, Verified};
/// fn forge(entry: Unverified) -> Verified {
///     Verified { signers: vec![], entry }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Verified {
    signers: Vec<OrganisationCode>,
    entry: Unverified,
}

impl Verified {
    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.entry.bytes
    }
    /// The SHA-256 of the bytes.
    pub fn hash(&self) -> EntryHash {
        self.entry.hash
    }
    /// What the protected header says.
    pub fn claims(&self) -> &Claims {
        &self.entry.claims
    }
    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.entry.payload
    }
    /// Whose signatures hold.
    pub fn signers(&self) -> &[OrganisationCode] {
        &self.signers
    }
    /// Takes the bytes out.
    pub fn into_bytes(self) -> Vec<u8> {
        self.entry.bytes
    }
}

/// Finds registered keys.
pub trait KeyLookup {
    /// The key of this thumbprint, if it ever was registered.
    fn key(&self, id: &KeyId) -> Option<RegisteredKey>;

    /// What was stated about a key that is in other hands; `None` for all other keys.
    fn compromise(&self, _id: &KeyId) -> Option<&Compromise> {
        None
    }

    /// The algorithms with each of which an organisation had to sign at this time (seconds since 1970-01-01T00:00:00Z);
    /// none: one signature with any of them is enough.
    fn must_sign_with(&self, _organisation: OrganisationCode, _seconds: i64) -> &[Algorithm] {
        &[]
    }
}

/// Is a key with the organisation it belongs to and the time it may sign in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisteredKey {
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// The key.
    pub key: PublicKey,
    /// From when it may sign, in seconds since 1970-01-01T00:00:00Z.
    pub not_before: i64,
    /// From when it may sign no more.
    pub not_after: Option<i64>,
    /// What it signs.
    pub usage: KeyUsage,
}

impl RegisteredKey {
    /// Tells whether the key may have signed at this time (seconds since 1970-01-01T00:00:00Z).
    pub fn valid_at(&self, seconds: i64) -> bool {
        seconds >= self.not_before && self.not_after.is_none_or(|end| seconds < end)
    }
}

fn verify_signature(key: &PublicKey, signature: &Signature) -> Result<(), SealError> {
    if key.algorithm() != signature.algorithm {
        return Err(SealError::BadSignature);
    }
    key.verify(&signature.message, &signature.signature).map_err(|_| SealError::BadSignature)
}

type Parts = (Header, Vec<u8>, Vec<Signature>);

fn parse_sign1(bytes: &[u8]) -> Result<Parts, SealError> {
    let cose = CoseSign1::from_tagged_slice(bytes).map_err(|_| SealError::Malformed("COSE_Sign1"))?;
    require_empty(&cose.unprotected)?;
    let header = protected(&cose.protected)?;
    let payload = cose.payload.clone().ok_or(SealError::Malformed("payload"))?;
    let (algorithm, key) = read_key(&header)?;
    let signature =
        Signature { key, algorithm, message: cose.tbs_data(&[]), signature: cose.signature.clone() };
    Ok((header, payload, vec![signature]))
}

fn parse_sign(bytes: &[u8]) -> Result<Parts, SealError> {
    let cose = CoseSign::from_tagged_slice(bytes).map_err(|_| SealError::Malformed("COSE_Sign"))?;
    require_empty(&cose.unprotected)?;
    let header = protected(&cose.protected)?;
    if header.alg.is_some() || !header.key_id.is_empty() {
        return Err(SealError::Malformed("header"));
    }
    if cose.signatures.len() < 2 || cose.signatures.len() > SIGNATURES_CAP {
        return Err(SealError::Malformed("signatures"));
    }
    let payload = cose.payload.clone().ok_or(SealError::Malformed("payload"))?;
    let signatures = cose
        .signatures
        .iter()
        .map(|one| read_signature(&cose, one))
        .collect::<Result<Vec<_>, SealError>>()?;
    Ok((header, payload, signatures))
}

fn read_signature(cose: &CoseSign, one: &CoseSignature) -> Result<Signature, SealError> {
    require_empty(&one.unprotected)?;
    let header = protected(&one.protected)?;
    let bare = Header { alg: header.alg.clone(), key_id: header.key_id.clone(), ..Header::default() };
    if header != bare {
        return Err(SealError::Malformed("signature header"));
    }
    let (algorithm, key) = read_key(&header)?;
    Ok(Signature { key, algorithm, message: cose.tbs_data(&[], one), signature: one.signature.clone() })
}

/// Hands out a protected header after checking that its own bytes are deterministic too.
fn protected(header: &ProtectedHeader) -> Result<Header, SealError> {
    let bytes = header.original_data.as_deref().ok_or(SealError::Malformed("protected header"))?;
    canonical::check(bytes)?;
    Ok(header.header.clone())
}

fn require_empty(header: &Header) -> Result<(), SealError> {
    if header.is_empty() { Ok(()) } else { Err(SealError::Malformed("unprotected header")) }
}

fn read_key(header: &Header) -> Result<(Algorithm, KeyId), SealError> {
    let stated = |algorithm: &&Algorithm| {
        header.alg == Some(RegisteredLabelWithPrivate::Assigned(cose_algorithm(**algorithm)))
    };
    let algorithm = *Algorithm::ALL.iter().find(stated).ok_or(SealError::Malformed("algorithm"))?;
    let bytes: [u8; 32] = header.key_id.as_slice().try_into().map_err(|_| SealError::Malformed("key id"))?;
    Ok((algorithm, KeyId(bytes)))
}

fn read_claims(header: &Header) -> Result<Claims, SealError> {
    // A header field that this version doesn't know could change the meaning: no entry carries one.
    let known = header.crit.is_empty()
        && header.iv.is_empty()
        && header.partial_iv.is_empty()
        && header.counter_signatures.is_empty()
        && header.rest.len() == 2;
    if !known {
        return Err(SealError::Malformed("header"));
    }
    let field =
        |label: i64| header.rest.iter().find(|(l, _)| *l == Label::Int(label)).map(|(_, value)| value);
    if field(LABEL_TYP).and_then(Value::as_text) != Some(ENTRY_TYP) {
        return Err(SealError::Malformed("typ"));
    }
    let Some(coset::ContentType::Text(content_type)) = &header.content_type else {
        return Err(SealError::Malformed("content type"));
    };
    let entry_type =
        EntryType::from_content_type(content_type).ok_or(SealError::Malformed("content type"))?;
    let claims = field(LABEL_CWT_CLAIMS).and_then(Value::as_map).ok_or(SealError::Malformed("claims"))?;
    let [(iss, issuer), (sub, subject), (iat, issued_at)] = claims.as_slice() else {
        return Err(SealError::Malformed("claims"));
    };
    if [iss, sub, iat] != [&Value::from(1), &Value::from(2), &Value::from(6)] {
        return Err(SealError::Malformed("claims"));
    }
    let issuer = issuer.as_text().and_then(|text| OrganisationCode::new(text).ok());
    let subject = subject.as_text().filter(|text| !text.is_empty() && text.len() <= SUBJECT_CAP);
    let issued_at = issued_at.as_integer().and_then(|seconds| i64::try_from(seconds).ok());
    Ok(Claims {
        entry_type,
        issuer: issuer.ok_or(SealError::Malformed("issuer"))?,
        subject: subject.ok_or(SealError::Malformed("subject"))?.to_owned(),
        issued_at: issued_at.ok_or(SealError::Malformed("issued at"))?,
    })
}
