//! `barid admin consents`: what may follow a hit of which is told only that there is a record, and whose.

use std::process::ExitCode;

use barid_app::{
    AppError, CONSENTS_PAGE_CAP, ConsentAnswer, ConsentAsking, ConsentRole, GivenConsent, ShownConsent,
};
use barid_domain::agreements::{Duty, FieldGroup};
use barid_domain::codes::{CodeList, Database};
use barid_domain::dates::Day;
use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::text::LocalText;
use barid_languages::Text;
use clap::{Args, Subcommand, ValueEnum};

use super::found::shown_names;
use super::orders::read_text;
use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, isolate, json, say, say_inside};

#[derive(Subcommand, Debug)]
pub enum ConsentCommand {
    /// Ask the owner of a hit for its consent to show what it is about.
    #[command(
        after_help = "Example:\n  barid admin consents ask --organisation XPART --purpose drug-trafficking --access ACCESS --database persons --owner XA --days 30 --reason 'en=Same name and birth as our suspect.' --reference 'CASE 7'"
    )]
    Ask(AskArgs),
    /// List the requests that are addressed to an organisation, or those that it made.
    #[command(
        after_help = "Examples:\n  barid admin consents list --organisation XA --role owner --reference 'daily'\n  barid admin consents list --organisation XPART --role asker --reference 'daily'"
    )]
    List(ListArgs),
    /// Answer a request as the owner: consent, to all of the records or to some, or refuse.
    #[command(
        after_help = "Examples:\n  barid admin consents answer --organisation XA --request REQUEST --give --field offences --duty confirm-with-owner --reference 'FILE 9'\n  barid admin consents answer --organisation XA --request REQUEST --give --record ID --until 2026-12-31 --condition 'en=Call the desk first.' --reference 'FILE 9'\n  barid admin consents answer --organisation XA --request REQUEST --refuse --reason 'en=A source is at stake.' --reference 'FILE 9'"
    )]
    Answer(AnswerArgs),
    /// Take a consent back as its owner, or a request as the asker; it counts at once.
    #[command(
        after_help = "Example:\n  barid admin consents end --organisation XA --request REQUEST --reference 'FILE 9'"
    )]
    End(EndArgs),
}

#[derive(Args, Debug)]
pub struct Acting {
    #[command(flatten)]
    data: DataDir,
    /// The organisation that acts.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// Why: a decision, a case.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
pub struct AskArgs {
    #[command(flatten)]
    acting: Acting,
    /// The purpose of the search that told of the hit.
    #[arg(long, value_name = "CODE")]
    purpose: String,
    /// The search, by `access` of its answer (`--json`).
    #[arg(long, value_name = "HASH")]
    access: EntryHash,
    /// The database of the hit.
    #[arg(long, value_name = "CODE", value_parser = read_code::<Database>)]
    database: Database,
    /// Whose it is.
    #[arg(long, value_name = "CODE")]
    owner: OrganisationCode,
    /// For how many days it is wanted, 180 at most; without an answer by then it ends.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i32).range(1..=180))]
    days: i32,
    /// Why, for the owner to read.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    reason: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Role {
    /// Those addressed to it.
    Owner,
    /// Those that it made.
    Asker,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    acting: Acting,
    /// On which side of the requests.
    #[arg(long, value_enum)]
    role: Role,
}

#[derive(Args, Debug)]
pub struct AnswerArgs {
    #[command(flatten)]
    acting: Acting,
    /// The request.
    #[arg(long, value_name = "HASH")]
    request: EntryHash,
    /// Consent.
    #[arg(long, required_unless_present = "refuse")]
    give: bool,
    /// Refuse.
    #[arg(long, conflicts_with_all = ["give", "record", "field", "until", "duty", "condition"])]
    refuse: bool,
    /// A record that is consented to, once for each; all without it.
    #[arg(long, value_name = "ID")]
    record: Vec<RecordId>,
    /// A group of fields that is shown, once for each, besides what tells the subject apart.
    #[arg(long, value_name = "CODE", value_parser = read_code::<FieldGroup>)]
    field: Vec<FieldGroup>,
    /// The last day; as long as was asked for without it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Day>,
    /// What has to be heeded, once for each, besides what the handling code says and that nothing is passed on.
    #[arg(long, value_name = "CODE", value_parser = read_code::<Duty>)]
    duty: Vec<Duty>,
    /// A condition in words, once for each language.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    condition: Vec<String>,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub struct EndArgs {
    #[command(flatten)]
    acting: Acting,
    /// The request.
    #[arg(long, value_name = "HASH")]
    request: EntryHash,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub struct Why {
    /// Why it is refused or taken back; kept for the organisation itself.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    reason: Option<String>,
    /// Tell the other side why.
    #[arg(long, requires = "reason")]
    tell: bool,
}

impl Why {
    fn read(&self) -> Result<Option<LocalText>, CommandError> {
        self.reason.as_deref().map(read_text).transpose()
    }
}

fn read_code<T: CodeList>(name: &str) -> Result<T, String> {
    T::from_name(name).ok_or_else(|| "no such code in this version".to_owned())
}

pub fn run(command: &ConsentCommand, form: Form) -> Outcome {
    match command {
        ConsentCommand::Ask(args) => node::block_on(ask(args, form)),
        ConsentCommand::List(args) => node::block_on(list(args, form)),
        ConsentCommand::Answer(args) => node::block_on(answer(args, form)),
        ConsentCommand::End(args) => node::block_on(end(args, form)),
    }
}

fn new_key() -> IdempotencyKey {
    IdempotencyKey::from_random(node::ports().draw())
}

fn told<T>(done: Result<T, AppError>, absent: &str) -> Result<T, CommandError> {
    match done {
        Err(AppError::Absent) => Err(CommandError::Failed(absent.to_owned())),
        done => Ok(done?),
    }
}

async fn ask(args: &AskArgs, form: Form) -> Outcome {
    let asking = ConsentAsking {
        access: args.access,
        database: args.database,
        owner: args.owner,
        reason: read_text(&args.reason)?,
        days: args.days,
    };
    let acting = &args.acting;
    let ctx = node::context_of(&acting.organisation, "console", &args.purpose, &acting.reference)?;
    let app = node::open_app(&acting.data.data_dir).await?;
    let asked = app.ask_consent(&ctx, new_key(), asking).await;
    app.close().await?;
    let request = told(asked, "no such search told of such a hit, or it is none any more")?;
    match form {
        Form::Json => json(&serde_json::json!({ "request": request.to_string() })),
        Form::Text => say(Text::ConsentAsked { request: &identifier(&request.to_string()) }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn answer(args: &AnswerArgs, form: Form) -> Outcome {
    let conditions = args.condition.iter().map(|text| read_text(text)).collect::<Result<_, _>>()?;
    let stated = if args.refuse {
        ConsentAnswer::Refuse { reason: args.why.read()?, tells: args.why.tell }
    } else if args.why.reason.is_some() {
        return Err(CommandError::Usage("a reason belongs to a refusal; use --condition".to_owned()));
    } else {
        ConsentAnswer::Give {
            records: (!args.record.is_empty()).then(|| args.record.clone()),
            fields: args.field.clone(),
            until: args.until,
            duties: args.duty.clone(),
            conditions,
        }
    };
    let acting = &args.acting;
    let ctx = node::context_of(&acting.organisation, "console", "oversight", &acting.reference)?;
    let app = node::open_app(&acting.data.data_dir).await?;
    let answered = app.answer_consent(&ctx, new_key(), args.request, stated).await;
    app.close().await?;
    let receipt = told(answered, "no such request waits for this organisation")?;
    let request = identifier(&args.request.to_string());
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text if args.refuse => say(Text::ConsentRefused { request: &request }),
        Form::Text => say(Text::ConsentGiven { request: &request }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn end(args: &EndArgs, form: Form) -> Outcome {
    let (reason, acting) = (args.why.read()?, &args.acting);
    let ctx = node::context_of(&acting.organisation, "console", "oversight", &acting.reference)?;
    let app = node::open_app(&acting.data.data_dir).await?;
    let ended = app.end_consent(&ctx, new_key(), args.request, reason, args.why.tell).await;
    app.close().await?;
    let receipt = told(ended, "there is nothing that this organisation could take back")?;
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text => say(Text::ConsentEnded { request: &identifier(&args.request.to_string()) }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(args: &ListArgs, form: Form) -> Outcome {
    let acting = &args.acting;
    let app = node::open_app(&acting.data.data_dir).await?;
    let ctx = node::context_of(&acting.organisation, "console", "oversight", &acting.reference)?;
    let role = match args.role {
        Role::Owner => ConsentRole::Owner,
        Role::Asker => ConsentRole::Asker,
    };
    let (mut requests, mut after) = (Vec::new(), None);
    loop {
        let page = app.consents(&ctx, role, after, CONSENTS_PAGE_CAP).await?;
        requests.extend(page.requests);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = requests.iter().map(barid_web::consent_shown).collect();
            json(&serde_json::json!({ "requests": shown }));
        }
        Form::Text => {
            requests.iter().for_each(show);
            if requests.is_empty() {
                say(Text::ConsentsNone);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(one: &ShownConsent) {
    say(Text::ConsentLine {
        state: &code(one.state),
        asker: one.asker.as_str(),
        owner: one.owner.as_str(),
        database: &code(one.database),
        purpose: &code(one.purpose),
        until: &identifier(&one.until.to_string()),
    });
    say_inside(2, Text::ConsentNamed { request: &identifier(&one.request.to_string()) });
    say_inside(
        2,
        Text::ConsentCase { reference: &isolate(&one.reference), reason: &isolate(&one.reason.text) },
    );
    for record in &one.records {
        say_inside(2, Text::ConsentRecord { record: &identifier(&record.to_string()) });
    }
    if let Some(given) = &one.given {
        show_given(given);
    }
    if let Some(reason) = &one.answer_reason {
        say_inside(2, Text::ConsentReason { reason: &isolate(&reason.text) });
    }
}

fn show_given(given: &GivenConsent) {
    for record in &given.records {
        let until = identifier(&given.until.to_string());
        say_inside(2, Text::ConsentOpens { record: &identifier(&record.to_string()), until: &until });
    }
    let joined = |codes: Vec<String>| codes.join(", ");
    if !given.fields.is_empty() {
        let fields = joined(given.fields.iter().map(|field| code(*field)).collect());
        say_inside(2, Text::ConsentFields { fields: &fields });
    }
    let duties = joined(given.duties.iter().map(|duty| code(*duty)).collect());
    say_inside(2, Text::ConsentDuties { duties: &duties });
    if !given.conditions.is_empty() {
        say_inside(2, Text::ConsentConditions { texts: &shown_names(&given.conditions) });
    }
}
