//! Tables of travel documents (CSV, XLSX), for entering stolen, lost and revoked documents in bulk.
//!
//! The columns are described in `docs/formats/travel-documents-csv.md`. One row is one document or one range of
//! blanks, known by its number (of a range the first), issuing country and type; a bad row is refused with every fault
//! named and the rest goes on. No cell is ever evaluated: what looks like
//! a formula is a text that is no document number.

use std::collections::HashSet;
use std::io::BufRead;

use barid_domain::codes::{CodeList, DocumentType, FraudType, RevocationReason};
use barid_domain::countries::CountryCode;
use barid_domain::dates::Day;
use barid_domain::faults::Faults;
use barid_domain::travel_documents::{DocumentNumber, NumberError, TravelDocument};
use sha2::{Digest, Sha256};

use crate::report::{Place, ReportCode, ReportRow, rows_of_faults};
use crate::table::{RawRow, TableRows, is_mangled_number, read_day, row_fault, row_remark};

pub use crate::table::{CsvLimits, CsvReadError, CsvReadErrorKind, TableSource};

/// The columns a table may have, in the order of the documentation; those marked must be there.
pub const COLUMNS: [(&str, Presence); 7] = [
    ("number", Presence::Mandatory),
    ("range_end", Presence::Optional),
    ("issuing_country", Presence::Mandatory),
    ("document_type", Presence::Mandatory),
    ("fraud_type", Presence::Mandatory),
    ("reason", Presence::Optional),
    ("reported_on", Presence::Optional),
];

/// Says whether a table must have a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Every table has it, and no row leaves it empty.
    Mandatory,
    /// A table may leave it out, a row may leave it empty.
    Optional,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvRow {
    /// A document that holds by the rules of its database.
    Document {
        /// Where the row begins.
        place: Place,
        /// The document.
        document: Box<TravelDocument>,
        /// What somebody should look at.
        remarks: Vec<ReportRow>,
    },
    /// A refused row, with every fault.
    Refused {
        /// Where the row begins.
        place: Place,
        /// Which document the row is about, as far as it can be read.
        about: About,
        /// The faults; the numbers themselves are not repeated.
        report: Vec<ReportRow>,
    },
}

/// What a row is known by, in this table and from one table to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentIdentity {
    /// The number; of a range the first.
    pub number: DocumentNumber,
    /// The issuing country.
    pub issuing_country: CountryCode,
    /// The type.
    pub document_type: DocumentType,
}

impl DocumentIdentity {
    /// What a document is known by.
    pub fn of(document: &TravelDocument) -> Self {
        Self {
            number: document.number.clone(),
            issuing_country: document.issuing_country,
            document_type: document.document_type,
        }
    }
}

/// Which document a refused row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A document that no row before was about.
    Document(DocumentIdentity),
    /// The document of an earlier row, which alone counts.
    EarlierRow,
    /// Number, country or type can't be read.
    Unreadable,
}

/// Reads a table, one row at a time.
///
/// An iterator: `Ok` rows until the end, or one `Err` and then nothing more.
pub struct TravelDocumentsReader<R: BufRead> {
    rows: TableRows<R>,
    today: Day,
    entering_country: Option<CountryCode>,
    /// For each column of the table its index in [`COLUMNS`]; `None` before the header is read.
    columns: Option<Vec<usize>>,
    seen: HashSet<[u8; 16]>,
    ended: bool,
}

impl<R: BufRead> TravelDocumentsReader<R> {
    /// Begins to read `source`, entered on `today` by an organisation of `entering_country`.
    ///
    /// Only the issuing country may enter a document; with `None` every row is refused.
    pub fn new(
        source: TableSource<R>,
        today: Day,
        entering_country: Option<CountryCode>,
        limits: CsvLimits,
    ) -> Self {
        TravelDocumentsReader {
            rows: TableRows::new(source, limits),
            today,
            entering_country,
            columns: None,
            seen: HashSet::new(),
            ended: false,
        }
    }

    /// Tells whether the last row read ended with a line break: a table that was cut off seldom does.
    pub fn ends_with_line_break(&self) -> bool {
        self.rows.ends_with_line_break()
    }

    /// Bytes consumed so far, for a progress display.
    pub fn bytes_read(&self) -> u64 {
        self.rows.bytes_read()
    }

    fn next_row(&mut self) -> Result<Option<CsvRow>, CsvReadErrorKind> {
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => columns_of(&self.rows.header()?)?,
        };
        let row = self.rows.next_row();
        let read = row.map(|row| row.map(|row| self.read_row(row, &columns)));
        self.columns = Some(columns);
        read
    }

    fn read_row(&mut self, raw: RawRow, columns: &[usize]) -> CsvRow {
        let place = raw.place;
        let read = match &raw.cells {
            Ok(cells) => self.read_document(&raw, columns, cells),
            Err(code) => Err(row_refused(place, *code)),
        };
        let mut row = match read {
            Ok((document, remarks)) => CsvRow::Document { place, document: Box::new(document), remarks },
            Err((about, report)) => CsvRow::Refused { place, about, report },
        };
        let (CsvRow::Document { remarks: report, .. } | CsvRow::Refused { report, .. }) = &mut row;
        for row in report {
            let at = columns.iter().position(|column| COLUMNS[*column].0 == row.field);
            row.cell = self.rows.address(place, at);
        }
        row
    }

    fn read_document(
        &mut self,
        raw: &RawRow,
        columns: &[usize],
        cells: &[String],
    ) -> Result<(TravelDocument, Vec<ReportRow>), (About, Vec<ReportRow>)> {
        let place = raw.place;
        let mut row = Row { place, cells: [const { Ok(String::new()) }; COLUMNS.len()], report: Vec::new() };
        let mut remarks = Vec::new();
        if raw.is_hidden {
            remarks.push(row_remark(place, "row", ReportCode::HiddenRow));
        }
        for (at, (column, cell)) in columns.iter().zip(cells).enumerate() {
            let unreadable = raw.unreadable.iter().find(|(unreadable, _)| *unreadable == at);
            row.cells[*column] = match unreadable {
                Some((_, code)) => Err(*code),
                None => Ok(cell.trim().to_owned()),
            };
            let name = COLUMNS[*column].0;
            if raw.numbers.contains(&at) && matches!(name, "number" | "range_end") {
                remarks.push(row_remark(place, name, ReportCode::NumberForText));
            }
        }
        let (identity, read) = row.document(self.today, self.entering_country);
        let Some(identity) = identity else {
            return read.map(|document| (document, remarks)).map_err(|report| (About::Unreadable, report));
        };
        // A refused row counts as well: what a later row says of the same document would hide that it was refused.
        let is_first = self.seen.insert(key_of(&identity));
        match read {
            Ok(document) if is_first => Ok((document, remarks)),
            Ok(_) => {
                let twice = row_fault(place, "number", ReportCode::Duplicate);
                Err((About::EarlierRow, vec![twice]))
            }
            Err(report) if is_first => Err((About::Document(identity), report)),
            Err(report) => Err((About::EarlierRow, report)),
        }
    }
}

impl<R: BufRead> Iterator for TravelDocumentsReader<R> {
    type Item = Result<CsvRow, CsvReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.next_row() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(kind) => {
                self.ended = true;
                Some(Err(self.rows.error(kind)))
            }
        }
    }
}

/// Finds the columns that a header names.
fn columns_of(names: &[String]) -> Result<Vec<usize>, CsvReadErrorKind> {
    let mut columns = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let column = index + 1;
        let name = name.trim().to_ascii_lowercase();
        let known = COLUMNS.iter().position(|(known, _)| *known == name);
        let known = known.ok_or(CsvReadErrorKind::UnknownColumn { column })?;
        if columns.contains(&known) {
            return Err(CsvReadErrorKind::RepeatedColumn { column });
        }
        columns.push(known);
    }
    for (index, (name, presence)) in COLUMNS.iter().enumerate() {
        if *presence == Presence::Mandatory && !columns.contains(&index) {
            return Err(CsvReadErrorKind::MissingColumn { name });
        }
    }
    Ok(columns)
}

/// The cells of one row, in the order of [`COLUMNS`].
struct Row {
    place: Place,
    cells: [Result<String, ReportCode>; COLUMNS.len()],
    report: Vec<ReportRow>,
}

impl Row {
    /// Reads the document, or its faults, and what the row is known by where that much can be read.
    fn document(
        mut self,
        today: Day,
        entering: Option<CountryCode>,
    ) -> (Option<DocumentIdentity>, Result<TravelDocument, Vec<ReportRow>>) {
        let number = self.read("number", 0, read_number);
        let range_end = self.read("range_end", 1, read_number);
        let country = |text: &str| CountryCode::new(text).map_err(|_| ReportCode::UnknownCountry);
        let issuing_country = self.read("issuing_country", 2, country);
        let document_type = self.read("document_type", 3, code::<DocumentType>);
        let fraud_type = self.read("fraud_type", 4, code::<FraudType>);
        let reason = self.read("reason", 5, code::<RevocationReason>);
        let reported_on = self.read("reported_on", 6, read_day);
        let (Some(number), Some(issuing_country), Some(document_type)) =
            (number, issuing_country, document_type)
        else {
            return (None, Err(self.report));
        };
        let identity = DocumentIdentity { number: number.clone(), issuing_country, document_type };
        let (Some(fraud_type), true) = (fraud_type, self.report.is_empty()) else {
            return (Some(identity), Err(self.report));
        };
        let document = TravelDocument {
            number,
            range_end,
            issuing_country,
            document_type,
            fraud_type,
            reason,
            reported_on,
        };
        let mut faults = Faults::default();
        document.check(today, entering, &mut faults);
        let read = match faults.into_result() {
            Ok(()) => Ok(document),
            Err(faults) => Err(rows_of_faults(None, self.place, &faults)),
        };
        (Some(identity), read)
    }

    /// Reads a cell; an empty one is `None`, and a fault where the column is mandatory.
    fn read<T>(
        &mut self,
        name: &str,
        index: usize,
        read: impl Fn(&str) -> Result<T, ReportCode>,
    ) -> Option<T> {
        let code = match (self.cells[index].as_deref(), COLUMNS[index].1) {
            (Ok(""), Presence::Optional) => return None,
            (Ok(""), Presence::Mandatory) => ReportCode::Missing,
            (Ok(cell), Presence::Optional | Presence::Mandatory) => match read(cell) {
                Ok(value) => return Some(value),
                Err(code) => code,
            },
            (Err(code), Presence::Optional | Presence::Mandatory) => *code,
        };
        self.report.push(row_fault(self.place, name, code));
        None
    }
}

/// A row that can't be read at all.
fn row_refused(place: Place, code: ReportCode) -> (About, Vec<ReportRow>) {
    (About::Unreadable, vec![row_fault(place, "row", code)])
}

fn read_number(text: &str) -> Result<DocumentNumber, ReportCode> {
    if is_mangled_number(text) {
        return Err(ReportCode::MangledNumber);
    }
    DocumentNumber::new(text).map_err(|error| match error {
        NumberError::Empty => ReportCode::Missing,
        NumberError::TooLong => ReportCode::TooLong,
        NumberError::BadCharacter => ReportCode::BadCharacters,
    })
}

fn code<T: CodeList>(text: &str) -> Result<T, ReportCode> {
    T::from_name(&text.to_ascii_lowercase()).ok_or(ReportCode::UnknownValue)
}

/// Sixteen bytes that stand for a document within one table; two rows with the same ones are one document.
fn key_of(identity: &DocumentIdentity) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in [identity.issuing_country.as_str(), identity.number.as_str()] {
        hasher.update([0]);
        hasher.update(part.as_bytes());
    }
    hasher.update(identity.document_type.number().to_be_bytes());
    let hash: [u8; 32] = hasher.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&hash[..16]);
    key
}
