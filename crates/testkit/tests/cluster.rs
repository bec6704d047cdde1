//! The cluster suite: `cargo test --workspace --test cluster -- all` or `-- short`, with `--program FILE` for another
//! program than `target/release/barid`.
//!
//! `short` is what `cargo xtask test --suite cluster` does; `all` makes the whole table of `docs/operations/cluster.md`;
//! `planted` only the cluster that loses writes, which both of them must find; `faults killed,frozen` those faults in that order. A test without the usual harness, as the
//! crash suite is; run without words it does nothing, because it needs Patroni and etcd.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use barid_testkit::cluster_faults::{ClusterFault, run_planted, run_strict};
use barid_testkit::patroni::Pace;

const USAGE: &str = "usage: (short | all | planted | faults FAULT[,FAULT ...]) [--program FILE]; FAULT: server, switchover, database, killed, frozen, stalled, overtaken, everything";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (what, rest) = match words.as_slice() {
        [what @ ("short" | "all" | "planted"), rest @ ..] => (*what, rest),
        ["faults", faults, rest @ ..] => (*faults, rest),
        // What the usual harness would understand, and a run without words.
        _ => return ExitCode::SUCCESS,
    };
    let program = match rest {
        [] => built_program(),
        ["--program", program] => Ok(PathBuf::from(program)),
        _ => Err(USAGE.into()),
    };
    let done = program.and_then(|program| run(what, &program));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cluster: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The released program beside this one.
fn built_program() -> Result<PathBuf, String> {
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = test.ancestors().nth(3).ok_or("no target directory")?;
    let program = target.join("release/barid");
    if program.exists() {
        Ok(program)
    } else {
        Err("build the program first, or name one with --program".into())
    }
}

fn run(what: &str, program: &Path) -> Result<(), String> {
    match what {
        "short" => {
            planted(program)?;
            // The pace changes how long there is no leader, not who becomes one.
            strict(program, Pace::QUICK, &ClusterFault::SHORT)
        }
        "all" => {
            planted(program)?;
            strict(program, Pace::DOCUMENTED, &ClusterFault::ALL)
        }
        "planted" => planted(program),
        faults => {
            let named = |name: &str| ClusterFault::ALL.into_iter().find(|fault| fault.word() == name);
            let faults: Option<Vec<ClusterFault>> = faults.split(',').map(named).collect();
            strict(program, Pace::DOCUMENTED, &faults.ok_or(USAGE)?)
        }
    }
}

fn say(text: &str) {
    println!("cluster: {text}");
}

fn strict(program: &Path, pace: Pace, faults: &[ClusterFault]) -> Result<(), String> {
    let began = Instant::now();
    let tally = run_strict(program, pace, faults, say).map_err(|error| error.to_string())?;
    println!("{}", tally.table());
    for fault in &tally.faults {
        say(fault);
    }
    let passed = tally.lines.iter().filter(|line| line.lost == 0).count();
    say(&format!(
        "{passed} passed, {} failed ({:.0} s)",
        tally.lines.len() - passed,
        began.elapsed().as_secs_f64()
    ));
    if tally.faults.is_empty() { Ok(()) } else { Err("something is wrong".into()) }
}

/// A cluster that answers before a second node has it must be found to lose what it answered.
fn planted(program: &Path) -> Result<(), String> {
    let began = Instant::now();
    let line = run_planted(program, say).map_err(|error| error.to_string())?;
    say(&format!(
        "planted: an asynchronous cluster lost {} of {} acknowledged writes, and {} were refused after it ({:.0} s)",
        line.lost,
        line.acknowledged,
        line.refused,
        began.elapsed().as_secs_f64()
    ));
    if line.lost > 0 { Ok(()) } else { Err("no loss was found, and one was expected".into()) }
}
