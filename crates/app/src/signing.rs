//! The keys this node keeps for organisations, and the sealing of entries with them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use barid_domain::contents::{Content, EntryType};
use barid_domain::dates::Timestamp;
use barid_domain::entries::{Claims, Unverified, Verified, seal};
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::{Ed25519Signer, PublicKey, Signer};
use barid_domain::registry::{KeyUsage, Registry};
use barid_store::Store;

use crate::context::Ports;
use crate::error::AppError;

/// The fewest contents that are worth a thread.
const SEALED_BY_ONE: usize = 16;

/// Names the secret of an organisation's entry key in the store.
pub(crate) fn entry_key_name(organisation: OrganisationCode) -> String {
    format!("entries-{}", organisation.as_str().to_ascii_lowercase())
}

/// Names the secret of an organisation's checkpoint key in the store.
pub(crate) fn checkpoint_key_name(organisation: OrganisationCode) -> String {
    format!("checkpoints-{}", organisation.as_str().to_ascii_lowercase())
}

/// Is the secrets of a ceremony: those that this node keeps already and those that were made just now.
#[derive(Default)]
pub(crate) struct HostedKeys(BTreeMap<String, zeroize::Zeroizing<[u8; 32]>>);

impl HostedKeys {
    /// Loads what this node keeps of these organisations.
    pub(crate) fn load(
        store: &Store,
        organisations: impl IntoIterator<Item = OrganisationCode>,
    ) -> Result<Self, AppError> {
        let mut keys = BTreeMap::new();
        for code in organisations {
            for name in [entry_key_name(code), checkpoint_key_name(code)] {
                if let Some(secret) = read_secret(store, &name)? {
                    keys.insert(name, secret);
                }
            }
        }
        Ok(Self(keys))
    }

    /// The public half of the key of this name, which is made where there is none.
    pub(crate) fn make(&mut self, ports: &Ports, name: &str) -> PublicKey {
        let made = || zeroize::Zeroizing::new(ports.draw::<32>());
        let secret = self.0.entry(name.to_owned()).or_insert_with(made);
        Ed25519Signer::from_secret(secret).public_key()
    }

    /// The signer of a public key, when its secret is here.
    pub(crate) fn signer(&self, key: &PublicKey) -> Option<Ed25519Signer> {
        self.0.values().map(|secret| Ed25519Signer::from_secret(secret)).find(|one| one.public_key() == *key)
    }

    /// Tells whether the secret of a public key is here.
    pub(crate) fn holds(&self, key: &PublicKey) -> bool {
        self.signer(key).is_some()
    }

    /// Keeps every secret, sealed.
    pub(crate) fn keep(&self, store: &Store) -> Result<(), AppError> {
        self.0
            .iter()
            .try_for_each(|(name, secret)| store.put_secret(name, secret.as_slice()).map_err(AppError::Store))
    }
}

/// Is the keys this node can sign with.
#[derive(Default)]
pub(crate) struct KeyRing {
    entries: HashMap<OrganisationCode, Arc<Ed25519Signer>>,
    checkpoints: Option<(OrganisationCode, [u8; 32])>,
}

impl KeyRing {
    /// Loads the keys of every registered organisation whose secret is on this node.
    pub(crate) fn load(store: &Store, registry: &Registry) -> Result<Self, AppError> {
        let mut ring = Self::default();
        for (code, _) in registry.organisations() {
            if let Some(secret) = read_secret(store, &entry_key_name(code))? {
                let signer = Ed25519Signer::from_secret(&secret);
                if is_registered(registry, code, &signer, KeyUsage::Entries) {
                    ring.entries.insert(code, Arc::new(signer));
                }
            }
            if let Some(secret) = read_secret(store, &checkpoint_key_name(code))? {
                let signer = Ed25519Signer::from_secret(&secret);
                if is_registered(registry, code, &signer, KeyUsage::Checkpoints) {
                    ring.checkpoints = Some((code, *secret));
                }
            }
        }
        Ok(ring)
    }

    /// The signer of an organisation, when its key is on this node.
    pub(crate) fn signer(&self, organisation: OrganisationCode) -> Result<Arc<Ed25519Signer>, AppError> {
        self.entries.get(&organisation).cloned().ok_or(AppError::NoKey)
    }

    /// The organisation that runs this node's ledgers, with the secret of its checkpoint key.
    pub(crate) fn checkpoint_key(&self) -> Result<(OrganisationCode, &[u8; 32]), AppError> {
        self.checkpoints.as_ref().map(|(code, secret)| (*code, secret)).ok_or(AppError::NoKey)
    }
}

/// Seals a content for its issuer and verifies the result as any peer would, before it may be stored.
pub(crate) fn seal_content(
    registry: &Registry,
    signer: &dyn Signer,
    issuer: OrganisationCode,
    content: &Content,
    payload: Vec<u8>,
    now: Timestamp,
) -> Result<Verified, AppError> {
    let claims = Claims {
        entry_type: entry_type(content),
        issuer,
        subject: content.subject().unwrap_or_default(),
        issued_at: now.seconds(),
    };
    let bytes = seal(&claims, payload, &[signer])?;
    let verified = Unverified::parse(&bytes)?.verify(registry)?;
    Content::read(&verified)?;
    Ok(verified)
}

/// Is a content that waits to be sealed, with its payload.
pub(crate) struct Unsealed {
    pub(crate) content: Content,
    pub(crate) payload: Vec<u8>,
}

/// Seals many contents as [`seal_content`] does each, on all the processor's cores; gives the entries in the same order.
pub(crate) fn seal_contents(
    registry: &Registry,
    signer: &(dyn Signer + Sync),
    issuer: OrganisationCode,
    contents: Vec<Unsealed>,
    now: Timestamp,
) -> Result<Vec<Verified>, AppError> {
    let seal_all = |contents: Vec<Unsealed>| -> Result<Vec<Verified>, AppError> {
        let sealed = contents
            .into_iter()
            .map(|unsealed| seal_content(registry, signer, issuer, &unsealed.content, unsealed.payload, now));
        sealed.collect()
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = contents.len().div_ceil(cores).max(SEALED_BY_ONE);
    if contents.len() <= share {
        return seal_all(contents);
    }
    std::thread::scope(|scope| {
        let mut rest = contents;
        let mut threads = Vec::new();
        while rest.len() > share {
            let later = rest.split_off(share);
            let first = std::mem::replace(&mut rest, later);
            threads.push(scope.spawn(move || seal_all(first)));
        }
        // The last share is this thread's own.
        let last = seal_all(rest);
        let mut sealed = Vec::new();
        for thread in threads {
            // A panic there is a panic here.
            sealed.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        sealed.extend(last?);
        Ok(sealed)
    })
}

fn entry_type(content: &Content) -> EntryType {
    match content {
        Content::Genesis(_) => EntryType::Genesis,
        Content::Organisation(_) => EntryType::Organisation,
        Content::Key(_) => EntryType::Key,
        Content::Person(_) => EntryType::Person,
        Content::TravelDocument(_) => EntryType::TravelDocument,
        Content::Object(_) => EntryType::Object,
        Content::Link(_) => EntryType::Link,
        Content::Withdrawal(_) => EntryType::Withdrawal,
        Content::Batch(_) => EntryType::Batch,
        Content::ItemWithdrawal(_) => EntryType::ItemWithdrawal,
        Content::Agreement(_) => EntryType::Agreement,
        Content::AgreementAct(_) => EntryType::AgreementAct,
        Content::Unknown => EntryType::Unknown(String::new()),
    }
}

fn read_secret(store: &Store, name: &str) -> Result<Option<zeroize::Zeroizing<[u8; 32]>>, AppError> {
    let Some(bytes) = store.get_secret(name).map_err(AppError::Store)? else { return Ok(None) };
    let secret: [u8; 32] = bytes.as_slice().try_into().map_err(|_| AppError::NoKey)?;
    Ok(Some(zeroize::Zeroizing::new(secret)))
}

fn is_registered(
    registry: &Registry,
    code: OrganisationCode,
    signer: &Ed25519Signer,
    usage: KeyUsage,
) -> bool {
    use barid_domain::entries::KeyLookup;
    let known = registry.key(&signer.public_key().id());
    known.is_some_and(|key| key.organisation == code && key.usage == usage)
}
