//! Importing outside lists: the UN Security Council list as reference, and a bureau's own table of documents.
//!
//! An import is idempotent (the same file twice changes nothing), resumable (each transaction remembers its rows, so a
//! second run goes on where the first broke off) and honest: a refused row is reported with its place and reason, the
//! rest goes in, and a row that was refused is never taken for one that the source withdrew.

use std::io::BufRead;

use barid_domain::audit::Operation;
use barid_domain::codes::{
    Classification, Database, Handling, InformationGrade, Purpose, SourceGrade, WithdrawalReason,
};
use barid_domain::contents::{Content, RecordVersion, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::{Fault, FaultCode};
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::persons::Person;
use barid_domain::policy;
use barid_domain::terms::{Provenance, Terms};
use barid_domain::travel_documents::TravelDocument;
use barid_formats::documents_csv::{CsvLimits, CsvRow, TravelDocumentsReader};
use barid_formats::report::{ReportRow, rows_of_faults};
use barid_formats::un::{Limits, UnIndividual, UnItem, UnReader, to_person};
use barid_store::{
    HandedOver, Head, HeadChange, HeadState, ImportProgress, ImportRow as StoredRow, ImportedRow, NewEntry,
    SystemChange,
};
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::{DocumentBatchSubmission, new_entry};
use crate::signing::Unsealed;

/// The name of the UN list in the import tables.
const UN_SOURCE: &str = "un-sc-consolidated";
/// Rows of one transaction.
const ROWS_PER_WRITE: usize = 200;
/// Documents of one batch entry.
const DOCUMENTS_PER_BATCH: usize = 10_000;
/// The most report rows that are kept; further ones are counted.
const REPORT_ROWS_CAP: usize = 10_000;
/// For how many days a listing is held before it is looked at again.
const REVIEW_DAYS: i32 = 365;
/// Editions of one day are told apart by their number.
const EDITIONS_PER_DAY: i64 = 1_000;

/// Is a row of a report: place, field, code and what followed.
pub type ImportRow = ReportRow;

/// Says what an import did.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Rows that became new records.
    pub added: u64,
    /// Rows that changed their records.
    pub revised: u64,
    /// Rows that said what they had said before.
    pub unchanged: u64,
    /// Records whose rows the source left out.
    pub withdrawn: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Rows that this version has no database for.
    pub not_imported: u64,
    /// Why missing rows were not taken for withdrawn, where that is so.
    pub held_back: Option<&'static str>,
    /// What was cleaned, left out or refused, row by row.
    pub rows: Vec<ImportRow>,
    /// Rows of the report beyond the cap.
    pub rows_beyond: u64,
    /// Where the reading broke off, and why.
    pub broken_off: Option<String>,
    /// How often each path of the source was met.
    pub paths: Vec<(String, u64)>,
}

impl ImportReport {
    fn report(&mut self, rows: impl IntoIterator<Item = ImportRow>) {
        for row in rows {
            if self.rows.len() < REPORT_ROWS_CAP {
                self.rows.push(row);
            } else {
                self.rows_beyond += 1;
            }
        }
    }
}

/// Is a table of travel documents to be imported.
pub struct DocumentsImport<R> {
    /// The table.
    pub source: R,
    /// The SHA-256 of the table: what makes a second run harmless.
    pub file_hash: [u8; 32],
    /// The terms of every document.
    pub terms: Terms,
}

impl App {
    /// Imports an edition of the UN Security Council's consolidated list as reference held by the caller.
    pub async fn import_un<R: BufRead>(
        &self,
        ctx: &OpContext,
        source: R,
        file_hash: [u8; 32],
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_write(ctx, Operation::ImportList)?;
        let now = self.now();
        policy::may_hold(&self.registry(), &ctx.actor, &reference_terms("-", None, now.day()))?;
        let mut reader = UnReader::new(source, now.day(), Limits::default());
        // The first item, so that the root element with the edition's day has been read.
        let mut next = reader.next();
        let generated_on = reader.generated_on();
        let mut import = UnImport::begin(self, ctx, file_hash, generated_on, now).await?;
        while let Some(item) = next {
            match item {
                Ok(item) => import.take(item).await?,
                Err(error) => {
                    import.report.broken_off = Some(error.to_string());
                    break;
                }
            }
            progress(reader.bytes_read(), import.rows_done);
            next = reader.next();
        }
        let summary = reader.summary();
        import.report.paths = summary
            .listed_paths
            .into_iter()
            .chain(summary.unlisted_paths)
            .map(|path| (path.path, path.count))
            .collect();
        let complete = summary.complete && import.report.broken_off.is_none();
        let report = import.finish(complete).await?;
        self.follow().await?;
        Ok(report)
    }

    /// Tells whether a file of the UN list still has to be imported: no edition is in yet, or this one only in part.
    pub async fn un_import_is_due(&self, ctx: &OpContext, file_hash: &[u8; 32]) -> Result<bool, AppError> {
        let progress =
            self.store().import_progress(ctx.actor.organisation, UN_SOURCE).await.map_err(AppError::Store)?;
        Ok(progress.is_none_or(|progress| progress.file_hash == *file_hash && !progress.finished))
    }

    /// Imports a table of the caller's own travel documents, ten thousand under one signature.
    pub async fn import_documents<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: DocumentsImport<R>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_write(ctx, Operation::ImportList)?;
        let country =
            self.registry().active(ctx.actor.organisation).and_then(|organisation| organisation.country);
        let mut reader =
            TravelDocumentsReader::new(import.source, self.now().day(), country, CsvLimits::default());
        let mut report = ImportReport::default();
        let mut documents = Vec::with_capacity(DOCUMENTS_PER_BATCH);
        let mut batch = 0;
        loop {
            match reader.next() {
                Some(Ok(CsvRow::Document { document, .. })) => documents.push(*document),
                Some(Ok(CsvRow::Refused { report: rows, .. })) => {
                    report.refused += 1;
                    report.report(rows);
                }
                Some(Err(error)) => {
                    report.broken_off = Some(error.to_string());
                    break;
                }
                None => break,
            }
            if documents.len() == DOCUMENTS_PER_BATCH {
                self.import_batch(ctx, &import.terms, &import.file_hash, batch, &mut documents, &mut report)
                    .await?;
                batch += 1;
                progress(reader.bytes_read(), report.added + report.unchanged);
            }
        }
        // A batch that the reading broke off in would have other rows under its key at the next run: it waits for that.
        if !documents.is_empty() && report.broken_off.is_none() {
            self.import_batch(ctx, &import.terms, &import.file_hash, batch, &mut documents, &mut report)
                .await?;
        }
        Ok(report)
    }

    async fn import_batch(
        &self,
        ctx: &OpContext,
        terms: &Terms,
        file_hash: &[u8; 32],
        batch: u64,
        documents: &mut Vec<TravelDocument>,
        report: &mut ImportReport,
    ) -> Result<(), AppError> {
        let count = documents.len() as u64;
        let key = batch_key(file_hash, batch);
        let submission =
            DocumentBatchSubmission { terms: terms.clone(), documents: std::mem::take(documents) };
        let receipt = self.submit_document_batch(ctx, key, submission).await?;
        if receipt.replayed {
            report.unchanged += count
        } else {
            report.added += count
        }
        Ok(())
    }
}

/// Is an import of the UN list under way.
struct UnImport<'a> {
    app: &'a App,
    ctx: &'a OpContext,
    now: Timestamp,
    file_hash: [u8; 32],
    generated_on: Option<Day>,
    edition: i64,
    /// The same file was imported to its end before: nothing is written.
    is_known: bool,
    rows_done: u64,
    refused_without_id: bool,
    /// Rows that were read and not looked up yet.
    waiting: Vec<UnItem>,
    /// Versions that were made and not sealed yet.
    drafts: Vec<Draft>,
    entries: Vec<NewEntry>,
    hashes: Vec<EntryHash>,
    changes: Vec<SystemChange>,
    /// The write before, on its way to the disk while the next rows are read and sealed.
    on_its_way: Option<HandedOver>,
    report: ImportReport,
}

/// Is a version of a listed person that waits to be sealed, and what it does to its record.
struct Draft {
    unsealed: Unsealed,
    change: HeadChange,
    record: RecordId,
    review_on: Day,
}

impl<'a> UnImport<'a> {
    async fn begin(
        app: &'a App,
        ctx: &'a OpContext,
        file_hash: [u8; 32],
        generated_on: Option<Day>,
        now: Timestamp,
    ) -> Result<Self, AppError> {
        let previous =
            app.store().import_progress(ctx.actor.organisation, UN_SOURCE).await.map_err(AppError::Store)?;
        if generated_on.is_some_and(|day| day > now.day().saturating_add(1)) {
            return Err(AppError::Import("dated in the future".to_owned()));
        }
        let day = i64::from(generated_on.unwrap_or(now.day()).days()) * EDITIONS_PER_DAY;
        let (edition, is_known) = match &previous {
            Some(previous) if previous.file_hash == file_hash => (previous.edition, previous.finished),
            Some(previous) if day + EDITIONS_PER_DAY <= previous.edition => {
                return Err(AppError::Import("older than the edition imported before".to_owned()));
            }
            Some(previous) => (day.max(previous.edition + 1), false),
            None => (day, false),
        };
        Ok(Self {
            app,
            ctx,
            now,
            file_hash,
            generated_on,
            edition,
            is_known,
            rows_done: 0,
            refused_without_id: false,
            waiting: Vec::new(),
            drafts: Vec::new(),
            entries: Vec::new(),
            hashes: Vec::new(),
            changes: Vec::new(),
            on_its_way: None,
            report: ImportReport::default(),
        })
    }

    /// Takes a row; some hundreds are looked up, sealed and written together.
    async fn take(&mut self, item: UnItem) -> Result<(), AppError> {
        self.waiting.push(item);
        if self.waiting.len() < ROWS_PER_WRITE {
            return Ok(());
        }
        self.take_waiting().await?;
        self.write(false).await
    }

    async fn take_waiting(&mut self) -> Result<(), AppError> {
        let items = std::mem::take(&mut self.waiting);
        let ids: Vec<&str> = items.iter().map(|item| row_id(item).unwrap_or_default()).collect();
        let organisation = self.ctx.actor.organisation;
        let known = self.app.store().imported_among(organisation, UN_SOURCE, &ids).await;
        for (item, known) in items.into_iter().zip(known.map_err(AppError::Store)?) {
            self.rows_done += 1;
            match item {
                UnItem::Individual(individual) => self.take_individual(*individual, known).await?,
                UnItem::Entity(_) => self.report.not_imported += 1,
                UnItem::Refused(refusal) => {
                    self.report.report(refusal.report);
                    self.take_refused(refusal.data_id.as_deref(), known);
                }
            }
        }
        Ok(())
    }

    async fn take_individual(
        &mut self,
        mut individual: UnIndividual,
        known: Option<ImportedRow>,
    ) -> Result<(), AppError> {
        let rows = std::mem::take(&mut individual.report);
        self.report.report(rows);
        let person = match to_person(&individual, self.now.day()) {
            Ok(person) => person,
            Err(faults) => {
                let id = individual.data_id.as_str();
                self.report.report(rows_of_faults(Some(id), individual.place, &faults));
                self.take_refused(Some(id), known);
                return Ok(());
            }
        };
        let record = match known {
            Some(row) if self.app.store().is_same_content(&row, &individual.fingerprint) => {
                self.report.unchanged += 1;
                if row.edition == self.edition {
                    return Ok(());
                }
                row.record
            }
            Some(row) => {
                let head = self.app.store().head(row.record).await.map_err(AppError::Store)?;
                let Some(head) = head.filter(|head| head.state == HeadState::Active) else {
                    self.take_ended(&individual, row);
                    return Ok(());
                };
                self.revise(&head, &individual, person);
                row.record
            }
            None => {
                let record = RecordId::from_random(self.app.ports().draw());
                self.report.added += 1;
                self.state(record, 1, None, HeadChange::Create { record }, &individual, person);
                record
            }
        };
        self.remember(&individual.data_id, record, individual.fingerprint);
        Ok(())
    }

    fn revise(&mut self, head: &Head, individual: &UnIndividual, person: Person) {
        self.report.revised += 1;
        let change = HeadChange::Supersede { record: head.record, expects: head.current };
        self.state(head.record, head.version + 1, Some(head.current), change, individual, person);
    }

    /// A row whose record was withdrawn or erased here: that decision stands, the row is refused and reported.
    fn take_ended(&mut self, individual: &UnIndividual, known: ImportedRow) {
        let id = individual.data_id.as_str();
        let fault = Fault { place: "record".to_owned(), code: FaultCode::Contradiction };
        self.report.report(rows_of_faults(Some(id), individual.place, &[fault]));
        self.take_refused(Some(id), Some(known));
    }

    /// Makes a version of a listed person, to be sealed with the others of the transaction at hand.
    fn state(
        &mut self,
        record: RecordId,
        version: u32,
        supersedes: Option<EntryHash>,
        change: HeadChange,
        individual: &UnIndividual,
        person: Person,
    ) {
        let terms = reference_terms(&individual.reference_number, self.generated_on, self.now.day());
        let review_on = terms.review_on;
        let version = RecordVersion {
            salt: self.app.ports().draw(),
            record,
            version,
            supersedes,
            terms,
            statement: person,
        };
        let payload = encode(&version);
        let unsealed = Unsealed { content: Content::Person(version), payload };
        self.drafts.push(Draft { unsealed, change, record, review_on });
    }

    /// Seals what waits for it and puts it into the transaction at hand.
    fn seal_drafts(&mut self) -> Result<(), AppError> {
        let (places, unsealed): (Vec<_>, Vec<_>) = std::mem::take(&mut self.drafts)
            .into_iter()
            .map(|draft| ((draft.change, draft.record, draft.review_on), draft.unsealed))
            .unzip();
        let sealed = self.app.seal_all(self.ctx, unsealed, self.now)?;
        for (entry, (change, record, review_on)) in sealed.iter().zip(places) {
            self.hashes.push(entry.hash());
            self.entries.push(new_entry(self.ctx, Database::Persons, entry, change, record, review_on));
        }
        Ok(())
    }

    /// A refused row keeps what it became before; a later edition that reads again counts as changed.
    fn take_refused(&mut self, data_id: Option<&str>, known: Option<ImportedRow>) {
        self.report.refused += 1;
        let Some(data_id) = data_id else {
            self.refused_without_id = true;
            return;
        };
        if let Some(row) = known {
            self.remember(data_id, row.record, [0; 32]);
        }
    }

    fn remember(&mut self, data_id: &str, record: RecordId, content: [u8; 32]) {
        self.changes.push(SystemChange::RememberImport(StoredRow {
            organisation: self.ctx.actor.organisation,
            source: UN_SOURCE.to_owned(),
            source_id: data_id.to_owned(),
            record,
            content,
            edition: self.edition,
        }));
    }

    /// Hands the transaction at hand to the store, which writes it while the next rows are read and sealed; the index
    /// follows the one before meanwhile. One is on its way at a time: where it fails, the import ends there.
    async fn write(&mut self, finished: bool) -> Result<(), AppError> {
        self.seal_drafts()?;
        if self.is_known || (self.changes.is_empty() && self.entries.is_empty() && !finished) {
            return Ok(());
        }
        let mut tx = self.app.store().begin_write(None);
        self.entries.drain(..).for_each(|entry| tx.append(entry));
        self.changes.drain(..).for_each(|change| tx.change_system(change));
        tx.change_system(SystemChange::SetImportProgress(ImportProgress {
            organisation: self.ctx.actor.organisation,
            source: UN_SOURCE.to_owned(),
            edition: self.edition,
            file_hash: self.file_hash,
            rows_done: self.rows_done,
            finished,
        }));
        let hashes = std::mem::take(&mut self.hashes);
        let line = self.app.write_line(self.ctx, Operation::ImportList, self.app.now(), Vec::new(), hashes);
        self.settle().await?;
        let handed = tx.hand_over(line).await.map_err(|error| self.app.refused_by_store(error))?;
        self.on_its_way = Some(handed);
        self.app.follow().await
    }

    /// Waits until what was handed over is on disk.
    async fn settle(&mut self) -> Result<(), AppError> {
        let Some(handed) = self.on_its_way.take() else { return Ok(()) };
        handed.answer().await.map(|_| ()).map_err(|error| self.app.refused_by_store(error))
    }

    /// Withdraws what the edition leaves out, unless something speaks against it, and ends the import.
    async fn finish(mut self, complete: bool) -> Result<ImportReport, AppError> {
        self.take_waiting().await?;
        self.write(false).await?;
        self.settle().await?;
        if self.is_known {
            return Ok(self.report);
        }
        let organisation = self.ctx.actor.organisation;
        let missing = self.app.store().imported_before(organisation, UN_SOURCE, self.edition).await;
        let missing = missing.map_err(AppError::Store)?;
        self.report.held_back = match () {
            () if missing.is_empty() => None,
            () if !complete => Some("the reading broke off"),
            () if self.refused_without_id => Some("a refused row has no readable id"),
            () if self.rows_done == 0 => Some("the edition is empty"),
            () => None,
        };
        if self.report.held_back.is_none() {
            for row in missing {
                self.withdraw(row.record, row.source_id).await?;
                if self.changes.len() >= ROWS_PER_WRITE {
                    self.write(false).await?;
                }
            }
        }
        self.write(complete).await?;
        self.settle().await?;
        Ok(self.report)
    }

    async fn withdraw(&mut self, record: RecordId, source_id: [u8; 32]) -> Result<(), AppError> {
        let head = self.app.store().head(record).await.map_err(AppError::Store)?;
        if let Some(head) = head.filter(|head| head.state == HeadState::Active) {
            let (hash, entry) =
                self.app.withdrawal_entry(self.ctx, &head, WithdrawalReason::Delisted, self.now).await?;
            self.hashes.push(hash);
            self.entries.push(entry);
            self.report.withdrawn += 1;
        }
        self.changes.push(SystemChange::ForgetImport {
            organisation: self.ctx.actor.organisation,
            source: UN_SOURCE.to_owned(),
            source_id,
        });
        Ok(())
    }
}

/// The row's own id in the list, where it can be read.
fn row_id(item: &UnItem) -> Option<&str> {
    match item {
        UnItem::Individual(individual) => Some(&individual.data_id),
        UnItem::Refused(refusal) => refusal.data_id.as_deref(),
        UnItem::Entity(_) => None,
    }
}

/// The terms of a listing: reference only, provenance UN, of no police effect by itself.
fn reference_terms(reference_number: &str, edition: Option<Day>, today: Day) -> Terms {
    Terms {
        purpose: Purpose::Sanctions,
        handling: Handling::H0,
        classification: Classification::OfficialUse,
        source_grade: SourceGrade::A,
        information_grade: InformationGrade::Two,
        review_on: today.saturating_add(REVIEW_DAYS),
        provenance: Some(Provenance {
            source: "UN".to_owned(),
            reference: reference_number.to_owned(),
            edition,
        }),
        conditions: Vec::new(),
    }
}

fn batch_key(file_hash: &[u8; 32], batch: u64) -> IdempotencyKey {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(b"barid/import-batch/v1\0")
        .chain_update(file_hash)
        .chain_update(batch.to_be_bytes())
        .finalize()
        .into();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    IdempotencyKey::from_random(bytes)
}
