//! `barid admin reviews`: which own records have to be looked at again, keeping and withdrawing them, which erasures are owed.

use std::process::ExitCode;

use barid_app::{App, Decided, REVIEWS_PAGE_CAP, ReviewAct, ReviewDecision, ReviewLine, ReviewState};
use barid_domain::codes::{CodeList, WithdrawalReason};
use barid_domain::dates::Day;
use barid_domain::faults::FaultCode;
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::terms::KeepReason;
use barid_domain::text::LocalText;
use barid_languages::Text;
use barid_web::{decided_shown, review_shown};
use clap::{Args, Subcommand};

use super::orders::read_text;
use super::{Acting, CommandError, DataDir, Outcome};
use crate::node;
use crate::terminal::{Form, code, identifier, json, say};

#[derive(Subcommand, Debug)]
pub enum ReviewCommand {
    /// List own records that have to be looked at again, from six months before their day on.
    #[command(
        after_help = "Example:\n  barid admin reviews list --organisation XA --reference 'review of May'"
    )]
    List(ListArgs),
    /// Keep records as they stand, until another day, for a reason that is signed.
    #[command(
        after_help = "Example:\n  barid admin reviews keep --organisation XA --purpose criminal-investigation --reference 'case 17' \\\n      --record ID --review-on 2028-05-01 --reason still-sought"
    )]
    Keep(KeepArgs),
    /// Withdraw records.
    #[command(
        after_help = "Example:\n  barid admin reviews withdraw --organisation XA --purpose criminal-investigation --reference 'case 17' \\\n      --record ID --reason purpose-met"
    )]
    Withdraw(WithdrawArgs),
    /// List what should be erased by now and is not, and what is erased and was not attested.
    #[command(
        after_help = "Example:\n  barid admin reviews overdue --organisation XA --reference 'monthly report'"
    )]
    Overdue(ListArgs),
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    /// The organisation whose records they are.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The file it is asked under.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
pub struct KeepArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    /// A record; once for each.
    #[arg(long, value_name = "ID", required = true)]
    record: Vec<RecordId>,
    /// The day by which it is looked at again.
    #[arg(long, value_name = "YYYY-MM-DD")]
    review_on: Day,
    /// Why: proceedings-continue, still-sought, danger, other.
    #[arg(long, value_name = "CODE")]
    reason: String,
    /// Why in words; mandatory with another reason.
    #[arg(long, value_name = "LANGUAGE=TEXT")]
    text: Option<String>,
}

#[derive(Args, Debug)]
pub struct WithdrawArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    acting: Acting,
    /// A record; once for each.
    #[arg(long, value_name = "ID", required = true)]
    record: Vec<RecordId>,
    /// Why: purpose-met, mistaken, delisted, ordered, expired, recovered, replaced.
    #[arg(long, value_name = "CODE")]
    reason: String,
}

pub fn run(command: &ReviewCommand, form: Form) -> Outcome {
    match command {
        ReviewCommand::List(args) => node::block_on(list(args, form)),
        ReviewCommand::Keep(args) => {
            let reason = read_code::<KeepReason>(&args.reason)?;
            let text: Option<LocalText> = args.text.as_deref().map(read_text).transpose()?;
            let act = ReviewAct::Keep { review_on: args.review_on, reason, text };
            node::block_on(decide(&args.data, &args.acting, &args.record, &act, form))
        }
        ReviewCommand::Withdraw(args) => {
            let act = ReviewAct::Withdraw { reason: read_code::<WithdrawalReason>(&args.reason)? };
            node::block_on(decide(&args.data, &args.acting, &args.record, &act, form))
        }
        ReviewCommand::Overdue(args) => node::block_on(overdue(args, form)),
    }
}

fn read_code<T: CodeList>(name: &str) -> Result<T, CommandError> {
    T::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = T::LISTED.iter().map(|(_, name)| *name).collect();
        CommandError::Usage(format!("{name}: not a {}; one of {}", T::LIST, known.join(", ")))
    })
}

async fn list(args: &ListArgs, form: Form) -> Outcome {
    let app = node::open_app(&args.data.data_dir).await?;
    let ctx = node::context_of(&args.organisation, "console", "oversight", &args.reference)?;
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let page = app.reviews(&ctx, after, REVIEWS_PAGE_CAP).await?;
        lines.extend(page.lines);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    app.close().await?;
    show_lines(&lines, form, false);
    Ok(ExitCode::SUCCESS)
}

async fn overdue(args: &ListArgs, form: Form) -> Outcome {
    let app = node::open_app(&args.data.data_dir).await?;
    let ctx = node::context_of(&args.organisation, "console", "oversight", &args.reference)?;
    let owed = app.overdue_erasures(&ctx).await?;
    app.close().await?;
    show_lines(&owed.lines, form, owed.is_cut);
    // What is owed is an answer that somebody has to look at.
    Ok(if owed.lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn show_lines(lines: &[ReviewLine], form: Form, is_cut: bool) {
    match form {
        Form::Json => {
            let shown: Vec<_> = lines.iter().map(review_shown).collect();
            json(&serde_json::json!({ "reviews": shown, "more": is_cut }));
        }
        Form::Text => {
            lines.iter().for_each(show_line);
            if lines.is_empty() {
                say(Text::ReviewsNone);
            }
            if is_cut {
                say(Text::ReviewsMore);
            }
        }
    }
}

fn show_line(line: &ReviewLine) {
    let (record, database) = (identifier(&line.record.to_string()), code(line.database));
    let day = identifier(&line.review_on.to_string());
    let (record, database, day) = (record.as_str(), database.as_str(), day.as_str());
    say(match line.state {
        ReviewState::DueSoon => Text::ReviewDue { record, database, day },
        ReviewState::Overdue => {
            let until = line.recoverable_until.map(|until| until.to_string()).unwrap_or_default();
            return say(Text::ReviewOverdue { record, database, day, until: &identifier(&until) });
        }
        ReviewState::ErasureDue => Text::ReviewErasureDue { record, database, day },
        ReviewState::ErasedUnattested => Text::ReviewUnattested { record, database, day },
    });
}

async fn decide(
    data: &DataDir,
    acting: &Acting,
    records: &[RecordId],
    act: &ReviewAct,
    form: Form,
) -> Outcome {
    let app = node::open_app(&data.data_dir).await?;
    let ctx = node::context(&app, acting)?;
    let mut decisions = Vec::with_capacity(records.len());
    for record in records {
        let expects = stands(&app, *record).await?;
        decisions.push(ReviewDecision { record: *record, expects, act: act.clone() });
    }
    let key = IdempotencyKey::from_random(node::ports().draw());
    let decided = app.decide_reviews(&ctx, key, decisions).await?;
    app.close().await?;
    let both = records.iter().zip(&decided);
    match form {
        Form::Json => {
            let shown: Vec<_> = both.map(|(record, decided)| decided_shown(*record, decided)).collect();
            json(&serde_json::json!({ "decided": shown }));
        }
        Form::Text => both.for_each(|(record, decided)| show_decided(*record, decided)),
    }
    let is_done = |decided: &Decided| matches!(decided, Decided::Kept { .. } | Decided::Withdrawn { .. });
    Ok(if decided.iter().all(is_done) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What stands of a record now: who types its id decides about that. Of one that isn't there nothing does.
async fn stands(app: &App, record: RecordId) -> Result<EntryHash, CommandError> {
    let head = app.store().head(record).await?;
    Ok(head.map_or(EntryHash([0; 32]), |head| head.current))
}

fn show_decided(record: RecordId, decided: &Decided) {
    let shown = identifier(&record.to_string());
    let shown = shown.as_str();
    match decided {
        Decided::Kept { record: now, .. } if *now != record => {
            say(Text::ReviewRestated { record: shown, other: &identifier(&now.to_string()) });
        }
        Decided::Kept { .. } => say(Text::ReviewKept { record: shown }),
        Decided::Withdrawn { .. } => say(Text::ReviewWithdrawn { record: shown }),
        Decided::Stale { .. } => refuse(shown, "stale"),
        Decided::Absent => refuse(shown, "absent"),
        Decided::TooLate => refuse(shown, "too-late"),
        Decided::NotKept => refuse(shown, "not-kept"),
        Decided::Faulty(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            refuse(shown, &faults.join(", "));
        }
        Decided::Barred { order } => {
            refuse(shown, &format!("{}, {order}", FaultCode::ReEntryBarred.as_str()));
        }
        Decided::Refused(refusal) => refuse(shown, refusal.code()),
    }
}

fn refuse(record: &str, why: &str) {
    say(Text::ReviewNotDone { record, why: &identifier(why) });
}
