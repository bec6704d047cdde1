//! Officers and services of one organisation, looked after by its own administrators: tokens with rights inside the
//! administrator's own, listed, and taken back.

use barid_domain::audit::{Actor, Operation};
use barid_domain::contents::encode;
use barid_domain::ids::IdempotencyKey;
use barid_domain::officers::OfficerRights;
use barid_domain::policy;
use barid_store::Credential;
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::OpContext;
use crate::credentials::{IssuedToken, TokenDays};
use crate::error::AppError;
use crate::records::idempotency;

/// The characters by which a token's id is shown.
const ID_CHARACTERS: usize = 16;

/// Is a token that an administrator asks for.
#[derive(Clone, Debug)]
pub struct OfficerToken {
    /// The officer's or service's name.
    pub officer: String,
    /// For how long.
    pub days: TokenDays,
    /// What it may do.
    pub rights: OfficerRights,
}

impl App {
    /// Makes a token for an officer or service of the caller's own organisation. It is in the answer once; `None` where the
    /// same request made it before.
    ///
    /// # Errors
    /// [`AppError::Refused`] for who does not administer, and for rights that the caller has not itself;
    /// [`AppError::Faulty`] for rights that are none.
    pub async fn issue_to_officer(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        asked: OfficerToken,
    ) -> Result<Option<IssuedToken>, AppError> {
        let done = self.give_token(ctx, key, asked).await;
        self.journal_refusal(ctx, Operation::ChangeRegistry, None, done).await
    }

    async fn give_token(
        &self,
        ctx: &OpContext,
        key: IdempotencyKey,
        asked: OfficerToken,
    ) -> Result<Option<IssuedToken>, AppError> {
        self.may_administer(ctx, Some(&asked.rights))?;
        let actor = Actor::new(ctx.actor.organisation, &asked.officer).ok_or(AppError::Absent)?;
        let request = Sha256::new()
            .chain_update(b"officer-token\0")
            .chain_update(encode(&actor))
            .chain_update(asked.days.get().to_be_bytes())
            .chain_update(encode(&asked.rights))
            .finalize();
        let idempotency = idempotency(ctx, key, request.into());
        if self.replay(&idempotency).await?.is_some() {
            return Ok(None);
        }
        self.make_credential(ctx, &actor, asked.days, asked.rights, Some(idempotency)).await
    }

    /// Lists the tokens of the caller's own organisation, those that have ended too; no token is among what is listed.
    pub async fn officers(&self, ctx: &OpContext) -> Result<Vec<Credential>, AppError> {
        self.may_administer(ctx, None)?;
        let act = self.begin(ctx, Operation::ReadRegistry, Some("officers".to_owned()), None).await?;
        self.note_uses().await?;
        let own = self.own_credentials(ctx).await?;
        self.end(ctx, act, Vec::new()).await?;
        Ok(own)
    }

    /// Takes back a token of the caller's own organisation: it signs in nobody from now on, in streams that are open too.
    /// Whose rights go beyond the caller's can be taken back as well: the off-switch is inside the organisation.
    ///
    /// # Errors
    /// [`AppError::Absent`] where the list shows no such id.
    pub async fn revoke_officer(&self, ctx: &OpContext, id: &str) -> Result<Actor, AppError> {
        let done = self.take_back(ctx, id).await;
        self.journal_refusal(ctx, Operation::ChangeRegistry, None, done).await
    }

    async fn take_back(&self, ctx: &OpContext, id: &str) -> Result<Actor, AppError> {
        self.may_administer(ctx, None)?;
        let mut own = self.own_credentials(ctx).await?.into_iter();
        let named = own.find(|one| id.len() == ID_CHARACTERS && one.id.to_string() == id);
        self.end_credential(ctx, named.ok_or(AppError::Absent)?).await
    }

    async fn own_credentials(&self, ctx: &OpContext) -> Result<Vec<Credential>, AppError> {
        let mut all = self.store().credentials().await.map_err(AppError::Store)?;
        all.retain(|one| one.actor.organisation == ctx.actor.organisation);
        Ok(all)
    }

    fn may_administer(&self, ctx: &OpContext, given: Option<&OfficerRights>) -> Result<(), AppError> {
        let rights = self.standing_rights();
        let standing = rights.of(&ctx.rights);
        Ok(policy::may_administer_all(standing, &ctx.actor, ctx.entity.as_ref(), given)?)
    }
}
