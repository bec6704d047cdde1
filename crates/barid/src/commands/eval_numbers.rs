//! `barid eval text --numbers`: numbers of a table found in a text.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::path::Path;

use barid_app::identifiers::{CheckDigit, Identifier, IdentifierKind, identifiers, known};
use barid_languages::Text;

use super::CommandError;
use super::eval::{open, unreadable};
use crate::terminal::say;

/// The longest row, in bytes.
const ROW_BYTES_CAP: usize = 4_096;

/// Numbers by kind and by what they are folded to, with the ids of their rows.
#[derive(Default)]
pub struct Numbers {
    ids: BTreeMap<(IdentifierKind, String), Vec<String>>,
    kinds: Vec<IdentifierKind>,
}

impl Numbers {
    /// Reads rows of id, kind and number, separated by tabulators; rows in another form are counted and passed over.
    pub fn read(path: &Path) -> Result<Numbers, CommandError> {
        let mut numbers = Numbers::default();
        let mut refused = 0;
        for row in open(path)?.split(b'\n') {
            let row = row.map_err(|cause| unreadable(path, cause))?;
            let text = String::from_utf8_lossy(&row);
            match entry(text.trim_end_matches('\r')).filter(|_| row.len() <= ROW_BYTES_CAP) {
                Some((id, number)) => numbers.ids.entry(number).or_default().push(id),
                None if text.trim().is_empty() => {}
                None => refused += 1,
            }
        }
        if refused > 0 {
            say(Text::EvalRefused { count: refused });
        }
        let kinds: BTreeSet<IdentifierKind> = numbers.ids.keys().map(|(kind, _)| *kind).collect();
        numbers.kinds = kinds.into_iter().collect();
        Ok(numbers)
    }

    /// Lines of what is found in a piece of a text, each with the character it begins at.
    pub fn lines(&self, piece: &str, before: u64) -> Vec<(u32, serde_json::Value)> {
        let of = |kind: IdentifierKind, number: &str| self.ids.get(&(kind, number.to_owned()));
        let ids = |found: &Identifier| {
            of(found.kind, &found.number).map(|ids| (ids, 1.0)).or_else(|| {
                // Letters that only look Latin were read as Latin ones.
                found.alike.as_deref().and_then(|alike| of(found.kind, alike)).map(|ids| (ids, 0.9))
            })
        };
        let found = known(identifiers(piece, &self.kinds), |found| ids(found).is_some());
        let mut lines = Vec::new();
        for found in found {
            let (ids, score) = ids(&found).unwrap_or((const { &Vec::new() }, 0.0));
            lines.extend(ids.iter().map(|id| {
                let line = serde_json::json!({
                    "start": before + u64::from(found.start), "end": before + u64::from(found.end),
                    "text": found.written, "id": id, "score": score, "kind": found.kind.as_str(),
                    "check_digit": check_digit(found.check),
                });
                (found.start, line)
            }));
        }
        lines
    }
}

fn check_digit(check: CheckDigit) -> Option<&'static str> {
    match check {
        CheckDigit::None => None,
        CheckDigit::Right => Some("right"),
        CheckDigit::Wrong => Some("wrong"),
    }
}

/// A row: its id, and its number as the same number in a text would be folded.
fn entry(row: &str) -> Option<(String, (IdentifierKind, String))> {
    let mut fields = row.split('\t');
    let (id, kind, written) = (fields.next()?, fields.next()?, fields.next()?.trim());
    let kind = IdentifierKind::ALL.into_iter().find(|listed| listed.as_str() == kind)?;
    let length = written.chars().count() as u32;
    let whole = |found: &Identifier| found.start == 0 && found.end == length;
    let found = identifiers(written, &[kind]).into_iter().find(whole)?;
    Some((id.to_owned(), (kind, found.number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_table_are_found_in_a_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("numbers.tsv");
        let table = "d1\tdocument-number\tXA 001-2345\nv1\tvin\t1M8GDM9AXKP042788\np1\tphone\t+7 495 123-45-67\n\
                     r1\tplate\tА123ВС 77\nx\tname\tКалачев\ny\tphone\t123\n\n";
        std::fs::write(&path, table).unwrap();
        let numbers = Numbers::read(&path).unwrap();
        let text =
            "পাসপোর্ট XA০০১২৩৪৫, машина A123BC77 (VIN 1M8GDM9AXKP042788), тел. 007 (495) 1234567, ХА0012345";
        let found: Vec<String> = numbers
            .lines(text, 100)
            .into_iter()
            .map(|(start, line)| {
                assert_eq!(line["start"], u64::from(start) + 100);
                format!(
                    "{} {} {}",
                    line["id"].as_str().unwrap(),
                    line["kind"].as_str().unwrap(),
                    line["score"]
                )
            })
            .collect();
        let expected = [
            "d1 document-number 1.0",
            "r1 plate 1.0",
            "v1 vin 1.0",
            "p1 phone 1.0",
            "d1 document-number 0.9",
        ];
        assert_eq!(found, expected);
    }
}
