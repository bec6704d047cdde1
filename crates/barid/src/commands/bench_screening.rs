//! `barid bench`: a list screened through the way that `barid screen` takes, alone and beside somebody who searches.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use barid_api::screening::ScreeningRowOffered;
use barid_app::App;
use barid_domain::codes::Purpose;
use barid_domain::countries::CountryCode;
use barid_domain::screening::ScreeningRow;
use barid_formats::report::Place;
use barid_formats::screening_csv::{ListReadError, ListRow};

use super::CommandError;
use super::bench::{
    BenchArgs, Figure, Served, ask_until, disk_bytes, figure, push_times, push_word, rate, synthetic_name,
};
use crate::screening::server::Server;
use crate::screening::{Screening, screen_rows};

/// How many parts are on their way at a time: what `barid screen` does unless told otherwise.
const AT_ONCE: usize = 4;
/// One row in so many names somebody who is there.
const KNOWN_EVERY: u32 = 20;

pub async fn measure(
    app: &Arc<App>,
    args: &BenchArgs,
    directory: &Path,
    figures: &mut Vec<Figure>,
) -> Result<(), CommandError> {
    if args.screening_rows == 0 {
        return Ok(());
    }
    let served = Served::start(app).await?;
    let before = disk_bytes(directory);
    let (screened, took, found) = in_background(&served, args, screen).await?;
    figures.push(rate("rows screened over HTTP, journalled", screened, took));
    let disk = disk_bytes(directory).saturating_sub(before) as f64;
    figures.push(figure("  rows with an alert", found as f64, "rows"));
    figures.push(figure(
        "  disk per row, not folded into the ledger yet",
        disk / screened.max(1) as f64,
        "bytes",
    ));
    let (mut alone, took) = in_background(&served, args, search_alone).await?;
    push_times("name searches by one caller, over HTTP", &mut alone, took, figures);
    let beside = in_background(&served, args, search_beside).await?;
    let mut times = beside.times;
    push_times("the same while a list is screened", &mut times, beside.took, figures);
    figures.push(rate("rows screened meanwhile", beside.rows, beside.screening_took));
    let (streamed, took) =
        in_background(&served, args, |asking| stream_list(&asking, asking.rows, || true)).await?;
    figures.push(rate("rows screened in one stream", streamed, took));
    let beside = in_background(&served, args, search_beside_a_stream).await?;
    let mut times = beside.times;
    push_times("searches while a stream is screened", &mut times, beside.took, figures);
    figures.push(rate("rows streamed meanwhile", beside.rows, beside.screening_took));
    served.stop().await;
    Ok(())
}

/// Runs what waits for the server on a thread of its own.
async fn in_background<T: Send + 'static>(
    served: &Served,
    args: &BenchArgs,
    work: impl FnOnce(Asking) -> Result<T, CommandError> + Send + 'static,
) -> Result<T, CommandError> {
    let asking = Asking {
        url: served.url.clone(),
        token: served.token.clone(),
        persons: args.persons,
        rows: args.screening_rows,
        time: Duration::from_secs(args.seconds),
    };
    let done = tokio::task::spawn_blocking(move || work(asking)).await;
    done.map_err(|_| CommandError::Failed("a caller failed".to_owned()))?
}

struct Asking {
    url: String,
    token: String,
    persons: u32,
    rows: u32,
    time: Duration,
}

impl Asking {
    fn searches(&self) -> Vec<String> {
        let name = |i: u32| synthetic_name(u64::from(i * 7 % self.persons.max(1)));
        let body = |query: String| {
            serde_json::json!({ "purpose": "exercise", "reference": "bench", "query": query }).to_string()
        };
        (0..1_000).map(|i| body(name(i))).collect()
    }

    fn search_while(&self, goes_on: impl Fn() -> bool) -> (Vec<Duration>, Duration) {
        let begun = Instant::now();
        let times =
            ask_until(&format!("{}/v1/search", self.url), &self.token, &self.searches(), (0, 1), goes_on);
        (times, begun.elapsed())
    }
}

/// How many rows were screened, in what time, and how many have an alert.
fn screen(asking: Asking) -> Result<(u64, Duration, u64), CommandError> {
    let begun = Instant::now();
    let (mut rows, mut found) = (0, 0);
    let list = (0..asking.rows).map(|number| row(number, asking.persons));
    screen_list(&asking, list, |with_candidates| {
        rows += 1;
        found += u64::from(with_candidates);
    })?;
    Ok((rows, begun.elapsed(), found))
}

fn search_alone(asking: Asking) -> Result<(Vec<Duration>, Duration), CommandError> {
    let until = Instant::now() + asking.time;
    Ok(asking.search_while(|| Instant::now() < until))
}

/// What a caller and a list did beside each other.
struct Beside {
    times: Vec<Duration>,
    took: Duration,
    rows: u64,
    /// To the end of the parts that were on their way when the caller stopped.
    screening_took: Duration,
}

/// Searches until the time is over, while a list without end is screened.
fn search_beside(asking: Asking) -> Result<Beside, CommandError> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let screening = scope.spawn(|| {
            let list = (0..u32::MAX).take_while(|_| !is_over.load(Ordering::Relaxed));
            let mut rows = 0;
            screen_list(&asking, list.map(|number| row(number, asking.persons)), |_| rows += 1)?;
            Ok::<u64, CommandError>(rows)
        });
        let until = begun + asking.time;
        let (times, took) = asking.search_while(|| Instant::now() < until);
        is_over.store(true, Ordering::Relaxed);
        let rows = screening.join().map_err(|_| CommandError::Failed("a caller failed".to_owned()))??;
        Ok(Beside { times, took, rows, screening_took: begun.elapsed() })
    })
}

/// Searches until the time is over, while a stream without end is screened.
fn search_beside_a_stream(asking: Asking) -> Result<Beside, CommandError> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let streaming = scope.spawn(|| stream_list(&asking, u32::MAX, || !is_over.load(Ordering::Relaxed)));
        let until = begun + asking.time;
        let (times, took) = asking.search_while(|| Instant::now() < until);
        is_over.store(true, Ordering::Relaxed);
        let (rows, screening_took) =
            streaming.join().map_err(|_| CommandError::Failed("a caller failed".to_owned()))??;
        Ok(Beside { times, took, rows, screening_took })
    })
}

/// Sends rows as one stream and reads the answers meanwhile; how many were answered, and in what time.
fn stream_list(
    asking: &Asking,
    rows: u32,
    goes_on: impl Fn() -> bool + Send + Sync,
) -> Result<(u64, Duration), CommandError> {
    let fail = |cause| CommandError::File { what: "the stream broke".to_owned(), cause };
    let host = asking.url.trim_start_matches("http://");
    let begun = Instant::now();
    let mut answers = TcpStream::connect(host).map_err(fail)?;
    let mut sending = answers.try_clone().map_err(fail)?;
    let head = format!(
        "POST /v1/screenings/stream HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\
         content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        asking.token
    );
    std::thread::scope(|scope| {
        let sent = scope.spawn(move || {
            sending.write_all(head.as_bytes())?;
            send_chunk(&mut sending, "{\"purpose\": \"exercise\", \"reference\": \"bench\"}\n")?;
            let mut lines = String::new();
            for number in (0..rows).take_while(|_| goes_on()) {
                let row = row(number, asking.persons).ok().and_then(|row| row.row.ok());
                let offered = row.as_ref().map(ScreeningRowOffered::from);
                lines.push_str(&serde_json::to_string(&offered).unwrap_or_default());
                lines.push('\n');
                if lines.len() > 8 << 10 {
                    send_chunk(&mut sending, &std::mem::take(&mut lines))?;
                }
            }
            if !lines.is_empty() {
                send_chunk(&mut sending, &lines)?;
            }
            sending.write_all(b"0\r\n\r\n")
        });
        let answered = count_rows(&mut answers).map_err(fail)?;
        sent.join().map_err(|_| CommandError::Failed("the sender failed".to_owned()))?.map_err(fail)?;
        Ok((answered, begun.elapsed()))
    })
}

fn send_chunk(to: &mut impl Write, text: &str) -> std::io::Result<()> {
    write!(to, "{:x}\r\n{text}\r\n", text.len())
}

/// Counts the answers to rows up to the end of the connection; without a last line it did not end well.
fn count_rows(answers: &mut impl Read) -> std::io::Result<u64> {
    const ROW: &[u8] = b"{\"row\":{\"row\":";
    let (mut rows, mut has_end) = (0, false);
    let mut buffer = vec![0u8; 64 << 10];
    let mut kept = Vec::new();
    loop {
        let read = answers.read(&mut buffer)?;
        if read == 0 {
            return if has_end { Ok(rows) } else { Err(std::io::Error::other("no end")) };
        }
        kept.extend_from_slice(&buffer[..read]);
        rows += kept.windows(ROW.len()).filter(|window| *window == ROW).count() as u64;
        has_end |= kept.windows(7).any(|window| window == b"{\"end\":");
        // A sign that is cut in two by the buffer is met with the next one; no whole one is counted twice.
        let rest = kept.len().saturating_sub(ROW.len() - 1);
        kept.drain(..rest);
    }
}

fn screen_list(
    asking: &Asking,
    rows: impl Iterator<Item = Result<ListRow, ListReadError>>,
    mut done: impl FnMut(bool),
) -> Result<(), CommandError> {
    let server = Server::new(&asking.url, &asking.token, Duration::from_secs(30))?;
    let screening = Screening {
        purpose: Purpose::Exercise,
        reference: "bench".to_owned(),
        list: None,
        least_score: None,
        limit: None,
    };
    screen_rows(&server, &screening, AT_ONCE, rows, |rows| {
        rows.iter().for_each(|row| done(!row.candidates.is_empty()));
        Ok(())
    })
}

/// A row with a name, for half of them a year of birth and a nationality: mostly of people who are not there. Those have
/// one word that everybody has and one that hardly anybody has, as most people do.
fn row(number: u32, persons: u32) -> Result<ListRow, ListReadError> {
    let persons = u64::from(persons.max(1));
    let person = match number.is_multiple_of(KNOWN_EVERY) {
        true => u64::from(number) * 7 % persons,
        false => persons + u64::from(number),
    };
    let mut name = synthetic_name(person);
    if person >= persons {
        name.truncate(name.find(' ').unwrap_or(name.len()));
        name.push(' ');
        push_word(&mut name, 1_000_000 + person);
    }
    let narrowed = number.is_multiple_of(2);
    let row = ScreeningRow {
        name: Some(name),
        birth: (1940 + person % 60).to_string().parse().ok().filter(|_| narrowed),
        nationality: CountryCode::new("XAX").ok().filter(|_| narrowed),
        ..ScreeningRow::default()
    };
    let number = u64::from(number) + 1;
    Ok(ListRow {
        number,
        place: Place { byte_offset: 0, line: number + 1 },
        reference: String::new(),
        row: Ok(row),
    })
}
