//! `barid eval text`: the people and organisations of a gallery found in a text file, through the text screening of `barid-search`.
//!
//! The text is read in pieces that end at a line's end, or at a space where a line is longer than a piece; a name that
//! runs over the end of a piece is not found. Bytes that are no UTF-8 count as the replacement character.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use barid_app::{
    GroupFactName, GroupFind, GroupIndex, LEAST_GROUP_SCORE, ScreeningBuffers, ScreeningIndex,
    ScreeningIndexBuilder, TextFind,
};
use barid_domain::ids::RecordId;
use barid_domain::policy::VisibilityClass;
use barid_languages::Text;
use clap::Args;

use super::eval::{exercise_scope, open, unreadable};
use super::eval_numbers::Numbers;
use super::{CommandError, Outcome};
use crate::terminal::{Form, json, say};

/// What is screened.
#[derive(Args, Debug)]
pub struct TextArgs {
    /// Tab-separated rows: id, name, language, date of birth, country, kind; the last four may be empty. The kind is `person`
    /// (so where it is empty) or `organisation`; rows of organisations with one id are names of one record.
    #[arg(long, value_name = "FILE")]
    names: PathBuf,
    /// Numbers to be found besides, tab-separated rows: id, kind (document-number, vin, plate, phone, imei), number.
    #[arg(long, value_name = "FILE")]
    numbers: Option<PathBuf>,
    /// The text, UTF-8, at most 4 GiB.
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// Where to write a line per find: `{"start": ..., "end": ..., "text": ..., "id": ..., "score": ..., "reasons": [...]}`;
    /// start and end count characters of the file. Of organisations with `"kind": "organisation"`, of numbers with their kind and
    /// what their check digit says.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The longest text, the piece it is passed in, and the longest row of names, in bytes.
const TEXT_BYTES_CAP: u64 = 1 << 32;
const PIECE_BYTES: usize = 1 << 20;
const ROW_BYTES_CAP: u64 = 16_384;

pub fn run(args: &TextArgs, form: Form) -> Outcome {
    let started = Instant::now();
    let (scope, class) = exercise_scope().ok_or_else(|| CommandError::Failed("no scope".to_owned()))?;
    let Names { index, ids, groups, group_ids } = read_names(&args.names, class)?;
    let numbers = args.numbers.as_deref().map(Numbers::read).transpose()?.unwrap_or_default();
    let build_seconds = started.elapsed().as_secs_f64();
    let size = std::fs::metadata(&args.text).map_err(|cause| unreadable(&args.text, cause))?.len();
    if size > TEXT_BYTES_CAP {
        return Err(CommandError::Failed(format!("the text is longer than {TEXT_BYTES_CAP} bytes")));
    }
    let fail = |cause| CommandError::File { what: format!("can not write {}", args.out.display()), cause };
    let mut out = BufWriter::new(std::fs::File::create(&args.out).map_err(fail)?);
    let mut reader = open(&args.text)?.take(TEXT_BYTES_CAP);
    let mut buffers = ScreeningBuffers::default();
    let (mut characters, mut finds, mut bytes, mut seconds) = (0u64, 0u64, 0u64, 0.0);
    let mut waiting = Vec::new();
    loop {
        let ended = read_piece(&mut reader, &mut waiting).map_err(|cause| unreadable(&args.text, cause))?;
        let rest = if ended { Vec::new() } else { waiting.split_off(end_of_piece(&waiting)) };
        let piece = String::from_utf8_lossy(&waiting);
        bytes += waiting.len() as u64;
        let started = Instant::now();
        let found = index.screen(&piece, &[true], &mut buffers);
        let mut lines = numbers.lines(&piece, characters);
        let organisations = groups.screen(&scope, &piece, LEAST_GROUP_SCORE);
        seconds += started.elapsed().as_secs_f64();
        finds += (found.len() + lines.len() + organisations.len()) as u64;
        lines.extend(lines_of(&piece, characters, &found, &ids));
        lines.extend(organisations.iter().map(|find| group_line(&piece, characters, find, &group_ids)));
        // Stable: what begins at one place stays in its order.
        lines.sort_by_key(|(start, _)| *start);
        lines.iter().try_for_each(|(_, line)| writeln!(out, "{line}")).map_err(fail)?;
        characters += piece.chars().count() as u64;
        if ended {
            break;
        }
        waiting = rest;
    }
    out.flush().map_err(fail)?;
    let rate = bytes as f64 / 1e6 / f64::max(seconds, 1e-9);
    match form {
        Form::Json => json(&serde_json::json!({
            "names": index.len(), "organisations": groups.len(), "build_seconds": build_seconds, "finds": finds, "text_bytes": bytes,
            "text_seconds": seconds, "megabytes_per_second": rate, "index_bytes": index.memory_bytes(),
        })),
        Form::Text => say(Text::EvalTextDone {
            names: (index.len() + groups.len()) as u64,
            build: &format!("{build_seconds:.1}"),
            finds,
            size: &format!("{:.2}", bytes as f64 / 1e6),
            seconds: &format!("{seconds:.2}"),
        }),
    }
    Ok(ExitCode::SUCCESS)
}

/// What the file of names has.
struct Names {
    index: ScreeningIndex,
    ids: Vec<String>,
    groups: GroupIndex,
    /// The ids of organisations, by the number that their record has.
    group_ids: Vec<String>,
}

fn read_names(path: &Path, class: VisibilityClass) -> Result<Names, CommandError> {
    let mut builder = ScreeningIndexBuilder::new();
    let mut ids = Vec::new();
    let mut organisations: Vec<(String, Vec<GroupFactName>)> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut refused = 0;
    for row in open(path)?.split(b'\n') {
        let row = row.map_err(|cause| unreadable(path, cause))?;
        let text = String::from_utf8_lossy(&row);
        let mut fields = text.trim_end_matches('\r').split('\t');
        let named = (fields.next(), fields.next().filter(|name| !name.trim().is_empty()));
        match (named, fields.nth(3).unwrap_or_default()) {
            ((Some(id), Some(name)), "" | "person") if row.len() as u64 <= ROW_BYTES_CAP => {
                builder.insert(ids.len() as u32, 0, name);
                ids.push(id.to_owned());
            }
            ((Some(id), Some(name)), "organisation") if row.len() as u64 <= ROW_BYTES_CAP => {
                let number = *numbers.entry(id.to_owned()).or_insert_with(|| {
                    organisations.push((id.to_owned(), Vec::new()));
                    organisations.len() - 1
                });
                organisations[number].1.push(GroupFactName { text: name.to_owned(), is_weak: false });
            }
            _ if text.trim().is_empty() => {}
            _ => refused += 1,
        }
    }
    if refused > 0 {
        say(Text::EvalRefused { count: refused });
    }
    let mut groups = GroupIndex::new();
    let mut group_ids = Vec::with_capacity(organisations.len());
    for (id, names) in organisations {
        groups.insert(RecordId((group_ids.len() as u128).to_be_bytes()), class.clone(), &names);
        group_ids.push(id);
    }
    Ok(Names { index: builder.build(), ids, groups, group_ids })
}

/// The line of an organisation, with the character it begins at.
fn group_line(piece: &str, before: u64, find: &GroupFind, ids: &[String]) -> (u32, serde_json::Value) {
    let stretch: String =
        piece.chars().skip(find.start as usize).take((find.end - find.start) as usize).collect();
    let reasons: Vec<serde_json::Value> = find
        .reasons
        .iter()
        .map(|r| serde_json::json!([r.query, r.recorded, format!("{:?}", r.kind), r.weight]))
        .collect();
    let line = serde_json::json!({
        "start": before + u64::from(find.start), "end": before + u64::from(find.end), "text": stretch,
        "kind": "organisation", "id": ids.get(u128::from_be_bytes(find.record.0) as usize), "score": find.score,
        "reasons": reasons,
    });
    (find.start, line)
}

/// Fills up a piece; whether the text ended.
fn read_piece(
    reader: &mut std::io::Take<BufReader<std::fs::File>>,
    piece: &mut Vec<u8>,
) -> std::io::Result<bool> {
    while piece.len() < PIECE_BYTES {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            return Ok(true);
        }
        let taken = read.len();
        piece.extend_from_slice(read);
        reader.consume(taken);
    }
    Ok(false)
}

/// Where a piece ends: after its last line, else after its last space, else before a character that is not whole.
fn end_of_piece(bytes: &[u8]) -> usize {
    let after_last = |byte: u8| bytes.iter().rposition(|b| *b == byte).map(|at| at + 1);
    let whole = || {
        let begins = |b: &u8| *b & 0xc0 != 0x80;
        bytes.iter().rposition(begins).filter(|at| *at > 0).unwrap_or(bytes.len())
    };
    after_last(b'\n').or_else(|| after_last(b' ')).unwrap_or_else(whole)
}

/// A line per name found, each with the character it begins at.
fn lines_of(piece: &str, before: u64, found: &[TextFind], ids: &[String]) -> Vec<(u32, serde_json::Value)> {
    let mut lines = Vec::with_capacity(found.len());
    // Finds stand in the order of their beginnings, so the text is gone through once.
    let (mut characters, mut byte) = (0, 0);
    for find in found {
        let more = (find.start - characters) as usize;
        byte += piece[byte..].char_indices().nth(more).map_or(piece.len() - byte, |(at, _)| at);
        characters = find.start;
        let stretch: String = piece[byte..].chars().take((find.end - find.start) as usize).collect();
        let reasons: Vec<serde_json::Value> = find
            .reasons
            .iter()
            .map(|r| serde_json::json!([r.text, r.recorded, format!("{:?}", r.kind), r.weight]))
            .collect();
        let line = serde_json::json!({
            "start": before + u64::from(find.start), "end": before + u64::from(find.end), "text": stretch,
            "id": ids[find.slot as usize], "score": find.score, "reasons": reasons,
        });
        lines.push((find.start, line));
    }
    lines
}
