//! `barid admin countersigning`: whom this node asks for countersignatures, which ledgers it countersigns, what it saw.

use std::process::ExitCode;

use barid_app::countersigning::{CountersigningChange, ShownCountersigning};
use barid_languages::Text;
use barid_ledger::{KeyName, Origin, VerifierKey};
use clap::{Args, Subcommand};

use super::{CommandError, DataDir, Outcome};
use crate::countersigning::is_reachable;
use crate::node;
use crate::terminal::{Form, identifier, isolate, json, say, say_inside};

#[derive(Subcommand, Debug)]
pub enum CountersigningCommand {
    /// Show this node's own ledger of epochs and keys for others to name, whom it asks, what it countersigns, and evidence of
    /// ledgers with two histories; the evidence itself is in what --json writes.
    #[command(after_help = "Example:\n  barid admin countersigning list --reference 'set-up with XB'")]
    List(ListArgs),
    /// Countersign the epochs of another node.
    ///
    /// Its ledger and key are what `list` shows on that node; have them told to you by a way of their own.
    #[command(
        after_help = "Example:\n  barid admin countersigning add-ledger --ledger barid.v1/XB/epochs/NODE/1 --key KEY --reference 'agreement 4'"
    )]
    AddLedger(AddLedgerArgs),
    /// Countersign a ledger no longer. What was countersigned last is remembered.
    RemoveLedger(RemoveLedgerArgs),
    /// Ask another organisation's node to countersign this one's epochs.
    #[command(
        after_help = "Example:\n  barid admin countersigning add-countersigner --url https://barid.xb.example/witness/v1 --key KEY --reference 'agreement 4'"
    )]
    AddCountersigner(AddCountersignerArgs),
    /// Ask a countersigner no longer.
    RemoveCountersigner(RemoveCountersignerArgs),
}

#[derive(Args, Debug)]
pub struct Why {
    #[command(flatten)]
    data: DataDir,
    /// Why: an agreement, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub struct AddLedgerArgs {
    /// The ledger, by the origin of its checkpoints.
    #[arg(long, value_name = "ORIGIN")]
    ledger: String,
    /// The key that signs it (a C2SP verifier key), once for each; without it, the checkpoint keys that the registry has of the
    /// organisation in ORIGIN.
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub struct RemoveLedgerArgs {
    /// The ledger, by the origin of its checkpoints.
    #[arg(long, value_name = "ORIGIN")]
    ledger: String,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub struct AddCountersignerArgs {
    /// Where it is: what stands before /add-checkpoint. https, or http on this machine.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The key with which it countersigns (a C2SP verifier key).
    #[arg(long, value_name = "KEY")]
    key: String,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub struct RemoveCountersignerArgs {
    /// The name of its key: what stands before the first +.
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    why: Why,
}

pub fn run(command: &CountersigningCommand, form: Form) -> Outcome {
    let (why, change) = match command {
        CountersigningCommand::List(args) => return node::block_on(list(&args.why, form)),
        CountersigningCommand::AddLedger(args) => {
            let keys = args.key.iter().map(|key| read_key(key)).collect::<Result<_, _>>()?;
            (&args.why, CountersigningChange::AddLedger { origin: read_origin(&args.ledger)?, keys })
        }
        CountersigningCommand::RemoveLedger(args) => {
            (&args.why, CountersigningChange::RemoveLedger { origin: read_origin(&args.ledger)? })
        }
        CountersigningCommand::AddCountersigner(args) => {
            if !is_reachable(&args.url) {
                let what =
                    format!("{} is neither https:// nor http:// on this machine with a port", args.url);
                return Err(CommandError::Usage(what));
            }
            let (url, key) = (args.url.clone(), read_key(&args.key)?);
            (&args.why, CountersigningChange::AddCountersigner { url, key })
        }
        CountersigningCommand::RemoveCountersigner(args) => {
            let name = KeyName::new(args.name.as_str())
                .map_err(|_| CommandError::Usage("not the name of a key".to_owned()))?;
            (&args.why, CountersigningChange::RemoveCountersigner { name })
        }
    };
    node::block_on(make(why, change, form))
}

async fn make(why: &Why, change: CountersigningChange, form: Form) -> Outcome {
    let app = node::open_app(&why.data.data_dir).await?;
    let ctx = node::host_context(&app, &why.reference)?;
    app.change_countersigning(&ctx, change).await?;
    app.close().await?;
    match form {
        Form::Json => json(&serde_json::json!({ "changed": true })),
        Form::Text => say(Text::CountersigningChanged),
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(why: &Why, form: Form) -> Outcome {
    let app = node::open_app(&why.data.data_dir).await?;
    let ctx = node::host_context(&app, &why.reference)?;
    let shown = app.countersigning(&ctx).await?;
    app.close().await?;
    match form {
        Form::Json => json(&to_json(&shown)),
        Form::Text => show(&shown),
    }
    Ok(ExitCode::SUCCESS)
}

fn to_json(shown: &ShownCountersigning) -> serde_json::Value {
    let at = |at: &Option<barid_domain::dates::Timestamp>| at.map(|at| at.to_string());
    let countersigners = shown.countersigners.iter().map(
        |one| serde_json::json!({ "key": one.key, "url": one.url, "size": one.size, "at": at(&one.at) }),
    );
    let ledgers = shown.ledgers.iter().map(|one| {
        serde_json::json!({
            "ledger": one.origin, "keys": one.keys, "size": one.size, "at": at(&one.at), "waits": one.waits,
        })
    });
    let forks = shown.forks.iter().map(
        |one| serde_json::json!({ "ledger": one.origin, "at": one.at.to_string(), "evidence": one.evidence }),
    );
    serde_json::json!({
        "own_ledger": shown.own_ledger, "own_ledger_key": shown.own_ledger_key,
        "own_countersigner_key": shown.own_countersigner_key, "epochs": shown.epochs,
        "countersigners": countersigners.collect::<Vec<_>>(), "ledgers": ledgers.collect::<Vec<_>>(),
        "forks": forks.collect::<Vec<_>>(),
    })
}

fn show(shown: &ShownCountersigning) {
    say(Text::OwnEpochs { ledger: &identifier(&shown.own_ledger), count: shown.epochs });
    say_inside(2, Text::OwnLedgerKey { key: &identifier(&shown.own_ledger_key) });
    say_inside(2, Text::OwnCountersignerKey { key: &identifier(&shown.own_countersigner_key) });
    for one in &shown.countersigners {
        let (url, key) = (identifier(&one.url), identifier(&one.key));
        say(Text::CountersignerLine { url: &url, key: &key, count: one.size });
    }
    for one in &shown.ledgers {
        say(Text::CountersignedLedger { ledger: &identifier(&one.origin), count: one.size });
        if one.waits {
            say_inside(2, Text::LedgerWaits);
        }
    }
    for one in &shown.forks {
        let at = isolate(&one.at.to_string());
        say(Text::LedgerForked { ledger: &identifier(&one.origin), at: &at });
    }
}

fn read_origin(text: &str) -> Result<Origin, CommandError> {
    Origin::new(text).map_err(|_| CommandError::Usage("not the origin of a ledger".to_owned()))
}

pub fn read_key(text: &str) -> Result<VerifierKey, CommandError> {
    text.parse().map_err(|_| CommandError::Usage("not a C2SP verifier key: NAME+ID+KEY".to_owned()))
}
