//! Runs the crash suite: `crash --kills 200 --seed 1`; with a store that acknowledges before it commits (feature
//! `mutant-ack-before-commit`), `crash --expect-loss` must find the loss.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use barid_testkit::crash::{CrashRun, StopAt, run, run_child, summary};

const USAGE: &str = "usage: crash [--kills N] [--seed S] [--expect-loss]";

enum Asked {
    Suite { run: CrashRun, expect_loss: bool },
    Child { directory: String, seed: u64, kill: u64 },
}

fn main() -> ExitCode {
    match asked(std::env::args().skip(1)) {
        Some(Asked::Suite { run, expect_loss }) => suite(&run, expect_loss),
        Some(Asked::Child { directory, seed, kill }) => child(&directory, seed, kill),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn asked(mut words: impl Iterator<Item = String>) -> Option<Asked> {
    let mut run = CrashRun { kills: 200, seed: 1 };
    let mut expect_loss = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--kills" => run.kills = words.next()?.parse().ok()?,
            "--seed" => run.seed = words.next()?.parse().ok()?,
            "--expect-loss" => expect_loss = true,
            "--child" => {
                let directory = words.next()?;
                let seed = words.next()?.parse().ok()?;
                return Some(Asked::Child { directory, seed, kill: words.next()?.parse().ok()? });
            }
            _ => return None,
        }
    }
    Some(Asked::Suite { run, expect_loss })
}

fn suite(asked: &CrashRun, expect_loss: bool) -> ExitCode {
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
        command.arg("--child").arg(directory).arg(seed.to_string()).arg(kill.to_string());
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

fn child(directory: &str, seed: u64, kill: u64) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("crash child: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run_child(Path::new(directory), seed, kill)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash child: {error} ({})", error.code());
            ExitCode::FAILURE
        }
    }
}
