//! `cargo xtask`: everything a contributor runs that is not plain `cargo`.
//!
//! One subcommand per module. This file only reads the command line; what a suite is and how it runs is in
//! [`suites`] and [`runner`], what must be installed for it in [`provision`], the rules it enforces in
//! [`layers`] and [`licences`].

mod bench;
mod commands;
mod deny_file;
mod fuzz;
mod layers;
mod licences;
mod metadata;
mod openapi;
mod provision;
mod runner;
mod suites;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test [--suite NAME]... [--list]     install what the suites need, run them all (or the named ones)
  layers                              check which crate uses which, against the table in the architecture
  licences                            check licences and bans of all dependencies against deny.toml
  openapi [--check]                   write docs/openapi.json, or fail if it is out of date
  fuzz [--iterations N] [--seed N]    run every fuzz target for longer than `cargo test` does
  bench [ARGUMENTS]...                list the benchmarks, or run `barid bench ARGUMENTS`
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "test" => runner::run(rest),
        "layers" => layers::run(),
        "licences" => licences::run(),
        "openapi" => openapi::run(rest),
        "fuzz" => fuzz::run(rest),
        "bench" => bench::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        unknown => Err(format!("unknown command '{unknown}'\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
