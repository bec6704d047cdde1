//! Runs the program's benchmarks in release, or lists them.

use crate::commands::{at_root, cargo, run as run_command};

/// Passes its arguments to `barid bench`; without any, shows which benchmarks there are.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut words = vec!["run", "--release", "--package", "barid", "--", "bench"];
    if arguments.is_empty() {
        words.push("--help");
    }
    words.extend(arguments.iter().map(String::as_str));
    run_command(&mut at_root(&cargo(), &words))
}
