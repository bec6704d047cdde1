//! The keys this node can sign with: kept sealed in the data directory, or in a token that never gives them out.
//!
//! The first key of an organisation stands under the organisation's name; every later one under its own thumbprint, so a
//! key that was registered once is found for ever, and a new one never takes the place of an old one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use barid_domain::codes::CodeList;
use barid_domain::dates::Timestamp;
use barid_domain::entries::{KeyLookup, RegisteredKey};
use barid_domain::ids::{KeyId, OrganisationCode};
use barid_domain::keys::{Algorithm, PublicKey, Signer, signer_of};
use barid_domain::registry::{KeyUsage, Registry, SigningAlgorithm};
use barid_store::Store;
use zeroize::Zeroizing;

use crate::context::Ports;
use crate::error::AppError;

/// Names the secret of an organisation's first entry key in the store.
pub(crate) fn entry_key_name(organisation: OrganisationCode) -> String {
    format!("entries-{}", organisation.as_str().to_ascii_lowercase())
}

/// Names the secret of an organisation's first checkpoint key in the store.
pub(crate) fn checkpoint_key_name(organisation: OrganisationCode) -> String {
    format!("checkpoints-{}", organisation.as_str().to_ascii_lowercase())
}

/// Names the secret of a key that is not an organisation's first.
fn key_name(id: &KeyId) -> String {
    format!("key-{}", &id.to_string()[..32])
}

/// Names what says which key was made for an organisation and is to be registered next.
fn next_key_name(organisation: OrganisationCode, algorithm: Algorithm, usage: KeyUsage) -> String {
    let (algorithm, usage) = (SigningAlgorithm::from(algorithm).number(), usage.number());
    format!("next-{algorithm}-{usage}-{}", organisation.as_str().to_ascii_lowercase())
}

/// Finds signers whose secrets are in hardware.
pub trait TokenKeys: Send + Sync {
    /// The signer of a public key, when a token that is plugged in holds its secret.
    fn signer(&self, key: &PublicKey) -> Option<Arc<dyn Signer>>;
}

/// Stands for a node without a token.
pub struct NoTokens;

impl TokenKeys for NoTokens {
    fn signer(&self, _: &PublicKey) -> Option<Arc<dyn Signer>> {
        None
    }
}

/// Is the secret half of a key that this node keeps.
#[derive(Clone)]
struct Secret {
    algorithm: Algorithm,
    bytes: Zeroizing<[u8; 32]>,
}

impl Secret {
    fn draw(ports: &Ports, algorithm: Algorithm) -> Self {
        loop {
            let bytes = Zeroizing::new(ports.draw::<32>());
            if signer_of(algorithm, &bytes).is_ok() {
                return Self { algorithm, bytes };
            }
        }
    }

    fn signer(&self) -> Result<Arc<dyn Signer>, AppError> {
        signer_of(self.algorithm, &self.bytes).map(Arc::from).map_err(|_| AppError::NoKey)
    }

    /// 32 bytes are an Ed25519 key, as the first keys have been from the beginning; others say what they are.
    fn to_stored(&self) -> Zeroizing<Vec<u8>> {
        match self.algorithm {
            Algorithm::Ed25519 => Zeroizing::new(self.bytes.to_vec()),
            Algorithm::EcdsaP256 => Zeroizing::new([&[P256_MARK][..], self.bytes.as_slice()].concat()),
        }
    }

    fn of_stored(stored: &[u8]) -> Option<Self> {
        let (algorithm, bytes) = match stored {
            [P256_MARK, bytes @ ..] if bytes.len() == 32 => (Algorithm::EcdsaP256, bytes),
            bytes => (Algorithm::Ed25519, bytes),
        };
        Some(Self { algorithm, bytes: Zeroizing::new(bytes.try_into().ok()?) })
    }
}

/// What stands before the secret of a P-256 key.
const P256_MARK: u8 = 2;

/// Is the secrets of a ceremony: those that this node keeps already and those that were made just now.
#[derive(Default)]
pub(crate) struct HostedKeys {
    secrets: BTreeMap<String, Secret>,
    /// Those that were made just now.
    made: BTreeSet<String>,
    tokens: Option<Arc<dyn TokenKeys>>,
}

impl HostedKeys {
    /// Loads the first keys of these organisations, as far as this node keeps them.
    pub(crate) fn load(
        store: &Store,
        ports: &Ports,
        organisations: impl IntoIterator<Item = OrganisationCode>,
    ) -> Result<Self, AppError> {
        let mut keys = Self { tokens: Some(ports.tokens.clone()), ..Self::default() };
        for code in organisations {
            keys.read_first_keys(store, code)?;
        }
        Ok(keys)
    }

    /// Loads the first keys of an organisation, which the registry may not know yet.
    pub(crate) fn read_first_keys(&mut self, store: &Store, code: OrganisationCode) -> Result<(), AppError> {
        [entry_key_name(code), checkpoint_key_name(code)]
            .into_iter()
            .try_for_each(|name| self.read(store, name))
    }

    /// Loads every key of the registry that this node keeps.
    pub(crate) fn load_registered(
        store: &Store,
        ports: &Ports,
        registry: &Registry,
    ) -> Result<Self, AppError> {
        let mut keys = Self::load(store, ports, registry.organisations().map(|(code, _)| code))?;
        for (id, _) in registry.keys() {
            keys.read(store, key_name(&id))?;
        }
        Ok(keys)
    }

    fn read(&mut self, store: &Store, name: String) -> Result<(), AppError> {
        if let Some(stored) = store.get_secret(&name).map_err(AppError::Store)? {
            self.secrets.insert(name, Secret::of_stored(&stored).ok_or(AppError::NoKey)?);
        }
        Ok(())
    }

    /// The public half of an organisation's first key, of this name, which is made where there is none.
    pub(crate) fn make(&mut self, ports: &Ports, name: &str) -> Result<PublicKey, AppError> {
        if !self.secrets.contains_key(name) {
            self.secrets.insert(name.to_owned(), Secret::draw(ports, Algorithm::Ed25519));
            self.made.insert(name.to_owned());
        }
        let secret = self.secrets.get(name).ok_or(AppError::NoKey)?;
        Ok(secret.signer()?.public_key())
    }

    /// The public half of the key that is to be an organisation's next; it stays the same until it is registered.
    pub(crate) fn make_next(
        &mut self,
        store: &Store,
        ports: &Ports,
        registry: &Registry,
        organisation: OrganisationCode,
        algorithm: Algorithm,
        usage: KeyUsage,
    ) -> Result<PublicKey, AppError> {
        let pointer = next_key_name(organisation, algorithm, usage);
        if let Some(id) = store.get_secret(&pointer).map_err(AppError::Store)? {
            let id = KeyId(id.as_slice().try_into().map_err(|_| AppError::NoKey)?);
            self.read(store, key_name(&id))?;
            let waiting = self.secrets.get(&key_name(&id)).filter(|_| registry.key(&id).is_none());
            if let Some(waiting) = waiting {
                return Ok(waiting.signer()?.public_key());
            }
        }
        let secret = Secret::draw(ports, algorithm);
        let key = secret.signer()?.public_key();
        // The key first: a pointer to a key that is not there would be of no use.
        store.put_secret(&key_name(&key.id()), &secret.to_stored()).map_err(AppError::Store)?;
        store.put_secret(&pointer, &key.id().0).map_err(AppError::Store)?;
        self.secrets.insert(key_name(&key.id()), secret);
        Ok(key)
    }

    /// Lets what was drawn as an organisation's next key be that no more.
    pub(crate) fn forget_next(
        &mut self,
        store: &Store,
        organisation: OrganisationCode,
        algorithm: Algorithm,
        usage: KeyUsage,
    ) -> Result<(), AppError> {
        let pointer = next_key_name(organisation, algorithm, usage);
        store.put_secret(&pointer, &[0; 32]).map_err(AppError::Store)
    }

    /// The signer of a public key, when its secret is here or in a token.
    pub(crate) fn signer(&self, key: &PublicKey) -> Option<Arc<dyn Signer>> {
        let held = self.secrets.values().filter(|secret| secret.algorithm == key.algorithm());
        let mut held = held.filter_map(|secret| secret.signer().ok());
        held.find(|one| one.public_key() == *key)
            .or_else(|| self.tokens.as_ref().and_then(|tokens| tokens.signer(key)))
    }

    /// Tells whether the secret of a public key is here.
    pub(crate) fn holds(&self, key: &PublicKey) -> bool {
        self.signer(key).is_some()
    }

    /// Keeps every secret that was made, sealed.
    pub(crate) fn keep(&self, store: &Store) -> Result<(), AppError> {
        let made = self.secrets.iter().filter(|(name, _)| self.made.contains(*name));
        made.into_iter().try_for_each(|(name, secret)| {
            store.put_secret(name, &secret.to_stored()).map_err(AppError::Store)
        })
    }
}

/// Is the keys with which an organisation signs an entry: one, or one of each algorithm that it must sign with.
pub(crate) type EntrySigners = Vec<Arc<dyn Signer>>;

/// Is a registered key with what signs with it.
type HeldKey = (RegisteredKey, Arc<dyn Signer>);

/// Is the keys this node can sign with.
#[derive(Default)]
pub(crate) struct KeyRing {
    entries: HashMap<OrganisationCode, Vec<HeldKey>>,
    /// The organisation that runs this node, with the newest of its checkpoint keys that has no end.
    checkpoints: Option<(OrganisationCode, Option<Zeroizing<[u8; 32]>>)>,
}

impl KeyRing {
    /// Loads the keys of the registry whose secrets are on this node or in its token.
    pub(crate) fn load(store: &Store, ports: &Ports, registry: &Registry) -> Result<Self, AppError> {
        let hosted = HostedKeys::load_registered(store, ports, registry)?;
        let mut ring = Self::default();
        let mut keys: Vec<RegisteredKey> = registry.keys().map(|(_, key)| *key).collect();
        keys.sort_by_key(|key| key.not_before);
        for key in keys {
            match key.usage {
                KeyUsage::Entries => {
                    if let Some(signer) = hosted.signer(&key.key) {
                        ring.entries.entry(key.organisation).or_default().push((key, signer));
                    }
                }
                KeyUsage::Checkpoints => ring.take_checkpoint_key(&hosted, &key),
                KeyUsage::Unlisted(_) => {}
            }
        }
        Ok(ring)
    }

    fn take_checkpoint_key(&mut self, hosted: &HostedKeys, key: &RegisteredKey) {
        let is_it = |secret: &&Secret| secret.signer().is_ok_and(|signer| signer.public_key() == key.key);
        let Some(secret) = hosted.secrets.values().find(is_it) else { return };
        let earlier = self.checkpoints.take().and_then(|(_, secret)| secret);
        let secret = if key.not_after.is_none() { Some(secret.bytes.clone()) } else { earlier };
        self.checkpoints = Some((key.organisation, secret));
    }

    /// The keys with which an organisation signs now, when they are on this node.
    pub(crate) fn signers(
        &self,
        registry: &Registry,
        organisation: OrganisationCode,
        now: Timestamp,
    ) -> Result<EntrySigners, AppError> {
        let held = self.entries.get(&organisation).map_or(&[][..], Vec::as_slice);
        let usable =
            |(key, _): &&HeldKey| key.valid_at(now.seconds()) && registry.compromise(&key.key.id()).is_none();
        let newest_first = || held.iter().rev().filter(usable);
        let required = registry.must_sign_with(organisation, now.seconds());
        if required.is_empty() {
            let (_, newest) = newest_first().next().ok_or(AppError::NoKey)?;
            return Ok(vec![newest.clone()]);
        }
        let newest_of = |algorithm: &Algorithm| {
            let mut of_it = newest_first().filter(|(key, _)| key.key.algorithm() == *algorithm);
            of_it.next().map(|(_, signer)| signer.clone()).ok_or(AppError::NoKey)
        };
        required.iter().map(newest_of).collect()
    }

    /// The organisation that runs this node's ledgers.
    pub(crate) fn host(&self) -> Result<OrganisationCode, AppError> {
        self.checkpoints.as_ref().map(|(code, _)| *code).ok_or(AppError::NoKey)
    }

    /// The secret of the key that signs this node's checkpoints.
    pub(crate) fn checkpoint_key(&self) -> Result<&[u8; 32], AppError> {
        self.checkpoints.as_ref().and_then(|(_, secret)| secret.as_deref()).ok_or(AppError::NoKey)
    }
}
