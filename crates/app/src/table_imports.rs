//! Importing a bureau's own tables: what all of them have in common, whatever their rows state and however they are
//! entered ([`OwnTable`]).
//!
//! A row is known by an id and remembered with a keyed fingerprint of what it says: so the same table on any day changes
//! nothing, a mended one adds and revises the rows that differ and no other, and an import that broke off goes on with
//! the terms of its first run. Only an edition that the caller calls whole withdraws what it leaves out. A dry run takes
//! the same decisions and writes nothing.

use std::sync::Arc;

use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Database, WithdrawalReason};
use barid_domain::contents::{Content, RecordVersion, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::{Fault, FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::orders::OrderBook;
use barid_domain::persons::Person;
use barid_domain::retention::Held;
use barid_domain::reviews;
use barid_domain::terms::Terms;
use barid_formats::mapped_rows::{AboutRow, MappedRow};
use barid_formats::mapping::TableMapping;
use barid_formats::report::{Place, ReportRow, rows_of_faults};
use barid_store::{
    HeadState, Idempotency, ImportProgress, ImportRow as StoredRow, KnownRow, NewEntry, SystemChange,
};
use minicbor::Encode;
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::imports::{ImportReport, Kept, REVIEW_RENEWAL_DAYS, are_held};
use crate::records::NewVersion;

/// Rows that are looked up at once.
const ROWS_AT_ONCE: usize = 256;
/// Memories of rows that are stored at once.
const CHANGES_PER_WRITE: usize = 10_000;
/// The most withdrawals of one transaction: each is an entry of its own.
const WITHDRAWALS_PER_WRITE: usize = 500;
/// Rows between two reports of progress.
const ROWS_PER_PROGRESS: u64 = 1_000;
/// The longest name of a table, in characters.
const LIST_CAP: usize = 30;

/// Says what a row that is not in a table means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableEdition {
    /// Nothing: the table holds what is new or changed.
    Part,
    /// That its record is no longer held: the table is the whole of what the list holds.
    Full {
        /// How many records may be withdrawn, where they were held back and the operator has looked.
        confirm_withdrawals: Option<u64>,
    },
}

/// Says whether an import writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// It does.
    Real,
    /// It says what would happen, and writes nothing.
    Dry,
}

/// Is a table as it is read, row by row, and how its rows are entered.
pub(crate) trait OwnTable {
    /// What a row states.
    type Statement: Encode<()>;

    /// Rows that are entered in one transaction.
    const ROWS_PER_WRITE: usize;
    /// Why nothing is withdrawn behind a refused row that could be any.
    const UNREADABLE: &'static str;

    /// Why a reading broke off; shown.
    type ReadError: std::fmt::Display;

    /// The person that a statement is of, where it is one.
    fn person_of(_: &Self::Statement) -> Option<&Person> {
        None
    }

    /// Which database a statement is of, where rows of one table may be of several: one that is of another than before becomes
    /// another record, and the one before is withdrawn.
    fn database_of(_: &Self::Statement) -> Option<Database> {
        None
    }

    fn next_row(&mut self) -> Option<Result<TableRow<Self::Statement>, Self::ReadError>>;

    fn ends_with_line_break(&self) -> bool;

    fn bytes_read(&self) -> u64;

    /// How often each path of the format was met, where it counts them.
    fn paths(&self) -> Vec<(String, u64)> {
        Vec::new()
    }

    /// Makes the entries of some rows, and says which record each row becomes, in their order.
    async fn enter(
        &self,
        desk: &Desk<'_>,
        rows: Vec<EnteringRow<Self::Statement>>,
    ) -> Result<(Vec<NewEntry>, Vec<RecordId>), AppError>;
}

/// Is a row as it was read.
pub(crate) enum TableRow<S> {
    /// It states something, and is known by an id; what was cleaned or left out, and what somebody should look at.
    Stated { place: Place, id: String, statement: S, remarks: Vec<ReportRow> },
    /// It is refused.
    Refused { about: About, report: Vec<ReportRow> },
    /// There is no database for it.
    NotImported { report: Vec<ReportRow> },
}

/// Says which row a refused one is.
pub(crate) enum About {
    /// The row of this id.
    Row(String),
    /// One that an earlier row spoke of, which alone counts.
    EarlierRow,
    /// Its id can't be read.
    Unreadable,
}

/// Is a row that goes into the next write.
pub(crate) struct EnteringRow<S> {
    pub(crate) id: String,
    content: [u8; 32],
    pub(crate) statement: S,
    /// The record that says something else so far, or whose review is near.
    pub(crate) revises: Option<RecordId>,
    place: Place,
    /// Whether it says what its record says.
    is_renewal: bool,
}

/// Is who enters rows, under which terms and when.
pub(crate) struct Desk<'a> {
    pub(crate) app: &'a App,
    pub(crate) ctx: &'a OpContext,
    pub(crate) terms: Terms,
    pub(crate) now: Timestamp,
}

/// Is a table to be imported, whatever is in it.
pub(crate) struct TableOrder {
    /// What its rows are remembered under; see [`list_name`].
    pub(crate) source: String,
    /// The database whose period its terms keep to.
    pub(crate) database: Database,
    pub(crate) file_hash: [u8; 32],
    pub(crate) terms: Terms,
    pub(crate) edition: TableEdition,
    pub(crate) run: Run,
    pub(crate) now: Timestamp,
}

impl App {
    /// Tells whether the caller may import a table of its own under these terms.
    pub(crate) fn may_import(&self, ctx: &OpContext, terms: &Terms) -> Result<(), AppError> {
        self.may_write(ctx, Operation::ImportList)?;
        // Who imports tables enters into every database.
        self.may_hold(ctx, Database::Persons, terms)
    }

    /// Imports a table; [`App::may_import`] goes first.
    pub(crate) async fn import_table<T: OwnTable>(
        &self,
        ctx: &OpContext,
        table: T,
        order: TableOrder,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<ImportReport, AppError> {
        let mut import = TableImport::begin(self, ctx, table, order).await?;
        while let Some(row) = import.table.next_row() {
            match row {
                Ok(row) => import.take(row).await?,
                Err(error) => {
                    import.report.broken_off = Some(error.to_string());
                    break;
                }
            }
            if import.rows_done.is_multiple_of(ROWS_PER_PROGRESS) {
                progress(import.table.bytes_read(), import.rows_done);
            }
        }
        import.report.paths = import.table.paths();
        let report = import.finish().await?;
        self.follow().await?;
        Ok(report)
    }

    /// Makes the withdrawals of those records that still stand.
    pub(crate) async fn withdrawal_entries(
        &self,
        ctx: &OpContext,
        leaving: Vec<RecordId>,
        reason: WithdrawalReason,
        now: Timestamp,
    ) -> Result<Vec<NewEntry>, AppError> {
        let mut entries = Vec::with_capacity(leaving.len());
        for record in leaving {
            let head = self.store().head(record).await.map_err(AppError::Store)?;
            let Some(head) = head.filter(|head| head.state == HeadState::Active) else { continue };
            let (_, entry) = self.withdrawal_entry(ctx, &head, reason, now).await?;
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// Is a row of the table that waits to be looked up.
enum Waiting<S> {
    Stated { place: Place, statement: S },
    Refused,
}

/// Is an import of a table under way.
struct TableImport<'a, T: OwnTable> {
    desk: Desk<'a>,
    table: T,
    run: Run,
    source: String,
    file_hash: [u8; 32],
    edition: i64,
    confirm_withdrawals: Option<u64>,
    kept: Kept,
    /// The orders that the rows gathered so far were held against.
    orders: Arc<OrderBook>,
    /// The same file was imported to its end before: nothing is written.
    is_known: bool,
    rows_done: u64,
    refused_unreadable: bool,
    waiting: Vec<(String, Waiting<T::Statement>)>,
    entering: Vec<EnteringRow<T::Statement>>,
    /// How many of those revise a record.
    revising: usize,
    /// Rows whose record is of another database so far: they withdraw it, so they wait until all of them are counted.
    changing_kind: Vec<EnteringRow<T::Statement>>,
    /// Records that a full edition leaves out.
    leaving: Vec<RecordId>,
    changes: Vec<SystemChange>,
    /// Records of earlier editions that stand and that this one has: a dry run does not write it down.
    seen_standing: u64,
    report: ImportReport,
}

impl<'a, T: OwnTable> TableImport<'a, T> {
    async fn begin(app: &'a App, ctx: &'a OpContext, table: T, order: TableOrder) -> Result<Self, AppError> {
        let TableOrder { source, database, file_hash, terms, edition, run, now } = order;
        let (is_full, confirm_withdrawals) = match edition {
            TableEdition::Part => (false, None),
            TableEdition::Full { confirm_withdrawals } => (true, confirm_withdrawals),
        };
        let organisation = ctx.actor.organisation;
        let previous = app.store().import_progress(organisation, &source).await.map_err(AppError::Store)?;
        let begun = previous.as_ref().filter(|previous| previous.file_hash == file_hash);
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
                (edition, false, Kept { terms: Some(terms.clone()), full: is_full, held_before })
            }
        };
        let first = kept.terms.clone().filter(|terms| faults_of(terms, database, now).is_ok());
        let terms = first.unwrap_or(terms);
        faults_of(&terms, database, now).map_err(AppError::Faulty)?;
        Ok(Self {
            desk: Desk { app, ctx, terms, now },
            table,
            run,
            source,
            file_hash,
            edition,
            confirm_withdrawals,
            kept,
            orders: app.order_book(),
            is_known,
            rows_done: 0,
            refused_unreadable: false,
            waiting: Vec::new(),
            entering: Vec::new(),
            revising: 0,
            changing_kind: Vec::new(),
            leaving: Vec::new(),
            changes: Vec::new(),
            seen_standing: 0,
            report: ImportReport::default(),
        })
    }

    async fn take(&mut self, row: TableRow<T::Statement>) -> Result<(), AppError> {
        self.rows_done += 1;
        match row {
            TableRow::Stated { remarks, .. } if self.is_known => {
                self.report.unchanged += 1;
                self.report.report(remarks);
            }
            TableRow::Stated { place, id, statement, remarks } => {
                self.report.report(remarks);
                self.waiting.push((id, Waiting::Stated { place, statement }));
            }
            TableRow::Refused { about, report } => {
                self.report.refused += 1;
                self.report.report(report);
                match about {
                    About::Row(id) => self.waiting.push((id, Waiting::Refused)),
                    About::EarlierRow => {}
                    About::Unreadable => self.refused_unreadable = true,
                }
            }
            TableRow::NotImported { report } => {
                self.report.not_imported += 1;
                self.report.report(report);
            }
        }
        if self.waiting.len() >= ROWS_AT_ONCE { self.settle().await } else { Ok(()) }
    }

    /// Looks up the rows that wait and decides what becomes of each.
    async fn settle(&mut self) -> Result<(), AppError> {
        let (ids, waiting): (Vec<String>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        self.hold_against_new_orders().await?;
        let store = self.desk.app.store();
        let known = store.known_rows(self.desk.ctx.actor.organisation, &self.source, &ids).await;
        let known = known.map_err(AppError::Store)?;
        for ((waiting, id), known) in waiting.into_iter().zip(ids).zip(known) {
            self.settle_row(waiting, id, known).await?;
            let is_enough = self.entering.len() >= T::ROWS_PER_WRITE
                || self.revising >= WITHDRAWALS_PER_WRITE
                || self.changes.len() >= CHANGES_PER_WRITE;
            if is_enough {
                self.write(false).await?;
            }
        }
        Ok(())
    }

    /// Decides what becomes of one row.
    async fn settle_row(
        &mut self,
        waiting: Waiting<T::Statement>,
        id: String,
        known: Option<KnownRow>,
    ) -> Result<(), AppError> {
        let is_standing =
            |known: &KnownRow| known.state == HeadState::Active && known.row.edition < self.edition;
        let is_standing = known.as_ref().is_some_and(is_standing);
        let changes_kind = match (&waiting, &known) {
            (Waiting::Stated { statement, .. }, Some(known)) => self.changes_kind(statement, known).await?,
            (Waiting::Stated { .. } | Waiting::Refused, _) => false,
        };
        let is_against_order = match (&waiting, &known) {
            (Waiting::Stated { statement, .. }, Some(known)) => {
                self.goes_against_an_order(statement, known).await?
            }
            (Waiting::Stated { .. } | Waiting::Refused, _) => false,
        };
        // One that changes its kind is no longer there as what it was.
        self.seen_standing += u64::from(is_standing && (!changes_kind || is_against_order));
        let bars = match &waiting {
            Waiting::Stated { statement, .. } => {
                let today = self.desk.now.day();
                let standing = known.as_ref().filter(|known| !is_new_again(known, today));
                self.order_against(statement, standing)
            }
            Waiting::Refused => None,
        };
        match (waiting, bars) {
            (Waiting::Stated { place, .. }, Some(order)) if !is_against_order => {
                self.refuse_barred(place, id, known.as_ref(), order);
            }
            (Waiting::Stated { place, statement }, _) if is_against_order => {
                if let Some(known) = known {
                    // One that says what it said stays known for that: it is not taken for a correction later.
                    let content: [u8; 32] = Sha256::digest(encode(&statement)).into();
                    let is_same = self.desk.app.store().is_same_content(&known.row, &content);
                    self.refuse_contradicting(place, id, &known, if is_same { content } else { [0; 32] });
                }
            }
            (Waiting::Stated { place, statement }, _) if changes_kind => {
                let content: [u8; 32] = Sha256::digest(encode(&statement)).into();
                let revises = known.map(|known| known.row.record);
                self.changing_kind.push(EnteringRow {
                    id,
                    content,
                    statement,
                    revises,
                    place,
                    is_renewal: false,
                });
            }
            (Waiting::Stated { place, statement }, _) => self.decide(place, id, statement, known),
            // What it became before stays; a later table in which it can be read counts as changed.
            (Waiting::Refused, _) => {
                if let Some(known) = known {
                    self.touch(id, &known, [0; 32]);
                }
            }
        }
        Ok(())
    }

    /// Tells whether a row states something of another database than its record, which stands.
    async fn changes_kind(&self, statement: &T::Statement, known: &KnownRow) -> Result<bool, AppError> {
        let Some(database) = T::database_of(statement) else { return Ok(false) };
        let content: [u8; 32] = Sha256::digest(encode(statement)).into();
        let store = self.desk.app.store();
        if known.state != HeadState::Active || store.is_same_content(&known.row, &content) {
            return Ok(false);
        }
        let head = store.head(known.row.record).await.map_err(AppError::Store)?;
        Ok(head.is_some_and(|head| head.database != database))
    }

    fn decide(&mut self, place: Place, id: String, statement: T::Statement, known: Option<KnownRow>) {
        let content: [u8; 32] = Sha256::digest(encode(&statement)).into();
        let today = self.desk.now.day();
        // What an order erased does not come here.
        let Some(known) = known.filter(|known| !is_new_again(known, today)) else {
            self.entering.push(EnteringRow {
                id,
                content,
                statement,
                revises: None,
                place,
                is_renewal: false,
            });
            return;
        };
        let is_same = self.desk.app.store().is_same_content(&known.row, &content);
        match known.state {
            HeadState::Active if is_same && !self.is_due(&known) => {
                self.report.unchanged += 1;
                self.touch(id, &known, content);
            }
            HeadState::Active => {
                self.revising += 1;
                self.entering.push(EnteringRow {
                    id,
                    content,
                    statement,
                    revises: Some(known.row.record),
                    place,
                    is_renewal: is_same,
                });
            }
            HeadState::Withdrawn | HeadState::Erased if is_same => {
                self.report.unchanged += 1;
                self.touch(id, &known, content);
            }
            HeadState::Withdrawn | HeadState::Erased => {
                self.refuse_contradicting(place, id, &known, [0; 32]);
            }
        }
    }

    /// Refuses a row whose record says otherwise: it was ended, or the commission keeps it back.
    fn refuse_contradicting(&mut self, place: Place, id: String, known: &KnownRow, content: [u8; 32]) {
        let fault = Fault { place: "record".to_owned(), code: FaultCode::Contradiction };
        self.report.refused += 1;
        self.report.report(rows_of_faults(None, place, &[fault]));
        self.touch(id, known, content);
    }

    /// The order of the commission that stands in the way of writing a row of a person. A row for which nothing is written is none
    /// of its business.
    fn order_against(&self, statement: &T::Statement, known: Option<&KnownRow>) -> Option<EntryHash> {
        let person = T::person_of(statement)?;
        let order = self.desk.app.barred().order_against(person)?;
        let is_written = known.is_none_or(|known| {
            let content: [u8; 32] = Sha256::digest(encode(statement)).into();
            let is_same = self.desk.app.store().is_same_content(&known.row, &content);
            !is_same || (known.state == HeadState::Active && self.is_due(known))
        });
        is_written.then_some(order)
    }

    /// Refuses a row of somebody who is not to be entered again, and counts the attempt.
    fn refuse_barred(&mut self, place: Place, id: String, known: Option<&KnownRow>, order: EntryHash) {
        self.note_barred(place, order);
        if let Some(known) = known {
            self.touch(id, known, [0; 32]);
        }
    }

    fn note_barred(&mut self, place: Place, order: EntryHash) {
        let fault = Fault { place: "record".to_owned(), code: FaultCode::ReEntryBarred };
        self.report.refused += 1;
        self.report.report(rows_of_faults(None, place, &[fault]));
        let organisation = self.desk.ctx.actor.organisation;
        self.changes.push(SystemChange::NoteReEntry { organisation, order });
    }

    /// Takes up what the commission ordered since the gathered rows were decided on, by whichever process, and holds them
    /// against it.
    async fn hold_against_new_orders(&mut self) -> Result<(), AppError> {
        let app = self.desk.app;
        app.see_new_orders().await?;
        let orders = app.order_book();
        if Arc::ptr_eq(&orders, &self.orders) {
            return Ok(());
        }
        self.orders = orders;
        for row in std::mem::take(&mut self.entering) {
            if !self.is_refused_now(&row).await? {
                self.entering.push(row);
            }
        }
        Ok(())
    }

    /// Refuses a row that was to be entered and goes against an order that came since.
    async fn is_refused_now(&mut self, row: &EnteringRow<T::Statement>) -> Result<bool, AppError> {
        let app = self.desk.app;
        let barred = T::person_of(&row.statement).and_then(|person| app.barred().order_against(person));
        if let Some(order) = barred {
            self.note_barred(row.place, order);
        } else {
            let Some(record) = row.revises.filter(|record| app.must_remember_row(*record)) else {
                return Ok(false);
            };
            let ids = [row.id.clone()];
            let known = app.store().known_rows(self.desk.ctx.actor.organisation, &self.source, &ids).await;
            let known = known.map_err(AppError::Store)?.into_iter().flatten().next();
            let known = known.filter(|known| known.row.record == record);
            let Some(known) = known else { return Ok(false) };
            if !app.row_goes_against_order(&known, &row.content, false).await? {
                return Ok(false);
            }
            let fault = Fault { place: "record".to_owned(), code: FaultCode::Contradiction };
            self.report.refused += 1;
            self.report.report(rows_of_faults(None, row.place, &[fault]));
        }
        if let Some(record) = row.revises.filter(|_| self.kept.full) {
            // This edition has it: what it became before stays.
            self.remember(row.id.clone(), record, [0; 32]);
        }
        Ok(true)
    }

    async fn goes_against_an_order(
        &self,
        statement: &T::Statement,
        known: &KnownRow,
    ) -> Result<bool, AppError> {
        if !self.desk.app.must_remember_row(known.row.record) {
            return Ok(false);
        }
        let content: [u8; 32] = Sha256::digest(encode(statement)).into();
        let is_same = self.desk.app.store().is_same_content(&known.row, &content);
        let is_due = known.state == HeadState::Active && self.is_due(known);
        self.desk.app.row_goes_against_order(known, &content, is_same && !is_due).await
    }

    /// Tells whether a row that says what it said is entered anew, because its review is near: its owner has just said
    /// that it still holds.
    fn is_due(&self, known: &KnownRow) -> bool {
        let today = self.desk.now.day().days();
        let half_a_term = (self.desk.terms.review_on.days() - today) / 2;
        let left = known.review_on.days() - today;
        known.row.edition < self.edition && left <= half_a_term.min(REVIEW_RENEWAL_DAYS)
    }

    /// Remembers that this edition has a row; of no use where what is left out stays.
    fn touch(&mut self, id: String, known: &KnownRow, content: [u8; 32]) {
        if self.kept.full && known.row.edition < self.edition {
            self.remember(id, known.row.record, content);
        }
    }

    fn remember(&mut self, id: String, record: RecordId, content: [u8; 32]) {
        self.changes.push(SystemChange::RememberImport(StoredRow {
            organisation: self.desk.ctx.actor.organisation,
            source: self.source.clone(),
            source_id: id,
            record,
            content,
            edition: self.edition,
        }));
    }

    /// Stores what was gathered: what enters, what leaves, the memory of the rows, all or nothing.
    async fn write(&mut self, finished: bool) -> Result<(), AppError> {
        if self.run == Run::Dry {
            return self.forget_gathered().await;
        }
        let is_nothing = self.entering.is_empty() && self.leaving.is_empty() && self.changes.is_empty();
        if self.is_known || (is_nothing && !finished) {
            return Ok(());
        }
        self.hold_against_new_orders().await?;
        self.count_entering();
        let idempotency = self.name_of_batch();
        let mut entries = self.enter().await?;
        let leaving = std::mem::take(&mut self.leaving);
        let Desk { app, ctx, now, .. } = self.desk;
        entries.extend(app.withdrawal_entries(ctx, leaving, WithdrawalReason::Delisted, now).await?);
        let hashes: Vec<EntryHash> = entries.iter().map(|entry| entry.hash).collect();
        let mut tx = app.store().begin_write(idempotency);
        entries.into_iter().for_each(|entry| tx.append(entry));
        self.changes.drain(..).for_each(|change| tx.change_system(change));
        tx.change_system(SystemChange::SetImportProgress(ImportProgress {
            organisation: ctx.actor.organisation,
            source: self.source.clone(),
            edition: self.edition,
            file_hash: self.file_hash,
            rows_done: self.rows_done,
            finished,
            kept: self.kept.to_bytes(),
        }));
        let line = app.write_line(ctx, Operation::ImportList, app.now(), Vec::new(), hashes);
        tx.commit(line).await.map_err(|error| app.refused_by_store(error))?;
        app.follow().await
    }

    /// Writes nothing but that somebody was tried who is not to be entered again: whom an order describes is told by a dry run
    /// as by a real one, and every attempt counts and has its line.
    async fn forget_gathered(&mut self) -> Result<(), AppError> {
        self.count_entering();
        self.entering.clear();
        self.revising = 0;
        let changes = std::mem::take(&mut self.changes);
        let attempts =
            changes.into_iter().filter(|change| matches!(change, SystemChange::NoteReEntry { .. }));
        let mut attempts = attempts.peekable();
        if self.is_known || attempts.peek().is_none() {
            return Ok(());
        }
        let Desk { app, ctx, .. } = self.desk;
        let mut tx = app.store().begin_write(None);
        attempts.for_each(|change| tx.change_system(change));
        let mut line = app.write_line(ctx, Operation::ImportList, app.now(), Vec::new(), Vec::new());
        line.phase = Phase::Refused;
        line.refusal = Some(FaultCode::ReEntryBarred.as_str().to_owned());
        tx.commit(line).await.map(drop).map_err(|error| app.refused_by_store(error))
    }

    fn count_entering(&mut self) {
        for row in &self.entering {
            match (row.revises, row.is_renewal) {
                (None, _) => self.report.added += 1,
                (Some(_), true) => self.report.renewed += 1,
                (Some(_), false) => self.report.revised += 1,
            }
        }
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
            hash.update(entering.id.as_bytes());
            hash.update([0]);
            hash.update(entering.content);
        }
        let request: [u8; 32] = hash.finalize().into();
        let mut key = [0u8; 16];
        key.copy_from_slice(&request[..16]);
        let organisation = self.desk.ctx.actor.organisation;
        Some(Idempotency { organisation, key: IdempotencyKey::from_random(key), request })
    }

    async fn enter(&mut self) -> Result<Vec<NewEntry>, AppError> {
        let rows = std::mem::take(&mut self.entering);
        self.revising = 0;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let known_by: Vec<(String, [u8; 32])> =
            rows.iter().map(|row| (row.id.clone(), row.content)).collect();
        let (entries, records) = self.table.enter(&self.desk, rows).await?;
        for ((id, content), record) in known_by.into_iter().zip(records) {
            self.remember(id, record, content);
        }
        Ok(entries)
    }

    /// Ends the import.
    async fn finish(mut self) -> Result<ImportReport, AppError> {
        self.settle().await?;
        self.write(false).await?;
        if self.is_known {
            return Ok(self.report);
        }
        let complete = self.report.broken_off.is_none();
        if self.kept.full {
            self.end_left_out(complete).await?;
        } else {
            self.end_changing_kind().await?;
        }
        // What is held waits: the same table is taken up again for it.
        let is_held = self.report.withdrawals_held > 0 || !self.changing_kind.is_empty();
        self.write(complete && !is_held).await?;
        Ok(self.report)
    }

    /// Enters what changes its kind in a part of a table, unless that is too much for anybody to have meant it: a part has no
    /// confirmation, so the whole list is asked for.
    async fn end_changing_kind(&mut self) -> Result<(), AppError> {
        let changing = self.changing_kind.len() as u64;
        if are_held(changing, self.kept.held_before, self.confirm_withdrawals) && changing > 0 {
            self.report.held_back =
                Some("so many change what they are, and it is not said that this is the whole list");
            return Ok(());
        }
        self.enter_changing_kind().await
    }

    /// Enters the rows whose records are withdrawn for records of another database.
    async fn enter_changing_kind(&mut self) -> Result<(), AppError> {
        let mut changing = std::mem::take(&mut self.changing_kind).into_iter().peekable();
        while changing.peek().is_some() {
            // Each is two entries.
            self.entering =
                changing.by_ref().take(T::ROWS_PER_WRITE.min(WITHDRAWALS_PER_WRITE / 2)).collect();
            self.write(false).await?;
        }
        Ok(())
    }

    /// Withdraws what a full edition leaves out and what it makes another record, unless something speaks against it.
    async fn end_left_out(&mut self, complete: bool) -> Result<(), AppError> {
        let left_out = self.left_out().await?;
        let doubt = self.doubt(complete);
        if doubt.is_some() {
            // Where nothing is left out, nothing is held back; yet rows of ended records may stand in what was not read.
            self.report.held_back = doubt.filter(|_| left_out > 0);
        } else if are_held(left_out, self.kept.held_before, self.confirm_withdrawals) && left_out > 0 {
            self.report.withdrawals_held = left_out;
            self.report.held_back = Some("so many are left out");
        } else {
            let changing = self.changing_kind.len() as u64;
            self.enter_changing_kind().await?;
            match self.run {
                Run::Real => self.withdraw_left_out().await?,
                Run::Dry => self.report.withdrawn = left_out.saturating_sub(changing),
            }
        }
        Ok(())
    }

    /// Counts the records that stand and that the edition leaves out, or makes another record: none of those was touched.
    async fn left_out(&self) -> Result<u64, AppError> {
        let Desk { app, ctx, .. } = self.desk;
        let earlier =
            app.store().count_standing_rows(ctx.actor.organisation, &self.source, self.edition).await;
        let earlier = earlier.map_err(AppError::Store)?;
        Ok(match self.run {
            Run::Real => earlier,
            Run::Dry => earlier.saturating_sub(self.seen_standing),
        })
    }

    /// Says why what was read may not be the whole table.
    fn doubt(&self, complete: bool) -> Option<&'static str> {
        if !complete {
            Some("the reading broke off")
        } else if !self.table.ends_with_line_break() {
            Some("the last row has no line break: the table may be cut off")
        } else if self.refused_unreadable {
            Some(T::UNREADABLE)
        } else if self.rows_done == 0 {
            Some("the table is empty")
        } else {
            None
        }
    }

    async fn withdraw_left_out(&mut self) -> Result<(), AppError> {
        let store = self.desk.app.store();
        let organisation = self.desk.ctx.actor.organisation;
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
                    self.leaving.push(row.record);
                    self.report.withdrawn += 1;
                }
                let (source, source_id) = (self.source.clone(), row.source_id);
                self.changes.push(if self.desk.app.must_remember_row(row.record) {
                    SystemChange::KeepImport { organisation, source, source_id, edition: self.edition }
                } else {
                    SystemChange::ForgetImport { organisation, source, source_id }
                });
            }
            self.write(false).await?;
        }
    }
}

/// Names a table among the sources of imports, behind what tells its kind: 1 to 30 of `a-z 0-9 -`.
pub(crate) fn list_name(kind: &str, list: &str) -> Result<String, AppError> {
    let fits = (1..=LIST_CAP).contains(&list.len())
        && list.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(format!("{kind}-{list}"))
    } else {
        Err(AppError::Faulty(vec![Fault { place: "list".to_owned(), code: FaultCode::BadCharacters }]))
    }
}

/// The same file read through another mapping, or on another sheet, is another table.
pub(crate) fn table_hash(
    file_hash: [u8; 32],
    mapping: Option<&TableMapping>,
    sheet: Option<&str>,
) -> [u8; 32] {
    let mapped = mapping.map(|mapping| {
        let hash = Sha256::new_with_prefix(b"barid/mapped-table/v1\0");
        hash.chain_update(file_hash).chain_update(mapping.fingerprint()).finalize().into()
    });
    let hash = mapped.unwrap_or(file_hash);
    let on_sheet = sheet.map(|sheet| {
        let name = Sha256::new_with_prefix(b"barid/table-on-sheet/v1\0").chain_update(hash);
        name.chain_update(sheet).finalize().into()
    });
    on_sheet.unwrap_or(hash)
}

/// What a row of a mapped table is to an import.
pub(crate) fn mapped_row<S>(row: MappedRow<S>) -> TableRow<S> {
    match row {
        MappedRow::Stated { place, id, statement, remarks } => {
            TableRow::Stated { place, id, statement: *statement, remarks }
        }
        MappedRow::Refused { about, report, .. } => TableRow::Refused {
            about: match about {
                AboutRow::Row(id) => About::Row(id),
                AboutRow::EarlierRow => About::EarlierRow,
                AboutRow::Unreadable => About::Unreadable,
            },
            report,
        },
    }
}

/// Makes the entries of rows that are records of their own: new ones, and new versions of those that are known.
pub(crate) async fn enter_versions<S: Encode<()>>(
    desk: &Desk<'_>,
    database: Database,
    rows: Vec<EnteringRow<S>>,
    content: fn(RecordVersion<S>) -> Content,
) -> Result<(Vec<NewEntry>, Vec<RecordId>), AppError> {
    let mut versions = Vec::with_capacity(rows.len());
    for EnteringRow { statement, revises, .. } in rows {
        let terms = desk.terms.clone();
        versions.push(match revises {
            None => {
                let record = RecordId::from_random(desk.app.ports().draw());
                NewVersion::first(record, terms, statement)
            }
            Some(record) => {
                let head = desk.app.store().head(record).await.map_err(AppError::Store)?;
                let head = head.ok_or(AppError::Absent)?;
                let images = desk.app.standing_images(desk.ctx, record).await?;
                // With a face among them the period is shorter than that of the table.
                let last = Held { images: &images, ..Held::of(database) }.last_review(desk.now.day());
                let terms = Terms { review_on: terms.review_on.min(last), ..terms };
                NewVersion::behind(&head, terms, statement, images)
            }
        });
    }
    let records = versions.iter().map(NewVersion::record).collect();
    let entries = desk.app.version_entries(desk.ctx, database, versions, content, desk.now)?;
    Ok((entries, records))
}

/// Tells whether a row is new again, because its record was erased when its time was over. What was withdrawn before that stays
/// so, and what an order erased is refused before.
pub(crate) fn is_new_again(known: &KnownRow, today: Day) -> bool {
    known.state == HeadState::Erased
        && !known.was_withdrawn
        && reviews::is_to_be_erased(known.review_on, today)
}

fn faults_of(terms: &Terms, database: Database, now: Timestamp) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    terms.check(now.day(), Held::of(database), &mut faults);
    faults.into_result()
}
