//! `barid migrate-store`: the database of a data directory moved from one engine to the other.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_languages::Text;
use barid_store::{Destination, MigrationOptions, MigrationReport, MigrationStep};
use clap::Args;

use super::{DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, json, progress_done, say, say_progress};

/// Moves the database of a data directory whose server is stopped from SQLite to PostgreSQL, or back. Every row is compared
/// and every hash verified before the new one counts; until then the old one does, and a move that was interrupted can be
/// begun anew or left alone. The database that was left is marked and never opened again. Back up first.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  barid migrate-store --data-dir barid-data --to-server address\n  barid migrate-store --data-dir barid-data --to-directory\n\nThe file `address` has one line, as the file `database` of a data directory:\n  postgres:///barid?host=/run/postgresql&user=barid"
)]
pub struct MigrateStoreArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    to: To,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct To {
    /// To the empty PostgreSQL database whose address stands in this file, readable by its owner alone.
    #[arg(long, value_name = "FILE")]
    to_server: Option<PathBuf>,
    /// Into a file of the data directory (SQLite).
    #[arg(long)]
    to_directory: bool,
}

pub fn run(args: MigrateStoreArgs, form: Form) -> Outcome {
    let to = match args.to.to_server {
        Some(address) => Destination::Server { address },
        None => Destination::Directory,
    };
    let options = MigrationOptions { directory: args.data.data_dir, master_key: node::master_key(), to };
    let report = node::block_on(async { Ok(barid_store::migrate_store(options, show).await?) })?;
    progress_done();
    match form {
        Form::Json => json(&serde_json::json!({
            "node": report.node.to_string(),
            "incarnation": report.incarnation,
            "finished_earlier_move": report.tables.is_empty(),
            "tables": counted(&report.tables),
            "verified": counted(&report.verified),
            "left": report.left,
        })),
        Form::Text => say_report(&report),
    }
    Ok(ExitCode::SUCCESS)
}

fn show(step: MigrationStep) {
    match step {
        MigrationStep::Copied { table, rows } => say_progress(Text::StoreCopied { rows, table }),
        MigrationStep::Compared { table, rows } => say_progress(Text::StoreCompared { rows, table }),
        MigrationStep::Verifying => say_progress(Text::StoreVerifying),
    }
}

fn counted(counts: &[(&'static str, u64)]) -> std::collections::BTreeMap<&'static str, u64> {
    counts.iter().copied().collect()
}

fn say_report(report: &MigrationReport) {
    if report.tables.is_empty() {
        return say(Text::StoreMoveFinished);
    }
    let entries = report.verified.iter().find(|(what, _)| *what == "entries").map_or(0, |(_, count)| *count);
    let rows = report.tables.iter().map(|(_, rows)| rows).sum();
    say(Text::StoreMoved { rows, tables: report.tables.len() as u64, entries });
    match &report.left {
        Some(file) => say(Text::StoreLeftFile { place: &file.display().to_string() }),
        None => say(Text::StoreLeftServer),
    }
}
