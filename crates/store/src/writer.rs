//! The writer: one task owns the writing connection and commits writes in groups, each write under its own savepoint.
//!
//! What arrives while a commit is being synced shares the next one. A write is answered only after the COMMIT that
//! holds it returned.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{EntryHash, NodeId};
use barid_domain::streams::{Position, StreamId};
use sqlx::Row as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::data_keys::DataKey;
use crate::directory::DirectoryLock;
use crate::engine::{self, Connection};
use crate::error::StoreError;
use crate::outcomes::{earlier_outcome, remember_outcome};
use crate::sealing::KeyRing;
use crate::snapshots;
use crate::streams::{self, StreamState, fixed, position_from_row, to_i64};
use crate::system_tables;
use crate::values::{Committed, CredentialId, FoldedLine, KeyScope, NewEntry, WriteRequest};

/// The clock a store is given.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The most writes of one commit.
const GROUP_CAP: usize = 50;
/// The longest wait for company, once writes come from several callers.
const GATHERING_TIME: Duration = Duration::from_millis(2);
/// Entries looked up in one statement; a power of two.
const LOOKED_UP_AT_ONCE: usize = 256;
/// The most streams and month keys kept in memory.
const CACHE_CAP: usize = 4_096;

/// Set in a process that runs the mutant.
#[cfg(feature = "mutant-ack-before-commit")]
static TOO_EARLY: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Makes every store of this process answer a write before its transaction is committed: a mutant, for the crash suite
/// to find.
#[cfg(feature = "mutant-ack-before-commit")]
pub fn acknowledge_too_early() {
    TOO_EARLY.store(true, std::sync::atomic::Ordering::Relaxed);
}

fn acknowledges_too_early() -> bool {
    #[cfg(feature = "mutant-ack-before-commit")]
    return TOO_EARLY.load(std::sync::atomic::Ordering::Relaxed);
    #[cfg(not(feature = "mutant-ack-before-commit"))]
    false
}

/// Is a piece of work for the writer.
#[derive(Debug)]
pub(crate) enum Job {
    Write { request: Box<WriteRequest>, reply: oneshot::Sender<Result<Committed, StoreError>> },
    Fold { from: u64, lines: Vec<FoldedLine>, reply: oneshot::Sender<Result<(), StoreError>> },
    NoteUses { uses: Vec<(CredentialId, Day)>, reply: oneshot::Sender<Result<(), StoreError>> },
    Close { reply: oneshot::Sender<()> },
}

/// Is an answer that waits for the commit.
enum Answer {
    Write(oneshot::Sender<Result<Committed, StoreError>>, Result<Committed, StoreError>),
    /// Of a fold or of notes of use: no number was given, so nothing is told but whether it is done.
    Done(oneshot::Sender<Result<(), StoreError>>, Result<(), StoreError>),
}

impl Answer {
    fn failed(&self) -> bool {
        match self {
            Self::Write(_, result) => result.is_err(),
            Self::Done(_, result) => result.is_err(),
        }
    }

    fn wrote(&self) -> bool {
        match self {
            Self::Write(_, result) => matches!(result, Ok(committed) if !committed.replayed),
            Self::Done(_, result) => result.is_ok(),
        }
    }

    /// Answers; a caller that went away has no use for it.
    fn give(self) {
        match self {
            Self::Write(reply, result) => drop(reply.send(result)),
            Self::Done(reply, result) => drop(reply.send(result)),
        }
    }

    /// Turns success into an error: the transaction that held it failed.
    fn fail(self, error: &StoreError) -> Self {
        match self {
            Self::Write(reply, Ok(_)) => Self::Write(reply, Err(error.clone())),
            Self::Done(reply, Ok(())) => Self::Done(reply, Err(error.clone())),
            already => already,
        }
    }
}

/// The writer's state.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    database: PathBuf,
    snapshots: PathBuf,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) ring: KeyRing,
    clock: Clock,
    committed: watch::Sender<u64>,
    lock: Arc<DirectoryLock>,
    pub(crate) streams: crate::layers::Layers<StreamId, StreamState>,
    pub(crate) keys: crate::layers::Layers<KeyScope, DataKey>,
    last_group: usize,
    /// Whether pages overwritten by an erasure may still stand in the write-ahead log.
    purge_due: bool,
    /// Whether this group holds an erasure.
    pub(crate) erasing: bool,
    /// Set when the connection could not be opened again.
    broken: bool,
}

/// What a writer is made of.
pub(crate) struct WriterParts {
    pub(crate) connection: Connection,
    pub(crate) database: PathBuf,
    pub(crate) snapshots: PathBuf,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) ring: KeyRing,
    pub(crate) clock: Clock,
    pub(crate) committed: watch::Sender<u64>,
    /// Held until the writer is done, whoever drops the store before.
    pub(crate) lock: Arc<DirectoryLock>,
}

impl Writer {
    pub(crate) fn new(parts: WriterParts) -> Self {
        Self {
            connection: parts.connection,
            database: parts.database,
            snapshots: parts.snapshots,
            node: parts.node,
            incarnation: parts.incarnation,
            ring: parts.ring,
            clock: parts.clock,
            committed: parts.committed,
            lock: parts.lock,
            streams: Default::default(),
            keys: Default::default(),
            last_group: 1,
            // A process killed between an erasure's commit and its purge leaves this to the next one.
            purge_due: true,
            erasing: false,
            broken: false,
        }
    }

    /// Works until the store is closed or dropped.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        self.purge_if_due().await;
        while let Some(first) = jobs.recv().await {
            let (group, close) = gather(first, self.last_group, &mut jobs).await;
            self.last_group = group.len();
            if !group.is_empty() {
                self.commit_group(group).await;
            }
            if let Some(reply) = close {
                use sqlx::Connection as _;
                if let Err(error) = self.connection.close().await {
                    tracing::warn!(%error, "closing the database failed");
                }
                // Before the answer: whoever closed may open again at once.
                drop(self.lock);
                // Whoever closed and went away needs no answer.
                let _ = reply.send(());
                return;
            }
        }
    }

    async fn commit_group(&mut self, group: Vec<Job>) {
        let answers = match self.write_group(group).await {
            Ok(answers) => answers,
            Err(answers) => {
                self.reset().await;
                answers
            }
        };
        if answers.iter().any(Answer::wrote) {
            self.committed.send_modify(|count| *count += 1);
        }
        answers.into_iter().for_each(Answer::give);
    }

    /// Writes and commits a group. `Err` when the connection must be set right before it is used again.
    async fn write_group(&mut self, group: Vec<Job>) -> Result<Vec<Answer>, Vec<Answer>> {
        if self.broken {
            return Err(refuse_all(group, &StoreError::Stopped));
        }
        if let Err(error) = engine::begin_writing(&mut self.connection, &self.database).await {
            return Err(refuse_all(group, &error));
        }
        let mut answers = Vec::with_capacity(group.len());
        let mut waiting = group.into_iter();
        while let Some(job) = waiting.next() {
            match self.write_one(job).await {
                Ok(answer) => answers.push(answer),
                Err(answer) => {
                    // The savepoint could not be undone: the engine gave the whole transaction up.
                    answers.push(answer);
                    answers.extend(refuse_all(waiting.collect(), &StoreError::Aborted));
                    return Err(fail_all(answers, &StoreError::Aborted));
                }
            }
        }
        if !answers.iter().any(Answer::wrote) {
            self.erasing = false;
            return match execute(&mut self.connection, "ROLLBACK").await {
                Ok(()) => Ok(answers),
                Err(_) => Err(answers),
            };
        }
        if let Err(error) = self.finish_group().await {
            return Err(fail_all(answers, &error));
        }
        if acknowledges_too_early() {
            answers.into_iter().for_each(Answer::give);
            return match engine::commit(&mut self.connection, &self.database).await {
                Ok(()) => {
                    self.settle().await;
                    Ok(Vec::new())
                }
                Err(_) => Err(Vec::new()),
            };
        }
        match engine::commit(&mut self.connection, &self.database).await {
            Ok(()) => {
                self.settle().await;
                Ok(answers)
            }
            Err(error) => {
                tracing::error!(code = error.code(), "a commit failed; its outcome is unknown");
                // What an erasure overwrote must go where it happened after all, and followers must look.
                self.purge_due |= self.erasing;
                self.committed.send_modify(|count| *count += 1);
                Err(fail_all(answers, &StoreError::OutcomeUnknown))
            }
        }
    }

    /// Writes what the group changed in memory; removes what an erasure must not leave behind.
    async fn finish_group(&mut self) -> Result<(), StoreError> {
        for stream in self.streams.changed() {
            streams::save(&mut self.connection, stream).await?;
        }
        if self.erasing {
            snapshots::remove_all(&self.snapshots)?;
        }
        Ok(())
    }

    /// Follows a successful commit in memory.
    async fn settle(&mut self) {
        self.streams.keep_group(CACHE_CAP);
        self.keys.keep_group(CACHE_CAP);
        self.purge_due |= self.erasing;
        self.erasing = false;
        self.purge_if_due().await;
    }

    async fn purge_if_due(&mut self) {
        if !self.purge_due {
            return;
        }
        match engine::purge_overwritten_pages(&mut self.connection).await {
            Ok(true) => self.purge_due = false,
            // A reader is in the way: the next commit tries again.
            Ok(false) => {}
            Err(error) => tracing::warn!(code = error.code(), "old pages could not be purged yet"),
        }
    }

    /// Sets the writer right after a failed transaction: memory forgotten, connection opened anew.
    async fn reset(&mut self) {
        self.streams.forget();
        self.keys.forget();
        self.erasing = false;
        if execute(&mut self.connection, "ROLLBACK").await.is_ok() {
            return;
        }
        match engine::open_writing(&self.database).await {
            Ok(connection) => self.connection = connection,
            Err(error) => {
                tracing::error!(code = error.code(), "the database can't be opened again; writing stops");
                self.broken = true;
            }
        }
    }

    /// Writes one job under its savepoint. `Err` when the savepoint can't be undone.
    async fn write_one(&mut self, job: Job) -> Result<Answer, Answer> {
        let begun = execute(&mut self.connection, "SAVEPOINT one_write").await;
        let answer = match job {
            Job::Write { request, reply } => {
                let result = match begun {
                    Ok(()) => self.write_request(&request).await,
                    Err(error) => Err(error),
                };
                Answer::Write(reply, result)
            }
            Job::Fold { from, lines, reply } => {
                let result = match begun {
                    Ok(()) => self.fold(from, &lines).await,
                    Err(error) => Err(error),
                };
                Answer::Done(reply, result)
            }
            Job::NoteUses { uses, reply } => {
                let result = match begun {
                    Ok(()) => system_tables::note_uses(&mut self.connection, &uses).await,
                    Err(error) => Err(error),
                };
                Answer::Done(reply, result)
            }
            // `gather` takes these out.
            Job::Close { reply } => {
                drop(reply);
                unreachable!("a close is no write")
            }
        };
        if answer.failed() {
            self.streams.drop_write();
            self.keys.drop_write();
            let undone = execute(&mut self.connection, "ROLLBACK TO SAVEPOINT one_write").await;
            if undone.is_err() {
                return Err(answer);
            }
        } else {
            self.streams.keep_write();
            self.keys.keep_write();
        }
        match execute(&mut self.connection, "RELEASE SAVEPOINT one_write").await {
            Ok(()) => Ok(answer),
            Err(error) => Err(answer.fail(&error)),
        }
    }

    async fn write_request(&mut self, request: &WriteRequest) -> Result<Committed, StoreError> {
        if let Some(idempotency) = &request.idempotency
            && let Some(earlier) = earlier_outcome(&mut self.connection, idempotency).await?
        {
            return Ok(earlier);
        }
        refuse_known_entries(&mut self.connection, &request.entries).await?;
        let now = (self.clock)();
        let positions = self.store_entries(&request.entries, now).await?;
        system_tables::apply_all(&mut self.connection, &self.ring, &request.system, now).await?;
        let line = FoldedLine {
            organisation: request.line.actor.organisation,
            hash: request.line.hash(),
            bytes: request.line.to_bytes(),
            at: request.line.at,
        };
        let audit = self.store_access_lines(&[line], now).await?.ok_or(StoreError::InvalidLine("no line"))?;
        if let Some(idempotency) = &request.idempotency {
            remember_outcome(&mut self.connection, idempotency, &positions, &audit, now).await?;
        }
        Ok(Committed { positions, audit, replayed: false })
    }

    /// Copies journal lines into their access streams; `from` is the number of the first of them.
    async fn fold(&mut self, from: u64, lines: &[FoldedLine]) -> Result<(), StoreError> {
        let folded = folded_lines(&mut self.connection).await?;
        // Lines before `folded` are in their streams already: folding again changes nothing.
        let done = folded.checked_sub(from).ok_or(StoreError::Damaged("a gap in the folded journal"))?;
        let done = usize::try_from(done).unwrap_or(usize::MAX).min(lines.len());
        let now = (self.clock)();
        self.store_access_lines(&lines[done..], now).await?;
        sqlx::query("UPDATE node SET folded_lines = $1 WHERE id = 1 AND folded_lines < $1")
            .bind(to_i64(from + lines.len() as u64)?)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}

/// Takes what waits, and where writes come from several callers, waits a moment for them.
async fn gather(
    first: Job,
    last_group: usize,
    jobs: &mut mpsc::Receiver<Job>,
) -> (Vec<Job>, Option<oneshot::Sender<()>>) {
    let mut group = Vec::new();
    let deadline = Instant::now() + GATHERING_TIME;
    let mut next = Some(first);
    loop {
        match next.take() {
            Some(Job::Close { reply }) => return (group, Some(reply)),
            Some(job) => group.push(job),
            None => return (group, None),
        }
        if group.len() >= GROUP_CAP {
            return (group, None);
        }
        next = match jobs.try_recv() {
            Ok(job) => Some(job),
            Err(_) if group.len() < last_group => timeout_at(deadline, jobs.recv()).await.ok().flatten(),
            Err(_) => None,
        };
    }
}

fn refuse_all(group: Vec<Job>, error: &StoreError) -> Vec<Answer> {
    group
        .into_iter()
        .filter_map(|job| match job {
            Job::Write { reply, .. } => Some(Answer::Write(reply, Err(error.clone()))),
            Job::Fold { reply, .. } | Job::NoteUses { reply, .. } => {
                Some(Answer::Done(reply, Err(error.clone())))
            }
            Job::Close { .. } => None,
        })
        .collect()
}

fn fail_all(answers: Vec<Answer>, error: &StoreError) -> Vec<Answer> {
    answers.into_iter().map(|answer| answer.fail(error)).collect()
}

async fn execute(connection: &mut Connection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

/// Reads how many journal lines were folded.
pub(crate) async fn folded_lines(connection: &mut Connection) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT folded_lines FROM node WHERE id = 1").fetch_one(connection).await?;
    streams::number_from_row(&row, "folded_lines")
}

/// Refuses a write with an entry that is stored already, that was erased, or that it holds twice.
async fn refuse_known_entries(connection: &mut Connection, entries: &[NewEntry]) -> Result<(), StoreError> {
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    if entries.iter().any(|entry| !seen.insert(entry.hash)) {
        return Err(StoreError::InvalidEntry("the same entry twice in one write"));
    }
    for entries in entries.chunks(LOOKED_UP_AT_ONCE) {
        // Few different statements, so that each stays prepared: the count is rounded up, the last hash repeated.
        let count = entries.len().next_power_of_two();
        let places: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
        let places = places.join(", ");
        let statement = format!(
            "SELECT hash, 1 AS erased FROM tombstones WHERE hash IN ({places})
             UNION ALL SELECT entry_hash AS hash, 0 AS erased FROM log WHERE entry_hash IN ({places})"
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(statement));
        for index in 0..count {
            query = query.bind(entries[index.min(entries.len() - 1)].hash.0.to_vec());
        }
        let rows = query.fetch_all(&mut *connection).await?;
        // An erased entry stands in both tables: erased is what to say.
        let erased = rows.iter().find(|row| row.try_get::<i64, _>("erased").is_ok_and(|erased| erased == 1));
        if let Some(row) = erased {
            return Err(StoreError::ErasedEntry { hash: EntryHash(fixed(row, "hash")?) });
        }
        if let Some(row) = rows.first() {
            let hash = EntryHash(fixed(row, "hash")?);
            return Err(StoreError::DuplicateEntry { position: place_of(connection, &hash).await? });
        }
    }
    Ok(())
}

async fn place_of(connection: &mut Connection, hash: &EntryHash) -> Result<Position, StoreError> {
    let row = sqlx::query(
        "SELECT s.organisation AS organisation, s.class AS class, s.node AS node,
                s.incarnation AS incarnation, l.seq AS seq
         FROM log l JOIN streams s ON s.number = l.stream WHERE l.entry_hash = $1",
    )
    .bind(hash.0.as_slice())
    .fetch_one(connection)
    .await?;
    position_from_row(&row)
}
