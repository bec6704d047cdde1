//! Importing a bureau's own table of objects, each under a signature of its own.
//!
//! A row is known by the bureau's own number of it, within its list and its database. A changed one becomes a new
//! version of its record. The rest is that of every table: `table_imports`.

use std::io::BufRead;

use barid_domain::audit::Operation;
use barid_domain::codes::{CodeList as _, Database};
use barid_domain::contents::Content;
use barid_domain::ids::RecordId;
use barid_domain::objects::Object;
use barid_domain::terms::Terms;
use barid_formats::documents_csv::{CsvLimits, CsvReadError, TableSource};
use barid_formats::mapping::TableMapping;
use barid_formats::objects_csv::ObjectsReader;
use barid_store::NewEntry;

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::imports::ImportReport;
use crate::table_imports::{
    Desk, EnteringRow, OwnTable, Run, TableEdition, TableOrder, TableRow, enter_versions, list_name,
    mapped_row, table_hash,
};

/// Is a table of objects to be imported.
pub struct ObjectsImport<R: BufRead> {
    /// The table.
    pub source: TableSource<R>,
    /// The SHA-256 of the table.
    pub file_hash: [u8; 32],
    /// The database that its rows go into.
    pub database: Database,
    /// What its columns and values stand for.
    pub mapping: TableMapping,
    /// The terms of every object that goes in. An import that broke off goes on with those of its first run.
    pub terms: Terms,
    /// Which of the organisation's tables of this database this is: 1 to 30 of `a-z 0-9 -`. Tables of other names know
    /// nothing of it.
    pub list: String,
    /// Whether it is all of the table.
    pub edition: TableEdition,
}

impl App {
    /// Imports a table of the caller's own objects.
    pub async fn import_objects<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: ObjectsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.take_objects(ctx, import, Run::Real, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    /// Says what [`App::import_objects`] would do, and writes nothing.
    pub async fn dry_run_objects<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: ObjectsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.take_objects(ctx, import, Run::Dry, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    async fn take_objects<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: ObjectsImport<R>,
        run: Run,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_import(ctx, &import.terms)?;
        let ObjectsImport { source, file_hash, database, mapping, terms, list, edition } = import;
        let now = self.now();
        let file_hash = table_hash(file_hash, Some(&mapping), source.sheet_name());
        let reader = ObjectsReader::new(source, now.day(), database, &mapping, CsvLimits::of_objects())
            .map_err(|error| AppError::Import(error.to_string()))?;
        let source = list_name(&format!("objects{}", database.number()), &list)?;
        let order = TableOrder { source, database, file_hash, terms, edition, run, now };
        self.import_table(ctx, ObjectsTable { reader, database }, order, progress).await
    }
}

struct ObjectsTable<R: BufRead> {
    reader: ObjectsReader<R>,
    database: Database,
}

impl<R: BufRead> OwnTable for ObjectsTable<R> {
    type Statement = Object;
    type ReadError = CsvReadError;

    const ROWS_PER_WRITE: usize = 250;
    const UNREADABLE: &'static str = "a refused row has no readable id";

    fn next_row(&mut self) -> Option<Result<TableRow<Object>, CsvReadError>> {
        self.reader.next().map(|read| read.map(mapped_row))
    }

    fn ends_with_line_break(&self) -> bool {
        self.reader.ends_with_line_break()
    }

    fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }

    async fn enter(
        &self,
        desk: &Desk<'_>,
        rows: Vec<EnteringRow<Object>>,
    ) -> Result<(Vec<NewEntry>, Vec<RecordId>), AppError> {
        enter_versions(desk, self.database, rows, Content::Object).await
    }
}
