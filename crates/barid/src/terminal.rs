//! What people see on a terminal: identifiers isolated from bidi reordering, columns, JSON on demand.

use std::io::{IsTerminal, Write};

/// Is how answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs: one JSON document.
    Json,
}

/// Puts a text between U+2068 and U+2069, so that its own direction stays inside and the line's outside.
///
/// Names of either direction and identifiers go through here; JSON output never does.
pub fn isolate(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// Puts an identifier between U+2066 and U+2069: shown left to right wherever it stands.
pub fn identifier(text: &str) -> String {
    format!("\u{2066}{text}\u{2069}")
}

/// Writes a line; a closed pipe ends the writing quietly.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes a line of progress, on terminals only.
pub fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r{text}\u{1b}[K");
    }
}

/// Ends the line of progress.
pub fn progress_done() {
    if std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr());
    }
}

/// Writes a value as JSON.
pub fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(&text),
        Err(_) => line("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_keeps_its_order_inside_a_right_to_left_line() {
        assert_eq!(identifier("QDi.001"), "\u{2066}QDi.001\u{2069}");
        assert_eq!(isolate("کلاچف"), "\u{2068}کلاچف\u{2069}");
    }
}
