//! The data directory: its format number, its lock, its paths, and writing a file so that it is there after a crash.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::engine::Location;
use crate::error::StoreError;
use crate::replicas::ReplicaId;
use crate::sealing::random;

/// The format this program reads and writes.
pub const FORMAT: u32 = 1;
const FORMAT_FILE: &str = "FORMAT";
/// Names the server that keeps the database; absent where the directory does.
const ADDRESS_FILE: &str = "database";
/// What the file will say once a move of the database is done; there while one is under way, or was interrupted.
const MOVING_FILE: &str = "database.moving";
/// The database's file, and what the file `database` says of it while a move there is being finished.
const DATABASE_FILE: &str = "barid.db";
const ADDRESS_CAP_BYTES: u64 = 4096;
/// Says which replica a directory is; absent in a node's first one.
const REPLICA_FILE: &str = "replica";
const REPLICA_PREFIX: &str = "barid-replica 1 ";
/// The manifest of a backup.
pub(crate) const MANIFEST: &str = "MANIFEST";
/// What stands in a data directory before its format file does.
const HALF_MADE: [&str; 13] = [
    ADDRESS_FILE,
    "database.tmp",
    REPLICA_FILE,
    "replica.tmp",
    "LOCK",
    "keys",
    "journal",
    "snapshots",
    "barid.db",
    "barid.db-wal",
    "barid.db-shm",
    "barid.db-journal",
    "FORMAT.tmp",
];
const FORMAT_CAP_BYTES: u64 = 256;
const MASTER_KEY_PREFIX: &str = "barid-master-key 1 ";
const MASTER_KEY_CAP_BYTES: u64 = 1024;

/// Where the master key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKeySource {
    /// In `keys/master.key` of the data directory.
    DataDirectory,
    /// In a file elsewhere: another disk, a mounted secret.
    File(PathBuf),
}

/// The number of a move of the database from one place to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MoveId(pub(crate) [u8; 16]);

const MOVE: &str = "move ";
const GIVEN_UP: &str = "given up: ";

impl MoveId {
    fn to_line(self) -> String {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{MOVE}{digits}")
    }

    fn parse(line: &str) -> Result<Self, StoreError> {
        let malformed = StoreError::DatabaseAddress("its second line is not the number of a move");
        let mut id = [0; 16];
        let digits = line.trim().strip_prefix(MOVE);
        digits.and_then(|digits| barid_domain::ids::decode_hex(digits, &mut id)).ok_or(malformed)?;
        Ok(Self(id))
    }
}

/// Says where the database is.
pub(crate) struct Pointer {
    pub(crate) location: Location,
    /// The move that brought it there, while that is being finished.
    pub(crate) arrival: Option<MoveId>,
}

/// Is a move that was begun and not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnfinishedMove {
    pub(crate) id: MoveId,
    /// Whether the node was started again since, where it was.
    pub(crate) given_up: bool,
}

/// The paths of a data directory.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) root: PathBuf,
}

impl Paths {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }
    pub(crate) fn database(&self) -> PathBuf {
        self.root.join(DATABASE_FILE)
    }
    /// The file that a move fills.
    pub(crate) fn database_being_filled(&self) -> PathBuf {
        self.root.join("barid.db.moving")
    }
    /// Says where the database is: on the server that the file `database` names, or else in a file of the directory.
    pub(crate) fn location(&self) -> Result<Location, StoreError> {
        Ok(self.pointer()?.location)
    }
    /// Reads where the database is, and by which move it came there, while that is being finished.
    pub(crate) fn pointer(&self) -> Result<Pointer, StoreError> {
        match self.read_address(&self.root.join(ADDRESS_FILE))? {
            Some(text) => self.parse_pointer(&text),
            None => Ok(Pointer { location: Location::of_file(self.database()), arrival: None }),
        }
    }
    /// The address of the server that keeps the database; `None` where a file of the directory does.
    pub(crate) fn server_address(&self) -> Result<Option<Zeroizing<String>>, StoreError> {
        let Some(text) = self.read_address(&self.root.join(ADDRESS_FILE))? else { return Ok(None) };
        let pointer = self.parse_pointer(&text)?;
        let address = text.trim().lines().next().unwrap_or_default().trim();
        Ok(pointer.location.is_on_server().then(|| Zeroizing::new(address.to_owned())))
    }
    /// Reads the address of a server out of a file that its owner alone may read.
    pub(crate) fn address_in(&self, file: &Path) -> Result<Zeroizing<String>, StoreError> {
        let text = self.read_address(file)?.ok_or(StoreError::DatabaseAddress("its file is missing"))?;
        let address = Zeroizing::new(text.trim().to_owned());
        Location::of_server(self.database(), &address)?;
        Ok(address)
    }
    fn read_address(&self, path: &Path) -> Result<Option<Zeroizing<String>>, StoreError> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::file("read where the database is")(error)),
        };
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(StoreError::DatabaseAddress("its file must be readable by its owner alone"));
        }
        let bytes = read_capped(path, ADDRESS_CAP_BYTES);
        let bytes = Zeroizing::new(bytes.map_err(StoreError::file("read where the database is"))?);
        let text = std::str::from_utf8(&bytes).map_err(|_| StoreError::DatabaseAddress("it is not text"))?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }
    fn parse_pointer(&self, text: &str) -> Result<Pointer, StoreError> {
        let mut lines = text.trim().lines();
        let address = lines.next().unwrap_or_default().trim();
        let arrival = match (lines.next(), lines.next()) {
            (None, _) => None,
            (Some(line), None) => Some(MoveId::parse(line)?),
            (Some(_), Some(_)) => {
                return Err(StoreError::DatabaseAddress("its file has more lines than it may"));
            }
        };
        let location = match address {
            DATABASE_FILE => Location::of_file(self.database()),
            address => Location::of_server(self.database(), address)?,
        };
        Ok(Pointer { location, arrival })
    }
    /// Reads which move is under way, or was interrupted before it was done.
    pub(crate) fn move_under_way(&self) -> Result<Option<UnfinishedMove>, StoreError> {
        let Some(text) = self.read_address(&self.root.join(MOVING_FILE))? else { return Ok(None) };
        match text.trim().strip_prefix(GIVEN_UP) {
            Some(id) => Ok(Some(UnfinishedMove { id: MoveId::parse(id)?, given_up: true })),
            None => {
                let id = self.parse_pointer(&text)?.arrival.ok_or(StoreError::DatabaseAddress("no move"))?;
                Ok(Some(UnfinishedMove { id, given_up: false }))
            }
        }
    }
    /// Notes that a move begins, and where to; the database stays where it is.
    pub(crate) fn begin_move(&self, to: Option<&str>, id: MoveId) -> Result<(), StoreError> {
        let text = Zeroizing::new(format!("{}\n{}\n", to.unwrap_or(DATABASE_FILE), id.to_line()));
        write_durably(&self.root.join(MOVING_FILE), text.as_bytes())
    }
    /// Notes that a move was interrupted and will not be done; its number stays, to know by it what it left elsewhere.
    pub(crate) fn give_up_move(&self, id: MoveId) -> Result<(), StoreError> {
        write_durably(&self.root.join(MOVING_FILE), format!("{GIVEN_UP}{}\n", id.to_line()).as_bytes())
    }
    /// Makes the database the one that the move under way filled: the one step in which it is done.
    pub(crate) fn end_move(&self) -> Result<(), StoreError> {
        let pointer = self.root.join(ADDRESS_FILE);
        fs::rename(self.root.join(MOVING_FILE), &pointer).map_err(StoreError::file("end a move"))?;
        sync_parent(&pointer)
    }
    /// Takes the number of the move that brought the database here out of the file that says where it is.
    pub(crate) fn forget_arrival(&self) -> Result<(), StoreError> {
        let pointer = self.root.join(ADDRESS_FILE);
        let Some(text) = self.read_address(&pointer)? else { return Ok(()) };
        match text.lines().next().unwrap_or_default() {
            DATABASE_FILE => {
                fs::remove_file(&pointer).map_err(StoreError::file("end a move"))?;
                sync_parent(&pointer)
            }
            address => write_durably(&pointer, format!("{address}\n").as_bytes()),
        }
    }
    /// Writes the address of the server that keeps the database.
    pub(crate) fn write_server_address(&self, address: &str) -> Result<(), StoreError> {
        write_durably(&self.root.join(ADDRESS_FILE), format!("{}\n", address.trim()).as_bytes())
    }
    /// Says which replica the directory is.
    pub(crate) fn replica(&self) -> Result<ReplicaId, StoreError> {
        let bytes = match read_capped(&self.root.join(REPLICA_FILE), FORMAT_CAP_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ReplicaId::FIRST),
            Err(error) => return Err(StoreError::file("read which replica this is")(error)),
        };
        let text =
            std::str::from_utf8(&bytes).ok().and_then(|text| text.trim_end().strip_prefix(REPLICA_PREFIX));
        let replica = text.and_then(ReplicaId::parse).filter(|replica| !replica.is_first());
        replica.ok_or(StoreError::Damaged("the file that says which replica this is"))
    }
    /// Notes which replica the directory is.
    pub(crate) fn write_replica(&self, replica: &ReplicaId) -> Result<(), StoreError> {
        write_durably(&self.root.join(REPLICA_FILE), format!("{REPLICA_PREFIX}{replica}\n").as_bytes())
    }
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }
    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }
    pub(crate) fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }
    pub(crate) fn format(&self) -> PathBuf {
        self.root.join(FORMAT_FILE)
    }
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("LOCK")
    }
    pub(crate) fn master_key(&self, source: &MasterKeySource) -> PathBuf {
        match source {
            MasterKeySource::DataDirectory => self.keys().join("master.key"),
            MasterKeySource::File(path) => path.clone(),
        }
    }

    /// Makes the directories, readable by the owner alone.
    pub(crate) fn make_directories(&self) -> Result<(), StoreError> {
        for directory in [&self.root, &self.keys(), &self.journal(), &self.snapshots()] {
            make_private_directory(directory)?;
        }
        Ok(())
    }

    /// Closes the directories that are there to everybody but their owner: others may have made them, or opened them
    /// since.
    pub(crate) fn close_to_others(&self) -> Result<(), StoreError> {
        let directories = [&self.root, &self.keys(), &self.journal(), &self.snapshots()];
        directories.into_iter().filter(|directory| directory.is_dir()).try_for_each(|it| close_to_others(it))
    }

    /// Writes the format file: the last step of making a data directory, so that a half-made one is none.
    pub(crate) fn write_format(&self) -> Result<(), StoreError> {
        write_durably(&self.format(), format!("barid-data {FORMAT}\n").as_bytes())
    }

    /// Tells whether there is nothing here, or only what making a data directory leaves when it is interrupted.
    pub(crate) fn is_absent_or_half_made(&self) -> Result<bool, StoreError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(StoreError::file("read a directory")(error)),
        };
        for entry in entries {
            let name = entry.map_err(StoreError::file("read a directory"))?.file_name();
            if !HALF_MADE.iter().any(|known| name == *known) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where a restore notes that it is at work: what is half restored must not be taken for half made.
    pub(crate) fn restoring(&self) -> PathBuf {
        self.root.join("RESTORING")
    }

    /// Refuses backups: they are restored, never opened in place, or numbers would be given twice.
    pub(crate) fn refuse_backup(&self) -> Result<(), StoreError> {
        if self.root.join(MANIFEST).exists() { Err(StoreError::NotADataDirectory) } else { Ok(()) }
    }

    /// Refuses directories of no format or of one this program doesn't know.
    pub(crate) fn check_format(&self) -> Result<(), StoreError> {
        let text = match read_capped(&self.format(), FORMAT_CAP_BYTES) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => return Err(StoreError::NotADataDirectory),
        };
        if text.trim_end() == format!("barid-data {FORMAT}") {
            return Ok(());
        }
        Err(StoreError::UnknownFormat { found: text.trim_end().chars().take(40).collect(), known: FORMAT })
    }
}

/// The exclusive lock on a data directory, held while the value lives.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    file: File,
}

impl Drop for DirectoryLock {
    /// Gives the lock back by name: a child process that was forked just now has the file open too, until it executes
    /// its program, and closing ours alone would leave the directory locked for that moment.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl DirectoryLock {
    pub(crate) fn take(paths: &Paths) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(paths.lock())
            .map_err(StoreError::file("open the lock file"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::DirectoryLocked),
            Err(TryLockError::Error(error)) => Err(StoreError::file("lock the data directory")(error)),
        }
    }
}

/// Makes a directory for its owner alone; one that is there already is closed to others. Its name is on disk then, and those
/// of the directories above it that were made with it: else all that is synced inside could be gone with it.
pub(crate) fn make_private_directory(directory: &Path) -> Result<(), StoreError> {
    let is_new = |it: &&Path| !it.as_os_str().is_empty() && !it.exists();
    let new: Vec<&Path> = directory.ancestors().skip(1).take_while(is_new).collect();
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(StoreError::file("make a directory"))?;
    sync_name(directory)?;
    new.into_iter().try_for_each(sync_name)?;
    close_to_others(directory)
}

/// Makes a directory's name durable. One in a place that we may not read was made by somebody else, before us.
fn sync_name(directory: &Path) -> Result<(), StoreError> {
    match sync_parent(directory) {
        Err(StoreError::File { source, .. }) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            Ok(())
        }
        other => other,
    }
}

/// Takes from everybody but its owner what a directory lets them do. One that is not ours is refused.
fn close_to_others(directory: &Path) -> Result<(), StoreError> {
    let metadata = fs::metadata(directory).map_err(StoreError::file("look at a directory"))?;
    if metadata.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(directory, Permissions::from_mode(0o700))
        .map_err(StoreError::file("close a directory to others"))
}

/// Tells whether a directory is absent or holds nothing.
pub(crate) fn is_absent_or_empty(directory: &Path) -> Result<bool, StoreError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(StoreError::file("read a directory")(error)),
    }
}

/// Writes a file so that after a crash it is there whole or not at all: temporary name, sync, rename, sync directory.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(StoreError::file("create a file"))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(StoreError::file("write a file"))?;
    fs::rename(&temporary, path).map_err(StoreError::file("rename a file"))?;
    sync_parent(path)
}

/// Makes the names in a file's directory durable.
pub(crate) fn sync_parent(path: &Path) -> Result<(), StoreError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(StoreError::file("sync a directory"))
}

/// Reads a file of at most `cap_bytes` bytes.
pub(crate) fn read_capped(path: &Path, cap_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(cap_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > cap_bytes {
        return Err(std::io::Error::other("file over its cap"));
    }
    Ok(bytes)
}

/// Makes a master key; refuses to overwrite one.
pub(crate) fn create_master_key(path: &Path) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    keep_master_key(path, &Zeroizing::new(random::<32>()?))
}

/// Writes a master key where there is none; gives the one that is there.
pub(crate) fn keep_master_key(path: &Path, key: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    if path.exists() {
        // Whoever made it may have been stopped before its name was on disk.
        sync_parent(path)?;
        return read_master_key(path);
    }
    let mut text = Zeroizing::new(String::from(MASTER_KEY_PREFIX));
    key.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
    text.push('\n');
    write_durably(path, text.as_bytes())?;
    Ok(Zeroizing::new(*key))
}

/// Reads a master key: `barid-master-key 1 ` and 64 hex digits, mode 0600 or tighter.
pub(crate) fn read_master_key(path: &Path) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let metadata = fs::metadata(path).map_err(|_| StoreError::MasterKeyMissing)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(StoreError::MasterKeyExposed);
    }
    let bytes =
        Zeroizing::new(read_capped(path, MASTER_KEY_CAP_BYTES).map_err(|_| StoreError::MasterKeyMalformed)?);
    parse_master_key(&bytes)
}

/// Reads the text of a master key file.
pub(crate) fn parse_master_key(bytes: &[u8]) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let text = std::str::from_utf8(bytes).map_err(|_| StoreError::MasterKeyMalformed)?;
    let digits = text.trim_end().strip_prefix(MASTER_KEY_PREFIX).ok_or(StoreError::MasterKeyMalformed)?;
    let mut key = Zeroizing::new([0; 32]);
    barid_domain::ids::decode_hex(digits, key.as_mut_slice()).ok_or(StoreError::MasterKeyMalformed)?;
    Ok(key)
}
