//! Marks of records: the person at the desk may be a victim whose identity was misused, or was compared before and is another one.
//!
//! The owner marks its own records under its own key; the commission marks any by an order. Both stand in the book of orders, and
//! whoever is shown a record, as candidate or opened, is shown them.

use barid_domain::audit::Operation;
use barid_domain::codes::Database;
use barid_domain::contents::{Content, encode};
use barid_domain::dates::Timestamp;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{EntryHash, IdempotencyKey, OrganisationCode, RecordId};
use barid_domain::marks::{MARKS_CAP, MARKS_OF_DAY_CAP, MARKS_OF_RECORD_CAP, MarkKind};
use barid_domain::orders::{Order, OrderAct, OrderBook, StandingOrder};
use barid_domain::streams::StreamClass;
use barid_domain::text::LocalText;
use barid_store::{Head, HeadChange, HeadMeta, HeadState, KeyScope, NewEntry};
use sha2::{Digest, Sha256};

use crate::App;
use crate::answers::Receipt;
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::idempotency;

/// Is what an owner says by a mark.
#[derive(Clone, Debug)]
pub struct MarkPlan {
    /// The record, of a person.
    pub record: RecordId,
    /// Which mark.
    pub mark: MarkKind,
    /// What tells the two persons apart.
    pub texts: Vec<LocalText>,
    /// The file that holds the other person's consent.
    pub consent: Option<String>,
}

/// Is what is said of a record to whoever is shown it, besides what it states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What the commission says about it.
    pub annotations: Vec<StandingOrder>,
    /// Its marks.
    pub marks: Vec<StandingOrder>,
}

impl Said {
    /// What counts of a record of this owner: of marks, those of the commission and the owner's.
    pub(crate) fn of(book: &OrderBook, record: RecordId, owner: OrganisationCode) -> Self {
        let counts = |standing: &&StandingOrder| !is_of_owner(standing) || standing.commission == owner;
        Self {
            annotations: book.annotations(record).cloned().collect(),
            marks: book.marks(record).filter(counts).cloned().collect(),
        }
    }
}

/// Tells whether an order was stated by a record's owner, of its own record.
pub(crate) fn is_of_owner(standing: &StandingOrder) -> bool {
    let order = &standing.order;
    let is_owners_act = match order.act {
        OrderAct::Mark | OrderAct::Lift => true,
        OrderAct::Block
        | OrderAct::Unblock
        | OrderAct::Annotate
        | OrderAct::Correct
        | OrderAct::Erase
        | OrderAct::DoNotReEnter
        | OrderAct::Unlisted(_) => false,
    };
    is_owners_act && standing.commission == order.owner
}

impl App {
    /// Marks a record of a person of the caller's own.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such record of the caller's; [`AppError::Order`] where the mark stands already.
    pub async fn mark_record(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: MarkPlan,
    ) -> Result<Receipt, AppError> {
        let record = plan.record;
        let done = self.enter_mark(ctx, key, plan).await;
        self.journal_refusal(ctx, Operation::MarkRecord, Some(record), done).await
    }

    async fn enter_mark(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        plan: MarkPlan,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::MarkRecord)?;
        let idempotency = idempotency(ctx, key, request_hash(&plan));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        self.read_rights_again().await?;
        let head = self.own_person(ctx, plan.record).await?;
        let order = Order {
            act: OrderAct::Mark,
            mark: Some(plan.mark),
            consent: plan.consent,
            ..self.bare_order(&head, OrderAct::Mark, plan.texts)
        };
        let mut faults = Faults::default();
        order.check(&mut faults);
        let book = self.order_book();
        let own = |standing: &&StandingOrder| standing.commission == ctx.actor.organisation;
        faults.require(
            book.marks(plan.record).filter(own).count() < MARKS_OF_RECORD_CAP,
            "record",
            FaultCode::TooMany,
        );
        faults.require(book.marks_by(ctx.actor.organisation) < MARKS_CAP, "mark", FaultCode::TooMany);
        self.check_marks_of_today(ctx, &book, plan.record, &mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        book.may_order(ctx.actor.organisation, &order)?;
        self.enter_own_order(ctx, Operation::MarkRecord, idempotency, order).await
    }

    /// Lifts a mark of the caller's own.
    ///
    /// # Errors
    /// [`AppError::Absent`] where there is no such mark of the caller's, or it was lifted.
    pub async fn lift_mark(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        mark: EntryHash,
        texts: Vec<LocalText>,
    ) -> Result<Receipt, AppError> {
        let done = self.enter_lifting(ctx, key, mark, texts).await;
        self.journal_refusal(ctx, Operation::LiftMark, None, done).await
    }

    async fn enter_lifting(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        mark: EntryHash,
        texts: Vec<LocalText>,
    ) -> Result<Receipt, AppError> {
        self.may_write(ctx, Operation::LiftMark)?;
        let request = Sha256::new().chain_update(b"lift\0").chain_update(mark.0).chain_update(encode(&texts));
        let idempotency = idempotency(ctx, key, request.finalize().into());
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        self.read_rights_again().await?;
        let book = self.order_book();
        let standing = book.order(mark).filter(|standing| {
            standing.commission == ctx.actor.organisation
                && standing.order.act == OrderAct::Mark
                && !book.is_lifted(mark)
        });
        let record = standing.ok_or(AppError::Absent)?.order.record;
        let head = self.own_person(ctx, record).await?;
        let order = Order { answers: Some(mark), ..self.bare_order(&head, OrderAct::Lift, texts) };
        let mut faults = Faults::default();
        order.check(&mut faults);
        self.check_marks_of_today(ctx, &book, record, &mut faults);
        faults.into_result().map_err(AppError::Faulty)?;
        book.may_order(ctx.actor.organisation, &order)?;
        self.enter_own_order(ctx, Operation::LiftMark, idempotency, order).await
    }

    /// What an owner says of a record in marks and liftings stays for good: it says no more on one day than anybody means.
    fn check_marks_of_today(&self, ctx: &OpContext, book: &OrderBook, record: RecordId, faults: &mut Faults) {
        let today = self.now().day();
        let of_today = book.about(record).filter(|standing| {
            standing.commission == ctx.actor.organisation
                && is_of_owner(standing)
                && Timestamp::from_seconds(standing.at).day() == today
        });
        faults.require(of_today.count() < MARKS_OF_DAY_CAP, "record", FaultCode::TooMany);
    }

    /// Tells whether an order is a mark of an owner whose record is erased: it ended with it, and is only not forgotten yet.
    pub(crate) async fn is_forgotten_mark(&self, standing: &StandingOrder) -> Result<bool, AppError> {
        if !is_of_owner(standing) || self.is_commission(standing.commission) {
            return Ok(false);
        }
        let head = self.store().head(standing.order.record).await.map_err(AppError::Store)?;
        Ok(head.is_some_and(|head| head.state == HeadState::Erased))
    }

    /// Forgets what owners said of records that are erased: the streams have it no more.
    pub(crate) async fn forget_marks_of(&self, erased: &[RecordId]) -> Result<(), AppError> {
        let book = self.order_book();
        let has_marks = |record: &RecordId| {
            book.about(*record).any(|one| is_of_owner(one) && !self.is_commission(one.commission))
        };
        if erased.iter().any(has_marks) { self.read_rights_anew().await } else { Ok(()) }
    }

    /// The head of a record of a person of the caller's own that stands.
    async fn own_person(&self, ctx: &OpContext, record: RecordId) -> Result<Head, AppError> {
        let head = self.own_head(ctx, record).await?;
        let is_there = head.state == HeadState::Active
            && head.database == Database::Persons
            && ctx.rights.reach(Database::Persons);
        if is_there { Ok(head) } else { Err(AppError::Absent) }
    }

    fn bare_order(&self, head: &Head, act: OrderAct, texts: Vec<LocalText>) -> Order {
        Order {
            salt: self.ports().draw(),
            record: head.record,
            database: head.database,
            act,
            version: None,
            answers: None,
            texts,
            owner: head.owner,
            described: None,
            mark: None,
            consent: None,
        }
    }

    /// Stores what an owner states about its own record, and takes it up.
    async fn enter_own_order(
        &self,
        ctx: &OpContext,
        operation: Operation,
        idempotency: barid_store::Idempotency,
        order: Order,
    ) -> Result<Receipt, AppError> {
        let (record, now) = (order.record, self.now());
        let payload = encode(&order);
        let entry = self.seal(ctx, &Content::Order(order), payload, now)?;
        let hash = entry.hash();
        let mut tx = self.store().begin_write(Some(idempotency));
        tx.append(NewEntry {
            organisation: ctx.actor.organisation,
            class: StreamClass::Orders,
            hash,
            bytes: entry.bytes().to_vec(),
            // What is said of a victim ends with the record that it is said with.
            key: KeyScope::Record(record),
            change: HeadChange::None,
            items: Vec::new(),
            meta: HeadMeta { database: Database::Persons, review_on: now.day() },
        });
        let line = self.write_line(ctx, operation, now, vec![record], vec![hash]);
        let receipt = self.commit(tx, line, vec![record], vec![hash]).await?;
        if let Err(error) = self.read_rights_again().await {
            tracing::warn!(code = error.code(), "a mark is stored and not taken up here yet");
        }
        Ok(receipt)
    }
}

fn request_hash(plan: &MarkPlan) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"mark\0")
        .chain_update(plan.record.0)
        .chain_update(encode(&plan.mark))
        .chain_update(encode(&plan.texts))
        .chain_update(encode(&plan.consent))
        .finalize()
        .into()
}
