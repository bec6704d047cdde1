//! Writes `docs/openapi.json` from the program, or checks that it is what the program says.

use crate::commands::{at_root, built_program, cargo, output_of, repository_root, run as run_command};

/// Where the description of the HTTP API is checked in.
const PATH: &str = "docs/openapi.json";
/// With what arguments the program writes it.
const ARGUMENTS: &[&str] = &["admin", "openapi"];

/// Reads `[--check]` and does what it says.
pub fn run(arguments: &[String]) -> Result<(), String> {
    match arguments {
        [] => write(),
        [flag] if flag == "--check" => {
            run_command(&mut at_root(&cargo(), &["build", "--locked", "--release", "--package", "barid"]))?;
            check()
        }
        _ => Err("openapi takes --check or nothing".to_owned()),
    }
}

/// Fails if the checked-in description differs from that of the built program.
pub fn check() -> Result<(), String> {
    let path = repository_root().join(PATH);
    let checked_in = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {PATH}: {e}"))?;
    let text = output_of(&mut at_root(built_program().to_str().unwrap_or_default(), ARGUMENTS))?;
    match first_difference(&checked_in, &format!("{}\n", text.trim_end())) {
        None => {
            println!("openapi: {PATH} is up to date");
            Ok(())
        }
        Some(line) => Err(format!("{PATH} is out of date from line {line} on; run `cargo xtask openapi`")),
    }
}

fn write() -> Result<(), String> {
    let text = described()?;
    std::fs::write(repository_root().join(PATH), text).map_err(|e| format!("cannot write {PATH}: {e}"))
}

fn described() -> Result<String, String> {
    let run = ["run", "--quiet", "--locked", "--package", "barid", "--"];
    let text = output_of(&mut at_root(&cargo(), &[&run[..], ARGUMENTS].concat()))?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The first line, from 1, where two texts differ.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    if left == right {
        return None;
    }
    let same = left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(first_difference("{\n}\n", "{\n}\n"), None);
        assert_eq!(first_difference("{\n \"a\": 1\n}\n", "{\n \"a\": 2\n}\n"), Some(2));
        assert_eq!(first_difference("{\n}\n", "{\n}\n\n"), Some(3));
    }
}
