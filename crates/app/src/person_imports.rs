//! Importing a bureau's own table of persons, each under a signature of its own.
//!
//! A row is known by the bureau's own number of it, within its list. A changed one becomes a new
//! version of its record. The rest is that of every table: `table_imports`.

use std::io::BufRead;

use barid_domain::audit::Operation;
use barid_domain::codes::Database;
use barid_domain::contents::Content;
use barid_domain::ids::RecordId;
use barid_domain::persons::Person;
use barid_domain::terms::Terms;
use barid_formats::documents_csv::{CsvLimits, CsvReadError, TableSource};
use barid_formats::mapping::TableMapping;
use barid_formats::persons_csv::PersonsReader;
use barid_store::NewEntry;

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::imports::ImportReport;
use crate::table_imports::{
    Desk, EnteringRow, OwnTable, Run, TableEdition, TableOrder, TableRow, enter_versions, list_name,
    mapped_row, table_hash,
};

/// Is a table of persons to be imported.
pub struct PersonsImport<R: BufRead> {
    /// The table.
    pub source: TableSource<R>,
    /// The SHA-256 of the table.
    pub file_hash: [u8; 32],
    /// What its columns and values stand for.
    pub mapping: TableMapping,
    /// The terms of every person that goes in. An import that broke off goes on with those of its first run.
    pub terms: Terms,
    /// Which of the organisation's tables of persons this is: 1 to 30 of `a-z 0-9 -`. Tables of other names know
    /// nothing of it.
    pub list: String,
    /// Whether it is all of the table.
    pub edition: TableEdition,
}

impl App {
    /// Imports a table of the caller's own persons.
    pub async fn import_persons<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: PersonsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.take_persons(ctx, import, Run::Real, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    /// Says what [`App::import_persons`] would do, and writes nothing.
    pub async fn dry_run_persons<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: PersonsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.take_persons(ctx, import, Run::Dry, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    async fn take_persons<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: PersonsImport<R>,
        run: Run,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_import(ctx, &import.terms)?;
        let PersonsImport { source, file_hash, mapping, terms, list, edition } = import;
        let now = self.now();
        let file_hash = table_hash(file_hash, Some(&mapping), source.sheet_name());
        let reader =
            PersonsReader::new(source, now.day(), Database::Persons, &mapping, CsvLimits::of_objects())
                .map_err(|error| AppError::Import(error.to_string()))?;
        let source = list_name("persons", &list)?;
        let database = Database::Persons;
        let order = TableOrder { source, database, file_hash, terms, edition, run, now };
        self.import_table(ctx, PersonsTable { reader }, order, progress).await
    }
}

struct PersonsTable<R: BufRead> {
    reader: PersonsReader<R>,
}

impl<R: BufRead> OwnTable for PersonsTable<R> {
    type Statement = Person;
    type ReadError = CsvReadError;

    const ROWS_PER_WRITE: usize = 250;
    const UNREADABLE: &'static str = "a refused row has no readable id";

    fn person_of(statement: &Person) -> Option<&Person> {
        Some(statement)
    }

    fn next_row(&mut self) -> Option<Result<TableRow<Person>, CsvReadError>> {
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
        rows: Vec<EnteringRow<Person>>,
    ) -> Result<(Vec<NewEntry>, Vec<RecordId>), AppError> {
        enter_versions(desk, Database::Persons, rows, Content::Person).await
    }
}
