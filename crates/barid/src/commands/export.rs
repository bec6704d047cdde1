//! `barid export`: proofs and checkpoints, to files that anyone can check offline; own records in an outside format.

use std::path::PathBuf;
use std::process::ExitCode;

use barid_app::Exported;
use barid_app::proofs::hex;
use barid_app::receipts::IssuedReceipt;
use barid_domain::codes::{CodeList, Database};
use barid_formats::ftm::to_lines;
use barid_languages::Text;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::{Acting, CommandError, DataDir, Outcome, write_file};
use crate::node;
use crate::terminal::{Form, columns, identifier, json, progress, progress_done, say};

/// Exports proofs, and own records in an outside format.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid export --purpose oversight --reference 'case 7' entry ENTRY --out entry.json"
)]
pub struct ExportArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// The proof that an entry is in its ledger.
    Entry {
        /// The entry's hash.
        entry: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The proof that an access by your organisation is in its ledger.
    Access {
        /// The access, as the search or the opening named it.
        access: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The receipt of an entry (COSE, RFC 9942): the proof that it is in its ledger, for tools of others. Its key is shown; who
    /// checks the receipt needs the entry too.
    Receipt {
        /// The entry's hash.
        entry: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The file to write the signed entry to (COSE bytes).
        #[arg(long, value_name = "FILE")]
        statement: Option<PathBuf>,
    },
    /// The signed checkpoint of a stream.
    Checkpoint {
        /// The stream, as `barid export streams` names it.
        stream: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The proof that the present checkpoint extends one of SIZE entries.
    Consistency {
        /// The stream.
        stream: String,
        /// The size of the older checkpoint.
        size: u64,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The organisation's own persons, groups, vehicles, vessels, aircraft, accounts and wallets as FollowTheMoney entities,
    /// one a line. Every record is opened, and its opening is in the journal. What the format has no place for:
    /// docs/formats/follow-the-money.md.
    Ftm {
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Records of this database alone.
        #[arg(long, value_name = "DATABASE", value_parser = databases())]
        database: Option<String>,
    },
    /// The streams that your organisation may see.
    Streams,
}

pub fn run(args: ExportArgs, form: Form) -> Outcome {
    node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::context(&app, &args.acting)?;
        let written = match &args.what {
            What::Entry { entry, out } => {
                let entry = entry.parse().map_err(|_| usage("an entry hash"))?;
                (out, app.prove_entry(&ctx, entry).await?.map(|bundle| to_json(&bundle)))
            }
            What::Access { access, out } => {
                let access = access.parse().map_err(|_| usage("an access hash"))?;
                (out, app.prove_access(&ctx, access).await?.map(|bundle| to_json(&bundle)))
            }
            What::Receipt { entry, out, statement } => {
                let entry = entry.parse().map_err(|_| usage("an entry hash"))?;
                let issued = app.issue_receipt(&ctx, entry).await?;
                if let (Some(issued), Some(file)) = (&issued, statement) {
                    write_file(file, &issued.statement)?;
                }
                if let Some(issued) = &issued {
                    show_receipt(issued, form);
                }
                (out, issued.map(|issued| issued.receipt))
            }
            What::Checkpoint { stream, out } => {
                let stream = stream.parse().map_err(|_| usage("a stream"))?;
                (out, app.checkpoint(&ctx, stream).await?.map(String::into_bytes))
            }
            What::Consistency { stream, size, out } => {
                let stream = stream.parse().map_err(|_| usage("a stream"))?;
                (out, app.prove_consistency(&ctx, stream, *size).await?.map(|bundle| to_json(&bundle)))
            }
            What::Ftm { out, database } => {
                let only = database.as_deref().and_then(Database::from_name);
                let done = |rows| progress(Text::ExportProgress { rows });
                let exported = app.export_ftm(&ctx, only, done).await?;
                progress_done();
                app.close().await?;
                write_file(out, to_lines(&exported.entities).as_bytes())?;
                show_exported(&exported, form);
                return Ok(ExitCode::SUCCESS);
            }
            What::Streams => {
                show_streams(&app.streams(&ctx).await?, form);
                app.close().await?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        app.close().await?;
        let (out, Some(bytes)) = written else {
            match form {
                Form::Json => json(&serde_json::Value::Null),
                Form::Text => say(Text::NothingThere),
            }
            return Ok(ExitCode::from(1));
        };
        write_file(out, &bytes)?;
        Ok(ExitCode::SUCCESS)
    })
}

fn databases() -> PossibleValuesParser {
    PossibleValuesParser::new(Database::LISTED.iter().map(|(_, name)| *name))
}

fn show_exported(exported: &Exported, form: Form) {
    let Exported { entities, records, without_schema, not_visible } = exported;
    let (count, records) = (entities.len() as u64, *records);
    let (without_schema, not_visible) = (*without_schema, *not_visible);
    match form {
        Form::Json => json(&serde_json::json!({
            "records": records, "entities": count, "without_schema": without_schema, "not_visible": not_visible,
        })),
        Form::Text => say(Text::ExportCounts { records, count, without_schema, not_visible }),
    }
}

fn show_receipt(issued: &IssuedReceipt, form: Form) {
    let key = issued.key.to_bytes();
    let (key, stream) = (hex(&key), issued.position.stream.to_string());
    match form {
        Form::Json => {
            json(&serde_json::json!({ "stream": stream, "seq": issued.position.seq, "key": key }));
        }
        Form::Text => {
            say(Text::ProvenStream { stream: &identifier(&stream), number: issued.position.seq });
            say(Text::ReceiptKey { key: &identifier(&key) });
        }
    }
}

fn show_streams(streams: &[barid_app::proofs::VisibleHead], form: Form) {
    match form {
        Form::Json => {
            let rows: Vec<serde_json::Value> = streams
                .iter()
                .map(|head| {
                    serde_json::json!({
                        "stream": head.stream.to_string(), "size": head.size, "root": head.root.to_string()
                    })
                })
                .collect();
            json(&rows);
        }
        Form::Text => {
            for head in streams {
                columns(&[
                    &identifier(&head.stream.to_string()),
                    &format!("{:>8}", head.size),
                    &identifier(&head.root.to_string()),
                ]);
            }
        }
    }
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    // The bundles are plain structures of strings and numbers: serialising them can't fail.
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

fn usage(what: &str) -> CommandError {
    CommandError::Usage(format!("not {what}"))
}
