//! `barid admin audit`: who of an organisation did what, with the proofs for a court; alarms, and what became of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_app::{
    ACCESSES_PAGE_CAP, ALARMS_PAGE_CAP, Access, AlarmDecided, AlarmDeed, AlarmId, App, AuditQuestion, Marked,
    Marking, NamedAlarm, OpContext,
};
use barid_domain::audit::Operation;
use barid_domain::codes::{CodeList, Purpose};
use barid_domain::dates::Day;
use barid_domain::ids::{ActId, OrganisationCode, RecordId, decode_hex};
use barid_domain::oversight::{AccessQuestion, AlarmState};
use barid_languages::Text;
use barid_web::{access_shown, alarm_decided, alarm_shown, canary_shown, mark_outcome};
use clap::{Args, Subcommand};

use super::orders::read_text;
use super::{CommandError, DataDir, Outcome, write_file};
use crate::node;
use crate::terminal::{Form, JsonList, code, identifier, isolate, json, say, say_inside};

/// The most proofs that are taken out at once: each is an act of its own.
const PROOFS_CAP: usize = 1_000;

#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    /// List who of an organisation did what: its own people, or as the commission anybody's.
    #[command(
        after_help = "Example:\n  barid admin audit accesses --organisation XA --reference 'court 4 K 17/26' --record ID --prove-into proofs"
    )]
    Accesses(AccessesArgs),
    /// List what was out of the ordinary, newest first.
    #[command(
        after_help = "Example:\n  barid admin audit anomalies --organisation XA --reference 'weekly look'"
    )]
    Anomalies(AnomaliesArgs),
    /// Mark a record of one's own that no honest work would open, or take the mark away; nobody else can tell it from others.
    #[command(
        after_help = "Example:\n  barid admin audit canary --organisation XA --reference 'plan 3' --record ID"
    )]
    Canary(CanaryArgs),
    /// List the records that are marked so.
    #[command(after_help = "Example:\n  barid admin audit canaries --organisation XA --reference 'plan 3'")]
    Canaries(Auditor),
    /// Say what an alarm was looked at to be.
    #[command(
        after_help = "Example:\n  barid admin audit decide --organisation XA --officer dpo --reference 'weekly look' --alarm ID --state explained \\\n      --reason 'en=a coach with a group of travellers'"
    )]
    Decide(DecideArgs),
}

#[derive(Args, Debug)]
pub struct Auditor {
    #[command(flatten)]
    data: DataDir,
    /// The organisation that asks.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The officer who asks.
    #[arg(long, value_name = "NAME", default_value = "console")]
    officer: String,
    /// The file it is asked under.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
pub struct AccessesArgs {
    #[command(flatten)]
    auditor: Auditor,
    /// Whose accesses, where the commission asks about another organisation.
    #[arg(long, value_name = "CODE")]
    of: Option<String>,
    /// By this officer or service.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// About this record, or showing or writing it.
    #[arg(long, value_name = "ID")]
    record: Option<RecordId>,
    /// Of this act.
    #[arg(long, value_name = "ID")]
    act: Option<ActId>,
    /// Of this kind, such as open-record.
    #[arg(long, value_name = "CODE")]
    operation: Option<String>,
    /// For this purpose.
    #[arg(long, value_name = "CODE")]
    purpose: Option<String>,
    /// From this day on, in UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Day>,
    /// Up to and with this day, in UTC.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Day>,
    /// Refused ones alone (true), or those alone that were not (false).
    #[arg(long, value_name = "BOOL")]
    refused: Option<bool>,
    /// A directory to write the proof of each of them into, for `barid verify`; ends with 1 where one has none.
    #[arg(long, value_name = "DIR")]
    prove_into: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct AnomaliesArgs {
    #[command(flatten)]
    auditor: Auditor,
    /// About whose people, where the commission asks about one organisation alone.
    #[arg(long, value_name = "CODE")]
    of: Option<String>,
}

#[derive(Args, Debug)]
pub struct CanaryArgs {
    #[command(flatten)]
    auditor: Auditor,
    /// The record.
    #[arg(long, value_name = "ID")]
    record: RecordId,
    /// Take its mark away.
    #[arg(long)]
    unmark: bool,
}

#[derive(Args, Debug)]
pub struct DecideArgs {
    #[command(flatten)]
    auditor: Auditor,
    /// The alarm.
    #[arg(long, value_name = "ID")]
    alarm: String,
    /// How many decisions there were when it was read.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    expects: u32,
    /// How it stands from now on: explained, pursued, open.
    #[arg(long, value_name = "CODE")]
    state: String,
    /// Why.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    reason: String,
}

pub fn run(command: &AuditCommand, form: Form) -> Outcome {
    match command {
        AuditCommand::Accesses(args) => node::block_on(accesses(args, form)),
        AuditCommand::Anomalies(args) => node::block_on(anomalies(args, form)),
        AuditCommand::Canary(args) => node::block_on(mark(args, form)),
        AuditCommand::Canaries(auditor) => node::block_on(canaries(auditor, form)),
        AuditCommand::Decide(args) => node::block_on(decide(args, form)),
    }
}

fn context(auditor: &Auditor) -> Result<OpContext, CommandError> {
    node::context_of(&auditor.organisation, &auditor.officer, "oversight", &auditor.reference)
}

fn read_code<T: CodeList>(name: &str) -> Result<T, CommandError> {
    T::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = T::LISTED.iter().map(|(_, name)| *name).collect();
        CommandError::Usage(format!("{name}: not a {}; one of {}", T::LIST, known.join(", ")))
    })
}

fn read_organisation(text: Option<&str>) -> Result<Option<OrganisationCode>, CommandError> {
    let read = |text: &str| {
        OrganisationCode::new(text)
            .map_err(|_| CommandError::Usage(format!("not an organisation code: {text}")))
    };
    text.map(read).transpose()
}

fn question(args: &AccessesArgs) -> Result<AuditQuestion, CommandError> {
    Ok(AuditQuestion {
        organisation: read_organisation(args.of.as_deref())?,
        lines: AccessQuestion {
            officer: args.by.clone(),
            record: args.record,
            act: args.act,
            operation: args.operation.as_deref().map(read_code::<Operation>).transpose()?,
            purpose: args.purpose.as_deref().map(read_code::<Purpose>).transpose()?,
            refused: args.refused,
            from: args.from,
            until: args.until,
        },
    })
}

async fn accesses(args: &AccessesArgs, form: Form) -> Outcome {
    let (ctx, question) = (context(&args.auditor)?, question(args)?);
    let app = node::open_app(&args.auditor.data.data_dir).await?;
    let ended = match &args.prove_into {
        Some(directory) => prove_accesses(&app, &ctx, &question, directory, form).await?,
        None => list_accesses(&app, &ctx, &question, form).await?,
    };
    app.close().await?;
    Ok(ended)
}

/// Writes the accesses page by page, as they are read.
async fn list_accesses(app: &App, ctx: &OpContext, question: &AuditQuestion, form: Form) -> Outcome {
    let mut page = app.accesses(ctx, question, None, ACCESSES_PAGE_CAP).await?;
    let mut list = (form == Form::Json).then(|| JsonList::begin("accesses"));
    let mut is_any = false;
    loop {
        is_any |= !page.accesses.is_empty();
        for access in &page.accesses {
            match &mut list {
                Some(list) => list.item(&access_shown(access)),
                None => show_access(access),
            }
        }
        if page.next.is_none() {
            break;
        }
        page = app.accesses(ctx, question, page.next, ACCESSES_PAGE_CAP).await?;
    }
    match list {
        Some(list) => list.end("proved", 0),
        None if !is_any => say(Text::AccessesNone),
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the accesses, as many as are proved at once, and writes the proof of each; success where each has one.
async fn prove_accesses(
    app: &App,
    ctx: &OpContext,
    question: &AuditQuestion,
    directory: &Path,
    form: Form,
) -> Outcome {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = app.accesses(ctx, question, after, ACCESSES_PAGE_CAP).await?;
        found.extend(page.accesses);
        after = page.next;
        if after.is_none() || found.len() > PROOFS_CAP {
            break;
        }
    }
    let proved = prove_into(app, ctx, &found, directory).await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = found.iter().map(access_shown).collect();
            json(&serde_json::json!({ "accesses": shown, "proved": proved }));
        }
        Form::Text => {
            found.iter().for_each(show_access);
            if found.is_empty() {
                say(Text::AccessesNone);
            }
            let directory = directory.display().to_string();
            say(Text::AccessesProved { count: proved as u64, directory: &identifier(&directory) });
        }
    }
    // An access without its proof is one that a court can't check.
    Ok(if proved == found.len() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Writes the proof of each access into a file of its own, and beside them what they are about.
async fn prove_into(
    app: &App,
    ctx: &OpContext,
    found: &[Access],
    directory: &Path,
) -> Result<usize, CommandError> {
    if found.len() > PROOFS_CAP {
        return Err(CommandError::Usage(format!(
            "more than {PROOFS_CAP} accesses are too many to prove at once: narrow the question"
        )));
    }
    std::fs::create_dir_all(directory).map_err(|cause| CommandError::File {
        what: format!("can not make {}", directory.display()),
        cause,
    })?;
    let (mut proved, mut listed) = (0, Vec::with_capacity(found.len()));
    for access in found {
        let bundle = match access.entry {
            Some(entry) => app.prove_access(ctx, entry).await?.map(|bundle| (entry, bundle)),
            None => None,
        };
        let mut shown = serde_json::to_value(access_shown(access)).unwrap_or_default();
        if let Some((entry, bundle)) = bundle {
            let name = format!("access-{entry}.json");
            write_file(&directory.join(&name), &to_json(&bundle))?;
            shown["proof"] = name.into();
            proved += 1;
        }
        listed.push(shown);
    }
    write_file(&directory.join("accesses.json"), &to_json(&serde_json::json!({ "accesses": listed })))?;
    Ok(proved)
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    // Strings and numbers: writing them can't fail.
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

fn show_access(access: &Access) {
    say(Text::AccessLine {
        at: &identifier(&access.at.to_string()),
        officer: &identifier(&access.officer),
        operation: &identifier(&access.operation.to_string()),
        phase: &identifier(&access.phase.to_string()),
        purpose: &code(access.purpose),
        reference: &isolate(&access.reference),
    });
    if let Some(refusal) = &access.refusal {
        say_inside(2, Text::AccessRefused { why: &identifier(refusal) });
    }
    for record in access.record.iter().chain(&access.records) {
        say_inside(2, Text::AccessRecord { record: &identifier(&record.to_string()) });
    }
    if let Some(entry) = access.entry {
        say_inside(2, Text::AccessEntry { entry: &identifier(&entry.to_string()) });
    }
}

async fn anomalies(args: &AnomaliesArgs, form: Form) -> Outcome {
    let (ctx, of) = (context(&args.auditor)?, read_organisation(args.of.as_deref())?);
    let app = node::open_app(&args.auditor.data.data_dir).await?;
    let (mut alarms, mut after) = (Vec::new(), None);
    loop {
        let page = app.alarms(&ctx, of, after, ALARMS_PAGE_CAP).await?;
        alarms.extend(page.alarms);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = alarms.iter().map(alarm_shown).collect();
            json(&serde_json::json!({ "alarms": shown }));
        }
        Form::Text => {
            alarms.iter().for_each(show_alarm);
            if alarms.is_empty() {
                say(Text::AlarmsNone);
            }
        }
    }
    // What nobody has looked at yet is an answer that somebody has to look at.
    let is_open = alarms.iter().any(|named| named.alarm.state() == AlarmState::Open);
    Ok(if is_open { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn show_alarm(named: &NamedAlarm) {
    let alarm = &named.alarm;
    let kind = alarm.kind.to_string();
    let kind = alarm.database.map_or_else(|| kind.clone(), |database| format!("{kind}/{database}"));
    say(Text::AlarmLine {
        at: &identifier(&alarm.at.to_string()),
        organisation: alarm.organisation.as_str(),
        kind: &identifier(&kind),
        counted: u64::from(alarm.counted),
        threshold: u64::from(alarm.threshold),
        state: &identifier(&alarm.state().to_string()),
    });
    say_inside(2, Text::AlarmNamed { alarm: &identifier(&barid_app::proofs::hex(&named.id.0)) });
    if let Some(officer) = &alarm.officer {
        let officer = alarm.acting.map_or_else(|| officer.clone(), |acting| format!("{acting}/{officer}"));
        say_inside(2, Text::AlarmOfficer { officer: &identifier(&officer) });
    }
    if let Some(record) = alarm.record {
        say_inside(2, Text::AccessRecord { record: &identifier(&record.to_string()) });
    }
    for said in &alarm.decisions {
        let by = format!("{}/{}", said.by.organisation, said.by.officer);
        say_inside(
            2,
            Text::AlarmSaid {
                at: &identifier(&said.at.to_string()),
                officer: &identifier(&by),
                state: &identifier(&said.state.to_string()),
                reason: &isolate(&said.reason.text),
            },
        );
    }
}

async fn mark(args: &CanaryArgs, form: Form) -> Outcome {
    let ctx = context(&args.auditor)?;
    let app = node::open_app(&args.auditor.data.data_dir).await?;
    let marking = if args.unmark { Marking::Unmark } else { Marking::Mark };
    let marked = app.mark_canary(&ctx, args.record, marking).await?;
    app.close().await?;
    let record = identifier(&args.record.to_string());
    let (absent, full) = (identifier("absent"), identifier("full"));
    match form {
        Form::Json => json(&serde_json::json!({ "outcome": mark_outcome(marked) })),
        Form::Text => say(match marked {
            Marked::Done if args.unmark => Text::CanaryUnmarked { record: &record },
            Marked::Done => Text::CanaryMarked { record: &record },
            Marked::Absent => Text::CanaryNotMarked { record: &record, why: &absent },
            Marked::Full => Text::CanaryNotMarked { record: &record, why: &full },
        }),
    }
    Ok(if marked == Marked::Done { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn canaries(auditor: &Auditor, form: Form) -> Outcome {
    let ctx = context(auditor)?;
    let app = node::open_app(&auditor.data.data_dir).await?;
    let own = app.own_canaries(&ctx).await?;
    app.close().await?;
    match form {
        Form::Json => {
            let shown: Vec<_> = own.iter().map(canary_shown).collect();
            json(&serde_json::json!({ "canaries": shown }));
        }
        Form::Text => {
            for canary in &own {
                let since = identifier(&canary.at.to_string());
                say(Text::CanaryLine { record: &identifier(&canary.record.to_string()), since: &since });
            }
            if own.is_empty() {
                say(Text::CanariesNone);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn decide(args: &DecideArgs, form: Form) -> Outcome {
    let mut alarm = [0; 16];
    decode_hex(&args.alarm, &mut alarm).ok_or_else(|| CommandError::Usage("not an alarm".to_owned()))?;
    let deed = AlarmDeed {
        alarm: AlarmId(alarm),
        expects: args.expects,
        state: read_code::<AlarmState>(&args.state)?,
        reason: read_text(&args.reason)?,
    };
    let ctx = context(&args.auditor)?;
    let app = node::open_app(&args.auditor.data.data_dir).await?;
    let decided = app.decide_alarm(&ctx, &deed).await?;
    app.close().await?;
    match form {
        Form::Json => json(&serde_json::json!(alarm_decided(&decided))),
        Form::Text => match &decided {
            AlarmDecided::Decided(named) => show_alarm(named),
            AlarmDecided::Absent => say(Text::AlarmNotDecided { why: &identifier("absent") }),
            AlarmDecided::NotTaken(error) => {
                say(Text::AlarmNotDecided { why: &identifier(&error.to_string()) });
            }
        },
    }
    let is_done = matches!(decided, AlarmDecided::Decided(_));
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
