//! Entering, revising and withdrawing records.
//!
//! Every write reads as its own list of steps: may you? is it sound? seal it, store it with its audit line, follow it
//! into the index. The request's hash and its idempotency key make repeating it harmless.

use std::sync::Arc;

use barid_domain::audit::{JournalLine, Operation, Phase};
use barid_domain::batches::{Batch, BatchItem, BatchItems, ItemWithdrawal, item_hash, item_record};
use barid_domain::codes::{Database, PersonStatus, Purpose, WithdrawalReason};
use barid_domain::contents::{Content, RecordVersion, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::entries::Verified;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{ActId, EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::images::Image;
use barid_domain::objects::tables;
use barid_domain::persons::Person;
use barid_domain::policy;
use barid_domain::restrictions::Audience;
use barid_domain::retention::Held;
use barid_domain::streams::StreamClass;
use barid_domain::terms::Terms;
use barid_domain::travel_documents::TravelDocument;
use barid_domain::withdrawals::Withdrawal;
use barid_search::leak_tests::{Leak, is_planted};
use barid_search::number_index::PersonNumber;
use barid_store::{Head, HeadChange, HeadMeta, HeadState, Idempotency, KeyScope, NewEntry, NewItem, WriteTx};
use minicbor::Encode;
use sha2::{Digest, Sha256};

use crate::App;
use crate::answers::{Outcome, Receipt};
use crate::context::OpContext;
use crate::error::AppError;
use crate::images::{images_of_request, take_up};
use crate::restrictions::{audience_of_request, hashes};
use crate::signing::{Unsealed, seal_content, seal_contents};

/// Is what a caller states about a person: a new record, or a new version of one.
#[derive(Clone, Debug)]
pub struct Submission<T> {
    /// The record to revise; `None` for a new one.
    pub record: Option<RecordId>,
    /// The entry the revision was made from; mandatory with `record`.
    pub expects: Option<EntryHash>,
    /// The terms.
    pub terms: Terms,
    /// What is stated.
    pub statement: T,
    /// The photographs and scans that belong to it, each handed in before.
    pub images: Vec<Image>,
    /// Whom it is shown to, from the moment it is there; `None` leaves that as it is: a new record is shown to everybody.
    pub audience: Option<Audience>,
}

/// Is a submission of a person.
pub type PersonSubmission = Submission<Person>;
/// Is a submission of a travel document.
pub type TravelDocumentSubmission = Submission<TravelDocument>;

/// Is many documents under one signature.
#[derive(Clone, Debug)]
pub struct DocumentBatchSubmission {
    /// The terms of every document.
    pub terms: Terms,
    /// The documents, 1 to 100,000.
    pub documents: Vec<TravelDocument>,
    /// Whom they are shown to, from the moment they are there; `None` for everybody.
    pub audience: Option<Audience>,
}

/// Is a write that is ready to be sealed: its record, the version it will be, and what it follows.
struct Place {
    record: RecordId,
    version: u32,
    supersedes: Option<EntryHash>,
    change: HeadChange,
}

impl Place {
    fn first(record: RecordId) -> Self {
        Self { record, version: 1, supersedes: None, change: HeadChange::Create { record } }
    }

    fn behind(head: &Head) -> Self {
        let (record, expects) = (head.record, head.current);
        Self {
            record,
            version: head.version + 1,
            supersedes: Some(expects),
            change: HeadChange::Supersede { record, expects },
        }
    }
}

/// Is a version of a record that waits to be sealed with others.
pub(crate) struct NewVersion<T> {
    place: Place,
    terms: Terms,
    statement: T,
    images: Vec<Image>,
}

impl<T> NewVersion<T> {
    /// The first version of a record.
    pub(crate) fn first(record: RecordId, terms: Terms, statement: T) -> Self {
        Self { place: Place::first(record), terms, statement, images: Vec::new() }
    }

    /// The version behind the one that stands, with the images that one has.
    pub(crate) fn behind(head: &Head, terms: Terms, statement: T, images: Vec<Image>) -> Self {
        Self { place: Place::behind(head), terms, statement, images }
    }

    pub(crate) fn record(&self) -> RecordId {
        self.place.record
    }
}

impl App {
    /// Enters a person, or a new version of one.
    pub async fn submit_person(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: PersonSubmission,
    ) -> Result<Receipt, AppError> {
        let record = submission.record;
        let is_known_elsewhere = is_planted(Leak::DuplicateHint) && self.is_known_elsewhere(ctx, &submission);
        let done = self.enter_person(ctx, key, submission).await;
        let mut receipt = self.note_re_entry(ctx, record, done).await?;
        receipt.replayed |= is_known_elsewhere;
        Ok(receipt)
    }

    /// Whether somebody holds a number of this person for another purpose: for a planted leak alone.
    fn is_known_elsewhere(&self, ctx: &OpContext, submission: &PersonSubmission) -> bool {
        let wider = OpContext { purpose: Purpose::Humanitarian, ..ctx.clone() };
        let Ok(scope) = self.scope_to_look(&wider) else { return false };
        let index = self.index.read();
        let numbers = PersonNumber::all_of(&submission.statement, None);
        numbers.iter().any(|number| !index.numbers.lookup(&scope, number, 1).is_empty())
    }

    async fn enter_person(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: PersonSubmission,
    ) -> Result<Receipt, AppError> {
        self.may_enter(ctx, Database::Persons)?;
        self.may_hold(ctx, Database::Persons, &submission.terms)?;
        let idempotency = idempotency(ctx, key, request_hash("person", &submission));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        let today = self.now().day();
        let mut faults = Faults::default();
        let (statuses, images) = (&submission.statement.statuses, &submission.images);
        submission.terms.check(today, Held { database: Database::Persons, statuses, images }, &mut faults);
        submission.statement.check(today, &mut faults);
        let is_listed_alone = submission.statement.statuses == [PersonStatus::Listed];
        submission.terms.check_reference("statuses", is_listed_alone, &mut faults);
        self.check_images(ctx, submission.record, &submission.images, &mut faults).await?;
        faults.into_result().map_err(AppError::Faulty)?;
        self.see_new_orders().await?;
        self.may_enter_person(&submission.statement)?;
        self.submit(ctx, idempotency, submission, Database::Persons, Content::Person).await
    }

    /// Enters a travel document or a range of blanks, or a new version of one.
    pub async fn submit_travel_document(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: TravelDocumentSubmission,
    ) -> Result<Receipt, AppError> {
        let record = submission.record;
        let done = self.enter_travel_document(ctx, key, submission).await;
        self.journal_refusal(ctx, Operation::SubmitRecord, record, done).await
    }

    async fn enter_travel_document(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: TravelDocumentSubmission,
    ) -> Result<Receipt, AppError> {
        self.may_enter(ctx, Database::TravelDocuments)?;
        self.may_hold(ctx, Database::TravelDocuments, &submission.terms)?;
        let idempotency = idempotency(ctx, key, request_hash("travel-document", &submission));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        let today = self.now().day();
        let mut faults = Faults::default();
        let held = Held { images: &submission.images, ..Held::of(Database::TravelDocuments) };
        submission.terms.check(today, held, &mut faults);
        // Whose document it is says what befell it: that is never another's listing.
        submission.terms.check_reference("terms.purpose", false, &mut faults);
        submission.statement.check(today, self.country_of(ctx), &mut faults);
        self.check_images(ctx, submission.record, &submission.images, &mut faults).await?;
        faults.into_result().map_err(AppError::Faulty)?;
        self.submit(ctx, idempotency, submission, Database::TravelDocuments, Content::TravelDocument).await
    }

    pub(crate) async fn submit<T: Encode<()> + Clone>(
        &self,
        ctx: &OpContext,
        idempotency: Idempotency,
        submission: Submission<T>,
        database: Database,
        content: fn(RecordVersion<T>) -> Content,
    ) -> Result<Receipt, AppError> {
        let place = self.place(ctx, idempotency.key, submission.record, submission.expects, database).await?;
        let (now, orders) = (self.now(), self.order_book());
        let version = RecordVersion {
            salt: self.ports().draw(),
            record: place.record,
            version: place.version,
            supersedes: place.supersedes,
            terms: submission.terms.clone(),
            statement: submission.statement,
            images: submission.images,
        };
        let payload = encode(&version);
        let images = version.images.clone();
        let content = content(version);
        let entry = self.seal(ctx, &content, payload, now)?;
        let restriction =
            self.audience_entry(ctx, database, vec![place.record], submission.audience, now).await?;
        self.see_new_orders().await?;
        if let Content::Person(version) = &content
            && !Arc::ptr_eq(&orders, &self.order_book())
        {
            // Ordered while it was sealed.
            self.may_enter_person(&version.statement)?;
        }
        let entries = hashes(entry.hash(), restriction.as_ref());
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(new_entry(ctx, database, &entry, place.change, place.record, submission.terms.review_on));
        restriction.into_iter().for_each(|restriction| tx.append(restriction));
        take_up(&mut tx, ctx.actor.organisation, place.record, &images);
        let line = self.write_line(ctx, Operation::SubmitRecord, now, vec![place.record], entries.clone());
        let receipt = self.commit(tx, line, vec![place.record], entries).await?;
        if submission.record.is_none() && !receipt.replayed {
            self.watch_entering(ctx, database, 1);
        }
        Ok(receipt)
    }

    /// Finds where a version goes: a new record, or behind the head that the caller saw.
    async fn place(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        record: Option<RecordId>,
        expects: Option<EntryHash>,
        database: Database,
    ) -> Result<Place, AppError> {
        let Some(record) = record else {
            return Ok(Place::first(derive_record(ctx, key)));
        };
        let expects = expects.ok_or_else(|| fault("expects", FaultCode::Missing))?;
        let head = self.own_head(ctx, record).await?;
        if head.database != database || head.item.is_some() {
            return Err(AppError::Absent);
        }
        if head.current != expects {
            return Err(AppError::Stale { current: head.current });
        }
        Ok(Place::behind(&head))
    }

    /// Seals versions of records of one database on all cores, and makes the entries of them, in their order.
    pub(crate) fn version_entries<T: Encode<()>>(
        &self,
        ctx: &OpContext,
        database: Database,
        versions: Vec<NewVersion<T>>,
        content: fn(RecordVersion<T>) -> Content,
        now: Timestamp,
    ) -> Result<Vec<NewEntry>, AppError> {
        let mut places = Vec::with_capacity(versions.len());
        let mut unsealed = Vec::with_capacity(versions.len());
        for NewVersion { place, terms, statement, images } in versions {
            places.push((place.change, place.record, terms.review_on));
            let version = RecordVersion {
                salt: self.ports().draw(),
                record: place.record,
                version: place.version,
                supersedes: place.supersedes,
                terms,
                statement,
                images,
            };
            let payload = encode(&version);
            unsealed.push(Unsealed { content: content(version), payload });
        }
        let sealed = self.seal_all(ctx, unsealed, now)?;
        let entries = sealed.iter().zip(places).map(|(entry, (change, record, review_on))| {
            new_entry(ctx, database, entry, change, record, review_on)
        });
        Ok(entries.collect())
    }

    /// Enters many documents under one signature.
    pub async fn submit_document_batch(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: DocumentBatchSubmission,
    ) -> Result<Receipt, AppError> {
        let done = self.enter_document_batch(ctx, key, submission).await;
        self.journal_refusal(ctx, Operation::SubmitRecord, None, done).await
    }

    async fn enter_document_batch(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: DocumentBatchSubmission,
    ) -> Result<Receipt, AppError> {
        self.may_enter(ctx, Database::TravelDocuments)?;
        self.may_hold(ctx, Database::TravelDocuments, &submission.terms)?;
        let idempotency = idempotency(ctx, key, batch_request_hash(&submission));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        self.check_batch(ctx, &submission)?;
        let now = self.now();
        let entry = self.batch_entry(ctx, &submission.terms, submission.documents, now)?;
        let records: Vec<RecordId> = entry.items.iter().map(|item| item.record).collect();
        let database = Database::TravelDocuments;
        let restriction =
            self.audience_entry(ctx, database, records.clone(), submission.audience, now).await?;
        let entries = hashes(entry.hash, restriction.as_ref());
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(entry);
        restriction.into_iter().for_each(|restriction| tx.append(restriction));
        let line = self.write_line(ctx, Operation::SubmitRecord, now, Vec::new(), entries.clone());
        let count = records.len();
        let receipt = self.commit(tx, line, records, entries).await?;
        if !receipt.replayed {
            self.watch_entering(ctx, database, count);
        }
        Ok(receipt)
    }

    /// Makes one entry of many documents that were checked, ready to be appended; its items are in their order.
    pub(crate) fn batch_entry(
        &self,
        ctx: &OpContext,
        terms: &Terms,
        documents: Vec<TravelDocument>,
        now: Timestamp,
    ) -> Result<NewEntry, AppError> {
        let items: Vec<BatchItem> =
            documents.into_iter().map(|document| BatchItem { salt: self.ports().draw(), document }).collect();
        let items = BatchItems::lay_out(&items)?;
        let batch = Batch {
            salt: self.ports().draw(),
            database: Database::TravelDocuments,
            count: items.count(),
            root: items.root(),
            terms: terms.clone(),
        };
        let payload = encode(&batch);
        let entry = self.seal(ctx, &Content::Batch(batch), payload, now)?;
        let root = items.root();
        let items: Vec<NewItem> = items
            .items()
            .iter()
            .map(|bytes| {
                let hash = item_hash(bytes);
                NewItem { record: item_record(&root, &hash), hash, bytes: bytes.clone() }
            })
            .collect();
        let owner = ctx.actor.organisation;
        Ok(NewEntry {
            organisation: owner,
            class: StreamClass::TravelDocuments,
            hash: entry.hash(),
            bytes: entry.bytes().to_vec(),
            key: KeyScope::owner_month(owner, terms.review_on),
            change: HeadChange::None,
            items,
            meta: HeadMeta { database: Database::TravelDocuments, review_on: terms.review_on },
        })
    }

    fn check_batch(&self, ctx: &OpContext, submission: &DocumentBatchSubmission) -> Result<(), AppError> {
        let today = self.now().day();
        let country = self.country_of(ctx);
        let mut faults = Faults::default();
        submission.terms.check(today, Held::of(Database::TravelDocuments), &mut faults);
        submission.terms.check_reference("terms.purpose", false, &mut faults);
        faults.count("documents", submission.documents.len(), barid_domain::batches::ITEMS_CAP);
        faults.require(!submission.documents.is_empty(), "documents", FaultCode::Missing);
        faults.into_result().map_err(AppError::Faulty)?;
        let mut found = Vec::new();
        for (i, document) in submission.documents.iter().enumerate() {
            let mut faults = Faults::default();
            document.check(today, country, &mut faults);
            for mut fault in faults.into_result().err().unwrap_or_default() {
                fault.place = format!("documents[{i}].{}", fault.place);
                found.push(fault);
            }
            // Enough to mend; a file of a hundred thousand wrong rows is one mistake, not so many.
            if found.len() >= FAULTS_SHOWN {
                break;
            }
        }
        if found.is_empty() { Ok(()) } else { Err(AppError::Faulty(found)) }
    }

    /// Withdraws a record, or one item of a batch: hidden at once, everywhere this node answers.
    pub async fn withdraw(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        record: RecordId,
        reason: WithdrawalReason,
    ) -> Result<Receipt, AppError> {
        let done = self.end_record(ctx, key, record, reason).await;
        self.journal_refusal(ctx, Operation::WithdrawRecord, Some(record), done).await
    }

    async fn end_record(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        record: RecordId,
        reason: WithdrawalReason,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::WithdrawRecord)?;
        let request = Sha256::new()
            .chain_update(b"withdraw\0")
            .chain_update(record.0)
            .chain_update(encode(&reason))
            .finalize()
            .into();
        let idempotency = idempotency(ctx, key, request);
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        let head = self.own_head(ctx, record).await?;
        if head.state != HeadState::Active {
            return Err(AppError::Ended);
        }
        let now = self.now();
        let (entry, new_entry) = self.withdrawal_entry(ctx, &head, reason, now).await?;
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(new_entry);
        let line = self.write_line(ctx, Operation::WithdrawRecord, now, vec![record], vec![entry]);
        self.commit(tx, line, vec![record], vec![entry]).await
    }

    /// Makes the withdrawal of a record that stands at `head`, ready to be appended.
    pub(crate) async fn withdrawal_entry(
        &self,
        ctx: &OpContext,
        head: &Head,
        reason: WithdrawalReason,
        now: Timestamp,
    ) -> Result<(EntryHash, NewEntry), AppError> {
        let record = head.record;
        let change = match head.item {
            None => HeadChange::Withdraw { record, expects: head.current },
            Some(item) => HeadChange::WithdrawItem { batch: head.current, item, record },
        };
        let entry = self.seal_withdrawal(ctx, head, reason, now).await?;
        let stored = new_entry(ctx, head.database, &entry, change, record, head.review_on);
        Ok((entry.hash(), stored))
    }

    /// Makes the erasure of a record, ready to be appended: the owner's statement that its time is over, sealed under a
    /// key that outlives the record's.
    pub(crate) async fn erasure_entry(
        &self,
        ctx: &OpContext,
        head: &Head,
        now: Timestamp,
    ) -> Result<NewEntry, AppError> {
        let entry = self.seal_withdrawal(ctx, head, WithdrawalReason::Expired, now).await?;
        let change = HeadChange::Erase { record: head.record, expects: Some(head.current) };
        let stored = new_entry(ctx, head.database, &entry, change, head.record, head.review_on);
        Ok(NewEntry { key: KeyScope::owner_month(head.owner, now.day()), ..stored })
    }

    async fn seal_withdrawal(
        &self,
        ctx: &OpContext,
        head: &Head,
        reason: WithdrawalReason,
        now: Timestamp,
    ) -> Result<Verified, AppError> {
        let record = head.record;
        let (content, payload) = match head.item {
            None => {
                let withdrawal = Withdrawal {
                    salt: self.ports().draw(),
                    record,
                    database: head.database,
                    supersedes: head.current,
                    reason,
                };
                let payload = encode(&withdrawal);
                (Content::Withdrawal(withdrawal), payload)
            }
            Some(index) => {
                let item = self.store().item_hash(head.current, index).await.map_err(AppError::Store)?;
                let withdrawal = ItemWithdrawal {
                    salt: self.ports().draw(),
                    batch: head.current,
                    index,
                    item: item.ok_or(AppError::Absent)?,
                    record,
                    reason,
                };
                let payload = encode(&withdrawal);
                (Content::ItemWithdrawal(withdrawal), payload)
            }
        };
        self.seal(ctx, &content, payload, now)
    }

    /// Tells whether a write with this key landed, and hands out its receipt; an organisation asks about its own.
    pub async fn outcome(&self, ctx: &OpContext, key: IdempotencyKey) -> Result<Option<Outcome>, AppError> {
        self.must_take_part(ctx)?;
        let found = self.store().outcome(ctx.actor.organisation, key).await.map_err(AppError::Store)?;
        let Some(committed) = found else { return Ok(None) };
        let receipt = self.receipt_of(committed.positions).await?;
        Ok(Some(Outcome { receipt: Receipt { replayed: true, ..receipt } }))
    }

    /// Hands out the receipt of an earlier write with the same key; a reused key is an error.
    pub(crate) async fn replay(&self, idempotency: &Idempotency) -> Result<Option<Receipt>, AppError> {
        let found = self.store().replay(idempotency).await.map_err(|error| self.refused_by_store(error))?;
        let Some(committed) = found else { return Ok(None) };
        Ok(Some(Receipt { replayed: true, ..self.receipt_of(committed.positions).await? }))
    }

    async fn receipt_of(&self, positions: Vec<barid_domain::streams::Position>) -> Result<Receipt, AppError> {
        let (mut records, mut entries) = (Vec::new(), Vec::new());
        for position in positions {
            let written = self.store().written_at(position).await.map_err(AppError::Store)?;
            let Some(written) = written else { continue };
            entries.push((written.entry, position));
            records.extend(written.records);
        }
        Ok(Receipt { position: self.position_of(&entries), records, entries, replayed: false })
    }

    /// Commits a write, follows it into the index, and answers its receipt.
    pub(crate) async fn commit(
        &self,
        tx: WriteTx,
        line: JournalLine,
        records: Vec<RecordId>,
        entries: Vec<EntryHash>,
    ) -> Result<Receipt, AppError> {
        let committed = tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        if committed.replayed {
            return Ok(Receipt { replayed: true, ..self.receipt_of(committed.positions).await? });
        }
        if let Err(error) = self.follow().await {
            // The write is on disk, whatever keeps this index from it: whoever reads with its position waits for it.
            tracing::warn!(code = error.code(), "a write could not be followed yet");
        }
        let entries: Vec<_> = entries.into_iter().zip(committed.positions).collect();
        Ok(Receipt { position: self.position_of(&entries), records, entries, replayed: false })
    }

    /// The head of a record of the caller's own organisation; absent and foreign records answer alike.
    pub(crate) async fn own_head(&self, ctx: &OpContext, record: RecordId) -> Result<Head, AppError> {
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        head.filter(|head| head.owner == ctx.actor.organisation).ok_or(AppError::Absent)
    }

    pub(crate) fn may_write(&self, ctx: &OpContext, operation: Operation) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        Ok(policy::may_write(standing, &ctx.actor, operation, None, ctx.purpose)?)
    }

    /// Decides whether the caller may hold a record in a database under these terms.
    pub(crate) fn may_hold(
        &self,
        ctx: &OpContext,
        database: Database,
        terms: &Terms,
    ) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        Ok(policy::may_hold(standing, &ctx.actor, database, ctx.purpose, terms)?)
    }

    /// Decides whether the caller may enter records into a database.
    pub(crate) fn may_enter(&self, ctx: &OpContext, database: Database) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        let operation = Operation::SubmitRecord;
        Ok(policy::may_write(standing, &ctx.actor, operation, Some(database), ctx.purpose)?)
    }

    pub(crate) fn seal(
        &self,
        ctx: &OpContext,
        content: &Content,
        payload: Vec<u8>,
        now: Timestamp,
    ) -> Result<Verified, AppError> {
        let issuer = ctx.actor.organisation;
        self.may_state(issuer, content)?;
        let signers = self.signers(issuer, now)?;
        seal_content(&self.registry(), &signers, issuer, content, payload, now)
    }

    /// Asks the policy, whichever way a content came, whether it may be stated. Ends of records always may.
    fn may_state(&self, issuer: OrganisationCode, content: &Content) -> Result<(), AppError> {
        match (content, content.database()) {
            (Content::Withdrawal(_) | Content::ItemWithdrawal(_), _) | (_, None) => Ok(()),
            (_, Some(database)) => Ok(policy::may_state(&self.registry(), issuer, database)?),
        }
    }

    /// Seals many contents of the caller's, on all cores.
    pub(crate) fn seal_all(
        &self,
        ctx: &OpContext,
        contents: Vec<Unsealed>,
        now: Timestamp,
    ) -> Result<Vec<Verified>, AppError> {
        let issuer = ctx.actor.organisation;
        contents.iter().try_for_each(|unsealed| self.may_state(issuer, &unsealed.content))?;
        let signers = self.signers(issuer, now)?;
        seal_contents(&self.registry(), &signers, issuer, contents, now)
    }

    pub(crate) fn write_line(
        &self,
        ctx: &OpContext,
        operation: Operation,
        at: Timestamp,
        records: Vec<RecordId>,
        entries: Vec<EntryHash>,
    ) -> JournalLine {
        JournalLine {
            salt: self.ports().draw(),
            act: ActId::from_random(self.ports().draw()),
            phase: Phase::Committed,
            at,
            actor: ctx.actor.clone(),
            operation,
            purpose: ctx.purpose,
            reference: ctx.reference.as_str().to_owned(),
            policy_version: policy::VERSION,
            asked: None,
            record: records.first().copied().filter(|_| records.len() == 1),
            records: if records.len() == 1 { Vec::new() } else { records },
            entries,
            refusal: None,
            grants: Vec::new(),
            hits: Vec::new(),
            consents: Vec::new(),
        }
    }

    pub(crate) fn country_of(&self, ctx: &OpContext) -> Option<barid_domain::countries::CountryCode> {
        self.registry().active(ctx.actor.organisation).and_then(|organisation| organisation.country)
    }
}

/// The most faults named in one refusal of a batch.
const FAULTS_SHOWN: usize = 100;

/// Makes what the store keeps of an entry about one record.
pub(crate) fn new_entry(
    ctx: &OpContext,
    database: Database,
    entry: &Verified,
    change: HeadChange,
    record: RecordId,
    review_on: Day,
) -> NewEntry {
    let organisation = ctx.actor.organisation;
    let key = match (database, change) {
        (Database::Persons | Database::Links, _) => KeyScope::Record(record),
        (database, _) if tables::table(database).is_some() => KeyScope::Record(record),
        _ => KeyScope::owner_month(organisation, review_on),
    };
    NewEntry {
        organisation,
        class: stream_class(database),
        hash: entry.hash(),
        bytes: entry.bytes().to_vec(),
        key,
        change,
        items: Vec::new(),
        meta: HeadMeta { database, review_on },
    }
}

/// The class of stream that a database's entries go into.
pub(crate) fn stream_class(database: Database) -> StreamClass {
    match database {
        Database::Persons => StreamClass::Persons,
        Database::TravelDocuments | Database::Unlisted(_) => StreamClass::TravelDocuments,
        Database::Vehicles
        | Database::Vessels
        | Database::Aircraft
        | Database::Firearms
        | Database::AdministrativeDocuments
        | Database::WorksOfArt
        | Database::Incidents
        | Database::CashAndAccounts
        | Database::OrganisationsAndNetworks => StreamClass::Objects,
        Database::Links => StreamClass::Links,
    }
}

/// Names a new record out of the client's own key, so that the same request names the same record.
fn derive_record(ctx: &OpContext, key: IdempotencyKey) -> RecordId {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(b"barid/record/v1\0")
        .chain_update(ctx.actor.organisation.as_str())
        .chain_update([0])
        .chain_update(key.0)
        .finalize()
        .into();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    RecordId::from_random(bytes)
}

/// Names a request by its key and its hash. Looked up before the request is checked: what landed is answered with its
/// receipt, though the same request might be refused today.
pub(crate) fn idempotency(ctx: &OpContext, key: IdempotencyKey, request: [u8; 32]) -> Idempotency {
    Idempotency { organisation: ctx.actor.organisation, key, request }
}

pub(crate) fn request_hash<T: Encode<()>>(kind: &str, submission: &Submission<T>) -> [u8; 32] {
    Sha256::new()
        .chain_update(kind)
        .chain_update([0])
        .chain_update(encode(&submission.record))
        .chain_update(encode(&submission.expects))
        .chain_update(encode(&submission.terms))
        .chain_update(encode(&submission.statement))
        .chain_update(images_of_request(&submission.images))
        .chain_update(audience_of_request(submission.audience.as_ref()))
        .finalize()
        .into()
}

fn batch_request_hash(submission: &DocumentBatchSubmission) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"batch\0").chain_update(encode(&submission.terms));
    for document in &submission.documents {
        hash.update(encode(document));
    }
    hash.update(audience_of_request(submission.audience.as_ref()));
    hash.finalize().into()
}

fn fault(place: &str, code: FaultCode) -> AppError {
    AppError::Faulty(vec![barid_domain::faults::Fault { place: place.to_owned(), code }])
}
