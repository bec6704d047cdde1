//! Importing outside lists: what all imports have in common, and the UN Security Council list as reference. A bureau's
//! own tables are in `table_imports`.
//!
//! An import is idempotent (the same file twice changes nothing), resumable (each transaction remembers its rows, so a
//! second run goes on where the first broke off) and honest: a refused row is reported with its place and reason, the
//! rest goes in, and a row that was refused is never taken for one that the source withdrew. An edition that leaves out
//! much of what its source holds withdraws nothing until an operator has confirmed the number.

use std::io::BufRead;

use barid_domain::audit::Operation;
use barid_domain::codes::{
    Classification, Database, Handling, InformationGrade, Purpose, SourceGrade, WithdrawalReason,
};
use barid_domain::contents::{Content, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::{Fault, FaultCode};
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::objects::Object;
use barid_domain::persons::Person;
use barid_domain::terms::{Provenance, Terms};
use barid_formats::edition::Fingerprint;
use barid_formats::report::{Place, ReportCode, ReportRow, rows_of_faults};
use barid_formats::un::{Limits, UnItem, UnReader, to_group, to_person};
use barid_store::{
    HandedOver, HeadState, ImportProgress, ImportRow as StoredRow, ImportedRow, KnownRow, NewEntry,
    SystemChange,
};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::NewVersion;
use crate::table_imports::is_new_again;

/// The name of the UN list in the import tables.
const UN_SOURCE: &str = "un-sc-consolidated";
/// Rows of one transaction.
const ROWS_PER_WRITE: usize = 200;
/// The most report rows that are kept; further ones are counted.
const REPORT_ROWS_CAP: usize = 10_000;
/// For how many days a listing is held before it is looked at again.
const REVIEW_DAYS: i32 = 365;
/// How near a review must be for a row that says what it said to put it off: the source has just said that it holds.
pub(crate) const REVIEW_RENEWAL_DAYS: i32 = 90;
/// How many records an edition may leave out without being asked about it, whatever their share.
const LEFT_OUT_UNASKED: u64 = 25;
/// Of how many records one may be left out without asking.
const LEFT_OUT_SHARE: u64 = 5;
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
    /// Rows that said what they had said before, and put off a review that was near.
    pub renewed: u64,
    /// Records whose rows the source left out.
    pub withdrawn: u64,
    /// Records that an edition left out and that stand, because they are too many to go unasked; 0 otherwise. The same
    /// import with this number confirmed withdraws them.
    pub withdrawals_held: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Items of a list for which there is no database.
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

/// Tells whether withdrawals wait for an operator: more than a fifth of what the source held before, and more than 25
/// records. A confirmed number holds for that number and no other.
pub(crate) fn are_held(left_out: u64, held_before: u64, confirmed: Option<u64>) -> bool {
    match confirmed {
        Some(count) => count != left_out,
        None => left_out > LEFT_OUT_UNASKED && left_out.saturating_mul(LEFT_OUT_SHARE) > held_before,
    }
}

/// Is what an import keeps with its progress, for the run that goes on with it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Kept {
    /// The terms of the first run, where the caller gives them.
    #[n(0)]
    pub(crate) terms: Option<Terms>,
    /// Whether rows left out are withdrawn.
    #[n(1)]
    pub(crate) full: bool,
    /// How many records of the source stood before this edition: what a share of it is a share of.
    #[n(2)]
    pub(crate) held_before: u64,
}

impl Kept {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }
    /// Reads it back; `None` for a progress without it.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        minicbor::decode(bytes).ok()
    }
}

impl ImportReport {
    pub(crate) fn report(&mut self, rows: impl IntoIterator<Item = ImportRow>) {
        for row in rows {
            if self.rows.len() < REPORT_ROWS_CAP {
                self.rows.push(row);
            } else {
                self.rows_beyond += 1;
            }
        }
    }
}

impl App {
    /// Imports an edition of the UN Security Council's consolidated list as reference held by the caller.
    pub async fn import_un<R: BufRead>(
        &self,
        ctx: &OpContext,
        source: R,
        file_hash: [u8; 32],
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.import_un_confirmed(ctx, source, file_hash, None, progress).await
    }

    /// The same, with the number of withdrawals that an operator confirmed after they had been held back.
    pub async fn import_un_confirmed<R: BufRead>(
        &self,
        ctx: &OpContext,
        source: R,
        file_hash: [u8; 32],
        confirm_withdrawals: Option<u64>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let done = self.import_un_list(ctx, source, file_hash, confirm_withdrawals, progress).await;
        self.journal_refusal(ctx, Operation::ImportList, None, done).await
    }

    async fn import_un_list<R: BufRead>(
        &self,
        ctx: &OpContext,
        source: R,
        file_hash: [u8; 32],
        confirm_withdrawals: Option<u64>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        self.may_write(ctx, Operation::ImportList)?;
        let now = self.now();
        self.may_hold(ctx, Database::Persons, &reference_terms("-", None, now.day()))?;
        let mut reader = UnReader::new(source, now.day(), Limits::default());
        // The first item, so that the root element with the edition's day has been read.
        let mut next = reader.next();
        let generated_on = reader.generated_on();
        if generated_on.is_none() && !matches!(next, Some(Err(_))) {
            // Taken for today's it would make the editions of the days before look older.
            return Err(AppError::Import("without the day it was generated on".to_owned()));
        }
        let mut import = UnImport::begin(self, ctx, file_hash, generated_on, now).await?;
        import.confirm_withdrawals = confirm_withdrawals;
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

    /// Tells whether a file of the UN list still has to be imported: no edition is in yet, this one only in part, or by a
    /// version that left the organisations out.
    pub async fn un_import_is_due(&self, ctx: &OpContext, file_hash: &[u8; 32]) -> Result<bool, AppError> {
        let progress =
            self.store().import_progress(ctx.actor.organisation, UN_SOURCE).await.map_err(AppError::Store)?;
        Ok(progress.is_none_or(|progress| {
            let of_older_version = progress.file_hash == *file_hash;
            of_older_version || (progress.file_hash == hash_with_groups(file_hash) && !progress.finished)
        }))
    }
}

/// What a file is remembered by since organisations are imported: one that was taken in while they were only counted is
/// another file.
fn hash_with_groups(file_hash: &[u8; 32]) -> [u8; 32] {
    Sha256::new_with_prefix(b"barid/un-list/persons-and-groups\0").chain_update(file_hash).finalize().into()
}

/// Is a row of the list with the record it becomes.
struct Listing {
    data_id: String,
    place: Place,
    fingerprint: Fingerprint,
    reference_number: String,
    stated: Stated,
}

/// Is what a row states.
enum Stated {
    Person(Box<Person>),
    Group(Box<Object>),
}

impl Stated {
    fn database(&self) -> Database {
        match self {
            Self::Person(_) => Database::Persons,
            Self::Group(group) => group.database,
        }
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
    kept: Kept,
    confirm_withdrawals: Option<u64>,
    rows_done: u64,
    refused_without_id: bool,
    /// Rows that were read and not looked up yet.
    waiting: Vec<UnItem>,
    /// Rows that are no more what their record is: they withdraw it, so they wait until all of them are counted.
    changing_kind: Vec<(RecordId, Listing)>,
    /// Versions that were made and not sealed yet.
    persons: Vec<NewVersion<Person>>,
    groups: Vec<NewVersion<Object>>,
    entries: Vec<NewEntry>,
    hashes: Vec<EntryHash>,
    changes: Vec<SystemChange>,
    /// The write before, on its way to the disk while the next rows are read and sealed.
    on_its_way: Option<HandedOver>,
    report: ImportReport,
}

impl<'a> UnImport<'a> {
    async fn begin(
        app: &'a App,
        ctx: &'a OpContext,
        file_hash: [u8; 32],
        generated_on: Option<Day>,
        now: Timestamp,
    ) -> Result<Self, AppError> {
        let file_hash = hash_with_groups(&file_hash);
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
        let begun = previous.as_ref().filter(|previous| previous.edition == edition);
        let kept = match begun.and_then(|begun| Kept::read(&begun.kept)) {
            Some(kept) => kept,
            None => {
                let before =
                    app.store().count_standing_rows(ctx.actor.organisation, UN_SOURCE, edition).await;
                Kept { terms: None, full: true, held_before: before.map_err(AppError::Store)? }
            }
        };
        Ok(Self {
            app,
            ctx,
            now,
            file_hash,
            generated_on,
            edition,
            is_known,
            kept,
            confirm_withdrawals: None,
            rows_done: 0,
            refused_without_id: false,
            waiting: Vec::new(),
            changing_kind: Vec::new(),
            persons: Vec::new(),
            groups: Vec::new(),
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
        let ids: Vec<String> = items.iter().map(|item| row_id(item).unwrap_or_default().to_owned()).collect();
        let organisation = self.ctx.actor.organisation;
        // What was ordered while the rows before were entered.
        self.app.see_new_orders().await?;
        let known = self.app.store().known_rows(organisation, UN_SOURCE, &ids).await;
        for (item, known) in items.into_iter().zip(known.map_err(AppError::Store)?) {
            self.rows_done += 1;
            match item {
                UnItem::Individual(mut individual) => {
                    let rows = std::mem::take(&mut individual.report);
                    self.report.report(rows);
                    let person = to_person(&individual, self.now.day());
                    let listing = person.map(|person| Listing {
                        data_id: individual.data_id.clone(),
                        place: individual.place,
                        fingerprint: individual.fingerprint,
                        reference_number: individual.reference_number.clone(),
                        stated: Stated::Person(Box::new(person)),
                    });
                    self.take_read(&individual.data_id, individual.place, listing, known).await?;
                }
                UnItem::Entity(mut entity) => {
                    let rows = std::mem::take(&mut entity.report);
                    self.report.report(rows);
                    let group = to_group(&entity, self.now.day());
                    let listing = group.map(|group| Listing {
                        data_id: entity.data_id.clone(),
                        place: entity.place,
                        fingerprint: entity.fingerprint,
                        reference_number: entity.reference_number.clone(),
                        stated: Stated::Group(Box::new(group)),
                    });
                    self.take_read(&entity.data_id, entity.place, listing, known).await?;
                }
                UnItem::Refused(refusal) => {
                    // The row of an identifier that was there before says nothing about the record that it names.
                    let is_repeat = refusal.data_id.is_some()
                        && refusal
                            .report
                            .iter()
                            .any(|row| row.field == "DATAID" && row.code == ReportCode::Duplicate);
                    self.report.report(refusal.report);
                    if is_repeat {
                        self.report.refused += 1;
                    } else {
                        self.take_refused(refusal.data_id.as_deref(), known);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes a row that was read: into its record, or with the faults for which there is none.
    async fn take_read(
        &mut self,
        data_id: &str,
        place: Place,
        listing: Result<Listing, Vec<Fault>>,
        known: Option<KnownRow>,
    ) -> Result<(), AppError> {
        match listing {
            Ok(listing) => self.take_listing(listing, known).await,
            Err(faults) => {
                self.report.report(rows_of_faults(Some(data_id), place, &faults));
                self.take_refused(Some(data_id), known);
                Ok(())
            }
        }
    }

    async fn take_listing(&mut self, listing: Listing, known: Option<KnownRow>) -> Result<(), AppError> {
        let standing = known.as_ref().filter(|known| !self.is_new_again(known));
        if let Some(order) = self.order_against(&listing, standing) {
            self.take_barred(&listing, known, order);
            return Ok(());
        }
        if let Some(known) = &known {
            let is_same = self.app.store().is_same_content(&known.row, &listing.fingerprint);
            let stays_as_it_is = is_same && !self.is_due(known);
            if self.app.row_goes_against_order(known, &listing.fingerprint, stays_as_it_is).await? {
                let record = known.row.record;
                self.take_contradicting(&listing, *known);
                if is_same {
                    // It stays known for what it said: it is not taken for a correction later.
                    self.remember(&listing.data_id, record, listing.fingerprint);
                }
                return Ok(());
            }
        }
        let Some(known) = known.filter(|known| !self.is_new_again(known)) else {
            self.add(listing);
            return Ok(());
        };
        let record = known.row.record;
        let is_same = self.app.store().is_same_content(&known.row, &listing.fingerprint);
        if is_same && !self.is_due(&known) {
            self.report.unchanged += 1;
            if known.row.edition == self.edition {
                return Ok(());
            }
        } else if known.state != HeadState::Active {
            self.take_contradicting(&listing, known);
            return Ok(());
        } else {
            let head = self.app.store().head(record).await.map_err(AppError::Store)?;
            let head = head.ok_or(AppError::Absent)?;
            if head.database != listing.stated.database() {
                // A person does not become a group: what was listed is no more, and the row is a new record.
                self.changing_kind.push((record, listing));
                return Ok(());
            }
            match is_same {
                true => self.report.renewed += 1,
                false => self.report.revised += 1,
            }
            let terms = self.terms(&listing);
            let images = self.app.standing_images(self.ctx, record).await?;
            self.remember(&listing.data_id, record, listing.fingerprint);
            match listing.stated {
                Stated::Person(person) => {
                    self.persons.push(NewVersion::behind(&head, terms, *person, images));
                }
                Stated::Group(group) => self.groups.push(NewVersion::behind(&head, terms, *group, images)),
            }
            return Ok(());
        }
        self.remember(&listing.data_id, record, listing.fingerprint);
        Ok(())
    }

    fn is_new_again(&self, known: &KnownRow) -> bool {
        !self.is_known && is_new_again(known, self.now.day())
    }

    /// Enters a row as a record of its own.
    fn add(&mut self, listing: Listing) {
        let record = RecordId::from_random(self.app.ports().draw());
        self.report.added += 1;
        let terms = self.terms(&listing);
        self.remember(&listing.data_id, record, listing.fingerprint);
        match listing.stated {
            Stated::Person(person) => self.persons.push(NewVersion::first(record, terms, *person)),
            Stated::Group(group) => self.groups.push(NewVersion::first(record, terms, *group)),
        }
    }

    /// Tells whether an unchanged row puts off its review: a newer edition has it still, and the review is near or past.
    fn is_due(&self, known: &KnownRow) -> bool {
        let left = known.review_on.days() - self.now.day().days();
        known.state == HeadState::Active && known.row.edition < self.edition && left <= REVIEW_RENEWAL_DAYS
    }

    /// The order of the commission that stands in the way of writing a row of a person. A row for which nothing is written is none
    /// of its business.
    fn order_against(&self, listing: &Listing, known: Option<&KnownRow>) -> Option<EntryHash> {
        let Stated::Person(person) = &listing.stated else { return None };
        let order = self.app.barred().order_against(person)?;
        let is_written = known.is_none_or(|known| {
            let is_same = self.app.store().is_same_content(&known.row, &listing.fingerprint);
            !is_same || self.is_due(known)
        });
        is_written.then_some(order)
    }

    /// A row of somebody who is not to be entered again is refused and reported, and the attempt counted.
    fn take_barred(&mut self, listing: &Listing, known: Option<KnownRow>, order: EntryHash) {
        let id = listing.data_id.as_str();
        let fault = Fault { place: "record".to_owned(), code: FaultCode::ReEntryBarred };
        self.report.report(rows_of_faults(Some(id), listing.place, &[fault]));
        let organisation = self.ctx.actor.organisation;
        self.changes.push(SystemChange::NoteReEntry { organisation, order });
        self.take_refused(Some(id), known);
    }

    /// A row whose record was withdrawn or erased here: what stands does, the row is refused and reported.
    fn take_contradicting(&mut self, listing: &Listing, known: KnownRow) {
        let id = listing.data_id.as_str();
        let fault = Fault { place: "record".to_owned(), code: FaultCode::Contradiction };
        self.report.report(rows_of_faults(Some(id), listing.place, &[fault]));
        self.take_refused(Some(id), Some(known));
    }

    fn terms(&self, listing: &Listing) -> Terms {
        reference_terms(&listing.reference_number, self.generated_on, self.now.day())
    }

    /// Seals what waits for it and puts it into the transaction at hand.
    fn seal_drafts(&mut self) -> Result<(), AppError> {
        let (ctx, now) = (self.ctx, self.now);
        let persons = std::mem::take(&mut self.persons);
        let persons = self.app.version_entries(ctx, Database::Persons, persons, Content::Person, now)?;
        let (groups, database) = (std::mem::take(&mut self.groups), Database::OrganisationsAndNetworks);
        let groups = self.app.version_entries(ctx, database, groups, Content::Object, now)?;
        for sealed in [persons, groups] {
            self.hashes.extend(sealed.iter().map(|entry| entry.hash));
            self.entries.extend(sealed);
        }
        Ok(())
    }

    /// A refused row keeps what it became before; a later edition that reads again counts as changed.
    fn take_refused(&mut self, data_id: Option<&str>, known: Option<KnownRow>) {
        self.report.refused += 1;
        let Some(data_id) = data_id else {
            self.refused_without_id = true;
            return;
        };
        if let Some(known) = known {
            self.remember(data_id, known.row.record, [0; 32]);
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
            kept: self.kept.to_bytes(),
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
        let store = self.app.store();
        let count = store.count_standing_rows(organisation, UN_SOURCE, self.edition).await;
        let count = count.map_err(AppError::Store)?;
        self.report.held_back = match () {
            () if count == 0 => None,
            () if !complete => Some("the reading broke off"),
            () if self.refused_without_id => Some("a refused row has no readable id"),
            () if self.rows_done == 0 => Some("the edition is empty"),
            () if are_held(count, self.kept.held_before, self.confirm_withdrawals) => {
                self.report.withdrawals_held = count;
                Some("so many are left out")
            }
            () => None,
        };
        if self.report.held_back.is_none() && complete {
            self.enter_changing_kind().await?;
            self.withdraw_left_out().await?;
        }
        // What is held waits for its confirmation: the same edition is taken up again for it.
        let is_held = self.report.withdrawals_held > 0 || !self.changing_kind.is_empty();
        self.write(complete && !is_held).await?;
        self.settle().await?;
        Ok(self.report)
    }

    /// Enters the rows that are another record now, and withdraws what they were.
    async fn enter_changing_kind(&mut self) -> Result<(), AppError> {
        let mut changing = std::mem::take(&mut self.changing_kind).into_iter().peekable();
        while changing.peek().is_some() {
            self.app.see_new_orders().await?;
            for (record, listing) in changing.by_ref().take(ROWS_PER_WRITE / 2) {
                if let Some(order) = self.order_against(&listing, None) {
                    // It waited, and the order came meanwhile: what it was stays.
                    self.take_barred(&listing, None, order);
                    self.remember(&listing.data_id, record, [0; 32]);
                    continue;
                }
                self.withdraw_listed(record).await?;
                self.add(listing);
            }
            self.write(false).await?;
            self.settle().await?;
        }
        Ok(())
    }

    async fn withdraw_left_out(&mut self) -> Result<(), AppError> {
        let organisation = self.ctx.actor.organisation;
        loop {
            let page = ROWS_PER_WRITE as u32;
            let rows = self.app.store().rows_left_out(organisation, UN_SOURCE, self.edition, page).await;
            let rows: Vec<ImportedRow> = rows.map_err(AppError::Store)?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                self.withdraw(row.record, row.source_id).await?;
            }
            self.write(false).await?;
            // The next page is what is left behind this one.
            self.settle().await?;
        }
    }

    async fn withdraw(&mut self, record: RecordId, source_id: [u8; 32]) -> Result<(), AppError> {
        self.withdraw_listed(record).await?;
        let (organisation, source) = (self.ctx.actor.organisation, UN_SOURCE.to_owned());
        self.changes.push(if self.app.must_remember_row(record) {
            SystemChange::KeepImport { organisation, source, source_id, edition: self.edition }
        } else {
            SystemChange::ForgetImport { organisation, source, source_id }
        });
        Ok(())
    }

    /// Withdraws a record that is listed no more.
    async fn withdraw_listed(&mut self, record: RecordId) -> Result<(), AppError> {
        let head = self.app.store().head(record).await.map_err(AppError::Store)?;
        if let Some(head) = head.filter(|head| head.state == HeadState::Active) {
            let (hash, entry) =
                self.app.withdrawal_entry(self.ctx, &head, WithdrawalReason::Delisted, self.now).await?;
            self.hashes.push(hash);
            self.entries.push(entry);
            self.report.withdrawn += 1;
        }
        Ok(())
    }
}

/// The row's own id in the list, where it can be read.
fn row_id(item: &UnItem) -> Option<&str> {
    match item {
        UnItem::Individual(individual) => Some(&individual.data_id),
        UnItem::Entity(entity) => Some(&entity.data_id),
        UnItem::Refused(refusal) => refusal.data_id.as_deref(),
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
        kept: None,
    }
}
