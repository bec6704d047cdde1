//! `barid backup`, `restore` and `doctor`: the data directory copied, brought back, checked.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_languages::Text;
use barid_store::RestoreOptions;
use clap::Args;

use super::{DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, advice, json, say};

/// Copies a data directory whose server is stopped. Keys go apart, into a directory of their own beside the copy.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  barid backup --data-dir barid-data --to /backup/barid-monday")]
pub struct BackupArgs {
    #[command(flatten)]
    data: DataDir,
    /// Where to put the copy; must not exist.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Makes a data directory out of a backup, as a new incarnation: no number is given twice. No token of before signs in.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid restore --from /backup/barid/backup-NODE-2026-11-25-060000 --keys /vault/barid/keys-NODE-2026-11-20-060000 --to barid-data"
)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The directory with the keys of the backup.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// The data directory to make; must not exist.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Checks a data directory that is not in use, and names every fault.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    #[command(flatten)]
    data: DataDir,
}

pub fn backup(args: BackupArgs, form: Form) -> Outcome {
    let made = node::block_on(async {
        let store = node::open_store(&args.data.data_dir, false).await?;
        let made = store.backup(&args.to).await?;
        store.close().await;
        Ok(made)
    })?;
    match form {
        Form::Json => json(&serde_json::json!({
            "backup": made.data, "keys": made.keys, "files": made.files, "bytes": made.bytes
        })),
        Form::Text => {
            let place = made.data.display().to_string();
            say(Text::BackupMade { place: &place, files: made.files as u64, bytes: made.bytes });
            say(Text::BackupKeys { place: &made.keys.display().to_string() });
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub fn restore(args: RestoreArgs, form: Form) -> Outcome {
    let made = node::block_on(async {
        let options = RestoreOptions {
            backup: args.from,
            keys: args.keys,
            directory: args.to.clone(),
            now: node::now(),
        };
        Ok(barid_store::restore(options).await?)
    })?;
    match form {
        Form::Json => json(&serde_json::json!({
            "restored": args.to, "node": made.node.to_string(), "incarnation": made.incarnation
        })),
        Form::Text => {
            let place = args.to.display().to_string();
            say(Text::Restored { place: &place, incarnation: made.incarnation });
            say(Text::RestoredTokens);
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub fn doctor(args: DoctorArgs, form: Form) -> Outcome {
    let report =
        node::block_on(async { Ok(barid_store::doctor(&args.data.data_dir, &node::master_key()).await?) })?;
    match form {
        Form::Json => json(&serde_json::json!({
            "sound": report.is_sound(),
            "examined": report.examined.iter().map(|(what, count)| (what.to_string(), *count))
                .collect::<std::collections::BTreeMap<String, u64>>(),
            "faults": report.faults.iter().map(|fault| serde_json::json!({
                "place": fault.place, "code": fault.code, "what": fault.what
            })).collect::<Vec<_>>(),
            "to_do": report.to_do().iter().map(|remedy| remedy.text).collect::<Vec<_>>(),
            "notes": report.notes.iter().map(|note| serde_json::json!({ "place": note.place, "what": note.what }))
                .collect::<Vec<_>>(),
        })),
        Form::Text => {
            for (what, count) in &report.examined {
                say(Text::Examined { count: &format!("{count:>10}"), what });
            }
            for note in &report.notes {
                say(Text::DoctorNote { place: &note.place.to_string(), what: &note.what.to_string() });
            }
            for fault in &report.faults {
                let (place, what) = (fault.place.to_string(), fault.what.to_string());
                say(Text::DoctorFault { place: &place, code: fault.code, what: &what });
            }
            for remedy in report.to_do() {
                say(Text::DoctorToDo { what: &advice(&remedy) });
            }
            say(if report.is_sound() { Text::Sound } else { Text::NotSound });
        }
    }
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
