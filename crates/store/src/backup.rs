//! Backup while running, and restore as a new incarnation.
//!
//! A backup is a directory: `MANIFEST`, `FORMAT`, `barid.db`, `journal/`. Its keys lie apart, in a directory
//! `keys-of-<date>-<time>` beside it, with a manifest of their own: who carries one away can't read it without the
//! other. A manifest names every file with its length and SHA-256. A restored node numbers in streams of a new
//! incarnation, so no number it gave after the backup was taken is given twice.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use barid_domain::dates::Timestamp;
use barid_domain::ids::NodeId;
use sha2::{Digest as _, Sha256};

use crate::directory::{
    MANIFEST, MasterKeySource, Paths, is_absent_or_empty, make_private_directory, read_capped,
    read_master_key, sync_parent, write_durably,
};
use crate::engine::{self, Location, query};
use crate::error::StoreError;
use crate::people::PersonKind;
use crate::sealing::KeyRing;
use crate::store::{Store, load_node};

const RESTORES: &str = "RESTORES";
const MANIFEST_CAP_BYTES: u64 = 16 * 1024 * 1024;
pub(crate) const DATA_HEADING: &str = "barid-backup 1";
pub(crate) const KEYS_HEADING: &str = "barid-backup-keys 1";

/// Is what a backup wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The directory with the data.
    pub data: PathBuf,
    /// The directory with the keys, to be kept elsewhere.
    pub keys: PathBuf,
    /// How many files.
    pub files: usize,
    /// How many bytes.
    pub bytes: u64,
}

/// How a backup is restored.
#[derive(Debug, Clone)]
pub struct RestoreOptions {
    /// The directory with the data.
    pub backup: PathBuf,
    /// The directory with the keys.
    pub keys: PathBuf,
    /// The data directory to make; absent or empty.
    pub directory: PathBuf,
    /// The time of the restore: two backups of one node, which know nothing of each other, so never give one number
    /// twice.
    pub now: Timestamp,
}

/// Is what a restore made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreReport {
    /// The node.
    pub node: NodeId,
    /// Its new incarnation.
    pub incarnation: u32,
}

/// Is a line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    bytes: u64,
    hash: String,
}

impl Store {
    /// Copies the database and the journal while work goes on, and the keys apart, beside `to`.
    ///
    /// # Errors
    /// [`StoreError::DirectoryNotEmpty`]; [`StoreError::BackupElsewhere`] where a server keeps the database; file and
    /// database errors. What was written by then is left for inspection; without its manifest it is no backup.
    pub async fn backup(&self, to: &Path) -> Result<BackupReport, StoreError> {
        self.backup_apart(to, &keys_directory(to, (self.inner.clock)())).await
    }

    /// Copies the database and the journal to `to` while work goes on, and the keys to `keys`.
    ///
    /// # Errors
    /// As [`Store::backup`].
    pub async fn backup_apart(&self, to: &Path, keys: &Path) -> Result<BackupReport, StoreError> {
        if self.inner.location.is_on_server() {
            return Err(StoreError::BackupElsewhere);
        }
        if !is_absent_or_empty(to)? || !is_absent_or_empty(keys)? {
            return Err(StoreError::DirectoryNotEmpty);
        }
        let now = (self.inner.clock)();
        let keys = keys.to_owned();
        make_private_directory(to)?;
        make_private_directory(&to.join("journal"))?;
        make_private_directory(&keys)?;
        // The database first: the journal then holds at least the lines that the database has folded.
        engine::copy_into(&self.inner.location, &to.join("barid.db")).await?;
        if self.inner.journal.is_running() {
            self.inner.journal.sync().await?;
        }
        let store = self.clone();
        let to = to.to_owned();
        tokio::task::spawn_blocking(move || store.copy_files(&to, &keys, now))
            .await
            .map_err(|_| StoreError::Stopped)?
    }

    fn copy_files(&self, to: &Path, keys: &Path, now: Timestamp) -> Result<BackupReport, StoreError> {
        let mut data = BTreeMap::new();
        File::open(to.join("barid.db"))
            .and_then(|file| file.sync_all())
            .map_err(StoreError::file("sync the copied database"))?;
        data.insert("barid.db".to_owned(), list_file(&to.join("barid.db"))?);
        for (segment, durable_bytes) in self.inner.journal.durable_segments() {
            let name = file_name(&segment)?;
            let listed = copy(&segment, &to.join("journal").join(&name), durable_bytes)?;
            data.insert(format!("journal/{name}"), listed);
        }
        data.insert("FORMAT".to_owned(), copy(&self.inner.paths.format(), &to.join("FORMAT"), None)?);
        let mut kept = BTreeMap::new();
        let master = self.inner.paths.master_key(&self.inner.master_key);
        kept.insert("master.key".to_owned(), copy(&master, &keys.join("master.key"), None)?);
        for path in list_directory(&self.inner.paths.keys())? {
            let name = file_name(&path)?;
            if name.ends_with(".key") && name != "master.key" {
                kept.insert(name.clone(), copy(&path, &keys.join(&name), None)?);
            }
        }
        self.write_manifest(keys, KEYS_HEADING, now, &kept)?;
        self.write_manifest(to, DATA_HEADING, now, &data)?;
        let bytes = data.values().chain(kept.values()).map(|listed| listed.bytes).sum();
        let files = data.len() + kept.len();
        Ok(BackupReport { data: to.to_owned(), keys: keys.to_owned(), files, bytes })
    }

    fn write_manifest(
        &self,
        directory: &Path,
        heading: &str,
        now: Timestamp,
        files: &BTreeMap<String, Listed>,
    ) -> Result<(), StoreError> {
        let mut text =
            format!("{heading}\nnode {}\nincarnation {}\ntaken {now}\n", self.node(), self.incarnation());
        for (name, listed) in files {
            text.push_str(&format!("{} {} {name}\n", listed.hash, listed.bytes));
        }
        write_durably(&directory.join(MANIFEST), text.as_bytes())
    }
}

/// Is what the manifest of a backup, or of its keys, says; nothing of it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The node that was backed up.
    pub node: String,
    /// The lines of the files: hash, length, name.
    pub files: Vec<String>,
}

/// Reads the manifest of a directory that a backup wrote, of the data or of the keys; `None` where there is no whole one.
pub fn read_manifest(directory: &Path) -> Option<Manifest> {
    let text = String::from_utf8(read_capped(&directory.join(MANIFEST), MANIFEST_CAP_BYTES).ok()?).ok()?;
    parse_manifest(&text, DATA_HEADING).or_else(|| parse_manifest(&text, KEYS_HEADING))?;
    let mut lines = text.lines().skip(1);
    let node = lines.next()?.strip_prefix("node ")?.to_owned();
    Some(Manifest { node, files: lines.skip(2).map(str::to_owned).collect() })
}

/// Makes a data directory from a backup and its keys, as a new incarnation of the node, without the credentials, accounts and
/// sessions: those that were taken back or suspended since would count again.
///
/// # Errors
/// [`StoreError::BackupDamaged`] naming the file that differs from its manifest; [`StoreError::DirectoryNotEmpty`];
/// [`StoreError::WrongMasterKey`] when data and keys are of different nodes; file and database errors. Until it
/// succeeds the directory has no format file, so nothing opens it.
pub async fn restore(options: RestoreOptions) -> Result<RestoreReport, StoreError> {
    if !is_absent_or_empty(&options.directory)? {
        return Err(StoreError::DirectoryNotEmpty);
    }
    let data = verify(&options.backup, DATA_HEADING)?;
    let keys = verify(&options.keys, KEYS_HEADING)?;
    Paths::new(&options.backup).check_format()?;
    let paths = Paths::new(&options.directory);
    paths.make_directories()?;
    write_durably(&paths.restoring(), b"")?;
    for name in data.keys().filter(|name| *name != "FORMAT") {
        copy(&options.backup.join(name), &options.directory.join(name), None)?;
    }
    for name in keys.keys() {
        copy(&options.keys.join(name), &paths.keys().join(name), None)?;
    }
    let ring = KeyRing::new(&*read_master_key(&paths.master_key(&MasterKeySource::DataDirectory))?);
    let mut connection = engine::open_writing(&Location::of_file(paths.database())).await?;
    let row = load_node(&mut connection).await?;
    if ring.check_value(&row.node.0) != row.key_check {
        return Err(StoreError::WrongMasterKey);
    }
    let incarnation = next_incarnation(&options.backup, row.incarnation, options.now)?;
    query("UPDATE node SET incarnation = $1 WHERE id = 1")
        .bind(i64::from(incarnation))
        .execute(&mut connection)
        .await?;
    // One that was taken back since would sign in again.
    query("DELETE FROM credentials").execute(&mut connection).await?;
    query("DELETE FROM people WHERE kind <> $1")
        .bind(PersonKind::Entity.number())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    paths.write_format()?;
    fs::remove_file(paths.restoring()).map_err(StoreError::file("end a restore"))?;
    Ok(RestoreReport { node: row.node, incarnation })
}

/// The second from which incarnations of restored nodes are counted, 2020-01-01T00:00:00Z; they last until 2156.
const INCARNATIONS_SINCE: i64 = 1_577_836_800;

/// One backup may be restored twice, and so may two backups of one node: each restore takes an incarnation beyond those
/// noted beside the manifest, and not before the seconds that have passed.
fn next_incarnation(backup: &Path, of_backup: u32, now: Timestamp) -> Result<u32, StoreError> {
    let notes = backup.join(RESTORES);
    let noted = fs::read_to_string(&notes).unwrap_or_default();
    let last = noted.lines().filter_map(|line| line.parse::<u32>().ok()).max().unwrap_or(0);
    let next = of_backup.max(last).checked_add(1).ok_or(StoreError::Damaged("incarnations are used up"))?;
    let passed = u32::try_from(now.seconds().saturating_sub(INCARNATIONS_SINCE).max(0)).unwrap_or(u32::MAX);
    let next = next.max(passed);
    if let Err(error) = write_durably(&notes, format!("{noted}{next}\n").as_bytes()) {
        tracing::warn!(
            code = error.code(),
            "the backup can't be written to; restoring it again would repeat this incarnation"
        );
    }
    Ok(next)
}

fn keys_directory(to: &Path, now: Timestamp) -> PathBuf {
    let time: String = now.to_string().chars().skip(11).take(8).filter(|c| *c != ':').collect();
    let name = format!("keys-of-{}-{time}", now.day());
    match to.parent() {
        Some(parent) => parent.join(name),
        None => PathBuf::from(name),
    }
}

fn file_name(path: &Path) -> Result<String, StoreError> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or(StoreError::InvalidName)
}

fn list_directory(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(StoreError::file("read a directory"))? {
        paths.push(entry.map_err(StoreError::file("read a directory"))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Copies a file, or its first bytes, durably; gives length and hash of what was copied.
fn copy(from: &Path, to: &Path, first_bytes: Option<u64>) -> Result<Listed, StoreError> {
    let source = File::open(from).map_err(StoreError::file("open a file to copy"))?;
    let mut target = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(StoreError::file("create a copy"))?;
    let listed = hash_through(source.take(first_bytes.unwrap_or(u64::MAX)), |piece| target.write_all(piece))
        .map_err(StoreError::file("copy a file"))?;
    target.sync_all().map_err(StoreError::file("sync a copy"))?;
    sync_parent(to)?;
    Ok(listed)
}

fn list_file(path: &Path) -> Result<Listed, StoreError> {
    File::open(path).and_then(|file| hash_through(file, |_| Ok(()))).map_err(StoreError::file("hash a file"))
}

fn hash_through(
    mut source: impl Read,
    mut pass_on: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<Listed> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1024 * 1024];
    let mut bytes = 0;
    loop {
        let taken = source.read(&mut piece)?;
        if taken == 0 {
            break;
        }
        hasher.update(&piece[..taken]);
        pass_on(&piece[..taken])?;
        bytes += taken as u64;
    }
    let hash: [u8; 32] = hasher.finalize().into();
    Ok(Listed { bytes, hash: hash.iter().map(|byte| format!("{byte:02x}")).collect() })
}

/// Checks a directory against its manifest: every file named, every named file as it was.
fn verify(directory: &Path, heading: &str) -> Result<BTreeMap<String, Listed>, StoreError> {
    let damaged = |file: &str, what| StoreError::BackupDamaged { file: file.to_owned(), what };
    let bytes = read_capped(&directory.join(MANIFEST), MANIFEST_CAP_BYTES)
        .map_err(|_| damaged(MANIFEST, "is missing or too long"))?;
    let text = String::from_utf8(bytes).map_err(|_| damaged(MANIFEST, "is not text"))?;
    let files = parse_manifest(&text, heading).ok_or_else(|| damaged(MANIFEST, "is malformed"))?;
    for (name, listed) in &files {
        let found = list_file(&directory.join(name)).map_err(|_| damaged(name, "is missing"))?;
        if found != *listed {
            return Err(damaged(name, "is not the file that was backed up"));
        }
    }
    Ok(files)
}

pub(crate) fn parse_manifest(text: &str, heading: &str) -> Option<BTreeMap<String, Listed>> {
    let mut lines = text.lines();
    if lines.next()? != heading {
        return None;
    }
    for key in ["node ", "incarnation ", "taken "] {
        lines.next()?.strip_prefix(key)?;
    }
    let mut files = BTreeMap::new();
    for line in lines {
        let mut parts = line.splitn(3, ' ');
        let (hash, bytes, name) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        // Names stay inside the directory.
        let inside =
            !name.is_empty() && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if hash.len() != 64 || !inside {
            return None;
        }
        files.insert(name.to_owned(), Listed { bytes, hash: hash.to_owned() });
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_that_lead_out_of_their_directory_are_refused() {
        let head = format!("{DATA_HEADING}\nnode x\nincarnation 1\ntaken x\n");
        let hash = "a".repeat(64);
        let with = |line: String| parse_manifest(&format!("{head}{line}"), DATA_HEADING);
        assert!(with(format!("{hash} 1 journal/00000001.seg\n")).is_some());
        for name in ["../x", "/x", "a/../x", "", "a//b", "./x"] {
            assert!(with(format!("{hash} 1 {name}\n")).is_none(), "{name}");
        }
        assert!(with(format!("{hash} x FORMAT\n")).is_none());
        assert!(parse_manifest(&head, KEYS_HEADING).is_none());
    }
}
