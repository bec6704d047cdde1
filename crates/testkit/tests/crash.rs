//! The crash suite: `cargo test -p barid-testkit --test crash -- suite --kills 200 --seed 1`.
//!
//! With `--mutant` the store acknowledges before it commits, and the suite must find the loss. A test without the usual
//! harness, so that it is built with all other tests and needs no build of its own; run without words, as `cargo test`
//! does, it kills a few times.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use barid_testkit::crash::{CrashRun, Refusals, StopAt, run, run_child, summary};

const USAGE: &str = "usage: suite [--kills N] [--seed S] [--mutant]";
/// The kills of a run that nobody gave words to.
const KILLS_IN_PASSING: u32 = 5;

enum Asked {
    Suite {
        run: CrashRun,
        store: Acknowledges,
    },
    Child {
        directory: String,
        seed: u64,
        kill: u64,
        store: Acknowledges,
    },
    /// What the usual harness would understand (a filter, `--list`): none of it names a test here.
    Nothing,
}

/// When the store says that a write is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Acknowledges {
    WhenCommitted,
    TooEarly,
}

fn main() -> ExitCode {
    match asked(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Some(Asked::Suite { run, store }) => suite(&run, store),
        Some(Asked::Child { directory, seed, kill, store }) => child(&directory, seed, kill, store),
        Some(Asked::Nothing) => ExitCode::SUCCESS,
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn asked(words: &[String]) -> Option<Asked> {
    let Some((first, rest)) = words.split_first() else {
        let run = CrashRun { kills: KILLS_IN_PASSING, seed: 1 };
        return Some(Asked::Suite { run, store: Acknowledges::WhenCommitted });
    };
    let (mut run, mut store) = (CrashRun { kills: 200, seed: 1 }, Acknowledges::WhenCommitted);
    let mut rest = rest.iter();
    match first.as_str() {
        "suite" => {
            while let Some(word) = rest.next() {
                match word.as_str() {
                    "--kills" => run.kills = rest.next()?.parse().ok()?,
                    "--seed" => run.seed = rest.next()?.parse().ok()?,
                    "--mutant" => store = Acknowledges::TooEarly,
                    _ => return None,
                }
            }
            Some(Asked::Suite { run, store })
        }
        "child" => {
            let directory = rest.next()?.clone();
            let (seed, kill) = (rest.next()?.parse().ok()?, rest.next()?.parse().ok()?);
            let store = if rest.next().is_some() { Acknowledges::TooEarly } else { store };
            Some(Asked::Child { directory, seed, kill, store })
        }
        _ => Some(Asked::Nothing),
    }
}

fn suite(asked: &CrashRun, store: Acknowledges) -> ExitCode {
    let expect_loss = store == Acknowledges::TooEarly;
    let began = Instant::now();
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("crash: {error}");
            return ExitCode::from(2);
        }
    };
    let start = |directory: &Path, seed: u64, kill: u64| {
        let mut command = Command::new(&program);
        command.arg("child").arg(directory).arg(seed.to_string()).arg(kill.to_string());
        if expect_loss {
            command.arg("mutant");
        }
        command
    };
    let stop = if expect_loss { StopAt::FirstFailure } else { StopAt::TheEnd };
    let tally = match run(asked, start, |text| println!("crash: {text}"), stop) {
        Ok(tally) => tally,
        Err(error) => {
            eprintln!("crash: {error}");
            return ExitCode::from(2);
        }
    };
    println!("crash: {}", summary(&tally, asked, began));
    match (expect_loss, tally.failed) {
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::FAILURE,
        (true, 0) => {
            println!("crash: no loss was found, and one was expected");
            ExitCode::FAILURE
        }
        (true, _) => {
            println!("crash: the loss was found, as expected");
            ExitCode::SUCCESS
        }
    }
}

fn child(directory: &str, seed: u64, kill: u64, store: Acknowledges) -> ExitCode {
    if store == Acknowledges::TooEarly {
        barid_store::acknowledge_too_early();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("crash child: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run_child(Path::new(directory), (seed, kill), Refusals::AreFaults, &[])) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash child: {error} ({})", error.code());
            ExitCode::FAILURE
        }
    }
}
