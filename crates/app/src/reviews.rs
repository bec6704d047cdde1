//! Review dates take effect: what its owner did not look at again is hidden, and after ninety days erased.
//!
//! Hiding is taking out of the index, once a day, before the first search of that day is answered: so a hidden record
//! can't crowd others out of an answer. What is read after the index was asked is checked again. Erasing is the work of
//! the upkeep, a slice at a time, each with its line in the owner's journal.
//!
//! The clock is believed with reserve: behind the newest entry, neither hides nor erases any more; after a leap ahead
//! erasing waits a day, so that somebody can notice.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use barid_domain::audit::{Actor, Operation};
use barid_domain::codes::Purpose;
use barid_domain::dates::{Day, Timestamp};
use barid_domain::ids::{EntryHash, OrganisationCode, RecordId};
use barid_domain::officers::OfficerRights;
use barid_domain::reviews::{self, ClockSeen};
use barid_store::{Conflict, Head, HeadState, NewEntry, Store, StoreError};

use crate::App;
use crate::context::{OpContext, Reference};
use crate::error::AppError;
use crate::index::Index;

/// Records taken out of the index under one lock.
const HIDDEN_AT_ONCE: u32 = 1_000;
/// The most records that one upkeep erases.
pub(crate) const ERASED_AT_ONCE: u32 = 250;
/// Who acts in the journal when the upkeep erases.
const UPKEEP_OFFICER: &str = "upkeep";
/// Why, in the journal.
const UPKEEP_REFERENCE: &str = "review date passed";

/// Is what a node has seen of the time.
pub(crate) struct ReviewClock {
    /// When the newest entry was stored, as far as it was looked at.
    newest: AtomicI64,
    /// Whether it was in doubt when it was last looked at: said once.
    in_doubt: AtomicBool,
}

impl ReviewClock {
    /// Begins with the time of the newest entry.
    pub(crate) fn new(newest: Option<Timestamp>, now: Timestamp) -> Self {
        Self { newest: newest.unwrap_or(now).0.into(), in_doubt: false.into() }
    }

    /// Notes the time of the newest entry; answers the newest of all that were noted.
    fn note_newest(&self, newest: Option<Timestamp>) -> Timestamp {
        let newest = newest.map_or(i64::MIN, |newest| newest.0);
        Timestamp(self.newest.fetch_max(newest, Ordering::Relaxed).max(newest))
    }

    /// Tells whether the clock is behind the newest entry: it is, or that of another replica was ahead.
    fn is_in_doubt(&self, now: Timestamp, newest: Option<Timestamp>) -> bool {
        let is_in_doubt = reviews::is_in_doubt(now, self.note_newest(newest));
        if self.in_doubt.swap(is_in_doubt, Ordering::Relaxed) != is_in_doubt {
            if is_in_doubt {
                tracing::error!(
                    code = "clock-behind",
                    "the clock is behind the newest entry, or another replica's was ahead: nothing is hidden or erased \
                     for its review"
                );
            } else {
                tracing::warn!("the clock is believed again");
            }
        }
        is_in_doubt
    }
}

/// Is what the index knows of days of review.
pub(crate) struct Reviewed {
    /// Records whose review was before this day are hidden.
    pub(crate) hidden_before: Day,
    /// How many are hiding right now.
    hiding: u32,
    /// Records that came in while one of them was: they are not overdue, whatever was read before.
    came_in: HashSet<RecordId>,
}

impl Reviewed {
    /// Begins with nothing hidden.
    pub(crate) fn new() -> Self {
        Self { hidden_before: Day::FIRST, hiding: 0, came_in: HashSet::new() }
    }

    /// Notes a version of a record that comes into the index.
    pub(crate) fn note(&mut self, record: Option<RecordId>) {
        if self.hiding > 0 {
            self.came_in.extend(record);
        }
    }
}

impl Index {
    /// Takes out what was to be reviewed before a day, while nobody else has the index. What is revised meanwhile comes
    /// in again with the streams.
    pub(crate) async fn hide_before(&mut self, store: &Store, day: Day) -> Result<(), AppError> {
        let (from, mut behind) = (self.reviewed.hidden_before, None);
        if from >= day {
            return Ok(());
        }
        loop {
            let page = store.reviews_between(from, day, behind, HIDDEN_AT_ONCE).await;
            let page = page.map_err(AppError::Store)?;
            for (_, record) in &page {
                self.hide(*record);
            }
            match page.last() {
                Some(last) if page.len() == HIDDEN_AT_ONCE as usize => behind = Some(*last),
                Some(_) | None => break,
            }
        }
        self.reviewed.hidden_before = day;
        Ok(())
    }
}

/// Is one hiding under way; it ends with the value, also where its caller went away.
struct Hiding<'a> {
    app: &'a App,
    /// Which index it hides in: it may be replaced meanwhile.
    index: [u8; 16],
}

impl<'a> Hiding<'a> {
    fn begin(app: &'a App) -> (Self, Day) {
        let mut index = app.write_index();
        index.reviewed.hiding += 1;
        (Self { app, index: index.identity }, index.reviewed.hidden_before)
    }

    /// Takes records out of the index; `false` where it is another one by now.
    fn hide(&self, records: &[(Day, RecordId)]) -> bool {
        let mut index = self.app.write_index();
        if index.identity != self.index {
            return false;
        }
        for (_, record) in records {
            if !index.reviewed.came_in.contains(record) {
                index.hide(*record);
            }
        }
        true
    }

    fn is_done_before(&self, day: Day) -> bool {
        let mut index = self.app.write_index();
        let is_same = index.identity == self.index;
        if is_same {
            index.reviewed.hidden_before = index.reviewed.hidden_before.max(day);
            self.app.index.note_hidden(&index);
        }
        is_same
    }
}

impl Drop for Hiding<'_> {
    fn drop(&mut self) {
        let mut index = self.app.write_index();
        if index.identity == self.index {
            index.reviewed.hiding -= 1;
            if index.reviewed.hiding == 0 {
                index.reviewed.came_in = HashSet::new();
            }
        }
    }
}

impl App {
    /// Takes out of the index what passed its day of review, where that was not done today.
    pub(crate) async fn hide_overdue(&self) -> Result<(), AppError> {
        let today = self.now().day();
        // Without an index nothing is searched, and what is opened is held against the day itself.
        if !self.index.stands() {
            return Ok(());
        }
        let hidden_before = self.hidden_before();
        if hidden_before == today {
            return Ok(());
        }
        match self.clock_is_in_doubt().await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // What is to be hidden can't be asked: each card says when its review is, and nothing is shown without one.
            Err(error) if error.is_away() => return Ok(()),
            Err(error) => return Err(error),
        }
        if hidden_before > today {
            // A step over midnight needs nothing; a clock that was far ahead hid what answers again.
            if hidden_before.days() - today.days() <= 1 {
                return Ok(());
            }
            tracing::warn!("the clock was ahead: what it hid comes back");
            self.build_beside(today).await?;
        }
        loop {
            match self.hide_before(today).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) if error.is_away() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Hides what was to be reviewed before a day; `false` where the index was replaced meanwhile.
    async fn hide_before(&self, day: Day) -> Result<bool, AppError> {
        let (hiding, from) = Hiding::begin(self);
        let mut behind = None;
        loop {
            let page = self.store().reviews_between(from, day, behind, HIDDEN_AT_ONCE).await;
            let page = page.map_err(AppError::Store)?;
            if !hiding.hide(&page) {
                return Ok(false);
            }
            match page.last() {
                Some(last) if page.len() == HIDDEN_AT_ONCE as usize => behind = Some(*last),
                Some(_) | None => return Ok(hiding.is_done_before(day)),
            }
        }
    }

    /// The day before which records had to be reviewed to be answered; it goes back only with the clock.
    pub(crate) fn hidden_before(&self) -> Day {
        self.index.hidden_before()
    }

    /// The day by which a first index hides, before anybody sees it: none where the clock is in doubt.
    pub(crate) async fn first_hidden_before(&self) -> Result<Day, AppError> {
        Ok(if self.clock_is_in_doubt().await? { Day::FIRST } else { self.now().day() })
    }

    /// Tells whether a record is past its day of review, by the day that the index is at; before one stands, by today.
    pub(crate) fn is_overdue(&self, head: &Head) -> bool {
        let day = if self.index.stands() { self.hidden_before() } else { self.now().day() };
        reviews::is_overdue(head.review_on, day)
    }

    async fn clock_is_in_doubt(&self) -> Result<bool, AppError> {
        let newest = self.store().newest_entry_at().await.map_err(AppError::Store)?;
        Ok(self.review_clock().is_in_doubt(self.now(), newest))
    }

    /// Notes the time for the erasing of this upkeep, before anything else is written in it. It is noted in the database: a
    /// clock that leapt is not believed because the server was started anew.
    pub(crate) async fn may_erase(&self) -> Result<bool, AppError> {
        let (now, before) = (self.now(), self.store().clock_seen().await.map_err(AppError::Store)?);
        // Before the first upkeep the newest entry says what time it was.
        let before = match before {
            Some(before) => before,
            None => {
                let newest = self.store().newest_entry_at().await.map_err(AppError::Store)?;
                ClockSeen::beginning(newest.unwrap_or(now))
            }
        };
        let seen = before.looked_at(now);
        if seen.erase_from != before.erase_from {
            tracing::warn!("the clock leapt since the last look: erasing waits a day");
        }
        self.store().note_clock(seen).await.map_err(|error| self.refused_by_store(error))?;
        Ok(!seen.waits() && !self.clock_is_in_doubt().await?)
    }

    /// Erases a slice of what nobody brought back within ninety days of its review, withdrawn records too; answers how
    /// many. Hashes, numbers and tombstones stay.
    pub(crate) async fn erase_overdue(&self) -> Result<u32, AppError> {
        let before = reviews::first_kept(self.now().day());
        let owners = self.store().owners_long_past(before).await.map_err(AppError::Store)?;
        let (mut erased, mut owners) = (0, owners);
        while erased < ERASED_AT_ONCE && !owners.is_empty() {
            let (mut waiting, mut with_more) = (owners.len() as u32, Vec::new());
            for owner in owners {
                // What is left is shared: nobody's millions keep others' records alive.
                let room = (ERASED_AT_ONCE - erased).div_ceil(waiting);
                waiting -= 1;
                if room == 0 {
                    break;
                }
                let heads = self.store().reviews_long_past(owner, before, room).await;
                let count = self.erase_as_far_as_it_goes(owner, &heads.map_err(AppError::Store)?).await;
                erased += count;
                if count == room {
                    with_more.push(owner);
                }
            }
            owners = with_more;
        }
        if erased > 0 {
            tracing::info!(records = erased, "records past their review were erased");
            self.follow().await?;
        }
        Ok(erased)
    }

    /// Erases records of several owners before their time, because what they are about was erased.
    pub(crate) async fn erase_heads(&self, heads: Vec<Head>) -> Result<u32, AppError> {
        let mut by_owner: BTreeMap<OrganisationCode, Vec<Head>> = BTreeMap::new();
        for head in heads.into_iter().filter(|head| head.state != HeadState::Erased) {
            by_owner.entry(head.owner).or_default().push(head);
        }
        let mut erased = 0;
        for (owner, heads) in by_owner {
            for heads in heads.chunks(ERASED_AT_ONCE as usize) {
                erased += self.erase_as_far_as_it_goes(owner, heads).await;
            }
        }
        if erased > 0 {
            tracing::info!(records = erased, "links to erased records were erased");
            self.follow().await?;
        }
        Ok(erased)
    }

    /// Erases an owner's records; answers how many. One owner's trouble, such as a key that is not here, must not keep the others'
    /// records alive, nor one record's trouble those beside it.
    async fn erase_as_far_as_it_goes(&self, owner: OrganisationCode, heads: &[Head]) -> u32 {
        let error = match self.erase(owner, heads).await {
            Ok(count) => return count,
            Err(error) => error,
        };
        tracing::error!(code = error.code(), records = heads.len(), "records could not be erased");
        if heads.len() < 2 || !matches!(error, AppError::Absent | AppError::Store(StoreError::Damaged(_))) {
            return 0;
        }
        let mut erased = 0;
        for head in heads {
            match self.erase(owner, std::slice::from_ref(head)).await {
                Ok(count) => erased += count,
                Err(error) => tracing::error!(code = error.code(), "a record could not be erased"),
            }
        }
        erased
    }

    /// Erases records as they stand in `heads`, and leaves those that changed since; answers how many were erased.
    async fn erase(&self, owner: OrganisationCode, heads: &[Head]) -> Result<u32, AppError> {
        let ctx = upkeep_context(owner, UPKEEP_REFERENCE)?;
        let now = self.now();
        let mut entries: Vec<(RecordId, NewEntry)> = Vec::with_capacity(heads.len());
        for head in heads {
            entries.push((head.record, self.erasure_entry(&ctx, head, now).await?));
        }
        let mut changed = 0_u32;
        while !entries.is_empty() {
            let hashes: Vec<EntryHash> = entries.iter().map(|(_, entry)| entry.hash).collect();
            let records = entries.iter().map(|(record, _)| *record).collect();
            let mut tx = self.store().begin_write(None);
            entries.iter().for_each(|(_, entry)| tx.append(entry.clone()));
            let line = self.write_line(&ctx, Operation::EraseRecord, now, records, hashes);
            match tx.commit(line).await {
                Ok(_) => break,
                // A revision or another erasure came between, and nothing of the write is stored: the rest goes again.
                Err(StoreError::Conflict { record, conflict: Conflict::Stale { .. } | Conflict::Erased }) => {
                    let before = entries.len();
                    entries.retain(|(of, _)| *of != record);
                    if entries.len() == before {
                        return Err(AppError::Absent);
                    }
                    changed += 1;
                }
                Err(error) => return Err(self.refused_by_store(error)),
            }
        }
        if changed > 0 {
            tracing::info!(records = changed, "records changed before they were erased, and stay");
        }
        Ok(entries.len() as u32)
    }
}

/// The upkeep acts for the owner, whose record it is, and for oversight: for no case of the owner's.
pub(crate) fn upkeep_context(owner: OrganisationCode, why: &str) -> Result<OpContext, AppError> {
    let actor = Actor::new(owner, UPKEEP_OFFICER).ok_or(AppError::Absent)?;
    let reference = Reference::new(why).map_err(|_| AppError::Absent)?;
    Ok(OpContext {
        actor,
        purpose: Purpose::Oversight,
        reference,
        rights: OfficerRights::all(),
        entity: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_entry_is_not_forgotten() {
        let clock = ReviewClock::new(None, Timestamp(10));
        assert_eq!(clock.note_newest(Some(Timestamp(50))), Timestamp(50));
        assert_eq!(clock.note_newest(Some(Timestamp(20))), Timestamp(50));
        assert_eq!(clock.note_newest(None), Timestamp(50));
    }
}
