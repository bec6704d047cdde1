//! Fresh stores and entries to put into them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use barid_domain::audit::{Actor, JournalLine, Operation, Phase};
use barid_domain::codes::{Database, Purpose};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{ActId, EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::streams::StreamClass;
use barid_store::{
    Committed, HeadChange, HeadMeta, Idempotency, KeyScope, MasterKeySource, NewEntry, NewItem, Store,
    StoreError, StoreOptions,
};
use sha2::{Digest, Sha256};

use crate::cluster::Cluster;

/// A directory with a store in it.
pub struct Fresh {
    pub directory: tempfile::TempDir,
    pub store: Store,
    /// The address of its database, where a server keeps it.
    pub address: Option<String>,
}

impl Fresh {
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(options(&directory.path().join("data"))).await.unwrap();
        Self { directory, store, address: None }
    }

    pub async fn postgres() -> Self {
        let cluster = Cluster::shared();
        Self::at(cluster.address(&cluster.new_database().await)).await
    }

    /// A store whose database is on a server.
    pub async fn at(address: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        name_database(&directory.path().join("data"), &address);
        let store = Store::create(options(&directory.path().join("data"))).await.unwrap();
        Self { directory, store, address: Some(address) }
    }

    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Closes the store and opens it again.
    pub async fn reopened(self) -> Self {
        let Self { directory, store, address } = self;
        store.close().await;
        let store = Store::open(options(&directory.path().join("data"))).await.unwrap();
        Self { directory, store, address }
    }

    /// Closes the store and keeps the directory.
    pub async fn closed(self) -> tempfile::TempDir {
        self.store.close().await;
        self.directory
    }
}

/// Writes the file that says on which server a directory has its database.
pub fn name_database(data: &Path, address: &str) {
    std::fs::create_dir_all(data).unwrap();
    let file = data.join("database");
    std::fs::write(&file, format!("{address}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A clock that moves one millisecond at every look. It begins with the time as it is: a server's is compared with it.
pub fn options(directory: &Path) -> StoreOptions {
    options_ahead(directory, &Arc::new(AtomicI64::new(0)))
}

/// The same, ahead by as many microseconds as are planted.
pub fn options_ahead(directory: &Path, ahead: &Arc<AtomicI64>) -> StoreOptions {
    let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
    let (ticks, ahead) = (AtomicI64::new(0), ahead.clone());
    let look = move || start + 1_000 * ticks.fetch_add(1, Ordering::Relaxed) + ahead.load(Ordering::Relaxed);
    StoreOptions {
        directory: directory.to_owned(),
        master_key: MasterKeySource::DataDirectory,
        clock: Arc::new(move || Timestamp(look())),
    }
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub fn code(text: &str) -> OrganisationCode {
    OrganisationCode::new(text).unwrap()
}

pub fn new_record() -> RecordId {
    RecordId::from_random(random())
}

pub fn review_day() -> Day {
    Day::new(2027, 5, 1).unwrap()
}

pub fn hash_of(bytes: &[u8]) -> EntryHash {
    EntryHash(Sha256::digest(bytes).into())
}

/// A person entry of XA; a salt makes its hash its own.
pub fn person(change: HeadChange, text: &str) -> NewEntry {
    let mut bytes = random::<32>().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    let key = match change {
        HeadChange::Create { record }
        | HeadChange::Supersede { record, .. }
        | HeadChange::Withdraw { record, .. } => KeyScope::Record(record),
        _ => KeyScope::owner_month(code("XA"), review_day()),
    };
    NewEntry {
        organisation: code("XA"),
        class: StreamClass::Persons,
        hash: hash_of(&bytes),
        bytes,
        key,
        change,
        items: Vec::new(),
        meta: HeadMeta { database: Database::Persons, review_on: review_day() },
    }
}

/// A batch entry of XA with items made of the given texts.
pub fn batch(texts: &[String]) -> NewEntry {
    let item = |text: &String| {
        let bytes = [random::<16>().as_slice(), text.as_bytes()].concat();
        NewItem { record: new_record(), hash: hash_of(&bytes).0, bytes }
    };
    let mut entry = person(HeadChange::None, "batch");
    entry.class = StreamClass::TravelDocuments;
    entry.meta.database = Database::TravelDocuments;
    entry.items = texts.iter().map(item).collect();
    entry
}

pub fn line(phase: Phase, operation: Operation) -> JournalLine {
    JournalLine {
        salt: random(),
        act: ActId::from_random(random()),
        phase,
        at: Timestamp(1_795_471_948_000_000),
        actor: Actor::new(code("XB"), "officer-1").unwrap(),
        operation,
        purpose: Purpose::Exercise,
        reference: "дело-1".into(),
        policy_version: 1,
        asked: None,
        record: None,
        records: Vec::new(),
        entries: Vec::new(),
        refusal: None,
        grants: Vec::new(),
        hits: Vec::new(),
        consents: Vec::new(),
    }
}

pub fn write_line() -> JournalLine {
    line(Phase::Committed, Operation::SubmitRecord)
}

pub fn opening_of(record: RecordId) -> JournalLine {
    JournalLine { record: Some(record), ..line(Phase::Begun, Operation::OpenRecord) }
}

pub fn idempotency(request: u8) -> Idempotency {
    Idempotency {
        organisation: code("XA"),
        key: IdempotencyKey::from_random(random()),
        request: [request; 32],
    }
}

/// Writes entries in one transaction.
pub async fn write(store: &Store, entries: Vec<NewEntry>) -> Result<Committed, StoreError> {
    let mut tx = store.begin_write(None);
    entries.into_iter().for_each(|entry| tx.append(entry));
    tx.commit(write_line()).await
}

/// Creates a record and gives it with its entry.
pub async fn create(store: &Store, text: &str) -> (RecordId, EntryHash) {
    let record = new_record();
    let entry = person(HeadChange::Create { record }, text);
    let hash = entry.hash;
    write(store, vec![entry]).await.unwrap();
    (record, hash)
}

/// Every file below a directory.
pub fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

pub fn holds(file: &Path, needle: &[u8]) -> bool {
    let bytes = std::fs::read(file).unwrap();
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

/// Opens the database of a closed store beside it.
pub async fn connect(data: &Path) -> sqlx::SqlitePool {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("barid.db"));
    sqlx::SqlitePool::connect_with(options.foreign_keys(false)).await.unwrap()
}
