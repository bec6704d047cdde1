//! `cargo xtask test`: provides what the suites need, runs them all, and prints one table at the end.
//!
//! Every suite runs even if one before it failed. A runner's own output (cargo's, pytest's) goes straight
//! through, so its summary is the one everybody knows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::commands;
use crate::provision::{self, Need};
use crate::suites::{SUITES, Step, Suite};

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
    Ok(Request::Run(if chosen.is_empty() { SUITES.iter().collect() } else { chosen }))
}

/// How one suite ended.
struct Outcome {
    suite: &'static Suite,
    took: Duration,
    result: Result<(), String>,
}

fn run_suites(suites: &[&'static Suite]) -> Result<(), String> {
    let provided = provide_for(suites);
    let mut outcomes = Vec::new();
    for &suite in suites {
        println!("\n=== {} (budget {} s): {}", suite.name, suite.budget.as_secs(), suite.summary);
        let start = Instant::now();
        let result = needs_met(suite, &provided).and_then(|()| suite.steps.iter().try_for_each(run_step));
        if let Err(reason) = &result {
            eprintln!("{}: {reason}", suite.name);
        }
        outcomes.push(Outcome { suite, took: start.elapsed(), result });
    }
    print!("\n{}", table(&outcomes));
    match outcomes.iter().filter(|outcome| outcome.result.is_err()).count() {
        0 => Ok(()),
        failed => Err(format!("{failed} of {} suites failed", outcomes.len())),
    }
}

type Provided = BTreeMap<Need, Result<(), String>>;

fn provide_for(suites: &[&Suite]) -> Provided {
    let mut provided = Provided::new();
    for need in suites.iter().flat_map(|suite| suite.needs) {
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

fn run_step(step: &Step) -> Result<(), String> {
    match step {
        Step::Cargo(arguments) => commands::run(&mut commands::at_root(&commands::cargo(), arguments)),
        Step::CargoWith(arguments, (name, value)) => {
            commands::run(commands::at_root(&commands::cargo(), arguments).env(name, value))
        }
        Step::Own(function) => function(),
        Step::Pytest(file) => {
            let pytest = provision::pytest();
            let program = pytest.to_str().ok_or("the path of this repository is not UTF-8")?;
            let arguments =
                ["-ra", "--strict-markers", "-p", "no:cacheprovider", &format!("tests/outside/{file}")];
            commands::run(&mut commands::at_root(program, &arguments))
        }
    }
}

/// The table at the end: what passed, how long it took, what was allowed.
fn table(outcomes: &[Outcome]) -> String {
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
    let total: Duration = outcomes.iter().map(|outcome| outcome.took).sum();
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
        assert_eq!(all.len(), SUITES.len());
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
        let text = table(&outcomes);
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
