//! Starting other programs from the root of the repository, with what was started printed first.
//!
//! Nothing here reads standard input: children get none, so a run in CI and a run at a desk are the same run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the repository: two folders above this crate.
pub fn repository_root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).unwrap_or(crate_folder).to_path_buf()
}

/// The program as `cargo build --release` leaves it, wherever the target directory is.
pub fn built_program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    repository_root().join(target).join("release/barid")
}

/// The cargo that started us, so that one toolchain does the whole run.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A command at the repository's root without standard input.
pub fn at_root(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(repository_root()).stdin(Stdio::null());
    command
}

/// Runs a command with its output going where ours goes; an exit code other than zero is an error.
pub fn run(command: &mut Command) -> Result<(), String> {
    println!("+ {}", shown(command));
    let status = command.status().map_err(|e| format!("cannot start {}: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command))) }
}

/// Runs a command with its output going into a file, both kinds in the order in which they come.
pub fn run_into(command: &mut Command, log: &std::fs::File) -> Result<(), String> {
    let into = || log.try_clone().map_err(|e| format!("cannot write a log: {e}"));
    let mut heading = into()?;
    // A heading that can't be written is no reason not to run.
    let _ = writeln!(heading, "+ {}", shown(command));
    command.stdout(into()?).stderr(into()?);
    let status = command.status().map_err(|e| format!("cannot start {}: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command))) }
}

/// Runs a command and returns its standard output as text; its standard error goes where ours goes.
pub fn output_of(command: &mut Command) -> Result<String, String> {
    command.stderr(Stdio::inherit());
    let output = command.output().map_err(|e| format!("cannot start {}: {e}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{} printed something not UTF-8", shown(command)))
}

/// Whether a command can be started and ends well; its output is thrown away.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    at_root(program, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
