//! The commands, one module each. Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 failed.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_app::AppError;
use barid_domain::codes::{CodeList, Purpose};
use barid_languages::Language;
use barid_store::StoreError;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::terminal::{self, Form};

mod admin;
mod backup;
mod bench;
mod demo;
mod demo_check;
mod eval;
mod export;
mod found;
mod import;
mod records;
mod search;
mod serve;
mod tokens;
mod vectors;
mod verify;

/// Barid: an open police information exchange.
#[derive(Parser, Debug)]
#[command(name = "barid", version, about, long_about = None, max_term_width = 100)]
pub struct Cli {
    /// Write JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    /// The language of what is shown: en, ru, ar, fa, hi, bn or zh. Without it, that of the locale, else English. Help,
    /// codes and JSON are the same in every language.
    #[arg(long, value_name = "TAG", global = true, env = "BARID_LANGUAGE", value_parser = read_language)]
    language: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Set up an exercise association with the UN list, start its server and show searches worth trying.
    Demo(demo::DemoArgs),
    /// Serve the API of a data directory.
    Serve(serve::ServeArgs),
    /// Import a list.
    Import(import::ImportArgs),
    /// Look for a person or a document, in any script.
    Search(search::SearchArgs),
    /// Open one record.
    Open(records::OpenArgs),
    /// Verify proofs offline: that an entry or an access is in the ledger, that two checkpoints agree.
    Verify(verify::VerifyArgs),
    /// Export proofs and checkpoints to files.
    Export(export::ExportArgs),
    /// Copy a data directory whose server is stopped; `serve --backup-dir` copies while it runs.
    Backup(backup::BackupArgs),
    /// Make a data directory out of a backup, as a new incarnation.
    Restore(backup::RestoreArgs),
    /// Check a data directory and name every fault.
    Doctor(backup::DoctorArgs),
    /// Measure search quality on labelled cases.
    Eval(eval::EvalArgs),
    /// Measure speed.
    Bench(bench::BenchArgs),
    /// Look after a data directory.
    Admin(admin::AdminArgs),
}

/// Names the data directory to work on.
#[derive(Args, Debug, Clone)]
pub struct DataDir {
    /// The data directory.
    #[arg(long, value_name = "DIR", default_value = "barid-data", env = "BARID_DATA_DIR")]
    data_dir: PathBuf,
}

/// Says who acts and why; an act without a purpose and a reference is not done.
#[derive(Args, Debug, Clone)]
pub struct Acting {
    /// The organisation acted for; without it, the one whose node this is.
    #[arg(long, value_name = "CODE")]
    pub organisation: Option<String>,
    /// The officer's name within it.
    #[arg(long, value_name = "NAME", default_value = "console")]
    pub officer: String,
    /// Why, as a code.
    #[arg(long, value_name = "PURPOSE", value_parser = purposes())]
    pub purpose: String,
    /// The case, shift or lane.
    #[arg(long, value_name = "TEXT")]
    pub reference: String,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Wrong usage.
    #[error("{0}")]
    Usage(String),
    /// A use case said no.
    #[error("[{code}] {0}", code = .0.code())]
    App(#[from] AppError),
    /// The store failed.
    #[error("[{code}] {0}", code = .0.code())]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error("{what}")]
    File {
        /// What was being done.
        what: String,
        /// Why it failed.
        #[source]
        cause: std::io::Error,
    },
    /// Something else failed.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    /// The stable code, of errors that have one.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::App(error) => Some(error.code()),
            Self::Store(error) => Some(error.code()),
            Self::Usage(_) | Self::File { .. } | Self::Failed(_) => None,
        }
    }

    /// The exit code that stands for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::App(_) | Self::Store(_) | Self::File { .. } | Self::Failed(_) => 3,
        }
    }
}

/// What a command answers: how the process ends.
pub type Outcome = Result<ExitCode, CommandError>;

/// Runs the command.
pub fn run(cli: Cli) -> Outcome {
    terminal::speak(cli.language.unwrap_or_else(terminal::language_of_locale));
    let form = if cli.json { Form::Json } else { Form::Text };
    match cli.command {
        Command::Demo(args) => demo::run(args, form),
        Command::Serve(args) => serve::run(args),
        Command::Import(args) => import::run(args, form),
        Command::Search(args) => search::run(args, form),
        Command::Open(args) => records::open(args, form),
        Command::Verify(args) => verify::run(args, form),
        Command::Export(args) => export::run(args, form),
        Command::Backup(args) => backup::backup(args, form),
        Command::Restore(args) => backup::restore(args, form),
        Command::Doctor(args) => backup::doctor(args, form),
        Command::Eval(args) => eval::run(args, form),
        Command::Bench(args) => bench::run(args, form),
        Command::Admin(args) => admin::run(args, form),
    }
}

fn purposes() -> PossibleValuesParser {
    PossibleValuesParser::new(Purpose::LISTED.iter().map(|(_, name)| *name))
}

fn read_language(tag: &str) -> Result<Language, String> {
    Language::of_tag(tag).ok_or_else(|| {
        let known: Vec<&str> = Language::ALL.iter().map(|language| language.tag()).collect();
        format!("one of {}", known.join(", "))
    })
}

/// Reads a whole file, up to a cap in bytes.
pub(crate) fn read_file(path: &std::path::Path, cap: u64) -> Result<Vec<u8>, CommandError> {
    use std::io::Read;
    let fail = |cause| CommandError::File { what: format!("can not read {}", path.display()), cause };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(cap + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > cap {
        return Err(CommandError::Failed(format!("{} is larger than {cap} bytes", path.display())));
    }
    Ok(bytes)
}

/// Writes a whole file for its owner alone: beside it first, then in its place, so that no half file is ever seen.
pub(crate) fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), CommandError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let fail = |cause| CommandError::File { what: format!("can not write {}", path.display()), cause };
    let partial = path.with_extension("partial");
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&partial).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    std::fs::rename(&partial, path).map_err(fail)
}
