//! The store of a node: opening and closing it, and the doors to everything it keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{IdempotencyKey, NodeId, OrganisationCode};
use barid_domain::reviews::ClockSeen;
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use crate::directory::{
    DirectoryLock, MasterKeySource, Paths, create_master_key, keep_master_key, make_private_directory,
    read_master_key, sync_parent,
};
use crate::engine::{self, Connection, Executor, Location, Pool, Presence, query};
use crate::error::StoreError;
use crate::grant_uses::GrantAsked;
use crate::journal::recovery::SEGMENT_ROTATION_BYTES;
use crate::journal::{Journal, JournalParts};
use crate::outcomes::find_outcome;
use crate::replicas::{self, Folded, Invitation, ReplicaId};
use crate::sealing::{KeyRing, random};
use crate::server_clock::ServerClock;
use crate::snapshots::{SnapshotKind, SnapshotReader, SnapshotWriter};
use crate::streams::{fixed, number_from_row};
use crate::transaction::WriteTx;
use crate::values::{
    Committed, Credential, CredentialId, FoldedLine, Idempotency, ImportProgress, ImportedRow,
};
use crate::writer::{Clock, Job, Writer, WriterParts};
use crate::{item_roots, migrate_store, secrets, snapshots, subtrees, system_tables};

/// Writes that may wait for the writer before callers wait to hand theirs over.
const WAITING_WRITES: usize = 256;
/// Journal lines folded in one transaction.
const LINES_PER_FOLD: usize = 256;

/// How a store is opened.
#[derive(Clone)]
pub struct StoreOptions {
    /// The data directory.
    pub directory: PathBuf,
    /// Where the master key is.
    pub master_key: MasterKeySource,
    /// The clock.
    pub clock: Clock,
}

/// Is the store of one node. Clones share it.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("node", &self.inner.node).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) pool: Pool,
    pub(crate) location: Location,
    pub(crate) paths: Paths,
    pub(crate) master_key: MasterKeySource,
    pub(crate) ring: KeyRing,
    pub(crate) clock: Clock,
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) replica: ReplicaId,
    /// Drawn at this opening: the database names it while no copy of the directory was opened since.
    pub(crate) holder: [u8; 16],
    /// Whether the database has named it.
    pub(crate) was_named: AtomicBool,
    pub(crate) journal: Journal,
    torn_journal_bytes: u64,
    pub(crate) writer: mpsc::Sender<Job>,
    committed: watch::Receiver<u64>,
    pub(crate) presence: Presence,
    pub(crate) server_clock: ServerClock,
    /// The connection that the pulse is taken on.
    pub(crate) pulse: tokio::sync::Mutex<Option<Connection>>,
    /// One folding at a time.
    folding: tokio::sync::Mutex<()>,
    /// Held until the store is gone.
    _lock: Arc<DirectoryLock>,
}

/// What the `node` table says.
pub(crate) struct NodeRow {
    pub(crate) node: NodeId,
    pub(crate) incarnation: u32,
    pub(crate) key_check: [u8; 32],
    /// What the first directory's journal had folded before replicas were counted by themselves.
    pub(crate) folded_lines: u64,
    pub(crate) created_at: Timestamp,
}

impl Store {
    /// Makes a data directory, its master key where there is none, and opens it. Goes on with one that a crash left
    /// half made; it deletes nothing.
    ///
    /// # Errors
    /// [`StoreError::DirectoryNotEmpty`] where something is there already, [`StoreError::DatabaseNotEmpty`] where the
    /// database on a server is another directory's; file and database errors.
    pub async fn create(options: StoreOptions) -> Result<Self, StoreError> {
        let paths = Paths::new(&options.directory);
        if !paths.is_absent_or_half_made()? {
            return Err(StoreError::DirectoryNotEmpty);
        }
        paths.make_directories()?;
        let location = paths.location()?;
        let lock = Arc::new(DirectoryLock::take(&paths)?);
        let key_path = paths.master_key(&options.master_key);
        // A directory of somebody else's, such as a vault, keeps its mode: the key file's own is looked at.
        if let Some(parent) = key_path.parent()
            && !parent.is_dir()
        {
            make_private_directory(parent)?;
        }
        let ring = KeyRing::new(&*create_master_key(&key_path)?);
        let mut connection = engine::open_writing(&location).await?;
        insert_node(&mut connection, &ring, &options.clock).await?;
        if location.is_on_server() {
            refuse_database_of_another(&mut connection, &ring).await?;
        }
        // The format file makes the directory a data directory: last.
        paths.write_format()?;
        Self::start(options, paths, location, (lock, ring), connection, Joining::Joined).await
    }

    /// Makes the data directory of another replica out of an invitation, and opens it: it has keys and a journal of its own
    /// from then on, and is a data directory once [`Store::finish_joining`] says so. Goes on with one that a crash left half
    /// made. The database is at `address`, or where the inviting directory has it.
    ///
    /// # Errors
    /// [`StoreError::InvitationUnusable`] where its time is over; [`StoreError::DirectoryNotEmpty`];
    /// [`StoreError::WrongMasterKey`] where the database is another node's; file and database errors.
    pub async fn join(
        options: StoreOptions,
        invitation: &Invitation,
        address: Option<&str>,
    ) -> Result<Self, StoreError> {
        if (options.clock)() > invitation.valid_until {
            return Err(StoreError::InvitationUnusable);
        }
        let paths = Paths::new(&options.directory);
        if !paths.is_absent_or_half_made()? {
            return Err(StoreError::DirectoryNotEmpty);
        }
        paths.make_directories()?;
        let lock = Arc::new(DirectoryLock::take(&paths)?);
        paths.write_server_address(address.unwrap_or(invitation.address()))?;
        let location = paths.location()?;
        if paths.replica()?.is_first() {
            paths.write_replica(&ReplicaId(random()?))?;
        }
        let ring = take_keys(&paths, &options.master_key, invitation)?;
        let connection = engine::open_writing(&location).await?;
        Self::start(options, paths, location, (lock, ring), connection, Joining::Joins).await
    }

    /// Makes the directory of a replica that joined a data directory: the last step.
    ///
    /// # Errors
    /// File errors.
    pub fn finish_joining(&self) -> Result<(), StoreError> {
        self.inner.paths.write_format()
    }

    /// Opens a data directory.
    ///
    /// # Errors
    /// [`StoreError::NotADataDirectory`], [`StoreError::UnknownFormat`], [`StoreError::DirectoryLocked`],
    /// the errors about master keys, [`StoreError::JournalDamaged`]; file and database errors.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let paths = Paths::new(&options.directory);
        paths.check_format()?;
        paths.refuse_backup()?;
        let lock = Arc::new(DirectoryLock::take(&paths)?);
        paths.close_to_others()?;
        let location = paths.location()?;
        let ring = KeyRing::new(&*read_master_key(&paths.master_key(&options.master_key))?);
        if location.file().is_some_and(|file| !file.exists()) {
            return Err(StoreError::Damaged("the database file is missing"));
        }
        let connection = engine::open_writing(&location).await?;
        Self::start(options, paths, location, (lock, ring), connection, Joining::Joined).await
    }

    async fn start(
        options: StoreOptions,
        paths: Paths,
        location: Location,
        (lock, ring): (Arc<DirectoryLock>, KeyRing),
        mut connection: Connection,
        joining: Joining,
    ) -> Result<Self, StoreError> {
        // Both for a process that was stopped between a change and its sync, before any reader is in the way: the names
        // of the directory's files, and what stands in the database's log and may not be on disk.
        sync_parent(&paths.format())?;
        engine::settle(&mut connection).await?;
        let row = load_node(&mut connection).await?;
        if ring.check_value(&row.node.0) != row.key_check {
            return Err(StoreError::WrongMasterKey);
        }
        migrate_store::settle(&mut connection, &paths).await?;
        let (replica, holder) = (paths.replica()?, random()?);
        let folded = match (replicas::folded(&mut connection, &replica).await?, &joining) {
            (Some(folded), _) => folded,
            (None, Joining::Joins) => Folded::NOTHING,
            (None, Joining::Joined) if replica.is_first() => Folded::of_earlier_version(&row),
            (None, Joining::Joined) => return Err(StoreError::ReplicaUnknown),
        };
        let (journal, torn_journal_bytes) = Journal::open(JournalParts {
            directory: paths.journal(),
            node: row.node,
            incarnation: row.incarnation,
            ring: ring.clone(),
            replica,
            folded,
            rotation_bytes: SEGMENT_ROTATION_BYTES,
            lock: Some(lock.clone()),
        })?;
        let has_joined = matches!(joining, Joining::Joined);
        if has_joined {
            let now = (options.clock)();
            replicas::claim(&mut connection, &location, (&replica, &holder), &folded, (row.created_at, now))
                .await?;
        }
        subtrees::fill(&mut connection, &location).await?;
        item_roots::fill(&mut connection, &location).await?;
        let (presence, server_clock) = (Presence::there(), ServerClock::default());
        let pool = engine::open_reading(&location, presence.clone()).await?;
        let (committed_sender, committed) = watch::channel(0);
        let (writer, jobs) = mpsc::channel(WAITING_WRITES);
        let parts = WriterParts {
            connection,
            location: location.clone(),
            snapshots: paths.snapshots(),
            node: row.node,
            incarnation: row.incarnation,
            replica,
            holder,
            has_joined,
            ring: ring.clone(),
            clock: options.clock.clone(),
            server_clock: server_clock.clone(),
            committed: committed_sender,
            lock: lock.clone(),
        };
        tokio::spawn(Writer::new(parts).run(jobs));
        let inner = Inner {
            pool,
            location,
            paths,
            master_key: options.master_key,
            ring,
            clock: options.clock,
            node: row.node,
            incarnation: row.incarnation,
            replica,
            holder,
            was_named: AtomicBool::new(has_joined),
            journal,
            torn_journal_bytes,
            writer,
            committed,
            presence,
            server_clock,
            pulse: tokio::sync::Mutex::default(),
            folding: tokio::sync::Mutex::new(()),
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Syncs and closes everything; other clones get [`StoreError::Stopped`] from then on.
    pub async fn close(self) {
        self.inner.journal.close().await;
        let (reply, answer) = tokio::sync::oneshot::channel();
        if self.inner.writer.send(Job::Close { reply }).await.is_ok() {
            // A writer that died has closed its connection too.
            let _ = answer.await;
        }
        self.inner.pool.close().await;
    }

    /// The node.
    pub fn node(&self) -> NodeId {
        self.inner.node
    }

    /// How often the node began anew after a restore; 1 at first.
    pub fn incarnation(&self) -> u32 {
        self.inner.incarnation
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.inner.paths.root
    }

    /// How many bytes of a torn journal tail were cut at opening.
    pub fn torn_journal_bytes(&self) -> u64 {
        self.inner.torn_journal_bytes
    }

    /// Takes this process's clock for right however far it is from the server's: for tests that open directories of another time,
    /// and for nothing else.
    pub fn trust_own_clock(&self) {
        self.inner.server_clock.trust_own();
    }

    /// By how many microseconds this process's clock was ahead of the database server's when they were last compared, with
    /// the last write or pulse; negative where it was behind, 0 of a database that is a file.
    pub fn clock_ahead_micros(&self) -> i64 {
        self.inner.server_clock.ahead_micros()
    }

    /// Tells whether they differ by so much that nothing is written: writes are refused with [`StoreError::ClockWrong`].
    pub fn is_clock_wrong(&self) -> bool {
        self.inner.server_clock.is_wrong()
    }

    /// Begins a write.
    pub fn begin_write(&self, idempotency: Option<Idempotency>) -> WriteTx {
        WriteTx::new(self.inner.writer.clone(), self.inner.presence.clone(), idempotency)
    }

    /// The journal: the only door to a read.
    pub fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// Tells that something was committed. A hint: what was is told by [`Store::changes_after`].
    pub fn notify(&self) -> watch::Receiver<u64> {
        self.inner.committed.clone()
    }

    /// Tells what became of a write: "did it land?". Of a database on a server it is said only behind everything that was
    /// begun before, by a leader that can commit: behind "no" nothing comes that is still on its way, and what "yes" tells
    /// of is where a commit is.
    ///
    /// # Errors
    /// Database errors, [`StoreError::OutcomeUnknown`]; then the question stays open.
    pub async fn outcome(
        &self,
        organisation: OrganisationCode,
        key: IdempotencyKey,
    ) -> Result<Option<Committed>, StoreError> {
        if !self.inner.location.is_on_server() {
            return find_outcome(&self.inner.pool, organisation, key).await;
        }
        let asking = async {
            let (reply, answer) = tokio::sync::oneshot::channel();
            let job = Job::Ask { organisation, key, reply };
            self.inner.writer.send(job).await.map_err(|_| StoreError::Stopped)?;
            answer.await.map_err(|_| StoreError::OutcomeUnknown)?
        };
        self.inner.presence.unless_away(asking).await
    }

    /// Copies journal lines on disk into the access streams of their organisations, so that they get ledger leaves.
    /// Gives how many were copied. Safe to repeat and to interrupt.
    ///
    /// # Errors
    /// Journal and database errors.
    pub async fn fold_journal(&self) -> Result<u64, StoreError> {
        let _one_at_a_time = self.inner.folding.lock().await;
        let folded = self.fold_all().await;
        if let Err(error) = &folded {
            self.stop_if_ended(error);
        }
        folded
    }

    /// Stops the journal, and with it searches and openings, where an error says that this is no replica any more.
    pub(crate) fn stop_if_ended(&self, error: &StoreError) {
        if matches!(error, StoreError::ReplicaTaken | StoreError::ReplicaUnknown)
            && self.inner.journal.is_running()
        {
            tracing::error!(code = error.code(), "this is no replica any more: searches and openings stop");
            self.inner.journal.stop();
        }
    }

    async fn fold_all(&self) -> Result<u64, StoreError> {
        if self.inner.journal.is_running() {
            self.inner.journal.sync().await?;
        }
        let mut folded = 0;
        loop {
            let from = self.folded_lines().await?;
            let journal = self.inner.journal.clone();
            let lines = tokio::task::spawn_blocking(move || journal.read_lines(from, LINES_PER_FOLD))
                .await
                .map_err(|_| StoreError::Stopped)??;
            // On a server a fold of nothing tells the others that this replica lives, and this one whether it still is one.
            let is_last = lines.is_empty();
            if is_last && !self.inner.location.is_on_server() {
                return Ok(folded);
            }
            folded += lines.len() as u64;
            let lines = lines.iter().map(|line| FoldedLine {
                organisation: line.actor.organisation,
                hash: line.hash(),
                bytes: line.to_bytes(),
                at: line.at,
            });
            let (reply, answer) = tokio::sync::oneshot::channel();
            let job = Job::Fold { from, lines: lines.collect(), reply };
            self.inner.writer.send(job).await.map_err(|_| StoreError::Stopped)?;
            answer.await.map_err(|_| StoreError::OutcomeUnknown)??;
            if is_last {
                return Ok(folded);
            }
        }
    }

    /// Counts the lines of this replica's journal that stand in access streams.
    ///
    /// # Errors
    /// Database errors.
    pub async fn folded_lines(&self) -> Result<u64, StoreError> {
        let folded = replicas::folded(&self.inner.pool, &self.inner.replica).await?;
        folded.map(|folded| folded.lines).ok_or(StoreError::ReplicaUnknown)
    }

    /// Gives out uses of grants for a day, of each as many as are wanted, as are needed, or none: never more than its cap over
    /// all servers, but for those that are owed.
    ///
    /// # Errors
    /// Database errors; then none may be taken as given out, and some may count.
    pub async fn lend_grants(&self, day: Day, asked: Vec<GrantAsked>) -> Result<Vec<u32>, StoreError> {
        if self.is_away() {
            return Err(StoreError::away());
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        let job = Job::LendGrants { day, asked, reply };
        self.inner.writer.send(job).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }

    /// Takes work that one replica does for all, for a time in microseconds from now, or keeps it; `false` where another one has
    /// it. The time is the database server's.
    ///
    /// # Errors
    /// Database errors; [`StoreError::ClockWrong`].
    pub async fn take_lease(&self, name: &'static str, for_micros: i64) -> Result<bool, StoreError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner
            .writer
            .send(Job::Lease { name, for_micros, reply })
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }

    /// Notes what the upkeep sees of the clock, for the next one, after a restart too.
    ///
    /// # Errors
    /// Database errors.
    pub async fn note_clock(&self, seen: ClockSeen) -> Result<(), StoreError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner.writer.send(Job::NoteClock { seen, reply }).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }

    /// Saves a snapshot of a part of the index, sealed under the key of the day; `write` gives its bytes, in parts.
    ///
    /// # Errors
    /// File errors, and those of `write`; the snapshot before stays then.
    pub fn save_snapshot(
        &self,
        kind: SnapshotKind,
        write: impl FnOnce(&mut SnapshotWriter) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let today = (self.inner.clock)().day();
        snapshots::save(&self.inner.paths.snapshots(), &self.inner.ring, today, kind, write)
    }

    /// Removes every snapshot, as an erasure does: for one that was written beside an erasure.
    ///
    /// # Errors
    /// File errors.
    pub fn remove_snapshots(&self) -> Result<(), StoreError> {
        snapshots::remove_all(&self.inner.paths.snapshots())
    }

    /// Opens the newest snapshot of a part of the index, to be read piece by piece.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it does not open: the index is then built from the streams.
    pub fn load_snapshot(&self, kind: SnapshotKind) -> Result<Option<SnapshotReader>, StoreError> {
        snapshots::load(&self.inner.paths.snapshots(), &self.inner.ring, kind)
    }

    /// Keeps a secret under a name of 1 to 40 ASCII letters, digits and `-`; not `master`.
    ///
    /// # Errors
    /// [`StoreError::InvalidName`]; file errors.
    pub fn put_secret(&self, name: &str, secret: &[u8]) -> Result<(), StoreError> {
        secrets::put(&self.inner.paths.keys(), &self.inner.ring, name, secret)
    }

    /// Finds a secret by its name.
    ///
    /// # Errors
    /// [`StoreError::InvalidName`]; [`StoreError::Damaged`]; file errors.
    pub fn get_secret(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        secrets::get(&self.inner.paths.keys(), &self.inner.ring, name)
    }

    /// Finds the credential of a token that has not ended by `now`.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn credential(&self, token: &[u8], now: Timestamp) -> Result<Option<Credential>, StoreError> {
        system_tables::credential(&self.inner.pool, &self.inner.ring, token, now).await
    }

    /// Lists every credential that is kept, those that have ended too.
    ///
    /// # Errors
    /// Database errors; [`StoreError::Damaged`].
    pub async fn credentials(&self) -> Result<Vec<Credential>, StoreError> {
        system_tables::credentials(&self.inner.pool, &self.inner.ring).await
    }

    /// Notes on which day credentials were used: no act of its own, so no line; the acts have theirs.
    ///
    /// # Errors
    /// Database errors.
    pub async fn note_uses(&self, uses: Vec<(CredentialId, Day)>) -> Result<(), StoreError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner.writer.send(Job::NoteUses { uses, reply }).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::OutcomeUnknown)?
    }

    /// Finds what a row of an outside list became.
    ///
    /// # Errors
    /// Database errors.
    pub async fn imported(
        &self,
        organisation: OrganisationCode,
        source: &str,
        source_id: &str,
    ) -> Result<Option<ImportedRow>, StoreError> {
        system_tables::imported(&self.inner.pool, &self.inner.ring, &organisation, source, source_id).await
    }

    /// Finds what rows of an outside list became, in the order asked.
    ///
    /// # Errors
    /// Database errors.
    pub async fn imported_among(
        &self,
        organisation: OrganisationCode,
        source: &str,
        source_ids: &[&str],
    ) -> Result<Vec<Option<ImportedRow>>, StoreError> {
        let inner = &self.inner;
        system_tables::imported_among(&inner.pool, &inner.ring, &organisation, source, source_ids).await
    }

    /// Tells whether an imported row has this content still.
    pub fn is_same_content(&self, row: &ImportedRow, content: &[u8; 32]) -> bool {
        system_tables::content_hash(&self.inner.ring, content) == row.content
    }

    /// Lists the rows of a list last seen before an edition: what the newer edition no longer has.
    ///
    /// # Errors
    /// Database errors.
    pub async fn imported_before(
        &self,
        organisation: OrganisationCode,
        source: &str,
        edition: i64,
    ) -> Result<Vec<ImportedRow>, StoreError> {
        system_tables::imported_before(&self.inner.pool, &organisation, source, edition).await
    }

    /// Reads how far the last import of a list got.
    ///
    /// # Errors
    /// Database errors.
    pub async fn import_progress(
        &self,
        organisation: OrganisationCode,
        source: &str,
    ) -> Result<Option<ImportProgress>, StoreError> {
        system_tables::import_progress(&self.inner.pool, &self.inner.ring, &organisation, source).await
    }

    /// Hashes under a key of this node alone (HMAC-SHA256), for cursors and other tokens that must not be guessed.
    pub fn keyed_hash(&self, domain: &str, bytes: &[u8]) -> [u8; 32] {
        self.inner.ring.keyed_hash(&format!("barid/caller/v1/{domain}"), bytes)
    }
}

/// Whether a directory is a replica already.
enum Joining {
    Joined,
    /// It is being made one: the write that lets it join comes.
    Joins,
}

/// Keeps the keys of an invitation; those that are there already stay, and must be of the same master key.
fn take_keys(
    paths: &Paths,
    master_key: &MasterKeySource,
    invitation: &Invitation,
) -> Result<KeyRing, StoreError> {
    let key_path = paths.master_key(master_key);
    if let Some(parent) = key_path.parent()
        && !parent.is_dir()
    {
        make_private_directory(parent)?;
    }
    let kept = keep_master_key(&key_path, invitation.master_key())?;
    if *kept != *invitation.master_key() {
        return Err(StoreError::WrongMasterKey);
    }
    let ring = KeyRing::new(&kept);
    for (name, secret) in invitation.secrets() {
        secrets::put(&paths.keys(), &ring, name, secret)?;
    }
    Ok(ring)
}

/// Brings the keys of a replica up to date with a newer invitation. A server may run on the directory: it knows them from
/// its next start on.
///
/// # Errors
/// [`StoreError::NotADataDirectory`]; [`StoreError::InvitationUnusable`] where its time is over;
/// [`StoreError::WrongMasterKey`] where it is another node's; file errors.
pub fn renew_keys(options: &StoreOptions, invitation: &Invitation) -> Result<(), StoreError> {
    if (options.clock)() > invitation.valid_until {
        return Err(StoreError::InvitationUnusable);
    }
    let paths = Paths::new(&options.directory);
    paths.check_format()?;
    take_keys(&paths, &options.master_key, invitation).map(drop)
}

async fn insert_node(connection: &mut Connection, ring: &KeyRing, clock: &Clock) -> Result<(), StoreError> {
    let node = NodeId::from_random(random()?);
    query(
        "INSERT INTO node (id, node, incarnation, key_check, folded_lines, created_at)
         VALUES (1, $1, 1, $2, 0, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(node.0.as_slice())
    .bind(ring.check_value(&node.0).to_vec())
    .bind(clock().0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Refuses a database that another data directory was made with: its journal is there, and its master key.
async fn refuse_database_of_another(connection: &mut Connection, ring: &KeyRing) -> Result<(), StoreError> {
    let row = load_node(&mut *connection).await?;
    let written = query("SELECT number FROM streams LIMIT 1").fetch_optional(connection).await?;
    let is_ours = ring.check_value(&row.node.0) == row.key_check && written.is_none();
    if is_ours { Ok(()) } else { Err(StoreError::DatabaseNotEmpty) }
}

pub(crate) async fn load_node<'e>(executor: impl Into<Executor<'e>> + Send) -> Result<NodeRow, StoreError> {
    let row = query("SELECT node, incarnation, key_check, folded_lines, created_at FROM node WHERE id = 1")
        .fetch_optional(executor)
        .await?
        .ok_or(StoreError::Damaged("the node has no identity"))?;
    Ok(NodeRow {
        node: NodeId(fixed(&row, "node")?),
        incarnation: number_from_row(&row, "incarnation")?,
        key_check: fixed(&row, "key_check")?,
        folded_lines: number_from_row(&row, "folded_lines")?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}
