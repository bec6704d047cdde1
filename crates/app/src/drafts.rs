//! Drafts: statements for the registry that wait for signatures, some of which are made on other machines.
//!
//! A draft holds payloads, headers and the keys that are to sign: no secret. Who signs sees what the payload says
//! ([`Draft::contents`]) and signs the bytes that are made of that very payload, not bytes that the draft names.

use std::collections::BTreeMap;
use std::sync::Mutex;

use barid_domain::contents::{EntryType, encode};
use barid_domain::entries::{Claims, SIGNATURES_CAP, seal};
use barid_domain::ids::{OrganisationCode, decode_hex};
use barid_domain::keys::{KeyError, PublicKey, Signer};
use barid_domain::registry::{Genesis, KeyStatement, KeyUsage, OrganisationStatement};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::AppError;
use crate::proofs::hex;
use crate::signing::HostedKeys;

/// The largest file of a draft or of signatures, in bytes.
pub const DRAFT_BYTES_CAP: usize = 1 << 20;
/// The most statements of a draft.
const STATEMENTS_CAP: usize = 512;
const DRAFT_FORMAT: &str = "barid-draft.v1";
const SIGNATURES_FORMAT: &str = "barid-draft-signatures.v1";

/// Is statements that wait for signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DraftFile", into = "DraftFile")]
pub struct Draft {
    statements: Vec<DraftStatement>,
}

/// Is one statement of a draft, and who is to sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DraftStatement {
    pub(crate) claims: Claims,
    pub(crate) payload: Vec<u8>,
    pub(crate) signers: Vec<PublicKey>,
}

/// Is what a statement of a draft says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftContent {
    /// An association is founded.
    Genesis(Genesis),
    /// An organisation joins.
    Organisation(OrganisationStatement),
    /// A key is registered.
    Key(KeyStatement),
}

/// Is the signatures of one key on a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftSignatures {
    format: String,
    /// The SHA-256 of the draft that was signed.
    draft: String,
    /// The public key.
    key: String,
    /// One signature for each statement that the key is to sign, in their order.
    signatures: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftFile {
    format: String,
    statements: Vec<StatementFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementFile {
    content_type: String,
    issuer: String,
    subject: String,
    issued_at: i64,
    payload: String,
    signers: Vec<String>,
}

impl Draft {
    pub(crate) fn new(statements: Vec<DraftStatement>) -> Self {
        Self { statements }
    }

    /// What the draft says, read from the payloads that are signed.
    pub fn contents(&self) -> Result<Vec<DraftContent>, AppError> {
        self.statements.iter().map(DraftStatement::content).collect()
    }

    /// The SHA-256 of everything in the draft, by which those who sign can tell that they signed the same one.
    pub fn hash(&self) -> String {
        // A draft is strings and numbers: writing it can't fail.
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// Signs every statement that asks for this key; `None` where none does.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Option<DraftSignatures>, AppError> {
        let key = signer.public_key();
        let mut signatures = Vec::new();
        for statement in &self.statements {
            let messages = statement.messages()?;
            if let Some((_, message)) = messages.iter().find(|(asked, _)| *asked == key) {
                signatures.push(hex(&signer.sign(message).map_err(|_| AppError::NoKey)?));
            }
        }
        let (format, draft) = (SIGNATURES_FORMAT.to_owned(), self.hash());
        let signed = DraftSignatures { format, draft, key: shown(&key), signatures };
        Ok((!signed.signatures.is_empty()).then_some(signed))
    }

    /// The organisations that the draft states or founds.
    pub(crate) fn organisations(&self) -> Result<Vec<OrganisationCode>, AppError> {
        let codes = self.contents()?.into_iter().flat_map(|content| match content {
            DraftContent::Genesis(genesis) => {
                genesis.founders.into_iter().map(|founder| founder.profile.code).collect()
            }
            DraftContent::Organisation(statement) => vec![statement.code],
            DraftContent::Key(statement) => vec![statement.organisation],
        });
        Ok(codes.collect())
    }

    /// Whose checkpoint key the draft registers.
    pub(crate) fn host(&self) -> Result<Option<OrganisationCode>, AppError> {
        Ok(self.contents()?.into_iter().find_map(|content| match content {
            DraftContent::Key(statement) if statement.usage == KeyUsage::Checkpoints => {
                Some(statement.organisation)
            }
            DraftContent::Key(_) | DraftContent::Genesis(_) | DraftContent::Organisation(_) => None,
        }))
    }

    /// Refuses a draft whose hosted keys are not in this data directory: it was made in another one.
    pub(crate) fn require_hosted(&self, host: OrganisationCode, keys: &HostedKeys) -> Result<(), AppError> {
        let contents = self.contents()?;
        let hosted: Vec<OrganisationCode> = contents
            .iter()
            .filter_map(|content| match content {
                DraftContent::Organisation(statement) => Some(&statement.profile),
                DraftContent::Genesis(_) | DraftContent::Key(_) => None,
            })
            .filter(|profile| profile.code == host || profile.hosted_by.is_some())
            .map(|profile| profile.code)
            .collect();
        let is_here = |content: &DraftContent| match content {
            DraftContent::Genesis(genesis) => genesis
                .founders
                .iter()
                .all(|founder| founder.profile.hosted_by.is_none() || keys.holds(&founder.key)),
            DraftContent::Key(statement) => {
                !hosted.contains(&statement.organisation) || keys.holds(&statement.key)
            }
            DraftContent::Organisation(_) => true,
        };
        if contents.iter().all(is_here) {
            Ok(())
        } else {
            Err(AppError::Draft("it was made in another data directory"))
        }
    }
}

impl DraftStatement {
    fn content(&self) -> Result<DraftContent, AppError> {
        let content = match &self.claims.entry_type {
            EntryType::Genesis => read(&self.payload).map(DraftContent::Genesis),
            EntryType::Organisation => read(&self.payload).map(DraftContent::Organisation),
            EntryType::Key => read(&self.payload).map(DraftContent::Key),
            EntryType::Person
            | EntryType::TravelDocument
            | EntryType::Withdrawal
            | EntryType::Batch
            | EntryType::ItemWithdrawal
            | EntryType::Unknown(_) => None,
        };
        content.ok_or(AppError::Draft("a statement that is none for the registry"))
    }

    /// The bytes that each signer is to sign, as the sealing itself makes them.
    fn messages(&self) -> Result<Vec<(PublicKey, Vec<u8>)>, AppError> {
        self.content()?;
        let absent: Vec<AbsentSigner> = self.signers.iter().map(|key| AbsentSigner::new(*key)).collect();
        let signers: Vec<&dyn Signer> = absent.iter().map(|signer| signer as &dyn Signer).collect();
        seal(&self.claims, self.payload.clone(), &signers)?;
        Ok(absent.into_iter().map(AbsentSigner::into_message).collect())
    }

    fn seal(&self, keys: &HostedKeys, given: &mut GivenSignatures) -> Result<Vec<u8>, AppError> {
        let mut signers: Vec<Box<dyn Signer>> = Vec::new();
        for (key, message) in self.messages()? {
            if let Some(signer) = keys.signer(&key) {
                signers.push(Box::new(signer));
                continue;
            }
            let signature = given.next(&key).ok_or(AppError::Draft("a signature is missing"))?;
            key.verify(&message, &signature).map_err(|_| AppError::Draft("a signature does not hold"))?;
            signers.push(Box::new(GivenSigner { key, signature }));
        }
        let signers: Vec<&dyn Signer> = signers.iter().map(AsRef::as_ref).collect();
        Ok(seal(&self.claims, self.payload.clone(), &signers)?)
    }
}

/// Reads a payload that is written exactly as this version would write it: what is shown is what is signed.
fn read<T>(payload: &[u8]) -> Option<T>
where
    T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>,
{
    let value: T = minicbor::decode(payload).ok()?;
    (encode(&value) == payload).then_some(value)
}

/// Seals every statement with the keys that are here and the signatures that were made elsewhere.
pub(crate) fn seal_all(
    draft: &Draft,
    keys: &HostedKeys,
    signed: &[DraftSignatures],
) -> Result<Vec<Vec<u8>>, AppError> {
    let mut given = GivenSignatures::read(draft, signed)?;
    draft.statements.iter().map(|statement| statement.seal(keys, &mut given)).collect()
}

/// Is the signatures that were handed in, by key, in the order of the statements.
struct GivenSignatures(BTreeMap<String, std::vec::IntoIter<String>>);

impl GivenSignatures {
    fn read(draft: &Draft, signed: &[DraftSignatures]) -> Result<Self, AppError> {
        let hash = draft.hash();
        if signed.iter().any(|one| one.format != SIGNATURES_FORMAT) {
            return Err(AppError::Draft("a file of signatures is none"));
        }
        if signed.iter().any(|one| one.draft != hash) {
            return Err(AppError::Draft("signatures of another draft"));
        }
        Ok(Self(signed.iter().map(|one| (one.key.clone(), one.signatures.clone().into_iter())).collect()))
    }

    fn next(&mut self, key: &PublicKey) -> Option<Vec<u8>> {
        read_hex(&self.0.get_mut(&shown(key))?.next()?)
    }
}

/// Stands for a signer who is elsewhere: keeps what is to be signed.
struct AbsentSigner {
    key: PublicKey,
    message: Mutex<Vec<u8>>,
}

impl AbsentSigner {
    fn new(key: PublicKey) -> Self {
        Self { key, message: Mutex::default() }
    }
    fn into_message(self) -> (PublicKey, Vec<u8>) {
        (self.key, self.message.into_inner().unwrap_or_default())
    }
}

impl Signer for AbsentSigner {
    fn public_key(&self) -> PublicKey {
        self.key
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        *self.message.lock().map_err(|_| KeyError::Unusable)? = message.to_vec();
        Ok(vec![0; 64])
    }
}

/// Is a signature that was made elsewhere and holds.
struct GivenSigner {
    key: PublicKey,
    signature: Vec<u8>,
}

impl Signer for GivenSigner {
    fn public_key(&self) -> PublicKey {
        self.key
    }
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.signature.clone())
    }
}

/// Shows a public key as its 32 bytes in hexadecimal.
pub fn shown(key: &PublicKey) -> String {
    match key {
        PublicKey::Ed25519(bytes) => hex(bytes),
    }
}

/// Reads a public key from the 32 bytes in hexadecimal that [`shown`] writes.
pub fn read_public_key(text: &str) -> Option<PublicKey> {
    let mut bytes = [0u8; 32];
    decode_hex(text, &mut bytes)?;
    PublicKey::ed25519(bytes).ok()
}

fn read_hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0u8; text.len() / 2];
    decode_hex(text, &mut bytes)?;
    Some(bytes)
}

impl From<Draft> for DraftFile {
    fn from(draft: Draft) -> Self {
        let statements = draft.statements.iter().map(|statement| StatementFile {
            content_type: statement.claims.entry_type.content_type(),
            issuer: statement.claims.issuer.to_string(),
            subject: statement.claims.subject.clone(),
            issued_at: statement.claims.issued_at,
            payload: hex(&statement.payload),
            signers: statement.signers.iter().map(shown).collect(),
        });
        Self { format: DRAFT_FORMAT.to_owned(), statements: statements.collect() }
    }
}

impl TryFrom<DraftFile> for Draft {
    type Error = &'static str;

    fn try_from(file: DraftFile) -> Result<Self, &'static str> {
        if file.format != DRAFT_FORMAT {
            return Err("not a draft of a known format");
        }
        if !(1..=STATEMENTS_CAP).contains(&file.statements.len()) {
            return Err("too many statements, or none");
        }
        let statements = file.statements.iter().map(StatementFile::read).collect::<Option<Vec<_>>>();
        Ok(Self { statements: statements.ok_or("a statement is malformed")? })
    }
}

impl StatementFile {
    fn read(&self) -> Option<DraftStatement> {
        if self.signers.len() > SIGNATURES_CAP {
            return None;
        }
        let claims = Claims {
            entry_type: EntryType::from_content_type(&self.content_type)?,
            issuer: OrganisationCode::new(&self.issuer).ok()?,
            subject: self.subject.clone(),
            issued_at: self.issued_at,
        };
        let signers = self.signers.iter().map(|key| read_public_key(key)).collect::<Option<Vec<_>>>()?;
        Some(DraftStatement { claims, payload: read_hex(&self.payload)?, signers })
    }
}

#[cfg(test)]
mod tests {
    use barid_domain::keys::Ed25519Signer;
    use barid_domain::registry::KeyAct;

    use super::*;

    fn statement(signers: &[&Ed25519Signer], payload: Option<Vec<u8>>) -> DraftStatement {
        let organisation = OrganisationCode::new("XA").unwrap();
        let key = Ed25519Signer::from_secret(&[9; 32]).public_key();
        let usage = KeyUsage::Entries;
        let statement = KeyStatement { salt: [1; 32], organisation, key, act: KeyAct::Add, from: 7, usage };
        let (entry_type, subject) = (EntryType::Key, format!("key:{}", key.id()));
        DraftStatement {
            claims: Claims { entry_type, issuer: organisation, subject, issued_at: 7 },
            payload: payload.unwrap_or_else(|| encode(&statement)),
            signers: signers.iter().map(|signer| signer.public_key()).collect(),
        }
    }

    #[test]
    fn an_altered_draft_is_refused_or_another_draft() {
        let signers = [1, 2].map(|number| Ed25519Signer::from_secret(&[number; 32]));
        let draft = Draft::new(vec![statement(&[&signers[0], &signers[1]], None)]);
        let text = serde_json::to_vec(&draft).unwrap();
        assert_eq!(serde_json::from_slice::<Draft>(&text).unwrap(), draft);
        for at in 0..text.len() {
            for altered in [0, b'0', b'"', b'}', text[at] ^ 1] {
                let mut bytes = text.clone();
                bytes[at] = altered;
                if let Ok(read) = serde_json::from_slice::<Draft>(&bytes) {
                    // Upper-case digits of a hash say the same; nothing else does.
                    assert!(read == draft || read.hash() != draft.hash(), "byte {at} as {altered}");
                }
            }
            assert!(serde_json::from_slice::<Draft>(&text[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn what_is_shown_is_what_is_signed() {
        let signer = Ed25519Signer::from_secret(&[1; 32]);
        let whole = statement(&[&signer], None);
        let signed = Draft::new(vec![whole.clone()]).sign(&signer).unwrap().unwrap();
        assert_eq!(signed.signatures.len(), 1);
        // A field that this version does not know would be signed and not shown.
        let mut longer = whole.payload.clone();
        longer[0] += 1;
        longer.extend([0x18, 0x63, 0x00]);
        for payload in [longer, [&whole.payload[..], &[0]].concat(), vec![0xa0], Vec::new()] {
            let draft = Draft::new(vec![statement(&[&signer], Some(payload))]);
            assert_eq!(draft.contents().unwrap_err().code(), "draft-incomplete");
            assert_eq!(draft.sign(&signer).unwrap_err().code(), "draft-incomplete");
        }
        let mut of_another_type = whole;
        of_another_type.claims.entry_type = EntryType::Person;
        assert!(Draft::new(vec![of_another_type]).sign(&signer).is_err());
    }

    #[test]
    fn signatures_count_for_their_draft_and_their_key() {
        let (one, other) = (Ed25519Signer::from_secret(&[1; 32]), Ed25519Signer::from_secret(&[2; 32]));
        let draft = Draft::new(vec![statement(&[&one, &other], None)]);
        let keys = HostedKeys::default();
        let signed = [&one, &other].map(|signer| draft.sign(signer).unwrap().unwrap());
        assert_eq!(seal_all(&draft, &keys, &signed).unwrap().len(), 1);
        assert!(seal_all(&draft, &keys, &signed[..1]).is_err(), "one is missing");
        let stranger = Ed25519Signer::from_secret(&[3; 32]);
        assert_eq!(draft.sign(&stranger).unwrap(), None);
        let mut lent = signed.clone();
        lent[1].signatures = signed[0].signatures.clone();
        assert!(seal_all(&draft, &keys, &lent).is_err(), "of another key");
    }
}
