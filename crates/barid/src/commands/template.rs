//! `barid template`: an empty table of a database, and what its columns hold.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_domain::codes::{CodeList, Database};
use barid_formats::documents_csv::{COLUMNS, Presence};
use barid_formats::mapping::{TemplateColumn, table_of, template};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{CommandError, Outcome, write_new_file};
use crate::terminal::{Form, json, verbatim};

/// Writes the header of a table that `barid import` takes (CSV), or with --describe one line a column: name, whether it
/// must be there, what its cells hold, what it says.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid template persons --out persons.csv\n  barid template vehicles --describe"
)]
pub struct TemplateArgs {
    /// The database.
    #[arg(value_name = "DATABASE", value_parser = databases())]
    database: String,
    /// A new file for it; without one it is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Describes the columns.
    #[arg(long)]
    describe: bool,
}

fn databases() -> PossibleValuesParser {
    let names: Vec<&str> = Database::LISTED
        .iter()
        .filter(|(database, _)| columns_of(*database).is_some())
        .map(|(_, name)| *name)
        .collect();
    PossibleValuesParser::new(names)
}

pub fn run(args: &TemplateArgs, form: Form) -> Outcome {
    let columns = Database::from_name(&args.database).and_then(columns_of);
    let columns = columns.ok_or_else(|| CommandError::Usage("not a database".to_owned()))?;
    if form == Form::Json {
        let shown = columns.iter().map(|column| {
            serde_json::json!({
                "name": column.name, "mandatory": column.is_mandatory, "holds": column.holds, "says": column.says,
            })
        });
        json(&shown.collect::<serde_json::Value>());
        return Ok(ExitCode::SUCCESS);
    }
    let lines: Vec<String> = match args.describe {
        false => vec![columns.iter().map(|column| cell(&column.name)).collect::<Vec<_>>().join(",")],
        true => columns.iter().map(line_of).collect(),
    };
    match &args.out {
        Some(path) => write_new_file(path, format!("{}\n", lines.join("\n")).as_bytes())?,
        None => lines.iter().for_each(|line| verbatim(line)),
    }
    Ok(ExitCode::SUCCESS)
}

fn columns_of(database: Database) -> Option<Vec<TemplateColumn>> {
    if database == Database::TravelDocuments {
        let column = |(name, presence): &(&str, Presence)| TemplateColumn {
            name: (*name).to_owned(),
            is_mandatory: *presence == Presence::Mandatory,
            holds: String::new(),
            says: "docs/formats/travel-documents-csv.md".to_owned(),
        };
        return Some(COLUMNS.iter().map(column).collect());
    }
    table_of(database).map(template)
}

fn line_of(column: &TemplateColumn) -> String {
    let presence = if column.is_mandatory { "mandatory" } else { "optional" };
    [&column.name, presence, &column.holds, &column.says].map(cell).join(",")
}

/// A cell as RFC 4180 writes it.
fn cell(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
