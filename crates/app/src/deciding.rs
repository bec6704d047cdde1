//! Deciding what the caller may see: the policy's scope for a search or an opening, with what counts against daily caps.
//!
//! A search under a grant counts once against the grant's daily cap, whatever it finds, on this day in UTC.

use barid_domain::policy::{self, GrantName, Refusal, SearchScope};

use crate::App;
use crate::context::OpContext;
use crate::error::AppError;
use crate::objects::searched_databases;

/// Is a scope, with the grants that it would have had if their daily cap were not reached: what these show is not looked for,
/// and whoever asks is told so.
pub(crate) struct CountedScope {
    pub(crate) scope: SearchScope,
    pub(crate) caps_reached: Vec<GrantName>,
}

impl App {
    /// What the caller's search may see. It counts against the daily caps of the grants that it is made under; where one is
    /// reached, the search is made without it, and refused where nothing else lets it be made.
    pub(crate) async fn search_scope(&self, ctx: &OpContext) -> Result<CountedScope, AppError> {
        self.counted(self.scope_to_look(ctx)?, 1).await
    }

    /// The same for a text, or for so many rows of a list, that are screened.
    pub(crate) async fn screening_scope(
        &self,
        ctx: &OpContext,
        searches: u32,
    ) -> Result<CountedScope, AppError> {
        self.counted(self.scope_to_screen(ctx)?, searches).await
    }

    /// The scope of a row of a list that was counted as a whole.
    pub(crate) fn row_scope(&self, ctx: &OpContext, reached: &[GrantName]) -> Result<CountedScope, AppError> {
        let scope = self.scope_to_screen(ctx)?.without(reached).ok_or(Refusal::DailyCap)?;
        Ok(CountedScope { scope, caps_reached: reached.to_vec() })
    }

    async fn counted(&self, scope: SearchScope, searches: u32) -> Result<CountedScope, AppError> {
        let today = self.now().day();
        let caps_reached = self.grant_uses.count(self.store(), &scope, searches, today).await?;
        if caps_reached.is_empty() {
            return Ok(CountedScope { scope, caps_reached });
        }
        let scope = scope.without(&caps_reached).ok_or(Refusal::DailyCap)?;
        Ok(CountedScope { scope, caps_reached })
    }

    /// The same without counting: for looking at one record on the way to something else.
    pub(crate) fn scope_to_look(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        policy::scope(standing, &ctx.actor, &searched_databases(), ctx.purpose)
    }

    /// What a screening of the caller's may see, without counting.
    pub(crate) fn scope_to_screen(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        policy::scope_of_screening(standing, &ctx.actor, &searched_databases(), ctx.purpose)
    }

    /// What the caller may open.
    pub(crate) fn scope_to_open(&self, ctx: &OpContext) -> Result<SearchScope, Refusal> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        let scope = policy::scope_of_opening(standing, &ctx.actor, &searched_databases(), ctx.purpose)?;
        Ok(scope.with_consents(&self.consent_book(), self.now().day()))
    }
}
