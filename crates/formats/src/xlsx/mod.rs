//! Tables in workbooks (XLSX, ISO/IEC 29500): one sheet as rows of texts, the way tables of characters come.
//!
//! What a cell shows is read from what is kept of it, never evaluated: `docs/formats/xlsx.md` says how. The whole sheet is
//! unpacked once before its first row is given out, so that a damaged or oversized one gives none; then again, row by row.
//! In memory are the shared texts, within a cap, and a row.

mod archive;
mod numbers;
mod sheet;
mod workbook;
mod xml;

use std::io::{BufRead, Seek, SeekFrom};

use archive::Archive;
use workbook::Workbook;

pub(crate) use sheet::SheetRow;
pub use sheet::SheetRows;

/// What every workbook begins with.
const ARCHIVE: [u8; 4] = *b"PK\x03\x04";
/// What workbooks of before 2007 and encrypted ones begin with.
const COMPOUND: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// The caps of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkbookLimits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Parts of the archive.
    pub parts: u64,
    /// Bytes of its directory.
    pub directory_bytes: u64,
    /// Bytes of a part that says what the workbook is, unpacked.
    pub small_part_bytes: u64,
    /// Bytes of the part of shared texts, unpacked.
    pub shared_part_bytes: u64,
    /// Bytes of the shared texts themselves, which are kept in memory.
    pub shared_bytes: usize,
    /// Shared texts.
    pub shared_texts: usize,
    /// Bytes of the sheet, unpacked.
    pub sheet_bytes: u64,
    /// Columns.
    pub columns: usize,
}

impl Default for WorkbookLimits {
    /// 256 MiB of file; unpacked 4 GiB of sheet, 512 MiB of shared texts, of which 128 MiB and 4 million are kept; 1,000
    /// columns.
    fn default() -> Self {
        WorkbookLimits {
            file_bytes: 256 << 20,
            parts: 10_000,
            directory_bytes: 4 << 20,
            small_part_bytes: 16 << 20,
            shared_part_bytes: 512 << 20,
            shared_bytes: 128 << 20,
            shared_texts: 4_000_000,
            sheet_bytes: 4 << 30,
            columns: 1_000,
        }
    }
}

/// What makes a workbook unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookErrorKind {
    /// The file could not be read.
    #[error("the file cannot be read")]
    Source,
    /// Over a cap of [`WorkbookLimits`].
    #[error("the workbook, or a part of it unpacked, is larger than allowed")]
    TooLarge,
    /// The archive is damaged, cut off, or of a kind that workbooks are not.
    #[error("the archive is damaged")]
    Archive,
    /// A part is encrypted.
    #[error("the workbook is encrypted")]
    Encrypted,
    /// A compound file: protected by a password, or of before 2007.
    #[error("the workbook is protected by a password, or of a form before 2007")]
    Compound,
    /// It has macros.
    #[error("the workbook has macros")]
    Macros,
    /// It is kept in binary (XLSB).
    #[error("the workbook is in the binary form")]
    Binary,
    /// It is an archive of something else.
    #[error("the archive is no workbook")]
    NotAWorkbook,
    /// The XML of a part is no XML, or not that of a workbook.
    #[error("a part of the workbook is malformed")]
    Malformed,
    /// There is no such sheet, or none that is not hidden.
    #[error("there is no such sheet")]
    NoSheet,
    /// Several sheets are there to be read, and none was named.
    #[error("the workbook has several sheets: name one")]
    WhichSheet,
    /// Cells of the header or behind it are merged: which row they belong to is not said.
    #[error("cells of the table are merged")]
    MergedCells,
    /// Over [`WorkbookLimits::columns`].
    #[error("the sheet has more columns than allowed")]
    TooManyColumns,
}

impl WorkbookErrorKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Source,
        Self::TooLarge,
        Self::Archive,
        Self::Encrypted,
        Self::Compound,
        Self::Macros,
        Self::Binary,
        Self::NotAWorkbook,
        Self::Malformed,
        Self::NoSheet,
        Self::WhichSheet,
        Self::MergedCells,
        Self::TooManyColumns,
    ];

    /// Gives the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Source => "xlsx-source",
            Self::TooLarge => "xlsx-too-large",
            Self::Archive => "xlsx-archive",
            Self::Encrypted => "xlsx-encrypted",
            Self::Compound => "xlsx-password-or-old",
            Self::Macros => "xlsx-macros",
            Self::Binary => "xlsx-binary",
            Self::NotAWorkbook => "xlsx-no-workbook",
            Self::Malformed => "xlsx-malformed",
            Self::NoSheet => "xlsx-no-sheet",
            Self::WhichSheet => "xlsx-which-sheet",
            Self::MergedCells => "xlsx-merged-cells",
            Self::TooManyColumns => "xlsx-too-many-columns",
        }
    }
}

/// A workbook can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", kind.code())]
pub struct WorkbookError {
    /// What is wrong.
    pub kind: WorkbookErrorKind,
}

/// Tells whether a file that begins with these bytes is to be read as a workbook, be it refused then.
pub fn is_workbook(first: &[u8]) -> bool {
    first.starts_with(&ARCHIVE) || first.starts_with(&COMPOUND)
}

/// Opens a sheet of a workbook: by its exact name, hidden or not; without a name the only one that is not hidden.
///
/// # Errors
/// The workbook, or the sheet as a whole, can't be read.
pub fn open_sheet<R: BufRead + Seek>(
    source: R,
    name: Option<&str>,
    limits: WorkbookLimits,
) -> Result<SheetRows<R>, WorkbookError> {
    open(source, name, limits).map_err(|kind| WorkbookError { kind })
}

fn open<R: BufRead + Seek>(
    mut source: R,
    name: Option<&str>,
    limits: WorkbookLimits,
) -> Result<SheetRows<R>, WorkbookErrorKind> {
    let mut first = [0; COMPOUND.len()];
    source.seek(SeekFrom::Start(0)).map_err(|_| WorkbookErrorKind::Source)?;
    let is_long_enough = source.read_exact(&mut first).is_ok();
    if is_long_enough && first == COMPOUND {
        return Err(WorkbookErrorKind::Compound);
    }
    let mut archive = Archive::open(source, &limits)?;
    let workbook = Workbook::read(&mut archive, &limits)?;
    let sheet = workbook.sheet(name)?;
    let (name, part) = (sheet.name.clone(), sheet.part.clone().ok_or(WorkbookErrorKind::NoSheet)?);
    let merged_to = sheet::look_through(archive.part(&part, limits.sheet_bytes)?)?;
    let part = archive.into_part(&part, limits.sheet_bytes)?;
    Ok(SheetRows::new(name, workbook, part, merged_to, limits.columns))
}
