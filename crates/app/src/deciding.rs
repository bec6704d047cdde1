//! Deciding what the caller may see: the policy's scope for a search or an opening, with what counts against daily caps.
//!
//! A search under a grant counts once against the grant's daily cap, whatever it finds. The counts are of this server and
//! of this day in UTC.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use barid_domain::dates::Day;
use barid_domain::ids::OrganisationCode;
use barid_domain::policy::{self, Circumstances, GrantName, Refusal, SearchScope};

use crate::App;
use crate::context::OpContext;
use crate::objects::searched_databases;

/// Is how often grants were used today, by recipient.
#[derive(Default)]
pub(crate) struct GrantUses(Mutex<DayOfUses>);

#[derive(Default)]
struct DayOfUses {
    day: Option<Day>,
    counts: BTreeMap<(OrganisationCode, GrantName), u32>,
}

impl GrantUses {
    /// Counts so many searches under every grant of a scope, and names those that have no room for all of them: under these
    /// none is counted.
    fn count(&self, scope: &SearchScope, searches: u32, today: Day) -> Vec<GrantName> {
        // Counted in one step each: what a panic leaves is a count too low.
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.day.is_none_or(|day| day < today) {
            *uses = DayOfUses { day: Some(today), counts: BTreeMap::new() };
        }
        let mut reached = Vec::new();
        for one in scope.grants() {
            let name = one.name();
            let count = uses.counts.entry((scope.organisation(), name)).or_default();
            match count.checked_add(searches).filter(|sum| *sum <= one.grant.daily_cap) {
                Some(sum) => *count = sum,
                None => reached.push(name),
            }
        }
        reached
    }
}

/// Is a scope, with the grants that it would have had if their daily cap were not reached: what these show is not looked for,
/// and whoever asks is told so.
pub(crate) struct CountedScope {
    pub(crate) scope: SearchScope,
    pub(crate) caps_reached: Vec<GrantName>,
}

impl App {
    /// What the caller's search may see. It counts against the daily caps of the grants that it is made under; where one is
    /// reached, the search is made without it, and refused where nothing else lets it be made.
    pub(crate) fn search_scope(&self, ctx: &OpContext) -> Result<CountedScope, Refusal> {
        self.counted(self.scope_to_look(ctx)?, 1)
    }

    /// The same for a text, or for so many rows of a list, that are screened.
    pub(crate) fn screening_scope(&self, ctx: &OpContext, searches: u32) -> Result<CountedScope, Refusal> {
        self.counted(self.scope_to_screen(ctx)?, searches)
    }

    /// The scope of a row of a list that was counted as a whole.
    pub(crate) fn row_scope(&self, ctx: &OpContext, reached: &[GrantName]) -> Result<CountedScope, Refusal> {
        let scope = self.scope_to_screen(ctx)?.without(reached).ok_or(Refusal::DailyCap)?;
        Ok(CountedScope { scope, caps_reached: reached.to_vec() })
    }

    fn counted(&self, scope: SearchScope, searches: u32) -> Result<CountedScope, Refusal> {
        let caps_reached = self.grant_uses.count(&scope, searches, self.now().day());
        if caps_reached.is_empty() {
            return Ok(CountedScope { scope, caps_reached });
        }
        let scope = scope.without(&caps_reached).ok_or(Refusal::DailyCap)?;
        Ok(CountedScope { scope, caps_reached })
    }

    /// The same without counting: for looking at one record on the way to something else.
    pub(crate) fn scope_to_look(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        let (registry, agreements) = self.standing_rights();
        let standing = Circumstances { registry: &registry, agreements: &agreements, officer: &ctx.rights };
        policy::scope(standing, &ctx.actor, &searched_databases(), ctx.purpose)
    }

    /// What a screening of the caller's may see, without counting.
    pub(crate) fn scope_to_screen(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        let (registry, agreements) = self.standing_rights();
        let standing = Circumstances { registry: &registry, agreements: &agreements, officer: &ctx.rights };
        policy::scope_of_screening(standing, &ctx.actor, &searched_databases(), ctx.purpose)
    }

    /// What the caller may open.
    pub(crate) fn scope_to_open(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        let (registry, agreements) = self.standing_rights();
        let standing = Circumstances { registry: &registry, agreements: &agreements, officer: &ctx.rights };
        policy::scope_of_opening(standing, &ctx.actor, &searched_databases(), ctx.purpose)
    }
}
