//! `barid import`: outside lists into a data directory.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_app::{
    App, DocumentsImport, ImportReport, ListImport, ListKind, ObjectsImport, OpContext, PersonsImport,
    TableEdition,
};
use barid_domain::codes::{
    Classification, CodeList, Database, Handling, InformationGrade, Purpose, SourceGrade,
};
use barid_domain::dates::{DateError, Day};
use barid_domain::objects::tables::TABLES;
use barid_domain::terms::{Provenance, Terms};
use barid_formats::documents_csv::TableSource;
use barid_formats::ftm::{FtmLimits, FtmReadError, FtmReader};
use barid_formats::mapping::TableMapping;
use barid_formats::notices_json::{NoticesLimits, NoticesReader};
use barid_formats::ofac::{OfacLimits, OfacReader, OfacTable, OfacTables};
use barid_languages::Text;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

use super::{Acting, CommandError, DataDir, Outcome, read_file, write_file};
use crate::node;
use crate::table_files::{hash_of, open_table};
use crate::table_mapping::{FILE_BYTES_CAP, read_mapping};
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
    /// The SDN list of the Office of Foreign Assets Control (United States of America; CSV), as outside reference of one
    /// state: it asks nobody for anything, and answers searches with the purpose `outside-reference` alone.
    #[command(
        after_help = "Example:\n  barid import --purpose outside-reference --reference 'edition of 27 November' ofac \\\n    --edition 2026-11-27 --keep-outside-reference sdn-list/"
    )]
    Ofac {
        /// The directory with sdn.csv, alt.csv, add.csv and sdn_comments.csv.
        directory: PathBuf,
        /// The day of the edition, which the tables do not say; an older one than the last is then refused.
        #[arg(long, value_name = "DAY", value_parser = read_day)]
        edition: Option<Day>,
        /// Says that the association keeps lists of single states as reference. Without it nothing is written.
        #[arg(long)]
        keep_outside_reference: bool,
        /// Withdraws the records that an import of this list held back: their number, as that import said it.
        #[arg(long, value_name = "N")]
        confirm_withdrawals: Option<u64>,
        /// Says what would happen, with every refused row, and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// FollowTheMoney entities, one JSON object a line: persons, organisations, vehicles, vessels, airplanes, accounts and
    /// wallets, with their documents and addresses. What the source says that others want of them becomes a remark.
    #[command(
        after_help = "Example:\n  barid import --purpose financial-crime --reference 'case 2026/114' ftm \\\n    --source 'Aleph, collection 7' --list collection-7 --dry-run entities.ftm.json"
    )]
    Ftm {
        /// The file.
        file: PathBuf,
        /// Where the entities are from: up to 60 characters, shown with every record.
        #[arg(long, value_name = "TEXT")]
        source: String,
        #[command(flatten)]
        table: TableArgs,
    },
    /// Persons in the shape of INTERPOL's public notices (JSON): the organisation's own data in that shape. Who is wanted by
    /// whom becomes a remark: a notice acts where it was reviewed.
    #[command(
        after_help = "Example:\n  barid import --purpose criminal-investigation --reference 'case 2026/114' notices \\\n    --source 'own notices' --dry-run notices.json"
    )]
    Notices {
        /// The file.
        file: PathBuf,
        /// Where the notices are from: up to 60 characters, shown with every record.
        #[arg(long, value_name = "TEXT")]
        source: String,
        #[command(flatten)]
        table: TableArgs,
    },
    /// A table of the organisation's own travel documents (CSV, XLSX). Rows that are in already change nothing, changed ones
    /// are revised, new ones are added; an import that broke off goes on under the terms of its first run.
    Documents {
        /// The table; its columns are in docs/formats/travel-documents-csv.md.
        file: PathBuf,
        #[command(flatten)]
        table: TableArgs,
    },
    /// A table of the organisation's own persons (CSV, XLSX). It goes in as a table of documents does; a changed row is a
    /// new version of its record.
    #[command(
        after_help = "Example:\n  barid import --purpose criminal-investigation --reference 'list of 26 November' persons \\\n    --mapping own-columns.json --sheet Wanted --dry-run wanted.xlsx\n\nThe columns, and an empty table with them: barid template persons"
    )]
    Persons {
        /// The table; its columns are in docs/formats/persons-csv.md.
        file: PathBuf,
        /// A file (JSON) that says what the table's own columns and values stand for.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        #[command(flatten)]
        table: TableArgs,
    },
    /// A table of the organisation's own objects (CSV, XLSX): vehicles, firearms and other databases. It goes in as a table of
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
    /// rows. Without it, `documents`, `persons` or the name of the database.
    #[arg(long, value_name = "NAME")]
    list: Option<String>,
    /// The sheet of a workbook (XLSX) that is read; without it, the only one that is not hidden.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
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

    /// Terms of what another says: not assessed, with its source.
    fn terms_of_source(&self, purpose: Purpose, source: &str) -> Terms {
        let provenance = Provenance { source: source.to_owned(), reference: "-".to_owned(), edition: None };
        Terms {
            source_grade: SourceGrade::X,
            information_grade: InformationGrade::Four,
            provenance: Some(provenance),
            ..self.terms(purpose)
        }
    }

    fn source(&self, path: &Path) -> Result<(TableSource<BufReader<File>>, [u8; 32]), CommandError> {
        let hash = hash_of(path, &open(path)?)?;
        Ok((open_table(path, open(path)?, self.sheet.as_deref())?, hash))
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
            Self::Ofac { dry_run, .. } => *dry_run,
            Self::Documents { table, .. }
            | Self::Persons { table, .. }
            | Self::Objects { table, .. }
            | Self::Ftm { table, .. }
            | Self::Notices { table, .. } => table.dry_run,
        }
    }

    async fn import(&self, app: &App, ctx: &OpContext) -> Result<ImportReport, CommandError> {
        let done = |bytes: u64, rows: u64| progress(Text::ImportProgress { rows, kib: bytes / 1024 });
        Ok(match self {
            Self::Un { file, confirm_withdrawals } => {
                let source = open(file)?;
                let hash = hash_of(file, &open(file)?)?;
                app.import_un_confirmed(ctx, BufReader::new(source), hash, *confirm_withdrawals, done).await?
            }
            Self::Ofac { directory, edition, keep_outside_reference, confirm_withdrawals, dry_run } => {
                if !keep_outside_reference && !dry_run {
                    return Err(CommandError::Usage(
                        "[outside-reference-off] lists of single states are not kept unless --keep-outside-reference says so"
                            .to_owned(),
                    ));
                }
                let paths = OfacTable::ALL.map(|table| directory.join(table.file_name()));
                let [items, aliases, addresses, comments] = &paths;
                let tables = OfacTables {
                    items: reader(items)?,
                    aliases: reader(aliases)?,
                    addresses: reader(addresses)?,
                    comments: reader(comments)?,
                };
                let import = ListImport {
                    kind: ListKind::OfacSdn,
                    reader: |today| OfacReader::new(tables, today, OfacLimits::default()),
                    file_hash: hash_files(&paths)?,
                    terms: reference_terms("USA OFAC-SDN", *edition),
                    list: "sdn".to_owned(),
                    edition: TableEdition::Full { confirm_withdrawals: *confirm_withdrawals },
                };
                match dry_run {
                    true => app.dry_run_list(ctx, import, done).await?,
                    false => app.import_list(ctx, import, done).await?,
                }
            }
            Self::Ftm { file, source, table } => {
                let lines = reader(file)?;
                let read = |today| Ok::<_, FtmReadError>(FtmReader::new(lines, today, FtmLimits::default()));
                let import = ListImport {
                    kind: ListKind::FollowTheMoney,
                    reader: read,
                    file_hash: hash_file(file)?,
                    terms: table.terms_of_source(ctx.purpose, source),
                    list: table.list("entities"),
                    edition: table.edition(),
                };
                match table.dry_run {
                    true => app.dry_run_list(ctx, import, done).await?,
                    false => app.import_list(ctx, import, done).await?,
                }
            }
            Self::Notices { file, source, table } => {
                let notices = reader(file)?;
                let import = ListImport {
                    kind: ListKind::PublicNotices,
                    reader: |today| NoticesReader::new(notices, today, NoticesLimits::default()),
                    file_hash: hash_file(file)?,
                    terms: table.terms_of_source(ctx.purpose, source),
                    list: table.list("notices"),
                    edition: table.edition(),
                };
                match table.dry_run {
                    true => app.dry_run_list(ctx, import, done).await?,
                    false => app.import_list(ctx, import, done).await?,
                }
            }
            Self::Documents { file, table } => {
                let (source, file_hash) = table.source(file)?;
                let import = DocumentsImport {
                    source,
                    file_hash,
                    terms: table.terms(ctx.purpose),
                    list: table.list("documents"),
                    edition: table.edition(),
                };
                match table.dry_run {
                    true => app.dry_run_documents(ctx, import, done).await?,
                    false => app.import_documents(ctx, import, done).await?,
                }
            }
            Self::Persons { file, mapping, table } => {
                let (source, file_hash) = table.source(file)?;
                let import = PersonsImport {
                    source,
                    file_hash,
                    mapping: mapping_of(mapping.as_deref(), Database::Persons)?,
                    terms: table.terms(ctx.purpose),
                    list: table.list("persons"),
                    edition: table.edition(),
                };
                match table.dry_run {
                    true => app.dry_run_persons(ctx, import, done).await?,
                    false => app.import_persons(ctx, import, done).await?,
                }
            }
            Self::Objects { file, database, mapping, table } => {
                let (source, file_hash) = table.source(file)?;
                let import = ObjectsImport {
                    source,
                    file_hash,
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

pub(crate) fn mapping_of(path: Option<&Path>, database: Database) -> Result<TableMapping, CommandError> {
    let Some(path) = path else { return Ok(TableMapping::default()) };
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
        beyond: report.not_imported,
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
    let mut shown = as_json_with_rows(report);
    shown["dry_run"] = true.into();
    shown
}

/// Shows what an import did, with the rows of its report.
pub(crate) fn as_json_with_rows(report: &ImportReport) -> serde_json::Value {
    let rows = report.rows.iter().map(|row| {
        serde_json::json!({
            "line": row.place.line, "cell": row.cell, "field": row.field, "code": row.code.as_str(),
            "consequence": row.consequence.as_str(),
        })
    });
    let mut shown = as_json(report);
    shown["rows"] = rows.collect();
    shown
}

fn as_json(report: &ImportReport) -> serde_json::Value {
    serde_json::json!({
        "added": report.added, "revised": report.revised, "renewed": report.renewed,
        "unchanged": report.unchanged, "withdrawn": report.withdrawn,
        "withdrawals_held": report.withdrawals_held, "refused": report.refused, "not_imported": report.not_imported,
        "held_back": report.held_back, "broken_off": report.broken_off,
        "report_rows": report.rows.len() as u64 + report.rows_beyond,
        "paths": report.paths.iter().map(|(path, count)| serde_json::json!([path, count])).collect::<Vec<_>>(),
    })
}

fn open(path: &Path) -> Result<File, CommandError> {
    File::open(path)
        .map_err(|cause| CommandError::File { what: format!("can not read {}", path.display()), cause })
}

fn reader(path: &Path) -> Result<BufReader<File>, CommandError> {
    Ok(BufReader::new(open(path)?))
}

fn hash_file(path: &Path) -> Result<[u8; 32], CommandError> {
    hash_of(path, &open(path)?)
}

/// One hash over several files, each by its own.
fn hash_files(paths: &[PathBuf]) -> Result<[u8; 32], CommandError> {
    let mut hash = Sha256::new();
    for path in paths {
        hash.update(hash_file(path)?);
    }
    Ok(hash.finalize().into())
}

fn read_day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|error: DateError| error.to_string())
}

/// For how many days a listing of one state is held before it is looked at again.
const REFERENCE_REVIEW_DAYS: i32 = 365;

/// The terms of a list of one state: reference alone, not assessed.
fn reference_terms(source: &str, edition: Option<Day>) -> Terms {
    Terms {
        purpose: Purpose::OutsideReference,
        source_grade: SourceGrade::X,
        information_grade: InformationGrade::Four,
        provenance: Some(Provenance { source: source.to_owned(), reference: "-".to_owned(), edition }),
        ..own_terms(Purpose::OutsideReference, node::now().day(), REFERENCE_REVIEW_DAYS)
    }
}

pub(crate) fn own_terms(purpose: Purpose, today: Day, review_in_days: i32) -> Terms {
    Terms {
        purpose,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        source_grade: SourceGrade::A,
        information_grade: InformationGrade::One,
        review_on: today.saturating_add(review_in_days),
        provenance: None,
        conditions: Vec::new(),
        kept: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_that_leaves_something_to_look_at_is_not_done() {
        assert!(is_done(&ImportReport { added: 3, not_imported: 2, ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { added: 3, refused: 1, ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { withdrawals_held: 9, ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { held_back: Some("rows were refused"), ..ImportReport::default() }));
        assert!(!is_done(&ImportReport { broken_off: Some("cut".to_owned()), ..ImportReport::default() }));
    }
}
