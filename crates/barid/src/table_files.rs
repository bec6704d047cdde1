//! Files of tables: which of the forms a file is in is told by its first bytes, not by its name.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use barid_formats::documents_csv::TableSource;
use barid_formats::xlsx::{WorkbookLimits, is_workbook, open_sheet};
use sha2::{Digest, Sha256};

use crate::commands::CommandError;

/// Opens a table in a file: a sheet of a workbook, or rows of characters.
///
/// # Errors
/// A workbook that can't be read, and a sheet named of what is no workbook.
pub fn open_table<F: Read + Seek>(
    path: &Path,
    file: F,
    sheet: Option<&str>,
) -> Result<TableSource<BufReader<F>>, CommandError> {
    let mut source = BufReader::new(file);
    let mut first = Vec::new();
    source.by_ref().take(8).read_to_end(&mut first).map_err(|cause| unreadable(path, cause))?;
    source.seek(SeekFrom::Start(0)).map_err(|cause| unreadable(path, cause))?;
    if is_workbook(&first) {
        let opened = open_sheet(source, sheet, WorkbookLimits::default());
        let fault = |code: &str, why: &dyn std::fmt::Display| {
            CommandError::Failed(format!("[{code}] {}: {why}", path.display()))
        };
        let rows = opened.map_err(|error| fault(error.kind.code(), &error.kind))?;
        return Ok(TableSource::Sheet(Box::new(rows)));
    }
    match sheet {
        None => Ok(TableSource::Lines(source)),
        Some(_) => Err(CommandError::Usage(format!("{} is no workbook: it has no sheets", path.display()))),
    }
}

/// The SHA-256 of a file, read from its beginning.
pub fn hash_of(path: &Path, file: &File) -> Result<[u8; 32], CommandError> {
    let mut source = file;
    source.seek(SeekFrom::Start(0)).map_err(|cause| unreadable(path, cause))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 64 * 1024];
    loop {
        let read = source.read(&mut buffer).map_err(|cause| unreadable(path, cause))?;
        if read == 0 {
            return Ok(hash.finalize().into());
        }
        hash.update(&buffer[..read]);
    }
}

fn unreadable(path: &Path, cause: std::io::Error) -> CommandError {
    CommandError::File { what: format!("can not read {}", path.display()), cause }
}
