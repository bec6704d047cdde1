//! Opening one record: a second act after the search, with the same decision made again.

use barid_domain::audit::Operation;
use barid_domain::batches::{Batch, BatchError, BatchItem, is_record_of, item_hash, read_item, verify_item};
use barid_domain::codes::Database;
use barid_domain::contents::Content;
use barid_domain::entries::{SealError, Unverified};
use barid_domain::ids::RecordId;
use barid_domain::oversight::Deed;
use barid_domain::policy::{Reveal, SearchScope, VisibilityClass};
use barid_domain::restrictions::Audience;
use barid_ledger::Hash;
use barid_search::leak_tests::{Leak, Work, count, is_planted};
use barid_store::{Head, HeadState, StoredEntry, StoredItem};

use crate::App;
use crate::acts::Act;
use crate::answers::{OpenedRecord, Statement};
use crate::context::OpContext;
use crate::error::AppError;
use crate::links::shown_records;
use crate::marks::Said;

impl App {
    /// Opens a record; what isn't there, what is withdrawn, what is past its
    /// review, what a stolen key signed and what the caller may not see are all [`AppError::Absent`].
    pub async fn open(&self, ctx: &OpContext, record: RecordId) -> Result<OpenedRecord, AppError> {
        self.hide_overdue().await?;
        let act = self.begin(ctx, Operation::OpenRecord, None, Some(record)).await?;
        match self.open_with_links(ctx, &act, record).await {
            Ok(opened) => {
                let shown = opened.links.as_ref().map_or(vec![record], |page| shown_records(record, page));
                self.end(ctx, act, shown).await?;
                self.watch(ctx, Deed::Open(record));
                Ok(opened)
            }
            Err(error) => {
                self.refuse(ctx, act, &error).await?;
                self.watch(ctx, Deed::Refused);
                Err(error)
            }
        }
    }

    async fn open_with_links(
        &self,
        ctx: &OpContext,
        act: &Act,
        record: RecordId,
    ) -> Result<OpenedRecord, AppError> {
        let scope = self.scope_to_open(ctx)?;
        act.decided_with(&scope);
        let mut opened = self.open_visible(&scope, act, record).await?;
        match &opened.statement {
            Statement::Link(link) => self.must_see_both(act, &scope, link).await?,
            Statement::Person(_) | Statement::TravelDocument(_) | Statement::Object(_) => {
                // Before the first index stands nothing is known of links: the record is not kept back for that.
                if self.index.stands() {
                    opened.links = Some(self.first_links(act, &scope, record).await?);
                }
            }
        }
        Ok(opened)
    }

    /// Opens a record that the scope permits, without its links; of a link it does not ask whether both its records may be
    /// seen.
    pub(crate) async fn open_visible(
        &self,
        scope: &SearchScope,
        act: &Act,
        record: RecordId,
    ) -> Result<OpenedRecord, AppError> {
        let head = self.store().head(record).await.map_err(AppError::Store)?;
        // Without an index that is in step it is not known whom others show their records to.
        let is_own = |head: &Head| head.owner == scope.organisation();
        if !self.index.answers() && !head.as_ref().is_some_and(is_own) {
            return Err(AppError::NotReady);
        }
        let answers = |head: &Head| head.state == HeadState::Active && !self.is_overdue(head);
        let head = head.filter(answers).ok_or(AppError::Absent)?;
        if scope.is_kept_back(&self.order_book(), record, head.current) {
            return Err(AppError::Absent);
        }
        let stored = self.store().open_record(act.begun(), record).await.map_err(AppError::Store)?;
        let stored = stored.ok_or(AppError::Absent)?;
        count(Work::RowsRead, 1);
        count(Work::BytesRead, stored.bytes.as_ref().map_or(0, Vec::len));
        let proof = match &stored.item {
            Some(item) => self.store().item_proof(stored.hash, item.index).await.map_err(AppError::Store)?,
            None => None,
        };
        let mut opened = self.read_stored(act, &head, stored, proof.as_deref())?;
        let audience = match is_planted(Leak::RestrictionForgotten) {
            true => Audience::EVERYBODY,
            false => self.audience(opened.owner, record),
        };
        let class = VisibilityClass::of(opened.database, opened.owner, &opened.terms, audience);
        act.shown_by(scope.consents_to(record, &class));
        let Reveal::Shown { mask, duties } = scope.reveal_record(record, &class) else {
            let planted = is_planted(Leak::ConflictForHidden);
            return Err(if planted { AppError::KeyReused } else { AppError::Absent });
        };
        opened.hide(mask);
        opened.duties = duties;
        let is_told = opened.owner == scope.organisation() || is_planted(Leak::PlaceInStream);
        opened.number = opened.number.filter(|_| is_told);
        Ok(opened)
    }

    /// Verifies an entry and the item in it, and puts together what is shown.
    pub(crate) fn read_stored(
        &self,
        act: &Act,
        head: &Head,
        stored: StoredEntry,
        proof: Option<&[Hash]>,
    ) -> Result<OpenedRecord, AppError> {
        let record = head.record;
        let bytes = stored.bytes.ok_or(AppError::Absent)?;
        let registry = self.registry();
        let entry = Unverified::parse(&bytes)?;
        if !registry.compromised().leave(&entry, &stored.position) {
            return Err(AppError::Absent);
        }
        let entry = match entry.verify_at(registry.as_ref(), &stored.position) {
            // What the registry does not let count is absent for everybody, and looks like what is not there.
            Err(SealError::KeyNotValid | SealError::AfterCompromise | SealError::MissingAlgorithm) => {
                return Err(AppError::Absent);
            }
            verified => verified?,
        };
        let (database, terms, statement, images) = match (Content::read(&entry)?, stored.item) {
            (Content::Person(person), None) if person.record == record => {
                let statement = Statement::Person(Box::new(person.statement));
                (Database::Persons, person.terms, statement, person.images)
            }
            (Content::TravelDocument(document), None) if document.record == record => {
                let statement = Statement::TravelDocument(document.statement);
                (Database::TravelDocuments, document.terms, statement, document.images)
            }
            (Content::Object(object), None) if object.record == record => {
                let database = object.statement.database;
                (database, object.terms, Statement::Object(Box::new(object.statement)), object.images)
            }
            (Content::Link(link), None) if link.record == record => {
                (Database::Links, link.terms, Statement::Link(Box::new(link.statement)), Vec::new())
            }
            (Content::Batch(batch), Some(item)) => {
                let read = read_verified(&batch, proof, record, &item)?;
                (batch.database, batch.terms, Statement::TravelDocument(read.document), Vec::new())
            }
            _ => return Err(AppError::Absent),
        };
        let owner = entry.claims().issuer;
        let custody = registry
            .organisations()
            .find(|(code, _)| *code == owner)
            .map(|(_, organisation)| organisation.custody)
            .ok_or(AppError::Absent)?;
        Ok(OpenedRecord {
            act: act.id(),
            access: act.line(),
            record,
            version: head.version,
            database,
            owner,
            custody,
            terms,
            statement,
            links: None,
            images,
            duties: Vec::new(),
            said: Said::of(&self.order_book(), record, owner),
            is_partial: false,
            entry: stored.hash,
            stream: stored.position.stream,
            number: Some(stored.position.seq),
            signed_at: entry.claims().issued_at,
        })
    }
}

/// Reads an item once it is shown to be the one that was signed: the proof leads from its bytes at its place to the
/// manifest's root, and its hash names the record.
fn read_verified(
    batch: &Batch,
    proof: Option<&[Hash]>,
    record: RecordId,
    item: &StoredItem,
) -> Result<BatchItem, AppError> {
    let bytes = item.bytes.as_deref().ok_or(AppError::Absent)?;
    verify_item(batch, item.index, bytes, proof.unwrap_or_default())?;
    if !is_record_of(record, &batch.root, &item_hash(bytes)) {
        return Err(BatchError::NotTheItems.into());
    }
    Ok(read_item(bytes).ok_or(BatchError::ItemMalformed(item.index as usize))?)
}
