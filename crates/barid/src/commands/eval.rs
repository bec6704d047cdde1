//! `barid eval names` and `text`: search quality on labelled cases, through the function that the server's handler calls.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use barid_app::Gallery;
use barid_domain::agreements::AgreementsInForce;
use barid_domain::audit::Actor;
use barid_domain::codes::{Classification, Database, Handling, OrganisationKind, Purpose};
use barid_domain::contents::{EntryType, encode};
use barid_domain::countries::CountryCode;
use barid_domain::entries::{Claims, seal};
use barid_domain::ids::OrganisationCode;
use barid_domain::keys::{Ed25519Signer, Signer};
use barid_domain::officers::OfficerRights;
use barid_domain::policy::{self, Circumstances, SearchScope, VisibilityClass};
use barid_domain::registry::{Founder, Genesis, Profile, Registry};
use barid_domain::restrictions::{Audience, DatabaseAudiences};
use barid_domain::text::LocalText;
use barid_languages::Text;
use clap::{Args, Subcommand};

use super::{CommandError, Outcome};
use crate::terminal::{Form, json, say};

/// Measures search quality.
#[derive(Args, Debug)]
pub struct EvalArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Ranks a gallery of names for each query.
    Names {
        /// Tab-separated rows: id, name, language, date of birth, country, kind (person or organisation); the last four may be empty.
        #[arg(long, value_name = "FILE")]
        gallery: PathBuf,
        /// A JSON object a line: `{"qid": ..., "q": "TYPED"}`.
        #[arg(long, value_name = "FILE")]
        queries: PathBuf,
        /// Where to write a line per query: `{"qid": ..., "r": [[ID, SCORE], ...]}`.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The most candidates of a query.
        #[arg(long, value_name = "N", default_value_t = 10)]
        top: usize,
        /// How many threads share the queries.
        #[arg(long, value_name = "N", default_value_t = 1)]
        threads: usize,
    },
    /// Finds the people of a gallery in a text of any script.
    Text(super::eval_text::TextArgs),
}

/// The longest query line, in bytes.
const QUERY_BYTES_CAP: u64 = 64 * 1024;

#[derive(serde::Deserialize)]
struct EvalQuery {
    qid: serde_json::Value,
    q: String,
}

pub fn run(args: EvalArgs, form: Form) -> Outcome {
    let (gallery, queries, out, top, threads) = match args.what {
        What::Names { gallery, queries, out, top, threads } => (gallery, queries, out, top, threads),
        What::Text(args) => return super::eval_text::run(&args, form),
    };
    let (scope, class) = exercise_scope().ok_or_else(|| CommandError::Failed("no scope".to_owned()))?;
    let started = Instant::now();
    let index = read_gallery(&gallery, class)?;
    let build_seconds = started.elapsed().as_secs_f64();
    let queries = read_queries(&queries)?;
    let started = Instant::now();
    let answers = answer_all(&index, &scope, &queries, top, threads.clamp(1, 64));
    let seconds = started.elapsed().as_secs_f64();
    write_answers(&out, &queries, &answers)?;
    let rate = queries.len() as f64 / seconds.max(1e-9);
    match form {
        Form::Json => json(&serde_json::json!({
            "names": index.len(), "build_seconds": build_seconds, "queries": queries.len(), "query_seconds": seconds,
            "queries_per_second": rate, "index_bytes": index.memory_bytes(),
        })),
        Form::Text => say(Text::EvalDone {
            names: index.len() as u64,
            build: &format!("{build_seconds:.1}"),
            queries: queries.len() as u64,
            seconds: &format!("{seconds:.1}"),
            rate: &format!("{rate:.0}"),
            size: &format!("{:.1}", index.memory_bytes() as f64 / 1_048_576.0),
        }),
    }
    Ok(ExitCode::SUCCESS)
}

fn read_gallery(path: &Path, class: VisibilityClass) -> Result<Gallery, CommandError> {
    let mut gallery = Gallery::new(class);
    let mut refused = 0;
    for row in open(path)?.split(b'\n') {
        let row = row.map_err(|cause| unreadable(path, cause))?;
        let row = String::from_utf8_lossy(&row);
        if !row.trim().is_empty() && gallery.add_row(&row).is_err() {
            refused += 1;
        }
    }
    if refused > 0 {
        say(Text::EvalRefused { count: refused });
    }
    gallery.settle();
    Ok(gallery)
}

fn read_queries(path: &Path) -> Result<Vec<EvalQuery>, CommandError> {
    let mut queries = Vec::new();
    let mut reader = open(path)?;
    loop {
        let mut text = String::new();
        let read = reader.by_ref().take(QUERY_BYTES_CAP).read_line(&mut text);
        if read.map_err(|cause| unreadable(path, cause))? == 0 {
            return Ok(queries);
        }
        if !text.trim().is_empty() {
            let at = queries.len() + 1;
            let query = serde_json::from_str(&text)
                .map_err(|error| CommandError::Failed(format!("query {at} is malformed: {error}")))?;
            queries.push(query);
        }
    }
}

type Ranked = Vec<(String, f32)>;

fn answer_all(
    gallery: &Gallery,
    scope: &SearchScope,
    queries: &[EvalQuery],
    top: usize,
    threads: usize,
) -> Vec<Ranked> {
    let share = queries.len().div_ceil(threads).max(1);
    std::thread::scope(|spawner| {
        let workers: Vec<_> = queries
            .chunks(share)
            .map(|part| {
                spawner.spawn(move || {
                    let mut runner = gallery.runner();
                    part.iter().map(|query| runner.run(scope, &query.q, top)).collect::<Vec<Ranked>>()
                })
            })
            .collect();
        // A worker that panicked has a bug: there is no answer to go on with.
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

fn write_answers(path: &Path, queries: &[EvalQuery], answers: &[Ranked]) -> Result<(), CommandError> {
    let fail = |cause| CommandError::File { what: format!("can not write {}", path.display()), cause };
    let mut out = BufWriter::new(std::fs::File::create(path).map_err(fail)?);
    for (query, ranked) in queries.iter().zip(answers) {
        let answer = serde_json::json!({ "qid": query.qid, "r": ranked });
        writeln!(out, "{answer}").map_err(fail)?;
    }
    out.flush().map_err(fail)
}

pub(super) fn open(path: &Path) -> Result<BufReader<std::fs::File>, CommandError> {
    std::fs::File::open(path).map(BufReader::new).map_err(|cause| unreadable(path, cause))
}

pub(super) fn unreadable(path: &Path, cause: std::io::Error) -> CommandError {
    CommandError::File { what: format!("can not read {}", path.display()), cause }
}

/// Makes a real scope: an association of one exercise bureau, founded in memory, and the policy's own decision.
pub(crate) fn exercise_scope() -> Option<(SearchScope, VisibilityClass)> {
    let organisation = OrganisationCode::new("XA").ok()?;
    let signer = Ed25519Signer::from_secret(&[9; 32]);
    let names = vec![LocalText::new("en", "Exercise bureau", 100).ok()?];
    let profile = Profile {
        code: organisation,
        kind: OrganisationKind::Bureau,
        country: CountryCode::new("XA").ok(),
        names: names.clone(),
        hosted_by: None,
    };
    let founders = vec![Founder { profile, key: signer.public_key() }];
    let genesis = Genesis { salt: [1; 32], names, threshold: 1, founders };
    let claims = Claims {
        entry_type: EntryType::Genesis,
        issuer: organisation,
        subject: "association".to_owned(),
        issued_at: 0,
    };
    let bytes = seal(&claims, encode(&genesis), &[&signer]).ok()?;
    let (registry, _) = Registry::found(&bytes, None).ok()?;
    let actor = Actor::new(organisation, "measuring")?;
    let standing = Circumstances {
        registry: &registry,
        agreements: &AgreementsInForce::default(),
        audiences: &DatabaseAudiences::default(),
        officer: &OfficerRights::all(),
    };
    let scope = policy::scope(standing, &actor, &[Database::Persons], Purpose::Exercise).ok()?;
    let class = VisibilityClass {
        database: Database::Persons,
        owner: organisation,
        purpose: Purpose::Exercise,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        exercise: true,
        audience: Audience::EVERYBODY,
    };
    Some((scope, class))
}
