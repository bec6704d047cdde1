//! Proofs that leave the node: that an entry or an access stands in a ledger, and that two checkpoints agree.
//!
//! A bundle is a JSON file that holds all it takes to check it offline: the statement itself, its place, the inclusion
//! proof, the signed checkpoint, and the registry's entries with the keys. Only the fingerprint of the genesis has to
//! be known beforehand. [`verify_bundle`] needs no store, no network and no clock.

use std::collections::BTreeMap;

use barid_domain::audit::{JournalLine, Operation};
use barid_domain::codes::Database;
use barid_domain::contents::{Content, EntryType};
use barid_domain::entries::{KeyLookup, Unverified};
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId, decode_hex};
use barid_domain::keys::PublicKey;
use barid_domain::policy::{self, Refusal};
use barid_domain::registry::{Custody, KeyUsage, Registry};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_ledger::{
    Checkpoint, Ed25519NoteSigner, Hash, KeyName, MerkleTree, Origin, SignatureType, SignedCheckpoint,
    TrustedLog, VerifiedCheckpoint, VerifiedGrowth, VerifierKey, leaf_hash, verify_inclusion,
};
use barid_search::leak_tests::{Leak, is_planted};
use barid_store::StreamHead;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::acts::{About, Act};
use crate::context::OpContext;
use crate::countersigned::verify_countersigned;
pub use crate::countersigned::{CountersignedEpoch, CountersignedShown};
use crate::error::AppError;
use crate::orders::verify_order;
use crate::registry_head;
pub use crate::registry_head::RegistryShown;

/// The format of every bundle.
pub const FORMAT: &str = "barid-proof.v1";
/// The largest bundle that is read, in bytes.
pub const BUNDLE_BYTES_CAP: usize = 16 << 20;
/// The most registry entries in a bundle.
pub const REGISTRY_CAP: usize = 10_000;

/// Proves that an entry or an access stands in a ledger.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ProofBundle {
    /// Always [`FORMAT`].
    pub format: String,
    /// What is proved.
    pub kind: BundleKind,
    /// The signed entry, or the journal's line, in hexadecimal.
    pub statement: String,
    /// The stream, as the origin line of its checkpoints.
    pub stream: String,
    /// The number in the stream, from 1.
    pub seq: u64,
    /// The inclusion proof (RFC 9162 2.1.3), hashes in hexadecimal.
    pub inclusion: Vec<String>,
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// The entries of the registry in their order, in hexadecimal.
    pub registry: Vec<String>,
    /// The signed checkpoints of the registry's streams, in the order of the entries: all there were at that size.
    pub registry_checkpoints: Vec<String>,
    /// The registry's head as of the export, signed for this bundle; bundles of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_head: Option<String>,
    /// The way to an epoch that others countersigned, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countersigned: Option<CountersignedEpoch>,
}

/// Is what a bundle proves.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum BundleKind {
    /// A signed entry.
    Entry,
    /// A line of the journal.
    Access,
}

/// Proves that two checkpoints of one stream agree: the older is a beginning of the newer.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyBundle {
    /// Always [`FORMAT`].
    pub format: String,
    /// The older signed checkpoint.
    pub older: String,
    /// The newer signed checkpoint.
    pub newer: String,
    /// The consistency proof (RFC 9162 2.1.4), hashes in hexadecimal.
    pub consistency: Vec<String>,
    /// The entries of the registry in their order, in hexadecimal.
    pub registry: Vec<String>,
    /// The signed checkpoints of the registry's streams, in the order of the entries: all there were at that size.
    pub registry_checkpoints: Vec<String>,
    /// The registry's head as of the export, signed for this bundle; bundles of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_head: Option<String>,
    /// The way to an epoch that others countersigned, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countersigned: Option<CountersignedEpoch>,
}

/// Says what a bundle proves, once it does.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Proven {
    /// The association, by the fingerprint of its genesis.
    pub association: String,
    /// The place.
    pub stream: String,
    /// The number in the stream.
    pub seq: u64,
    /// How many entries the ledger had at the checkpoint.
    pub tree_size: u64,
    /// The checkpoint's root.
    pub root: String,
    /// The registry it was verified with.
    pub registry: RegistryShown,
    /// What was stated or done, field by field, for people.
    pub facts: BTreeMap<&'static str, String>,
    /// Who countersigned the history that the checkpoint goes on, where the bundle shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersigned: Option<CountersignedShown>,
}

impl Proven {
    /// How many organisations countersigned what is proved: none where it is newer than the epoch.
    pub fn countersigners(&self) -> usize {
        let countersigned = self.countersigned.as_ref().filter(|shown| shown.covers);
        countersigned.map_or(0, |shown| shown.by.len())
    }
}

/// Why a bundle proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// Not a bundle of this format; the field that is wrong.
    #[error("not a proof bundle: {0}")]
    Malformed(&'static str),
    /// The registry in the bundle does not hold, or is not the pinned one.
    #[error("registry: {0}")]
    Registry(String),
    /// The entry does not hold.
    #[error("entry: {0}")]
    Entry(String),
    /// The checkpoint does not hold.
    #[error("checkpoint: {0}")]
    Checkpoint(String),
    /// The statement is not in the ledger.
    #[error("inclusion: {0}")]
    Inclusion(String),
    /// The two checkpoints do not agree.
    #[error("consistency: {0}")]
    Consistency(String),
    /// The way to the countersigned epoch does not hold.
    #[error("countersigned epoch: {0}")]
    Countersigned(String),
    /// The receipt does not hold.
    #[error("receipt: {0}")]
    Receipt(String),
    /// The statement belongs to another stream.
    #[error("the statement does not belong to that stream")]
    OtherStream,
}

impl ProofFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "bundle-malformed",
            Self::Registry(_) => "bundle-registry",
            Self::Entry(_) => "bundle-entry",
            Self::Checkpoint(_) => "bundle-checkpoint",
            Self::Inclusion(_) => "bundle-inclusion",
            Self::Consistency(_) => "bundle-consistency",
            Self::Countersigned(_) => "bundle-countersigned",
            Self::Receipt(_) => "bundle-receipt",
            Self::OtherStream => "bundle-other-stream",
        }
    }
}

/// Is the head of a stream's ledger as its organisation may see it.
#[derive(Clone, Debug)]
pub struct VisibleHead {
    /// The stream.
    pub stream: StreamId,
    /// How many entries it has.
    pub size: u64,
    /// The Merkle root.
    pub root: Hash,
}

impl App {
    /// Lists the streams that an organisation may see: its own and the registry's.
    pub async fn streams(&self, ctx: &OpContext) -> Result<Vec<VisibleHead>, AppError> {
        self.may_prove(ctx)?;
        self.fold_journal().await?;
        let heads = self.store().stream_heads().await.map_err(AppError::Store)?;
        let is_listed =
            |head: &StreamHead| is_visible(ctx, &head.stream) || is_planted(Leak::CheckpointTempo);
        let visible = heads.into_iter().filter(is_listed);
        Ok(visible
            .map(|head| VisibleHead { stream: head.stream, size: head.size, root: head.root })
            .collect())
    }

    /// Signs the present checkpoint of a stream.
    pub async fn checkpoint(&self, ctx: &OpContext, stream: StreamId) -> Result<Option<String>, AppError> {
        self.may_prove(ctx)?;
        if !is_visible(ctx, &stream) {
            return Ok(None);
        }
        self.fold_journal().await?;
        let head = self.store().stream_head(stream).await.map_err(AppError::Store)?;
        match head {
            Some(head) => Ok(Some(self.sign_checkpoint(&stream, head.size, head.root)?)),
            None => Ok(None),
        }
    }

    /// Proves that an entry stands in its stream; `None` for entries that the organisation may not see.
    pub async fn prove_entry(
        &self,
        ctx: &OpContext,
        entry: EntryHash,
    ) -> Result<Option<ProofBundle>, AppError> {
        self.prove(ctx, entry, BundleKind::Entry).await
    }

    /// Proves that an access stands in its access stream, by the hash of its line: one of one's own organisation, or of any that the
    /// caller audits.
    pub async fn prove_access(
        &self,
        ctx: &OpContext,
        line: EntryHash,
    ) -> Result<Option<ProofBundle>, AppError> {
        self.prove(ctx, line, BundleKind::Access).await
    }

    async fn prove(
        &self,
        ctx: &OpContext,
        hash: EntryHash,
        kind: BundleKind,
    ) -> Result<Option<ProofBundle>, AppError> {
        let act = self.begin_proof(ctx, hash).await?;
        self.fold_journal().await?;
        let provable = self.provable(ctx, &act, hash, kind).await?;
        let mut shown = Vec::new();
        let bundle = match provable {
            Some(Provable { bytes, position, record }) => {
                shown.extend(record);
                Some(self.bundle(kind, &bytes, position).await?)
            }
            None => None,
        };
        self.end(ctx, act, shown).await?;
        Ok(bundle)
    }

    /// Begins taking out what proves an entry, for who may; who may not has its line too.
    pub(crate) async fn begin_proof(&self, ctx: &OpContext, entry: EntryHash) -> Result<Act, AppError> {
        self.must_take_part(ctx)?;
        let about = About { entry: Some(entry), ..About::default() };
        let act = self.begin_about(ctx, Operation::ExportProof, about).await?;
        match self.may_prove(ctx) {
            Ok(()) => Ok(act),
            Err(refusal) => {
                let refusal = AppError::from(refusal);
                self.refuse(ctx, act, &refusal).await?;
                Err(refusal)
            }
        }
    }

    /// Opens what may be proved to the organisation, with its place; `None` for all else.
    pub(crate) async fn provable(
        &self,
        ctx: &OpContext,
        act: &Act,
        hash: EntryHash,
        kind: BundleKind,
    ) -> Result<Option<Provable>, AppError> {
        let position = self.store().find_entry(hash).await.map_err(AppError::Store)?;
        let audited = |of| self.may_audit(ctx, Operation::ReadAccesses, of).is_ok();
        let provable = position.filter(|position| {
            let stream = &position.stream;
            let is_access = stream.class == StreamClass::Access;
            is_access == (kind == BundleKind::Access)
                && (is_visible(ctx, stream) || is_access && audited(stream.organisation))
        });
        let Some(position) = provable else { return Ok(None) };
        let stored = self.store().open_entry(act.begun(), hash).await.map_err(AppError::Store)?;
        match stored.and_then(|stored| stored.bytes) {
            Some(bytes) if kind == BundleKind::Entry => {
                let taken_out = self.taken_out(ctx, &bytes)?;
                Ok(taken_out.map(|record| Provable { bytes, position, record }))
            }
            // Of which records was told only that they are there, is the commission's to know.
            Some(bytes) if kind == BundleKind::Access && names_hits(&bytes) && !self.audits_all(ctx) => {
                Ok(None)
            }
            bytes => Ok(bytes.map(|bytes| Provable { bytes, position, record: None })),
        }
    }

    /// Asks the policy whether what stands in an entry of this node's store may be taken out: what is proved is shown. Answers which
    /// record that is, if it is one; `None` where it may not.
    fn taken_out(&self, ctx: &OpContext, bytes: &[u8]) -> Result<Option<Option<RecordId>>, AppError> {
        let entry = Unverified::parse(bytes)?;
        let (database, terms, record) = match Content::of_stored(&entry)? {
            Content::Person(version) => (Database::Persons, version.terms, Some(version.record)),
            Content::TravelDocument(version) => {
                (Database::TravelDocuments, version.terms, Some(version.record))
            }
            Content::Object(version) => (version.statement.database, version.terms, Some(version.record)),
            Content::Link(version) => (Database::Links, version.terms, Some(version.record)),
            Content::Restriction(restriction) => {
                return Ok(ctx.rights.reach(restriction.database).then_some(None));
            }
            // Of requests of persons what whoever asks may read or answer, whatever database it is about.
            Content::SubjectRequest(_) | Content::SubjectRequestStep(_) => {
                return Ok(self.may_take_out_of_requests(ctx).then_some(None));
            }
            // Its items are not in it.
            Content::Batch(batch) => (batch.database, batch.terms, None),
            // It names to its owner what its asker was told of only that it is there.
            Content::ConsentRequest(_) => return Ok(None),
            // What is said about a record, and who asked: where its officer reaches the database.
            Content::Order(order) => return Ok(ctx.rights.reach(order.database).then_some(None)),
            Content::Consent(consent) => {
                let book = self.consent_book();
                let request = book.request(consent.request);
                let may = request.is_some_and(|asked| ctx.rights.reach(asked.request.database));
                return Ok(may.then_some(None));
            }
            Content::Withdrawal(_)
            | Content::ItemWithdrawal(_)
            | Content::Genesis(_)
            | Content::Organisation(_)
            | Content::Key(_)
            | Content::Agreement(_)
            | Content::AgreementAct(_)
            | Content::OrderAttestation(_)
            | Content::ErasureAttestation(_)
            | Content::Unknown => return Ok(Some(None)),
        };
        // What the commission keeps back is not shown in a proof either.
        if record.is_some_and(|record| self.order_book().hides(record, entry.hash())) {
            return Ok(None);
        }
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        let may = policy::may_take_out(standing, &ctx.actor, database, terms.classification);
        Ok(may.then_some(record))
    }

    /// Proves that the stream's present head extends its head of `old_size` entries.
    pub async fn prove_consistency(
        &self,
        ctx: &OpContext,
        stream: StreamId,
        old_size: u64,
    ) -> Result<Option<ConsistencyBundle>, AppError> {
        self.may_prove(ctx)?;
        if !is_visible(ctx, &stream) {
            return Ok(None);
        }
        self.fold_journal().await?;
        let Some(head) = self.store().stream_head(stream).await.map_err(AppError::Store)? else {
            return Ok(None);
        };
        if old_size > head.size {
            return Ok(None);
        }
        let old_root = self.store().root_at(stream, old_size).await.map_err(AppError::Store)?;
        let old_root = old_root.ok_or(AppError::Proof("tree"))?;
        let proof = self.store().consistency_proof(stream, old_size, head.size).await;
        let proof = proof.map_err(AppError::Store)?.ok_or(AppError::Proof("tree"))?;
        let newer = self.sign_checkpoint(&stream, head.size, head.root)?;
        let countersigned = self.countersigned_epoch(&stream, head.size).await?;
        Ok(Some(ConsistencyBundle {
            countersigned,
            format: FORMAT.to_owned(),
            older: self.sign_checkpoint(&stream, old_size, old_root)?,
            registry_head: Some(self.registry_head(&newer).await?),
            newer,
            consistency: proof.iter().map(Hash::to_string).collect(),
            registry: self.registry_entries().iter().map(|bytes| hex(bytes)).collect(),
            registry_checkpoints: self.registry_checkpoints().await?,
        }))
    }

    /// Decides whether the caller may read the ledgers of its organisation and take proofs out of them.
    fn may_prove(&self, ctx: &OpContext) -> Result<(), Refusal> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        policy::may_prove(standing, &ctx.actor)
    }

    async fn bundle(
        &self,
        kind: BundleKind,
        statement: &[u8],
        position: Position,
    ) -> Result<ProofBundle, AppError> {
        let head = self.store().stream_head(position.stream).await.map_err(AppError::Store)?;
        let head = head.ok_or(AppError::Proof("stream"))?;
        let proof = self.store().inclusion_proof(position, head.size).await.map_err(AppError::Store)?;
        let proof = proof.ok_or(AppError::Proof("tree"))?;
        let checkpoint = self.sign_checkpoint(&position.stream, head.size, head.root)?;
        let countersigned = self.countersigned_epoch(&position.stream, head.size).await?;
        Ok(ProofBundle {
            countersigned,
            format: FORMAT.to_owned(),
            registry_head: Some(self.registry_head(&checkpoint).await?),
            kind,
            statement: hex(statement),
            stream: position.stream.to_string(),
            seq: position.seq,
            inclusion: proof.iter().map(Hash::to_string).collect(),
            checkpoint,
            registry: self.registry_entries().iter().map(|bytes| hex(bytes)).collect(),
            registry_checkpoints: self.registry_checkpoints().await?,
        })
    }

    /// Signs the checkpoints of the registry's streams, one per incarnation that added to it.
    async fn registry_checkpoints(&self) -> Result<Vec<String>, AppError> {
        let mut heads = self.store().stream_heads().await.map_err(AppError::Store)?;
        heads.retain(|head| head.stream.class == StreamClass::Registry);
        heads.sort_by_key(|head| head.stream);
        heads.iter().map(|head| self.sign_checkpoint(&head.stream, head.size, head.root)).collect()
    }

    /// Signs the registry's present head for the bundle with this checkpoint.
    async fn registry_head(&self, bundle_checkpoint: &str) -> Result<String, AppError> {
        let stream = self.store().stream(self.host()?, StreamClass::Registry);
        let entries = self.registry_entries();
        self.sign_note(registry_head::head_for(&stream, &entries, bundle_checkpoint, self.now())?)
    }

    fn sign_checkpoint(&self, stream: &StreamId, size: u64, root: Hash) -> Result<String, AppError> {
        let origin = Origin::new(stream.to_string()).map_err(|_| AppError::Proof("origin"))?;
        self.sign_note(Checkpoint::new(origin, size, root).map_err(|_| AppError::Proof("checkpoint"))?)
    }

    pub(crate) fn sign_note(&self, checkpoint: Checkpoint) -> Result<String, AppError> {
        let secret = self.checkpoint_key()?;
        let name = KeyName::new(checkpoint.origin().as_str()).map_err(|_| AppError::Proof("key name"))?;
        let key = ed25519_dalek::SigningKey::from_bytes(&secret);
        let signer = Ed25519NoteSigner::new(name, SignatureType::Ed25519, key);
        let signed = SignedCheckpoint::sign(checkpoint, &signer).map_err(|_| AppError::Proof("signing"))?;
        Ok(signed.to_string())
    }
}

/// Checks a bundle offline against a registry that begins with the pinned genesis (or any, when not pinned).
pub fn verify_bundle(bundle: &ProofBundle, pinned: Option<EntryHash>) -> Result<Proven, ProofFault> {
    verify_bundle_by(bundle, pinned, &[])
}

/// As [`verify_bundle`], believing these countersigners' keys beside those of the registry.
pub fn verify_bundle_by(
    bundle: &ProofBundle,
    pinned: Option<EntryHash>,
    countersigners: &[VerifierKey],
) -> Result<Proven, ProofFault> {
    if bundle.format != FORMAT {
        return Err(ProofFault::Malformed("format"));
    }
    let read = read_registry(&bundle.registry, &bundle.registry_checkpoints, pinned)?;
    let shown = read.shown(bundle.registry_head.as_deref(), &bundle.checkpoint)?;
    let registry = read.registry;
    let stream: StreamId = bundle.stream.parse().map_err(|_| ProofFault::Malformed("stream"))?;
    let statement = unhex(&bundle.statement).ok_or(ProofFault::Malformed("statement"))?;
    let (hash, facts) = match bundle.kind {
        BundleKind::Entry => {
            let position = Position { stream, seq: bundle.seq };
            entry_facts(&registry, &read.entries, &position, &statement)?
        }
        BundleKind::Access => access_facts(&stream, &statement)?,
    };
    let verified = verify_checkpoint(&registry, &stream, &bundle.checkpoint)?;
    let checkpoint = verified.checkpoint();
    let proof = read_hashes(&bundle.inclusion)?;
    let index = bundle.seq.checked_sub(1).ok_or(ProofFault::Malformed("seq"))?;
    verify_inclusion(&leaf_hash(&hash.0), index, checkpoint.size(), &proof, checkpoint.root())
        .map_err(|error| ProofFault::Inclusion(error.to_string()))?;
    let countersigned = bundle.countersigned.as_ref();
    let countersigned = countersigned
        .map(|shown| verify_countersigned(&registry, &stream, checkpoint, bundle.seq, shown, countersigners))
        .transpose()?;
    Ok(Proven {
        countersigned,
        association: registry.fingerprint().to_string(),
        stream: bundle.stream.clone(),
        seq: bundle.seq,
        tree_size: checkpoint.size(),
        root: checkpoint.root().to_string(),
        registry: shown,
        facts,
    })
}

/// Checks offline that two checkpoints agree; `held` is an older checkpoint that the verifier kept by itself.
pub fn verify_consistency_bundle(
    bundle: &ConsistencyBundle,
    held: Option<&str>,
    pinned: Option<EntryHash>,
) -> Result<Proven, ProofFault> {
    verify_consistency_bundle_by(bundle, held, pinned, &[])
}

/// As [`verify_consistency_bundle`], believing these countersigners' keys beside those of the registry.
pub fn verify_consistency_bundle_by(
    bundle: &ConsistencyBundle,
    held: Option<&str>,
    pinned: Option<EntryHash>,
    countersigners: &[VerifierKey],
) -> Result<Proven, ProofFault> {
    if bundle.format != FORMAT {
        return Err(ProofFault::Malformed("format"));
    }
    let read = read_registry(&bundle.registry, &bundle.registry_checkpoints, pinned)?;
    let shown = read.shown(bundle.registry_head.as_deref(), &bundle.newer)?;
    let registry = read.registry;
    let newer = SignedCheckpoint::parse(bundle.newer.as_bytes())
        .map_err(|error| ProofFault::Checkpoint(error.to_string()))?;
    let stream: StreamId =
        newer.claimed().origin().as_str().parse().map_err(|_| ProofFault::Malformed("stream"))?;
    let newer = verify_checkpoint(&registry, &stream, &bundle.newer)?;
    let older = verify_checkpoint(&registry, &stream, held.unwrap_or(&bundle.older))?;
    let proof = read_hashes(&bundle.consistency)?;
    let growth = VerifiedGrowth::verify(older, newer, &proof)
        .map_err(|error| ProofFault::Consistency(error.to_string()))?;
    let (older, newer) = (growth.older().checkpoint(), growth.newer().checkpoint());
    let countersigned = bundle.countersigned.as_ref();
    let countersigned = countersigned
        .map(|shown| verify_countersigned(&registry, &stream, newer, older.size(), shown, countersigners))
        .transpose()?;
    Ok(Proven {
        countersigned,
        association: registry.fingerprint().to_string(),
        stream: stream.to_string(),
        seq: newer.size(),
        tree_size: newer.size(),
        root: newer.root().to_string(),
        registry: shown,
        facts: BTreeMap::from([
            ("older size", older.size().to_string()),
            ("newer size", newer.size().to_string()),
        ]),
    })
}

/// Tells whether a line names records of which was told only that they are there.
/// Is what may be proved: its bytes, its place, and the record that it shows.
pub(crate) struct Provable {
    pub(crate) bytes: Vec<u8>,
    pub(crate) position: Position,
    pub(crate) record: Option<RecordId>,
}

fn names_hits(bytes: &[u8]) -> bool {
    JournalLine::from_bytes(bytes).is_none_or(|line| !line.hits.is_empty())
}

fn is_visible(ctx: &OpContext, stream: &StreamId) -> bool {
    stream.organisation == ctx.actor.organisation || stream.class == StreamClass::Registry
}

/// Is the registry of a bundle, with the bytes it was folded from and the organisations in whose streams it stands.
pub(crate) struct RegistryRead {
    pub(crate) registry: Registry,
    entries: Vec<Vec<u8>>,
    keepers: Vec<OrganisationCode>,
}

impl RegistryRead {
    fn shown(&self, head: Option<&str>, bundle_checkpoint: &str) -> Result<RegistryShown, ProofFault> {
        registry_head::show(&self.registry, &self.entries, &self.keepers, head, bundle_checkpoint)
    }
}

/// Folds the registry of a bundle and checks that it is whole: the streams it stands in were signed at that length.
pub(crate) fn read_registry(
    entries: &[String],
    checkpoints: &[String],
    pinned: Option<EntryHash>,
) -> Result<RegistryRead, ProofFault> {
    if entries.is_empty() || entries.len() > REGISTRY_CAP || checkpoints.len() > REGISTRY_CAP {
        return Err(ProofFault::Malformed("registry"));
    }
    let bytes = entries
        .iter()
        .map(|text| unhex(text).ok_or(ProofFault::Malformed("registry")))
        .collect::<Result<Vec<Vec<u8>>, _>>()?;
    let (mut registry, _) =
        Registry::found(&bytes[0], pinned).map_err(|error| ProofFault::Registry(error.to_string()))?;
    for entry in &bytes[1..] {
        registry.apply(entry).map_err(|error| ProofFault::Registry(error.to_string()))?;
    }
    let (mut rest, mut keepers) = (bytes.as_slice(), Vec::new());
    for note in checkpoints {
        let (keeper, behind) = check_registry_stream(&registry, rest, note)?;
        keepers.push(keeper);
        rest = behind;
    }
    if rest.is_empty() {
        Ok(RegistryRead { registry, entries: bytes, keepers })
    } else {
        Err(ProofFault::Registry("entries without a checkpoint".to_owned()))
    }
}

/// Checks that the next entries are exactly those of a signed registry stream; answers whose stream it is, and the
/// entries behind them.
fn check_registry_stream<'a>(
    registry: &Registry,
    entries: &'a [Vec<u8>],
    note: &str,
) -> Result<(OrganisationCode, &'a [Vec<u8>]), ProofFault> {
    let claimed = SignedCheckpoint::parse(note.as_bytes())
        .map_err(|error| ProofFault::Checkpoint(error.to_string()))?;
    let origin = claimed.claimed().origin().as_str();
    let stream: StreamId = origin.parse().map_err(|_| ProofFault::Malformed("registry checkpoint"))?;
    if stream.class != StreamClass::Registry {
        return Err(ProofFault::OtherStream);
    }
    let verified = verify_checkpoint(registry, &stream, note)?;
    let size = usize::try_from(verified.checkpoint().size()).unwrap_or(usize::MAX);
    let of_stream = entries.get(..size).ok_or(ProofFault::Registry("entries are missing".to_owned()))?;
    let leaves = of_stream.iter().map(|bytes| leaf_hash(&barid_domain::entries::entry_hash(bytes).0));
    let tree = MerkleTree::from_leaves(leaves).map_err(|_| ProofFault::Malformed("registry"))?;
    if tree.root() != *verified.checkpoint().root() {
        return Err(ProofFault::Registry("the entries are not those of the checkpoint".to_owned()));
    }
    Ok((stream.organisation, &entries[size..]))
}

type Facts = BTreeMap<&'static str, String>;

fn entry_facts(
    registry: &Registry,
    statements: &[Vec<u8>],
    position: &Position,
    bytes: &[u8],
) -> Result<(EntryHash, Facts), ProofFault> {
    let stream = &position.stream;
    let entry = Unverified::parse(bytes).map_err(|error| ProofFault::Entry(error.to_string()))?;
    let hash = entry.hash();
    let claims = entry.claims().clone();
    let is_registry = stream.class == StreamClass::Registry;
    let signed_by = if is_registry {
        // The registry was folded from its statements, each held against the keys as they stood then.
        if !statements.iter().any(|statement| statement == bytes) {
            return Err(ProofFault::OtherStream);
        }
        signers_of_statement(registry, &entry)
    } else {
        let verified = match claims.entry_type {
            EntryType::Order => verify_order(registry, entry, Some(position)),
            _ => entry.verify_at(registry, position),
        };
        let verified = verified.map_err(|error| ProofFault::Entry(error.to_string()))?;
        Content::read(&verified).map_err(|error| ProofFault::Entry(error.to_string()))?;
        verified.signers().to_vec()
    };
    if !is_registry && claims.issuer != stream.organisation {
        return Err(ProofFault::OtherStream);
    }
    let signers: Vec<String> = signed_by.iter().map(|code| signer_with_custody(registry, *code)).collect();
    let facts = BTreeMap::from([
        ("entry", hash.to_string()),
        ("type", claims.entry_type.to_string()),
        ("issuer", claims.issuer.to_string()),
        ("subject", claims.subject),
        ("signed at", barid_domain::dates::Timestamp::from_seconds(claims.issued_at).to_string()),
        ("signed by", signers.join(", ")),
    ]);
    Ok((hash, facts))
}

fn signers_of_statement(registry: &Registry, entry: &Unverified) -> Vec<OrganisationCode> {
    let mut signers: Vec<OrganisationCode> = Vec::new();
    for key in entry.key_ids().filter_map(|id| registry.key(&id)) {
        if !signers.contains(&key.organisation) {
            signers.push(key.organisation);
        }
    }
    signers
}

pub(crate) fn signer_with_custody(registry: &Registry, code: OrganisationCode) -> String {
    match registry.active(code).map(|organisation| organisation.custody) {
        Some(Custody::Own) => format!("{code} (own key)"),
        Some(Custody::HostedBy(host)) => format!("{code} (key kept by {host})"),
        None => format!("{code} (no longer active)"),
    }
}

fn access_facts(stream: &StreamId, bytes: &[u8]) -> Result<(EntryHash, Facts), ProofFault> {
    let line = JournalLine::from_bytes(bytes).ok_or(ProofFault::Malformed("statement"))?;
    // Only the very bytes that were hashed are the line.
    if line.to_bytes() != bytes {
        return Err(ProofFault::Malformed("statement"));
    }
    let right_class = stream.class == StreamClass::Access;
    if !right_class || line.actor.organisation != stream.organisation {
        return Err(ProofFault::OtherStream);
    }
    let mut facts = BTreeMap::from([
        ("act", line.act.to_string()),
        ("phase", line.phase.to_string()),
        ("at", line.at.to_string()),
        ("organisation", line.actor.organisation.to_string()),
        ("officer", line.actor.officer.clone()),
        ("operation", line.operation.to_string()),
        ("purpose", line.purpose.to_string()),
        ("reference", line.reference.clone()),
    ]);
    if let Some(record) = line.record {
        facts.insert("record", record.to_string());
    }
    Ok((line.hash(), facts))
}

fn verify_checkpoint(
    registry: &Registry,
    stream: &StreamId,
    note: &str,
) -> Result<VerifiedCheckpoint, ProofFault> {
    verify_note(registry, stream.organisation, &stream.to_string(), note)
}

/// Verifies a checkpoint of an origin that an organisation's ledgers are signed under, by itself or by its host.
pub(crate) fn verify_note(
    registry: &Registry,
    organisation: OrganisationCode,
    origin: &str,
    note: &str,
) -> Result<VerifiedCheckpoint, ProofFault> {
    let custody = registry
        .organisations()
        .find(|(code, _)| *code == organisation)
        .map(|(_, organisation)| organisation.custody)
        .ok_or(ProofFault::OtherStream)?;
    let name = KeyName::new(origin).map_err(|_| ProofFault::Malformed("stream"))?;
    let keys: Vec<VerifierKey> = registry
        .keys()
        // Bundles are signed when they are made: a key that signs no more signs none of them.
        .filter(|(_, key)| key.usage == KeyUsage::Checkpoints && key.not_after.is_none())
        .filter(|(_, key)| key.organisation == organisation || custody == Custody::HostedBy(key.organisation))
        .filter_map(|(_, key)| match key.key {
            PublicKey::Ed25519(bytes) => VerifierKey::new(name.clone(), SignatureType::Ed25519, &bytes).ok(),
            // The registry takes none of another kind for checkpoints.
            PublicKey::P256(_) => None,
        })
        .collect();
    let origin = Origin::new(origin).map_err(|_| ProofFault::Malformed("stream"))?;
    let trusted = TrustedLog::new(origin, keys).map_err(|error| ProofFault::Checkpoint(error.to_string()))?;
    SignedCheckpoint::parse(note.as_bytes())
        .and_then(|signed| signed.verify(&trusted))
        .map_err(|error| ProofFault::Checkpoint(error.to_string()))
}

pub(crate) fn read_hashes(texts: &[String]) -> Result<Vec<Hash>, ProofFault> {
    if texts.len() > barid_ledger::MAX_PROOF_HASHES {
        return Err(ProofFault::Malformed("proof"));
    }
    texts.iter().map(|text| text.parse().map_err(|_| ProofFault::Malformed("proof"))).collect()
}

/// Writes bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Reads hexadecimal of any even length up to the bundle's cap.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() > BUNDLE_BYTES_CAP || !text.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = vec![0u8; text.len() / 2];
    decode_hex(text, &mut bytes)?;
    Some(bytes)
}
