//! Backups that the running server takes of itself: every so many hours, a ring of so many, the keys apart.
//!
//! A backup is written beside its place under the name `partial-...` and gets its own name, `backup-...`, when it is
//! whole and on disk. Each name holds the node's: what other nodes put into the directory is not looked at, and what bears
//! a time that has not come yet is left aside. The keys lie in another directory, one set for as long as they stay the same, because whoever
//! holds a set can read what was erased since.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use barid_domain::dates::{Day, Timestamp};
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
    /// How many backups to keep, two at least; older ones of this node are deleted.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(2..=1_000),
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
            real(path).map_err(|cause| CommandError::File {
                what: format!("can not use {}", path.display()),
                cause,
            })
        };
        let (data, keys, node) = (whole(data)?, whole(keys)?, whole(data_directory)?);
        for (one, other) in [(&keys, &data), (&keys, &node), (&data, &node)] {
            if one.starts_with(other) || other.starts_with(one) {
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
    let mut pruned_at: Option<tokio::time::Instant> = None;
    let node = store.node().to_string();
    loop {
        // After a failure it is tried again in its own time, not at every look.
        let rests = failed_at.is_some_and(|at| at.elapsed() < ring.every.min(Duration::from_secs(3_600)));
        let now = node::now();
        if !rests && ring.is_due(&node, now) {
            let mut taken = ring.take(&store, now).await;
            // By a clock that nobody can set: one that leaps takes backups too often, and deletes none for it.
            if taken.is_ok() && pruned_at.is_none_or(|at| at.elapsed() >= ring.every) {
                taken = ring.prune(&node, now);
                pruned_at = Some(tokio::time::Instant::now());
            }
            match taken {
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
    /// Tells whether this node's newest backup is older than the time between two, or there is none. What bears a time
    /// that has not come yet says nothing about that.
    fn is_due(&self, node: &str, now: Timestamp) -> bool {
        let (past, future) = self.ours(&self.data, BACKUP, node, now);
        if !future.is_empty() {
            tracing::warn!(
                code = "backup-in-the-future",
                count = future.len(),
                "backups bear a time that has not come yet: they are left aside"
            );
        }
        let age = past.last().map(|(at, _)| now.seconds().saturating_sub(*at));
        age.is_none_or(|age| u64::try_from(age).unwrap_or(0) >= self.every.as_secs())
    }

    /// This node's whole ones in the order of their times, those of the future apart.
    fn ours(&self, directory: &Path, prefix: &str, node: &str, now: Timestamp) -> (Vec<Dated>, Vec<Dated>) {
        let of_this_node = |path: &PathBuf| read_manifest(path).is_some_and(|manifest| manifest.node == node);
        let whole = standing(directory, prefix, node).into_iter().filter(|(_, path)| of_this_node(path));
        whole.partition(|(at, _)| *at <= now.seconds())
    }

    /// Takes one backup.
    pub async fn take(&self, store: &Store, now: Timestamp) -> Result<(), BackupError> {
        let node = store.node().to_string();
        for directory in [&self.data, &self.keys] {
            make_private(directory)?;
            // What a process of this node that was killed left half done.
            for (_, partial) in standing(directory, PARTIAL, &node) {
                std::fs::remove_dir_all(partial)?;
            }
        }
        let stamp = format!("{node}-{}", stamp_of(now));
        let partial_data = self.data.join(format!("{PARTIAL}{stamp}"));
        let partial_keys = self.keys.join(format!("{PARTIAL}{stamp}"));
        if let Err(error) = store.backup_apart(&partial_data, &partial_keys).await {
            // Best effort: the next backup clears it away in any case.
            let _ = std::fs::remove_dir_all(&partial_data);
            let _ = std::fs::remove_dir_all(&partial_keys);
            return Err(error.into());
        }
        // The keys first: no backup stands whose keys don't.
        self.place_keys(&partial_keys, &stamp, &node)?;
        std::fs::rename(&partial_data, self.data.join(format!("{BACKUP}{stamp}")))?;
        sync(&self.data)?;
        Ok(())
    }

    fn place_keys(&self, partial: &Path, stamp: &str, node: &str) -> Result<(), BackupError> {
        let newest = standing(&self.keys, KEYS, node).pop().and_then(|(_, path)| read_manifest(&path));
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

    /// Deletes the oldest of this node's beyond the number that is kept. What another node or hand put there stays, and so
    /// does what bears a time that has not come yet; neither counts among those that are kept.
    pub fn prune(&self, node: &str, now: Timestamp) -> Result<(), BackupError> {
        for (directory, prefix) in [(&self.data, BACKUP), (&self.keys, KEYS)] {
            let (past, _) = self.ours(directory, prefix, node, now);
            for (_, old) in past.iter().take(past.len().saturating_sub(self.keep)) {
                std::fs::remove_dir_all(old)?;
            }
        }
        Ok(())
    }
}

/// Is a directory with the time of its name, in seconds since 1970-01-01T00:00:00Z.
type Dated = (i64, PathBuf);

/// Where a path leads, links followed; what does not exist yet is taken by its name.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut there = path.as_path();
    while there.symlink_metadata().is_err() {
        // No name is the root or `..`: behind something that does not exist nobody knows where that leads.
        let name = there.file_name().ok_or(std::io::ErrorKind::InvalidInput)?;
        missing.push(name.to_owned());
        there = there.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    }
    let mut whole = there.canonicalize()?;
    whole.extend(missing.iter().rev());
    Ok(whole)
}

/// `2026-11-25-235900`: names in the order of time.
fn stamp_of(now: Timestamp) -> String {
    let time: String = now.to_string().chars().skip(11).take(8).filter(|c| *c != ':').collect();
    format!("{}-{time}", now.day())
}

/// Reads what [`stamp_of`] wrote.
fn read_stamp(stamp: &str) -> Option<i64> {
    let (day, time) = (stamp.get(..10)?, stamp.get(10..)?.strip_prefix('-')?);
    let day: Day = day.parse().ok()?;
    if time.len() != 6 || !time.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |at: usize| time.get(at..at + 2)?.parse::<i64>().ok();
    let (hours, minutes, seconds) = (number(0)?, number(2)?, number(4)?);
    let is_time = hours < 24 && minutes < 60 && seconds < 60;
    is_time.then(|| i64::from(day.days()) * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

/// The directories whose names are this prefix, the node and a stamp, in the order of their stamps.
fn standing(directory: &Path, prefix: &str, node: &str) -> Vec<Dated> {
    let prefix = format!("{prefix}{node}-");
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let dated = entries.filter_map(|entry| {
        let at = read_stamp(entry.file_name().to_str()?.strip_prefix(&prefix)?)?;
        Some((at, entry.path()))
    });
    let mut dated: Vec<Dated> = dated.filter(|(_, path)| path.is_dir()).collect();
    dated.sort();
    dated
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

        fn node(&self) -> String {
            self.app.store().node().to_string()
        }

        /// Takes one and makes room for it.
        async fn round(&self, ring: &Ring, now: Timestamp) {
            ring.take(self.app.store(), now).await.unwrap();
            ring.prune(&self.node(), now).unwrap();
        }

        fn name(&self, prefix: &str, second: i64) -> String {
            format!("{prefix}{}-{}", self.node(), stamp_of(at(second)))
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
        let node = ground.node();
        assert!(ring.is_due(&node, at(0)));
        ring.take(ground.app.store(), at(0)).await.unwrap();
        assert!(!ring.is_due(&node, at(3_599)), "the next one is due in an hour");
        assert!(ring.is_due(&node, at(3_600)));
        ground.enter(1).await;
        ground.enter(2).await;

        let data = ground.at("restored");
        let options = RestoreOptions {
            backup: standing(&ring.data, BACKUP, &node).remove(0).1,
            keys: standing(&ring.keys, KEYS, &node).remove(0).1,
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
        assert!(ring.is_due(&ground.node(), at(1)), "another node's backup is none of this one");
        let foreign =
            ["backup-2020-01-01-000000".to_owned(), "backup-by-hand".to_owned(), other.name(PARTIAL, 1)];
        for foreign in foreign.iter().chain([&ground.name(PARTIAL, 0)]) {
            make_private(&ring.data.join(foreign)).unwrap();
        }
        for number in 1..=4 {
            ground.round(&ring, at(number)).await;
        }
        let mut expected = foreign.to_vec();
        expected.push(other.name(BACKUP, 0));
        expected.extend([3, 4].map(|number| ground.name(BACKUP, number)));
        expected.sort();
        assert_eq!(names(&ring.data), expected);
        // The keys have not changed: one set for each node.
        let mut expected = [other.name(KEYS, 0), ground.name(KEYS, 1)];
        expected.sort();
        assert_eq!(names(&ring.keys), expected);
        ground.app.store().put_secret("entries-xd", &[7; 32]).unwrap();
        ground.round(&ring, at(5)).await;
        assert_eq!(names(&ring.keys).len(), 3, "a key came to it: a set more");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_backup_of_the_future_costs_no_other() {
        let ground = Ground::new().await;
        let (ring, node) = (ground.ring(2), ground.node());
        let year = 31_536_000;
        ground.round(&ring, at(0)).await;
        // The clock leapt and came back.
        ground.round(&ring, at(year)).await;
        ground.round(&ring, at(year + 3_600)).await;
        assert_eq!(names(&ring.data), [year, year + 3_600].map(|second| ground.name(BACKUP, second)));
        assert!(ring.is_due(&node, at(3_600)), "there is none of a time that has come");
        ground.round(&ring, at(3_600)).await;
        assert!(!ring.is_due(&node, at(3_630)), "not at every look");
        ground.round(&ring, at(7_200)).await;
        ground.round(&ring, at(10_800)).await;
        let left = [7_200, 10_800, year, year + 3_600].map(|second| ground.name(BACKUP, second));
        assert_eq!(names(&ring.data), left, "two of the past, and those of the future untouched");
    }

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        for second in [0, 59, 86_399, 123_456_789] {
            assert_eq!(read_stamp(&stamp_of(at(second))), Some(at(second).seconds()));
        }
        for wrong in [
            "",
            "2026-11-25",
            "2026-11-25-2359",
            "2026-11-25-246000",
            "2026-13-25-000000",
            "2026-11-25-00000é",
        ] {
            assert_eq!(read_stamp(wrong), None, "{wrong}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_backup_that_fails_leaves_no_name_and_says_so() {
        let ground = Ground::new().await;
        let ring = ground.ring(2);
        ring.take(ground.app.store(), at(0)).await.unwrap();
        // The place of the next one is taken: a file where its directory should be.
        std::fs::write(ring.data.join(ground.name(PARTIAL, 1)), b"x").unwrap();
        assert!(ring.take(ground.app.store(), at(1)).await.is_err());
        let left: Vec<String> =
            names(&ring.data).into_iter().filter(|name| name.starts_with(BACKUP)).collect();
        assert_eq!(left, [ground.name(BACKUP, 0)]);
        assert_eq!(names(&ring.keys), [ground.name(KEYS, 0)]);

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
        for (data, keys) in [("/d", "/k"), ("/b", "/d"), ("/b", "/nowhere/../b/k")] {
            assert!(ask(data, keys).is_err(), "{data} {keys}");
        }
        let ground = tempfile::tempdir().unwrap();
        let at = |name: &str| ground.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir(at("backups")).unwrap();
        std::os::unix::fs::symlink(at("backups"), at("vault")).unwrap();
        assert!(ask(&at("backups"), &at("vault/keys")).is_err(), "through a link");
        assert!(ask(&at("vault/b"), &at("backups")).is_err(), "through a link");
        std::os::unix::fs::symlink(at("missing"), at("dangling")).unwrap();
        assert!(ask(&at("backups"), &at("dangling/keys")).is_err(), "nobody knows where it leads");
        assert!(ask(&at("backups"), &at("elsewhere/keys")).unwrap().is_some());
    }
}
