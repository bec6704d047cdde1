//! `barid admin request` and `barid admin consultation`: requests of persons to the commission, and what it asks owners.

use std::process::ExitCode;

use barid_api::subject_requests::LostRequestShown;
use barid_app::{
    App, ConsultationRead, Disclosure, OpContext, REQUESTS_PAGE_CAP, RequestOutcome, RequestPlan,
    RequestRead, StepPlan,
};
use barid_domain::agreements::FieldGroup;
use barid_domain::codes::CodeList;
use barid_domain::countries::CountryCode;
use barid_domain::dates::{DateInterval, Day};
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId, RequestId};
use barid_domain::subject_requests::{
    Applicant, Decision, Due, Ending, IdentityCheck, Inadmissible, NextStep, OwnerAnswer, OwnerReply,
    RequestKind, Restriction,
};
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::found::shown_names;
use super::orders::read_text;
use super::{CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, isolate, json, say, say_inside, verbatim, words};

#[derive(Subcommand, Debug)]
pub enum RequestCommand {
    /// Take in a request of a person.
    #[command(
        after_help = "Example:\n  barid admin request take-in --organisation CCF --kind access --received-on 2026-10-02 --name 'اکبر تمرینی' --name 'Акбар Упражнений' --birth 1971 --answer-in fa --file R/26/12 --reference R/26/12"
    )]
    TakeIn(TakeInArgs),
    /// List the requests that are not closed, with what has to be done about each and until when.
    #[command(
        after_help = "Example:\n  barid admin request due --organisation CCF --reference 'weekly look'"
    )]
    Due(DueArgs),
    /// Show one request with its steps, the records it is about and what their owners answered.
    Show(OneArgs),
    /// Search every database for the applicant. What is found is to be compared: nothing is taken over.
    Candidates(CandidatesArgs),
    /// Take a step about a request.
    #[command(subcommand)]
    Step(StepCommand),
    /// Show what the applicant may be told, and nothing else.
    #[command(
        after_help = "Example:\n  barid admin request disclosure --organisation CCF --request ID --reference R/26/12"
    )]
    Disclosure(OneArgs),
}

#[derive(Subcommand, Debug)]
pub enum ConsultationCommand {
    /// List what the commission asks about records of the organisation.
    #[command(
        after_help = "Example:\n  barid admin consultation list --organisation XA --reference 'weekly look'"
    )]
    List(AsArgs),
    /// Answer: all of the record may be told, a part of it, nothing; or it will be corrected or withdrawn.
    #[command(
        after_help = "Example:\n  barid admin consultation answer --organisation XA --consultation HASH --reply consents-to-part --group documents --restriction inquiry --text 'en=The inquiry goes on.' --reference 'CASE 7'"
    )]
    Answer(AnswerArgs),
}

/// Who acts, and why.
#[derive(Args, Debug)]
pub struct AsArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation that acts.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// Why: the file it is done under.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
pub struct TakeInArgs {
    #[command(flatten)]
    acts: AsArgs,
    /// What is asked for.
    #[arg(long, value_name = "CODE", value_parser = read_code::<RequestKind>)]
    kind: RequestKind,
    /// When it was received.
    #[arg(long, value_name = "DAY")]
    received_on: Day,
    /// A name of the applicant, the main one first, once for each.
    #[arg(long, value_name = "NAME", required = true)]
    name: Vec<String>,
    /// When the applicant was born.
    #[arg(long, value_name = "DATE")]
    birth: Option<DateInterval>,
    /// A nationality, once for each.
    #[arg(long, value_name = "CODE", value_parser = read_country)]
    nationality: Vec<CountryCode>,
    /// How the identity was checked; without it, it was not yet.
    #[arg(long, value_name = "CODE", value_parser = read_code::<IdentityCheck>)]
    identity: Option<IdentityCheck>,
    /// The language of the answer.
    #[arg(long, value_name = "TAG")]
    answer_in: String,
    /// The commission's own number of the request.
    #[arg(long, value_name = "TEXT")]
    file: String,
}

#[derive(Args, Debug)]
pub struct DueArgs {
    #[command(flatten)]
    acts: AsArgs,
    /// Those that are closed too.
    #[arg(long)]
    all: bool,
}

#[derive(Args, Debug)]
pub struct OneArgs {
    #[command(flatten)]
    acts: AsArgs,
    /// The request.
    #[arg(long, value_name = "ID")]
    request: RequestId,
}

#[derive(Args, Debug)]
pub struct CandidatesArgs {
    #[command(flatten)]
    one: OneArgs,
    /// A number of a document of the applicant, once for each.
    #[arg(long, value_name = "NUMBER")]
    number: Vec<String>,
}

#[derive(Subcommand, Debug)]
pub enum StepCommand {
    /// The identity was checked.
    ConfirmIdentity {
        #[command(flatten)]
        one: OneArgs,
        /// How.
        #[arg(long, value_name = "CODE", value_parser = read_code::<IdentityCheck>)]
        check: IdentityCheck,
    },
    /// It is found admissible: the clock starts.
    FindAdmissible(OneArgs),
    /// It is found not admissible.
    FindInadmissible {
        #[command(flatten)]
        one: OneArgs,
        /// Why.
        #[arg(long, value_name = "CODE", value_parser = read_code::<Inadmissible>)]
        reason: Inadmissible,
    },
    /// Everything was searched; these records concern the person.
    Search {
        #[command(flatten)]
        one: OneArgs,
        /// A record, once for each; none where nothing was found.
        #[arg(long, value_name = "ID")]
        record: Vec<RecordId>,
    },
    /// Ask the owner of a record what may be told.
    Consult {
        #[command(flatten)]
        one: OneArgs,
        /// The record.
        #[arg(long, value_name = "ID")]
        record: RecordId,
        /// Until when an answer is waited for.
        #[arg(long, value_name = "DAY")]
        until: Day,
        /// Tell the owner who asks.
        #[arg(long)]
        tell_applicant: bool,
        /// What is asked, once for each language.
        #[arg(long, value_name = "LANGUAGE=TEXT", required = true)]
        text: Vec<String>,
    },
    /// Take more time, with reasons.
    Extend {
        #[command(flatten)]
        one: OneArgs,
        /// The new day.
        #[arg(long, value_name = "DAY")]
        until: Day,
        /// Why, once for each language.
        #[arg(long, value_name = "LANGUAGE=TEXT", required = true)]
        text: Vec<String>,
    },
    /// Decide. What is told follows from the last answer of each owner.
    Decide {
        #[command(flatten)]
        one: OneArgs,
        /// What.
        #[arg(long, value_name = "CODE", value_parser = read_code::<Decision>)]
        decision: Decision,
        /// An order that was issued, once for each.
        #[arg(long, value_name = "HASH")]
        order: Vec<EntryHash>,
        /// Why, once for each language.
        #[arg(long, value_name = "LANGUAGE=TEXT", required = true)]
        text: Vec<String>,
    },
    /// The applicant does not ask any more.
    Withdraw(OneArgs),
    /// The applicant was told the outcome.
    Answer(OneArgs),
    /// Nothing follows: it is kept for five years from now on, then erased.
    Close(OneArgs),
}

#[derive(Args, Debug)]
pub struct AnswerArgs {
    #[command(flatten)]
    acts: AsArgs,
    /// The consultation, as the list names it.
    #[arg(long, value_name = "HASH")]
    consultation: EntryHash,
    /// What is answered.
    #[arg(long, value_name = "CODE", value_parser = read_code::<OwnerReply>)]
    reply: OwnerReply,
    /// Of a consent to a part: a group of fields that may be told, once for each.
    #[arg(long, value_name = "CODE", value_parser = read_code::<FieldGroup>)]
    group: Vec<FieldGroup>,
    /// Why something is kept back.
    #[arg(long, value_name = "CODE", value_parser = read_code::<Restriction>)]
    restriction: Option<Restriction>,
    /// Why in words, once for each language.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    text: Vec<String>,
}

fn read_code<T: CodeList>(name: &str) -> Result<T, String> {
    T::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = T::LISTED.iter().map(|(_, name)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

fn read_country(code: &str) -> Result<CountryCode, String> {
    CountryCode::new(code).map_err(|_| "no code of a country".to_owned())
}

pub fn run_request(command: &RequestCommand, form: Form) -> Outcome {
    node::block_on(async {
        match command {
            RequestCommand::TakeIn(args) => take_in(args, form).await,
            RequestCommand::Due(args) => due(args, form).await,
            RequestCommand::Show(args) => show(args, form).await,
            RequestCommand::Candidates(args) => candidates(args, form).await,
            RequestCommand::Step(command) => step(command, form).await,
            RequestCommand::Disclosure(args) => disclosure(args, form).await,
        }
    })
}

pub fn run_consultation(command: &ConsultationCommand, form: Form) -> Outcome {
    node::block_on(async {
        match command {
            ConsultationCommand::List(args) => consultations(args, form).await,
            ConsultationCommand::Answer(args) => answer(args, form).await,
        }
    })
}

async fn begin(acts: &AsArgs) -> Result<(App, OpContext), CommandError> {
    let ctx = node::context_of(&acts.organisation, "console", "oversight", &acts.reference)?;
    Ok((node::open_app(&acts.data.data_dir).await?, ctx))
}

fn new_key() -> IdempotencyKey {
    IdempotencyKey::from_random(node::ports().draw())
}

/// What is not there, and what is another one's, is said alike.
fn or_absent<T>(done: Result<T, barid_app::AppError>, what: &str) -> Result<T, CommandError> {
    match done {
        Err(barid_app::AppError::Absent) => {
            Err(CommandError::Failed(format!("there is no such {what} of the organisation's")))
        }
        done => Ok(done?),
    }
}

async fn take_in(args: &TakeInArgs, form: Form) -> Outcome {
    let plan = RequestPlan {
        kind: args.kind,
        received_on: args.received_on,
        applicant: Applicant {
            names: args.name.clone(),
            birth: args.birth,
            nationalities: args.nationality.clone(),
        },
        identity: args.identity,
        language: args.answer_in.clone(),
        file: args.file.clone(),
    };
    let (app, ctx) = begin(&args.acts).await?;
    let taken = app.take_in_request(&ctx, new_key(), plan).await;
    app.close().await?;
    let (request, receipt) = taken?;
    match form {
        Form::Json => json(&serde_json::json!({
            "request": request, "receipt": barid_web::receipt_shown(&receipt),
        })),
        Form::Text => say(Text::RequestTaken { request: &identifier(&request.to_string()) }),
    }
    Ok(ExitCode::SUCCESS)
}

async fn due(args: &DueArgs, form: Form) -> Outcome {
    let (app, ctx) = begin(&args.acts).await?;
    let (mut requests, mut lost, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = app.subject_requests(&ctx, args.all, after, REQUESTS_PAGE_CAP).await?;
        requests.extend(page.requests);
        lost.extend(page.lost);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    let today = node::now().day();
    match form {
        Form::Json => {
            let lines: Vec<_> = requests.iter().map(|one| barid_web::request_line(one, today)).collect();
            let not_counting: Vec<_> = lost.iter().map(LostRequestShown::from).collect();
            json(&serde_json::json!({ "requests": lines, "not_counting": not_counting }));
        }
        Form::Text => {
            requests.iter().for_each(|one| show_line(one, today));
            for one in &lost {
                let (request, until) = (one.request.to_string(), one.ends_on().to_string());
                say(Text::RequestLost { request: &identifier(&request), until: &identifier(&until) });
            }
            if requests.is_empty() && lost.is_empty() {
                say(Text::RequestNone);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show_line(read: &RequestRead, today: Day) {
    let request = &read.standing.request;
    say(Text::RequestLine {
        request: &identifier(&request.request.to_string()),
        kind: &code(request.kind),
        name: &isolate(request.applicant.names.first().map_or("", String::as_str)),
        file: &isolate(&request.reference),
        received: &identifier(&request.received_on.to_string()),
    });
    if let Some(ending) = read.standing.ending() {
        let how = match ending {
            Ending::Inadmissible(reason) => code(reason),
            Ending::Withdrawn => words(Text::RequestWithdrawn),
            Ending::Decided(decision) => code(decision),
        };
        say_inside(2, Text::RequestEnded { how: &how });
    }
    read.due.iter().for_each(|due| show_due(due, today));
    if let Some(until) = read.standing.ends_on() {
        say_inside(2, Text::RequestKept { until: &identifier(&until.to_string()) });
    }
}

fn show_due(due: &Due, today: Day) {
    let of_record = |record: RecordId| identifier(&record.to_string());
    let what = match due.next {
        NextStep::ConfirmIdentity => words(Text::NextConfirmIdentity),
        NextStep::DecideAdmissibility => words(Text::NextDecideAdmissibility),
        NextStep::Search => words(Text::NextSearch),
        NextStep::Consult(record) => words(Text::NextConsult { record: &of_record(record) }),
        NextStep::AwaitOwner(record) => words(Text::NextAwaitOwner { record: &of_record(record) }),
        NextStep::Decide => words(Text::NextDecide),
        NextStep::Answer => words(Text::NextAnswer),
        NextStep::Close => words(Text::NextClose),
    };
    let by = due.by.map(|day| identifier(&day.to_string()));
    match by {
        None => say_inside(2, Text::RequestDue { what: &what }),
        Some(by) if due.is_overdue(today) => say_inside(2, Text::RequestOverdue { what: &what, by: &by }),
        Some(by) => say_inside(2, Text::RequestDueBy { what: &what, by: &by }),
    }
}

async fn show(args: &OneArgs, form: Form) -> Outcome {
    let (app, ctx) = begin(&args.acts).await?;
    let read = app.subject_request(&ctx, args.request).await;
    app.close().await?;
    let (read, today) = (or_absent(read, "request")?, node::now().day());
    let shown = barid_web::request_shown(&read, today);
    match form {
        Form::Json => json(&shown),
        Form::Text => {
            show_line(&read, today);
            for one in read.standing.concerned() {
                let given = read.answers.iter().find(|(record, _)| *record == one.record);
                say_inside(
                    2,
                    Text::RequestRecord {
                        record: &identifier(&one.record.to_string()),
                        database: &code(one.database),
                        owner: one.owner.as_str(),
                        reply: &given.map_or(words(Text::ReplyNone), |(_, given)| code(given.answer.reply)),
                    },
                );
            }
            for one in &shown.steps {
                let (step, at) = (one.step.as_str(), identifier(&one.at.0));
                say_inside(2, Text::RequestStep { step, at: &at, entry: &identifier(&one.entry.0) });
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn candidates(args: &CandidatesArgs, form: Form) -> Outcome {
    let (app, ctx) = begin(&args.one.acts).await?;
    let found = app.applicant_candidates(&ctx, args.one.request, &args.number).await;
    app.close().await?;
    let found = or_absent(found, "request")?;
    match form {
        Form::Json => {
            json(&barid_web::candidates_shown(found));
        }
        Form::Text => {
            for one in &found.candidates {
                say(Text::RequestCandidate {
                    record: &identifier(&one.record.to_string()),
                    database: &code(one.database),
                    owner: one.owner.as_str(),
                    name: &isolate(&one.found),
                    score: &format!("{:.2}", one.score),
                });
            }
            for term in &found.not_searched {
                say(Text::RequestNotSearched { term: &isolate(term) });
            }
            for record in &found.kept_back {
                say(Text::RequestKeptBack { record: &identifier(&record.to_string()) });
            }
            say(if found.may_be_more { Text::RequestMayBeMore } else { Text::RequestCompare });
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The request that a step is about, and the step.
fn plan_of(command: &StepCommand) -> Result<(&OneArgs, StepPlan), CommandError> {
    let read = |texts: &[String]| texts.iter().map(|text| read_text(text)).collect::<Result<Vec<_>, _>>();
    Ok(match command {
        StepCommand::ConfirmIdentity { one, check } => (one, StepPlan::ConfirmIdentity(*check)),
        StepCommand::FindAdmissible(one) => (one, StepPlan::FindAdmissible),
        StepCommand::FindInadmissible { one, reason } => (one, StepPlan::FindInadmissible(*reason)),
        StepCommand::Search { one, record } => (one, StepPlan::Search(record.clone())),
        StepCommand::Consult { one, record, until, tell_applicant, text } => {
            let (due, tells_applicant, texts) = (*until, *tell_applicant, read(text)?);
            (one, StepPlan::Consult { record: *record, due, tells_applicant, texts })
        }
        StepCommand::Extend { one, until, text } => {
            (one, StepPlan::Extend { until: *until, texts: read(text)? })
        }
        StepCommand::Decide { one, decision, order, text } => {
            let (decision, orders, texts) = (*decision, order.clone(), read(text)?);
            (one, StepPlan::Decide { decision, orders, texts })
        }
        StepCommand::Withdraw(one) => (one, StepPlan::Withdraw),
        StepCommand::Answer(one) => (one, StepPlan::Answer),
        StepCommand::Close(one) => (one, StepPlan::Close),
    })
}

async fn step(command: &StepCommand, form: Form) -> Outcome {
    let (one, plan) = plan_of(command)?;
    let (app, ctx) = begin(&one.acts).await?;
    let taken = app.step_request(&ctx, new_key(), one.request, plan).await;
    app.close().await?;
    let receipt = or_absent(taken, "request")?;
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text => {
            let entry = receipt.entries.first().map(|(entry, _)| entry.to_string()).unwrap_or_default();
            say(Text::RequestStepTaken { entry: &identifier(&entry) });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn disclosure(args: &OneArgs, form: Form) -> Outcome {
    let (app, ctx) = begin(&args.acts).await?;
    let found = app.disclosure(&ctx, args.request).await;
    app.close().await?;
    let disclosure = or_absent(found, "request")?;
    match form {
        Form::Json => json(&barid_web::disclosure_shown(&disclosure)),
        Form::Text => show_disclosure(&disclosure)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show_disclosure(disclosure: &Disclosure) -> Result<(), CommandError> {
    match disclosure.outcome {
        RequestOutcome::Told => say(Text::DisclosureTold),
        RequestOutcome::NothingToTell => say(Text::DisclosureNothing),
        RequestOutcome::Corrected => say(Text::DisclosureCorrected),
        RequestOutcome::Inadmissible(reason) => {
            say(Text::DisclosureInadmissible { reason: &code(reason) });
        }
        RequestOutcome::Withdrawn => say(Text::DisclosureWithdrawn),
    }
    for record in barid_web::disclosure_shown(disclosure).records {
        let written = serde_json::to_string_pretty(&record);
        verbatim(&written.map_err(|error| CommandError::Failed(error.to_string()))?);
    }
    Ok(())
}

async fn consultations(args: &AsArgs, form: Form) -> Outcome {
    let (app, ctx) = begin(args).await?;
    let (mut asked, mut after) = (Vec::new(), None);
    loop {
        let page = app.consultations(&ctx, after, REQUESTS_PAGE_CAP).await?;
        asked.extend(page.consultations);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = asked.iter().map(barid_web::consultation_shown).collect();
            json(&serde_json::json!({ "consultations": shown }));
        }
        Form::Text => {
            asked.iter().for_each(show_consultation);
            if asked.is_empty() {
                say(Text::ConsultationNone);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show_consultation(read: &ConsultationRead) {
    say(Text::ConsultationLine {
        record: &identifier(&read.record.to_string()),
        database: &code(read.database),
        commission: read.commission.as_str(),
        due: &identifier(&read.due.to_string()),
    });
    say_inside(2, Text::ConsultationNamed { consultation: &identifier(&read.entry.to_string()) });
    say_inside(2, Text::OrderSays { texts: &shown_names(&read.texts) });
    if let Some(applicant) = &read.applicant {
        let names: Vec<String> = applicant.names.iter().map(|name| isolate(name)).collect();
        say_inside(2, Text::ConsultationApplicant { names: &names.join(", ") });
    }
    match &read.answer {
        Some(given) => say_inside(2, Text::ConsultationReply { reply: &code(given.answer.reply) }),
        None if read.is_open => say_inside(2, Text::ConsultationWaits),
        None => {}
    }
    if !read.is_open {
        say_inside(2, Text::ConsultationOver);
    }
}

async fn answer(args: &AnswerArgs, form: Form) -> Outcome {
    let mut groups = args.group.clone();
    groups.sort_unstable();
    groups.dedup();
    let texts = args.text.iter().map(|text| read_text(text)).collect::<Result<_, _>>()?;
    let (consultation, reply, restriction) = (args.consultation, args.reply, args.restriction);
    let answer = OwnerAnswer { consultation, reply, groups, restriction, texts };
    let (app, ctx) = begin(&args.acts).await?;
    let answered = app.answer_consultation(&ctx, new_key(), answer).await;
    app.close().await?;
    let receipt = or_absent(answered, "consultation")?;
    match form {
        Form::Json => json(&barid_web::receipt_shown(&receipt)),
        Form::Text => say(Text::ConsultationAnswered { reply: &code(reply) }),
    }
    Ok(ExitCode::SUCCESS)
}
