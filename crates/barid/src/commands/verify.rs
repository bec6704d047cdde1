//! `barid verify`: checks proofs offline, from files alone: no store, no network, no clock.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_app::proofs::{
    BUNDLE_BYTES_CAP, CountersignedShown, Proven, verify_bundle_by, verify_consistency_bundle_by,
};
use barid_app::receipts::verify_receipt_by;
use barid_domain::entries::{ENTRY_BYTES_CAP, KeyLookup, RegisteredKey, Unverified};
use barid_domain::ids::{EntryHash, KeyId, OrganisationCode};
use barid_domain::keys::PublicKey;
use barid_domain::receipts::{RECEIPT_BYTES_CAP, Receipt};
use barid_domain::registry::KeyUsage;
use barid_languages::Text;
use clap::{ArgGroup, Args};

use super::countersigning::read_key as read_verifier_key;
use super::{CommandError, Outcome, read_file};
use crate::terminal::{Form, identifier, isolate, json, say, say_inside, verbatim, words};

/// Verifies offline. Exit code 0: it holds; 1: it does not.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  barid verify --bundle entry.json --genesis FINGERPRINT")]
#[command(group = ArgGroup::new("what").required(true).args(["bundle", "consistency", "entry"]))]
pub struct VerifyArgs {
    /// A proof that an entry or an access is in the ledger, as `barid export` wrote it.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// A proof that two checkpoints agree, as `barid export consistency` wrote it.
    #[arg(long, value_name = "FILE")]
    consistency: Option<PathBuf>,
    /// A receipt, as `barid export receipt` wrote it, for the entry of --bundle or --entry. With --entry the keys given are those
    /// of the stream's ledger, and the entry's own signature is not looked at.
    #[arg(long, value_name = "FILE", conflicts_with = "consistency")]
    receipt: Option<PathBuf>,
    /// An older checkpoint that you kept yourself, to be compared instead of the one in the proof.
    #[arg(long, value_name = "FILE", requires = "consistency")]
    held: Option<PathBuf>,
    /// The fingerprint of the association's genesis, as you were told it; without it any association is believed.
    #[arg(long, value_name = "HASH")]
    genesis: Option<String>,
    /// A bare signed entry (COSE bytes), checked against the keys given with --key alone.
    #[arg(long, value_name = "FILE", requires = "key")]
    entry: Option<PathBuf>,
    /// A public key in hexadecimal: 32 bytes of an Ed25519 key, or 65 of a P-256 key (uncompressed).
    #[arg(long, value_name = "HEX")]
    key: Vec<String>,
    /// How many other organisations must have countersigned what is proved; with fewer it does not hold.
    #[arg(long, value_name = "N", conflicts_with = "entry")]
    countersigned: Option<usize>,
    /// The key of a countersigner (a C2SP verifier key) that you believe beside those of the registry, once for each.
    #[arg(long, value_name = "KEY", conflicts_with = "entry")]
    countersigner: Vec<String>,
}

pub fn run(args: VerifyArgs, form: Form) -> Outcome {
    let pinned: Option<EntryHash> = match &args.genesis {
        Some(text) => Some(text.parse().map_err(|_| CommandError::Usage("not a fingerprint".to_owned()))?),
        None => None,
    };
    let believed =
        args.countersigner.iter().map(|key| read_verifier_key(key)).collect::<Result<Vec<_>, _>>()?;
    let verdict = if let Some(path) = &args.bundle {
        let bytes = read_file(path, BUNDLE_BYTES_CAP as u64)?;
        match serde_json::from_slice(&bytes) {
            Ok(bundle) => match &args.receipt {
                Some(receipt) => verify_receipt_by(&read_receipt(receipt)?, &bundle, pinned, &believed),
                None => verify_bundle_by(&bundle, pinned, &believed),
            }
            .map_err(|fault| fault.to_string()),
            Err(_) => Err("not a proof bundle".to_owned()),
        }
    } else if let Some(path) = &args.consistency {
        let bytes = read_file(path, BUNDLE_BYTES_CAP as u64)?;
        let held = args.held.as_ref().map(|path| read_file(path, 1 << 20)).transpose()?;
        let held = held.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        match serde_json::from_slice(&bytes) {
            Ok(bundle) => verify_consistency_bundle_by(&bundle, held.as_deref(), pinned, &believed)
                .map_err(|fault| fault.to_string()),
            Err(_) => Err("not a proof bundle".to_owned()),
        }
    } else if let Some(receipt) = &args.receipt {
        return verify_receipt_of_entry(&args, receipt, form);
    } else {
        return verify_entry(&args, form);
    };
    let verdict = verdict.and_then(|proven| match args.countersigned {
        Some(needed) if proven.countersigners() < needed => {
            Err(format!("countersigned by {} of {needed} needed", proven.countersigners()))
        }
        Some(_) | None => Ok(proven),
    });
    Ok(show(verdict, pinned.is_some(), form))
}

/// Shows who countersigned, where the bundle says so.
fn show_countersigned(shown: &CountersignedShown) {
    let (ledger, at) = (identifier(&shown.ledger), isolate(&shown.began_at));
    let (number, count) = (shown.epoch, shown.stream_size);
    say_inside(2, Text::ProvenEpoch { ledger: &ledger, number, at: &at, count });
    if !shown.covers {
        say_inside(4, Text::EpochIsOlder);
    }
    for (name, at) in &shown.by {
        say_inside(4, Text::CountersignedBy { name: &identifier(name), at: &isolate(at) });
    }
    if shown.by.is_empty() {
        say_inside(4, Text::CountersignedByNobody);
    }
}

fn show(verdict: Result<Proven, String>, is_pinned: bool, form: Form) -> ExitCode {
    match (verdict, form) {
        (Ok(proven), Form::Json) => {
            json(&serde_json::json!({ "holds": true, "association_pinned": is_pinned, "proven": proven }));
            ExitCode::SUCCESS
        }
        (Ok(proven), Form::Text) => {
            say(Text::Holds);
            let pinned = words(if is_pinned { Text::AsPinned } else { Text::NotPinned });
            let association = identifier(&proven.association);
            say_inside(2, Text::ProvenAssociation { association: &association, pinned: &pinned });
            for (name, value) in &proven.facts {
                verbatim(&format!("  {name:<12} {}", isolate(value)));
            }
            say_inside(2, Text::ProvenStream { stream: &identifier(&proven.stream), number: proven.seq });
            let root = identifier(&proven.root);
            say_inside(2, Text::ProvenLedger { count: proven.tree_size, root: &root });
            let registry = &proven.registry;
            let newest = isolate(&registry.newest_at);
            say_inside(2, Text::ProvenRegistry { count: registry.statements, newest: &newest });
            let attested = registry.attested_at.as_deref().map(isolate);
            let head = attested.as_deref().map_or(Text::HeadNotAttested, |at| Text::HeadAttested { at });
            say_inside(2, head);
            if let Some(countersigned) = &proven.countersigned {
                show_countersigned(countersigned);
            }
            ExitCode::SUCCESS
        }
        (Err(why), Form::Json) => {
            json(&serde_json::json!({ "holds": false, "why": why }));
            ExitCode::from(1)
        }
        (Err(why), Form::Text) => {
            say(Text::DoesNotHold { why: &why });
            ExitCode::from(1)
        }
    }
}

/// Believes the keys on the command line, and nothing else.
struct GivenKeys(Vec<PublicKey>, KeyUsage);

impl KeyLookup for GivenKeys {
    fn key(&self, id: &KeyId) -> Option<RegisteredKey> {
        let at = self.0.iter().position(|key| key.id() == *id)?;
        // Every key counts as a signer of its own: `K1`, `K2`, ...
        let organisation = OrganisationCode::new(&format!("K{}", at + 1)).ok()?;
        let key = self.0[at];
        Some(RegisteredKey { organisation, key, not_before: i64::MIN, not_after: None, usage: self.1 })
    }
}

fn verify_entry(args: &VerifyArgs, form: Form) -> Outcome {
    let path = args.entry.as_ref().ok_or_else(|| CommandError::Usage("nothing to verify".to_owned()))?;
    let keys = args.key.iter().map(|text| read_key(text)).collect::<Result<Vec<_>, _>>()?;
    let bytes = read_file(path, ENTRY_BYTES_CAP as u64)?;
    let entitled: Vec<OrganisationCode> =
        (1..=keys.len()).filter_map(|i| OrganisationCode::new(&format!("K{i}")).ok()).collect();
    let verdict = Unverified::parse(&bytes).and_then(|entry| {
        let signatures = entry.key_ids().count();
        entry.verify_threshold(&GivenKeys(keys, KeyUsage::Entries), &entitled, signatures)
    });
    match verdict {
        Ok(entry) => {
            match form {
                Form::Json => json(&serde_json::json!({ "holds": true, "entry": entry.hash().to_string() })),
                Form::Text => {
                    say(Text::Holds);
                    say_inside(2, Text::ProvenEntry { entry: &identifier(&entry.hash().to_string()) });
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Ok(show(Err(error.to_string()), false, form)),
    }
}

fn verify_receipt_of_entry(args: &VerifyArgs, receipt: &Path, form: Form) -> Outcome {
    let path = args.entry.as_ref().ok_or_else(|| CommandError::Usage("nothing to verify".to_owned()))?;
    let keys = args.key.iter().map(|text| read_key(text)).collect::<Result<Vec<_>, _>>()?;
    let keys = GivenKeys(keys, KeyUsage::Checkpoints);
    let bytes = read_file(path, ENTRY_BYTES_CAP as u64)?;
    let receipt = read_receipt(receipt)?;
    let verdict = match Unverified::parse(&bytes) {
        Ok(entry) => Receipt::parse(&receipt)
            .and_then(|receipt| receipt.verify(entry.hash(), &entry.claims().subject, &keys))
            .map(|receipt| (entry.hash(), receipt))
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let (entry, receipt) = match verdict {
        Ok(verified) => verified,
        Err(why) => return Ok(show(Err(why), false, form)),
    };
    let (entry, root) = (entry.to_string(), receipt.root().to_string());
    let (stream, number) = (receipt.position().stream.to_string(), receipt.position().seq);
    match form {
        Form::Json => json(&serde_json::json!({
            "holds": true, "entry": entry, "stream": stream, "seq": number, "tree_size": receipt.tree_size(),
            "root": root, "issued_at": receipt.claims().issued_at,
        })),
        Form::Text => {
            say(Text::Holds);
            say_inside(2, Text::ProvenEntry { entry: &identifier(&entry) });
            say_inside(2, Text::ProvenStream { stream: &identifier(&stream), number });
            say_inside(2, Text::ProvenLedger { count: receipt.tree_size(), root: &identifier(&root) });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read_receipt(path: &Path) -> Result<Vec<u8>, CommandError> {
    read_file(path, RECEIPT_BYTES_CAP as u64)
}

fn read_key(text: &str) -> Result<PublicKey, CommandError> {
    barid_app::drafts::read_public_key(text)
        .ok_or_else(|| CommandError::Usage("not a public key in hexadecimal".to_owned()))
}
