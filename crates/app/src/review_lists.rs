//! Review lists: which of an organisation's own records have to be looked at again, and which erasures are owed.
//!
//! What an organisation may read here is about its own records and no others, without totals; nothing of their content.

use barid_domain::audit::Operation;
use barid_domain::codes::Database;
use barid_domain::dates::Day;
use barid_domain::ids::{EntryHash, RecordId};
use barid_domain::retention::{self, Due};
use barid_domain::reviews::{self, RESTORABLE_DAYS};
use barid_store::{Erasure, Head};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;

/// The most lines of one page of a review list.
pub const REVIEWS_PAGE_CAP: u32 = 500;
/// The most lines of an overdue list, of each kind.
pub const OVERDUE_CAP: u32 = 1_000;

/// Is how a record stands in a review list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReviewState {
    /// Its day of review comes within six months.
    DueSoon,
    /// Its day has passed: it is hidden, and its owner may bring it back.
    Overdue,
    /// Its ninety days have passed, and it is not erased yet.
    ErasureDue,
    /// It is erased, and the node has not attested it yet.
    ErasedUnattested,
}

impl ReviewState {
    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::ErasureDue => "erasure-due",
            Self::ErasedUnattested => "erased-unattested",
        }
    }
}

/// Is a line of a review list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewLine {
    /// The record.
    pub record: RecordId,
    /// Its database.
    pub database: Database,
    /// The entry that stands: what a decision expects. Of an item the batch.
    pub entry: EntryHash,
    /// Whether it is an item of a batch.
    pub is_item: bool,
    /// The day by which it is looked at again.
    pub review_on: Day,
    /// How it stands.
    pub state: ReviewState,
    /// The last day on which its owner may bring it back, where it may.
    pub recoverable_until: Option<Day>,
}

/// Is where a review list goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReviewCursor {
    /// Behind an erasure: these come first.
    Erased(EntryHash),
    /// Behind a record that stands, in the order of days.
    Standing(Day, RecordId),
}

impl ReviewCursor {
    /// The bytes that are sealed.
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Erased(entry) => [[0].as_slice(), &entry.0].concat(),
            Self::Standing(day, record) => [[1].as_slice(), &day.days().to_be_bytes(), &record.0].concat(),
        }
    }

    /// Reads what was sealed; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (0, entry) => Some(Self::Erased(EntryHash(entry.try_into().ok()?))),
            (1, place) => {
                let (day, record) = place.split_first_chunk::<4>()?;
                let day = Day::from_days(i32::from_be_bytes(*day)).ok()?;
                Some(Self::Standing(day, RecordId(record.try_into().ok()?)))
            }
            _ => None,
        }
    }
}

/// Is a page of a review list. It may hold fewer lines than were asked for, and go on all the same.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// The lines.
    pub lines: Vec<ReviewLine>,
    /// Where it goes on; `None` at the end.
    pub next: Option<ReviewCursor>,
}

/// Is what should be erased and is not, or is and was not attested.
#[derive(Clone, Debug)]
pub struct Overdue {
    /// The lines: what is erased first.
    pub lines: Vec<ReviewLine>,
    /// Whether there is more than is listed.
    pub is_cut: bool,
}

impl App {
    /// Lists those of an organisation's own records that have to be looked at again: the longest due first.
    pub async fn reviews(
        &self,
        ctx: &OpContext,
        after: Option<ReviewCursor>,
        limit: u32,
    ) -> Result<ReviewPage, AppError> {
        self.may_write(ctx, Operation::ReadReviews)?;
        self.hide_overdue().await?;
        let act = self.begin(ctx, Operation::ReadReviews, None, None).await?;
        let most = limit.clamp(1, REVIEWS_PAGE_CAP);
        let today = self.now().day();
        let mut found: Vec<(ReviewLine, ReviewCursor)> = Vec::new();
        if let None | Some(ReviewCursor::Erased(_)) = after {
            let behind = match after {
                Some(ReviewCursor::Erased(entry)) => Some(entry),
                Some(ReviewCursor::Standing(..)) | None => None,
            };
            for erasure in self.unattested(ctx, behind, most + 1).await? {
                found.push((self.erased_line(&erasure).await?, ReviewCursor::Erased(erasure.entry)));
            }
        }
        // One more tells whether there is another page.
        let room = (most + 1).saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if room > 0 {
            let behind = match after {
                Some(ReviewCursor::Standing(day, record)) => Some((day, record)),
                Some(ReviewCursor::Erased(_)) | None => None,
            };
            let (owner, before) = (ctx.actor.organisation, retention::first_unwarned(today));
            let heads =
                self.store().reviews_of(owner, before, behind, room).await.map_err(AppError::Store)?;
            for head in heads {
                let cursor = ReviewCursor::Standing(head.review_on, head.record);
                found.extend(standing_line(&head, today).map(|line| (line, cursor)));
            }
        }
        let is_cut = found.len() > most as usize;
        found.truncate(most as usize);
        let next = found.last().filter(|_| is_cut).map(|(_, cursor)| *cursor);
        let lines = found.into_iter().map(|(line, _)| line);
        let lines: Vec<_> = lines.filter(|line| ctx.rights.reach(line.database)).collect();
        self.end(ctx, act, lines.iter().map(|line| line.record).collect()).await?;
        Ok(ReviewPage { lines, next })
    }

    /// Lists what of an organisation's records should be erased by now and is not, withdrawn ones too, and what is erased and
    /// was not attested.
    pub async fn overdue_erasures(&self, ctx: &OpContext) -> Result<Overdue, AppError> {
        self.may_write(ctx, Operation::ReadReviews)?;
        let act = self.begin(ctx, Operation::ReadReviews, None, None).await?;
        let erased = self.unattested(ctx, None, OVERDUE_CAP + 1).await?;
        let before = reviews::first_kept(self.now().day());
        let owner = ctx.actor.organisation;
        let heads = self.store().reviews_long_past(owner, before, OVERDUE_CAP + 1).await;
        let heads = heads.map_err(AppError::Store)?;
        let most = OVERDUE_CAP as usize;
        let is_cut = erased.len() > most || heads.len() > most;
        let mut lines = Vec::new();
        for erasure in erased.iter().take(most) {
            lines.push(self.erased_line(erasure).await?);
        }
        lines.extend(heads.iter().take(most).map(|head| line_of(head, ReviewState::ErasureDue, None)));
        lines.retain(|line| ctx.rights.reach(line.database));
        self.end(ctx, act, Vec::new()).await?;
        Ok(Overdue { lines, is_cut })
    }

    async fn unattested(
        &self,
        ctx: &OpContext,
        behind: Option<EntryHash>,
        limit: u32,
    ) -> Result<Vec<Erasure>, AppError> {
        let owner = ctx.actor.organisation;
        self.store().unattested_erasures_of(owner, behind, limit).await.map_err(AppError::Store)
    }

    async fn erased_line(&self, erasure: &Erasure) -> Result<ReviewLine, AppError> {
        let head = self.store().head(erasure.record).await.map_err(AppError::Store)?;
        let head = head.ok_or(AppError::Absent)?;
        Ok(line_of(&head, ReviewState::ErasedUnattested, None))
    }
}

fn standing_line(head: &Head, today: Day) -> Option<ReviewLine> {
    let until = head.review_on.saturating_add(RESTORABLE_DAYS);
    Some(match retention::due(head.review_on, today)? {
        Due::Soon => line_of(head, ReviewState::DueSoon, None),
        Due::Overdue => line_of(head, ReviewState::Overdue, Some(until)),
        Due::Erasable => line_of(head, ReviewState::ErasureDue, None),
    })
}

fn line_of(head: &Head, state: ReviewState, recoverable_until: Option<Day>) -> ReviewLine {
    ReviewLine {
        record: head.record,
        database: head.database,
        entry: head.current,
        is_item: head.item.is_some(),
        review_on: head.review_on,
        state,
        recoverable_until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let day: Day = "2026-11-28".parse().unwrap();
        for cursor in [
            ReviewCursor::Erased(EntryHash([7; 32])),
            ReviewCursor::Standing(day, RecordId([3; 16])),
            ReviewCursor::Standing(Day::FIRST, RecordId([255; 16])),
        ] {
            assert_eq!(ReviewCursor::from_bytes(&cursor.to_bytes()), Some(cursor));
        }
        for bad in [&[][..], &[0][..], &[1; 20][..], &[2; 33][..], &[0; 34][..], &[1, 127, 255, 255, 255][..]]
        {
            assert_eq!(ReviewCursor::from_bytes(bad), None, "{bad:?}");
        }
    }
}
