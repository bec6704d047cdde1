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
mod agreements;
mod audit;
mod backup;
mod bench;
mod bench_screening;
mod bench_texts;
mod consents;
mod countersigning;
mod demo;
mod demo_check;
mod eval;
mod eval_numbers;
mod eval_text;
mod export;
mod found;
mod images;
pub(crate) mod import;
mod keys;
mod marks;
mod migrate_store;
mod orders;
mod people;
mod records;
mod replicas;
mod requests;
mod restrictions;
mod reviews;
mod screen;
mod screen_text;
mod search;
mod serve;
mod template;
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
    /// Write an empty table of a database, or what its columns hold.
    Template(template::TemplateArgs),
    /// Look for a person or a document, in any script.
    Search(search::SearchArgs),
    /// Screen a list of people against a running server.
    Screen(screen::ScreenArgs),
    /// Find the people and documents that a running server knows in a text.
    ScreenText(screen_text::ScreenTextArgs),
    /// Open one record.
    Open(records::OpenArgs),
    /// Draft, propose, read, compare, sign, suspend and end agreements.
    #[command(subcommand)]
    Agreement(agreements::AgreementCommand),
    /// Hand in photographs and scans for records to come.
    #[command(subcommand)]
    Image(images::ImageCommand),
    /// Verify proofs offline: that an entry or an access is in the ledger, that two checkpoints agree.
    Verify(verify::VerifyArgs),
    /// Export proofs, checkpoints and own records to files.
    Export(export::ExportArgs),
    /// Copy a data directory whose server is stopped; `serve --backup-dir` copies while it runs.
    Backup(backup::BackupArgs),
    /// Make a data directory out of a backup, as a new incarnation.
    Restore(backup::RestoreArgs),
    /// Check a data directory and name every fault.
    Doctor(backup::DoctorArgs),
    /// Move the database from SQLite to PostgreSQL, or back.
    MigrateStore(migrate_store::MigrateStoreArgs),
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
    let language = cli.language.unwrap_or_else(terminal::language_of_locale);
    terminal::speak(language);
    let form = if cli.json { Form::Json } else { Form::Text };
    match cli.command {
        Command::Demo(args) => demo::run(args, form),
        Command::Serve(args) => serve::run(args),
        Command::Import(args) => import::run(args, form),
        Command::Template(args) => template::run(&args, form),
        Command::Search(args) => search::run(args, form),
        Command::Screen(args) => screen::run(args, form),
        Command::ScreenText(args) => screen_text::run(&args, form),
        Command::Open(args) => records::open(args, form),
        Command::Agreement(command) => agreements::run(command, form, language),
        Command::Image(command) => images::run(command, form),
        Command::Verify(args) => verify::run(args, form),
        Command::Export(args) => export::run(args, form),
        Command::Backup(args) => backup::backup(args, form),
        Command::Restore(args) => backup::restore(args, form),
        Command::Doctor(args) => backup::doctor(args, form),
        Command::MigrateStore(args) => migrate_store::run(args, form),
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

/// Writes a whole file for its owner alone, in place of what is there: beside it first, then in its place, so that no half
/// file is ever seen. A symbolic link there is replaced, never followed.
pub(crate) fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), CommandError> {
    place_file(path, bytes, |partial| std::fs::rename(partial, path))
}

/// Writes a whole file for its owner alone where nothing is yet, not even a symbolic link.
pub(crate) fn write_new_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), CommandError> {
    use std::io::ErrorKind;
    let placed = place_file(path, bytes, |partial| match std::fs::hard_link(partial, path) {
        // File systems without links, as on memory sticks: written in its place, still never over another.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            create_whole(path, bytes)?;
            std::fs::remove_file(partial)
        }
        linked => linked.and_then(|()| std::fs::remove_file(partial)),
    });
    match placed {
        Err(CommandError::File { cause, .. }) if cause.kind() == ErrorKind::AlreadyExists => {
            Err(CommandError::Failed(format!("{} is there already", path.display())))
        }
        placed => placed,
    }
}

fn place_file(
    path: &std::path::Path,
    bytes: &[u8],
    place: impl FnOnce(&std::path::Path) -> std::io::Result<()>,
) -> Result<(), CommandError> {
    let fail = |cause| CommandError::File { what: format!("can not write {}", path.display()), cause };
    let Some(name) = path.file_name() else {
        return Err(CommandError::Usage(format!("{} is no name of a file", path.display())));
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(std::path::Path::new("."));
    let random = barid_app::proofs::hex(&crate::node::ports().draw::<8>());
    let mut partial_name = std::ffi::OsString::from(".");
    partial_name.push(name);
    partial_name.push(format!(".{random}.partial"));
    let partial = parent.join(partial_name);
    create_whole(&partial, bytes).map_err(fail)?;
    if let Err(cause) = place(&partial) {
        // Best effort: what failed is told in any case.
        let _ = std::fs::remove_file(&partial);
        return Err(fail(cause));
    }
    std::fs::File::open(parent).and_then(|directory| directory.sync_all()).map_err(fail)
}

/// Creates a file that was not there, readable by its owner alone from the first moment; leaves none that is not whole.
fn create_whole(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Best effort: what failed is told in any case.
        let _ = std::fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &std::path::Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_written_file_follows_no_link_and_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("precious"), b"precious").unwrap();
        // What somebody laid in the way: links at every name that could be guessed, and a file that all may read.
        symlink(at("precious"), at("secret.partial")).unwrap();
        symlink(at("precious"), at("linked")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        std::fs::write(at("open.partial"), b"x").unwrap();
        std::fs::set_permissions(at("open.partial"), std::fs::Permissions::from_mode(0o644)).unwrap();

        write_new_file(&at("secret.key"), b"secret").unwrap();
        write_new_file(&at("open.key"), b"secret").unwrap();
        write_file(&at("linked"), b"answer").unwrap();
        for name in ["linked", "dangling", "precious", "secret.key"] {
            let refused = write_new_file(&at(name), b"other").unwrap_err();
            assert!(refused.to_string().contains("is there already"), "{name}: {refused}");
        }
        assert_eq!(std::fs::read(at("precious")).unwrap(), b"precious");
        assert_eq!(std::fs::read(at("secret.key")).unwrap(), b"secret");
        assert!(!at("nowhere").exists());
        assert!(at("linked").symlink_metadata().unwrap().is_file(), "the link was replaced");
        for name in ["secret.key", "open.key", "linked"] {
            assert_eq!(mode(&at(name)), 0o600, "{name}");
        }
        let hidden = std::fs::read_dir(directory.path()).unwrap();
        let hidden =
            hidden.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with('.'));
        assert_eq!(hidden.count(), 0, "no half file is left");
        assert!(write_file(&at("missing").join(".."), b"x").is_err());
    }
}
