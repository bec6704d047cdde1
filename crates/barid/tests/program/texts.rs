//! What people are shown comes out of the catalogue: no word goes round it, no text in it is unused, and the language is
//! the one that was asked for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::text;

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = std::fs::read_to_string(&path).unwrap();
                found.push((path, source));
            }
        }
    }
    assert!(found.len() > 15);
    found
}

/// The string literals in the arguments of every call of a function.
fn literals_given_to(source: &str, function: &str) -> Vec<String> {
    let mut literals = Vec::new();
    for (at, _) in source.match_indices(&format!("{function}(")) {
        let (mut depth, mut literal, mut escaped) = (0, None::<String>, false);
        for character in source[at + function.len()..].chars() {
            match (&mut literal, character) {
                (Some(text), _) if escaped => {
                    text.push(' ');
                    escaped = false;
                }
                (Some(_), '\\') => escaped = true,
                (Some(_), '"') => literals.extend(literal.take()),
                (Some(text), other) => text.push(other),
                (None, '"') => literal = Some(String::new()),
                (None, '(') => depth += 1,
                (None, ')') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                (None, _) => {}
            }
        }
    }
    literals
}

/// A literal without what is filled in: `{name:<8}`.
fn words_of(literal: &str) -> String {
    let mut depth = 0;
    let outside = |character: &char| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => return depth == 0,
        }
        false
    };
    literal.chars().filter(outside).collect()
}

#[test]
fn no_word_goes_round_the_catalogue() {
    let mut seen = 0;
    for (path, source) in sources() {
        let code = source.split("#[cfg(test)]").next().unwrap();
        for printing in ["println!", "print!", "eprintln!", "eprint!"] {
            assert!(!code.contains(&format!("{printing}(")), "{} uses {printing}", path.display());
        }
        for literal in
            literals_given_to(code, "verbatim").into_iter().chain(literals_given_to(code, "columns"))
        {
            seen += 1;
            // A command to be copied is the same in every language; `null` is JSON.
            let is_code = literal.trim_start().starts_with("curl ") || literal == "null";
            let has_words = words_of(&literal).chars().any(char::is_alphabetic);
            assert!(is_code || !has_words, "{}: {literal}", path.display());
        }
    }
    assert!(seen > 10, "the calls are found: {seen}");
    let planted = literals_given_to("verbatim(&format!(\"found {count:>3} of {}\", f(1)))", "verbatim");
    assert_eq!(planted.iter().map(|literal| words_of(literal)).collect::<Vec<_>>(), ["found  of "]);
}

#[test]
fn every_text_of_the_catalogue_is_shown_somewhere() {
    let all: String = sources().into_iter().map(|(_, source)| source).collect();
    let texts = include_str!("../../../languages/src/text.rs");
    let names = texts.lines().filter_map(|line| {
        let (name, rest) = line.trim().split_once(" \"")?;
        (line.starts_with("    ") && name.chars().all(char::is_alphanumeric) && rest.contains('"'))
            .then_some(name)
    });
    let names: Vec<&str> = names.collect();
    assert_eq!(names.len(), barid_languages::Text::ALL.len());
    for name in names {
        let is_used = all
            .match_indices(&format!("Text::{name}"))
            .any(|(at, found)| !all[at + found.len()..].starts_with(|next: char| next.is_alphanumeric()));
        assert!(is_used, "nobody shows {name}");
    }
}

/// Verifies a file that holds nothing, in a language; gives what is shown.
fn verify_nothing(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("bundle.json");
    std::fs::write(&file, "{}").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_barid"));
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "BARID_LANGUAGE"] {
        command.env_remove(name);
    }
    let answer = command
        .envs(environment.iter().copied())
        .args(["verify", "--bundle", file.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    (answer.status.code(), text(&answer.stdout))
}

#[test]
fn the_language_is_chosen_by_option_then_environment_then_locale() {
    for (arguments, environment, expected) in [
        (&[][..], &[][..], "DOES NOT HOLD"),
        (&[], &[("LANG", "ru_RU.UTF-8")], "НЕВЕРНО"),
        (&[], &[("LANG", "ru_RU.UTF-8"), ("LC_ALL", "fa_IR.UTF-8")], "درست نیست"),
        (&[], &[("LANG", "ru_RU.UTF-8"), ("BARID_LANGUAGE", "ar")], "غير صحيح"),
        (&["--language", "bn"], &[("BARID_LANGUAGE", "ar")], "সঠিক নয়"),
        (&["--language", "hi-IN"], &[], "सही नहीं है"),
        (&["--language", "zh"], &[], "不成立"),
        (&[], &[("LANG", "de_DE.UTF-8")], "DOES NOT HOLD"),
    ] {
        let (code, shown) = verify_nothing(arguments, environment);
        assert_eq!(code, Some(1));
        assert!(shown.starts_with(expected), "{arguments:?} {environment:?}: {shown}");
        assert!(!shown.contains('\u{2068}'), "no marks where no terminal reads: {shown}");
    }
    assert_eq!(verify_nothing(&["--language", "tlh"], &[]).0, Some(2));
    let (_, shown) = verify_nothing(&["--language", "ru", "--json"], &[]);
    assert!(shown.is_ascii(), "JSON is without language: {shown}");
}
