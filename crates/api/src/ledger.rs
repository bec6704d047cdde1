//! The ledger: streams, checkpoints, and proofs that can be checked offline.

use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::EntryHash;
use barid_domain::streams::StreamId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::codes::PurposeCode;
use crate::reading::{self, Why};
use crate::texts::{CaseReference, EntryHashText, StreamText};

/// The largest tree size that is asked about; what JSON numbers hold exactly.
pub const SIZE_CAP: u64 = (1 << 53) - 1;

/// Lists the streams that the caller's organisation may see: its own and the registry's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamsResponse {
    /// The streams.
    pub streams: Vec<StreamShown>,
}

/// Is a stream with the head of its ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StreamShown {
    /// The stream.
    pub stream: StreamText,
    /// How many entries it has.
    pub size: u64,
    /// The Merkle root over them (RFC 9162).
    pub root: EntryHashText,
}

/// Asks for a signed checkpoint of a stream.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The stream.
    pub stream: StreamText,
}

impl CheckpointRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, StreamId)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let stream = reading::stream(&self.stream, "stream", faults);
        Some((why?, stream?))
    }
}

/// Answers with a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckpointResponse {
    /// The signed checkpoint (C2SP tlog-checkpoint); `null` for streams the caller's organisation may not see.
    #[schema(required = true)]
    pub checkpoint: Option<String>,
}

/// Asks for the proof that an entry is in the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryProofRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The entry.
    pub entry: EntryHashText,
}

impl EntryProofRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, EntryHash)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let entry = reading::entry(&self.entry, "entry", faults);
        Some((why?, entry?))
    }
}

/// Asks for the proof that an access is in the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessProofRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The access: the journal's line of a search or an opening, as its answer named it.
    pub access: EntryHashText,
}

impl AccessProofRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, EntryHash)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let access = reading::entry(&self.access, "access", faults);
        Some((why?, access?))
    }
}

/// Asks for the proof that a stream's present ledger begins with an older one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProofRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The stream.
    pub stream: StreamText,
    /// How many entries the older ledger had.
    #[serde(deserialize_with = "crate::numbers::whole")]
    #[schema(minimum = 1, maximum = 9007199254740991i64)]
    pub old_size: u64,
}

impl ConsistencyProofRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, StreamId, u64)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let stream = reading::stream(&self.stream, "stream", faults);
        faults.require((1..=SIZE_CAP).contains(&self.old_size), "old_size", FaultCode::Impossible);
        Some((why?, stream?, self.old_size))
    }
}

/// Answers with a proof.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProofResponse {
    /// The proof; `null` for what isn't there and what the caller's organisation may not see.
    #[schema(required = true)]
    pub proof: Option<ProofShown>,
}

/// Proves that an entry or an access stands in a ledger; checked offline by `barid verify`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProofShown {
    /// The format of the proof.
    pub format: String,
    /// What is proved.
    pub kind: ProofKind,
    /// The signed entry, or the journal's line, in hexadecimal.
    pub statement: String,
    /// The stream, as the origin line of its checkpoints.
    pub stream: StreamText,
    /// The number in the stream, from 1.
    pub seq: u64,
    /// The inclusion proof (RFC 9162 2.1.3).
    pub inclusion: Vec<EntryHashText>,
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// The entries of the registry in their order, in hexadecimal.
    pub registry: Vec<String>,
    /// The signed checkpoints of the registry's streams: its entries are all there were at that size.
    pub registry_checkpoints: Vec<String>,
    /// The registry's head when the proof was made, signed for this proof: no newer statement is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_head: Option<String>,
    /// The way from the checkpoint to an epoch that other organisations' nodes countersigned, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countersigned: Option<CountersignedShown>,
}

/// Is what a proof is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProofKind {
    /// A signed entry.
    Entry,
    /// A line of the journal.
    Access,
}

/// Asks for the receipt of an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoseReceiptRequest {
    /// Why this is asked.
    #[serde(default)]
    #[schema(required = true)]
    pub purpose: PurposeCode,
    /// The case it is asked for.
    #[serde(default)]
    #[schema(required = true)]
    pub reference: CaseReference,
    /// The entry.
    pub entry: EntryHashText,
}

impl CoseReceiptRequest {
    /// Reads the request, noting every fault.
    pub fn read(&self, faults: &mut Faults) -> Option<(Why, EntryHash)> {
        let why = reading::why(&self.purpose, &self.reference, faults);
        let entry = reading::entry(&self.entry, "entry", faults);
        Some((why?, entry?))
    }
}

/// Answers with a receipt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CoseReceiptResponse {
    /// The receipt; `null` for what isn't there and what the caller's organisation may not see.
    #[schema(required = true)]
    pub receipt: Option<CoseReceiptShown>,
}

/// Proves to tools of others that an entry stands in its stream: a COSE receipt (RFC 9942).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CoseReceiptShown {
    /// The receipt in hexadecimal: a COSE_Sign1 with a detached payload and one inclusion proof (RFC9162_SHA256).
    pub receipt: String,
    /// The signed entry in hexadecimal; the leaf in the ledger is its SHA-256.
    pub statement: String,
    /// The stream, as the receipt's issuer has it.
    pub stream: StreamText,
    /// The number in the stream, from 1.
    pub seq: u64,
    /// The key that signed, in hexadecimal: 32 bytes of an Ed25519 key, 65 of a P-256 key (SEC 1, uncompressed). Believe it only
    /// where you know it from the registry.
    pub key: String,
}

/// Answers with a proof of consistency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsistencyResponse {
    /// The proof; `null` for streams the caller's organisation may not see and sizes they have not reached.
    #[schema(required = true)]
    pub proof: Option<ConsistencyShown>,
}

/// Proves that an older checkpoint of a stream is a beginning of a newer one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConsistencyShown {
    /// The format of the proof.
    pub format: String,
    /// The older signed checkpoint.
    pub older: String,
    /// The newer signed checkpoint.
    pub newer: String,
    /// The consistency proof (RFC 9162 2.1.4).
    pub consistency: Vec<EntryHashText>,
    /// The entries of the registry in their order, in hexadecimal.
    pub registry: Vec<String>,
    /// The signed checkpoints of the registry's streams: its entries are all there were at that size.
    pub registry_checkpoints: Vec<String>,
    /// The registry's head when the proof was made, signed for this proof: no newer statement is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_head: Option<String>,
    /// The way from the checkpoint to an epoch that other organisations' nodes countersigned, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countersigned: Option<CountersignedShown>,
}

/// Proves that a stream stood so in an epoch of the node that others countersigned.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CountersignedShown {
    /// The stream as it stood (CBOR), in hexadecimal.
    pub item: String,
    /// Its place in the epoch's tree, from 0.
    pub item_index: u64,
    /// How many leaves that tree has.
    pub item_leaves: u64,
    /// The inclusion proof in that tree.
    pub item_path: Vec<EntryHashText>,
    /// The consistency proof from the stream as it stood to the checkpoint.
    pub consistency: Vec<EntryHashText>,
    /// The epoch's leaf (CBOR), in hexadecimal.
    pub leaf: String,
    /// The number of the epoch in its ledger, from 1.
    pub epoch: u64,
    /// The inclusion proof of the leaf.
    pub inclusion: Vec<EntryHashText>,
    /// The checkpoint of the ledger of epochs, with its countersignatures (C2SP tlog-cosignature).
    pub checkpoint: String,
}
