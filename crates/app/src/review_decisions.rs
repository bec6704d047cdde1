//! Decisions at reviews: an owner keeps records with a reason, or withdraws them, up to a thousand at once.
//!
//! Each decision is answered on its own; what can be done is done in one write. A kept record gets a new version in which
//! nothing but its terms is new. An item of a batch has no versions: it is stated anew, in a batch of its own with those that
//! are kept with it, and its old place is withdrawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use barid_domain::audit::{Operation, Phase};
use barid_domain::codes::{Database, WithdrawalReason};
use barid_domain::contents::{Content, encode};
use barid_domain::dates::{Day, Timestamp};
use barid_domain::faults::{Fault, FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, RecordId};
use barid_domain::images::Image;
use barid_domain::links::Link;
use barid_domain::objects::Object;
use barid_domain::persons::Person;
use barid_domain::policy::Refusal;
use barid_domain::restrictions::Audience;
use barid_domain::retention::Held;
use barid_domain::reviews;
use barid_domain::terms::{KeepReason, Keeping, Terms, listed};
use barid_domain::text::LocalText;
use barid_domain::travel_documents::TravelDocument;
use barid_store::{
    Committed, ENTRIES_PER_WRITE_CAP, Head, HeadState, Idempotency, NewEntry, StoreError, SystemChange,
};
use sha2::{Digest, Sha256};

use crate::App;
use crate::acts::Act;
use crate::answers::{OpenedRecord, Statement};
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::{NewVersion, idempotency};
use crate::restrictions::RestrictionPlan;

/// The most decisions of one request.
pub const DECISIONS_CAP: usize = 1_000;
/// How often a write is put together anew because records changed meanwhile.
const TRIES: usize = 8;

/// Is what an owner decides about one record.
#[derive(Clone, Debug)]
pub struct ReviewDecision {
    /// The record.
    pub record: RecordId,
    /// The entry that it was decided on.
    pub expects: EntryHash,
    /// What.
    pub act: ReviewAct,
}

/// Is what is decided.
#[derive(Clone, Debug)]
pub enum ReviewAct {
    /// It is held further.
    Keep {
        /// Until it is looked at again.
        review_on: Day,
        /// Why.
        reason: KeepReason,
        /// Why in words.
        text: Option<LocalText>,
    },
    /// It ends.
    Withdraw {
        /// Why.
        reason: WithdrawalReason,
    },
}

/// Is what became of one decision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decided {
    /// The record is kept.
    Kept {
        /// The record as it stands: of an item of a batch another one.
        record: RecordId,
        /// The entry that stands.
        entry: EntryHash,
    },
    /// The record is withdrawn.
    Withdrawn {
        /// The withdrawal.
        entry: EntryHash,
    },
    /// It was decided on another version than the one that stands.
    Stale {
        /// The one that stands.
        current: EntryHash,
    },
    /// There is no such record of the organisation that stands.
    Absent,
    /// It is too late: the record is waiting to be erased.
    TooLate,
    /// An order of the commission keeps it back, or its last version counts no more: it is stated anew, not kept.
    NotKept,
    /// The decision is not sound.
    Faulty(Vec<Fault>),
    /// The commission ordered that the person is not entered again: not kept either.
    Barred {
        /// The order.
        order: EntryHash,
    },
    /// The organisation, or its officer, may not.
    Refused(Refusal),
}

/// Is what one decision comes to, before anything is written.
enum Step {
    Answered(Decided),
    Keep(Box<Kept>),
    Withdraw { head: Head, reason: WithdrawalReason },
}

/// Is a record that is kept.
struct Kept {
    head: Head,
    terms: Terms,
    statement: Statement,
    images: Vec<Image>,
}

/// Is an item of a batch that is stated anew.
struct Moved {
    from: RecordId,
    to: RecordId,
    /// Whom it is shown to.
    audience: Audience,
}

/// Is a write that is put together: entries in their order, and what each decision comes to once they stand.
#[derive(Default)]
struct Plan {
    entries: Vec<NewEntry>,
    moved: Vec<Moved>,
    records: Vec<RecordId>,
    decided: BTreeMap<RecordId, Decided>,
}

impl App {
    /// Keeps or withdraws records at their review. The answers stand in the order of the decisions.
    ///
    /// # Errors
    /// [`AppError::Faulty`] where there are none or too many, or two about one record: then nothing is done.
    pub async fn decide_reviews(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        decisions: Vec<ReviewDecision>,
    ) -> Result<Vec<Decided>, AppError> {
        let done = self.decide(ctx, key, &decisions).await;
        self.journal_refusal(ctx, Operation::DecideReviews, None, done).await
    }

    async fn decide(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        decisions: &[ReviewDecision],
    ) -> Result<Vec<Decided>, AppError> {
        self.may_write(ctx, Operation::DecideReviews)?;
        check_request(decisions)?;
        let idempotency = idempotency(ctx, key, hash_of(decisions));
        self.hide_overdue().await?;
        let before = self.store().replay(&idempotency).await.map_err(|error| self.refused_by_store(error))?;
        let done = match before {
            Some(committed) => self.done_before(decisions, committed).await?,
            None => BTreeMap::new(),
        };
        let act = self.begin(ctx, Operation::DecideReviews, None, None).await?;
        let decided =
            if done.is_empty() { self.carry_out(ctx, &act, idempotency, decisions).await } else { Ok(done) };
        let decided = match decided {
            Ok(decided) => decided,
            Err(error) => {
                self.end(ctx, act, Vec::new()).await?;
                return Err(error);
            }
        };
        let answers = self.answers(ctx, &act, decisions, &decided).await;
        // What was done is done, whether it can be told or not.
        self.end(ctx, act, decisions.iter().map(|decision| decision.record).collect()).await?;
        answers
    }

    /// What each decision came to, in their order.
    async fn answers(
        &self,
        ctx: &OpContext,
        act: &Act,
        decisions: &[ReviewDecision],
        decided: &BTreeMap<RecordId, Decided>,
    ) -> Result<Vec<Decided>, AppError> {
        let mut answers = Vec::with_capacity(decisions.len());
        for decision in decisions {
            answers.push(match decided.get(&decision.record) {
                Some(decided) => decided.clone(),
                // Of a request that was repeated: what was not done then is looked at again, and not done now.
                None => match self.look(ctx, act, decision).await? {
                    Step::Answered(decided) => decided,
                    Step::Keep(kept) => Decided::Stale { current: kept.head.current },
                    Step::Withdraw { head, .. } => Decided::Stale { current: head.current },
                },
            });
        }
        Ok(answers)
    }

    async fn carry_out(
        &self,
        ctx: &OpContext,
        act: &Act,
        idempotency: Idempotency,
        decisions: &[ReviewDecision],
    ) -> Result<BTreeMap<RecordId, Decided>, AppError> {
        for _ in 0..TRIES {
            self.see_new_orders().await?;
            let orders = self.order_book();
            let Plan { entries, moved, records, decided } = self.plan(ctx, act, decisions).await?;
            if entries.is_empty() {
                // The same request may have landed beside this one, between the question and the look.
                let landed = self.store().replay(&idempotency).await;
                return match landed.map_err(|error| self.refused_by_store(error))? {
                    Some(committed) => self.done_before(decisions, committed).await,
                    None => self.note_barred(ctx, decided).await,
                };
            }
            if entries.len() > ENTRIES_PER_WRITE_CAP {
                return Err(fault("decisions", FaultCode::TooMany));
            }
            // Signing takes its time: what was ordered, or kept from others, meanwhile holds for what is stated anew too.
            self.follow().await?;
            let is_as_it_was = |of: &Moved| self.audience(ctx.actor.organisation, of.from) == of.audience;
            if !Arc::ptr_eq(&orders, &self.order_book()) || !moved.iter().all(is_as_it_was) {
                continue;
            }
            let hashes = entries.iter().map(|entry| entry.hash).collect();
            let mut tx = self.store().begin_write(Some(idempotency));
            attempts(ctx, &decided).for_each(|attempt| tx.change_system(attempt));
            entries.into_iter().for_each(|entry| tx.append(entry));
            for Moved { from, to, .. } in moved {
                let organisation = ctx.actor.organisation;
                tx.change_system(SystemChange::MoveImport { organisation, from, to });
            }
            let line = self.write_line(ctx, Operation::DecideReviews, self.now(), records, hashes);
            match tx.commit(line).await {
                // The same request landed beside this one.
                Ok(committed) if committed.replayed => return self.done_before(decisions, committed).await,
                Ok(_) => {
                    if let Err(error) = self.follow().await {
                        tracing::warn!(code = error.code(), "a write could not be followed yet");
                    }
                    return Ok(decided);
                }
                // A record changed since it was looked at, and nothing is stored: all are looked at again.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(self.refused_by_store(error)),
            }
        }
        Err(AppError::Overloaded)
    }

    /// Notes who was to be kept that is not to be entered again, where nothing else is written, and hands the decisions on.
    async fn note_barred(
        &self,
        ctx: &OpContext,
        decided: BTreeMap<RecordId, Decided>,
    ) -> Result<BTreeMap<RecordId, Decided>, AppError> {
        let attempts: Vec<SystemChange> = attempts(ctx, &decided).collect();
        if !attempts.is_empty() {
            let mut tx = self.store().begin_write(None);
            attempts.into_iter().for_each(|attempt| tx.change_system(attempt));
            let mut line = self.write_line(ctx, Operation::DecideReviews, self.now(), Vec::new(), Vec::new());
            line.phase = Phase::Refused;
            line.refusal = Some(FaultCode::ReEntryBarred.as_str().to_owned());
            tx.commit(line).await.map_err(|error| self.refused_by_store(error))?;
        }
        Ok(decided)
    }

    /// Looks at every decision and puts the write together.
    async fn plan(&self, ctx: &OpContext, act: &Act, decisions: &[ReviewDecision]) -> Result<Plan, AppError> {
        let (now, mut plan) = (self.now(), Plan::default());
        let (mut keeping, mut items) = (Keepings::default(), Vec::new());
        for decision in decisions {
            let record = decision.record;
            match self.look(ctx, act, decision).await? {
                Step::Answered(decided) => {
                    plan.decided.insert(record, decided);
                }
                Step::Withdraw { head, reason } => {
                    let (entry, stored) = self.withdrawal_entry(ctx, &head, reason, now).await?;
                    plan.decided.insert(record, Decided::Withdrawn { entry });
                    plan.records.push(record);
                    plan.entries.push(stored);
                }
                Step::Keep(kept) if kept.head.item.is_some() => items.push(*kept),
                Step::Keep(kept) => keeping.add(*kept),
            }
        }
        let kept = keeping.entries(self, ctx, now)?;
        for (record, entry) in kept {
            plan.decided.insert(record, Decided::Kept { record, entry: entry.hash });
            plan.records.push(record);
            plan.entries.push(entry);
        }
        self.state_items_anew(ctx, items, now, &mut plan).await?;
        Ok(plan)
    }

    /// States kept items of batches anew: those with the same terms, that are shown to the same organisations, in one batch, and
    /// each old place withdrawn behind it.
    async fn state_items_anew(
        &self,
        ctx: &OpContext,
        items: Vec<Kept>,
        now: Timestamp,
        plan: &mut Plan,
    ) -> Result<(), AppError> {
        if items.is_empty() {
            return Ok(());
        }
        // As other records they are shown to whom they were shown to before.
        self.must_know_restrictions().await?;
        let mut groups: Vec<ItemsAlike> = Vec::new();
        for Kept { head, terms, statement, images: _ } in items {
            let Statement::TravelDocument(document) = statement else { return Err(AppError::Absent) };
            let alike = (terms, self.audience(head.owner, head.record));
            match groups.iter_mut().find(|(of, _)| *of == alike) {
                Some((_, group)) => group.push((head, document)),
                None => groups.push((alike, vec![(head, document)])),
            }
        }
        for ((terms, audience), group) in groups {
            let (heads, documents): (Vec<Head>, Vec<TravelDocument>) = group.into_iter().unzip();
            let batch = self.batch_entry(ctx, &terms, documents, now)?;
            let entry = batch.hash;
            let anew: Vec<RecordId> = batch.items.iter().map(|item| item.record).collect();
            plan.entries.push(batch);
            if !audience.is_everybody() {
                let (database, records) = (Database::TravelDocuments, Some(anew.clone()));
                let restriction = RestrictionPlan { database, records, audience: audience.clone() };
                plan.entries.push(self.restriction_entry(ctx, restriction, now)?);
            }
            for (head, record) in heads.iter().zip(anew) {
                let (_, withdrawal) =
                    self.withdrawal_entry(ctx, head, WithdrawalReason::Replaced, now).await?;
                plan.entries.push(withdrawal);
                plan.moved.push(Moved { from: head.record, to: record, audience: audience.clone() });
                plan.records.push(head.record);
                plan.decided.insert(head.record, Decided::Kept { record, entry });
            }
        }
        Ok(())
    }

    /// Looks at what one decision is about, and decides whether it can be done.
    async fn look(&self, ctx: &OpContext, act: &Act, decision: &ReviewDecision) -> Result<Step, AppError> {
        let answered = |decided| Ok(Step::Answered(decided));
        let head = match self.own_head(ctx, decision.record).await {
            Ok(head) if head.state == HeadState::Active => head,
            Ok(_) | Err(AppError::Absent) => return answered(Decided::Absent),
            Err(error) => return Err(error),
        };
        let may = match &decision.act {
            ReviewAct::Keep { .. } => self.may_enter(ctx, head.database),
            ReviewAct::Withdraw { .. } => self.may_write(ctx, Operation::WithdrawRecord),
        };
        if let Err(error) = may {
            return refused(error);
        }
        if !ctx.rights.reach(head.database) {
            return answered(Decided::Refused(Refusal::Officer));
        }
        if head.current != decision.expects {
            return answered(Decided::Stale { current: head.current });
        }
        match &decision.act {
            ReviewAct::Withdraw { reason } => {
                if !listed(*reason) {
                    return faulty("reason", FaultCode::UnknownCode);
                }
                Ok(Step::Withdraw { head, reason: *reason })
            }
            ReviewAct::Keep { review_on, reason, text } => {
                let kept = Keeping { decided_on: self.now().day(), reason: *reason, text: text.clone() };
                self.look_at_kept(ctx, act, head, *review_on, kept).await
            }
        }
    }

    async fn look_at_kept(
        &self,
        ctx: &OpContext,
        act: &Act,
        head: Head,
        review_on: Day,
        kept: Keeping,
    ) -> Result<Step, AppError> {
        let today = self.now().day();
        if reviews::is_to_be_erased(head.review_on, today) {
            return Ok(Step::Answered(Decided::TooLate));
        }
        // What must not be said is not said again under a new signature.
        let orders = self.order_book();
        // A kept item is another record, which no order is about: what the commission said would be gone.
        let is_moved_away = head.item.is_some() && orders.about(head.record).next().is_some();
        if is_moved_away || orders.closes(head.record) || !self.counts(&head).await? {
            return Ok(Step::Answered(Decided::NotKept));
        }
        let opened = match self.read_own(act, &head).await {
            Ok(opened) => opened,
            Err(AppError::Absent) => return Ok(Step::Answered(Decided::NotKept)),
            Err(error) => return Err(error),
        };
        let OpenedRecord { terms, statement, images, .. } = opened;
        let terms = Terms { review_on, kept: Some(kept), ..terms };
        if let Err(error) = self.may_hold(ctx, head.database, &terms) {
            return refused(error);
        }
        let mut faults = Faults::default();
        terms.check(today, held(head.database, &statement, &images), &mut faults);
        // Kept is said once more, under a new signature.
        let barred = match &statement {
            Statement::Person(person) => self.order_against(person),
            Statement::TravelDocument(_) | Statement::Object(_) | Statement::Link(_) => None,
        };
        match faults.into_result() {
            Ok(()) if let Some(order) = barred => Ok(Step::Answered(Decided::Barred { order })),
            Ok(()) => Ok(Step::Keep(Box::new(Kept { head, terms, statement, images }))),
            Err(faults) => Ok(Step::Answered(Decided::Faulty(faults))),
        }
    }

    /// Reads an own record whole, verified as one that is opened is.
    pub(crate) async fn read_own(&self, act: &Act, head: &Head) -> Result<OpenedRecord, AppError> {
        let stored = self.store().open_candidate(act.begun(), head.record).await.map_err(AppError::Store)?;
        let stored = stored.ok_or(AppError::Absent)?;
        let proof = match &stored.item {
            Some(item) => self.store().item_proof(stored.hash, item.index).await.map_err(AppError::Store)?,
            None => None,
        };
        self.read_stored(act, head, stored, proof.as_deref())
    }

    /// What the same request came to when it landed: told by what it wrote, place by place in its order.
    async fn done_before(
        &self,
        decisions: &[ReviewDecision],
        committed: Committed,
    ) -> Result<BTreeMap<RecordId, Decided>, AppError> {
        let acts: BTreeMap<RecordId, &ReviewAct> =
            decisions.iter().map(|decision| (decision.record, &decision.act)).collect();
        let mut done = BTreeMap::new();
        // The records of the last batch that no old place was found for yet.
        let mut anew: std::collections::VecDeque<(RecordId, EntryHash)> = Default::default();
        for position in committed.positions {
            let written = self.store().written_at(position).await.map_err(AppError::Store)?;
            let Some(written) = written else { continue };
            let (entry, records) = (written.entry, written.records);
            let about = match records.as_slice() {
                [record] => acts.get(record).map(|act| (*record, *act)),
                _ => None,
            };
            match about {
                // Whom the batch before it is shown to.
                None if records.is_empty() => {}
                None => anew = records.into_iter().map(|record| (record, entry)).collect(),
                Some((record, ReviewAct::Withdraw { .. })) => {
                    done.insert(record, Decided::Withdrawn { entry });
                }
                Some((record, ReviewAct::Keep { .. })) => {
                    let (now, entry) = anew.pop_front().unwrap_or((record, entry));
                    done.insert(record, Decided::Kept { record: now, entry });
                }
            }
        }
        Ok(done)
    }
}

/// The attempts to keep somebody who is not to be entered again.
fn attempts(ctx: &OpContext, decided: &BTreeMap<RecordId, Decided>) -> impl Iterator<Item = SystemChange> {
    let organisation = ctx.actor.organisation;
    decided.values().filter_map(move |decided| match decided {
        Decided::Barred { order } => Some(SystemChange::NoteReEntry { organisation, order: *order }),
        Decided::Kept { .. }
        | Decided::Withdrawn { .. }
        | Decided::Stale { .. }
        | Decided::Absent
        | Decided::TooLate
        | Decided::NotKept
        | Decided::Faulty(_)
        | Decided::Refused(_) => None,
    })
}

/// Is kept items with the same terms that are shown to the same organisations.
type ItemsAlike = ((Terms, Audience), Vec<(Head, TravelDocument)>);

/// Is kept records by their databases, waiting to be sealed together.
#[derive(Default)]
struct Keepings {
    persons: Vec<NewVersion<Person>>,
    documents: Vec<NewVersion<TravelDocument>>,
    objects: BTreeMap<Database, Vec<NewVersion<Object>>>,
    links: Vec<NewVersion<Link>>,
}

impl Keepings {
    fn add(&mut self, kept: Kept) {
        let Kept { head, terms, statement, images } = kept;
        match statement {
            Statement::Person(person) => {
                self.persons.push(NewVersion::behind(&head, terms, *person, images));
            }
            Statement::TravelDocument(document) => {
                self.documents.push(NewVersion::behind(&head, terms, document, images));
            }
            Statement::Object(object) => {
                let of_database = self.objects.entry(head.database).or_default();
                of_database.push(NewVersion::behind(&head, terms, *object, images));
            }
            Statement::Link(link) => self.links.push(NewVersion::behind(&head, terms, *link, images)),
        }
    }

    /// Seals them; each entry with its record.
    fn entries(
        self,
        app: &App,
        ctx: &OpContext,
        now: Timestamp,
    ) -> Result<Vec<(RecordId, NewEntry)>, AppError> {
        let mut entries = Vec::new();
        entries.extend(seal(app, ctx, Database::Persons, self.persons, Content::Person, now)?);
        let documents = Database::TravelDocuments;
        entries.extend(seal(app, ctx, documents, self.documents, Content::TravelDocument, now)?);
        for (database, objects) in self.objects {
            entries.extend(seal(app, ctx, database, objects, Content::Object, now)?);
        }
        entries.extend(seal(app, ctx, Database::Links, self.links, Content::Link, now)?);
        Ok(entries)
    }
}

fn seal<T: minicbor::Encode<()>>(
    app: &App,
    ctx: &OpContext,
    database: Database,
    versions: Vec<NewVersion<T>>,
    content: fn(barid_domain::contents::RecordVersion<T>) -> Content,
    now: Timestamp,
) -> Result<Vec<(RecordId, NewEntry)>, AppError> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let records: Vec<RecordId> = versions.iter().map(NewVersion::record).collect();
    let entries = app.version_entries(ctx, database, versions, content, now)?;
    Ok(records.into_iter().zip(entries).collect())
}

/// What the longest period of a record follows from.
fn held<'a>(database: Database, statement: &'a Statement, images: &'a [Image]) -> Held<'a> {
    let statuses = match statement {
        Statement::Person(person) => person.statuses.as_slice(),
        Statement::TravelDocument(_) | Statement::Object(_) | Statement::Link(_) => &[],
    };
    Held { database, statuses, images }
}

fn refused(error: AppError) -> Result<Step, AppError> {
    match error {
        AppError::Refused(refusal) => Ok(Step::Answered(Decided::Refused(refusal))),
        error => Err(error),
    }
}

fn faulty(place: &str, code: FaultCode) -> Result<Step, AppError> {
    Ok(Step::Answered(Decided::Faulty(vec![Fault { place: place.to_owned(), code }])))
}

fn check_request(decisions: &[ReviewDecision]) -> Result<(), AppError> {
    let mut faults = Faults::default();
    faults.require(!decisions.is_empty(), "decisions", FaultCode::Missing);
    faults.count("decisions", decisions.len(), DECISIONS_CAP);
    let mut seen = std::collections::BTreeSet::new();
    for (i, decision) in decisions.iter().enumerate().take(DECISIONS_CAP) {
        faults.require(seen.insert(decision.record), format!("decisions[{i}].record"), FaultCode::Duplicate);
    }
    faults.into_result().map_err(AppError::Faulty)
}

fn hash_of(decisions: &[ReviewDecision]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"review-decisions\0");
    for ReviewDecision { record, expects, act } in decisions {
        hash.update(record.0);
        hash.update(expects.0);
        // Each part has one length or says its own, as CBOR does.
        match act {
            ReviewAct::Keep { review_on, reason, text } => {
                hash.update([1]);
                hash.update(encode(review_on));
                hash.update(encode(reason));
                hash.update(encode(text));
            }
            ReviewAct::Withdraw { reason } => {
                hash.update([2]);
                hash.update(encode(reason));
            }
        }
    }
    hash.finalize().into()
}

fn fault(place: &str, code: FaultCode) -> AppError {
    AppError::Faulty(vec![Fault { place: place.to_owned(), code }])
}
