//! Signs a head, proves one leaf, and checks the proof with nothing but the leaf, the proof text and two public keys.
//!
//! Run with `cargo run -p barid-ledger --example prove_offline`. The keys are fixed exercise keys: never do that elsewhere.

use std::error::Error;

use barid_ledger::{
    AddCheckpointRequest, Checkpoint, Ed25519NoteSigner, InclusionBundle, KeyName, MerkleTree, NoteSigner,
    Origin, SignatureType, SignedCheckpoint, TrustedLog, check_add_checkpoint, leaf_hash,
};
use ed25519_dalek::SigningKey;

fn main() -> Result<(), Box<dyn Error>> {
    let entries = ["Калачев", "कालाचेव", "কালাচেভ", "كلاتشيف", "卡拉切夫"];
    let origin = Origin::new("xa.example/ledger")?;
    let log = signer("xa.example/ledger", SignatureType::Ed25519, 1)?;
    let other_bureau = signer("xb.example/countersigner", SignatureType::TimestampedEd25519, 2)?;

    // Bureau XA keeps its entries in a tree and signs the head.
    let tree = MerkleTree::from_leaves(entries.iter().map(|entry| leaf_hash(entry.as_bytes())))?;
    let checkpoint = Checkpoint::new(origin.clone(), tree.size(), tree.root())?;
    let signed = SignedCheckpoint::sign(checkpoint, &log)?;

    // Bureau XB sees this ledger for the first time, keeps the head, and countersigns.
    let ledger_alone = TrustedLog::new(origin.clone(), vec![log.verifier_key().clone()])?;
    let request = AddCheckpointRequest::new(0, Vec::new(), signed)?;
    let accepted = check_add_checkpoint(request, Some(&ledger_alone), None)?;
    println!("XB keeps the head: {} leaves, root {}\n", accepted.head().size, accepted.head().root);
    let countersignature = accepted.countersign(&other_bureau, 1_800_000_000)?;
    let countersigned = accepted.signed().clone().with_signature(countersignature)?;

    // Bureau XA exports the proof for the third entry.
    let proof = tree.inclusion_proof(2, tree.size())?;
    let exported = InclusionBundle::new(2, proof, countersigned)?.to_string();
    println!("{exported}");

    // Anyone checks it offline.
    let trusted = TrustedLog::with_countersigners(
        origin,
        vec![log.verifier_key().to_string().parse()?],
        vec![other_bureau.verifier_key().to_string().parse()?],
        1,
    )?;
    let shown = InclusionBundle::parse(exported.as_bytes())?;
    let verified = shown.clone().verify(&leaf_hash(entries[2].as_bytes()), &trusted)?;
    println!(
        "entry {} is in the ledger of {} leaves, countersigned by {}",
        verified.index(),
        verified.checkpoint().checkpoint().size(),
        verified.checkpoint().countersignatures().len()
    );
    match shown.verify(&leaf_hash(b"Kalachev"), &trusted) {
        Ok(_) => Err("a false leaf was accepted".into()),
        Err(error) => {
            println!("a false leaf is refused: {} ({error})", error.code());
            Ok(())
        }
    }
}

fn signer(
    name: &str,
    signature_type: SignatureType,
    seed: u8,
) -> Result<Ed25519NoteSigner, barid_ledger::KeyError> {
    Ok(Ed25519NoteSigner::new(KeyName::new(name)?, signature_type, SigningKey::from_bytes(&[seed; 32])))
}
