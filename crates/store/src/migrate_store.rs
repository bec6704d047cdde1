//! Moving the database of a data directory from one engine to the other, with every hash verified.
//!
//! The file `database` of the directory says which database counts, and one rename of it is the move. Until then the
//! node can be started where it was, and a move that was interrupted begins anew; from then on the database that was
//! left is marked and refuses to be opened, so that no number is given twice. Journal, keys and snapshots stay where they
//! are, and so do node and incarnation: it is the same node, on the same streams.
//!
//! Rows are read and written as they are, sealed: nothing is opened on the way but to compare it with its hash.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use barid_domain::ids::NodeId;
use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;

use crate::creating::rows as places;
use crate::directory::{DirectoryLock, MasterKeySource, MoveId, Paths, read_master_key, sync_parent};
use crate::doctor::{DoctorReport, examine_tables};
use crate::engine::{self, Connection, Executor, Location, Row, Value, query};
use crate::error::StoreError;
use crate::replicas;
use crate::sealing::{KeyRing, random};
use crate::store::{NodeRow, load_node};

/// Rows of one statement at most; a power of two, so that few different statements stay prepared.
const ROWS_AT_ONCE: usize = 64;
/// Bytes of one statement, but for the last of its rows.
const BYTES_AT_ONCE: usize = 1024 * 1024;
/// Rows of one transaction at most.
const ROWS_PER_COMMIT: u64 = 8_192;
/// Bytes of one transaction, but for its last statement.
const BYTES_PER_COMMIT: usize = 8 * 1024 * 1024;
/// Rows between two tellings.
const ROWS_PER_TELLING: u64 = 4_096;

/// Where a database is moved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Into a file of the data directory (SQLite).
    Directory,
    /// To the PostgreSQL server whose address stands in this file, readable by its owner alone.
    Server {
        /// The file.
        address: PathBuf,
    },
}

/// How a database is moved.
#[derive(Debug, Clone)]
pub struct MigrationOptions {
    /// The data directory.
    pub directory: PathBuf,
    /// Where the master key is.
    pub master_key: MasterKeySource,
    /// Where to.
    pub to: Destination,
}

/// Is how far a move got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationStep {
    /// Rows of a table are copied.
    Copied {
        /// The table.
        table: &'static str,
        /// How many of its rows.
        rows: u64,
    },
    /// Rows of a table were read back.
    Compared {
        /// The table.
        table: &'static str,
        /// How many of its rows.
        rows: u64,
    },
    /// Everything is copied: chains, roots, seals and heads are being verified.
    Verifying,
}

/// Is what a move came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The node, as before.
    pub node: NodeId,
    /// Its incarnation, as before.
    pub incarnation: u32,
    /// Every table, with how many rows it has; none where an earlier run had moved them, and this one finished it.
    pub tables: Vec<(&'static str, u64)>,
    /// What was verified, with how many of each.
    pub verified: Vec<(&'static str, u64)>,
    /// The file that was left, where it was one: marked, not opened any more, to be removed by hand.
    pub left: Option<PathBuf>,
}

impl MigrationReport {
    fn finished(node: &NodeRow) -> Self {
        let (tables, verified) = (Vec::new(), Vec::new());
        Self { node: node.node, incarnation: node.incarnation, tables, verified, left: None }
    }
}

/// Is the kind of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes,
    Number,
    Text,
}

/// Is a table that is moved: its name, its key, its columns.
struct Table {
    name: &'static str,
    key: &'static str,
    columns: &'static [(&'static str, Kind)],
}

use Kind::{Bytes, Number, Text};

/// The node's own row, without what it says of moves.
const NODE: Table = Table {
    name: "node",
    key: "id",
    columns: &[
        ("id", Number),
        ("node", Bytes),
        ("incarnation", Number),
        ("key_check", Bytes),
        ("folded_lines", Number),
        ("created_at", Number),
        ("clock_seen_at", Number),
        ("erase_from", Number),
    ],
};

/// Every other table, those first that others refer to.
const TABLES: &[Table] = &[
    Table {
        name: "streams",
        key: "number",
        columns: &[
            ("number", Number),
            ("organisation", Text),
            ("class", Number),
            ("node", Bytes),
            ("incarnation", Number),
            ("size", Number),
            ("chain", Bytes),
            ("frontier", Bytes),
        ],
    },
    Table {
        name: "data_keys",
        key: "key_id",
        columns: &[
            ("key_id", Bytes),
            ("scope", Bytes),
            ("wrapped", Bytes),
            ("created_at", Number),
            ("destroyed_at", Number),
        ],
    },
    Table {
        name: "log",
        key: "stream, seq",
        columns: &[
            ("stream", Number),
            ("seq", Number),
            ("entry_hash", Bytes),
            ("chain", Bytes),
            ("change", Number),
            ("record", Bytes),
            ("target", Bytes),
            ("target_item", Number),
            ("key_id", Bytes),
            ("sealed", Bytes),
            ("items", Number),
            ("at", Number),
        ],
    },
    Table {
        name: "item_chunks",
        key: "stream, seq, chunk",
        columns: &[
            ("stream", Number),
            ("seq", Number),
            ("chunk", Number),
            ("records", Bytes),
            ("hashes", Bytes),
            ("key_id", Bytes),
            ("sealed", Bytes),
        ],
    },
    Table {
        name: "heads",
        key: "record",
        columns: &[
            ("record", Bytes),
            ("stream", Number),
            ("seq", Number),
            ("item", Number),
            ("version", Number),
            ("state", Number),
            ("dataset", Number),
            ("owner", Text),
            ("review_on", Number),
        ],
    },
    Table { name: "tombstones", key: "hash", columns: &[("hash", Bytes), ("at", Number)] },
    Table {
        name: "idempotency",
        key: "organisation, idem_key",
        columns: &[
            ("organisation", Text),
            ("idem_key", Bytes),
            ("request", Bytes),
            ("outcome", Bytes),
            ("at", Number),
        ],
    },
    Table {
        name: "credentials",
        key: "token",
        columns: &[
            ("token", Bytes),
            ("organisation", Text),
            ("officer", Bytes),
            ("at", Number),
            ("ends_at", Number),
            ("last_used_on", Number),
        ],
    },
    Table {
        name: "import_rows",
        key: "organisation, source, source_id",
        columns: &[
            ("organisation", Text),
            ("source", Text),
            ("source_id", Bytes),
            ("record", Bytes),
            ("content", Bytes),
            ("edition", Number),
        ],
    },
    Table {
        name: "import_progress",
        key: "organisation, source",
        columns: &[
            ("organisation", Text),
            ("source", Text),
            ("edition", Number),
            ("file_hash", Bytes),
            ("rows_done", Number),
            ("finished", Number),
            ("at", Number),
            ("kept", Bytes),
        ],
    },
    Table {
        name: "subtrees",
        key: "stream, level, idx",
        columns: &[("stream", Number), ("level", Number), ("idx", Number), ("hash", Bytes)],
    },
    Table {
        name: "item_roots",
        key: "stream, seq",
        columns: &[("stream", Number), ("seq", Number), ("roots", Bytes)],
    },
    Table {
        name: "replicas",
        key: "replica",
        columns: &[
            ("replica", Bytes),
            ("folded_lines", Number),
            ("folded_chain", Bytes),
            ("holder", Bytes),
            ("joined_at", Number),
            ("seen_at", Number),
            ("left_at", Number),
        ],
    },
    Table {
        name: "images",
        key: "image",
        columns: &[
            ("image", Bytes),
            ("address", Bytes),
            ("organisation", Text),
            ("record", Bytes),
            ("key_id", Bytes),
            ("facts", Bytes),
            ("chunks", Number),
            ("at", Number),
            ("ends_at", Number),
        ],
    },
    Table {
        name: "image_chunks",
        key: "image, chunk",
        columns: &[("image", Bytes), ("chunk", Number), ("sealed", Bytes)],
    },
    Table {
        name: "grant_uses",
        key: "organisation, agreement, grant_number",
        columns: &[
            ("organisation", Text),
            ("agreement", Bytes),
            ("grant_number", Number),
            ("day", Number),
            ("uses", Number),
        ],
    },
    Table {
        name: "re_entries",
        key: "order_entry, day, organisation",
        columns: &[
            ("order_entry", Bytes),
            ("day", Number),
            ("organisation", Text),
            ("attempts", Number),
            ("last_at", Number),
        ],
    },
    Table {
        name: "countersigning",
        key: "kind, name",
        columns: &[("kind", Number), ("name", Text), ("tag", Bytes), ("content", Bytes)],
    },
    Table {
        name: "alarms",
        key: "alarm",
        columns: &[
            ("alarm", Bytes),
            ("organisation", Text),
            ("at", Number),
            ("tag", Bytes),
            ("content", Bytes),
        ],
    },
    Table {
        name: "canaries",
        key: "canary",
        columns: &[("canary", Bytes), ("organisation", Text), ("content", Bytes)],
    },
    Table {
        name: "people",
        key: "id",
        columns: &[
            ("id", Bytes),
            ("kind", Number),
            ("organisation", Text),
            ("owner", Bytes),
            ("version", Number),
            ("ends_at", Number),
            ("seen_at", Number),
            ("sealed", Bytes),
        ],
    },
    Table {
        name: "sign_in_attempts",
        key: "name",
        columns: &[
            ("name", Bytes),
            ("kind", Number),
            ("failed", Number),
            ("last_at", Number),
            ("forgotten_at", Number),
        ],
    },
    Table { name: "leases", key: "name", columns: &[("name", Text), ("holder", Bytes), ("ends_at", Number)] },
];

impl Table {
    fn columns(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// Every row, in the order of the key.
    fn select(&self) -> String {
        format!("SELECT {} FROM {} ORDER BY {}", self.columns(), self.name, self.key)
    }

    fn insert(&self, count: usize) -> String {
        let places = places(count, self.columns.len());
        format!("INSERT INTO {} ({}) VALUES {places}", self.name, self.columns())
    }

    fn read(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        let read = |(name, kind): &(&str, Kind)| -> Result<Value, StoreError> {
            Ok(match kind {
                Kind::Bytes => Value::Bytes(row.try_get(name)?),
                Kind::Number => Value::Integer(row.try_get(name)?),
                Kind::Text => Value::Text(row.try_get(name)?),
            })
        };
        self.columns.iter().map(read).collect()
    }
}

/// Is what became of a table: how many rows, and the hash over all their values in the order of the key.
#[derive(Default)]
struct Digest {
    rows: u64,
    hasher: Sha256,
}

impl Digest {
    /// Takes a row in; gives how many bytes it has.
    fn add(&mut self, row: &[Value]) -> usize {
        let mut bytes = 0;
        for value in row {
            let (kind, value): (u8, &[u8]) = match value {
                Value::Bytes(None) | Value::Integer(None) => (0, &[]),
                Value::Integer(Some(number)) => (1, &number.to_be_bytes()),
                Value::Bytes(Some(bytes)) => (2, bytes),
                Value::Text(text) => (3, text.as_bytes()),
            };
            self.hasher.update([kind]);
            self.hasher.update((value.len() as u64).to_be_bytes());
            self.hasher.update(value);
            bytes += value.len();
        }
        self.rows += 1;
        bytes
    }

    fn finish(self) -> (u64, [u8; 32]) {
        (self.rows, self.hasher.finalize().into())
    }
}

/// Says whether a database counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moving {
    /// It does.
    InUse,
    /// A move fills it: it counts once the directory names this move.
    Arriving(MoveId),
    /// A move leaves it: it counts until the move is done.
    Leaving(MoveId),
}

/// Reads whether a database counts.
pub(crate) async fn load_moving<'e>(executor: impl Into<Executor<'e>> + Send) -> Result<Moving, StoreError> {
    let row = query("SELECT moving, move_id FROM node WHERE id = 1").fetch_optional(executor).await?;
    let Some(row) = row else { return Ok(Moving::InUse) };
    let id = crate::streams::fixed_or_null(&row, "move_id")?.map(MoveId);
    match (row.try_get::<i64>("moving")?, id) {
        (0, _) => Ok(Moving::InUse),
        (1, Some(id)) => Ok(Moving::Arriving(id)),
        (2, Some(id)) => Ok(Moving::Leaving(id)),
        _ => Err(StoreError::Damaged("what the node says of moves")),
    }
}

async fn save_moving(connection: &mut Connection, moving: Moving) -> Result<(), StoreError> {
    let (number, id) = match moving {
        Moving::InUse => (0_i64, None),
        Moving::Arriving(id) => (1, Some(id)),
        Moving::Leaving(id) => (2, Some(id)),
    };
    query("UPDATE node SET moving = $1, move_id = $2 WHERE id = 1")
        .bind(number)
        .bind(id.map(|id| id.0.to_vec()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Looks whether the database that a directory names counts, at an opening: finishes a move that was done, gives up one
/// that was interrupted before, and refuses a database that was left or is half filled.
pub(crate) async fn settle(connection: &mut Connection, paths: &Paths) -> Result<(), StoreError> {
    let arrival = paths.pointer()?.arrival;
    match load_moving(&mut *connection).await? {
        Moving::InUse => {}
        Moving::Arriving(id) if arrival == Some(id) => save_moving(connection, Moving::InUse).await?,
        Moving::Arriving(_) => return Err(StoreError::DatabaseHalfMoved),
        Moving::Leaving(id) if is_under_way(paths, id)? => {
            save_moving(connection, Moving::InUse).await?;
            paths.give_up_move(id)?;
        }
        Moving::Leaving(_) => return Err(StoreError::DatabaseMoved),
    }
    if arrival.is_some() { paths.forget_arrival() } else { Ok(()) }
}

/// Tells whether a database may be opened, without changing anything.
pub(crate) fn may_be_opened(paths: &Paths, moving: Moving) -> Result<(), StoreError> {
    match moving {
        Moving::InUse => Ok(()),
        Moving::Arriving(id) if paths.pointer()?.arrival == Some(id) => Ok(()),
        Moving::Arriving(_) => Err(StoreError::DatabaseHalfMoved),
        Moving::Leaving(id) if is_under_way(paths, id)? => Ok(()),
        Moving::Leaving(_) => Err(StoreError::DatabaseMoved),
    }
}

fn is_under_way(paths: &Paths, id: MoveId) -> Result<bool, StoreError> {
    Ok(paths.move_under_way()?.is_some_and(|unfinished| unfinished.id == id && !unfinished.given_up))
}

/// Marks a step at which tests end the process.
fn step() {
    #[cfg(feature = "planted-faults")]
    crate::faults::step();
}

/// Moves the database of a data directory that is not in use, and leaves the one it was marked. Safe to interrupt at any
/// moment and to begin anew.
///
/// # Errors
/// [`StoreError::DirectoryLocked`] while a program runs on the directory; [`StoreError::OtherReplicas`] where another one
/// serves the database; [`StoreError::DatabaseNotEmpty`] where something
/// stands in the database to be filled; [`StoreError::DatabaseUnsound`] with the first fault, where what is moved is not
/// sound; [`StoreError::CopyDiffers`]; those of opening a data directory; file and database errors. After an error the
/// node can be started where it was.
pub async fn migrate_store(
    options: MigrationOptions,
    mut tell: impl FnMut(MigrationStep),
) -> Result<MigrationReport, StoreError> {
    let paths = Paths::new(&options.directory);
    paths.check_format()?;
    paths.refuse_backup()?;
    let _lock = DirectoryLock::take(&paths)?;
    paths.close_to_others()?;
    let ring = KeyRing::new(&*read_master_key(&paths.master_key(&options.master_key))?);
    let pointer = paths.pointer()?;
    let (from, was_done) = (pointer.location, pointer.arrival.is_some());
    let address = match &options.to {
        Destination::Directory => None,
        Destination::Server { address } => Some(paths.address_in(address)?),
    };
    let (mut source, node) = open_source(&paths, &from, &ring).await?;
    if was_done && from.is_on_server() == address.is_some() {
        // Interrupted behind its one step: opening has finished it.
        source.close().await?;
        return Ok(MigrationReport::finished(&node));
    }
    let to = Target::new(&paths, address.as_ref().map(|address| address.as_str()))?;
    let mut target = to.open(&paths, &node).await?;

    let id = MoveId(random()?);
    paths.begin_move(address.as_ref().map(|address| address.as_str()), id)?;
    step();
    leave(&mut source, &from, &paths, id).await?;
    step();
    arrive(&mut source, &mut target, id).await?;
    step();
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        copied.push(copy(table, &mut source, &mut target, &mut tell).await?);
        step();
    }
    source.close().await?;
    engine::filled(&mut target).await?;
    for (table, copied) in TABLES.iter().zip(&copied) {
        compare(table, &mut target, copied, &mut tell).await?;
    }
    step();
    tell(MigrationStep::Verifying);
    let verified = verify(&to.being_filled, &ring).await?;
    let mut target = to.put_in_place(target).await?;
    step();
    paths.end_move()?;
    step();
    // From here on the database that was filled counts; an opening would do the rest too.
    save_moving(&mut target, Moving::InUse).await?;
    step();
    paths.forget_arrival()?;
    target.close().await?;
    let tables = TABLES.iter().zip(copied).map(|(table, (rows, _))| (table.name, rows)).collect();
    let left = from.file().map(Path::to_owned);
    Ok(MigrationReport { node: node.node, incarnation: node.incarnation, tables, verified, left })
}

/// Opens the database that is moved, with its tables brought up to date: one that counts, with this master key.
async fn open_source(
    paths: &Paths,
    from: &Location,
    ring: &KeyRing,
) -> Result<(Connection, NodeRow), StoreError> {
    if from.file().is_some_and(|file| !file.exists()) {
        return Err(StoreError::Damaged("the database file is missing"));
    }
    let mut source = engine::open_writing(from).await?;
    engine::settle(&mut source).await?;
    let node = load_node(&mut source).await?;
    if ring.check_value(&node.node.0) != node.key_check {
        return Err(StoreError::WrongMasterKey);
    }
    settle(&mut source, paths).await?;
    refuse_other_replicas(&mut source, paths).await?;
    Ok((source, node))
}

/// Refuses to move a database that other directories serve: they would not follow, and each has a journal of its own.
async fn refuse_other_replicas(source: &mut Connection, paths: &Paths) -> Result<(), StoreError> {
    let own = paths.replica()?;
    let known = replicas::list(source).await?;
    match known.iter().any(|other| other.id != own && other.left_at.is_none()) {
        true => Err(StoreError::OtherReplicas),
        false => Ok(()),
    }
}

/// Says where a database is filled, and where it will be.
struct Target {
    being_filled: Location,
    place: Location,
}

impl Target {
    fn new(paths: &Paths, address: Option<&str>) -> Result<Self, StoreError> {
        Ok(match address {
            Some(address) => {
                let place = Location::of_server(paths.database(), address)?;
                Self { being_filled: place.clone(), place }
            }
            None => Self {
                being_filled: Location::of_file(paths.database_being_filled()),
                place: Location::of_file(paths.database()),
            },
        })
    }

    /// Opens the database to be filled: an empty one, or one that an interrupted move of this directory began to fill,
    /// which is emptied.
    async fn open(&self, paths: &Paths, node: &NodeRow) -> Result<Connection, StoreError> {
        let earlier = paths.move_under_way()?.map(|unfinished| unfinished.id);
        if let Some(file) = self.place.file() {
            if file.exists() && !is_left_behind(&self.place, earlier, node).await? {
                return Err(StoreError::DatabaseNotEmpty);
            }
            // What stands beside it too, where the file was removed by hand: a log of another database would be read into ours.
            remove_database(file)?;
        }
        if let Some(file) = self.being_filled.file() {
            remove_database(file)?;
            return engine::open_writing(&self.being_filled).await;
        }
        let names: Vec<&str> = std::iter::once(&NODE).chain(TABLES).map(|table| table.name).collect();
        let mut target = engine::open_for_filling(&self.being_filled, &names).await?;
        if !is_empty(&mut target, &names).await? {
            let moving = load_moving(&mut target).await?;
            let is_ours = earlier.is_some_and(|earlier| moving == Moving::Arriving(earlier))
                && load_node(&mut target).await?.node == node.node;
            if !is_ours {
                return Err(StoreError::DatabaseNotEmpty);
            }
            engine::empty(&mut target, &names).await?;
        }
        Ok(target)
    }

    /// Puts the filled database where the directory looks for it.
    async fn put_in_place(&self, target: Connection) -> Result<Connection, StoreError> {
        let (Some(filled), Some(place)) = (self.being_filled.file(), self.place.file()) else {
            return Ok(target);
        };
        target.close().await?;
        step();
        File::open(filled).and_then(|file| file.sync_all()).map_err(StoreError::file("sync a database"))?;
        fs::rename(filled, place).map_err(StoreError::file("put a database in its place"))?;
        sync_parent(place)?;
        engine::open_writing(&self.place).await
    }
}

/// Tells whether a file is a database that an interrupted move put there, and that never counted.
async fn is_left_behind(
    place: &Location,
    earlier: Option<MoveId>,
    node: &NodeRow,
) -> Result<bool, StoreError> {
    let Some(earlier) = earlier else { return Ok(false) };
    let pool = engine::open_reading_untouched(place).await?;
    let is_of_moves = engine::has_column(&pool, "node", "move_id").await?;
    let is_ours = is_of_moves
        && load_moving(&pool).await? == Moving::Arriving(earlier)
        && load_node(&pool).await?.node == node.node;
    pool.close().await;
    Ok(is_ours)
}

fn remove_database(file: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove what a move left")(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    sync_parent(file)
}

async fn is_empty(connection: &mut Connection, tables: &[&str]) -> Result<bool, StoreError> {
    for table in tables {
        let text = format!("SELECT 1 AS found FROM {table} LIMIT 1");
        if query(AssertSqlSafe(text)).fetch_optional(&mut *connection).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Marks the database that is left. The lock of writers is taken for it: whoever writes on it from elsewhere is done, and
/// finds the mark next time.
async fn leave(
    source: &mut Connection,
    from: &Location,
    paths: &Paths,
    id: MoveId,
) -> Result<(), StoreError> {
    engine::begin_writing(source, from).await?;
    // One may have joined since; from here on none does.
    if let Err(error) = refuse_other_replicas(source, paths).await {
        query("ROLLBACK").execute(source).await?;
        paths.give_up_move(id)?;
        return Err(error);
    }
    save_moving(source, Moving::Leaving(id)).await?;
    engine::commit(source, from).await
}

/// Writes the node's row into the database to be filled, marked as one that does not count.
async fn arrive(source: &mut Connection, target: &mut Connection, id: MoveId) -> Result<(), StoreError> {
    let row = query(AssertSqlSafe(NODE.select())).fetch_one(source).await?;
    query("BEGIN").execute(&mut *target).await?;
    let mut statement = query(AssertSqlSafe(NODE.insert(1)));
    for value in NODE.read(&row)? {
        statement = statement.bind(value);
    }
    statement.execute(&mut *target).await?;
    save_moving(target, Moving::Arriving(id)).await?;
    query("COMMIT").execute(target).await?;
    Ok(())
}

/// Copies a table row by row; gives how many rows, and their hash.
async fn copy(
    table: &'static Table,
    source: &mut Connection,
    target: &mut Connection,
    tell: &mut impl FnMut(MigrationStep),
) -> Result<(u64, [u8; 32]), StoreError> {
    let mut digest = Digest::default();
    let mut filling =
        Filling { table, target, waiting: Vec::new(), waiting_bytes: 0, rows: 0, bytes: 0, has_begun: false };
    let mut rows = query(AssertSqlSafe(table.select())).fetch(source)?;
    while let Some(row) = rows.next().await? {
        let row = table.read(&row)?;
        let bytes = digest.add(&row);
        filling.add(row, bytes).await?;
        if digest.rows.is_multiple_of(ROWS_PER_TELLING) {
            tell(MigrationStep::Copied { table: table.name, rows: digest.rows });
        }
    }
    drop(rows);
    filling.finish().await?;
    tell(MigrationStep::Copied { table: table.name, rows: digest.rows });
    Ok(digest.finish())
}

/// Gathers rows and writes many to a statement, many statements to a commit.
struct Filling<'a> {
    table: &'static Table,
    target: &'a mut Connection,
    waiting: Vec<Vec<Value>>,
    waiting_bytes: usize,
    /// Rows and bytes since the last commit.
    rows: u64,
    bytes: usize,
    /// Whether a transaction is begun: with the first rows to write, because the source may sort for long until it gives any,
    /// and a server ends who is idle inside one.
    has_begun: bool,
}

impl Filling<'_> {
    async fn add(&mut self, row: Vec<Value>, bytes: usize) -> Result<(), StoreError> {
        self.waiting.push(row);
        self.waiting_bytes += bytes;
        if self.waiting.len() == ROWS_AT_ONCE || self.waiting_bytes >= BYTES_AT_ONCE {
            self.write().await?;
        }
        if self.rows >= ROWS_PER_COMMIT || self.bytes >= BYTES_PER_COMMIT {
            self.commit().await?;
            step();
            (self.rows, self.bytes) = (0, 0);
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), StoreError> {
        if !self.waiting.is_empty() && !std::mem::replace(&mut self.has_begun, true) {
            query("BEGIN").execute(&mut *self.target).await?;
        }
        while !self.waiting.is_empty() {
            let count = 1_usize << self.waiting.len().ilog2();
            let mut statement = query(AssertSqlSafe(self.table.insert(count)));
            for value in self.waiting.drain(..count).flatten() {
                statement = statement.bind(value);
            }
            statement.execute(&mut *self.target).await?;
            self.rows += count as u64;
        }
        self.bytes += std::mem::take(&mut self.waiting_bytes);
        Ok(())
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        self.write().await?;
        self.commit().await
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.has_begun) {
            query("COMMIT").execute(&mut *self.target).await?;
        }
        Ok(())
    }
}

/// Reads a table back: it must have the same rows with the same bytes.
async fn compare(
    table: &'static Table,
    target: &mut Connection,
    copied: &(u64, [u8; 32]),
    tell: &mut impl FnMut(MigrationStep),
) -> Result<(), StoreError> {
    let mut digest = Digest::default();
    let mut rows = query(AssertSqlSafe(table.select())).fetch(target)?;
    while let Some(row) = rows.next().await? {
        digest.add(&table.read(&row)?);
        if digest.rows.is_multiple_of(ROWS_PER_TELLING) {
            tell(MigrationStep::Compared { table: table.name, rows: digest.rows });
        }
    }
    if digest.finish() == *copied { Ok(()) } else { Err(StoreError::CopyDiffers { table: table.name }) }
}

/// Verifies what was filled: chains, roots, heads, and every sealed payload against its hash.
async fn verify(filled: &Location, ring: &KeyRing) -> Result<Vec<(&'static str, u64)>, StoreError> {
    let pool = engine::open_reading_untouched(filled).await?;
    let mut report = DoctorReport::default();
    examine_tables(&mut report, &pool, Some(ring)).await?;
    pool.close().await;
    match report.faults.into_iter().next() {
        Some(fault) => {
            Err(StoreError::DatabaseUnsound { place: fault.place, fault: fault.code, what: fault.what })
        }
        None => Ok(report.examined),
    }
}

/// Names of tables and their columns, for a test that compares them with those of the engines.
#[cfg(feature = "planted-faults")]
pub fn moved_columns() -> std::collections::BTreeMap<&'static str, Vec<&'static str>> {
    let columns = |table: &Table| table.columns.iter().map(|(name, _)| *name).collect();
    std::iter::once(&NODE).chain(TABLES).map(|table| (table.name, columns(table))).collect()
}
