//! The power suite: `cargo test -p barid-testkit --test power -- suite --rounds 100 --seed 1 --ill power`.
//!
//! `--ill power`, `sync-fails`, `full`: what the disk does. With `--mutant database`, `journal` or `names` one kind of
//! sync is left out, and the suite must find the loss. `all` runs every one of them with the counts of the test command.
//! A test without the usual harness, as the crash suite is; run without words it cuts the power a few times.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use barid_domain::ids::IdempotencyKey;
use barid_testkit::crash::{Refusals, StopAt, run_child};
use barid_testkit::power::{ChildOrder, Ill, Mutant, PowerRun, run};

const USAGE: &str = "usage: all [--seed S] | suite [--rounds N] [--seed S] [--ill power|sync-fails|full] [--mutant database|journal|names]";

/// What the test command runs: what the disk does, what is left out, how many rounds.
const ALL: [(Ill, Mutant, u32); 6] = [
    (Ill::Power, Mutant::DatabaseUnsynced, 30),
    (Ill::Power, Mutant::JournalUnsynced, 30),
    (Ill::Power, Mutant::NamesUnsynced, 30),
    (Ill::Power, Mutant::None, 100),
    (Ill::SyncFails, Mutant::None, 25),
    (Ill::Full, Mutant::None, 12),
];
/// The bit flips of the test command.
const FLIPS: u32 = 60;
/// The rounds of a run that nobody gave words to.
const ROUNDS_IN_PASSING: u32 = 5;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.split_first() {
        None => suite(&[(Ill::Power, Mutant::None, ROUNDS_IN_PASSING)], 1),
        Some((&"all", [])) => all(1),
        Some((&"all", ["--seed", seed])) => seed.parse().map_err(|_| USAGE.into()).and_then(all),
        Some((&"suite", rest)) => match asked(rest) {
            Some((one, seed)) => suite(&[one], seed),
            None => Err(USAGE.into()),
        },
        Some((&"flips", ["--flips", flips, "--seed", seed])) => match (flips.parse(), seed.parse()) {
            (Ok(flips), Ok(seed)) => flips_found(flips, seed),
            _ => Err(USAGE.into()),
        },
        Some((&"child", rest)) => child(rest),
        // What the usual harness would understand: none of it names a test here.
        Some(_) => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("power: {error}");
            ExitCode::FAILURE
        }
    }
}

fn asked(words: &[&str]) -> Option<((Ill, Mutant, u32), u64)> {
    let (mut ill, mut mutant, mut rounds, mut seed) = (Ill::Power, Mutant::None, 100, 1);
    for pair in words.chunks(2) {
        match *pair {
            ["--rounds", text] => rounds = text.parse().ok()?,
            ["--seed", text] => seed = text.parse().ok()?,
            ["--ill", text] => ill = ill_of(text)?,
            ["--mutant", text] => mutant = mutant_of(text)?,
            _ => return None,
        }
    }
    Some(((ill, mutant, rounds), seed))
}

fn ill_of(text: &str) -> Option<Ill> {
    [Ill::Power, Ill::SyncFails, Ill::Full].into_iter().find(|ill| ill_name(*ill) == text)
}

fn ill_name(ill: Ill) -> &'static str {
    match ill {
        Ill::Power => "power",
        Ill::SyncFails => "sync-fails",
        Ill::Full => "full",
    }
}

fn mutant_of(text: &str) -> Option<Mutant> {
    let all = [Mutant::None, Mutant::DatabaseUnsynced, Mutant::JournalUnsynced, Mutant::NamesUnsynced];
    all.into_iter().find(|mutant| mutant_name(*mutant) == text)
}

fn mutant_name(mutant: Mutant) -> &'static str {
    match mutant {
        Mutant::None => "none",
        Mutant::DatabaseUnsynced => "database",
        Mutant::JournalUnsynced => "journal",
        Mutant::NamesUnsynced => "names",
    }
}

/// Builds the layer beside this program: it is a library that nothing may link, so that cargo does not build it for a test.
fn build_layer() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = program.ancestors().nth(3).ok_or("no target directory")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--locked", "--quiet", "--package", "barid-lossyfs", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .map_err(|error| error.to_string())?;
    let layer = target.join("debug/libbarid_lossyfs.so");
    if built.success() && layer.exists() { Ok(layer) } else { Err("the layer can't be built".into()) }
}

fn all(seed: u64) -> Result<(), String> {
    suite(&ALL, seed)?;
    flips_found(FLIPS, seed)
}

fn suite(all: &[(Ill, Mutant, u32)], seed: u64) -> Result<(), String> {
    let layer = build_layer()?;
    for (ill, mutant, rounds) in all {
        let asked = PowerRun { layer: layer.clone(), rounds: *rounds, seed, ill: *ill, mutant: *mutant };
        run_one(&asked)?;
    }
    Ok(())
}

fn run_one(asked: &PowerRun) -> Result<(), String> {
    let began = Instant::now();
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let stop = if asked.mutant == Mutant::None { StopAt::TheEnd } else { StopAt::FirstFailure };
    let start = |order: ChildOrder<'_>| {
        let mut command = Command::new(&program);
        command.arg("child").arg(order.directory).arg(order.seed.to_string()).arg(order.number.to_string());
        command.arg(ill_name(order.ill)).arg(mutant_name(order.mutant));
        command.args(order.asked.iter().map(IdempotencyKey::to_string));
        command
    };
    let tally =
        run(asked, start, |text| println!("power: {text}"), stop).map_err(|error| error.to_string())?;
    println!(
        "power: {}, left out: {}: {} rounds passed, {} failed (seed {}; {} cuts, {} failed syncs, {} writes without room; \
         {} acknowledged writes, {} journal lines, {} refused or unknown, journal stopped {}; {} cut off, {} of them \
         landed; {:.0} s)",
        ill_name(asked.ill),
        mutant_name(asked.mutant),
        tally.crash.passed,
        tally.crash.failed,
        asked.seed,
        tally.cuts,
        tally.failed_syncs,
        tally.refused_writes,
        tally.crash.writes,
        tally.crash.lines,
        tally.refused,
        tally.journal_stopped,
        tally.crash.cut_off.0,
        tally.crash.cut_off.1,
        began.elapsed().as_secs_f64()
    );
    let met = match asked.ill {
        Ill::Power => true,
        Ill::SyncFails => tally.failed_syncs > 0,
        Ill::Full => tally.refused_writes > 0,
    };
    match (asked.mutant, tally.crash.failed) {
        (Mutant::None, 0) if met => Ok(()),
        (Mutant::None, 0) => Err("the disk never did what it was asked to".into()),
        (Mutant::None, _) => Err("something was lost".into()),
        (_, 0) => Err("no loss was found, and one was expected".into()),
        (_, _) => Ok(()),
    }
}

fn flips_found(flips: u32, seed: u64) -> Result<(), String> {
    let began = Instant::now();
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let start = |directory: &Path| {
        let mut command = Command::new(&program);
        command.arg("child").arg(directory).args([&seed.to_string(), "0", "power", "none"]);
        command
    };
    let tally = barid_testkit::flips::run(flips, seed, start).map_err(|error| error.to_string())?;
    for place in &tally.kept_once {
        println!("power: kept once, so that nothing names it: {place}");
    }
    for place in tally.served_wrong.iter().chain(&tally.unnoticed) {
        println!("power: flip of seed {seed}: {place}");
    }
    println!(
        "power: {flips} bit flips: {} named, {} harmless, {} cut as a torn tail, {} of what is kept once, \
         {} unnoticed, {} served wrong (seed {seed}; {} \
         entries and {} heads compared after each; {:.0} s)",
        tally.named,
        tally.harmless,
        tally.torn,
        tally.kept_once.len(),
        tally.unnoticed.len(),
        tally.served_wrong.len(),
        tally.compared.0,
        tally.compared.1,
        began.elapsed().as_secs_f64()
    );
    if tally.unnoticed.is_empty() && tally.served_wrong.is_empty() {
        Ok(())
    } else {
        Err("a flip went unnoticed".into())
    }
}

fn child(words: &[&str]) -> Result<(), String> {
    let [directory, seed, number, ill, mutant, asked @ ..] = words else { return Err(USAGE.into()) };
    let wrong = || USAGE.to_owned();
    let seed = seed.parse().map_err(|_| wrong())?;
    let number = number.parse().map_err(|_| wrong())?;
    let asked: Result<Vec<IdempotencyKey>, _> = asked.iter().map(|key| key.parse()).collect();
    let asked = asked.map_err(|_| wrong())?;
    match mutant_of(mutant).ok_or_else(wrong)? {
        Mutant::DatabaseUnsynced => barid_store::leave_database_unsynced(),
        Mutant::JournalUnsynced => barid_store::leave_journal_unsynced(),
        Mutant::None | Mutant::NamesUnsynced => {}
    }
    let refusals = match ill_of(ill).ok_or_else(wrong)? {
        Ill::Power => Refusals::AreFaults,
        Ill::SyncFails | Ill::Full => Refusals::AreTold,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let ran = runtime.block_on(run_child(Path::new(directory), (seed, number), refusals, &asked));
    if let Err(error) = ran {
        // To the parent's errors, not to its pipe: a disk that is ill may refuse an opening.
        eprintln!("power child: {error} ({})", error.code());
    }
    Ok(())
}
