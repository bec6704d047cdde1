//! `barid admin token`: tokens made, listed without their secret, taken back.

use std::collections::BTreeSet;
use std::process::ExitCode;

use barid_app::TokenDays;
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, CodeList, Database, Purpose};
use barid_domain::dates::Timestamp;
use barid_domain::ids::OrganisationCode;
use barid_domain::officers::OfficerRights;
use barid_languages::Text;
use barid_store::{Credential, StoreError};
use clap::{Args, Subcommand};

use super::{CommandError, DataDir, Outcome};
use crate::terminal::{Form, code, columns, identifier, json, say, verbatim, words};
use crate::{errands, node};

#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Make a token for an officer or service of a hosted organisation; it is shown once.
    Issue(IssueArgs),
    /// List the tokens by their ids: whose, made when, ending when, last used on which day.
    List(ListArgs),
    /// Take a token back: it signs in nobody from then on. Works while the server runs.
    Revoke(RevokeArgs),
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  barid admin token issue --organisation XA --officer desk-4 --reference 'request 12' --days 30"
)]
pub struct IssueArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The officer's or service's name: a-z 0-9 . _ -
    #[arg(long, value_name = "NAME")]
    officer: String,
    /// Why the token is made: a case, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// After how many days it ends: 1 to 366.
    #[arg(long, value_name = "DAYS", default_value_t = TokenDays::DEFAULT.get(), value_parser = read_days)]
    days: u16,
    #[command(flatten)]
    rights: RightsArgs,
}

/// Is what an officer or service may do, as it is typed.
#[derive(Args, Debug)]
pub(crate) struct RightsArgs {
    /// What it may do: search, screen, open, enter, withdraw, prove, bind, administer, audit. `bind` signs agreements for the
    /// organisation; `administer` gives its people tokens over the API; `audit` asks who of its people did what.
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        default_value = "search,screen,open,enter,withdraw,prove"
    )]
    rights: Vec<String>,
    /// In which databases; in all without it.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    databases: Vec<String>,
    /// For which purposes; for all without it.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    purposes: Vec<String>,
    /// Up to which classification.
    #[arg(long, value_name = "CODE", default_value = "confidential")]
    clearance: String,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    /// Why the list is read: a case, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  barid admin token revoke --reference 'lost telephone' 4f1c0a7be2d95816")]
pub struct RevokeArgs {
    #[command(flatten)]
    data: DataDir,
    /// The token's id, as the list shows it.
    id: String,
    /// Why the token is taken back: a case, a request.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

pub fn run(command: TokenCommand, form: Form) -> Outcome {
    match command {
        TokenCommand::Issue(args) => issue(&args, form),
        TokenCommand::List(args) => list(&args, form),
        TokenCommand::Revoke(args) => revoke(&args, form),
    }
}

fn read_days(text: &str) -> Result<u16, String> {
    let days = text.parse().ok().and_then(TokenDays::new);
    days.map(TokenDays::get).ok_or_else(|| format!("between 1 and {} days", TokenDays::LONGEST.get()))
}

/// Reads the officer or service that a token is for.
pub(crate) fn read_actor(organisation: &str, officer: &str) -> Result<Actor, CommandError> {
    let code = OrganisationCode::new(organisation)
        .map_err(|_| CommandError::Usage("not an organisation code".to_owned()))?;
    Actor::new(code, officer)
        .ok_or_else(|| CommandError::Usage("an officer's name is of a-z 0-9 . _ -".to_owned()))
}

impl RightsArgs {
    /// Reads the rights.
    pub(crate) fn read(&self) -> Result<OfficerRights, CommandError> {
        let some = |codes: &[String]| (!codes.is_empty()).then(|| codes.to_vec());
        let databases = some(&self.databases).map(|codes| read_codes::<Database>(&codes)).transpose()?;
        let purposes = some(&self.purposes).map(|codes| read_codes::<Purpose>(&codes)).transpose()?;
        let clearance = Classification::from_name(&self.clearance)
            .ok_or_else(|| CommandError::Usage(format!("{}: not a classification", self.clearance)))?;
        Ok(OfficerRights {
            rights: read_codes(&self.rights)?,
            databases,
            purposes,
            clearance,
            waiting: Vec::new(),
        })
    }
}

fn read_codes<T: CodeList + Ord>(names: &[String]) -> Result<Vec<T>, CommandError> {
    let read = |name: &String| {
        T::from_name(name).ok_or_else(|| {
            let known: Vec<&str> = T::LISTED.iter().map(|(_, name)| *name).collect();
            CommandError::Usage(format!("{name}: not a {}; one of {}", T::LIST, known.join(", ")))
        })
    };
    let codes: BTreeSet<T> = names.iter().map(read).collect::<Result<_, _>>()?;
    Ok(codes.into_iter().collect())
}

fn issue(args: &IssueArgs, form: Form) -> Outcome {
    let actor = read_actor(&args.organisation, &args.officer)?;
    // `read_days` let nothing else through.
    let days = TokenDays::new(args.days).unwrap_or(TokenDays::DEFAULT);
    let rights = args.rights.read()?;
    let issued = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let issued = app.issue_credential_with(&ctx, &actor, days, rights).await?;
        app.close().await?;
        Ok(issued)
    })?;
    let (organisation, officer) = (&args.organisation, &args.officer);
    match form {
        Form::Json => json(&serde_json::json!({
            "organisation": organisation, "officer": officer, "token": issued.token,
            "ends_at": issued.ends_at.to_string(), "rights": args.rights.rights,
        })),
        Form::Text => {
            say(Text::TokenIssued { officer, organisation, until: &issued.ends_at.to_string() });
            verbatim(&issued.token);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(args: &ListArgs, form: Form) -> Outcome {
    let (listed, now) = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let listed = app.list_credentials(&ctx).await?;
        app.close().await?;
        Ok((listed, node::now()))
    })?;
    match form {
        Form::Json => json(&listed.iter().map(|one| as_json(one, now)).collect::<Vec<_>>()),
        Form::Text => listed.iter().for_each(|one| show(one, now)),
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(credential: &Credential, now: Timestamp) -> serde_json::Value {
    serde_json::json!({
        "id": credential.id.to_string(),
        "organisation": credential.actor.organisation.as_str(),
        "officer": credential.actor.officer,
        "made_at": credential.made_at.to_string(),
        "ends_at": credential.ends_at.to_string(),
        "ended": credential.ends_at <= now,
        "rights": barid_api::officers::RightsStated::from(&credential.rights),
        "last_used_on": credential.last_used_on.map(|day| day.to_string()),
    })
}

fn show(credential: &Credential, now: Timestamp) {
    let day = &credential.ends_at.day().to_string();
    let until =
        words(if credential.ends_at <= now { Text::TokenEnded { day } } else { Text::TokenUntil { day } });
    let used = match credential.last_used_on {
        Some(day) => words(Text::TokenUsed { day: &day.to_string() }),
        None => words(Text::TokenNeverUsed),
    };
    columns(&[
        &identifier(&credential.id.to_string()),
        &format!("{:<8}", credential.actor.organisation.as_str()),
        &until,
        &format!("{used:<15}"),
        &identifier(&credential.actor.officer),
        &credential.rights.rights.iter().map(|right| code(*right)).collect::<Vec<_>>().join(", "),
    ]);
}

fn revoke(args: &RevokeArgs, form: Form) -> Outcome {
    let opened = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = node::host_context(&app, &args.reference)?;
        let revoked = match app.revoke_credential(&ctx, &args.id).await {
            Ok(actor) => Some(actor),
            Err(barid_app::AppError::Absent) => None,
            Err(error) => return Err(error.into()),
        };
        app.close().await?;
        Ok(revoked)
    });
    let revoked = match opened {
        // A server has it open: it is asked to.
        Err(CommandError::Store(StoreError::DirectoryLocked)) => {
            errands::revoke(&args.data.data_dir, &args.id, &args.reference)?
        }
        other => other?,
    };
    match (&revoked, form) {
        (_, Form::Json) => json(&serde_json::json!({ "revoked": revoked.is_some() })),
        (Some(actor), Form::Text) => {
            say(Text::TokenRevoked { officer: &actor.officer, organisation: actor.organisation.as_str() });
        }
        (None, Form::Text) => say(Text::TokenUnknown),
    }
    Ok(if revoked.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
