//! `barid demo`: an exercise association on this machine, with the UN list in it, served and searched in a minute.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use barid_app::{AGREEMENTS_PAGE_CAP, AgreementDeed, App, OpContext, Query, TokenDays, found};
use barid_domain::agreements::AgreementStep;
use barid_domain::audit::Actor;
use barid_domain::ids::{IdempotencyKey, OrganisationCode};
use barid_domain::officers::OfficerRights;
use barid_languages::Text;
use clap::Args;
use sha2::{Digest, Sha256};

use super::{CommandError, Outcome, demo_check, import, search, serve, write_file};
use crate::backups::BackupArgs;
use crate::countersigning::EpochSettings;
use crate::terminal::{Form, identifier, isolate, say, verbatim, words};
use crate::{exercise, node};

/// The UN Security Council's consolidated list of 2026-02-27; see data/watchlists/README.md.
const UN_LIST: &[u8] = include_bytes!("../../../../data/watchlists/UN_consolidated.xml");

/// Sets up and serves the demo.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// The data directory; made where it does not exist.
    #[arg(long, value_name = "DIR", default_value = "barid-demo")]
    data_dir: PathBuf,
    /// The port on loopback; 0 takes any free one.
    #[arg(long, value_name = "PORT", default_value_t = 8640)]
    port: u16,
    /// Ask questions over HTTP, kill the server, start it again, ask again; exit code 0 or 1.
    #[arg(long)]
    check: bool,
    /// Questions for --check, one JSON object a line: `{"q": "TYPED", "expect": "REFERENCE"}`, or null.
    #[arg(long, value_name = "FILE", requires = "check")]
    cases: Option<PathBuf>,
    /// A file to hand URL, token and ids over to a program; readable by its owner alone, made once the server answers.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    handover: Option<PathBuf>,
    #[command(flatten)]
    backups: BackupArgs,
}

/// A search worth trying: script, what is typed, the listed person or organisation it must find.
pub(crate) struct Sample {
    /// Its script, for people.
    pub script: Text<'static>,
    /// What is typed.
    pub typed: &'static str,
    /// The reference number that must come first; `None` where nothing may raise an alert.
    pub expect: Option<&'static str>,
}

/// The demo's searches: really listed people and organisations, typed in seven scripts, and names of nobody listed.
pub(crate) const SAMPLES: &[Sample] = &[
    Sample { script: Text::ScriptLatin, typed: "Tarkhan Batirashvili", expect: Some("QDi.345") },
    Sample {
        script: Text::ScriptCyrillic, typed: "Тархан Батирашвили", expect: Some("QDi.345")
    },
    Sample {
        script: Text::ScriptCyrillic, typed: "Доку Хаматович Умаров", expect: Some("QDi.290")
    },
    Sample { script: Text::ScriptArabic, typed: "أيمن الظواهري", expect: Some("QDi.006") },
    Sample { script: Text::ScriptPersian, typed: "قاسم سلیمانی", expect: Some("IRi.039") },
    Sample {
        script: Text::ScriptHindi, typed: "हाफिज मुहम्मद सईद", expect: Some("QDi.263")
    },
    Sample {
        script: Text::ScriptBengali, typed: "দাউদ ইব্রাহিম কাসকর", expect: Some("QDi.135")
    },
    Sample { script: Text::ScriptChinese, typed: "约瑟夫·科尼", expect: Some("CFi.009") },
    Sample { script: Text::ScriptCyrillic, typed: "Боко Харам", expect: Some("QDe.138") },
    Sample { script: Text::ScriptBengali, typed: "বোকো হারাম", expect: Some("QDe.138") },
    Sample { script: Text::ScriptChinese, typed: "朝鲜联合机械贸易会社", expect: Some("KPe.016") },
    Sample {
        script: Text::ScriptNobody, typed: "Марина Тестова-Примерная", expect: None
    },
    Sample {
        script: Text::ScriptNobody, typed: "उदाहरण कुमार नमूनावाला", expect: None
    },
];

/// How long an epoch of the demo is: one can be waited for.
const DEMO_EPOCH_SECONDS: u32 = 60;

pub fn run(args: DemoArgs, form: Form) -> Outcome {
    if args.check {
        return demo_check::run(&args.data_dir, args.cases.as_deref(), form);
    }
    serve::start_log();
    let ring = args.backups.ring(&args.data_dir)?;
    let epochs = Some(EpochSettings::new(DEMO_EPOCH_SECONDS, None)?);
    node::block_on(async {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), args.port);
        try_port(listen)?;
        let app = Arc::new(set_up(&args.data_dir).await?);
        show_samples(&app).await?;
        // Tokens are shown once: not before the port is known to be free still.
        try_port(listen)?;
        let tokens = issue_tokens(&app, &args.data_dir).await?;
        let handover = match &args.handover {
            Some(_) => Some(handover(&app).await?),
            None => None,
        };
        serve::serve(app, listen, serve::Beside { ring, epochs, ..serve::Beside::default() }, |url| {
            if let (Some(path), Some(mut handover)) = (&args.handover, handover) {
                handover["url"] = serde_json::json!(url);
                write_file(path, format!("{handover:#}").as_bytes())?;
            }
            show_access(url, &tokens);
            Ok(())
        })
        .await
    })
}

/// Looks whether the port can be had, before anything is made or shown.
fn try_port(listen: SocketAddr) -> Result<(), CommandError> {
    let what =
        || format!("can not listen on {listen}; take another port with --port, or --port 0 for any free one");
    std::net::TcpListener::bind(listen).map(drop).map_err(|cause| CommandError::File { what: what(), cause })
}

/// Makes the data directory with the association, the UN list and the exercise records; completes a half-made one.
pub(crate) async fn set_up(directory: &Path) -> Result<App, CommandError> {
    let is_new = !directory.join("FORMAT").exists();
    let store = node::open_store(directory, is_new).await?;
    if store.stream_heads().await?.is_empty() {
        let plan = exercise::founding_plan().ok_or_else(|| CommandError::Failed("no plan".to_owned()))?;
        found(&store, &node::ports(), &plan).await?;
    }
    let app = App::start(store, node::ports()).await?;
    let secretariat = node::context_of(exercise::SECRETARIAT, "demo", "sanctions", "demo set-up")?;
    let file_hash = Sha256::digest(UN_LIST).into();
    // A newer edition that somebody imported stays.
    if app.un_import_is_due(&secretariat, &file_hash).await? {
        let report = app.import_un(&secretariat, UN_LIST, file_hash, |_, _| {}).await?;
        say(Text::DemoList);
        import::show(&report);
    }
    enter_exercise_records(&app).await?;
    agree(&app).await?;
    app.save_snapshot().await?;
    Ok(app)
}

/// Enters the exercise records; their idempotency keys are fixed, so a second set-up changes nothing.
async fn enter_exercise_records(app: &App) -> Result<(), CommandError> {
    let today = node::now().day();
    let mut number = 0u8;
    for (owner, submission) in exercise::persons(today) {
        let ctx = exercise_context(owner)?;
        number += 1;
        app.submit_person(&ctx, exercise_key(number), submission).await.or_else(already_there)?;
    }
    for (owner, submission) in exercise::documents(today) {
        let ctx = exercise_context(owner)?;
        number += 1;
        app.submit_travel_document(&ctx, exercise_key(number), submission).await.or_else(already_there)?;
    }
    for (owner, submission) in exercise::objects(today) {
        let ctx = exercise_context(owner)?;
        number += 1;
        app.submit_object(&ctx, exercise_key(number), submission).await.or_else(already_there)?;
    }
    Ok(())
}

/// Has the exercise partner and two bureaus agree: it may search and open the bureaus' exercise records. What a set-up that
/// was interrupted left unsigned is signed now.
async fn agree(app: &App) -> Result<(), CommandError> {
    let partner = node::context_of(exercise::PARTNER, "demo", "oversight", "demo set-up")?;
    let text = match app.agreements(&partner, None, AGREEMENTS_PAGE_CAP).await?.texts.pop() {
        Some(state) => state,
        None => {
            let proposal = exercise::agreement(node::now().day())
                .ok_or_else(|| CommandError::Failed("no agreement".to_owned()))?;
            let key = IdempotencyKey::from_random(node::ports().draw());
            let written = app.propose_agreement(&partner, key, proposal).await?;
            app.agreement(&partner, written.entry).await?
        }
    };
    for party in text.parties.iter().filter(|party| party.signed_at.is_none() && !party.declined) {
        let ctx = node::context_of(party.party.as_str(), "demo", "oversight", "demo set-up")?;
        let key = IdempotencyKey::from_random(node::ports().draw());
        let deed =
            AgreementDeed { text: text.text, step: AgreementStep::Sign, grant: None, reasons: Vec::new() };
        app.act_on_agreement(&ctx, key, deed).await?;
    }
    Ok(())
}

/// The same key with the terms of another day is another request: the record is there from the first day.
fn already_there(error: barid_app::AppError) -> Result<barid_app::Receipt, barid_app::AppError> {
    match error {
        barid_app::AppError::KeyReused => Ok(barid_app::Receipt {
            records: Vec::new(),
            entries: Vec::new(),
            position: String::new(),
            replayed: true,
        }),
        other => Err(other),
    }
}

fn exercise_context(owner: OrganisationCode) -> Result<OpContext, CommandError> {
    node::context_of(owner.as_str(), "exercise", "exercise", "exercise set")
}

fn exercise_key(number: u8) -> IdempotencyKey {
    let mut bytes = [0xee; 16];
    bytes[15] = number;
    IdempotencyKey::from_random(bytes)
}

async fn show_samples(app: &App) -> Result<(), CommandError> {
    verbatim("");
    say(Text::DemoSamples);
    let ctx = node::context_of("XA", "demo", "border-control", "demo lane 1")?;
    for sample in SAMPLES {
        let query = Query { text: Some(sample.typed.to_owned()), limit: Some(1), ..Query::default() };
        let answer = app.search(&ctx, &query).await?;
        verbatim(&format!("\n> {}   ({})", isolate(sample.typed), words(sample.script)));
        search::show(&answer);
    }
    Ok(())
}

/// Makes a token for an officer of each exercise bureau at the first start; afterwards there is nothing to show.
async fn issue_tokens(app: &App, directory: &Path) -> Result<Vec<(String, String)>, CommandError> {
    let marker = directory.join("tokens-issued");
    if marker.exists() {
        return Ok(Vec::new());
    }
    let mut tokens = Vec::new();
    for organisation in exercise::BUREAUS.iter().map(|bureau| bureau.code).chain([exercise::PARTNER]) {
        tokens.push((organisation.to_owned(), issue_token(app, organisation, "officer").await?));
    }
    write_file(&marker, b"shown once at the first start; 'barid admin token issue' makes another\n")?;
    Ok(tokens)
}

/// Makes a token for an officer of a bureau.
pub(crate) async fn issue_token(app: &App, bureau: &str, officer: &str) -> Result<String, CommandError> {
    issue_token_with(app, bureau, officer, OfficerRights::default()).await
}

async fn issue_token_with(
    app: &App,
    bureau: &str,
    officer: &str,
    rights: OfficerRights,
) -> Result<String, CommandError> {
    let secretariat = node::context_of(exercise::SECRETARIAT, "demo", "oversight", "demo set-up")?;
    let code = OrganisationCode::new(bureau).map_err(|_| CommandError::Failed("bureau code".to_owned()))?;
    let actor = Actor::new(code, officer).ok_or_else(|| CommandError::Failed("officer name".to_owned()))?;
    Ok(app.issue_credential_with(&secretariat, &actor, TokenDays::DEFAULT, rights).await?.token)
}

/// What a program needs to talk to the demo: a token of XA and ids that exist; and a token of an administrator, of XB, so that
/// no token of XA is taken back.
async fn handover(app: &App) -> Result<serde_json::Value, CommandError> {
    let token = issue_token(app, "XA", "handover").await?;
    let administrator = issue_token_with(app, "XB", "administrator", OfficerRights::all()).await?;
    let xa = OrganisationCode::new("XA").map_err(|_| CommandError::Failed("bureau code".to_owned()))?;
    let own = app.own_records(&exercise_context(xa)?, None, 50).await?;
    let records: Vec<String> = own.iter().map(|own| own.record.to_string()).collect();
    let entries: Vec<String> = own.iter().map(|own| own.entry.to_string()).collect();
    let keys: Vec<String> = (1..=3).map(|number| exercise_key(number).to_string()).collect();
    Ok(serde_json::json!({
        "token": token,
        "administrator_token": administrator,
        "organisation": "XA",
        "genesis": app.registry().fingerprint().to_string(),
        "path_parameters": { "record": records, "entry": entries, "key": keys },
    }))
}

fn show_access(url: &str, tokens: &[(String, String)]) {
    verbatim("");
    say(Text::DemoAddress { url: &identifier(url) });
    if tokens.is_empty() {
        say(Text::DemoTokensEarlier);
    } else {
        say(Text::DemoTokens);
        for (bureau, token) in tokens {
            verbatim(&format!("  {bureau}  {}", identifier(token)));
        }
        let (_, token) = &tokens[0];
        verbatim("");
        say(Text::DemoTry);
        verbatim(&format!(
            "  curl -s {url}/v1/search -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n    \
             -d '{{\"purpose\": \"border-control\", \"reference\": \"lane 4\", \"query\": \"Тархан Батирашвили\"}}'"
        ));
    }
    verbatim("");
    say(Text::DemoStop);
    use std::io::Write;
    let _ = std::io::stdout().flush();
}
