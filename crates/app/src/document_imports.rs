//! Importing a bureau's own table of travel documents, up to ten thousand under one signature.
//!
//! A row is known by its number, issuing country and type. A changed one withdraws the document it was and enters
//! another, since the documents of a batch have no versions. The rest is that of every table: `table_imports`.

use std::io::BufRead;

use barid_domain::audit::Operation;
use barid_domain::codes::{CodeList as _, Database, WithdrawalReason};
use barid_domain::ids::RecordId;
use barid_domain::terms::Terms;
use barid_domain::travel_documents::TravelDocument;
use barid_formats::documents_csv::{
    About as AboutDocument, CsvLimits, CsvReadError, CsvRow, DocumentIdentity, TableSource,
    TravelDocumentsReader,
};
use barid_store::NewEntry;

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::imports::ImportReport;
use crate::table_imports::{
    About, Desk, EnteringRow, OwnTable, Run, TableEdition, TableOrder, TableRow, list_name, table_hash,
};

/// Is a table of travel documents to be imported.
pub struct DocumentsImport<R: BufRead> {
    /// The table.
    pub source: TableSource<R>,
    /// The SHA-256 of the table.
    pub file_hash: [u8; 32],
    /// The terms of every document that goes in. An import that broke off goes on with those of its first run.
    pub terms: Terms,
    /// Which of the organisation's tables this is: 1 to 30 of `a-z 0-9 -`. Tables of other names know nothing of it.
    pub list: String,
    /// Whether it is all of the table.
    pub edition: TableEdition,
}

impl App {
    /// Imports a table of the caller's own travel documents.
    pub async fn import_documents<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: DocumentsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.take_documents(ctx, import, Run::Real, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    /// Says what [`App::import_documents`] would do, and writes nothing.
    pub async fn dry_run_documents<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: DocumentsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.take_documents(ctx, import, Run::Dry, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    async fn take_documents<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: DocumentsImport<R>,
        run: Run,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_import(ctx, &import.terms)?;
        let (now, country) = (self.now(), self.country_of(ctx));
        let file_hash = table_hash(import.file_hash, None, import.source.sheet_name());
        let reader = TravelDocumentsReader::new(import.source, now.day(), country, CsvLimits::default());
        let order = TableOrder {
            source: list_name("table", &import.list)?,
            database: Database::TravelDocuments,
            file_hash,
            terms: import.terms,
            edition: import.edition,
            run,
            now,
        };
        self.import_table(ctx, reader, order, progress).await
    }
}

impl<R: BufRead> OwnTable for TravelDocumentsReader<R> {
    type Statement = TravelDocument;
    type ReadError = CsvReadError;

    const ROWS_PER_WRITE: usize = 10_000;
    const UNREADABLE: &'static str = "a refused row has no readable number, country and type";

    fn next_row(&mut self) -> Option<Result<TableRow<TravelDocument>, CsvReadError>> {
        let row = |row: CsvRow| match row {
            CsvRow::Document { place, document, remarks } => {
                let id = row_id(&DocumentIdentity::of(&document));
                TableRow::Stated { place, id, statement: *document, remarks }
            }
            CsvRow::Refused { about, report, .. } => TableRow::Refused {
                about: match about {
                    AboutDocument::Document(identity) => About::Row(row_id(&identity)),
                    AboutDocument::EarlierRow => About::EarlierRow,
                    AboutDocument::Unreadable => About::Unreadable,
                },
                report,
            },
        };
        self.next().map(|read| read.map(row))
    }

    fn ends_with_line_break(&self) -> bool {
        TravelDocumentsReader::ends_with_line_break(self)
    }

    fn bytes_read(&self) -> u64 {
        TravelDocumentsReader::bytes_read(self)
    }

    async fn enter(
        &self,
        desk: &Desk<'_>,
        rows: Vec<EnteringRow<TravelDocument>>,
    ) -> Result<(Vec<NewEntry>, Vec<RecordId>), AppError> {
        let replaced: Vec<RecordId> = rows.iter().filter_map(|row| row.revises).collect();
        let documents = rows.into_iter().map(|row| row.statement).collect();
        let batch = desk.app.batch_entry(desk.ctx, &desk.terms, documents, desk.now)?;
        let records = batch.items.iter().map(|item| item.record).collect();
        let reason = WithdrawalReason::Replaced;
        let mut entries = vec![batch];
        entries.extend(desk.app.withdrawal_entries(desk.ctx, replaced, reason, desk.now).await?);
        Ok((entries, records))
    }
}

/// What a row is remembered by; the store keeps it as a keyed hash.
fn row_id(identity: &DocumentIdentity) -> String {
    format!("{}/{}/{}", identity.issuing_country, identity.document_type.number(), identity.number)
}
