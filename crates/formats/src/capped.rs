//! A `BufRead` that counts bytes and lines and stops at caps.
//!
//! The readers of this crate put it between themselves and the source, so that
//! neither an endless file nor an endless token can fill the memory.

use std::io::{self, BufRead, Read};

/// Which cap a source went over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tripped {
    Total,
    Token,
}

/// Counts what is consumed; gives an error in place of byte `cap + 1`.
pub(crate) struct Capped<R> {
    inner: R,
    consumed: u64,
    lines: u64,
    total_cap: u64,
    token_cap: u64,
    token_start: u64,
    tripped: Option<Tripped>,
}

impl<R> Capped<R> {
    pub(crate) fn new(inner: R, total_cap: u64, token_cap: u64) -> Self {
        Capped { inner, consumed: 0, lines: 1, total_cap, token_cap, token_start: 0, tripped: None }
    }

    /// Starts a new token: its bytes are counted from here.
    pub(crate) fn start_token(&mut self) {
        self.token_start = self.consumed;
    }

    /// Bytes consumed so far.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The line, from 1, of the next byte.
    pub(crate) fn line(&self) -> u64 {
        self.lines
    }

    /// What is read within the caps.
    pub(crate) fn get_ref(&self) -> &R {
        &self.inner
    }

    pub(crate) fn tripped(&self) -> Option<Tripped> {
        self.tripped
    }
}

impl<R: BufRead> BufRead for Capped<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let total_left = self.total_cap.saturating_sub(self.consumed);
        let token_left = self.token_cap.saturating_sub(self.consumed - self.token_start);
        let left = total_left.min(token_left);
        let available = self.inner.fill_buf()?;
        if left == 0 && !available.is_empty() {
            self.tripped = Some(if total_left == 0 { Tripped::Total } else { Tripped::Token });
            return Err(io::Error::other("over the cap"));
        }
        let shown = usize::try_from(left).map_or(available.len(), |left| left.min(available.len()));
        Ok(&available[..shown])
    }

    fn consume(&mut self, amount: usize) {
        // The bytes are still there: asking again for a filled buffer reads nothing.
        if let Ok(buffer) = self.inner.fill_buf() {
            let taken = &buffer[..amount.min(buffer.len())];
            self.lines += taken.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.inner.consume(amount);
        self.consumed += amount as u64;
    }
}

impl<R: BufRead> Read for Capped<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let amount = available.len().min(out.len());
        out[..amount].copy_from_slice(&available[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}
