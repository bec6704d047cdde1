//! `barid open`: opens one record, a second act after the search, journalled before it is shown.

use std::process::ExitCode;

use barid_app::{AppError, OpenedRecord, Statement};
use barid_languages::Text;
use clap::Args;

use super::{Acting, CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, isolate, json, say};

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
    let opened = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::context(&app, &args.acting)?;
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
            say(Text::NothingForPurpose);
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
    let record = identifier(&opened.record.to_string());
    say(Text::OpenedRecord { record: &record, version: opened.version });
    say(Text::OpenedHolder {
        database: &code(opened.database),
        owner: opened.owner.as_str(),
        custody: &opened.custody.to_string(),
    });
    let terms = &opened.terms;
    say(Text::OpenedTerms {
        terms: &format!("{}, {}, {}", code(terms.purpose), terms.handling, code(terms.classification)),
        grade: &format!("{}{}", terms.source_grade, terms.information_grade),
        review: &terms.review_on.to_string(),
    });
    match &opened.statement {
        Statement::Person(person) => show_person(person),
        Statement::TravelDocument(document) => say(Text::OpenedDocument {
            kind: &code(document.document_type),
            number: &identifier(document.number.as_str()),
            country: &document.issuing_country.to_string(),
            fraud: &code(document.fraud_type),
        }),
    }
    say(Text::OpenedEntry { entry: &identifier(&opened.entry.to_string()) });
    let stream = identifier(&opened.position.stream.to_string());
    say(Text::OpenedStands { stream: &stream, number: opened.position.seq });
    say(Text::OpenedAccess { access: &identifier(&opened.access.to_string()) });
    say(Text::InformationNoAction);
}

fn show_person(person: &barid_domain::persons::Person) {
    for name in &person.names {
        let strength = name.strength.map(|strength| format!(", {}", code(strength))).unwrap_or_default();
        say(Text::OpenedName { name: &isolate(&name.text), kind: &format!("{}{strength}", code(name.kind)) });
    }
    for birth in &person.births {
        say(Text::OpenedBorn { date: &identifier(&birth.to_string()) });
    }
    for country in &person.nationalities {
        say(Text::OpenedCountry { country: &country.to_string() });
    }
    for document in &person.documents {
        let number = document.number.as_deref().map(isolate).unwrap_or_default();
        say(Text::OpenedHolds { kind: &code(document.document_type), number: &number });
    }
    for status in &person.statuses {
        say(Text::OpenedStatus { status: &code(*status) });
    }
    for remark in &person.remarks {
        say(Text::OpenedRemark { remark: &isolate(&remark.text) });
    }
}
