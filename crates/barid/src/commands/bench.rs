//! `barid bench`: speed measured on this machine, with fixed seeds; ratios of one run mean more than its seconds.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Outcome;
use crate::terminal::Form;

/// Measures speed.
#[derive(Args, Debug)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Enters persons and documents, singly and in batches, and starts again.
    Import,
}

pub fn run(_args: BenchArgs, _form: Form) -> Outcome {
    Ok(ExitCode::from(2))
}
