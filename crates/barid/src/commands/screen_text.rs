//! `barid screen-text`: people and documents known to a running server, found in a text.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use barid_api::search::CandidateShown;
use barid_api::text_screening::{TextFindShown, TextScreeningRequest, TextScreeningResponse};
use barid_app::Reference;
use barid_domain::codes::{CodeList, DocumentType, FraudType, PersonStatus, Purpose};
use barid_languages::Text;
use clap::Args;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{CommandError, Outcome, purposes, read_file};
use crate::reasons;
use crate::screening::server::{Server, read_token};
use crate::terminal::{
    Form, code_named, columns, identifier, isolate, json, say, say_inside, verbatim, words,
};

/// The longest text, in bytes, and about how many characters of it are sent at a time.
const TEXT_BYTES_CAP: u64 = 64 << 20;
const PART_CHARS: usize = 40_000;
/// The list of kinds of finds in the catalogue.
const KINDS_LIST: &str = "text-find";

/// Finds the people and documents that a running server knows in a text of any script, each with its place in it.
///
/// Long texts are sent in parts that end at a line's end; a name that runs over one is not found.
///
/// Ends with 0 when something was found, with 1 when nothing was, with 3 when it broke off: what was found up to there is
/// shown, because the journal says that it was.
#[derive(Args, Debug)]
#[command(
    after_help = "The token is read from --token-file or from the environment variable BARID_TOKEN.\n\nExample:\n  barid screen-text news.txt --token-file desk.token --purpose border-control --reference 'press 2026/31'"
)]
pub struct ScreenTextArgs {
    /// The text (UTF-8, at most 64 MiB); without it, what comes on standard input.
    file: Option<PathBuf>,
    /// The server, on this machine or at the end of a tunnel.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8640", env = "BARID_SERVER")]
    server: String,
    /// A file with the token of the officer or service that screens.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Why, as a code.
    #[arg(long, value_name = "PURPOSE", value_parser = purposes())]
    purpose: String,
    /// The event or case.
    #[arg(long, value_name = "TEXT")]
    reference: String,
    /// The least score of a candidate, 0.3 to 1; without it, the alert threshold.
    #[arg(long, value_name = "SCORE", value_parser = read_score)]
    least_score: Option<f64>,
    /// The most candidates of a find, 1 to 50; 10 without it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    limit: Option<u32>,
    /// For how many seconds a server that is busy or away is asked again.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    patience: u64,
}

/// What all parts of a text found together; places count the characters of the whole.
#[derive(Default)]
struct Found {
    finds: Vec<TextFindShown>,
    accesses: Vec<PartAccess>,
    is_cut: bool,
    /// Whether every part was screened.
    is_complete: bool,
}

/// Is the access of a part, and what part it was: the journal has the same SHA-256.
#[derive(Serialize)]
struct PartAccess {
    access: String,
    start: u32,
    end: u32,
    /// Of the part as it was sent, in UTF-8.
    sha256: String,
}

pub fn run(args: &ScreenTextArgs, form: Form) -> Outcome {
    let token = read_token(args.token_file.as_deref())?;
    let server = Server::new(&args.server, &token, Duration::from_secs(args.patience))?;
    let purpose =
        Purpose::from_name(&args.purpose).ok_or_else(|| CommandError::Usage("not a purpose".to_owned()))?;
    let reference = Reference::new(&args.reference)
        .map_err(|error| CommandError::Usage(format!("the reference is not usable: {error}")))?;
    let text = sendable(&read_text(args)?);
    let (agent, is_over) = (server.agent(), AtomicBool::new(false));
    let mut found = Found::default();
    let screened = parts(&text).into_iter().try_for_each(|(from, part)| {
        let request = TextScreeningRequest {
            purpose: purpose.into(),
            reference: reference.as_str().into(),
            text: part.into(),
            least_score: args.least_score,
            limit: args.limit,
        };
        let answer = server.ask(&agent, &server.client().screen_text(&request), &is_over)?;
        found.take(from, part, answer);
        Ok::<(), CommandError>(())
    });
    found.is_complete = screened.is_ok();
    if found.is_complete || !found.accesses.is_empty() {
        match form {
            Form::Json => json(&serde_json::json!({
                "finds": found.finds, "cut": found.is_cut, "complete": found.is_complete, "accesses": found.accesses,
            })),
            Form::Text => show(&found),
        }
    }
    screened?;
    Ok(if found.finds.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

impl Found {
    /// Takes in what was found in the part that begins at a character of the whole.
    fn take(&mut self, from: u32, part: &str, answer: TextScreeningResponse) {
        self.accesses.push(PartAccess {
            access: answer.access.0,
            start: from,
            end: from + part.chars().count() as u32,
            sha256: barid_app::proofs::hex(&Sha256::digest(part)),
        });
        self.is_cut |= answer.cut;
        self.finds.extend(answer.finds.into_iter().map(|find| TextFindShown {
            start: find.start + from,
            end: find.end + from,
            ..find
        }));
    }
}

fn read_score(text: &str) -> Result<f64, String> {
    let score = text.parse().ok().filter(|score| (0.3..=1.0).contains(score));
    score.ok_or_else(|| "between 0.3 and 1".to_owned())
}

fn read_text(args: &ScreenTextArgs) -> Result<String, CommandError> {
    let bytes = match &args.file {
        Some(path) => read_file(path, TEXT_BYTES_CAP)?,
        None => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().take(TEXT_BYTES_CAP + 1).read_to_end(&mut bytes);
            read.map_err(|cause| CommandError::File { what: "can not read the text".to_owned(), cause })?;
            bytes
        }
    };
    if bytes.len() as u64 > TEXT_BYTES_CAP {
        return Err(CommandError::Failed(format!("the text is larger than {TEXT_BYTES_CAP} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Puts a space in the place of each character that the server refuses: controls and noncharacters are no text.
fn sendable(text: &str) -> String {
    let refused = |c: char| {
        let code = u32::from(c);
        c.is_control() && !c.is_whitespace() || (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
    };
    text.chars().map(|c| if refused(c) { ' ' } else { c }).collect()
}

/// Cuts a text at ends of lines, else at spaces; with each part, how many characters are before it. Parts without a letter
/// or digit are left out.
fn parts(text: &str) -> Vec<(u32, &str)> {
    let (mut parts, mut rest, mut before) = (Vec::new(), text, 0);
    while !rest.is_empty() {
        let window = rest.char_indices().nth(PART_CHARS).map_or(rest, |(end, _)| &rest[..end]);
        let is_last = window.len() == rest.len();
        let after = |found: Option<usize>| found.map(|at| at + 1);
        let end = if is_last {
            rest.len()
        } else {
            after(window.rfind('\n')).or_else(|| after(window.rfind(' '))).unwrap_or(window.len())
        };
        let (part, others) = rest.split_at(end);
        if part.chars().any(char::is_alphanumeric) {
            parts.push((before, part));
        }
        before += part.chars().count() as u32;
        rest = others;
    }
    parts
}

/// Shows what was found for people: by place, each with who it may be and why, nothing but information.
fn show(found: &Found) {
    if found.finds.is_empty() && found.is_complete {
        say(Text::TextHasNothing);
    }
    for find in &found.finds {
        let kind = code_named(KINDS_LIST, kind(find));
        columns(&[&identifier(&format!("{}-{}", find.start, find.end)), &isolate(&find.text), &kind]);
        for remark in &find.remarks {
            say_inside(2, Text::Remark { remark });
        }
        find.candidates.iter().enumerate().for_each(|(rank, candidate)| show_candidate(rank, candidate));
    }
    if found.is_cut {
        say(Text::TextIsCut);
    }
    for PartAccess { access, start, end, sha256 } in &found.accesses {
        let access = words(Text::Access { access: &identifier(access) });
        // The name of the hash is the same in every language.
        let hash = identifier(&format!("sha256:{sha256}"));
        columns(&[&access, &identifier(&format!("{start}-{end}")), &hash]);
    }
}

fn kind(find: &TextFindShown) -> &'static str {
    barid_domain::text_screening::StretchKind::from(find.kind).as_str()
}

fn show_candidate(rank: usize, candidate: &CandidateShown) {
    let mark = words(if candidate.alert { Text::Compare } else { Text::Weak });
    let source = candidate.provenance.as_deref().map(isolate);
    let reference = candidate.reference_number.as_deref().map(identifier);
    columns(&[
        &format!("  {:>2}. {}", rank + 1, isolate(&candidate.found)),
        &format!("{:.2} {mark}", candidate.score),
        &stated(candidate),
        &source.into_iter().chain(reference).collect::<Vec<_>>().join(" "),
        &candidate.owner.0,
        &if candidate.exercise { words(Text::Exercise) } else { String::new() },
    ]);
    for reason in candidate.reasons.iter().filter_map(reasons::shown_by_server) {
        verbatim(&format!("        {reason}"));
    }
    say_inside(8, Text::CandidateIs { record: &identifier(&candidate.record.0) });
}

/// What is stated, in the words for its codes.
fn stated(candidate: &CandidateShown) -> String {
    let mut stated: Vec<String> =
        candidate.statuses.iter().map(|status| code_named(PersonStatus::LIST, status.as_str())).collect();
    stated.extend(candidate.fraud.as_ref().map(|fraud| code_named(FraudType::LIST, fraud.as_str())));
    stated.extend(candidate.document_type.as_ref().map(|kind| code_named(DocumentType::LIST, kind.as_str())));
    stated.extend(candidate.issuing_country.as_ref().map(|country| country.0.clone()));
    stated.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_lines_and_keeps_its_places() {
        let line = "Встречался с Валерием Калачевым.\n";
        let text = format!("{}{}", line.repeat(3_000), "খ".repeat(2 * PART_CHARS + 5));
        let all = parts(&text);
        assert!(all.len() > 3);
        let characters: Vec<char> = text.chars().collect();
        let mut next = 0;
        for (from, part) in &all {
            assert_eq!(*from, next);
            let count = part.chars().count();
            assert!(count <= PART_CHARS);
            let there: String = characters[*from as usize..*from as usize + count].iter().collect();
            assert_eq!(there, *part);
            next += count as u32;
        }
        assert_eq!(next as usize, characters.len());
        assert!(all[0].1.ends_with('\n'));
        assert_eq!(parts(" … \n"), []);
    }

    #[test]
    fn what_the_server_refuses_is_a_space() {
        let text = "a\u{0}b\u{1b}[2J\r\n\u{fdd0}\u{ffff}খ";
        assert_eq!(sendable(text), "a b [2J\r\n  খ");
    }
}
