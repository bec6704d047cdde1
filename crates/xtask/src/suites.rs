//! The list of test suites: what each one is for, what it needs on the machine, how long it may take, and how
//! it is run.
//!
//! A suite's own numbers (kills, examples, cases) stand here and nowhere else.

use std::time::Duration;

use crate::provision::Need;
use crate::{fuzz, layers, licences, openapi};

/// One line of the table printed at the end of `cargo xtask test`.
pub struct Suite {
    pub name: &'static str,
    /// What it shows, in one line.
    pub summary: &'static str,
    /// Longer than this on the smallest machine we support (two cores) is a warning.
    pub budget: Duration,
    pub needs: &'static [Need],
    pub turn: Turn,
    /// Run in order; the first that fails ends the suite.
    pub steps: &'static [Step],
}

/// When a suite runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Before all others, one after another: what is quick, and what others need.
    First,
    /// Then, one after another: what builds.
    Building,
    /// At the same time as those that build: what needs the built program and no compiler. Its output is shown when it
    /// ends.
    Beside,
    /// Where it is asked for by its name alone, one after another.
    Named,
}

/// One way of running something.
pub enum Step {
    /// `cargo` with these arguments.
    Cargo(&'static [&'static str]),
    /// `cargo` with these arguments and one environment variable.
    CargoWith(&'static [&'static str], (&'static str, &'static str)),
    /// The built program with these arguments.
    Program(&'static [&'static str]),
    /// A function of this program.
    Own(fn() -> Result<(), String>),
    /// `pytest` on one file of `tests/outside`.
    Pytest(&'static str),
}

/// The workspace of the comparison of the policy with Cedar.
pub const ORACLE: &str = "tests/oracle/Cargo.toml";

const BUILD_PROGRAM: Step = Step::Cargo(&["build", "--locked", "--release", "--package", "barid"]);

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Every suite, in the order in which they run; those to be [named](Turn::Named) only then.
pub const SUITES: &[Suite] = &[
    Suite {
        name: "fmt",
        summary: "the source is formatted",
        budget: seconds(20),
        needs: &[Need::RustComponents],
        turn: Turn::First,
        steps: &[Step::Cargo(&["fmt", "--all", "--check"])],
    },
    Suite {
        name: "layers",
        summary: "no crate uses what the architecture forbids it",
        budget: seconds(60),
        needs: &[],
        turn: Turn::First,
        steps: &[Step::Own(layers::run)],
    },
    Suite {
        name: "licences",
        summary: "every dependency keeps to deny.toml",
        budget: seconds(20),
        needs: &[],
        turn: Turn::First,
        steps: &[Step::Own(licences::run)],
    },
    Suite {
        name: "program",
        summary: "the program builds as it is released",
        budget: seconds(600),
        needs: &[Need::CCompiler],
        turn: Turn::First,
        steps: &[BUILD_PROGRAM],
    },
    Suite {
        name: "clippy",
        summary: "no warning from compiler or clippy",
        budget: seconds(300),
        needs: &[Need::RustComponents, Need::CCompiler],
        turn: Turn::Building,
        steps: &[Step::Cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ])],
    },
    Suite {
        name: "rust",
        summary: "unit, property, contract and wire tests, in Rust",
        budget: seconds(600),
        needs: &[Need::CCompiler, Need::PostgreSql, Need::SoftHsm],
        turn: Turn::Building,
        steps: &[Step::Cargo(&["test", "--locked", "--workspace", "--no-fail-fast"])],
    },
    Suite {
        name: "fuzz",
        summary: "every parser meets mutated bytes, for longer than in the suite before",
        budget: seconds(180),
        needs: &[Need::CCompiler],
        turn: Turn::Building,
        steps: &[Step::Own(fuzz::run_in_test_command)],
    },
    Suite {
        name: "crash",
        summary: "the store is killed 200 times while written to, and loses nothing acknowledged; a mutant does",
        budget: seconds(300),
        needs: &[Need::CCompiler],
        turn: Turn::Building,
        // The whole workspace is named so that everything is as the suites before have built it.
        steps: &[
            Step::Cargo(&[
                "test",
                "--locked",
                "--workspace",
                "--test",
                "crash",
                "--",
                "suite",
                "--mutant",
                "--kills",
                "40",
            ]),
            Step::Cargo(&[
                "test",
                "--locked",
                "--workspace",
                "--test",
                "crash",
                "--",
                "suite",
                "--kills",
                "200",
            ]),
        ],
    },
    Suite {
        name: "power",
        summary: "power cuts, failing syncs, a full disk, flipped bits: nothing acknowledged is lost; each sync left out is missed",
        budget: seconds(120),
        needs: &[Need::CCompiler],
        turn: Turn::Building,
        steps: &[Step::Cargo(&["test", "--locked", "--workspace", "--test", "power", "--", "all"])],
    },
    Suite {
        name: "leaks",
        summary: "every operation in two worlds, with hidden records and without: the same bytes, log, work; every planted leak is caught",
        budget: seconds(180),
        needs: &[Need::CCompiler],
        // The suite of all Rust tests runs it too; here it is by itself, and prints what it caught.
        turn: Turn::Named,
        steps: &[Step::Cargo(&[
            "test",
            "--locked",
            "--workspace",
            "--test",
            "it",
            "--",
            "leaks::",
            "--nocapture",
        ])],
    },
    Suite {
        name: "cluster",
        summary: "a leader killed, frozen, everything killed under load: nothing acknowledged is lost; an asynchronous cluster is found out",
        budget: seconds(150),
        needs: &[Need::CCompiler, Need::Patroni],
        turn: Turn::Named,
        steps: &[
            BUILD_PROGRAM,
            Step::Cargo(&["test", "--locked", "--workspace", "--test", "cluster", "--", "short"]),
        ],
    },
    Suite {
        name: "policy-oracle",
        summary: "the policy and Cedar decide 100,000 cases alike; every wrong rule that is planted is found",
        budget: seconds(480),
        needs: &[Need::RustComponents, Need::CCompiler],
        turn: Turn::Building,
        // A workspace of its own, so that Cedar is built here and for nobody else.
        steps: &[
            Step::Cargo(&["fmt", "--manifest-path", ORACLE, "--check"]),
            Step::CargoWith(
                &["test", "--locked", "--manifest-path", ORACLE, "--", "--nocapture"],
                ("CARGO_TARGET_DIR", "target/policy-oracle"),
            ),
        ],
    },
    Suite {
        name: "docs",
        summary: "the documentation builds without a warning",
        budget: seconds(120),
        needs: &[Need::CCompiler],
        turn: Turn::Building,
        steps: &[Step::CargoWith(
            &["doc", "--locked", "--workspace", "--no-deps", "--quiet"],
            ("RUSTDOCFLAGS", "-D warnings"),
        )],
    },
    Suite {
        name: "openapi",
        summary: "docs/openapi.json is what the program serves",
        budget: seconds(30),
        needs: &[Need::CCompiler],
        turn: Turn::Beside,
        steps: &[BUILD_PROGRAM, Step::Own(openapi::check)],
    },
    outside(
        "outside-cose",
        "other COSE implementations and Barid accept each other's entries",
        60,
        &[BUILD_PROGRAM, Step::Pytest("test_cose.py")],
    ),
    outside(
        "outside-cddl",
        "an outside CDDL tool holds every fixture against docs/wire",
        120,
        &[BUILD_PROGRAM, Step::Pytest("test_cddl.py")],
    ),
    outside(
        "outside-ledger",
        "an outside Merkle implementation agrees with every proof",
        60,
        &[BUILD_PROGRAM, Step::Pytest("test_ledger.py")],
    ),
    outside(
        "outside-ftm",
        "FollowTheMoney's own package takes every exported value as it is, and knows every property of the page",
        60,
        &[BUILD_PROGRAM, Step::Pytest("test_ftm.py")],
    ),
    outside(
        "outside-api",
        "schemathesis: every operation, every check, stateful",
        900,
        &[BUILD_PROGRAM, Step::Pytest("test_api.py")],
    ),
    outside(
        "outside-client",
        "a client made by a third-party generator runs the README's search",
        60,
        &[BUILD_PROGRAM, Step::Pytest("test_client.py")],
    ),
    Suite {
        name: "demo",
        summary: "the demo answers its own questions, before and after a restart",
        budget: seconds(90),
        needs: &[Need::CCompiler],
        turn: Turn::Beside,
        steps: &[BUILD_PROGRAM, Step::Program(&["demo", "--check"])],
    },
];

/// A suite that holds Barid against an implementation by someone else, in Python.
const fn outside(name: &'static str, summary: &'static str, budget: u64, steps: &'static [Step]) -> Suite {
    let needs = &[Need::CCompiler, Need::PythonTools];
    Suite { name, summary, budget: seconds(budget), needs, turn: Turn::Beside, steps }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::commands::repository_root;

    fn budget_of(turn: Turn) -> Duration {
        SUITES.iter().filter(|suite| suite.turn == turn).map(|suite| suite.budget).sum()
    }

    #[test]
    fn names_are_unique_and_the_budgets_end_within_the_hour() {
        let names: BTreeSet<&str> = SUITES.iter().map(|suite| suite.name).collect();
        assert_eq!(names.len(), SUITES.len());
        let total = budget_of(Turn::First) + budget_of(Turn::Building).max(budget_of(Turn::Beside));
        assert!(total < Duration::from_secs(50 * 60), "{total:?}");
    }

    #[test]
    fn what_runs_beside_a_build_builds_nothing_but_the_program() {
        for suite in SUITES.iter().filter(|suite| suite.turn == Turn::Beside) {
            for step in suite.steps {
                let builds = match step {
                    Step::Cargo(arguments) => !arguments.contains(&"barid"),
                    Step::CargoWith(..) => true,
                    Step::Program(_) | Step::Own(_) | Step::Pytest(_) => false,
                };
                assert!(!builds, "{} would wait for the compiler", suite.name);
            }
        }
    }

    #[test]
    fn every_python_test_is_run_by_one_suite() {
        let mut run = BTreeSet::new();
        for step in SUITES.iter().flat_map(|suite| suite.steps) {
            if let Step::Pytest(file) = step {
                assert!(run.insert((*file).to_owned()), "{file} is run twice");
            }
        }
        let folder = std::fs::read_dir(repository_root().join("tests/outside")).unwrap();
        let there: BTreeSet<String> = folder
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("test_") && name.ends_with(".py"))
            .collect();
        assert_eq!(run, there);
    }
}
