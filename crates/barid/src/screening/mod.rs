//! Screening a list over HTTP: rows read one by one, several parts on their way at a time, answers in the order of the
//! list. What is in memory at a time are those parts, however long the list is.

pub mod json_lines;
pub mod output;
pub mod server;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

use barid_api::screening::{ScreeningRequest, ScreeningRowOffered};
use barid_api::search::CandidateShown;
use barid_api::texts::{CaseReference, ListHashText};
use barid_domain::codes::Purpose;
use barid_domain::screening::{ROWS_CAP, ScreeningRow};
use barid_formats::screening_csv::{ListReadError, ListRow};

use crate::commands::CommandError;
use server::Server;

/// Is what is asked for with every part of a list.
#[derive(Clone)]
pub struct Screening {
    /// Why.
    pub purpose: Purpose,
    /// The case or event.
    pub reference: String,
    /// The list, by the SHA-256 of its file in hexadecimal.
    pub list: Option<String>,
    /// The least score of a candidate; the alert threshold when absent.
    pub least_score: Option<f64>,
    /// The most candidates of a row.
    pub limit: Option<u32>,
}

/// Is a row that is done with.
pub struct DoneRow {
    /// Which row it is, from 1.
    pub number: u64,
    /// The line it begins on.
    pub line: u64,
    /// The list's own reference.
    pub reference: String,
    /// Whom it names; `None` where it could not be read.
    pub asked: Option<ScreeningRow>,
    /// Its line in the journal; `None` where it was not looked for.
    pub access: Option<String>,
    /// Why it could not be read: column and code.
    pub faults: Vec<(String, String)>,
    /// The candidates, best first.
    pub candidates: Vec<CandidateShown>,
}

/// Is rows that follow on each other.
type Part = Vec<ListRow>;

/// Screens rows, `at_once` parts of them at a time, and hands them to `sink` in their order.
///
/// # Errors
/// Those of the server, the list or the sink: what came before in the list was handed over, nothing behind it.
pub fn screen_rows(
    server: &Server,
    screening: &Screening,
    at_once: usize,
    mut rows: impl Iterator<Item = Result<ListRow, ListReadError>>,
    mut sink: impl FnMut(Vec<DoneRow>) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let window = 2 * at_once.max(1) as u64;
    let is_over = AtomicBool::new(false);
    let (to_callers, parts) = mpsc::channel::<(u64, Part)>();
    let parts = Mutex::new(parts);
    let (to_writer, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..at_once.max(1) {
            let (to_writer, parts, is_over) = (to_writer.clone(), &parts, &is_over);
            scope.spawn(move || call_for_parts(server, screening, parts, &to_writer, is_over));
        }
        drop(to_writer);
        let done = (|| {
            let (mut sent, mut written) = (0, 0);
            let mut waiting = BTreeMap::new();
            let mut broken = None;
            let mut is_read = false;
            loop {
                while !is_read && sent - written < window {
                    let part = next_part(&mut rows, &mut broken);
                    is_read = part.len() < ROWS_CAP;
                    if !part.is_empty() {
                        let gone = |_| CommandError::Failed("the callers are gone".to_owned());
                        to_callers.send((sent, part)).map_err(gone)?;
                        sent += 1;
                    }
                }
                if sent == written {
                    let unreadable = |error: ListReadError| {
                        CommandError::Failed(format!("[{}] the list: {error}", error.kind.code()))
                    };
                    return broken.map_or(Ok(()), |error| Err(unreadable(error)));
                }
                let gone = |_| CommandError::Failed("a caller failed".to_owned());
                let (number, answer) = answers.recv().map_err(gone)?;
                waiting.insert(number, answer);
                while let Some(answer) = waiting.remove(&written) {
                    sink(answer?)?;
                    written += 1;
                }
            }
        })();
        is_over.store(true, Ordering::Relaxed);
        drop(to_callers);
        done
    })
}

/// The next rows; fewer than a whole part only at the end, or where the list breaks.
fn next_part(
    rows: &mut impl Iterator<Item = Result<ListRow, ListReadError>>,
    broken: &mut Option<ListReadError>,
) -> Part {
    let mut part = Vec::new();
    while part.len() < ROWS_CAP {
        match rows.next() {
            Some(Ok(row)) => part.push(row),
            Some(Err(error)) => {
                *broken = Some(error);
                break;
            }
            None => break,
        }
    }
    part
}

/// Has part after part answered, until there are no more or all is over.
fn call_for_parts(
    server: &Server,
    screening: &Screening,
    parts: &Mutex<mpsc::Receiver<(u64, Part)>>,
    to_writer: &mpsc::Sender<(u64, Result<Vec<DoneRow>, CommandError>)>,
    is_over: &AtomicBool,
) {
    let agent = server.agent();
    loop {
        let next = parts.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, part)) = next else { return };
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let request = request_of(screening, &part);
        let answer = server.ask(&agent, &server.client().screen(&request), is_over);
        let done = answer.and_then(|answer| {
            if answer.rows.len() != part.len() {
                return Err(CommandError::Failed("the server answered other rows".to_owned()));
            }
            Ok(part.into_iter().zip(answer.rows).map(|(row, shown)| done_row(row, shown)).collect())
        });
        if to_writer.send((number, done)).is_err() {
            return;
        }
    }
}

/// A row that can't be read is sent empty: so the server counts it, and the numbers of the others stay.
fn request_of(screening: &Screening, part: &Part) -> ScreeningRequest {
    let offered = |row: &ListRow| match &row.row {
        Ok(row) => ScreeningRowOffered::from(row),
        Err(_) => ScreeningRowOffered::default(),
    };
    ScreeningRequest {
        purpose: screening.purpose.into(),
        reference: CaseReference(screening.reference.clone()),
        list: screening.list.clone().map(ListHashText),
        first_row: part.first().and_then(|row| u32::try_from(row.number).ok()),
        rows: part.iter().map(offered).collect(),
        least_score: screening.least_score,
        limit: screening.limit,
    }
}

fn done_row(row: ListRow, shown: barid_api::screening::ScreenedRowShown) -> DoneRow {
    let faults = match &row.row {
        Ok(_) => shown.faults.into_iter().map(|fault| (fault.place, fault.code)).collect(),
        Err(faults) => {
            faults.iter().map(|(column, code)| ((*column).to_owned(), code.as_str().to_owned())).collect()
        }
    };
    DoneRow {
        number: row.number,
        line: row.place.line,
        reference: row.reference,
        asked: row.row.ok(),
        access: shown.access.map(|access| access.0),
        faults,
        candidates: shown.candidates,
    }
}
