//! The ledger: streams, checkpoints, proofs.

use axum::Json as Out;
use axum::extract::State;
use barid_api::ledger::{
    AccessProofRequest, CheckpointRequest, CheckpointResponse, ConsistencyProofRequest, ConsistencyResponse,
    ConsistencyShown, CoseReceiptRequest, CoseReceiptResponse, CoseReceiptShown, CountersignedShown,
    EntryProofRequest, ProofKind, ProofResponse, ProofShown, StreamShown, StreamsResponse,
};
use barid_app::proofs::{BundleKind, ConsistencyBundle, CountersignedEpoch, ProofBundle, hex};
use barid_app::receipts::IssuedReceipt;

use crate::answers::{Answer, read_to_end};
use crate::bodies::Json;
use crate::callers::Caller;
use crate::state::Shared;

/// Lists the streams that the caller's organisation may see, each with the head of its ledger.
#[utoipa::path(get, path = "/v1/streams", tag = "ledger",
    responses((status = 200, description = "The streams.", body = StreamsResponse)))]
pub(crate) async fn list_streams(State(web): State<Shared>, caller: Caller) -> Answer<StreamsResponse> {
    let ctx = caller.about_own_node()?;
    let heads = web.app.streams(&ctx).await?;
    let streams = heads
        .iter()
        .map(|head| StreamShown {
            stream: head.stream.to_string().into(),
            size: head.size,
            root: head.root.to_string().into(),
        })
        .collect();
    Ok(Out(StreamsResponse { streams }))
}

/// Signs the present checkpoint of a stream; `null` for streams that the caller's organisation may not see.
#[utoipa::path(post, path = "/v1/checkpoints", tag = "ledger",
    request_body = CheckpointRequest,
    responses((status = 200, description = "The checkpoint, or null.", body = CheckpointResponse)))]
pub(crate) async fn get_checkpoint(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<CheckpointRequest>,
) -> Answer<CheckpointResponse> {
    let (why, stream) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    Ok(Out(CheckpointResponse { checkpoint: web.app.checkpoint(&ctx, stream).await? }))
}

/// Proves that an entry stands in its ledger; checked offline by `barid verify`.
#[utoipa::path(post, path = "/v1/proofs/entry", tag = "ledger",
    request_body = EntryProofRequest,
    responses((status = 200, description = "The proof, or null.", body = ProofResponse)))]
pub(crate) async fn prove_entry(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<EntryProofRequest>,
) -> Answer<ProofResponse> {
    let (why, entry) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let bundle = web.app.prove_entry(&ctx, entry).await?;
    Ok(Out(ProofResponse { proof: bundle.map(proof_shown) }))
}

/// Proves that an access of the caller's own organisation stands in its ledger.
#[utoipa::path(post, path = "/v1/proofs/access", tag = "ledger",
    request_body = AccessProofRequest,
    responses((status = 200, description = "The proof, or null.", body = ProofResponse)))]
pub(crate) async fn prove_access(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<AccessProofRequest>,
) -> Answer<ProofResponse> {
    let (why, access) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let bundle = web.app.prove_access(&ctx, access).await?;
    Ok(Out(ProofResponse { proof: bundle.map(proof_shown) }))
}

/// Gives the receipt of an entry (RFC 9942): the proof that it stands in its ledger, for tools of others.
#[utoipa::path(post, path = "/v1/proofs/receipt", tag = "ledger",
    request_body = CoseReceiptRequest,
    responses((status = 200, description = "The receipt, or null.", body = CoseReceiptResponse)))]
pub(crate) async fn issue_receipt(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<CoseReceiptRequest>,
) -> Answer<CoseReceiptResponse> {
    let (why, entry) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let receipt = web.app.issue_receipt(&ctx, entry).await?;
    Ok(Out(CoseReceiptResponse { receipt: receipt.map(receipt_shown) }))
}

/// Proves that the present ledger of a stream begins with the one of an older size.
#[utoipa::path(post, path = "/v1/proofs/consistency", tag = "ledger",
    request_body = ConsistencyProofRequest,
    responses((status = 200, description = "The proof, or null.", body = ConsistencyResponse)))]
pub(crate) async fn prove_consistency(
    State(web): State<Shared>,
    caller: Caller,
    Json(request): Json<ConsistencyProofRequest>,
) -> Answer<ConsistencyResponse> {
    let (why, stream, old_size) = read_to_end(|faults| request.read(faults))?;
    let ctx = caller.context(why)?;
    let bundle = web.app.prove_consistency(&ctx, stream, old_size).await?;
    Ok(Out(ConsistencyResponse { proof: bundle.map(consistency_shown) }))
}

fn receipt_shown(issued: IssuedReceipt) -> CoseReceiptShown {
    let key = issued.key.to_bytes();
    CoseReceiptShown {
        receipt: hex(&issued.receipt),
        statement: hex(&issued.statement),
        stream: issued.position.stream.to_string().into(),
        seq: issued.position.seq,
        key: hex(&key),
    }
}

fn proof_shown(bundle: ProofBundle) -> ProofShown {
    ProofShown {
        format: bundle.format,
        kind: match bundle.kind {
            BundleKind::Entry => ProofKind::Entry,
            BundleKind::Access => ProofKind::Access,
        },
        statement: bundle.statement,
        stream: bundle.stream.into(),
        seq: bundle.seq,
        inclusion: bundle.inclusion.into_iter().map(Into::into).collect(),
        checkpoint: bundle.checkpoint,
        registry: bundle.registry,
        registry_checkpoints: bundle.registry_checkpoints,
        registry_head: bundle.registry_head,
        countersigned: bundle.countersigned.map(countersigned_shown),
    }
}

fn consistency_shown(bundle: ConsistencyBundle) -> ConsistencyShown {
    ConsistencyShown {
        format: bundle.format,
        older: bundle.older,
        newer: bundle.newer,
        consistency: bundle.consistency.into_iter().map(Into::into).collect(),
        registry: bundle.registry,
        registry_checkpoints: bundle.registry_checkpoints,
        registry_head: bundle.registry_head,
        countersigned: bundle.countersigned.map(countersigned_shown),
    }
}

fn countersigned_shown(epoch: CountersignedEpoch) -> CountersignedShown {
    let hashes = |hashes: Vec<String>| hashes.into_iter().map(Into::into).collect();
    CountersignedShown {
        item: epoch.item,
        item_index: epoch.item_index,
        item_leaves: epoch.item_leaves,
        item_path: hashes(epoch.item_path),
        consistency: hashes(epoch.consistency),
        leaf: epoch.leaf,
        epoch: epoch.epoch,
        inclusion: hashes(epoch.inclusion),
        checkpoint: epoch.checkpoint,
    }
}
