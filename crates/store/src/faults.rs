//! Faults that tests plant in the stores of their own process: a commit that fails, an answer that is lost, a database
//! without room. In no program: the feature `planted-faults` is for tests alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Is what goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlantedFault {
    /// The next commit fails and did not happen.
    CommitFails,
    /// The next commit happens, and fails all the same: its answer got lost.
    CommitAnswerLost,
    /// The next commit fails, and the store takes it for one that happened: a mutant, which the tests must find.
    FailedCommitGoesUnnoticed,
    /// From the next transaction on the database takes so many bytes more than it has, and then is full.
    RoomFor {
        /// The bytes.
        bytes: u64,
    },
    /// From the next transaction on there is room again.
    RoomAgain,
}

impl PlantedFault {
    pub(crate) fn is_of_commits(self) -> bool {
        match self {
            Self::CommitFails | Self::CommitAnswerLost | Self::FailedCommitGoesUnnoticed => true,
            Self::RoomFor { .. } | Self::RoomAgain => false,
        }
    }
}

static PLANTED: LazyLock<Mutex<HashMap<PathBuf, Vec<PlantedFault>>>> = LazyLock::new(Mutex::default);

/// Plants a fault in the store of a data directory; faults come in the order in which they were planted.
pub fn plant(directory: &Path, fault: PlantedFault) {
    let mut planted = PLANTED.lock().unwrap_or_else(PoisonError::into_inner);
    planted.entry(directory.join("barid.db")).or_default().push(fault);
}

/// Takes the next fault of a database, where it is one of those asked for.
pub(crate) fn take(database: &Path, asked: impl FnOnce(PlantedFault) -> bool) -> Option<PlantedFault> {
    let mut planted = PLANTED.lock().unwrap_or_else(PoisonError::into_inner);
    let faults = planted.get_mut(database)?;
    let first = *faults.first()?;
    asked(first).then(|| faults.remove(0))
}

/// Steps of a move of the database that this process still makes; `u64::MAX` for all of them.
static STEPS: AtomicU64 = AtomicU64::new(u64::MAX);

/// Ends this process like a kill, nothing cleared away, at the step of a move (`migrate_store`) after so many others.
pub fn end_after_steps(steps: u64) {
    STEPS.store(steps, Ordering::Relaxed);
}

/// Is a step of a move.
pub(crate) fn step() {
    match STEPS.load(Ordering::Relaxed) {
        u64::MAX => {}
        0 => std::process::abort(),
        left => STEPS.store(left - 1, Ordering::Relaxed),
    }
}
