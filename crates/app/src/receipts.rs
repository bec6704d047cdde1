//! Receipts: the proof that an entry stands in its stream as tools of others read it (RFC 9942), issued and checked offline.
//!
//! A receipt says less than a proof bundle: it carries neither the entry nor the registry. Who checks one has the entry, and
//! knows the key of the stream's ledger, from the registry in a bundle or by other means.

use barid_domain::entries::Unverified;
use barid_domain::ids::EntryHash;
use barid_domain::keys::{Ed25519Signer, PublicKey, Signer};
use barid_domain::receipts::{Inclusion, Receipt, ReceiptClaims, ReceiptError, sign_receipt};
use barid_domain::registry::{Custody, Registry};
use barid_domain::streams::{Position, StreamId};
use barid_domain::{dates::Timestamp, ids::OrganisationCode};
use barid_ledger::VerifierKey;

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::proofs::{
    BundleKind, ProofBundle, ProofFault, Provable, Proven, read_registry, signer_with_custody, unhex,
    verify_bundle_by,
};

/// Is a receipt with the entry it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedReceipt {
    /// The receipt, a COSE_Sign1.
    pub receipt: Vec<u8>,
    /// The signed entry.
    pub statement: Vec<u8>,
    /// Where the entry stands.
    pub position: Position,
    /// The key that signed the receipt.
    pub key: PublicKey,
}

impl App {
    /// Issues the receipt of an entry; `None` for entries that the organisation may not see. Taking one out is an act.
    pub async fn issue_receipt(
        &self,
        ctx: &OpContext,
        entry: EntryHash,
    ) -> Result<Option<IssuedReceipt>, AppError> {
        let act = self.begin_proof(ctx, entry).await?;
        let mut shown = Vec::new();
        let issued = match self.provable(ctx, &act, entry, BundleKind::Entry).await? {
            Some(Provable { bytes, position, record }) => {
                shown.extend(record);
                Some(self.sign_receipt_of(entry, bytes, position).await?)
            }
            None => None,
        };
        self.end(ctx, act, shown).await?;
        Ok(issued)
    }

    async fn sign_receipt_of(
        &self,
        entry: EntryHash,
        statement: Vec<u8>,
        position: Position,
    ) -> Result<IssuedReceipt, AppError> {
        let head = self.store().stream_head(position.stream).await.map_err(AppError::Store)?;
        let head = head.ok_or(AppError::Proof("stream"))?;
        let path = self.store().inclusion_proof(position, head.size).await.map_err(AppError::Store)?;
        let path = path.ok_or(AppError::Proof("tree"))?;
        let leaf_index = position.seq.checked_sub(1).ok_or(AppError::Proof("seq"))?;
        let subject = Unverified::parse(&statement)?.claims().subject.clone();
        let secret = self.checkpoint_key()?;
        let signer = Ed25519Signer::from_secret(&secret);
        let claims = ReceiptClaims { stream: position.stream, subject, issued_at: self.now().seconds() };
        let inclusion = Inclusion { tree_size: head.size, leaf_index, path };
        let receipt =
            sign_receipt(&claims, entry, &inclusion, &signer).map_err(|_| AppError::Proof("receipt"))?;
        Ok(IssuedReceipt { receipt, statement, position, key: signer.public_key() })
    }
}

/// Checks a receipt offline for the entry in a proof bundle, with the keys of the registry in it, once the bundle itself holds.
///
/// The bundle may be older or newer than the receipt; place and size shown are the receipt's. A key that signs no more is
/// not believed, since it could still write any time into a receipt: a new receipt is a question away.
pub fn verify_receipt(
    receipt: &[u8],
    bundle: &ProofBundle,
    pinned: Option<EntryHash>,
) -> Result<Proven, ProofFault> {
    verify_receipt_by(receipt, bundle, pinned, &[])
}

/// As [`verify_receipt`], believing these countersigners' keys beside those of the registry.
pub fn verify_receipt_by(
    receipt: &[u8],
    bundle: &ProofBundle,
    pinned: Option<EntryHash>,
    countersigners: &[VerifierKey],
) -> Result<Proven, ProofFault> {
    let mut proven = verify_bundle_by(bundle, pinned, countersigners)?;
    if bundle.kind != BundleKind::Entry {
        return Err(ProofFault::Receipt("a receipt is about an entry".to_owned()));
    }
    let read = read_registry(&bundle.registry, &bundle.registry_checkpoints, pinned)?;
    let statement = unhex(&bundle.statement).ok_or(ProofFault::Malformed("statement"))?;
    let entry = Unverified::parse(&statement).map_err(|error| ProofFault::Entry(error.to_string()))?;
    let verified = Receipt::parse(receipt)
        .and_then(|receipt| receipt.verify(entry.hash(), &entry.claims().subject, &read.registry))
        .map_err(|error: ReceiptError| ProofFault::Receipt(error.to_string()))?;
    let position = verified.position();
    let keeper = verified.key().organisation;
    if !keeps_ledger(&read.registry, &position.stream, keeper) {
        return Err(ProofFault::Receipt(ReceiptError::UnknownKey.to_string()));
    }
    if verified.key().not_after.is_some() {
        return Err(ProofFault::Receipt(ReceiptError::KeyNotValid.to_string()));
    }
    if position.stream.to_string() != bundle.stream || position.seq != bundle.seq {
        return Err(ProofFault::OtherStream);
    }
    // Two ledgers of one size are a fork, and the keeper signed both.
    if proven.tree_size == verified.tree_size() && proven.root != verified.root().to_string() {
        return Err(ProofFault::Receipt(
            "the ledger of the receipt is another than that of the bundle".to_owned(),
        ));
    }
    if verified.claims().issued_at < entry.claims().issued_at {
        return Err(ProofFault::Receipt("the receipt is older than the entry".to_owned()));
    }
    proven.tree_size = verified.tree_size();
    proven.root = verified.root().to_string();
    proven.facts.insert("receipt by", signer_with_custody(&read.registry, keeper));
    let at = Timestamp::from_seconds(verified.claims().issued_at);
    proven.facts.insert("receipt at", at.to_string());
    Ok(proven)
}

/// Tells whether an organisation signs the ledger of a stream: its own, or one that it hosts.
fn keeps_ledger(registry: &Registry, stream: &StreamId, keeper: OrganisationCode) -> bool {
    let mut organisations = registry.organisations();
    organisations
        .find(|(code, _)| *code == stream.organisation)
        .is_some_and(|(code, found)| code == keeper || found.custody == Custody::HostedBy(keeper))
}
