//! `barid admin key`: keys of organisations made, listed, rotated, retired, stated to be in other hands, recovered.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_app::drafts::{read_public_key, shown};
use barid_app::{EarlierKeys, KeyChange, NewKey};
use barid_domain::dates::Timestamp;
use barid_domain::entries::{KeyLookup, RegisteredKey};
use barid_domain::ids::{KeyId, OrganisationCode};
use barid_domain::keys::{Algorithm, signer_of};
use barid_domain::registry::{KeyUsage, PLACES_CAP, Registry};
use barid_domain::streams::{Position, StreamClass, StreamId};
use barid_languages::Text;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::found::{Stating, key_file_mark, refuse_existing, write_draft};
use super::{CommandError, DataDir, Outcome, write_new_file};
use crate::node;
use crate::pkcs11;
use crate::terminal::{Form, identifier, json, say, verbatim};

#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Make a key on this machine, for an organisation that keeps its own; prints the public half.
    New(NewArgs),
    /// List the keys of the registry, and where the streams of an organisation end.
    #[command(after_help = "Example:\n  barid admin key list --organisation XD")]
    List(ListArgs),
    /// Register a new key of an organisation, with which its earlier ones end.
    ///
    /// A hosted key is made here; who keeps its own gives the public half with --public-key.
    #[command(
        after_help = "Example:\n  barid admin key rotate --organisation XD --reference 'yearly rotation'"
    )]
    Rotate(RotateArgs),
    /// State that a key signs no more; what it signed stands.
    #[command(
        after_help = "Example:\n  barid admin key retire --organisation XD --key-id ID --reference 'decision 12'"
    )]
    Retire(RetireArgs),
    /// State that a key is in other hands, and up to where what it signed counts; the organisation itself does not sign it.
    ///
    /// `barid admin key list --organisation CODE` shows where its streams end. A stream that is not named counts for
    /// nothing. Records behind these places answer nobody until their owner states them again.
    #[command(
        after_help = "Example:\n  barid admin key compromised --organisation XD --key-id ID --up-to STREAM=41 --reference 'case 7'"
    )]
    Compromised(CompromisedArgs),
    /// State that all keys of an organisation are lost, and register a new one; the other founders sign it.
    #[command(
        after_help = "Example:\n  barid admin key recover --organisation XD --public-key HEX --reference 'fire'"
    )]
    Recover(NewKeyArgs),
    /// State with which algorithms an organisation signs from now on: with each of them. With none, any one is enough.
    #[command(
        after_help = "Example:\n  barid admin key sign-with --organisation XD --algorithm ed25519 --algorithm ecdsa-p256 --reference 'plan 3'"
    )]
    SignWith(SignWithArgs),
}

#[derive(Args, Debug)]
pub struct NewArgs {
    /// The file to keep the secret half in, for its owner alone; must not exist.
    #[arg(long, value_name = "FILE", required_unless_present = "pkcs11", conflicts_with = "pkcs11")]
    out: Option<PathBuf>,
    /// The file that names a PKCS#11 token, to make the key in it, out of which it can't be taken.
    #[arg(long, value_name = "FILE")]
    pkcs11: Option<PathBuf>,
    /// The algorithm that it signs with.
    #[arg(long, value_name = "NAME", default_value = "ed25519", value_parser = algorithms())]
    algorithm: String,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation; without it, all.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
}

#[derive(Args, Debug)]
pub struct NewKeyArgs {
    /// The organisation's code.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The public half of a key that is kept elsewhere or in this node's token, in hexadecimal; without it a key is made
    /// here.
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
    /// The algorithm of a key that is made here.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "ed25519",
        value_parser = algorithms(),
        conflicts_with = "public_key"
    )]
    algorithm: String,
    #[command(flatten)]
    stating: Stating,
}

#[derive(Args, Debug)]
pub struct RotateArgs {
    #[command(flatten)]
    new: NewKeyArgs,
    /// What the key signs.
    #[arg(long, value_name = "WHAT", default_value = "entries", value_parser = ["entries", "checkpoints"])]
    usage: String,
    /// Let the earlier keys go on beside the new one.
    #[arg(long)]
    keep_earlier: bool,
}

#[derive(Args, Debug)]
pub struct RetireArgs {
    /// The organisation's code.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The key's id.
    #[arg(long, value_name = "ID")]
    key_id: String,
    #[command(flatten)]
    stating: Stating,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("reach").required(true).args(["up_to", "nothing_counts", "by_time_alone"]))]
pub struct CompromisedArgs {
    #[command(flatten)]
    key: RetireArgs,
    /// The last entry of a stream that counts, once for each stream.
    #[arg(long, value_name = "STREAM=NUMBER")]
    up_to: Vec<String>,
    /// Nothing that it signed counts.
    #[arg(long)]
    nothing_counts: bool,
    /// What it signed before this statement counts by the time that each entry gives itself: only where nobody used it.
    #[arg(long)]
    by_time_alone: bool,
}

#[derive(Args, Debug)]
pub struct SignWithArgs {
    /// The organisation's code.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// An algorithm, once for each.
    #[arg(long, value_name = "NAME", value_parser = algorithms())]
    algorithm: Vec<String>,
    #[command(flatten)]
    stating: Stating,
}

fn algorithms() -> PossibleValuesParser {
    PossibleValuesParser::new(Algorithm::ALL.iter().map(|algorithm| algorithm.name()))
}

pub fn run(command: &KeyCommand, form: Form) -> Outcome {
    match command {
        KeyCommand::New(args) => make(args, form),
        KeyCommand::List(args) => node::block_on(list(args, form)),
        KeyCommand::Rotate(args) => {
            let usage = if args.usage == "checkpoints" { KeyUsage::Checkpoints } else { KeyUsage::Entries };
            let earlier = if args.keep_earlier { EarlierKeys::Keep } else { EarlierKeys::Retire };
            let change = KeyChange::Rotate { new: args.new.read(usage)?, earlier };
            node::block_on(state(&args.new.organisation, &change, &args.new.stating, form))
        }
        KeyCommand::Retire(args) => {
            let change = KeyChange::Retire(read_id(&args.key_id)?);
            node::block_on(state(&args.organisation, &change, &args.stating, form))
        }
        KeyCommand::Compromised(args) => {
            let (key, up_to) = (read_id(&args.key.key_id)?, read_places(args)?);
            let change = KeyChange::Compromised { key, up_to };
            node::block_on(state(&args.key.organisation, &change, &args.key.stating, form))
        }
        KeyCommand::Recover(args) => {
            let change = KeyChange::Recover(args.read(KeyUsage::Entries)?);
            node::block_on(state(&args.organisation, &change, &args.stating, form))
        }
        KeyCommand::SignWith(args) => {
            let algorithms = args.algorithm.iter().map(|name| read_algorithm(name));
            let change = KeyChange::SignWith(algorithms.collect::<Result<_, _>>()?);
            node::block_on(state(&args.organisation, &change, &args.stating, form))
        }
    }
}

fn make(args: &NewArgs, form: Form) -> Outcome {
    let algorithm = read_algorithm(&args.algorithm)?;
    if let Some(file) = &args.pkcs11 {
        let token = pkcs11::read(file)?;
        let key = token.generate(algorithm, &node::ports().draw());
        return show_made(&shown(&key.map_err(|error| pkcs11::unusable(&error))?), form);
    }
    let out = args.out.as_ref().ok_or_else(|| CommandError::Usage("--out is missing".to_owned()))?;
    refuse_existing(out)?;
    let (secret, signer) = loop {
        let secret = zeroize::Zeroizing::new(node::ports().draw::<32>());
        // One draw of 2^32 is no key of P-256.
        if let Ok(signer) = signer_of(algorithm, &secret) {
            break (secret, signer);
        }
    };
    let digits = zeroize::Zeroizing::new(barid_app::proofs::hex(secret.as_slice()));
    let text = zeroize::Zeroizing::new(format!("{}{}\n", key_file_mark(algorithm), *digits));
    write_new_file(out, text.as_bytes())?;
    show_made(&shown(&signer.public_key()), form)
}

fn show_made(public: &str, form: Form) -> Outcome {
    match form {
        Form::Json => json(&serde_json::json!({ "public_key": public })),
        Form::Text => say(Text::PublicKey { key: &identifier(public) }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn state(organisation: &str, change: &KeyChange, stating: &Stating, form: Form) -> Outcome {
    let code = read_code(organisation)?;
    let app = node::open_app(stating.data_dir()).await?;
    let ctx = node::host_context(&app, stating.reference())?;
    let draft = app.draft_key_change(&ctx, code, change).await?;
    let drafted = stating.state(&app, &ctx, &draft).await?;
    app.close().await?;
    if let Some(path) = drafted {
        return write_draft(path, &draft, form);
    }
    match form {
        Form::Json => json(&serde_json::json!({ "organisation": code, "keys": "stated" })),
        Form::Text => say(Text::KeysChanged { organisation: code.as_str() }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: &ListArgs, form: Form) -> Outcome {
    let only = args.organisation.as_deref().map(read_code).transpose()?;
    let app = node::open_app(&args.data.data_dir).await?;
    let registry = app.registry();
    let mut streams = app.store().stream_heads().await?;
    app.close().await?;
    let signed = |stream: &StreamId| !matches!(stream.class, StreamClass::Access | StreamClass::Registry);
    streams.retain(|head| Some(head.stream.organisation) == only && signed(&head.stream));
    streams.sort_by_key(|head| head.stream);
    let mut keys: Vec<RegisteredKey> = registry.keys().map(|(_, key)| *key).collect();
    keys.retain(|key| only.is_none_or(|code| code == key.organisation));
    keys.sort_by_key(|key| (key.organisation, key.not_before));
    match form {
        Form::Json => {
            let keys: Vec<_> = keys.iter().map(|key| shown_as_json(&registry, key)).collect();
            let streams: Vec<_> = streams
                .iter()
                .map(|head| serde_json::json!({ "stream": head.stream.to_string(), "entries": head.size }))
                .collect();
            json(&serde_json::json!({ "keys": keys, "streams": streams }));
        }
        Form::Text => {
            for key in &keys {
                let (algorithm, usage) = (key.key.algorithm().name(), key.usage.to_string());
                let from = Timestamp::from_seconds(key.not_before);
                let end = key.not_after.map(|end| format!(" - {}", Timestamp::from_seconds(end)));
                let state = state_of(&registry, key);
                let id = identifier(&key.key.id().to_string());
                let end = end.unwrap_or_default();
                verbatim(&format!(
                    "{:<8} {algorithm:<10} {usage:<11} {state:<11} {id} {from}{end}",
                    key.organisation
                ));
            }
            for head in &streams {
                verbatim(&identifier(&format!("{}={}", head.stream, head.size)));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn shown_as_json(registry: &Registry, key: &RegisteredKey) -> serde_json::Value {
    serde_json::json!({
        "organisation": key.organisation,
        "key_id": key.key.id().to_string(),
        "public_key": shown(&key.key),
        "algorithm": key.key.algorithm().name(),
        "usage": key.usage,
        "state": state_of(registry, key),
        "from": Timestamp::from_seconds(key.not_before).to_string(),
        "until": key.not_after.map(|end| Timestamp::from_seconds(end).to_string()),
    })
}

/// The state of a key as a code, in the words of what is stated about keys.
fn state_of(registry: &Registry, key: &RegisteredKey) -> &'static str {
    if registry.compromise(&key.key.id()).is_some() {
        "compromised"
    } else if key.not_after.is_some() {
        "retired"
    } else {
        "active"
    }
}

impl NewKeyArgs {
    fn read(&self, usage: KeyUsage) -> Result<NewKey, CommandError> {
        match &self.public_key {
            Some(text) => {
                let key = read_public_key(text);
                let key =
                    key.ok_or_else(|| CommandError::Usage("not a public key in hexadecimal".to_owned()))?;
                Ok(NewKey::Given(key, usage))
            }
            None => Ok(NewKey::Hosted(read_algorithm(&self.algorithm)?, usage)),
        }
    }
}

fn read_algorithm(name: &str) -> Result<Algorithm, CommandError> {
    Algorithm::from_name(name).ok_or_else(|| CommandError::Usage("not an algorithm".to_owned()))
}

fn read_code(text: &str) -> Result<OrganisationCode, CommandError> {
    text.parse().map_err(|_| CommandError::Usage("not the code of an organisation".to_owned()))
}

pub(super) fn read_id(text: &str) -> Result<KeyId, CommandError> {
    text.parse().map_err(|_| CommandError::Usage("not the id of a key".to_owned()))
}

/// Reads the places up to which entries count, in the order in which they are stated.
fn read_places(args: &CompromisedArgs) -> Result<Option<Vec<Position>>, CommandError> {
    if args.by_time_alone {
        return Ok(None);
    }
    if args.up_to.len() > PLACES_CAP {
        return Err(CommandError::Usage(format!("more than {PLACES_CAP} streams")));
    }
    let read = |text: &String| {
        let (stream, number) = text.rsplit_once('=')?;
        Some(Position { stream: stream.parse().ok()?, seq: number.parse().ok()? })
    };
    let mut places = args
        .up_to
        .iter()
        .map(|text| read(text).ok_or_else(|| CommandError::Usage(format!("not STREAM=NUMBER: {text}"))))
        .collect::<Result<Vec<_>, _>>()?;
    places.sort_by_key(|place| place.stream);
    Ok(Some(places))
}
