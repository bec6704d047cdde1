//! `barid admin restriction`: whom the records of an organisation are shown to.

use std::process::ExitCode;

use barid_api::restrictions::{RestrictedDatabase, RestrictedRecordShown};
use barid_app::{RESTRICTIONS_PAGE_CAP, RestrictionPlan};
use barid_domain::codes::{CodeList, Database};
use barid_domain::ids::{IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::restrictions::{Audience, AudienceMode};
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, json, say, words};

#[derive(Subcommand, Debug)]
pub enum RestrictionCommand {
    /// Say whom records are shown to, single ones or all that the organisation has in a database.
    #[command(
        after_help = "Examples:\n  barid admin restriction set --organisation XA --database persons --record ID --all-but XB --reference 'CASE 7'\n  barid admin restriction set --organisation XA --database vehicles --whole-database --only XC --only XD --reference 'treaty of 2026'\n  barid admin restriction set --organisation XA --database vehicles --whole-database --everybody --reference 'treaty of 2026'"
    )]
    Set(SetArgs),
    /// List whom records are shown to, where not to everybody.
    #[command(
        after_help = "Example:\n  barid admin restriction list --organisation XA --reference 'yearly review'"
    )]
    List(ListArgs),
}

#[derive(Args, Debug)]
pub struct SetArgs {
    #[command(flatten)]
    owner: ListArgs,
    /// The database.
    #[arg(long, value_name = "CODE", value_parser = read_database)]
    database: Database,
    /// A record, once for each.
    #[arg(long, value_name = "ID", required_unless_present = "whole_database")]
    record: Vec<RecordId>,
    /// All that the organisation has in the database, now and later.
    #[arg(long, conflicts_with = "record")]
    whole_database: bool,
    #[command(flatten)]
    audience: AudienceArgs,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct AudienceArgs {
    /// An organisation that they are kept from, once for each.
    #[arg(long, value_name = "CODE")]
    all_but: Vec<OrganisationCode>,
    /// An organisation that they are shown to and no other, once for each.
    #[arg(long, value_name = "CODE")]
    only: Vec<OrganisationCode>,
    /// Show them to everybody again.
    #[arg(long)]
    everybody: bool,
    /// Show them to nobody but their owner.
    #[arg(long)]
    nobody: bool,
}

impl AudienceArgs {
    fn read(&self) -> Audience {
        if self.nobody || !self.only.is_empty() {
            Audience::only(self.only.iter().copied())
        } else {
            Audience::all_but(self.all_but.iter().copied())
        }
    }
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation whose records they are.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// Why: a decision, a case.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

fn read_database(name: &str) -> Result<Database, String> {
    Database::from_name(name).ok_or_else(|| "no database of this version".to_owned())
}

pub fn run(command: &RestrictionCommand, form: Form) -> Outcome {
    match command {
        RestrictionCommand::Set(args) => node::block_on(set(args, form)),
        RestrictionCommand::List(args) => node::block_on(list(args, form)),
    }
}

async fn set(args: &SetArgs, form: Form) -> Outcome {
    let mut records = args.record.clone();
    records.sort_unstable();
    records.dedup();
    let records = (!args.whole_database).then_some(records);
    let plan = RestrictionPlan { database: args.database, records, audience: args.audience.read() };
    let app = node::open_app(&args.owner.data.data_dir).await?;
    let ctx = node::context_of(&args.owner.organisation, "console", "oversight", &args.owner.reference)?;
    let receipt = app.restrict(&ctx, IdempotencyKey::from_random(node::ports().draw()), plan.clone()).await;
    app.close().await?;
    let receipt = match receipt {
        Err(barid_app::AppError::Absent) => {
            return Err(CommandError::Failed(
                "one of the records is none of the organisation's in this database".to_owned(),
            ));
        }
        receipt => receipt?,
    };
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text => {
            if plan.records.is_none() {
                show_database(args.database, &plan.audience);
            }
            let records = plan.records.iter().flatten();
            records.for_each(|record| show_record(*record, args.database, &plan.audience));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: &ListArgs, form: Form) -> Outcome {
    let app = node::open_app(&args.data.data_dir).await?;
    let ctx = node::context_of(&args.organisation, "console", "oversight", &args.reference)?;
    let (mut records, mut after) = (Vec::new(), None);
    let databases = loop {
        let page = app.restrictions(&ctx, after, RESTRICTIONS_PAGE_CAP).await?;
        records.extend(page.records);
        after = page.next;
        if after.is_none() {
            break page.databases;
        }
    };
    app.close().await?;
    match form {
        Form::Json => {
            let databases = databases.iter().map(|(database, audience)| RestrictedDatabase {
                database: (*database).into(),
                audience: audience.into(),
            });
            let records = records.iter().map(|restricted| RestrictedRecordShown {
                record: restricted.record.to_string().into(),
                database: restricted.database.into(),
                audience: (&restricted.audience).into(),
            });
            json(&serde_json::json!({
                "databases": databases.collect::<Vec<_>>(), "records": records.collect::<Vec<_>>(),
            }));
        }
        Form::Text => {
            databases.iter().for_each(|(database, audience)| show_database(*database, audience));
            let show = |one: &barid_app::RestrictedRecord| {
                show_record(one.record, one.database, &one.audience);
            };
            records.iter().for_each(show);
            if databases.is_empty() && records.is_empty() {
                say(Text::RestrictedNothing);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show_database(database: Database, audience: &Audience) {
    say(Text::RestrictedDatabase { database: &code(database), audience: &shown(audience) });
}

fn show_record(record: RecordId, database: Database, audience: &Audience) {
    say(Text::RestrictedRecord {
        record: &identifier(&record.to_string()),
        database: &code(database),
        audience: &shown(audience),
    });
}

fn shown(audience: &Audience) -> String {
    let organisations: Vec<String> =
        audience.organisations().iter().map(|code| identifier(code.as_str())).collect();
    let organisations = organisations.join(", ");
    match audience.mode() {
        AudienceMode::AllBut if audience.is_everybody() => words(Text::AudienceEverybody),
        AudienceMode::AllBut => words(Text::AudienceAllBut { organisations: &organisations }),
        _ if organisations.is_empty() => words(Text::AudienceNobody),
        AudienceMode::Only | AudienceMode::Unlisted(_) => {
            words(Text::AudienceOnly { organisations: &organisations })
        }
    }
}
