//! The journal's thread: gathers lines, writes them in one go, syncs once, answers.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use barid_domain::ids::EntryHash;
use barid_ledger::ChainHash;
use tokio::sync::oneshot;

use super::recovery::create_segment;
use super::segment::{HEADER_BYTES, SegmentHeader, line_place, push_frame};
use super::{JournalParts, Shared};
use crate::directory::DirectoryLock;
use crate::error::StoreError;
use crate::sealing::{KeyRing, SealingKey};
use crate::streams::chain_leaf;

/// The most lines of one sync.
const GROUP_CAP: usize = 1024;
/// How long ended lines may wait for a sync when no begun line comes.
const IDLE_SYNC: Duration = Duration::from_millis(20);

/// Set in a process that runs the mutant.
#[cfg(feature = "mutant-unsynced-journal")]
static UNSYNCED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Makes every journal of this process answer before its lines are synced: a mutant, for the power suite to find.
#[cfg(feature = "mutant-unsynced-journal")]
pub fn leave_journal_unsynced() {
    UNSYNCED.store(true, std::sync::atomic::Ordering::Relaxed);
}

fn sync_lines(file: &File) -> std::io::Result<()> {
    #[cfg(feature = "mutant-unsynced-journal")]
    if UNSYNCED.load(std::sync::atomic::Ordering::Relaxed) {
        return Ok(());
    }
    file.sync_data()
}

pub(crate) type Reply = oneshot::Sender<Result<(), StoreError>>;

/// Is a piece of work for the thread.
#[derive(Debug)]
pub(crate) enum Message {
    Begin { hash: EntryHash, bytes: Vec<u8>, reply: Reply },
    End { hash: EntryHash, bytes: Vec<u8>, reply: Reply },
    Sync { reply: Reply },
    Close { reply: Reply },
}

/// The thread's state.
pub(crate) struct Writing {
    directory: PathBuf,
    rotation_bytes: u64,
    ring: KeyRing,
    header: SegmentHeader,
    key: SealingKey,
    file: File,
    shared: Arc<Shared>,
    /// Bytes of the segment written, synced or not.
    bytes: u64,
    /// Bytes of the segment synced.
    durable: u64,
    lines: u64,
    chain: ChainHash,
    lock: Option<Arc<DirectoryLock>>,
}

/// Who waits for what.
#[derive(Default)]
struct Waiting {
    written: Vec<Reply>,
    synced: Vec<Reply>,
    closing: bool,
}

fn answer(replies: Vec<Reply>, result: &Result<(), StoreError>) {
    // A caller that went away has no use for its answer.
    replies.into_iter().for_each(|reply| drop(reply.send(result.clone())));
}

impl Writing {
    pub(crate) fn new(
        parts: &JournalParts,
        file: File,
        bytes: u64,
        lines: u64,
        chain: ChainHash,
        shared: Arc<Shared>,
    ) -> Result<Self, StoreError> {
        let header = shared.state().headers.last().copied();
        let header = header.ok_or(StoreError::Damaged("the journal has no segment"))?;
        // What was read back at opening may not have been synced by the process that wrote it.
        file.sync_data().map_err(StoreError::file("sync the journal"))?;
        let (directory, ring) = (parts.directory.clone(), parts.ring.clone());
        let key = header.key(&ring);
        let (rotation_bytes, lock) = (parts.rotation_bytes, parts.lock.clone());
        Ok(Self {
            directory,
            rotation_bytes,
            ring,
            header,
            key,
            file,
            shared,
            bytes,
            durable: bytes,
            lines,
            chain,
            lock,
        })
    }

    /// Works until closed or until nobody can send any more.
    pub(crate) fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let first = match messages.recv_timeout(IDLE_SYNC) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) if self.durable == self.bytes => match messages.recv() {
                    Ok(message) => Some(message),
                    Err(_) => return,
                },
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.write_group(first, messages) {
                return;
            }
        }
    }

    /// Writes one group; `true` when the journal is closed.
    fn write_group(&mut self, first: Option<Message>, messages: &Receiver<Message>) -> bool {
        let idle = first.is_none();
        let mut frames = Vec::new();
        let mut waiting = Waiting::default();
        let mut result = Ok(());
        let mut next = first;
        let mut taken = 0;
        while let Some(message) = next.take() {
            taken += 1;
            if let Err(error) = self.take(message, &mut frames, &mut waiting) {
                result = Err(error);
            }
            if taken < GROUP_CAP && !waiting.closing {
                next = messages.try_recv().ok();
            }
        }
        let result = result.and_then(|()| self.write(&frames));
        answer(std::mem::take(&mut waiting.written), &result);
        let wants_sync = idle || waiting.closing || !waiting.synced.is_empty();
        let result = if wants_sync { result.and_then(|()| self.sync()) } else { result };
        if result.is_err() && !self.shared.failed.swap(true, Ordering::AcqRel) {
            tracing::error!("the journal can't be written; searches and openings stop until a restart");
        }
        if waiting.closing {
            // Before the answer: whoever closed may open again at once.
            self.lock = None;
        }
        answer(waiting.synced, &result);
        waiting.closing
    }

    /// Turns a message into a frame and someone who waits.
    fn take(
        &mut self,
        message: Message,
        frames: &mut Vec<u8>,
        waiting: &mut Waiting,
    ) -> Result<(), StoreError> {
        match message {
            Message::Begin { hash, bytes, reply } => {
                waiting.synced.push(reply);
                self.push_line(&hash, &bytes, frames)
            }
            Message::End { hash, bytes, reply } => {
                waiting.written.push(reply);
                self.push_line(&hash, &bytes, frames)
            }
            Message::Sync { reply } => {
                waiting.synced.push(reply);
                Ok(())
            }
            Message::Close { reply } => {
                waiting.synced.push(reply);
                waiting.closing = true;
                Ok(())
            }
        }
    }

    fn push_line(&mut self, hash: &EntryHash, bytes: &[u8], frames: &mut Vec<u8>) -> Result<(), StoreError> {
        let sealed = self.key.seal(&line_place(hash), bytes)?;
        self.chain = self.chain.next(&chain_leaf(hash));
        self.lines += 1;
        push_frame(frames, self.durable, hash, &self.chain, &sealed);
        Ok(())
    }

    fn write(&mut self, frames: &[u8]) -> Result<(), StoreError> {
        if self.shared.failed.load(Ordering::Acquire) {
            return Err(StoreError::JournalStopped);
        }
        self.file.write_all(frames).map_err(|error| {
            tracing::error!(%error, "writing the journal failed");
            StoreError::JournalStopped
        })?;
        self.bytes += frames.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        if self.durable != self.bytes {
            sync_lines(&self.file).map_err(|error| {
                tracing::error!(%error, "syncing the journal failed");
                StoreError::JournalStopped
            })?;
            self.durable = self.bytes;
            let mut state = self.shared.state();
            state.durable_lines = self.lines;
            state.durable_bytes = self.bytes;
        }
        if self.bytes >= self.rotation_bytes { self.rotate() } else { Ok(()) }
    }

    fn rotate(&mut self) -> Result<(), StoreError> {
        let header = SegmentHeader {
            segment: self.header.segment + 1,
            first_line: self.lines,
            chain: self.chain,
            ..self.header
        };
        self.file = create_segment(&self.directory, &header)?;
        self.header = header;
        self.key = header.key(&self.ring);
        self.bytes = HEADER_BYTES as u64;
        self.durable = self.bytes;
        let mut state = self.shared.state();
        state.headers.push(header);
        state.durable_bytes = self.bytes;
        Ok(())
    }
}
