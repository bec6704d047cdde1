//! Countersigning: this node's epochs, countersigned by other organisations' nodes, and theirs by this one.
//!
//! `epochs` writes one leaf at a fixed cadence; `submitting` hands its checkpoint to the countersigners that were
//! named; `answering` is the other side, C2SP's witness; `evidence` keeps what shows that a ledger has two histories.
//! Here is whom this node asks and whom it countersigns: only what whoever runs the node has named.

mod answering;
mod epochs;
mod evidence;
mod kept;
mod submitting;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use barid_domain::audit::Operation;
use barid_domain::dates::Timestamp;
use barid_domain::entries::KeyLookup as _;
use barid_domain::epochs::{EpochLog, countersigner_name};
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::PublicKey;
use barid_domain::registry::{Custody, KeyUsage, Registry};
use barid_ledger::{
    Ed25519NoteSigner, KeyName, NoteSigner as _, Origin, SignatureType, TrustedLog, VerifierKey,
};
use barid_store::{CountersigningKind, CountersigningRow, StoreError, SystemChange};

pub use answering::CountersignerAnswer;
pub use barid_ledger::MAX_REQUEST_BYTES as REQUEST_BYTES_CAP;
pub use evidence::ShownFork;
pub(crate) use kept::{KeptCountersigner, KeptLedger};
pub use submitting::{Submission, Submitted};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// The most ledgers or countersigners of a node, and the most keys of one ledger.
const NAMED_CAP: usize = 1_000;
const KEYS_CAP: usize = 16;
/// The longest address of a countersigner, in bytes.
pub const COUNTERSIGNER_URL_CAP: usize = 1_000;

/// Is what a running node knows of its countersigning, for readiness and metrics.
#[derive(Default)]
pub(crate) struct CountersigningState {
    forks: AtomicU32,
    countersigners: AtomicU32,
    behind: AtomicU32,
    epochs: AtomicU64,
    countersigned: AtomicU64,
    /// Why each countersigner that failed last did.
    failing: Mutex<BTreeMap<String, &'static str>>,
}

impl CountersigningState {
    pub(crate) fn shown(&self) -> CountersigningHealth {
        CountersigningHealth {
            forks: self.forks.load(Ordering::Relaxed),
            countersigners: self.countersigners.load(Ordering::Relaxed),
            behind: self.behind.load(Ordering::Relaxed),
            epochs: self.epochs.load(Ordering::Relaxed),
            countersigned: self.countersigned.load(Ordering::Relaxed),
        }
    }

    /// Notes how a countersigner answered; tells whether that is news.
    fn note(&self, name: &str, failed: Option<&'static str>) -> bool {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match failed {
            Some(code) => failing.insert(name.to_owned(), code),
            None => failing.remove(name),
        };
        before != failed
    }
}

/// Is how countersigning goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CountersigningHealth {
    /// Of how many forks this node holds evidence.
    pub forks: u32,
    /// How many countersigners it asks.
    pub countersigners: u32,
    /// How many of them have not countersigned the last two epochs.
    pub behind: u32,
    /// How many epochs there are.
    pub epochs: u64,
    /// How many of them every countersigner that is asked has countersigned.
    pub countersigned: u64,
}

/// Is a change of whom this node asks or countersigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountersigningChange {
    /// Countersigns a ledger, on the signature of any of these keys, or of the checkpoint keys that the registry has of its
    /// organisation where there are none.
    AddLedger {
        /// The ledger.
        origin: Origin,
        /// Its keys.
        keys: Vec<VerifierKey>,
    },
    /// Countersigns a ledger no longer. Its last head is kept, so that it can't begin anew.
    RemoveLedger {
        /// The ledger.
        origin: Origin,
    },
    /// Asks a node for countersignatures.
    AddCountersigner {
        /// Its submission prefix: `add-checkpoint` is below it.
        url: String,
        /// Its key, of the type for countersignatures.
        key: VerifierKey,
    },
    /// Asks a node no longer.
    RemoveCountersigner {
        /// The name of its key.
        name: KeyName,
    },
}

/// Is what whoever runs the node is shown of its countersigning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCountersigning {
    /// The ledger of this node's epochs.
    pub own_ledger: String,
    /// The key that signs it, for countersigners.
    pub own_ledger_key: String,
    /// The key with which this node countersigns, for those that ask it.
    pub own_countersigner_key: String,
    /// How many epochs there are.
    pub epochs: u64,
    /// Whom this node asks.
    pub countersigners: Vec<ShownCountersigner>,
    /// What it countersigns.
    pub ledgers: Vec<ShownLedger>,
    /// Evidence of forks.
    pub forks: Vec<ShownFork>,
}

/// Is a countersigner that this node asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCountersigner {
    /// Its key.
    pub key: String,
    /// Its address.
    pub url: String,
    /// How many epochs it has countersigned; 0 for none yet.
    pub size: u64,
    /// When it last did, by its clock.
    pub at: Option<Timestamp>,
}

/// Is a ledger that this node countersigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLedger {
    /// The ledger.
    pub origin: String,
    /// Its keys; none where they are the registry's.
    pub keys: Vec<String>,
    /// The size that was countersigned last.
    pub size: u64,
    /// When that was.
    pub at: Option<Timestamp>,
    /// Whether it waits for being added again: this node was restored since it countersigned last.
    pub waits: bool,
}

impl App {
    /// Changes whom this node asks for countersignatures or which ledgers it countersigns.
    ///
    /// # Errors
    /// [`AppError::Countersigning`] for what can't be; [`AppError::Absent`] for what is to be removed and is not there.
    pub async fn change_countersigning(
        &self,
        ctx: &OpContext,
        change: CountersigningChange,
    ) -> Result<(), AppError> {
        self.may_write(ctx, Operation::ChangeCountersigning)?;
        let row = match change {
            CountersigningChange::AddLedger { origin, keys } => self.ledger_to_add(origin, &keys).await?,
            CountersigningChange::RemoveLedger { origin } => self.ledger_to_remove(&origin).await?,
            CountersigningChange::AddCountersigner { url, key } => {
                self.countersigner_to_add(&url, &key).await?
            }
            CountersigningChange::RemoveCountersigner { name } => {
                self.countersigner_to_remove(name.as_str()).await?
            }
        };
        let line = self.write_line(ctx, Operation::ChangeCountersigning, self.now(), Vec::new(), Vec::new());
        let mut tx = self.store().begin_write(None);
        tx.change_system(SystemChange::KeepCountersigning(row));
        tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        self.count_countersigning().await
    }

    /// Shows whom this node asks and countersigns, and the evidence it holds.
    ///
    /// # Errors
    /// As the store has them.
    pub async fn countersigning(&self, ctx: &OpContext) -> Result<ShownCountersigning, AppError> {
        self.may_write(ctx, Operation::ChangeCountersigning)?;
        let log = self.epoch_log()?;
        let incarnation = self.store().incarnation();
        let countersigners = self.countersigners().await?.into_iter().filter(|(_, kept)| kept.is_asked);
        let ledgers = self.ledgers().await?.into_iter().filter(|(_, kept)| kept.is_countersigned);
        let (name, own_key) = (key_name(&log.to_string())?, self.countersigning_signer()?);
        let secret = self.checkpoint_key()?;
        let signing = ed25519_dalek::SigningKey::from_bytes(&secret);
        let ledger_key = VerifierKey::new(name, SignatureType::Ed25519, signing.verifying_key().as_bytes())
            .map_err(|_| AppError::NoKey)?;
        Ok(ShownCountersigning {
            own_ledger: log.to_string(),
            own_ledger_key: ledger_key.to_string(),
            own_countersigner_key: own_key.verifier_key().to_string(),
            epochs: self.newest_epoch().await?.map_or(0, |(number, _)| number),
            countersigners: countersigners.map(|(_, kept)| kept.shown()).collect(),
            ledgers: ledgers.map(|(origin, kept)| kept.shown(origin, incarnation)).collect(),
            forks: self.forks().await?,
        })
    }

    async fn ledger_to_add(
        &self,
        origin: Origin,
        keys: &[VerifierKey],
    ) -> Result<CountersigningRow, AppError> {
        if origin.as_str() == self.epoch_log()?.to_string() {
            return Err(AppError::Countersigning("a node does not countersign itself"));
        }
        if keys.len() > KEYS_CAP {
            return Err(AppError::Countersigning("too many keys"));
        }
        let kept = self.ledger(origin.as_str()).await?;
        if kept.is_none() && self.ledgers().await?.len() >= NAMED_CAP {
            return Err(AppError::Countersigning("too many ledgers"));
        }
        let replaces = kept.as_ref().map(KeptLedger::to_bytes);
        let mut ledger = kept.unwrap_or_default();
        ledger.keys = keys.iter().map(ToString::to_string).collect();
        ledger.is_countersigned = true;
        // A head of before a restore counts again: whoever adds the ledger was told.
        ledger.incarnation = self.store().incarnation();
        let trusted = self.trusted_ledger(&origin, &ledger, false);
        trusted.ok_or(AppError::Countersigning(
            "no key of the ledger: none was given that is of a ledger, and the registry has none of its organisation",
        ))?;
        Ok(row(CountersigningKind::Ledger, origin.as_str(), ledger.to_bytes(), replaces))
    }

    async fn ledger_to_remove(&self, origin: &Origin) -> Result<CountersigningRow, AppError> {
        let mut ledger = self.ledger(origin.as_str()).await?.ok_or(AppError::Absent)?;
        if !ledger.is_countersigned {
            return Err(AppError::Absent);
        }
        let replaces = Some(ledger.to_bytes());
        ledger.is_countersigned = false;
        Ok(row(CountersigningKind::Ledger, origin.as_str(), ledger.to_bytes(), replaces))
    }

    async fn countersigner_to_add(
        &self,
        url: &str,
        key: &VerifierKey,
    ) -> Result<CountersigningRow, AppError> {
        if key.signature_type() != SignatureType::TimestampedEd25519 {
            return Err(AppError::Countersigning("not a key for countersignatures"));
        }
        if url.is_empty() || url.len() > COUNTERSIGNER_URL_CAP || url.chars().any(char::is_control) {
            return Err(AppError::Countersigning("not an address"));
        }
        let own = self.countersigning_signer()?;
        if own.verifier_key().public_key() == key.public_key() {
            return Err(AppError::Countersigning("a node does not countersign itself"));
        }
        let all = self.countersigners().await?;
        let name = key.name().as_str();
        let is_taken = |(other, kept): &(String, KeptCountersigner)| {
            other != name
                && kept.is_asked
                && kept.verifier_key().is_some_and(|kept| kept.public_key() == key.public_key())
        };
        if all.iter().any(is_taken) {
            return Err(AppError::Countersigning("the key is one of another countersigner already"));
        }
        let kept = all.iter().find(|(other, _)| other == name).map(|(_, kept)| kept.clone());
        if kept.is_none() && all.len() >= NAMED_CAP {
            return Err(AppError::Countersigning("too many countersigners"));
        }
        let replaces = kept.as_ref().map(KeptCountersigner::to_bytes);
        let key = key.to_string();
        let url = url.trim_end_matches('/').to_owned();
        // What was countersigned with another key is asked for anew.
        let countersigner = match kept.filter(|kept| kept.key == key) {
            Some(kept) => KeptCountersigner { url, is_asked: true, ..kept },
            None => KeptCountersigner { url, key, is_asked: true, ..KeptCountersigner::default() },
        };
        Ok(row(CountersigningKind::Countersigner, name, countersigner.to_bytes(), replaces))
    }

    async fn countersigner_to_remove(&self, name: &str) -> Result<CountersigningRow, AppError> {
        let mut all = self.countersigners().await?.into_iter();
        let found = all.find(|(other, kept)| other == name && kept.is_asked);
        let (_, mut kept) = found.ok_or(AppError::Absent)?;
        let replaces = Some(kept.to_bytes());
        kept.is_asked = false;
        Ok(row(CountersigningKind::Countersigner, name, kept.to_bytes(), replaces))
    }

    /// Every countersigner that was named once, by the name of its key.
    pub(crate) async fn countersigners(&self) -> Result<Vec<(String, KeptCountersigner)>, AppError> {
        let rows = self.store().countersigning_rows(CountersigningKind::Countersigner, "", 10_000).await;
        let rows = rows.map_err(AppError::Store)?.into_iter();
        rows.map(|(name, content)| Ok((name, KeptCountersigner::from_bytes(&content)?))).collect()
    }

    async fn ledgers(&self) -> Result<Vec<(String, KeptLedger)>, AppError> {
        let rows = self.store().countersigning_rows(CountersigningKind::Ledger, "", 10_000).await;
        let rows = rows.map_err(AppError::Store)?.into_iter();
        rows.map(|(name, content)| Ok((name, KeptLedger::from_bytes(&content)?))).collect()
    }

    async fn ledger(&self, origin: &str) -> Result<Option<KeptLedger>, AppError> {
        let content = self.store().countersigning_row(CountersigningKind::Ledger, origin).await;
        content.map_err(AppError::Store)?.map(|content| KeptLedger::from_bytes(&content)).transpose()
    }

    /// Whom a ledger is believed by: the keys that were given, or those the registry has; of those that ended too where
    /// evidence is looked at.
    fn trusted_ledger(&self, origin: &Origin, ledger: &KeptLedger, with_ended: bool) -> Option<TrustedLog> {
        let keys: Vec<VerifierKey> = if ledger.keys.is_empty() {
            let log: EpochLog = origin.as_str().parse().ok()?;
            let registry = self.registry();
            registry.active(log.organisation)?;
            let name = KeyName::new(origin.as_str()).ok()?;
            checkpoint_keys(&registry, log.organisation, with_ended)
                .filter_map(|key| VerifierKey::new(name.clone(), SignatureType::Ed25519, &key).ok())
                .collect()
        } else {
            ledger.keys.iter().filter_map(|key| key.parse().ok()).collect()
        };
        TrustedLog::new(origin.clone(), keys).ok()
    }

    /// The key with which this node countersigns: that of its checkpoints, under another name and for another form.
    fn countersigning_signer(&self) -> Result<Ed25519NoteSigner, AppError> {
        let secret = self.checkpoint_key()?;
        let name = countersigner_name(self.host()?).ok_or(AppError::NoKey)?;
        let key = ed25519_dalek::SigningKey::from_bytes(&secret);
        Ok(Ed25519NoteSigner::new(name, SignatureType::TimestampedEd25519, key))
    }

    /// Counts anew what readiness and metrics show.
    pub(crate) async fn count_countersigning(&self) -> Result<(), AppError> {
        let newest = self.newest_epoch().await?.map_or(0, |(number, _)| number);
        let countersigners = self.countersigners().await?;
        let asked: Vec<_> = countersigners.iter().filter(|(_, kept)| kept.is_asked).collect();
        // What was countersigned of another incarnation's ledger says nothing of this one.
        let origin = self.epoch_log()?.to_string();
        let sizes = || asked.iter().map(|(_, kept)| if kept.origin == origin { kept.size } else { 0 });
        let behind = sizes().filter(|size| size.saturating_add(1) < newest).count();
        let forks = self.forks().await?.len();
        let state = &self.countersigning;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        state.countersigners.store(count(asked.len()), Ordering::Relaxed);
        state.behind.store(count(behind), Ordering::Relaxed);
        state.forks.store(count(forks), Ordering::Relaxed);
        state.epochs.store(newest, Ordering::Relaxed);
        state.countersigned.store(sizes().min().unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Keeps rows in one commit; `false` where another server or request was first.
    async fn keep_countersigning(&self, why: &str, changes: Vec<SystemChange>) -> Result<bool, AppError> {
        let ctx = crate::reviews::upkeep_context(self.host()?, why)?;
        let line = self.write_line(&ctx, Operation::KeepCheckpoint, self.now(), Vec::new(), Vec::new());
        let mut tx = self.store().begin_write(None);
        changes.into_iter().for_each(|change| tx.change_system(change));
        match tx.commit(line).await {
            Ok(_) => Ok(true),
            Err(StoreError::Overtaken) => Ok(false),
            Err(error) => Err(self.refused_by_store(error)),
        }
    }
}

fn row(
    kind: CountersigningKind,
    name: &str,
    content: Vec<u8>,
    replaces: Option<Vec<u8>>,
) -> CountersigningRow {
    CountersigningRow { kind, name: name.to_owned(), content, replaces }
}

fn key_name(name: &str) -> Result<KeyName, AppError> {
    KeyName::new(name).map_err(|_| AppError::Proof("key name"))
}

/// The keys with which an organisation that keeps them itself signs checkpoints. One that is in other hands, or ended, is none
/// of them: what it signed may have been signed at any time.
pub(crate) fn checkpoint_keys(
    registry: &Registry,
    organisation: OrganisationCode,
    with_ended: bool,
) -> impl Iterator<Item = [u8; 32]> {
    let keeps_its_own =
        registry.organisations().any(|(code, found)| code == organisation && found.custody == Custody::Own);
    registry
        .keys()
        .filter(move |(_, key)| keeps_its_own && key.organisation == organisation)
        .filter(|(_, key)| key.usage == KeyUsage::Checkpoints)
        .filter(move |(id, key)| with_ended || (key.not_after.is_none() && registry.compromise(id).is_none()))
        .filter_map(|(_, key)| match key.key {
            PublicKey::Ed25519(bytes) => Some(bytes),
            PublicKey::P256(_) => None,
        })
}
