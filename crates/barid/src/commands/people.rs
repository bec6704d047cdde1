//! `barid admin people`: the accounts of officers, for whoever runs the node: the first administrator's, and what no administrator
//! of the organisation can do any more.

use std::process::ExitCode;

use barid_app::{AppError, Invited, InvitedTo, PersonAct, PersonPlan};
use barid_domain::codes::CodeList;
use barid_domain::people::{AccountStep, EntityCode};
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::tokens::{RightsArgs, read_actor};
use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, json, say, verbatim};

#[derive(Subcommand, Debug)]
pub enum PeopleCommand {
    /// Make an account, and the code by which its officer enrols: it is shown once, and good for 72 hours.
    Invite(InviteArgs),
    /// Attest, suspend, resume or end an account, sign it out, or make it enrol anew.
    Change(ChangeArgs),
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin people invite --organisation XA --officer head --shown-as 'রহিম আহমেদ' \\\n      --rights search,screen,open,enter,withdraw,prove,bind,administer --reference 'request 12'"
)]
pub struct InviteArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The account's name: a-z 0-9 _ -
    #[arg(long, value_name = "NAME")]
    officer: String,
    /// The national entity that the officer belongs to.
    #[arg(long, value_name = "CODE")]
    entity: Option<String>,
    /// The officer's name as it is written.
    #[arg(long, value_name = "TEXT")]
    shown_as: String,
    /// Why the account is made: a case, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    #[command(flatten)]
    rights: RightsArgs,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin people change --organisation XA --officer head --act new-code --reference 'lost telephone'"
)]
pub struct ChangeArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The account, by its whole name.
    #[arg(long, value_name = "NAME")]
    officer: String,
    /// What is done: attest, suspend, resume, end, sign-out, new-code.
    #[arg(long, value_name = "CODE")]
    act: String,
    /// Why: a case, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

pub fn run(command: PeopleCommand, form: Form) -> Outcome {
    match command {
        PeopleCommand::Invite(args) => invite(&args, form),
        PeopleCommand::Change(args) => change(&args, form),
    }
}

fn invite(args: &InviteArgs, form: Form) -> Outcome {
    let to = InvitedTo {
        organisation: read_actor(&args.organisation, &args.officer)?.organisation,
        plan: PersonPlan {
            name: args.officer.clone(),
            entity: args.entity.as_deref().map(read_entity).transpose()?,
            shown_as: args.shown_as.clone(),
            rights: args.rights.read()?,
            valid_from: None,
            valid_until: None,
        },
    };
    let invited = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let invited = app.invite_as_host(&ctx, to).await?;
        app.close().await?;
        Ok(invited)
    })?;
    show(&invited, form);
    Ok(ExitCode::SUCCESS)
}

fn read_entity(text: &str) -> Result<EntityCode, CommandError> {
    EntityCode::new(text).ok_or_else(|| CommandError::Usage("an entity's code is of a-z 0-9 -".to_owned()))
}

fn show(invited: &Invited, form: Form) {
    let (organisation, officer) = (invited.actor.organisation.to_string(), invited.actor.officer.as_str());
    let until = invited.ends_at.to_string();
    match form {
        Form::Json => json(&serde_json::json!({
            "organisation": organisation, "officer": officer, "code": invited.code, "ends_at": until,
        })),
        Form::Text => {
            say(Text::PersonInvited { officer, organisation: &organisation, until: &until });
            verbatim(&invited.code);
        }
    }
}

fn change(args: &ChangeArgs, form: Form) -> Outcome {
    let actor = read_actor(&args.organisation, &args.officer)?;
    let act = AccountStep::from_name(&args.act).and_then(PersonAct::of).ok_or_else(|| {
        let known: Vec<&str> = AccountStep::LISTED.iter().map(|(_, name)| *name).collect();
        CommandError::Usage(format!("{}: not an act; one of {}", args.act, known.join(", ")))
    })?;
    let done = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let done = match app.change_as_host(&ctx, &actor, act).await {
            Ok(invited) => Some(invited),
            Err(AppError::Absent) => None,
            Err(error) => return Err(error.into()),
        };
        app.close().await?;
        Ok(done)
    })?;
    let (organisation, officer) = (args.organisation.as_str(), args.officer.as_str());
    match (&done, form) {
        (Some(Some(invited)), _) => show(invited, form),
        (_, Form::Json) => json(&serde_json::json!({"changed": done.is_some()})),
        (Some(None), Form::Text) => say(Text::PersonChanged { officer, organisation }),
        (None, Form::Text) => say(Text::PersonUnknown),
    }
    Ok(if done.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
