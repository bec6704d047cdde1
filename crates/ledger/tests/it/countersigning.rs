//! The countersigner's rules, one case per rule of C2SP tlog-witness.

use barid_ledger::{
    AcceptedCheckpoint, AddCheckpointRequest, Checkpoint, CountersignRefusal, GrowthError, Hash, KnownHead,
    MAX_ADD_CHECKPOINT_HASHES, MAX_REQUEST_BYTES, NoteSigner, Origin, RequestError, SignatureType,
    SignedCheckpoint, TrustedLog, VerifiedGrowth, check_add_checkpoint, empty_root, leaf_hash,
};

use crate::{countersigner, log_signer, origin, signed_head, signer, tree, trusted};

const SPEC_REQUEST: &str = "old 20852014\n\
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
    jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
    5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
    /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
    \n\
    example.com/behind-the-sofa\n\
    20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
    \n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

fn request(old: u64, proof: Vec<Hash>, checkpoint: SignedCheckpoint) -> AddCheckpointRequest {
    AddCheckpointRequest::new(old, proof, checkpoint).unwrap()
}

fn head(size: u64) -> Option<KnownHead> {
    Some(KnownHead { size, root: tree(0, 40, 40).root_at(size).unwrap() })
}

/// An honest request to go on from `old` to `new`.
fn honest(old: u64, new: u64) -> AddCheckpointRequest {
    let whole = tree(0, 40, 40);
    request(old, whole.consistency_proof(old, new).unwrap(), signed_head(&whole, new))
}

fn answer(
    request: AddCheckpointRequest,
    latest: Option<KnownHead>,
) -> Result<AcceptedCheckpoint, (u16, &'static str)> {
    let refusal = |refusal: CountersignRefusal| (refusal.http_status(), refusal.code());
    check_add_checkpoint(request, Some(&trusted()), latest).map_err(refusal)
}

#[test]
fn the_example_of_the_specification_reads_back() {
    let request = AddCheckpointRequest::parse(SPEC_REQUEST.as_bytes()).unwrap();
    assert_eq!(request.to_string(), SPEC_REQUEST);
    assert_eq!((request.old_size(), request.proof().len()), (20_852_014, 4));
    assert_eq!(request.checkpoint().claimed().size(), 20_852_163);
    let unknown = check_add_checkpoint(request, None, None).unwrap_err();
    assert_eq!((unknown.http_status(), unknown), (404, CountersignRefusal::UnknownOrigin));
}

#[test]
fn a_growing_ledger_is_countersigned_step_by_step() {
    let mine = countersigner(2);
    let mut latest = None;
    for (now, (old, new)) in
        [(0, 0), (0, 1), (1, 1), (1, 6), (6, 8), (8, 33), (33, 40)].into_iter().enumerate()
    {
        let asked = honest(old, new);
        let read = AddCheckpointRequest::parse(asked.to_string().as_bytes()).unwrap();
        assert_eq!(read, asked);
        let accepted = answer(read, latest).unwrap();
        assert_eq!(accepted.replaces(), latest);
        latest = Some(accepted.head());
        assert_eq!(latest, head(new));
        let line = accepted.countersign(&mine, 1_800_000_000 + now as u64).unwrap();
        let countersigned = accepted.signed().clone().with_signature(line).unwrap();
        let keys = vec![mine.verifier_key().clone()];
        let log_keys = vec![log_signer().verifier_key().clone()];
        let quorum = TrustedLog::with_countersigners(origin(), log_keys, keys, 1).unwrap();
        assert_eq!(countersigned.verify(&quorum).unwrap().countersignatures().len(), 1);
    }
}

#[test]
fn each_rule_has_its_answer() {
    let whole = tree(0, 40, 40);
    let forked = tree(1, 5, 40);
    let sign = |size, root| {
        let checkpoint = Checkpoint::new(origin(), size, root).unwrap();
        SignedCheckpoint::sign(checkpoint, &log_signer()).unwrap()
    };
    let by_stranger = {
        let checkpoint = Checkpoint::new(origin(), 8, whole.root_at(8).unwrap()).unwrap();
        SignedCheckpoint::sign(checkpoint, &signer("xc.example", SignatureType::Ed25519, 7)).unwrap()
    };
    let bad_signature = {
        let text = signed_head(&whole, 8).to_string().replacen("\n8\n", "\n9\n", 1);
        SignedCheckpoint::parse(text.as_bytes()).unwrap()
    };
    let from_six = whole.consistency_proof(6, 8).unwrap();
    let forbidden = Err((403, "countersign-forbidden"));
    let unprocessable = Err((422, "countersign-unprocessable"));
    let check = |old, proof: &[Hash], checkpoint, latest| {
        answer(request(old, proof.to_vec(), checkpoint), latest).map(|accepted| accepted.head().size)
    };
    assert_eq!(check(6, &from_six, signed_head(&whole, 8), head(6)), Ok(8));
    assert_eq!(check(6, &from_six, by_stranger, head(6)), forbidden);
    assert_eq!(check(6, &from_six, bad_signature, head(6)), forbidden);
    let old_above = Err((400, "countersign-old-size-above-checkpoint"));
    assert_eq!(check(9, &[], signed_head(&whole, 8), head(9)), old_above);
    let conflict = Err((409, "countersign-conflict"));
    assert_eq!(check(6, &from_six, signed_head(&whole, 8), head(7)), conflict);
    assert_eq!(check(6, &from_six, signed_head(&whole, 8), None), conflict);
    assert_eq!(check(0, &[], signed_head(&whole, 8), head(6)), conflict);
    assert_eq!(check(0, &[], sign(0, leaf_hash(b"")), None), unprocessable);
    assert_eq!(check(0, &[], sign(0, empty_root()), None), Ok(0));
    assert_eq!(check(0, &from_six, signed_head(&whole, 8), None), unprocessable);
    assert_eq!(check(6, &[], signed_head(&whole, 8), head(6)), unprocessable);
    assert_eq!(check(6, &from_six[1..], signed_head(&whole, 8), head(6)), unprocessable);
    assert_eq!(check(6, &from_six, signed_head(&forked, 8), head(6)), unprocessable);
    assert_eq!(check(8, &[], signed_head(&forked, 8), head(8)), unprocessable);
    assert_eq!(check(8, &from_six, signed_head(&whole, 8), head(8)), unprocessable);
}

#[test]
fn a_conflict_tells_the_size() {
    let refusal = check_add_checkpoint(honest(6, 8), Some(&trusted()), head(7)).unwrap_err();
    assert_eq!(refusal.conflict_body().as_deref(), Some("7\n"));
    let refusal = check_add_checkpoint(honest(6, 8), Some(&trusted()), None).unwrap_err();
    assert_eq!(refusal.conflict_body().as_deref(), Some("0\n"));
    assert_eq!(CountersignRefusal::UnknownOrigin.conflict_body(), None);
}

#[test]
fn trust_in_another_ledger_does_not_serve() {
    let other = Origin::new("xb.example").unwrap();
    let other = TrustedLog::new(other, vec![log_signer().verifier_key().clone()]).unwrap();
    assert_eq!(
        check_add_checkpoint(honest(0, 8), Some(&other), None),
        Err(CountersignRefusal::UnknownOrigin)
    );
}

#[test]
fn malformed_requests_are_refused() {
    let good = honest(6, 8).to_string();
    let error = |body: String| AddCheckpointRequest::parse(body.as_bytes()).unwrap_err();
    for old in ["old 06", "old  6", "old -6", "old", "Old 6", "old 6 ", "old 9223372036854775808"] {
        assert_eq!(error(good.replacen("old 6", old, 1)), RequestError::MalformedOldSize, "{old}");
    }
    assert_eq!(error(good.replacen("old 6\n", "old 6\nAAAA\n", 1)), RequestError::MalformedProofLine);
    assert_eq!(error("old 6\n".to_owned()), RequestError::MissingCheckpoint);
    assert_eq!(error(String::new()), RequestError::MissingCheckpoint);
    assert_eq!(AddCheckpointRequest::parse(b"old 6\n\n\xff"), Err(RequestError::NotUtf8));
    assert!(matches!(error("old 6\n\n".to_owned()), RequestError::Checkpoint(_)));
}

#[test]
fn request_caps() {
    let checkpoint = signed_head(&tree(0, 8, 8), 8);
    let with = |count| AddCheckpointRequest::new(1, vec![leaf_hash(b""); count], checkpoint.clone());
    assert!(with(MAX_ADD_CHECKPOINT_HASHES).is_ok());
    assert_eq!(with(MAX_ADD_CHECKPOINT_HASHES + 1), Err(RequestError::TooManyProofLines));
    let body = |count: usize| {
        let lines = format!("{}\n", leaf_hash(b"").to_base64()).repeat(count);
        AddCheckpointRequest::parse(format!("old 1\n{lines}\n{checkpoint}").as_bytes())
    };
    assert!(body(MAX_ADD_CHECKPOINT_HASHES).is_ok());
    assert_eq!(body(MAX_ADD_CHECKPOINT_HASHES + 1), Err(RequestError::TooManyProofLines));
    let at_cap = AddCheckpointRequest::parse(&vec![b'x'; MAX_REQUEST_BYTES]);
    assert_eq!(at_cap, Err(RequestError::MissingCheckpoint));
    let above = AddCheckpointRequest::parse(&vec![b'x'; MAX_REQUEST_BYTES + 1]);
    assert_eq!(above, Err(RequestError::TooLarge));
}

#[test]
fn two_checkpoints_agree_or_not() {
    let whole = tree(0, 40, 40);
    let verified = |tree: &_, size| signed_head(tree, size).verify(&trusted()).unwrap();
    let proof = whole.consistency_proof(11, 30).unwrap();
    let growth = VerifiedGrowth::verify(verified(&whole, 11), verified(&whole, 30), &proof).unwrap();
    assert_eq!((growth.older().checkpoint().size(), growth.newer().checkpoint().size()), (11, 30));
    let elsewhere = {
        let other = Origin::new("xb.example/دفتر").unwrap();
        let head = Checkpoint::new(other.clone(), 30, whole.root_at(30).unwrap()).unwrap();
        let trusted = TrustedLog::new(other, vec![log_signer().verifier_key().clone()]).unwrap();
        SignedCheckpoint::sign(head, &log_signer()).unwrap().verify(&trusted).unwrap()
    };
    let other_origin = VerifiedGrowth::verify(verified(&whole, 11), elsewhere, &proof);
    assert_eq!(other_origin, Err(GrowthError::OtherOrigin));
    let forked = tree(1, 10, 40);
    let bad = VerifiedGrowth::verify(verified(&forked, 11), verified(&whole, 30), &proof).unwrap_err();
    assert_eq!(bad.code(), "proof-old-root-mismatch");
}

#[test]
fn the_monitoring_path_is_the_hash_of_the_origin() {
    // SHA-256 of "abc", FIPS 180-4.
    assert_eq!(
        Origin::new("abc").unwrap().monitoring_path(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad/checkpoint"
    );
}
