//! `barid screen`: a list of people screened against a running server.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use barid_app::Reference;
use barid_domain::codes::{CodeList, Purpose};
use barid_formats::screening_csv::{ListLimits, ListReadError, ListRow, OtherColumns, ScreeningListReader};
use barid_languages::Text;
use clap::Args;
use sha2::{Digest, Sha256};

use super::{CommandError, Outcome, purposes};
use crate::screening::json_lines::{JsonLinesReader, is_json_lines};
use crate::screening::output::{Counts, Output, OutputForm, Settings};
use crate::screening::server::{Server, read_token};
use crate::screening::{DoneRow, Screening, screen_rows};
use crate::terminal::{Form, json, progress_done, say, say_progress, warn};

/// How often progress is shown.
const SHOWING: Duration = Duration::from_millis(500);

/// Screens a list of people: every row is searched for, journalled and answered as a search of its own. Candidates above
/// the alert threshold are written with their reasons; a row that can't be read is written with its code.
///
/// A run that was interrupted, even killed, goes on where it was when the same command is given again.
///
/// Ends with 0 when every row was screened, with 1 when some could not be read, with 3 when it broke off.
#[derive(Args, Debug)]
#[command(
    after_help = "The token is read from --token-file or from the environment variable BARID_TOKEN.\n\nExample:\n  barid screen --list accreditations.csv --out candidates.csv --token-file desk.token --purpose border-control --reference 'games 2026'"
)]
pub struct ScreenArgs {
    /// The list: a table (CSV) or lines of JSON with the same names; the columns are in docs/formats/screening-list-csv.md.
    #[arg(long, value_name = "FILE")]
    list: PathBuf,
    /// Where to write candidates and unreadable rows; FILE.state beside it says how far the run has come.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How to write them.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = OutputForm::Csv)]
    form: OutputForm,
    /// The server, on this machine or at the end of a tunnel.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8640", env = "BARID_SERVER")]
    server: String,
    /// A file with the token of the officer or service that screens.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Why, as a code.
    #[arg(long, value_name = "PURPOSE", value_parser = purposes())]
    purpose: String,
    /// The event or case.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// The least score of a candidate, 0 to 1; without it, the alert threshold.
    #[arg(long, value_name = "SCORE", value_parser = read_score)]
    least_score: Option<f64>,
    /// The most candidates of a row, 1 to 50; 10 without it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    limit: Option<u32>,
    /// Leave out columns with names that are not known, instead of refusing the list.
    #[arg(long)]
    ignore_other_columns: bool,
    /// How many parts of 200 rows are on their way at a time: 1 to 8.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    at_once: u8,
    /// For how many seconds a server that is busy or away is asked again.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    patience: u64,
}

pub fn run(args: ScreenArgs, form: Form) -> Outcome {
    let server = Server::new(
        &args.server,
        &read_token(args.token_file.as_deref())?,
        Duration::from_secs(args.patience),
    )?;
    let screening = screening(&args)?;
    let (hash, rows) = read_through(&args.list)?;
    let settings = Settings {
        list: hash.clone(),
        purpose: args.purpose.clone(),
        reference: screening.reference.clone(),
        least_score: args.least_score,
        limit: args.limit,
        form: args.form,
    };
    let mut output = Output::open(&args.out, settings)?;
    let before = output.counts().rows;
    if before > 0 && form == Form::Text {
        say(Text::ScreenGoesOn { rows: before });
    }
    let screening = Screening { list: Some(hash.clone()), ..screening };
    let begun = Instant::now();
    let done = screen(&args, &server, &screening, &mut output, Shown { begun, last: begun, before, rows });
    progress_done();
    if let Err(error) = done {
        output.save()?;
        warn(Text::ScreenBrokenOff { rows: output.counts().rows });
        return Err(error);
    }
    let counts = output.finish()?;
    report(counts, counts.rows - before, begun.elapsed(), form);
    Ok(if counts.unreadable == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn screen(
    args: &ScreenArgs,
    server: &Server,
    screening: &Screening,
    output: &mut Output,
    mut shown: Shown,
) -> Result<(), CommandError> {
    let other = if args.ignore_other_columns { OtherColumns::LeftOut } else { OtherColumns::Refused };
    let file = File::open(&args.list).map_err(|cause| unreadable(&args.list, cause))?;
    let mut hashed = Hashed { file, hash: Sha256::new() };
    let done_before = usize::try_from(output.counts().rows).unwrap_or(usize::MAX);
    let mut source = BufReader::new(&mut hashed);
    let is_json = is_json_lines(source.fill_buf().map_err(|cause| unreadable(&args.list, cause))?);
    let limits = ListLimits::default();
    let reader: Box<dyn Iterator<Item = Result<ListRow, ListReadError>> + '_> = match is_json {
        true => Box::new(JsonLinesReader::new(source, other, limits)),
        false => Box::new(ScreeningListReader::new(source, other, limits)),
    };
    // An error among the rows that are passed over would be passed over too: the list was read to there before.
    let rows = reader.skip(done_before);
    screen_rows(server, screening, usize::from(args.at_once), rows, |rows: Vec<DoneRow>| {
        output.write(&rows)?;
        shown.show(output.counts());
        Ok(())
    })?;
    let read = barid_app::proofs::hex(&hashed.hash.finalize());
    if screening.list.as_deref() != Some(read.as_str()) {
        return Err(CommandError::Failed("[list-changed] the list was changed while it was read".to_owned()));
    }
    Ok(())
}

/// Shows how far a run has come.
struct Shown {
    begun: Instant,
    last: Instant,
    /// Rows that earlier runs did.
    before: u64,
    /// Rows of the list, roughly.
    rows: u64,
}

impl Shown {
    fn show(&mut self, counts: Counts) {
        if self.last.elapsed() < SHOWING {
            return;
        }
        self.last = Instant::now();
        let rate = (counts.rows - self.before) as f64 / self.begun.elapsed().as_secs_f64().max(1e-9);
        let left = self.rows.saturating_sub(counts.rows) as f64 / rate.max(1e-9);
        say_progress(Text::ScreenProgress {
            rows: counts.rows,
            of: self.rows,
            rate: &format!("{rate:.0}"),
            left: &clock(left as u64),
        });
    }
}

fn clock(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn report(counts: Counts, now: u64, took: Duration, form: Form) {
    let seconds = took.as_secs_f64();
    let rate = now as f64 / seconds.max(1e-9);
    match form {
        Form::Json => json(&serde_json::json!({
            "rows": counts.rows, "rows_with_candidates": counts.with_candidates, "candidates": counts.candidates,
            "unreadable": counts.unreadable, "rows_of_this_run": now, "seconds": seconds, "rows_per_second": rate,
        })),
        Form::Text => say(Text::ScreenCounts {
            rows: counts.rows,
            found: counts.with_candidates,
            unreadable: counts.unreadable,
            rate: &format!("{rate:.0}"),
        }),
    }
}

fn screening(args: &ScreenArgs) -> Result<Screening, CommandError> {
    let purpose =
        Purpose::from_name(&args.purpose).ok_or_else(|| CommandError::Usage("not a purpose".to_owned()))?;
    let reference = Reference::new(&args.reference)
        .map_err(|error| CommandError::Usage(format!("the reference is not usable: {error}")))?;
    let reference = reference.as_str().to_owned();
    Ok(Screening { purpose, reference, list: None, least_score: args.least_score, limit: args.limit })
}

fn read_score(text: &str) -> Result<f64, String> {
    let score = text.parse().ok().filter(|score| (0.0..=1.0).contains(score));
    score.ok_or_else(|| "between 0 and 1".to_owned())
}

/// Reads the list once through: its SHA-256, and how many rows it has about.
fn read_through(path: &Path) -> Result<(String, u64), CommandError> {
    let mut file = File::open(path).map_err(|cause| unreadable(path, cause))?;
    let (mut hash, mut lines, mut last) = (Sha256::new(), 0u64, b'\n');
    let mut buffer = vec![0u8; 256 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(|cause| unreadable(path, cause))?;
        if read == 0 {
            let rows = (lines + u64::from(last != b'\n')).saturating_sub(1);
            return Ok((barid_app::proofs::hex(&hash.finalize()), rows));
        }
        hash.update(&buffer[..read]);
        lines += buffer[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
        last = buffer[read - 1];
    }
}

/// Hashes what is read: the list is the one that was read through before, or it was changed meanwhile.
struct Hashed {
    file: File,
    hash: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

fn unreadable(path: &Path, cause: std::io::Error) -> CommandError {
    CommandError::File { what: format!("can not read {}", path.display()), cause }
}
