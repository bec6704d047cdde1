//! Screening a stream: rows read as they are worked on, answers written as they are there.
//!
//! What is in memory at a time are a few parts of 200 rows, however long the list is: the body is read no further while the
//! caller does not read the answers. When the caller goes away, what was not begun is not searched for.

use std::collections::VecDeque;
use std::future::poll_fn;
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
    LINE_BYTES_CAP, NDJSON, STREAM_ROWS_CAP, ScreeningStreamBegin, ScreeningStreamBody, ScreeningStreamLine,
    StreamEnd, StreamPart, StreamRow, read_row,
};
use barid_app::{OpContext, Screening};
use barid_domain::faults::FaultCode;
use barid_domain::screening::{ROWS_CAP, ScreeningRow};
use http_body::Frame;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::answers::{Refused, read_to_end};
use crate::bodies::{is_of_type, parse};
use crate::callers::{Caller, Token};
use crate::screening::{birth_checked, row_shown};
use crate::state::Shared;

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
    let permit = web.streams.clone().try_acquire_owned().map_err(|_| problems::BUSY)?;
    let mut lines = Lines::new(request.into_body());
    let Some(Line::Whole(first)) = lines.next_within(web.options.body_time).await? else {
        return Err(problems::JSON_MALFORMED.into());
    };
    let begin: ScreeningStreamBegin = parse(&first)?;
    let read = read_to_end(|faults| begin.read(faults))?;
    let next_row = u64::from(read.first_row);
    let Some(first_row) = lines.next_within(web.options.body_time).await? else {
        let fault = FaultShown { place: "rows".to_owned(), code: FaultCode::Missing.as_str().to_owned() };
        return Err(Refused(problems::BODY_FAULTY.with_faults(vec![fault])));
    };
    let ctx = caller.context(read.why.clone())?;
    let (to_caller, answers) = mpsc::channel(1);
    let mut parts = Parts::new(lines);
    parts.push(first_row);
    let stream = Stream { web, token, ctx, read, next_row, _permit: permit };
    tokio::spawn(stream.run(parts, to_caller));
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::new(Answers(answers))).into_response())
}

/// Is a stream that is being answered.
struct Stream {
    web: Shared,
    token: Token,
    ctx: OpContext,
    read: ScreeningRead,
    /// The number of the first row of the next part.
    next_row: u64,
    _permit: OwnedSemaphorePermit,
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
    /// Answers part after part until the rows end, something fails, or the caller goes away.
    async fn run(mut self, mut parts: Parts, to_caller: mpsc::Sender<Bytes>) {
        let begun_at = self.next_row;
        let mut answered = begun_at;
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
                    running.push_back(OnItsWay { task: tokio::spawn(self.part(rows)), rows: count });
                    self.next_row += count;
                    if self.next_row - begun_at >= STREAM_ROWS_CAP {
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

    /// Screens a part of the rows in an act of its own.
    fn part(&self, rows: Vec<RowRead>) -> impl Future<Output = Result<Vec<u8>, Refused>> + Send + use<> {
        let (web, token, ctx) = (self.web.clone(), self.token.clone(), self.ctx.clone());
        let (list, first_row) = (self.read.list.clone(), self.next_row);
        let (least_score, limit) = (self.read.least_score, self.read.limit);
        async move {
            // With lists and texts it shares the few places there are for long work, and waits for its turn; among streams
            // first, so that those who are turned away instead of waiting find a place between them.
            let _turn = web.stream_parts.acquire().await.map_err(|_| problems::BUSY)?;
            let _permit = web.screenings.acquire().await.map_err(|_| problems::BUSY)?;
            // A token that was taken back ends the stream, too: also while it waited.
            let actor = web.app.authenticate(token.text()).await?.ok_or(problems::UNAUTHENTICATED)?;
            if actor != ctx.actor {
                return Err(problems::UNAUTHENTICATED.into());
            }
            let (mut asked, mut faults) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
            for row in rows {
                let (row, wrong) = row.map_or_else(|wrong| (None, wrong), |row| birth_checked(&web.app, row));
                asked.push(row);
                faults.push(wrong);
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
            for (number, (row, faults)) in (first_row..).zip(answer.rows.iter().zip(faults)) {
                let row = StreamRow::new(number, row_shown(row.as_ref(), faults));
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

/// Is a row as its line says it, or what is wrong with the line.
type RowRead = Result<ScreeningRow, Vec<FaultShown>>;

/// Gathers rows to parts; what it has gathered stays when nobody waits for it any more.
struct Parts {
    lines: Lines,
    gathered: Vec<RowRead>,
    is_over: bool,
    /// Until when the first row of the next part is waited for, once it is.
    until: Option<Instant>,
}

impl Parts {
    fn new(lines: Lines) -> Self {
        Self { lines, gathered: Vec::new(), is_over: false, until: None }
    }

    fn push(&mut self, line: Line) {
        self.gathered.push(match line {
            Line::Whole(line) => read_row(&line),
            Line::TooLong => {
                let code = FaultCode::TooLong.as_str().to_owned();
                Err(vec![FaultShown { place: "row".to_owned(), code }])
            }
        });
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

/// The body broke off.
struct Broken;

/// Is a line of the body.
enum Line {
    Whole(Vec<u8>),
    /// Over its cap; no more of it is kept.
    TooLong,
}

/// Reads a body line by line, empty ones left out; what of a line has come stays when nobody waits for it any more.
struct Lines {
    body: Body,
    /// What came and was not looked at yet.
    rest: Bytes,
    line: Vec<u8>,
    is_too_long: bool,
    is_over: bool,
}

impl Lines {
    fn new(body: Body) -> Self {
        Self { body, rest: Bytes::new(), line: Vec::new(), is_too_long: false, is_over: false }
    }

    async fn next_within(&mut self, time: Duration) -> Result<Option<Line>, Refused> {
        let read = tokio::time::timeout(time, self.next()).await.map_err(|_| problems::TOO_SLOW)?;
        read.map_err(|Broken| problems::BODY_UNREADABLE.into())
    }

    async fn next(&mut self) -> Result<Option<Line>, Broken> {
        loop {
            if let Some(at) = self.rest.iter().position(|byte| *byte == b'\n') {
                let end = self.rest.split_to(at + 1);
                self.take(&end[..at]);
                if let Some(line) = self.ended() {
                    return Ok(Some(line));
                }
                continue;
            }
            let rest = std::mem::take(&mut self.rest);
            self.take(&rest);
            if self.is_over {
                return Ok(self.ended());
            }
            let frame = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await;
            match frame {
                None => self.is_over = true,
                Some(Err(_)) => return Err(Broken),
                Some(Ok(frame)) => self.rest = frame.into_data().unwrap_or_default(),
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_CAP - self.line.len();
        self.is_too_long |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The line that has ended; `None` where it says nothing.
    fn ended(&mut self) -> Option<Line> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.is_too_long) {
            return Some(Line::TooLong);
        }
        (!line.trim_ascii().is_empty()).then_some(Line::Whole(line))
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
