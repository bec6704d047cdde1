//! `barid bench`: speed measured on this machine through the real path, with fixed seeds.
//!
//! Ratios within one run mean more than its seconds: other work on the machine moves them all. Data are synthetic and
//! live in a temporary directory that is removed at the end.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use barid_app::{App, DocumentBatchSubmission, OpContext, Query, Submission, found};
use barid_domain::codes::FraudType;
use barid_domain::ids::IdempotencyKey;
use barid_domain::travel_documents::{DocumentNumber, TravelDocument};
use clap::Args;
use sha2::{Digest, Sha256};

use super::{CommandError, Outcome, bench_screening, bench_texts};
use crate::terminal::{Form, json, verbatim};
use crate::{exercise, node};

/// Measures speed.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// How many persons are imported and searched.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) persons: u32,
    /// How many documents are entered in batches.
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    documents: u32,
    /// How many rows of a list are screened; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    pub(super) screening_rows: u32,
    /// How many texts are screened, after a first one; 0 leaves them out.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) texts: u32,
    /// For how many seconds each rate is measured.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(super) seconds: u64,
    /// How many callers ask at a time.
    #[arg(long, value_name = "N", default_value_t = 16)]
    callers: usize,
    /// Where to put the temporary data directory; its disk is what is measured.
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
}

/// The most persons of one list: an edition of the UN list has caps.
const LIST_PERSONS: u32 = 100_000;

/// Is one measured figure.
#[derive(serde::Serialize)]
pub(super) struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
}

pub fn run(args: BenchArgs, form: Form) -> Outcome {
    let parent = args.work_dir.clone().unwrap_or_else(std::env::temp_dir);
    let directory = parent.join(format!("barid-bench-{}", std::process::id()));
    let figures = node::block_on(measure(&args, &directory));
    // Whatever was left behind is in a directory of this run's own name.
    let _ = std::fs::remove_dir_all(&directory);
    let figures = figures?;
    match form {
        Form::Json => json(&figures),
        Form::Text => {
            figures.iter().for_each(|figure| {
                verbatim(&format!("{:<58} {:>12.1} {}", figure.what, figure.value, figure.unit))
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(args: &BenchArgs, directory: &Path) -> Result<Vec<Figure>, CommandError> {
    let mut figures = Vec::new();
    let store = node::open_store(directory, true).await?;
    let plan = exercise::founding_plan().ok_or_else(|| CommandError::Failed("no plan".to_owned()))?;
    found(&store, &node::ports(), &plan).await?;
    let app = Arc::new(App::start(store, node::ports()).await?);
    let empty_bytes = disk_bytes(directory);
    import_persons(&app, args, &mut figures).await?;
    let person_bytes = disk_bytes(directory);
    figures.push(figure(
        "disk per person, journal lines included",
        per(person_bytes - empty_bytes, args.persons),
        "bytes",
    ));
    enter_documents(&app, args, &mut figures).await?;
    let document_bytes = disk_bytes(directory);
    figures.push(figure(
        "disk per document in batches",
        per(document_bytes - person_bytes, args.documents),
        "bytes",
    ));
    enter_singly(&app, args, &mut figures).await?;
    let (names, exact, misses) = queries(args);
    search(&app, args, "name searches, journalled, in process", names, &mut figures).await?;
    search(&app, args, "document searches that hit, in process", exact, &mut figures).await?;
    search(&app, args, "document searches that miss, in process", misses, &mut figures).await?;
    search_over_http(&app, args, &mut figures).await?;
    bench_screening::measure(&app, args, directory, &mut figures).await?;
    bench_texts::measure(&app, args, &mut figures).await?;
    figures.push(figure("resident memory of the process", resident_bytes() / 1_048_576.0, "MiB"));
    let memory = app.index_memory();
    let each = |bytes: usize, count: usize| bytes as f64 / count.max(1) as f64;
    figures.push(figure("index per person", each(memory.person_bytes, memory.persons), "bytes"));
    figures.push(figure("index per document", each(memory.document_bytes, memory.documents), "bytes"));
    let app = alone(app).await?;
    app.close().await?;
    start_up(directory, &mut figures).await?;
    Ok(figures)
}

/// Waits until the server's last connections have let go of the node.
async fn alone(mut app: Arc<App>) -> Result<App, CommandError> {
    for _ in 0..100 {
        match Arc::try_unwrap(app) {
            Ok(app) => return Ok(app),
            Err(shared) => app = shared,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(CommandError::Failed("the node is still in use".to_owned()))
}

async fn import_persons(app: &App, args: &BenchArgs, figures: &mut Vec<Figure>) -> Result<(), CommandError> {
    let ctx = node::context_of(exercise::SECRETARIAT, "bench", "sanctions", "bench")?;
    let import = async |list: &str| {
        let hash = Sha256::digest(list.as_bytes()).into();
        let started = Instant::now();
        let report = app.import_un(&ctx, list.as_bytes(), hash, |_, _| {}).await?;
        Ok::<_, CommandError>((report, started.elapsed()))
    };
    let (mut added, mut took) = (0, Duration::ZERO);
    let mut first = 0;
    while first < args.persons {
        // An edition that leaves out everybody withdraws nobody: it is held back as one that was cut off would be.
        let list = synthetic_list(first..args.persons.min(first + LIST_PERSONS));
        let (report, part) = import(&list).await?;
        (added, took) = (added + report.added, took + part);
        first += LIST_PERSONS;
    }
    if added != u64::from(args.persons) {
        return Err(CommandError::Failed(format!("{added} persons were imported, not {}", args.persons)));
    }
    figures.push(rate("persons imported, signed, stored, indexed", added, took));
    let (again, took) = import(&synthetic_list(0..args.persons.min(LIST_PERSONS))).await?;
    figures.push(rate("persons of the same list again", again.unchanged, took));
    Ok(())
}

async fn enter_documents(app: &App, args: &BenchArgs, figures: &mut Vec<Figure>) -> Result<(), CommandError> {
    let ctx = bureau_context()?;
    let started = Instant::now();
    let mut entered = 0;
    while entered < args.documents {
        let count = (args.documents - entered).min(10_000);
        let documents = (entered..entered + count).filter_map(|i| document(u64::from(i))).collect();
        let submission =
            DocumentBatchSubmission { terms: exercise::terms(node::now().day()), documents, audience: None };
        app.submit_document_batch(&ctx, key(1, u64::from(entered)), submission).await?;
        entered += count;
    }
    figures.push(rate(
        "documents in batches of 10,000, stored, indexed",
        u64::from(entered),
        started.elapsed(),
    ));
    Ok(())
}

async fn enter_singly(
    app: &Arc<App>,
    args: &BenchArgs,
    figures: &mut Vec<Figure>,
) -> Result<(), CommandError> {
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let started = Instant::now();
    let mut callers = Vec::new();
    for caller in 0..args.callers as u64 {
        let app = app.clone();
        callers.push(tokio::spawn(async move {
            let ctx = bureau_context()?;
            let mut entered = 0;
            while Instant::now() < until {
                let number = 1_000_000_000 + caller * 10_000_000 + entered;
                let statement =
                    document(number).ok_or_else(|| CommandError::Failed("a document".to_owned()))?;
                let submission = Submission {
                    record: None,
                    expects: None,
                    terms: exercise::terms(node::now().day()),
                    statement,
                    images: Vec::new(),
                    audience: None,
                };
                app.submit_travel_document(&ctx, key(2, number), submission).await?;
                entered += 1;
            }
            Ok::<u64, CommandError>(entered)
        }));
    }
    let mut entered = 0;
    for caller in callers {
        entered += caller.await.map_err(|_| CommandError::Failed("a caller failed".to_owned()))??;
    }
    let what = format!("documents entered singly, {} callers, each on disk", args.callers);
    figures.push(rate(&what, entered, started.elapsed()));
    Ok(())
}

async fn search(
    app: &Arc<App>,
    args: &BenchArgs,
    what: &str,
    queries: Vec<String>,
    figures: &mut Vec<Figure>,
) -> Result<(), CommandError> {
    let queries = Arc::new(queries);
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let started = Instant::now();
    let mut callers = Vec::new();
    for caller in 0..args.callers {
        let (app, queries, step) = (app.clone(), queries.clone(), args.callers);
        callers.push(tokio::spawn(async move {
            let ctx = bureau_context()?;
            let mut times = Vec::new();
            let mut at = caller;
            while Instant::now() < until {
                let query = Query { text: Some(queries[at % queries.len()].clone()), ..Query::default() };
                let begun = Instant::now();
                app.search(&ctx, &query).await?;
                times.push(begun.elapsed());
                at += step;
            }
            Ok::<Vec<Duration>, CommandError>(times)
        }));
    }
    let mut times = Vec::new();
    for caller in callers {
        times.extend(caller.await.map_err(|_| CommandError::Failed("a caller failed".to_owned()))??);
    }
    push_times(what, &mut times, started.elapsed(), figures);
    Ok(())
}

/// 90 searches for numbers in a hundred, nearly all of which miss, and 10 for names: over HTTP, on the same cores.
async fn search_over_http(
    app: &Arc<App>,
    args: &BenchArgs,
    figures: &mut Vec<Figure>,
) -> Result<(), CommandError> {
    let served = Served::start(app).await?;
    let (names, _, misses) = queries(args);
    let bodies: Arc<Vec<String>> = Arc::new(
        (0..10_000)
            .map(|i| if i % 10 == 0 { &names[i % names.len()] } else { &misses[i % misses.len()] })
            .map(|query| {
                serde_json::json!({ "purpose": "exercise", "reference": "bench", "query": query }).to_string()
            })
            .collect(),
    );
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let started = Instant::now();
    let threads: Vec<_> = (0..args.callers)
        .map(|caller| {
            let (bodies, token, step) = (bodies.clone(), served.token.clone(), args.callers);
            let url = format!("{}/v1/search", served.url);
            std::thread::spawn(move || {
                ask_until(&url, &token, &bodies, (caller, step), || Instant::now() < until)
            })
        })
        .collect();
    let mut times = tokio::task::spawn_blocking(move || {
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<Duration>>()
    })
    .await
    .map_err(|_| CommandError::Failed("a caller failed".to_owned()))?;
    let elapsed = started.elapsed();
    served.stop().await;
    push_times("searches over HTTP, 90 % numbers 10 % names, journalled", &mut times, elapsed, figures);
    Ok(())
}

/// Is the node behind a server of its own, with a token to ask it.
pub(super) struct Served {
    pub(super) url: String,
    pub(super) token: String,
    stop: tokio::sync::oneshot::Sender<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(super) async fn start(app: &Arc<App>) -> Result<Self, CommandError> {
        let fails = |cause| CommandError::File { what: "can not listen".to_owned(), cause };
        let token = super::demo::issue_token(app, "XA", "bench").await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(fails)?;
        let url = format!("http://{}", listener.local_addr().map_err(fails)?);
        let router = barid_web::router(app.clone(), barid_web::WebOptions::default());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(barid_web::serve(listener, router, async {
            let _ = stopped.await;
        }));
        Ok(Self { url, token, stop, server })
    }

    pub(super) async fn stop(self) {
        // A server that has ended is stopped.
        let _ = self.stop.send(());
        let _ = self.server.await;
    }
}

pub(super) fn ask_until(
    url: &str,
    token: &str,
    bodies: &[String],
    (caller, step): (usize, usize),
    goes_on: impl Fn() -> bool,
) -> Vec<Duration> {
    let agent = ureq::Agent::new_with_defaults();
    let authorization = format!("Bearer {token}");
    let mut times = Vec::new();
    let mut at = caller;
    while goes_on() {
        let begun = Instant::now();
        let sent = agent
            .post(url)
            .header("Authorization", &authorization)
            .header("Content-Type", "application/json")
            .send(bodies[at % bodies.len()].as_bytes());
        let Ok(mut response) = sent else { continue };
        if response.body_mut().read_to_vec().is_ok() {
            times.push(begun.elapsed());
        }
        at += step;
    }
    times
}

async fn start_up(directory: &Path, figures: &mut Vec<Figure>) -> Result<(), CommandError> {
    let started = Instant::now();
    let app = node::open_app(directory).await?;
    figures.push(figure("start with the snapshots", started.elapsed().as_secs_f64() * 1e3, "ms"));
    app.close().await?;
    let snapshots = directory.join("snapshots");
    std::fs::remove_dir_all(&snapshots)
        .and_then(|()| std::fs::create_dir(&snapshots))
        .map_err(|cause| CommandError::File { what: "can not remove the snapshots".to_owned(), cause })?;
    let started = Instant::now();
    let app = node::open_app(directory).await?;
    figures.push(figure("start without snapshots", started.elapsed().as_secs_f64() * 1e3, "ms"));
    app.close().await?;
    Ok(())
}

pub(super) fn push_times(what: &str, times: &mut [Duration], elapsed: Duration, figures: &mut Vec<Figure>) {
    times.sort_unstable();
    figures.push(rate(what, times.len() as u64, elapsed));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        let time = times.get(at).copied().unwrap_or_default();
        figures.push(figure(&format!("  {name}"), time.as_secs_f64() * 1e3, "ms"));
    }
}

pub(super) fn figure(what: &str, value: f64, unit: &'static str) -> Figure {
    Figure { what: what.to_owned(), value, unit }
}

pub(super) fn rate(what: &str, count: u64, elapsed: Duration) -> Figure {
    figure(what, count as f64 / elapsed.as_secs_f64().max(1e-9), "/s")
}

fn per(bytes: u64, count: u32) -> f64 {
    bytes as f64 / f64::from(count.max(1))
}

pub(super) fn bureau_context() -> Result<OpContext, CommandError> {
    node::context_of("XA", "bench", "exercise", "bench")
}

fn key(kind: u8, number: u64) -> IdempotencyKey {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    bytes.copy_from_slice(&digest[..16]);
    IdempotencyKey::from_random(bytes)
}

fn document(number: u64) -> Option<TravelDocument> {
    let (_, sample) = exercise::documents(node::now().day()).into_iter().next()?;
    Some(TravelDocument {
        number: DocumentNumber::new(&format!("XA{number:010}")).ok()?,
        fraud_type: FraudType::Stolen,
        ..sample.statement
    })
}

/// Names to look for (present ones), numbers that are present, numbers that are not.
fn queries(args: &BenchArgs) -> (Vec<String>, Vec<String>, Vec<String>) {
    let names = (0..1_000).map(|i| synthetic_name(u64::from(i * 7 % args.persons.max(1)))).collect();
    let hits = (0..1_000).map(|i| format!("XA{:010}", i * 13 % args.documents.max(1))).collect();
    let misses = (0..10_000).map(|i| format!("XA9{i:09}")).collect();
    (names, hits, misses)
}

/// A list in the UN's format with names out of a vocabulary that grows with the list (Heaps' law, exponent 0.6).
fn synthetic_list(persons: std::ops::Range<u32>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CONSOLIDATED_LIST dateGenerated=\"2026-02-27T00:00:00Z\"><INDIVIDUALS>\n",
    );
    for i in persons {
        let name = synthetic_name(u64::from(i));
        let (first, second) = name.split_once(' ').unwrap_or((&name, ""));
        // Writing into a String can't fail.
        let _ = writeln!(
            xml,
            "<INDIVIDUAL><DATAID>{}</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>{first}</FIRST_NAME>\
             <SECOND_NAME>{second}</SECOND_NAME><UN_LIST_TYPE>Bench</UN_LIST_TYPE>\
             <REFERENCE_NUMBER>XBi.{i:06}</REFERENCE_NUMBER><LISTED_ON>2020-01-01</LISTED_ON>\
             <INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>{}</YEAR></INDIVIDUAL_DATE_OF_BIRTH>\
             </INDIVIDUAL>",
            1_000_000 + i,
            1940 + i % 60,
        );
    }
    xml.push_str("</INDIVIDUALS><ENTITIES></ENTITIES></CONSOLIDATED_LIST>\n");
    xml
}

/// Two or three words for the person of a number; words of low numbers are common, new ones keep coming.
pub(super) fn synthetic_name(number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let vocabulary = 200.0 + 40.0 * ((number + 1) as f64).powf(0.6);
    let words = 2 + next() % 2;
    let mut name = String::new();
    for _ in 0..words {
        // Squaring a uniform draw makes low numbers common, as in real lists of names.
        let share = (next() >> 11) as f64 / (1u64 << 53) as f64;
        if !name.is_empty() {
            name.push(' ');
        }
        push_word(&mut name, (share * share * vocabulary) as u64);
    }
    name
}

pub(super) fn push_word(name: &mut String, number: u64) {
    const ONSETS: [&str; 16] =
        ["k", "m", "s", "r", "d", "b", "sh", "h", "t", "n", "z", "f", "gh", "y", "al", "v"];
    const RIMES: [&str; 12] = ["a", "i", "u", "an", "im", "ar", "ov", "ul", "een", "o", "ad", "ir"];
    let mut left = number.wrapping_mul(2_654_435_761) % 1_000_003 + 7;
    for _ in 0..2 + number % 3 {
        name.push_str(ONSETS[(left % 16) as usize]);
        name.push_str(RIMES[(left / 16 % 12) as usize]);
        left = left / 192 + 11 * (left % 97);
    }
}

pub(super) fn disk_bytes(directory: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => disk_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Resident memory as Linux tells it; 0 elsewhere.
fn resident_bytes() -> f64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0.0 };
    let kib = status
        .lines()
        .find_map(|text| text.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1024.0
}
