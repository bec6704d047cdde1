//! The program: one binary that is the demo, the server, the administrator's tool and the verifier.
//!
//! In scope: arguments, configuration, the clock, randomness, files. Out of scope: every rule and every decision.

use std::process::ExitCode;

use barid_languages::Text;
use clap::Parser;

mod association;
mod backups;
mod commands;
mod countersigning;
mod errands;
mod exercise;
#[cfg(test)]
mod fuzz_targets;
mod node;
mod pkcs11;
mod reasons;
mod screening;
mod table_files;
mod table_mapping;
mod terminal;
mod thresholds;
mod watching;

use commands::{Cli, CommandError};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn report(error: &CommandError) {
    use std::io::Write;
    let shown = error.to_string();
    let said = error.code().and_then(terminal::problem).unwrap_or_else(|| shown.clone());
    let said = terminal::harmless(&said);
    // Nothing better to do when even stderr is closed.
    let _ = writeln!(std::io::stderr(), "barid: {said}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let why = inner.to_string();
        if !shown.contains(&why) {
            let because = terminal::harmless(&terminal::words(Text::Because { why: &why }));
            let _ = writeln!(std::io::stderr(), "  {because}");
        }
        cause = inner.source();
    }
}
