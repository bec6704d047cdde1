//! Drafts: statements for the registry, and orders of the commission, that wait for signatures, some of which are made on
//! other machines.
//!
//! A draft holds payloads, headers and the keys that are to sign: no secret. Who signs sees what the payload says
//! ([`Draft::contents`]) and signs the bytes that are made of that very payload, not bytes that the draft names. The node
//! completes only drafts that it wrote and that say what is asked of it now: salts and times are the draft's, nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use barid_domain::contents::{Content, EntryType, encode};
use barid_domain::entries::{Claims, SIGNATURES_CAP, SealError, seal};
use barid_domain::faults::Faults;
use barid_domain::ids::{OrganisationCode, decode_hex};
use barid_domain::keys::{KeyError, PublicKey, SIGNATURE_BYTES, Signer};
use barid_domain::orders::Order;
use barid_domain::registry::{Genesis, KeyStatement, OrganisationStatement, are_sound_names};
use barid_store::Store;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::AppError;
use crate::key_ring::HostedKeys;
use crate::proofs::hex;

/// The largest file of a draft or of signatures, in bytes.
pub const DRAFT_BYTES_CAP: usize = 1 << 20;
/// The most statements of a draft.
const STATEMENTS_CAP: usize = 512;
const DRAFT_FORMAT: &str = "barid-draft.v1";
const SIGNATURES_FORMAT: &str = "barid-draft-signatures.v1";
/// The longest public key in hexadecimal, in characters.
const PUBLIC_KEY_HEX_CAP: usize = 130;
/// What stands before the draft's hash and the key where a key signs for a draft as a whole.
const BINDING_DOMAIN: &[u8] = b"barid/draft-signatures/v1\0";
/// Names the secret that holds the hashes of the drafts that this node wrote.
const KNOWN_DRAFTS: &str = "drafts";
/// The most hashes that are remembered; the oldest is forgotten.
const KNOWN_CAP: usize = 1_000;

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
    /// Something is ordered about a record.
    Order(Order),
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
    /// The key's signature for this draft as a whole: without it the others complete nothing.
    binding: String,
    /// One signature for each statement that the key is to sign, in their order.
    signatures: Vec<String>,
}

/// Is a statement of a draft as it is shown to who signs it: every field that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who states it.
    pub issuer: OrganisationCode,
    /// What it is about.
    pub subject: String,
    /// When it is stated, in seconds since 1970-01-01T00:00:00Z.
    pub issued_at: i64,
    /// What it says.
    pub content: DraftContent,
    /// Who is to sign it.
    pub signers: Vec<PublicKey>,
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
    pub fn contents(&self) -> Result<Vec<Shown>, AppError> {
        let shown = |statement: &DraftStatement| {
            Ok(Shown {
                issuer: statement.claims.issuer,
                content: statement.content()?,
                subject: statement.claims.subject.clone(),
                issued_at: statement.claims.issued_at,
                signers: statement.signers.clone(),
            })
        };
        self.statements.iter().map(shown).collect()
    }

    /// Tells whether it is an order of the commission.
    pub fn is_order(&self) -> bool {
        self.statements.iter().any(|statement| statement.claims.entry_type == EntryType::Order)
    }

    /// The SHA-256 of everything in the draft, by which those who sign can tell that they signed the same one.
    pub fn hash(&self) -> String {
        hex(&self.digest())
    }

    /// Tells whether a statement asks for this key.
    pub fn asks(&self, key: &PublicKey) -> bool {
        self.statements.iter().any(|statement| statement.signers.contains(key))
    }

    /// Signs every statement that asks for this key; `None` where none does.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Option<DraftSignatures>, AppError> {
        let key = signer.public_key();
        let mut signatures = Vec::new();
        for statement in &self.statements {
            let messages = statement.messages()?;
            if let Some((_, message)) = messages.iter().find(|(asked, _)| *asked == key) {
                signatures.push(hex(&signer.sign(message).map_err(unusable)?));
            }
        }
        let (format, draft) = (SIGNATURES_FORMAT.to_owned(), self.hash());
        let binding = hex(&signer.sign(&binding_message(&draft, &key)).map_err(unusable)?);
        let signed = DraftSignatures { format, draft, key: shown(&key), binding, signatures };
        Ok((!signed.signatures.is_empty()).then_some(signed))
    }

    /// Refuses a draft that says anything else than the one that this node would write now; salts and times may differ.
    pub(crate) fn require_same(&self, wanted: &Self) -> Result<(), AppError> {
        if self.statements.len() != wanted.statements.len() {
            return Err(AppError::Draft("it says something else than is asked: the number of statements"));
        }
        let mut pairs = self.statements.iter().zip(&wanted.statements);
        pairs.try_for_each(|(stated, wanted)| stated.require_same(wanted))
    }

    /// Remembers that this node wrote the draft.
    pub(crate) fn remember(&self, store: &Store) -> Result<(), AppError> {
        let hash = self.digest();
        let mut known = known_drafts(store)?;
        known.retain(|one| *one != hash);
        known.push(hash);
        let late = known.len().saturating_sub(KNOWN_CAP);
        store.put_secret(KNOWN_DRAFTS, &known[late..].concat()).map_err(AppError::Store)
    }

    /// Refuses a draft that this node did not write.
    pub(crate) fn require_known(&self, store: &Store) -> Result<(), AppError> {
        if known_drafts(store)?.contains(&self.digest()) {
            Ok(())
        } else {
            Err(AppError::Draft("this node did not write it, or it was altered since"))
        }
    }

    fn digest(&self) -> [u8; 32] {
        // A draft is strings and numbers: writing it can't fail.
        Sha256::digest(serde_json::to_vec(self).unwrap_or_default()).into()
    }
}

fn known_drafts(store: &Store) -> Result<Vec<[u8; 32]>, AppError> {
    let known = store.get_secret(KNOWN_DRAFTS).map_err(AppError::Store)?;
    Ok(known.map(|bytes| bytes.as_chunks::<32>().0.to_vec()).unwrap_or_default())
}

fn binding_message(draft: &str, key: &PublicKey) -> Vec<u8> {
    [BINDING_DOMAIN, draft.as_bytes(), b"\0", shown(key).as_bytes()].concat()
}

impl DraftContent {
    /// The content with salt and times as if they were nothing.
    fn without_chance(mut self) -> Self {
        match &mut self {
            Self::Genesis(genesis) => genesis.salt = [0; 32],
            Self::Organisation(statement) => statement.salt = [0; 32],
            Self::Key(statement) => {
                statement.salt = [0; 32];
                statement.from = 0;
            }
            Self::Order(order) => order.salt = [0; 32],
        }
        self
    }

    fn subject(&self) -> Option<String> {
        match self.clone() {
            Self::Genesis(genesis) => Content::Genesis(genesis).subject(),
            Self::Organisation(statement) => Content::Organisation(statement).subject(),
            Self::Key(statement) => Content::Key(statement).subject(),
            Self::Order(order) => Content::Order(order).subject(),
        }
    }

    /// Tells whether every text is one that the registry would take.
    fn is_sound(&self) -> bool {
        match self {
            Self::Genesis(genesis) => {
                let mut founders = genesis.founders.iter();
                are_sound_names(&genesis.names)
                    && founders.all(|founder| are_sound_names(&founder.profile.names))
            }
            Self::Organisation(statement) => {
                statement.code == statement.profile.code && are_sound_names(&statement.profile.names)
            }
            Self::Key(_) => true,
            Self::Order(order) => {
                let mut faults = Faults::default();
                order.check(&mut faults);
                faults.into_result().is_ok()
            }
        }
    }
}

impl DraftStatement {
    fn content(&self) -> Result<DraftContent, AppError> {
        let content = match &self.claims.entry_type {
            EntryType::Genesis => read(&self.payload).map(DraftContent::Genesis),
            EntryType::Organisation => read(&self.payload).map(DraftContent::Organisation),
            EntryType::Key => read(&self.payload).map(DraftContent::Key),
            EntryType::Order => read(&self.payload).map(DraftContent::Order),
            EntryType::Person
            | EntryType::TravelDocument
            | EntryType::Object
            | EntryType::Link
            | EntryType::Withdrawal
            | EntryType::Batch
            | EntryType::ItemWithdrawal
            | EntryType::Agreement
            | EntryType::AgreementAct
            | EntryType::OrderAttestation
            | EntryType::Restriction
            | EntryType::ErasureAttestation
            | EntryType::ConsentRequest
            | EntryType::Consent
            | EntryType::SubjectRequest
            | EntryType::SubjectRequestStep
            | EntryType::Unknown(_) => None,
        };
        let content =
            content.ok_or(AppError::Draft("a statement that is none for the registry, and no order"))?;
        if content.subject().as_ref() != Some(&self.claims.subject) {
            return Err(AppError::Draft("a statement about something else than it says"));
        }
        if content.is_sound() {
            Ok(content)
        } else {
            Err(AppError::Draft("a name that the registry would refuse"))
        }
    }

    fn require_same(&self, wanted: &Self) -> Result<(), AppError> {
        let (content, asked) = (self.content()?.without_chance(), wanted.content()?.without_chance());
        let what = if self.claims.entry_type != wanted.claims.entry_type {
            "it says something else than is asked: the kind of a statement"
        } else if self.claims.issuer != wanted.claims.issuer || self.signers != wanted.signers {
            "it says something else than is asked: who states and signs"
        } else if content != asked {
            match content {
                DraftContent::Genesis(_) => "it says something else than is asked: the association",
                DraftContent::Organisation(_) => "it says something else than is asked: an organisation",
                DraftContent::Key(_) => "it says something else than is asked: a key",
                DraftContent::Order(_) => "it says something else than is asked: an order",
            }
        } else {
            return Ok(());
        };
        Err(AppError::Draft(what))
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
        let mut signers: Vec<Arc<dyn Signer>> = Vec::new();
        for (key, message) in self.messages()? {
            if let Some(signer) = keys.signer(&key) {
                signers.push(signer);
                continue;
            }
            let signature = given.next(&key).ok_or(AppError::Draft("a signature is missing"))?;
            key.verify(&message, &signature).map_err(|_| AppError::Draft("a signature does not hold"))?;
            signers.push(Arc::new(GivenSigner { key, signature }));
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
    let sealed = draft.statements.iter().map(|statement| statement.seal(keys, &mut given));
    let sealed = sealed.collect::<Result<Vec<_>, _>>()?;
    given.require_used()?;
    Ok(sealed)
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
        let mut given = BTreeMap::new();
        for one in signed {
            if one.signatures.is_empty() {
                return Err(AppError::Draft("a file of signatures is empty"));
            }
            let key = read_public_key(&one.key).ok_or(AppError::Draft("a file of signatures is none"))?;
            let binding = read_hex(&one.binding).unwrap_or_default();
            key.verify(&binding_message(&hash, &key), &binding)
                .map_err(|_| AppError::Draft("signatures that were not made for this draft"))?;
            if given.insert(shown(&key), one.signatures.clone().into_iter()).is_some() {
                return Err(AppError::Draft("two files of signatures of one key"));
            }
        }
        Ok(Self(given))
    }

    /// Refuses signatures that no statement asked for.
    fn require_used(&self) -> Result<(), AppError> {
        if self.0.values().all(|left| left.as_slice().is_empty()) {
            Ok(())
        } else {
            Err(AppError::Draft("signatures that no statement asks for"))
        }
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
        Ok(vec![0; SIGNATURE_BYTES])
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

fn unusable(_: KeyError) -> AppError {
    AppError::Seal(SealError::SignerUnusable)
}

/// Shows a public key in hexadecimal: the 32 bytes of an Ed25519 key, the 65 of an uncompressed point of P-256.
pub fn shown(key: &PublicKey) -> String {
    hex(&key.to_bytes())
}

/// Reads a public key from what [`shown`] writes; its length tells the algorithm.
pub fn read_public_key(text: &str) -> Option<PublicKey> {
    if text.len() > PUBLIC_KEY_HEX_CAP {
        return None;
    }
    PublicKey::from_bytes(&read_hex(text)?).ok()
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
    use barid_domain::codes::OrganisationKind;
    use barid_domain::keys::Ed25519Signer;
    use barid_domain::registry::{KeyAct, KeyUsage, Profile, Standing};
    use barid_domain::text::LocalText;

    use super::*;

    fn statement(signers: &[&Ed25519Signer], payload: Option<Vec<u8>>) -> DraftStatement {
        let organisation = OrganisationCode::new("XA").unwrap();
        let key = Ed25519Signer::from_secret(&[9; 32]).public_key();
        let usage = KeyUsage::Entries;
        let statement =
            KeyStatement { salt: [1; 32], organisation, key, act: KeyAct::Add, from: 7, usage, up_to: None };
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

    fn why(result: Result<impl std::fmt::Debug, AppError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_file_of_signatures_is_bound_to_its_draft_and_wholly_used() {
        let (one, other) = (Ed25519Signer::from_secret(&[1; 32]), Ed25519Signer::from_secret(&[2; 32]));
        let draft = Draft::new(vec![statement(&[&one], None)]);
        let longer = Draft::new(vec![statement(&[&one], None), statement(&[&one, &other], None)]);
        let keys = HostedKeys::default();
        let signed = draft.sign(&one).unwrap().unwrap();
        // The signature for a statement that both drafts hold, under the name of the other draft.
        let mut passed_off = longer.sign(&one).unwrap().unwrap();
        passed_off.draft = draft.hash();
        passed_off.signatures.truncate(1);
        assert!(why(seal_all(&draft, &keys, &[passed_off])).contains("not made for this draft"));
        let stranger = DraftSignatures { draft: draft.hash(), ..longer.sign(&other).unwrap().unwrap() };
        let binding = hex(&other.sign(&binding_message(&draft.hash(), &other.public_key())).unwrap());
        let stranger = DraftSignatures { binding, ..stranger };
        assert!(why(seal_all(&draft, &keys, &[signed.clone(), stranger])).contains("no statement asks for"));
        let mut more = signed.clone();
        more.signatures.push(more.signatures[0].clone());
        assert!(why(seal_all(&draft, &keys, &[more])).contains("no statement asks for"));
        let empty = DraftSignatures { signatures: Vec::new(), ..signed.clone() };
        assert!(why(seal_all(&draft, &keys, &[empty])).contains("is empty"));
        assert!(why(seal_all(&draft, &keys, &[signed.clone(), signed])).contains("of one key"));
    }

    #[test]
    fn a_draft_that_says_something_else_is_told_apart_by_what_it_says() {
        let signer = Ed25519Signer::from_secret(&[1; 32]);
        let asked = Draft::new(vec![statement(&[&signer], None)]);
        let key_statement = |change: &dyn Fn(&mut KeyStatement)| {
            let mut stated: KeyStatement = read(&asked.statements[0].payload).unwrap();
            change(&mut stated);
            let mut made = statement(&[&signer], Some(encode(&stated)));
            made.claims.subject = format!("key:{}", stated.key.id());
            Draft::new(vec![made])
        };
        let later = key_statement(&|stated| (stated.salt, stated.from) = ([8; 32], 99));
        later.require_same(&asked).unwrap();
        let another = key_statement(&|stated| stated.key = signer.public_key());
        assert!(why(another.require_same(&asked)).contains("a key"));
        let retired = key_statement(&|stated| stated.act = KeyAct::Retire);
        assert!(why(retired.require_same(&asked)).contains("a key"));
        let appended = Draft::new([asked.statements.clone(), another.statements].concat());
        assert!(why(appended.require_same(&asked)).contains("the number of statements"));
        let mut by_another = asked.clone();
        by_another.statements[0].signers.clear();
        assert!(why(by_another.require_same(&asked)).contains("who states and signs"));
    }

    #[test]
    fn a_name_that_the_registry_would_refuse_is_neither_shown_nor_signed() {
        let signer = Ed25519Signer::from_secret(&[1; 32]);
        let drafted = |name: &str| {
            let code = OrganisationCode::new("XA").unwrap();
            let text = LocalText { language: "en".to_owned(), text: name.to_owned() };
            let profile = Profile {
                code,
                kind: OrganisationKind::Secretariat,
                country: None,
                names: vec![text],
                hosted_by: None,
            };
            let stated = OrganisationStatement {
                salt: [1; 32],
                code,
                profile,
                standing: Standing::Active,
                must_sign_with: Vec::new(),
                limits: Vec::new(),
            };
            let mut made = statement(&[&signer], Some(encode(&stated)));
            made.claims.entry_type = EntryType::Organisation;
            made.claims.subject = "organisation:XA".to_owned();
            Draft::new(vec![made])
        };
        assert_eq!(drafted("Bureau").contents().unwrap().len(), 1);
        for name in ["Bureau\u{1b}[2J", "a\nb", "a\u{202e}b", "a\u{9b}1m", ""] {
            assert!(why(drafted(name).contents()).contains("a name"), "{name:?}");
            assert!(drafted(name).sign(&signer).is_err(), "{name:?}");
        }
        let mut about = drafted("Bureau");
        about.statements[0].claims.subject = "organisation:XB".to_owned();
        assert!(why(about.contents()).contains("something else"));
    }
}
