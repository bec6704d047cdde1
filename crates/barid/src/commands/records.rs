//! `barid open`: opens one record, a second act after the search, journalled before it is shown.

use std::process::ExitCode;

use barid_app::{AppError, OpenedRecord, Statement};
use clap::Args;

use super::{Acting, CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, identifier, isolate, json, line};

/// Opens one record.
#[derive(Args, Debug)]
pub struct OpenArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    /// The record, as a search named it.
    record: String,
}

pub fn open(args: OpenArgs, form: Form) -> Outcome {
    let record = args.record.parse().map_err(|_| CommandError::Usage("not a record id".to_owned()))?;
    let ctx = node::context(&args.acting)?;
    let opened = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let opened = match app.open(&ctx, record).await {
            Ok(opened) => Some(opened),
            Err(AppError::Absent) => None,
            Err(error) => return Err(error.into()),
        };
        app.close().await?;
        Ok(opened)
    })?;
    match (opened, form) {
        (None, Form::Json) => {
            json(&serde_json::json!({ "record": null }));
            Ok(ExitCode::from(1))
        }
        (None, Form::Text) => {
            line("Nothing there that this organisation may see for this purpose.");
            Ok(ExitCode::from(1))
        }
        (Some(opened), Form::Json) => {
            json(&barid_web::record_shown(&opened));
            Ok(ExitCode::SUCCESS)
        }
        (Some(opened), Form::Text) => {
            show(&opened);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show(opened: &OpenedRecord) {
    line(&format!("record   {} version {}", identifier(&opened.record.to_string()), opened.version));
    line(&format!("database {}, owner {} ({})", opened.database, opened.owner, opened.custody));
    line(&format!(
        "terms    {} {} {}, grade {}{}, review by {}",
        opened.terms.purpose,
        opened.terms.handling,
        opened.terms.classification,
        opened.terms.source_grade,
        opened.terms.information_grade,
        opened.terms.review_on
    ));
    match &opened.statement {
        Statement::Person(person) => show_person(person),
        Statement::TravelDocument(document) => line(&format!(
            "document {} {} of {}: {}",
            document.document_type,
            identifier(document.number.as_str()),
            document.issuing_country,
            document.fraud_type
        )),
    }
    line(&format!("entry    {}", identifier(&opened.entry.to_string())));
    line(&format!(
        "stands   {} number {}",
        identifier(&opened.position.stream.to_string()),
        opened.position.seq
    ));
    line(&format!("access   {}", identifier(&opened.access.to_string())));
    line("Information, no action.");
}

fn show_person(person: &barid_domain::persons::Person) {
    for name in &person.names {
        let strength = name.strength.map(|strength| format!(", {strength}")).unwrap_or_default();
        line(&format!("name     {} ({}{strength})", isolate(&name.text), name.kind));
    }
    for birth in &person.births {
        line(&format!("born     {}", identifier(&birth.to_string())));
    }
    for country in &person.nationalities {
        line(&format!("of       {country}"));
    }
    for document in &person.documents {
        let number = document.number.as_deref().map(isolate).unwrap_or_default();
        line(&format!("holds    {} {number}", document.document_type));
    }
    for status in &person.statuses {
        line(&format!("status   {status}"));
    }
    for remark in &person.remarks {
        line(&format!("remark   {}", isolate(&remark.text)));
    }
}
