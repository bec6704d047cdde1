//! The node's own journal: searches and openings, on disk before the act begins (invariant 5).
//!
//! It is apart from the database, so that searches outlive a database failover; its lines are folded into the access
//! streams later. One thread writes; what arrives while it syncs shares the next sync. A journal that can't be written
//! stops every further act until a restart.

pub(crate) mod recovery;
pub(crate) mod segment;
mod writing;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use barid_domain::audit::{JournalLine, LINE_BYTES_CAP, Operation, Phase};
use barid_domain::ids::{ActId, EntryHash, NodeId, RecordId};
use tokio::sync::oneshot;

use crate::directory::DirectoryLock;
use crate::error::StoreError;
use crate::replicas::{Folded, ReplicaId};
use crate::sealing::KeyRing;
use recovery::{Recovered, segment_path};
use segment::{HEADER_BYTES, SegmentHeader, line_place, read_frame};
#[cfg(feature = "mutant-unsynced-journal")]
pub use writing::leave_journal_unsynced;
use writing::{Message, Writing};

/// How much of a segment is read at once: many times the longest frame.
const WINDOW_BYTES: u64 = 1024 * 1024;

/// Proof that an act's begun line is on disk: only [`Journal::begin`] makes it.
///
/// ```compile_fail,E0451
/// # fn forge(line: barid_domain::audit::JournalLine) -> barid_store::BegunAct {
/// barid_store::BegunAct { line }
/// # }
/// ```
#[derive(Debug)]
pub struct BegunAct {
    line: JournalLine,
}

impl BegunAct {
    /// The act.
    pub fn act(&self) -> ActId {
        self.line.act
    }
    /// What is done.
    pub fn operation(&self) -> Operation {
        self.line.operation
    }
    /// The line as it was written.
    pub fn line(&self) -> &JournalLine {
        &self.line
    }
    /// Tells whether the line names this record as what it is about.
    pub(crate) fn covers_record(&self, record: &RecordId) -> bool {
        self.line.record == Some(*record)
    }
    /// Tells whether the line names this entry.
    pub(crate) fn covers_entry(&self, entry: &EntryHash) -> bool {
        self.line.entries.contains(entry)
    }
}

/// What the writing thread and the readers share.
#[derive(Debug)]
struct Shared {
    failed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    headers: Vec<SegmentHeader>,
    /// Lines on disk, over all segments.
    durable_lines: u64,
    /// Bytes of the last segment on disk.
    durable_bytes: u64,
    /// Where the next line to fold stands, if known.
    fold_cursor: Option<Cursor>,
}

#[derive(Debug, Clone, Copy)]
struct Cursor {
    segment: u64,
    offset: usize,
    line: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // The state is plain values, set in one step each: a panic elsewhere leaves them whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The journal of a node.
#[derive(Debug, Clone)]
pub struct Journal {
    sender: mpsc::Sender<Message>,
    shared: Arc<Shared>,
    directory: PathBuf,
    ring: KeyRingBox,
}

/// Keeps the key ring out of debug output.
#[derive(Clone)]
struct KeyRingBox(KeyRing);

impl std::fmt::Debug for KeyRingBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing")
    }
}

/// What a journal is opened with.
pub(crate) struct JournalParts {
    pub(crate) directory: PathBuf,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) ring: KeyRing,
    /// Whose journal it is.
    pub(crate) replica: ReplicaId,
    /// Lines the database has folded already: the journal must hold at least these.
    pub(crate) folded: Folded,
    /// A segment is closed once it is this long.
    pub(crate) rotation_bytes: u64,
    /// Held until the thread is done, whoever drops the store before.
    pub(crate) lock: Option<Arc<DirectoryLock>>,
}

impl Journal {
    /// Opens the journal, cutting a torn tail; gives how many torn bytes were cut.
    pub(crate) fn open(parts: JournalParts) -> Result<(Self, u64), StoreError> {
        let recovered = recovery::recover(&parts)?;
        let Recovered { headers, file, bytes, lines, chain, torn_bytes } = recovered;
        let shared = Arc::new(Shared {
            failed: AtomicBool::new(false),
            state: Mutex::new(State {
                headers,
                durable_lines: lines,
                durable_bytes: bytes,
                fold_cursor: None,
            }),
        });
        let (sender, receiver) = mpsc::channel();
        let writing = Writing::new(&parts, file, bytes, lines, chain, shared.clone())?;
        std::thread::Builder::new()
            .name("barid-journal".into())
            .spawn(move || writing.run(&receiver))
            .map_err(StoreError::file("start the journal thread"))?;
        let ring = KeyRingBox(parts.ring);
        Ok((Self { sender, shared, directory: parts.directory, ring }, torn_bytes))
    }

    /// Writes the line of an act that begins; answers once it is on disk.
    ///
    /// # Errors
    /// [`StoreError::InvalidLine`] unless its phase is `Begun` and it is within its cap;
    /// [`StoreError::JournalStopped`] when it can't be written, then and until a restart.
    pub async fn begin(&self, line: JournalLine) -> Result<BegunAct, StoreError> {
        if line.phase != Phase::Begun {
            return Err(StoreError::InvalidLine("an act begins with a begun line"));
        }
        self.write(&line, true).await?;
        Ok(BegunAct { line })
    }

    /// Writes the line of an act that ended or was refused; answers once it is written, before it is synced.
    ///
    /// # Errors
    /// [`StoreError::InvalidLine`] unless the line belongs to the act and ends it; [`StoreError::JournalStopped`].
    pub async fn end(&self, act: BegunAct, line: JournalLine) -> Result<(), StoreError> {
        if line.act != act.line.act || !matches!(line.phase, Phase::Ended | Phase::Refused) {
            return Err(StoreError::InvalidLine("not a line that ends this act"));
        }
        self.write(&line, false).await
    }

    /// Tells whether the journal takes lines.
    pub fn is_running(&self) -> bool {
        !self.shared.failed.load(Ordering::Acquire)
    }

    /// Takes no more lines until a restart: they would never reach the ledger.
    pub(crate) fn stop(&self) {
        self.shared.failed.store(true, Ordering::Release);
    }

    /// Counts the lines known to be on disk.
    pub fn durable_lines(&self) -> u64 {
        self.shared.state().durable_lines
    }

    async fn write(&self, line: &JournalLine, sync: bool) -> Result<(), StoreError> {
        let bytes = line.to_bytes();
        if bytes.len() > LINE_BYTES_CAP {
            return Err(StoreError::InvalidLine("over its cap"));
        }
        let (reply, answer) = oneshot::channel();
        let message = if sync {
            Message::Begin { hash: line.hash(), bytes, reply }
        } else {
            Message::End { hash: line.hash(), bytes, reply }
        };
        self.ask(message, answer).await
    }

    /// Makes everything written so far durable.
    pub(crate) async fn sync(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Message::Sync { reply }, answer).await
    }

    /// Syncs and stops the thread.
    pub(crate) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        // A thread that has stopped has nothing left to close.
        let _ = self.ask(Message::Close { reply }, answer).await;
    }

    async fn ask(
        &self,
        message: Message,
        answer: oneshot::Receiver<Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        self.sender.send(message).map_err(|_| StoreError::JournalStopped)?;
        answer.await.map_err(|_| StoreError::JournalStopped)?
    }

    /// Reads up to `most` lines on disk from line number `from`, counted from 0 over all segments.
    pub(crate) fn read_lines(&self, from: u64, most: usize) -> Result<Vec<JournalLine>, StoreError> {
        let mut lines = Vec::new();
        let mut at = self.cursor_for(from)?;
        while lines.len() < most {
            let (header, durable_bytes, is_last) = {
                let state = self.shared.state();
                if at.line >= state.durable_lines {
                    break;
                }
                let index = state.headers.iter().position(|header| header.segment == at.segment);
                let index = index.ok_or(StoreError::Damaged("journal segment missing"))?;
                (state.headers[index], state.durable_bytes, index + 1 == state.headers.len())
            };
            let window = self.segment_window(&header, at.offset, is_last.then_some(durable_bytes))?;
            if window.is_empty() {
                if is_last {
                    break;
                }
                at = Cursor { segment: at.segment + 1, offset: HEADER_BYTES, line: at.line };
                continue;
            }
            self.read_frames(&header, &window, &mut at, most, from, &mut lines)?;
        }
        self.shared.state().fold_cursor = Some(at);
        Ok(lines)
    }

    /// Reads frames out of a window that begins at the cursor; one that the window cuts is left for the next.
    fn read_frames(
        &self,
        header: &SegmentHeader,
        window: &[u8],
        at: &mut Cursor,
        most: usize,
        from: u64,
        lines: &mut Vec<JournalLine>,
    ) -> Result<(), StoreError> {
        let key = header.key(&self.ring.0);
        let begun_at = at.offset;
        while lines.len() < most {
            let taken = at.offset - begun_at;
            let damaged =
                |what| StoreError::JournalDamaged { segment: header.segment, offset: at.offset as u64, what };
            let Some(frame) = read_frame(&window[taken..]) else {
                return if taken > 0 { Ok(()) } else { Err(damaged("no whole frame")) };
            };
            if at.line >= from {
                let line = key
                    .open(&line_place(&frame.hash), frame.sealed)
                    .and_then(|plain| JournalLine::from_bytes(&plain))
                    .ok_or_else(|| damaged("a line does not open"))?;
                lines.push(line);
            }
            at.offset += frame.length;
            at.line += 1;
        }
        Ok(())
    }

    fn cursor_for(&self, from: u64) -> Result<Cursor, StoreError> {
        let state = self.shared.state();
        if let Some(cursor) = state.fold_cursor
            && cursor.line == from
        {
            return Ok(cursor);
        }
        let header = state.headers.iter().rev().find(|header| header.first_line <= from);
        let header = header.ok_or(StoreError::Damaged("journal segments missing"))?;
        Ok(Cursor { segment: header.segment, offset: HEADER_BYTES, line: header.first_line })
    }

    /// Reads a piece of a segment that holds at least one whole frame, where one is on disk.
    fn segment_window(
        &self,
        header: &SegmentHeader,
        offset: usize,
        durable_bytes: Option<u64>,
    ) -> Result<Vec<u8>, StoreError> {
        use std::io::{Read as _, Seek as _};
        let left = durable_bytes.map_or(u64::MAX, |durable| durable.saturating_sub(offset as u64));
        let mut window = Vec::new();
        std::fs::File::open(segment_path(&self.directory, header.segment))
            .and_then(|mut file| {
                file.seek(std::io::SeekFrom::Start(offset as u64))?;
                file.take(left.min(WINDOW_BYTES)).read_to_end(&mut window)
            })
            .map_err(StoreError::file("read a journal segment"))?;
        Ok(window)
    }

    /// Gives the segments and how many bytes of each are on disk, for a copy.
    pub(crate) fn durable_segments(&self) -> Vec<(PathBuf, Option<u64>)> {
        let state = self.shared.state();
        let last = state.headers.len();
        let of = |(index, header): (usize, &SegmentHeader)| {
            let durable = (index + 1 == last).then_some(state.durable_bytes);
            (segment_path(&self.directory, header.segment), durable)
        };
        state.headers.iter().enumerate().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use barid_domain::audit::Actor;
    use barid_domain::codes::Purpose;
    use barid_domain::dates::Timestamp;
    use barid_domain::ids::OrganisationCode;

    use super::*;
    use crate::directory::Paths;
    use crate::doctor::{DoctorReport, Examined, examine_journal};

    fn parts(root: &Path) -> JournalParts {
        JournalParts {
            directory: root.join("journal"),
            node: NodeId([1; 16]),
            incarnation: 1,
            ring: KeyRing::new(&[1; 32]),
            replica: ReplicaId::FIRST,
            folded: Folded::NOTHING,
            rotation_bytes: 2_000,
            lock: None,
        }
    }

    fn begun(number: u64) -> JournalLine {
        JournalLine {
            salt: crate::sealing::random().unwrap(),
            act: ActId::from_random(crate::sealing::random().unwrap()),
            phase: Phase::Begun,
            at: Timestamp(0),
            actor: Actor::new(OrganisationCode::new("XB").unwrap(), "officer").unwrap(),
            operation: Operation::SearchPersons,
            purpose: Purpose::Exercise,
            reference: format!("дело {number}"),
            policy_version: 1,
            asked: Some("Калачев".into()),
            record: None,
            records: Vec::new(),
            entries: Vec::new(),
            refusal: None,
            grants: Vec::new(),
            hits: Vec::new(),
            consents: Vec::new(),
        }
    }

    fn examined(root: &Path, folded_lines: u64) -> DoctorReport {
        let mut report = DoctorReport::default();
        let examined =
            Examined { folded_lines, replica: ReplicaId::FIRST, ring: Some(KeyRing::new(&[1; 32])) };
        examine_journal(&mut report, &Paths::new(root), &examined).unwrap();
        report
    }

    #[tokio::test]
    async fn segments_follow_on_each_other_and_are_read_across() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("journal")).unwrap();
        let (journal, _) = Journal::open(parts(root.path())).unwrap();
        for number in 0..50 {
            journal.begin(begun(number)).await.unwrap();
        }
        journal.close().await;
        let segments = recovery::list_segments(&root.path().join("journal")).unwrap();
        assert!(segments.len() > 5, "{segments:?}");
        let (journal, torn) = Journal::open(parts(root.path())).unwrap();
        assert_eq!((torn, journal.durable_lines()), (0, 50));
        let mut read = Vec::new();
        loop {
            let lines = journal.read_lines(read.len() as u64, 7).unwrap();
            if lines.is_empty() {
                break;
            }
            read.extend(lines.into_iter().map(|line| line.reference));
        }
        assert_eq!(read, (0..50).map(|number| format!("дело {number}")).collect::<Vec<_>>());
        assert_eq!(journal.read_lines(33, 1).unwrap()[0].reference, "дело 33");
        journal.close().await;

        let report = examined(root.path(), 50);
        assert!(report.is_sound(), "{report}");
        assert_eq!(examined(root.path(), 51).faults[0].code, "journal-missing");
        let of = |number| segment_path(&root.path().join("journal"), number);
        let third = fs::read(of(3)).unwrap();
        fs::write(of(3), &third[..third.len() - 1]).unwrap();
        assert_eq!(examined(root.path(), 0).faults[0].code, "journal-damaged", "torn, and not the last");
        fs::remove_file(of(3)).unwrap();
        assert_eq!(examined(root.path(), 0).faults[0].code, "journal-gap");
        let refused = Journal::open(parts(root.path())).unwrap_err();
        assert_eq!(refused.code(), "journal-damaged");
    }

    #[tokio::test]
    async fn a_journal_that_fails_stops_until_a_restart() {
        let root = tempfile::tempdir().unwrap();
        let (there, away) = (root.path().join("journal"), root.path().join("away"));
        fs::create_dir(&there).unwrap();
        let (journal, _) = Journal::open(parts(root.path())).unwrap();
        journal.begin(begun(0)).await.unwrap();
        fs::rename(&there, &away).unwrap();
        // The open segment is written on; the next one can't be made.
        let mut refused = None;
        for number in 1..50 {
            if let Err(error) = journal.begin(begun(number)).await {
                refused = Some((number, error.code()));
                break;
            }
        }
        let (number, code) = refused.unwrap();
        assert_eq!(code, "file-failure");
        fs::rename(&away, &there).unwrap();
        assert!(!journal.is_running());
        let refused = journal.begin(begun(99)).await.unwrap_err();
        assert_eq!(refused.code(), "journal-stopped", "the cause is gone, the stop stays");
        drop(journal);
        let (journal, _) = Journal::open(parts(root.path())).unwrap();
        assert!(journal.durable_lines() >= number, "what was answered is there");
        journal.begin(begun(100)).await.unwrap();
    }
}
