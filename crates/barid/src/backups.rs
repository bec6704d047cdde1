//! Backups that the running server takes of itself: every so many hours, a ring of so many, the keys apart.
//!
//! A backup is written beside its place under the name `partial-...` and gets its own name, `backup-...`, when it is
//! whole and on disk. The keys lie in another directory, one set for as long as they stay the same, because whoever
//! holds a set can read what was erased since.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use barid_domain::dates::Timestamp;
use barid_store::{Store, StoreError, read_manifest};
use barid_web::BackupWatch;
use clap::Args;

use crate::commands::CommandError;
use crate::node;

const BACKUP: &str = "backup-";
const KEYS: &str = "keys-";
const PARTIAL: &str = "partial-";
/// How often it is looked whether a backup is due.
const LOOKING: Duration = Duration::from_secs(30);

/// Says where the running server puts its backups.
#[derive(Args, Debug, Clone)]
pub struct BackupArgs {
    /// Take backups of the running node into this directory; made where it does not exist.
    #[arg(long, value_name = "DIR", requires = "backup_keys_dir")]
    backup_dir: Option<PathBuf>,
    /// Where the keys of the backups go: another disk, or what is mounted from elsewhere. Whoever has both can read all.
    #[arg(long, value_name = "DIR", requires = "backup_dir")]
    backup_keys_dir: Option<PathBuf>,
    /// Every how many hours.
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_760),
        requires = "backup_dir")]
    backup_every: u32,
    /// How many backups to keep; older ones of this node are deleted.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1_000),
        requires = "backup_dir")]
    backup_keep: u32,
}

/// Is a ring of backups.
#[derive(Debug, Clone)]
pub struct Ring {
    data: PathBuf,
    keys: PathBuf,
    every: Duration,
    keep: usize,
}

/// Why a backup was not taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store could not be copied.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A directory could not be made, read or renamed.
    #[error("a directory of the backups can not be used")]
    Directory(#[from] std::io::Error),
}

impl BackupError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Directory(_) => "backup-directory",
        }
    }
}

impl BackupArgs {
    /// The ring that is asked for, if one is; keys and data must not lie in each other, nor in the data directory.
    pub fn ring(&self, data_directory: &Path) -> Result<Option<Ring>, CommandError> {
        let (Some(data), Some(keys)) = (&self.backup_dir, &self.backup_keys_dir) else { return Ok(None) };
        let whole = |path: &Path| {
            std::path::absolute(path).map_err(|cause| CommandError::File {
                what: format!("can not use {}", path.display()),
                cause,
            })
        };
        let (data, keys, node) = (whole(data)?, whole(keys)?, whole(data_directory)?);
        for (inner, outer) in [(&keys, &data), (&data, &keys), (&keys, &node), (&data, &node)] {
            if inner.starts_with(outer) {
                return Err(CommandError::Usage(
                    "backups, their keys and the data directory must not lie in one another".to_owned(),
                ));
            }
        }
        let every = Duration::from_secs(u64::from(self.backup_every) * 3_600);
        Ok(Some(Ring { data, keys, every, keep: self.backup_keep as usize }))
    }
}

/// Takes a backup whenever one is due, until it is aborted.
pub async fn look_after(store: Store, ring: Ring, watch: Arc<BackupWatch>) {
    let mut failed_at: Option<tokio::time::Instant> = None;
    loop {
        // After a failure it is tried again in its own time, not at every look.
        let rests = failed_at.is_some_and(|at| at.elapsed() < ring.every.min(Duration::from_secs(3_600)));
        if !rests && ring.is_due() {
            let now = node::now();
            match ring.take(&store, now).await {
                Ok(()) => {
                    failed_at = None;
                    watch.taken(now);
                    tracing::info!("a backup was taken");
                }
                Err(error) => {
                    failed_at = Some(tokio::time::Instant::now());
                    watch.failed();
                    tracing::error!(code = error.code(), "a backup failed");
                }
            }
        }
        tokio::time::sleep(LOOKING).await;
    }
}

impl Ring {
    /// Tells whether the newest backup is older than the time between two, or there is none.
    fn is_due(&self) -> bool {
        let newest = standing(&self.data, BACKUP).pop();
        let age =
            newest.and_then(|path| path.join("MANIFEST").metadata().ok()?.modified().ok()?.elapsed().ok());
        age.is_none_or(|age| age >= self.every)
    }

    /// Takes one backup and deletes what the ring has no more room for.
    pub async fn take(&self, store: &Store, now: Timestamp) -> Result<(), BackupError> {
        for directory in [&self.data, &self.keys] {
            make_private(directory)?;
            // What a process that was killed left half done.
            for partial in standing(directory, PARTIAL) {
                std::fs::remove_dir_all(partial)?;
            }
        }
        let stamp = stamp_of(now);
        let partial_data = self.data.join(format!("{PARTIAL}{stamp}"));
        let partial_keys = self.keys.join(format!("{PARTIAL}{stamp}"));
        if let Err(error) = store.backup_apart(&partial_data, &partial_keys).await {
            // Best effort: the next backup clears it away in any case.
            let _ = std::fs::remove_dir_all(&partial_data);
            let _ = std::fs::remove_dir_all(&partial_keys);
            return Err(error.into());
        }
        // The keys first: no backup stands whose keys don't.
        self.place_keys(&partial_keys, &stamp)?;
        std::fs::rename(&partial_data, self.data.join(format!("{BACKUP}{stamp}")))?;
        sync(&self.data)?;
        let node = store.node().to_string();
        self.prune(&self.data, BACKUP, &node)?;
        self.prune(&self.keys, KEYS, &node)?;
        Ok(())
    }

    fn place_keys(&self, partial: &Path, stamp: &str) -> Result<(), BackupError> {
        let newest = standing(&self.keys, KEYS).pop().and_then(|path| read_manifest(&path));
        let made = read_manifest(partial);
        let is_known = match (&made, &newest) {
            (Some(made), Some(newest)) => made == newest,
            _ => false,
        };
        if is_known {
            std::fs::remove_dir_all(partial)?;
        } else {
            std::fs::rename(partial, self.keys.join(format!("{KEYS}{stamp}")))?;
        }
        sync(&self.keys)?;
        Ok(())
    }

    /// Deletes the oldest of this node's beyond the number that is kept; what another node or hand put there stays.
    fn prune(&self, directory: &Path, prefix: &str, node: &str) -> Result<(), BackupError> {
        let of_this_node = |path: &PathBuf| read_manifest(path).is_some_and(|manifest| manifest.node == node);
        let ours: Vec<PathBuf> = standing(directory, prefix).into_iter().filter(of_this_node).collect();
        for old in ours.iter().take(ours.len().saturating_sub(self.keep)) {
            std::fs::remove_dir_all(old)?;
        }
        Ok(())
    }
}

/// `2026-11-25-235900`: names in the order of time.
fn stamp_of(now: Timestamp) -> String {
    let time: String = now.to_string().chars().skip(11).take(8).filter(|c| *c != ':').collect();
    format!("{}-{time}", now.day())
}

/// The directories whose names are this prefix and a stamp, in the order of their stamps.
fn standing(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let is_stamp = |text: &str| text.len() == 17 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let named = entries.filter(|entry| {
        entry.file_name().to_str().and_then(|name| name.strip_prefix(prefix)).is_some_and(is_stamp)
    });
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

fn sync(directory: &Path) -> std::io::Result<()> {
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use barid_app::{App, found};
    use barid_domain::ids::IdempotencyKey;
    use barid_store::{MasterKeySource, RestoreOptions, doctor, restore};

    use super::*;
    use crate::exercise;

    struct Ground {
        directory: tempfile::TempDir,
        app: App,
    }

    impl Ground {
        async fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let store = node::open_store(&directory.path().join("data"), true).await.unwrap();
            found(&store, &node::ports(), &exercise::founding_plan().unwrap()).await.unwrap();
            let app = App::start(store, node::ports()).await.unwrap();
            Self { directory, app }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        fn ring(&self, keep: usize) -> Ring {
            let every = Duration::from_secs(3_600);
            Ring { data: self.at("backups"), keys: self.at("elsewhere"), every, keep }
        }

        async fn enter(&self, number: u8) {
            let (owner, submission) = exercise::persons(node::now().day()).swap_remove(usize::from(number));
            let ctx = node::context_of(owner.as_str(), "officer", "exercise", "a test").unwrap();
            let key = IdempotencyKey::from_random([number + 1; 16]);
            self.app.submit_person(&ctx, key, submission).await.unwrap();
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + second)
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_backup_of_the_running_node_is_restored_after_further_writes() {
        let ground = Ground::new().await;
        let ring = ground.ring(3);
        ground.enter(0).await;
        assert!(ring.is_due());
        ring.take(ground.app.store(), at(0)).await.unwrap();
        assert!(!ring.is_due(), "the next one is due in an hour");
        ground.enter(1).await;
        ground.enter(2).await;

        let data = ground.at("restored");
        let options = RestoreOptions {
            backup: standing(&ring.data, BACKUP).remove(0),
            keys: standing(&ring.keys, KEYS).remove(0),
            directory: data.clone(),
            now: node::now(),
        };
        assert!(restore(options).await.unwrap().incarnation > 1);
        assert!(doctor(&data, &MasterKeySource::DataDirectory).await.unwrap().is_sound());
        let app = node::open_app(&data).await.unwrap();
        let ctx = node::context_of("XA", "officer", "exercise", "after the restore").unwrap();
        let own = app.own_records(&ctx, None, 10).await.unwrap();
        assert_eq!(own.len(), 1, "what was there when it was taken, and nothing later");
        app.open(&ctx, own[0].record).await.unwrap();
        let (_, submission) = exercise::persons(node::now().day()).remove(2);
        app.submit_person(&ctx, IdempotencyKey::from_random([9; 16]), submission).await.unwrap();
        assert_eq!(ground.app.own_records(&ctx, None, 10).await.unwrap().len(), 3, "the node went on");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_ring_keeps_so_many_and_touches_nothing_else() {
        let ground = Ground::new().await;
        let ring = ground.ring(2);
        // Of another node, of a hand, and half done by a process that was killed.
        let other = Ground::new().await;
        ground.ring(2).take(other.app.store(), at(0)).await.unwrap();
        for foreign in ["backup-2020-01-01-000000", "backup-by-hand", "partial-2020-01-01-000000"] {
            make_private(&ring.data.join(foreign)).unwrap();
        }
        for number in 1..=4 {
            ring.take(ground.app.store(), at(number)).await.unwrap();
        }
        let stamp = |number| stamp_of(at(number));
        let mut expected = vec!["backup-2020-01-01-000000".to_owned(), "backup-by-hand".to_owned()];
        expected.extend([0, 3, 4].map(|number| format!("backup-{}", stamp(number))));
        expected.sort();
        assert_eq!(names(&ring.data), expected);
        // The keys have not changed: one set for each node.
        assert_eq!(names(&ring.keys), [0, 1].map(|number| format!("keys-{}", stamp(number))));
        ground.app.store().put_secret("entries-xd", &[7; 32]).unwrap();
        ring.take(ground.app.store(), at(5)).await.unwrap();
        assert_eq!(names(&ring.keys).len(), 3, "a key came to it: a set more");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_backup_that_fails_leaves_no_name_and_says_so() {
        let ground = Ground::new().await;
        let ring = ground.ring(2);
        ring.take(ground.app.store(), at(0)).await.unwrap();
        // The place of the next one is taken: a file where its directory should be.
        std::fs::write(ring.data.join(format!("{PARTIAL}{}", stamp_of(at(1)))), b"x").unwrap();
        assert!(ring.take(ground.app.store(), at(1)).await.is_err());
        let left: Vec<String> =
            names(&ring.data).into_iter().filter(|name| name.starts_with(BACKUP)).collect();
        assert_eq!(left, [format!("{BACKUP}{}", stamp_of(at(0)))]);
        assert_eq!(names(&ring.keys), [format!("{KEYS}{}", stamp_of(at(0)))]);

        std::fs::remove_dir_all(&ring.data).unwrap();
        std::fs::write(&ring.data, b"no directory").unwrap();
        let watch = Arc::new(BackupWatch::default());
        let task = tokio::spawn(look_after(ground.app.store().clone(), ring, watch.clone()));
        while !watch.is_failing() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        task.abort();
        watch.taken(at(2));
        assert!(!watch.is_failing());
    }

    #[test]
    fn keys_and_backups_do_not_lie_in_one_another() {
        let ask = |data: &str, keys: &str| {
            let (backup_dir, backup_keys_dir) = (Some(PathBuf::from(data)), Some(PathBuf::from(keys)));
            BackupArgs { backup_dir, backup_keys_dir, backup_every: 24, backup_keep: 7 }
                .ring(Path::new("/d/data"))
        };
        assert!(ask("/d/backups", "/k").unwrap().is_some());
        for (data, keys) in
            [("/b", "/b"), ("/b", "/b/k"), ("/k/b", "/k"), ("/d/data/b", "/k"), ("/b", "/d/data/k")]
        {
            assert!(ask(data, keys).is_err(), "{data} {keys}");
        }
    }
}
