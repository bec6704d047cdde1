//! The way from a stream's checkpoint to an epoch that others countersigned, as bundles carry it, and its check offline.
//!
//! The bundle's checkpoint extends the stream as it stood in the epoch; the stream's salted item is in the epoch's tree;
//! the epoch's leaf is in the node's ledger of epochs; the checkpoint of that ledger is countersigned. Nothing of other
//! streams is on the way.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use barid_domain::dates::Timestamp;
use barid_domain::epochs::{EpochItem, EpochLeaf, EpochLog, EpochPath, countersigner_name};
use barid_domain::ids::OrganisationCode;
use barid_domain::registry::{Custody, Registry, Standing};
use barid_domain::streams::StreamId;
use barid_ledger::{
    Checkpoint, Hash, SignatureType, SignedCheckpoint, VerifierKey, verify_consistency, verify_inclusion,
};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::countersigning::{KeptCountersigner, checkpoint_keys};
use crate::error::AppError;
use crate::proofs::{ProofFault, hex, read_hashes, unhex, verify_note};

/// The most keys of countersigners that a verifier believes beside those of the registry.
pub const COUNTERSIGNER_KEYS_CAP: usize = 64;

/// Proves that a stream stood so in an epoch that was countersigned.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CountersignedEpoch {
    /// The stream as it stood (CBOR), in hexadecimal.
    pub item: String,
    /// Its place in the epoch's tree, from 0.
    pub item_index: u64,
    /// How many leaves that tree has.
    pub item_leaves: u64,
    /// The inclusion proof in that tree, hashes in hexadecimal.
    pub item_path: Vec<String>,
    /// The consistency proof from the stream as it stood to the bundle's checkpoint.
    pub consistency: Vec<String>,
    /// The epoch's leaf (CBOR), in hexadecimal.
    pub leaf: String,
    /// The number of the epoch in its ledger, from 1.
    pub epoch: u64,
    /// The inclusion proof of the leaf.
    pub inclusion: Vec<String>,
    /// The checkpoint of the ledger of epochs, with its countersignatures (C2SP tlog-cosignature).
    pub checkpoint: String,
}

/// Says who countersigned the history that a bundle's checkpoint goes on.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct CountersignedShown {
    /// The ledger of epochs.
    pub ledger: String,
    /// The number of the epoch.
    pub epoch: u64,
    /// When the epoch began.
    pub began_at: String,
    /// How many entries of the stream it stands for: those up to this number are countersigned.
    pub stream_size: u64,
    /// Whether what the bundle is about is among them: the entry, or the older checkpoint.
    pub covers: bool,
    /// Who countersigned, by names of keys that are believed, and when by their clocks.
    pub by: BTreeMap<String, String>,
}

impl App {
    /// Makes the way from a stream's checkpoint to the epoch with the most countersignatures, of these the newest; `None`
    /// where none that is kept has this stream in it.
    pub(crate) async fn countersigned_epoch(
        &self,
        stream: &StreamId,
        checkpoint_size: u64,
    ) -> Result<Option<CountersignedEpoch>, AppError> {
        let origin = self.epoch_log()?.to_string();
        let mut by_size: BTreeMap<u64, Vec<KeptCountersigner>> = BTreeMap::new();
        for (_, kept) in self.countersigners().await? {
            if kept.is_asked && kept.origin == origin && kept.size > 0 {
                by_size.entry(kept.size).or_default().push(kept);
            }
        }
        let mut by_size: Vec<_> = by_size.into_iter().collect();
        by_size.sort_by_key(|(size, kept)| Reverse((kept.len(), *size)));
        for (size, countersigners) in by_size {
            // Where what that epoch stands for is kept no longer, the next best one proves it too.
            let Some(content) = self.epoch_content(size).await? else { continue };
            let path = content.path(stream).filter(|path| path.item.size <= checkpoint_size);
            let Some(path) = path else { continue };
            let way = self.way_to_epoch(stream, checkpoint_size, size, &path, &countersigners).await?;
            return Ok(Some(way));
        }
        Ok(None)
    }

    async fn way_to_epoch(
        &self,
        stream: &StreamId,
        checkpoint_size: u64,
        size: u64,
        path: &EpochPath,
        countersigners: &[KeptCountersigner],
    ) -> Result<CountersignedEpoch, AppError> {
        let epochs = self.epochs().await?;
        let index = size.checked_sub(1).ok_or(AppError::Proof("epoch"))?;
        let leaf = usize::try_from(index).ok().and_then(|index| epochs.leaves.get(index));
        let leaf = leaf.ok_or(AppError::Proof("epoch"))?;
        let inclusion = epochs.tree.inclusion_proof(index, size).map_err(|_| AppError::Proof("tree"))?;
        let proof = self.store().consistency_proof(*stream, path.item.size, checkpoint_size).await;
        let consistency = proof.map_err(AppError::Store)?.ok_or(AppError::Proof("tree"))?;
        let checkpoint = with_countersignatures(self.sign_epochs(&epochs, size)?, countersigners)?;
        Ok(CountersignedEpoch {
            item: hex(&path.item.to_bytes()),
            item_index: path.index,
            item_leaves: path.leaves,
            item_path: path.path.iter().map(Hash::to_string).collect(),
            consistency: consistency.iter().map(Hash::to_string).collect(),
            leaf: hex(&leaf.to_bytes()),
            epoch: size,
            inclusion: inclusion.iter().map(Hash::to_string).collect(),
            checkpoint: checkpoint.to_string(),
        })
    }
}

/// Puts the countersignatures under the checkpoint, which is signed with the key of today: they are of its text alone.
fn with_countersignatures(
    mut signed: SignedCheckpoint,
    countersigners: &[KeptCountersigner],
) -> Result<SignedCheckpoint, AppError> {
    let refuse = |_| AppError::Proof("countersignature");
    for kept in countersigners {
        let theirs = SignedCheckpoint::parse(kept.checkpoint.as_bytes()).map_err(refuse)?;
        if theirs.claimed() != signed.claimed() {
            return Err(AppError::Proof("countersignature"));
        }
        let Some(key) = kept.verifier_key() else { continue };
        for line in theirs.note().signatures() {
            if line.name() == key.name() && line.id() == key.id() {
                signed = signed.with_signature(line.clone()).map_err(refuse)?;
            }
        }
    }
    Ok(signed)
}

/// Checks the way from a verified checkpoint of a stream to an epoch, and lists who countersigned it: by keys that the
/// registry has of other organisations, which keep them themselves, or that the verifier was given. `about` is the number in the
/// stream that the bundle is about.
pub(crate) fn verify_countersigned(
    registry: &Registry,
    stream: &StreamId,
    checkpoint: &Checkpoint,
    about: u64,
    shown: &CountersignedEpoch,
    given: &[VerifierKey],
) -> Result<CountersignedShown, ProofFault> {
    let item = read_cbor(&shown.item, EpochItem::parse)?;
    let leaf = read_cbor(&shown.leaf, EpochLeaf::parse)?;
    if item.stream != stream.to_string() {
        return Err(ProofFault::OtherStream);
    }
    // The tree is filled up to such a number: a path has one writing.
    if !shown.item_leaves.is_power_of_two() {
        return Err(ProofFault::Malformed("countersigned"));
    }
    let consistency = read_hashes(&shown.consistency)?;
    let then = Hash::from_bytes(item.root);
    verify_consistency(item.size, &then, checkpoint.size(), checkpoint.root(), &consistency)
        .map_err(|error| fault(format!("the stream is not that of the epoch: {error}")))?;
    let path = read_hashes(&shown.item_path)?;
    let stream_size = item.size;
    let path = EpochPath { item, index: shown.item_index, leaves: shown.item_leaves, path };
    leaf.check(&path).map_err(|error| fault(error.to_string()))?;
    let (log, signed) = verify_epoch_checkpoint(registry, stream, &shown.checkpoint)?;
    let head = signed.claimed();
    let index = shown.epoch.checked_sub(1).ok_or(ProofFault::Malformed("epoch"))?;
    let inclusion = read_hashes(&shown.inclusion)?;
    verify_inclusion(&leaf.hash(), index, head.size(), &inclusion, head.root())
        .map_err(|error| fault(format!("the epoch is not in its ledger: {error}")))?;
    Ok(CountersignedShown {
        ledger: log.to_string(),
        epoch: shown.epoch,
        began_at: Timestamp::from_seconds(leaf.at).to_string(),
        stream_size,
        covers: about <= stream_size,
        by: who_countersigned(registry, log.organisation, &signed, given)?,
    })
}

fn fault(why: String) -> ProofFault {
    ProofFault::Countersigned(why)
}

fn read_cbor<T, E>(text: &str, parse: impl Fn(&[u8]) -> Result<T, E>) -> Result<T, ProofFault> {
    let bytes = unhex(text).ok_or(ProofFault::Malformed("countersigned"))?;
    parse(&bytes).map_err(|_| ProofFault::Malformed("countersigned"))
}

/// Verifies the ledger's own signature; whose ledger it is, is who signs the stream's checkpoints.
fn verify_epoch_checkpoint(
    registry: &Registry,
    stream: &StreamId,
    note: &str,
) -> Result<(EpochLog, SignedCheckpoint), ProofFault> {
    let claimed = SignedCheckpoint::parse(note.as_bytes()).map_err(|error| fault(error.to_string()))?;
    let origin = claimed.claimed().origin().as_str();
    let log: EpochLog = origin.parse().map_err(|_| ProofFault::Malformed("countersigned"))?;
    let keeps = log.organisation == stream.organisation
        || registry.organisations().any(|(code, found)| {
            code == stream.organisation && found.custody == Custody::HostedBy(log.organisation)
        });
    if !keeps {
        return Err(ProofFault::OtherStream);
    }
    let verified = verify_note(registry, log.organisation, origin, note)?;
    Ok((log, verified.signed().clone()))
}

/// Lists the countersigners, each once, whatever names its key has.
fn who_countersigned(
    registry: &Registry,
    own: OrganisationCode,
    signed: &SignedCheckpoint,
    given: &[VerifierKey],
) -> Result<BTreeMap<String, String>, ProofFault> {
    if given.len() > COUNTERSIGNER_KEYS_CAP {
        return Err(ProofFault::Malformed("countersigner keys"));
    }
    let own_keys: BTreeSet<[u8; 32]> = registry
        .keys()
        .filter(|(_, key)| key.organisation == own)
        .filter_map(|(_, key)| match key.key {
            barid_domain::keys::PublicKey::Ed25519(bytes) => Some(bytes),
            barid_domain::keys::PublicKey::P256(_) => None,
        })
        .collect();
    let mut by = BTreeMap::new();
    let mut counted = own_keys;
    let keys = registered_countersigners(registry, own).into_iter().chain(given.iter().cloned());
    for key in keys.filter(|key| key.signature_type() == SignatureType::TimestampedEd25519) {
        let found = signed.countersignatures(std::slice::from_ref(&key));
        let found = found.map_err(|error| fault(error.to_string()))?;
        let Some(countersignature) = found.first() else { continue };
        // One holder counts once: by its key, and by its name.
        if counted.insert(*key.public_key()) {
            let at = i64::try_from(countersignature.timestamp_seconds()).unwrap_or(i64::MAX);
            by.entry(key.name().to_string()).or_insert_with(|| Timestamp::from_seconds(at).to_string());
        }
    }
    Ok(by)
}

fn registered_countersigners(registry: &Registry, own: OrganisationCode) -> Vec<VerifierKey> {
    let mut keys = Vec::new();
    for (code, found) in registry.organisations() {
        if code == own || found.standing != Standing::Active {
            continue;
        }
        let Some(name) = countersigner_name(code) else { continue };
        let of_it = checkpoint_keys(registry, code, false);
        keys.extend(
            of_it.filter_map(|key| {
                VerifierKey::new(name.clone(), SignatureType::TimestampedEd25519, &key).ok()
            }),
        );
    }
    keys
}
