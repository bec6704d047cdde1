//! How the backups of the running node go, told to whoever watches it: when, how often, and nothing of what is in them.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use barid_domain::dates::Timestamp;

/// Is what the one who takes the backups notes, and `/readyz` and `/metrics` show.
#[derive(Debug, Default)]
pub struct BackupWatch {
    taken: AtomicU64,
    failed: AtomicU64,
    last_failed: AtomicBool,
    last_taken_seconds: AtomicI64,
}

impl BackupWatch {
    /// Notes a backup that stands under its name.
    pub fn taken(&self, at: Timestamp) {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.last_taken_seconds.store(at.seconds(), Ordering::Relaxed);
        self.last_failed.store(false, Ordering::Relaxed);
    }

    /// Notes one that failed.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.last_failed.store(true, Ordering::Relaxed);
    }

    /// Tells whether the last one failed.
    pub fn is_failing(&self) -> bool {
        self.last_failed.load(Ordering::Relaxed)
    }

    /// Writes the numbers in the Prometheus text format.
    pub(crate) fn render(&self) -> String {
        let mut text = String::from("# TYPE barid_backups_total counter\n");
        for (result, count) in [("ok", &self.taken), ("failed", &self.failed)] {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(text, "barid_backups_total{{result=\"{result}\"}} {count}");
        }
        let last = self.last_taken_seconds.load(Ordering::Relaxed);
        let _ = write!(
            text,
            "# TYPE barid_backup_last_success_timestamp_seconds gauge\n\
             barid_backup_last_success_timestamp_seconds {last}\n"
        );
        text
    }
}
