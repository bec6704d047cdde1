//! Screening a stream: rows read as they are worked on, answers written as they are there.
//!
//! What is in memory at a time are a few parts of 200 rows, however long the list is: the body is read no further while the
//! caller does not read the answers. When the caller goes away, what was not begun is not searched for.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use barid_api::problems::{self, FaultShown, Problem};
use barid_api::screening::ScreeningRead;
use barid_api::screening_stream::{
    NDJSON, STREAM_ROWS_CAP, ScreeningStreamBegin, ScreeningStreamBody, ScreeningStreamLine, StreamEnd,
    StreamPart, StreamRow, read_row,
};
use barid_app::{ListHeader, OpContext, ReportCode, Screening};
use barid_domain::faults::FaultCode;
use barid_domain::screening::{ROWS_CAP, ScreeningRow};
use http_body::Frame;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::answers::{Refused, read_to_end};
use crate::bodies::{is_of_type, parse};
use crate::callers::{Caller, Token};
use crate::lines::{Broken, Line, Lines};
use crate::screening::{birth_checked, row_shown};
use crate::state::{Place, Shared};

/// How many parts of one stream are on their way at a time: one waits for the disk while another computes.
const PARTS_AT_ONCE: usize = 2;
/// How long rows wait for others to be screened with.
const GATHERING: Duration = Duration::from_millis(50);
/// How often a stream without rows looks whether the server stops.
const LOOKING: Duration = Duration::from_millis(500);

/// Screens a list of any length: lines of JSON in, lines of JSON out.
///
/// The first line says what for; each further one is a row, and is searched for, journalled and answered as in `screen`. An
/// answer begins with the first row and goes on while rows come; whoever sends must read meanwhile, else the server reads no
/// further. The line `end` says which row would come next; a stream that broke off without one goes on with the row behind
/// the last that was answered.
#[utoipa::path(post, path = "/v1/screenings/stream", tag = "search",
    request_body(content = ScreeningStreamBody, content_type = "application/x-ndjson"),
    responses((status = 200, description = "Lines: `part` ahead of the rows of an act, `row` for each of them in their order, `end` last.",
        body = ScreeningStreamLine, content_type = "application/x-ndjson")))]
pub(crate) async fn screen_stream(
    State(web): State<Shared>,
    token: Token,
    caller: Caller,
    request: Request,
) -> Result<Response, Refused> {
    if !is_of_type(&request, NDJSON) {
        return Err(problems::MEDIA_TYPE.into());
    }
    let place = web.streams.take(caller.actor().organisation).ok_or(problems::BUSY)?;
    let mut lines = Lines::new(request.into_body());
    let Some(Line::Whole(first)) = lines.next_within(web.options.body_time).await? else {
        return Err(problems::JSON_MALFORMED.into());
    };
    let begin: ScreeningStreamBegin = parse(&first)?;
    let read = read_to_end(|faults| begin.read(faults))?;
    let Some(first_row) = lines.next_within(web.options.body_time).await? else {
        let fault = FaultShown { place: "rows".to_owned(), code: FaultCode::Missing.as_str().to_owned() };
        return Err(Refused(problems::BODY_FAULTY.with_faults(vec![fault])));
    };
    let ctx = caller.context(read.why.clone())?;
    let stream = Stream { web, token, ctx, read, _place: place };
    Ok(stream.answer(lines, RowsAre::Objects, first_row))
}

/// Is a stream that is being answered.
pub(crate) struct Stream {
    pub(crate) web: Shared,
    pub(crate) token: Token,
    pub(crate) ctx: OpContext,
    pub(crate) read: ScreeningRead,
    pub(crate) _place: Place,
}

/// Is a part on its way: what it will say, and how many rows it has.
struct OnItsWay {
    task: JoinHandle<Result<Vec<u8>, Refused>>,
    rows: u64,
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stream {
    /// Begins to answer; `first_row` is the line that was read ahead, so that nothing is begun for a list without rows.
    pub(crate) fn answer(self, lines: Lines, rows_are: RowsAre, first_row: Line) -> Response {
        let (to_caller, answers) = mpsc::channel(1);
        let mut parts = Parts { lines, rows_are, gathered: Vec::new(), is_over: false, until: None };
        parts.push(first_row);
        tokio::spawn(self.run(parts, to_caller));
        ([(header::CONTENT_TYPE, NDJSON)], Body::new(Answers(answers))).into_response()
    }

    /// Answers part after part until the rows end, something fails, or the caller goes away.
    async fn run(self, mut parts: Parts, to_caller: mpsc::Sender<Bytes>) {
        let begun_at = u64::from(self.read.first_row);
        let mut answered = begun_at;
        let mut next_row = begun_at;
        let mut running: VecDeque<OnItsWay> = VecDeque::new();
        let mut problem: Option<Problem> = None;
        let mut is_read = false;
        loop {
            is_read |= problem.is_some();
            if running.is_empty() && is_read {
                break;
            }
            let takes_more = !is_read && running.len() < PARTS_AT_ONCE;
            let next = tokio::select! {
                biased;
                () = to_caller.closed() => return,
                done = front(&mut running), if !running.is_empty() => Next::Answered(done),
                part = parts.next(self.web.options.body_time), if takes_more => Next::Read(part),
                () = tokio::time::sleep(LOOKING) => Next::Nothing,
            };
            match next {
                Next::Answered(done) => {
                    let rows = running.pop_front().map_or(0, |part| part.rows);
                    match done {
                        Ok(text) => {
                            if !self.send(&to_caller, text).await {
                                return;
                            }
                            answered += rows;
                        }
                        Err(refused) => {
                            running.clear();
                            problem.get_or_insert(refused.0);
                        }
                    }
                }
                Next::Read(Ok(rows)) if rows.is_empty() => is_read = true,
                Next::Read(Ok(rows)) => {
                    let count = rows.len() as u64;
                    running
                        .push_back(OnItsWay { task: tokio::spawn(self.part(next_row, rows)), rows: count });
                    next_row += count;
                    if next_row - begun_at >= STREAM_ROWS_CAP {
                        problem = Some(problems::BODY_TOO_LARGE.with_faults(Vec::new()));
                    }
                }
                // What was read before is answered first.
                Next::Read(Err(refused)) => problem = Some(refused.0),
                Next::Nothing => {}
            }
            if self.web.options.stopping.load(Ordering::Relaxed) {
                problem.get_or_insert_with(|| problems::NOT_READY.with_faults(Vec::new()));
            }
        }
        let end = ScreeningStreamLine::End(StreamEnd { next_row: answered, problem });
        self.send(&to_caller, line_of(&end)).await;
    }

    /// Hands lines over; waits no longer for a caller who does not read than a request may take.
    async fn send(&self, to_caller: &mpsc::Sender<Bytes>, text: Vec<u8>) -> bool {
        let sent = tokio::time::timeout(self.web.options.request_time, to_caller.send(text.into())).await;
        matches!(sent, Ok(Ok(())))
    }

    /// Screens a part of the rows, of which the first is `first_row`, in an act of its own.
    fn part(
        &self,
        first_row: u64,
        rows: Vec<RowRead>,
    ) -> impl Future<Output = Result<Vec<u8>, Refused>> + Send + use<> {
        let (web, token, mut ctx) = (self.web.clone(), self.token.clone(), self.ctx.clone());
        let list = self.read.list.clone();
        let (least_score, limit) = (self.read.least_score, self.read.limit);
        async move {
            // With lists and texts it shares the few places there are for long work, and waits for its turn; among streams
            // first, so that those who are turned away instead of waiting find a place between them.
            let _turn = web.stream_parts.acquire().await.map_err(|_| problems::BUSY)?;
            let _permit = web.screenings.acquire().await.map_err(|_| problems::BUSY)?;
            // A token that was taken back ends the stream, too: also while it waited.
            let now = web.app.sign_in(token.text()).await?.ok_or(problems::UNAUTHENTICATED)?;
            if now.actor != ctx.actor {
                return Err(problems::UNAUTHENTICATED.into());
            }
            // What an officer may do can have become less meanwhile.
            (ctx.rights, ctx.entity) = (now.rights, now.entity);
            let (mut asked, mut said) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
            for RowRead { reference, row } in rows {
                let (row, faults) =
                    row.map_or_else(|faults| (None, faults), |row| birth_checked(&web.app, row));
                asked.push(row);
                said.push((reference, faults));
            }
            let screening = Screening { list, first_row, rows: asked, least_score, limit };
            let answer = web.app.screen(&ctx, &screening).await?;
            let mut text = line_of(&ScreeningStreamLine::Part(StreamPart {
                act: answer.act.to_string().into(),
                access: answer.access.to_string().into(),
                first_row,
                rows: answer.rows.len() as u64,
                alert_threshold: answer.alert_threshold,
                least_score: answer.least_score,
                caps_reached: answer.caps_reached.iter().map(Into::into).collect(),
            }));
            for (number, (row, (reference, faults))) in (first_row..).zip(answer.rows.iter().zip(said)) {
                let row = StreamRow::new(number, reference, row_shown(row.as_ref(), faults));
                text.extend(line_of(&ScreeningStreamLine::Row(row)));
            }
            Ok(text)
        }
    }
}

/// What happened next in a stream.
enum Next {
    Answered(Result<Vec<u8>, Refused>),
    Read(Result<Vec<RowRead>, Refused>),
    Nothing,
}

/// Waits for the part that was begun first.
async fn front(running: &mut VecDeque<OnItsWay>) -> Result<Vec<u8>, Refused> {
    let Some(part) = running.front_mut() else { return Ok(Vec::new()) };
    // One that panicked is answered like a handler that did.
    (&mut part.task).await.unwrap_or_else(|_| Err(problems::INTERNAL.into()))
}

fn line_of(line: &ScreeningStreamLine) -> Vec<u8> {
    // Strings and numbers: writing them can't fail.
    let mut text = serde_json::to_vec(line).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Says how the lines of a stream are to be read.
pub(crate) enum RowsAre {
    /// Objects of JSON.
    Objects,
    /// Rows of a table with this header.
    Table(ListHeader),
}

/// Is a row as its line says it.
struct RowRead {
    /// The list's own number for it.
    reference: Option<String>,
    /// Whom it names, or what is wrong with the line.
    row: Result<ScreeningRow, Vec<FaultShown>>,
}

impl RowsAre {
    fn read(&self, line: &Line) -> RowRead {
        let fault = |place: &str, code: &str| FaultShown { place: place.to_owned(), code: code.to_owned() };
        match (self, line) {
            (_, Line::TooLong) => {
                RowRead { reference: None, row: Err(vec![fault("row", FaultCode::TooLong.as_str())]) }
            }
            (RowsAre::Objects, Line::Whole(line)) => RowRead { reference: None, row: read_row(line) },
            (RowsAre::Table(header), Line::Whole(line)) => {
                let (reference, row) = header.row(line);
                let named = |faults: Vec<(&'static str, ReportCode)>| {
                    faults.iter().map(|(column, code)| fault(column, code.as_str())).collect()
                };
                RowRead { reference: (!reference.is_empty()).then_some(reference), row: row.map_err(named) }
            }
        }
    }
}

/// Gathers rows to parts; what it has gathered stays when nobody waits for it any more.
struct Parts {
    lines: Lines,
    rows_are: RowsAre,
    gathered: Vec<RowRead>,
    is_over: bool,
    /// Until when the first row of the next part is waited for, once it is.
    until: Option<Instant>,
}

impl Parts {
    fn push(&mut self, line: Line) {
        self.gathered.push(self.rows_are.read(&line));
    }

    /// The next rows: 200, or as many as came together; none at the end.
    async fn next(&mut self, longest_wait: Duration) -> Result<Vec<RowRead>, Refused> {
        while self.gathered.len() < ROWS_CAP && !self.is_over {
            let until = match self.gathered.is_empty() {
                true => *self.until.get_or_insert_with(|| Instant::now() + longest_wait),
                false => Instant::now() + GATHERING,
            };
            match tokio::time::timeout_at(until, self.lines.next()).await {
                Ok(Ok(Some(line))) => self.push(line),
                Ok(Ok(None)) => self.is_over = true,
                Ok(Err(Broken)) => return Err(problems::BODY_UNREADABLE.into()),
                Err(_) if self.gathered.is_empty() => return Err(problems::TOO_SLOW.into()),
                Err(_) => break,
            }
        }
        self.until = None;
        Ok(std::mem::take(&mut self.gathered))
    }
}

/// Is the body of an answer: what the stream hands over, as it is handed over.
struct Answers(mpsc::Receiver<Bytes>);

impl HttpBody for Answers {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|text| text.map(|text| Ok(Frame::data(text))))
    }
}
