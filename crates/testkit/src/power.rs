//! The power suite: a process with many writers and searchers stands on a lossy disk ([`crate::lossy_disk`]) whose power
//! is cut at random moments, whose syncs fail, or that fills up. What was acknowledged must be on the disk that is left.
//!
//! A round is one or two processes on one data directory. Each ends by `kill -9`, and then either the power is cut too,
//! or the next process begins with what the system's page cache holds, as after a restart of the program. The last always
//! ends with a cut. The parent then examines what a disk would hold, as the crash suite does; the next round goes on from
//! there. A process that begins after another is asked what became of the writes whose acknowledgement was cut off: what
//! it tells must still be true after the power is cut.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use barid_domain::ids::IdempotencyKey;

use crate::crash::{Choices, CrashTally, Moment, Seen, StopAt, Told, examine, kill_at};
use crate::lossy_disk::Disk;

/// Rounds on one data directory.
pub const ROUNDS_PER_DIRECTORY: u32 = 10;

/// What the disk does, beside losing what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ill {
    /// Nothing else.
    Power,
    /// One sync of one file fails.
    SyncFails,
    /// There is no more room.
    Full,
}

/// What is left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// Nothing.
    None,
    /// The database does not sync its log at a commit.
    DatabaseUnsynced,
    /// The journal does not sync its lines.
    JournalUnsynced,
    /// The disk takes syncs of directories for nothing.
    NamesUnsynced,
}

/// How the suite is run.
#[derive(Debug, Clone)]
pub struct PowerRun {
    /// The built `barid-lossyfs`.
    pub layer: PathBuf,
    /// How many rounds.
    pub rounds: u32,
    /// What every choice follows from, but for the scheduling of threads and the moment a kill takes hold.
    pub seed: u64,
    /// What the disk does.
    pub ill: Ill,
    /// What is left out.
    pub mutant: Mutant,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct PowerTally {
    /// As of the crash suite, by rounds.
    pub crash: CrashTally,
    /// Cuts of the power.
    pub cuts: u32,
    /// Syncs that failed.
    pub failed_syncs: u32,
    /// Writes of files refused for want of room.
    pub refused_writes: u32,
    /// Writes of the store that were refused or whose outcome was called unknown.
    pub refused: u64,
    /// Rounds in which the journal stopped.
    pub journal_stopped: u32,
}

/// What a child is started with.
#[derive(Debug, Clone, Copy)]
pub struct ChildOrder<'a> {
    /// Its data directory.
    pub directory: &'a Path,
    /// What its choices follow from.
    pub seed: u64,
    /// Which child of the run it is.
    pub number: u64,
    /// Whether the disk is ill, so that refusals are no faults.
    pub ill: Ill,
    /// What is left out.
    pub mutant: Mutant,
    /// Writes it is asked about.
    pub asked: &'a [IdempotencyKey],
}

/// What ends a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Kill,
    Cut,
}

/// Runs the suite; `child` makes the command that starts this program's child.
///
/// # Errors
/// What keeps it from running at all; faults of the store are in the tally.
pub fn run(
    run: &PowerRun,
    child: impl Fn(ChildOrder<'_>) -> Command,
    mut report: impl FnMut(&str),
    stop: StopAt,
) -> io::Result<PowerTally> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut tally = PowerTally::default();
    let mut bench = Bench::new()?;
    let mut seen = Seen::default();
    for round in 0..run.rounds {
        if round % ROUNDS_PER_DIRECTORY == 0 {
            bench = Bench::new()?;
            seen = Seen::default();
        }
        let (told, what) = bench.play(run, round, &child, &mut tally)?;
        let faults =
            runtime.block_on(examine(&bench.at_rest().join("data"), &told, &mut seen, &mut tally.crash));
        if faults.is_empty() {
            tally.crash.passed += 1;
            continue;
        }
        tally.crash.failed += 1;
        for fault in faults.iter().take(5) {
            report(&format!("round {round} of seed {} ({what}): {fault}", run.seed));
        }
        if stop == StopAt::FirstFailure {
            break;
        }
        let kept = std::mem::replace(&mut bench, Bench::new()?).directory.keep();
        report(&format!("kept: {}", kept.display()));
        seen = Seen::default();
    }
    Ok(tally)
}

/// Where a run keeps its files: `rest` is the disk without power, `live` what processes work on, `log` what they did.
struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        fs::create_dir(directory.path().join("rest"))?;
        Ok(Self { directory })
    }

    fn at_rest(&self) -> PathBuf {
        self.directory.path().join("rest")
    }

    fn live(&self) -> PathBuf {
        self.directory.path().join("live")
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Plays one round; gives what the children told, and how it went, for a report.
    fn play(
        &mut self,
        run: &PowerRun,
        round: u32,
        child: &impl Fn(ChildOrder<'_>) -> Command,
        tally: &mut PowerTally,
    ) -> io::Result<(Told, String)> {
        let mut choices = Choices::of(&[run.seed, u64::from(round), 77]);
        let mut told = Told::default();
        let mut what = String::new();
        let ends: &[End] = match (choices.below(5), run.ill) {
            (0, _) => &[End::Cut, End::Cut],
            (1, _) | (2 | 3, Ill::SyncFails | Ill::Full) => &[End::Kill, End::Cut],
            (_, Ill::Power | Ill::SyncFails | Ill::Full) => &[End::Cut],
        };
        let mut disk = None;
        for (number, end) in ends.iter().enumerate() {
            let mut on = match disk.take() {
                Some(disk) => disk,
                None => self.power_on(&mut choices)?,
            };
            let asked: Vec<IdempotencyKey> = told.intents.keys().copied().collect();
            let number = u64::from(round) * 2 + number as u64;
            let mut command = self.command(run, number, child, &asked, &mut choices);
            // The process that comes after a kill finds the disk well again.
            let fault =
                if what.is_empty() { make_ill(run.ill, &mut command, &mut choices) } else { String::new() };
            let moment = moment(run.ill, &mut choices);
            let said = kill_at(&mut command, moment)?;
            told.add(said);
            what.push_str(&format!("{fault}{moment:?} {end:?}; "));
            on.follow(&fs::read(self.log())?)?;
            if *end == End::Kill {
                on.catch_up(&self.live())?;
                fs::write(self.log(), [])?;
                disk = Some(on);
                continue;
            }
            on.cut();
            tally.cuts += 1;
            tally.failed_syncs += on.failed_syncs;
            tally.refused_writes += on.refused_writes;
            fs::remove_dir_all(self.at_rest())?;
            on.write_to(&self.at_rest())?;
        }
        tally.refused += told.refused.len() as u64;
        tally.journal_stopped += u32::from(told.journal_stopped);
        Ok((told, what))
    }

    /// Makes the command of a child that stands on the lossy disk.
    fn command(
        &self,
        run: &PowerRun,
        number: u64,
        child: &impl Fn(ChildOrder<'_>) -> Command,
        asked: &[IdempotencyKey],
        choices: &mut Choices,
    ) -> Command {
        let directory = self.live().join("data");
        let (seed, ill, mutant) = (run.seed, run.ill, run.mutant);
        let mut command = child(ChildOrder { directory: &directory, seed, number, ill, mutant, asked });
        command.env("LD_PRELOAD", &run.layer).env("LOSSY_ROOT", self.live()).env("LOSSY_LOG", self.log());
        command.env("LOSSY_SYNC_MICROS", choices.below(2_000).to_string());
        if run.mutant == Mutant::NamesUnsynced {
            command.env("LOSSY_FORGETS_NAMES", "1");
        }
        command
    }

    /// Copies the disk at rest to where a process works on it.
    fn power_on(&self, choices: &mut Choices) -> io::Result<Disk> {
        if self.live().exists() {
            fs::remove_dir_all(self.live())?;
        }
        fs::write(self.log(), [])?;
        Disk::at_rest(&self.at_rest(), choices.clone())?.write_to(&self.live())?;
        Disk::at_rest(&self.live(), Choices::of(&[choices.below(u64::MAX)]))
    }
}

fn moment(ill: Ill, choices: &mut Choices) -> Moment {
    match (choices.below(5), ill) {
        (0, _) => Moment::AfterStart(Duration::from_micros(choices.below(60_000))),
        (_, Ill::Power) => Moment::AfterReady(Duration::from_micros(choices.below(200_000))),
        (_, Ill::SyncFails | Ill::Full) => {
            Moment::AfterReady(Duration::from_micros(100_000 + choices.below(300_000)))
        }
    }
}

/// Sets the disk's fault; gives its name for a report.
fn make_ill(ill: Ill, command: &mut Command, choices: &mut Choices) -> String {
    match ill {
        Ill::Power => String::new(),
        Ill::SyncFails => {
            let (name, most) = match choices.below(10) {
                0..=3 => ("barid.db-wal", 60),
                4 => ("barid.db", 3),
                5..=7 => (".seg", 60),
                8 => ("data", 3),
                _ => ("", 100),
            };
            let fault = format!("{name}:{}", 1 + choices.below(most));
            command.env("LOSSY_EIO", &fault);
            format!("sync fails {fault} ")
        }
        Ill::Full => {
            let room = choices.below(1_500_000);
            command.env("LOSSY_ROOM", room.to_string());
            format!("room for {room} ")
        }
    }
}
