//! Screening a table: a form whose last part is a list of any length (CSV), answered line by line as it is read.
//!
//! The answer, its caps and its way of going on are those of a stream of JSON: `screening_stream`.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use barid_api::problems::{self, FaultShown};
use barid_api::screening_stream::{LINE_BYTES_CAP, ScreeningStreamLine};
use barid_api::screening_table::{FIELDS_CAP, ScreeningTableForm, TABLE, fields_as_json};
use barid_app::{ListHeader, ListReadErrorKind, OtherColumns};
use barid_domain::faults::FaultCode;
use futures_util::Stream as _;
use http_body::Frame;
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::answers::{Refused, read_to_end};
use crate::bodies::{is_of_type, parse};
use crate::callers::{Caller, Token};
use crate::lines::{Line, Lines};
use crate::screening_stream::{RowsAre, Stream};
use crate::state::Shared;

/// Screens a table of any length: a form with a list (CSV) in, lines of JSON out.
///
/// The part `table` comes last and is the list, as a spreadsheet writes it: names of columns, then a row a line. The parts
/// before it say what for. Every row is searched for, journalled and answered as in `screen_stream`, with the list's own
/// reference where it has one; whoever sends must read meanwhile.
#[utoipa::path(post, path = "/v1/screenings/table", tag = "search",
    request_body(content = ScreeningTableForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "Lines: `part` ahead of the rows of an act, `row` for each of them in their order, `end` last.",
        body = ScreeningStreamLine, content_type = "application/x-ndjson")))]
pub(crate) async fn screen_table(
    State(web): State<Shared>,
    token: Token,
    caller: Caller,
    request: Request,
) -> Result<Response, Refused> {
    if !is_of_type(&request, "multipart/form-data") {
        return Err(problems::FORM_MEDIA_TYPE.into());
    }
    let place = web.streams.take(caller.actor().organisation).ok_or(problems::BUSY)?;
    let form = Form::begin(request)?;
    let reading = form.read_to_table();
    let (fields, table) =
        tokio::time::timeout(web.options.body_time, reading).await.map_err(|_| problems::TOO_SLOW)??;
    let form: ScreeningTableForm = parse(&fields_as_json(&fields))?;
    let (begin, ignores_others) = form.into_begin();
    let read = read_to_end(|faults| begin.read(faults))?;
    let mut lines = Lines::new(Body::new(table));
    let header = header_of(&mut lines, ignores_others, web.options.body_time).await?;
    let Some(first_row) = lines.next_within(web.options.body_time).await? else {
        return Err(refused_for("rows", FaultCode::Missing.as_str()));
    };
    let ctx = caller.context(read.why.clone())?;
    let stream = Stream { web, token, ctx, read, _place: place };
    Ok(stream.answer(lines, RowsAre::Table(header), first_row))
}

/// Refuses a list that is none.
fn refused_for(place: &str, code: &str) -> Refused {
    let fault = FaultShown { place: place.to_owned(), code: code.to_owned() };
    Refused(problems::LIST_REFUSED.with_faults(vec![fault]))
}

fn no_table() -> Refused {
    let fault = FaultShown { place: TABLE.to_owned(), code: FaultCode::Missing.as_str().to_owned() };
    Refused(problems::BODY_FAULTY.with_faults(vec![fault]))
}

/// Reads the names of the columns.
async fn header_of(
    lines: &mut Lines,
    ignores_others: bool,
    longest_wait: Duration,
) -> Result<ListHeader, Refused> {
    let other_columns = if ignores_others { OtherColumns::LeftOut } else { OtherColumns::Refused };
    let header = match lines.next_within(longest_wait).await? {
        Some(Line::Whole(line)) => ListHeader::read(&line, other_columns),
        Some(Line::TooLong) | None => Err(ListReadErrorKind::NoHeader),
    };
    header.map_err(|kind| refused_for(TABLE, kind.code()))
}

/// Is a form (RFC 7578) as it comes.
struct Form {
    parts: Multipart<'static>,
    taken: Taken,
}

/// The most bytes that are read of a form between two things it says: before a boundary and within the headers of a part the
/// library keeps all that comes. A frame of a connection is smaller than that.
const SILENT_BYTES_CAP: usize = 1 << 20;

/// Counts the bytes that were read since the form said something last.
#[derive(Clone, Default)]
struct Taken(Arc<AtomicUsize>);

impl Taken {
    fn said_something(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Is a body that breaks off where it goes on too long without saying anything.
struct Counted {
    body: Body,
    taken: Taken,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if self.taken.0.load(Ordering::Relaxed) > SILENT_BYTES_CAP {
            return Poll::Ready(Some(Err("a form that says nothing".into())));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.taken.0.fetch_add(frame.data_ref().map_or(0, Bytes::len), Ordering::Relaxed);
        }
        polled.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }
}

impl Form {
    fn begin(request: Request) -> Result<Self, Refused> {
        let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(value.unwrap_or_default());
        let boundary = boundary.map_err(|_| problems::FORM_MALFORMED)?;
        // The table alone has no end; what is no part of it is capped below.
        let sizes = SizeLimit::new().whole_stream(u64::MAX).per_field(u64::MAX);
        let constraints = Constraints::new().size_limit(sizes);
        let taken = Taken::default();
        let body = Counted { body: request.into_body(), taken: taken.clone() };
        let body = Body::new(body).into_data_stream();
        Ok(Self { parts: Multipart::with_constraints(body, boundary, constraints), taken })
    }

    /// Reads what stands before the table; the table is read no further than its lines are taken.
    async fn read_to_table(mut self) -> Result<(Vec<(String, String)>, Table), Refused> {
        let (mut fields, mut bytes) = (Vec::new(), 0);
        loop {
            let field = self.parts.next_field().await.map_err(|error| refused(&error))?;
            let Some(mut field) = field else { return Err(no_table()) };
            self.taken.said_something();
            let name = field.name().unwrap_or_default().to_owned();
            if name == TABLE {
                return Ok((fields, Table { form: self.parts, field: Some(field), taken: self.taken }));
            }
            let mut value = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
                bytes += chunk.len();
                if bytes > LINE_BYTES_CAP {
                    return Err(problems::BODY_TOO_LARGE.into());
                }
                value.extend_from_slice(&chunk);
            }
            if fields.len() == FIELDS_CAP {
                return Err(problems::BODY_TOO_LARGE.into());
            }
            let value = String::from_utf8(value).map_err(|_| problems::FORM_MALFORMED)?;
            fields.push((name, value));
        }
    }
}

fn refused(error: &multer::Error) -> Refused {
    match error {
        multer::Error::StreamReadFailed(_) => problems::BODY_UNREADABLE.into(),
        _ => problems::FORM_MALFORMED.into(),
    }
}

/// Is the part of the form that holds the list: it ends well where the form does.
struct Table {
    form: Multipart<'static>,
    field: Option<Field<'static>>,
    taken: Taken,
}

impl http_body::Body for Table {
    type Data = Bytes;
    type Error = multer::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, multer::Error>>> {
        if let Some(field) = &mut self.field {
            match Pin::new(field).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(chunk)) => {
                    self.taken.said_something();
                    return Poll::Ready(Some(chunk.map(Frame::data)));
                }
                // The form lends its body to one part at a time.
                Poll::Ready(None) => self.field = None,
            }
        }
        match self.form.poll_next_field(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(None)) => Poll::Ready(None),
            // What nobody would read is no part of a list.
            Poll::Ready(Ok(Some(_))) => {
                Poll::Ready(Some(Err(multer::Error::UnknownField { field_name: None })))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
        }
    }
}
