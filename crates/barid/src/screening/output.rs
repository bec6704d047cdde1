//! What a screening leaves behind: the file of candidates, and beside it how far it has come.
//!
//! The file grows in the order of the list. Now and then it is synced, and then the state beside it (`FILE.state`) says up
//! to which byte it is good and which rows those bytes stand for. A run that was killed goes on there: what the file has
//! behind that byte is cut off and its rows are screened again. The state is removed at the end.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use barid_api::search::{CandidateShown, Feature, ReasonShown};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::DoneRow;
use crate::commands::{CommandError, read_file, write_file};

/// The largest state, in bytes.
const STATE_BYTES_CAP: u64 = 64 * 1024;
/// The version of the state's form.
const STATE_VERSION: u32 = 1;
/// How often what was written is made to last.
const SAVING: Duration = Duration::from_secs(1);

/// The columns of the file in its form as a table.
const COLUMNS: [&str; 22] = [
    "row",
    "line",
    "reference",
    "name",
    "born",
    "nationality",
    "document_number",
    "outcome",
    "code",
    "rank",
    "score",
    "alert",
    "found",
    "database",
    "stated",
    "record",
    "owner",
    "source",
    "source_reference",
    "exercise",
    "reasons",
    "access",
];

/// Is how the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum OutputForm {
    /// A table: a line per candidate, and one per row that could not be read.
    Csv,
    /// A JSON object a line: one per row with candidates, and one per row that could not be read.
    Jsonl,
}

/// Is what must be the same for a run to go on with the file of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The list, by the SHA-256 of its file.
    pub list: String,
    /// Why.
    pub purpose: String,
    /// The case or event.
    pub reference: String,
    /// The least score.
    pub least_score: Option<f64>,
    /// The most candidates of a row.
    pub limit: Option<u32>,
    /// How the file is written.
    pub form: OutputForm,
}

/// Counts what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows done with, those that could not be read among them.
    pub rows: u64,
    /// Rows with candidates.
    pub with_candidates: u64,
    /// Candidates.
    pub candidates: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
}

/// Says how far a screening has come.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    version: u32,
    settings: Settings,
    counts: Counts,
    /// The bytes of the file that stand for these rows, and their SHA-256.
    bytes: u64,
    sha256: String,
}

/// Is the file that is written.
pub struct Output {
    path: PathBuf,
    state_path: PathBuf,
    settings: Settings,
    file: File,
    bytes: u64,
    hash: Sha256,
    counts: Counts,
    /// When it was saved last in this run.
    saved: Option<Instant>,
}

impl Output {
    /// Begins a file where none is, or goes on with one that a run with the same settings left.
    ///
    /// # Errors
    /// A file without a state beside it, a state of another list or other settings, a file that is not what the state says,
    /// another run at work on it.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, CommandError> {
        let mut state_name = path.as_os_str().to_owned();
        state_name.push(".state");
        let state_path = PathBuf::from(state_name);
        let state = match std::fs::symlink_metadata(&state_path) {
            Ok(_) => read_state(&state_path, &settings)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if std::fs::symlink_metadata(path).is_ok() {
                    return Err(CommandError::Failed(format!("{} is there already", path.display())));
                }
                let state = State {
                    version: STATE_VERSION,
                    settings: settings.clone(),
                    counts: Counts::default(),
                    bytes: 0,
                    sha256: hex(&Sha256::new()),
                };
                // Before the file: a file without a state is somebody else's.
                save_state(&state_path, &state)?;
                state
            }
            Err(cause) => return Err(fails("read", &state_path)(cause)),
        };
        let mut file = open_file(path)?;
        let hash = cut_back(path, &mut file, &state)?;
        let (bytes, counts) = (state.bytes, state.counts);
        let mut output =
            Self { path: path.to_owned(), state_path, settings, file, bytes, hash, counts, saved: None };
        if bytes == 0 && output.settings.form == OutputForm::Csv {
            output.append(&line_of(COLUMNS.map(str::to_owned)))?;
        }
        Ok(output)
    }

    /// What was done so far, by earlier runs too.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes what was found for rows that follow on the last ones.
    pub fn write(&mut self, rows: &[DoneRow]) -> Result<(), CommandError> {
        let mut text = String::new();
        for row in rows {
            match self.settings.form {
                OutputForm::Csv => push_table_lines(&mut text, row),
                OutputForm::Jsonl => push_json_line(&mut text, row),
            }
            self.counts.rows += 1;
            self.counts.with_candidates += u64::from(!row.candidates.is_empty());
            self.counts.candidates += row.candidates.len() as u64;
            self.counts.unreadable += u64::from(!row.faults.is_empty());
        }
        self.append(&text)?;
        if self.saved.is_none_or(|saved| saved.elapsed() >= SAVING) { self.save() } else { Ok(()) }
    }

    /// Makes what was written last: the file first, then the state that speaks of it.
    pub fn save(&mut self) -> Result<(), CommandError> {
        self.file.sync_data().map_err(fails("write", &self.path))?;
        let state = State {
            version: STATE_VERSION,
            settings: self.settings.clone(),
            counts: self.counts,
            bytes: self.bytes,
            sha256: hex(&self.hash),
        };
        save_state(&self.state_path, &state)?;
        self.saved = Some(Instant::now());
        Ok(())
    }

    /// Ends: the file is whole and has no state any more.
    pub fn finish(mut self) -> Result<Counts, CommandError> {
        self.save()?;
        std::fs::remove_file(&self.state_path).map_err(fails("remove", &self.state_path))?;
        Ok(self.counts)
    }

    fn append(&mut self, text: &str) -> Result<(), CommandError> {
        self.file.write_all(text.as_bytes()).map_err(fails("write", &self.path))?;
        self.hash.update(text.as_bytes());
        self.bytes += text.len() as u64;
        Ok(())
    }
}

fn fails(doing: &'static str, path: &Path) -> impl Fn(std::io::Error) -> CommandError {
    let what = format!("can not {doing} {}", path.display());
    move |cause| CommandError::File { what: what.clone(), cause }
}

fn read_state(path: &Path, settings: &Settings) -> Result<State, CommandError> {
    let bytes = read_file(path, STATE_BYTES_CAP)?;
    let state = serde_json::from_slice::<State>(&bytes).ok().filter(|state| state.version == STATE_VERSION);
    let state = state
        .ok_or_else(|| CommandError::Failed(format!("{} is no state of a screening", path.display())))?;
    if state.settings.list != settings.list {
        return Err(CommandError::Failed("[other-list] the file was begun with another list".to_owned()));
    }
    if state.settings != *settings {
        return Err(CommandError::Failed(
            "[other-settings] the file was begun with another purpose, reference, score, limit or form"
                .to_owned(),
        ));
    }
    Ok(state)
}

fn save_state(path: &Path, state: &State) -> Result<(), CommandError> {
    // Strings and numbers: writing them can't fail.
    write_file(path, &serde_json::to_vec(state).unwrap_or_default())
}

/// Opens the file for its owner alone and for this run alone; a symbolic link is not followed.
fn open_file(path: &Path) -> Result<File, CommandError> {
    use std::os::unix::fs::OpenOptionsExt;
    if std::fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Err(CommandError::Failed(format!("{} is no file", path.display())));
    }
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path).map_err(fails("write", path))?;
    file.try_lock()
        .map_err(|_| CommandError::Failed(format!("another run is at work on {}", path.display())))?;
    Ok(file)
}

/// Cuts off what the state does not speak of, and looks whether the rest is what it speaks of.
fn cut_back(path: &Path, file: &mut File, state: &State) -> Result<Sha256, CommandError> {
    let mut hash = Sha256::new();
    let mut left = state.bytes;
    let mut buffer = vec![0u8; 64 * 1024];
    while left > 0 {
        let most = left.min(buffer.len() as u64) as usize;
        let read = file.read(&mut buffer[..most]).map_err(fails("read", path))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        left -= read as u64;
    }
    if left > 0 || hex(&hash) != state.sha256 {
        return Err(CommandError::Failed(format!(
            "[output-changed] {} was changed since; begin with another file",
            path.display()
        )));
    }
    file.set_len(state.bytes).map_err(fails("cut", path))?;
    file.seek(SeekFrom::Start(state.bytes)).map_err(fails("write", path))?;
    Ok(hash)
}

fn hex(hash: &Sha256) -> String {
    barid_app::proofs::hex(&hash.clone().finalize())
}

/// The lines of a row in a table; none for a row without candidates that was read.
fn push_table_lines(text: &mut String, row: &DoneRow) {
    let asked = row.asked.clone().unwrap_or_default();
    let shown = |value: Option<String>| value.unwrap_or_default();
    let begin = [
        row.number.to_string(),
        row.line.to_string(),
        row.reference.clone(),
        shown(asked.name),
        shown(asked.birth.map(|birth| birth.to_string())),
        shown(asked.nationality.map(|country| country.to_string())),
        shown(asked.document_number),
    ];
    let access = row.access.clone().unwrap_or_default();
    let mut push = |rest: [String; 14]| {
        let cells = begin.iter().cloned().chain(rest).chain([access.clone()]);
        text.push_str(&line_of(cells));
    };
    if !row.faults.is_empty() {
        let code: Vec<String> = row.faults.iter().map(|(column, code)| format!("{column}: {code}")).collect();
        let mut rest = [const { String::new() }; 14];
        (rest[0], rest[1]) = ("unreadable".to_owned(), code.join("; "));
        push(rest);
    }
    for (rank, candidate) in row.candidates.iter().enumerate() {
        push([
            "candidate".to_owned(),
            String::new(),
            (rank + 1).to_string(),
            format!("{:.3}", candidate.score),
            candidate.alert.to_string(),
            candidate.found.clone(),
            candidate.database.as_str().to_owned(),
            stated(candidate),
            candidate.record.0.clone(),
            candidate.owner.0.clone(),
            candidate.provenance.clone().unwrap_or_default(),
            candidate.reference_number.clone().unwrap_or_default(),
            candidate.exercise.to_string(),
            candidate.reasons.iter().map(reason).collect::<Vec<_>>().join("; "),
        ]);
    }
}

fn stated(candidate: &CandidateShown) -> String {
    let mut stated: Vec<&str> = candidate.statuses.iter().map(|status| status.as_str()).collect();
    stated.extend(candidate.fraud.as_ref().map(|fraud| fraud.as_str()));
    stated.extend(candidate.document_type.as_ref().map(|kind| kind.as_str()));
    stated.extend(candidate.object_status.as_ref().map(|status| status.as_str()));
    stated.extend(candidate.group_statuses.iter().map(|status| status.as_str()));
    stated.extend(candidate.issuing_country.as_ref().map(|country| country.0.as_str()));
    stated.join(", ")
}

/// A reason in codes, the same in every language: `Калачев ~ Kalachev romanisation 0.96`, `birth same-day`.
fn reason(reason: &ReasonShown) -> String {
    let feature = match reason.feature {
        Feature::Name => "",
        Feature::Birth => "birth ",
        Feature::BirthPlace => "birth-place ",
        Feature::Nationality => "nationality ",
        Feature::Sex => "sex ",
        Feature::Document => "document ",
        Feature::Identifier => "identifier",
        Feature::Reference => "reference ",
    };
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let compared = match (&reason.asked, &reason.found) {
        (None, None) => String::new(),
        (None, Some(found)) if !feature.is_empty() => format!("{found} "),
        (asked, found) => format!("{} ~ {} ", side(asked), side(found)),
    };
    let likeness = reason.likeness.map(|likeness| format!(" {likeness:.2}")).unwrap_or_default();
    format!("{feature}{compared}{}{likeness}", reason.relation)
}

/// A line of a table (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe in front.
fn line_of(cells: impl IntoIterator<Item = String>) -> String {
    let cells = cells.into_iter().map(|cell| {
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
        let cell = format!("{guard}{cell}");
        let quoted = cell.contains([',', '"', '\n', '\r']);
        if quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    });
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

fn push_json_line(text: &mut String, row: &DoneRow) {
    if row.candidates.is_empty() && row.faults.is_empty() {
        return;
    }
    let faults: Vec<_> = row
        .faults
        .iter()
        .map(|(column, code)| serde_json::json!({ "column": column, "code": code }))
        .collect();
    let asked = row.asked.as_ref().map(barid_api::screening::ScreeningRowOffered::from);
    let line = serde_json::json!({
        "row": row.number, "line": row.line, "reference": row.reference, "asked": asked, "access": row.access,
        "faults": faults, "candidates": row.candidates,
    });
    text.push_str(&line.to_string());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(list: &str) -> Settings {
        Settings {
            list: list.to_owned(),
            purpose: "border-control".to_owned(),
            reference: "ИГРЫ 4".to_owned(),
            least_score: None,
            limit: None,
            form: OutputForm::Csv,
        }
    }

    fn unreadable(number: u64) -> DoneRow {
        DoneRow {
            number,
            line: number + 1,
            reference: "=1+2".to_owned(),
            asked: None,
            access: None,
            faults: vec![("born".to_owned(), "impossible-date".to_owned())],
            candidates: Vec::new(),
        }
    }

    fn refusal(path: &Path, settings: Settings) -> String {
        Output::open(path, settings).err().unwrap().to_string()
    }

    #[test]
    fn a_file_goes_on_behind_its_last_saved_row_and_ends_without_a_state() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        let mut output = Output::open(&path, settings("a")).unwrap();
        output.write(&[unreadable(1), unreadable(2)]).unwrap();
        let saved = std::fs::read(&path).unwrap();
        output.write(&[unreadable(3)]).unwrap();
        assert!(refusal(&path, settings("a")).contains("another run"), "one run at a time");
        // As a kill leaves it: written behind what was saved, half a line too.
        drop(output);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"4,5,\"half").unwrap();

        let mut output = Output::open(&path, settings("a")).unwrap();
        assert_eq!(output.counts(), Counts { rows: 2, unreadable: 2, ..Counts::default() });
        assert_eq!(std::fs::read(&path).unwrap(), saved);
        output.write(&[unreadable(3)]).unwrap();
        assert_eq!(output.finish().unwrap().rows, 3);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.contains("3,4,'=1+2,,,,,unreadable,born: impossible-date,"), "{text}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no state is left");
        assert!(refusal(&path, settings("a")).contains("is there already"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "and it is left alone");
    }

    #[test]
    fn another_list_other_settings_and_a_changed_file_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        let mut output = Output::open(&path, settings("a")).unwrap();
        output.write(&[unreadable(1)]).unwrap();
        output.save().unwrap();
        drop(output);
        assert!(refusal(&path, settings("b")).contains("other-list"));
        for other in [
            Settings { purpose: "exercise".to_owned(), ..settings("a") },
            Settings { reference: "ИГРЫ 5".to_owned(), ..settings("a") },
            Settings { least_score: Some(0.5), ..settings("a") },
            Settings { limit: Some(3), ..settings("a") },
            Settings { form: OutputForm::Jsonl, ..settings("a") },
        ] {
            assert!(refusal(&path, other).contains("other-settings"));
        }
        let text = std::fs::read(&path).unwrap();
        for changed in [&text[..text.len() - 1], &[b"x".as_slice(), &text[1..]].concat()] {
            std::fs::write(&path, changed).unwrap();
            assert!(refusal(&path, settings("a")).contains("output-changed"));
        }
        std::fs::write(&path, &text).unwrap();
        assert!(Output::open(&path, settings("a")).is_ok());
        std::fs::write(directory.path().join("out.csv.state"), "{}").unwrap();
        assert!(refusal(&path, settings("a")).contains("no state"));
    }

    #[test]
    fn a_kill_before_the_file_was_made_and_one_before_its_first_row_are_gone_on_from() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.csv");
        drop(Output::open(&path, settings("a")).unwrap());
        std::fs::remove_file(&path).unwrap();
        let state = directory.path().join("out.csv.state");
        let begun = State {
            version: STATE_VERSION,
            settings: settings("a"),
            counts: Counts::default(),
            bytes: 0,
            sha256: hex(&Sha256::new()),
        };
        save_state(&state, &begun).unwrap();
        for torn in [None, Some("row,li")] {
            if let Some(torn) = torn {
                std::fs::write(&path, torn).unwrap();
                save_state(&state, &begun).unwrap();
            }
            drop(Output::open(&path, settings("a")).unwrap());
            assert!(std::fs::read_to_string(&path).unwrap().starts_with("row,line,reference,name,born,"));
        }
    }

    #[test]
    fn cells_keep_to_themselves() {
        let line = line_of(["a,б", "\"x\"", "=1", "+7", "-", "@x", "plain", "two\nlines"].map(str::to_owned));
        assert_eq!(line, "\"a,б\",\"\"\"x\"\"\",'=1,'+7,'-,'@x,plain,\"two\nlines\"\r\n");
    }
}
