//! Daily caps of grants: counted over all servers of the database, a few uses lent ahead.
//!
//! The database gives out no more uses than a cap has. This server asks for a few ahead and gives them out by itself, so that
//! not every search under a grant waits for the database; what it has left when it stops is lost for that day, at most one
//! part in 256 of the cap. While the database is away and searches go on, each server lends a sixteenth of a cap a day
//! without it, counted when it is back and the grant is next used there.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use barid_domain::dates::Day;
use barid_domain::ids::OrganisationCode;
use barid_domain::policy::{GrantName, SearchScope};
use barid_store::{GrantAsked, Store, StoreError};

use crate::error::AppError;

/// Which part of a cap is lent to a server ahead, and how many uses at most.
const LENT_PART: u32 = 256;
const LENT_MOST: u32 = 256;
/// Which part of a cap is lent while the database is away; at least one use.
const AWAY_PART: u32 = 16;

/// Is what this server may give out of each grant today, by recipient.
#[derive(Default)]
pub(crate) struct GrantUses(Mutex<DayOfUses>);

#[derive(Default)]
struct DayOfUses {
    day: Option<Day>,
    grants: BTreeMap<(OrganisationCode, GrantName), Lent>,
}

#[derive(Default, Clone, Copy)]
struct Lent {
    /// Uses that the database gave out and nobody used yet.
    left: u32,
    /// The cap by which they were given out.
    cap: u32,
    /// Uses given out today while the database was away.
    away: u32,
    /// Those of them that it does not know of yet.
    owed: u32,
}

impl Lent {
    fn take(&mut self, searches: u32) -> bool {
        let rest = self.left.checked_sub(searches);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }
}

impl GrantUses {
    /// Counts so many searches under every grant of a scope, and names those that have no room for all of them: under these
    /// none is counted.
    ///
    /// # Errors
    /// Those of the database, but for its being away.
    pub(crate) async fn count(
        &self,
        store: &Store,
        scope: &SearchScope,
        searches: u32,
        today: Day,
    ) -> Result<Vec<GrantName>, AppError> {
        let asked = self.take_what_is_left(scope, searches, today);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        match store.lend_grants(today, asked.clone()).await {
            Ok(lent) => Ok(self.take_in(&asked, &lent, today)),
            // A count whose outcome is unknown may be there already: then some are lost, and none is given out twice.
            Err(error) if error.is_away() || matches!(error, StoreError::OutcomeUnknown) => {
                Ok(self.take_without_database(&asked, today))
            }
            // A database on a server that goes is noticed by whoever writes before it is known to be away.
            Err(StoreError::Stopped) if store.is_on_server() => Ok(self.take_without_database(&asked, today)),
            Err(error) => Err(AppError::Store(error)),
        }
    }

    /// Takes what this server has, and says what it has to ask for.
    fn take_what_is_left(&self, scope: &SearchScope, searches: u32, today: Day) -> Vec<GrantAsked> {
        let mut uses = self.of_day(today);
        let mut asked = Vec::new();
        for one in scope.grants() {
            let lent = uses.grants.entry((scope.organisation(), one.name())).or_default();
            let cap = one.grant.daily_cap;
            // By another cap other uses were given out.
            if std::mem::replace(&mut lent.cap, cap) != cap {
                lent.left = 0;
            }
            if lent.take(searches) {
                continue;
            }
            let ahead = (cap / LENT_PART).min(LENT_MOST);
            asked.push(GrantAsked {
                recipient: scope.organisation(),
                grant: one.name(),
                cap,
                // They stay owed until the database has them: rather counted twice than not at all.
                owed: lent.owed,
                // What is left stays with those who search meanwhile.
                least: searches,
                wanted: searches.saturating_add(ahead),
            });
        }
        asked
    }

    fn take_in(&self, asked: &[GrantAsked], lent: &[u32], today: Day) -> Vec<GrantName> {
        let mut uses = self.of_day(today);
        let mut reached = Vec::new();
        for (one, lent) in asked.iter().zip(lent) {
            let is_today = uses.day == Some(today);
            let here = uses.grants.entry((one.recipient, one.grant)).or_default();
            here.owed = here.owed.saturating_sub(one.owed);
            match lent.checked_sub(one.least) {
                // What was lent ahead for yesterday is not for today, nor what was lent by another cap.
                Some(ahead) if is_today && here.cap == one.cap => here.left = here.left.saturating_add(ahead),
                Some(_) => {}
                None if here.take(one.least) => {}
                None => reached.push(one.grant),
            }
        }
        reached
    }

    fn take_without_database(&self, asked: &[GrantAsked], today: Day) -> Vec<GrantName> {
        let mut uses = self.of_day(today);
        let mut reached = Vec::new();
        for one in asked {
            let here = uses.grants.entry((one.recipient, one.grant)).or_default();
            let sum = here.away.saturating_add(one.least);
            if sum <= (one.cap / AWAY_PART).max(1) {
                here.away = sum;
                here.owed = here.owed.saturating_add(one.least);
            } else {
                reached.push(one.grant);
            }
        }
        reached
    }

    /// What is known of a day; of an earlier one nothing is kept.
    fn of_day(&self, today: Day) -> std::sync::MutexGuard<'_, DayOfUses> {
        // Counted in one step each: what a panic leaves is a use too few.
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.day.is_none_or(|day| day < today) {
            *uses = DayOfUses { day: Some(today), grants: BTreeMap::new() };
        }
        uses
    }
}

#[cfg(test)]
mod tests {
    use barid_domain::ids::AgreementId;

    use super::*;

    fn asked(cap: u32, owed: u32, least: u32) -> GrantAsked {
        let recipient = OrganisationCode::new("XPART").unwrap();
        let grant = GrantName { agreement: AgreementId([7; 16]), grant: 1 };
        GrantAsked { recipient, grant, cap, owed, least, wanted: least }
    }

    fn lent(uses: &GrantUses) -> Lent {
        let uses = uses.0.lock().unwrap();
        *uses.grants.values().next().unwrap()
    }

    #[test]
    fn without_the_database_a_sixteenth_of_a_cap_is_lent_once_a_day_and_stays_owed_until_it_is_known() {
        let (uses, today) = (GrantUses::default(), Day::new(2026, 3, 1).unwrap());
        for _ in 0..2 {
            assert!(uses.take_without_database(&[asked(32, 0, 1)], today).is_empty());
        }
        assert_eq!(uses.take_without_database(&[asked(32, 0, 1)], today).len(), 1, "two of 32");
        assert_eq!(lent(&uses).owed, 2);
        // Back, and told of both; away again, and nothing more is lent today.
        assert!(uses.take_in(&[asked(32, 2, 1)], &[1], today).is_empty());
        assert_eq!((lent(&uses).owed, lent(&uses).left), (0, 0));
        assert_eq!(uses.take_without_database(&[asked(32, 0, 1)], today).len(), 1);
        let tomorrow = Day::new(2026, 3, 2).unwrap();
        assert!(uses.take_without_database(&[asked(32, 0, 1)], tomorrow).is_empty());
    }

    #[test]
    fn what_was_lent_ahead_yesterday_or_by_another_cap_is_not_kept() {
        let (uses, today) = (GrantUses::default(), Day::new(2026, 3, 2).unwrap());
        let yesterday = Day::new(2026, 3, 1).unwrap();
        assert!(uses.take_without_database(&[asked(512, 0, 1)], today).is_empty());
        assert!(uses.take_in(&[asked(512, 0, 1)], &[3], yesterday).is_empty());
        assert_eq!(lent(&uses).left, 0);
        // The cap that is known is none yet: this grant was not asked for by a scope.
        assert!(uses.take_in(&[asked(512, 0, 1)], &[3], today).is_empty());
        assert_eq!(lent(&uses).left, 0);
        uses.0.lock().unwrap().grants.values_mut().for_each(|lent| lent.cap = 512);
        assert!(uses.take_in(&[asked(512, 0, 1)], &[3], today).is_empty());
        assert_eq!(lent(&uses).left, 2);
    }
}
