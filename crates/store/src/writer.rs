//! The writer: one task owns the writing connection and commits writes in groups, each write under its own savepoint.
//!
//! What arrives while a commit is being synced shares the next one. A write is answered only after the COMMIT that
//! holds it returned.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{EntryHash, IdempotencyKey, NodeId, OrganisationCode};
use barid_domain::reviews::ClockSeen;
use barid_domain::sign_in::{Attempts, Counted};
use barid_domain::streams::{Position, StreamId};
use barid_ledger::ChainHash;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::data_keys::DataKey;
use crate::directory::DirectoryLock;
use crate::engine::{self, Connection, Location, query};
use crate::error::StoreError;
use crate::grant_uses::{self, GrantAsked};
use crate::outcomes::{earlier_outcome, find_outcome, remember_outcome};
use crate::people;
use crate::replicas::{self, ReplicaId};
use crate::sealing::KeyRing;
use crate::server_clock::{Comparison, ServerClock};
use crate::snapshots;
use crate::store::load_node;
use crate::streams::{self, StreamState, fixed, position_from_row};
use crate::system_tables;
use crate::values::{Committed, CredentialId, FoldedLine, KeyScope, NewEntry, SystemChange, WriteRequest};

/// The clock a store is given.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The most writes of one commit.
const GROUP_CAP: usize = 50;
/// The longest wait for company, once writes come from several callers.
const GATHERING_TIME: Duration = Duration::from_millis(2);
/// How often a group is written before it is refused, where it stood in the way of other processes.
const TRIES: u32 = 5;
/// How long after a vain try a server is asked again to free the rows of destroyed keys: longer each time.
const FIRST_PURGE_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PURGE_PAUSE: Duration = Duration::from_secs(600);
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
    Write {
        request: Box<WriteRequest>,
        reply: oneshot::Sender<Result<Committed, StoreError>>,
    },
    Fold {
        from: u64,
        lines: Vec<FoldedLine>,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    NoteUses {
        uses: Vec<(CredentialId, Day)>,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Counts an attempt to sign in.
    BeginAttempt {
        names: Vec<([u8; 32], Counted)>,
        known: [u8; 32],
        now: Timestamp,
        reply: oneshot::Sender<Result<Option<Vec<Attempts>>, StoreError>>,
    },
    NoteSeen {
        session: [u8; 32],
        now: Timestamp,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Asks what became of a write, behind everything that was begun before.
    Ask {
        organisation: OrganisationCode,
        key: IdempotencyKey,
        reply: oneshot::Sender<Result<Option<Committed>, StoreError>>,
    },
    /// Gives out uses of grants.
    LendGrants {
        day: Day,
        asked: Vec<GrantAsked>,
        reply: oneshot::Sender<Result<Vec<u32>, StoreError>>,
    },
    /// Takes work that one replica does for all.
    Lease {
        name: &'static str,
        for_micros: i64,
        reply: oneshot::Sender<Result<bool, StoreError>>,
    },
    /// Notes what the upkeep saw of the clock.
    NoteClock {
        seen: ClockSeen,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// What a piece of work came to.
enum Done {
    Write(Committed),
    /// Whether a lease was taken.
    Lease(bool),
    /// How many uses of each grant were given out.
    Lent(Vec<u32>),
    Asked(Option<Committed>),
    /// What was counted before; nothing where somebody pauses.
    Attempted(Option<Vec<Attempts>>),
    /// Of a fold or of notes of use: no number was given, so nothing is told but that it is done.
    Rest,
}

impl Done {
    fn wrote(&self) -> bool {
        match self {
            Self::Write(committed) => !committed.replayed,
            Self::Lease(taken) => *taken,
            Self::Attempted(counted) => counted.is_some(),
            // Its lock is committed: a server that was the leader once, and does not know better, can't do that.
            Self::Asked(_) | Self::Lent(_) | Self::Rest => true,
        }
    }
}

/// What waits for the commit, one for each job of a group.
type Results = Vec<Result<Done, StoreError>>;

/// A group that was not committed: the connection must be set right before it is used again.
struct Failed {
    results: Results,
    /// Whether nothing of it is stored and it may be written once more.
    again: bool,
}

/// The writer's state.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    location: Location,
    snapshots: PathBuf,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    replica: ReplicaId,
    /// Drawn at this opening: while the database names it, no copy of the directory has been opened since.
    holder: [u8; 16],
    /// Whether the database has named the replica: not before the write by which it joins.
    has_joined: bool,
    /// Whether this group holds that write.
    joining: bool,
    pub(crate) ring: KeyRing,
    clock: Clock,
    server_clock: ServerClock,
    /// The server's time when this group began; of a file there is none.
    server_now: Option<Timestamp>,
    /// Whether this group may be stamped with our clock.
    may_stamp: bool,
    committed: watch::Sender<u64>,
    lock: Arc<DirectoryLock>,
    pub(crate) streams: crate::layers::Layers<StreamId, StreamState>,
    pub(crate) keys: crate::layers::Layers<KeyScope, DataKey>,
    /// Where streams ended when this writer last committed to them: what a database that went back is found out by.
    pub(crate) witnessed: HashMap<StreamId, (u64, ChainHash)>,
    last_group: usize,
    /// Whether pages overwritten by an erasure may still stand in the write-ahead log.
    purge_due: bool,
    /// When that is looked after next at the soonest, and how long after a vain try.
    purge_not_before: Instant,
    purge_pause: Duration,
    /// Whether this group holds an erasure.
    pub(crate) erasing: bool,
    /// Set when the connection could not be opened again.
    broken: bool,
}

/// What a writer is made of.
pub(crate) struct WriterParts {
    pub(crate) connection: Connection,
    pub(crate) location: Location,
    pub(crate) snapshots: PathBuf,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) replica: ReplicaId,
    pub(crate) holder: [u8; 16],
    pub(crate) has_joined: bool,
    pub(crate) ring: KeyRing,
    pub(crate) clock: Clock,
    pub(crate) server_clock: ServerClock,
    pub(crate) committed: watch::Sender<u64>,
    /// Held until the writer is done, whoever drops the store before.
    pub(crate) lock: Arc<DirectoryLock>,
}

impl Writer {
    pub(crate) fn new(parts: WriterParts) -> Self {
        Self {
            connection: parts.connection,
            location: parts.location,
            snapshots: parts.snapshots,
            node: parts.node,
            incarnation: parts.incarnation,
            replica: parts.replica,
            holder: parts.holder,
            has_joined: parts.has_joined,
            joining: false,
            ring: parts.ring,
            clock: parts.clock,
            server_clock: parts.server_clock,
            server_now: None,
            may_stamp: true,
            committed: parts.committed,
            lock: parts.lock,
            streams: Default::default(),
            keys: Default::default(),
            witnessed: HashMap::new(),
            last_group: 1,
            // A process killed between an erasure's commit and its purge leaves this to the next one.
            purge_due: true,
            purge_not_before: Instant::now(),
            purge_pause: FIRST_PURGE_PAUSE,
            erasing: false,
            broken: false,
        }
    }

    /// Works until the store is closed or dropped.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        self.purge_if_due().await;
        while let Some(first) = self.next_job(&mut jobs).await {
            let (group, close) = gather(first, self.last_group, &mut jobs).await;
            self.last_group = group.len();
            if !group.is_empty() {
                self.commit_group(group).await;
            }
            if let Some(reply) = close {
                if let Err(error) = self.connection.close().await {
                    tracing::warn!(code = error.code(), "closing the database failed");
                }
                // Before the answer: whoever closed may open again at once.
                drop(self.lock);
                // Whoever closed and went away needs no answer.
                let _ = reply.send(());
                return;
            }
        }
    }

    /// Waits for the next job, and meanwhile purges what an erasure left, where that could not be done at once.
    async fn next_job(&mut self, jobs: &mut mpsc::Receiver<Job>) -> Option<Job> {
        while self.purge_due && self.location.is_on_server() {
            match timeout_at(self.purge_not_before, jobs.recv()).await {
                Ok(job) => return job,
                Err(_) => self.purge_if_due().await,
            }
        }
        jobs.recv().await
    }

    async fn commit_group(&mut self, group: Vec<Job>) {
        let mut group = Some(group);
        let mut tries = 0;
        while let Some(jobs) = group.take() {
            let (jobs, written) = self.write_group(jobs).await;
            let results = match written {
                Ok(results) => results,
                Err(failed) => {
                    self.reset().await;
                    tries += 1;
                    if failed.again && tries < TRIES && !self.broken {
                        group = Some(jobs);
                        continue;
                    }
                    failed.results
                }
            };
            if results.iter().flatten().any(Done::wrote) {
                self.committed.send_modify(|count| *count += 1);
            }
            answer_all(jobs, results);
        }
    }

    /// Writes and commits a group, and gives it back with what it came to; without jobs where they were answered.
    async fn write_group(&mut self, group: Vec<Job>) -> (Vec<Job>, Result<Results, Failed>) {
        if self.broken && self.location.is_on_server() {
            self.reset().await;
        }
        if self.broken {
            let results = refuse_all(&group, &StoreError::Stopped);
            return (group, Err(Failed { results, again: false }));
        }
        if let Err(error) = self.begin_group().await {
            // Nothing was begun, so nothing is stored: a server that went away and came back is no reason to refuse.
            let ended = matches!(
                error,
                StoreError::IncarnationEnded | StoreError::ReplicaUnknown | StoreError::ReplicaTaken
            );
            let again = !ended && (error.is_transient() || self.location.is_on_server());
            let results = refuse_all(&group, &error);
            return (group, Err(Failed { results, again }));
        }
        let results = match self.write_jobs(&group).await {
            Ok(results) => results,
            Err(failed) => return (group, Err(failed)),
        };
        // Of a database on a server, what is told of an earlier commit holds once this one returned: that commit may have been
        // seen before a second server had it. The lock of the node's row is what there is to commit.
        let is_on_server = self.location.is_on_server();
        if !results.iter().flatten().any(|done| done.wrote() || is_on_server) {
            (self.erasing, self.joining) = (false, false);
            return match execute(&mut self.connection, "ROLLBACK").await {
                Ok(()) => (group, Ok(results)),
                Err(_) => (group, Err(Failed { results, again: false })),
            };
        }
        if acknowledges_too_early() {
            answer_all(group, results);
            return (Vec::new(), self.finish_group(Vec::new()).await);
        }
        let finished = self.finish_group(results).await;
        (group, finished)
    }

    /// Begins the transaction of a group. Where other processes write too, what memory says may be of yesterday.
    async fn begin_group(&mut self) -> Result<(), StoreError> {
        if self.location.is_on_server() {
            self.streams.forget();
            self.keys.forget();
        }
        let asked = (self.clock)();
        self.server_now = engine::begin_writing(&mut self.connection, &self.location).await?;
        self.may_stamp = self.server_now.is_none_or(|said| {
            let answered = (self.clock)();
            self.server_clock.note(Comparison { asked, said, answered })
        });
        if !self.location.is_on_server() {
            return Ok(());
        }
        if load_node(&mut self.connection).await?.incarnation != self.incarnation {
            return Err(StoreError::IncarnationEnded);
        }
        // Nor does a replica write on that was removed, or whose copy was opened.
        match replicas::folded(&mut self.connection, &self.replica).await? {
            Some(folded) if folded.holder == self.holder => self.has_joined = true,
            Some(_) if self.has_joined => return Err(StoreError::ReplicaTaken),
            None if self.has_joined => return Err(StoreError::ReplicaUnknown),
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Writes the jobs of a group in their order.
    async fn write_jobs(&mut self, group: &[Job]) -> Result<Results, Failed> {
        let mut results = Vec::with_capacity(group.len());
        for job in group {
            match self.write_one(job).await {
                Ok(result) => {
                    let again = result.as_ref().is_err_and(StoreError::is_transient);
                    results.push(result);
                    if again {
                        return Err(give_up(results, group.len(), true));
                    }
                }
                Err(error) => {
                    // The savepoint could not be undone: the engine gave the whole transaction up.
                    let again = error.is_transient();
                    results.push(Err(error));
                    return Err(give_up(results, group.len(), again));
                }
            }
        }
        Ok(results)
    }

    /// Writes what the group changed in memory, and commits.
    async fn finish_group(&mut self, results: Results) -> Result<Results, Failed> {
        if let Err(error) = self.save_group().await {
            let again = error.is_transient();
            return Err(Failed { results: fail_all(results, &error), again });
        }
        match engine::commit(&mut self.connection, &self.location).await {
            Ok(()) => {
                self.settle().await;
                Ok(results)
            }
            Err(error) if error.is_transient() => {
                Err(Failed { results: fail_all(results, &StoreError::Aborted), again: true })
            }
            Err(error) => {
                tracing::error!(code = error.code(), "a commit failed; its outcome is unknown");
                // What an erasure overwrote must go where it happened after all, and followers must look.
                self.purge_due |= self.erasing;
                self.committed.send_modify(|count| *count += 1);
                Err(Failed { results: fail_all(results, &StoreError::OutcomeUnknown), again: false })
            }
        }
    }

    /// Writes what the group changed in memory; removes what an erasure must not leave behind.
    async fn save_group(&mut self) -> Result<(), StoreError> {
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
        self.has_joined |= std::mem::take(&mut self.joining);
        let ends = self.streams.changed_entries().map(|(stream, state)| (*stream, (state.size, state.chain)));
        self.witnessed.extend(ends);
        self.streams.keep_group(CACHE_CAP);
        self.keys.keep_group(CACHE_CAP);
        if self.erasing {
            // What was erased just now is looked after at once, whatever stood in the way of something earlier.
            self.purge_due = true;
            (self.purge_not_before, self.purge_pause) = (Instant::now(), FIRST_PURGE_PAUSE);
        }
        self.erasing = false;
        self.purge_if_due().await;
    }

    async fn purge_if_due(&mut self) {
        if !self.purge_due || Instant::now() < self.purge_not_before {
            return;
        }
        if self.location.is_on_server() {
            // An old transaction may stand in the way for hours, and a commit must not wait for a try each time.
            self.purge_not_before = Instant::now() + self.purge_pause;
            self.purge_pause = (2 * self.purge_pause).min(LONGEST_PURGE_PAUSE);
        }
        match engine::purge_overwritten(&mut self.connection).await {
            Ok(true) => self.purge_due = false,
            // A reader is in the way: with SQLite the next commit tries again.
            Ok(false) => {}
            Err(error) => tracing::warn!(code = error.code(), "old pages could not be purged yet"),
        }
    }

    /// Sets the writer right after a failed transaction: memory forgotten, connection opened anew.
    async fn reset(&mut self) {
        self.streams.forget();
        self.keys.forget();
        (self.erasing, self.joining) = (false, false);
        if execute(&mut self.connection, "ROLLBACK").await.is_ok() {
            return;
        }
        match engine::reopen_writing(&self.location).await {
            Ok(connection) => {
                self.connection = connection;
                self.broken = false;
            }
            Err(error) => {
                tracing::error!(code = error.code(), "the database can't be opened again; writing stops");
                self.broken = true;
            }
        }
    }

    /// Writes one job under its savepoint. The outer `Err` when the savepoint can't be undone or ended.
    async fn write_one(&mut self, job: &Job) -> Result<Result<Done, StoreError>, StoreError> {
        let result = match execute(&mut self.connection, "SAVEPOINT one_write").await {
            Ok(()) => self.do_job(job).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            self.streams.drop_write();
            self.keys.drop_write();
            let undone = execute(&mut self.connection, "ROLLBACK TO SAVEPOINT one_write").await;
            if undone.is_err() {
                return Err(error.clone());
            }
        } else {
            self.streams.keep_write();
            self.keys.keep_write();
        }
        execute(&mut self.connection, "RELEASE SAVEPOINT one_write").await?;
        Ok(result)
    }

    async fn do_job(&mut self, job: &Job) -> Result<Done, StoreError> {
        // A question is stamped with nothing.
        if !self.may_stamp && !matches!(job, Job::Ask { .. }) {
            return Err(StoreError::ClockWrong { ahead_micros: self.server_clock.ahead_micros() });
        }
        match job {
            Job::Write { request, .. } => self.write_request(request).await.map(Done::Write),
            Job::Fold { from, lines, .. } => self.fold(*from, lines).await.map(|()| Done::Rest),
            Job::NoteUses { uses, .. } => {
                system_tables::note_uses(&mut self.connection, uses).await.map(|()| Done::Rest)
            }
            Job::BeginAttempt { names, known, now, .. } => {
                let begun = people::begin_attempt(&mut self.connection, names, known, *now).await;
                begun.map(Done::Attempted)
            }
            Job::NoteSeen { session, now, .. } => {
                people::note_seen(&mut self.connection, session, *now).await.map(|()| Done::Rest)
            }
            Job::LendGrants { day, asked, .. } => {
                grant_uses::lend(&mut self.connection, *day, asked).await.map(Done::Lent)
            }
            Job::Lease { name, for_micros, .. } => {
                let now = self.server_now.unwrap_or_else(|| (self.clock)());
                let taken = replicas::take_lease(&mut self.connection, name, &self.holder, now, *for_micros);
                taken.await.map(Done::Lease)
            }
            Job::NoteClock { seen, .. } => {
                crate::reviews::note_clock(&mut self.connection, *seen).await.map(|()| Done::Rest)
            }
            Job::Ask { organisation, key, .. } => {
                find_outcome(&mut self.connection, *organisation, *key).await.map(Done::Asked)
            }
            // `gather` takes these out.
            Job::Close { .. } => Ok(Done::Rest),
        }
    }

    async fn write_request(&mut self, request: &WriteRequest) -> Result<Committed, StoreError> {
        if let Some(idempotency) = &request.idempotency
            && let Some(earlier) = earlier_outcome(&mut self.connection, &self.ring, idempotency).await?
        {
            return Ok(earlier);
        }
        refuse_known_entries(&mut self.connection, &request.entries).await?;
        let now = (self.clock)();
        let positions = self.store_entries(&request.entries, now).await?;
        let own = (self.replica, self.holder);
        system_tables::apply_all(&mut self.connection, &self.ring, &request.system, own, now).await?;
        // Behind the commit; where there is none the next one empties the log in vain.
        self.purge_due |= request.system.iter().any(|change| {
            matches!(change, SystemChange::DropImages { .. } | SystemChange::EraseRequest { .. })
        });
        let line = FoldedLine {
            organisation: request.line.actor.organisation,
            hash: request.line.hash(),
            bytes: request.line.to_bytes(),
            at: request.line.at,
        };
        let audit = self.store_access_lines(&[line], now).await?.ok_or(StoreError::InvalidLine("no line"))?;
        if let Some(idempotency) = &request.idempotency {
            let (connection, ring) = (&mut self.connection, &self.ring);
            remember_outcome(connection, ring, idempotency, &positions, &audit, now).await?;
        }
        self.joining |= request.system.contains(&SystemChange::JoinReplica);
        Ok(Committed { positions, audit, replayed: false })
    }

    /// Copies journal lines into their access streams; `from` is the number of the first of them.
    async fn fold(&mut self, from: u64, lines: &[FoldedLine]) -> Result<(), StoreError> {
        let folded = replicas::folded(&mut self.connection, &self.replica).await?;
        let folded = folded.ok_or(StoreError::ReplicaUnknown)?;
        if folded.holder != self.holder {
            return Err(StoreError::ReplicaTaken);
        }
        // Lines before `folded` are in their streams already: folding again changes nothing.
        let done =
            folded.lines.checked_sub(from).ok_or(StoreError::Damaged("a gap in the folded journal"))?;
        let done = usize::try_from(done).unwrap_or(usize::MAX).min(lines.len());
        let now = (self.clock)();
        let new = &lines[done..];
        self.store_access_lines(new, now).await?;
        let chain = folded
            .chain
            .map(|chain| new.iter().fold(chain, |chain, line| chain.next(&streams::chain_leaf(&line.hash))));
        let reached = folded.lines + new.len() as u64;
        let seen = self.server_now.unwrap_or(now);
        replicas::note_folded(&mut self.connection, &self.replica, reached, chain.as_ref(), seen).await
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

fn refuse_all(group: &[Job], error: &StoreError) -> Results {
    group.iter().map(|_| Err(error.clone())).collect()
}

///
/// What was refused behind a write of the group may have been refused for what that write said: it came to nothing, and
/// why it was refused is not told.
fn fail_all(results: Results, error: &StoreError) -> Results {
    let mut is_behind = false;
    let fail = |result: Result<Done, StoreError>| match result {
        Ok(done) => {
            is_behind |= done.wrote();
            Err(error.clone())
        }
        Err(_) if is_behind => Err(StoreError::Aborted),
        Err(refusal) => Err(refusal),
    };
    results.into_iter().map(fail).collect()
}

/// Fails what was written, and what was to be written after it, when the transaction is gone.
fn give_up(results: Results, jobs: usize, again: bool) -> Failed {
    let mut results = fail_all(results, &StoreError::Aborted);
    results.resize_with(jobs, || Err(StoreError::Aborted));
    Failed { results, again }
}

/// Answers each job; a caller that went away has no use for it.
fn answer_all(group: Vec<Job>, results: Results) {
    for (job, result) in group.into_iter().zip(results) {
        match job {
            Job::Write { reply, .. } => {
                let committed = result.and_then(|done| match done {
                    Done::Write(committed) => Ok(committed),
                    // A write comes to nothing else.
                    Done::Asked(_) | Done::Lease(_) | Done::Lent(_) | Done::Attempted(_) | Done::Rest => {
                        Err(StoreError::OutcomeUnknown)
                    }
                });
                drop(reply.send(committed));
            }
            Job::Ask { reply, .. } => {
                let told = result.and_then(|done| match done {
                    Done::Asked(outcome) => Ok(outcome),
                    // Nor does a question.
                    Done::Write(_) | Done::Lease(_) | Done::Lent(_) | Done::Attempted(_) | Done::Rest => {
                        Err(StoreError::OutcomeUnknown)
                    }
                });
                drop(reply.send(told));
            }
            Job::Fold { reply, .. }
            | Job::NoteUses { reply, .. }
            | Job::NoteSeen { reply, .. }
            | Job::NoteClock { reply, .. } => drop(reply.send(result.map(|_| ()))),
            Job::BeginAttempt { reply, .. } => drop(reply.send(result.and_then(|done| match done {
                Done::Attempted(counted) => Ok(counted),
                Done::Write(_) | Done::Asked(_) | Done::Lease(_) | Done::Lent(_) | Done::Rest => {
                    Err(StoreError::OutcomeUnknown)
                }
            }))),
            Job::LendGrants { reply, .. } => drop(reply.send(result.and_then(|done| match done {
                Done::Lent(lent) => Ok(lent),
                Done::Write(_) | Done::Asked(_) | Done::Lease(_) | Done::Attempted(_) | Done::Rest => {
                    Err(StoreError::OutcomeUnknown)
                }
            }))),
            Job::Lease { reply, .. } => {
                drop(reply.send(result.map(|done| matches!(done, Done::Lease(true)))));
            }
            Job::Close { reply } => drop(reply.send(())),
        }
    }
}

async fn execute(connection: &mut Connection, statement: &'static str) -> Result<(), StoreError> {
    query(statement).execute(connection).await?;
    Ok(())
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
            "SELECT hash, CAST(1 AS BIGINT) AS erased FROM tombstones WHERE hash IN ({places})
             UNION ALL SELECT entry_hash AS hash, CAST(0 AS BIGINT) AS erased FROM log WHERE entry_hash IN ({places})"
        );
        let mut statement = query(sqlx::AssertSqlSafe(statement));
        for index in 0..count {
            statement = statement.bind(entries[index.min(entries.len() - 1)].hash.0.to_vec());
        }
        let rows = statement.fetch_all(&mut *connection).await?;
        // An erased entry stands in both tables: erased is what to say.
        let erased = rows.iter().find(|row| row.try_get::<i64>("erased").is_ok_and(|erased| erased == 1));
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
    let row = query(
        "SELECT s.organisation AS organisation, s.class AS class, s.node AS node,
                s.incarnation AS incarnation, l.seq AS seq
         FROM log l JOIN streams s ON s.number = l.stream WHERE l.entry_hash = $1",
    )
    .bind(hash.0.as_slice())
    .fetch_one(connection)
    .await?;
    position_from_row(&row)
}

#[cfg(test)]
mod tests {
    use barid_domain::streams::StreamClass;

    use super::*;

    #[test]
    fn what_was_refused_for_a_write_that_came_to_nothing_is_not_told() {
        let audit = Position {
            stream: StreamId {
                organisation: "XA".parse().unwrap(),
                class: StreamClass::Access,
                node: NodeId([1; 16]),
                incarnation: 1,
            },
            seq: 1,
        };
        let written = Done::Write(Committed { positions: vec![audit], audit, replayed: false });
        let (full, damaged) = (StoreError::JournalStopped, StoreError::Damaged("x"));
        let results = vec![Err(damaged.clone()), Ok(written), Err(damaged), Ok(Done::Rest)];
        let codes = |results: Results| -> Vec<&str> {
            results.iter().map(|result| result.as_ref().map_or_else(StoreError::code, |_| "done")).collect()
        };
        let failed = codes(fail_all(results, &full));
        assert_eq!(failed, ["data-damaged", "journal-stopped", "write-aborted", "journal-stopped"]);
    }
}
