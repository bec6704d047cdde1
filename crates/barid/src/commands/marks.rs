//! `barid admin mark`: an organisation marks its own records, and lifts its marks.

use std::process::ExitCode;

use barid_app::{AppError, MarkPlan, Receipt};
use barid_domain::ids::{IdempotencyKey, RecordId};
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::orders::{read_entry, read_mark, read_text};
use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, identifier, json, say};

#[derive(Subcommand, Debug)]
pub enum MarkCommand {
    /// Show whoever is shown a record that the person at the desk may be another one.
    #[command(
        after_help = "Example:\n  barid admin mark set --organisation XA --record ID --mark misused-identity --consent 'CASE 2026/114, sheet 3' --text 'en=The victim has a scar on the left palm.' --reference 'CASE 2026/114'"
    )]
    Set(SetArgs),
    /// Lift a mark of the organisation.
    #[command(
        after_help = "Example:\n  barid admin mark lift --organisation XA --mark ENTRY --text 'en=taken back by the victim' --reference 'CASE 2026/114'"
    )]
    Lift(LiftArgs),
}

#[derive(Args, Debug)]
pub struct OwnerArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation whose record it is.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// Why: a case, a decision.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// What tells the two persons apart, or why a mark is lifted, once for each language.
    #[arg(long, value_name = "LANGUAGE=TEXT", required = true)]
    text: Vec<String>,
}

#[derive(Args, Debug)]
pub struct SetArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// The record.
    #[arg(long, value_name = "ID")]
    record: RecordId,
    /// What is said: misused-identity or similar-person.
    #[arg(long, value_name = "CODE")]
    mark: String,
    /// The file that holds the consent of the other person; needed for misused-identity.
    #[arg(long, value_name = "TEXT")]
    consent: Option<String>,
}

#[derive(Args, Debug)]
pub struct LiftArgs {
    #[command(flatten)]
    owner: OwnerArgs,
    /// The mark: its entry.
    #[arg(long, value_name = "ENTRY")]
    mark: String,
}

pub fn run(command: &MarkCommand, form: Form) -> Outcome {
    match command {
        MarkCommand::Set(args) => node::block_on(set(args, form)),
        MarkCommand::Lift(args) => node::block_on(lift(args, form)),
    }
}

async fn set(args: &SetArgs, form: Form) -> Outcome {
    let mark = read_mark(&args.mark)?;
    let texts = args.owner.text.iter().map(|text| read_text(text)).collect::<Result<_, _>>()?;
    let plan = MarkPlan { record: args.record, mark, texts, consent: args.consent.clone() };
    let app = node::open_app(&args.owner.data.data_dir).await?;
    let ctx = node::context_of(&args.owner.organisation, "console", "oversight", &args.owner.reference)?;
    let done = app.mark_record(&ctx, IdempotencyKey::from_random(node::ports().draw()), plan).await;
    app.close().await?;
    let receipt = of_the_organisation(done)?;
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text => receipt.entries.iter().for_each(|(entry, _)| {
            let record = &identifier(&args.record.to_string());
            say(Text::MarkStated { record, mark: &identifier(&entry.to_string()) });
        }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn lift(args: &LiftArgs, form: Form) -> Outcome {
    let mark = read_entry(&args.mark)?;
    let texts = args.owner.text.iter().map(|text| read_text(text)).collect::<Result<_, _>>()?;
    let app = node::open_app(&args.owner.data.data_dir).await?;
    let ctx = node::context_of(&args.owner.organisation, "console", "oversight", &args.owner.reference)?;
    let done = app.lift_mark(&ctx, IdempotencyKey::from_random(node::ports().draw()), mark, texts).await;
    app.close().await?;
    let receipt = of_the_organisation(done)?;
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text => say(Text::MarkLifted { mark: &identifier(&mark.to_string()) }),
    }
    Ok(ExitCode::SUCCESS)
}

fn of_the_organisation(done: Result<Receipt, AppError>) -> Result<Receipt, CommandError> {
    match done {
        Err(AppError::Absent) => Err(CommandError::Failed("there is none of the organisation's".to_owned())),
        done => Ok(done?),
    }
}
