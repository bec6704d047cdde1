//! Screening: rows of a list, each searched for as by a search of its own, within one act.
//!
//! The act of screening has its two lines in the journal (which list, which rows of it, how many), and every row has the
//! same two lines that a single search has, with the act of screening named in it. So *was this person searched for?* is
//! answered by the same lines, whoever asks it and however the search was made.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use barid_domain::audit::Operation;
use barid_domain::ids::{ActId, EntryHash};
use barid_domain::policy::GrantName;
use barid_domain::screening::{ROWS_CAP, ScreeningRow};
use barid_names::thresholds;

use crate::App;
use crate::answers::{Candidate, HitNoHit, Query};
use crate::context::OpContext;
use crate::error::AppError;
use crate::searching::Manner;

/// How many rows of one act are on their way at a time: some wait for the disk while others compute.
const ROWS_AT_ONCE: usize = 8;

/// Is what is screened in one act: rows that follow on each other in a list.
#[derive(Clone, Debug, Default)]
pub struct Screening {
    /// The list, as its SHA-256 in hexadecimal, where the caller names it.
    pub list: Option<String>,
    /// Which row of the list the first one is, from 1.
    pub first_row: u64,
    /// The rows; `None` stands in the place of one that could not be read and is not searched for.
    pub rows: Vec<Option<ScreeningRow>>,
    /// The least score of a candidate that is answered, 0 to 1; the alert threshold when absent.
    pub least_score: Option<f32>,
    /// The most candidates of a row, 1 to 50; 10 when absent.
    pub limit: Option<u32>,
}

/// Is the answer to a screening.
#[derive(Clone, Debug)]
pub struct ScreeningAnswer {
    /// The act.
    pub act: ActId,
    /// The hash of the act's line in the journal.
    pub access: EntryHash,
    /// The threshold above which a name candidate is an alert.
    pub alert_threshold: f32,
    /// The least score of the candidates that are answered.
    pub least_score: f32,
    /// As many as there were rows, in their order; `None` for those that could not be read.
    pub rows: Vec<Option<ScreenedRow>>,
    /// Grants whose daily cap has no room for all of the rows: what these show was not looked for.
    pub caps_reached: Vec<GrantName>,
}

/// Is what was found for one row.
#[derive(Clone, Debug)]
pub struct ScreenedRow {
    /// The hash of the row's own line in the journal, by which the access can be proved later.
    pub access: EntryHash,
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// Where there are records of which no more may be told than that.
    pub hits: Vec<HitNoHit>,
}

impl App {
    /// Searches what the caller may see for every row of a part of a list.
    ///
    /// # Errors
    /// [`AppError::Query`] for no rows, too many, or one with nothing to look for, before anything is journalled;
    /// otherwise what a search fails with. Rows that were searched for before a failure keep their lines.
    pub async fn screen(&self, ctx: &OpContext, screening: &Screening) -> Result<ScreeningAnswer, AppError> {
        self.check(screening)?;
        self.must_stand()?;
        let act = self.begin(ctx, Operation::ScreenList, Some(asked(screening)), None).await?;
        // Decided for each row again: this is the refusal of the whole, once and not two hundred times. Rows are counted
        // together: a list is not cut off by a daily cap in its middle.
        let searches = screening.rows.iter().flatten().count();
        let counted = match self.screening_scope(ctx, u32::try_from(searches).unwrap_or(u32::MAX)).await {
            Ok(counted) => counted,
            Err(refusal) => {
                if refusal.is_refusal() {
                    self.refuse(ctx, act, &refusal).await?;
                }
                return Err(refusal);
            }
        };
        act.decided_with(&counted.scope);
        let caps_reached: Arc<[GrantName]> = counted.caps_reached.into();
        let least_score = screening.least_score.unwrap_or(thresholds::BORDER_DESK).clamp(0.0, 1.0);
        let rows = self.screen_rows(ctx, screening, act.id(), least_score, &caps_reached).await?;
        let (id, access) = (act.id(), act.line());
        // The records shown are in the lines of the rows.
        self.end(ctx, act, Vec::new()).await?;
        Ok(ScreeningAnswer {
            act: id,
            access,
            alert_threshold: thresholds::BORDER_DESK,
            least_score,
            rows,
            caps_reached: caps_reached.to_vec(),
        })
    }

    /// What can't be searched for is found before the first row is.
    fn check(&self, screening: &Screening) -> Result<(), AppError> {
        if screening.rows.is_empty() {
            return Err(AppError::Query("no rows"));
        }
        if screening.rows.len() > ROWS_CAP {
            return Err(AppError::Query("too many rows"));
        }
        let mut rows = screening.rows.iter().flatten();
        rows.try_for_each(|row| self.understand(&query_of(row, screening.limit)).map(drop))
    }

    async fn screen_rows(
        &self,
        ctx: &OpContext,
        screening: &Screening,
        act: ActId,
        least_score: f32,
        caps_reached: &Arc<[GrantName]>,
    ) -> Result<Vec<Option<ScreenedRow>>, AppError> {
        let next = AtomicUsize::new(0);
        let answers: Mutex<Vec<Option<ScreenedRow>>> = Mutex::new(vec![None; screening.rows.len()]);
        let lane = || async {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(row) = screening.rows.get(at) else { return Ok(()) };
                let Some(row) = row else { continue };
                let number = screening.first_row.saturating_add(at as u64);
                let caps_reached = caps_reached.clone();
                let manner = Manner::Row { screening: act, number, least_score, caps_reached };
                let answer = self.search_in(ctx, &query_of(row, screening.limit), &manner).await?;
                let screened =
                    ScreenedRow { access: answer.access, candidates: answer.candidates, hits: answer.hits };
                answers.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(screened);
            }
        };
        all_done((0..ROWS_AT_ONCE).map(|_| lane()).collect()).await?;
        Ok(answers.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

fn query_of(row: &ScreeningRow, limit: Option<u32>) -> Query {
    Query {
        text: None,
        name: row.name.clone(),
        document_number: row.document_number.clone(),
        issuing_country: row.issuing_country,
        birth: row.birth.map(|birth| birth.to_string()),
        birth_place: None,
        nationality: row.nationality,
        sex: row.sex,
        limit,
    }
}

/// What goes into the line of the whole act; what is asked of each row stands in the row's own.
fn asked(screening: &Screening) -> String {
    let list = screening.list.iter().map(|list| format!("list={list}\n")).collect::<String>();
    let unreadable = screening.rows.iter().filter(|row| row.is_none()).count();
    let (first, rows) = (screening.first_row, screening.rows.len());
    format!("{list}first_row={first}\nrows={rows}\nunreadable={unreadable}\n")
}

/// Waits for all of some futures at once, without a runtime; the first failure ends the others where they stand.
async fn all_done<F: Future<Output = Result<(), AppError>>>(futures: Vec<F>) -> Result<(), AppError> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    poll_fn(|context| {
        let mut at = 0;
        while let Some(future) = running.get_mut(at) {
            match future.as_mut().poll(context) {
                Poll::Ready(Ok(())) => drop(running.swap_remove(at)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => at += 1,
            }
        }
        if running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}
