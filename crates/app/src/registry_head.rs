//! The head of the registry as of an export: how long the registry was when a bundle was made, signed for that bundle.
//!
//! Registry entries in a bundle are held against checkpoints of the registry's streams. Such checkpoints are signed for
//! whoever asks, of older lengths too: alone they would let the newest statements be left out, the one that ends a key
//! among them. So a bundle carries one more checkpoint, over all statements in their order, of an origin that no stream
//! has, with the time and the hash of the bundle's own checkpoint in its extension lines: it fits no other bundle and
//! no shorter registry. A bundle without it is one of an earlier version, or was robbed of it; that is shown.

use barid_domain::dates::Timestamp;
use barid_domain::entries::{Unverified, entry_hash};
use barid_domain::ids::OrganisationCode;
use barid_domain::registry::Registry;
use barid_domain::streams::{StreamClass, StreamId};
use barid_ledger::{Checkpoint, Hash, MerkleTree, Origin, SignedCheckpoint, leaf_hash};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::AppError;
use crate::proofs::{ProofFault, hex, verify_note};

/// What stands behind the registry's stream in the origin of a head.
const SUFFIX: &str = "/head";

/// Says how much of the registry a bundle was verified with.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct RegistryShown {
    /// How many statements it had, the genesis included: the number of the newest.
    pub statements: u64,
    /// When the newest was signed.
    pub newest_at: String,
    /// When the node attested, for this bundle, that these were all; `None` where it did not.
    pub attested_at: Option<String>,
}

/// Names the origin under which a node attests the registry's head.
pub(crate) fn origin_of(stream: &StreamId) -> String {
    format!("{stream}{SUFFIX}")
}

/// Makes the head of a registry for the bundle with this checkpoint, ready to be signed.
pub(crate) fn head_for(
    stream: &StreamId,
    entries: &[Vec<u8>],
    bundle_checkpoint: &str,
    now: Timestamp,
) -> Result<Checkpoint, AppError> {
    let origin = Origin::new(origin_of(stream)).map_err(|_| AppError::Proof("origin"))?;
    let root = root_of(entries).ok_or(AppError::Proof("tree"))?;
    let lines = vec![format!("at {now}"), line_for(bundle_checkpoint)];
    Checkpoint::with_extensions(origin, entries.len() as u64, root, lines)
        .map_err(|_| AppError::Proof("checkpoint"))
}

/// Shows the registry of a bundle once its head, where there is one, is that of these entries and of this bundle.
///
/// `keepers` are the organisations in whose streams the registry stands: nobody else attests its head.
pub(crate) fn show(
    registry: &Registry,
    entries: &[Vec<u8>],
    keepers: &[OrganisationCode],
    head: Option<&str>,
    bundle_checkpoint: &str,
) -> Result<RegistryShown, ProofFault> {
    let newest = entries.last().ok_or(ProofFault::Malformed("registry"))?;
    let newest = Unverified::parse(newest).map_err(|error| ProofFault::Registry(error.to_string()))?;
    let attested_at = match head {
        None => None,
        Some(note) => Some(verify_head(registry, entries, keepers, note, bundle_checkpoint)?),
    };
    Ok(RegistryShown {
        statements: entries.len() as u64,
        newest_at: Timestamp::from_seconds(newest.claims().issued_at).to_string(),
        attested_at,
    })
}

fn verify_head(
    registry: &Registry,
    entries: &[Vec<u8>],
    keepers: &[OrganisationCode],
    note: &str,
    bundle_checkpoint: &str,
) -> Result<String, ProofFault> {
    let claimed = SignedCheckpoint::parse(note.as_bytes())
        .map_err(|error| ProofFault::Checkpoint(error.to_string()))?;
    let origin = claimed.claimed().origin().as_str().to_owned();
    let stream: Option<StreamId> = origin.strip_suffix(SUFFIX).and_then(|stream| stream.parse().ok());
    let stream = stream.ok_or(ProofFault::Malformed("registry head"))?;
    if stream.class != StreamClass::Registry || !keepers.contains(&stream.organisation) {
        return Err(ProofFault::OtherStream);
    }
    let verified = verify_note(registry, stream.organisation, &origin, note)?;
    let head = verified.checkpoint();
    let [at, of_bundle] = head.extensions() else { return Err(ProofFault::Malformed("registry head")) };
    let at = at.strip_prefix("at ").ok_or(ProofFault::Malformed("registry head"))?;
    if *of_bundle != line_for(bundle_checkpoint) {
        return Err(ProofFault::Registry("the attested head is that of another bundle".to_owned()));
    }
    let has = entries.len() as u64;
    if head.size() != has {
        let why = format!("has {has} statements where its attested head has {}", head.size());
        return Err(ProofFault::Registry(why));
    }
    if root_of(entries) != Some(*head.root()) {
        return Err(ProofFault::Registry("the statements are not those of the attested head".to_owned()));
    }
    Ok(at.to_owned())
}

fn line_for(bundle_checkpoint: &str) -> String {
    format!("for {}", hex(&Sha256::digest(bundle_checkpoint)))
}

fn root_of(entries: &[Vec<u8>]) -> Option<Hash> {
    let leaves = entries.iter().map(|bytes| leaf_hash(&entry_hash(bytes).0));
    MerkleTree::from_leaves(leaves).ok().map(|tree| tree.root())
}
