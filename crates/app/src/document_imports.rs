//! Importing a bureau's own table of travel documents.
//!
//! A row is known by its number, issuing country and type, and remembered with a keyed fingerprint of what it says: so
//! the same table on any day changes nothing, a mended one adds and revises the rows that differ and no other, and an
//! import that broke off goes on with the terms of its first run. Only an edition that the caller calls whole withdraws
//! what it leaves out.

use std::io::BufRead;

use barid_domain::audit::Operation;
use barid_domain::codes::{CodeList as _, WithdrawalReason};
use barid_domain::contents::encode;
use barid_domain::dates::Timestamp;
use barid_domain::faults::{Fault, FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::policy;
use barid_domain::reviews;
use barid_domain::terms::Terms;
use barid_domain::travel_documents::TravelDocument;
use barid_formats::documents_csv::{About, CsvLimits, CsvRow, DocumentIdentity, TravelDocumentsReader};
use barid_formats::report::{Place, rows_of_faults};
use barid_store::{
    HeadState, Idempotency, ImportProgress, ImportRow as StoredRow, KnownRow, NewEntry, SystemChange,
};
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::imports::{ImportReport, Kept, REVIEW_RENEWAL_DAYS, are_held};

/// Documents of one batch entry.
const DOCUMENTS_PER_BATCH: usize = 10_000;
/// Rows that are looked up at once.
const ROWS_AT_ONCE: usize = 256;
/// The most withdrawals of one transaction: each is an entry of its own.
const WITHDRAWALS_PER_WRITE: usize = 500;
/// Rows between two reports of progress.
const ROWS_PER_PROGRESS: u64 = 1_000;
/// The longest name of a table, in characters.
const LIST_CAP: usize = 30;

/// Is a table of travel documents to be imported.
pub struct DocumentsImport<R> {
    /// The table.
    pub source: R,
    /// The SHA-256 of the table.
    pub file_hash: [u8; 32],
    /// The terms of every document that goes in. An import that broke off goes on with those of its first run.
    pub terms: Terms,
    /// Which of the organisation's tables this is: 1 to 30 of `a-z 0-9 -`. Tables of other names know nothing of it.
    pub list: String,
    /// Whether it is all of the table.
    pub edition: TableEdition,
}

/// Says what a row that is not in a table means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableEdition {
    /// Nothing: the table holds what is new or changed.
    Part,
    /// That its document is no longer held: the table is the whole of what the list holds.
    Full {
        /// How many documents may be withdrawn, where they were held back and the operator has looked.
        confirm_withdrawals: Option<u64>,
    },
}

impl App {
    /// Imports a table of the caller's own travel documents, up to ten thousand under one signature.
    pub async fn import_documents<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: DocumentsImport<R>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.import_table(ctx, import, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    async fn import_table<R: BufRead>(
        &self,
        ctx: &OpContext,
        import: DocumentsImport<R>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_write(ctx, Operation::ImportList)?;
        policy::may_hold(&self.registry(), &ctx.actor, &import.terms)?;
        let now = self.now();
        let country = self.country_of(ctx);
        let mut table = TableImport::begin(self, ctx, &import, now).await?;
        let mut reader = TravelDocumentsReader::new(import.source, now.day(), country, CsvLimits::default());
        while let Some(row) = reader.next() {
            match row {
                Ok(row) => table.take(row).await?,
                Err(error) => {
                    table.report.broken_off = Some(error.to_string());
                    break;
                }
            }
            if table.rows_done.is_multiple_of(ROWS_PER_PROGRESS) {
                progress(reader.bytes_read(), table.rows_done);
            }
        }
        let report = table.finish(reader.ends_with_line_break()).await?;
        self.follow().await?;
        Ok(report)
    }
}

/// Is a row of the table that waits to be looked up.
enum Waiting {
    Document { place: Place, document: Box<TravelDocument> },
    Refused { identity: DocumentIdentity },
}

/// Is a row that goes into the next batch.
struct Entering {
    row: String,
    content: [u8; 32],
    document: TravelDocument,
}

/// Is an import of a table under way.
struct TableImport<'a> {
    app: &'a App,
    ctx: &'a OpContext,
    now: Timestamp,
    source: String,
    file_hash: [u8; 32],
    edition: i64,
    confirm_withdrawals: Option<u64>,
    kept: Kept,
    terms: Terms,
    /// The same file was imported to its end before: nothing is written.
    is_known: bool,
    rows_done: u64,
    refused_unreadable: bool,
    waiting: Vec<Waiting>,
    entering: Vec<Entering>,
    /// Records that leave: replaced by what enters, or left out of a full edition.
    leaving: Vec<(RecordId, WithdrawalReason)>,
    changes: Vec<SystemChange>,
    report: ImportReport,
}

impl<'a> TableImport<'a> {
    async fn begin<R>(
        app: &'a App,
        ctx: &'a OpContext,
        import: &DocumentsImport<R>,
        now: Timestamp,
    ) -> Result<Self, AppError> {
        let source = source_of(&import.list)?;
        let (is_full, confirm_withdrawals) = match import.edition {
            TableEdition::Part => (false, None),
            TableEdition::Full { confirm_withdrawals } => (true, confirm_withdrawals),
        };
        let organisation = ctx.actor.organisation;
        let previous = app.store().import_progress(organisation, &source).await.map_err(AppError::Store)?;
        let begun = previous.as_ref().filter(|previous| previous.file_hash == import.file_hash);
        let begun = begun.and_then(|begun| Some((begun, Kept::read(&begun.kept)?)));
        let (edition, is_known, kept) = match (begun, &previous) {
            (Some((begun, kept)), _) if !begun.finished && kept.full == is_full => {
                (begun.edition, false, kept)
            }
            (Some((begun, kept)), _) if begun.finished && (kept.full || !is_full) => {
                (begun.edition, true, kept)
            }
            (_, previous) => {
                let edition = previous.as_ref().map_or(1, |previous| previous.edition + 1);
                let before = app.store().count_standing_rows(organisation, &source, edition).await;
                let held_before = before.map_err(AppError::Store)?;
                (edition, false, Kept { terms: Some(import.terms.clone()), full: is_full, held_before })
            }
        };
        let first = kept.terms.clone().filter(|terms| faults_of(terms, now).is_ok());
        let terms = first.unwrap_or_else(|| import.terms.clone());
        faults_of(&terms, now).map_err(AppError::Faulty)?;
        Ok(Self {
            app,
            ctx,
            now,
            source,
            file_hash: import.file_hash,
            edition,
            confirm_withdrawals,
            kept,
            terms,
            is_known,
            rows_done: 0,
            refused_unreadable: false,
            waiting: Vec::new(),
            entering: Vec::new(),
            leaving: Vec::new(),
            changes: Vec::new(),
            report: ImportReport::default(),
        })
    }

    async fn take(&mut self, row: CsvRow) -> Result<(), AppError> {
        self.rows_done += 1;
        match row {
            CsvRow::Document { .. } if self.is_known => self.report.unchanged += 1,
            CsvRow::Document { place, document } => self.waiting.push(Waiting::Document { place, document }),
            CsvRow::Refused { about, report, .. } => {
                self.report.refused += 1;
                self.report.report(report);
                match about {
                    About::Document(identity) => self.waiting.push(Waiting::Refused { identity }),
                    About::EarlierRow => {}
                    About::Unreadable => self.refused_unreadable = true,
                }
            }
        }
        if self.waiting.len() >= ROWS_AT_ONCE { self.settle().await } else { Ok(()) }
    }

    /// Looks up the rows that wait and decides what becomes of each.
    async fn settle(&mut self) -> Result<(), AppError> {
        let waiting = std::mem::take(&mut self.waiting);
        let ids: Vec<String> = waiting
            .iter()
            .map(|row| match row {
                Waiting::Document { document, .. } => row_id(&DocumentIdentity::of(document)),
                Waiting::Refused { identity } => row_id(identity),
            })
            .collect();
        let organisation = self.ctx.actor.organisation;
        let known = self.app.store().known_rows(organisation, &self.source, &ids).await;
        let known = known.map_err(AppError::Store)?;
        for ((waiting, id), known) in waiting.into_iter().zip(ids).zip(known) {
            match waiting {
                Waiting::Document { place, document } => self.decide(place, id, *document, known),
                // What it became before stays; a later table in which it can be read counts as changed.
                Waiting::Refused { .. } => {
                    if let Some(known) = known {
                        self.touch(id, &known, [0; 32]);
                    }
                }
            }
            let is_enough = self.entering.len() >= DOCUMENTS_PER_BATCH
                || self.leaving.len() >= WITHDRAWALS_PER_WRITE
                || self.changes.len() >= DOCUMENTS_PER_BATCH;
            if is_enough {
                self.write(false).await?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, place: Place, row: String, document: TravelDocument, known: Option<KnownRow>) {
        let content: [u8; 32] = Sha256::digest(encode(&document)).into();
        let today = self.now.day();
        let known = known.filter(|known| {
            // Erased because its time was over, not by an order: it is new again.
            known.state != HeadState::Erased || !reviews::is_to_be_erased(known.review_on, today)
        });
        let Some(known) = known else {
            self.report.added += 1;
            self.entering.push(Entering { row, content, document });
            return;
        };
        let record = known.row.record;
        let is_same = self.app.store().is_same_content(&known.row, &content);
        match known.state {
            HeadState::Active if is_same && !self.is_due(&known) => {
                self.report.unchanged += 1;
                self.touch(row, &known, content);
            }
            HeadState::Active => {
                if is_same {
                    self.report.renewed += 1;
                } else {
                    self.report.revised += 1;
                }
                self.leaving.push((record, WithdrawalReason::Replaced));
                self.entering.push(Entering { row, content, document });
            }
            HeadState::Withdrawn | HeadState::Erased if is_same => {
                self.report.unchanged += 1;
                self.touch(row, &known, content);
            }
            HeadState::Withdrawn | HeadState::Erased => {
                let fault = Fault { place: "record".to_owned(), code: FaultCode::Contradiction };
                self.report.refused += 1;
                self.report.report(rows_of_faults(None, place, &[fault]));
                self.touch(row, &known, [0; 32]);
            }
        }
    }

    /// Tells whether a row that says what it said is entered anew, because its review is near: its owner has just said
    /// that it still holds.
    fn is_due(&self, known: &KnownRow) -> bool {
        let today = self.now.day().days();
        let half_a_term = (self.terms.review_on.days() - today) / 2;
        let left = known.review_on.days() - today;
        known.row.edition < self.edition && left <= half_a_term.min(REVIEW_RENEWAL_DAYS)
    }

    /// Remembers that this edition has a row; of no use where what is left out stays.
    fn touch(&mut self, row: String, known: &KnownRow, content: [u8; 32]) {
        if self.kept.full && known.row.edition < self.edition {
            self.remember(row, known.row.record, content);
        }
    }

    fn remember(&mut self, row: String, record: RecordId, content: [u8; 32]) {
        self.changes.push(SystemChange::RememberImport(StoredRow {
            organisation: self.ctx.actor.organisation,
            source: self.source.clone(),
            source_id: row,
            record,
            content,
            edition: self.edition,
        }));
    }

    /// Stores what was gathered: the batch, what it replaces, the memory of the rows, all or nothing.
    async fn write(&mut self, finished: bool) -> Result<(), AppError> {
        let is_nothing = self.entering.is_empty() && self.leaving.is_empty() && self.changes.is_empty();
        if self.is_known || (is_nothing && !finished) {
            return Ok(());
        }
        let idempotency = self.name_of_batch();
        let mut entries = Vec::new();
        if !self.entering.is_empty() {
            entries.push(self.enter_batch()?);
        }
        entries.extend(self.end_leaving().await?);
        let hashes: Vec<EntryHash> = entries.iter().map(|entry| entry.hash).collect();
        let mut tx = self.app.store().begin_write(idempotency);
        entries.into_iter().for_each(|entry| tx.append(entry));
        self.changes.drain(..).for_each(|change| tx.change_system(change));
        tx.change_system(SystemChange::SetImportProgress(ImportProgress {
            organisation: self.ctx.actor.organisation,
            source: self.source.clone(),
            edition: self.edition,
            file_hash: self.file_hash,
            rows_done: self.rows_done,
            finished,
            kept: self.kept.to_bytes(),
        }));
        let line = self.app.write_line(self.ctx, Operation::ImportList, self.app.now(), Vec::new(), hashes);
        tx.commit(line).await.map_err(|error| self.app.refused_by_store(error))?;
        self.app.follow().await
    }

    /// Names a batch by its rows: two runs of one table at the same time enter it once.
    fn name_of_batch(&self) -> Option<Idempotency> {
        if self.entering.is_empty() {
            return None;
        }
        let mut hash = Sha256::new()
            .chain_update(b"barid/import-batch/v2\0")
            .chain_update(self.source.as_bytes())
            .chain_update([0])
            .chain_update(self.edition.to_be_bytes());
        for entering in &self.entering {
            hash.update(entering.row.as_bytes());
            hash.update([0]);
            hash.update(entering.content);
        }
        let request: [u8; 32] = hash.finalize().into();
        let mut key = [0u8; 16];
        key.copy_from_slice(&request[..16]);
        let organisation = self.ctx.actor.organisation;
        Some(Idempotency { organisation, key: IdempotencyKey::from_random(key), request })
    }

    fn enter_batch(&mut self) -> Result<NewEntry, AppError> {
        let (rows, documents): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entering)
            .into_iter()
            .map(|entering| ((entering.row, entering.content), entering.document))
            .unzip();
        let batch = self.app.batch_entry(self.ctx, &self.terms, documents, self.now)?;
        let records: Vec<RecordId> = batch.items.iter().map(|item| item.record).collect();
        for ((row, content), record) in rows.into_iter().zip(records) {
            self.remember(row, record, content);
        }
        Ok(batch)
    }

    async fn end_leaving(&mut self) -> Result<Vec<NewEntry>, AppError> {
        let leaving = std::mem::take(&mut self.leaving);
        let mut entries = Vec::with_capacity(leaving.len());
        for (record, reason) in leaving {
            let head = self.app.store().head(record).await.map_err(AppError::Store)?;
            let Some(head) = head.filter(|head| head.state == HeadState::Active) else { continue };
            let (_, entry) = self.app.withdrawal_entry(self.ctx, &head, reason, self.now).await?;
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Withdraws what a full edition leaves out, unless something speaks against it, and ends the import.
    async fn finish(mut self, ends_with_line_break: bool) -> Result<ImportReport, AppError> {
        self.settle().await?;
        self.write(false).await?;
        if self.is_known {
            return Ok(self.report);
        }
        let complete = self.report.broken_off.is_none();
        if self.kept.full {
            self.withdraw_left_out(complete, ends_with_line_break).await?;
        }
        let is_held = self.report.withdrawals_held > 0;
        self.write(complete && !is_held).await?;
        Ok(self.report)
    }

    async fn withdraw_left_out(
        &mut self,
        complete: bool,
        ends_with_line_break: bool,
    ) -> Result<(), AppError> {
        let organisation = self.ctx.actor.organisation;
        let store = self.app.store();
        let count = store.count_standing_rows(organisation, &self.source, self.edition).await;
        let count = count.map_err(AppError::Store)?;
        self.report.held_back = match () {
            () if count == 0 => None,
            () if !complete => Some("the reading broke off"),
            () if !ends_with_line_break => Some("the last row has no line break: the table may be cut off"),
            () if self.refused_unreadable => Some("a refused row has no readable number, country and type"),
            () if self.rows_done == 0 => Some("the table is empty"),
            () if are_held(count, self.kept.held_before, self.confirm_withdrawals) => {
                self.report.withdrawals_held = count;
                Some("so many are left out")
            }
            () => None,
        };
        if self.report.held_back.is_some() {
            return Ok(());
        }
        loop {
            let page = WITHDRAWALS_PER_WRITE as u32;
            let rows = store.rows_left_out(organisation, &self.source, self.edition, page).await;
            let rows = rows.map_err(AppError::Store)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let head = store.head(row.record).await.map_err(AppError::Store)?;
                if head.is_some_and(|head| head.state == HeadState::Active) {
                    self.leaving.push((row.record, WithdrawalReason::Delisted));
                    self.report.withdrawn += 1;
                }
                self.changes.push(SystemChange::ForgetImport {
                    organisation,
                    source: self.source.clone(),
                    source_id: row.source_id,
                });
            }
            self.write(false).await?;
        }
    }
}

/// Names a table among the sources of imports.
fn source_of(list: &str) -> Result<String, AppError> {
    let fits = (1..=LIST_CAP).contains(&list.len())
        && list.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(format!("table-{list}"))
    } else {
        Err(AppError::Faulty(vec![Fault { place: "list".to_owned(), code: FaultCode::BadCharacters }]))
    }
}

/// What a row is remembered by; the store keeps it as a keyed hash.
fn row_id(identity: &DocumentIdentity) -> String {
    format!("{}/{}/{}", identity.issuing_country, identity.document_type.number(), identity.number)
}

fn faults_of(terms: &Terms, now: Timestamp) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    terms.check(now.day(), &mut faults);
    faults.into_result()
}
