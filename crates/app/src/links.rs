//! Links between records: stating them, and showing those of a record.
//!
//! A link shows two records, so it is stated and seen only by who may see both: one that leads to a hidden record is not
//! there, and a record that can't be linked to is one that isn't there.

use std::sync::PoisonError;

use barid_domain::audit::Operation;
use barid_domain::codes::{Database, Purpose};
use barid_domain::contents::Content;
use barid_domain::dates::DateInterval;
use barid_domain::entries::Unverified;
use barid_domain::faults::{FaultCode, Faults};
use barid_domain::ids::{IdempotencyKey, RecordId};
use barid_domain::links::{Link, LinkKind, LinkedRecord};
use barid_domain::policy::SearchScope;
use barid_domain::retention::Held;
use barid_domain::text::LocalText;
use barid_search::leak_tests::{Leak, is_planted};
use barid_search::link_index::LinkPlace;
use barid_store::HeadState;
use minicbor::Encode;

use crate::App;
use crate::acts::Act;
use crate::answers::{LinkPage, Receipt, ShownLink};
use crate::context::OpContext;
use crate::error::AppError;
use crate::records::{Submission, idempotency, request_hash};
use crate::searching::{Card, CardHead, CardStatement};

/// The most links of one organisation to one record: the work of showing them is bounded by it.
pub const LINKS_CAP: usize = 500;
/// The links that an opened record is shown with; the others come page by page.
const LINKS_OPENED: usize = 20;
/// Links whose records are looked at in one upkeep.
const LOOKED_AT_ONCE: usize = 1_000;

/// Is what a caller states about two records.
#[derive(Clone, Debug, Encode)]
#[cbor(map)]
pub struct StatedLink {
    /// What the link says.
    #[n(0)]
    pub kind: LinkKind,
    /// The first record.
    #[n(1)]
    pub from: RecordId,
    /// The second record.
    #[n(2)]
    pub to: RecordId,
    /// Since when.
    #[n(3)]
    pub since: Option<DateInterval>,
    /// Until when.
    #[n(4)]
    pub until: Option<DateInterval>,
    /// What else is stated.
    #[n(5)]
    pub remarks: Vec<LocalText>,
}

/// Is a submission of a link.
pub type LinkSubmission = Submission<StatedLink>;

impl App {
    /// States a link between two records, or a new version of one.
    ///
    /// # Errors
    /// [`AppError::Absent`] where one of the records is not there or may not be seen, whichever and why.
    pub async fn submit_link(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: LinkSubmission,
    ) -> Result<Receipt, AppError> {
        let record = submission.record;
        let done = self.enter_link(ctx, key, submission).await;
        self.journal_refusal(ctx, Operation::SubmitRecord, record, done).await
    }

    async fn enter_link(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        submission: LinkSubmission,
    ) -> Result<Receipt, AppError> {
        self.may_enter(ctx, Database::Links)?;
        self.may_hold(ctx, Database::Links, &submission.terms)?;
        let idempotency = idempotency(ctx, key, request_hash("link", &submission));
        if let Some(receipt) = self.replay(&idempotency).await? {
            return Ok(receipt);
        }
        self.must_stand()?;
        self.hide_overdue().await?;
        // A link is words about two records, and has no pictures.
        let Submission { record, expects, terms, statement, images: _, audience } = submission;
        if let Some(record) = record {
            self.must_keep_ends(ctx, record, [statement.from, statement.to]).await?;
        }
        let ends = self.linked_records(ctx, [statement.from, statement.to]).await?;
        if is_planted(Leak::ErrorText) {
            for end in [statement.from, statement.to] {
                if self.store().head(end).await.map_err(AppError::Store)?.is_some() {
                    continue;
                }
                return Err(AppError::Query("no such record"));
            }
        }
        let [Some(from), Some(to)] = ends else { return Err(AppError::Absent) };
        let StatedLink { kind, since, until, remarks, .. } = statement;
        let link = Link { kind, from, to, since, until, remarks };
        let today = self.now().day();
        let mut faults = Faults::default();
        terms.check(today, Held::of(Database::Links), &mut faults);
        link.check(today, &mut faults);
        if record.is_none() {
            self.check_room(ctx, &link, &mut faults).await?;
        }
        faults.into_result().map_err(AppError::Faulty)?;
        let submission = Submission { record, expects, terms, statement: link, images: Vec::new(), audience };
        self.submit(ctx, idempotency, submission, Database::Links, Content::Link).await
    }

    /// Looks at the two records of a link, under a line of their own: as they stand, for who may see them.
    async fn linked_records(
        &self,
        ctx: &OpContext,
        records: [RecordId; 2],
    ) -> Result<[Option<LinkedRecord>; 2], AppError> {
        let act = self.begin(ctx, Operation::ReadLinks, None, None).await?;
        let scope = match self.scope_to_open(ctx) {
            Ok(scope) => scope,
            Err(refusal) => {
                let refusal = AppError::from(refusal);
                self.refuse(ctx, act, &refusal).await?;
                return Err(refusal);
            }
        };
        act.decided_with(&scope);
        let mut found = [None, None];
        for (record, found) in records.into_iter().zip(&mut found) {
            let card = self.card(&act, &scope, record).await?.filter(|card| card.database != Database::Links);
            *found = card.map(|card| LinkedRecord { record, database: card.database, entry: card.entry });
        }
        let seen = found.iter().flatten().map(|end| end.record).collect();
        self.end(ctx, act, seen).await?;
        Ok(found)
    }

    /// A revision says otherwise what a link says, and of the same records: else one would outlive a record that is erased.
    async fn must_keep_ends(
        &self,
        ctx: &OpContext,
        link: RecordId,
        ends: [RecordId; 2],
    ) -> Result<(), AppError> {
        let head = self.own_head(ctx, link).await?;
        if head.database != Database::Links {
            return Err(AppError::Absent);
        }
        let act = self.begin(ctx, Operation::ReadLinks, None, Some(link)).await?;
        let stored = self.store().open_candidate(act.begun(), link).await.map_err(AppError::Store)?;
        self.end(ctx, act, vec![link]).await?;
        let bytes = stored.and_then(|stored| stored.bytes).ok_or(AppError::Absent)?;
        let Content::Link(standing) = Content::of_stored(&Unverified::parse(&bytes)?)? else {
            return Err(AppError::Absent);
        };
        let stood = [standing.statement.from.record, standing.statement.to.record];
        let mut faults = Faults::default();
        faults.require(stood[0] == ends[0], "from", FaultCode::Contradiction);
        faults.require(stood[1] == ends[1], "to", FaultCode::Contradiction);
        faults.into_result().map_err(AppError::Faulty)
    }

    async fn check_room(&self, ctx: &OpContext, link: &Link, faults: &mut Faults) -> Result<(), AppError> {
        let (owner, ends) = (ctx.actor.organisation, [link.from.record, link.to.record]);
        let counts = self.aside(move |index| {
            let index = index.read();
            ends.map(|end| index.links.count_of(owner, end))
        });
        let [from, to] = counts.await?;
        faults.require(from < LINKS_CAP, "from", FaultCode::TooMany);
        faults.require(to < LINKS_CAP, "to", FaultCode::TooMany);
        Ok(())
    }

    /// Shows a page of the links of a record that the caller may see; [`AppError::Absent`] where there is no such record
    /// for the caller.
    pub async fn links_of(
        &self,
        ctx: &OpContext,
        record: RecordId,
        after: Option<LinkPlace>,
        limit: u32,
    ) -> Result<LinkPage, AppError> {
        self.must_stand()?;
        self.hide_overdue().await?;
        let act = self.begin(ctx, Operation::ReadLinks, None, Some(record)).await?;
        match self.visible_links(ctx, &act, record, after, limit).await {
            Ok(page) => {
                self.end(ctx, act, shown_records(record, &page)).await?;
                Ok(page)
            }
            Err(error) => {
                self.refuse(ctx, act, &error).await?;
                Err(error)
            }
        }
    }

    async fn visible_links(
        &self,
        ctx: &OpContext,
        act: &Act,
        record: RecordId,
        after: Option<LinkPlace>,
        limit: u32,
    ) -> Result<LinkPage, AppError> {
        let scope = self.scope_to_open(ctx)?;
        act.decided_with(&scope);
        // Links lead to no links, and one that leads to a hidden record must not be told from none.
        let card = self.card(act, &scope, record).await?;
        card.filter(|card| card.database != Database::Links).ok_or(AppError::Absent)?;
        self.page_of_links(act, &scope, record, after, limit.clamp(1, 500) as usize).await
    }

    /// The first links of a record that is being opened, under the opening's own lines: lines of their own would tell that there
    /// is a link which may not be seen.
    pub(crate) async fn first_links(
        &self,
        act: &Act,
        scope: &SearchScope,
        record: RecordId,
    ) -> Result<LinkPage, AppError> {
        self.page_of_links(act, scope, record, None, LINKS_OPENED).await
    }

    async fn places_of_links(
        &self,
        scope: &SearchScope,
        record: RecordId,
        after: Option<LinkPlace>,
    ) -> Result<Vec<LinkPlace>, AppError> {
        let scope = scope.clone();
        self.aside(move |index| index.read().links.of(&scope, record, after)).await
    }

    /// A page of the links of a record that the caller was found to see.
    async fn page_of_links(
        &self,
        act: &Act,
        scope: &SearchScope,
        record: RecordId,
        after: Option<LinkPlace>,
        limit: usize,
    ) -> Result<LinkPage, AppError> {
        let mut page = LinkPage { links: Vec::new(), next: None };
        for place in self.places_of_links(scope, record, after).await? {
            let link = match self.visible_link(act, scope, record, place.link).await {
                Ok(Some(link)) => link,
                Ok(None) => {
                    if is_planted(Leak::CursorOfHidden) {
                        page.next = Some(place);
                    }
                    continue;
                }
                // What can't be read is for whoever runs the node, and keeps nobody from the record itself.
                Err(error @ (AppError::Seal(_) | AppError::Content(_))) => {
                    tracing::error!(code = error.code(), "a link, or a record it leads to, can not be read");
                    continue;
                }
                Err(error) => return Err(error),
            };
            if page.links.len() == limit {
                let last: Option<&ShownLink> = page.links.last();
                page.next = last.map(|last| LinkPlace { kind: last.kind, link: last.link });
                break;
            }
            page.links.push(link);
        }
        Ok(page)
    }

    /// Reads a link as it is shown at one of its records; `None` where it or its other record may not be seen.
    async fn visible_link(
        &self,
        act: &Act,
        scope: &SearchScope,
        at: RecordId,
        id: RecordId,
    ) -> Result<Option<ShownLink>, AppError> {
        let Some(card) = self.card(act, scope, id).await? else { return Ok(None) };
        let Card { head: CardHead { owner, terms, .. }, statement: CardStatement::Link(link), entry, .. } =
            card
        else {
            return Ok(None);
        };
        let Some(other) = link.other_than(at) else { return Ok(None) };
        let far = match self.card(act, scope, other.record).await? {
            Some(far) => far,
            // The link stands in for the record that may not be seen.
            None if is_planted(Leak::LinkToHidden) => match self.card(act, scope, id).await? {
                Some(link) => link,
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        Ok(Some(ShownLink {
            link: id,
            kind: link.kind,
            leads_away: link.from.record == at,
            other: other.record,
            other_database: far.database,
            other_found: far.statement.name().unwrap_or_default(),
            other_changed: far.entry != other.entry,
            owner,
            source_grade: terms.source_grade,
            information_grade: terms.information_grade,
            handling: terms.handling,
            since: link.since,
            until: link.until,
            remarks: link.remarks,
            entry,
            exercise: terms.purpose == Purpose::Exercise,
        }))
    }

    /// Refuses a link that is being opened where one of its records may not be seen, as one that is not there.
    pub(crate) async fn must_see_both(
        &self,
        act: &Act,
        scope: &SearchScope,
        link: &Link,
    ) -> Result<(), AppError> {
        for end in [link.from.record, link.to.record] {
            self.card(act, scope, end).await?.ok_or(AppError::Absent)?;
        }
        Ok(())
    }

    /// Looks at a slice of the links and erases those of which a record was erased: what is stated about a person ends
    /// with the person's record. Answers how many were erased.
    pub(crate) async fn erase_loose_links(&self) -> Result<u32, AppError> {
        let after = *self.links_looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let slice = self.aside(move |index| index.read().links.slice(after, LOOKED_AT_ONCE)).await?;
        let last = slice.last().filter(|_| slice.len() == LOOKED_AT_ONCE).map(|(link, _)| *link);
        *self.links_looked_at.lock().unwrap_or_else(PoisonError::into_inner) = last;
        let mut loose = Vec::new();
        for (link, ends) in slice {
            for end in ends {
                let head = self.store().head(end).await.map_err(AppError::Store)?;
                if head.is_none_or(|head| head.state == HeadState::Erased) {
                    loose.extend(self.store().head(link).await.map_err(AppError::Store)?);
                    break;
                }
            }
        }
        self.erase_heads(loose).await
    }
}

/// The record asked about, its links and the records they lead to: what was shown, for the line in the journal.
pub(crate) fn shown_records(record: RecordId, page: &LinkPage) -> Vec<RecordId> {
    let links = page.links.iter().flat_map(|link| [link.link, link.other]);
    std::iter::once(record).chain(links).collect()
}
