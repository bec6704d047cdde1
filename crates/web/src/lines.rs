//! Bodies read line by line, no further than they are worked on.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use barid_api::problems;
use barid_api::screening_stream::LINE_BYTES_CAP;

use crate::answers::Refused;

/// The body broke off.
pub(crate) struct Broken;

/// Is a line of the body.
pub(crate) enum Line {
    Whole(Vec<u8>),
    /// Over its cap; no more of it is kept.
    TooLong,
}

/// Reads a body line by line, empty ones left out; what of a line has come stays when nobody waits for it any more.
pub(crate) struct Lines {
    body: Body,
    /// What came and was not looked at yet.
    rest: Bytes,
    line: Vec<u8>,
    is_too_long: bool,
    is_over: bool,
}

impl Lines {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, rest: Bytes::new(), line: Vec::new(), is_too_long: false, is_over: false }
    }

    pub(crate) async fn next_within(&mut self, time: Duration) -> Result<Option<Line>, Refused> {
        let read = tokio::time::timeout(time, self.next()).await.map_err(|_| problems::TOO_SLOW)?;
        read.map_err(|Broken| problems::BODY_UNREADABLE.into())
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Line>, Broken> {
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
