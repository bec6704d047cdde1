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
    /// Counts a search under every grant of a scope, and names those whose cap was reached before it.
    fn count(&self, scope: &SearchScope, today: Day) -> Vec<GrantName> {
        // Counted in one step each: what a panic leaves is a count too low by one at most.
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.day.is_none_or(|day| day < today) {
            *uses = DayOfUses { day: Some(today), counts: BTreeMap::new() };
        }
        let mut reached = Vec::new();
        for one in scope.grants() {
            let name = one.name();
            let count = uses.counts.entry((scope.organisation(), name)).or_default();
            if *count >= one.grant.daily_cap {
                reached.push(name);
            } else {
                *count += 1;
            }
        }
        reached
    }
}

impl App {
    /// What the caller's search may see. It counts against the daily caps of the grants that it is made under; where one is
    /// reached, the search is made without it, and refused where nothing else lets it be made.
    pub(crate) fn search_scope(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        self.counted(self.scope_to_look(ctx)?)
    }

    /// The same for a list or a text that is screened.
    pub(crate) fn screening_scope(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        self.counted(self.scope_to_screen(ctx)?)
    }

    fn counted(&self, scope: SearchScope) -> Result<SearchScope, Refusal> {
        let reached = self.grant_uses.count(&scope, self.now().day());
        if reached.is_empty() { Ok(scope) } else { scope.without(&reached).ok_or(Refusal::DailyCap) }
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
