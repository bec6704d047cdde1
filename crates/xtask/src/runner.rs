//! `cargo xtask test`: provides what the suites need, runs them all, and prints one table at the end.
//!
//! Suites that need the built program and no compiler run beside those that build. Every suite runs even if one before
//! it failed. A runner's own output (cargo's, pytest's) goes straight
//! through, so its summary is the one everybody knows.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::commands;
use crate::provision::{self, Need};
use crate::suites::{SUITES, Step, Suite, Turn};

/// Reads `[--suite NAME]... [--list]` and does what it says.
pub fn run(arguments: &[String]) -> Result<(), String> {
    match read_arguments(arguments)? {
        Request::List => {
            for suite in SUITES {
                println!("{:<16} {:>4} s  {}", suite.name, suite.budget.as_secs(), suite.summary);
            }
            Ok(())
        }
        Request::Run(suites) => run_suites(&suites),
    }
}

enum Request {
    List,
    Run(Vec<&'static Suite>),
}

fn read_arguments(arguments: &[String]) -> Result<Request, String> {
    let mut chosen = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => return Ok(Request::List),
            "--suite" => {
                let name = words.next().ok_or("--suite needs the name of a suite")?;
                let suite = SUITES.iter().find(|suite| suite.name == name);
                chosen.push(suite.ok_or_else(|| format!("no suite '{name}'; see --list"))?);
            }
            unknown => return Err(format!("test does not know '{unknown}'")),
        }
    }
    let unnamed = || SUITES.iter().filter(|suite| suite.turn != Turn::Named).collect();
    Ok(Request::Run(if chosen.is_empty() { unnamed() } else { chosen }))
}

/// How one suite ended.
struct Outcome {
    suite: &'static Suite,
    took: Duration,
    result: Result<(), String>,
}

fn run_suites(suites: &[&'static Suite]) -> Result<(), String> {
    let begun = Instant::now();
    let of = |turn: Turn| suites.iter().copied().filter(move |suite| suite.turn == turn);
    // One after another: what installs packages of the system would wait for itself.
    let mut provided = provide_for(suites, |need| need != Need::PythonTools);
    // Python's packages come over the network while the program is built.
    let (mut outcomes, tools) = std::thread::scope(|scope| {
        let tools = scope.spawn(|| provide_for(suites, |need| need == Need::PythonTools));
        let outcomes: Vec<Outcome> = of(Turn::First).map(|suite| run_suite(suite, &provided)).collect();
        (outcomes, tools.join())
    });
    provided.extend(tools.map_err(|_| "providing Python's packages ended in a panic".to_owned())?);
    let beside: Vec<&'static Suite> = of(Turn::Beside).collect();
    let has_building = of(Turn::Building).chain(of(Turn::Named)).next().is_some();
    let others = std::thread::scope(|scope| {
        let run_beside = || -> Vec<Outcome> {
            let quietly = |suite| {
                if has_building { run_suite_beside(suite, &provided) } else { run_suite(suite, &provided) }
            };
            beside.into_iter().map(quietly).collect()
        };
        let beside = scope.spawn(run_beside);
        let one_by_one = of(Turn::Building).chain(of(Turn::Named));
        outcomes.extend(one_by_one.map(|suite| run_suite(suite, &provided)));
        beside.join()
    });
    outcomes.extend(others.map_err(|_| "the suites beside the builds ended in a panic".to_owned())?);
    print!("\n{}", table(&outcomes, begun.elapsed()));
    match outcomes.iter().filter(|outcome| outcome.result.is_err()).count() {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} suites failed", outcomes.len())),
    }
}

fn heading(suite: &Suite) -> String {
    format!("\n=== {} (budget {} s): {}", suite.name, suite.budget.as_secs(), suite.summary)
}

/// Runs a suite with its output going where ours goes.
fn run_suite(suite: &'static Suite, provided: &Provided) -> Outcome {
    println!("{}", heading(suite));
    let start = Instant::now();
    let run = |step| run_step(step, &commands::run);
    let result = needs_met(suite, provided).and_then(|()| suite.steps.iter().try_for_each(run));
    if let Err(reason) = &result {
        eprintln!("{}: {reason}", suite.name);
    }
    Outcome { suite, took: start.elapsed(), result }
}

/// Runs a suite while others run, and shows its output whole when it has ended.
fn run_suite_beside(suite: &'static Suite, provided: &Provided) -> Outcome {
    println!("=== {} begins beside the others", suite.name);
    let start = Instant::now();
    let path = std::env::temp_dir().join(format!("barid-xtask-{}-{}.log", std::process::id(), suite.name));
    let result = std::fs::File::create(&path).map_err(|e| format!("cannot write {}: {e}", path.display()));
    let result = result.and_then(|log| {
        needs_met(suite, provided)?;
        suite.steps.iter().try_for_each(|step| run_step(step, &|command| commands::run_into(command, &log)))
    });
    let printed = std::fs::read(&path).unwrap_or_default();
    // A log that stays behind in the temporary directory does no harm.
    let _ = std::fs::remove_file(&path);
    println!("{}\n{}", heading(suite), String::from_utf8_lossy(&printed));
    if let Err(reason) = &result {
        eprintln!("{}: {reason}", suite.name);
    }
    Outcome { suite, took: start.elapsed(), result }
}

type Provided = BTreeMap<Need, Result<(), String>>;

fn provide_for(suites: &[&Suite], is_meant: impl Fn(Need) -> bool) -> Provided {
    let mut provided = Provided::new();
    for need in suites.iter().flat_map(|suite| suite.needs).filter(|need| is_meant(**need)) {
        provided.entry(*need).or_insert_with(|| provision::provide(*need));
    }
    provided
}

fn needs_met(suite: &Suite, provided: &Provided) -> Result<(), String> {
    for need in suite.needs {
        if let Some(Err(reason)) = provided.get(need) {
            return Err(format!("cannot run: {reason}"));
        }
    }
    Ok(())
}

fn run_step(step: &Step, run: &dyn Fn(&mut Command) -> Result<(), String>) -> Result<(), String> {
    match step {
        Step::Cargo(arguments) => run(&mut commands::at_root(&commands::cargo(), arguments)),
        Step::CargoWith(arguments, (name, value)) => {
            run(commands::at_root(&commands::cargo(), arguments).env(name, value))
        }
        Step::Program(arguments) => {
            run(&mut commands::at_root(commands::built_program().to_str().unwrap_or_default(), arguments))
        }
        Step::Own(function) => function(),
        Step::Pytest(file) => {
            let pytest = provision::pytest();
            let program = pytest.to_str().ok_or("the path of this repository is not UTF-8")?;
            let arguments =
                ["-ra", "--strict-markers", "-p", "no:cacheprovider", &format!("tests/outside/{file}")];
            run(commands::at_root(program, &arguments).env("BARID", commands::built_program()))
        }
    }
}

/// The table at the end: what passed, how long it took, what was allowed.
fn table(outcomes: &[Outcome], total: Duration) -> String {
    let mut text = format!("{:<16} {:<7} {:>8} {:>8}\n", "suite", "result", "seconds", "budget");
    let mut warnings = String::new();
    for Outcome { suite, took, result } in outcomes {
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        let (seconds, budget) = (took.as_secs_f64(), suite.budget.as_secs());
        text.push_str(&format!("{:<16} {word:<7} {seconds:>8.1} {budget:>8}\n", suite.name));
        if *took > suite.budget {
            warnings.push_str(&format!("warning: {} took {seconds:.0} s of {budget} s\n", suite.name));
        }
        if let Err(reason) = result {
            warnings.push_str(&format!("failed: {}: {reason}\n", suite.name));
        }
    }
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    let passed = outcomes.len() - failed;
    let total_seconds = total.as_secs_f64();
    text.push_str(&format!("{warnings}suites: {passed} passed, {failed} failed in {total_seconds:.1} s\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn suites_are_chosen_by_name_and_all_run_without_a_choice() {
        let Ok(Request::Run(all)) = read_arguments(&[]) else { panic!("no arguments means all") };
        let unasked = SUITES.iter().filter(|suite| suite.turn != Turn::Named);
        assert!(all.iter().map(|suite| suite.name).eq(unasked.map(|suite| suite.name)));
        let named = read_arguments(&words("--suite cluster"));
        assert!(matches!(named, Ok(Request::Run(named)) if named.len() == 1));
        let Ok(Request::Run(two)) = read_arguments(&words("--suite rust --suite demo")) else {
            panic!("two")
        };
        assert_eq!(two.iter().map(|suite| suite.name).collect::<Vec<_>>(), ["rust", "demo"]);
        assert!(matches!(read_arguments(&words("--list")), Ok(Request::List)));
        for wrong in ["--suite", "--suite nothing", "rust"] {
            assert!(read_arguments(&words(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_table_shows_failures_and_suites_over_their_budget() {
        let (first, second) = (&SUITES[0], &SUITES[1]);
        let outcomes = [
            Outcome { suite: first, took: first.budget * 2, result: Ok(()) },
            Outcome { suite: second, took: Duration::ZERO, result: Err("a reason".to_owned()) },
        ];
        let text = table(&outcomes, first.budget * 2);
        assert!(text.contains("warning: fmt took 40 s of 20 s"), "{text}");
        assert!(text.contains("failed: layers: a reason"), "{text}");
        assert!(text.ends_with("suites: 1 passed, 1 failed in 40.0 s\n"), "{text}");
    }

    #[test]
    fn a_suite_whose_need_cannot_be_met_fails() {
        let suite = SUITES.iter().find(|suite| suite.name == "outside-cose").unwrap();
        let provided = Provided::from([
            (Need::CCompiler, Ok(())),
            (Need::PythonTools, Err("Python is missing".to_owned())),
        ]);
        assert_eq!(needs_met(suite, &provided), Err("cannot run: Python is missing".to_owned()));
    }
}
