//! `barid import`: outside lists into a data directory.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_app::{App, DocumentsImport, ImportReport, ObjectsImport, OpContext, TableEdition};
use barid_domain::codes::{
    Classification, CodeList, Database, Handling, InformationGrade, Purpose, SourceGrade,
};
use barid_domain::dates::Day;
use barid_domain::objects::tables::TABLES;
use barid_domain::terms::Terms;
use barid_formats::objects_csv::ObjectMapping;
use barid_languages::Text;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use super::{Acting, CommandError, DataDir, Outcome, read_file, write_file};
use crate::node;
use crate::object_mapping::{FILE_BYTES_CAP, read_mapping};
use crate::terminal::{Form, json, progress, progress_done, say, verbatim};

/// How many rows of the report a dry run shows.
const ROWS_SHOWN: usize = 20;

/// Imports a list. The same file twice changes nothing; a broken-off import goes on where it was.
///
/// Ends with 0 when all of it is in, with 1 when a row was refused, withdrawals were held or given up, or it broke off:
/// what was read stands, and somebody has to look.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid import --purpose sanctions --reference 'edition of 27 February' un consolidated.xml"
)]
pub struct ImportArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    #[command(subcommand)]
    what: What,
    /// A file for the report: refused and cleaned rows with place, field and reason.
    #[arg(long, value_name = "FILE", global = true)]
    report: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum What {
    /// The consolidated list of the UN Security Council (XML), as reference held by the organisation.
    Un {
        /// The list.
        file: PathBuf,
        /// Withdraws the records that an import of this list held back: their number, as that import said it.
        #[arg(long, value_name = "N")]
        confirm_withdrawals: Option<u64>,
    },
    /// A table of the organisation's own travel documents (CSV). Rows that are in already change nothing, changed ones
    /// are revised, new ones are added; an import that broke off goes on under the terms of its first run.
    Documents {
        /// The table; its columns are in docs/formats/travel-documents-csv.md.
        file: PathBuf,
        #[command(flatten)]
        table: TableArgs,
    },
    /// A table of the organisation's own objects (CSV): vehicles, firearms and other databases. It goes in as a table of
    /// documents does; a changed row is a new version of its record.
    #[command(
        after_help = "Example:\n  barid import --purpose border-control --reference 'list of 26 November' objects \\\n    --database vehicles --mapping own-columns.json --full --dry-run stolen.csv"
    )]
    Objects {
        /// The table; its columns are in docs/formats/objects-csv.md.
        file: PathBuf,
        /// The database.
        #[arg(long, value_name = "DATABASE", value_parser = databases())]
        database: String,
        /// A file (JSON) that says what the table's own columns and values stand for.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        #[command(flatten)]
        table: TableArgs,
    },
}

/// Says how a table of the organisation's own goes in.
#[derive(Args, Debug)]
struct TableArgs {
    /// In how many days the records are reviewed.
    #[arg(long, value_name = "DAYS", default_value_t = 1_825)]
    review_in_days: i32,
    /// Which of the organisation's tables this is: 1 to 30 of a-z, 0-9 and -. Tables of other names know nothing of its
    /// rows. Without it, `documents` or the name of the database.
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
    /// The table is the whole of the list: records that it leaves out are withdrawn.
    #[arg(long)]
    full: bool,
    /// Withdraws the records that an import of this table held back: their number, as that import said it.
    #[arg(long, value_name = "N", requires = "full")]
    confirm_withdrawals: Option<u64>,
    /// Says what would happen, with every refused row, and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

impl TableArgs {
    fn edition(&self) -> TableEdition {
        match self.full {
            true => TableEdition::Full { confirm_withdrawals: self.confirm_withdrawals },
            false => TableEdition::Part,
        }
    }

    fn list(&self, usual: &str) -> String {
        self.list.clone().unwrap_or_else(|| usual.to_owned())
    }

    fn terms(&self, purpose: Purpose) -> Terms {
        own_terms(purpose, node::now().day(), self.review_in_days)
    }
}

fn databases() -> PossibleValuesParser {
    let is_of_objects = |database: &Database| TABLES.iter().any(|table| table.database == *database);
    let listed = Database::LISTED.iter().filter(|(database, _)| is_of_objects(database));
    PossibleValuesParser::new(listed.map(|(_, name)| *name).collect::<Vec<_>>())
}

pub fn run(args: ImportArgs, form: Form) -> Outcome {
    let is_dry = args.what.is_dry();
    let report = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::context(&app, &args.acting)?;
        let report = args.what.import(&app, &ctx).await?;
        progress_done();
        app.close().await?;
        Ok(report)
    })?;
    if let Some(path) = &args.report {
        let rows: Vec<String> = report.rows.iter().map(ToString::to_string).collect();
        write_file(path, rows.join("\n").as_bytes())?;
    }
    match (form, is_dry) {
        (Form::Json, true) => json(&as_json_dry(&report)),
        (Form::Json, false) => json(&as_json(&report)),
        (Form::Text, true) => show_dry(&report),
        (Form::Text, false) => show(&report),
    }
    Ok(if is_done(&report) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

impl What {
    fn is_dry(&self) -> bool {
        match self {
            Self::Un { .. } => false,
            Self::Documents { table, .. } | Self::Objects { table, .. } => table.dry_run,
        }
    }

    async fn import(&self, app: &App, ctx: &OpContext) -> Result<ImportReport, CommandError> {
        let done = |bytes: u64, rows: u64| progress(Text::ImportProgress { rows, kib: bytes / 1024 });
        Ok(match self {
            Self::Un { file, confirm_withdrawals } => {
                let (source, hash) = (reader(file)?, hash_file(file)?);
                app.import_un_confirmed(ctx, source, hash, *confirm_withdrawals, done).await?
            }
            Self::Documents { file, table } => {
                let import = DocumentsImport {
                    source: reader(file)?,
                    file_hash: hash_file(file)?,
                    terms: table.terms(ctx.purpose),
                    list: table.list("documents"),
                    edition: table.edition(),
                };
                match table.dry_run {
                    true => app.dry_run_documents(ctx, import, done).await?,
                    false => app.import_documents(ctx, import, done).await?,
                }
            }
            Self::Objects { file, database, mapping, table } => {
                let import = ObjectsImport {
                    source: reader(file)?,
                    file_hash: hash_file(file)?,
                    database: database_of(database)?,
                    mapping: mapping_of(mapping.as_deref(), database_of(database)?)?,
                    terms: table.terms(ctx.purpose),
                    list: table.list(database),
                    edition: table.edition(),
                };
                match table.dry_run {
                    true => app.dry_run_objects(ctx, import, done).await?,
                    false => app.import_objects(ctx, import, done).await?,
                }
            }
        })
    }
}

fn database_of(name: &str) -> Result<Database, CommandError> {
    Database::from_name(name).ok_or_else(|| CommandError::Usage("not a database".to_owned()))
}

fn mapping_of(path: Option<&Path>, database: Database) -> Result<ObjectMapping, CommandError> {
    let Some(path) = path else { return Ok(ObjectMapping::default()) };
    let fault = |why: &str| CommandError::Failed(format!("{}: {why}", path.display()));
    let bytes = read_file(path, FILE_BYTES_CAP)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault("not UTF-8"))?;
    read_mapping(text, database).map_err(|why| fault(&why))
}

/// Nothing is left for somebody to look at: no refused row, no withdrawal held or given up, no end before the end.
fn is_done(report: &ImportReport) -> bool {
    let is_whole = report.refused == 0 && report.broken_off.is_none();
    is_whole && report.withdrawals_held == 0 && report.held_back.is_none()
}

/// Shows what an import did.
pub(crate) fn show(report: &ImportReport) {
    say(Text::ImportCounts {
        added: report.added,
        revised: report.revised,
        renewed: report.renewed,
        unchanged: report.unchanged,
        withdrawn: report.withdrawn,
        refused: report.refused,
    });
    if let Some(why) = &report.broken_off {
        say(Text::ImportBrokenOff { why });
    }
    if report.withdrawals_held > 0 {
        say(Text::ImportWithdrawalsHeld { held: report.withdrawals_held });
    } else if let Some(why) = report.held_back {
        say(Text::ImportHeldBack { why });
    }
    if !report.rows.is_empty() {
        say(Text::ImportRows { count: report.rows.len() as u64 + report.rows_beyond });
    }
}

/// Shows what an import would do, with the first rows of its report.
fn show_dry(report: &ImportReport) {
    say(Text::ImportDryRun);
    show(report);
    report.rows.iter().take(ROWS_SHOWN).for_each(|row| verbatim(&row.to_string()));
}

fn as_json_dry(report: &ImportReport) -> serde_json::Value {
    let rows = report.rows.iter().map(|row| {
        serde_json::json!({
            "line": row.place.line, "field": row.field, "code": row.code.as_str(),
            "consequence": row.consequence.as_str(),
        })
    });
    let mut shown = as_json(report);
    shown["dry_run"] = true.into();
    shown["rows"] = rows.collect();
    shown
}

fn as_json(report: &ImportReport) -> serde_json::Value {
    serde_json::json!({
        "added": report.added, "revised": report.revised, "renewed": report.renewed,
        "unchanged": report.unchanged, "withdrawn": report.withdrawn,
        "withdrawals_held": report.withdrawals_held, "refused": report.refused,
        "held_back": report.held_back, "broken_off": report.broken_off,
        "report_rows": report.rows.len() as u64 + report.rows_beyond,
        "paths": report.paths.iter().map(|(path, count)| serde_json::json!([path, count])).collect::<Vec<_>>(),
    })
}

fn reader(path: &Path) -> Result<BufReader<std::fs::File>, CommandError> {
    std::fs::File::open(path)
        .map(BufReader::new)
        .map_err(|cause| CommandError::File { what: format!("can not read {}", path.display()), cause })
}

fn hash_file(path: &Path) -> Result<[u8; 32], CommandError> {
    let mut source = reader(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 64 * 1024];
    loop {
        let read = source.read(&mut buffer).map_err(|cause| CommandError::File {
            what: format!("can not read {}", path.display()),
            cause,
        })?;
        if read == 0 {
            return Ok(hash.finalize().into());
        }
        hash.update(&buffer[..read]);
    }
}

fn own_terms(purpose: Purpose, today: Day, review_in_days: i32) -> Terms {
    Terms {
        purpose,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        source_grade: SourceGrade::A,
        information_grade: InformationGrade::One,
        review_on: today.saturating_add(review_in_days),
        provenance: None,
        conditions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_that_leaves_something_to_look_at_is_not_done() {
        assert!(is_done(&ImportReport { added: 3, ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { added: 3, refused: 1, ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { withdrawals_held: 9, ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { held_back: Some("rows were refused"), ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { broken_off: Some("cut".to_owned()), ..ImportReport::default() }));
    }
}
