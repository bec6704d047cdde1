//! Runs every fuzz target of the workspace for longer than `cargo test` does.
//!
//! A fuzz target is a test whose name begins with `fuzz_` and which calls the harness in
//! `crates/testkit/src/fuzz.rs`. No nightly compiler and nothing to install.

use crate::commands::{at_root, cargo, output_of, run as run_command};

/// Mutated inputs per target within `cargo xtask test`.
const ITERATIONS_IN_TEST_COMMAND: &str = "5000";
/// Mutated inputs per target when a contributor asks for a run.
const ITERATIONS_BY_HAND: &str = "200000";
/// What the name of every fuzz target begins with.
const PREFIX: &str = "fuzz_";

/// Reads `[--iterations N] [--seed N]` and runs the targets.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut iterations = ITERATIONS_BY_HAND;
    let mut seed = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let number = words.next().ok_or_else(|| format!("{word} needs a number"))?;
        number.parse::<u64>().map_err(|_| format!("'{number}' is no number"))?;
        match word.as_str() {
            "--iterations" => iterations = number,
            "--seed" => seed = Some(number.as_str()),
            unknown => return Err(format!("fuzz does not know '{unknown}'")),
        }
    }
    run_targets(iterations, seed)
}

/// The short run within `cargo xtask test`.
pub fn run_in_test_command() -> Result<(), String> {
    run_targets(ITERATIONS_IN_TEST_COMMAND, None)
}

fn run_targets(iterations: &str, seed: Option<&str>) -> Result<(), String> {
    let base = ["test", "--locked", "--workspace", "--quiet", "--no-fail-fast", PREFIX];
    let listing = [&base[..], &["--", "--list"]].concat();
    let found = targets_in(&output_of(&mut at_root(&cargo(), &listing))?);
    if found == 0 {
        return Err(format!("no test's name begins with {PREFIX}"));
    }
    println!("fuzz: {found} targets, {iterations} inputs each");
    let mut command = at_root(&cargo(), &base);
    command.env("BARID_FUZZ_ITERATIONS", iterations);
    if let Some(seed) = seed {
        command.env("BARID_FUZZ_SEED", seed);
    }
    run_command(&mut command)
}

/// Counts the fuzz targets in the output of `cargo test -- --list`.
fn targets_in(listing: &str) -> usize {
    let is_target = |name: &str| name.rsplit("::").next().is_some_and(|last| last.starts_with(PREFIX));
    listing.lines().filter_map(|line| line.strip_suffix(": test")).filter(|name| is_target(name)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_counted_by_the_last_part_of_their_names() {
        let listing =
            "fuzz_mrz: test\nun::fuzz_xml: test\nfuzz_harness::plain: test\nfuzz_bench: benchmark\n";
        assert_eq!(targets_in(listing), 2);
    }
}
