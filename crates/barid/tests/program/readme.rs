//! What the README shows is what the program says: its search and its exercise record, in a directory of the demo.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::{barid, text};

const README: &str = include_str!("../../../../README.md");

/// The search of the README's first screen: what is typed, and the lines that answer it.
fn shown() -> (Vec<String>, Vec<&'static str>) {
    let (_, block) = README.split_once("```text\n$ barid search ").expect("a search");
    let (block, _) = block.split_once("```").expect("its end");
    let mut lines = block.lines();
    (words_of(lines.next().expect("a command")), lines.collect())
}

/// The words of a command line, those in quotation marks whole.
fn words_of(line: &str) -> Vec<String> {
    let pieces = line.split('"').enumerate();
    let words = pieces.flat_map(|(at, piece)| match at % 2 {
        1 => vec![piece.to_owned()],
        _ => piece.split_whitespace().map(str::to_owned).collect(),
    });
    words.collect()
}

/// A line with ids and the last digit of scores struck out: they differ from start to start, and from a fitting to the
/// next.
fn struck(line: &str) -> String {
    let is_id = |word: &str| word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let is_score = |word: &str| word.len() == 4 && word.parse::<f32>().is_ok();
    let strike = |word: &str| match word {
        _ if is_id(word) => "ID".to_owned(),
        _ if is_score(word) => format!("{}_", &word[..3]),
        _ => word.to_owned(),
    };
    line.split(' ').map(strike).collect::<Vec<_>>().join(" ")
}

/// Makes a directory of the demo: started, and stopped once it answers.
pub(crate) fn demo(data: &Path, handover: &Path) {
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_barid"))
        .args(["demo", "--port", "0", "--data-dir", data.to_str().unwrap()])
        .args(["--handover", handover.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !handover.exists() && started.elapsed() < Duration::from_secs(120) {
        assert!(server.try_wait().unwrap().is_none(), "the demo ended");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(50));
    }
    // What was acknowledged is there, however it ends.
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(handover.exists(), "the demo did not answer in time");
}

#[test]
fn the_readme_shows_what_the_program_says() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    demo(&data, &directory.path().join("handover"));
    let run = |words: &[String]| {
        let place = |word: &String| match word.as_str() {
            "barid-demo" => data.to_str().unwrap().to_owned(),
            _ => word.clone(),
        };
        let words: Vec<String> = ["search".to_owned()].into_iter().chain(words.iter().map(place)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["--language", "en"]).collect();
        let answer = barid(&words);
        assert!(answer.status.success(), "{}", text(&answer.stderr));
        text(&answer.stdout)
    };

    let (words, lines) = shown();
    let said = run(&words);
    let strike = |lines: &mut dyn Iterator<Item = &str>| lines.map(struck).collect::<Vec<_>>();
    assert_eq!(strike(&mut lines.into_iter()), strike(&mut said.lines()));

    let (_, command) = README.split_once("`barid search ").expect("a search for an exercise record");
    let (command, _) = command.split_once('`').expect("its end");
    let said = run(&words_of(command));
    assert!(said.contains("EXERCISE"), "{said}");
}
