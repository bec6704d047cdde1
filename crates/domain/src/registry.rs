//! The registry: who belongs to the association, with which keys, kept by whom. Stream 0.
//!
//! It begins with a genesis that k of n founding bureaus sign and that everybody pins by its fingerprint. Every later
//! statement about an organisation or a key is an entry signed by k of the founding bureaus. Folding the entries in
//! their order gives the registry of that position; nothing else makes an organisation.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::codes::{CodeList, Database, OrganisationKind, code_list};
use crate::contents::{Content, ContentError, EntryType};
use crate::countries::CountryCode;
use crate::entries::{KeyLookup, RegisteredKey, SealError, Unverified, Verified};
use crate::ids::{EntryHash, KeyId, OrganisationCode};
use crate::keys::{Algorithm, PublicKey};
use crate::streams::{Position, StreamId};
use crate::text::{LocalText, SHORT_CAP, is_clean, is_language_tag};

code_list!(
    /// Is the standing of an organisation.
    Standing, "standing" {
        /// Takes part.
        1 Active "active",
        /// Takes no part for now.
        2 Suspended "suspended",
        /// Has left.
        3 Left "left",
    }
);
code_list!(
    /// Is what is stated about a key.
    KeyAct, "key-act" {
        /// The key may sign from now on.
        1 Add "add",
        /// The key signs no more; what it signed stands.
        2 Retire "retire",
        /// The key is in other hands; what it signed from the stated time on does not count.
        3 Compromised "compromised",
    }
);

code_list!(
    /// Is what a key signs; a key signs one kind of thing only.
    KeyUsage, "key-usage" {
        /// Entries.
        1 Entries "entries",
        /// Checkpoints of the ledgers of the organisation's node.
        2 Checkpoints "checkpoints",
    }
);

code_list!(
    /// Is an algorithm with which an organisation has to sign.
    SigningAlgorithm, "signing-algorithm" {
        /// Ed25519.
        1 Ed25519 "ed25519",
        /// ECDSA on P-256 with SHA-256.
        2 EcdsaP256 "ecdsa-p256",
    }
);

code_list!(
    /// Is one side of taking part, which can be suspended alone.
    Aspect, "aspect" {
        /// Searching and opening.
        1 Read "read",
        /// Entering and changing.
        2 Write "write",
    }
);

/// Says that an organisation that takes part does one thing not for now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Limit {
    /// What it does not.
    #[n(0)]
    pub aspect: Aspect,
    /// In which database; absent: in all.
    #[n(1)]
    pub database: Option<Database>,
}

/// The most limits of an organisation.
pub const LIMITS_CAP: usize = 64;

impl SigningAlgorithm {
    /// The algorithm, when this version knows it.
    pub fn known(self) -> Option<Algorithm> {
        match self {
            Self::Ed25519 => Some(Algorithm::Ed25519),
            Self::EcdsaP256 => Some(Algorithm::EcdsaP256),
            Self::Unlisted(_) => None,
        }
    }
}

impl From<Algorithm> for SigningAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Ed25519 => Self::Ed25519,
            Algorithm::EcdsaP256 => Self::EcdsaP256,
        }
    }
}

/// The most places that a compromise names.
pub const PLACES_CAP: usize = 256;
/// The most founders of an association.
pub const FOUNDERS_CAP: usize = 64;
/// The most names of an organisation.
pub const NAMES_CAP: usize = 20;

/// Says who keeps an organisation's keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Custody {
    /// The organisation keeps its own keys.
    Own,
    /// Another organisation's node keeps them; shown on every proof.
    HostedBy(OrganisationCode),
}

/// Shows `self` or `hosted-by SEC`.
impl std::fmt::Display for Custody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own => f.write_str("self"),
            Self::HostedBy(host) => write!(f, "hosted-by {host}"),
        }
    }
}

/// Founds an association.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Genesis {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// The association's names.
    #[n(1)]
    pub names: Vec<LocalText>,
    /// How many founders must sign (k).
    #[n(2)]
    pub threshold: u32,
    /// The founding bureaus (n).
    #[n(3)]
    pub founders: Vec<Founder>,
}

/// Is a founding bureau with its first key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Founder {
    /// The bureau.
    #[n(0)]
    pub profile: Profile,
    /// Its first key.
    #[n(1)]
    pub key: PublicKey,
}

/// Is what the registry says about an organisation.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Profile {
    /// Its code.
    #[n(0)]
    pub code: OrganisationCode,
    /// Its kind.
    #[n(1)]
    pub kind: OrganisationKind,
    /// The state a bureau or national entity belongs to.
    #[n(2)]
    pub country: Option<CountryCode>,
    /// Its names, in its languages.
    #[n(3)]
    pub names: Vec<LocalText>,
    /// Whose node keeps its keys; absent when it keeps them itself.
    #[n(4)]
    pub hosted_by: Option<OrganisationCode>,
}

impl Profile {
    /// Who keeps its keys.
    pub fn custody(&self) -> Custody {
        self.hosted_by.map_or(Custody::Own, Custody::HostedBy)
    }
}

/// States that an organisation exists, changed or stands differently.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct OrganisationStatement {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// Its code; the same as in the profile.
    #[n(1)]
    pub code: OrganisationCode,
    /// The profile from now on.
    #[n(2)]
    pub profile: Profile,
    /// The standing from now on.
    #[n(3)]
    pub standing: Standing,
    /// The algorithms with each of which it signs from the time of this statement on, ascending; none: one signature with
    /// any of them is enough.
    #[cbor(n(4), default, skip_if = "Vec::is_empty")]
    pub must_sign_with: Vec<SigningAlgorithm>,
    /// What it does not from now on although it takes part, ascending.
    #[cbor(n(5), default, skip_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
}

/// States something about a key.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct KeyStatement {
    /// 32 random bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// Whose key it is.
    #[n(1)]
    pub organisation: OrganisationCode,
    /// The key.
    #[n(2)]
    pub key: PublicKey,
    /// What is stated.
    #[n(3)]
    pub act: KeyAct,
    /// From when, in seconds since 1970-01-01T00:00:00Z.
    #[n(4)]
    pub from: i64,
    /// What the key signs.
    #[n(5)]
    pub usage: KeyUsage,
    /// Of a compromised key that signed entries: the last place in each stream up to which they count, ascending. In a
    /// stream that is not named none does. Absent: their own times alone decide, which a thief writes as well.
    #[n(6)]
    pub up_to: Option<Vec<Position>>,
}

/// Is what the registry knows of a key that is in other hands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compromise {
    /// From when it signs no more, in seconds since 1970-01-01T00:00:00Z.
    pub from: i64,
    /// Up to which number in each stream its entries count; `None`: their times alone decide.
    pub up_to: Option<BTreeMap<StreamId, u64>>,
}

impl Compromise {
    /// Tells whether what the key signed may count at this place; what has no place yet comes after it.
    pub fn reaches(&self, place: Option<&Position>) -> bool {
        let Some(up_to) = &self.up_to else { return true };
        place.is_some_and(|place| up_to.get(&place.stream).is_some_and(|last| place.seq <= *last))
    }

    /// Takes up a further statement about the same key: nothing comes back by it.
    fn narrow(&mut self, later: Self) {
        self.from = self.from.min(later.from);
        self.up_to = match (self.up_to.take(), later.up_to) {
            (Some(one), Some(other)) => {
                let both = one
                    .into_iter()
                    .filter_map(|(stream, last)| other.get(&stream).map(|later| (stream, last.min(*later))));
                Some(both.collect())
            }
            (one, other) => one.or(other),
        };
    }
}

/// Is the keys that are in other hands: what decides which entries that are kept already count no more.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Compromises(BTreeMap<KeyId, Compromise>);

impl Compromises {
    /// Tells whether no key is in other hands.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// What was stated about a key.
    pub fn of(&self, id: &KeyId) -> Option<&Compromise> {
        self.0.get(id)
    }
    /// Tells whether an entry that was verified when it was stored counts still, at the place where it stands.
    pub fn leave(&self, entry: &Unverified, place: &Position) -> bool {
        entry.key_ids().all(|id| {
            self.0.get(&id).is_none_or(|compromise| {
                entry.claims().issued_at < compromise.from && compromise.reaches(Some(place))
            })
        })
    }
    /// Names what is stated in all of them: another name means that other entries count.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new_with_prefix(b"barid/compromises/v1\0");
        for (id, compromise) in &self.0 {
            hasher.update(id.0);
            hasher.update(compromise.from.to_be_bytes());
            match &compromise.up_to {
                None => hasher.update([0]),
                Some(up_to) => {
                    hasher.update([1]);
                    hasher.update((up_to.len() as u64).to_be_bytes());
                    for (stream, last) in up_to {
                        let stream = stream.to_string();
                        hasher.update((stream.len() as u64).to_be_bytes());
                        hasher.update(stream.as_bytes());
                        hasher.update(last.to_be_bytes());
                    }
                }
            }
        }
        hasher.finalize().into()
    }
}

/// Is an organisation as the registry knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    /// Its kind.
    pub kind: OrganisationKind,
    /// Its state.
    pub country: Option<CountryCode>,
    /// Its names.
    pub names: Vec<LocalText>,
    /// Who keeps its keys.
    pub custody: Custody,
    /// Its standing.
    pub standing: Standing,
    /// The algorithms with each of which it has to sign now; none: one signature with any of them is enough.
    pub must_sign_with: Vec<Algorithm>,
    /// What it does not for now although it takes part.
    pub limits: Vec<Limit>,
    /// The entry that said so last.
    pub stated_in: EntryHash,
}

impl Organisation {
    /// Tells whether it may search and open records of a database.
    pub fn may_read(&self, database: Database) -> bool {
        self.does(Aspect::Read, database)
    }

    /// Tells whether it may enter and change records of a database. What it entered it may withdraw all the same.
    pub fn may_write(&self, database: Database) -> bool {
        self.does(Aspect::Write, database)
    }

    fn does(&self, aspect: Aspect, database: Database) -> bool {
        let forbids = |limit: &Limit| {
            limit.aspect == aspect && limit.database.is_none_or(|limited| limited == database)
        };
        self.standing == Standing::Active && !self.limits.iter().any(forbids)
    }
}

/// Is how an organisation takes part.
struct Part {
    standing: Standing,
    must_sign_with: Vec<Algorithm>,
    limits: Vec<Limit>,
}

impl Part {
    /// Says that it takes part in everything.
    fn whole() -> Self {
        Self { standing: Standing::Active, must_sign_with: Vec::new(), limits: Vec::new() }
    }
}

/// Is the registry at a position of stream 0.
#[derive(Clone, Debug)]
pub struct Registry {
    fingerprint: EntryHash,
    names: Vec<LocalText>,
    threshold: usize,
    founders: Vec<OrganisationCode>,
    organisations: BTreeMap<OrganisationCode, Organisation>,
    keys: BTreeMap<KeyId, RegisteredKey>,
    /// Those of them that are in other hands.
    compromised: Compromises,
    /// With which algorithms each had to sign from when on, in the order of time; statements don't go back in it.
    signing: BTreeMap<OrganisationCode, Vec<(i64, Vec<Algorithm>)>>,
    /// The payloads taken in so far, by SHA-256; each holds random bytes of its own.
    stated: BTreeSet<[u8; 32]>,
    /// When the latest entry was issued, in seconds since 1970-01-01T00:00:00Z.
    latest: i64,
}

/// Why an entry does not belong into the registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The entry does not hold.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The payload can't be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The genesis contradicts itself: no founders, a threshold out of reach, a founder or key twice.
    #[error("the genesis contradicts itself: {0}")]
    Genesis(&'static str),
    /// The genesis is not the one that is pinned.
    #[error("the genesis is not the one that is pinned")]
    NotPinned,
    /// The entry is not a statement for the registry.
    #[error("not a statement for the registry")]
    NotRegistry,
    /// The statement contradicts the registry.
    #[error("the statement contradicts the registry: {0}")]
    Contradiction(&'static str),
}

impl Registry {
    /// Begins a registry with its genesis, signed by at least the threshold of the founders named in it.
    ///
    /// `pinned` is the fingerprint that was agreed beforehand; `None` only where the association is being founded.
    pub fn found(bytes: &[u8], pinned: Option<EntryHash>) -> Result<(Self, Verified), RegistryError> {
        let entry = Unverified::parse(bytes)?;
        if pinned.is_some_and(|pin| pin != entry.hash()) {
            return Err(RegistryError::NotPinned);
        }
        if entry.claims().entry_type != EntryType::Genesis {
            return Err(RegistryError::NotRegistry);
        }
        // The keys are inside what they sign: the pin, or the ceremony, is what makes them believable.
        let genesis: Genesis = minicbor::decode(entry.payload()).map_err(|_| ContentError::Malformed)?;
        let registry = Self::from_genesis(&genesis, &entry)?;
        let founders = registry.founders.clone();
        let verified = entry.verify_threshold(&registry, &founders, registry.threshold)?;
        Content::read(&verified)?;
        check_issuer(&verified)?;
        Ok((registry, verified))
    }

    fn from_genesis(genesis: &Genesis, entry: &Unverified) -> Result<Self, RegistryError> {
        check_genesis(genesis)?;
        let mut registry = Self {
            fingerprint: entry.hash(),
            names: genesis.names.clone(),
            threshold: genesis.threshold as usize,
            founders: genesis.founders.iter().map(|founder| founder.profile.code).collect(),
            organisations: BTreeMap::new(),
            keys: BTreeMap::new(),
            compromised: Compromises::default(),
            signing: BTreeMap::new(),
            stated: BTreeSet::from([payload_hash(entry.payload())]),
            latest: entry.claims().issued_at,
        };
        for founder in &genesis.founders {
            let profile = &founder.profile;
            if registry.organisations.contains_key(&profile.code) {
                return Err(RegistryError::Genesis("a founder twice"));
            }
            registry.put(profile, Part::whole(), entry.hash())?;
            let key = RegisteredKey {
                organisation: profile.code,
                key: founder.key,
                not_before: entry.claims().issued_at,
                not_after: None,
                usage: KeyUsage::Entries,
            };
            if registry.keys.insert(founder.key.id(), key).is_some() {
                return Err(RegistryError::Genesis("a key twice"));
            }
        }
        Ok(registry)
    }

    /// Takes in the next entry of stream 0, verified against the registry as it stands; unchanged on error.
    ///
    /// Founders that are suspended or have left don't sign. A statement counts once, and none is issued before the
    /// one it follows: so nothing old comes back by replay, whoever keeps the stream.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<Verified, RegistryError> {
        let verified =
            Unverified::parse(bytes)?.verify_threshold(self, &self.active_founders(), self.threshold)?;
        check_issuer(&verified)?;
        let payload = payload_hash(verified.payload());
        if self.stated.contains(&payload) {
            return Err(RegistryError::Contradiction("stated already"));
        }
        if verified.claims().issued_at < self.latest {
            return Err(RegistryError::Contradiction("issued before what stands already"));
        }
        match Content::read(&verified)? {
            Content::Organisation(statement) => self.apply_organisation(&statement, &verified)?,
            Content::Key(statement) => self.apply_key(&statement)?,
            // A type of a later version is kept in the stream and changes nothing here.
            Content::Unknown => {}
            Content::Genesis(_) => return Err(RegistryError::Contradiction("a second genesis")),
            Content::Person(_)
            | Content::TravelDocument(_)
            | Content::Object(_)
            | Content::Link(_)
            | Content::Withdrawal(_)
            | Content::Batch(_)
            | Content::ItemWithdrawal(_)
            | Content::Agreement(_)
            | Content::AgreementAct(_)
            | Content::Order(_)
            | Content::OrderAttestation(_)
            | Content::Restriction(_)
            | Content::ErasureAttestation(_)
            | Content::ConsentRequest(_)
            | Content::Consent(_) => return Err(RegistryError::NotRegistry),
            Content::SubjectRequest(_) | Content::SubjectRequestStep(_) => {
                return Err(RegistryError::NotRegistry);
            }
        }
        self.stated.insert(payload);
        self.latest = verified.claims().issued_at;
        Ok(verified)
    }

    fn active_founders(&self) -> Vec<OrganisationCode> {
        self.founders.iter().copied().filter(|code| self.active(*code).is_some()).collect()
    }

    fn apply_organisation(
        &mut self,
        statement: &OrganisationStatement,
        entry: &Verified,
    ) -> Result<(), RegistryError> {
        if statement.profile.code != statement.code {
            return Err(RegistryError::Contradiction("two codes"));
        }
        if let Some(known) = self.organisations.get(&statement.code) {
            if known.kind != statement.profile.kind {
                return Err(RegistryError::Contradiction("an organisation can't change its kind"));
            }
            if known.standing == Standing::Left {
                return Err(RegistryError::Contradiction("who has left needs a new code"));
            }
        }
        let active_founders = self.active_founders();
        let stops = statement.standing != Standing::Active && active_founders.contains(&statement.code);
        if stops && active_founders.len() <= self.threshold {
            return Err(RegistryError::Contradiction("too few founders would be left"));
        }
        let algorithms = self.read_algorithms(statement, entry.claims().issued_at)?;
        let part = Part {
            standing: statement.standing,
            must_sign_with: algorithms.clone(),
            limits: statement.limits.clone(),
        };
        self.put(&statement.profile, part, entry.hash())?;
        let history = self.signing.entry(statement.code).or_default();
        if history.last().map_or(&[][..], |(_, latest)| latest) != algorithms {
            history.push((entry.claims().issued_at, algorithms));
        }
        Ok(())
    }

    /// Reads the algorithms that an organisation has to sign with: known ones, each once, each with a key of its own.
    fn read_algorithms(
        &self,
        statement: &OrganisationStatement,
        at: i64,
    ) -> Result<Vec<Algorithm>, RegistryError> {
        let known = statement.must_sign_with.iter().map(|algorithm| algorithm.known());
        let known: Option<Vec<Algorithm>> = known.collect();
        let known = known.ok_or(RegistryError::Contradiction("an algorithm of a later version"))?;
        if !statement.must_sign_with.is_sorted_by(|one, next| one.number() < next.number()) {
            return Err(RegistryError::Contradiction("algorithms twice or out of order"));
        }
        let has_key = |algorithm: &Algorithm| {
            self.keys.values().any(|key| {
                key.organisation == statement.code
                    && key.usage == KeyUsage::Entries
                    && key.key.algorithm() == *algorithm
                    && key.valid_at(at)
            })
        };
        // What is said again as it stands asks for no key: whoever lost one can be suspended all the same.
        let standing = self.organisations.get(&statement.code).map(|one| &one.must_sign_with);
        if standing == Some(&known) || known.iter().all(has_key) {
            Ok(known)
        } else {
            Err(RegistryError::Contradiction("no key of an algorithm that it would have to sign with"))
        }
    }

    fn apply_key(&mut self, statement: &KeyStatement) -> Result<(), RegistryError> {
        let Some(owner) = self.organisations.get(&statement.organisation) else {
            return Err(RegistryError::Contradiction("a key of nobody"));
        };
        if statement.act == KeyAct::Add && owner.standing == Standing::Left {
            return Err(RegistryError::Contradiction("who has left gets no key"));
        }
        if !crate::terms::listed(statement.usage) {
            return Err(RegistryError::Contradiction("a usage of a later version"));
        }
        if statement.usage == KeyUsage::Checkpoints && statement.key.algorithm() != Algorithm::Ed25519 {
            return Err(RegistryError::Contradiction("checkpoints are signed with Ed25519"));
        }
        let up_to = read_places(statement)?;
        let id = statement.key.id();
        match (statement.act, self.keys.get_mut(&id)) {
            (KeyAct::Add, None) => {
                let key = RegisteredKey {
                    organisation: statement.organisation,
                    key: statement.key,
                    not_before: statement.from,
                    not_after: None,
                    usage: statement.usage,
                };
                self.keys.insert(id, key);
                Ok(())
            }
            // A retired or compromised key never comes back, and keys are not shared.
            (KeyAct::Add, Some(_)) => Err(RegistryError::Contradiction("the key is known already")),
            (KeyAct::Retire | KeyAct::Compromised, Some(known))
                if known.organisation == statement.organisation =>
            {
                let end = known.not_after.map_or(statement.from, |earlier| earlier.min(statement.from));
                known.not_after = Some(end);
                if statement.act == KeyAct::Compromised {
                    let stated = Compromise { from: statement.from, up_to };
                    match self.compromised.0.get_mut(&id) {
                        Some(compromise) => compromise.narrow(stated),
                        None => drop(self.compromised.0.insert(id, stated)),
                    }
                }
                Ok(())
            }
            (KeyAct::Retire | KeyAct::Compromised, _) => Err(RegistryError::Contradiction("no such key")),
            (KeyAct::Unlisted(_), _) => Err(RegistryError::Contradiction("an act of a later version")),
        }
    }

    fn put(&mut self, profile: &Profile, part: Part, stated_in: EntryHash) -> Result<(), RegistryError> {
        let sound = crate::terms::listed(profile.kind)
            && crate::terms::listed(part.standing)
            && are_sound_names(&profile.names);
        if !sound {
            return Err(RegistryError::Contradiction("profile"));
        }
        if part.limits.len() > LIMITS_CAP || !part.limits.is_sorted_by(|one, next| one < next) {
            return Err(RegistryError::Contradiction("limits twice, out of order or too many"));
        }
        let is_known = |limit: &Limit| {
            crate::terms::listed(limit.aspect) && limit.database.is_none_or(crate::terms::listed)
        };
        if !part.limits.iter().all(is_known) {
            return Err(RegistryError::Contradiction("a limit of a later version"));
        }
        let needs_country =
            matches!(profile.kind, OrganisationKind::Bureau | OrganisationKind::NationalEntity);
        if needs_country != profile.country.is_some() {
            return Err(RegistryError::Contradiction("country"));
        }
        let organisation = Organisation {
            kind: profile.kind,
            country: profile.country,
            names: profile.names.clone(),
            custody: profile.custody(),
            standing: part.standing,
            must_sign_with: part.must_sign_with,
            limits: part.limits,
            stated_in,
        };
        self.organisations.insert(profile.code, organisation);
        Ok(())
    }

    /// How many of the commission's keys must sign an order that is issued at this time (seconds since
    /// 1970-01-01T00:00:00Z): more than half of those it has then, those too that are known to be in other hands by now: a theft
    /// makes nobody's signature worth more. `None` for who is not the commission, and where it had no key.
    pub fn keys_for_order(&self, code: OrganisationCode, seconds: i64) -> Option<usize> {
        // What it ordered stands, whatever becomes of it.
        let organisation = self.organisations.get(&code)?;
        if organisation.kind != OrganisationKind::Commission {
            return None;
        }
        let counts = |key: &&RegisteredKey| {
            key.organisation == code && key.usage == KeyUsage::Entries && key.valid_at(seconds)
        };
        match self.keys.values().filter(counts).count() {
            0 => None,
            count => Some(count / 2 + 1),
        }
    }

    /// More than half of all keys that an organisation ever signed entries with: how many must have closed something at a time
    /// when it had none, for it to stay closed.
    pub fn majority_of_all_keys(&self, code: OrganisationCode) -> usize {
        let of_it = |key: &&RegisteredKey| key.organisation == code && key.usage == KeyUsage::Entries;
        self.keys.values().filter(of_it).count() / 2 + 1
    }

    /// The hash of the genesis, by which the association is known.
    pub fn fingerprint(&self) -> EntryHash {
        self.fingerprint
    }
    /// The association's names.
    pub fn names(&self) -> &[LocalText] {
        &self.names
    }
    /// How many founders must sign, and who they are.
    pub fn quorum(&self) -> (usize, &[OrganisationCode]) {
        (self.threshold, &self.founders)
    }
    /// An organisation that takes part.
    pub fn active(&self, code: OrganisationCode) -> Option<&Organisation> {
        self.organisations.get(&code).filter(|organisation| organisation.standing == Standing::Active)
    }
    /// Every organisation that was ever stated, in the order of the codes.
    pub fn organisations(&self) -> impl Iterator<Item = (OrganisationCode, &Organisation)> {
        self.organisations.iter().map(|(code, organisation)| (*code, organisation))
    }
    /// Every key that is in other hands.
    pub fn compromised(&self) -> &Compromises {
        &self.compromised
    }
    /// Every key that was ever registered.
    pub fn keys(&self) -> impl Iterator<Item = (KeyId, &RegisteredKey)> {
        self.keys.iter().map(|(id, key)| (*id, key))
    }
}

impl KeyLookup for Registry {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        self.keys.get(id).copied()
    }

    fn compromise(&self, id: &KeyId) -> Option<&Compromise> {
        self.compromised.of(id)
    }

    fn must_sign_with(&self, organisation: OrganisationCode, seconds: i64) -> &[Algorithm] {
        let history = self.signing.get(&organisation).map_or(&[][..], Vec::as_slice);
        let in_force = history.iter().rev().find(|(from, _)| *from <= seconds);
        in_force.map_or(&[], |(_, algorithms)| algorithms)
    }
}

/// Reads the places of a compromise: of the organisation's own streams, each once and in order.
fn read_places(statement: &KeyStatement) -> Result<Option<BTreeMap<StreamId, u64>>, RegistryError> {
    let Some(places) = &statement.up_to else { return Ok(None) };
    if statement.act != KeyAct::Compromised || statement.usage != KeyUsage::Entries {
        return Err(RegistryError::Contradiction("places where none belong"));
    }
    if places.len() > PLACES_CAP {
        return Err(RegistryError::Contradiction("too many places"));
    }
    if !places.is_sorted_by(|one, next| one.stream < next.stream) {
        return Err(RegistryError::Contradiction("places twice or out of order"));
    }
    if places.iter().any(|place| place.stream.organisation != statement.organisation) {
        return Err(RegistryError::Contradiction("a place in the stream of another organisation"));
    }
    Ok(Some(places.iter().map(|place| (place.stream, place.seq)).collect()))
}

fn check_genesis(genesis: &Genesis) -> Result<(), RegistryError> {
    let count = genesis.founders.len();
    if count == 0 || count > FOUNDERS_CAP {
        return Err(RegistryError::Genesis("number of founders"));
    }
    let threshold = genesis.threshold as usize;
    // More than half, so that two halves can't both speak for the association.
    if threshold > count || threshold * 2 <= count {
        return Err(RegistryError::Genesis("threshold"));
    }
    if !are_sound_names(&genesis.names) {
        return Err(RegistryError::Genesis("names"));
    }
    let bureaus = genesis.founders.iter().all(|founder| founder.profile.kind == OrganisationKind::Bureau);
    if bureaus { Ok(()) } else { Err(RegistryError::Genesis("founders are bureaus")) }
}

/// Tells whether the registry takes these as the names of an organisation or association.
pub fn are_sound_names(names: &[LocalText]) -> bool {
    (1..=NAMES_CAP).contains(&names.len()) && names.iter().all(is_sound_name)
}

fn is_sound_name(name: &LocalText) -> bool {
    is_language_tag(&name.language) && is_clean(&name.text, SHORT_CAP)
}

/// Only who signed can be the one who states.
fn check_issuer(verified: &Verified) -> Result<(), RegistryError> {
    let signed = verified.signers().contains(&verified.claims().issuer);
    if signed { Ok(()) } else { Err(RegistryError::Contradiction("the issuer has not signed")) }
}

fn payload_hash(payload: &[u8]) -> [u8; 32] {
    Sha256::digest(payload).into()
}

/// The names of the standings, for documents.
pub fn standing_names() -> impl Iterator<Item = &'static str> {
    Standing::LISTED.iter().map(|(_, name)| *name)
}
