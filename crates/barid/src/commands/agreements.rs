//! `barid agreement`: drafting, proposing, reading, comparing, signing and ending agreements.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use barid_api::agreements::{AgreementStated, ClauseStated, GrantStated};
use barid_api::codes::Code;
use barid_api::terms::{LocalLongText, LocalShortText};
use barid_app::{AGREEMENTS_PAGE_CAP, AgreementDeed, AgreementProposal, AgreementReceipt, App, OpContext};
use barid_domain::agreements::{
    AgreementStep, Change, Duty, FieldGroup, Grant, GrantedOperation, Part, PartyStanding, TextStanding,
    TextState,
};
use barid_domain::codes::{Classification, CodeList, Database, Handling, OrganisationKind, Purpose};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::Faults;
use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode};
use barid_domain::policy::purposes_fit;
use barid_domain::text::LocalText;
use barid_languages::{Language, Text};
use clap::{Args, Subcommand};

use super::{CommandError, DataDir, Outcome, read_file};
use crate::node;
use crate::terminal::{Form, code, identifier, isolate, json, name_of, say, verbatim, words};

/// The longest file of a draft, in bytes: as much as an entry may have.
const DRAFT_BYTES_CAP: u64 = 1 << 20;

#[derive(Subcommand, Debug)]
pub enum AgreementCommand {
    /// Write the draft of an agreement to a file, out of a few words; it is yours to read and change, and binds nobody.
    Draft(Box<DraftArgs>),
    /// Propose a draft to its parties: it is in force once every one of them has signed it.
    Propose(ProposeArgs),
    /// List the agreements that an organisation is a party of, as they stand.
    List(ListArgs),
    /// Show the text of an agreement, and who has signed it.
    Show(ShowArgs),
    /// Compare two texts, clause by clause and grant by grant.
    Compare(CompareArgs),
    /// Sign a text.
    Sign(ActArgs),
    /// Say that a text will not be signed.
    Decline(ActArgs),
    /// Take a party's part out of force at once, its records and its access, until it is resumed.
    Suspend(ActArgs),
    /// Put a suspended part back into force.
    Resume(ActArgs),
    /// End a party's part at once, for good.
    End(ActArgs),
    /// Take a party's records out of a grant at once.
    OptOut(GrantActArgs),
    /// Put a party's records back into a grant.
    OptIn(GrantActArgs),
}

/// Says who acts, and under which file.
#[derive(Args, Debug, Clone)]
pub struct Party {
    /// The organisation acted for; without it, the one whose node this is.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    /// The officer's name within it.
    #[arg(long, value_name = "NAME", default_value = "console")]
    officer: String,
    /// The file it is done under.
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example: a regional drug centre gets direct access to persons and documents for trafficking cases, \
except bureau XB's:\n  barid agreement draft --title 'Direct access for trafficking cases' --to XPART --from-owners all \
--except XB --databases persons,travel-documents --purposes drug-trafficking,human-trafficking --days 730 access.json"
)]
pub struct DraftArgs {
    #[command(flatten)]
    data: DataDir,
    /// What it is called.
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// The language of title and clauses, as a tag; without it, that of what is shown.
    #[arg(long = "in", value_name = "TAG")]
    written_in: Option<String>,
    /// Who is granted access.
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    to: Vec<String>,
    /// Whose records: codes, or `all` for every bureau that takes part.
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    from_owners: Vec<String>,
    /// Bureaus left out of `all`.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    except: Vec<String>,
    /// The databases.
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    databases: Vec<String>,
    /// What may be done: hit-no-hit, or candidates,open and what goes further.
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "candidates,open")]
    operations: Vec<String>,
    /// What is shown besides what tells a record's subject apart [default: documents,offences,details; of hits nothing]
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    fields: Option<Vec<String>>,
    /// The purposes of searches it is for.
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    purposes: Vec<String>,
    /// The purposes for which the records are held; without it, all that fit the purposes of the searches.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    held: Vec<String>,
    /// The handling codes of the records.
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "H0,H1")]
    handling: Vec<String>,
    /// The highest classification of the records.
    #[arg(long, value_name = "CODE", default_value = "official-use")]
    classification: String,
    /// What the recipients have to heed besides what the handling code says.
    #[arg(
        long,
        value_name = "CODES",
        value_delimiter = ',',
        default_value = "confirm-with-owner,delete-at-end"
    )]
    duties: Vec<String>,
    /// The most searches of each recipient in one day.
    #[arg(long, value_name = "NUMBER", default_value_t = 500)]
    daily_cap: u32,
    /// The first day, YYYY-MM-DD; without it, today.
    #[arg(long, value_name = "DAY")]
    begins: Option<String>,
    /// For how many days it runs.
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    days: u16,
    /// A clause in words; may be given more than once.
    #[arg(long = "clause", value_name = "TEXT")]
    clauses: Vec<String>,
    /// The file that is written; it must not be there yet.
    #[arg(value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args, Debug)]
pub struct ProposeArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    party: Party,
    /// The text that it is to take the place of.
    #[arg(long, value_name = "TEXT")]
    amends: Option<String>,
    /// The draft.
    #[arg(value_name = "FILE")]
    draft: PathBuf,
}

#[derive(Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    party: Party,
}

#[derive(Args, Debug)]
pub struct ShowArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    party: Party,
    /// Write it as a policy of the Open Digital Rights Language (W3C) instead.
    #[arg(long)]
    odrl: bool,
    /// The text, by its entry.
    text: String,
}

#[derive(Args, Debug)]
pub struct CompareArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    party: Party,
    /// The earlier text.
    earlier: String,
    /// The later text.
    later: String,
}

#[derive(Args, Debug)]
pub struct ActArgs {
    #[command(flatten)]
    data: DataDir,
    #[command(flatten)]
    party: Party,
    /// Why, in words that the other parties read.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The text, by its entry.
    text: String,
}

#[derive(Args, Debug)]
pub struct GrantActArgs {
    #[command(flatten)]
    act: ActArgs,
    /// The number of the grant.
    #[arg(long, value_name = "NUMBER")]
    grant: u32,
}

pub fn run(command: AgreementCommand, form: Form, language: Language) -> Outcome {
    match command {
        AgreementCommand::Draft(args) => draft(&args, form, language),
        AgreementCommand::Propose(args) => propose(&args, form),
        AgreementCommand::List(args) => list(&args, form),
        AgreementCommand::Show(args) => show_one(&args, form),
        AgreementCommand::Compare(args) => compare(&args, form),
        AgreementCommand::Sign(args) => act(&args, AgreementStep::Sign, None, form, language),
        AgreementCommand::Decline(args) => act(&args, AgreementStep::Decline, None, form, language),
        AgreementCommand::Suspend(args) => act(&args, AgreementStep::Suspend, None, form, language),
        AgreementCommand::Resume(args) => act(&args, AgreementStep::Resume, None, form, language),
        AgreementCommand::End(args) => act(&args, AgreementStep::End, None, form, language),
        AgreementCommand::OptOut(args) => {
            act(&args.act, AgreementStep::OptOut, Some(args.grant), form, language)
        }
        AgreementCommand::OptIn(args) => {
            act(&args.act, AgreementStep::OptIn, Some(args.grant), form, language)
        }
    }
}

fn context(app: &App, party: &Party) -> Result<OpContext, CommandError> {
    let host = app.host()?;
    let organisation = party.organisation.as_deref().unwrap_or(host.as_str());
    node::context_of(organisation, &party.officer, "oversight", &party.reference)
}

fn text_named(text: &str) -> Result<EntryHash, CommandError> {
    text.parse().map_err(|_| CommandError::Usage("a text is named by 64 hexadecimal digits".to_owned()))
}

fn draft(args: &DraftArgs, form: Form, language: Language) -> Outcome {
    let stated = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let bureaus: Vec<OrganisationCode> = app
            .registry()
            .organisations()
            .filter(|(code, one)| {
                one.kind == OrganisationKind::Bureau && app.registry().active(*code).is_some()
            })
            .map(|(code, _)| code)
            .collect();
        app.close().await?;
        drafted(args, &bureaus, language)
    })?;
    // As it is read: sets in order, everything checked that can be checked by itself.
    let mut faults = Faults::default();
    let read = stated.read("agreement", &mut faults);
    refuse_faulty(faults)?;
    let read = read.ok_or_else(|| CommandError::Failed("the draft can not be read back".to_owned()))?;
    write_new(&args.out, &stated)?;
    match form {
        Form::Json => json(&stated),
        Form::Text => {
            say(Text::AgreementDrafted { place: &args.out.display().to_string() });
            read.grants.iter().flat_map(grant_lines).for_each(|line| verbatim(&line));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn drafted(
    args: &DraftArgs,
    bureaus: &[OrganisationCode],
    language: Language,
) -> Result<AgreementStated, CommandError> {
    let to = organisations(&args.to)?;
    let except = organisations(&args.except)?;
    let owners: BTreeSet<OrganisationCode> = if args.from_owners.iter().any(|code| code == "all") {
        bureaus.iter().copied().filter(|code| !except.contains(code)).collect()
    } else {
        organisations(&args.from_owners)?
    };
    let purposes = codes::<Purpose>(&args.purposes)?;
    let held = if args.held.is_empty() { held_for(&purposes) } else { codes::<Purpose>(&args.held)? };
    let begins: Day = match &args.begins {
        None => node::now().day(),
        Some(day) => day.parse().map_err(|_| CommandError::Usage("a day is YYYY-MM-DD".to_owned()))?,
    };
    let ends = Day::from_days(begins.days() + i32::from(args.days.max(1)) - 1)
        .map_err(|_| CommandError::Usage("the last day is too far away".to_owned()))?;
    let tag = args.written_in.clone().unwrap_or_else(|| language.tag().to_owned());
    let parties: BTreeSet<&str> = to.iter().chain(&owners).map(OrganisationCode::as_str).collect();
    let shown = |codes: &BTreeSet<OrganisationCode>| codes.iter().map(|code| code.as_str().into()).collect();
    let grant = GrantStated {
        number: 1,
        recipients: shown(&to),
        owners: shown(&owners),
        databases: stated(&codes::<Database>(&args.databases)?),
        operations: stated(&codes::<GrantedOperation>(&args.operations)?),
        fields: stated(&codes::<FieldGroup>(&fields_of(args))?),
        purposes: stated(&purposes),
        held: stated(&held),
        handling: stated(&codes::<Handling>(&args.handling)?),
        classification: one_code::<Classification>(&args.classification)?.into(),
        daily_cap: args.daily_cap,
        duties: stated(&codes::<Duty>(&args.duties)?),
    };
    let local = |text: &str| LocalLongText { language: tag.as_str().into(), text: text.into() };
    let clauses = args.clauses.iter().zip(1..);
    Ok(AgreementStated {
        titles: vec![LocalShortText { language: tag.as_str().into(), text: args.title.as_str().into() }],
        parties: parties.into_iter().map(Into::into).collect(),
        from: begins.to_string().into(),
        until: ends.to_string().into(),
        clauses: clauses.map(|(text, number)| ClauseStated { number, texts: vec![local(text)] }).collect(),
        grants: vec![grant],
    })
}

/// What a grant shows where nobody says: what is usual of candidates, and of hits nothing.
fn fields_of(args: &DraftArgs) -> Vec<String> {
    let usual = || ["documents", "offences", "details"].map(str::to_owned).to_vec();
    let shows = args.operations.iter().any(|operation| operation == "candidates");
    args.fields.clone().unwrap_or_else(|| if shows { usual() } else { Vec::new() })
}

/// The purposes of records that fit searches for these, but for what no grant is about.
fn held_for(asked: &BTreeSet<Purpose>) -> BTreeSet<Purpose> {
    let held = Purpose::LISTED.iter().map(|(held, _)| *held);
    held.filter(|held| !matches!(held, Purpose::Oversight | Purpose::OutsideReference | Purpose::Exercise))
        .filter(|held| asked.iter().any(|asked| purposes_fit(*asked, *held)))
        .chain(asked.iter().copied().filter(|asked| *asked == Purpose::Exercise))
        .collect()
}

fn organisations(codes: &[String]) -> Result<BTreeSet<OrganisationCode>, CommandError> {
    let read = |code: &String| {
        OrganisationCode::new(code)
            .map_err(|_| CommandError::Usage(format!("not an organisation code: {code}")))
    };
    codes.iter().map(read).collect()
}

fn one_code<T: CodeList>(name: &str) -> Result<T, CommandError> {
    T::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = T::LISTED.iter().map(|(_, name)| *name).collect();
        CommandError::Usage(format!("{name}: not a {}; one of {}", T::LIST, known.join(", ")))
    })
}

fn codes<T: CodeList + Ord>(names: &[String]) -> Result<BTreeSet<T>, CommandError> {
    names.iter().filter(|name| !name.is_empty()).map(|name| one_code(name)).collect()
}

fn stated<T: CodeList + std::fmt::Display>(codes: &BTreeSet<T>) -> Vec<Code<T>> {
    codes.iter().map(|code| (*code).into()).collect()
}

fn write_new(place: &Path, stated: &AgreementStated) -> Result<(), CommandError> {
    use std::io::Write;
    // Strings and numbers: writing them as JSON can't fail.
    let mut text = serde_json::to_string_pretty(stated).unwrap_or_default();
    text.push('\n');
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(place);
    file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|cause| CommandError::File { what: format!("can not write {}", place.display()), cause })
}

fn refuse_faulty(faults: Faults) -> Result<(), CommandError> {
    faults.into_result().map_err(|faults| {
        let named: Vec<String> = faults.iter().map(ToString::to_string).collect();
        CommandError::Usage(named.join("; "))
    })
}

fn propose(args: &ProposeArgs, form: Form) -> Outcome {
    let bytes = read_file(&args.draft, DRAFT_BYTES_CAP)?;
    let stated: AgreementStated = serde_json::from_slice(&bytes)
        .map_err(|error| CommandError::Usage(format!("{}: {error}", args.draft.display())))?;
    let mut faults = Faults::default();
    let read = stated.read("agreement", &mut faults);
    refuse_faulty(faults)?;
    let read = read.ok_or_else(|| CommandError::Failed("the draft can not be read".to_owned()))?;
    let amends = args.amends.as_deref().map(text_named).transpose()?;
    let written = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = context(&app, &args.party)?;
        let key = IdempotencyKey::from_random(node::ports().draw());
        let proposal = AgreementProposal {
            amends,
            titles: read.titles,
            parties: read.parties,
            from: read.from,
            until: read.until,
            clauses: read.clauses,
            grants: read.grants,
        };
        let written = app.propose_agreement(&ctx, key, proposal).await?;
        app.close().await?;
        Ok(written)
    })?;
    show_written(&written, form);
    Ok(ExitCode::SUCCESS)
}

fn act(args: &ActArgs, step: AgreementStep, grant: Option<u32>, form: Form, language: Language) -> Outcome {
    let text = text_named(&args.text)?;
    let reasons = match &args.reason {
        None => Vec::new(),
        Some(reason) => vec![
            LocalText::new(language.tag(), reason, barid_domain::text::SHORT_CAP)
                .map_err(|error| CommandError::Usage(format!("the reason is not usable: {error}")))?,
        ],
    };
    let written = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = context(&app, &args.party)?;
        let key = IdempotencyKey::from_random(node::ports().draw());
        let deed = AgreementDeed { text, step, grant, reasons };
        let written = app.act_on_agreement(&ctx, key, deed).await?;
        app.close().await?;
        Ok(written)
    })?;
    show_written(&written, form);
    Ok(ExitCode::SUCCESS)
}

fn show_written(written: &AgreementReceipt, form: Form) {
    match form {
        Form::Json => json(&serde_json::json!({
            "agreement": written.agreement.to_string(), "entry": written.entry.to_string(),
            "position": written.receipt.position,
        })),
        Form::Text => say(Text::AgreementWritten { entry: &identifier(&written.entry.to_string()) }),
    }
}

fn list(args: &ListArgs, form: Form) -> Outcome {
    let texts = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = context(&app, &args.party)?;
        let mut texts: Vec<TextState> = Vec::new();
        let mut after = None;
        loop {
            let page = app.agreements(&ctx, after, AGREEMENTS_PAGE_CAP).await?;
            texts.extend(page.texts);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        app.close().await?;
        Ok(texts)
    })?;
    match form {
        Form::Json => json(&texts.iter().map(barid_web::agreement_shown).collect::<Vec<_>>()),
        Form::Text if texts.is_empty() => say(Text::NoAgreements),
        Form::Text => {
            for state in &texts {
                head_lines(state).iter().for_each(|line| verbatim(line));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show_one(args: &ShowArgs, form: Form) -> Outcome {
    let text = text_named(&args.text)?;
    let state = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = context(&app, &args.party)?;
        let state = app.agreement(&ctx, text).await?;
        app.close().await?;
        Ok(state)
    })?;
    if args.odrl {
        json(&barid_formats::odrl::agreement(&state));
        return Ok(ExitCode::SUCCESS);
    }
    match form {
        Form::Json => json(&barid_web::agreement_shown(&state)),
        Form::Text => lines(&state).iter().for_each(|line| verbatim(line)),
    }
    Ok(ExitCode::SUCCESS)
}

fn compare(args: &CompareArgs, form: Form) -> Outcome {
    let (earlier, later) = (text_named(&args.earlier)?, text_named(&args.later)?);
    let (earlier, later, changes) = node::block_on(async {
        let app = node::open_app(&args.data.data_dir).await?;
        let ctx = context(&app, &args.party)?;
        let compared = app.compare_agreements(&ctx, earlier, later).await?;
        app.close().await?;
        Ok(compared)
    })?;
    match form {
        Form::Json => json(&changes.iter().map(barid_web::change_shown).collect::<Vec<_>>()),
        Form::Text if changes.is_empty() => say(Text::AgreementSame),
        Form::Text => changes.iter().for_each(|change| show_change(&earlier, &later, change)),
    }
    Ok(if changes.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn show_change(earlier: &TextState, later: &TextState, change: &Change) {
    let part = words(match change.part {
        Part::Titles => Text::PartTitles,
        Part::Parties => Text::PartParties,
        Part::Period => Text::PartPeriod,
        Part::Clause(number) => Text::PartClause { number },
        Part::Grant(number) => Text::PartGrant { number },
    });
    match (change.was, change.is) {
        (true, false) => say(Text::AgreementRemoved { part: &part }),
        (false, _) => say(Text::AgreementAdded { part: &part }),
        (true, true) => {
            let fields = &identifier(&change.fields.join(", "));
            say(Text::AgreementChanged { part: &part, fields });
        }
    }
    for (mark, state) in [("-", earlier), ("+", later)] {
        for line in part_lines(state, change.part) {
            verbatim(&format!("  {mark} {}", line.trim_start()));
        }
    }
}

fn part_lines(state: &TextState, part: Part) -> Vec<String> {
    let text = &state.agreement;
    match part {
        Part::Titles => text.titles.iter().map(|title| isolate(&title.text)).collect(),
        Part::Parties => vec![words(Text::AgreementParties { parties: &joined(&text.parties) })],
        Part::Period => vec![period(state)],
        Part::Clause(number) => {
            let clause = text.clauses.iter().find(|clause| clause.number == number);
            let texts = clause.into_iter().flat_map(|clause| &clause.texts);
            texts.map(|text| format!("[{}] {}", text.language, isolate(&text.text))).collect()
        }
        Part::Grant(number) => text.grant(number).map(grant_lines).unwrap_or_default(),
    }
}

fn period(state: &TextState) -> String {
    let (from, until) = (state.agreement.from.to_string(), state.agreement.until.to_string());
    words(Text::AgreementPeriod { from: &identifier(&from), until: &identifier(&until) })
}

/// What it is, who is bound, from when, and how it stands.
fn head_lines(state: &TextState) -> Vec<String> {
    let text = &state.agreement;
    let title = name_of(&text.titles);
    let inside = |text: String| format!("  {text}");
    let (entry, agreement) = (identifier(&state.text.to_string()), identifier(&text.agreement.to_string()));
    vec![
        words(Text::AgreementTitle { title: &title, version: text.version }),
        inside(words(Text::AgreementParties { parties: &joined(&text.parties) })),
        inside(period(state)),
        inside(words(match state.standing {
            TextStanding::Proposed => Text::AgreementProposed,
            TextStanding::Signed => Text::AgreementToBegin,
            TextStanding::InForce => Text::AgreementInForce,
            TextStanding::Superseded => Text::AgreementSuperseded,
            TextStanding::Over => Text::AgreementOver,
            TextStanding::Ended => Text::AgreementEnded,
        })),
        inside(words(Text::AgreementNames { text: &entry, agreement: &agreement })),
    ]
}

fn lines(state: &TextState) -> Vec<String> {
    let mut lines = head_lines(state);
    for clause in &state.agreement.clauses {
        // Every language: who signs one signs all of them.
        for text in &clause.texts {
            let said = format!("[{}] {}", text.language, isolate(&text.text));
            lines.push(words(Text::AgreementClause { number: clause.number, text: &said }));
        }
    }
    lines.extend(state.agreement.grants.iter().flat_map(grant_lines));
    for party in &state.parties {
        let code_of_party = identifier(party.party.as_str());
        let signed = party.signed_at.map(|at| identifier(&Timestamp::from_seconds(at).to_string()));
        lines.push(words(match (&signed, party.declined) {
            (Some(at), _) => Text::AgreementSigned { party: &code_of_party, at },
            (None, true) => Text::AgreementDeclined { party: &code_of_party },
            (None, false) => Text::AgreementUnsigned { party: &code_of_party },
        }));
        lines.extend(match party.standing {
            PartyStanding::Active => None,
            PartyStanding::Suspended => Some(words(Text::AgreementSuspended { party: &code_of_party })),
            PartyStanding::Ended => Some(words(Text::AgreementPartEnded { party: &code_of_party })),
        });
        for act in party.acts.iter().filter(|act| !act.reasons.is_empty()) {
            let at = identifier(&Timestamp::from_seconds(act.at).to_string());
            let (step, reason) = (&code(act.step), &name_of(&act.reasons));
            lines.push(words(Text::AgreementReason { party: &code_of_party, step, at: &at, reason }));
        }
        if !party.opted_out.is_empty() {
            let grants: Vec<String> = party.opted_out.iter().map(u32::to_string).collect();
            lines.push(words(Text::AgreementOptedOut { party: &code_of_party, grants: &grants.join(", ") }));
        }
    }
    lines
}

/// A grant as sentences. Taken apart without `..`: a field that is added asks to be read.
fn grant_lines(grant: &Grant) -> Vec<String> {
    let Grant {
        number,
        recipients,
        owners,
        databases,
        operations,
        fields,
        purposes,
        held,
        handling,
        classification,
        daily_cap,
        duties,
    } = grant;
    let inside = |text: Text<'_>| format!("  {}", words(text));
    let mut lines = vec![
        words(Text::AgreementGrant {
            number: *number,
            recipients: &joined(recipients),
            operations: &named(operations),
            purposes: &named(purposes),
        }),
        inside(Text::AgreementGrantRecords {
            owners: &joined(owners),
            databases: &named(databases),
            held: &named(held),
        }),
        inside(Text::AgreementGrantTerms {
            handling: &identifier(&handling.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            classification: &code(*classification),
        }),
    ];
    lines.push(if fields.is_empty() {
        inside(Text::AgreementGrantIdentity)
    } else {
        inside(Text::AgreementGrantFields { fields: &named(fields) })
    });
    lines.push(inside(Text::AgreementGrantCap { cap: *daily_cap }));
    if !duties.is_empty() {
        lines.push(inside(Text::AgreementGrantDuties { duties: &named(duties) }));
    }
    lines
}

fn joined(codes: &[OrganisationCode]) -> String {
    identifier(&codes.iter().map(OrganisationCode::as_str).collect::<Vec<_>>().join(", "))
}

fn named<T: CodeList + std::fmt::Display>(codes: &[T]) -> String {
    codes.iter().map(|one| code(*one)).collect::<Vec<_>>().join(", ")
}
